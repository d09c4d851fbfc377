"""Donations: money in and money back, one rule a row.

Goal: each law of `docs/spec/kinds-money.md` about gifts, with the smallest case that passes, the
smallest that fails, and both sides of each boundary.
Method: one statement a row on a book in memory; the whole book is checked after each.
"""

from typing import Any

import pytest
from books import NOON
from money import FOOD, GENERAL, SEALS, Money, h

from ledger.money import reversal

DAY = 86_400
LIMIT = 5_000_000
"""The second-key limit of CNY in these books."""


@pytest.fixture
def fund() -> Money:
    return Money()


# ---- donation.receive -----------------------------------------------------------------------------


def test_a_gift_is_appended_free(fund: Money) -> None:
    fund.receive(100)
    ran = fund.receive(50)
    assert ran.moves == [("CNY", f"{GENERAL}/ext:donor", f"{GENERAL}/free", 50)]
    assert ran.effects.line == ((GENERAL, 100, 150, "free"),)
    assert fund.row("gifts", ran.id) == [[GENERAL, 100, 150]]
    assert fund.row("origin", f"{GENERAL}/{100:016x}") == [150, ["donation", ran.id]]
    assert fund.tops() == [(0, 150, "free")]


@pytest.mark.parametrize(
    ("amount", "signers", "code"),
    [
        (LIMIT, ["county/treasurer"], "ok"),
        (LIMIT + 1, ["county/treasurer"], "no_authority"),
        (LIMIT + 1, ["county/treasurer", "relief/treasurer"], "ok"),
        (LIMIT + 1, ["county/treasurer", "county/approver"], "ok"),
        (LIMIT + 1, ["county/treasurer", "county/payer"], "no_authority"),
        (LIMIT + 1, ["county/treasurer", "county/treasurer-2"], "no_authority"),  # same person
        (1, ["county/storekeeper"], "no_authority"),
        (1, ["county/treasurer-island"], "no_authority"),  # scope: another fund
        (0, ["county/treasurer"], "out_of_range"),
        (10**12, ["county/treasurer", "relief/treasurer"], "ok"),
        (10**12 + 1, ["county/treasurer", "relief/treasurer"], "out_of_range"),
    ],
)
def test_who_may_say_that_money_came(
    fund: Money, amount: int, signers: list[str], code: str
) -> None:
    fund.add_actor("county/treasurer-2", "treasurer", person="treasurer")
    fund.add_actor("county/treasurer-island", "treasurer", funds=["island"])
    ran = fund.receive(amount, by=signers)
    assert ran.code == code
    assert (ran.moves != []) == (code == "ok")
    assert (ran.index is None) == (code == "out_of_range")


@pytest.mark.parametrize(
    ("at", "breaches"),
    [
        (NOON, []),
        (NOON + 365 * DAY - 1, []),
        (NOON + 365 * DAY, [("not_eligible", "programme/flood", 100)]),
    ],
)
def test_outside_the_permit_window_a_gift_is_flagged(
    fund: Money, at: int, breaches: list[Any]
) -> None:
    ran = fund.receive(100, time=at)
    assert list(ran.breaches) == breaches
    assert fund.balance("CNY", f"{GENERAL}/free") == 100


def test_before_the_permit_a_gift_is_flagged(fund: Money) -> None:
    row = fund.row("catalogue", "programme/flood")
    window = {"from": NOON + 1, "to": NOON + 2}
    fund.set("catalogue", "programme/flood", {**row, "permit": window})
    assert fund.receive(1).code == "flagged"
    assert fund.receive(1, time=NOON + 1).code == "ok"
    del row["permit"]
    fund.set("catalogue", "programme/flood", row)
    assert fund.receive(1, time=NOON + 9).code == "ok"


def test_a_bank_reference_is_booked_once(fund: Money) -> None:
    assert fund.receive(10, reference=h(77)).code == "ok"
    again = fund.receive(10, reference=h(77))
    assert (again.code, again.moves) == ("reference_used", [])
    # Only what was applied holds a reference.
    assert fund.receive(LIMIT + 1, reference=h(78), by=["county/treasurer"]).code == "no_authority"
    assert fund.receive(10, reference=h(78)).code == "ok"


