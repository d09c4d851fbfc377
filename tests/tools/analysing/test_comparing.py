"""What is asked of two contracts: versions that decide otherwise, contracts that say things twice.

Goal: a difference is shown by a statement on which our own engine decides otherwise, none is claimed
where there is none, and what was not looked at is named. Method: the smallest gate and trigger against
themselves with one thing changed.
"""

from typing import Any

import pytest

pytest.importorskip("z3", reason="the extra `analysis` is not installed: no z3-solver")

from catalogues import CATALOGUE
from documents import compiled, gate, text, trigger

from tools.analysing.asking import State
from tools.analysing.comparing import Comparison, compare, strength
from tools.analysing.examples import facts_of, told, verdict_of
from tools.analysing.questions import Finding

ROW = {"h": {"record": "household", "key": "it.household"}}
SUM = {"sum": "qty", "of": "disbursement.handout", "by": {"household": "it.household"}, "window": "7d",
       "type": "int[parcel](0..9)"}  # fmt: skip
FREE = [{"name": name, "given": {}, "expect": "allow"} for name in "ab"]
NONE = [{"name": name, "given": {}, "expect": {"effects": []}} for name in "ab"]
EFFECT: dict[str, Any] = trigger()["effects"][0]


def rule(require: str, otherwise: str = "deny", name: str = "r", **changes: Any) -> dict[str, Any]:
    rules = [{"id": name, "require": require, "else": otherwise, "say": text("no")}]
    return gate(rules=rules, tests=FREE, **changes)


def compared(old: dict[str, Any], new: dict[str, Any]) -> Comparison:
    return compare(compiled(old), compiled(new), CATALOGUE)


def found(old: dict[str, Any], new: dict[str, Any]) -> list[Finding]:
    return [one for one in compared(old, new).analysis.findings if one.told]


