"""A contract in force and how it ends: suspended, confirmed, expired, retired; gates required.

Goal: two members can stop a contract for three days and no longer; a quorum can end it; once gates are
required no spending kind is left without one. Everything that happens by itself is an entry, once, and
a replay makes the same bytes. Method: the machine batch by batch, each deadline at its second and the
second before.
"""

from json import loads
from typing import Any

import pytest
from adopting import (
    ANA,
    DAY,
    EVE,
    HOUR,
    adopt,
    commit,
    council,
    enforce,
    founded,
    gate,
    propose,
    standing,
    state,
    tick,
    told,
)
from documents import library
from ledgers import NOW, TestLedger, public_files, trust_of

from contracts.adoption.activating import activations
from contracts.adoption.force import NOTHING, in_force, load, pinned, set_hash
from contracts.audit import Audit
from contracts.documents.document import document_hash
from contracts.replay import Replay
from ledger.adopted import set_root
from ledger.entry import AutoEntry, parse_entry
from ledger.state import State

NAME = "nine-at-most"
AGAINST = {"contract": NAME, "reason": "fault", "scope": "consortium"}


@pytest.fixture
def ledger() -> TestLedger:
    return founded()


def judging(ledger: TestLedger) -> list[str]:
    return [one.id for one in in_force(state(ledger), "disbursement.handout")]


# ---- suspension ---------------------------------------------------------------------------------


@pytest.fixture
def five() -> TestLedger:
    """Five members, of which three decide; a gate in shadow."""
    ledger = council(5, 3)
    proposed = propose(ledger, gate(), "m1/a", "m2/a", "m3/a")
    assert commit(ledger, proposed.statement).code == "ok"
    ledger.time += 2 * DAY
    tick(ledger)
    return ledger


def test_two_members_stop_it_with_the_next_batch(five: TestLedger) -> None:
    assert five.say("contract.suspend", AGAINST, "m1/a").code == "ok"
    assert tick(five) == []
    assert five.say("contract.suspend", AGAINST, "m1/a").code == "already_exists"
    assert five.say("contract.suspend", AGAINST, "red/ana").code == "no_authority"
    assert five.say("contract.suspend", AGAINST, "m2/a").code == "ok"
    # One batch, one set: it judges until this one is over.
    assert judging(five) == [NAME]
    five.time += 1
    assert told(tick(five)) == [("suspended", NAME, 1)]
    assert judging(five) == []
    assert set_hash(state(five)) == set_root([])
    ends = five.time + 72 * HOUR
    five.time = ends - 1
    assert tick(five) == []
    five.time = ends
    assert told(tick(five)) == [("resumed", NAME, 1)]
    assert judging(five) == [NAME]
    # What was said then counts no more.
    assert five.say("contract.suspend", AGAINST, "m1/a").code == "ok"


def test_both_in_one_statement(five: TestLedger) -> None:
    assert five.say("contract.suspend", AGAINST, "m4/a", "m5/a").code == "ok"
    assert told(tick(five)) == [("suspended", NAME, 1)]


@pytest.mark.parametrize(("wait", "stops"), [(72 * HOUR - 1, True), (72 * HOUR, False)])
def test_voices_go_stale(five: TestLedger, wait: int, stops: bool) -> None:
    assert five.say("contract.suspend", AGAINST, "m1/a").code == "ok"
    five.time += wait
    assert five.say("contract.suspend", AGAINST, "m2/a").code == "ok"
    assert bool(tick(five)) == stops


@pytest.mark.parametrize(("wait", "code"), [(72 * HOUR - 1, "ok"), (72 * HOUR, "ok")])
def test_the_quorum_confirms_in_time(five: TestLedger, wait: int, code: str) -> None:
    assert five.say("contract.suspend", AGAINST, "m1/a", "m2/a").code == "ok"
    tick(five)
    five.time += wait
    # Those who stopped it are counted anew, like everybody.
    assert five.say("contract.suspend", AGAINST, "m3/a").code == code
    assert five.say("contract.suspend", AGAINST, "m3/a").code == "already_exists"
    assert five.say("contract.suspend", AGAINST, "m2/a").code == "ok"
    third = five.say("contract.suspend", AGAINST, "m1/a")
    assert third.code == "ok"
    if wait < 72 * HOUR:
        assert five.say("contract.suspend", AGAINST, "m4/a").code == "not_open"
    five.time += 30 * DAY
    tick(five)
    # In time it stays; a second later it was back, and these voices stopped it anew, for a while.
    tick(five)
    assert judging(five) == ([] if wait < 72 * HOUR else [NAME])


