"""Advice about valid contracts: numbers that a param should name.

Goal: advice is given where a vote on params could not follow, and never makes a contract invalid.
Method: small documents with and without such numbers; the library's own advice is pinned.
"""

from typing import Any

import pytest
from documents import SIX, codes, compiled, gate, library, text

from contracts.documents.lints import lint

RULE: dict[str, Any] = gate()["rules"][0]
PARAM = {"most": {"type": "int[parcel](0..99)", "value": 9}}


def advice(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.where, str(one.code)) for one in lint(compiled(document))]


def test_numbers_are_remarked_where_a_param_would_do() -> None:
    assert advice(gate()) == [("rules[0].require", "lint_number")]
    named = [{**RULE, "require": "it.qty <= most"}]
    assert advice(gate(rules=named, params=PARAM)) == []
    assert advice(gate(rules=named, params=PARAM, where="it.qty > 0 && it.qty != 1")) == []
    assert advice(gate(rules=named, params=PARAM, let={"x": "it.qty * 2"})) == [
        ("let.x", "lint_number")
    ]


def test_digits_of_a_sentence_are_remarked_and_placeholders_are_not() -> None:
    def said(sentence: dict[str, str]) -> list[tuple[str, str]]:
        rules = [{**RULE, "require": "it.qty <= most", "say": sentence}]
        return advice(gate(rules=rules, params={**PARAM, "p9": PARAM["most"]}))

    assert said(text("at most {most} {p9}")) == []
    assert said(text("at most 9")) == [("rules[0].say.zh_hant", "lint_digits")]
    assert said({**text("at most"), "en": "9"}) == [("rules[0].say.en", "lint_digits")]


@pytest.mark.parametrize("name", SIX)
def test_advice_makes_nothing_invalid(name: str) -> None:
    document = library(name)
    before = str(document)
    assert codes(document) == []
    assert all(code.startswith("lint_") for _, code in advice(document))
    assert str(document) == before
    assert advice(document) == PINNED.get(name, [])


PINNED = {
    "household-food-cap": [("rules[2].say.zh_hant", "lint_digits")],
    "four-eyes": [("let.needed", "lint_number")],
    "alert-relief-money": [("where", "lint_number")],
    "requisition-compensation": [
        ("let.due", "lint_number"),
        ("let.usable", "lint_number"),
        ("effects[1].open_approval.min_orgs", "lint_number"),
    ],
    "reserve-floor": [("let.want", "lint_number")],
}
