"""Reading what the store holds, from any thread: the log as it is, and the state as it was.

A `View` is one snapshot of the SQLite file. A `FinalView` is the state at an offered checkpoint:
the newest pages and points, seen through the undo layers. It takes no lock: it looks at the newest
value first and into the layers afterwards, and a layer learns an old value before the new one can
be seen (`nodes.undo`).
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from json import loads
from pathlib import Path

from ledger.entry import Effects, StatementEntry, parse_entry
from ledger.envelope import StatementId
from ledger.errors import FormatError
from ledger.keys import KeyId
from ledger.log.merkle import HASH_SIZE, HashReader
from ledger.log.tile import hash_reader, tile_width
from ledger.proofs.stateproof import StateProof, prove_state
from ledger.sparse import path_of
from ledger.state import Head, Pair
from ledger.stateroot import TABLES
from nodes import dedup, schema
from nodes.dedup import Pending, Shorts, short_id, short_nonce
from nodes.pages import Page, edge_of, key_of, parse_page, place_of, place_of_path, value_of
from nodes.points import Points
from nodes.undo import Layer

_READER_CACHE = 8 << 20


def read_head(connection: sqlite3.Connection) -> Head:
    """The row `head`; an empty log's head where there is none."""
    row = connection.execute(
        "SELECT origin, size, batch, time, protocol, state_root, edge FROM head"
    ).fetchone()
    if row is None:
        return Head("")
    origin, size, batch, time, protocol, state_root, edge = row
    hashes = tuple(edge[at : at + HASH_SIZE] for at in range(0, len(edge), HASH_SIZE))
    return Head(origin, size, batch, time, protocol, state_root, hashes)


def read_records(connection: sqlite3.Connection, pairs: Sequence[Pair]) -> dict[Pair, bytes]:
    """Records of rows in the connection's snapshot."""
    found: dict[Pair, bytes] = {}
    for table, key in pairs:
        path = path_of(key)
        row = connection.execute(
            f"SELECT rows, data FROM {schema.page_table(table)}"  # noqa: S608
            " WHERE place <= ? ORDER BY place DESC LIMIT 1",
            (place_of_path(path),),
        ).fetchone()
        record = None if row is None else parse_page(*row).records.get(path)
        if record is not None:
            found[(table, key)] = record
    return found


def read_publics(connection: sqlite3.Connection, ids: Sequence[KeyId]) -> dict[KeyId, bytes]:
    """The public keys enrolled under these ids."""
    records = read_records(connection, [("keys", each) for each in ids])
    return {
        KeyId(key): bytes.fromhex(loads(value_of(record))[5])
        for (_, key), record in records.items()
    }


def find_statements(
    connection: sqlite3.Connection,
    ids: Shorts,
    pending: Pending,
    statements: Sequence[StatementId],
    size: int,
) -> dict[StatementId, int]:
    """The entries below `size` with these statement ids."""
    shorts = {short_id(each): each for each in statements}
    candidates = ids.find(connection, list(shorts), pending)
    if not candidates:
        return {}
    found: dict[StatementId, int] = {}
    wanted = {bytes.fromhex(each): each for each in statements}
    numbers = [number for some in candidates.values() for number in some if number < size]
    for at in range(0, len(numbers), dedup.CHUNK):
        some = numbers[at : at + dedup.CHUNK]
        marks = ",".join("?" * len(some))
        sql = f"SELECT number, id FROM entries WHERE number IN ({marks})"  # noqa: S608
        for number, raw in connection.execute(sql, some):
            if raw in wanted:
                found[wanted[raw]] = number
    return found


def find_nonces(
    connection: sqlite3.Connection,
    nonces: Shorts,
    pending: Pending,
    used: Sequence[tuple[KeyId, str]],
    size: int,
) -> dict[tuple[KeyId, str], StatementId]:
    """The statements logged below `size` that used these (author, client-made id)."""
    shorts = {short_nonce(*each): each for each in used}
    found: dict[tuple[KeyId, str], StatementId] = {}
    for numbers in nonces.find(connection, list(shorts), pending).values():
        for number in numbers:
            if number >= size:
                continue
            row = connection.execute("SELECT data FROM entries WHERE number = ?", (number,))
            entry = parse_entry(row.fetchone()[0])
            if isinstance(entry, StatementEntry):
                pair = (entry.statement.author, entry.statement.nonce)
                found.setdefault(pair, entry.statement.id)
    return {pair: found[pair] for pair in used if pair in found}


_MARKED = (
    "SELECT ord, key, value FROM marks WHERE tbl = ? AND mark = ? AND ord >= ? AND ord < ?"
    " ORDER BY ord LIMIT ?"
)
_MARKED_BACKWARDS = _MARKED.replace("ORDER BY ord", "ORDER BY ord DESC")


def read_marked(
    connection: sqlite3.Connection,
    table: str,
    mark: str,
    span: tuple[str, str],
    limit: int,
    reverse: bool,
) -> list[tuple[str, str, bytes]]:
    """(order, key, value) of rows with a mark and span[0] <= order < span[1]."""
    sql = _MARKED_BACKWARDS if reverse else _MARKED
    return connection.execute(sql, (table, mark, *span, limit)).fetchall()


