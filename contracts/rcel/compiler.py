"""The compiler: a checked tree becomes closures, one a node.

Each closure takes the values and the variables of macros (a list, a place for each level of macros)
and returns the node's value or raises `EvaluationError`. `||`, `&&`, `all` and `exists` absorb an
error when another part decides; everything else hands it on. Only our own class is caught: any
other exception is a fault of ours and must stop the node. No types are looked at: the checker has
proved them. Specification: `docs/spec/rcel-1.md`, semantics.
"""

from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final, TypeAlias

from contracts.rcel import functions
from contracts.rcel.errors import ErrorKind, EvaluationError
from contracts.rcel.limits import INT64_MAX, INT64_MIN
from contracts.rcel.nodes import (
    Binary,
    Call,
    Has,
    Index,
    ListOf,
    Literal,
    Macro,
    Name,
    Node,
    Select,
    Ternary,
    Unary,
)
from ledger.canon import Value

Values: TypeAlias = Mapping[str, Value]
Variables: TypeAlias = list[Any]
# The checker has proved what each closure takes and returns; Python's types cannot say it.
Run: TypeAlias = Callable[[Values, Variables], Any]


def compile_tree(tree: Node) -> tuple[Run, int]:
    """The closure of the whole tree, and how many places for variables it wants."""
    compiler = _Compiler()
    return compiler.run(tree), compiler.places


class _Compiler:
    """Knows which place each variable in force has."""

    def __init__(self) -> None:
        self._place_of: dict[str, int] = {}
        self.places = 0

    def run(self, node: Node) -> Run:
        """The closure of one node."""
        match node:
            case Literal(value):
                return lambda v, s: value
            case Name(name):
                return self._name(name)
            case Select(operand, field):
                return self._select(operand, field)
            case Has(Select(operand, field)):
                record = self.run(operand)
                return lambda v, s: field in record(v, s)
            case Index(operand, index):
                return _call_2(functions.element, self.run(operand), self.run(index))
            case ListOf(items):
                runs = tuple(self.run(item) for item in items)
                return lambda v, s: [run(v, s) for run in runs]
            case Call(function, arguments):
                return _call(function, [self.run(argument) for argument in arguments])
            case Macro():
                return self._macro(node)
            case Unary(operator, operand):
                inner = self.run(operand)
                return _not(inner) if operator == "!" else _call_1(functions.negate, inner)
            case Binary(operator, left, right):
                return _BINARY[operator](self.run(left), self.run(right))
            case Ternary(condition, yes, no):
                return _ternary(self.run(condition), self.run(yes), self.run(no))

    def _name(self, name: str) -> Run:
        place = self._place_of.get(name)
        if place is None:
            return lambda v, s: v[name]
        return lambda v, s: s[place]

    def _select(self, operand: Node, field: str) -> Run:
        # A field of a name is what rules read most: one closure instead of two.
        if isinstance(operand, Name):
            name = operand.name
            place = self._place_of.get(name)
            if place is None:
                return lambda v, s: v[name][field]  # type: ignore[call-overload, index]
            return lambda v, s: s[place][field]
        record = self.run(operand)
        return lambda v, s: record(v, s)[field]

    def _macro(self, node: Macro) -> Run:
        operand = self.run(node.operand)
        place = len(self._place_of)
        self._place_of[node.variable.name] = place
        self.places = max(self.places, len(self._place_of))
        body = self.run(node.body)
        del self._place_of[node.variable.name]
        return _MACROS[node.macro](operand, body, place)


# ---- choices -------------------------------------------------------------------------------------


def _or(left: Run, right: Run) -> Run:
    def run(v: Values, s: Variables) -> bool:
        try:
            if left(v, s):
                return True
        except EvaluationError:
            # The right side may decide alone; else there is an error.
            if right(v, s):
                return True
            raise
        found: bool = right(v, s)
        return found

    return run


def _and(left: Run, right: Run) -> Run:
    def run(v: Values, s: Variables) -> bool:
        try:
            if not left(v, s):
                return False
        except EvaluationError:
            if not right(v, s):
                return False
            raise
        found: bool = right(v, s)
        return found

    return run


def _not(inner: Run) -> Run:
    return lambda v, s: not inner(v, s)


def _ternary(condition: Run, yes: Run, no: Run) -> Run:
    return lambda v, s: yes(v, s) if condition(v, s) else no(v, s)