def test_a_gift_to_an_unknown_line_waits_and_then_moves_nothing(fund: Money) -> None:
    waiting = fund.receive(10, "relief.nowhere")
    assert (waiting.code, waiting.index) == ("unknown_reference", None)
    late = fund.receive(10, "relief.nowhere", waited=True)
    assert (late.code, late.moves, late.effects.line) == ("flagged", [], ())
    assert late.breaches == (("unknown_reference", "line/relief.nowhere", 10),)
    assert fund.row("gifts", late.id) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("line", "relief"),
        ("line", "Relief.general"),
        ("reference", "12"),
        ("seals", {"donor": h(1), "contact": h(2)}),
        ("seals", {**SEALS, "name": h(4)}),
        ("amount", "100"),
        ("amount", None),
        ("evidence", ["12"]),
        ("donor", "d-1"),
    ],
)
def test_the_form_of_a_gift(fund: Money, field: str, value: Any) -> None:
    body = {"amount": 100, "line": GENERAL, "reference": h(9), "seals": SEALS, field: value}
    ran = fund.run("donation.receive", {k: v for k, v in body.items() if v}, "county/treasurer")
    assert (ran.code, ran.index) == ("malformed", None)


# ---- donation.list --------------------------------------------------------------------------------


def listed(fund: Money, sequence: int, total: int = 100, **rest: Any) -> Any:
    body = {
        "count": 3,
        "file": h(5),
        "line": GENERAL,
        "manifest": {"root": h(6), "size": 64},
        "sequence": sequence,
        "total": total,
        **rest,
    }
    return fund.run("donation.list", body, "county/treasurer")


def test_a_missing_list_shows_until_it_comes(fund: Money) -> None:
    assert listed(fund, 1).code == "ok"
    assert listed(fund, 2).code == "ok"
    gap = listed(fund, 4)
    assert gap.breaches == (("unknown_reference", f"list/{GENERAL}/3", 1),)
    assert fund.balance("CNY", f"{GENERAL}/free") == 300
    assert fund.row("references", f"list/{GENERAL}/3") is None
    assert listed(fund, 5).code == "ok"
    late = listed(fund, 3)
    assert late.code == "ok"
    assert fund.row("references", f"list/{GENERAL}/3") == late.id


def test_a_list_is_loaded_once(fund: Money) -> None:
    listed(fund, 1)
    again = listed(fund, 1)
    assert (again.code, again.moves) == ("reference_used", [])
    assert listed(fund, 1, line=FOOD).code == "ok"  # every line counts its own lists


def test_a_first_list_with_another_number_is_a_gap(fund: Money) -> None:
    assert listed(fund, 2).code == "flagged"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"count": 64}, "ok"),
        ({"count": 65}, "malformed"),  # no leaf for the last row
        ({"count": 0}, "out_of_range"),
        ({"sequence": 0}, "out_of_range"),
        ({"total": 0}, "out_of_range"),
        ({"manifest": {"root": h(6), "size": 128}}, "ok"),
        ({"manifest": {"root": h(6), "size": 65}}, "malformed"),  # no power of two
        ({"manifest": {"root": h(6), "size": 32}}, "out_of_range"),
        ({"manifest": {"root": h(6), "size": 2**20}}, "ok"),
        ({"manifest": {"root": h(6), "size": 2**21}}, "out_of_range"),
        ({"manifest": {"root": h(6)}}, "malformed"),
        ({"total": LIMIT}, "ok"),
        ({"total": LIMIT + 1}, "no_authority"),
    ],
)
def test_the_form_of_a_list(fund: Money, change: dict[str, Any], code: str) -> None:
    assert listed(fund, **{"sequence": 1, **change}).code == code


# ---- donation.reverse -------------------------------------------------------------------------------


def spent(fund: Money) -> tuple[str, str]:
    """A gift of 100: 20 paid, 10 in transit, 30 allocated, 40 free, in this order of positions."""
    gift = fund.receive(100).id
    one = fund.instruct(20).id
    fund.paid(one, 20)
    fund.instruct(10)
    fund.allocate(30)
    return gift, one


