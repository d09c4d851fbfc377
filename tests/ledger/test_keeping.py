"""Keeping: what a held authorisation is about is kept for it while it waits, and given back once.

Goal: two statements never wait for the same money or goods; however a hold ends, every row is as it would
be had it never been, or as if it had been said when it was posted; nothing is made or lost on the way.
Method: one small case for every kind that keeps something, put through every way that a hold ends; the
bank and facts that take away what is kept; then random histories of money and of goods with holds, judged
by a model that looks at every position, and by the invariants of the whole book.
"""

from collections.abc import Callable
from typing import Any

import pytest
from books import NOON
from goods import HAND, OTHER_TAG, TAG, draw, enrol, goods, lose, order, receive, stock
from goods import issue as issue_goods
from holding import DAY, Holding, RowsOf
from hypothesis import given, settings
from hypothesis import strategies as st
from invariants import check_accounts, check_agreements, check_legs, check_lines
from money import GENERAL, h
from money_histories import AMOUNT, LINE, PICK, STEPS, Pair

from ledger.envelope import StatementId
from ledger.keeping import KEEPS_NOTHING, KEPT_PIECES_MAX, Stake, give_back, keep_back, stake_of
from ledger.kinds import Nature, all_kinds
from ledger.money.owed import change_owed
from ledger.money.undo import Applied, undo
from ledger.state import State

WAYS = ("posted", "void", "refused", "expired")
Said = tuple[str, dict[str, Any], tuple[str, ...]]
"""Kind, body, signers."""

OWNER, MANAGER, PAYER = (
    ("county/fund-owner",),
    ("county/manager",),
    ("county/payer", "relief/approver"),
)
PAYEE = {"class": "vendor", "tag": h(7)}


# ---- one case for every kind ---------------------------------------------------------------------


def drawn(n: int, **rest: Any) -> dict[str, Any]:
    return {"draws": [{"amount": n, "line": GENERAL, **rest}]}


def allocate(books: Holding) -> Said:
    books.receive(10)
    return "fund.allocate", {**drawn(10), "programme": "flood", "purpose": "food"}, OWNER


def deallocate(books: Holding) -> Said:
    books.receive(10)
    books.allocate(10)
    return "fund.deallocate", {**drawn(10), "programme": "flood", "purpose": "food"}, OWNER


def instruction(n: int, source: str, **rest: Any) -> Said:
    body = {**drawn(n), "area": "east", "payee": PAYEE, "purpose": "food", "source": source, **rest}
    return "disbursement.instruct", body, PAYER


def instruct_free(books: Holding) -> Said:
    books.receive(4)
    books.receive(6)
    return instruction(10, "free")


def instruct_allocated(books: Holding) -> Said:
    books.receive(20)
    books.allocate(10)
    return instruction(10, "allocated")


def instruct_of_gift(books: Holding) -> Said:
    books.receive(10)
    gift = books.receive(10).id
    return instruction(0, "free", draws=drawn(10, donation=gift)["draws"])


def refund(books: Holding) -> Said:
    gift = books.receive(10).id
    return (
        "donation.refund",
        {"amount": 10, "donation": gift},
        ("county/treasurer", "relief/approver"),
    )


def promised(books: Holding, *tags: str) -> Said:
    """10 for each household out of 10 that are allocated."""
    books.receive(30)
    books.allocate(10, "cash")
    for tag in (TAG, OTHER_TAG):
        books.set("households", tag, {"area": "east", "persons": 3, "programme": "flood"})
    body = {
        "cycle": "may",
        "money": {"amount": 10, "line": GENERAL},
        "programme": "flood",
        "purpose": "cash",
        "tags": list(tags),
        "window": {"from": NOON, "to": NOON + 30 * DAY},
    }
    return "entitlement.issue", body, MANAGER


def issue_money(books: Holding) -> Said:
    return promised(books, TAG)


def fulfil(books: Holding) -> Said:
    kind, body, by = promised(books, TAG)
    books.ok(kind, body, *by)
    books.allocate(20, "cash")  # of which nothing is promised
    right = {"cycle": "may", "purpose": "cash", "tag": TAG}
    payee = {"class": "household", "tag": TAG}
    return instruction(10, "allocated", entitlement=right, payee=payee, purpose="cash")


def project(books: Holding) -> Said:
    books.receive(10)
    books.allocate(10, "shelter")
    body = {
        "area": "east",
        "contractor": "relief",
        "line": GENERAL,
        "milestones": [{"amount": 6, "id": "walls"}, {"amount": 4, "id": "roof"}],
        "payee": h(55),
        "programme": "flood",
        "purpose": "shelter",
        "retention": {"days": 0, "percent": 0},
        "sum": 10,
        "until": NOON + 90 * DAY,
    }
    return "project.contract", body, ("county/fund-owner", "relief/manager")


