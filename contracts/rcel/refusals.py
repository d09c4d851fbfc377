"""What the checker refuses: types that are not the one wanted, units and tags that do not meet.

Functions that return the type they were given when it is the one wanted, and refusals with the
values that `contracts.rcel.sentences` shows. Specification: `docs/spec/rcel-1.md`, types.
"""

from typing import Final

from contracts.rcel.errors import StaticCode, StaticError
from contracts.rcel.nodes import Node
from contracts.rcel.types import Bool, Int, ListOf, Str, Type, format_type
from contracts.rcel.units import BARE, Unit

# Phrases that messages show; `contracts.rcel.sentences` has them in other languages.
INTEGER: Final = "an integer"
TEXT: Final = "a text"
TRUTH: Final = "true or false"
LIST: Final = "a list"
RECORD: Final = "a record"
SCALAR: Final = "an integer, a text, or true or false"
ALIKE: Final = "two values of one type"


def list_type(node: Node, found: Type) -> ListOf:
    """`found`, which is a list."""
    if not isinstance(found, ListOf):
        raise mistyped(node, found, LIST)
    return found


def int_type(node: Node, found: Type) -> Int:
    """`found`, which is an integer."""
    if not isinstance(found, Int):
        raise mistyped(node, found, INTEGER)
    return found


def text_type(node: Node, found: Type) -> Str:
    """`found`, which is a text."""
    if not isinstance(found, Str):
        raise mistyped(node, found, TEXT)
    return found


def check_truth(node: Node, found: Type) -> None:
    """`found` is true or false."""
    if not isinstance(found, Bool):
        raise mistyped(node, found, TRUTH)


def mistyped(node: Node, found: Type, wanted: str) -> StaticError:
    """Another type is wanted where `node` stands."""
    return StaticError(StaticCode.TYPE, node.at, found=format_type(found), wanted=wanted)


def units(at: int, operator: str, a: Unit, b: Unit) -> StaticError:
    """Two units that do not go together."""
    left, right = (str(unit) or "1" for unit in (a, b))
    return StaticError(StaticCode.UNIT, at, found=operator, left=left, right=right)


def times(at: int, operator: str, a: Unit, b: Unit) -> StaticError:
    """What is not done with times."""
    left, right = ("1" if unit == BARE else str(unit) or "1" for unit in (a, b))
    return StaticError(StaticCode.TIME, at, found=operator, left=left, right=right)


def tags(at: int, a: Str, b: Str) -> StaticError:
    """Texts that name different things."""
    left, right = format_type(a), format_type(b)
    return StaticError(StaticCode.TAG, at, left=left, right=right)