@pytest.mark.parametrize(
    ("amount", "void", "short", "excess"),
    [
        # void and marked positions of [0, 100), high end first; what the line then owes
        (1, [(99, 100)], 0, 0),
        (40, [(60, 100)], 0, 0),
        (41, [(60, 100), (59, 60)], 0, 0),
        (70, [(60, 100), (30, 60)], 0, 0),
        (71, [(60, 100), (30, 60), (29, 30)], 1, 0),
        (100, [(60, 100), (30, 60), (20, 30), (0, 20)], 30, 0),
        (101, [(60, 100), (30, 60), (20, 30), (0, 20)], 30, 1),
    ],
)
def test_a_reversal_takes_free_then_allocated_then_owes(
    fund: Money, amount: int, void: list[tuple[int, int]], short: int, excess: int
) -> None:
    gift, _ = spent(fund)
    ran = fund.reverse(gift, amount)
    label = f"void:{ran.id}"
    assert ran.effects.line == tuple((GENERAL, low, high, label) for low, high in void)
    assert fund.balance("CNY", f"{GENERAL}/shortfall") == -short
    assert fund.balance("CNY", f"{GENERAL}/ext:donor") == -100 + amount - excess
    wanted = [("shortfall", f"line/{GENERAL}", short)] * bool(short)
    wanted += [("exceeded", f"donation/{gift}", excess)] * bool(excess)
    assert list(ran.breaches) == wanted


def test_nothing_is_taken_back_twice(fund: Money) -> None:
    gift, _ = spent(fund)
    fund.reverse(gift, 60)
    fund.reverse(gift, 30)
    last = fund.reverse(gift, 30)
    assert [breach[0] for breach in last.breaches] == ["shortfall", "exceeded"]
    assert [breach[2] for breach in last.breaches] == [10, 20]
    assert fund.balance("CNY", f"{GENERAL}/ext:donor") == 0
    nothing = fund.reverse(gift, 1)
    assert nothing.moves == []
    assert nothing.breaches == (("exceeded", f"donation/{gift}", 1),)


def test_the_other_donor_keeps_every_cent(fund: Money) -> None:
    gift, _ = spent(fund)
    fund.receive(50)
    fund.reverse(gift, 100)
    assert fund.tops()[-1] == (100, 150, "free")
    assert fund.balance("CNY", f"{GENERAL}/free") == 50


def test_a_marked_payment_that_fails_closes_the_shortfall(fund: Money) -> None:
    gift = fund.receive(100).id
    leg = fund.instruct(100).id
    back = fund.reverse(gift, 60).id
    assert fund.line() == [
        (0, 40, ["free", f"transit:{leg[:4]}"]),
        (40, 100, ["free", f"void:{back[:4]}", f"transit:{leg[:4]}"]),
    ]
    ran = fund.failed(leg)
    assert ran.moves == [
        ("CNY", f"{GENERAL}/transit:{leg}", f"{GENERAL}/free", 40),
        ("CNY", f"{GENERAL}/transit:{leg}", f"{GENERAL}/shortfall", 60),
    ]
    assert fund.tops() == [(0, 40, "free"), (40, 100, f"void:{back[:4]}")]
    assert fund.balances("CNY") == {f"{GENERAL}/ext:donor": -40, f"{GENERAL}/free": 40}
    assert fund.reader.table("breaches") == {}


def test_a_marked_payment_that_comes_back_after_a_cover_is_new_money(fund: Money) -> None:
    gift = fund.receive(100).id
    leg = fund.instruct(100).id
    fund.paid(leg, 100)
    fund.reverse(gift, 60)
    fund.cover(45)
    ran = fund.returned(leg, 100)
    # 15 were still owed; 45 had been covered by the owner: they are new, and nobody's gift.
    assert [move[1:] for move in ran.moves] == [
        (f"{GENERAL}/paid:vendor", f"{GENERAL}/free", 40),
        (f"{GENERAL}/paid:vendor", f"{GENERAL}/shortfall", 15),
        (f"{GENERAL}/paid:vendor", f"{GENERAL}/free", 45),
    ]
    assert fund.row("origin", f"{GENERAL}/{100:016x}") == [145, ["cover", ran.id]]
    assert fund.balance("CNY", f"{GENERAL}/free") == 85