def pay_milestone(books: Holding) -> Said:
    kind, body, by = project(books)
    contract = books.ok(kind, body, *by).id
    claim = books.ok(
        "project.claim", {"milestone": "walls", "project": contract}, "relief/manager"
    ).id
    books.ok("project.inspect", {"claim": claim, "verdict": "pass"}, "county/inspector")
    payee = {"class": "contractor", "tag": h(55)}
    return instruction(6, "allocated", order=claim, payee=payee, purpose="shelter")


def accepted(books: Holding, **price: Any) -> Said:
    books.receive(30)
    law = {
        "basis": "article 31",
        "goods": [{"item": "pump", "quantity": 3}],
        "number": "2027-17",
        "window": {"from": NOON, "to": NOON + 30 * DAY},
    }
    order = books.ok("requisition.order", law, "county/commander").id
    line = {"condition": "good", "item": "pump", "quantity": 1}
    body = {
        "confirmed": True,
        "lines": [line | ({"price": price["price"]} if price else {})],
        "order": order,
        "owner": "relief",
        "payee": h(44),
        "site": "depot",
    } | ({"currency": "CNY"} if price else {})
    taken = books.ok("requisition.accept", body, "county/storekeeper", "county/manager").id
    payee = {"class": "compensation", "tag": h(44)}
    return instruction(10, "free", order=taken, payee=payee)


def compensate(books: Holding) -> Said:
    return accepted(books, price=10)


def compensate_what_nobody_priced(books: Holding) -> Said:
    return accepted(books)


def reserve(books: Holding) -> Said:
    stock(books, "rice", 10)
    body = {
        "item": "rice",
        "purpose": "food",
        "quantity": 10,
        "site": "depot",
        "until": NOON + 9 * DAY,
    }
    return "stock.reserve", body, MANAGER


def ship(n: int, **rest: Any) -> Said:
    lines = [{"item": "rice", "quantity": n}]
    body = {"from": "depot", "lines": lines, "to": "school", "until": NOON + 9 * DAY, **rest}
    return "shipment.order", body, MANAGER


def order_goods(books: Holding) -> Said:
    stock(books, "rice", 10)
    return ship(10)


def order_reserved_goods(books: Holding) -> Said:
    """10 of 12, 8 of which a reservation keeps."""
    stock(books, "rice", 12)
    kind, body, by = "stock.reserve", {"item": "rice", "purpose": "food", "quantity": 8}, MANAGER
    kept = books.ok(kind, {**body, "site": "depot", "until": NOON + 20 * DAY}, *by)
    return ship(10, reservation=kept.id)


def release_for(books: Holding, *lots: int) -> Said:
    found = stock(books, "rice", *lots)
    enrol(books)
    issue_goods(books, lines=[{"item": "rice", "quantity": 10}])
    right = {"cycle": "week-1", "purpose": "food", "tag": TAG}
    body = {"entitlement": right, "lines": [draw(found[0], 10)], "site": "depot"}
    return "disbursement.release", body, (HAND, "relief/approver")


def release_of_a_lot(books: Holding) -> Said:
    return release_for(books, 10)


def release_of_a_right(books: Holding) -> Said:
    return release_for(books, 30)


def lend(books: Holding) -> Said:
    lot = receive(books, goods("pump", 1, serials=["P-1"])).lot(0)
    body = {
        "borrower": "relief",
        "due": NOON + 14 * DAY,
        "from": "depot",
        "lot": lot,
        "to": "school",
    }
    return "asset.lend", body, ("county/manager", "relief/manager")


CASES: dict[Callable[[Holding], Said], tuple[str, ...]] = {
    allocate: ("money",),
    deallocate: ("money",),
    instruct_free: ("money",),
    instruct_allocated: ("money",),
    instruct_of_gift: ("money",),
    refund: ("money",),
    issue_money: ("reserved",),
    fulfil: ("money", "rights"),
    project: ("reserved",),
    pay_milestone: ("money", "owed"),
    compensate: ("money", "owed"),
    compensate_what_nobody_priced: ("money", "owed"),
    reserve: ("reserved",),
    order_goods: ("reserved",),
    order_reserved_goods: ("of", "reserved"),
    release_of_a_lot: ("reserved", "rights"),
    release_of_a_right: ("reserved", "rights"),
    lend: ("reserved",),
}
"""Case -> what is kept for it. Each is about all that there is: a second one finds nothing."""

