"""A contract compiled: every name has a type, every expression is checked, the cost is known.

What comes out judges without looking anything up. What is wrong is told all at once, each with its
path in the document. Specification: `docs/spec/contract-document.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.documents.document import Document
from contracts.documents.parts import AggregateFact, FactForm
from contracts.documents.texts import Template, Texts
from contracts.documents.verbs import kind_caused
from contracts.rcel.expression import Expression
from contracts.rcel.types import Record, Type
from ledger.canon import Value


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact with its type and the expressions that find it; `form` says what it is.

    `key` of a row or list, `at` of a dated value, `by` of an aggregate: (field, expression).
    `per_item`: it reads the item of `foreach`, so that it is another for each item.
    """

    form: FactForm
    type: Type
    key: Expression | None
    at: Expression | None
    by: tuple[tuple[str, Expression], ...]
    per_item: bool

    @property
    def name(self) -> str:
        """Its name in expressions."""
        return self.form.name

    @property
    def optional(self) -> bool:
        """Whether it may be missing, each field then behind `has`."""
        return not isinstance(self.form, AggregateFact) and getattr(self.form, "optional", False)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text with its placeholders, by language tag; `currencies`: path of money -> currency."""

    templates: Mapping[str, Template]
    currencies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """What must hold, and what follows where it does not: `deny`, `hold` or `flag`."""

    id: str
    require: Expression
    otherwise: str
    say: Sentence
    public: Sentence | None


@dataclass(frozen=True, slots=True)
class CompiledForeach:
    """The walk of a trigger: query `over` the catalogue, `having` conditions by name."""

    name: str
    type: Record
    over: str
    having: tuple[tuple[str, Expression], ...]
    per_batch: int


@dataclass(frozen=True, slots=True)
class CompiledRate:
    """At most `firings` in the window for each value of `by`; a list counts per element."""

    firings: int
    by: Expression
    window_s: int


@dataclass(frozen=True, slots=True)
class CompiledBudget:
    """What may be spent, in minor units: constants of the document."""

    fund: str
    per_firing: int
    per_item: int | None
    rate: CompiledRate | None


@dataclass(frozen=True, slots=True)
class CompiledEffect:
    """What is caused `when` it holds; `fields`: (name, expression, type), in the verb's order."""

    id: str
    when: Expression
    verb: str
    fields: tuple[tuple[str, Expression, Type], ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract that can judge.

    `it` is what all its kinds have in common, `lets` are in the order in which they are worked
    out, `reads` the dotted names of facts that are read, `places` the decimals of currencies.
    """

    document: Document
    it: Record
    params: Mapping[str, Value]
    where: Expression
    facts: tuple[Fact, ...]
    lets: tuple[tuple[str, Expression], ...]
    rules: tuple[CompiledRule, ...]
    foreach: CompiledForeach | None
    budget: CompiledBudget | None
    effects: tuple[CompiledEffect, ...]
    cost: int
    reads: tuple[str, ...]
    places: Mapping[str, int]

    @property
    def id(self) -> str:
        """The contract's id, the same in all its versions."""
        return self.document.id

    @property
    def hash(self) -> str:
        """The contract hash, in hex."""
        return self.document.hash

    @property
    def title(self) -> Texts:
        """What it is called."""
        return self.document.title

    @property
    def causes(self) -> tuple[str, ...]:
        """Kinds of statements that its effects make, sorted."""
        found = {kind_caused(effect.verb, self.document.kind) for effect in self.effects}
        return tuple(sorted(found - {""}))

    def inputs(self, it: Value, item: Value | None = None) -> dict[str, Value]:
        """The values that keys of facts, `having` and a budget's rate may read."""
        values = {**self.params, "it": it}
        if self.foreach is not None and item is not None:
            values[self.foreach.name] = item
        return values
