"""What is asked of one contract: each question with the smallest yes and the smallest no.

Goal: what is called impossible is, what is shown is so for our own engine, and what z3 does not find
out is said to be unknown. Method: the smallest gate and trigger with one thing changed; every example
is judged again.
"""

from typing import Any

import pytest

pytest.importorskip("z3", reason="the extra `analysis` is not installed: no z3-solver")

from catalogues import CATALOGUE
from documents import compiled, gate, text, trigger

from contracts.documents.cases import outcome_of
from tools.analysing.asking import State
from tools.analysing.examples import facts_of, told, verdict_of
from tools.analysing.questions import TOLD, Finding, analyse

EFFECT: dict[str, Any] = trigger()["effects"][0]
ROW = {"h": {"record": "household", "key": "it.household"}}
MAYBE = {"h": {"record": "household", "key": "it.household", "optional": True}}
COUNT = {
    "f": {
        "count": 1,
        "of": "disbursement.handout",
        "by": {"household": "it.household"},
        "type": "int(0..9)",
    }
}
SUM = {"f": {"sum": "qty", "of": "disbursement.handout", "by": {"household": "it.household"},
             "type": "int[parcel](0..9007199254740991)"}}  # fmt: skip


def rules(*given: tuple[str, str, str], **changes: Any) -> dict[str, Any]:
    """A gate with these rules: (id, what must hold, else)."""
    made = [{"id": i, "require": r, "else": e, "say": text("no")} for i, r, e in given]
    tests = [{"name": name, "given": {}, "expect": "allow"} for name in "ab"]
    return gate(rules=made, tests=tests, **changes)


def effects(*given: tuple[str, str], **changes: Any) -> dict[str, Any]:
    return trigger(effects=[{**EFFECT, "id": i, "when": w} for i, w in given], **changes)


def asks(when: str) -> dict[str, Any]:
    """A trigger that asks as many organisations as the level says: 1 to 9 can be asked."""
    fields = {"subject": "it.alert", "min_orgs": "it.level", "expires_in": "1"}
    tests = [{"name": name, "given": {}, "expect": {"effects": []}} for name in "ab"]
    return trigger(effects=[{"id": "ask", "when": when, "open_approval": fields}], tests=tests)


def asked(document: dict[str, Any], **options: Any) -> list[Finding]:
    return list(analyse(compiled(document), CATALOGUE, **options).findings)


def answers(found: list[Finding], question: str, **about: str) -> list[Finding]:
    return [
        one for one in found if one.question == question and about.items() <= one.values.items()
    ]


def answer(found: list[Finding], question: str, **about: str) -> Finding:
    """The first: an expression that can be an error is asked again for another kind of error."""
    return answers(found, question, **about)[0]