NOTHING = {
    "correction.declare",
    "entitlement.revoke",
    "household.enrol",
    "household.retire",
    "requisition.order",
    "stock.release",
}
GOVERNING = {
    "alert",
    "approval",
    "case",
    "catalogue",
    "contract",
    "genesis",
    "key",
    "member",
    "override",
    "run",
}
"""Authorisations that take nothing which another one could wait for, and whole nouns of them."""


def is_case(case: Callable[[Holding], Said]) -> str:
    return case.__name__


each = pytest.mark.parametrize("case", CASES, ids=is_case)


def test_every_authorisation_is_a_case_or_keeps_nothing() -> None:
    kinds = [kind for kind in all_kinds().values() if kind.nature is Nature.AUTHORISATION]
    names = {kind.name for kind in kinds if kind.noun not in GOVERNING}
    held = {case(Holding())[0] for case in CASES}
    assert held <= names and not held & NOTHING
    assert names - held <= NOTHING, "say of each new kind what a hold on it keeps"


@each
def test_what_it_is_about_is_kept(case: Callable[[Holding], Said]) -> None:
    books = Holding()
    kind, body, by = case(books)
    ran = books.hold(kind, body, *by)
    assert ran.code == "held", ran.refusal
    assert tuple(sorted(books.kept(ran.id))) == CASES[case]
    assert bool(ran.moves) == ("money" in CASES[case])
    assert all(target.endswith(f"/held:{ran.id}") for _, _, target, _ in ran.moves)


@each
def test_a_second_one_is_refused_by_its_law(case: Callable[[Holding], Said]) -> None:
    books = Holding()
    kind, body, by = case(books)
    other = {**body, "tags": [OTHER_TAG]} if kind == "entitlement.issue" else body
    assert books.hold(kind, body, *by).code == "held"
    for again in (books.hold(kind, other, *by), books.run(kind, other, *by)):
        assert again.code == "not_enough", again.refusal


@each
@pytest.mark.parametrize("way", WAYS[1:])
def test_what_does_not_post_leaves_everything_as_it_was(
    case: Callable[[Holding], Said], way: str
) -> None:
    books = Holding()
    kind, body, by = case(books)
    before = books.all_rows()
    held = books.hold(kind, body, *by).id
    assert books.all_rows() != before
    books.resolve(held, way)
    assert books.state_of(held) == way and books.kept(held) == {}
    assert books.all_rows() == before
    if way != "expired" or kind != "disbursement.release":
        assert books.run(kind, body, *by).code == "ok"


@each
def test_what_posts_is_as_if_it_had_not_waited(case: Callable[[Holding], Said]) -> None:
    direct, books = Holding(), Holding()
    kind, body, by = case(direct)
    said = direct.run(kind, body, *by)
    assert case(books) == (kind, body, by)
    held = books.hold(kind, body, *by)
    assert (said.code, held.code, held.id) == ("ok", "held", said.id)
    ran = books.resolve(held.id, "posted")
    assert books.state_of(held.id) == "posted" and books.kept(held.id) == {}
    assert books.all_rows() == direct.all_rows()
    # What came back stands in the entry before what the law did.
    assert ran.moves[len(ran.moves) - len(said.moves) :] == said.moves
    assert len(ran.moves) == len(said.moves) + len(held.moves)


@each
@pytest.mark.parametrize("way", WAYS)
def test_it_resolves_once(case: Callable[[Holding], Said], way: str) -> None:
    books = Holding()
    kind, body, by = case(books)
    held = books.hold(kind, body, *by).id
    books.resolve(held, way)
    after = books.all_rows()
    assert {books.approve(held).code, books.refuse(held).code} == {"not_open"}
    state = State(books.reader)
    give_back(books._book(state, books.next_id(), attested=False), held)
    assert state.changes() == {} and books.all_rows() == after


@each
def test_while_it_goes_on_waiting_it_keeps_the_same(case: Callable[[Holding], Said]) -> None:
    books = Holding()
    kind, body, by = case(books)
    held = books.hold(kind, body, *by).id
    kept, rows = books.kept(held), books.all_rows()
    ran = books.approve(
        held, "open", "relief/approver" if "relief/approver" not in by else "relief/other"
    )
    assert (ran.code, ran.moves, ran.effects.line) == ("ok", [], ())
    assert books.state_of(held) == "open" and books.kept(held) == kept
    assert books.all_rows() == rows


