"""What a hostile signer once could do, one case each, smallest first.

Goal: no input stops a node, no input makes its work endless, nobody says more than his roles hold.
Method: the statement that did it, through the whole machine where that is quick, else on a book whose
rows stand where the statement found them after thousands of others.
"""

from dataclasses import replace
from typing import Any

import pytest
from abuse import hostile_ledger
from books import NOON, Books
from corrections import CHEN, DAI, GENERAL, Relief, entitled, given, given_to, h, sent, tag
from goods import COUNT, STORE, draw, goods, merge, receive, split, stock
from invariants import check_all
from ledgers import DAY, EVERYWHERE, NOW, ORIGIN, TestLedger, genesis_body, test_key
from money import Money
from money import h as money_hash

from contracts.machine import Batch, step
from contracts.memory import MemoryLedger
from contracts.replay import Replay
from ledger.canon import INT_MAX, encode
from ledger.errors import Refused
from ledger.goods.custody import composition
from ledger.goods.limits import CHAIN_MAX, FOUND_BEFORE_MAX, LOOKED_AT_MAX, NAMED_MAX, SERIALS_MAX
from ledger.goods.lines import reserve
from ledger.goods.lots import advance, living_at
from ledger.money.funds import LOOKED_AT_MAX as PIECES_LOOKED_AT
from ledger.money.payments import Leg
from ledger.money.undo import more_out
from ledger.state import State

HUGE = 10**12
FAR = "ef" * 32


def book_of(books: Books, statement: str = FAR) -> Any:
    return books._book(State(books.reader), statement, attested=True)  # type: ignore[arg-type]


def replayed(ledger: TestLedger) -> bool:
    """Whether the log, run again, comes to the same head."""
    replay = Replay()
    for entry in ledger.memory.entries:
        replay.feed(entry)
    return replay.head == ledger.memory.head()


# ---- genesis ------------------------------------------------------------------------------------


@pytest.mark.parametrize("commodity", ["rice bags", "米", "x" * 49, "Rice", ""])
def test_a_limit_is_of_a_commodity_not_of_any_text(commodity: str) -> None:
    # As the key of a row such a text cannot be encoded: the first batch raised.
    ledger = TestLedger()
    body = {**genesis_body(), "limits": [{"commodity": commodity, "n": 1}]}
    assert ledger.say("genesis", body, "red/ana", "blue/eve").code == "malformed"


def test_a_limit_stands_once_for_each_commodity() -> None:
    ledger = TestLedger()
    limits = [{"commodity": "rice", "n": 1}, {"commodity": "rice", "n": 10**12}]
    body = {**genesis_body(), "limits": limits}
    assert ledger.say("genesis", body, "red/ana", "blue/eve").code == "malformed"


def test_a_witness_is_not_named_none() -> None:
    # `quorum none` in a trust file means: nobody.
    ledger = TestLedger()
    body = genesis_body()
    body["trust"]["witnesses"][0]["name"] = "none"
    body["trust"] |= {"groups": [], "quorum": "none"}
    assert ledger.say("genesis", body, "red/ana", "blue/eve").code == "already_exists"


def test_a_statement_before_genesis_does_not_name_the_log() -> None:
    ledger = TestLedger()
    early = ledger.statement("stock.split", {}, "red/ana", log="ledger.example.org/other")
    early = replace(early, body={"lot": f"{FAR}/0", "quantities": [1], "site": "depot"})
    genesis = ledger.statement("genesis", genesis_body(), "red/ana", "blue/eve")
    assert [answer.code for answer in ledger.run(early, genesis)] == ["wrong_origin", "ok"]
    assert ledger.memory.head().origin == ORIGIN
    assert replayed(ledger)


