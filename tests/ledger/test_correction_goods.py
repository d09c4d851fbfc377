"""Corrections of goods: restored where nobody has built on them, else the difference is booked.

Goal: after a correction the book is as if the truth had been recorded first, as far as the rules of
`docs/spec/corrections.md` allow; nothing is made or lost, and no contra account is above zero.
Method: one small history for each kind, corrected; then each line of the table of differences, both
ways, behind a statement that stands on the target.
"""

from typing import Any

import pytest
from corrections import (
    Relief,
    came,
    counted,
    entitled,
    given,
    given_to,
    household,
    lost,
    moved,
    receipt,
    sent,
    tag,
)

RECEIVE, HANDOUT, MOVE, COUNT = "stock.receive", "disbursement.handout", "stock.move", "stock.count"
DISPATCH, ARRIVE, LOSS = "shipment.dispatch", "shipment.arrive", "stock.loss"


@pytest.fixture
def relief() -> Relief:
    return Relief()


def mix(relief: Relief, lot: str) -> dict[str, int]:
    return dict(relief.row("lots", lot)["mix"])


# ---- restore: each kind -------------------------------------------------------------------------


def test_a_receipt_that_did_not_occur_is_gone_and_both_directions_are_counted(
    relief: Relief,
) -> None:
    gift = relief.receive("n95", 10)
    assert relief.correct(gift, why="did_not_occur").code == "ok"
    assert relief.balances("n95") == {}
    assert relief.living("n95") == {}
    assert relief.row("totals", "n95") == ["10", "10", "0", "0", "0", "0", "0"]