def test_what_keeps_nothing(books: Holding) -> None:
    stock(books, "rice", 10)
    enrol(books)
    issue_goods(books)
    kept = books.ok("stock.reserve", reserve(Holding())[1], *MANAGER)
    tables = books.all_rows()
    for kind, body in (
        ("stock.release", {"reservation": kept.id}),
        ("stock.release", {"quantity": 4, "reservation": kept.id}),
        (
            "entitlement.revoke",
            {"cycle": "week-1", "purpose": "food", "reason": "moved", "tags": [TAG]},
        ),
    ):
        ran = books.hold(kind, body, *MANAGER)
        assert (ran.code, books.kept(ran.id), ran.moves) == ("held", {}, [])
        assert books.all_rows() == tables
    assert books.resolve(ran.id, "posted").code == "ok"


def test_a_correction_keeps_nothing(books: Holding) -> None:
    (kind,) = KEEPS_NOTHING
    books.receive(10)
    state = State(books.reader)
    book = books._book(state, books.next_id(), attested=False)
    line = allocate(Holding())[1]
    since = state.savepoint()
    all_kinds()["fund.allocate", 1].apply(book, books.typed("fund.allocate", line))
    assert stake_of(book, since, "fund.allocate") != Stake()
    assert stake_of(book, since, kind) == Stake()


# ---- posting less, another, nothing --------------------------------------------------------------


@pytest.fixture
def books() -> Holding:
    return Holding()


def test_to_post_less_gives_the_rest_back(books: Holding) -> None:
    books.receive(10)
    kind, body, by = "fund.allocate", {**drawn(8), "programme": "flood", "purpose": "food"}, OWNER
    held = books.hold(kind, body, *by).id
    assert books.tops() == [(0, 8, f"held:{held[:4]}"), (8, 10, "free")]
    books.instead[held] = books.typed(kind, {**body, **drawn(5)})
    books.resolve(held, "posted")
    assert books.tops() == [(0, 5, "allocated:food"), (5, 10, "free")]


def test_low_positions_come_back_first(books: Holding) -> None:
    """What became free below meanwhile is used first: it is one line, not an envelope of money."""
    books.receive(10)
    low = books.instruct(3).id
    held = books.hold(*instruction(4, "free")[:2], *PAYER).id
    books.failed(low)
    assert books.tops() == [(0, 3, "free"), (3, 7, f"held:{held[:4]}"), (7, 10, "free")]
    books.resolve(held, "posted")
    assert books.tops() == [(0, 4, f"transit:{held[:4]}"), (4, 10, "free")]


def test_where_the_law_refuses_by_now_it_is_void_and_all_is_given_back(books: Holding) -> None:
    books.receive(10)
    before = books.all_rows()
    held = books.hold(*instruction(4, "free")[:2], *PAYER).id
    books.instead[held] = books.typed("disbursement.instruct", instruction(11, "free")[1])
    ran = books.approve(held)
    assert (ran.code, books.state_of(held)) == ("ok", "void")
    assert ran.moves == [("CNY", f"{GENERAL}/held:{held}", f"{GENERAL}/free", 4)]
    assert books.all_rows() == before


@pytest.mark.parametrize(
    ("pieces", "code"), [(KEPT_PIECES_MAX, "held"), (KEPT_PIECES_MAX + 1, "too_many_pieces")]
)
def test_one_statement_keeps_so_many_pieces(books: Holding, pieces: int, code: str) -> None:
    gifts = [books.receive(1).id for _ in range(2 * pieces)]
    for gift in gifts[1::2]:
        books.instruct(1, donation=gift)
    ran = books.hold(*instruction(pieces, "free")[:2], *PAYER)
    assert ran.code == code
    assert len(books.tops()) == 2 * pieces
    if code == "held":
        assert len(books.resolve(ran.id, "refused").effects.line) == pieces
    else:
        assert books.row("holds", ran.id) is None


# ---- the bank takes it back meanwhile ------------------------------------------------------------


def short_of(books: Holding) -> int:
    return -books.balance("CNY", f"{GENERAL}/shortfall")


@pytest.mark.parametrize("way", WAYS[1:])
@pytest.mark.parametrize("allocated", [False, True])
def test_what_the_bank_took_back_is_void_when_it_comes_back(
    books: Holding, way: str, allocated: bool
) -> None:
    gift = books.receive(10).id
    if allocated:
        books.allocate(6)
    held = books.hold(*instruction(6, "allocated" if allocated else "free")[:2], *PAYER).id
    under = ["free", "allocated:food"] if allocated else ["free"]
    taken = books.reverse(gift, 9).id
    void, mark = f"void:{taken[:4]}", f"held:{held[:4]}"
    assert books.line() == [
        (0, 1, [*under, mark]),
        (1, 6, [*under, void, mark]),
        (6, 10, ["free", void]),
    ]
    assert short_of(books) == 5
    books.resolve(held, way)
    assert short_of(books) == 0
    assert books.line()[0] == (0, 1, under) and books.line()[1][2] == [*under, void]
    assert books.balance("CNY", f"{GENERAL}/held:{held}") == 0


