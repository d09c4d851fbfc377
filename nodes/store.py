"""The store: one SQLite file that holds the log and the state, changed by one transaction a batch.

    step --commit--> entries, tiles, pages of rows, marks, undo, head: all of it or nothing

The commit point is the swap of `head`: its size goes from what the step began with to what it ends
with, in the transaction that holds everything else. What is in memory (points of the state trees,
pages used last, the tail of the tiles) follows after the commit. Persist, then sign, then publish:
the publisher reads what lies here with a connection of its own before it signs.

`Store` is the machine's `Reader` and belongs to one thread, the orderer's. Everybody else reads
through `view()` (the log, any thread) and `at_final()` (the state, under final checkpoints).
Specification: `docs/spec/store.md`. Who may write the file can change anything in it; the checks
at start-up and before each signature find what does not lead to the signed roots.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from contracts.machine import Step
from ledger.envelope import StatementId
from ledger.keys import KeyId
from ledger.sparse import path_of
from ledger.state import Head, Pair
from ledger.stateroot import INTERIOR, page_number
from nodes import chaos, dedup, schema, undo
from nodes.dedup import Folding, Shorts, short_bytes
from nodes.errors import NotFinal, ReadOnly, StoreFull, StoreLost, is_full
from nodes.folder import FolderLock
from nodes.logtail import LogTail
from nodes.pages import Page, PageCache, edge_of, parse_page, place_of, value_of
from nodes.points import Points
from nodes.refilling import Refilling
from nodes.settings import StoreOptions
from nodes.undo import Undo
from nodes.view import (
    FinalView,
    View,
    ViewPool,
    find_nonces,
    find_statements,
    read_head,
    read_marked,
)
from nodes.writing import Writing, prepare, swap, write_log, write_state

FILE: Final = "ledger.sqlite"
_AHEAD: Final = 4 * dedup.CHUNK
"""Pages read ahead at once."""


class Store:
    """The log and the state of one node, in `folder`; made by `nodes.recovery.open_store`.

    `Locked` when another process has the folder. Unless it says otherwise, a method is for the
    one thread that owns the store at the time.
    """

    def __init__(self, folder: Path, options: StoreOptions | None = None) -> None:
        self.folder = folder
        self.options = options or StoreOptions()
        self._lock = FolderLock(folder)
        self.path = folder / FILE
        try:
            self.writer = schema.open_writer(self.path, cache_bytes=self.options.sqlite_cache)
        except BaseException:
            self._lock.release()
            raise
        self.pool = ViewPool(self.path)
        self.undo = Undo()
        self._undo_lock = threading.Lock()
        self._final_size = self._unmoved = 0
        self._walked: dict[str, list[int]] = {}
        self.lost: StoreLost | None = None
        """Set for good when a commit left an unknown state."""
        # What follows is filled in by `nodes.recovery`, which checks it.
        self.points = Points()
        self.tail = LogTail()
        self.ids, self.used = Shorts("ids"), Shorts("nonces")
        self._folding = Folding(self.ids, self.used, self.options.fold_every)
        self._cache = PageCache(self.options.page_cache)
        self._head = read_head(self.writer)
        self.refilling = Refilling(folder, self.view)

    # --- Reader: what the machine sees

    def head(self) -> Head:
        """Where the log stands after the last commit. Any thread."""
        return self._head

    def rows(self, wanted: Sequence[Pair]) -> Mapping[Pair, bytes]:
        """The values of those rows that exist; their pages stay at hand for the commit."""
        return {pair: value_of(record) for pair, record in self._records(wanted).items()}

    def edges(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Right edges of the trees behind rows of table `index`."""
        records = self._records([("index", key) for key in keys])
        return {key: edge_of(record) for (_, key), record in records.items()}

    def page(self, table: str, number: int) -> bytes | None:
        """As `PageReader.page`."""
        page = self._cache.get((table, number))
        if page is not None:
            return page.rows
        point = self.points.get(table, number)
        if point is None or point[0] == INTERIOR:
            return None
        # Whoever walks to pages asks for their points first: read all that were walked to at once.
        walked = self._walked.pop(table, [])
        self._walked[table] = walked[_AHEAD:]
        return self._pages(table, [number, *walked[:_AHEAD]])[number].rows

    def hash(self, table: str, number: int) -> bytes | None:
        """As `PageReader.hash`."""
        value = self.points.get(table, number)
        if value is not None and value[0] != INTERIOR:
            self._walked.setdefault(table, []).append(number)
        return value

    def marked(
        self, table: str, mark: str, low: str, high: str, limit: int, reverse: bool
    ) -> Sequence[tuple[str, str, bytes]]:
        """At most `limit` (order, key, value) with this mark and low <= order < high, by order."""
        return read_marked(self.writer, table, mark, (low, high), limit, reverse)

    def indexes(self, statements: Sequence[StatementId]) -> Mapping[StatementId, int]:
        """Entry indexes of those statements that are logged."""
        return find_statements(self.writer, self.ids, self.ids.pending, statements, self._head.size)

    def nonces(self, used: Sequence[tuple[KeyId, str]]) -> Mapping[tuple[KeyId, str], StatementId]:
        """The logged statement that used a client-made id, by (author, id)."""
        return find_nonces(self.writer, self.used, self.used.pending, used, self._head.size)

    def entry(self, index: int) -> bytes:
        """The bytes of a logged entry; IndexError at or beyond the head."""
        sql = "SELECT data FROM entries WHERE number = ?"
        row = self.writer.execute(sql, (index,)).fetchone()
        if row is None:
            raise IndexError(f"entry {index} of a log of {self._head.size}")
        return bytes(row[0])

    def backfill(self, wanted: Sequence[tuple[int, str]]) -> Mapping[str, bytes]:
        """What late indexes have missed; `NotRefilled` while it is being worked out."""
        return self.refilling.rows(wanted)

    def _records(self, wanted: Sequence[Pair]) -> dict[Pair, bytes]:
        by_table: dict[str, list[str]] = {}
        for table, key in wanted:
            by_table.setdefault(table, []).append(key)
        found: dict[Pair, bytes] = {}
        for table, keys in by_table.items():
            if self.points.get(table, 1) is None:
                continue
            guess = 0
            places = []
            for key in keys:
                path = path_of(key)
                number = page_number(self, table, path, guess)
                guess = number.bit_length() - 1
                places.append((number, path))
            self._walked.pop(table, None)
            pages = self._pages(table, [number for number, _ in places])
            for key, (number, path) in zip(keys, places, strict=True):
                record = pages[number].records.get(path)
                if record is not None:
                    found[(table, key)] = record
        return found

    def _pages(self, table: str, numbers: Sequence[int]) -> dict[int, Page]:
        """These pages, from memory or in few reads. All must exist."""
        pages: dict[int, Page] = {}
        missing: dict[int, None] = {}
        for number in numbers:
            page = self._cache.get((table, number))
            if page is None:
                missing[number] = None
            else:
                pages[number] = page
        todo = list(missing)
        for at in range(0, len(todo), dedup.CHUNK):
            some = [place_of(number) for number in todo[at : at + dedup.CHUNK]]
            marks = ",".join("?" * len(some))
            sql = f"SELECT number, rows, data FROM page_{table} WHERE place IN ({marks})"  # noqa: S608
            for number, rows, data in self.writer.execute(sql, some):
                page = pages[number] = parse_page(rows, data)
                self._cache.put((table, number), page)
        for number in todo:
            if number not in pages:
                raise StoreLost(f"table {table}: page {number} is not in the store")
        return pages

    def _old_pages(self, table: str, numbers: Sequence[int]) -> dict[int, Page]:
        """Those of the pages that exist."""
        pages = []
        for number in numbers:
            point = self.points.get(table, number)
            if point is not None and point[0] != INTERIOR:
                pages.append(number)
        return self._pages(table, pages)

    # --- the commit

    def commit(self, step: Step) -> None:
        """Write one batch, durably, or nothing; an empty step is nothing.

        `StoreFull` and `ReadOnly`: nothing was kept, go on when it is mended. `StoreLost`: what is
        kept is unknown; end the process, start-up finds out.
        """
        if step.is_empty:
            return
        if self.lost is not None:
            raise self.lost
        if step.first != self._head.size or step.head.batch != self._head.batch + 1:
            raise StoreLost(f"a step from {step.first} on a log of {self._head.size}")
        try:
            self._commit(step)
        except (StoreFull, ReadOnly):
            raise
        except BaseException as error:
            # Also a fault of ours: between the commit and `_apply` memory is not what is on disk.
            lost = StoreLost(f"commit failed: {error!r}")
            self.lost = error if isinstance(error, StoreLost) else lost
            raise
        self.refilling.after(step)

    def _commit(self, step: Step) -> None:
        writing = prepare(step, self.tail, self._old_pages)
        with self._undo_lock:
            noted = {pair: writing.old_rows[pair] for pair in self.undo.unknown(writing.old_rows)}
            # Before anyone can see the new values (`nodes.undo`).
            self.undo.note(self.points.get, step.tables, writing.old_pages, noted)
            part = self._folding.due(len(writing.ids))
            try:
                self._write(step, writing, noted, part)
            except (sqlite3.Error, OSError) as error:
                failed = self._failed(error)
                if not isinstance(failed, StoreLost):
                    # What was noted is what still is, but its record went with the transaction.
                    self.undo.take_back(noted)
                raise failed from error
            self._apply(step, writing, part)
        chaos.point("store.applied")

    def _write(
        self, step: Step, writing: Writing, noted: Mapping[Pair, bytes | None], part: int | None
    ) -> None:
        writer = self.writer
        chaos.point("store.begin")
        writer.execute("BEGIN IMMEDIATE")
        write_log(writer, step, writing)
        chaos.point("store.fold")
        self._folding.write(writer, part, writing.ids, writing.nonces)
        write_state(writer, step, writing)
        chaos.point("store.undo")
        if noted:
            row = (step.head.batch, self.undo.base, undo.encode(noted))
            writer.execute("INSERT INTO undo VALUES (?, ?, ?)", row)
        writer.execute("DELETE FROM undo WHERE base < ?", (self._final_size,))
        chaos.point("store.swap")
        swap(writer, self._head, step.head, self._folding.reach(part, step.head.size))
        chaos.point("store.commit")
        writer.execute("COMMIT")
        chaos.point("store.commit.done")

    def _failed(self, error: sqlite3.Error | OSError) -> StoreLost | StoreFull | ReadOnly:
        """Undo the transaction, and say what is known now."""
        code = getattr(error, "sqlite_errorcode", None)
        kind = code & 0xFF if isinstance(code, int) else None
        try:
            if self.writer.in_transaction:
                self.writer.execute("ROLLBACK")
            with self.pool.connection() as fresh:
                kept = read_head(fresh) == self._head
        except (sqlite3.Error, StoreLost) as second:
            return StoreLost(f"{error}; then {second}")
        # After a failed sync the page cache may show what the disk has not: never go on from one.
        if kept and is_full(error):
            return StoreFull(f"no room on the disk of {self.folder}; nothing of the batch was kept")
        if kept and kind in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
            return ReadOnly(f"{self.path} cannot be written; nothing of the batch was kept")
        return StoreLost(f"{self.path}: {error}")

    def _apply(self, step: Step, writing: Writing, part: int | None) -> None:
        """Memory follows the commit."""
        self._walked.clear()
        for table, change in step.tables.items():
            self.points.put_all(table, change.hashes)
            for number, page in writing.pages[table]:
                if page is None:
                    self._cache.drop((table, number))
                else:
                    self._cache.put((table, number), page)
            self._unmoved += len(writing.pages[table])
        self._unmoved += len(writing.entries)
        self.tail = writing.tail
        self._folding.done(part, step.head.size, writing.ids, writing.nonces)
        self._head = step.head

    def maintain(self, *, idle: bool = False) -> None:
        """Move the write-ahead log into the database when it is long; between batches.

        `idle`: no statement waits, so that a shorter one is worth it.
        """
        if self._unmoved < (self.options.wal_idle if idle else self.options.wal_pages):
            return
        chaos.point("store.wal")
        try:
            _, length, moved = self.writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as error:
            if not is_full(error):
                raise
            # No room to move it to: all of it is still durable where it is.
            length, moved = 1, 0
        # A reader that still needs an old page leaves a rest; the next batch tries again.
        self._unmoved = 0 if length == moved else self.options.wal_pages // 2

    # --- checkpoints for cosigners

    def offer(self) -> Head:
        """The head of now becomes one whose state can be proved once it is final. Any thread."""
        with self._undo_lock:
            self.undo.begin(self._head)
            return self._head

    def finalise(self, size: int) -> None:
        """The checkpoint of `size` is final: older states are not asked for again. Any thread."""
        with self._undo_lock:
            if size > self._final_size and self.undo.find(size) is not None:
                self._final_size = size
                self.undo.release(size)

    @property
    def final_size(self) -> int:
        """Size of the newest final checkpoint; 0 when there is none."""
        return self._final_size

    # --- reading, any thread

    @contextmanager
    def view(self) -> Iterator[View]:
        """One snapshot of the log and the newest state; keep it short."""
        with self.pool.connection() as connection:
            view = View(connection, self.ids, self.used)
            try:
                yield view
            finally:
                view.close()

    def at_final(self) -> FinalView:
        """The state at the newest final checkpoint; `NotFinal` when there is none yet."""
        return self.at(self._final_size)

    def at(self, size: int) -> FinalView:
        """The state at an offered checkpoint that is not older than the final one."""
        layer = self.undo.find(size)
        if layer is None:
            raise NotFinal(f"the state at size {size} cannot be proved now")
        return FinalView(layer, self.points, self.pool)

    # --- start and end

    def remember(
        self,
        points: Points,
        tail: LogTail,
        unfolded: tuple[int, Sequence[tuple[int, bytes, int | None]]],
    ) -> None:
        """Take over what start-up has read and checked (`nodes.recovery`).

        `unfolded`: where folding stands, and (entry, id, short nonce) of what came after.
        """
        self.points, self.tail = points, tail
        folded, newest = unfolded
        ids = [(short_bytes(raw), number) for number, raw, _ in newest]
        used = [(nonce, number) for number, _, nonce in newest if nonce is not None]
        self._folding.begin(folded, ids, used)

    def restore_final(self, head: Head) -> None:
        """The newest final checkpoint, before which this process was not running, is `head`."""
        sql = "SELECT data FROM undo WHERE base >= ? ORDER BY batch"
        noted = (row[0] for row in self.writer.execute(sql, (head.size,)))
        self.undo.restore(self, head, noted)
        self._final_size = head.size

    def close(self) -> None:
        """Close without a word about how it went: the next start checks everything."""
        self.refilling.close()
        self.pool.close()
        self.writer.close()
        self._lock.release()
