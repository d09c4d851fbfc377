"""Intervals: between which integers a result lies, worked out from the intervals of its operands.

They tell people and tools what an expression can be. They never stand in for a check: every result
is tested against int64 when it is computed. An interval is (lowest, highest), both included, and is
cut at int64, because beyond it there is an error and no value.

    >>> times((0, 20), (-3, 60))
    (-60, 1200)
"""

from typing import TypeAlias

from contracts.rcel.functions import truncated
from contracts.rcel.limits import INT64_MAX, INT64_MIN

Interval: TypeAlias = tuple[int, int]


def cut(low: int, high: int) -> Interval:
    """The part within int64; where there is none, its nearest end: such a result is an error."""
    return min(max(low, INT64_MIN), INT64_MAX), max(min(high, INT64_MAX), INT64_MIN)


def plus(a: Interval, b: Interval) -> Interval:
    """Of `x + y`."""
    return cut(a[0] + b[0], a[1] + b[1])


def minus(a: Interval, b: Interval) -> Interval:
    """Of `x - y`."""
    return cut(a[0] - b[1], a[1] - b[0])


def times(a: Interval, b: Interval) -> Interval:
    """Of `x * y`: the corners bound it."""
    corners = [x * y for x in a for y in b]
    return cut(min(corners), max(corners))


def quotient(a: Interval, b: Interval) -> Interval:
    """Of `x / y`, truncated; `y` is not 0, or there is no value."""
    # Without 0 the divisors are two ranges, and the quotient is monotonous in each.
    divisors = [y for y in (b[0], min(b[1], -1), max(b[0], 1), b[1]) if y and b[0] <= y <= b[1]]
    if not divisors:
        return 0, 0
    corners = [truncated(x, y) for x in a for y in divisors]
    # Between a negative and a positive dividend lies 0, which every divisor leaves 0.
    corners += [0] if a[0] < 0 < a[1] else []
    return cut(min(corners), max(corners))


def remainder(a: Interval, b: Interval) -> Interval:
    """Of `x % y`: the sign of `x`, nearer to 0 than `y` and not farther than `x`."""
    most = max(abs(b[0]), abs(b[1]), 1) - 1
    return max(min(a[0], 0), -most), min(max(a[1], 0), most)


def scaled(x: Interval, num: Interval, den: Interval) -> Interval:
    """Of `x * num / den` rounded in any direction; `den` is at least 1, or there is no value."""
    corners = [a * b for a in x for b in num]
    low, high = min(corners), max(corners)
    smallest, largest = max(den[0], 1), max(den[1], 1)
    # Away from 0 by at most one: the rounding.
    lowest = low // (smallest if low < 0 else largest)
    highest = -(-high // (smallest if high > 0 else largest))
    return cut(lowest, highest)


def total(item: Interval, maximum: int) -> Interval:
    """Of the sum of at most `maximum` elements."""
    return cut(min(0, item[0] * maximum), max(0, item[1] * maximum))


def either(a: Interval, b: Interval) -> Interval:
    """Of one of two values."""
    return min(a[0], b[0]), max(a[1], b[1])
