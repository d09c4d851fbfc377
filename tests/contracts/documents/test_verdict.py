"""The verdict of a contract: which rules fail, what counts, what an error does, what is caused.

Goal: all reasons are told, the worst counts, an error never lets anything pass, and facts that are
missing or of another type are errors only where they are read.
Method: small contracts on values of every kind, held against outcomes worked out by hand; a naive
second reading of rules that only compare numbers.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from documents import compiled, gate, library, text, trigger
from hypothesis import given
from hypothesis import strategies as st

from contracts.documents.verdict import MISSING, Outcome, Verdict, decide, worst
from contracts.rcel.errors import ErrorKind

AT = 1_712_300_000
ROOT = Path(__file__).resolve().parents[3]


def handout(qty: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "at": AT, "household": "H1", "area": "HL-01", "site": "S1", "item_class": "food_parcel",
        "qty": qty, **changes,
    }  # fmt: skip


def rule(name: str, require: str, otherwise: str = "deny") -> dict[str, Any]:
    return {"id": name, "require": require, "else": otherwise, "say": text(name)}


def judged(document: dict[str, Any], it: Any, facts: Any = None, item: Any = None) -> Verdict:
    return decide(compiled(document), it, facts or {}, item=item)


ALL = [rule("d", "it.qty != 1 && it.qty != 7"), rule("h", "it.qty != 2 && it.qty != 7", "hold"),
       rule("f", "it.qty != 3 && it.qty != 7", "flag")]  # fmt: skip


@pytest.mark.parametrize(
    ("qty", "outcome", "failed"),
    [
        (9, "allow", {}),
        (1, "deny", {"d": "deny"}),
        (2, "hold", {"h": "hold"}),
        (3, "flag", {"f": "flag"}),
        (7, "deny", {"d": "deny", "h": "hold", "f": "flag"}),
    ],
)
def test_every_rule_is_told_and_the_worst_counts(qty: int, outcome: str, failed: Any) -> None:
    found = judged(gate(rules=ALL, tests=TWO), handout(qty))
    assert (found.outcome, found.failed, found.error) == (outcome, failed, False)


TWO = [{"name": "a", "given": {}, "expect": "allow"}, {"name": "b", "given": {}, "expect": "skip"}]


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["deny", "hold", "flag"])), min_size=1, max_size=8), st.integers(1, 9))  # fmt: skip
def test_a_naive_reading_agrees(limits: list[tuple[int, str]], qty: int) -> None:
    rules = [
        rule(f"r{n}", f"it.qty <= {most}", verdict) for n, (most, verdict) in enumerate(limits)
    ]
    found = judged(gate(rules=rules, tests=TWO), handout(qty))
    failed = {f"r{n}": verdict for n, (most, verdict) in enumerate(limits) if qty > most}
    order = ["allow", "flag", "hold", "deny"]
    assert found.failed == failed
    assert found.outcome == max(["allow", *failed.values()], key=order.index)


def test_worst_of_none_is_allow() -> None:
    assert worst() is Outcome.ALLOW
    for n, one in enumerate(Outcome):
        assert all(worst(one, other) is one for other in list(Outcome)[: n + 1])


def test_where_it_does_not_apply_nothing_is_read() -> None:
    facts = {"f": {"record": "area", "key": "it.area"}}
    document = gate(where="it.qty > 5", facts=facts, rules=[rule("a", "f.declared")], tests=TWO)
    found = judged(document, handout(1))
    assert (found.applies, found.outcome, found.read, found.error) == (False, "allow", {}, False)


# ---- errors --------------------------------------------------------------------------------------

FACTS = {"area": {"record": "area", "key": "it.area"}}
DECLARED = gate(
    facts=FACTS, rules=[rule("a", "area.declared"), rule("q", "it.qty < 5", "flag")], tests=TWO
)


@pytest.mark.parametrize(
    ("area", "kind"),
    [
        (MISSING, ErrorKind.FACT_MISSING),
        (None, ErrorKind.FACT_MISSING),
        (ErrorKind.FACT_RANGE, ErrorKind.FACT_RANGE),
        ({"declared": 1}, ErrorKind.FACT_RANGE),
        ({}, ErrorKind.FACT_RANGE),
        ({"declared": True, "more": 1}, ErrorKind.FACT_RANGE),
        ("HL", ErrorKind.FACT_RANGE),
    ],
)
def test_a_fact_that_is_not_there_denies_and_other_reasons_are_told(
    area: Any, kind: ErrorKind
) -> None:
    found = judged(DECLARED, handout(9), {} if area is None else {"area": area})
    assert found.outcome is Outcome.DENY and found.error
    assert found.failed == {"a": "error", "q": "flag"}
    assert found.errors == {"rules.a": kind} and found.read == {}


def test_a_missing_fact_that_nobody_needs_is_no_error() -> None:
    rules = [rule("a", "it.qty < 5 || area.declared")]
    document = gate(facts=FACTS, rules=rules, tests=TWO)
    assert judged(document, handout(1)).outcome is Outcome.ALLOW
    assert judged(document, handout(5)).error


def test_an_optional_record_that_is_missing_has_no_fields() -> None:
    facts = {"area": {"record": "area", "key": "it.area", "optional": True}}
    rules = [rule("a", "has(area.declared) ? area.declared : it.qty < 2")]
    document = gate(facts=facts, rules=rules, tests=TWO)
    assert judged(document, handout(1)).outcome is Outcome.ALLOW
    assert judged(document, handout(2)).outcome is Outcome.DENY
    assert judged(document, handout(2), {"area": {"declared": True}}).outcome is Outcome.ALLOW
    broken = judged(document, handout(1), {"area": ErrorKind.FACT_RANGE})
    assert broken.error and broken.outcome is Outcome.DENY


@pytest.mark.parametrize(
    ("changes", "where", "kind"),
    [
        ({"where": "9007199254740991 * 9007199254740991 > it.qty - it.qty"}, "where", "overflow"),
        ({"let": {"x": "it.qty / (it.qty - it.qty)"}}, "let.x", "div_zero"),
        ({"let": {"x": "it.qty % 0"}}, "let.x", "div_zero"),
        ({"let": {"x": "[1, 2][size([1, 2, 3])]"}}, "let.x", "index"),
        (
            {"rules": [rule("a", "mulDivFloor(it.qty, 1, size([it.qty]) - 1) > 0")]},
            "rules.a",
            "divisor",
        ),
    ],
)
def test_an_error_anywhere_denies(changes: Any, where: str, kind: str) -> None:
    found = judged(gate(**{"rules": [rule("a", "true")], "tests": TWO, **changes}), handout(1))
    assert (found.outcome, found.error, found.errors) == ("deny", True, {where: kind})
    assert found.applies and found.effects == ()


def test_rules_that_read_a_broken_let_fail_as_well() -> None:
    rules = [rule("a", "x > 0"), rule("b", "it.qty > 5"), rule("c", "it.qty < 5 || x > 0")]
    found = judged(gate(let={"x": "1 / 0", "y": "x + 1"}, rules=rules, tests=TWO), handout(1))
    assert found.failed == {"a": "error", "b": "deny"}
    assert found.errors == {"let.x": "div_zero", "let.y": "div_zero", "rules.a": "div_zero"}
    assert found.outcome is Outcome.DENY


def test_a_fault_of_ours_is_not_caught() -> None:
    with pytest.raises(KeyError):
        judged(gate(), {"at": AT})


# ---- effects -------------------------------------------------------------------------------------


def test_effects_of_a_gate_fire_on_hold_and_not_on_deny() -> None:
    effect = {
        "id": "e",
        "open_approval": {"subject": "it.area", "min_orgs": "2", "expires_in": "60"},
    }
    rules = [rule("h", "it.qty < 5", "hold"), rule("d", "it.qty < 9")]
    document = gate(rules=rules, effects=[effect], tests=TWO)
    for qty, outcome, count in ((1, "allow", 1), (5, "hold", 1), (9, "deny", 0)):
        found = judged(document, handout(qty))
        assert (found.outcome, len(found.effects)) == (outcome, count)
    [fired] = judged(document, handout(5)).effects
    assert (fired.id, fired.verb) == ("e", "open_approval")
    assert list(fired.fields.items()) == [("subject", "HL-01"), ("min_orgs", 2), ("expires_in", 60)]


NOTE = {"id": "n", "notify": {"to": "'x'", "code": "'y'", "subject": "it.alert"}}


@pytest.mark.parametrize(("level", "error"), [(0, True), (1, False), (2, False), (5, False)])
def test_a_field_out_of_range_is_an_error_and_nothing_is_done(level: int, error: bool) -> None:
    """`min_orgs` is 1 to 9; the other effect does not happen either."""
    ask = {
        "id": "a",
        "open_approval": {"subject": "'s'", "min_orgs": "it.level", "expires_in": "1"},
    }
    document = trigger(effects=[NOTE, ask], tests=TWO)
    found = judged(document, {"at": AT, "alert": "A", "level": level, "areas": []})
    assert found.error == error
    assert [one.id for one in found.effects] == ([] if error else ["n", "a"])
    if error:
        assert found.errors == {"effects.a": ErrorKind.EFFECT_RANGE}


def test_a_run_is_asked_twice() -> None:
    contract = compiled(library("alert-relief-money"))
    it = {"at": AT, "alert": "A1", "level": 4, "areas": ["HL-01"]}
    fund = {"fund": {"id": "F-EMERGENCY", "available": 10**10}}
    fired = decide(contract, it, fund)
    assert (fired.applies, fired.effects, fired.outcome) == (True, (), "allow")
    assert decide(contract, {**it, "level": 3}, fund).applies is False
    household = {"id": "H1", "persons": 2, "eligible": True, "bank_verified": True}
    found = decide(contract, it, {**fund, "paid_before": 0}, item=household)
    [pay] = found.effects
    assert pay.verb == "pay" and pay.fields["amount"] == 2_000_000 and pay.fields["to"] == "H1"
    # `where` is about the cause, and is not asked again for an item.
    assert decide(contract, {**it, "level": 0}, {**fund, "paid_before": 0}, item=household).effects
    missing = decide(contract, it, fund, item=household)
    assert missing.error and missing.errors["let.ready"] is MISSING and missing.effects == ()


# ---- what was read -------------------------------------------------------------------------------


def test_what_was_read_is_named_and_sorted() -> None:
    contract = compiled(library("household-food-cap"))
    household = {"id": "H1", "persons": 3, "eligible": True, "bank_verified": False}
    facts: Any = {"household": household, "area": {"declared": True}, "received": 3}
    found = decide(contract, handout(4), facts)
    assert list(found.read.items()) == [
        ("area.declared", True),
        ("household.eligible", True),
        ("household.persons", 3),
        ("received", 3),
    ]
    assert (found.values["cap"], found.values["left"], found.values["per_person"]) == (6, 3, 2)
    del facts["received"]
    assert "received" not in decide(contract, handout(4), facts).read


def test_values_that_come_in_are_not_changed() -> None:
    contract = compiled(library("household-food-cap"))
    it, facts = handout(4), {"area": {"declared": True}, "received": 3}
    before = (dict(it), {**facts, "area": {"declared": True}})
    decide(contract, it, facts)  # type: ignore[arg-type]
    assert (it, facts) == before
    assert dict(contract.params) == {"per_person": 2}


# ---- the same everywhere -------------------------------------------------------------------------

DIGEST = """
import hashlib
from documents import SIX, compiled, library
from contracts.documents.cases import run_cases
from ledger.canon import encode
made = hashlib.sha256()
for name in SIX:
    contract = compiled(library(name))
    made.update(contract.hash.encode())
    for result in run_cases(contract):
        one = result.verdict
        made.update(encode([one.outcome, dict(one.failed), dict(one.read), list(one.failed), list(one.read),
                            [[e.id, e.verb, dict(e.fields)] for e in one.effects]]))
print(made.hexdigest())
"""


def test_verdicts_do_not_depend_on_hash_seeds() -> None:
    """The order of Python's sets differs from run to run; nothing here may follow it."""
    found = set()
    for seed in ("0", "1", "4242"):
        done = subprocess.run(
            [sys.executable, "-c", DIGEST],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(done.stdout)
    assert len(found) == 1 and len(found.pop().strip()) == 64
