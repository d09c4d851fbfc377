"""What one step writes, made ready before its transaction begins: pages, marks, tiles, old rows.

`prepare` touches no disk: it reads old pages through the store, which has most of them at hand
because the step has just read them. The functions below it are the SQL, without the transaction
around it, which is the store's.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from json import loads
from typing import Final, TypeAlias

from contracts.machine import Step
from ledger.canon import encode
from ledger.marks import MARKED, Mark, marks_of
from ledger.sparse import path_of
from ledger.state import Head, Pair
from ledger.stateroot import POINT_BYTES
from nodes import chaos
from nodes.dedup import short_id, short_nonce
from nodes.errors import StoreLost
from nodes.logtail import LogTail, Tiles
from nodes.pages import Page, new_pages, pack_record, place_of, value_of
from nodes.schema import page_table

OldPages: TypeAlias = Callable[[str, Sequence[int]], Mapping[int, Page]]
"""(table, numbers) -> those of the pages that exist."""

EntryRow: TypeAlias = tuple[int, bytes, bytes | None, int | None]
PageRow: TypeAlias = tuple[int, int, bytes, bytes, bytes]
MarkRow: TypeAlias = tuple[str, str, str, str, bytes]


@dataclass(slots=True)
class Writing:
    """One batch as SQL rows, and what memory will hold once they are committed."""

    entries: list[EntryRow]
    tail: LogTail
    tiles: Tiles
    pages: dict[str, list[tuple[int, Page | None]]] = field(default_factory=dict)
    marks: list[MarkRow] = field(default_factory=list)
    unmarked: list[tuple[str, str, str]] = field(default_factory=list)
    old_rows: dict[Pair, bytes | None] = field(default_factory=dict)
    old_pages: dict[tuple[str, int], bytes] = field(default_factory=dict)
    ids: list[tuple[int, int]] = field(default_factory=list)
    nonces: list[tuple[int, int]] = field(default_factory=list)

    def page_rows(self, table: str, points: Mapping[int, bytes | None]) -> Iterator[PageRow]:
        """The SQL rows of pages that are new or changed."""
        for number, page in self.pages[table]:
            if page is not None:
                point = points[number]
                assert point is not None and len(point) == POINT_BYTES
                yield place_of(number), number, page.rows, page.data, point

    def gone_pages(self, table: str) -> list[tuple[int]]:
        """Places where there was a page and will be none."""
        pages = self.pages[table]
        written = {place_of(number) for number, page in pages if page is not None}
        gone = {place_of(number): None for number, page in pages if page is None}
        return [(place,) for place in gone if place not in written]


def prepare(step: Step, tail: LogTail, old_pages: OldPages) -> Writing:
    """Everything that `step` writes."""
    new_tail, tiles = tail.grow(step.leaves)
    nonces = [
        (short_nonce(author, nonce), step.ids[each])
        for (author, nonce), each in step.nonces.items()
    ]
    writing = Writing(_entries(step, nonces), new_tail, tiles, nonces=nonces)
    writing.ids = [(short_id(each), index) for each, index in step.ids.items()]
    by_table: dict[str, dict[str, bytes | None]] = {}
    for (table, key), value in step.rows.items():
        by_table.setdefault(table, {})[key] = value
    for table, rows in by_table.items():
        _prepare_table(writing, step, table, rows, old_pages)
    return writing


def _entries(step: Step, nonces: Sequence[tuple[int, int]]) -> list[EntryRow]:
    id_at = {index: bytes.fromhex(each) for each, index in step.ids.items()}
    nonce_at = {index: short for short, index in nonces}
    return [
        (index, entry, id_at.get(index), nonce_at.get(index))
        for index, entry in enumerate(step.entries, step.first)
    ]


def _prepare_table(
    writing: Writing,
    step: Step,
    table: str,
    rows: Mapping[str, bytes | None],
    old_pages: OldPages,
) -> None:
    change = step.tables[table]
    known: dict[bytes, bytes] = {}
    for number, page in old_pages(table, list(change.pages)).items():
        known.update(page.records)
        writing.old_pages[(table, number)] = page.rows
    edges = step.edges if table == "index" else {}
    paths = {path_of(key): key for key in rows}
    fresh = {
        path: pack_record(key, value, edges.get(key, b""))
        for path, key in paths.items()
        if (value := rows[key]) is not None
    }
    pages = writing.pages[table] = list(new_pages(change, known, fresh))
    placed = {path for _, page in pages if page is not None for path in page.records}
    for path, key in paths.items():
        record, value = known.get(path), rows[key]
        if record is None and path not in placed:
            continue  # put to what it was already: its page does not change
        old = None if record is None else value_of(record)
        if old == value:
            continue
        writing.old_rows[(table, key)] = old
        if table in MARKED:
            _remark(writing, (table, key), old, value)


def _remark(writing: Writing, pair: Pair, old: bytes | None, new: bytes | None) -> None:
    table, key = pair
    after: tuple[Mark, ...] = ()
    if new is not None:
        after = marks_of(table, key, loads(new))
        writing.marks += ((table, *mark, key, new) for mark in after)
    if old is not None:
        before = marks_of(table, key, loads(old))
        writing.unmarked += ((table, *mark) for mark in before if mark not in after)


# --- the SQL of one batch, within the store's transaction


def write_log(writer: sqlite3.Connection, step: Step, writing: Writing) -> None:
    """Entries, effects that are too large for them, lists of entries, the batch, the tiles."""
    chaos.point("store.entries")
    writer.executemany("INSERT INTO entries VALUES (?, ?, ?, ?)", writing.entries)
    writer.execute("INSERT INTO batches VALUES (?, ?)", (step.head.batch, step.head.size))
    large = [(index, encode(each.value())) for index, each in step.effects.items()]
    writer.executemany("INSERT INTO effects VALUES (?, ?)", large)
    writer.executemany("INSERT INTO lists VALUES (?, ?)", step.listed)
    chaos.point("store.tiles")
    tiles = [(level, number, data) for (level, number), data in writing.tiles.items()]
    writer.executemany("INSERT OR REPLACE INTO tiles VALUES (?, ?, ?)", tiles)


def write_state(writer: sqlite3.Connection, step: Step, writing: Writing) -> None:
    """Pages and marks."""
    chaos.point("store.pages")
    for table in writing.pages:
        name = page_table(table)
        if gone := writing.gone_pages(table):
            writer.executemany(f"DELETE FROM {name} WHERE place = ?", gone)  # noqa: S608
        writer.executemany(
            f"INSERT OR REPLACE INTO {name} VALUES (?, ?, ?, ?, ?)",  # noqa: S608
            writing.page_rows(table, step.tables[table].hashes),
        )
    writer.executemany("DELETE FROM marks WHERE tbl = ? AND mark = ? AND ord = ?", writing.unmarked)
    writer.executemany("INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?, ?)", writing.marks)


_SWAP: Final = (
    "UPDATE head SET origin = ?, size = ?, batch = ?, time = ?, protocol = ?, state_root = ?,"
    " edge = ?, folded = ? WHERE one = 1 AND size = ? AND batch = ?"
)


def swap(writer: sqlite3.Connection, before: Head, head: Head, folded: int) -> None:
    """The compare-and-swap of the checkpoint: `StoreLost` when the file is not where we are."""
    values = (head.origin, head.size, head.batch, head.time, head.protocol, head.state_root)
    if before.batch < 0:
        # The table has room for one row: a second genesis cannot be written.
        sql = "INSERT INTO head VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)"
        writer.execute(sql, (*values, b"".join(head.edge), folded))
        return
    place = (before.size, before.batch)
    swapped = writer.execute(_SWAP, (*values, b"".join(head.edge), folded, *place))
    if swapped.rowcount != 1:
        writer.execute("ROLLBACK")
        raise StoreLost(f"the stored checkpoint is not of size {before.size}: another writer?")
