"""The arithmetic that no other engine has, against Python's integers and fractions.

Goal: `mulDiv*`, `sum` and `distinct` are exact for every input, and an error where int64 ends.
Method: Hypothesis and 10,000 random cases each, with fractions as the second opinion; division
against the law that ties quotient and remainder; intervals against every pair of a small range.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import ceil, floor, trunc
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.rcel import functions, intervals
from contracts.rcel.errors import ErrorKind, EvaluationError
from contracts.rcel.limits import INT64_MAX, INT64_MIN
from ledger.canon import Value

EDGES = (INT64_MIN, INT64_MIN + 1, -1, 0, 1, 2, 3, 100, INT64_MAX - 1, INT64_MAX)
INT64 = st.integers(INT64_MIN, INT64_MAX) | st.integers(-1000, 1000) | st.sampled_from(EDGES)
SCALARS = st.lists(st.sampled_from(EDGES), max_size=6) | st.lists(
    st.sampled_from(["", "a", "花"]), max_size=6
)


def within(exact: int) -> int | ErrorKind:
    return exact if INT64_MIN <= exact <= INT64_MAX else ErrorKind.OVERFLOW


def outcome(function, *given):  # type: ignore[no-untyped-def]
    try:
        return function(*given)
    except EvaluationError as error:
        return error.kind


def half_away(exact: Fraction) -> int:
    return floor(exact + Fraction(1, 2)) if exact >= 0 else ceil(exact - Fraction(1, 2))


def check_mul_div(x: int, num: int, den: int) -> None:
    for function, rounded in [
        (functions.mul_div_floor, floor),
        (functions.mul_div_ceil, ceil),
        (functions.mul_div_half_up, half_away),
    ]:
        wanted = within(rounded(Fraction(x * num, den))) if den >= 1 else ErrorKind.DIVISOR
        assert outcome(function, x, num, den) == wanted, (x, num, den)


def check_sum(items: list[int]) -> None:
    exact = 0
    for item in items:
        exact += item
    assert outcome(functions.total, items) == within(exact), items


def check_distinct(items: Sequence[Value]) -> None:
    wanted: list[Value] = []
    for item in items:
        if item not in wanted:
            wanted.append(item)
    assert functions.distinct(items) == wanted, items


@settings(max_examples=1_000, deadline=None)
@given(INT64, INT64, INT64)
def test_mul_div(x: int, num: int, den: int) -> None:
    check_mul_div(x, num, den)


@settings(max_examples=500, deadline=None)
@given(st.lists(INT64, max_size=8))
def test_sum(items: list[int]) -> None:
    check_sum(items)


@settings(max_examples=500, deadline=None)
@given(SCALARS)
def test_distinct(items: list[int] | list[str]) -> None:
    check_distinct(items)


def test_ten_thousand_more_of_each() -> None:
    # Hypothesis finds the small case; a plain generator is twenty times quicker at many.
    rng = Random(23)

    def integer() -> int:
        kind = rng.random()
        if kind < 0.3:
            return rng.choice(EDGES)
        return rng.randint(-1000, 1000) if kind < 0.6 else rng.randint(INT64_MIN, INT64_MAX)

    for _ in range(10_000):
        check_mul_div(integer(), integer(), integer())
        check_sum([integer() for _ in range(rng.randint(0, 64))])
        check_distinct([rng.choice(EDGES) for _ in range(rng.randint(0, 64))])


@settings(max_examples=1_000, deadline=None)
@given(INT64, INT64)
def test_divide_and_remainder(a: int, b: int) -> None:
    quotient, rest = outcome(functions.divide, a, b), outcome(functions.remainder, a, b)
    if b == 0:
        assert quotient == rest == ErrorKind.DIV_ZERO
    elif (a, b) == (INT64_MIN, -1):
        assert quotient == rest == ErrorKind.OVERFLOW
    else:
        assert quotient == trunc(Fraction(a, b))
        assert quotient * b + rest == a
        assert abs(rest) < abs(b) and (rest == 0 or (rest < 0) == (a < 0))


SPANS = [(low, high) for low in range(-4, 5) for high in range(low, 5)]


@pytest.mark.parametrize(
    ("interval", "function"),
    [
        (intervals.plus, lambda x, y: x + y),
        (intervals.minus, lambda x, y: x - y),
        (intervals.times, lambda x, y: x * y),
        (intervals.quotient, functions.divide),
        (intervals.remainder, functions.remainder),
    ],
)
def test_intervals_hold_every_value(interval, function) -> None:  # type: ignore[no-untyped-def]
    for a, b in product(SPANS, SPANS):
        low, high = interval(a, b)
        pairs = product(range(a[0], a[1] + 1), range(b[0], b[1] + 1))
        found = [outcome(function, x, y) for x, y in pairs]
        values = [one for one in found if isinstance(one, int)]
        assert all(low <= one <= high for one in values)
        # And, but for remainders, no wider than they must be.
        if values and interval is not intervals.remainder:
            assert (low, high) == (min(values), max(values)), (a, b)


def test_interval_of_mul_div() -> None:
    spans = [(low, high) for low in (-3, -1, 0, 2) for high in range(low, 4)]
    for x, num, den in product(spans, spans, spans):
        low, high = intervals.scaled(x, num, den)
        triples = product(*(range(one[0], one[1] + 1) for one in (x, num, den)))
        for a, b, c in triples:
            for function in (
                functions.mul_div_floor,
                functions.mul_div_ceil,
                functions.mul_div_half_up,
            ):
                found = outcome(function, a, b, c)
                assert found == ErrorKind.DIVISOR or low <= found <= high


@pytest.mark.parametrize("edge", [(INT64_MIN, INT64_MIN), (INT64_MAX, INT64_MAX)])
@pytest.mark.parametrize("interval", [intervals.plus, intervals.minus, intervals.times,
                                      intervals.quotient, intervals.remainder])  # fmt: skip
def test_intervals_stay_within_int64(interval, edge) -> None:  # type: ignore[no-untyped-def]
    for other in [edge, (INT64_MIN, INT64_MAX), (-1, -1), (0, 0), (1, 1)]:
        for low, high in (interval(edge, other), interval(other, edge)):
            assert INT64_MIN <= low <= high <= INT64_MAX
