"""Dry runs: of the statement alone, whatever is due, and with a word at each piece of work.

Goal: a dry run costs what its statement costs, not what the ledger owes; who runs it can end it at any moment.
Method: a ledger on which a deadline has passed or a suspension is due; then a caller that ends it at each word.
"""

import pytest
from adopting import ANA, EVE, enforce, founded, gate, propose
from ledgers import TestLedger, names, test_key

from contracts.batch import Batch
from contracts.machine import step
from contracts.simulating.dryrun import Wish, dry_run
from ledger.adoptions import LAPSE_S

BODY = {"actors": [], "organisation": {"id": "party", "names": names("Party")}}


class Enough(Exception):
    """Whoever runs it has had enough."""


@pytest.fixture
def ledger() -> TestLedger:
    return founded()


def wish(ledger: TestLedger) -> Wish:
    signers = (test_key(ANA).key_id, test_key("red/bao").key_id)
    return Wish("member.enrol", 1, BODY, signers, ledger.time)


def test_no_deadline_passes(ledger: TestLedger) -> None:
    assert propose(ledger, gate(), ANA).code == "ok"
    ledger.time += LAPSE_S
    batch = Batch(ledger.time, (ledger.statement("member.enrol", BODY, ANA, "red/bao"),))
    assert len(step(ledger.memory, batch).entries) == 3  # the lapse, the statement, the batch
    assert len(step(ledger.memory, batch, alone=True).entries) == 2


def test_a_suspension_that_is_due_has_not_begun(ledger: TestLedger) -> None:
    enforce(ledger, gate())
    for one in (ANA, EVE):
        body = {"contract": "nine-at-most", "reason": "wrong", "scope": "consortium"}
        assert ledger.say("contract.suspend", body, one).code == "ok"
    batch = Batch(ledger.time, (ledger.statement("member.enrol", BODY, ANA, "red/bao"),))
    assert len(step(ledger.memory, batch).entries) == 3
    assert len(step(ledger.memory, batch, alone=True).entries) == 2


def test_it_can_be_ended_at_each_piece_of_work(ledger: TestLedger) -> None:
    told: list[int] = []
    found = dry_run(ledger.memory, wish(ledger), ledger.time, on_work=told.append)
    assert found.answer.code == "ok"
    assert told and set(told) == {0}  # it read; no contract judged it
    head = ledger.memory.head()
    for most in range(len(told)):
        seen: list[int] = []

        def end(cost: int, seen: list[int] = seen, most: int = most) -> None:
            if len(seen) == most:
                raise Enough
            seen.append(cost)

        with pytest.raises(Enough):
            dry_run(ledger.memory, wish(ledger), ledger.time, on_work=end)
    assert ledger.memory.head() == head
