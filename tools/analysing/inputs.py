"""What a contract reads, as unknowns: the statement `it`, the item of a walk, and the facts.

Each integer lies in its declared range. Of a list that may have more, `ELEMENTS` elements are
looked at. A fact that two contracts declare alike is one and the same unknown in both; two that
differ in anything are two unknowns, and nothing is known of how they hang together.

A row of the state that is not there is an error where it is read, or, where it is `optional`, a
record without fields; one that is there has all the fields that are always there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import z3

from contracts.documents.catalogued import Catalogue
from contracts.documents.compiled import Contract, Fact
from contracts.documents.parts import AggregateFact, DatedFact, ListFact, RecordFact
from contracts.documents.scopes import names_in
from contracts.rcel.types import Bool, Field, Int, ListOf, Record, Str, Type, format_type
from ledger.canon import Value
from tools.analysing.shapes import Fields, Formula, Shape, Slots, Term, World, both

ELEMENTS: Final = 4
"""Elements of a list that are looked at."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is asked for; `there` is None where it always is."""

    type: Type
    shape: Shape
    there: Formula | None = None


class Inputs:
    """The unknowns of one analysis; `conditions` are what is true of all of them."""

    def __init__(self, world: World, catalogue: Catalogue) -> None:
        self.world, self._catalogue = world, catalogue
        self.conditions: list[Formula] = []
        self.few: list[Formula] = []
        """That no list has more than one element."""
        self.it = Unknown(Record("it", ()), Fields({}))
        self._facts: dict[str, Unknown] = {}
        self._items: dict[str, Unknown] = {}

    # ---- making them -----------------------------------------------------------------------------

    def declare(self, *contracts: Contract) -> None:
        """`it` for all of these: the fields of each, as their common statements have them."""
        fields: dict[str, Field] = {}
        for contract in contracts:
            for field in contract.it.fields:
                known = fields.get(field.name)
                # A kind that both judge has it always where one of them says so.
                fields[field.name] = field if known is None or known.optional else known
        kind = Record("it", tuple(fields.values()))
        self.it = self.unknown(kind, "it")

    def unknown(self, kind: Type, path: str) -> Unknown:
        """A value of the type of which nothing else is known; `path` names it once."""
        return Unknown(kind, self._make(kind, path))

    def names_of(self, contract: Contract) -> dict[str, Term]:
        """All names of a contract but those of `let`."""
        false = self.world.truth(False)
        names = {"it": Term(self.it.shape, false)}
        for param, value in contract.params.items():
            names[param] = Term(self._constant(value), false)
        if contract.foreach is not None:
            names[contract.foreach.name] = Term(self.item_of(contract).shape, false)
        for fact in contract.facts:
            found = self.fact(contract, fact)
            missing = fact.optional or found.there is None
            error = false if missing else z3.Not(found.there)
            names[fact.name] = Term(found.shape, error)
        return names

    def item_of(self, contract: Contract) -> Unknown:
        """The item of its walk; walks through the same list have one item."""
        assert contract.foreach is not None
        name = contract.foreach.over
        if name not in self._items:
            kind = contract.foreach.type
            self._items[name] = self.unknown(kind, f"item of {name}")
        return self._items[name]

    def fact(self, contract: Contract, fact: Fact) -> Unknown:
        """A fact of a contract; one that is declared alike elsewhere is the same."""
        key = identity(contract, fact)
        if key not in self._facts:
            self._facts[key] = self._make_fact(fact, f"fact {len(self._facts)} {fact.name}")
        return self._facts[key]

    def _make_fact(self, fact: Fact, path: str) -> Unknown:
        if not isinstance(fact.form, RecordFact | DatedFact):
            return self.unknown(fact.type, path)
        there = self.world.variable("bool", f"{path} there")
        kind = self._catalogue.records[fact.form.record]
        shape = self._make(kind, path)
        if not fact.optional:
            return Unknown(kind, shape, there)
        assert isinstance(shape, Fields)
        fields = {name: (both(there, own), one) for name, (own, one) in shape.fields.items()}
        return Unknown(fact.type, Fields(fields), there)

    def _make(self, kind: Type, path: str) -> Shape:
        match kind:
            case Bool():
                return self.world.variable("bool", path)
            case Int(_, low, high):
                found = self.world.variable("int", path)
                self.conditions.append(z3.And(found >= low, found <= high))
                return found
            case Str():
                return self.world.variable("text", path)
            case ListOf(item, maximum):
                slots: list[tuple[Formula, Shape]] = []
                for at in range(min(maximum, ELEMENTS)):
                    there = self.world.variable("bool", f"{path}[{at}] there")
                    if slots:
                        self.conditions.append(z3.Implies(there, slots[-1][0]))
                    slots.append((there, self._make(item, f"{path}[{at}]")))
                self.few += [z3.Not(there) for there, _ in slots[1:2]]
                return Slots(tuple(slots))
            case Record(_, fields):
                return Fields({field.name: self._field(field, path) for field in fields})
            case _:
                raise AssertionError(kind)

    def _field(self, field: Field, path: str) -> tuple[Formula, Shape]:
        inner = f"{path}.{field.name}"
        there = (
            self.world.variable("bool", f"{inner} there")
            if field.optional
            else self.world.truth(True)
        )
        return there, self._make(field.type, inner)

    def _constant(self, value: Value) -> Shape:
        match value:
            case bool():
                return self.world.truth(value)
            case int():
                return self.world.integer(value)
            case str():
                return self.world.text(value)
            case list():
                true = self.world.truth(True)
                return Slots(tuple((true, self._constant(one)) for one in value))
            case _:
                true = self.world.truth(True)
                return Fields({name: (true, self._constant(one)) for name, one in value.items()})

    # ---- reading them from a model ---------------------------------------------------------------

    def read(self, model: Any, unknown: Unknown, named: dict[str, str]) -> Value | None:
        """The value that a model gives to an unknown; None where it is not there."""
        if unknown.there is not None and not self._holds(model, unknown.there):
            return None
        return self._read(model, unknown.shape, unknown.type, named)

    def _read(self, model: Any, shape: Shape, kind: Type, named: dict[str, str]) -> Value:
        if isinstance(shape, Fields):
            assert isinstance(kind, Record)
            types = {field.name: field.type for field in kind.fields}
            return {
                name: self._read(model, one, types[name], named)
                for name, (there, one) in shape.fields.items()
                if self._holds(model, there)
            }
        if isinstance(shape, Slots):
            assert isinstance(kind, ListOf)
            item = kind.item
            return [
                self._read(model, one, item, named)
                for there, one in shape.slots
                if self._holds(model, there)
            ]
        if isinstance(kind, Str):
            return self.world.read_text(model, shape, kind.tag or "text", named)
        value = model.eval(shape, model_completion=True)
        return z3.is_true(value) if isinstance(kind, Bool) else int(value.as_long())

    def _holds(self, model: Any, formula: Formula) -> bool:
        return bool(z3.is_true(model.eval(formula, model_completion=True)))


