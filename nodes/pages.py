"""Pages of state rows as they lie in the store, and the newest of them in memory.

A page is two blobs with one row after the other in the order of their paths: `rows`, 64 bytes
`p || r` each, which is all that hashing reads; and `data`, where each row has its

    u16 length of key, u32 length of value, u32 length of edge, key, value, edge

(`edge`: for rows of table `index` the right edge of the tree behind them, which changes with them;
else empty). A *record* is these bytes of one row.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ledger.sparse import ROW_BYTES
from ledger.stateroot import PAGE_DEPTH_MAX, TableChange

_LENGTHS: Final = struct.Struct(">HII")
_HEAD: Final = _LENGTHS.size

Key = tuple[str, int]
"""(table, page number)"""


def place_of(number: int) -> int:
    """Where the page of a heap number lies in its SQL table: its bits, at the left of 60.

    Pages lie in the order of the paths in them, and the left half of a page that is split lies
    where the page was: a split or a join rewrites neighbours, not other corners of the file.
    """
    depth = number.bit_length() - 1
    return (number << (PAGE_DEPTH_MAX - depth)) - (1 << PAGE_DEPTH_MAX)


def place_of_path(path: bytes) -> int:
    """The place of a path; its page is the one at the largest place that is not beyond it."""
    return int.from_bytes(path[:8], "big") >> (64 - PAGE_DEPTH_MAX)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `rows` as hashing wants them, `records` by path."""

    rows: bytes
    records: Mapping[bytes, bytes]

    @property
    def data(self) -> bytes:
        """The records as they are stored."""
        return b"".join(self.records.values())


def pack_record(key: str, value: bytes, edge: bytes = b"") -> bytes:
    """The record of a row."""
    name = key.encode()
    return b"".join((_LENGTHS.pack(len(name), len(value), len(edge)), name, value, edge))


def key_of(record: bytes) -> str:
    """The key in a record."""
    return record[_HEAD : _HEAD + _LENGTHS.unpack_from(record)[0]].decode()


def value_of(record: bytes) -> bytes:
    """The canonical value in a record."""
    key, value, _ = _LENGTHS.unpack_from(record)
    start = _HEAD + int(key)
    return record[start : start + value]


def edge_of(record: bytes) -> bytes:
    """The right edge in a record of table `index`."""
    key, value, _ = _LENGTHS.unpack_from(record)
    return record[_HEAD + int(key) + int(value) :]


def parse_page(rows: bytes, data: bytes) -> Page:
    """The page in its two blobs."""
    records = {}
    at = 0
    unpack = _LENGTHS.unpack_from
    for row in range(0, len(rows), ROW_BYTES):
        key, value, edge = unpack(data, at)
        end = at + _HEAD + key + value + edge
        records[rows[row : row + 32]] = data[at:end]
        at = end
    if at != len(data):
        raise ValueError("a page with more records than rows")
    return Page(rows, records)


def new_pages(
    change: TableChange, known: Mapping[bytes, bytes], fresh: Mapping[bytes, bytes]
) -> Iterator[tuple[int, Page | None]]:
    """The pages that `change` makes or (None) removes, in order of their numbers.

    `known`: the records by path of all pages among the changed numbers, as they are; `fresh`: those
    of changed rows. A row that is not fresh stood in one of these pages, perhaps in another that
    was split or joined.
    """
    for number in sorted(change.pages):
        rows = change.pages[number]
        if rows is None:
            yield number, None
            continue
        paths = [rows[at : at + 32] for at in range(0, len(rows), ROW_BYTES)]
        yield number, Page(rows, {path: fresh.get(path) or known[path] for path in paths})


class PageCache:
    """The pages used last, at most about `limit` of them (a page is about 2 KB in memory).

    Two generations: what is used moves to the young one; when that is half the limit, the old one
    is dropped and the young one grows old.
    """

    def __init__(self, limit: int) -> None:
        self._half = max(1, limit // 2)
        self._young: dict[Key, Page] = {}
        self._old: dict[Key, Page] = {}

    def get(self, key: Key) -> Page | None:
        """A page that was kept."""
        page = self._young.get(key)
        if page is None:
            page = self._old.pop(key, None)
            if page is not None:
                self.put(key, page)
        return page

    def put(self, key: Key, page: Page) -> None:
        """Keep a page."""
        self._young[key] = page
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}

    def drop(self, key: Key) -> None:
        """Forget a page that is gone."""
        self._young.pop(key, None)
        self._old.pop(key, None)