# ---- arithmetic and comparison -------------------------------------------------------------------


def _plus(left: Run, right: Run) -> Run:
    def run(v: Values, s: Variables) -> int:
        found: int = left(v, s) + right(v, s)
        if INT64_MIN <= found <= INT64_MAX:
            return found
        raise EvaluationError(ErrorKind.OVERFLOW)

    return run


def _minus(left: Run, right: Run) -> Run:
    def run(v: Values, s: Variables) -> int:
        found: int = left(v, s) - right(v, s)
        if INT64_MIN <= found <= INT64_MAX:
            return found
        raise EvaluationError(ErrorKind.OVERFLOW)

    return run


def _times(left: Run, right: Run) -> Run:
    def run(v: Values, s: Variables) -> int:
        found: int = left(v, s) * right(v, s)
        if INT64_MIN <= found <= INT64_MAX:
            return found
        raise EvaluationError(ErrorKind.OVERFLOW)

    return run


def _in(left: Run, right: Run) -> Run:
    return lambda v, s: left(v, s) in right(v, s)


def _call_1(function: Callable[..., Any], a: Run) -> Run:
    return lambda v, s: function(a(v, s))


def _call_2(function: Callable[..., Any], a: Run, b: Run) -> Run:
    return lambda v, s: function(a(v, s), b(v, s))


def _two(function: Callable[..., Any]) -> Callable[[Run, Run], Run]:
    return lambda left, right: _call_2(function, left, right)


_BINARY: Final[Mapping[str, Callable[[Run, Run], Run]]] = {
    "||": _or,
    "&&": _and,
    "==": _two(eq),
    "!=": _two(ne),
    "<": _two(lt),
    "<=": _two(le),
    ">": _two(gt),
    ">=": _two(ge),
    "in": _in,
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _two(functions.divide),
    "%": _two(functions.remainder),
}

_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "size": len,
    "startsWith": str.startswith,
    "sum": functions.total,
    "distinct": functions.distinct,
    "math.least": min,
    "math.greatest": max,
    "mulDivFloor": functions.mul_div_floor,
    "mulDivCeil": functions.mul_div_ceil,
    "mulDivHalfUp": functions.mul_div_half_up,
}


def _call(name: str, given: list[Run]) -> Run:
    function = _FUNCTIONS[name]
    match given:
        case [a]:
            return _call_1(function, a)
        case [a, b]:
            return _call_2(function, a, b)
        case _:
            a, b, c = given
            return lambda v, s: function(a(v, s), b(v, s), c(v, s))


# ---- macros: `place` of the variables holds the element ------------------------------------------


def _all(operand: Run, body: Run, place: int) -> Run:
    def run(v: Values, s: Variables) -> bool:
        failed = None
        for item in operand(v, s):
            s[place] = item
            try:
                if not body(v, s):
                    return False
            except EvaluationError as error:
                failed = failed or error.kind
        if failed is not None:
            raise EvaluationError(failed)
        return True

    return run


def _exists(operand: Run, body: Run, place: int) -> Run:
    def run(v: Values, s: Variables) -> bool:
        failed = None
        for item in operand(v, s):
            s[place] = item
            try:
                if body(v, s):
                    return True
            except EvaluationError as error:
                failed = failed or error.kind
        if failed is not None:
            raise EvaluationError(failed)
        return False

    return run


def _exists_one(operand: Run, body: Run, place: int) -> Run:
    def run(v: Values, s: Variables) -> bool:
        # Every element is asked: an error behind the second one that is true still counts.
        count = 0
        for item in operand(v, s):
            s[place] = item
            if body(v, s):
                count += 1
        return count == 1

    return run


def _filter(operand: Run, body: Run, place: int) -> Run:
    def run(v: Values, s: Variables) -> list[Value]:
        kept = []
        for item in operand(v, s):
            s[place] = item
            if body(v, s):
                kept.append(item)
        return kept

    return run


def _map(operand: Run, body: Run, place: int) -> Run:
    def run(v: Values, s: Variables) -> list[Value]:
        found = []
        for item in operand(v, s):
            s[place] = item
            found.append(body(v, s))
        return found

    return run


_MACROS: Final[Mapping[str, Callable[[Run, Run, int], Run]]] = {
    "all": _all,
    "exists": _exists,
    "exists_one": _exists_one,
    "filter": _filter,
    "map": _map,
}