def test_a_receipt_of_another_quantity_takes_its_place(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    answer = relief.correct(gift, (RECEIVE, receipt("n95", 12)))
    assert relief.balances("n95") == {"ext:donor": -12, "site:depot": 12}
    assert relief.living("n95") == {f"{answer.statement}/0": 12}
    assert mix(relief, f"{answer.statement}/0") == {f"gift:{answer.statement}": 12}


def test_whoever_reads_the_old_label_finds_the_new_lot_of_the_same_item(relief: Relief) -> None:
    gift = relief.receive("n95", 10, 4)
    answer = relief.correct(gift, (RECEIVE, receipt("n95", 12, 4)))
    relief.hand_out(f"{gift}/0", 12)
    assert relief.living("n95") == {f"{answer.statement}/1": 4}
    assert relief.balances("n95")["given:organisation"] == 12


def test_an_old_label_does_not_lead_to_another_item(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    relief.correct(gift, (RECEIVE, receipt("kn95", 10)))
    answer = relief.say(HANDOUT, given(f"{gift}/0", 3), "red/chen")
    assert relief.breaches(answer) == [["over_issue", "n95/over_issue:depot", 3]]
    assert relief.balances("kn95")["site:depot"] == 10


def test_a_hand_out_is_undone_and_the_pallet_is_one_lot_again(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    handout = relief.hand_out(f"{gift}/0", 4)
    answer = relief.correct(handout, why="did_not_occur")
    assert answer.code == "ok"
    assert relief.balances("n95") == {"ext:donor": -10, "site:depot": 10}
    assert relief.living("n95") == {f"{answer.statement}/b0": 10}
    assert relief.row("heads", f"{gift}/0") == [f"{answer.statement}/b0"]
    assert relief.row("legs", handout)["closed"] == answer.statement


def test_the_donor_survives_a_hand_out_that_is_undone(relief: Relief) -> None:
    one, two = relief.receive("n95", 7), relief.receive("n95", 3)
    lines = [{"lot": f"{one}/0", "quantity": 7}, {"lot": f"{two}/0", "quantity": 3}]
    both = relief.ok("stock.merge", {"lines": lines, "site": "depot"}, "red/chen")
    handout = relief.hand_out(f"{both}/0", 4)
    answer = relief.correct(handout, (HANDOUT, given(f"{both}/0", 5)))
    (rest,) = relief.living("n95")
    assert rest == f"{answer.statement}/r0"
    assert relief.row("lots", rest)["quantity"] == 5
    assert sum(mix(relief, rest).values()) == 5
    assert mix(relief, f"{answer.statement}/b0") == {f"gift:{one}": 7, f"gift:{two}": 3}


def test_a_move_is_undone_only_while_its_lot_is_whole(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    move = relief.move(f"{gift}/0", 6)
    handout = relief.hand_out(f"{move}/0", 1, "annex")
    # Moves are not in the table of differences.
    answer = relief.correct(move, (MOVE, moved(f"{gift}/0", 5)))
    assert (answer.code, answer.refusal and answer.refusal.where) == (
        "not_correctable",
        "body.targets[0]",
    )
    both = [move, handout]
    answer = relief.correct(
        both, (MOVE, moved(f"{gift}/0", 5)), (HANDOUT, given("#0/0", 1, "annex"))
    )
    assert answer.code == "ok"
    assert relief.balances("n95") == {
        "ext:donor": -10,
        "given:organisation": 1,
        "site:annex": 4,
        "site:depot": 5,
    }


@pytest.mark.parametrize("kind", ["stock.split", "stock.merge"])
def test_lots_that_were_cut_or_put_together_come_back(relief: Relief, kind: str) -> None:
    gift = relief.receive("n95", 10, 5)
    if kind == "stock.split":
        body: dict[str, Any] = {"lot": f"{gift}/0", "quantities": [3, 3], "site": "depot"}
    else:
        lines = [{"lot": f"{gift}/0", "quantity": 10}, {"lot": f"{gift}/1", "quantity": 2}]
        body = {"lines": lines, "site": "depot"}
    done = relief.ok(kind, body, "red/chen")
    answer = relief.correct(done, why="did_not_occur")
    assert answer.code == "ok"
    assert sorted(relief.living("n95").values()) == [5, 10]
    assert relief.balances("n95") == {"ext:donor": -15, "site:depot": 15}


def test_a_loss_is_undone(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    loss = relief.lose(f"{gift}/0", 4, "stolen")
    assert relief.correct(loss, (LOSS, lost(f"{gift}/0", 1, "damaged"))).code == "ok"
    assert relief.balances("n95") == {"ext:donor": -10, "lost:damaged": 1, "site:depot": 9}


@pytest.mark.parametrize(
    ("there", "book"), [(7, {"lost:unexplained": 3}), (12, {"found:depot": -2})]
)
def test_a_count_is_undone(relief: Relief, there: int, book: dict[str, int]) -> None:
    relief.receive("n95", 10)
    count = relief.count("n95", there)
    assert relief.balances("n95") == {"ext:donor": -10, "site:depot": there, **book}
    assert relief.correct(count, (COUNT, counted("n95", 10))).code == "ok"
    assert relief.balances("n95") == {"ext:donor": -10, "site:depot": 10}
    assert relief.table("breaches") == {}


@pytest.mark.parametrize("delta", [4, -4])
def test_an_adjustment_is_undone(relief: Relief, delta: int) -> None:
    gift = relief.receive("n95", 10)
    body = {"delta": delta, "lot": f"{gift}/0", "reason": "miscount", "site": "depot"}
    adjusted = relief.ok("stock.adjust", body, "red/chen", "red/dai")
    assert relief.balances("n95")["site:depot"] == 10 + delta
    assert relief.correct(adjusted, why="did_not_occur").code == "ok"
    assert relief.balances("n95") == {"ext:donor": -10, "site:depot": 10}


def test_a_dispatch_is_undone_while_nothing_has_arrived_and_is_closed(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    dispatch = relief.dispatch(f"{gift}/0", 6)
    answer = relief.correct(dispatch, why="did_not_occur")
    assert answer.code == "ok"
    assert relief.balances("n95") == {"ext:donor": -10, "site:depot": 10}
    leg = relief.row("legs", dispatch)
    assert (leg["closed"], leg["left"]) == (answer.statement, [])
    # What arrives on it after all is found: its leg is closed.
    late = relief.say(ARRIVE, came(dispatch, "n95", 2), "blue/eve")
    assert relief.breaches(late) == [["found", "n95/found:point", 2]]


def test_dispatch_and_arrival_are_restored_together_under_the_new_consignment(
    relief: Relief,
) -> None:
    gift = relief.receive("n95", 10)
    dispatch = relief.dispatch(f"{gift}/0", 6)
    arrival = relief.arrive(dispatch, "n95", 5, 1)
    answer = relief.correct(
        [dispatch, arrival],
        (DISPATCH, sent(f"{gift}/0", 8)),
        (ARRIVE, came("#0", "n95", 6, 1)),
    )
    assert answer.code == "flagged"  # without an order, as the first one
    assert relief.balances("n95") == {
        "ext:donor": -10,
        f"consignment:{answer.statement}": 1,
        "site:depot": 2,
        "site:point": 7,
    }
    assert relief.row("legs", answer.statement)["left"] == [["n95", 1]]


def test_an_arrival_is_undone_and_its_dispatch_is_open_again(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    dispatch = relief.dispatch(f"{gift}/0", 6)
    arrival = relief.arrive(dispatch, "n95", 4, 1, 1)
    assert "closed" in relief.row("legs", dispatch)
    answer = relief.correct(arrival, (ARRIVE, came(dispatch, "n95", 4, 0, 1)))
    assert answer.code == "ok"
    assert relief.balances("n95") == {
        "ext:donor": -10,
        f"consignment:{dispatch}": 1,
        "lost:transport": 1,
        "site:depot": 4,
        "site:point": 4,
    }
    leg = relief.row("legs", dispatch)
    assert (leg["left"], "closed" in leg) == ([["n95", 1]], False)


def test_an_order_keeps_again_what_a_dispatch_that_is_undone_had_used(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    until = relief.ledger.time + 1_000
    order_body = {
        "from": "depot",
        "lines": [{"item": "n95", "quantity": 6}],
        "to": "point",
        "until": until,
    }
    order = relief.ok("shipment.order", order_body, "red/ana")
    dispatch = relief.dispatch(f"{gift}/0", 6, order=order)
    assert "closed" in relief.row("legs", order)
    answer = relief.correct(dispatch, (DISPATCH, sent(f"{gift}/0", 5, order=order)))
    assert answer.code == "ok"  # the order is open again, so this one fits it
    assert relief.row("legs", order)["left"] == [["n95", 1]]
    assert relief.row("reserved", "n95/depot") == 1


def test_an_unused_order_ends_when_it_is_corrected(relief: Relief) -> None:
    relief.receive("n95", 10)
    lines = [{"item": "n95", "quantity": 6}]
    body = {"from": "depot", "lines": lines, "to": "point", "until": relief.ledger.time + 1_000}
    order = relief.ok("shipment.order", body, "red/ana")
    fewer = {**body, "lines": [{"item": "n95", "quantity": 4}]}
    answer = relief.correct(order, ("shipment.order", fewer))
    assert answer.code == "ok"
    assert relief.row("reserved", "n95/depot") == 4
    assert relief.row("legs", order)["closed"] == answer.statement
    assert relief.row("legs", answer.statement)["left"] == [["n95", 4]]
    # One that has lapsed keeps nothing: there is nothing to correct.
    relief.ledger.time += 2_000
    assert relief.correct(answer.statement).code == "not_correctable"


def test_one_correction_opens_one_order(relief: Relief) -> None:
    relief.receive("n95", 10)
    lines = [{"item": "n95", "quantity": 1}]
    body = {"from": "depot", "lines": lines, "to": "point", "until": relief.ledger.time + 1_000}
    orders = [relief.ok("shipment.order", body, "red/ana") for _ in range(2)]
    answer = relief.correct(orders, ("shipment.order", body), ("shipment.order", body))
    assert answer.code == "not_correctable"
    assert answer.refusal is not None
    assert answer.refusal.where == "body.replacements[1]"


# ---- restore: households ------------------------------------------------------------------------


def test_a_hand_out_to_a_household_gives_its_right_back(relief: Relief) -> None:
    relief.enrol()
    relief.entitle(quantity=10)
    gift = relief.receive("rice", 100)
    handout = relief.ok(HANDOUT, given_to(1, f"{gift}/0", 8), "red/chen")
    right = f"{tag()}/may/food"
    assert relief.row("entitlements", right)["left"] == [["rice", 2]]
    assert relief.correct(handout, (HANDOUT, given_to(1, f"{gift}/0", 3))).code == "flagged"
    assert relief.row("entitlements", right)["left"] == [["rice", 7]]
    assert relief.balances("rice")["given:household"] == 3


def test_only_what_was_taken_of_a_right_comes_back(relief: Relief) -> None:
    relief.enrol()
    relief.entitle(quantity=10)
    gift = relief.receive("rice", 100)
    relief.ok(HANDOUT, given_to(1, f"{gift}/0", 8), "red/chen")
    more = relief.ok(HANDOUT, given_to(1, f"{gift}/0", 5), "red/chen")  # 3 beyond the right
    relief.correct(more)
    assert relief.row("entitlements", f"{tag()}/may/food")["left"] == [["rice", 2]]


def test_a_household_and_its_right_are_replaced_under_the_same_tag(relief: Relief) -> None:
    enrolled = relief.enrol(persons=4)
    issued = relief.entitle(quantity=10)
    assert relief.correct(enrolled, ("household.enrol", household(persons=5))).code == "ok"
    assert relief.row("households", tag())["persons"] == 5
    assert relief.correct(issued, ("entitlement.issue", entitled(1, "rice", 12))).code == "ok"
    assert relief.row("entitlements", f"{tag()}/may/food")["left"] == [["rice", 12]]


def test_a_right_that_was_used_stays(relief: Relief) -> None:
    relief.enrol()
    issued = relief.entitle(quantity=10)
    gift = relief.receive("rice", 100)
    handout = relief.ok(HANDOUT, given_to(1, f"{gift}/0", 1), "red/chen")
    assert relief.correct(issued).code == "not_correctable"
    assert relief.correct([issued, handout]).code == "ok"
    assert relief.table("entitlements") == {}


def test_a_confirmation_is_taken_back(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    handout = relief.hand_out(f"{gift}/0", 4)
    said = {"by": "proxy", "handout": handout, "row": 0, "state": "received"}
    confirmed = relief.ok("delivery.confirm", said, "red/dai")
    assert relief.row("legs", handout)["confirmed"] == [[0, "received"]]
    answer = relief.correct(confirmed, ("delivery.confirm", {**said, "state": "partial"}))
    assert answer.code == "ok"
    assert relief.row("legs", handout)["confirmed"] == [[0, "partial"]]


def test_hand_outs_of_one_correction_are_one_leg_whose_rows_number_on(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    handouts = [relief.hand_out(f"{gift}/0", n) for n in (1, 2)]
    answer = relief.correct(
        handouts, (HANDOUT, given(f"{gift}/0", 2)), (HANDOUT, given(f"{gift}/0", 3))
    )
    assert relief.row("legs", answer.statement)["rows"] == 2
    said = {"by": "proxy", "handout": answer.statement, "row": 1, "state": "received"}
    assert relief.say("delivery.confirm", said, "red/dai").code == "ok"


# ---- contra accounts ----------------------------------------------------------------------------


def test_goods_put_back_close_what_was_issued_beyond_the_book(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    first = relief.hand_out(f"{gift}/0", 10)
    relief.hand_out(f"{gift}/0", 3)
    assert relief.balances("n95")["over_issue:depot"] == -3
    # The first was 6 in truth: 10 come back, 3 of them close the over-issue, 1 is left.
    answer = relief.correct(first, (HANDOUT, given(f"{gift}/0", 6)))
    assert answer.code == "ok"
    assert relief.balances("n95") == {
        "ext:donor": -10,
        "given:organisation": 9,
        "site:depot": 1,
    }
    assert relief.table("breaches") == {}


def test_a_contra_account_never_rises_above_zero(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    full = relief.hand_out(f"{gift}/0", 10)
    beyond = relief.hand_out(f"{gift}/0", 3)
    relief.correct(full, (HANDOUT, given(f"{gift}/0", 5)))
    assert "over_issue:depot" not in relief.balances("n95")
    # What opened the over-issue did not occur: nothing is owed there, so it is at the site, found.
    answer = relief.correct(beyond, why="did_not_occur")
    assert answer.code == "ok"
    assert relief.balances("n95") == {
        "ext:donor": -10,
        "given:organisation": 5,
        "site:depot": 5,
    }
    assert mix(relief, f"{answer.statement}/b0") == {f"found:{answer.statement}": 3}


def test_undoing_what_closed_a_contra_account_is_a_breach_again(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    ledger = relief.ledger
    dispatch = ledger.statement(DISPATCH, sent(f"{gift}/0", 4), "red/dai")
    late = {"time": ledger.time + 1}
    arrival = relief.say(ARRIVE, came(dispatch.id, "n95", 4), "blue/eve", expires=late)
    assert relief.breaches(arrival)[-1] == ["found", "n95/found:point", 4]
    # The dispatch comes to the ledger after its arrival, and is booked against what was found.
    assert ledger.run(dispatch)[0].code == "flagged"
    assert relief.balances("n95") == {"ext:donor": -10, "site:depot": 6, "site:point": 4}
    answer = relief.correct(dispatch.id, why="did_not_occur")
    assert relief.breaches(answer) == [["found", "n95/found:point", 4]]
    assert relief.balances("n95") == {
        "ext:donor": -10,
        "found:point": -4,
        "site:depot": 10,
        "site:point": 4,
    }


# ---- compensate: goods received -----------------------------------------------------------------


def standing(relief: Relief) -> str:
    """A receipt of 10 of which 4 have been handed out: it cannot be restored alone."""
    gift = relief.receive("n95", 10)
    relief.hand_out(f"{gift}/0", 4)
    return gift


@pytest.mark.parametrize(
    ("truth", "book", "codes"),
    [
        (12, {"ext:donor": -12, "given:organisation": 4, "site:depot": 8}, []),
        (10, {"ext:donor": -10, "given:organisation": 4, "site:depot": 6}, []),
        (4, {"ext:donor": -4, "given:organisation": 4}, []),
        (3, {"ext:donor": -3, "given:organisation": 4, "over_issue:depot": -1}, ["over_issue"]),
    ],
)
def test_received_more_or_less(
    relief: Relief, truth: int, book: dict[str, int], codes: list[str]
) -> None:
    gift = standing(relief)
    answer = relief.correct(gift, (RECEIVE, receipt("n95", truth)))
    assert relief.balances("n95") == book
    assert [code for code, _, _ in relief.breaches(answer)] == codes
    if truth == 12:
        assert mix(relief, f"{answer.statement}/0") == {f"gift:{gift}": 2}


def test_more_that_was_bought_is_paid_by_the_same_instruction(relief: Relief) -> None:
    relief.gift(1_000)
    told = relief.instruct(800)
    source = {"kind": "purchase", "instruction": told}
    bought = relief.receive("n95", 10, source=source)
    relief.hand_out(f"{bought}/0", 4)
    answer = relief.correct(bought, (RECEIVE, receipt("n95", 12, source=source)))
    assert relief.balances("n95")["ext:vendor"] == -12
    assert mix(relief, f"{answer.statement}/0") == {f"paid:{told}": 2}
    # Given in truth, not bought: the whole of it goes the other way.
    relief.correct(answer.statement, (RECEIVE, receipt("n95", 12)))
    assert relief.balances("n95") == {
        "ext:donor": -12,
        "given:organisation": 4,
        "site:depot": 8,
    }


def test_more_than_the_paper_advised_is_found(relief: Relief) -> None:
    advised = [{"item": "n95", "quantity": 10, "short": 0}]
    gift = relief.receive("n95", 10, advised=advised)
    relief.hand_out(f"{gift}/0", 4)
    answer = relief.correct(gift, (RECEIVE, receipt("n95", 12, advised=advised)))
    assert relief.breaches(answer) == [["found", "n95/found:depot", 2]]
    assert relief.balances("n95")["ext:donor"] == -10


def test_received_but_it_did_not_occur(relief: Relief) -> None:
    answer = relief.correct(standing(relief), why="did_not_occur")
    assert relief.breaches(answer) == [["over_issue", "n95/over_issue:depot", 4]]
    assert relief.balances("n95") == {"given:organisation": 4, "over_issue:depot": -4}


def test_received_another_item(relief: Relief) -> None:
    answer = relief.correct(standing(relief), (RECEIVE, receipt("kn95", 10)))
    assert relief.balances("kn95") == {"ext:donor": -10, "site:depot": 10}
    assert relief.balances("n95") == {"given:organisation": 4, "over_issue:depot": -4}
    assert answer.code == "flagged"


def test_more_received_closes_what_was_issued_beyond_the_book(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    relief.hand_out(f"{gift}/0", 12)
    answer = relief.correct(gift, (RECEIVE, receipt("n95", 13)))
    assert answer.code == "ok"
    assert relief.balances("n95") == {"ext:donor": -13, "given:organisation": 12, "site:depot": 1}


def test_a_difference_is_taken_from_the_lots_that_the_target_made(relief: Relief) -> None:
    gift = standing(relief)
    other = relief.receive("n95", 5)
    relief.correct(gift, (RECEIVE, receipt("n95", 9)))
    assert relief.living("n95")[f"{other}/0"] == 5


# ---- compensate: arrived, counted ---------------------------------------------------------------


def arrived(relief: Relief) -> tuple[str, str]:
    """6 sent, 5 arrived and 1 lost; 2 of them handed out."""
    gift = relief.receive("n95", 10)
    dispatch = relief.dispatch(f"{gift}/0", 6)
    arrival = relief.arrive(dispatch, "n95", 5, 0, 1)
    relief.ok(HANDOUT, given(f"{arrival}/0", 2, "point"), "blue/fay")
    return dispatch, arrival


@pytest.mark.parametrize(
    ("good", "damaged", "gone", "book"),
    [
        # 1 was not lost but arrived: between the two, nothing is found
        (6, 0, 0, {"site:point": 4}),
        (5, 1, 0, {"site:point": 4}),
        (4, 0, 2, {"site:point": 2, "lost:transport": 2}),
        (7, 0, 1, {"site:point": 5, "lost:transport": 1, "found:point": -2}),
        (3, 0, 1, {"site:point": 1, "lost:transport": 1, "lost:unexplained": 2}),
        (
            1,
            0,
            1,
            {"lost:transport": 1, "lost:unexplained": 4, "over_issue:point": -1},
        ),
    ],
)
def test_arrived_more_or_less(
    relief: Relief, good: int, damaged: int, gone: int, book: dict[str, int]
) -> None:
    dispatch, arrival = arrived(relief)
    answer = relief.correct(arrival, (ARRIVE, came(dispatch, "n95", good, damaged, gone)))
    assert answer.code in ("ok", "flagged")
    base = {"ext:donor": -10, "given:organisation": 2, "site:depot": 4}
    assert relief.balances("n95") == {**base, **book}


@pytest.mark.parametrize(
    ("there", "book", "codes"),
    [
        (14, {"found:depot": -4, "site:depot": 12}, ["found"]),
        (12, {"found:depot": -2, "site:depot": 10}, []),
        (11, {"found:depot": -2, "lost:unexplained": 1, "site:depot": 9}, ["unexplained"]),
        # did not occur: what it found was not there
        (None, {"found:depot": -2, "lost:unexplained": 2, "site:depot": 8}, ["unexplained"]),
    ],
)
def test_counted_more_or_less(
    relief: Relief, there: int | None, book: dict[str, int], codes: list[str]
) -> None:
    relief.receive("n95", 10)
    count = relief.count("n95", 12)
    relief.hand_out(f"{count}/0", 2)
    truth = [] if there is None else [(COUNT, counted("n95", there))]
    answer = relief.correct(count, *truth)
    assert relief.balances("n95") == {"ext:donor": -10, "given:organisation": 2, **book}
    assert [code for code, _, _ in relief.breaches(answer)] == codes


def test_a_count_of_another_item_is_booked_as_it_stands(relief: Relief) -> None:
    relief.receive("n95", 10)
    relief.receive("kn95", 3)
    count = relief.count("n95", 12)
    relief.hand_out(f"{count}/0", 2)
    relief.correct(count, (COUNT, counted("kn95", 2)))
    assert relief.balances("kn95") == {"ext:donor": -3, "lost:unexplained": 1, "site:depot": 2}
    assert relief.balances("n95")["site:depot"] == 8


# ---- compensate: handed out, lost ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("out", "book"),
    [
        (6, {"given:organisation": 6, "site:depot": 3}),
        (3, {"given:organisation": 3, "site:depot": 6}),
        (9, {"given:organisation": 9}),
        (11, {"given:organisation": 11, "over_issue:depot": -2}),
    ],
)
def test_handed_out_more_or_less_beside_a_receipt_on_which_others_stand(
    relief: Relief, out: int, book: dict[str, int]
) -> None:
    gift = relief.receive("n95", 10)
    handout = relief.hand_out(f"{gift}/0", 4)
    relief.lose(f"{gift}/0", 1)
    answer = relief.correct(
        [gift, handout], (RECEIVE, receipt("n95", 10)), (HANDOUT, given("#0/0", out))
    )
    assert answer.code in ("ok", "flagged")
    assert relief.balances("n95") == {"ext:donor": -10, "lost:lost": 1, **book}


def test_a_difference_of_what_a_household_got_is_also_one_of_its_right(relief: Relief) -> None:
    relief.enrol()
    relief.entitle(quantity=10)
    gift = relief.receive("rice", 100)
    handout = relief.ok(HANDOUT, given_to(1, f"{gift}/0", 12), "red/chen")  # 2 beyond the right
    relief.lose(f"{gift}/0", 1)
    answer = relief.correct(
        [gift, handout], (RECEIVE, receipt("rice", 100)), (HANDOUT, given_to(1, "#0/0", 7))
    )
    assert answer.code == "ok"
    assert relief.row("entitlements", f"{tag()}/may/food")["left"] == [["rice", 3]]
    assert relief.balances("rice")["given:household"] == 7


def test_what_comes_back_from_a_sink_has_the_content_of_what_was_given(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    handout = relief.hand_out(f"{gift}/0", 10)
    other = relief.receive("n95", 1)
    relief.lose(f"{other}/0", 1)
    answer = relief.correct(
        [other, handout], (RECEIVE, receipt("n95", 1)), (HANDOUT, given(f"{gift}/0", 7))
    )
    assert answer.code == "ok"
    assert mix(relief, f"{answer.statement}/b0") == {f"gift:{gift}": 3}
    assert relief.row("lots", f"{gift}/0")["spent"]["to"] == [
        ["given:organisation", 7],
        [f"{answer.statement}/b0", 3],
    ]


# ---- compensate: dispatched ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("truth", "book"),
    [
        (8, {"consignment": 5, "site:depot": 2}),
        (12, {"consignment": 9, "over_issue:depot": -2}),
        (4, {"consignment": 1, "site:depot": 6}),
        (3, {"site:depot": 7}),
    ],
)
def test_dispatched_more_or_less(relief: Relief, truth: int, book: dict[str, int]) -> None:
    gift = relief.receive("n95", 10)
    dispatch = relief.dispatch(f"{gift}/0", 6)
    relief.arrive(dispatch, "n95", 3)
    answer = relief.correct(dispatch, (DISPATCH, sent(f"{gift}/0", truth)))
    assert answer.code in ("ok", "flagged")
    way = book.pop("consignment", 0)
    if way:
        book[f"consignment:{dispatch}"] = way
    assert relief.balances("n95") == {"ext:donor": -10, "site:point": 3, **book}
    leg = relief.row("legs", dispatch)
    assert (leg["left"], "closed" in leg) == ([["n95", way]] if way else [], not way)


def test_more_than_is_still_on_its_way_needs_the_arrival_corrected_too(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    dispatch = relief.dispatch(f"{gift}/0", 6)
    relief.arrive(dispatch, "n95", 3)
    before = relief.table("accounts")
    answer = relief.correct(dispatch, (DISPATCH, sent(f"{gift}/0", 2)))
    assert answer.code == "not_correctable"
    assert answer.refusal is not None
    assert answer.refusal.values == {"key": f"leg/{dispatch}", "asked": 4, "left": 3}
    assert relief.table("accounts") == before


def test_a_dispatch_that_went_elsewhere_is_expected_there(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    dispatch = relief.dispatch(f"{gift}/0", 6)
    relief.arrive(dispatch, "n95", 1)
    relief.correct(dispatch, (DISPATCH, sent(f"{gift}/0", 6, to="annex")))
    assert relief.row("legs", dispatch)["to"] == "annex"


@pytest.mark.parametrize("lot", ["0" * 64 + "/0", "0" * 64 + "/r0"])
def test_a_lot_that_only_looks_like_a_name_is_unknown(relief: Relief, lot: str) -> None:
    gift = standing(relief)
    body = given(lot, 3)
    late = {"time": relief.ledger.time + 1}
    handout = relief.say(HANDOUT, body, "red/chen", expires=late)
    assert relief.breaches(handout) == [["unknown_reference", f"lot/{lot}", 3]]
    answer = relief.correct(
        [gift, handout.statement], (RECEIVE, receipt("n95", 10)), (HANDOUT, given("#0/0", 3))
    )
    assert answer.code == "ok"
    assert relief.balances("n95")["given:organisation"] == 7


# ---- corrections of corrections -----------------------------------------------------------------


def test_a_correction_stands_for_its_replacements(relief: Relief) -> None:
    gift = relief.receive("n95", 10)
    handout = relief.hand_out(f"{gift}/0", 4)
    first = relief.correct(handout, (HANDOUT, given(f"{gift}/0", 5)))
    second = relief.correct(first.statement, (HANDOUT, given(f"{gift}/0", 6)))
    assert second.code == "ok"
    assert relief.balances("n95") == {
        "ext:donor": -10,
        "given:organisation": 6,
        "site:depot": 4,
    }
    # What the first one undid stays undone; who wants it back gives it as a replacement.
    third = relief.correct(second.statement, (HANDOUT, given(f"{gift}/0", 4)))
    assert relief.balances("n95")["given:organisation"] == 4
    assert relief.correct(third.statement, why="did_not_occur").code == "ok"
    assert relief.balances("n95") == {"ext:donor": -10, "site:depot": 10}


def test_a_difference_is_corrected_by_a_difference(relief: Relief) -> None:
    gift = standing(relief)
    first = relief.correct(gift, (RECEIVE, receipt("n95", 12)))
    second = relief.correct(first.statement, (RECEIVE, receipt("n95", 11)))
    assert second.code == "ok"
    assert relief.balances("n95") == {"ext:donor": -11, "given:organisation": 4, "site:depot": 7}
    third = relief.correct(second.statement, why="did_not_occur")
    assert relief.balances("n95") == {"given:organisation": 4, "over_issue:depot": -4}
    assert third.code == "flagged"


@pytest.mark.parametrize("stands", [False, True])
def test_what_was_corrected_away_can_be_given_back(relief: Relief, stands: bool) -> None:
    gift = relief.receive("n95", 10)
    if stands:
        relief.hand_out(f"{gift}/0", 4)
    before = relief.balances("n95")
    gone = relief.correct(gift, why="did_not_occur")
    assert relief.balances("n95").get("ext:donor", 0) == 0
    # A correction that did not occur: what it took away is recorded again.
    back = relief.correct(gone.statement, (RECEIVE, receipt("n95", 10)))
    assert back.code == "ok"
    assert relief.balances("n95") == before
    assert relief.correct(back.statement, (RECEIVE, receipt("n95", 11))).code == "ok"
    assert relief.balances("n95")["ext:donor"] == -11
    # Only what was corrected, nothing else.
    assert relief.correct(gone.statement).code == "already_corrected"
    last = relief.ledger.steps[-2].answers[0].statement
    assert relief.correct(last, (COUNT, counted("n95", 3))).code == "not_correctable"