@pytest.mark.parametrize(
    ("signers", "code"),
    [
        (["county/treasurer", "relief/treasurer"], "ok"),
        (["county/treasurer", "county/approver"], "ok"),
        (["county/treasurer"], "no_authority"),  # the second key is always wanted
        (["county/treasurer", "county/treasurer-2"], "no_authority"),
        (["county/approver", "county/treasurer"], "no_authority"),
        (["county/treasurer", "relief/payer"], "no_authority"),
    ],
)
def test_who_may_say_that_the_bank_took_money_back(
    fund: Money, signers: list[str], code: str
) -> None:
    fund.add_actor("county/treasurer-2", "treasurer", person="treasurer")
    gift = fund.receive(10).id
    ran = fund.reverse(gift, 1, by=signers)
    assert (ran.code, ran.moves != []) == (code, code == "ok")


def test_a_reversal_of_an_unknown_gift_waits_and_then_moves_nothing(fund: Money) -> None:
    assert fund.reverse(h(9), 5).code == "unknown_reference"
    late = fund.reverse(h(9), 5, waited=True)
    assert late.moves == []
    assert late.breaches == (("unknown_reference", f"donation/{h(9)}", 5),)


# ---- donation.refund --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "code", "low"), [(1, "ok", 99), (40, "ok", 60), (41, "not_enough", None)]
)
def test_a_refund_takes_free_positions_of_that_gift_alone(
    fund: Money, amount: int, code: str, low: int | None
) -> None:
    gift, _ = spent(fund)
    fund.receive(1_000)
    ran = fund.refund(gift, amount)
    assert ran.code == code
    if low is None:
        assert dict(ran.refusal.values) == {  # type: ignore[union-attr]
            "asked": 41,
            "key": f"donation/{gift}",
            "left": 40,
        }
    else:
        assert ran.effects.line == ((GENERAL, low, 100, f"refunded:{ran.id}"),)
        assert ran.moves == [("CNY", f"{GENERAL}/free", f"{GENERAL}/refunded", amount)]


@pytest.mark.parametrize(
    ("signers", "code"),
    [
        (["county/treasurer", "relief/treasurer"], "ok"),
        (["county/treasurer"], "no_authority"),
        (["county/treasurer", "county/treasurer-2"], "same_person"),
    ],
)
def test_a_refund_wants_two_keys(fund: Money, signers: list[str], code: str) -> None:
    fund.add_actor("county/treasurer-2", "treasurer", person="treasurer")
    assert fund.refund(fund.receive(10).id, 1, by=signers).code == code


def test_nothing_is_refunded_from_a_line_that_owes(fund: Money) -> None:
    other = fund.receive(100).id
    leg = fund.instruct(100).id
    fund.paid(leg, 100)
    gift = fund.receive(50).id
    fund.reverse(other, 1)
    short = fund.refund(gift, 1)
    assert short.code == "line_short"
    assert dict(short.refusal.values) == {"key": f"line/{GENERAL}", "n": 1}  # type: ignore[union-attr]
    fund.cover(1)
    assert fund.refund(gift, 1).code == "ok"


def test_a_refund_of_an_unknown_gift_makes_no_entry(fund: Money) -> None:
    ran = fund.refund(h(9), 1)
    assert (ran.code, ran.index) == ("unknown_reference", None)


# ---- what an index proof shows ----------------------------------------------------------------------


def test_entries_that_name_a_gift_are_listed_and_its_own_is_not(fund: Money) -> None:
    gift = fund.receive(100).id
    assert f"donation/{gift}" not in fund.reader.table("index")
    fund.refund(gift, 1)
    fund.reverse(gift, 1)
    fund.instruct(1, donation=gift)
    fund.refund(gift, 1_000)  # refused: it is about nothing
    index = fund.reader.table("index")
    assert index[f"donation/{gift}"][0] == 3
    assert index["fund/relief"][0] == 4