def test_what_the_owner_covered_meanwhile_comes_back_as_new_money(books: Holding) -> None:
    gift = books.receive(6).id
    held = books.hold(*instruction(6, "free")[:2], *PAYER).id
    books.reverse(gift, 6)
    books.cover(6)
    ran = books.resolve(held, "refused")
    assert books.tops()[1:] == [(6, 12, "free")]
    assert books.row("origin", f"{GENERAL}/{6:016x}") == [12, ["cover", ran.id]]


@pytest.mark.parametrize(("other", "state"), [(0, "void"), (3, "void"), (4, "posted")])
def test_a_hold_on_marked_money_posts_from_other_money_or_is_void(
    books: Holding, other: int, state: str
) -> None:
    gift = books.receive(4).id
    held = books.hold(*instruction(4, "free")[:2], *PAYER).id
    if other:
        books.receive(other)
    books.reverse(gift, 4)
    books.approve(held)
    assert books.state_of(held) == state and short_of(books) == 0
    assert books.balance("CNY", f"{GENERAL}/transit:{held}") == (4 if state == "posted" else 0)
    assert books.balance("CNY", f"{GENERAL}/free") == (0 if state == "posted" else other)


def test_a_reversal_undone_takes_the_mark_off_what_is_held(books: Holding) -> None:
    gift = books.receive(6).id
    held = books.hold(*instruction(6, "free")[:2], *PAYER).id
    before = books.line()
    ran = books.reverse(gift, 6)
    state = State(books.reader)
    book = books._book(state, books.next_id(), attested=False)
    effects, body = ran.effects.value(), {"amount": 6, "donation": gift}
    undo(book, Applied.read(ran.id, 1, "donation.reverse", body, effects, "body.targets[0]"))
    for pair, raw in state.changes().items():
        books.reader.put(pair, raw)
    assert books.line() == before and short_of(books) == 0
    books.resolve(held, "posted")
    assert books.tops() == [(0, 6, f"transit:{held[:4]}")]


# ---- goods are gone meanwhile, times are over ----------------------------------------------------


@pytest.mark.parametrize("way", ["refused", "posted"])
def test_a_reservation_keeps_again_no_more_than_is_there(books: Holding, way: str) -> None:
    kind, body, by = order_reserved_goods(books)
    held = books.hold(kind, body, *by).id
    (lot,) = [key for key, row in books.reader.table("lots").items() if "spent" not in row]
    lose(books, draw(lot, 9))
    books.approve(held) if way == "posted" else books.refuse(held)
    assert books.state_of(held) == ("void" if way == "posted" else "refused")
    assert books.row("legs", body["reservation"])["left"] == [["rice", 3]]
    assert books.row("reserved", "rice/depot") == 3 == books.balance("rice", "site:depot")


def test_a_reservation_that_ended_meanwhile_keeps_nothing_again(books: Holding) -> None:
    kind, body, by = order_reserved_goods(books)
    held = books.hold(kind, body, *by, days=25).id
    books.lapse(body["reservation"])
    assert books.row("reserved", "rice/depot") == 10
    assert books.approve(held).code == "ok"
    assert books.state_of(held) == "void", "its own law asks for an open reservation"
    assert books.row("reserved", "rice/depot") is None


def test_an_order_that_lapses_gives_a_reservation_no_more_than_is_there(books: Holding) -> None:
    kind, body, by = order_reserved_goods(books)
    ordered = books.ok(kind, body, *by).id
    (lot,) = [key for key, row in books.reader.table("lots").items() if "spent" not in row]
    lose(books, draw(lot, 9))
    books.lapse(ordered)
    assert books.row("reserved", "rice/depot") == 3 == books.balance("rice", "site:depot")


def test_what_comes_back_after_the_window_of_its_right_is_promised_no_more(books: Holding) -> None:
    kind, body, by = fulfil(books)
    held = books.hold(kind, body, *by, days=30).id
    key = f"{TAG}/may/cash"
    assert (books.row("entitlements", key)["amount"], books.row("reserved", f"{GENERAL}/cash")) == (
        0,
        None,
    )
    books.lapse(books.row("entitlements", key)["statement"])
    books.expire(held)
    assert books.row("entitlements", key)["amount"] == 10
    assert books.row("reserved", f"{GENERAL}/cash") is None
    assert books.balance("CNY", f"{GENERAL}/allocated:cash") == 30


