"""Lanes: what each may change, how many must agree, how long it is announced; emergencies end.

Goal: a quick way never changes more than it may: other values of params, or a narrower text for three
days. Method: each field of a document is changed alone and put through each lane.
"""

from typing import Any

import pytest
from adopting import (
    ANA,
    DAY,
    HOUR,
    adopt,
    commit,
    council,
    counting,
    enforce,
    founded,
    gate,
    proposal,
    propose,
    standing,
    state,
    tick,
    told,
)
from documents import text
from lanes import capped, pool
from ledgers import TestLedger

from contracts.adoption.circles import Node, depth
from contracts.adoption.force import in_force, indexes
from contracts.documents.document import document_hash

NAME = "nine-at-most"


def quickly(lane: str, version: int, cap: int) -> dict[str, Any]:
    """A lower cap, as the lane may bring it: another value, or in an emergency one rule more."""
    if lane == "params":
        return capped(version, cap)
    also = {"id": "also", "require": f"it.qty <= {cap}", "say": text("{it.qty}: too many now")}
    at_most, above = {"it": {"qty": cap}}, {"it": {"qty": cap + 1}}
    tests = [
        {"name": "enough", "given": at_most, "expect": "allow"},
        {"name": "more", "given": above, "expect": {"deny": ["also"]}},
        {"name": "much more", "given": {"it": {"qty": 10}}, "expect": {"deny": ["also", "nine"]}},
    ]
    return capped(version, rules=[capped()["rules"][0], also], tests=tests)


@pytest.fixture
def ledger() -> TestLedger:
    return founded()


CHANGES: list[tuple[str, dict[str, Any], bool]] = [
    # what is changed, how, whether lane params may
    ("nothing but the version", {}, True),
    ("a value", {"cap": 8}, True),
    ("defaults", {"defaults": {"it": {"area": "east"}}}, True),
    ("tests", {"tests": [*capped()["tests"], {"name": "one", "given": {"it": {"qty": 1}},
                                              "expect": "allow"}]}, True),
    ("the range of a value", {"params": {"cap": {"type": "int[parcel](0..99)", "value": 9}}}, False),
    ("one more param", {"params": {**capped()["params"],
                                   "more": {"type": "int(0..1)", "value": 1}}}, False),
    ("title", {"title": text("Other")}, False),
    ("basis", {"basis": "by-law 9"}, False),
    ("where", {"where": "it.qty > 1"}, False),
    ("kinds", {"kinds": ["disbursement.handout", "disbursement.release"]}, False),
    ("let", {"let": {"twice": "cap * 2"}}, False),
    ("a sentence", {"rules": [{**capped()["rules"][0], "say": text("No")}]}, False),
    ("a rule", {"rules": [{**capped()["rules"][0], "require": "it.qty < cap + 1"}]}, False),
    ("effects", {"effects": [{"id": "tell", "when": "it.qty == 1", "notify": {
        "to": "'x'", "code": "'y'", "subject": "'z'"}}], "tests": [*capped()["tests"],
        {"name": "one", "given": {"it": {"qty": 1}}, "expect": "allow"}]}, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "may"), [case[1:] for case in CHANGES], ids=[c[0] for c in CHANGES]
)
def test_what_lane_params_may_change(ledger: TestLedger, change: dict[str, Any], may: bool) -> None:
    adopt(ledger, capped())
    answer = propose(ledger, capped(2, **change), lane="params")
    assert answer.code == ("ok" if may else "not_eligible"), answer.refusal
    if not may:
        assert answer.refusal is not None and answer.refusal.where == "body.document"
    assert propose(ledger, capped(2, **change)).code == "ok"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "ok"),
        ({"mode": "warn"}, "not_eligible"),
        ({"owner": "blue"}, "not_eligible"),
        ({"expires": 1_900_000_000}, "not_eligible"),
    ],
)
@pytest.mark.parametrize("lane", ["params", "emergency"])
def test_quick_lanes_leave_the_terms(
    ledger: TestLedger, lane: str, change: dict[str, Any], code: str
) -> None:
    adopt(ledger, capped())
    assert propose(ledger, quickly(lane, 2, 8), lane=lane, **change).code == code


@pytest.mark.parametrize(("notice", "code"), [(HOUR, "ok"), (HOUR - 1, "not_eligible")])
def test_an_hour_of_notice_for_params(ledger: TestLedger, notice: int, code: str) -> None:
    adopt(ledger, capped())
    start = ledger.time + 2 * DAY
    proposed = propose(ledger, capped(2, 8), lane="params", not_before=start)
    ledger.time = start - notice
    assert commit(ledger, proposed.statement).code == code


