"""Reading a log beside the node that writes it: another process, the same files, nothing changed.

The connection is opened for reading alone, so that it neither writes nor moves the write-ahead log;
the node may run, be stopped, or start meanwhile. What lies below a signed checkpoint never changes,
so it can be read piece by piece, each under a snapshot of its own, while the log grows behind it.

    with LogBeside(data_dir) as log:
        note = log.final()
        with log.view() as view: view.entry(0)

Who may write these files can replace the node's memory; whoever reads them checks.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from nodes.dedup import Shorts
from nodes.finality import size_of
from nodes.store import FILE
from nodes.view import View


class LogBeside:
    """The log in a node's data folder. For one thread. `sqlite3.Error` when it cannot be read."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._connection = read_only_file(data / "store" / FILE)
        self._connection.isolation_level = None

    @contextmanager
    def view(self) -> Iterator[View]:
        """A snapshot; statements are not looked up in it."""
        view = View(self._connection, Shorts("ids"), Shorts("nonces"))
        try:
            yield view
        finally:
            view.close()

    def size(self) -> int:
        """Entries that are durable now."""
        with self.view() as view:
            return view.head().size

    def final(self) -> bytes | None:
        """The newest note that a quorum has cosigned and that the log holds; None without one."""
        path = self._data / "heads.sqlite"
        if not path.exists():
            return None
        with closing(read_only_file(path)) as heads:
            row = heads.execute(
                "SELECT note FROM heads WHERE final = 1 ORDER BY size DESC LIMIT 1"
            ).fetchone()
        note = None if row is None else bytes(row[0])
        # A note beyond the end is one that a restored store has yet to reach.
        return note if note is not None and size_of(note) <= self.size() else None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read_only_file(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing, beside the node's own."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2)
