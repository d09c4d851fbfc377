"""The checker: the type, the cost and the reads of a tree, or the place where it goes wrong.

One walk from the leaves. Beside each type it finds which optional fields are known to be there when
the node is true, and when it is false: `has(x.f) && x.f > 0` reads `x.f` only where it is there.
That holds although `&&` absorbs errors: while `x.f` is missing, whatever promises it is false, and
never an error, so that what stands behind it is not evaluated.
Specification: `docs/spec/rcel-1.md`, types, optional fields, cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contracts.rcel import cost, intervals, refusals
from contracts.rcel.errors import StaticCode, StaticError
from contracts.rcel.grammar import A_FIELD
from contracts.rcel.limits import COST_MAX, UNIT_FACTORS_MAX
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
from contracts.rcel.rules import (
    is_scalar,
    merge,
    product_unit,
    same_tag,
    same_unit,
    sum_unit,
)
from contracts.rcel.tokens import TAKEN
from contracts.rcel.types import TEXT_BARE, Bool, Int, Nothing, Record, Str, Type, format_type
from contracts.rcel.types import ListOf as ListType
from contracts.rcel.units import BARE, NUMBER, TIME, Unit

Paths = frozenset[str]
NONE: Final[Paths] = frozenset()


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a node: `if_true`, `if_false` are paths that are there in that case."""

    type: Type
    cost: int
    if_true: Paths = NONE
    if_false: Paths = NONE


def path_of(node: Node) -> str | None:
    """`it.qty` for a name with selections behind it; None for any other node."""
    fields: list[str] = []
    while isinstance(node, Select):
        fields.append(node.field)
        node = node.operand
    return ".".join([node.name, *reversed(fields)]) if isinstance(node, Name) else None


