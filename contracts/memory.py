"""A whole ledger in memory: the reader of an auditor's replay, of simulations and of tests.

It keeps what a store keeps (rows, ordered marks, pages, edges, ids, entries) in dictionaries and
takes over a `Step` whole. It is the reference for every store: both must answer alike.

`Refill` is one that executes a log again to find the rows that late indexes of facts have missed;
`MemoryLedger.backfill` does so over its own entries, a node over those in its store.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from json import loads

from contracts.adoption.force import Listening, indexes, load
from contracts.facts.rows import TABLE as FACTS
from contracts.facts.rows import listen, listening
from contracts.judging.force import Force
from contracts.machine import Step
from contracts.rebuilding import check_batch, closes_batch
from ledger.envelope import StatementId
from ledger.keys import KeyId
from ledger.marks import marks_of
from ledger.state import Head, Pair, State
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

    def backfill(self, wanted: Sequence[tuple[int, str]]) -> Mapping[str, bytes]:
        """Rows that late indexes have missed, by executing these very entries again."""
        refill = Refill(indexes(State(self)), self.entry)
        for batch in batches_of(self.entries):
            refill.feed(batch)
            if refill.has(wanted):
                return refill.backfill(wanted)
        raise AssertionError(f"indexes that were never committed: {wanted}")

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


def batches_of(entries: Sequence[bytes]) -> Iterator[list[bytes]]:
    """The entries of each whole batch."""
    batch: list[bytes] = []
    for entry in entries:
        batch.append(entry)
        if closes_batch(entry):
            yield batch
            batch = []


class Refill(MemoryLedger):
    """A log executed again, in which late indexes listen from the beginning.

    `listed`: all indexes that were ever committed, in `contracts.adoption.force.indexes`'s order;
    `read` gives an earlier entry. One pass makes the rows of all of them: those that the log itself
    asks for on the way are handed over there, the last are left for who asked. It holds the whole
    state, and the rows of what is not handed over yet, but no entries.

        refill = Refill(indexes(state), store.entry)
        for batch in ..: refill.feed(batch)          # bytes of one whole batch, batch entry last
        refill.backfill([(since, index.id)])

    Signatures are not checked again: what is compared is that every entry follows.
    """

    def __init__(self, listed: Sequence[Listening], read: Callable[[int], bytes]) -> None:
        super().__init__()
        self._left = list(listed)
        self._read = read
        self._growing: dict[str, dict[str, bytes]] = {one.definition.id: {} for one in listed}
        self._ready: dict[str, dict[str, bytes]] = {}

    def feed(self, batch: list[bytes]) -> None:
        """The next batch. Raises `CheckError` where its entries do not follow."""
        made = check_batch(
            self, batch, check=_was_checked, in_force=self._in_force, beside=list(self._growing)
        )
        self.apply(made)
        self.entries.clear()
        for key, value in made.beside.items():
            rows = self._growing[key[:32]]
            if value is None:
                rows.pop(key, None)
            else:
                rows[key] = value
        size = self.head().size
        for one in [one for one in self._left if one.since < size]:
            # From the next batch on it listens by itself.
            self._ready[one.definition.id] = self._growing.pop(one.definition.id)
            self._left.remove(one)

    def _in_force(self, state: State) -> Force:
        """What the log has in force; what is late listens as well."""
        force = load(state)
        late = [one.definition for one in self._left]
        both = listen([*late, *listening(force.listeners)])
        return replace(force, listeners=both) if late else force

    def has(self, wanted: Sequence[tuple[int, str]]) -> bool:
        """Whether the rows of all these (entry of the commit, index id) are ready."""
        return all(name in self._ready for _, name in wanted)

    def backfill(self, wanted: Sequence[tuple[int, str]]) -> Mapping[str, bytes]:
        """The rows of indexes, once: they are let go."""
        found: dict[str, bytes] = {}
        for _, name in wanted:
            found |= self._ready.pop(name)
        return found

    def rows(self, wanted: Sequence[Pair]) -> Mapping[Pair, bytes]:
        """Those of the state, and of the indexes that listen besides."""
        found = dict(super().rows(wanted))
        for table, key in wanted:
            rows = self._growing.get(key[:32]) if table == FACTS else None
            if rows is not None and key in rows:
                found[(table, key)] = rows[key]
        return found

    def entry(self, index: int) -> bytes:
        """The bytes of a logged entry, from where they are kept."""
        if not 0 <= index < self.head().size:
            raise IndexError(index)
        return self._read(index)


def _was_checked(public: bytes, message: bytes, signature: bytes) -> bool:
    """A signature that was checked when its entry was logged."""
    return True