def test_two_voices_less_than_a_quorum_confirm_nothing(five: TestLedger) -> None:
    assert five.say("contract.suspend", AGAINST, "m1/a", "m2/a").code == "ok"
    tick(five)
    assert five.say("contract.suspend", AGAINST, "m1/a", "m2/a").code == "ok"
    five.time += 72 * HOUR
    assert told(tick(five)) == [("resumed", NAME, 1)]


def test_where_the_quorum_is_two_they_say_it_twice(ledger: TestLedger) -> None:
    adopt(ledger, gate())
    assert ledger.say("contract.suspend", AGAINST, ANA, EVE).code == "ok"
    tick(ledger)
    ledger.time += 72 * HOUR
    assert told(tick(ledger)) == [("resumed", NAME, 1)]
    for _ in range(2):
        assert ledger.say("contract.suspend", AGAINST, ANA, EVE).code == "ok"
    for _ in range(2):
        ledger.time += 72 * HOUR
        assert tick(ledger) == []
        assert judging(ledger) == []


def test_a_new_version_ends_a_suspension(five: TestLedger) -> None:
    assert five.say("contract.suspend", AGAINST, "m1/a", "m2/a", "m3/a").code == "ok"
    assert told(tick(five)) == [("suspended", NAME, 1)]
    assert five.say("contract.suspend", AGAINST, "m1/a", "m2/a", "m3/a").code == "ok"
    quick = propose(five, gate(version=2), "m1/a", "m2/a", lane="emergency")
    assert quick.code == "not_eligible"
    proposed = propose(five, gate(version=2), "m1/a", "m2/a", "m3/a")
    assert commit(five, proposed.statement).code == "ok"
    five.time += 2 * DAY
    assert told(tick(five)) == [("activated", NAME, 2)]
    assert judging(five) == [NAME]
    five.time += 9 * DAY
    assert tick(five) == []


@pytest.mark.parametrize("kind", ["contract.suspend", "contract.retire"])
def test_only_what_is_in_force(five: TestLedger, kind: str) -> None:
    table = [
        ({**AGAINST, "contract": "other-one"}, "unknown_reference"),
        ({**AGAINST, "scope": "area:east"}, "unknown_reference"),
        ({**AGAINST, "contract": "X"}, "malformed"),
    ]
    for body, code in table:
        assert five.say(kind, body, "m1/a").code == code
    waiting = propose(five, gate(contract="waits"), "m1/a", "m2/a", "m3/a")
    assert commit(five, waiting.statement).code == "ok"
    assert five.say(kind, {**AGAINST, "contract": "waits"}, "m1/a").code == "not_open"


# ---- expiry and retiring ------------------------------------------------------------------------


def test_it_expires_at_its_second(ledger: TestLedger) -> None:
    ends = ledger.time + 10 * DAY
    adopt(ledger, gate(), expires=ends)
    ledger.time = ends - 1
    assert tick(ledger) == []
    ledger.time = ends
    assert told(tick(ledger)) == [("expired", NAME, 1)]
    assert judging(ledger) == []
    assert standing(ledger, NAME) == {"last": 1}
    # It may come back, as a new gate.
    assert propose(ledger, gate(version=2), mode="enforce").code == "not_eligible"
    adopt(ledger, gate(version=2))
    assert judging(ledger) == [NAME]


def test_what_ends_before_it_is_committed_is_not_committed(ledger: TestLedger) -> None:
    adopt(ledger, gate(), expires=ledger.time + 5 * DAY)
    ends = ledger.time + 3 * DAY
    proposed = propose(ledger, gate(version=2), lane="emergency", not_before=0, expires=ends)
    assert proposed.code == "ok"
    ledger.time = ends
    assert commit(ledger, proposed.statement).code == "not_eligible"


@pytest.mark.parametrize(
    ("lane", "left"), [("full", True), ("params", False), ("emergency", False)]
)
def test_what_waits_when_it_expires(ledger: TestLedger, lane: str, left: bool) -> None:
    ends = ledger.time + 6 * DAY
    adopt(ledger, gate(), expires=ends)
    terms = {"expires": ends + 90 * DAY} if lane == "full" else {"expires": ends}
    start = ends - 1 if lane != "full" else ends + DAY
    proposed = propose(ledger, gate(version=2), lane=lane, not_before=start, **terms)
    assert commit(ledger, proposed.statement).code == "ok"
    # No batch came while it was in force: both are due at once.
    ledger.time = ends
    found = told(tick(ledger))
    assert found[-1][0] == "expired"
    assert ("waiting" in standing(ledger, NAME)) == left
    ledger.time = ends + DAY
    assert told(tick(ledger)) == ([("activated", NAME, 2)] if left else [])


