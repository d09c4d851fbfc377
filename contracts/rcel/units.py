"""Units of measure: what an integer counts, so that parcels are never added to persons.

A unit is a product of powers of base units, and a base unit is a word: `person`, `TWD`, `g`.
Nothing is converted: a kilogram is `1000` of the unit `g`. `time` is a unit by itself, seconds
since 1970, that is neither multiplied nor divided. Specification: `docs/spec/rcel-1.md`, units.

    >>> each = parse_unit("parcel/person")
    >>> str(each.times(parse_unit("person")))
    'parcel'
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.rcel.limits import UNIT_FACTORS_MAX, WORD_MAX

_WORD: Final = re.compile(rf"[A-Za-z][A-Za-z0-9_]{{0,{WORD_MAX - 1}}}")


UNIT_FORM: Final = "base units joined by * and /, as parcel/person"
UNIT_FACTORS: Final = f"at most {UNIT_FACTORS_MAX} base units"
TIME_ALONE: Final = "time alone; a span of time has the unit s"


@dataclass(frozen=True, slots=True)
class Unit:
    """Base units with their powers, sorted by name, no power zero; none at all: a plain number."""

    powers: tuple[tuple[str, int], ...] = ()

    def times(self, other: "Unit") -> "Unit":
        """The unit of a product."""
        return _unit(dict(self.powers), other.powers, 1)

    def per(self, other: "Unit") -> "Unit":
        """The unit of a quotient."""
        return _unit(dict(self.powers), other.powers, -1)

    @property
    def factors(self) -> int:
        """How many base units are multiplied or divided."""
        return sum(abs(power) for _, power in self.powers)

    def __str__(self) -> str:
        above = "*".join(_repeated(self.powers, 1))
        below = "".join(f"/{name}" for name in _repeated(self.powers, -1))
        return f"{above or '1'}{below}" if self.powers else ""


NUMBER: Final = Unit()
"""No unit: a count, a percentage."""
SECONDS: Final = Unit((("s", 1),))
TIME: Final = Unit((("time", 1),))
"""An instant. `time - time` is in `SECONDS`, `time + s` and `time - s` are instants again."""
BARE: Final = Unit((("", 1),))
"""A number that is written out: it takes the unit of what stands beside it. Never declared."""


def parse_unit(text: str) -> Unit:
    """The unit written as `a*b/c/d` or `1/s`; `ValueError` says what is wrong with it."""
    powers: dict[str, int] = {}
    rest = text[1:] if text.startswith("1/") else f"*{text}"
    while rest:
        word = _WORD.match(rest, 1) if rest[0] in "*/" else None
        if word is None:
            raise ValueError(UNIT_FORM)
        powers[word[0]] = powers.get(word[0], 0) + (1 if rest[0] == "*" else -1)
        rest = rest[word.end() :]
    unit = _unit(powers, (), 1)
    if unit.factors > UNIT_FACTORS_MAX:
        raise ValueError(UNIT_FACTORS)
    if "time" in powers and unit != TIME:
        raise ValueError(TIME_ALONE)
    return unit


def _unit(powers: dict[str, int], more: tuple[tuple[str, int], ...], sign: int) -> Unit:
    for name, power in more:
        powers[name] = powers.get(name, 0) + sign * power
    return Unit(tuple(sorted(_not_zero(powers))))


def _not_zero(powers: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    return ((name, power) for name, power in powers.items() if power)


def _repeated(powers: tuple[tuple[str, int], ...], sign: int) -> Iterator[str]:
    for name, power in powers:
        yield from [name] * max(0, sign * power)
