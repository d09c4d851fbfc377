"""Simulations: what a cap would have denied last month, by hand and against what the log did.

Goal: the figures are those that one works out by hand; history stays in observe mode and the denied leave
the windows in counterfactual mode; a contract in force in the same words differs nowhere, whatever became of
the statements; a tape serves other values of params, and says which contracts it cannot serve.
Method: a small ledger with a gift and allocations of known amounts; both sides of each boundary.
"""

from itertools import pairwise
from json import loads
from typing import Any

import pytest
from adopting import DAY, adopt
from documents import text, trigger
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import TestLedger
from simulated import allocate, capped, contract, history, receive, tape

from contracts.documents.verdict import decide
from contracts.simulating.removed import Timed
from contracts.simulating.simulation import MODES, Simulation, simulate

AMOUNTS = (60, 30, 20, 20, 10)


def run(ledger: TestLedger, document: dict[str, Any], **asked: Any) -> Simulation:
    stretch = {name: asked.pop(name) for name in ("low", "high", "scope") if name in asked}
    return simulate(tape(ledger, document, **stretch), contract(document), **asked)


def pairs(found: Simulation) -> dict[tuple[str, str], int]:
    return dict(found.outcomes)


def test_observe_leaves_history_as_it_was() -> None:
    found = run(history(AMOUNTS), capped(100))
    # 60, 90 fit; what is counted before the others is 90, 110, 130.
    assert pairs(found) == {("allow", "allow"): 2, ("allow", "deny"): 3}
    assert found.total.stopped.money == 20 + 20 + 10
    assert found.total.stopped.statements == found.flips == 3
    assert [one["entry"] for one in found.examples] == [10, 12, 14]
    says = found.examples[0]["says"]
    assert isinstance(says, dict)
    assert says["en"] == ["At most CNY 1.00 in 7 days; given CNY 0.90, now CNY 0.20."]
    assert set(says) == {"en", "zh_hans", "zh_hant"}


def test_counterfactual_lets_the_denied_leave() -> None:
    found = run(history(AMOUNTS), capped(100), mode="counterfactual")
    # 20 and 20 are denied, so that 10 fits again.
    assert pairs(found) == {("allow", "allow"): 3, ("allow", "deny"): 2}
    assert found.total.stopped.money == 40


@pytest.mark.parametrize(("most", "denied"), [(139, 1), (140, 0), (110, 2), (109, 3)])
def test_the_boundary(most: int, denied: int) -> None:
    assert run(history(AMOUNTS), capped(most)).flips == denied


def test_one_tape_serves_other_params() -> None:
    made = tape(history(AMOUNTS), capped(100))
    assert simulate(made, contract(capped(140))).flips == 0
    assert simulate(made, contract(capped(59))).flips == 5
    other = capped(100)
    other["facts"]["given"]["window"] = "14d"
    with pytest.raises(ValueError, match="kinds or facts"):
        simulate(made, contract(other))


def test_the_stretch_has_both_its_ends() -> None:
    ledger = history(AMOUNTS)
    times = [one.time for one in tape(ledger, capped()).seen]
    assert all(a < b for a, b in pairwise(times))
    made = tape(ledger, capped(), low=times[1], high=times[3])
    assert [one.time for one in made.seen] == times[1:3]
    # What was before the stretch is in the windows all the same.
    assert [one.looks[0].facts["given"] for one in made.seen] == [60, 90]


@pytest.mark.parametrize("mode", MODES)
def test_the_same_words_differ_nowhere(mode: Any) -> None:
    ledger = history([60])
    adopt(ledger, capped(100))
    adopt(ledger, capped(100), mode="enforce")
    begun = ledger.time
    codes = [str(allocate(ledger, amount).code) for amount in (30, 30, 10, 1)]
    assert codes == ["ok", "contract_denied", "ok", "contract_denied"]
    ledger.time += 8 * DAY
    assert allocate(ledger, 100).code == "ok"
    found = run(ledger, capped(100), low=begun, mode=mode)
    assert found.flips == 0 and found.examples == []
    assert sum(pairs(found).values()) == 5


def test_a_wider_cap_lets_go_what_was_denied() -> None:
    ledger = history([60])
    adopt(ledger, capped(100))
    adopt(ledger, capped(100), mode="enforce")
    begun = ledger.time
    assert allocate(ledger, 50).code == "contract_denied"
    found = run(ledger, capped(110, version=2), low=begun)
    assert pairs(found) == {("deny", "allow"): 1}
    assert found.total.let_go.money == 50 and found.total.stopped.money == 0


def test_another_gate_still_denies() -> None:
    ledger = history([60])
    other = capped(100, contract="second-cap")
    adopt(ledger, other)
    adopt(ledger, other, mode="enforce")
    begun = ledger.time
    assert allocate(ledger, 50).code == "contract_denied"
    assert pairs(run(ledger, capped(1_000), low=begun)) == {("deny", "deny"): 1}


def test_another_scope_is_not_asked() -> None:
    ledger = history(AMOUNTS)
    assert run(ledger, capped(100), scope="fund:other").total.statements == 0
    assert run(ledger, capped(100), scope="fund:flood").total.statements == 5