def test_a_quick_change_far_ahead_ends_with_what_it_changes(ledger: TestLedger) -> None:
    ends = ledger.time + 6 * DAY
    adopt(ledger, gate(), expires=ends)
    row = standing(ledger, NAME)
    body = {"expires": ends, "lane": "emergency", "not_before": ends - 1}
    proposed = propose(ledger, gate(version=2), **body)
    assert commit(ledger, proposed.statement).code == "ok"
    ledger.time = ends - 2
    assert tick(ledger) == []
    assert standing(ledger, NAME)["now"] == row["now"]
    ledger.time = ends + DAY
    assert told(tick(ledger)) == [("activated", NAME, 2), ("expired", NAME, 2)]
    assert standing(ledger, NAME) == {"last": 2}


def test_the_quorum_retires_it_after_a_day(five: TestLedger) -> None:
    assert five.say("contract.retire", AGAINST, "m1/a", "m2/a").code == "ok"
    assert five.say("contract.retire", AGAINST, "m2/a").code == "already_exists"
    five.time += 30 * DAY - 1
    assert five.say("contract.retire", AGAINST, "m3/a").code == "ok"
    assert five.say("contract.retire", AGAINST, "m4/a").code == "not_open"
    late = propose(five, gate(version=2), "m1/a", "m2/a", "m3/a")
    assert commit(five, late.statement).code == "not_open"
    ends = five.time + DAY
    five.time = ends - 1
    assert tick(five) == []
    five.time = ends
    assert told(tick(five)) == [("retired", NAME, 1)]
    assert judging(five) == []


def test_voices_for_retiring_go_stale(five: TestLedger) -> None:
    assert five.say("contract.retire", AGAINST, "m1/a", "m2/a").code == "ok"
    five.time += 30 * DAY
    assert five.say("contract.retire", AGAINST, "m3/a").code == "ok"
    five.time += 2 * DAY
    assert tick(five) == []


def test_not_while_another_version_waits(ledger: TestLedger) -> None:
    adopt(ledger, gate())
    proposed = propose(ledger, gate(version=2))
    assert commit(ledger, proposed.statement).code == "ok"
    assert ledger.say("contract.retire", AGAINST, ANA, EVE).code == "already_exists"


# ---- gates --------------------------------------------------------------------------------------

SPENDING = "earmark"


def earmark(version: int = 1, **changes: Any) -> dict[str, Any]:
    """A gate on payments, in the money of this ledger."""
    document = library("earmark")
    own = {"params": {"unused": {"type": "int[CNY](0..1)", "value": 0}}, "version": version}
    return {**document, **own, **changes}


def required(ledger: TestLedger) -> bool:
    return load(state(ledger)).required


def test_gates_are_required_when_a_proposal_that_says_so_activates(ledger: TestLedger) -> None:
    adopt(ledger, earmark())
    proposed = propose(ledger, earmark(), mode="enforce", gates=True)
    assert loads(ledger.memory.table("proposals")[proposed.statement])["gates"] is True
    assert commit(ledger, proposed.statement).code == "ok"
    start = ledger.time + 2 * DAY
    ledger.time = start - 1
    tick(ledger)
    assert not required(ledger)
    ledger.time = start
    tick(ledger)
    assert required(ledger)
    settings = loads(ledger.memory.table("trust")["settings"])
    assert settings == {"gates": True, "offset": 28_800}


def test_gates_need_a_gate(ledger: TestLedger) -> None:
    shadow = propose(ledger, earmark(), gates=True)
    refused = commit(ledger, shadow.statement)
    assert refused.code == "not_eligible"
    assert refused.refusal is not None and refused.refusal.where == "body.proposal"
    enforce(ledger, gate())
    # One that enforces is in force: this one may say so too.
    assert commit(ledger, shadow.statement).code == "not_eligible"
    again = propose(ledger, earmark(), gates=True)
    assert commit(ledger, again.statement).code == "ok"