class Checker:
    """Checks one tree in one scope; `reads` are the dotted names that it found."""

    def __init__(self, scope: Mapping[str, Type]) -> None:
        self._scope = scope
        self._variables: dict[str, Type] = {}
        self.reads: set[str] = set()

    def whole(self, tree: Node) -> Checked:
        """Of the whole expression; its cost is within the limit."""
        found = self._check(tree, NONE)
        if found.cost > COST_MAX:
            raise StaticError(StaticCode.COST, 0, count=found.cost, most=COST_MAX)
        return found

    def _check(self, node: Node, known: Paths) -> Checked:
        """`known`: optional fields that are there wherever this node is evaluated."""
        match node:
            case Literal(value):
                return Checked(_literal(value), cost.plain())
            case Name():
                self._read(node)
                return Checked(self._type_of(node), cost.plain())
            case Select():
                self._read(node)
                return self._select(node, known)
            case Index():
                return self._index(node, known)
            case ListOf():
                return self._list(node, known)
            case Has(field, at):
                return self._has(field, at, known)
            case Call():
                return self._call(node, known)
            case Macro():
                return self._macro(node, known)
            case Unary():
                return self._unary(node, known)
            case Binary(operator):
                if operator in ("&&", "||"):
                    return self._logic(node, known)
                return self._binary(node, known)
            case Ternary():
                return self._ternary(node, known)

    # ---- names and fields ------------------------------------------------------------------------

    def _type_of(self, name: Name) -> Type:
        _check_name(name)
        found = self._variables.get(name.name) or self._scope.get(name.name)
        if found is None:
            known = ", ".join([*self._scope, *self._variables])
            raise StaticError(StaticCode.UNKNOWN_NAME, name.at, found=name.name, known=known)
        return found

    def _read(self, node: Node) -> None:
        path = path_of(node)
        if path is not None and path.partition(".")[0] not in self._variables:
            self.reads.add(path)

    def _operand(self, node: Select, known: Paths) -> Checked:
        """What stands before the dot; a part of a longer path is no read of its own."""
        match node.operand:
            case Name() as name:
                return Checked(self._type_of(name), cost.plain())
            case Select() as inner:
                return self._select(inner, known)
            case other:
                return self._check(other, known)

    def _select(self, node: Select, known: Paths, *, guarded: bool = True) -> Checked:
        operand = self._operand(node, known)
        if not isinstance(operand.type, Record):
            raise refusals.mistyped(node, operand.type, refusals.RECORD)
        field = operand.type.field(node.field)
        if field is None:
            names = ", ".join(field.name for field in operand.type.fields)
            raise StaticError(StaticCode.UNKNOWN_FIELD, node.at, found=node.field, known=names)
        if guarded and field.optional:
            path = path_of(node)
            if path not in known:
                raise StaticError(StaticCode.UNGUARDED, node.at, found=path or f"x.{node.field}")
        return Checked(field.type, cost.plain(operand.cost))

    def _has(self, field: Select, at: int, known: Paths) -> Checked:
        path = path_of(field)
        if path is None:
            raise StaticError(StaticCode.SYNTAX, at, found="has", wanted=A_FIELD)
        self._read(field)
        found = self._select(field, known, guarded=False)
        return Checked(Bool(), cost.plain(found.cost), if_true=frozenset((path,)))

    # ---- lists -----------------------------------------------------------------------------------

    def _index(self, node: Index, known: Paths) -> Checked:
        items = self._check(node.operand, known)
        index = self._check(node.index, known)
        item = refusals.list_type(node, items.type)
        number = refusals.int_type(node.index, index.type)
        if same_unit(number.unit, NUMBER) is None:
            raise refusals.units(node.at, "[", NUMBER, number.unit)
        return Checked(item.item, cost.plain(items.cost, index.cost))

    def _list(self, node: ListOf, known: Paths) -> Checked:
        found: Type = Nothing()
        price = 0
        for item in node.items:
            one = self._check(item, known)
            found = _merged(item.at, "[ , ]", found, one.type)
            price += one.cost
        return Checked(ListType(found, len(node.items)), cost.plain(price))

    def _macro(self, node: Macro, known: Paths) -> Checked:
        items = self._check(node.operand, known)
        item = refusals.list_type(node, items.type)
        _check_name(node.variable)
        name = node.variable.name
        if name in self._scope or name in self._variables:
            raise StaticError(StaticCode.NAME_TAKEN, node.variable.at, found=name)
        self._variables[name] = item.item
        body = self._check(node.body, known)
        del self._variables[name]
        price = cost.macro(items.cost, item.maximum, body.cost)
        if node.macro == "map":
            return Checked(ListType(body.type, item.maximum), price)
        refusals.check_truth(node.body, body.type)
        return Checked(item if node.macro == "filter" else Bool(), price)

    # ---- functions -------------------------------------------------------------------------------

    def _call(self, node: Call, known: Paths) -> Checked:
        given = [self._check(argument, known) for argument in node.arguments]
        price = cost.plain(*(one.cost for one in given))
        match node.function:
            case "size":
                most = refusals.list_type(node.arguments[0], given[0].type).maximum
                return Checked(Int(NUMBER, 0, most), price)
            case "startsWith":
                texts = [
                    refusals.text_type(part, one.type)
                    for part, one in zip(node.arguments, given, strict=True)
                ]
                if same_tag(texts[0].tag, texts[1].tag) is None:
                    raise refusals.tags(node.at, texts[0], texts[1])
                return Checked(Bool(), price)
            case "math.least" | "math.greatest":
                first, second = self._integers(node.arguments, given)
                return Checked(_merged(node.at, node.function, first, second), price)
            case "sum" | "distinct":
                return self._over_list(node, given[0])
            case _:
                return Checked(self._scaled(node, given), price)

    def _over_list(self, node: Call, items: Checked) -> Checked:
        found = refusals.list_type(node, items.type)
        price = cost.walking(found.maximum, items.cost)
        if node.function == "distinct":
            if not is_scalar(found.item) and found.item != Nothing():
                raise refusals.mistyped(node, found.item, refusals.SCALAR)
            return Checked(found, price)
        item = refusals.int_type(node, found.item)
        if item.unit == TIME:
            raise refusals.times(node.at, "sum", TIME, TIME)
        low, high = intervals.total((item.low, item.high), found.maximum)
        return Checked(Int(item.unit, low, high), price)

    def _scaled(self, node: Call, given: list[Checked]) -> Int:
        """`mulDivFloor(x, num, den)` and its two sisters."""
        x, num, den = self._integers(node.arguments, given)
        product = _product(node.at, "*", x.unit, num.unit)
        unit = _product(node.at, "/", product, den.unit)
        spans = ((one.low, one.high) for one in (x, num, den))
        return Int(unit, *intervals.scaled(*spans))

    def _integers(self, nodes: tuple[Node, ...], given: list[Checked]) -> list[Int]:
        return [refusals.int_type(node, one.type) for node, one in zip(nodes, given, strict=True)]

    # ---- operators -------------------------------------------------------------------------------

    def _unary(self, node: Unary, known: Paths) -> Checked:
        operand = self._check(node.operand, known)
        price = cost.plain(operand.cost)
        if node.operator == "!":
            refusals.check_truth(node.operand, operand.type)
            return Checked(Bool(), price, operand.if_false, operand.if_true)
        found = refusals.int_type(node.operand, operand.type)
        if found.unit == TIME:
            raise refusals.times(node.at, "-", TIME, TIME)
        return Checked(Int(found.unit, *intervals.cut(-found.high, -found.low)), price)

    def _logic(self, node: Binary, known: Paths) -> Checked:
        """`&&` and `||`: the right side is evaluated only where the left has not decided."""
        left = self._check(node.left, known)
        both = node.operator == "&&"
        right = self._check(node.right, known | (left.if_true if both else left.if_false))
        refusals.check_truth(node.left, left.type)
        refusals.check_truth(node.right, right.type)
        price = cost.plain(left.cost, right.cost)
        if both:
            if_true, if_false = left.if_true | right.if_true, left.if_false & right.if_false
        else:
            if_true, if_false = left.if_true & right.if_true, left.if_false | right.if_false
        return Checked(Bool(), price, if_true, if_false)

    def _ternary(self, node: Ternary, known: Paths) -> Checked:
        condition = self._check(node.condition, known)
        refusals.check_truth(node.condition, condition.type)
        yes = self._check(node.yes, known | condition.if_true)
        no = self._check(node.no, known | condition.if_false)
        price = cost.plain(condition.cost, yes.cost, no.cost)
        return Checked(_merged(node.at, "? :", yes.type, no.type), price)

    def _binary(self, node: Binary, known: Paths) -> Checked:
        left, right = self._check(node.left, known), self._check(node.right, known)
        price = cost.plain(left.cost, right.cost)
        match node.operator:
            case "==" | "!=":
                _alike(node, left.type, right.type)
                return Checked(Bool(), price)
            case "in":
                found = refusals.list_type(node.right, right.type)
                if found.item != Nothing():
                    _alike(node, left.type, found.item)
                elif not is_scalar(left.type):
                    raise refusals.mistyped(node.left, left.type, refusals.SCALAR)
                return Checked(Bool(), cost.walking(found.maximum, left.cost, right.cost))
            case "<" | "<=" | ">" | ">=":
                a, b = (
                    refusals.int_type(node.left, left.type),
                    refusals.int_type(node.right, right.type),
                )
                if same_unit(a.unit, b.unit) is None:
                    raise refusals.units(node.at, node.operator, a.unit, b.unit)
                return Checked(Bool(), price)
            case _:
                a, b = (
                    refusals.int_type(node.left, left.type),
                    refusals.int_type(node.right, right.type),
                )
                return Checked(_arithmetic(node, a, b), price)


