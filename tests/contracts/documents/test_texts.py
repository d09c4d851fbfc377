"""Sentences: placeholders are read strictly, and written alike by everyone.

Goal: a sentence shows the value that was judged, in the reader's language, or falls back; it never
fails.
Method: tables of texts and values; dates against Python's own calendar, money against exact
decimals.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from documents import compiled, gate, library, text
from hypothesis import given
from hypothesis import strategies as st

from contracts.documents.explaining import explain, public_text
from contracts.documents.texts import SHOWN_MAX, format_date, parse_text, placeholders, render
from contracts.documents.verdict import decide
from ledger.sentences import LANGUAGES


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("", ()),
        ("no braces", ()),
        ("{a}", ("{a}",)),
        ("{a.b_1}{a.b_1}", ("{a.b_1}",)),
        ("x{b|money}y{a|kg}", ("{a|kg}", "{b|money}")),
        ("{a.b.c.d}", ("{a.b.c.d}",)),
    ],
)
def test_what_is_a_placeholder(said: str, found: tuple[str, ...]) -> None:
    assert placeholders(parse_text(said)) == found


@pytest.mark.parametrize(
    "said",
    ["{", "}", "{}", "{{a}}", "{a", "a}", "{ a }", "{A}", "{1}", "{a.}", "{.a}", "{a|}", "{a|dates}",
     "{a|money|kg}", "{a.b.c.d.e}", "{a[0]}", "{a+1}", "{\uff41}", "{a\n}", "{a!r}", "{a:>9}"],
)  # fmt: skip
def test_what_is_none(said: str) -> None:
    with pytest.raises(ValueError, match=r"[{}]"):
        parse_text(said)


VALUES: dict[str, Any] = {
    "n": 1234, "m": -5, "yes": True, "no": False, "name": "米", "s": 259_200, "g": 1_500, "t": 0,
    "list": ["a", "b"], "none": [], "it": {"qty": 7},
}  # fmt: skip
WRITTEN = [
    ("{n} {m}", "1,234 -5", "1,234 -5"),
    ("{yes} {no}", "yes no", "是 否"),
    ("{list}|{none}|", "a, b||", "a、b||"),
    ("{name}{it.qty}", "米7", "米7"),
    ("{n|money}", "TWD 12.34", "TWD 12.34"),
    ("{m|money}", "TWD -0.05", "TWD -0.05"),
    ("{s|hours}", "72", "72"),
    ("{s|days}", "3", "3"),
    ("{g|kg}", "1.5", "1.5"),
    ("{n|kg}", "1.234", "1.234"),
    ("{n|hours}", "0.3", "0.3"),
    ("{t|date}", "1970-01-01", "1970-01-01"),
]


@pytest.mark.parametrize(("said", "english", "chinese"), WRITTEN)
def test_how_values_are_written(said: str, english: str, chinese: str) -> None:
    for language, wanted in (("en", english), ("zh-Hant", chinese), ("zh-Hans", chinese)):
        found = render(
            parse_text(said),
            VALUES,
            language=language,
            currencies={"n": "TWD", "m": "TWD"},
            places={"TWD": 2},
        )
        assert found == wanted


@given(st.integers(0, 9_999_999_999), st.integers(-50_400, 50_400))
def test_dates_are_those_of_the_calendar(seconds: int, offset: int) -> None:
    there = max(0, seconds + offset)
    assert format_date(there) == f"{datetime.fromtimestamp(there, UTC):%Y-%m-%d}"


@given(st.integers(-(10**15), 10**15), st.integers(0, 3))
def test_money_is_exact(n: int, places: int) -> None:
    found = render(
        parse_text("{n|money}"),
        {"n": n},
        language="en",
        currencies={"n": "X"},
        places={"X": places},
    )
    assert found is not None and Decimal(found[2:].replace(",", "")) == Decimal(n).scaleb(-places)


def test_a_long_value_is_cut() -> None:
    for value in ("x" * 5_000, ["x" * 3_000] * 64, ["x"] * 64 * 64):
        found = render(parse_text("{v}"), {"v": value}, language="en", currencies={}, places={})  # type: ignore[dict-item]
        assert found is not None and len(found) == SHOWN_MAX and found.endswith("…")
    whole = render(
        parse_text("{v}"), {"v": "x" * SHOWN_MAX}, language="en", currencies={}, places={}
    )
    assert whole == "x" * SHOWN_MAX


# ---- falling back --------------------------------------------------------------------------------

HOUSEHOLD = {"id": "H1", "persons": 3, "eligible": True, "bank_verified": True}
IT = {"at": 0, "household": "H1", "area": "HL", "site": "S", "item_class": "food_parcel", "qty": 9}


def test_a_sentence_falls_back_to_public_and_then_to_the_title() -> None:
    contract = compiled(library("household-food-cap"))
    facts: Any = {"household": HOUSEHOLD, "area": {"declared": False}, "received": 0}
    verdict = decide(contract, IT, facts)
    full = explain(contract, verdict, "en")
    assert [(one.rule, one.full) for one in full] == [("declared", True), ("cap", True)]
    assert full[1].text.startswith("3 people: at most 6 parcels")
    masked = explain(contract, verdict, "en", masked=("household", "it.area"))
    assert [(one.text, one.full) for one in masked] == [
        ("Food parcels per household", False),
        ("Over the household limit", False),
    ]
    assert explain(contract, verdict, "en", masked=("household.person",)) == full
    assert [one.text for one in public_text(contract, verdict, "zh-Hant")] == [
        "每戶食物箱上限",
        "超過每戶上限",
    ]


def test_a_placeholder_without_a_value_never_fails_the_decision() -> None:
    contract = compiled(library("household-food-cap"))
    verdict = decide(contract, IT, {"area": {"declared": True}})
    assert verdict.error
    for language in LANGUAGES:
        told = explain(contract, verdict, language)
        assert [one.rule for one in told] == ["eligible", "cap"] and all(one.text for one in told)


def test_a_language_that_is_not_there_is_english() -> None:
    contract = compiled(gate(title={**text("字"), "en": "Nine"}))
    assert contract.title.of("fr") == "Nine" and contract.title.of("zh-Hans") == "字"
