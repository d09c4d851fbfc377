"""Back-fill: the rows of an index that is made later, from what the whole log noted.

Between the commit of a contract and its activation the log is replayed by the machine
(`contracts.replay`), and for each entry `contracts.facts.recording.events_of` says what it adds and
takes back. A function of entries alone: every node and every auditor gets the same rows, and the
same as if the index had listened since genesis. What comes in after the replay is fed as well,
until the batch that activates.

    backfill = Backfill(definitions, offset=28_800)
    for events in ..: backfill.feed(events)
    backfill.rows()                        # table `facts`, of these indexes alone

Specification: `docs/spec/facts.md`, back-fill.
"""

from collections.abc import Iterable

from contracts.facts.definition import Definition
from contracts.facts.recording import Event, write
from contracts.facts.rows import TABLE, Listeners, listen
from ledger.canon import Value


class _Table:
    """Rows of table `facts` in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, Value] = {}

    def get(self, table: str, key: str) -> Value | None:
        return self.rows.get(key) if table == TABLE else None

    def put(self, table: str, key: str, value: Value | None) -> None:
        assert table == TABLE
        if value is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = value

    def add(self, table: str, key: str, value: Value) -> None:
        assert key not in self.rows, key
        self.put(table, key, value)


class Backfill:
    """New indexes, fed with the events of all entries in their order."""

    def __init__(self, definitions: Iterable[Definition], *, offset: int) -> None:
        self.listeners: Listeners = listen(definitions)
        self._offset = offset
        self._table = _Table()

    def feed(self, events: Iterable[Event]) -> None:
        """The events of the next entry."""
        write(self._table, self.listeners, events, offset=self._offset)

    def rows(self) -> dict[str, Value]:
        """Key -> value of every row, by key in order."""
        return {key: self._table.rows[key] for key in sorted(self._table.rows)}


def backfill(
    events: Iterable[Event], definitions: Iterable[Definition], *, offset: int
) -> dict[str, Value]:
    """The rows of new indexes after all these events."""
    found = Backfill(definitions, offset=offset)
    found.feed(events)
    return found.rows()
