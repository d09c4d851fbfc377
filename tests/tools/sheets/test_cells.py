"""Cells: exact numbers and days, or a reason and a suggestion.

Goal: no amount is rounded, no unit or date guessed, and whoever made the table learns what to do.
Method: tables of texts with their value on one side, and with the reason on the other.
"""

import re

import pytest

from tools.sheets.cells import CellError, Unreadable, day, money, quantity


@pytest.mark.parametrize(
    ("text", "decimals", "units"),
    [
        ("100.00", 2, 10_000),
        ("0.01", 2, 1),
        ("50000000.00", 2, 5_000_000_000),
        ("100", 2, 10_000),
        ("100.5", 2, 10_050),
        ("100.500", 2, 10_050),
        ("7", 0, 7),
        ("7.0", 0, 7),
        ("0.001", 3, 1),
        ("10000000000.00", 2, 10**12),
        ("90071992.54", 2, 9_007_199_254),
    ],
)
def test_money(text: str, decimals: int, units: int) -> None:
    assert money(text, decimals) == units


@pytest.mark.parametrize(
    ("text", "reason", "suggestion"),
    [
        ("", "is empty", "ask"),
        ("0", "is zero", "take the row out"),
        ("0.00", "is zero", "take the row out"),
        ("-5", "is negative", "statement of its own|its own statement"),
        ("0.001", "more than 2 decimals", "never rounded"),
        ("1,000.00", "plain digits", "write 1000.00"),
        ("¥100", "plain digits", "write 100"),
        ("1 000", "plain digits", "write 1000"),
        ("１００", "is not an amount", "write digits"),  # noqa: RUF001 - full-width digits
        ("1e3", "is not an amount", "write digits"),
        (".5", "is not an amount", "write digits"),
        ("5.", "is not an amount", "write digits"),
        ("NaN", "is not an amount", "write digits"),
        ("一百", "is not an amount", "write digits"),
        ("10000000000.01", "is more than an amount", "check the digits"),
        ("9" * 19, "is not an amount", "write digits"),
    ],
)
def test_what_is_no_money(text: str, reason: str, suggestion: str) -> None:
    with pytest.raises(Unreadable, match=reason) as found:
        money(text, 2)
    assert re.search(suggestion, found.value.suggestion)


WAN = {"万": 10_000}


@pytest.mark.parametrize(
    ("text", "numerals", "each", "units"),
    [
        ("198.0", None, 1, 198),
        ("1.6万", WAN, 1, 16_000),
        ("1.6 万", WAN, 1, 16_000),
        ("36000", WAN, 1, 36_000),
        ("1.6", None, 1_000, 1_600),  # 1.6 kg in grams
        ("0.5", None, 2, 1),
    ],
)
def test_quantities(text: str, numerals: dict[str, int] | None, each: int, units: int) -> None:
    assert quantity(text, numerals, each) == units


@pytest.mark.parametrize(
    ("text", "numerals", "reason"),
    [
        ("1.6", WAN, "not a whole number"),  # 16,000 or one and a half? a person knows
        ("1.6万", None, "is not a quantity"),
        ("0.00001万", WAN, "not a whole number"),
        ("", None, "is empty"),
        ("0", None, "is zero"),
        ("万", WAN, "is empty"),
        ("若干", None, "is not a quantity"),
    ],
)
def test_what_is_no_quantity(text: str, numerals: dict[str, int] | None, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        quantity(text, numerals)


def test_what_a_fraction_may_mean_is_asked() -> None:
    with pytest.raises(Unreadable) as found:
        quantity("1.6", WAN)
    assert "perhaps 1.6万" in found.value.suggestion and "person" in found.value.suggestion


@pytest.mark.parametrize(
    ("text", "form", "offset", "minguo", "seconds"),
    [
        ("1970-01-01", "YYYY-MM-DD", 0, False, 0),
        ("2020.01.22", "YYYY.MM.DD", 0, False, 1_579_651_200),
        ("2020.01.22", "YYYY.MM.DD", 28_800, False, 1_579_622_400),
        ("2020年1月22日", "YYYY年MM月DD日", 0, False, 1_579_651_200),
        ("109/01/22", "YYY/MM/DD", 0, True, 1_579_651_200),
        ("2020-02-29", "YYYY-MM-DD", 0, False, 1_582_934_400),
    ],
)
def test_days(text: str, form: str, offset: int, minguo: bool, seconds: int) -> None:
    assert day(text, form, offset=offset, minguo=minguo) == seconds


@pytest.mark.parametrize(
    ("text", "form", "reason"),
    [
        ("2020-01-22", "YYYY.MM.DD", "not a date as"),
        ("2019-02-29", "YYYY-MM-DD", "no day of the calendar"),
        ("2020-13-01", "YYYY-MM-DD", "no day of the calendar"),
        ("", "YYYY-MM-DD", "not a date as"),
        ("2020-01", "YYYY-MM", "no day of the calendar"),  # the form itself has no day
    ],
)
def test_what_is_no_day(text: str, form: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        day(text, form)


def test_an_error_in_one_sentence() -> None:
    error = CellError(44, "unit", "", "is empty", "ask")
    assert error.sentence() == "unit: '' is empty; ask"
