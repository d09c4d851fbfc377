"""Whether a figure is what was wanted: a row that misses says so in a word.

Both stand in the table as text, `370.8 ms` and `<= 250 ms`; they are read back from it, units
included, so that the page and its marks cannot part.

>>> is_missed("370.8 ms", "<= 250 ms"), is_missed("421 MiB", "< 500 MB"), is_missed("2,185", "")
(True, False, False)
"""

import re
from typing import Final

MISSED: Final = "**missed**"

_UNITS: Final = {"": 1.0, "us": 1e-6, "ms": 1e-3, "s": 1.0, "MB": 1e6, "GB": 1e9, "MiB": 2.0**20}
_FIGURE: Final = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?) ?([A-Za-z]*)")
_WANTED: Final = re.compile(r"(<=|>=|<|>) (.+)")
_ALL: Final = re.compile(r"([0-9,]+) of ([0-9,]+)")


def is_missed(measured: str, wanted: str) -> bool:
    """Whether `measured` is not as `wanted`: nothing, `all`, or a bound. `ValueError` where either
    cannot be read, so that no row goes without being asked."""
    if wanted == "":
        return False
    if wanted == "all":
        some = _ALL.fullmatch(measured)
        if some is None:
            raise ValueError(f"{measured!r} is not N of M")
        return some[1] != some[2]
    bound = _WANTED.fullmatch(wanted)
    if bound is None:
        raise ValueError(f"{wanted!r} is no bound")
    found, limit = _read(measured), _read(bound[2])
    match bound[1]:
        case "<=":
            return not found <= limit
        case ">=":
            return not found >= limit
        case "<":
            return not found < limit
        case _:
            return not found > limit


def marked(measured: str, wanted: str) -> str:
    """What stands in the column of what was measured."""
    return f"{measured}, {MISSED}" if is_missed(measured, wanted) else measured


def _read(text: str) -> float:
    found = _FIGURE.fullmatch(text)
    if found is None or found[2] not in _UNITS:
        raise ValueError(f"{text!r} is no figure with a unit")
    return float(found[1].replace(",", "")) * _UNITS[found[2]]
