"""An index fed with the events of all entries: what a late index must come to, without a log.

A second way to the rows, for tests: `contracts.facts.backfill` has the machine execute the log
again, this one is told what each entry noted and turned.
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
