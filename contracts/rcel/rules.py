"""Which types go together: units, tags, and the elements of lists.

A value that is written out (`3`, `"food"`, `[]`) has no unit, tag or element type of its own and
takes that of its neighbour. Each rule returns the type of the result, or None where two do not go
together; `checker` says so to people. Specification: `docs/spec/rcel-1.md`, types and units.
"""

from typing import TypeGuard

from contracts.rcel.intervals import either
from contracts.rcel.types import TEXT_BARE, Bool, Int, ListOf, Nothing, Record, Str, Type
from contracts.rcel.units import BARE, NUMBER, SECONDS, TIME, Unit


def is_scalar(found: Type) -> TypeGuard[Bool | Str | Int]:
    """Whether values of the type can be compared by `==`."""
    return isinstance(found, Bool | Str | Int)


def same_unit(a: Unit, b: Unit) -> Unit | None:
    """The unit of both; a bare number takes the other's."""
    if b in (a, BARE):
        return a
    return b if a == BARE else None


def same_tag(a: str | None, b: str | None) -> tuple[str | None] | None:
    """The tag of both, in a tuple because no tag is one too; a bare text takes the other's."""
    if b in (a, TEXT_BARE):
        return (a,)
    return (b,) if a == TEXT_BARE else None


def sum_unit(operator: str, a: Unit, b: Unit) -> Unit | None:
    """Of `a + b`, `a - b`, `a % b`."""
    if TIME not in (a, b):
        return same_unit(a, b)
    if a == TIME and operator in ("+", "-") and b in (SECONDS, BARE):
        return TIME
    return SECONDS if operator == "-" and a == b else None


def product_unit(operator: str, a: Unit, b: Unit) -> Unit | None:
    """Of `a * b`, `a / b`: base units multiply; a bare factor is a plain number."""
    if TIME in (a, b):
        return None
    if a == b == BARE:
        return BARE
    a, b = (NUMBER if unit == BARE else unit for unit in (a, b))
    return a.times(b) if operator == "*" else a.per(b)


def merge(a: Type, b: Type) -> Type | None:
    """The type of a value that is one or the other: branches of a choice, elements of a list."""
    match a, b:
        case Nothing(), _:
            return b
        case _, Nothing():
            return a
        case Int(), Int():
            unit = same_unit(a.unit, b.unit)
            return None if unit is None else Int(unit, *either((a.low, a.high), (b.low, b.high)))
        case Str(), Str():
            tag = same_tag(a.tag, b.tag)
            return None if tag is None else Str(tag[0])
        case ListOf(), ListOf():
            item = merge(a.item, b.item)
            return None if item is None else ListOf(item, max(a.maximum, b.maximum))
        case _:
            return a if a == b else None


def given_as(found: Type, wanted: Type) -> Type | None:
    """The type of a value handed over where `wanted` is declared.

    A range and a maximum are not compared here: values are tested when they are handed over. A text
    with a tag may be handed over where no tag is asked for.
    """
    match found, wanted:
        case Nothing(), _:
            return wanted
        case Int(), Int():
            return Int(wanted.unit, found.low, found.high) if found.unit in (
                BARE, wanted.unit) else None  # fmt: skip
        case Str(), Str():
            return wanted if wanted.tag in (None, found.tag) or found.tag == TEXT_BARE else None
        case ListOf(), ListOf():
            item = given_as(found.item, wanted.item)
            return None if item is None else ListOf(item, found.maximum)
        case (Bool(), Bool()) | (Record(), Record()):
            return found if found == wanted else None
        case _:
            return None


def settled(found: Type) -> Type:
    """The type of a whole expression: what is still bare is a plain number, a text without tag."""
    match found:
        case Int(unit, low, high) if unit == BARE:
            return Int(NUMBER, low, high)
        case Str(tag) if tag == TEXT_BARE:
            return Str()
        case ListOf(item, maximum):
            return ListOf(settled(item), maximum)
        case _:
            return found
