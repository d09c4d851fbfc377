"""Corrections of reservations, loans, requisitions and projects.

Goal: each kind that can be taken back is as if it had not been said, as long as nothing stands on it;
else `not_correctable`, and nothing changes.
Method: on the whole machine, one small history for each kind, corrected alone and behind a statement
that stands on it; rows of legs, sums kept and accounts are compared with those before.
"""

from typing import Any

import pytest
from corrections import ANA, BAO, CHEN, DAI, EVE, GENERAL, Relief, given, h
from ledgers import DAY

RESERVE, ORDER = "stock.reserve", "shipment.order"
PAYEE = h(66)


@pytest.fixture
def relief() -> Relief:
    return Relief()


def reserve(relief: Relief, n: int, **change: Any) -> dict[str, Any]:
    until = relief.ledger.time + 10 * DAY
    body = {"item": "n95", "purpose": "food", "quantity": n, "site": "depot", "until": until}
    return body | change


def gone(relief: Relief, target: str) -> str:
    return str(relief.correct(target, why="did_not_occur").code)


# ---- reservations -------------------------------------------------------------------------------


def test_a_reservation_is_taken_back_or_replaced(relief: Relief) -> None:
    relief.receive("n95", 10)
    first = relief.ok(RESERVE, reserve(relief, 8), ANA)
    answer = relief.correct(first, (RESERVE, reserve(relief, 10)))
    assert answer.code == "ok"
    assert relief.row("reserved", "n95/depot") == 10
    assert relief.row("legs", answer.statement)["left"] == [["n95", 10]]
    assert gone(relief, answer.statement) == "ok"
    assert relief.row("reserved", "n95/depot") is None


def test_a_reservation_that_was_used_stands(relief: Relief) -> None:
    relief.receive("n95", 10)
    first = relief.ok(RESERVE, reserve(relief, 8), ANA)
    body = {
        "from": "depot",
        "lines": [{"item": "n95", "quantity": 1}],
        "reservation": first,
        "to": "point",
        "until": relief.ledger.time + DAY,
    }
    order = relief.ok(ORDER, body, ANA)
    assert gone(relief, first) == "not_correctable"
    assert gone(relief, order) == "ok"
    assert gone(relief, first) == "ok"


def test_a_freed_reservation_is_not_corrected_but_made_again(relief: Relief) -> None:
    relief.receive("n95", 10)
    first = relief.ok(RESERVE, reserve(relief, 8), ANA)
    freed = relief.ok("stock.release", {"reservation": first}, ANA)
    assert gone(relief, freed) == "not_correctable"
    assert relief.ok(RESERVE, reserve(relief, 8), ANA)


def test_hand_outs_undone_are_kept_again(relief: Relief) -> None:
    lot = relief.receive("n95", 10) + "/0"
    mine = relief.ok(RESERVE, reserve(relief, 8), ANA)
    wrong = relief.say("disbursement.handout", given(lot, 5), CHEN)
    assert relief.breaches(wrong) == [["reserved", f"leg/{mine}", 3]]
    also = relief.hand_out(lot, 2)
    assert relief.row("legs", mine)["left"] == [["n95", 3]]
    assert gone(relief, wrong.statement) == "ok"
    assert relief.row("legs", mine)["left"] == [["n95", 6]]
    assert gone(relief, also) == "ok"
    assert relief.row("legs", mine)["left"] == [["n95", 8]]


def test_a_smaller_hand_out_in_its_place_takes_less_from_the_reservation(relief: Relief) -> None:
    lot = relief.receive("n95", 10) + "/0"
    mine = relief.ok(RESERVE, reserve(relief, 8), ANA)
    wrong = relief.hand_out(lot, 5)
    answer = relief.correct(wrong, ("disbursement.handout", given(lot, 4)))
    assert relief.breaches(answer) == [["reserved", f"leg/{mine}", 2]]
    assert relief.row("legs", mine)["left"] == [["n95", 6]]


@pytest.mark.parametrize("others", [2, 0])
def test_a_reservation_that_was_freed_since_keeps_nothing_again(
    relief: Relief, others: int
) -> None:
    lot = relief.receive("n95", 10) + "/0"
    mine = relief.ok(RESERVE, reserve(relief, 8), ANA)
    wrong = relief.hand_out(lot, 5)
    relief.ok("stock.release", {"quantity": 5 - others, "reservation": mine}, ANA)
    relief.ok(RESERVE, reserve(relief, 5 - others, purpose="cash"), ANA)
    assert gone(relief, wrong) == "ok"
    left = dict(relief.row("legs", mine)["left"]).get("n95", 0)
    assert left == (others + 3 if others else 0)