def test_a_node_founded_for_one_log_takes_no_genesis_of_another() -> None:
    ledger = TestLedger(MemoryLedger("ledger.example.org/other"))
    genesis = ledger.statement("genesis", genesis_body(), "red/ana", "blue/eve")
    made = step(ledger.memory, Batch(NOW, (genesis,)))
    assert (made.is_empty, made.answers[0].code) == (True, "wrong_origin")


# ---- sums that no JSON number can say -----------------------------------------------------------


def test_late_arrivals_of_a_dispatch_that_never_was_do_not_add_up_without_end() -> None:
    # 71 of these carried the note of what had come beyond 2^53-1, and the batch raised.
    ledger = hostile_ledger()
    line = {"damaged": HUGE, "good": HUGE, "item": "rice", "lost": 0}
    body = {"dispatch": FAR, "lines": [line] * 64, "site": "depot"}
    late = {"expires": {"time": NOW - 1}}
    for _ in range(75):
        answer = ledger.say("shipment.arrive", body, "red/mal", **late)
        assert answer.code == "flagged"
    found = dict(State(ledger.memory).get("legs", FAR)["found"])  # type: ignore[index, call-overload]
    assert found == {"rice/depot": 64 * HUGE}  # as much as one dispatch can send
    assert replayed(ledger)


def test_what_came_before_a_dispatch_is_noted_for_so_many_places() -> None:
    books = Books()
    row = {f"item-{n}/depot": 1 for n in range(FOUND_BEFORE_MAX)}
    leg = {"entry": 0, "found": [[key, n] for key, n in row.items()], "kind": "shipment.arrive"}
    books.set("legs", FAR, leg)  # type: ignore[arg-type]
    body = {"dispatch": FAR, "lines": [{"damaged": 0, "good": 1, "item": "rice", "lost": 0}]}
    ran = books.run("shipment.arrive", {**body, "site": "depot"}, STORE)
    assert ran.code == "flagged"
    assert len(books.row("legs", FAR)["found"]) == FOUND_BEFORE_MAX


@pytest.mark.parametrize(("more", "fits"), [(5, True), (6, False)])
def test_what_is_kept_has_an_end(more: int, fits: bool) -> None:
    # 9,008 orders of 10^12 out of as large a stock; the row could not be encoded.
    books = Books()
    books.set("reserved", "rice/depot", INT_MAX - 5)
    book = book_of(books)
    if fits:
        reserve(book, "rice/depot", more)
        assert encode(book.state.get("reserved", "rice/depot"))
    else:
        with pytest.raises(Refused, match="sum_out_of_range"):
            reserve(book, "rice/depot", more)


def heap(books: Books, *quantities: int) -> None:
    """Lots of rice at the depot, larger than one receipt could make them."""
    for n, quantity in enumerate(quantities):
        lot = {
            "condition": "good",
            "custodian": "county",
            "first": f"{FAR}/{n}",
            "from": [["ext:donor", quantity]],
            "item": "rice",
            "mix": [[f"gift:{FAR}", quantity]],
            "owner": "county",
            "place": "site:depot",
            "quantity": quantity,
        }
        books.set("lots", f"{FAR}/{n}", lot)
    there = sum(quantities)
    books.set("accounts", "rice/site:depot", str(there))
    books.set("accounts", "rice/ext:donor", str(-there))
    books.set("totals", "rice", [str(n) for n in (there, 0, there, 0, 0, 0, 0)])


def test_a_count_far_below_the_book_takes_what_one_move_can_say() -> None:
    # The fact was refused as malformed, because its moves could not be encoded.
    books = Books()
    heap(books, *[2**52] * 3)
    body = {"lines": [{"counted": 0, "item": "rice"}], "site": "depot"}
    first = books.run("stock.count", body, COUNT, STORE)
    assert first.moves == [("rice", "site:depot", "lost:unexplained", INT_MAX)]
    assert [code for code, _, _ in first.breaches] == ["unexplained", "too_many_pieces"]
    second = books.run("stock.count", body, COUNT, STORE)
    assert second.code == "flagged"
    assert books.balance("rice", "site:depot") == 0