CASES: list[tuple[str, dict[str, str], dict[str, Any], dict[str, Any]]] = [
    # question, what it is about, the smallest contract with yes, the smallest with no
    ("applies", {}, gate(where="it.qty > 9999"), gate(where="it.qty > 10000")),
    ("applies", {}, trigger(where="it.level == 5"), trigger(where="it.level == 6")),
    ("applies", {}, gate(where="it.item_class == 'x'"),
     gate(where="it.item_class == 'x' && it.item_class == 'y'")),
    ("applies", {}, gate(where="it.item_class == x", params={"x": {"type": "str<itemclass>", "value": "x"}}),
     gate(where="it.item_class == x && it.item_class != 'x'",
          params={"x": {"type": "str<itemclass>", "value": "x"}})),
    ("applies", {}, gate(where="it.area.startsWith('hl') && it.area != 'hl'"),
     gate(where="it.area.startsWith('hl') && it.area.startsWith('tp')")),
    ("applies", {}, gate(where="it.area.startsWith('hl-') && it.area.startsWith('hl')"),
     gate(where="it.area.startsWith('hl-') && !it.area.startsWith('hl')")),
    ("applies", {}, trigger(where="size(it.areas) == 4"), trigger(where="size(it.areas) < 0")),
    ("applies", {}, trigger(where="it.areas.exists(a, a == 'x') && size(it.areas.distinct()) < size(it.areas)"),
     trigger(where="size(it.areas.distinct()) > size(it.areas)")),
    ("fails", {"rule": "r"}, rules(("r", "it.qty < 10000", "deny")), rules(("r", "it.qty < 10001", "deny"))),
    ("fails", {"rule": "r"}, rules(("r", "it.qty != 9", "deny"), where="it.qty >= 9"),
     rules(("r", "it.qty != 8", "deny"), where="it.qty >= 9")),
    ("fails", {"rule": "r"}, rules(("r", "has(h.persons)", "deny"), facts=MAYBE),
     rules(("r", "!has(h.persons) || h.persons >= 0", "deny"), facts=MAYBE)),
    ("passes", {"rule": "r"}, rules(("r", "it.qty > 9999", "deny")), rules(("r", "it.qty > 10000", "deny"))),
    ("passes", {"rule": "r"}, rules(("r", "f * it.qty == 90000", "deny"), facts=COUNT),
     rules(("r", "f * it.qty == 90001", "deny"), facts=COUNT)),
    ("fires", {"effect": "e"}, effects(("e", "it.level == 5")), effects(("e", "it.level > 5"))),
    ("fires", {"effect": "e"}, effects(("e", "it.level == 3"), where="it.level >= 3"),
     effects(("e", "it.level == 2"), where="it.level >= 3")),
    ("without", {"rule": "r", "other": "s"},
     rules(("r", "it.qty <= 9", "deny"), ("s", "it.qty <= 10", "deny")),
     rules(("r", "it.qty <= 10", "deny"), ("s", "it.qty <= 9", "deny"))),
    ("without", {"rule": "r", "other": "s"},
     rules(("r", "it.qty <= 9", "flag"), ("s", "it.qty <= 10", "hold")),
     rules(("r", "it.qty <= 9", "flag"), ("s", "it.qty <= 9", "hold"))),
    ("together", {"rule": "r", "other": "s"},
     rules(("r", "it.qty <= 9", "flag"), ("s", "it.qty <= 9", "deny")),
     rules(("r", "it.qty <= 9", "flag"), ("s", "it.qty >= 10", "deny"))),
    ("error", {"part": "rules.r"}, rules(("r", "9 / f > 1", "deny"), facts=COUNT),
     rules(("r", "f == 0 || 9 / f > 1", "deny"), facts=COUNT)),
    ("error", {"part": "let.x"}, gate(let={"x": "f * 1025"}, facts=SUM), gate(let={"x": "f * 1024"}, facts=SUM)),
    ("error", {"part": "let.x"}, trigger(let={"x": "it.areas[4 - it.level]"}),
     trigger(let={"x": "[1, 2, 3, 4, 5, 6][it.level]"})),
    ("error", {"part": "let.x"}, trigger(let={"x": "mulDivFloor(7, 1, it.level)"}),
     trigger(let={"x": "mulDivFloor(7, 1, it.level + 1)"})),
    ("error", {"part": "where"}, trigger(where="9 / it.level > 0"), trigger(where="9 / (it.level + 1) > 0")),
    ("error", {"part": "effects.ask"}, asks("true"), asks("it.level > 0")),
    ("missing", {"fact": "h"}, rules(("r", "h.eligible", "deny"), facts=ROW),
     rules(("r", "it.qty > 0 || h.eligible", "deny"), facts=ROW)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{one[0]}" for n, one in enumerate(CASES)])
def test_the_smallest_yes_and_the_smallest_no(case: Any) -> None:
    question, about, yes, no = case
    found = answer(asked(yes), question, **about)
    assert found.answer.state is State.YES and found.answer.example is not None
    assert found.told == (TOLD[question][0] is State.YES)
    other = answers(asked(no), question, **about)
    assert [one.answer.state for one in other] in ([State.NO], [])
    # What is not asked had no place where it could go wrong.
    assert other or question == "error"
    assert all(one.told == (TOLD[question][0] is State.NO) for one in other)


def test_what_never_applies_is_asked_nothing_else() -> None:
    (only,) = asked(gate(where="it.qty > 10000"))
    assert only.question == "applies" and only.told and only.wrong


def test_of_two_equal_rules_one_is_kept() -> None:
    found = asked(rules(("r", "it.qty <= 9", "deny"), ("s", "it.qty < 10", "deny")))
    assert [one.values["rule"] for one in found if one.question == "without" and one.told] == ["r"]


def test_a_stricter_rule_is_never_called_idle_beside_a_milder_one() -> None:
    found = asked(rules(("r", "it.qty <= 9", "deny"), ("s", "it.qty <= 8", "flag")))
    assert {one.values["rule"] for one in found if one.question == "without"} == {"s"}


def test_examples_are_small_and_say_what_is_claimed() -> None:
    contract = compiled(
        rules(("r", "h.persons < 3 || it.qty <= f * 2", "deny"), facts={**ROW, **SUM})
    )
    found = answer(list(analyse(contract, CATALOGUE).findings), "fails", rule="r")
    assert found.answer.example is not None
    verdict = verdict_of(contract, found.answer.example)
    assert (outcome_of(verdict), list(verdict.failed)) == ("deny", ["r"])
    # Three persons are the fewest, one parcel the least; texts are the usual ones.
    assert told(contract, found.answer.example) == {"it": {"qty": 1}, "h": {"persons": 3}, "f": 0}
    assert found.answer.example.it["household"] == "tag-1"


def test_each_kind_of_error_has_an_example_of_its_own() -> None:
    contract = compiled(gate(let={"x": "f * 1025 / (it.qty - 1)"}, facts=SUM))
    found = [one for one in analyse(contract, CATALOGUE).findings if one.question == "error"]
    assert [one.values["kind"] for one in found] in (
        ["overflow", "div_zero", ""],
        ["div_zero", "overflow", ""],
    )
    for one in found[:-1]:
        assert one.answer.example is not None
        assert verdict_of(contract, one.answer.example).errors == {"let.x": one.values["kind"]}


def test_an_error_of_what_is_read_is_not_told_again() -> None:
    found = asked(rules(("r", "y > 0", "deny"), let={"x": "9 / (it.qty - 1)", "y": "x + 1"}))
    assert {one.values["part"] for one in found if one.question == "error" and one.told} == {
        "let.x"
    }


def test_a_walk_is_asked_item_by_item() -> None:
    walk = {"as": "h", "over": "households", "having": {"area_in": "it.areas"}}
    contract = compiled(
        effects(("e", "it.level == 5 && h.persons == 7"), where="it.level > 4", foreach=walk)
    )
    found = answer(list(analyse(contract, CATALOGUE).findings), "fires", effect="e")
    example = found.answer.example
    assert example is not None
    assert told(contract, example) == {"it": {"level": 5, "alert": "text-1"}, "h": {"persons": 7}}


def test_a_missing_row_is_missing_in_the_example() -> None:
    contract = compiled(rules(("r", "h.eligible", "deny"), facts=ROW))
    found = answer(list(analyse(contract, CATALOGUE).findings), "missing", fact="h")
    assert found.told and not found.wrong and found.answer.example is not None
    assert facts_of(contract, found.answer.example) == {}
    assert outcome_of(verdict_of(contract, found.answer.example)) == "error"


# ---- what is not known ---------------------------------------------------------------------------


def test_too_few_steps_are_said_to_be_unknown() -> None:
    fact = {"f": {**COUNT["f"], "type": "int(0..1000000)"}}
    (first, *_) = asked(gate(where="f * f % 9973 == 1234", facts=fact), steps_max=50)
    assert first.question == "applies" and first.answer.state is State.UNKNOWN
    assert first.told and not first.wrong


def test_what_a_test_of_the_document_shows_is_known() -> None:
    found = answer(asked(gate(where="it.qty > 0"), steps_max=1), "fails", rule="nine")
    assert found.answer.state is State.YES and found.answer.example is None


def test_what_the_model_leaves_open_is_never_claimed() -> None:
    """A text that begins by another: z3 may choose as it likes, our engine does not agree."""
    contract = compiled(
        gate(where="it.item_class == 'a' && it.item_class.startsWith(it.item_class) == false")
    )
    (first, *_) = analyse(contract, CATALOGUE).findings
    assert first.question == "applies" and first.answer.state is State.UNCONFIRMED
    assert first.told and not first.wrong and first.answer.example is None


def test_answers_are_repeatable() -> None:
    document = rules(("r", "h.persons < 3 || it.qty <= f * 2", "deny"), facts={**ROW, **SUM})
    assert asked(document) == asked(document)
