"""The parts of a contract document, as they are written: texts that nobody has checked yet.

Expressions and types stay texts here; `compiled` gives them a meaning. Lists keep their order,
mappings have none. Specification: `docs/spec/contract-document.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from contracts.documents.texts import Texts
from ledger.canon import Value

VERDICTS: Final = ("deny", "hold", "flag")
"""What a rule that fails may ask for."""
AGGREGATES: Final = ("sum", "count", "max", "last")
STATES: Final = ("counted", "posted", "open")
"""Which statements an aggregate counts; the first where nothing is said."""


@dataclass(frozen=True, slots=True)
class Param:
    """A number or text that may be changed by a vote; its range is in its type."""

    name: str
    type: str
    value: Value


@dataclass(frozen=True, slots=True)
class RecordFact:
    """One row of the state; `optional`: it may be missing, and each field is read behind `has`."""

    name: str
    record: str
    key: str
    optional: bool


@dataclass(frozen=True, slots=True)
class DatedFact:
    """The value in force at an instant: `at` is an expression."""

    name: str
    record: str
    key: str
    at: str
    optional: bool


@dataclass(frozen=True, slots=True)
class ListFact:
    """A named query of the catalogue, at most `most` records."""

    name: str
    record: str
    query: str
    key: str | None
    most: int


@dataclass(frozen=True, slots=True)
class AggregateFact:
    """A sum, count, largest or last `field` over statements of kind `of`.

    `match`: literals that they have; `by`: field -> expression that it equals. Without a window it
    is over all time. `bucket_s`: whole hours or days are counted.
    """

    name: str
    function: str
    field: str | None
    of: str
    match: Mapping[str, Value]
    by: Mapping[str, str]
    window_s: int | None
    bucket_s: int | None
    state: str
    type: str


FactForm: TypeAlias = RecordFact | DatedFact | ListFact | AggregateFact


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold; `otherwise` is what follows where it does not."""

    id: str
    require: str
    otherwise: str
    say: Texts
    public: Texts | None


@dataclass(frozen=True, slots=True)
class Foreach:
    """A trigger's walk through a list of the catalogue, item by item under the name `name`."""

    name: str
    over: str
    having: Mapping[str, str]
    per_batch: int


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many firings in the window, for each value of `by`."""

    firings: int
    by: str
    window_s: int


@dataclass(frozen=True, slots=True)
class Budget:
    """What a trigger may spend: amounts are integers, or expressions over params."""

    fund: str
    per_firing: int | str
    per_item: int | str | None
    rate: Rate | None


@dataclass(frozen=True, slots=True)
class EffectForm:
    """What a contract causes `when` something holds."""

    id: str
    when: str
    verb: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Expect:
    """What a test expects; `rules`: ids that fail; `effects`: (verb, named fields), or not asked.

    `outcome` is skip, allow, flag, hold, deny, or "" where only effects are asked for.
    """

    outcome: str
    rules: tuple[str, ...]
    effects: tuple[tuple[str, Mapping[str, Value]], ...] | None


@dataclass(frozen=True, slots=True)
class Case:
    """A test that the document carries; `says` by language field."""

    name: str
    given: Mapping[str, Value]
    expect: Expect
    says: Mapping[str, str]