def test_a_breach_beyond_json_numbers_is_named_all_the_same() -> None:
    books = Books()
    book = book_of(books)
    book.breach("not_conserved", "x", INT_MAX + 1)
    assert book.breaches == [("not_conserved", "x", INT_MAX)]


def test_no_move_is_larger_than_a_json_number() -> None:
    books = Books()
    book = book_of(books)
    book.move("rice", "ext:donor", "site:depot", INT_MAX)
    with pytest.raises(Refused, match="sum_out_of_range"):
        book.move("rice", "ext:donor", "site:depot", INT_MAX + 1)


@pytest.mark.parametrize(("asked", "fits"), [(INT_MAX, True), (INT_MAX + 1, False)])
def test_corrections_of_payments_do_not_add_up_without_end(asked: int, fits: bool) -> None:
    # To and fro, 563 times 1.6 * 10^13: `asked` of the leg could not be encoded.
    books = Books()
    book = book_of(books)
    leg = Leg(FAR, 0, "vendor", ("relief.general",), NOON, 5, paid=5)
    if fits:
        assert leg.put(book, asked=asked - 5, paid=asked - 5).asked == asked
    else:
        with pytest.raises(Refused, match="sum_out_of_range"):
            leg.put(book, asked=asked - 5, paid=asked - 5)


# ---- a right that grows -------------------------------------------------------------------------


def promised(relief: Relief, amount: int) -> str:
    """Household 1 is entitled to so much money and is instructed all of it; the instruction."""
    relief.gift(1_000)
    relief.allocate(600)
    relief.enrol(1)
    words = {"cycle": "may", "purpose": "food"}
    issue = {
        **words,
        "money": {"amount": amount, "line": GENERAL},
        "programme": "flood-27",
        "tags": [tag(1)],
        "window": {"from": NOW, "to": NOW + 30 * DAY},
    }
    relief.ok("entitlement.issue", issue, "red/ana")
    body = {
        "area": "east",
        "draws": [{"amount": amount, "line": GENERAL}],
        "entitlement": {**words, "tag": tag(1)},
        "payee": {"class": "household", "tag": tag(1)},
        "purpose": "food",
        "source": "allocated",
    }
    return relief.ok("disbursement.instruct", body, CHEN, DAI)


def right(relief: Relief) -> int:
    return int(relief.row("entitlements", f"{tag(1)}/may/food")["amount"])


def test_money_that_comes_back_gives_no_more_right_than_was_used() -> None:
    # A correction found 50 more paid; when all came back, the household was owed 150 out of 100.
    relief = checked()
    leg = promised(relief, 100)
    paid = relief.pay(leg, 100)
    relief.come_back(leg, 10)
    assert right(relief) == 10
    told = ("disbursement.paid", relief.payment(leg, 150))
    assert relief.correct(paid, told).code == "ok"
    assert right(relief) == 0  # what was left of it went into what was paid
    relief.come_back(leg, 140)
    assert right(relief) == 100
    assert relief.row("reserved", f"{GENERAL}/food") == 100


def hand_out(relief: Relief, n: int, lots: dict[str, int], **changes: Any) -> str:
    """A hand-out of these lots to household n, of its right of May."""
    lines = [{"lot": lot, "quantity": quantity} for lot, quantity in lots.items()]
    body = {**given_to(n, "", 1), "rows": [{"lines": lines, "tag": tag(n)}]}
    answer = relief.say("disbursement.handout", body, CHEN, **changes)
    assert answer.code in ("ok", "flagged"), answer
    return answer.statement


def left_of(relief: Relief, n: int = 1) -> dict[str, int]:
    return dict(relief.row("entitlements", f"{tag(n)}/may/food")["left"])


def checked() -> Relief:
    relief = Relief()
    relief.check = lambda: check_all(relief.ledger.memory)  # type: ignore[method-assign]
    return relief


