"""An expression of rcel/1 as a value of formulas, with the condition under which it is an error.

One method a shape of node, beside what `contracts.rcel.compiler` does with it: `||`, `&&`, `all`
and `exists` absorb an error when another part decides, everything else hands it on, and every
result of `+ - * / %` and unary `-` is held against int64. A branch that is not taken has a value
here, as formulas have, and no say.

What is left open: how a text begins by another that is not written out. An example that rests on
it may be none, which our engine finds out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import z3

from contracts.rcel.errors import ErrorKind
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
from tools.analysing.shapes import (
    Fields,
    Formula,
    Shape,
    Slots,
    Term,
    World,
    both,
    choose,
    count,
    either,
    negated,
)


class OutsideModel(Exception):
    """The expression has a part that no formula stands for."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place where an error begins: its kind, and when."""

    kind: ErrorKind
    when: Formula


class Translator:
    """Translates trees; `names` are the values of their scope, `sites` where errors begin."""

    def __init__(self, world: World, names: Mapping[str, Term]) -> None:
        self._world, self._names = world, names
        self._variables: dict[str, Term] = {}
        self.sites: list[Site] = []
        self._false = world.truth(False)

    def term(self, node: Node) -> Term:
        """The value of one node."""
        match node:
            case Literal(value):
                return self._literal(value)
            case Name(name):
                return self._variables.get(name) or self._names[name]
            case Select(operand, field):
                record = self.term(operand)
                return Term(_field(record, field)[1], record.error)
            case Has(Select(operand, field)):
                record = self.term(operand)
                return Term(_field(record, field)[0], record.error)
            case Index(operand, index):
                return self._index(self.term(operand), self.term(index))
            case ListOf(items):
                terms = [self.term(item) for item in items]
                true = self._world.truth(True)
                slots = Slots(tuple((true, one.shape) for one in terms))
                return Term(slots, self._any(terms))
            case Call(function, arguments):
                return self._call(function, [self.term(one) for one in arguments])
            case Macro():
                return self._macro(node)
            case Unary(operator, operand):
                inner = self.term(operand)
                if operator == "!":
                    return Term(negated(inner.formula), inner.error)
                return self._checked(-inner.formula, inner)
            case Binary(operator, left, right):
                return self._binary(operator, self.term(left), self.term(right))
            case Ternary(condition, yes, no):
                return self._ternary(self.term(condition), self.term(yes), self.term(no))

    def _literal(self, value: int | str | bool) -> Term:
        if isinstance(value, bool):
            return Term(self._world.truth(value), self._false)
        if isinstance(value, int):
            return Term(self._world.integer(value), self._false)
        return Term(self._world.text(value), self._false)

    # ---- errors ----------------------------------------------------------------------------------

    def _any(self, terms: list[Term]) -> Formula:
        return either(self._false, *(one.error for one in terms))

    def _site(self, kind: ErrorKind, when: Formula) -> Formula:
        when = z3.simplify(when)
        if not z3.is_false(when):
            self.sites.append(Site(kind, when))
        return when

    def _checked(self, result: Formula, *terms: Term) -> Term:
        """A result that is an error beyond int64."""
        result = _folded(result)
        beyond = z3.Or(result < INT64_MIN, result > INT64_MAX)
        return Term(result, either(self._any(list(terms)), self._site(ErrorKind.OVERFLOW, beyond)))

    # ---- operators -------------------------------------------------------------------------------

    def _binary(self, operator: str, left: Term, right: Term) -> Term:
        if operator in ("||", "&&"):
            return _logic(left, right, decides=operator == "||")
        if operator in ("/", "%"):
            return self._divided(operator, left, right)
        error = self._any([left, right])
        if operator == "in":
            found = [both(there, left.formula == one) for there, one in _slots(right)]
            return Term(either(self._false, *found), error)
        a, b = left.formula, right.formula
        match operator:
            case "+" | "-" | "*":
                return self._checked(a + b if operator == "+" else a - b if operator == "-"
                                     else a * b, left, right)  # fmt: skip
            case "==":
                return Term(_folded(a == b), error)
            case "!=":
                return Term(_folded(a != b), error)
            case _:
                return Term(_folded(_ORDER[operator](a, b)), error)

    def _divided(self, operator: str, left: Term, right: Term) -> Term:
        a, b = left.formula, right.formula
        error = either(
            self._any([left, right]),
            self._site(ErrorKind.DIV_ZERO, b == 0),
            self._site(ErrorKind.OVERFLOW, z3.And(a == INT64_MIN, b == -1)),
        )
        # z3 divides so that the remainder is not negative: for a dividend that is none either,
        # that is division towards zero.
        if operator == "/":
            return Term(_folded(z3.If(a >= 0, a / b, -((-a) / b))), error)
        return Term(_folded(z3.If(a >= 0, a % b, -((-a) % b))), error)

    def _ternary(self, condition: Term, yes: Term, no: Term) -> Term:
        branch = choose(condition.formula, yes.error, no.error)
        shape = choose(condition.formula, yes.shape, no.shape)
        return Term(shape, either(condition.error, branch))

    # ---- functions -------------------------------------------------------------------------------

    def _call(self, function: str, given: list[Term]) -> Term:
        first, error = given[0], self._any(given)
        match function:
            case "size":
                return Term(count(self._world, [there for there, _ in _slots(first)]), error)
            case "startsWith":
                return Term(self._world.begins(first.formula, given[1].formula), error)
            case "sum":
                none = self._world.integer(0)
                parts = [z3.If(there, one, none) for there, one in _slots(first)]
                return self._checked(z3.Sum(parts) if parts else none, first)
            case "distinct":
                return Term(self._distinct(first), error)
            case "math.least" | "math.greatest":
                a, b = first.formula, given[1].formula
                return Term(_folded(z3.If(a <= b if function == "math.least" else a >= b, a, b)),
                            error)  # fmt: skip
            case _:
                return self._scaled(function, *given)

    def _scaled(self, function: str, x: Term, num: Term, den: Term) -> Term:
        """`mulDivFloor(x, num, den)` and its two sisters."""
        product, by = _folded(x.formula * num.formula), den.formula
        below = self._site(ErrorKind.DIVISOR, by < 1)
        match function:
            case "mulDivFloor":
                found = product / by
            case "mulDivCeil":
                found = -((-product) / by)
            case _:
                up = (2 * product + by) / (2 * by)
                found = z3.If(product >= 0, up, -((by - 2 * product) / (2 * by)))
        whole = self._checked(found, x, num, den)
        # Beyond int64 and a divisor below 1 at once: whichever, it is an error.
        return Term(whole.shape, either(below, whole.error))

    def _distinct(self, items: Term) -> Slots:
        kept: list[tuple[Formula, Shape]] = []
        for there, one in _slots(items):
            seen = [both(before, one == other) for before, other in kept]
            kept.append((both(there, negated(either(self._false, *seen))), one))
        return Slots(tuple(kept))

    def _index(self, items: Term, index: Term) -> Term:
        slots, at = _slots(items), index.formula
        if not slots:
            raise OutsideModel
        here = [there for there, _ in slots]
        size = count(self._world, here)
        found = slots[-1][1]
        for place in range(len(slots) - 2, -1, -1):
            rank = count(self._world, here[:place])
            found = choose(both(here[place], rank == at), slots[place][1], found)
        beyond = self._site(ErrorKind.INDEX, z3.Or(at < 0, at >= size))
        return Term(found, either(items.error, index.error, beyond))

    # ---- macros ----------------------------------------------------------------------------------

    def _macro(self, node: Macro) -> Term:
        items = self.term(node.operand)
        bodies: list[tuple[Formula, Shape, Term]] = []
        for there, one in _slots(items):
            begun = len(self.sites)
            self._variables[node.variable.name] = Term(one, self._false)
            body = self.term(node.body)
            del self._variables[node.variable.name]
            # What goes wrong with an element that is not there goes wrong nowhere.
            for at in range(begun, len(self.sites)):
                site = self.sites[at]
                self.sites[at] = Site(site.kind, both(there, site.when))
            bodies.append((there, one, body))
        wrong = either(self._false, *(both(there, body.error) for there, _, body in bodies))
        if node.macro in ("all", "exists"):
            exists = node.macro == "exists"
            deciding = [
                both(there, negated(body.error), body.formula if exists else negated(body.formula))
                for there, _, body in bodies
            ]
            decided = either(self._false, *deciding)
            error = either(items.error, both(negated(decided), wrong))
            return Term(decided if exists else negated(decided), error)
        error = either(items.error, wrong)
        if node.macro == "map":
            return Term(Slots(tuple((there, body.shape) for there, _, body in bodies)), error)
        kept = tuple((both(there, body.formula), one) for there, one, body in bodies)
        if node.macro == "filter":
            return Term(Slots(kept), error)
        return Term(_folded(count(self._world, [there for there, _ in kept]) == 1), error)


_ORDER: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _logic(left: Term, right: Term, *, decides: bool) -> Term:
    """`||` (an operand that is true decides) and `&&` (one that is false does)."""
    sides = [
        both(negated(one.error), one.formula if decides else negated(one.formula))
        for one in (left, right)
    ]
    decided = either(*sides)
    error = both(negated(decided), either(left.error, right.error))
    return Term(decided if decides else negated(decided), error)


def _slots(term: Term) -> tuple[tuple[Formula, Shape], ...]:
    assert isinstance(term.shape, Slots)
    return term.shape.slots


def _field(record: Term, field: str) -> tuple[Formula, Shape]:
    assert isinstance(record.shape, Fields)
    return record.shape.fields[field]


def _folded(formula: Formula) -> Formula:
    """The formula, computed where nothing in it is unknown."""
    # Constants are params and literals: with them a product is linear, and z3 quick.
    if all(z3.is_int_value(one) for one in formula.children()):
        return z3.simplify(formula)
    return formula