def test_a_dispatch_undone_gives_its_order_back_what_the_reservation_gave(relief: Relief) -> None:
    lot = relief.receive("n95", 10) + "/0"
    mine = relief.ok(RESERVE, reserve(relief, 6), ANA)
    body = {
        "from": "depot",
        "lines": [{"item": "n95", "quantity": 8}],
        "reservation": mine,
        "to": "point",
        "until": relief.ledger.time + DAY,
    }
    order = relief.ok(ORDER, body, ANA)
    sent = relief.dispatch(lot, 8, order=order)
    assert relief.row("legs", order)["of"] == []
    assert gone(relief, sent) == "ok"
    assert relief.row("legs", order)["of"] == [["n95", 6]]
    assert gone(relief, order) == "ok"
    assert relief.row("legs", mine)["left"] == [["n95", 6]]


# ---- loans --------------------------------------------------------------------------------------


def lent(relief: Relief) -> tuple[str, str]:
    """A loan of one numbered piece; (lot, loan)."""
    line = {"condition": "good", "item": "n95", "quantity": 1, "serials": ["S-1"]}
    body = {"lines": [line], "site": "depot", "source": {"kind": "gift"}}
    lot = relief.ok("stock.receive", body, CHEN, DAI) + "/0"
    body = {
        "borrower": "blue",
        "due": relief.ledger.time + 9 * DAY,
        "from": "depot",
        "lot": lot,
        "to": "point",
    }
    return lot, relief.ok("asset.lend", body, ANA, EVE)


def handed(relief: Relief, loan: str) -> str:
    body = {"condition": "good", "loan": loan, "site": "point"}
    return relief.ok("asset.handover", body, CHEN, EVE)


def returned(relief: Relief, loan: str) -> str:
    body = {"condition": "good", "loan": loan, "site": "depot"}
    return relief.ok("asset.return", body, CHEN, EVE)


def test_a_loan_is_cancelled_by_a_correction_before_the_handover(relief: Relief) -> None:
    _, loan = lent(relief)
    assert gone(relief, loan) == "ok"
    assert relief.table("reserved") == {}
    assert "loan" not in relief.row("legs", "asset/n95/S-1")


def test_a_loan_that_was_handed_over_stands(relief: Relief) -> None:
    _, loan = lent(relief)
    over = handed(relief, loan)
    assert gone(relief, loan) == "not_correctable"
    before = relief.row("legs", loan)
    assert "closed" not in before
    assert relief.correct([over, loan], why="did_not_occur").code == "ok"
    assert relief.balances("n95") == {"ext:donor": -1, "site:depot": 1}
    assert relief.table("reserved") == {}


def test_a_handover_and_a_return_are_taken_back(relief: Relief) -> None:
    _, loan = lent(relief)
    over = handed(relief, loan)
    with_it = relief.row("legs", loan)
    back = returned(relief, loan)
    assert gone(relief, over) == "not_correctable"
    assert gone(relief, back) == "ok"
    assert relief.row("legs", loan) == with_it
    assert relief.row("legs", "asset/n95/S-1")["holder"] == "blue"
    assert returned(relief, loan)


def test_a_handover_taken_back_is_kept_for_the_borrower_again(relief: Relief) -> None:
    _, loan = lent(relief)
    before = relief.row("legs", loan)
    over = handed(relief, loan)
    assert gone(relief, over) == "ok"
    assert relief.row("legs", loan) == before
    assert relief.row("reserved", "n95/depot") == 1
    assert relief.row("legs", "asset/n95/S-1")["holder"] == "red"
    assert handed(relief, loan)


def test_a_return_stands_once_it_was_lent_again(relief: Relief) -> None:
    lot, loan = lent(relief)
    handed(relief, loan)
    back = returned(relief, loan)
    body = {"borrower": "blue", "due": relief.ledger.time + DAY, "from": "depot", "to": "point"}
    relief.ok("asset.lend", body | {"lot": lot}, ANA, EVE)
    assert gone(relief, back) == "not_correctable"


# ---- requisitions -------------------------------------------------------------------------------


