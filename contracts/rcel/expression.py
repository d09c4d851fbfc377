"""An expression of rcel/1: parsed, checked, costed, ready to evaluate.

The face of this folder. A text is compiled once and evaluated often; equal texts in equal scopes
give equal answers on every machine. Specification: `docs/spec/rcel-1.md`.

    >>> from contracts.rcel.types import parse_type
    >>> parcels, people = "int[parcel](0..10000)", "int[person](0..60)"
    >>> scope = {"taken": parse_type(parcels, {}, {}), "people": parse_type(people, {}, {}),
    ...          "each": parse_type("int[parcel/person](0..20)", {}, {})}
    >>> rule = compile_expression("taken + 1 <= each * people", scope)
    >>> rule.evaluate({"taken": 5, "people": 3, "each": 2}), rule.cost, sorted(rule.reads)
    (True, 7, ['each', 'people', 'taken'])
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn, cast

from contracts.rcel.checker import Checker
from contracts.rcel.compiler import Run, compile_tree
from contracts.rcel.errors import ErrorKind, EvaluationError, StaticCode, StaticError
from contracts.rcel.grammar import parse
from contracts.rcel.nodes import Node
from contracts.rcel.rules import given_as, settled
from contracts.rcel.types import Type, format_type
from ledger.canon import Value


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression: its tree, type, static cost, and the dotted names that it reads."""

    text: str
    tree: Node
    type: Type
    cost: int
    reads: frozenset[str]
    _run: Run
    _places: int

    def evaluate(self, values: Mapping[str, Value]) -> Value:
        """The value, where `values` are of the types of the scope: `fits` has tested them.

        Raises `EvaluationError`. Values are not changed, nor are they copied into the result.
        """
        # Variables of macros have places in a list of this evaluation; most rules want none.
        return cast(Value, self._run(values, [False] * self._places))


def compile_expression(
    text: str, scope: Mapping[str, Type], *, expects: Type | None = None
) -> Expression:
    """The expression that `text` writes, in a scope of declared names.

    With `expects` its value can be handed over where that type is declared; the range is tested by
    `fits` when there is a value. Raises `StaticError`.
    """
    tree = parse(text)
    checker = Checker(scope)
    found = checker.whole(tree)
    kind = settled(found.type) if expects is None else given_as(found.type, expects)
    if kind is None:
        assert expects is not None
        shown, wanted = format_type(settled(found.type)), format_type(expects)
        raise StaticError(StaticCode.EXPECTED_TYPE, 0, found=shown, wanted=wanted)
    run, places = compile_tree(tree)
    return Expression(text, tree, kind, found.cost, frozenset(checker.reads), run, places)


class Readings(dict[str, Value]):
    """Values of which some could not be read: reading one of those is the error that it carries.

    >>> readings = Readings({"open": 0}, failed={"household": ErrorKind.FACT_MISSING})
    >>> readings["household"]
    Traceback (most recent call last):
    contracts.rcel.errors.EvaluationError: fact_missing
    """

    def __init__(
        self, values: Mapping[str, Value], *, failed: Mapping[str, ErrorKind] | None = None
    ) -> None:
        super().__init__(values)
        self.failed = failed or {}

    def __missing__(self, name: str) -> NoReturn:
        kind = self.failed.get(name)
        if kind is None:
            raise KeyError(name)
        raise EvaluationError(kind)