def long_lists(contract: Contract) -> tuple[str, ...]:
    """The lists that a contract reads and that may have more than `ELEMENTS` elements."""
    types: dict[str, Type] = {"it": contract.it}
    types.update((fact.name, fact.type) for fact in contract.facts)
    if contract.foreach is not None:
        types[contract.foreach.name] = contract.foreach.type
    found: dict[str, None] = {}
    for path in sorted(contract_reads(contract)):
        root, *fields = path.split(".")
        kind = types.get(root)
        for name in fields:
            field = kind.field(name) if isinstance(kind, Record) else None
            kind = None if field is None else field.type
        if kind is not None and not (isinstance(kind, Record) and not fields):
            found.update(dict.fromkeys(_long(kind, path)))
    return tuple(found)


def contract_reads(contract: Contract) -> set[str]:
    """The dotted names that its expressions read."""
    expressions = [
        contract.where,
        *(one for _, one in contract.lets),
        *(rule.require for rule in contract.rules),
        *(effect.when for effect in contract.effects),
        *(one for effect in contract.effects for _, one, _ in effect.fields),
    ]
    return {path for one in expressions for path in one.reads}


def _long(kind: Type, path: str) -> Iterator[str]:
    if isinstance(kind, ListOf):
        if kind.maximum > ELEMENTS:
            yield path
        yield from _long(kind.item, path)
    if isinstance(kind, Record):
        for field in kind.fields:
            yield from _long(field.type, f"{path}.{field.name}")


def identity(contract: Contract, fact: Fact) -> str:
    """What makes two facts the same one: form, type, and the params that find it.

    A key that reads the item of a walk reads that of its list.
    """
    form = replace(fact.form, name="")
    match form:
        case RecordFact() | ListFact():
            texts = [form.key or ""]
        case DatedFact():
            texts = [form.key, form.at]
        case AggregateFact():
            texts = list(form.by.values())
    read = {name for text in texts for name in names_in(text)}
    values: Mapping[str, Value] = contract.params
    params = [(name, values[name]) for name in sorted(read) if name in values]
    walk = contract.foreach
    over = walk.over if walk is not None and walk.name in read else ""
    return repr((form, format_type(fact.type), params, over))