def test_a_correction_gives_no_right_back_that_was_not_taken() -> None:
    # Handed out before the household had a right: corrected away, it had the right once more.
    relief = checked()
    rice = f"{relief.receive('rice', 100)}/0"
    early = hand_out(relief, 1, {rice: 10}, expires={"time": NOW - 1})
    relief.enrol(1)
    unentitled = hand_out(relief, 1, {rice: 10})
    relief.entitle(1, "rice", 10)
    hand_out(relief, 1, {rice: 10})
    assert left_of(relief) == {"rice": 0}
    for target in (early, unentitled):
        assert relief.correct(target, why="did_not_occur").code == "ok"
        assert left_of(relief) == {"rice": 0}


def test_a_correction_gives_a_right_back_by_item() -> None:
    # 5 of soap beyond the right were booked as 5 of rice: rice for soap, by a correction.
    relief = checked()
    rice, masks = (f"{relief.receive(item, 100)}/0" for item in ("rice", "n95"))
    relief.enrol(1)
    lines = [{"item": "rice", "quantity": 8}, {"item": "n95", "quantity": 3}]
    relief.ok("entitlement.issue", {**entitled(1, "rice", 8), "lines": lines}, "red/ana")
    wrong = hand_out(relief, 1, {rice: 8, masks: 8})
    assert relief.correct(wrong, why="did_not_occur").code == "ok"
    assert left_of(relief) == {"rice": 8, "n95": 3}


def test_a_difference_gives_back_what_it_took_itself() -> None:
    # What a corrected hand-out took beyond the right was given back to it by the next correction.
    relief = checked()
    rice = f"{relief.receive('rice', 100)}/0"
    relief.enrol(1)
    relief.entitle(1, "rice", 10)
    wrong = hand_out(relief, 1, {rice: 25})
    relief.count("rice", 0)  # what is left stands on it: only differences can be booked
    first = relief.correct(wrong, ("disbursement.handout", given_to(1, rice, 30)))
    assert (first.code, left_of(relief)) == ("flagged", {"rice": 0})
    second = relief.correct(first.statement, ("disbursement.handout", given_to(1, rice, 4)))
    assert second.code in ("ok", "flagged")
    assert left_of(relief) == {"rice": 6}
    third = relief.correct(second.statement, why="did_not_occur")
    assert third.code in ("ok", "flagged")
    assert left_of(relief) == {"rice": 10}


def test_a_correction_gives_an_order_back_by_item() -> None:
    relief = checked()
    rice, masks = (f"{relief.receive(item, 100)}/0" for item in ("rice", "n95"))
    order = {
        "from": "depot",
        "lines": [{"item": "rice", "quantity": 8}, {"item": "n95", "quantity": 3}],
        "to": "point",
        "until": NOW + DAY,
    }
    kept = relief.ok("shipment.order", order, "red/ana")
    lines = [{"lot": rice, "quantity": 8}, {"lot": masks, "quantity": 8}]
    wrong = relief.ok("shipment.dispatch", {**sent(rice, 8), "lines": lines, "order": kept}, DAI)
    assert relief.correct(wrong, why="did_not_occur").code == "ok"
    assert dict(relief.row("legs", kept)["left"]) == {"rice": 8, "n95": 3}


# ---- facts that moved nothing -------------------------------------------------------------------


def test_a_late_cover_of_an_unknown_line_can_be_corrected() -> None:
    # Its line was looked for, and the batch raised.
    relief = Relief()
    body = {"amount": 5, "line": "no.where", "reference": h(77)}
    answer = relief.say("fund.cover", body, "red/bao", DAI, expires={"time": NOW - 1})
    assert answer.code == "flagged"
    again = ("fund.cover", {**body, "line": GENERAL})
    assert relief.correct(answer.statement, again).code == "ok"
    assert relief.money()["free"] == 5


# ---- names that look like others ----------------------------------------------------------------


