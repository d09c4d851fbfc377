"""Numbers and times as people read them.

Goal: nothing is rounded, and no number that may be on the ledger fails to be shown.
Method: tables with both sides of each boundary; shown figures are read back and must be the same
integer.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.figures import age, clock, decimal, money, quantity, short, zone


@pytest.mark.parametrize(
    ("n", "places", "text"),
    [
        (0, 2, "0.00"),
        (1, 2, "0.01"),
        (-1, 2, "-0.01"),
        (99, 2, "0.99"),
        (100, 2, "1.00"),
        (70140126391, 2, "701,401,263.91"),
        (-123456, 2, "-1,234.56"),
        (1234567, 0, "1,234,567"),
        (2**53 - 1, 3, "9,007,199,254,740.991"),
    ],
)
def test_decimal(n: int, places: int, text: str) -> None:
    assert decimal(n, places) == text


@given(st.integers(-(10**30), 10**30), st.integers(0, 6))
def test_what_is_shown_is_what_is_there(n: int, places: int) -> None:
    for text in (decimal(n, places), short(n, places)):
        whole, _, part = text.replace(",", "").partition(".")
        assert int(whole + part.ljust(places, "0")) == n


@pytest.mark.parametrize(
    ("n", "unit", "text"),
    [
        (999, "GRM", "999 g"),
        (1_000, "GRM", "1 kg"),
        (5_250, "GRM", "5.25 kg"),
        (9_999_999, "GRM", "9,999.999 kg"),
        (10_000_000, "GRM", "10 t"),
        (10_000_001, "GRM", "10,000.001 kg"),
        (12_500_000, "GRM", "12.5 t"),
        (-5_000, "GRM", "-5 kg"),
        (20_000, "H87", "20,000 pcs"),
        (3, "LTR", "3 L"),
        (3, "XYZ", "3 XYZ"),
    ],
)
def test_quantity(n: int, unit: str, text: str) -> None:
    assert quantity(n, unit, "en") == text


def test_money_names_its_currency() -> None:
    assert money(5, "JPY", 0) == "JPY 5"
    assert money(5, "CNY", 2) == "CNY 0.05"


@pytest.mark.parametrize(
    ("time", "offset", "text"),
    [
        (0, 0, "1970-01-01 00:00:00 UTC"),
        (1_800_000_000, 28_800, "2027-01-15 16:00:00 UTC+8"),
        (1_800_000_000, -12_600, "2027-01-15 04:30:00 UTC-3:30"),
        (2**53 - 1, 28_800, "9007199254740991 s"),
        (253_402_300_799, 28_800, "253402300799 s"),
    ],
)
def test_clock(time: int, offset: int, text: str) -> None:
    assert clock(time, offset) == text


@pytest.mark.parametrize(
    ("offset", "text"),
    [(0, "UTC"), (28_800, "UTC+8"), (20_700, "UTC+5:45"), (-3_600, "UTC-1")],
)
def test_zone(offset: int, text: str) -> None:
    assert zone(offset) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_600, "1 h"),
        (86_399, "23 h"),
        (86_400, "1 d"),
    ],
)
def test_age(seconds: int, text: str) -> None:
    assert age(seconds, "en") == text
