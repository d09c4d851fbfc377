"""The catalogue: everything a contract may speak of, by its names and types.

Named types (`money`), records of the state, lists that can be asked for, and for each kind of
statement the view `it` of what is judged. What has no row here cannot be read by a contract. The
catalogue of this ledger is made elsewhere, beside the functions that take its values from the
state; this is only its form. Specification: `docs/spec/contract-document.md`, catalogue.

    >>> from contracts.rcel.types import Bool, Field, Record, Str
    >>> area = Record("area", (Field("declared", Bool()),))
    >>> Catalogue(types={}, records={"area": area}, queries={}, kinds={},
    ...           keys={"area": Str("area")}).keys["area"]
    Str(tag='area')
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.rcel.types import Record, Type


@dataclass(frozen=True, slots=True)
class Query:
    """A list of records that can be asked for, in a fixed order.

    `key` is the type of what it is asked about (None: nothing), `having` the conditions it takes,
    by name. `runs`: whether a trigger may go through it item by item (`foreach`); `bound` names the
    condition without which that walk would have no end that anybody means.
    """

    record: str
    key: Type | None = None
    having: Mapping[str, Type] = field(default_factory=dict)
    runs: bool = False
    bound: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What contracts may speak of.

    `types` are names for types; `records` the records, by their names; `queries` the lists;
    `kinds` the judged view of each kind of statement. `keys` holds the type of the key of each
    record that a fact may read as a row, `dated` of each that has a value by date. A text with a
    tag of `crowded` names something with many statements (an area), so that a window over it is
    counted in buckets. `currencies`: unit -> decimal places of its minor unit, for sentences.
    """

    types: Mapping[str, Type]
    records: Mapping[str, Record]
    queries: Mapping[str, Query]
    kinds: Mapping[str, Record]
    keys: Mapping[str, Type] = field(default_factory=dict)
    dated: Mapping[str, Type] = field(default_factory=dict)
    crowded: frozenset[str] = frozenset({"area"})
    currencies: Mapping[str, int] = field(default_factory=dict)
