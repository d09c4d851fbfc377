"""The rows of the state, as one batch sees them.

State is 24 tables of rows, text key -> canonical JSON value (`docs/spec/state-tables.md`). A
`Reader` gives the rows as the last batch left them; a `State` lays the changes of the running batch
over it and can roll back to a savepoint, which is how a refused statement leaves no trace. Nothing
here writes: `State.changes()` is what a store may commit.

Values are treated as immutable: whoever changes a row puts a new value.

Some laws walk rows in an order: free intervals of a fund line, living lots at a site by expiry,
legs by due date. For these `mark_of` derives from a row a (mark, order) pair; a reader keeps them
in an ordered index and `State.scan` merges that with the running batch. Marks follow from the rows
alone and are no part of the state root.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from json import loads
from typing import Protocol

from ledger.canon import Value, encode
from ledger.envelope import StatementId
from ledger.keys import KeyId
from ledger.merkle import EMPTY_ROOT, Frontier
from ledger.stateroot import PageReader

TIME_MAX = 10**12 - 1
"""Sorts after every date in twelve digits: a lot without expiry, a leg without due date."""

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


def mark_of(table: str, key: str, value: Value) -> tuple[str, str] | None:
    """(mark, order) under which a row is found by `State.scan`, or None.

    line: (`{line}/{top label}`, start) · origin: (`{line}`, start) · lots that live:
    (`{item}@{place}`, expiry and id) · legs that lapse by themselves: (`lapse`, due and key)
    """
    if table == "line":
        assert isinstance(value, list)
        line, _, start = key.rpartition("/")
        stack = value[1]
        assert isinstance(stack, list)
        return f"{line}/{stack[-1]}", start
    if table == "origin":
        line, _, start = key.rpartition("/")
        return line, start
    if table == "lots":
        assert isinstance(value, dict)
        if "spent" in value:
            return None
        return f"{value['item']}@{value['place']}", f"{value.get('expiry', TIME_MAX):012d}/{key}"
    if table == "legs":
        assert isinstance(value, dict)
        return ("lapse", f"{value['lapse']:012d}/{key}") if "lapse" in value else None
    return None


_ABSENT = object()


class State:
    """Rows read through a `Reader`, with the changes of one batch laid over them."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._values: dict[Pair, Value | None] = {}
        self._changed: dict[Pair, None] = {}
        self._journal: list[tuple[Pair, Value | None, bool]] = []
        self._marks: dict[tuple[str, str], dict[str, str]] = {}

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

    def _set(self, pair: Pair, old: Value | None, new: Value | None) -> None:
        self._values[pair] = new
        self._unmark(pair, old)
        mark = None if new is None else mark_of(*pair, new)
        if mark is not None:
            self._marks.setdefault((pair[0], mark[0]), {})[mark[1]] = pair[1]

    def _unmark(self, pair: Pair, value: Value | None) -> None:
        mark = None if value is None else mark_of(*pair, value)
        if mark is not None:
            self._marks.get((pair[0], mark[0]), {}).pop(mark[1], None)

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

    def scan(
        self, table: str, mark: str, *, low: str = "", high: str = "~", reverse: bool = False
    ) -> Iterator[tuple[str, str, Value]]:
        """(order, key, value) of the rows with this mark and low <= order < high, in order.

        Do not change rows of this table while walking: collect first.
        """
        fresh = self._marks.get((table, mark), {})
        own = sorted((o for o in fresh if low <= o < high), reverse=reverse)
        kept = self._stored(table, mark, low, high, reverse)
        mine = ((order, fresh[order], self._values[(table, fresh[order])]) for order in own)
        merged = heapq.merge(kept, mine, key=lambda row: row[0], reverse=reverse)
        for order, key, value in merged:
            assert value is not None
            yield order, key, value

    def _stored(
        self, table: str, mark: str, low: str, high: str, reverse: bool, chunk: int = 64
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
            found[pair] = None if value is None else encode(value)
        return found
