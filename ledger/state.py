"""The rows of the state, as one batch sees them.

State is 24 tables of rows, text key -> canonical JSON value (`docs/spec/state-tables.md`). A
`Reader` gives the rows as the last batch left them; a `State` lays the changes of the running batch
over it and can roll back to a savepoint, which is how a refused statement leaves no trace. Nothing
here writes: `State.changes()` is what a store may commit.

Values are treated as immutable: whoever changes a row puts a new value.

Some laws walk rows in an order: free intervals of a fund line, living lots at a site by expiry,
legs by due date. For these `ledger.marks` derives from a row its (mark, order) pairs; a reader
keeps them in an ordered index and `State.scan` merges that with the running batch.
"""

import heapq
from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from json import loads
from typing import Protocol

from ledger.canon import Value, encode_row
from ledger.envelope import StatementId
from ledger.keys import KeyId
from ledger.log.merkle import EMPTY_ROOT, Frontier
from ledger.marks import MARKED, Mark, marks_of
from ledger.stateroot import PageReader

Pair = tuple[str, str]
"""(table, key)"""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log stands after a batch.

    `edge` are the hashes of the log's right edge (`Frontier.hashes`); `batch` is -1 before genesis.
    """

    origin: str
    size: int = 0
    batch: int = -1
    time: int = 0
    protocol: int = 1
    state_root: bytes = bytes(32)
    edge: tuple[bytes, ...] = ()

    def root(self) -> bytes:
        """The RFC 6962 root of the log at `size`."""
        return Frontier(self.size, self.edge).root() if self.size else EMPTY_ROOT


class Reader(PageReader, Protocol):
    """What the state machine may read: the state after the last batch, and the log before it."""

    def head(self) -> Head: ...

    def rows(self, wanted: Sequence[Pair]) -> Mapping[Pair, bytes]:
        """The canonical value bytes of those rows that exist."""
        ...

    def marked(
        self, table: str, mark: str, low: str, high: str, limit: int, reverse: bool
    ) -> Sequence[tuple[str, str, bytes]]:
        """At most `limit` (order, key, value) with this mark and low <= order < high, by order."""
        ...

    def edges(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Right edges (32-byte hashes joined) of the trees behind rows of table `index`."""
        ...

    def indexes(self, statements: Sequence[StatementId]) -> Mapping[StatementId, int]:
        """Entry indexes of those statements that are logged."""
        ...

    def nonces(self, used: Sequence[tuple[KeyId, str]]) -> Mapping[tuple[KeyId, str], StatementId]:
        """The logged statement that used a client-made id, by (author, id)."""
        ...

    def entry(self, index: int) -> bytes:
        """The bytes of a logged entry; IndexError at or beyond the head."""
        ...

    def backfill(self, wanted: Sequence[tuple[int, str]]) -> Mapping[str, bytes]:
        """Rows of table `facts` that indexes of facts would have if they had always listened.

        Each is named as (entry of its commit, index id), as row `set` of table `adoptions` lists
        it; its rows are as they would stand after the batch of that entry. By key, canonical value
        bytes. A function of the log up to that batch. Raises where it is not worked out yet: then
        the batch that asks must wait, and is never made without.
        """
        ...


class _Fresh:
    """The rows of one mark that the running batch has put: their orders, sorted, and their keys."""

    __slots__ = ("keys", "orders")

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.orders: list[str] = []

    def add(self, order: str, key: str) -> None:
        if order not in self.keys:
            insort(self.orders, order)
        self.keys[order] = key

    def drop(self, order: str) -> None:
        if self.keys.pop(order, None) is not None:
            del self.orders[bisect_left(self.orders, order)]

    def between(self, low: str, high: str) -> list[str]:
        return self.orders[bisect_left(self.orders, low) : bisect_left(self.orders, high)]


_ABSENT = object()