def read_effects(data: bytes) -> Effects:
    """The effects that a commit stored as their JSON value."""
    value = loads(data)
    moves, line, lots = (
        tuple(tuple(row) for row in value.get(name, ())) for name in ("moves", "line", "lots")
    )
    return Effects(moves, line, lots)


class View:
    """One snapshot of the log and of the newest state. Close it soon: it holds the WAL open."""

    def __init__(self, connection: sqlite3.Connection, ids: Shorts, nonces: Shorts) -> None:
        self._connection = connection
        self._ids, self._nonces = ids, nonces
        # Before the snapshot: what is folded meanwhile stays in these.
        self._pending_ids, self._pending_nonces = ids.pending, nonces.pending
        connection.execute("BEGIN")
        self._head = read_head(connection)  # the snapshot is taken here

    def head(self) -> Head:
        """Where the log stands in this snapshot."""
        return self._head

    def entry(self, index: int) -> bytes:
        """The bytes of an entry; IndexError at or beyond the head."""
        for _, data in self.entries(index, index + 1):
            return data
        raise IndexError(f"entry {index} of a log of {self._head.size}")

    def entries(self, low: int, high: int) -> Iterator[tuple[int, bytes]]:
        """(index, bytes) of the entries low <= index < high that there are."""
        sql = "SELECT number, data FROM entries WHERE number >= ? AND number < ? ORDER BY number"
        yield from self._connection.execute(sql, (low, high))

    def backfill(self, wanted: Sequence[tuple[int, str]]) -> Mapping[str, bytes]:
        """Never asked for: no batch is made from a snapshot (`nodes.refilling` has them)."""
        raise AssertionError(f"a batch from a snapshot: {wanted}")

    def effects(self, index: int) -> Effects | None:
        """The effects of an entry that has only their digest."""
        sql = "SELECT data FROM effects WHERE number = ?"
        row = self._connection.execute(sql, (index,)).fetchone()
        return None if row is None else read_effects(row[0])

    def listed(self, subject: str, count: int) -> list[int]:
        """The indexes of the first `count` entries about a subject that `is_listed`, in order."""
        sql = "SELECT entry FROM lists WHERE subject = ? ORDER BY entry LIMIT ?"
        return [index for (index,) in self._connection.execute(sql, (subject, count))]

    def statement_ids(self, low: int, high: int) -> Iterator[tuple[int, StatementId]]:
        """(index, statement id) of the statement and auto entries low <= index < high."""
        sql = (
            "SELECT number, id FROM entries WHERE number >= ? AND number < ? AND id IS NOT NULL"
            " ORDER BY number"
        )
        for number, raw in self._connection.execute(sql, (low, high)):
            yield number, StatementId(raw.hex())

    def indexes(self, statements: Sequence[StatementId]) -> Mapping[StatementId, int]:
        """Entry indexes of those statements that are logged."""
        return find_statements(
            self._connection, self._ids, self._pending_ids, statements, self._head.size
        )

    def nonces(self, used: Sequence[tuple[KeyId, str]]) -> Mapping[tuple[KeyId, str], StatementId]:
        """As `Reader.nonces`."""
        return find_nonces(
            self._connection, self._nonces, self._pending_nonces, used, self._head.size
        )

    def rows(self, wanted: Sequence[Pair]) -> Mapping[Pair, bytes]:
        """The values of those rows of the newest state that exist; for proofs use a `FinalView`."""
        records = read_records(self._connection, wanted)
        return {pair: value_of(record) for pair, record in records.items()}

    def edges(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Right edges of the trees behind rows of table `index`."""
        pairs = [("index", key) for key in keys]
        records = read_records(self._connection, pairs)
        return {key: edge_of(record) for (_, key), record in records.items()}

    def marked(
        self, table: str, mark: str, low: str, high: str, limit: int, reverse: bool
    ) -> Sequence[tuple[str, str, bytes]]:
        """As `Reader.marked`."""
        return read_marked(self._connection, table, mark, (low, high), limit, reverse)

    def page(self, table: str, number: int) -> bytes | None:
        """Not here: what hashes are made of is asked of the store or a `FinalView`."""
        raise AssertionError("a view proves nothing about the state: use Store.at_final()")

    def hash(self, table: str, number: int) -> bytes | None:
        """Not here, as `page`."""
        raise AssertionError("a view proves nothing about the state: use Store.at_final()")

    def key_publics(self, ids: Sequence[KeyId]) -> dict[KeyId, bytes]:
        """The public keys enrolled under these ids."""
        return read_publics(self._connection, ids)

    def table(self, table: str) -> Iterator[tuple[str, bytes]]:
        """All (key, value) of one state table, in no order that means anything."""
        sql = f"SELECT rows, data FROM {schema.page_table(table)}"  # noqa: S608
        for rows, data in self._connection.execute(sql):
            for record in parse_page(rows, data).records.values():
                yield key_of(record), value_of(record)

    def batch_sizes(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """(batch, tree size after it) of the batches low <= number < high."""
        sql = "SELECT number, size FROM batches WHERE number >= ? AND number < ? ORDER BY number"
        yield from self._connection.execute(sql, (low, high))

    def batch_of_size(self, size: int) -> int | None:
        """The number of the batch that ends at this tree size; None where none does."""
        sql = "SELECT number FROM batches WHERE size = ?"
        row = self._connection.execute(sql, (size,)).fetchone()
        return None if row is None else row[0]

    def has_batch_end(self, low: int, high: int) -> bool:
        """Whether a batch ends at a tree size low <= size < high."""
        sql = "SELECT 1 FROM batches WHERE size >= ? AND size < ? LIMIT 1"
        return self._connection.execute(sql, (low, high)).fetchone() is not None

    def tile(self, level: int, n: int, width: int) -> bytes:
        """The first `width` hashes of a tile (C2SP tlog-tiles); FormatError if there are fewer."""
        row = self._connection.execute(
            "SELECT data FROM tiles WHERE level = ? AND number = ?", (level, n)
        ).fetchone()
        if row is None or len(row[0]) < width * HASH_SIZE:
            raise FormatError("tile", f"tile {level}/{n} has no {width} hashes")
        return bytes(row[0][: width * HASH_SIZE])

    def hashes(self, size: int) -> HashReader:
        """What `ledger.log.merkle` proves from, for the tree of `size`."""
        return hash_reader(self.tile, size)

    def leaf(self, index: int) -> bytes:
        """The leaf hash of an entry, out of its tile."""
        width = index % 256 + 1
        return self.tile(0, index // 256, width)[-HASH_SIZE:]

    def tile_width(self, level: int, n: int) -> int:
        """How wide a tile (level -1: bundle) is in this snapshot."""
        return tile_width(level, n, self._head.size)

    def close(self) -> None:
        """End the snapshot."""
        self._connection.execute("ROLLBACK")


class ViewPool:
    """Read-only connections, one to each `view()` that is open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._free: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection of one's own for a moment."""
        with self._lock:
            found = self._free.pop() if self._free else None
        connection = found or schema.open_reader(self._path, cache_bytes=_READER_CACHE)
        try:
            yield connection
        finally:
            with self._lock:
                # One that an error left within a transaction could not begin the next.
                if self._closed or connection.in_transaction:
                    connection.close()
                else:
                    self._free.append(connection)

    def close(self) -> None:
        """Close those that are free now, the others when they come back."""
        with self._lock:
            self._closed = True
            for connection in self._free:
                connection.close()
            self._free.clear()


class FinalView:
    """The state at an offered checkpoint: a `PageReader` with rows, for proofs. Any thread."""

    def __init__(self, layer: Layer, points: Points, pool: ViewPool) -> None:
        self._layer, self._points, self._pool = layer, points, pool

    def head(self) -> Head:
        """The head of the log at that checkpoint."""
        return self._layer.head

    def hash(self, table: str, number: int) -> bytes | None:
        """As `PageReader.hash`."""
        newest = self._points.get(table, number)
        for layer in self._layer.chain():
            known = layer.points.get(table)
            if known is not None and number in known:
                return known[number]
        return newest

    def page(self, table: str, number: int) -> bytes | None:
        """As `PageReader.page`."""
        newest = self._stored_page(table, number)
        for layer in self._layer.chain():
            known = layer.pages.get(table)
            if known is not None and number in known:
                return known[number]
        return None if newest is None else newest.rows

    def _stored_page(self, table: str, number: int) -> Page | None:
        sql = (
            f"SELECT rows, data FROM {schema.page_table(table)}"  # noqa: S608
            " WHERE place = ? AND number = ?"
        )
        with self._pool.connection() as connection:
            row = connection.execute(sql, (place_of(number), number)).fetchone()
        return None if row is None else parse_page(*row)

    def rows(self, wanted: Sequence[Pair]) -> Mapping[Pair, bytes]:
        """The values of those rows that existed."""
        with self._pool.connection() as connection:
            newest = read_records(connection, wanted)
        found: dict[Pair, bytes] = {}
        for pair in wanted:
            record = newest.get(pair)
            value = None if record is None else value_of(record)
            for layer in self._layer.chain():
                if pair in layer.rows:
                    value = layer.rows[pair]
                    break
            if value is not None:
                found[pair] = value
        return found

    def roots(self) -> dict[str, bytes]:
        """The roots of all tables."""
        points = {table: self.hash(table, 1) for table in TABLES}
        return {table: bytes(32) if each is None else each[1:] for table, each in points.items()}

    def prove(self, table: str, key: str) -> StateProof:
        """The row of `key`, or its absence, proved up to the head's state root.

        `batch` of the proof is left out: it is the tlog-proof of the head's last entry.
        """
        value = self.rows([(table, key)]).get((table, key))
        return prove_state(self, self.roots(), table, key, None if value is None else loads(value))