@pytest.mark.parametrize("lane", ["params", "emergency"])
@pytest.mark.parametrize(("voices", "code"), [(1, "not_eligible"), (2, "ok")])
def test_two_voices_for_quick_lanes(lane: str, voices: int, code: str) -> None:
    ledger = council(5, 4)
    actors = [f"m{n}/a" for n in range(1, 6)]
    proposed = propose(ledger, capped(), *actors[:4])
    assert commit(ledger, proposed.statement).code == "ok"
    ledger.time += 2 * DAY
    tick(ledger)
    again = propose(ledger, quickly(lane, 2, 8), *actors[:voices], lane=lane)
    assert commit(ledger, again.statement).code == code


@pytest.mark.parametrize("lane", ["params", "emergency"])
def test_a_quick_change_that_waits_blocks_no_quorum(ledger: TestLedger, lane: str) -> None:
    adopt(ledger, capped())
    far = ledger.time + 900 * DAY
    quick = propose(ledger, quickly(lane, 2, 8), lane=lane, not_before=far)
    assert commit(ledger, quick.statement).code == "ok"
    again = propose(ledger, quickly(lane, 2, 7), lane=lane, not_before=far)
    assert commit(ledger, again.statement).code == "already_exists"
    whole = propose(ledger, capped(2, 6))
    assert commit(ledger, whole.statement).code == "ok"
    ledger.time += 2 * DAY
    assert told(tick(ledger)) == [("activated", NAME, 2)]
    assert "waiting" not in standing(ledger, NAME)
    [adopted] = in_force(state(ledger), "disbursement.handout")
    assert adopted.contract.params == {"cap": 6}
    quick = propose(ledger, capped(3, 6, basis="x") if lane == "emergency" else capped(3, 5),
                    lane=lane, not_before=far)  # fmt: skip
    assert commit(ledger, quick.statement).code == "ok"
    body = {"contract": NAME, "reason": "over", "scope": "consortium"}
    assert ledger.say("contract.retire", body, ANA, "blue/eve").code == "ok"
    ledger.time += DAY
    assert told(tick(ledger)) == [("retired", NAME, 2)]
    assert standing(ledger, NAME) == {"last": 2}


# ---- emergencies --------------------------------------------------------------------------------


def test_an_emergency_version_ends_after_three_days(ledger: TestLedger) -> None:
    adopt(ledger, capped())
    old = document_hash(capped())
    proposed = propose(ledger, quickly("emergency", 2, 8), lane="emergency", not_before=0)
    assert commit(ledger, proposed.statement).code == "ok"
    [before] = in_force(state(ledger), "disbursement.handout")
    assert before.contract.hash == old
    assert told(tick(ledger)) == [("activated", NAME, 2)]
    ends = ledger.time + 72 * HOUR
    ledger.time = ends - 1
    assert tick(ledger) == []
    ledger.time = ends
    assert told(tick(ledger)) == [("returned", NAME, 1)]
    [after] = in_force(state(ledger), "disbursement.handout")
    assert after.contract.hash == old
    # Its number is used up.
    assert propose(ledger, capped(2)).code == "not_eligible"
    assert propose(ledger, capped(3)).code == "ok"


def test_nothing_quick_on_top_of_an_emergency(ledger: TestLedger) -> None:
    adopt(ledger, capped())
    proposed = propose(ledger, quickly("emergency", 2, 8), lane="emergency")
    ledger.time += 2 * DAY
    assert commit(ledger, proposed.statement).code == "ok"
    tick(ledger)
    for lane in ("params", "emergency"):
        answer = propose(ledger, quickly("emergency", 3, 7), lane=lane)
        assert answer.code == "not_eligible"
        assert answer.refusal is not None
        assert answer.refusal.values["wanted"] == "no emergency version before it"
    # A version that the quorum announced stays.
    kept = propose(ledger, capped(3, 7))
    assert commit(ledger, kept.statement).code == "ok"
    ledger.time += 2 * DAY
    assert told(tick(ledger)) == [("activated", NAME, 3)]
    assert "before" not in standing(ledger, NAME)
    ledger.time += 3 * DAY
    assert tick(ledger) == []


def test_an_emergency_asks_for_no_new_index(ledger: TestLedger) -> None:
    adopt(ledger, gate(contract="counting"))
    assert propose(ledger, counting(version=2), lane="emergency").code == "not_eligible"
    adopt(ledger, counting(contract="other"))
    assert len(indexes(state(ledger))) == 1
    assert propose(ledger, counting(version=2), lane="emergency").code == "ok"