def test_a_commit_has_no_say_in_gates(ledger: TestLedger) -> None:
    """One admin commits; what was voted on happens, and nothing else."""
    adopt(ledger, earmark())
    proposed = propose(ledger, earmark(), mode="enforce")
    body = {"gates": True, "proposal": proposed.statement, "sequence": 2}
    assert ledger.say("contract.commit", body, ANA).code == "malformed"
    del body["gates"]
    assert ledger.say("contract.commit", body, ANA).code == "ok"
    ledger.time += 2 * DAY
    tick(ledger)
    assert not required(ledger)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"gates": True}, "ok"),
        ({"gates": False}, "ok"),
        ({"gates": True, "lane": "params"}, "not_eligible"),
        ({"gates": True, "lane": "emergency"}, "not_eligible"),
        ({"gates": False, "lane": "params"}, "ok"),
        ({"gates": True, "scope": "fund:flood", "mode": "shadow"}, "not_eligible"),
        ({"gates": False, "scope": "fund:flood", "mode": "shadow"}, "ok"),
    ],
)
def test_gates_are_for_the_quorum_of_all(
    ledger: TestLedger, change: dict[str, Any], code: str
) -> None:
    enforce(ledger, earmark())
    answer = propose(ledger, earmark(), **{"mode": "enforce", **change})
    assert answer.code == code, answer.refusal
    if code != "ok":
        assert answer.refusal is not None and answer.refusal.where == "body.gates"


def test_gates_that_are_false_change_nothing(ledger: TestLedger) -> None:
    enforce(ledger, earmark())
    proposed = propose(ledger, earmark(), mode="enforce", gates=False)
    assert "gates" not in loads(ledger.memory.table("proposals")[proposed.statement])
    assert commit(ledger, proposed.statement).code == "ok"
    ledger.time += 2 * DAY
    tick(ledger)
    assert not required(ledger)


@pytest.fixture
def gated(ledger: TestLedger) -> TestLedger:
    adopt(ledger, earmark())
    adopt(ledger, earmark(), mode="enforce", gates=True)
    assert required(ledger)
    return ledger


def test_the_last_gate_of_a_spending_kind_stays(gated: TestLedger) -> None:
    body = {**AGAINST, "contract": SPENDING}
    refused = gated.say("contract.retire", body, ANA, EVE)
    assert refused.code == "not_eligible"
    assert refused.refusal is not None and refused.refusal.values["key"] == "disbursement.instruct"
    enforce(gated, earmark(contract="second-gate"))
    assert gated.say("contract.retire", body, ANA, EVE).code == "ok"
    # The other is the last one now, though this one still judges until tomorrow.
    other = {**AGAINST, "contract": "second-gate"}
    assert gated.say("contract.retire", other, ANA, EVE).code == "not_eligible"
    gated.time += DAY
    assert told(tick(gated)) == [("retired", SPENDING, 1)]
    assert required(gated)


def test_a_gate_elsewhere_is_none_here(gated: TestLedger) -> None:
    adopt(gated, earmark(contract="of-a-place"), scope="area:east")
    adopt(gated, earmark(contract="of-a-place"), scope="area:east", mode="enforce")
    assert gated.say("contract.retire", {**AGAINST, "contract": SPENDING}, ANA, EVE).code == (
        "not_eligible"
    )
    # The gate of the place has that of the consortium behind it.
    place = {"contract": "of-a-place", "reason": "done", "scope": "area:east"}
    assert gated.say("contract.retire", place, ANA, EVE).code == "ok"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mode": "enforce"}, "ok"),
        ({"mode": "shadow"}, "not_eligible"),
        ({"mode": "warn"}, "not_eligible"),
    ],
)
def test_nor_is_it_softened(gated: TestLedger, changes: dict[str, Any], code: str) -> None:
    proposed = propose(gated, earmark(2), **changes)
    assert proposed.code == "ok"
    assert commit(gated, proposed.statement).code == code


def test_a_fact_needs_no_gate(gated: TestLedger) -> None:
    enforce(gated, gate())
    assert gated.say("contract.retire", AGAINST, ANA, EVE).code == "ok"


# ---- the rest -----------------------------------------------------------------------------------


def test_pinned_terms_are_found_whatever_is_in_force(ledger: TestLedger) -> None:
    terms = document_hash(earmark())
    assert pinned(state(ledger), terms, "flood") is None
    ends = ledger.time + 5 * DAY
    adopt(ledger, earmark(), expires=ends)
    ledger.time = ends
    tick(ledger)
    found = pinned(state(ledger), terms, "flood")
    assert found is not None
    assert (found.id, found.scope, found.mode, found.currency) == (
        SPENDING, "fund:flood", "enforce", "CNY",
    )  # fmt: skip