class State:
    """Rows read through a `Reader`, with the changes of one batch laid over them."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._values: dict[Pair, Value | None] = {}
        self._changed: dict[Pair, None] = {}
        self._journal: list[tuple[Pair, Value | None, bool]] = []
        self._marks: dict[tuple[str, str], _Fresh] = {}
        self._stored_last: dict[tuple[str, str], Mark | None] = {}

    def prefetch(self, wanted: Sequence[Pair]) -> None:
        """Read many rows in one go; those that are known already are left as they are."""
        missing = [pair for pair in dict.fromkeys(wanted) if pair not in self._values]
        found = self.reader.rows(missing) if missing else {}
        for pair in missing:
            raw = found.get(pair)
            self._values[pair] = None if raw is None else loads(raw)

    def get(self, table: str, key: str) -> Value | None:
        """The value of a row, None where there is none."""
        pair = (table, key)
        value = self._values.get(pair, _ABSENT)
        if value is _ABSENT:
            raw = self.reader.rows([pair]).get(pair)
            value = None if raw is None else loads(raw)
            self._values[pair] = value
        return value  # type: ignore[return-value]

    def put(self, table: str, key: str, value: Value | None) -> None:
        """Set a row; None deletes it."""
        pair = (table, key)
        old = self.get(table, key)
        self._journal.append((pair, old, pair in self._changed))
        self._changed[pair] = None
        self._set(pair, old, value)

    def add(self, table: str, key: str, value: Value) -> None:
        """Set a row that the caller knows is not there yet, without looking for it in the store.

        For rows whose key is new by its making: a statement's own id, the next place on a line.
        """
        known = self._values.setdefault((table, key), None)
        assert known is None, (table, key)
        self.put(table, key, value)

    def _set(self, pair: Pair, old: Value | None, new: Value | None) -> None:
        self._values[pair] = new
        table, key = pair
        if table not in MARKED:
            return
        before = () if old is None else marks_of(table, key, old)
        after = () if new is None else marks_of(table, key, new)
        for mark, order in before:
            if (mark, order) not in after and (table, mark) in self._marks:
                self._marks[(table, mark)].drop(order)
        for mark, order in after:
            fresh = self._marks.get((table, mark))
            if fresh is None:
                fresh = self._marks[(table, mark)] = _Fresh()
            fresh.add(order, key)

    def _unmark(self, pair: Pair, value: Value | None) -> None:
        for mark, order in () if value is None else marks_of(*pair, value):
            self._marks[(pair[0], mark)].drop(order)

    def savepoint(self) -> int:
        """A place to roll back to."""
        return len(self._journal)

    def rollback(self, savepoint: int) -> None:
        """Forget every change since `savepoint`."""
        while len(self._journal) > savepoint:
            pair, old, was_changed = self._journal.pop()
            self._set(pair, self._values[pair], old)
            if not was_changed:
                # The reader's own index shows the old row again: it must not be shown twice.
                self._unmark(pair, old)
                del self._changed[pair]

    def changed(self, table: str, since: int) -> dict[str, tuple[Value | None, Value | None]]:
        """Key -> (before, now) of the rows of a table that were put since a savepoint, in order."""
        found: dict[str, tuple[Value | None, Value | None]] = {}
        for pair, old, _ in self._journal[since:]:
            if pair[0] == table and pair[1] not in found:
                found[pair[1]] = (old, self._values[pair])
        return found

    def scan(
        self,
        table: str,
        mark: str,
        *,
        low: str = "",
        high: str = "~",
        reverse: bool = False,
        chunk: int = 64,
    ) -> Iterator[tuple[str, str, Value]]:
        """(order, key, value) of the rows with this mark and low <= order < high, in order.

        Do not change rows of this table while walking: collect first. `chunk` is how many rows the
        store is asked for at first: 1 where only the nearest is wanted.
        """
        fresh = self._marks.get((table, mark)) or _Fresh()
        own = fresh.between(low, high)
        if reverse:
            own.reverse()
        kept = self._stored(table, mark, low, high, reverse, chunk)
        keys = fresh.keys
        mine = ((order, keys[order], self._values[(table, keys[order])]) for order in own)
        merged = heapq.merge(kept, mine, key=lambda row: row[0], reverse=reverse)
        for order, key, value in merged:
            assert value is not None
            yield order, key, value

    def last(self, table: str, mark: str) -> tuple[str, Value] | None:
        """(key, value) of the row with the highest order under this mark, or None.

        The same as the first row of a reversed scan; asked for with every gift, so what the store
        answered is kept for the batch.
        """
        wanted = (table, mark)
        if wanted not in self._stored_last:
            rows = self.reader.marked(table, mark, "", "~", 1, True)
            self._stored_last[wanted] = (rows[0][0], rows[0][1]) if rows else None
        stored = self._stored_last[wanted]
        fresh = self._marks.get(wanted)
        if fresh is not None and fresh.orders:
            order = fresh.orders[-1]
            if stored is None or order >= stored[0]:
                key = fresh.keys[order]
                return key, self._values[(table, key)]  # type: ignore[return-value]
        if stored is None:
            return None
        if (table, stored[1]) in self._changed:
            found = next(self.scan(table, mark, reverse=True, chunk=1), None)
            return None if found is None else found[1:]
        value = self.get(table, stored[1])
        assert value is not None
        return stored[1], value

    def _stored(
        self, table: str, mark: str, low: str, high: str, reverse: bool, chunk: int
    ) -> Iterator[tuple[str, str, Value | None]]:
        # In growing chunks: most walks end after a few rows, an audit of a line reads them all.
        while True:
            rows = self.reader.marked(table, mark, low, high, chunk, reverse)
            for order, key, raw in rows:
                if (table, key) not in self._changed:
                    yield order, key, loads(raw)
            if len(rows) < chunk:
                return
            if reverse:
                high = rows[-1][0]
            else:
                low = rows[-1][0] + "\x00"
            chunk = min(chunk * 4, 4096)

    def changes(self) -> dict[Pair, bytes | None]:
        """The rows that the batch changed, encoded; None for a deleted one."""
        found: dict[Pair, bytes | None] = {}
        for pair in self._changed:
            value = self._values[pair]
            found[pair] = None if value is None else encode_row(value)
        return found
