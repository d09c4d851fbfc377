"""Values as formulas of z3: integers, truths, texts, lists of slots, records.

*Integers* are z3's unbounded ones. Our engine computes in unbounded integers too and calls what is
beyond int64 an error, so that every result has a condition "is an error" beside it; 64-bit vectors
would wrap where the engine stops, and could not hold the product inside `mulDivFloor`.

*Texts* are elements of a sort without structure: the language compares them and asks how they
begin, nothing else. Each text written in a contract is a constant of its own, different from all
others; "begins with" is a predicate for each such beginning. Both are exact.

*A list* is a row of slots, each with a condition under which it is there, in the order of its
elements. Filters add to the conditions and never move a slot. *A record* is its fields, each with
a condition under which it is there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import z3

Formula: TypeAlias = Any
"""z3 has no types of its own: an expression of sort Bool, Int or Text."""


@dataclass(frozen=True, slots=True)
class Slots:
    """A list: (there, element) in order; those that are not there are passed over."""

    slots: tuple[tuple[Formula, "Shape"], ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """A record: field -> (there, value)."""

    fields: Mapping[str, tuple[Formula, "Shape"]]


Shape: TypeAlias = Formula | Slots | Fields


@dataclass(frozen=True, slots=True)
class Term:
    """A value, and when there is none because its evaluation is an error."""

    shape: Shape
    error: Formula

    @property
    def formula(self) -> Formula:
        """The value of a truth, an integer or a text."""
        assert not isinstance(self.shape, Slots | Fields)
        return self.shape


@dataclass(slots=True)
class World:
    """One context of z3 with the texts that contracts write; nothing is shared between two.

    A context of its own makes answers repeatable: z3 orders its work by what it has seen before.
    """

    ctx: Any = field(default_factory=z3.Context)
    loose: bool = False
    """Whether something is left open in a formula: an example may then not be one."""
    _texts: dict[str, Formula] = field(default_factory=dict)
    _begins: dict[str, Any] = field(default_factory=dict)
    _asked: list[Formula] = field(default_factory=list)
    _sort: Any = None
    _fresh: int = 0

    def __post_init__(self) -> None:
        self._sort = z3.DeclareSort("Text", self.ctx)

    # ---- scalars ---------------------------------------------------------------------------------

    def truth(self, value: bool) -> Formula:
        """`true` or `false`."""
        return z3.BoolVal(value, self.ctx)

    def integer(self, value: int) -> Formula:
        """An integer as written."""
        return z3.IntVal(value, self.ctx)

    def text(self, value: str) -> Formula:
        """A text as written."""
        if value not in self._texts:
            self._texts[value] = z3.Const(f"text {len(self._texts)}", self._sort)
        return self._texts[value]

    def variable(self, sort: str, name: str) -> Formula:
        """Something unknown of sort `bool`, `int` or `text`."""
        if sort == "bool":
            return z3.Bool(name, self.ctx)
        return z3.Int(name, self.ctx) if sort == "int" else z3.Const(name, self._sort)

    def open_truth(self) -> Formula:
        """A truth that the model says nothing about."""
        self.loose = True
        self._fresh += 1
        return z3.Bool(f"open {self._fresh}", self.ctx)

    def begins(self, text: Formula, beginning: Formula) -> Formula:
        """Whether a text begins with another, which is written out; else it is left open."""
        written = next((one for one, term in self._texts.items() if term.eq(beginning)), None)
        if written is None:
            return self.open_truth()
        if written == "":
            return self.truth(True)
        if written not in self._begins:
            name = f"begins {len(self._begins)}"
            self._begins[written] = z3.Function(name, self._sort, z3.BoolSort(self.ctx))
        self._asked.append(text)
        return self._begins[written](text)

    def axioms(self) -> list[Formula]:
        """What is true of the texts that are written: asked for when everything is translated."""
        texts, found = list(self._texts.items()), []
        if len(texts) > 1:
            found.append(z3.Distinct(*(term for _, term in texts)))
        for beginning, begins in self._begins.items():
            for text, term in texts:
                found.append(begins(term) == self.truth(text.startswith(beginning)))
            for other, begins_other in self._begins.items():
                if other == beginning:
                    continue
                for text in self._asked:
                    if other.startswith(beginning):
                        found.append(z3.Implies(begins_other(text), begins(text)))
                    elif not beginning.startswith(other):
                        found.append(z3.Not(z3.And(begins_other(text), begins(text))))
        return found

    def read_text(self, model: Any, text: Formula, tag: str, named: dict[str, str]) -> str:
        """The text that a model means; one that nobody writes is named by its tag. `named`: so far.

        What our engine makes of it is tested afterwards, as of every example.
        """
        value = model.eval(text, model_completion=True)
        for written, term in self._texts.items():
            if model.eval(term, model_completion=True).eq(value):
                return written
        # Texts of two tags are never compared.
        key = f"{value} {tag}"
        if key not in named:
            begun = [
                one
                for one, begins in self._begins.items()
                if z3.is_true(model.eval(begins(value), model_completion=True))
            ]
            stem = max(begun, key=len, default="")
            number = 1 + sum(one.endswith(f" {tag}") for one in named)
            found = f"{stem}{tag}-{number}"
            others = [one for one in self._begins if one not in begun]
            while found in self._texts or any(found.startswith(one) for one in others):
                stem += "~"
                found = f"{stem}{tag}-{number}"
            named[key] = found
        return named[key]


# ---- connectives that fold what is known ---------------------------------------------------------


def both(*parts: Formula) -> Formula:
    """All of them; at least one is given."""
    kept = [one for one in parts if not z3.is_true(one)]
    false = next((one for one in kept if z3.is_false(one)), None)
    if false is not None or not kept:
        return parts[0] if false is None else false
    return kept[0] if len(kept) == 1 else z3.And(*kept)


def either(*parts: Formula) -> Formula:
    """One of them at least; at least one is given."""
    kept = [one for one in parts if not z3.is_false(one)]
    true = next((one for one in kept if z3.is_true(one)), None)
    if true is not None or not kept:
        return parts[0] if true is None else true
    return kept[0] if len(kept) == 1 else z3.Or(*kept)


def negated(part: Formula) -> Formula:
    """Not this."""
    if z3.is_true(part) or z3.is_false(part):
        return z3.BoolVal(z3.is_false(part), part.ctx)
    return z3.Not(part)


def choose(condition: Formula, yes: Shape, no: Shape) -> Shape:
    """`condition ? yes : no` of values of one type."""
    if isinstance(yes, Slots) and isinstance(no, Slots):
        # Only the slots of one side are there, so that one row can hold both.
        mine = [(both(condition, there), one) for there, one in yes.slots]
        other = negated(condition)
        return Slots((*mine, *((both(other, there), one) for there, one in no.slots)))
    if isinstance(yes, Fields) and isinstance(no, Fields):
        found: dict[str, tuple[Formula, Shape]] = {}
        for name, (there, one) in yes.fields.items():
            there_no, other_one = no.fields[name]
            found[name] = (z3.If(condition, there, there_no), choose(condition, one, other_one))
        return Fields(found)
    if z3.is_true(condition) or z3.is_false(condition):
        return yes if z3.is_true(condition) else no
    if isinstance(yes, z3.ExprRef) and isinstance(no, z3.ExprRef) and yes.eq(no):
        return yes
    return z3.If(condition, yes, no)


def count(world: World, conditions: Sequence[Formula]) -> Formula:
    """How many of them hold."""
    one, none = world.integer(1), world.integer(0)
    parts = [z3.If(condition, one, none) for condition in conditions]
    return z3.simplify(z3.Sum(parts)) if parts else none
