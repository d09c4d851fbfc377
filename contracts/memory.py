"""A whole ledger in memory: the reader of an auditor's replay, of simulations and of tests.

It keeps what a store keeps (rows, ordered marks, pages, edges, ids, entries) in dictionaries and
takes over a `Step` whole. It is the reference for every store: both must answer alike.
"""

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from json import loads

from contracts.machine import Step
from ledger.envelope import StatementId
from ledger.keys import KeyId
from ledger.state import Head, Pair, marks_of
from ledger.stateroot import MemoryPages


class MemoryLedger:
    """A `ledger.state.Reader` over dictionaries; `apply` is its commit."""

    def __init__(self, origin: str = "") -> None:
        self._head = Head(origin)
        self._rows: dict[Pair, bytes] = {}
        self._marks: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._edges: dict[str, bytes] = {}
        self._ids: dict[StatementId, int] = {}
        self._nonces: dict[tuple[KeyId, str], StatementId] = {}
        self._pages = MemoryPages()
        self.entries: list[bytes] = []

    def head(self) -> Head:
        """Where the log stands."""
        return self._head

    def rows(self, wanted: Sequence[Pair]) -> Mapping[Pair, bytes]:
        """The canonical value bytes of those rows that exist."""
        return {pair: self._rows[pair] for pair in wanted if pair in self._rows}

    def marked(
        self, table: str, mark: str, low: str, high: str, limit: int, reverse: bool
    ) -> Sequence[tuple[str, str, bytes]]:
        """At most `limit` rows with this mark and low <= order < high, in order."""
        keys = self._marks.get((table, mark), [])
        start, end = bisect_left(keys, (low, "")), bisect_left(keys, (high, ""))
        if reverse:
            chosen = keys[max(start, end - limit) : end][::-1]
        else:
            chosen = keys[start : min(end, start + limit)]
        return [(order, key, self._rows[(table, key)]) for order, key in chosen]

    def edges(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Right edges behind rows of table `index`."""
        return {key: self._edges[key] for key in keys if key in self._edges}

    def indexes(self, statements: Sequence[StatementId]) -> Mapping[StatementId, int]:
        """Entry indexes of those statements that are logged."""
        return {one: self._ids[one] for one in statements if one in self._ids}

    def nonces(self, used: Sequence[tuple[KeyId, str]]) -> Mapping[tuple[KeyId, str], StatementId]:
        """The logged statement that used a client-made id, by (author, id)."""
        return {one: self._nonces[one] for one in used if one in self._nonces}

    def entry(self, index: int) -> bytes:
        """The bytes of a logged entry."""
        if not 0 <= index < len(self.entries):
            raise IndexError(index)
        return self.entries[index]

    def page(self, table: str, number: int) -> bytes | None:
        """A page of a state table."""
        return self._pages.page(table, number)

    def hash(self, table: str, number: int) -> bytes | None:
        """The point value of a page or interior point of a state table."""
        return self._pages.hash(table, number)

    def table(self, table: str) -> dict[str, bytes]:
        """All rows of a table, by key in order."""
        return {key: self._rows[(name, key)] for name, key in sorted(self._rows) if name == table}

    def apply(self, step: Step) -> None:
        """Take over a step that was made from this very state."""
        assert step.first == self._head.size, "a step of another state"
        for pair, value in step.rows.items():
            self._unmark(pair)
            if value is None:
                self._rows.pop(pair, None)
            else:
                self._rows[pair] = value
                for mark, order in marks_of(*pair, loads(value)):
                    insort(self._marks.setdefault((pair[0], mark), []), (order, pair[1]))
        for table, change in step.tables.items():
            self._pages.apply(table, change)
        self._edges.update(step.edges)
        self._ids.update(step.ids)
        self._nonces.update(step.nonces)
        self.entries.extend(step.entries)
        self._head = step.head

    def _unmark(self, pair: Pair) -> None:
        old = self._rows.get(pair)
        for mark, order in () if old is None else marks_of(*pair, loads(old)):
            keys = self._marks[(pair[0], mark)]
            del keys[bisect_left(keys, (order, pair[1]))]
            if not keys:
                del self._marks[(pair[0], mark)]