def test_groups_and_digest() -> None:
    ledger = history(AMOUNTS)
    by_member = run(ledger, capped(100), group_by="member")
    assert {name: one.flips for name, one in by_member.groups.items()} == {"red": 3}
    assert by_member.digest == run(ledger, capped(100), group_by="member").digest
    assert by_member.digest != run(ledger, capped(100), group_by="area").digest
    assert by_member.value()["digest"] == by_member.digest
    receive(ledger, 5, 2)
    assert by_member.digest != run(ledger, capped(100), group_by="member").digest


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(-5, 5)), max_size=20),
       st.integers(-1, 21), st.integers(-1, 21))  # fmt: skip
def test_sums_between_instants(rows: list[tuple[int, int]], after: int, until: int) -> None:
    timed = Timed()
    for at, n in rows:
        timed.add(at, n)
    if after <= until:
        assert timed.sum(after, until) == sum(n for at, n in rows if after < at <= until)


def laddered(**changes: Any) -> dict[str, Any]:
    """More than 0.50 at once waits for an organisation's approval."""
    document = capped(
        50,
        contract="ladder",
        facts=None,
        rules=[
            {
                "id": "two",
                "require": "it.amount <= most || size(it.approvals) > 0",
                "else": "hold",
                "say": text("{it.amount|money} waits for an approval."),
            }
        ],
        defaults={"it": {"amount": 1, "approvals": []}},
        tests=[
            {"name": "at it", "given": {"it": {"amount": 50}}, "expect": "allow"},
            {"name": "over it", "given": {"it": {"amount": 51}}, "expect": {"hold": ["two"]}},
        ],
    )
    document.update(changes)
    return document


def test_what_was_held_and_approved_differs_nowhere() -> None:
    """A statement is judged when it came; that it was posted later is history too."""
    ledger = history([60])
    adopt(ledger, laddered())
    adopt(ledger, laddered(), mode="enforce")
    begun = ledger.time
    held = allocate(ledger, 60)
    assert held.code == "held"
    given = ledger.say("approval.give", {"held": held.statement}, "blue/fay")
    assert given.code == "ok", given
    found = run(ledger, laddered(), low=begun)
    assert (pairs(found), found.flips) == ({("hold", "hold"): 1}, 0)
    # Without a contract there is nothing to wait for.
    wider = laddered(version=2)
    wider["params"]["most"]["value"] = 60
    wider["tests"] = [
        {"name": "at it", "given": {"it": {"amount": 60}}, "expect": "allow"},
        {"name": "over it", "given": {"it": {"amount": 61}}, "expect": {"hold": ["two"]}},
    ]
    found = run(ledger, wider, low=begun)
    assert pairs(found) == {("hold", "allow"): 1} and found.total.let_go.money == 60


def test_held_and_approved_in_one_batch_is_one_statement() -> None:
    ledger = history([60])
    adopt(ledger, laddered())
    adopt(ledger, laddered(), mode="enforce")
    begun = ledger.time
    draws = [{"amount": 60, "line": "flood.general"}]
    body = {"draws": draws, "programme": "flood-27", "purpose": "food"}
    asked = ledger.statement("fund.allocate", body, "red/bao")
    given = ledger.statement("approval.give", {"held": asked.id}, "blue/fay")
    assert [str(one.code) for one in ledger.run(asked, given)] == ["held", "ok"]
    found = run(ledger, laddered(), low=begun)
    assert pairs(found) == {("hold", "hold"): 1}
    wider = laddered(rules=laddered()["rules"][:1], version=2)
    wider["rules"][0]["else"] = "deny"
    wider["tests"][1]["expect"] = {"deny": ["two"]}
    found = run(ledger, wider, low=begun)
    assert (
        pairs(found) == {("hold", "deny"): 1}
        and len(tape(ledger, wider, low=begun).seen[0].looks) == 1
    )


def test_a_trigger_tells_how_often_it_fires() -> None:
    document = trigger(
        kinds=["fund.allocate"],
        effects=[
            {
                "id": "tell",
                "when": "it.amount >= 30",
                "notify": {"to": "'duty'", "code": "'much'", "subject": "it.purpose"},
            }
        ],
        defaults={"it": {"amount": 1, "purpose": "food"}},
        tests=[
            {
                "name": "much",
                "given": {"it": {"amount": 30}},
                "expect": {"effects": [{"notify": {}}]},
            },
            {"name": "less", "given": {}, "expect": {"effects": []}},
        ],
    )
    found = run(history(AMOUNTS), document)
    assert (dict(found.effects), found.flips) == ({"tell": 2}, 0)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60)), min_size=1, max_size=12),
       st.integers(1, 200))  # fmt: skip
def test_a_tape_says_what_the_shadow_said(steps: list[tuple[int, int]], most: int) -> None:
    """The oracle is the log: the same text was in shadow all along, and each entry records it."""
    ledger = history([5, 7])
    adopt(ledger, capped(most))
    begun = ledger.time
    recorded = []
    for amount, hours in steps:
        ledger.time += hours * 3_600
        answer = allocate(ledger, amount)
        assert answer.index is not None
        outcome = loads(ledger.memory.entries[answer.index])["outcome"]
        [record] = outcome["contracts"]
        recorded.append((record["outcome"], record["facts"], sorted(record["rules"])))
    made, cap = tape(ledger, capped(most), low=begun), contract(capped(most))
    said = [decide(cap, dict(one.looks[0].it), one.looks[0].facts) for one in made.seen]
    assert [(str(one.outcome), dict(one.read), sorted(one.failed)) for one in said] == recorded
