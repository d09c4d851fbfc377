"""A second, naive evaluator of rcel/1: walks the tree, counts its steps, shares no arithmetic.

Errors are values here, division works on fractions, and every step is counted, so that the static
cost can be held against what an evaluation took: a node is a step, an element walked over is one,
and a turn of a macro is one.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor, trunc
from typing import Any

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

ERROR = "error"


class Fault:
    """The value of an evaluation that has none."""


FAULT = Fault()


class Naive:
    """Evaluates trees; `steps` counts."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self.values: dict[str, Any] = dict(values)
        self.steps = 0

    def value(self, node: Node) -> Any:
        """The value of `node`, or `FAULT`."""
        self.steps += 1
        match node:
            case Literal(value):
                return value
            case Name(name):
                return self.values[name]
            case Select(operand, field):
                record = self.value(operand)
                return record if record is FAULT else record[field]
            case Has(Select(operand, field)):
                self.steps += 1
                return field in self.value(operand)
            case ListOf(items):
                return self._strict(list, *items)
            case Index(operand, index):
                return self._strict(_element, operand, index)
            case Call(function, arguments):
                return self._strict(lambda given: self._call(function, given), *arguments)
            case Unary(operator, operand):
                return self._strict(
                    lambda given: not given[0] if operator == "!" else _int64(-given[0]), operand
                )
            case Binary("&&" | "||"):
                return self._logic(node)
            case Binary(operator, left, right):
                return self._strict(lambda given: self._binary(operator, *given), left, right)
            case Ternary(condition, yes, no):
                chosen = self.value(condition)
                return chosen if chosen is FAULT else self.value(yes if chosen else no)
            case Macro():
                return self._macro(node)

    def _strict(self, function: Any, *nodes: Node) -> Any:
        given = []
        for node in nodes:
            given.append(self.value(node))
            if given[-1] is FAULT:
                return FAULT
        return function(given)

    def _logic(self, node: Binary) -> Any:
        decides = node.operator == "||"
        sides = []
        for side in (node.left, node.right):
            sides.append(self.value(side))
            if sides[-1] is decides:
                return decides
        return FAULT if FAULT in sides else not decides

    def _macro(self, node: Macro) -> Any:
        items = self.value(node.operand)
        if items is FAULT:
            return FAULT
        found = []
        for item in items:
            self.steps += 1
            self.values[node.variable.name] = item
            found.append(self.value(node.body))
            decides = {"all": False, "exists": True}.get(node.macro)
            if found[-1] is decides:
                return decides
        if FAULT in found:
            return FAULT
        match node.macro:
            case "all":
                return True
            case "exists":
                return False
            case "exists_one":
                return found.count(True) == 1
            case "filter":
                return [item for item, kept in zip(items, found, strict=True) if kept]
            case _:
                return found

    def _binary(self, operator: str, a: Any, b: Any) -> Any:
        match operator:
            case "==":
                return a == b
            case "!=":
                return a != b
            case "<":
                return a < b
            case "<=":
                return a <= b
            case ">":
                return a > b
            case ">=":
                return a >= b
            case "in":
                self.steps += len(b)
                return any(a == one for one in b)
            case "+":
                return _int64(a + b)
            case "-":
                return _int64(a - b)
            case "*":
                return _int64(a * b)
        if b == 0:
            return FAULT
        quotient = _int64(trunc(Fraction(a, b)))
        return quotient if operator == "/" or quotient is FAULT else a - b * quotient

    def _call(self, function: str, given: list[Any]) -> Any:
        match function:
            case "size":
                return len(given[0])
            case "startsWith":
                return given[0][: len(given[1])] == given[1]
            case "math.least":
                return sorted(given)[0]
            case "math.greatest":
                return sorted(given)[1]
            case "sum":
                self.steps += len(given[0])
                return _int64(sum(given[0]))
            case "distinct":
                self.steps += len(given[0])
                return [one for at, one in enumerate(given[0]) if one not in given[0][:at]]
        x, num, den = given
        if den < 1:
            return FAULT
        exact = Fraction(x * num, den)
        half = Fraction(1, 2)
        away = floor(exact + half) if exact >= 0 else ceil(exact - half)
        return _int64({"mulDivFloor": floor(exact), "mulDivCeil": ceil(exact)}.get(function, away))


def _element(given: list[Any]) -> Any:
    items, index = given
    return items[index] if 0 <= index < len(items) else FAULT


def _int64(found: int) -> Any:
    return found if -(2**63) <= found < 2**63 else FAULT
