"""The state root: one hash over every row of every state table, and the pages it is kept in.

Each table is a compact sparse Merkle tree (`ledger.sparse`), whose root depends on its rows alone;
the state root is the RFC 6962 root of the leaves `table name || 00 || table root`, by name.
Specification: `docs/spec/state-root.md`.

How a table is kept, which is no part of the format: the rows under one prefix of bits lie in one
*page*, a blob of rows `p || r` sorted by p; above the pages stand *interior points*. Both bear heap
numbers (1 = the whole table; 2n and 2n + 1 = the halves of n). Each number has a *point value* of
33 bytes, `count || hash`: count is the number of rows of a page (254 = 254 or more) or 255 for an
interior point. A page of more than `PAGE_ROWS` rows is split; two sibling pages that hold
`JOIN_ROWS` or fewer together are joined. So an interior point always has more than one row below
it, and the rule for lone rows matters inside pages only.

    >>> pages = MemoryPages()
    >>> change = update(pages, "lots", {"a": b"0", "b": b"1"})
    >>> change.root.hex()[:16]
    'c8c7552b64ad6dbd'
    >>> pages.apply("lots", change)
    >>> pages.root("lots") == change.root
    True
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from ledger import sparse
from ledger.errors import CheckError, FormatError
from ledger.log import merkle
from ledger.sparse import EMPTY, ROW_BYTES, path_of, row_hash

__all__ = [
    "EMPTY",
    "TABLES",
    "MemoryPages",
    "Overlay",
    "PageReader",
    "TableChange",
    "load_hashes",
    "page_number",
    "pages_for",
    "path_of",
    "row_hash",
    "rows_of",
    "state_root",
    "table_leaf",
    "table_leaves",
    "undo_of",
    "update",
]

# fmt: off
TABLES = (
    "accounts", "adoptions", "breaches", "catalogue", "entitlements", "facts", "flags", "gifts",
    "heads", "holds", "households", "index", "keys", "legs", "line", "lots", "members", "origin",
    "proposals", "references", "reserved", "runs", "totals", "trust",
)
# fmt: on
"""The state tables of protocol 1, by name: frozen, for every proof depends on the list. A later
protocol may add tables."""

PAGE_ROWS = 8
"""A page with more rows is split."""

JOIN_ROWS = 4
"""Two sibling pages with as many rows together, or fewer, are joined."""

PAGE_DEPTH_MAX = 60
"""No page stands deeper, so that heap numbers fit a signed 64-bit column. Rows that share 60 bits
can only be made with much work, and would only make one page longer."""

POINT_BYTES = 33
INTERIOR = 255
_COUNT_MAX = 254


class PageReader(Protocol):
    """Where pages and points are kept; nothing is written through this door."""

    def page(self, table: str, number: int) -> bytes | None:
        """The rows of page `number`, `p || r` each, sorted; None when there is no such page."""

    def hash(self, table: str, number: int) -> bytes | None:
        """The point value `count || hash` of a page or interior point; None when there is none."""


@dataclass(frozen=True, slots=True)
class TableChange:
    """What one update of a table changes. None in `pages` and `hashes` means: remove.

    `root` is the new table root (32 bytes). Every page in `pages` that is not removed has its point
    value in `hashes`; the other values there are of interior points.
    """

    root: bytes
    pages: Mapping[int, bytes | None]
    hashes: Mapping[int, bytes | None]


# --- The state root ------------------------------------------------------------------------------


def table_leaf(table: str, root: bytes) -> bytes:
    """The leaf hash of a table in the state root: RFC 6962 over `table name || 00 || root`."""
    return merkle.leaf_hash(table.encode() + b"\0" + root)


def table_leaves(table_roots: Mapping[str, bytes]) -> list[bytes]:
    """The leaf hashes of all tables in order; a table not named is empty.

    FormatError for a table that protocol 1 does not have, or a root that is not 32 bytes.
    """
    for table, root in table_roots.items():
        if table not in TABLES or len(root) != len(EMPTY):
            raise FormatError("state root", "no table of protocol 1, or no hash", where=table)
    return [table_leaf(table, table_roots.get(table, EMPTY)) for table in TABLES]


def state_root(table_roots: Mapping[str, bytes]) -> bytes:
    """The state root (32 bytes) over the roots of all tables; FormatError as `table_leaves`."""
    return merkle.root(table_leaves(table_roots))


# --- The pages of one table ----------------------------------------------------------------------


def page_number(reader: PageReader, table: str, path: bytes, guess: int) -> int:
    """The number of the page that holds `path`, or would. `guess` is a likely depth.

    On the way of one path the points of interior kind come first, then one page, then nothing.
    """
    bits = int.from_bytes(path[:8], "big") | 1 << 64
    depth = guess
    value = reader.hash(table, bits >> (64 - depth))
    while value is None:
        if not depth:
            return 1  # an empty table
        depth -= 1
        value = reader.hash(table, bits >> (64 - depth))
    while value is not None and value[0] == INTERIOR:
        depth += 1
        value = reader.hash(table, bits >> (64 - depth))
    if value is None:
        raise damaged(table, bits >> (64 - depth))
    return bits >> (64 - depth)


def damaged(table: str, number: int) -> CheckError:
    """The error for a point that must be there and is not."""
    return CheckError("state pages", f"table {table}: point {number} is missing; rebuild the pages")


def rows_of(page: bytes | None) -> list[bytes]:
    """The rows of a page, 64 bytes each."""
    page = page or b""
    return [page[at : at + ROW_BYTES] for at in range(0, len(page), ROW_BYTES)]


def _paths_by_page(
    reader: PageReader, table: str, paths: Iterable[bytes]
) -> dict[int, list[bytes]]:
    """Sorted paths by the number of their page, in the order of the paths."""
    groups: dict[int, list[bytes]] = {}
    guess = 0
    for path in paths:
        number = page_number(reader, table, path, guess)
        guess = number.bit_length() - 1
        groups.setdefault(number, []).append(path)
    return groups


def pages_for(reader: PageReader, table: str, keys: Iterable[str]) -> list[int]:
    """The numbers of the pages that `keys` stand in, ascending: what a store may fetch at once.

    Asks the reader for points only, never for a page.
    """
    return sorted(_paths_by_page(reader, table, sorted(path_of(key) for key in keys)))


def update(reader: PageReader, table: str, changes: Mapping[str, bytes | None]) -> TableChange:
    """The new root of `table` and what changes in its pages and points; the reader stays as it is.

    `changes`: row key -> canonical encoding of the new value, or None to delete the row (a row that
    is not there may be deleted). FormatError for a key of a wrong length.
    """
    wanted = {
        path_of(key): None if value is None else row_hash(key, value)
        for key, value in changes.items()
    }
    work = _Work(reader, table)
    for number, paths in _paths_by_page(reader, table, sorted(wanted)).items():
        rows = rows_of(reader.page(table, number))
        touched = False
        for path in paths:
            at = bisect_left(rows, path)
            there = at < len(rows) and rows[at].startswith(path)
            new = wanted[path]
            if new is None:
                if there:
                    del rows[at]
                    touched = True
            elif not there:
                rows.insert(at, path + new)
                touched = True
            elif rows[at] != path + new:
                rows[at] = path + new
                touched = True
        if touched:
            work.put(number, rows)
    work.rise()
    return TableChange(work.root(), work.pages, work.hashes)


class _Work:
    """One update under way: the new pages and points, and what has become stale above them."""

    def __init__(self, reader: PageReader, table: str) -> None:
        self._reader, self._table = reader, table
        self.pages: dict[int, bytes | None] = {}
        self.hashes: dict[int, bytes | None] = {}
        self._stale: dict[int, dict[int, None]] = {}  # depth -> interior points to compute anew

    def put(self, number: int, rows: list[bytes]) -> None:
        """Set page `number`, cutting it into its halves while it is too long."""
        if len(rows) > PAGE_ROWS and self._reader.hash(self._table, number):
            self.pages[number] = None
        todo = [(number, rows)]
        while todo:
            number, rows = todo.pop()
            depth = number.bit_length() - 1
            if len(rows) > PAGE_ROWS and depth < PAGE_DEPTH_MAX:
                middle = sparse.cut(rows, depth)
                todo += [(2 * number, rows[:middle]), (2 * number + 1, rows[middle:])]
            else:
                self._set_page(number, rows)
                self._stale.setdefault(depth - 1, {})[number >> 1] = None

    def _set_page(self, number: int, rows: list[bytes]) -> None:
        self.pages[number] = b"".join(rows)
        count = min(len(rows), _COUNT_MAX)
        self.hashes[number] = bytes((count,)) + sparse.node_of(rows, number.bit_length() - 1)

    def rise(self) -> None:
        """Compute every stale point, the deepest first; join sibling pages that became short.

        Deepest first, and each parent once: a thousand changes share the upper levels.
        """
        known, reader, table = self.hashes, self._reader, self._table
        for depth in range(max(self._stale, default=-1), -1, -1):
            above = self._stale.setdefault(depth - 1, {})
            for number in self._stale[depth]:
                low, high = 2 * number, 2 * number + 1
                left = known[low] if low in known else reader.hash(table, low)
                right = known[high] if high in known else reader.hash(table, high)
                if left is None or right is None:
                    raise damaged(table, low if left is None else high)
                if left[0] + right[0] > JOIN_ROWS:
                    known[number] = b"\xff" + sha256(b"\1" + left[1:] + right[1:]).digest()
                else:
                    self._set_page(number, self._take_page(low) + self._take_page(high))
                above[number >> 1] = None
        if self.pages.get(1) == b"":  # an empty table leaves nothing behind
            self.pages[1] = self.hashes[1] = None

    def _take_page(self, number: int) -> list[bytes]:
        known = number in self.pages
        page = self.pages[number] if known else self._reader.page(self._table, number)
        self.pages[number] = self.hashes[number] = None
        return rows_of(page)

    def root(self) -> bytes:
        """The table root as it now is."""
        value = self.hashes[1] if 1 in self.hashes else self._reader.hash(self._table, 1)
        return EMPTY if value is None else value[1:]


def load_hashes(pages: Iterable[tuple[int, bytes]]) -> dict[int, bytes]:
    """Every point value of a table, from the values of its pages `(number, count || hash)`.

    A store keeps those beside the pages and computes the interior points at start-up. CheckError
    when the pages do not cover the table exactly: the store is damaged.
    """
    points = dict(pages)
    by_depth: dict[int, list[int]] = {}
    for number, value in points.items():
        if number < 1 or len(value) != POINT_BYTES or value[0] == INTERIOR:
            raise CheckError("state pages", f"page {number} has no point value of a page")
        by_depth.setdefault(number.bit_length() - 1, []).append(number)
    for depth in range(max(by_depth, default=0), 0, -1):
        numbers = sorted(by_depth.get(depth, ()))
        parents = by_depth.setdefault(depth - 1, [])
        for left in numbers[::2]:
            try:
                joined = b"\1" + points[left][1:] + points[left + 1][1:]
            except KeyError:
                raise CheckError("state pages", f"page {left + 1} is missing") from None
            parent = left >> 1
            if left & 1 or parent in points:
                raise CheckError("state pages", f"page {left} stands alone or below a page")
            points[parent] = b"\xff" + sha256(joined).digest()
            parents.append(parent)
    return points


# --- Keeping pages -------------------------------------------------------------------------------


def undo_of(reader: PageReader, table: str, change: TableChange) -> TableChange:
    """The change that leads back from `change` to what `reader` holds; ask before applying it."""
    root = reader.hash(table, 1)
    return TableChange(
        EMPTY if root is None else root[1:],
        {number: reader.page(table, number) for number in change.pages},
        {number: reader.hash(table, number) for number in change.hashes},
    )


class Overlay:
    """A reader that sees changes over another reader, the last one put first.

    A store reads an older state through it (undo changes over the newest pages), an orderer a
    later one (changes that are not yet stored).
    """

    def __init__(self, base: PageReader) -> None:
        self._base = base
        self._pages: dict[str, dict[int, bytes | None]] = {}
        self._hashes: dict[str, dict[int, bytes | None]] = {}

    def put(self, table: str, change: TableChange) -> None:
        """Lay `change` over everything put before."""
        self._pages.setdefault(table, {}).update(change.pages)
        self._hashes.setdefault(table, {}).update(change.hashes)

    def page(self, table: str, number: int) -> bytes | None:
        """As `PageReader.page`."""
        pages = self._pages.get(table, {})
        return pages[number] if number in pages else self._base.page(table, number)

    def hash(self, table: str, number: int) -> bytes | None:
        """As `PageReader.hash`."""
        hashes = self._hashes.get(table, {})
        return hashes[number] if number in hashes else self._base.hash(table, number)


class MemoryPages:
    """Pages of all tables in memory: for auditors, replays and tests."""

    def __init__(self) -> None:
        self._pages: dict[str, dict[int, bytes]] = {}
        self._hashes: dict[str, dict[int, bytes]] = {}

    def page(self, table: str, number: int) -> bytes | None:
        """As `PageReader.page`."""
        return self._pages.get(table, {}).get(number)

    def hash(self, table: str, number: int) -> bytes | None:
        """As `PageReader.hash`."""
        return self._hashes.get(table, {}).get(number)

    def apply(self, table: str, change: TableChange) -> None:
        """Keep what `update` returned."""
        _keep(self._pages.setdefault(table, {}), change.pages)
        _keep(self._hashes.setdefault(table, {}), change.hashes)

    def root(self, table: str) -> bytes:
        """The root of `table`, 32 bytes."""
        value = self.hash(table, 1)
        return EMPTY if value is None else value[1:]

    def roots(self) -> dict[str, bytes]:
        """The roots of all tables that hold a row."""
        return {table: self.root(table) for table in TABLES if self.hash(table, 1)}

    def points_of_pages(self, table: str) -> list[tuple[int, bytes]]:
        """`(number, count || hash)` of every page: what `load_hashes` starts from."""
        hashes = self._hashes.get(table, {})
        return [(number, hashes[number]) for number in self._pages.get(table, {})]


def _keep(kept: dict[int, bytes], changed: Mapping[int, bytes | None]) -> None:
    for number, value in changed.items():
        if value is None:
            kept.pop(number, None)
        else:
            kept[number] = value
