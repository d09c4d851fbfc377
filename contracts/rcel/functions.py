"""The arithmetic of rcel/1 on Python's integers: int64, an error where a result leaves it.

Division truncates towards zero, the remainder has the sign of the dividend, and both take the way
of CEL where Python's `//` and `%` take another. `mul_div` multiplies without a limit first, so that
120 % of a price is exact. Specification: `docs/spec/rcel-1.md`, semantics.

    >>> divide(-7, 2), remainder(-7, 2)
    (-3, -1)
    >>> mul_div_half_up(1234567, 120, 100)
    1481480
"""

from collections.abc import Sequence

from contracts.rcel.errors import ErrorKind, EvaluationError
from contracts.rcel.limits import INT64_MAX, INT64_MIN
from ledger.canon import Value


def checked(result: int) -> int:
    """`result`, or the error `overflow` where it is beyond int64."""
    if INT64_MIN <= result <= INT64_MAX:
        return result
    raise EvaluationError(ErrorKind.OVERFLOW)


def truncated(a: int, b: int) -> int:
    """`a / b` towards zero without a limit; the remainder is dropped. `b` is not 0."""
    # `//` goes down: with signs that differ it is one too low unless it is exact.
    return a // b if (a < 0) == (b < 0) else -(-a // b)


def divide(a: int, b: int) -> int:
    """`a / b` towards zero; the remainder is dropped. `INT64_MIN / -1` is an overflow."""
    if b == 0:
        raise EvaluationError(ErrorKind.DIV_ZERO)
    return checked(truncated(a, b))


def remainder(a: int, b: int) -> int:
    """What `a / b` leaves, with the sign of `a`."""
    if b == 0:
        raise EvaluationError(ErrorKind.DIV_ZERO)
    # C and with it CEL divide to find it, and that division is beyond int64.
    if a == INT64_MIN and b == -1:
        raise EvaluationError(ErrorKind.OVERFLOW)
    return abs(a) % abs(b) * (-1 if a < 0 else 1)


def negate(a: int) -> int:
    """`-a`; that of `INT64_MIN` is an overflow."""
    return checked(-a)


def mul_div_floor(x: int, num: int, den: int) -> int:
    """`x * num / den`, the remainder dropped downwards."""
    return checked(x * num // _divisor(den))


def mul_div_ceil(x: int, num: int, den: int) -> int:
    """`x * num / den`, a remainder raised to a whole one."""
    return checked(-(-x * num // _divisor(den)))


def mul_div_half_up(x: int, num: int, den: int) -> int:
    """`x * num / den` to the nearest; a half goes away from zero."""
    divisor = _divisor(den)
    product = x * num
    # Of its absolute value: a half added, then down.
    nearest = (2 * abs(product) + divisor) // (2 * divisor)
    return checked(nearest if product >= 0 else -nearest)


def _divisor(den: int) -> int:
    if den < 1:
        raise EvaluationError(ErrorKind.DIVISOR)
    return den


def total(items: Sequence[int]) -> int:
    """The exact sum, held against int64 once, at the end."""
    return checked(sum(items))


def distinct(items: Sequence[Value]) -> list[Value]:
    """Each value once, where it first stands. All are of one scalar type."""
    return list(dict.fromkeys(items))


def element(items: Sequence[Value], index: int) -> Value:
    """The element at `index`, from 0; none is counted from the end."""
    if 0 <= index < len(items):
        return items[index]
    raise EvaluationError(ErrorKind.INDEX)
