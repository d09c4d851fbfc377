"""What was held and is posted, in the views: it happens in the entry of the approval, as if signed there.

Goal: balances, lines, lots, legs, instructions, shipments and subjects are those of the state, while things
wait and after they were posted; what is held is neither applied nor refused.
Method: gates hold payments, orders and a correction on a small ledger, a projector follows it, and every
row of the views is compared with the state after every step.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corrections import DAI, FAY
from gated import Gated
from posted import HISTORIES, Once, Twice
from projections import LedgerSource, all_digests, check_against_state, lite, rows
from standinggates import (
    DAY,
    LINE,
    TestLedger,
    approve,
    cap,
    digest,
    founded,
    gift,
    outcome,
    pay,
    rule_gate,
    stand,
    stock,
)

from nodes.projections.nounviews import Disbursement, Donation, Shipment
from nodes.projections.projector import Projector
from nodes.projections.views import Correction, Refusal, Subject

TWO = {"where": "size(it.approvals) < 2", "defaults": {"it": {"approvals": []}}}


def gifts_small(most: int) -> dict[str, Any]:
    document = cap("gifts", most, "hold", **TWO)
    return {**document, "kinds": ["donation.receive"]}


def test_what_is_posted_happens_with_the_approval(tmp_path: Path) -> None:
    ledger = founded()
    engine = lite(tmp_path)
    projector = Projector(engine, LedgerSource(ledger))

    def compare() -> None:
        projector.catch_up()
        check_against_state(engine, ledger.memory)

    assert gift(ledger, 1_000).code == "ok"
    order = rule_gate(
        "orders", "shipment.order", "it.qty <= 5", "hold",
        good={"qty": 5}, bad={"qty": 6}, where="size(it.approvals) < 1",
        defaults={"it": {"approvals": []}},
    )  # fmt: skip
    stand(ledger, cap("small", 100, "hold", **TWO), order, gifts_small(50))
    compare()

    held = pay(ledger, 600)
    assert held.code == "held"
    compare()
    assert rows(engine, Disbursement) == []
    assert [row for row in rows(engine, Refusal) if row["code"] == "held"] == []
    posted = approve(ledger, held.statement)
    compare()
    [row] = rows(engine, Disbursement)
    assert (row["statement"], row["entry"], row["amount"]) == (held.statement, posted.index, 600)
    hold = [
        row["entry"] for row in rows(engine, Subject) if row["subject"] == f"hold/{held.statement}"
    ]
    assert sorted(hold) == [held.index, posted.index]

    stock(ledger, 50, site="depot")
    body = {
        "from": "depot", "lines": [{"item": "n95", "quantity": 9}], "to": "point",
        "until": ledger.time + 20 * DAY,
    }  # fmt: skip
    ordered = ledger.say("shipment.order", body, "red/ana")
    assert ordered.code == "held", ordered
    compare()
    assert rows(engine, Shipment) == []
    answer = approve(ledger, ordered.statement, "red/dai")
    compare()
    if outcome(ledger, answer).get("posted"):
        assert [row["statement"] for row in rows(engine, Shipment)] == [ordered.statement]


def test_a_correction_that_waited(tmp_path: Path) -> None:
    ledger = founded()
    engine = lite(tmp_path)
    projector = Projector(engine, LedgerSource(ledger))
    document = {**cap("gifts", 50, "hold", **TWO), "kinds": ["donation.receive"]}
    stand(ledger, document)
    wrong = gift(ledger, 40)
    answer = correct(ledger, wrong.statement)
    assert answer.code == "held"
    projector.catch_up()
    check_against_state(engine, ledger.memory)
    assert rows(engine, Correction) == []
    posted = approve(ledger, answer.statement)
    assert outcome(ledger, posted)["posted"] == answer.statement
    projector.catch_up()
    check_against_state(engine, ledger.memory)
    [row] = rows(engine, Correction)
    assert (row["entry"], row["statement"]) == (posted.index, answer.statement)
    assert {row["statement"] for row in rows(engine, Donation)} >= {f"{answer.statement}/0"}


def correct(ledger: TestLedger, target: str) -> Any:
    right = {
        "amount": 60, "line": LINE, "reference": digest("right"),
        "seals": {name: digest(name) for name in ("contact", "donor", "reference")},
    }  # fmt: skip
    body = {
        "replacements": [{"body": right, "kind": "donation.receive", "v": 1}],
        "say": "A six was read as a four.",
        "targets": [target],
        "why": "incorrect_data",
    }
    return ledger.say("correction.declare", body, "red/ana", "red/dai")


def follow(ledger: TestLedger, folder: Path) -> Any:
    """Views of the log, made entry by entry: as the state, and the same made in one go."""
    engine, again = lite(folder, "one"), lite(folder, "again")
    projector = Projector(engine, LedgerSource(ledger))
    while projector.advance(most=1):
        pass
    check_against_state(engine, ledger.memory)
    Projector(again, LedgerSource(ledger)).catch_up()
    assert all_digests(engine) == all_digests(again)
    return engine


@pytest.mark.parametrize("history", HISTORIES)
def test_corrections_of_what_was_posted(history: Callable[[Once], Any], tmp_path: Path) -> None:
    relief = Twice()
    relief.stand()
    history(relief)
    follow(relief.ledger, tmp_path)


def test_positions_are_whose_they_are_after_a_posting(tmp_path: Path) -> None:
    """What was given back closes nothing and is appended: it is of the approval, the rest is not."""
    relief = Gated()
    gift = relief.table("gifts").popitem()[0]
    held = relief.hold()
    relief.reverse(gift, 1_000)
    relief.cover(600)
    relief.gift(2_000)
    assert relief.approve(held).code == "ok"
    relief.correct(held, by=(DAI, FAY, "red/chen"))
    follow(relief.ledger, tmp_path)
