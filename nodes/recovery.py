"""Opening a store: what is checked before anything is signed, and what may be checked behind.

After a clean stop: its marker, the right edge against the tiles, the saved points against their
hash and the state root in the last batch entry. After anything else: every leaf hash to the root,
every page's point to the state root, the entries of the last `BATCHES_AGAIN` batches hashed and
read again. Everything else is checked behind (`nodes.checking`).

Rule: a failure is `StoreLost`; then nothing is signed. `docs/spec/store.md`, start.
"""

import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.canon import encode
from ledger.entry import BatchEntry, parse_entry
from ledger.errors import CheckError, FormatError
from ledger.log import merkle
from ledger.log.merkle import HASH_SIZE, Frontier, leaf_hash
from ledger.log.tile import TILE_BYTES_MAX, TILE_WIDTH
from ledger.state import Head
from ledger.stateroot import TABLES, load_hashes, state_root
from nodes import chaos, schema
from nodes.errors import StoreLost
from nodes.folder import write_whole
from nodes.logtail import LogTail
from nodes.points import Points, digest
from nodes.settings import StoreOptions
from nodes.store import Store
from nodes.view import View, read_head

BATCHES_AGAIN: Final = 1_000
"""Batches whose entries are hashed again after a crash, before anything is signed."""

POINTS_FILE: Final = "points"


@dataclass(frozen=True, slots=True)
class Opened:
    """How a start went. `took_s`: seconds; `clean`: the last stop was one, so less was checked."""

    store: Store
    clean: bool
    took_s: float

    def __str__(self) -> str:
        how = "after a clean stop" if self.clean else "after a crash; the rest is checked behind"
        head = self.store.head()
        return f"ready in {self.took_s:.2f} s {how}: {head.size:,} entries, batch {head.batch:,}"


def open_store(folder: Path, options: StoreOptions | None = None) -> Opened:
    """Open the store in `folder`, checked. Raises `Locked`, and `StoreLost` when a check fails."""
    began = time.monotonic()
    try:
        store = Store(folder, options)
    except sqlite3.Error as error:
        raise StoreLost(f"{folder}: {error}") from error
    try:
        clean = load(store)
    except (sqlite3.Error, CheckError, FormatError, ValueError, LookupError) as error:
        store.close()
        raise StoreLost(f"{store.path}: {error}") from error
    except BaseException:
        store.close()
        raise
    store.refilling.look()
    return Opened(store, clean, time.monotonic() - began)


def load(store: Store) -> bool:
    """Fill the store's memory from its file, checking it. Whether the last stop was clean."""
    head = store.head()
    saved = _take_marker(store.writer)
    points = _saved_points(store.folder, saved)
    clean = points is not None
    if points is None:
        points = _points_of_pages(store.writer)
    tail = _tail(store.writer, head.size)
    roots = {table: points.root(table) for table in TABLES}
    with store.pool.connection() as connection:
        view = View(connection, store.ids, store.used)
        try:
            if head.size:
                _check_edge(view, head)
                _check_last(view, head, state_root(roots))
            if not clean and head.size:
                _check_leaves(store.writer, head)
                check_batches(view, max(0, head.batch - BATCHES_AGAIN + 1), head.batch + 1)
        finally:
            view.close()
    store.remember(points, tail, _unfolded(store.writer))
    return clean


def close_clean(store: Store) -> None:
    """Save the points, leave the marker, move the write-ahead log: the next start is quick.

    Closed in any case; if something fails on the way, the next start checks everything.
    """
    try:
        dump = list(store.points.dump())
        write_whole(store.folder / POINTS_FILE, b"".join(dump))
        chaos.point("clean.stop")
        store.writer.execute(
            "INSERT OR REPLACE INTO notes VALUES ('clean', ?)",
            (digest(dump) + store.head().size.to_bytes(8, "big"),),
        )
        store.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        store.close()


def _take_marker(writer: sqlite3.Connection) -> bytes | None:
    """The marker of a clean stop, which is gone, durably, before anything is written."""
    row = writer.execute("SELECT value FROM notes WHERE name = 'clean'").fetchone()
    if row is None:
        return None
    writer.execute("DELETE FROM notes WHERE name = 'clean'")
    size = read_head(writer).size.to_bytes(8, "big")
    value: bytes = row[0]
    return value[:32] if value[32:] == size else None


def _saved_points(folder: Path, wanted: bytes | None) -> Points | None:
    path = folder / POINTS_FILE
    if wanted is None or not path.exists():
        return None
    data = memoryview(path.read_bytes())
    return Points.load(data) if digest([data]) == wanted else None


def _points_of_pages(writer: sqlite3.Connection) -> Points:
    points = Points()
    for table in TABLES:
        stored = writer.execute(f"SELECT number, point FROM {schema.page_table(table)}")  # noqa: S608
        pages = stored.fetchall()
        if pages:
            points.put_all(table, load_hashes(pages))
    return points