def test_a_line_that_a_contract_pays_is_due_while_it_waits(books: Holding) -> None:
    """Contracts settle a requisition line by line: what another line added to the sum stays."""
    taken = compensate_what_nobody_priced(books)[1]["order"]
    line = {**books.row("legs", taken), "asked": 5, "by_lines": True, "currency": "CNY", "owed": 5}
    books.set("legs", taken, {**line, "owed_by": "cd" * 32})
    before = books.row("legs", taken)
    held = books.hold("entitlement.revoke", *_empty_revoke(books)).id
    state = State(books.reader)
    book = books._book(state, books.next_id(), attested=False)
    keep_back(book, StatementId(held), Stake(owed=((taken, 10, 10, "CNY", True),)))
    assert book.row("legs", taken) == {**before, "asked": 15, "owed": 15}
    give_back(book, StatementId(held))
    assert book.row("legs", taken) == before
    # The other line was paid meanwhile: it stays open for this one.
    keep_back(book, StatementId(held), Stake(owed=((taken, 10, 10, "CNY", True),)))
    change_owed(book, taken, 0, 5)
    give_back(book, StatementId(held))
    assert book.row("legs", taken) == {**before, "paid": 5}


def _empty_revoke(books: Holding) -> tuple[dict[str, Any], str]:
    """A statement that can be held and keeps nothing of its own."""
    enrol(books)
    issue_goods(books)
    body = {"cycle": "week-1", "purpose": "food", "reason": "moved", "tags": [TAG]}
    return body, MANAGER[0]


# ---- random histories ----------------------------------------------------------------------------


HELD = st.sampled_from(["instruct", "allocate", "deallocate"])
MONEY = st.one_of(
    STEPS,
    st.tuples(st.just("hold"), HELD, LINE, AMOUNT, st.booleans()),
    st.tuples(st.just("hold"), HELD, LINE, AMOUNT, st.booleans()),
    st.tuples(st.just("hold refund"), PICK, AMOUNT),
    st.tuples(st.just("resolve"), PICK, st.sampled_from(WAYS)),
    st.tuples(st.just("resolve"), PICK, st.sampled_from(WAYS)),
)


class HeldPair(Pair):
    """`Pair` with holds: the naive fund knows a label for each, and the statement that waits."""

    def __init__(self) -> None:
        super().__init__()
        self.fund: Holding = Holding()
        self.held: dict[str, tuple[str, Any]] = {}

    def hold(self, what: str, line: str, n: int, free: bool) -> None:
        label = "free" if what == "allocate" or (what == "instruct" and free) else "allocated:food"
        body: dict[str, Any] = {"draws": [{"amount": n, "line": line}]}
        if what == "instruct":
            kind, body, by = instruction(0, label.partition(":")[0], **body)
        else:
            kind, by = f"fund.{what}", OWNER
            body |= {"programme": "flood", "purpose": "food"}
        ran = self.fund.hold(kind, body, *by)
        if what == "deallocate":
            places = self.naive.bearing(line, label, backwards=True)
            code = "ok" if len(places) >= n else "not_enough"
            for place in places[:n] if code == "ok" else ():
                self.naive.stack(place).append(f"held:{ran.id}")
        else:
            code = self.naive.take([(line, n, None)], label, f"held:{ran.id}")
        self.note(ran, code, (what, (line, n, label)))

    def hold_refund(self, pick: int, n: int) -> None:
        gift = self.one(self.gifts, pick)
        if gift is None:
            return
        by = ("county/treasurer", "relief/approver")
        ran = self.fund.hold("donation.refund", {"amount": n, "donation": gift}, *by)
        places = self.naive.bearing(self.naive.gifts[gift][0], "free", gift, backwards=True)
        short = self.naive.lines[self.naive.gifts[gift][0]].short
        code = "line_short" if short else "ok" if len(places) >= n else "not_enough"
        for place in places[:n] if code == "ok" else ():
            self.naive.stack(place).append(f"held:{ran.id}")
        self.note(ran, code, ("refund", (gift, n)))

    def note(self, ran: Any, code: str, what: tuple[str, Any]) -> None:
        assert ran.code == ("held" if code == "ok" else code)
        if code == "ok":
            self.held[ran.id] = what

    def resolve(self, pick: int, way: str) -> None:
        held = self.one(list(self.held), pick)
        if held is None:
            return
        what, rest = self.held.pop(held)
        way = self.fund.way_now(held, way)
        ran = self.fund.resolve(held, way)
        for line in self.naive.lines:
            self.naive.pop(ran.id, self.naive.bearing(line, f"held:{held}"))
        state = way
        if way == "posted" and self.post(held, what, rest) != "ok":
            state = "void"
        assert self.fund.state_of(held) == state

    def post(self, held: str, what: str, rest: Any) -> str:
        if what == "refund":
            return self.naive.refund(held, *rest)
        line, n, label = rest
        if what == "deallocate":
            return self.naive.deallocate(held, line, n, "food")
        if what == "allocate":
            return self.naive.take([(line, n, None)], label, "allocated:food")
        code = self.naive.instruct(held, [(line, n, None)], label, "vendor")
        if code == "ok":
            self.legs.append(held)
        return code


