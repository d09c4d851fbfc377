"""Holds and alerts in the whole machine: approvals as entries, deadlines as derived entries.

Goal: a hold that somebody opened takes approvals, a refusal or its deadline, each as an entry under the
hold's own subject; a deadline that has passed and is not recorded yet counts all the same.
Method: no contract holds anything yet, so rows of a hold are put into the state by hand, as they will be.
"""

from json import loads
from typing import Any

import pytest
from abuse import doctor
from ledgers import DAY, TestLedger, founded, test_key

from ledger.entry import AutoEntry, parse_entry

HELD = "ab" * 32
KEY = f"hold/{HELD}"


@pytest.fixture
def ledger() -> TestLedger:
    ledger = founded()
    ledger.run()
    until = ledger.time + DAY
    hold: dict[str, Any] = {
        "approvals": [], "barred": ["blue"], "entry": 2, "kind": "disbursement.instruct", "needs": 2,
        "places": [{"area": "east"}], "roles": ["approver"], "signers": [["red", "chen", test_key("red/chen").key_id]],
        "state": "open", "until": until,
    }  # fmt: skip
    leg = {"due": until, "entry": 2, "kind": "approval.give", "lapse": until}
    doctor(ledger, {("holds", HELD): hold, ("legs", KEY): leg})
    return ledger


def row(ledger: TestLedger) -> Any:
    return loads(ledger.memory.table("holds")[HELD])


def about(ledger: TestLedger) -> int:
    """How many entries the index has about the hold."""
    raw = ledger.memory.table("index").get(KEY)
    return loads(raw)[0] if raw else 0


def test_approvals_are_entries_about_the_hold(ledger: TestLedger) -> None:
    assert ledger.say("approval.give", {"held": HELD}, "red/chen").code == "no_authority"
    assert ledger.say("approval.give", {"held": HELD}, "blue/fay").code == "no_authority"
    given = ledger.say("approval.give", {"held": HELD}, "red/dai")
    assert given.code == "ok"
    assert ledger.say("approval.give", {"held": HELD}, "red/dai").code == "already_exists"
    assert ledger.say("approval.give", {"held": HELD}, "red/bao").code == "ok"
    # Nothing judges: it waits, whoever has approved.
    assert row(ledger)["state"] == "open"
    assert [name for _, name, *_ in row(ledger)["approvals"]] == ["dai", "bao"]
    assert about(ledger) == 2


def test_a_refusal_ends_it(ledger: TestLedger) -> None:
    body = {"held": HELD, "reason": "too-much"}
    assert ledger.say("approval.refuse", body, "red/dai").code == "ok"
    assert row(ledger)["state"] == "refused"
    assert ledger.say("approval.give", {"held": HELD}, "red/bao").code == "not_open"
    ledger.time += 2 * DAY
    assert not ledger.run()
    assert row(ledger)["state"] == "refused" and about(ledger) == 1


def test_its_deadline_is_an_entry_of_its_own(ledger: TestLedger) -> None:
    ledger.time += DAY
    late = ledger.say("approval.give", {"held": HELD}, "red/dai")
    assert late.code == "not_open"
    assert row(ledger)["state"] == "expired"
    entries = [parse_entry(raw) for raw in ledger.memory.entries]
    [lapsed] = [one for one in entries if isinstance(one, AutoEntry)]
    assert (lapsed.kind, lapsed.body, lapsed.outcome["code"]) == (
        "deadline.pass",
        {"leg": KEY},
        "ok",
    )
    assert row(ledger)["closed"] == lapsed.id(ledger.memory.head().origin)
    assert about(ledger) == 1