def test_an_unknown_lot_that_looks_like_a_stand_in_is_only_unknown() -> None:
    # Found when the difference was booked: its number was looked up among no replacements.
    relief = Relief()
    gift = relief.receive("n95", *[HUGE] * 63)
    lots = [f"{gift}/{n}" for n in range(63)]
    lines = [{"lot": lot, "quantity": HUGE // 8} for lot in (*lots, *lots[:56], "0" * 64 + "/0")]
    body = {"lines": lines, "organisation": "blue", "site": "depot"}
    late = {"expires": {"time": NOW - 1}}
    answer = relief.say("disbursement.handout", body, CHEN, **late)
    assert "root" in relief.outcome(answer)["effects"]  # too large to be read from the entry
    told = ("disbursement.handout", given(lots[0], 2))
    assert relief.correct(answer.statement, told).code in ("ok", "flagged")


# ---- work without end ---------------------------------------------------------------------------


def test_a_chain_has_so_many_carriers() -> None:
    books = Books()
    (lot,) = stock(books, "rice", 1_000)
    ends = stock(books, "rice", *[1] * (CHAIN_MAX + 5))
    book = book_of(books)
    advance(book, lot, ends)
    assert book.state.get("heads", lot) == ends[:CHAIN_MAX]


def test_serial_numbers_that_come_together_in_one_lot_have_a_limit() -> None:
    books = Books()
    lots = []
    for batch in "ab":
        serials = [f"{batch}{n}" for n in range(SERIALS_MAX)]
        ran = receive(books, goods("pump", SERIALS_MAX, serials=serials))
        lots.append(ran.lot(0))
    ran = merge(books, *[draw(lot, SERIALS_MAX) for lot in lots])
    assert books.row("lots", ran.lot(0))["serials"] == [f"a{n}" for n in range(SERIALS_MAX)]
    assert books.row("lots", ran.lot(0))["quantity"] == 2 * SERIALS_MAX


def test_a_move_of_many_lots_that_were_split_takes_from_so_many() -> None:
    # 64 lines of 64 living ends, each of 64 sources: 43 MB of rows by one statement.
    books = Books()
    lots = stock(books, "rice", *[128] * (NAMED_MAX // 64 + 1))
    for lot in lots:
        assert split(books, lot, *[2] * 64).code == "ok"
    body = {"from": "depot", "lines": [draw(lot, 128) for lot in lots], "to": "square"}
    ran = books.run("stock.move", body, STORE)
    assert sum(1 for effect in ran.effects.lots if effect[0] == "spent") == NAMED_MAX
    assert [breach[0] for breach in ran.breaches] == ["over_issue"]


def test_an_order_looks_at_so_many_lots() -> None:
    books = Books()
    heap(books, *[1] * (LOOKED_AT_MAX + 1))
    lines = [{"item": "rice", "quantity": LOOKED_AT_MAX}]
    body = {"from": "depot", "lines": lines, "to": "school", "until": books.time + 60}
    assert books.run("shipment.order", body, "county/manager").code == "ok"
    lines[0]["quantity"] = 1
    assert books.run("shipment.order", body, "county/manager").code == "not_enough"
    assert len(list(living_at(State(books.reader), "rice", "site:depot"))) == LOOKED_AT_MAX + 1


def test_a_refund_looks_at_so_many_intervals() -> None:
    fund = Money()
    teeth = 4 * PIECES_LOOKED_AT
    for n in range(teeth):
        fund.set("line", f"relief.general/{2 * n:016x}", [2 * n + 1, ["free"]])
        stack = ["free", "allocated:cash"]
        fund.set("line", f"relief.general/{2 * n + 1:016x}", [2 * n + 2, stack])  # type: ignore[list-item]
    fund.set("accounts", "CNY/relief.general/free", str(teeth))
    fund.set("gifts", money_hash(9), [["relief.general", 0, 2 * teeth]])
    asked = []
    marked = fund.reader.marked

    def count(*args: Any) -> Any:
        rows = marked(*args)
        asked.append(len(rows))
        return rows

    fund.reader.marked = count  # type: ignore[method-assign]
    for amount in (teeth, teeth + 1, 2 * teeth):
        asked.clear()
        assert fund.refund(money_hash(9), amount).code == "too_many_pieces"
        assert sum(asked) <= 3 * PIECES_LOOKED_AT


def test_a_reversal_looks_at_no_more_of_a_gift_than_it_takes() -> None:
    fund = Money()
    gift = fund.receive(10_000).id
    for n in range(300):
        stack = ["free", "allocated:cash"] if n % 2 else ["free"]
        fund.set("line", f"relief.general/{33 * n:016x}", [33 * n + 33, stack])  # type: ignore[list-item]
    fund.set("line", f"relief.general/{9_900:016x}", [10_000, ["free"]])
    fund.set("accounts", "CNY/relief.general/free", "5050")
    fund.set("accounts", "CNY/relief.general/allocated:cash", "4950")
    asked = []
    marked = fund.reader.marked

    def count(*args: Any) -> Any:
        rows = marked(*args)
        asked.append(len(rows))
        return rows

    fund.reader.marked = count  # type: ignore[method-assign]
    ran = fund.reverse(gift, 50)
    assert ran.effects.line == (("relief.general", 9_950, 10_000, f"void:{ran.id}"),)
    assert sum(asked) < 80


def test_a_correction_pays_out_of_so_many_intervals() -> None:
    fund = Money()
    for n in range(300):
        fund.set("line", f"relief.general/{2 * n:016x}", [2 * n + 1, ["free"]])
        fund.set("line", f"relief.general/{2 * n + 1:016x}", [2 * n + 2, ["free", "void:x"]])
    fund.set("accounts", "CNY/relief.general/free", "300")
    leg = Leg(FAR, 0, "vendor", ("relief.general",), NOON, 5, paid=5)
    with pytest.raises(Refused, match="too_many_pieces"):
        more_out(book_of(fund), leg, "food", 257)
    book = book_of(fund)
    more_out(book, leg, "food", 256)
    assert len(book.stretches) == 256


def test_lots_mixed_again_and_again_are_looked_through_once_each() -> None:
    # Two lots of each generation are mixed from both of the one before: 2^60 ways lead down.
    rows: dict[str, Any] = {}

    def lot(name: str, mix: list[list[Any]], sources: list[list[Any]], to: list[Any]) -> None:
        rows[name] = {
            "condition": "good",
            "custodian": "red",
            "first": name,
            "from": sources,
            "item": "rice",
            "mix": mix,
            "owner": "red",
            "place": "site:depot",
            "quantity": 2,
            "spent": {"by": FAR, "to": to},
        }

    def name(generation: int, one: int) -> str:
        return f"{generation:064x}/{one}"

    for one in (0, 1):
        made = [[name(1, other), 1] for other in (0, 1)]
        lot(name(0, one), [[f"gift:{one}", 2]], [["ext:donor", 2]], made)
    for generation in range(1, 61):
        for one in (0, 1):
            sources = [[name(generation - 1, other), 1] for other in (0, 1)]
            made = [[name(generation + 1, other), 1] for other in (0, 1)]
            lot(name(generation, one), [[f"mix:{name(generation, one)}", 2]], sources, made)
    assert sum(n for _, n in composition(rows.get, name(60, 0))) == 2


# ---- form comes before authority ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("key.enrol", {"public": "1" * 64, "use": "author"}, "malformed"),
        ("key.enrol", {"actor": "red/ana", "public": "1" * 64, "use": "log"}, "malformed"),
        (
            "member.enrol",
            {"actors": [{"id": "no/x", "person": "x", "roles": [], "scope": EVERYWHERE}]},
            "unknown_reference",
        ),
    ],
)
def test_what_has_no_form_makes_no_entry_whoever_signs(
    kind: str, body: dict[str, Any], code: str
) -> None:
    # It was logged as `no_authority` when signed by one who had none, and used up the client's id.
    ledger = hostile_ledger()
    for signers in (["red/east"], ["red/ana", "blue/eve"]):
        answer = ledger.say(kind, body, *signers)
        assert (answer.code, answer.index) == (code, None)


def test_a_member_and_its_first_actors_are_enrolled_together() -> None:
    ledger = hostile_ledger()
    body = {
        "actors": [{"id": "green/x", "person": "x", "roles": ["payer"], "scope": EVERYWHERE}],
        "organisation": {"id": "green", "names": area("green")["names"]},
    }
    assert ledger.say("member.enrol", body, "red/ana", "blue/eve").code == "ok"


# ---- who may say what ---------------------------------------------------------------------------


def test_a_phone_never_acts_as_an_admin() -> None:
    # It ends by itself within seven days; what it enrols would not.
    ledger = hostile_ledger()
    phone = {"public": test_key("ana/phone").public.hex(), "use": "device", "actor": "red/ana"}
    assert ledger.say("key.enrol", {**phone, "due": NOW + DAY}, "red/ana").code == "ok"
    mine = {"public": test_key("thief").public.hex(), "use": "author", "actor": "red/ana"}
    assert ledger.say("key.enrol", mine, "ana/phone").code == "no_authority"
    body = {"actor": "blue/fay", "reason": "x", "roles": ["quality"]}
    assert ledger.say("member.revoke", body, "red/bao", "ana/phone").code == "no_authority"
    # All else that its actor may say it may say.
    assert ledger.say("catalogue.define", {"areas": [area("west")]}, "ana/phone").code == "ok"


def area(name: str, parent: str = "county") -> dict[str, Any]:
    text = {"en": name, "zh_hans": name, "zh_hant": name}
    return {
        "code": name, "id": name, "names": text, "parent": parent, "tier": 2, "version": 1,
        "vocabulary": "demo",
    }  # fmt: skip


def site(name: str, where: str, version: int = 1) -> dict[str, Any]:
    text = {"en": name, "zh_hans": name, "zh_hant": name}
    return {
        "area": where, "custodian": "red", "id": name, "kind": "shelter", "names": text,
        "version": version,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"sites": [site("gym", "east")]}, "ok"),
        ({"sites": [site("gym", "county")]}, "no_authority"),
        ({"areas": [area("village", "east")], "sites": [site("gym", "village")]}, "ok"),
        ({"areas": [area("west", "county")]}, "no_authority"),
        # Where it stands now is looked at too: else a warehouse is drawn into one's own scope.
        ({"sites": [site("depot", "east", 2)]}, "no_authority"),
        ({"sites": [site("point", "east", 2)]}, "ok"),
    ],
)
def test_a_keeper_of_an_area_defines_what_is_in_it(body: dict[str, Any], code: str) -> None:
    ledger = hostile_ledger()
    scope = {**EVERYWHERE, "areas": ["east"]}
    grant = {"actor": "red/east", "roles": ["keeper"], "scope": scope}
    assert ledger.say("member.grant", grant, "red/ana", "blue/eve").code == "ok"
    assert ledger.say("catalogue.define", body, "red/east").code == code


def test_the_second_key_of_a_loss_holds_at_its_site() -> None:
    books = Books()
    lot = stock(books, "mask", 10)[0]
    books.add_actor("county/far", "quality", sites=["school"])
    body = {"cause": "lost", "lines": [draw(lot, 1)], "site": "depot"}
    assert books.run("stock.loss", body, STORE, "county/far").code == "no_authority"
    books.add_actor("county/near", "quality", sites=["depot"])
    assert books.run("stock.loss", body, STORE, "county/near").code == "ok"