@settings(max_examples=40, deadline=None)
@given(st.lists(MONEY, max_size=20))
def test_random_histories_of_money_with_holds(steps: list[tuple[Any, ...]]) -> None:
    pair = HeldPair()
    pair.receive(GENERAL, 20)
    for verb, *rest in steps:
        pair.step(verb, *rest)
    for check in (check_accounts, check_lines, check_legs, check_agreements):
        check(RowsOf(pair.fund))
    for _ in list(pair.held):
        pair.step("resolve", 0, "refused")
    assert not any("held:" in account for account in pair.fund.balances("CNY"))


DUE = st.one_of(
    st.tuples(st.just("hold"), st.integers(1, 7), PICK, st.none()),
    st.tuples(st.just("hold"), st.integers(1, 7), PICK, st.none()),
    st.tuples(st.just("say"), st.integers(1, 7), PICK, st.none()),
    st.tuples(st.just("fail"), st.none(), PICK, st.none()),
    st.tuples(st.just("resolve"), st.none(), PICK, st.sampled_from(WAYS)),
)


@pytest.mark.parametrize(
    ("case", "total"), [(fulfil, 10), (pay_milestone, 6), (compensate, 10)], ids=str
)
@settings(max_examples=20, deadline=None)
@given(steps=st.lists(DUE, max_size=15))
def test_random_histories_of_what_is_due(
    case: Callable[[Holding], Said], total: int, steps: list[tuple[Any, ...]]
) -> None:
    """What waits, what is on its way and what may still be asked for are together what is due."""
    books = Holding()
    kind, body, by = case(books)
    held: dict[str, int] = {}
    sent: dict[str, int] = {}
    for verb, n, pick, way in steps:
        left = total - sum(held.values()) - sum(sent.values())
        if verb in ("hold", "say"):
            this = {**body, **drawn(n)}
            ran = books.hold(kind, this, *by) if verb == "hold" else books.run(kind, this, *by)
            good = "held" if verb == "hold" else "ok"
            assert ran.code == (good if n <= left else "not_enough")
            if ran.code == good:
                (held if verb == "hold" else sent)[ran.id] = n
        elif verb == "fail" and sent:
            name = list(sent)[pick % len(sent)]
            assert books.failed(name).code == "ok"
            del sent[name]
        elif verb == "resolve" and held:
            name = list(held)[pick % len(held)]
            way = books.way_now(name, way)
            books.resolve(name, way)
            n = held.pop(name)
            assert books.state_of(name) == way
            if way == "posted":
                sent[name] = n
        assert still_due(books, body) == total - sum(held.values()) - sum(sent.values())
        check_agreements(RowsOf(books))


def still_due(books: Holding, body: dict[str, Any]) -> int:
    """What may still be asked for: of an entitlement, a requisition, a milestone."""
    if "entitlement" in body:
        left: int = books.row("entitlements", f"{TAG}/may/cash")["amount"]
        return left
    row = books.row("legs", body["order"])
    return int(row.get("owed", row.get("amount"))) - int(row["asked"])


def test_the_same_history_gives_the_same_bytes() -> None:
    found = []
    for _ in range(2):
        books = Holding()
        for n, case in enumerate(CASES):
            kind, body, by = case(books) if n % 2 else instruct_free(books)
            ran = books.hold(kind, body, *by)
            if ran.code == "held":
                books.resolve(ran.id, WAYS[n % 3])
        found.append((books.reader.values, books.reader.entries))
    assert found[0] == found[1]


GOODS = st.one_of(
    st.tuples(st.just("stock"), st.integers(1, 20)),
    st.tuples(st.just("reserve"), st.integers(1, 12)),
    st.tuples(st.just("hold"), st.integers(1, 12), st.booleans(), PICK),
    st.tuples(st.just("hold"), st.integers(1, 12), st.booleans(), PICK),
    st.tuples(st.just("order"), st.integers(1, 12)),
    st.tuples(st.just("lose"), st.integers(1, 8)),
    st.tuples(st.just("resolve"), PICK, st.sampled_from(WAYS)),
)