# ---- new gates, circles, limits -----------------------------------------------------------------


def test_a_new_gate_is_in_shadow_first(ledger: TestLedger) -> None:
    for mode in ("warn", "enforce"):
        assert propose(ledger, gate(), mode=mode).code == "not_eligible"
    adopt(ledger, gate())
    enforce_at = propose(ledger, gate(version=2), mode="enforce")
    assert enforce_at.code == "ok"
    # In another scope it is new.
    assert propose(ledger, gate(), mode="enforce", scope="area:east").code == "not_eligible"
    # A trigger causes statements that gates judge: it may begin at once.
    assert propose(ledger, pool(), mode="enforce").code == "ok"


def test_a_trigger_that_becomes_a_gate_is_a_new_gate(ledger: TestLedger) -> None:
    adopt(ledger, pool(), mode="enforce")
    document = gate(contract="red-alert-money", version=2)
    assert propose(ledger, document, mode="enforce").code == "not_eligible"
    assert propose(ledger, document).code == "ok"


A, B, C, D = ("alert.declare", "case.open", "disbursement.instruct", "shipment.order")


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([], 0),
        ([Node("a", (A,), ())], 0),
        ([Node("a", (A,), (B,))], 1),
        ([Node("a", (A,), (B,)), Node("b", (B,), ())], 1),
        ([Node("a", (A,), (B,)), Node("b", (B,), (C,)), Node("c", (C,), (D,))], 3),
        ([Node("a", (A,), (B,)), Node("b", (B,), (C,)), Node("c", (C,), (D,)),
          Node("d", (D,), ("x.y",))], 4),
        ([Node("a", (A,), (B,)), Node("b", (B,), (A,))], None),
        ([Node("a", (A,), (A,))], None),
        ([Node("a", (A,), (B, C)), Node("b", (B,), (D,)), Node("c", (C,), (D,))], 2),
        ([Node("a", (A,), (B,)), Node("b", (B,), (C,)), Node("c", (C,), (D,)), Node("d", (D,), (B,))],
         None),
    ],
)  # fmt: skip
def test_depth(nodes: list[Node], expected: int | None) -> None:
    assert depth(nodes) == expected
    assert depth(nodes[::-1]) == expected


def raising(name: str, kind: str, it: dict[str, Any], level: str) -> dict[str, Any]:
    """A trigger on `kind` that opens a case when `level` holds."""
    return {
        "contract": name, "version": 1, "engine": "rcel/1", "kind": "trigger", "kinds": [kind],
        "title": text("Case"), "basis": "by-law 4",
        "effects": [{"id": "open", "when": level,
                     "raise_alert": {"code": "'look'", "subject": "'all'"}}],
        "tests": [
            {"name": "yes", "given": {"it": it}, "expect": {"effects": [{"raise_alert": {}}]}},
            {"name": "no", "given": {"it": {name: "" if isinstance(part, str) else 0
                                            for name, part in it.items()}},
             "expect": {"effects": []}},
        ],
    }  # fmt: skip


def test_a_circle_is_not_valid(ledger: TestLedger) -> None:
    adopt(ledger, raising("one", "alert.declare", {"level": 4}, "it.level >= 4"))
    # A case that opens a case would go on for ever, and is refused already as a document.
    own = propose(ledger, raising("own", "case.open", {"class": "x"}, "it.class == 'x'"))
    assert own.code == "contract_invalid"


def test_sixteen_gates_for_one_statement(ledger: TestLedger) -> None:
    scopes = ["consortium"] * 10 + ["area:east"] * 6
    waiting = []
    for number, scope in enumerate(scopes):
        proposed = propose(ledger, gate(contract=f"gate-{number}"), scope=scope)
        waiting.append(proposed.statement)
    more = propose(ledger, gate(contract="one-more"), scope="area:east")
    everywhere = propose(ledger, gate(contract="everywhere"))
    other = propose(ledger, gate(contract="elsewhere"), scope="area:county")
    for one in waiting:
        assert commit(ledger, one).code == "ok"
    assert commit(ledger, more.statement).code == "not_eligible"
    assert commit(ledger, everywhere.statement).code == "not_eligible"
    assert commit(ledger, other.statement).code == "ok"
    body = proposal(gate(contract="gate-3", version=1, basis="new"), ledger)
    assert ledger.say("contract.propose", body, ANA).code == "ok"


def test_enforcing(ledger: TestLedger) -> None:
    enforce(ledger, gate())
    [adopted] = in_force(state(ledger), "disbursement.handout")
    assert adopted.mode == "enforce"
