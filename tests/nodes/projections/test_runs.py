"""Runs of contracts in the views: how far each is, why it stopped, what was paid for what is owed.

Goal: the views say of each run what its row in the state says, at every batch from its first
portion on, and after people have stopped it.
Method: a trigger adopted on a small ledger and walked through the whole machine; the rows of the
state are the oracle.
"""

from pathlib import Path

import pytest
from adopting import adopt
from ledgers import TestLedger, founded
from projections import LedgerSource, lite, rows, state_of
from relieving import allot, declare, households, relief

from nodes.projections.contractviews import ContractRun
from nodes.projections.projector import Projector


@pytest.fixture
def ledger() -> TestLedger:
    found = founded()
    document = relief()
    document["foreach"]["per_batch"] = 4
    adopt(found, document, mode="enforce")
    households(found, 10)
    allot(found, 50_000_000)
    declare(found)
    return found


def test_a_run_is_followed_and_stopped(ledger: TestLedger, tmp_path: Path) -> None:
    engine = lite(tmp_path)
    projector = Projector(engine, LedgerSource(ledger))
    states = []
    for n in range(2):
        ledger.time += 1
        if n == 0:
            ledger.run()
        else:
            run = next(key for key in state_of(ledger.memory, "runs") if key.startswith("run/"))
            body = {"reason": "look", "run": run.removeprefix("run/")}
            answer = ledger.say("run.end", body, "red/bao", "blue/eve")
            assert answer.code == "ok", answer
        projector.catch_up()
        (view,) = rows(engine, ContractRun)
        (row,) = [
            row for key, row in state_of(ledger.memory, "runs").items() if key.startswith("run/")
        ]
        for name in ("done", "faults", "fired", "refused", "spent", "state", "why"):
            assert view[name] == row[name], name
        assert (view["contract"], view["cause"]) == (row["name"], row["entry"])
        states.append((view["done"], view["state"], view["why"]))
    # The batch with the statement that ends it did a portion first.
    assert states == [(4, "running", ""), (8, "ended", "members")]