def requisition(relief: Relief, **change: Any) -> dict[str, Any]:
    now = relief.ledger.time
    body = {
        "basis": "Act, article 31",
        "goods": [{"item": "n95", "quantity": 5}],
        "number": "17",
        "window": {"from": now, "to": now + 30 * DAY},
    }
    return body | change


def acceptance(order: str, n: int = 5, **change: Any) -> dict[str, Any]:
    body = {
        "confirmed": True,
        "lines": [{"condition": "good", "item": "n95", "quantity": n}],
        "order": order,
        "owner": "blue",
        "payee": PAYEE,
        "site": "depot",
    }
    return body | change


def test_an_order_is_replaced_under_its_number(relief: Relief) -> None:
    law = relief.ok("requisition.order", requisition(relief), BAO)
    answer = relief.correct(law, ("requisition.order", requisition(relief, basis="Act, 32")))
    assert answer.code == "ok"
    assert relief.row("references", "requisition/17") == answer.statement
    assert gone(relief, answer.statement) == "ok"
    assert relief.row("references", "requisition/17") is None


def test_an_order_on_which_goods_came_stands(relief: Relief) -> None:
    law = relief.ok("requisition.order", requisition(relief), BAO)
    came = relief.ok("requisition.accept", acceptance(law), CHEN, DAI)
    assert gone(relief, law) == "not_correctable"
    assert gone(relief, came) == "ok"
    assert relief.row("legs", law)["left"] == [["n95", 5]]
    assert relief.balances("n95") == {}
    assert gone(relief, law) == "ok"


def test_an_acceptance_is_replaced_by_the_right_quantity(relief: Relief) -> None:
    law = relief.ok("requisition.order", requisition(relief), BAO)
    came = relief.ok("requisition.accept", acceptance(law), CHEN, DAI)
    answer = relief.correct(came, ("requisition.accept", acceptance(law, 4)))
    assert answer.code == "ok"
    assert relief.row("legs", law)["left"] == [["n95", 1]]
    assert relief.balances("n95") == {"ext:requisition": -4, "site:depot": 4}
    assert relief.row("legs", answer.statement)["left"] == [["n95", 4]]


def test_an_acceptance_whose_goods_went_or_were_paid_stands(relief: Relief) -> None:
    law = relief.ok("requisition.order", requisition(relief), BAO)
    came = relief.ok("requisition.accept", acceptance(law, 3), CHEN, DAI)
    relief.hand_out(f"{came}/0", 1)
    assert gone(relief, came) == "not_correctable"
    other = relief.ok("requisition.accept", acceptance(law, 2), CHEN, DAI)
    relief.gift(100)
    body = {
        "area": "east",
        "draws": [{"amount": 50, "line": GENERAL}],
        "order": other,
        "payee": {"class": "compensation", "tag": PAYEE},
        "purpose": "food",
        "source": "free",
    }
    paying = relief.ok("disbursement.instruct", body, CHEN, DAI)
    assert gone(relief, other) == "not_correctable"
    assert gone(relief, paying) == "ok"
    assert relief.row("legs", other)["asked"] == 0
    assert "owed" not in relief.row("legs", other)
    assert gone(relief, other) == "ok"


def test_a_return_taken_back_is_due_again(relief: Relief) -> None:
    law = relief.ok("requisition.order", requisition(relief), BAO)
    came = relief.ok("requisition.accept", acceptance(law), CHEN, DAI)
    before = relief.row("legs", came)
    lines = [{"condition": "good", "lot": f"{came}/0", "quantity": 5}]
    body = {"accept": came, "lines": lines, "site": "depot"}
    back = relief.ok("requisition.return", body, CHEN, DAI)
    assert "closed" in relief.row("legs", came)
    assert gone(relief, back) == "ok"
    assert relief.row("legs", came) == before
    assert relief.balances("n95") == {"ext:requisition": -5, "site:depot": 5}


# ---- projects -----------------------------------------------------------------------------------


def project(relief: Relief, **change: Any) -> dict[str, Any]:
    body = {
        "area": "east",
        "contractor": "blue",
        "line": GENERAL,
        "milestones": [{"amount": 80, "id": "walls"}],
        "payee": PAYEE,
        "programme": "flood-27",
        "purpose": "food",
        "retention": {"days": 180, "percent": 10},
        "sum": 80,
        "until": relief.ledger.time + 90 * DAY,
    }
    return body | change


