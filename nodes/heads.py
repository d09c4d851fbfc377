"""Signed checkpoints as notes, with their cosignatures, in a small store of their own.

What is kept: every note offered to cosigners that may still become final, and the newest final one,
which stays final when its checkpoint is offered again (the heartbeat, a start).
A note is the evidence of what was signed; it is durable before anyone outside is answered with it.
Who may write the file can hide notes, not forge them.
"""

import sqlite3
import threading
from pathlib import Path
from typing import Final

from ledger.log.checkpoint import open_checkpoint_text
from nodes import chaos, schema

_CREATE: Final = (
    "CREATE TABLE IF NOT EXISTS heads (size INTEGER PRIMARY KEY, note BLOB NOT NULL,"
    " final INTEGER NOT NULL) STRICT"
)
_KEEP: Final = (
    "INSERT INTO heads VALUES (?, ?, ?) ON CONFLICT (size) DO UPDATE"
    " SET note = excluded.note, final = excluded.final WHERE excluded.final >= heads.final"
)
OFFERS_MAX: Final = 64
"""Offered notes that are kept; more than there are states to go back to (`nodes.undo`)."""
_FORGET: Final = (
    "DELETE FROM heads WHERE final = 0 AND size <="
    " (SELECT size FROM heads WHERE final = 0 ORDER BY size DESC LIMIT 1 OFFSET ?)"
)


class Heads:
    """The notes in the file `path`. Any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        schema.check_pragmas(self._connection, {"journal_mode": "wal", "synchronous": 2})
        self._connection.execute(_CREATE)

    def keep(self, note: bytes, *, final: bool, point: str = "") -> None:
        """Make a note durable; a final one lets all older ones go."""
        size = open_checkpoint_text(note)[0].size
        if point:
            chaos.point(point)
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.execute(_KEEP, (size, note, int(final)))
                if final:
                    self._connection.execute("DELETE FROM heads WHERE size < ?", (size,))
                else:
                    self._connection.execute(_FORGET, (OFFERS_MAX,))
                self._connection.execute("COMMIT")
            except sqlite3.Error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        if point:
            chaos.point(f"{point}.done")

    def newest(self, *, final: bool = False) -> bytes | None:
        """The note of the largest size, or the largest final one."""
        sql = "SELECT note FROM heads WHERE final >= ? ORDER BY size DESC LIMIT 1"
        with self._lock:
            row = self._connection.execute(sql, (int(final),)).fetchone()
        return None if row is None else bytes(row[0])

    def at(self, size: int) -> bytes | None:
        """The note of that size."""
        with self._lock:
            row = self._connection.execute(
                "SELECT note FROM heads WHERE size = ?", (size,)
            ).fetchone()
        return None if row is None else bytes(row[0])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