# ---- rules with their refusals -------------------------------------------------------------------

_SPANS: Final = {
    "+": intervals.plus,
    "-": intervals.minus,
    "*": intervals.times,
    "/": intervals.quotient,
    "%": intervals.remainder,
}


def _check_name(name: Name) -> None:
    if name.name in TAKEN:
        raise StaticError(StaticCode.RESERVED, name.at, found=name.name)


def _literal(value: int | str | bool) -> Type:
    if isinstance(value, bool):
        return Bool()
    return Int(BARE, value, value) if isinstance(value, int) else Str(TEXT_BARE)


def _arithmetic(node: Binary, a: Int, b: Int) -> Int:
    operator = node.operator
    if operator in ("*", "/"):
        unit = _product(node.at, operator, a.unit, b.unit)
    else:
        found = sum_unit(operator, a.unit, b.unit)
        if found is None:
            refuse = refusals.times if TIME in (a.unit, b.unit) else refusals.units
            raise refuse(node.at, operator, a.unit, b.unit)
        unit = found
    return Int(unit, *_SPANS[operator]((a.low, a.high), (b.low, b.high)))


def _product(at: int, operator: str, a: Unit, b: Unit) -> Unit:
    unit = product_unit(operator, a, b)
    if unit is None:
        raise refusals.times(at, operator, a, b)
    if unit.factors > UNIT_FACTORS_MAX:
        raise StaticError(StaticCode.UNIT_SIZE, at, found=str(unit), most=UNIT_FACTORS_MAX)
    return unit


def _alike(node: Binary, a: Type, b: Type) -> None:
    """Both are scalars that `==` may compare."""
    for part, found in ((node.left, a), (node.right, b)):
        if not is_scalar(found) and (part is node.left or node.operator != "in"):
            raise refusals.mistyped(part, found, refusals.SCALAR)
    _merged(node.at, node.operator, a, b)


def _merged(at: int, written: str, a: Type, b: Type) -> Type:
    """The type of both; the most telling refusal where there is none."""
    found = merge(a, b)
    if found is not None:
        return found
    match a, b:
        case Int(), Int():
            raise refusals.units(at, written, a.unit, b.unit)
        case Str(), Str():
            raise refusals.tags(at, a, b)
        case _:
            shown = f"{format_type(a)}, {format_type(b)}"
            raise StaticError(StaticCode.TYPE, at, found=shown, wanted=refusals.ALIKE)