def built(relief: Relief) -> str:
    relief.gift(100)
    relief.allocate(100)
    return relief.ok("project.contract", project(relief), BAO, EVE)


def claimed(relief: Relief, one: str) -> str:
    return relief.ok("project.claim", {"milestone": "walls", "project": one}, EVE)


def inspected(relief: Relief, claim: str, verdict: str = "pass") -> str:
    return relief.ok("project.inspect", {"claim": claim, "verdict": verdict}, DAI)


def test_a_contract_is_replaced_before_anything_is_claimed(relief: Relief) -> None:
    one = built(relief)
    answer = relief.correct(one, ("project.contract", project(relief, sum=100)))
    assert answer.code == "ok"
    assert relief.row("reserved", f"{GENERAL}/food") == 100
    assert gone(relief, answer.statement) == "ok"
    assert relief.row("reserved", f"{GENERAL}/food") is None


def test_each_step_stands_while_the_next_one_stands_on_it(relief: Relief) -> None:
    one = built(relief)
    contract = relief.row("legs", one)
    claim = claimed(relief, one)
    waiting = relief.row("legs", claim)
    seen = inspected(relief, claim)
    assert gone(relief, one) == "not_correctable"
    assert gone(relief, claim) == "not_correctable"
    assert gone(relief, seen) == "ok"
    assert relief.row("legs", claim) == waiting
    assert gone(relief, claim) == "ok"
    assert relief.row("legs", one) == contract
    assert gone(relief, one) == "ok"


def test_an_inspection_is_replaced_by_the_other_verdict(relief: Relief) -> None:
    one = built(relief)
    claim = claimed(relief, one)
    seen = inspected(relief, claim, "fail")
    assert relief.row("legs", one)["milestones"] == [["walls", 80, "open", 1]]
    answer = relief.correct(seen, ("project.inspect", {"claim": claim, "verdict": "pass"}))
    assert answer.code == "ok"
    assert relief.row("legs", one)["milestones"] == [["walls", 80, "passed", 0]]
    assert relief.row("legs", claim)["state"] == "passed"


def test_a_failed_inspection_stands_once_it_is_claimed_anew(relief: Relief) -> None:
    one = built(relief)
    first = claimed(relief, one)
    seen = inspected(relief, first, "fail")
    claimed(relief, one)
    assert gone(relief, seen) == "not_correctable"


def test_an_inspection_on_which_was_paid_stands(relief: Relief) -> None:
    one = built(relief)
    claim = claimed(relief, one)
    seen = inspected(relief, claim)
    body = {
        "area": "east",
        "draws": [{"amount": 72, "line": GENERAL}],
        "order": claim,
        "payee": {"class": "contractor", "tag": PAYEE},
        "purpose": "food",
        "source": "allocated",
    }
    paying = relief.ok("disbursement.instruct", body, CHEN, DAI)
    assert gone(relief, seen) == "not_correctable"
    assert gone(relief, paying) == "ok"
    assert relief.row("reserved", f"{GENERAL}/food") == 80
    assert gone(relief, seen) == "ok"


@pytest.mark.parametrize("beyond", [8, 20])
def test_more_was_paid_on_a_tranche_than_recorded(relief: Relief, beyond: int) -> None:
    """A difference is booked: beyond the tranche it is a breach, and the promise is never negative."""
    one = built(relief)
    claim = claimed(relief, one)
    inspected(relief, claim)
    body = {
        "area": "east",
        "draws": [{"amount": 72, "line": GENERAL}],
        "order": claim,
        "payee": {"class": "contractor", "tag": PAYEE},
        "purpose": "food",
        "source": "allocated",
    }
    paying = relief.ok("disbursement.instruct", body, CHEN, DAI)
    paid = relief.pay(paying, 72)
    # A later answer of the provider stands on it: only the difference can be booked.
    relief.come_back(paying, 2)
    answer = relief.correct(paid, ("disbursement.paid", relief.payment(paying, 72 + beyond)))
    assert answer.code in ("ok", "flagged"), answer
    row = relief.row("legs", claim)
    assert row["asked"] == 70 + beyond == row["paid"]
    flagged = ["exceeded", f"leg/{claim}", 70 + beyond - 80]
    assert (flagged in relief.breaches(answer)) == (70 + beyond > 80)
