"""A question put to z3, and its answer: no, yes by a confirmed example, or not known.

The bound on its work is z3's count of steps, not time: the same question has the same answer on a
slow machine. An example is believed when our own engine says of it what was asked for; else the
answer is "unconfirmed", which claims nothing and is a fault of the translation, or of what it left
open.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import z3

from contracts.documents.compiled import Contract
from contracts.rcel.types import Type
from tools.analysing.examples import Example, Holds, shrink
from tools.analysing.inputs import Inputs, identity
from tools.analysing.shapes import Formula

STEPS_MAX: Final = 1_000_000
"""Steps of z3 (`rlimit`) that one question may take: some tenths of a second of one core."""


class State(StrEnum):
    """What an answer is worth."""

    NO = "no"
    """Nothing of the kind within the model."""
    YES = "yes"
    """There is an example, and our engine has confirmed it."""
    UNKNOWN = "unknown"
    """z3 did not find out within its steps."""
    UNCONFIRMED = "unconfirmed"
    """z3 has an example that is none for our engine."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`example` where the state is yes."""

    state: State
    example: Example | None = None


class Asker:
    """Asks about some contracts whose meanings are made."""

    def __init__(
        self, inputs: Inputs, contracts: tuple[Contract, ...], steps_max: int = STEPS_MAX
    ) -> None:
        self._inputs, self._contracts, self._steps_max = inputs, contracts, steps_max
        self._base = [*inputs.conditions, *inputs.world.axioms()]
        self._rows = [
            found.there
            for contract in contracts
            for fact in contract.facts
            if not fact.optional and (found := inputs.fact(contract, fact)).there is not None
        ]

    def ask(self, holds: Holds, *conditions: Formula, whole: bool = True) -> Answer:
        """Whether all conditions can be true at once; `holds`: what our engine must say then.

        `whole`: no row that must be there is missing. What one expression says while a row is
        missing, and is no error, it says as well whatever stands in that row.
        """
        if whole:
            conditions = (*conditions, *self._rows)
        if any(z3.is_false(one) for one in conditions):
            return Answer(State.NO)
        found, model = self._check(conditions)
        if found == z3.unknown and self._inputs.few:
            # Lists of one element are easier; that they have no example says nothing.
            found, model = self._check((*conditions, *self._inputs.few))
            found = z3.unknown if found == z3.unsat else found
        if found == z3.unsat:
            return Answer(State.NO)
        if found == z3.unknown:
            return Answer(State.UNKNOWN)
        example = self._example(model)
        if not holds(example):
            return Answer(State.UNCONFIRMED)
        it, facts, items = self._types()
        return Answer(State.YES, shrink(example, it, facts, items, holds))

    def _check(self, conditions: tuple[Formula, ...]) -> tuple[Any, Any]:
        solver = z3.Solver(ctx=self._inputs.world.ctx)
        solver.set("rlimit", self._steps_max)
        solver.add(*self._base, *conditions)
        found = solver.check()
        return found, solver.model() if found == z3.sat else None

    def _example(self, model: Any) -> Example:
        inputs, named = self._inputs, dict[str, str]()
        it = inputs.read(model, inputs.it, named)
        assert isinstance(it, dict)
        example = Example(it, {}, {})
        facts, items = dict(example.facts), dict(example.items)
        for contract in self._contracts:
            if contract.foreach is not None:
                item = inputs.read(model, inputs.item_of(contract), named)
                assert item is not None
                items[contract.foreach.over] = item
            for fact in contract.facts:
                value = inputs.read(model, inputs.fact(contract, fact), named)
                if value is not None:
                    facts[identity(contract, fact)] = value
        return Example(it, facts, items)

    def _types(self) -> tuple[Type, dict[str, Type], dict[str, Type]]:
        facts: dict[str, Type] = {}
        items: dict[str, Type] = {}
        for contract in self._contracts:
            if contract.foreach is not None:
                items[contract.foreach.over] = contract.foreach.type
            for fact in contract.facts:
                facts[identity(contract, fact)] = self._inputs.fact(contract, fact).type
        return self._inputs.it.type, facts, items
