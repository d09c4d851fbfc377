"""Which statements are logged already: found by eight bytes of a hash, decided by the entry.

Statement ids are random, so every new one touches another place of a large index. Therefore the
ids of the newest entries stay in memory and go into the index many at a time (`Folding`), which
writes each of its places once for all of them; the entries themselves hold what is needed to find
the newest ones again after a restart. To fold all of them at once would hold everybody up for a
third of a second: so one sixteenth of the index has its turn at a time, by the first bits.

Rule: `find` gives candidates only. Someone can make two ids with the same eight bytes (2^32 tries);
the entry's full id decides.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from ledger.envelope import StatementId
from ledger.keys import KeyId

CHUNK: Final = 500
"""Values in one `IN (...)`."""
PARTS: Final = 16
"""Parts of the index that are folded one after the other."""

Pending: TypeAlias = tuple[dict[int, tuple[int, ...]], ...]
"""By part: short hash -> entries that are not in the index yet."""
Pairs: TypeAlias = Sequence[tuple[int, int]]
"""(short hash, entry)"""


def short_id(statement: StatementId) -> int:
    """The first eight bytes of a statement id as SQLite's signed integer."""
    return short_bytes(bytes.fromhex(statement[:16]))


def short_bytes(raw: bytes) -> int:
    """The same from the raw id."""
    return int.from_bytes(raw[:8], "big", signed=True)


def short_nonce(author: KeyId, nonce: str) -> int:
    """Eight bytes of a hash over author and client-made id, likewise."""
    return int.from_bytes(
        hashlib.sha256(f"{author}/{nonce}".encode()).digest()[:8], "big", signed=True
    )


def part_of(short: int) -> int:
    """The part of the index that a short hash is in: its first four bits, as a signed number."""
    return (short >> 60) + PARTS // 2


class Shorts:
    """The entries by one kind of short hash: `table` is `ids` or `nonces`.

    `pending` is what is not folded yet. Its parts are replaced, never emptied: who holds the old
    ones and an older view of the index misses nothing.
    """

    def __init__(self, table: str) -> None:
        self.table = table
        self.pending: Pending = tuple({} for _ in range(PARTS))

    def add(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Note (short hash, entry) of committed entries."""
        for short, entry in pairs:
            part = self.pending[part_of(short)]
            part[short] = (*part.get(short, ()), entry)

    def find(
        self, connection: sqlite3.Connection, wanted: Sequence[int], pending: Pending
    ) -> dict[int, list[int]]:
        """Entries that may be meant, ascending, by short hash; those without any are left out."""
        found: dict[int, list[int]] = {}
        for at in range(0, len(wanted), CHUNK):
            some = wanted[at : at + CHUNK]
            marks = ",".join("?" * len(some))
            sql = f"SELECT short, entry FROM {self.table} WHERE short IN ({marks})"  # noqa: S608
            for short, entry in connection.execute(sql, some):
                found.setdefault(short, []).append(entry)
        for short in wanted:
            known = pending[part_of(short)].get(short)
            if known is not None:
                found[short] = sorted({*found.get(short, ()), *known})
        return found

    def fold(
        self, connection: sqlite3.Connection, part: int, new: Iterable[tuple[int, int]]
    ) -> None:
        """Write what is pending of a part, and of `new`, into the index, in a transaction."""
        pairs = [(short, entry) for short, some in self.pending[part].items() for entry in some]
        pairs += (pair for pair in new if part_of(pair[0]) == part)
        pairs.sort()
        connection.executemany(
            # After a restart a part may be pending that is there already.
            f"INSERT OR IGNORE INTO {self.table} VALUES (?, ?)",  # noqa: S608
            pairs,
        )

    def folded(self, part: int) -> None:
        """The transaction of `fold` is committed."""
        self.pending = (*self.pending[:part], {}, *self.pending[part + 1 :])


class Folding:
    """When which part of the ids and nonces goes into the index. The store's writer alone."""

    def __init__(self, ids: Shorts, nonces: Shorts, every: int) -> None:
        """`every`: statements after which each part has had its turn."""
        self._kinds = (ids, nonces)
        self._portion = max(1, every // PARTS)
        self._came = self._next = 0
        self._sizes = [0] * PARTS  # of the log when each part was folded

    def begin(self, size: int, ids: Pairs, nonces: Pairs) -> None:
        """After a start: below `size` all is in the index; `ids`, `nonces`: what came since."""
        self._sizes = [size] * PARTS
        for kind, pairs in zip(self._kinds, (ids, nonces), strict=True):
            kind.add(pairs)

    def due(self, count: int) -> int | None:
        """The part to be folded with a batch of `count` statements."""
        return self._next if self._came + count >= self._portion else None

    def write(
        self, connection: sqlite3.Connection, part: int | None, ids: Pairs, nonces: Pairs
    ) -> None:
        """Fold a part, with what the batch brings, in the batch's transaction."""
        if part is not None:
            for kind, pairs in zip(self._kinds, (ids, nonces), strict=True):
                kind.fold(connection, part, pairs)

    def reach(self, part: int | None, size: int) -> int:
        """Entries below this are in the index once `part` is folded at `size`."""
        return min(size if number == part else old for number, old in enumerate(self._sizes))

    def done(self, part: int | None, size: int, ids: Pairs, nonces: Pairs) -> None:
        """The batch is committed, and the log of that size."""
        self._came += len(ids)
        for kind, pairs in zip(self._kinds, (ids, nonces), strict=True):
            if part is not None:
                kind.folded(part)
            kind.add(pair for pair in pairs if part_of(pair[0]) != part)
        if part is not None:
            self._sizes[part] = size
            self._came, self._next = 0, (part + 1) % PARTS
