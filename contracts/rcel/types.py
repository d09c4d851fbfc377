"""The types of rcel/1: what a value may be, declared beforehand and checked when it is loaded.

`bool`; `str<tag>`, whose tag says what a text names; `int[unit](low..high)`; `list<T>(maximum)`;
records by name. Texts of different tags never meet, nor do integers of different units.
Specification: `docs/spec/rcel-1.md`, types.

    >>> households = parse_type("list<str<tag>>(64)", {}, {})
    >>> fits(["HH-1", "HH-2"], households)
    True
    >>> fits(True, parse_type("int[person](0..60)", {}, {}))
    False
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from contracts.rcel.errors import StaticCode, StaticError
from contracts.rcel.limits import ELEMENTS_MAX, LIST_DEPTH_MAX, TYPE_TEXT_MAX, WORD_MAX
from contracts.rcel.units import NUMBER, Unit, parse_unit
from ledger.canon import INT_MAX, Value


@dataclass(frozen=True, slots=True)
class Bool:
    """`true` or `false`."""


@dataclass(frozen=True, slots=True)
class Str:
    """A text; `tag` says what it names. Without a tag it compares with texts without a tag."""

    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Int:
    """An integer of `unit`. Declared ones lie within 2^53-1, computed ones within int64."""

    unit: Unit
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class ListOf:
    """At most `maximum` values of one type."""

    item: "Type"
    maximum: int


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record; one that is `optional` may be missing and is read behind `has` only."""

    name: str
    type: "Type"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """Named fields, in the order in which they are declared."""

    name: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((field for field in self.fields if field.name == name), None)


@dataclass(frozen=True, slots=True)
class Nothing:
    """The type of the elements of `[]`, which fits wherever a type is asked for. Never declared."""


Type: TypeAlias = Bool | Str | Int | ListOf | Record | Nothing

TEXT_BARE: Final = ""
"""The tag of a text that is written out: it fits any tag. Never declared."""

# Phrases that messages show; `contracts.rcel.sentences` has them in other languages.
TYPE_LENGTH: Final = f"at most {TYPE_TEXT_MAX} characters"
LIST_FORM: Final = f"list<T>(1..{ELEMENTS_MAX}), at most {LIST_DEPTH_MAX} deep"
RANGE_FORM: Final = f"a range low..high within {INT_MAX} (2^53-1)"
TYPE_FORMS: Final = "bool, str, str<tag>, int(low..high), int[unit](low..high), list<T>(maximum)"

# `{0,N}+` gives nothing back, so no text makes a match go back and forth.
_TAG: Final = rf"[a-z][a-z0-9_-]{{0,{WORD_MAX - 1}}}+"
_STR: Final = re.compile(rf"str(?:<({_TAG})>)?+")
_INTEGER: Final = r"(?:0|-?[1-9][0-9]{0,15}+)"
_INT: Final = re.compile(rf"int(?:\[([A-Za-z0-9_*/]{{1,80}}+)\])?+\(({_INTEGER})\.\.({_INTEGER})\)")
_MAXIMUM: Final = re.compile(r">\(([1-9][0-9]{0,2}+)\)")


def parse_type(text: str, aliases: Mapping[str, Type], records: Mapping[str, Record]) -> Type:
    """The type that `text` declares; `aliases` (`money`) and `records` are names for types.

    Raises `StaticError` `declared_type` with the place and what to write.
    """
    if len(text) > TYPE_TEXT_MAX:
        raise _wrong(text, TYPE_TEXT_MAX, TYPE_LENGTH)
    # A list's type is `list<` ITEM `>(` MAXIMUM `)`: take the pairs off from the outside.
    start, end = 0, len(text)
    maxima: list[int] = []
    while text.startswith("list<", start):
        close = text.rfind(">(", start, end)
        maximum = _MAXIMUM.fullmatch(text, close, end) if close >= 0 else None
        if maximum is None or int(maximum[1]) > ELEMENTS_MAX or len(maxima) == LIST_DEPTH_MAX:
            raise _wrong(text, start, LIST_FORM)
        maxima.append(int(maximum[1]))
        start, end = start + len("list<"), close
    found = _parse_plain(text, start, end, aliases, records)
    for most in reversed(maxima):
        found = ListOf(found, most)
    return found


def _parse_plain(
    text: str, start: int, end: int, aliases: Mapping[str, Type], records: Mapping[str, Record]
) -> Type:
    """The type at [start, end) of `text`, which is no list."""
    word = text[start:end]
    if word == "bool":
        return Bool()
    if match := _STR.fullmatch(word):
        return Str(match[1])
    if match := _INT.fullmatch(word):
        low, high = int(match[2]), int(match[3])
        if not -INT_MAX <= low <= high <= INT_MAX:
            raise _wrong(text, start, RANGE_FORM)
        try:
            return Int(parse_unit(match[1]) if match[1] else NUMBER, low, high)
        except ValueError as error:
            raise _wrong(text, start, str(error)) from None
    if word in aliases:
        return aliases[word]
    if word in records:
        return records[word]
    raise _wrong(text, start, TYPE_FORMS, known=", ".join([*aliases, *records]))


def _wrong(text: str, position: int, wanted: str, *, known: str = "") -> StaticError:
    found = text[position : position + 40]
    return StaticError(StaticCode.DECLARED_TYPE, position, found=found, wanted=wanted, known=known)


def format_type(found: Type) -> str:
    """The text of a type, as `parse_type` reads it; records by their name."""
    match found:
        case Bool():
            return "bool"
        case Str(tag):
            return f"str<{tag}>" if tag else "str"
        case Int(unit, low, high):
            return f"int{format_unit(unit)}({low}..{high})"
        case ListOf(item, maximum):
            return f"list<{format_type(item)}>({maximum})"
        case Record(name):
            return name
        case Nothing():
            return "nothing"


def format_unit(unit: Unit) -> str:
    """`[parcel/person]`; nothing for a plain number."""
    return f"[{unit}]" if unit.powers and unit.powers[0][0] else ""


def fits(value: Value, wanted: Type) -> bool:
    """Whether `value` is one of the declared type: `true` is no integer, and no field unknown."""
    match wanted:
        case Bool():
            return type(value) is bool
        case Str():
            return type(value) is str
        case Int(_, low, high):
            return type(value) is int and low <= value <= high
        case ListOf(item, maximum):
            return (
                type(value) is list
                and len(value) <= maximum
                and all(fits(one, item) for one in value)
            )
        case Record(_, fields):
            if type(value) is not dict:
                return False
            known = sum(field.name in value for field in fields)
            return known == len(value) and all(
                fits(value[field.name], field.type) if field.name in value else field.optional
                for field in fields
            )
        case Nothing():
            return False
