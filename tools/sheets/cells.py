"""Cells: from what stands in a table to numbers and times, exactly, or a reason why not.

Nothing is guessed. An amount is a decimal text times a power of ten, never a float; a quantity
must be a whole number of base units; a date has the form that the mapping declares. What cannot be
read waits for a person, who is told row, column, value, reason, and what could be done.

    >>> money("0.01", 2), money("50000000", 2), quantity("198.0"), quantity("1.6万", {"万": 10_000})
    (1, 5000000000, 198, 16000)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from ledger.shape import QUANTITY_MAX

_DECIMAL: Final = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,18}))?", re.ASCII)
_TOKENS: Final = {
    "YYYY": r"(?P<y>[0-9]{4})",
    "YYY": r"(?P<y>[0-9]{2,3})",
    "MM": r"(?P<m>[0-9]{1,2})",
    "DD": r"(?P<d>[0-9]{1,2})",
}
MINGUO: Final = 1911
"""Year 1 of the Republic of China calendar is 1912."""


class Unreadable(ValueError):
    """A cell that does not say what is wanted: why, and what could be done."""

    def __init__(self, reason: str, suggestion: str) -> None:
        self.reason, self.suggestion = reason, suggestion
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong with one cell of a table."""

    row: int
    column: str
    value: str
    reason: str
    suggestion: str

    def sentence(self) -> str:
        """For the error column and the console."""
        return f"{self.column}: {self.value!r} {self.reason}; {self.suggestion}"


def _decimal(text: str, wanted: str) -> tuple[int, int]:
    """(digits as an integer, how many of them stand behind the point)."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        if not text:
            raise Unreadable(f"is empty where {wanted} is wanted", "ask whoever made the table")
        if re.fullmatch(r"-.*", text):
            raise Unreadable("is negative", "book what goes out or back as its own statement")
        bare = re.sub(r"[,，\s¥￥]", "", text)
        if bare != text and _DECIMAL.fullmatch(bare):
            raise Unreadable(
                f"is not {wanted} in plain digits", f"write {bare}, if that is what it means"
            )
        raise Unreadable(f"is not {wanted}", "write digits, with a point before decimals")
    whole, behind = found[1], found[2] or ""
    return int(whole + behind), len(behind)


def money(text: str, decimals: int) -> int:
    """Minor units of a currency whose amounts have so many decimals; `Unreadable`."""
    digits, behind = _decimal(text, "an amount")
    if behind > decimals:
        cut, rest = divmod(digits, 10 ** (behind - decimals))
        if rest:
            raise Unreadable(f"has more than {decimals} decimals", "an amount is never rounded")
        digits, behind = cut, decimals
    return _in_range(digits * 10 ** (decimals - behind), "an amount")


def quantity(text: str, numerals: Mapping[str, int] | None = None, each: int = 1) -> int:
    """Whole base units, where one unit as written is `each` of them; `Unreadable`.

    `numerals`: words that may follow the digits -> what they multiply with, as 万 -> 10000.
    """
    times = each
    bare = text
    for word, number in (numerals or {}).items():
        if text.endswith(word):
            bare, times = text[: -len(word)].strip(), each * number
            break
    digits, behind = _decimal(bare, "a quantity")
    found, rest = divmod(digits * times, 10**behind)
    if rest:
        words = " or ".join(f"{text}{word}" for word in numerals or {})
        meant = f", perhaps {words}" if words else ""
        raise Unreadable(
            "is not a whole number of base units",
            f"a person must say what it means{meant}: add a decision to the mapping",
        )
    return _in_range(found, "a quantity")


def _in_range(found: int, what: str) -> int:
    if found == 0:
        raise Unreadable("is zero", "take the row out, or say what it should be")
    if found > QUANTITY_MAX:
        raise Unreadable(f"is more than {what} of one statement may be, 10^12", "check the digits")
    return found


def day(text: str, form: str, *, offset: int = 0, minguo: bool = False) -> int:
    """Unix seconds of the beginning of a day, `offset` seconds east of UTC; `Unreadable`.

    `form` is made of YYYY (or YYY), MM, DD and what stands between them.

    >>> day("2020.01.22", "YYYY.MM.DD"), day("109/1/22", "YYY/MM/DD", minguo=True)
    (1579651200, 1579651200)
    """
    expression = "".join(
        _TOKENS.get(part, re.escape(part)) for part in re.split("(YYYY|YYY|MM|DD)", form)
    )
    found = re.fullmatch(expression, text, re.ASCII)
    if found is None:
        raise Unreadable(f"is not a date as {form}", "correct it, or declare another format")
    try:
        year = int(found["y"]) + (MINGUO if minguo else 0)
        it = date(year, int(found["m"]), int(found["d"]))
    except (ValueError, IndexError):
        raise Unreadable("is no day of the calendar", "correct it") from None
    return max(0, (it.toordinal() - date(1970, 1, 1).toordinal()) * 86_400 - offset)