def _tail(writer: sqlite3.Connection, size: int) -> LogTail:
    parts: dict[int, bytes] = {}
    level, row = 0, size
    while row:
        width = row % TILE_WIDTH
        sql = "SELECT data FROM tiles WHERE level = ? AND number = ?"
        found = writer.execute(sql, (level, row // TILE_WIDTH)).fetchone()
        if (found is not None) != bool(width) or (found and len(found[0]) != width * HASH_SIZE):
            raise StoreLost(f"the last tile of level {level} is not {width} hashes wide")
        parts[level] = bytes(found[0]) if found else b""
        level, row = level + 1, row // TILE_WIDTH
    return LogTail(size, parts)


def _unfolded(writer: sqlite3.Connection) -> tuple[int, list[tuple[int, bytes, int | None]]]:
    row = writer.execute("SELECT folded FROM head").fetchone()
    folded = 0 if row is None else int(row[0])
    sql = "SELECT number, id, nonce FROM entries WHERE number >= ? AND id IS NOT NULL"
    return folded, writer.execute(sql, (folded,)).fetchall()


# --- checks before anything is signed


def _check_edge(view: View, head: Head) -> None:
    """The edge beside the head is that of the tiles."""
    reader = view.hashes(head.size)
    at = 0
    for stored in head.edge:
        level = (head.size - at).bit_length() - 1
        if reader(level, at >> level) != stored:
            raise StoreLost(f"the right edge of size {head.size} is not that of the tiles")
        at += 1 << level


def _check_last(view: View, head: Head, root: bytes) -> None:
    """The last entry is the batch entry of the head, and names the state that is stored."""
    raw = view.entry(head.size - 1)
    entry = parse_entry(raw)
    if leaf_hash(raw) != view.leaf(head.size - 1):
        raise StoreLost(f"entry {head.size - 1} is not the one that was hashed")
    if not isinstance(entry, BatchEntry) or entry.batch != head.batch:
        raise StoreLost(f"entry {head.size - 1} is not the batch entry of batch {head.batch}")
    if not entry.state_root == head.state_root == root:
        raise StoreLost(
            f"state root {root.hex()} is stored, batch {head.batch} says {entry.state_root.hex()}"
        )
    if view.batch_of_size(head.size) != head.batch:
        raise StoreLost(f"batch {head.batch} is not listed with size {head.size}")


def _check_leaves(writer: sqlite3.Connection, head: Head) -> None:
    """All leaf hashes, from their tiles, lead to the root."""
    log = Frontier()
    sql = "SELECT data FROM tiles WHERE level = 0 AND number >= ? AND number < ? ORDER BY number"
    numbers = -(-head.size // TILE_WIDTH)
    for low in range(0, numbers, 64):
        for (data,) in writer.execute(sql, (low, low + 64)):
            if log.size + len(data) // HASH_SIZE < head.size and len(data) != TILE_BYTES_MAX:
                raise StoreLost(f"tile 0/{log.size // TILE_WIDTH} is not full")
            log.extend(data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE))
    if log.size != head.size or log.root() != head.root():
        raise StoreLost(f"the leaf hashes do not lead to the root of size {head.size}")


def check_batches(view: View, low: int, high: int) -> None:
    """The entries of batches low <= number < high: hashes, numbers, times, digests of outcomes."""
    first = 0
    if low > 0:
        first = next(iter(view.batch_sizes(low - 1, low)))[1]
    for batch, size in view.batch_sizes(low, high):
        if batch != low:
            raise StoreLost(f"batch {low} is not listed")
        low += 1
        _check_batch(view, batch, first, size)
        first = size


def _check_batch(view: View, batch: int, first: int, size: int) -> None:
    raws = [raw for _, raw in view.entries(first, size)]
    if len(raws) != size - first:
        raise StoreLost(f"batch {batch}: {len(raws)} entries are stored, not {size - first}")
    outcomes = []
    for index, raw in enumerate(raws, first):
        if leaf_hash(raw) != view.leaf(index):
            raise StoreLost(f"entry {index} is not the one that was hashed")
        entry = parse_entry(raw)
        if entry.batch != batch:
            raise StoreLost(f"entry {index} is not of batch {batch}")
        if not isinstance(entry, BatchEntry):
            outcomes.append(leaf_hash(encode(dict(entry.outcome))))
    if not isinstance(entry, BatchEntry) or (entry.first, entry.count) != (first, len(outcomes)):
        raise StoreLost(f"batch {batch} does not end with its own batch entry")
    if merkle.root(outcomes) != entry.outcomes:
        raise StoreLost(f"batch {batch}: its outcomes are not those it was closed with")


def free_bytes(folder: Path) -> int:
    """Room left on the disk of `folder`."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
