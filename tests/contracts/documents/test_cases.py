"""The tests that documents carry: what passes, what does not, and what they must show.

Goal: no contract is valid whose tests do not show every rule failing, every effect with and
without, and for a gate something that is allowed; a test never passes by a value nobody gave.
Method: tables of documents with one test changed or taken away.
"""

from typing import Any

import pytest
from catalogues import CATALOGUE
from documents import SIX, changed, codes, gate, library, problems, text, trigger

from contracts.documents.cases import accept_document, merge, run_cases

FIRST, SECOND = gate()["tests"]
RED, YELLOW = trigger()["tests"]
RULE = gate()["rules"][0]


def cases(*tests: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return gate(tests=list(tests), **changes)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    (cases(FIRST, {**SECOND, "expect": "allow"}), "tests[1].expect", "case_outcome"),
    (cases(FIRST, {**SECOND, "expect": {"hold": ["nine"]}}), "tests[1].expect", "case_outcome"),
    (cases(FIRST, {**SECOND, "expect": "skip"}), "tests[1].expect", "case_outcome"),
    (cases(FIRST, {**SECOND, "expect": {"effects": []}}), "tests[1].expect", "case_outcome"),
    (cases(FIRST, {**SECOND, "given": {}}), "tests[1].given", "case_not_given"),
    (cases(FIRST, {**SECOND, "says": {"en": "10 is too much"}}), "tests[1].says.en", "case_says"),
    (cases(FIRST, SECOND, let={"x": "1 / (it.qty - 9)"}), "tests[0].expect", "case_outcome"),
    (trigger(tests=[{**RED, "expect": {"effects": []}}, YELLOW]), "tests[0].expect.effects", "case_effects"),
    (trigger(tests=[{**RED, "expect": {"effects": [{"notify": {"subject": "A2"}}]}}, YELLOW]), "tests[0].expect.effects", "case_effects"),
    (trigger(tests=[{**RED, "expect": {"effects": [{"notify": {}}] * 2}}, YELLOW]), "tests[0].expect.effects", "case_effects"),
    # coverage
    (cases(SECOND, {**SECOND, "name": "x"}), "tests", "cover_allow"),
    (cases(FIRST, {**FIRST, "name": "x"}), "rules[0]", "cover_rule"),
    (trigger(tests=[YELLOW, {**YELLOW, "name": "x"}]), "effects[0]", "cover_fired"),
    (trigger(tests=[RED, {**RED, "name": "x"}]), "effects[0]", "cover_not_fired"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "where", "code"), WRONG, ids=[f"{c}-{n}" for n, (_, _, c) in enumerate(WRONG)]
)
def test_what_is_not_valid(document: dict[str, Any], where: str, code: str) -> None:
    assert (where, code) in codes(document)


def test_a_skipped_statement_shows_no_effect_staying_away() -> None:
    skipped = {"name": "skip", "given": {"it": {"level": 0}}, "expect": "skip"}
    document = trigger(where="it.level > 0", tests=[RED, skipped])
    assert codes(document) == [("effects[0]", "cover_not_fired")]


def test_an_error_shows_no_rule_failing() -> None:
    """The rule has no value in its only test, and no test can expect that."""
    rules = [{**RULE, "require": "1 / (it.qty - 10) < 9"}]
    assert ("rules[0]", "cover_rule") in codes(gate(rules=rules))


@pytest.mark.parametrize("name", SIX)
def test_no_test_of_the_library_can_be_spared_for_nothing(name: str) -> None:
    """Without all but one test, coverage is lost: the tests are there for a reason."""
    document = library(name)
    for keep in range(len(document["tests"])):
        test = document["tests"][keep]
        again = changed({**document}, {"tests": [test, {**test, "name": "again"}]})
        assert any(code.startswith("cover_") for _, code in codes(again))


def test_every_part_of_a_library_rule_matters() -> None:
    """A cap that is one higher or lower fails a test: both sides of the boundary are shown."""
    for value in (1, 3):
        document = library("household-food-cap")
        document["params"]["per_person"]["value"] = value
        assert problems(document)
    for value in (4_999_999, 5_000_001):
        document = library("four-eyes")
        document["params"]["threshold"]["value"] = value
        assert problems(document)


def test_values_are_laid_over_defaults_field_by_field() -> None:
    defaults: Any = {"it": {"a": 1, "b": {"c": 1, "d": 2}}, "list": [1, 2], "x": 1}
    given: Any = {"it": {"b": {"d": 3}}, "list": [3], "y": {}}
    assert merge(defaults, given) == {
        "it": {"a": 1, "b": {"c": 1, "d": 3}},
        "list": [3],
        "x": 1,
        "y": {},
    }
    assert defaults == {"it": {"a": 1, "b": {"c": 1, "d": 2}}, "list": [1, 2], "x": 1}


def test_a_value_that_is_not_given_is_named_wherever_it_is_read() -> None:
    def missing(rule: str, **it: Any) -> str:
        rules = [{"id": "r", "require": rule, "say": text("x")}]
        tests = [
            {"name": "a", "given": {"it": it}, "expect": "allow"},
            {"name": "b", "given": {}, "expect": "skip"},
        ]
        document = gate(kinds=["disbursement.instruct"], rules=rules, tests=tests)
        [first] = [one for one in problems(document) if one.where == "tests[0].given"]
        return str(first.values["found"])

    assert missing("it.amount < 9") == "it.amount"
    assert (
        missing(
            "it.initiator.by != 'x'",
            initiator={},
        )
        == "it.initiator.by"
    )
    draws = [{"line": "L1"}, {"purposes": []}]
    assert missing("it.draws.all(d, d.line != '')", draws=draws) == "it.draws[1].line"
    # No operator absorbs it: a test that passes by chance shows nothing.
    assert missing("it.auto || true") == "it.auto"


def test_a_missing_optional_record_is_given_by_leaving_it_out() -> None:
    facts = {"area": {"record": "area", "key": "it.area", "optional": True}}
    rules = [{"id": "r", "require": "has(area.declared) && area.declared", "say": text("x")}]
    tests = [
        {"name": "there", "given": {"area": {"declared": True}}, "expect": "allow"},
        {"name": "not there", "given": {}, "expect": {"deny": ["r"]}},
    ]
    assert codes(gate(facts=facts, rules=rules, tests=tests)) == []


def test_true_is_not_one() -> None:
    ask = {"id": "a", "set_flag": {"subject": "it.alert", "flag": "'x'", "on": "it.level > 3"}}
    tests = [
        {
            "name": "a",
            "given": {"it": {"level": 4}},
            "expect": {"effects": [{"set_flag": {"on": 1}}]},
        },
        {
            "name": "b",
            "given": {"it": {"level": 3}},
            "expect": {"effects": [{"set_flag": {"on": False}}]},
        },
    ]
    assert ("tests[0].expect.effects", "case_effects") in codes(trigger(effects=[ask], tests=tests))


def test_results_are_in_the_order_of_the_document() -> None:
    contract = accept_document(library("four-eyes"), CATALOGUE)
    results = run_cases(contract)
    assert [one.case.name for one in results] == [
        one["name"] for one in library("four-eyes")["tests"]
    ]
    assert all(one.passed and one.verdict is not None for one in results)
