"""What a run goes through, item by item: each list with its condition, its key, and its roll.

    households   `having: {area_in: [areas]}`      those areas and all below, by tag
    needs        `having: {figure: area/item}`     open needs there and right under it, by area

Of each item it says in which entry it came to be, so that the roll of a run can be frozen: what is
younger than the run's cause is passed by. Specification: `docs/spec/duties.md`, runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.catalogue.holdings import needs_after
from contracts.catalogue.queries import households
from contracts.catalogue.records import At
from ledger.canon import Value
from ledger.envelope import StatementId
from ledger.holds import booked_by


@dataclass(frozen=True, slots=True)
class Listed:
    """One item: its key, its record, and the entry since which it is on the list; -1: not known."""

    key: str
    record: dict[str, Value]
    entry: int


@dataclass(frozen=True, slots=True)
class Walk:
    """A list that runs go through. `condition`: the one that `having` must give, and its `type`.

    `items`: at most so many (the last argument) with a key beyond the one before it, by key.
    """

    record: str
    condition: str
    type: str
    items: Callable[[At, Value, str, int], list[Listed]]


def _households(at: At, areas: Value, after: str, limit: int) -> list[Listed]:
    assert isinstance(areas, list)
    records = households(at, [str(area) for area in areas], after, limit)
    enrolled: dict[str, StatementId] = {}
    for record in records:
        row = at.row("households", str(record["id"]))
        assert row is not None
        enrolled[str(record["id"])] = booked_by(at.state, str(row["statement"]))
    entries = at.state.reader.indexes(list(enrolled.values()))
    return [
        Listed(str(one["id"]), one, entries.get(enrolled[str(one["id"])], -1)) for one in records
    ]


def _needs(at: At, figure: Value, after: str, limit: int) -> list[Listed]:
    found = needs_after(at, str(figure), after, limit)
    return [Listed(str(record["area"]), record, entry) for entry, record in found]


WALKS: Final[Mapping[str, Walk]] = {
    "households": Walk("household", "area_in", "list<str<area>>(64)", _households),
    "needs": Walk("open_need", "figure", "str<figure>", _needs),
}
"""By the name that `foreach` gives."""