def test_in_one_batch_by_contract_then_scope(ledger: TestLedger) -> None:
    start = ledger.time + 2 * DAY
    for name, scope in (("zzz", "consortium"), ("aaa", "consortium"), ("aaa", "area:east")):
        proposed = propose(ledger, gate(contract=name), scope=scope, not_before=start)
        assert commit(ledger, proposed.statement).code == "ok"
    ledger.time = start + 5
    assert [one.standing.id for one in activations(state(ledger), ledger.time)] == [
        "aaa", "aaa", "zzz",
    ]  # fmt: skip
    found = tick(ledger)
    assert [(one["contract"], one["scope"]) for one in found] == [
        ("aaa", "area:east"), ("aaa", "consortium"), ("zzz", "consortium"),
    ]  # fmt: skip


def test_a_derived_entry_names_its_cause(ledger: TestLedger) -> None:
    proposed = propose(ledger, gate())
    done = commit(ledger, proposed.statement)
    ledger.time += 2 * DAY
    tick(ledger)
    [auto] = [
        entry for raw in ledger.memory.entries if isinstance(entry := parse_entry(raw), AutoEntry)
    ]
    assert (auto.kind, auto.v, auto.outcome["code"]) == ("contract.activate", 1, "ok")
    assert (auto.cause.entry, auto.cause.rule) == (done.index, "activation")
    # Proposal, commit and activation are the list of all about this contract.
    assert loads(ledger.memory.table("index")[f"contract/{NAME}"])[0] == 3


def test_an_empty_batch_changes_nothing_until_something_is_due(ledger: TestLedger) -> None:
    proposed = propose(ledger, gate())
    assert commit(ledger, proposed.statement).code == "ok"
    ledger.run()
    assert ledger.steps[-1].is_empty
    ledger.time += 2 * DAY
    ledger.run()
    assert not ledger.steps[-1].is_empty
    assert judging(ledger) == [NAME]


def test_nothing_adopted_costs_one_row() -> None:
    class Counting(State):
        asked = 0

        def get(self, table: str, key: str) -> Any:
            self.asked += 1
            return super().get(table, key)

    ledger = founded()
    found = Counting(ledger.memory)
    assert load(found) is NOTHING and found.asked == 1
    assert not NOTHING.active


def lively() -> TestLedger:
    """A ledger on which everything happened."""
    ledger = founded()
    enforce(ledger, earmark(), gates=True)
    adopt(ledger, gate(), expires=ledger.time + 40 * DAY)
    terms = {"expires": loads(ledger.memory.table("proposals")[_last(ledger)])["expires"]}
    quick = propose(ledger, gate(version=2, basis="x"), lane="emergency", **terms)
    ledger.time += DAY
    assert commit(ledger, quick.statement).code == "ok"
    ledger.time += 4 * DAY
    tick(ledger)
    ledger.time += 4 * DAY
    tick(ledger)
    assert ledger.say("contract.suspend", AGAINST, ANA, EVE).code == "ok"
    adopt(ledger, gate(contract="of-east"), scope="area:east")
    assert propose(ledger, gate(contract=None)).code == "contract_invalid"
    assert propose(ledger, gate(contract="never"), ANA).code == "ok"
    retired = {"contract": "of-east", "reason": "done", "scope": "area:east"}
    assert ledger.say("contract.retire", retired, ANA, EVE).code == "ok"
    ledger.time += 60 * DAY
    tick(ledger)
    return ledger


def _last(ledger: TestLedger) -> str:
    rows = ledger.memory.table("proposals")
    return max(rows, key=lambda one: loads(rows[one])["entry"])


def test_a_replay_and_an_audit_make_the_same() -> None:
    ledger = lively()
    kinds = [
        str(entry.body.get("change"))
        for raw in ledger.memory.entries
        if isinstance(entry := parse_entry(raw), AutoEntry)
    ]
    assert {"activated", "returned", "suspended", "expired", "retired", "None"} <= set(kinds)
    replay = Replay()
    for entry in ledger.memory.entries:
        replay.feed(entry)
    head = ledger.memory.head()
    replay.finish(size=head.size, root=head.root())
    assert load(State(replay.ledger)) == load(state(ledger))
    files = public_files(ledger)
    report = Audit(files.__getitem__, trust_of(ledger), now=NOW + 900 * DAY).run()
    assert report.size == head.size


def test_no_correction_takes_a_vote_back(ledger: TestLedger) -> None:
    proposed = propose(ledger, gate())
    done = commit(ledger, proposed.statement)
    ledger.time += 2 * DAY
    [change] = tick(ledger)
    assert change["change"] == "activated"
    for target in (proposed.statement, done.statement):
        body = {
            "replacements": [],
            "say": "It was not meant.",
            "targets": [target],
            "why": "did_not_occur",
        }
        answer = ledger.say("correction.declare", body, ANA, EVE, "blue/fay")
        assert answer.code == "not_correctable", answer
