"""Refusals as sentences: each code and phrase has its words in three languages.

Goal: nobody who writes a contract meets a machine key, or a message half in another language.
Method: the lists are held against the enums; every refusal of the other tables' kinds is told in
each language and must show its values.
"""

import re
import string

import pytest

from contracts.rcel import grammar, refusals, tokens, types, units
from contracts.rcel.errors import StaticCode, StaticError
from contracts.rcel.expression import compile_expression
from contracts.rcel.sentences import PHRASES, REFUSALS, sentence
from contracts.rcel.types import Bool, Field, Record, parse_type
from ledger.sentences import LANGUAGES

SCOPE = {
    "p": parse_type("int[parcel](0..9)", {}, {}),
    "h": parse_type("int[person](0..9)", {}, {}),
    "t": parse_type("int[time](0..9)", {}, {}),
    "who": parse_type("str<person>", {}, {}),
    "org": parse_type("str<org>", {}, {}),
    "xs": parse_type("list<int(0..9)>(64)", {}, {}),
    "it": Record("it", (Field("a", Bool(), optional=True),)),
}
TEXTS = {
    StaticCode.TEXT_LENGTH: "p" * 2_001,
    StaticCode.CHARACTER: "\uff13",
    StaticCode.NUMBER: "1.5",
    StaticCode.STRING: "'\\t'",
    StaticCode.RESERVED: "let",
    StaticCode.LEFT_OUT: "null",
    StaticCode.SYNTAX: "p +",
    StaticCode.NESTING: "(" * 13,
    StaticCode.CHAIN: "p" + "+p" * 25,
    StaticCode.ARGUMENTS: "size(1, 2, 3, 4, 5, 6, 7, 8, 9)",
    StaticCode.ELEMENTS: f"[{', '.join('1' * 65)}]",
    StaticCode.HEIGHT: "(p" + "+p" * 20 + ")" + "*p" * 20,
    StaticCode.NODES: f"[{'p+p+p+p, ' * 56}{', '.join('p' * 8)}]",
    StaticCode.UNKNOWN_NAME: "q",
    StaticCode.UNKNOWN_FIELD: "it.b",
    StaticCode.UNKNOWN_FUNCTION: "f(p)",
    StaticCode.ARGUMENT_COUNT: "size()",
    StaticCode.NAME_TAKEN: "xs.all(p, true)",
    StaticCode.TYPE: "who + 1",
    StaticCode.UNIT: "p + h",
    StaticCode.TIME: "t + t",
    StaticCode.TAG: "who == org",
    StaticCode.UNGUARDED: "it.a",
    StaticCode.UNIT_SIZE: "p*p*p*p*p*p*p*p*p",
    StaticCode.EXPECTED_TYPE: "p",
    StaticCode.COST: "xs.all(x, x in xs)",
    StaticCode.DECLARED_TYPE: "",
}


def refusal(code: StaticCode) -> StaticError:
    try:
        if code is StaticCode.DECLARED_TYPE:
            parse_type("pounds", {"money": Bool()}, {})
        compile_expression(TEXTS[code], SCOPE, expects=Bool())
    except StaticError as error:
        return error
    raise AssertionError(code)


@pytest.mark.parametrize("code", StaticCode)
def test_every_refusal_is_told(code: StaticCode) -> None:
    error = refusal(code)
    assert error.code is code
    told = {language: sentence(error, language) for language in LANGUAGES}
    assert len(set(told.values())) == 3
    for text in told.values():
        assert "{" not in text and "  " not in text
    # What was written is shown, as it was written.
    if "{found}" in REFUSALS[code][0]:
        assert all(str(error.values["found"]) in text for text in told.values())
    for language in ("zh-Hans", "zh-Hant"):
        assert re.search(r"[\u4e00-\u9fff]", told[language])


def test_lists_are_whole() -> None:
    assert list(REFUSALS) == list(StaticCode)
    for row in REFUSALS.values():
        assert len(row) == 3
        names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in row]
        assert names[0] == names[1] == names[2]


def test_every_phrase_is_translated() -> None:
    phrases = {
        value
        for module in (grammar, refusals, tokens, types, units)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str) and " " in value
    }
    phrases |= set(grammar.LEFT_OUT.values()) | {"maps", "comments", "null", "chained comparison"}
    assert phrases <= set(PHRASES)
    # In Chinese nothing of the English phrase is left but code.
    for phrase, (hans, hant) in PHRASES.items():
        if phrase != types.TYPE_FORMS:
            assert not re.search(r"\b(at most|within|digits|letters|deep)\b", hans + hant), phrase


def test_a_full_width_digit_is_answered_in_the_writers_language() -> None:
    told = sentence(refusal(StaticCode.CHARACTER), "zh-Hant")
    assert told == "「\uff13」不能出現在這裡；請改寫為半形：3。"