# ---- reversals of gifts in many pieces ------------------------------------------------------------


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """No statement looks at more than four intervals of a gift."""
    monkeypatch.setattr(reversal, "LOOKED_AT_MAX", 4)


def pay_ones(fund: Money, n: int) -> None:
    """So many payments of 1: an interval each."""
    for _ in range(n):
        fund.instruct(1)


def cut(ran: Any) -> list[Any]:
    return [list(breach) for breach in ran.breaches]


@pytest.mark.parametrize(("pieces", "unseen"), [(4, 0), (5, 1), (9, 5)])
def test_a_reversal_looks_at_so_many_intervals_and_the_next_goes_on(
    few: None, pieces: int, unseen: int
) -> None:
    fund = Money()
    gift = fund.receive(pieces).id
    pay_ones(fund, pieces)
    ran = fund.reverse(gift, pieces)
    short = [["shortfall", f"line/{GENERAL}", pieces - unseen]]
    more = [["too_many_pieces", f"donation/{gift}", unseen]] if unseen else []
    assert cut(ran) == short + more
    while unseen:
        ran = fund.reverse(gift, unseen)
        assert ran.moves == [
            ("CNY", f"{GENERAL}/shortfall", f"{GENERAL}/ext:donor", min(4, unseen))
        ]
        unseen = max(0, unseen - 4)
    assert fund.balance("CNY", f"{GENERAL}/ext:donor") == 0
    assert fund.balance("CNY", f"{GENERAL}/shortfall") == -pieces
    over = fund.reverse(gift, 1)
    assert cut(over) == [["exceeded", f"donation/{gift}", 1]]
    assert over.moves == []


@pytest.mark.parametrize(("pieces", "unseen"), [(3, 0), (4, 1), (7, 4)])
def test_a_reversal_changes_so_many_intervals_and_the_next_goes_on(
    monkeypatch: pytest.MonkeyPatch, pieces: int, unseen: int
) -> None:
    monkeypatch.setattr(reversal, "TAKEN_BACK_MAX", 3)
    fund = Money()
    gift = fund.receive(pieces).id
    pay_ones(fund, pieces)
    ran = fund.reverse(gift, pieces)
    assert len(ran.effects.line) == pieces - unseen
    more = [["too_many_pieces", f"donation/{gift}", unseen]] if unseen else []
    assert cut(ran)[1:] == more
    if unseen:
        assert fund.row("legs", f"reversed/{gift}")["at"] == [0, unseen]
        assert len(fund.reverse(gift, unseen).effects.line) == min(3, unseen)


def test_what_was_taken_back_before_is_passed_over_once(few: None) -> None:
    fund = Money()
    gift = fund.receive(9).id
    pay_ones(fund, 3)
    for _ in range(6):
        fund.reverse(gift, 1)  # an interval each, above what is paid
    first = fund.reverse(gift, 1)
    assert cut(first) == [["too_many_pieces", f"donation/{gift}", 1]]
    assert first.moves == []
    second = fund.reverse(gift, 1)
    assert cut(second) == [["shortfall", f"line/{GENERAL}", 1]]
    assert second.effects.line == ((GENERAL, 2, 3, f"void:{second.id}"),)


def test_what_is_set_aside_is_found_below_any_number_of_payments(few: None) -> None:
    fund = Money()
    gift = fund.receive(20).id
    fund.allocate(5)
    pay_ones(fund, 10)
    ran = fund.reverse(gift, 8)  # 5 free, 3 allocated
    assert ran.breaches == ()
    assert fund.balance("CNY", f"{GENERAL}/allocated:food") == 2


def test_what_is_set_aside_for_a_purpose_that_is_no_more_is_void_and_not_owed() -> None:
    fund = Money()
    gift = fund.receive(10).id
    fund.allocate(10)
    programme = fund.row("catalogue", "programme/flood")
    fund.set("catalogue", "programme/flood", {**programme, "purposes": ["cash"]})
    assert fund.reverse(gift, 4).breaches == ()
    assert fund.balance("CNY", f"{GENERAL}/allocated:food") == 6
    assert fund.balance("CNY", f"{GENERAL}/shortfall") == 0