class NaiveShelf:
    """Rice at one site: how much, what each reservation, order and hold keeps of it."""

    def __init__(self) -> None:
        self.there = 0
        self.reservations: dict[str, int] = {}
        self.ordered = 0
        self.held: dict[str, tuple[int, str, int]] = {}
        """statement -> (n, reservation or "", how much of n it gave)"""

    def free(self) -> int:
        holds = sum(n for n, _, _ in self.held.values())
        return self.there - sum(self.reservations.values()) - self.ordered - holds

    def give(self, reservation: str, n: int) -> None:
        if reservation:
            self.reservations[reservation] += max(0, min(n, self.free()))


@settings(max_examples=40, deadline=None)
@given(st.lists(GOODS, max_size=20))
def test_random_histories_of_goods_with_holds(steps: list[tuple[Any, ...]]) -> None:
    books, shelf = Holding(), NaiveShelf()
    for verb, *rest in steps:
        _SHELF[verb](books, shelf, *rest)
        kept = shelf.there - shelf.free()
        assert (books.row("reserved", "rice/depot") or 0) == kept
        assert books.balance("rice", "site:depot") == shelf.there
        for name, n in shelf.reservations.items():
            assert dict(books.row("legs", name)["left"]).get("rice", 0) == n
        check_agreements(RowsOf(books))


def _stocked(books: Holding, shelf: NaiveShelf, n: int) -> None:
    stock(books, "rice", n)
    shelf.there += n


def _reserved(books: Holding, shelf: NaiveShelf, n: int) -> None:
    ran = books.run("stock.reserve", {**reserve(Holding())[1], "quantity": n}, *MANAGER)
    assert ran.code == ("ok" if n <= shelf.free() else "not_enough")
    if ran.code == "ok":
        shelf.reservations[ran.id] = n


def _asked(shelf: NaiveShelf, n: int, reservation: str) -> tuple[str, int]:
    """Code of an order, and how much of it the reservation gives."""
    given = min(n, shelf.reservations[reservation]) if reservation else 0
    if reservation and not given:
        return "not_enough", 0
    return ("ok" if n - given <= shelf.free() else "not_enough"), given


def _held(books: Holding, shelf: NaiveShelf, n: int, of: bool, pick: int) -> None:
    names = list(shelf.reservations)
    name = names[pick % len(names)] if of and names else ""
    code, given = _asked(shelf, n, name)
    ran = books.hold(*ship(n, **({"reservation": name} if name else {}))[:2], *MANAGER)
    assert ran.code == ("held" if code == "ok" else code)
    if code == "ok":
        if name:
            shelf.reservations[name] -= given
        shelf.held[ran.id] = (n, name, given)


def _ordered(books: Holding, shelf: NaiveShelf, n: int) -> None:
    assert order(books, days=9, rice=n).code == ("ok" if n <= shelf.free() else "not_enough")
    shelf.ordered += n if n <= shelf.free() else 0


def _lost(books: Holding, shelf: NaiveShelf, n: int) -> None:
    lots = [k for k, row in books.reader.table("lots").items() if "spent" not in row]
    lots = [k for k in lots if books.row("lots", k)["place"] == "site:depot"]
    if not lots:
        return
    n = min(n, books.row("lots", lots[0])["quantity"])
    ran = lose(books, draw(lots[0], n))
    shelf.there -= n
    over = max(0, -shelf.free())
    shrunk = sum(gone for _, _, gone in ran.breaches)
    assert shrunk == min(over, sum(shelf.reservations.values()))
    for _, leg, gone in ran.breaches:
        shelf.reservations[leg.removeprefix("leg/")] -= gone


def _resolved(books: Holding, shelf: NaiveShelf, pick: int, way: str) -> None:
    if not shelf.held:
        return
    held = list(shelf.held)[pick % len(shelf.held)]
    if way == "expired":
        way = "refused"  # reservations would lapse as well
    n, name, given = shelf.held.pop(held)
    books.resolve(held, way)
    shelf.give(name, given)
    code, gives = _asked(shelf, n, name)
    if way == "posted" and code == "ok":
        if name:
            shelf.reservations[name] -= gives
        shelf.ordered += n
    state = way if way != "posted" or code == "ok" else "void"
    assert books.state_of(held) == state


_SHELF: dict[str, Callable[..., None]] = {
    "stock": _stocked,
    "reserve": _reserved,
    "hold": _held,
    "order": _ordered,
    "lose": _lost,
    "resolve": _resolved,
}
