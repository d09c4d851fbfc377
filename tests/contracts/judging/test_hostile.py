"""Hostile histories with gates in force: nothing that members sign breaks the book, the facts or a hold.

Goal: with gates that deny, hold, flag and err on money, goods, hand-outs and corrections, every batch keeps
the invariants of the state, and another node that is given the entries writes the same.
Method: the generator of hostile statements on a stocked ledger where such gates stand; what is held is
approved and refused at random between batches. The seed is the reproduction.
"""

from json import loads
from random import Random
from typing import Any

import pytest
from abuse import Generator, stocked_ledger
from invariants import check_all
from ledgers import TestLedger
from standinggates import cap, gift, pay, replayed, rule_gate, stand

PAY, ORDER, GIVE = "disbursement.instruct", "shipment.order", "disbursement.handout"


def gated() -> TestLedger:
    ledger = stocked_ledger()
    few: dict[str, Any] = {"good": {"qty": 2}, "bad": {"qty": 3}}
    share: dict[str, Any] = {"good": {"evidence": 1}, "bad": {"evidence": 2}}
    had = {
        "sum": "qty", "of": GIVE, "by": {"household": "it.household"}, "window": "7d",
        "type": "int[parcel](0..9007199254740991)",
    }  # fmt: skip
    params = {
        "most": {"type": "int[parcel](0..1000)", "value": 9},
        "some": {"type": "int[CNY](0..1)", "value": 1},
    }
    weekly = rule_gate(
        "weekly", GIVE, "had + it.qty <= most", facts={"had": had}, params=params,
        kinds=["disbursement.release", GIVE], given={"had": 8}, good={"qty": 1}, bad={"qty": 2},
    )  # fmt: skip
    gates = [
        {**cap("large", 30), "kinds": [PAY, "fund.allocate"]},
        cap("eyes", 5, "hold", where="size(it.approvals) < 2",
            defaults={"it": {"approvals": []}}),
        {**cap("gifts", 20, "flag"), "kinds": ["donation.receive", "donation.refund"]},
        rule_gate("orders", ORDER, "it.qty <= 2", "hold", **few),
        rule_gate("stock", "stock.receive", "10 / it.evidence > 5", **share),
        weekly,
    ]  # fmt: skip
    stand(ledger, *gates)
    return ledger


def settle(ledger: TestLedger, random: Random) -> None:
    """Somebody approves or refuses what waits."""
    rows: dict[str, Any] = {k: loads(v) for k, v in ledger.memory.table("holds").items()}
    for held in sorted(name for name, row in rows.items() if row["state"] == "open"):
        choice = random.random()
        if choice < 0.4:
            ledger.say("approval.give", {"held": held}, random.choice(["blue/fay", "red/dai"]))
        elif choice < 0.5:
            ledger.say("approval.refuse", {"held": held, "reason": "no"}, "blue/fay")


@pytest.mark.parametrize("seed", range(4))
def test_no_hostile_history_breaks_what_gates_hold(seed: int) -> None:
    ledger, random = gated(), Random(seed)
    generator = Generator(ledger, seed)
    first = len(ledger.steps)
    for _ in range(60):
        ledger.time += random.choice([0, 5, 3_600, 86_400])
        size = ledger.memory.head().size
        ledger.run(*generator.statements(4))
        # So that there is always something to judge, and something that waits.
        gift(ledger, random.choice([20, 21]))
        pay(ledger, random.choice([5, 6, 30, 31]))
        settle(ledger, random)
        check_all(ledger.memory, entries_from=size)
        generator.learn()
    replayed(ledger)
    codes = {str(a.code) for made in ledger.steps[first:] for a in made.answers}
    assert codes >= {"ok", "flagged", "held"}, codes
