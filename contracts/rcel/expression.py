"""An expression of rcel/1: parsed, checked, costed, ready to evaluate.

>>> from contracts.rcel.types import parse_type
>>> parcels, people = "int[parcel](0..10000)", "int[person](0..60)"
>>> scope = {"taken": parse_type(parcels, {}, {}), "people": parse_type(people, {}, {}),
...          "each": parse_type("int[parcel/person](0..20)", {}, {})}
>>> rule = compile_expression("taken + 1 <= each * people", scope)
>>> rule.evaluate({"taken": 5, "people": 3, "each": 2}), rule.cost, sorted(rule.reads)
(True, 7, ['each', 'people', 'taken'])
"""

from collections.abc import Mapping

from contracts.rcel.types import Type
from ledger.canon import Value


class Expression:
    """A checked expression."""

    text: str
    type: Type
    cost: int
    reads: frozenset[str]

    def evaluate(self, values: Mapping[str, Value]) -> Value:
        """The value; raises `EvaluationError`."""
        raise NotImplementedError


def compile_expression(
    text: str, scope: Mapping[str, Type], *, expects: Type | None = None
) -> Expression:
    """The expression that `text` writes; raises `StaticError`."""
    raise NotImplementedError
