"""When something falls due by itself, as the state says.

Goal: of all that is due the nearest is named, and nothing where nothing is; open runs are counted to
a bound.
Method: small ledgers in memory, before genesis, founded, with a proposal, a commit and a run.
"""

import pytest
from adopting import ANA, DAY, EVE, adopt, commit, proposal
from documents import gate
from ledgers import NOW, TestLedger, founded
from relieving import allot, declare, households, relief, walk

from ledger.runs import RUNNING, Run
from ledger.state import State
from nodes.falling import COUNTED, next_due, open_runs


def due(ledger: TestLedger) -> int | None:
    return next_due(State(ledger.memory))


def test_the_nearest_is_named() -> None:
    assert due(TestLedger()) is None
    ledger = founded()
    assert due(ledger) is None
    body = proposal(gate(), ledger, not_before=NOW + 3 * DAY)
    proposed = ledger.say("contract.propose", body, ANA, EVE)
    assert due(ledger) == NOW + 30 * DAY, "the proposal lapses"
    assert commit(ledger, proposed.statement).code == "ok"
    assert due(ledger) == NOW + 3 * DAY, "the contract comes in force"
    ledger.time += 3 * DAY
    ledger.run()
    found = due(ledger)
    assert found is None or found > ledger.time


def test_a_run_is_counted_until_it_is_over() -> None:
    ledger = founded()
    adopt(ledger, relief(), mode="enforce")
    households(ledger, 3)
    allot(ledger, 1_000_000)
    assert open_runs(State(ledger.memory)) == 0
    assert declare(ledger).code == "ok"
    assert open_runs(State(ledger.memory)) == 1
    assert due(ledger) == ledger.time + 9 * DAY, "the end of the alert"
    walk(ledger)
    assert open_runs(State(ledger.memory)) == 0


@pytest.mark.parametrize(("there", "counted"), [(COUNTED, COUNTED), (COUNTED + 1, COUNTED)])
def test_runs_are_counted_to_a_bound(there: int, counted: int) -> None:
    state = State(founded().memory)
    for n in range(there):
        Run("", 0, "c", "aa", 0, n, 0, 0, {}, {}, "a", 0, 0, RUNNING, 0, "").put(state)
    assert open_runs(state) == counted
