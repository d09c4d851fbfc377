"""The tree of an expression: one class a shape, each node with its place in the text.

Nodes are data: `grammar` builds them, `checker` finds their types, `compiler` makes closures of
them. `at` counts the characters before the place that a message points to.
Specification: `docs/spec/rcel-1.md`, grammar.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """An integer, a text, `true` or `false`, as written."""

    value: int | str | bool
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """A fact, parameter, earlier expression, or the variable of a macro."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Select:
    """`operand.field`"""

    operand: "Node"
    field: str
    at: int


@dataclass(frozen=True, slots=True)
class Index:
    """`operand[index]`, from 0"""

    operand: "Node"
    index: "Node"
    at: int


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]`"""

    items: tuple["Node", ...]
    at: int


@dataclass(frozen=True, slots=True)
class Has:
    """`has(x.f)`: whether the field is there."""

    field: Select
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function by its name in `functions`; the list or text before the dot comes first."""

    function: str
    arguments: tuple["Node", ...]
    at: int


@dataclass(frozen=True, slots=True)
class Macro:
    """`operand.all(variable, body)`, and likewise for the others in `MACROS`."""

    macro: str
    operand: "Node"
    variable: Name
    body: "Node"
    at: int


@dataclass(frozen=True, slots=True)
class Unary:
    """`!x` or `-x`"""

    operator: str
    operand: "Node"
    at: int


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands of `|| && == != < <= > >= in + - * / %`"""

    operator: str
    left: "Node"
    right: "Node"
    at: int


@dataclass(frozen=True, slots=True)
class Ternary:
    """`condition ? yes : no`"""

    condition: "Node"
    yes: "Node"
    no: "Node"
    at: int


Node: TypeAlias = (
    Literal | Name | Select | Index | ListOf | Has | Call | Macro | Unary | Binary | Ternary
)


def parts(node: Node) -> tuple[Node, ...]:
    """The nodes directly below; the variable of a macro is none."""
    match node:
        case Literal() | Name():
            return ()
        case Select(operand) | Unary(_, operand):
            return (operand,)
        case Index(operand, index):
            return (operand, index)
        case ListOf(items) | Call(_, items):
            return items
        case Has(field):
            return (field,)
        case Macro(_, operand, _, body):
            return (operand, body)
        case Binary(_, left, right):
            return (left, right)
        case Ternary(condition, yes, no):
            return (condition, yes, no)


def walk(node: Node) -> Iterator[tuple[Node, int]]:
    """Every node with its level, the root's is 1. Without recursion: the tree may be too high."""
    waiting = [(node, 1)]
    while waiting:
        found, level = waiting.pop()
        yield found, level
        waiting += [(part, level + 1) for part in reversed(parts(found))]
