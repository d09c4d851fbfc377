"""Which statements are logged already: found by eight bytes of a hash, decided by the entry.

Statement ids are random, so every new one touches another place of a large index. Therefore the
ids of the newest entries stay in memory and go into the index many at a time (`fold`), which writes
each of its places once for all of them; the entries themselves hold what is needed to find the
newest ones again after a restart.

Rule: `find` gives candidates only. Someone can make two ids with the same eight bytes (2^32 tries);
the entry's full id decides.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ledger.envelope import StatementId
from ledger.keys import KeyId

CHUNK: Final = 500
"""Values in one `IN (...)`."""


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


class Shorts:
    """The entries by one kind of short hash: `table` is `ids` or `nonces`.

    `pending` is what is not folded yet. It is replaced, never emptied: who holds the old one and an
    older view of the index misses nothing.
    """

    def __init__(self, table: str) -> None:
        self.table = table
        self.pending: dict[int, tuple[int, ...]] = {}

    def add(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Note (short hash, entry) of committed entries."""
        for short, entry in pairs:
            self.pending[short] = (*self.pending.get(short, ()), entry)

    def find(
        self,
        connection: sqlite3.Connection,
        wanted: Sequence[int],
        pending: Mapping[int, tuple[int, ...]],
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
            if short in pending:
                found[short] = sorted({*found.get(short, ()), *pending[short]})
        return found

    def fold(self, connection: sqlite3.Connection, new: Iterable[tuple[int, int]]) -> None:
        """Write all that is pending, and `new`, into the index; part of the running transaction."""
        pairs = [(short, entry) for short, some in self.pending.items() for entry in some]
        pairs += new
        pairs.sort()
        connection.executemany(
            f"INSERT OR IGNORE INTO {self.table} VALUES (?, ?)",  # noqa: S608
            pairs,
        )

    def folded(self) -> None:
        """The transaction of `fold` is committed."""
        self.pending = {}