DIFFERENT: list[tuple[dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = [
    # old, new, the (before, after) that there are
    (rule("it.qty <= 9"), rule("it.qty <= 10"), [("deny", "allow")]),
    (rule("it.qty <= 9"), rule("it.qty <= 8"), [("allow", "deny")]),
    (rule("it.qty <= 9"), rule("it.qty != 9"), [("allow", "deny"), ("deny", "allow")]),
    (rule("it.qty <= 9"), rule("it.qty <= 9", "hold"), [("deny", "hold")]),
    (rule("it.qty <= 9", "flag"), rule("it.qty <= 8", "hold"), [("allow", "hold"), ("flag", "hold")]),
    (rule("it.qty <= 9"), rule("it.qty <= 9", where="it.qty != 10"), [("deny", "allow")]),
    (rule("it.qty <= 9"), rule("90 / (it.qty - 1) >= 10"),
     [("allow", "error"), ("deny", "allow")]),
    # a row that only one of them reads may be missing
    (rule("it.qty <= 9"), rule("it.qty <= 9 && (h.eligible || !h.eligible)", facts=ROW), [("allow", "error")]),
]  # fmt: skip


@pytest.mark.parametrize("n", range(len(DIFFERENT)))
def test_a_difference_has_an_example(n: int) -> None:
    before, after, wanted = DIFFERENT[n]
    old, new = compiled(before), compiled(after)
    told_of = found(before, after)
    assert [(one.values["before"], one.values["after"]) for one in told_of] == wanted
    for one in told_of:
        assert one.wrong and one.answer.example is not None
        verdicts = (verdict_of(contract, one.answer.example) for contract in (old, new))
        assert tuple(map(strength, verdicts)) == (one.values["before"], one.values["after"])


SAME: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (rule("it.qty <= 9"), rule("it.qty <= 9")),
    (rule("it.qty <= 9"), rule("it.qty < 10")),
    (rule("it.qty <= 9"), rule("!(it.qty > 9)", where="it.qty > 9 || it.qty <= 9")),
    # whether it applies and allows, or does not apply, is the same for a statement
    (rule("it.qty <= 9"), rule("false", where="it.qty > 9")),
    (rule("it.qty * 2 <= x", params={"x": {"type": "int[parcel](0..99)", "value": 19}}),
     rule("it.qty <= x", params={"x": {"type": "int[parcel](0..99)", "value": 9}})),
    (rule("h.eligible", facts=ROW), rule("g.eligible", facts={"g": ROW["h"]})),
    (rule("it.item_class in ['a', 'b']"), rule("it.item_class == 'b' || it.item_class == 'a'")),
    (trigger(), trigger(effects=[{**EFFECT, "when": "!(it.level < 4)"}])),
]  # fmt: skip


@pytest.mark.parametrize("n", range(len(SAME)))
def test_where_nothing_differs_nothing_is_told(n: int) -> None:
    findings = compared(*SAME[n]).analysis.findings
    assert {one.answer.state for one in findings} == {State.NO} and len(findings) > 20


def test_the_same_outcome_by_other_rules() -> None:
    (only,) = found(rule("it.qty <= 9"), rule("it.qty <= 9", name="s"))
    assert only.question == "rules_differ" and only.wrong and only.answer.example is not None
    assert only.answer.example.it["qty"] == 10


def test_effects_that_differ() -> None:
    for changes in (
        {"when": "it.level >= 5"},
        {"notify": {**EFFECT["notify"], "to": "'other'"}},
        {"notify": {**EFFECT["notify"], "subject": "it.level == 5 ? 'a' : it.alert"}},
    ):
        (only,) = found(trigger(), trigger(tests=NONE, effects=[{**EFFECT, **changes}]))
        assert only.question == "effects_differ" and only.answer.example is not None
    two = [EFFECT, {**EFFECT, "id": "more"}]
    (only,) = found(trigger(), trigger(tests=NONE, effects=two))
    assert only.question == "effects_differ"


def test_facts_that_differ_are_two_unknowns_and_named() -> None:
    old, new = (rule("f <= 3", facts={"f": {**SUM, "window": window}}) for window in ("7d", "14d"))
    result = compared(old, new)
    assert result.apart == ("f",)
    one = next(one for one in result.analysis.findings if one.told)
    assert one.answer.example is not None
    mine, theirs = (facts_of(compiled(each), one.answer.example)["f"] for each in (old, new))
    assert (mine <= 3) != (theirs <= 3)  # type: ignore[operator]
    assert compared(old, old).apart == ()


def test_a_key_that_reads_another_param_finds_another_fact() -> None:
    def capped(value: str) -> dict[str, Any]:
        params = {"who": {"type": "str<tag>", "value": value}}
        fact = {"f": {**SUM, "by": {"household": "who"}}}
        return rule("f <= 3", facts=fact, params=params)

    assert compared(capped("a"), capped("a")).apart == ()
    assert compared(capped("a"), capped("b")).apart == ("f",)


def test_kinds_and_fields_that_are_not_compared() -> None:
    other = compared(rule("it.qty <= 9"), rule("it.qty <= 9", kinds=["disbursement.release"]))
    assert other.kinds == () and other.analysis.findings == ()
    assert other.only == ("disbursement.handout", "disbursement.release")
    budget = {"fund": "'F'", "per_firing": 1}
    assert compared(trigger(), trigger(budget=budget)).unread == ("budget",)


def test_it_is_what_both_see() -> None:
    """The second judges two kinds, so that it sees fewer fields; the first still has its own."""
    both = ["disbursement.handout", "shipment.dispatch"]
    (only,) = found(
        rule("it.qty <= 9"), rule("it.site == 'x'", kinds=both, contract="nine-at-most")
    )[:1]
    assert only.answer.example is not None
    assert set(told(compiled(rule("it.qty <= 9")), only.answer.example)["it"]) == {"qty"}  # type: ignore[arg-type]


# ---- two contracts -------------------------------------------------------------------------------


def questions(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, ...]]:
    """What is told of two contracts with ids of their own."""
    return [
        (one.question, *one.values.values()) for one in found(old, {**new, "contract": "another"})
    ]


def test_a_contract_that_decides_nothing_beside_another() -> None:
    idle = ("contract_without", "another", "nine-at-most")
    assert questions(rule("it.qty <= 9"), rule("it.qty <= 10")) == [idle]
    assert questions(rule("it.qty <= 9"), rule("it.qty <= 8")) == [
        ("contract_without", *idle[:0:-1])
    ]
    assert questions(rule("it.qty <= 9"), rule("it.qty <= 9")) == [
        ("contract_without", *idle[:0:-1]),
        idle,
    ]
    assert questions(rule("it.qty <= 9"), rule("it.qty != 8")) == []


def test_rules_of_two_contracts_that_disagree() -> None:
    (only,) = questions(rule("it.qty <= 9"), rule("it.qty <= 8 || it.qty > 10", "hold", name="s"))
    assert only == ("contracts_together", "r", "s", "deny", "hold")
    assert questions(rule("it.qty <= 9"), rule("it.qty != 8", "hold", name="s")) == []


def test_effects_of_two_contracts_that_both_happen() -> None:
    late = trigger(effects=[{**EFFECT, "id": "late", "when": "it.level == 5"}], tests=NONE)
    never = trigger(effects=[{**EFFECT, "id": "never", "when": "it.level < 4"}], tests=NONE)
    assert questions(trigger(), late) == [("effects_together", "tell", "late", "notify")]
    assert questions(trigger(), never) == []
