"""What is checked behind, while the node runs: every entry, every row, SQLite's own check.

A start after a crash checks what leads to the signed root; this goes through the rest, a quarter of
the time, and the first thing it finds stops all signing (`docs/spec/store.md`, start).
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from ledger.log.merkle import leaf_hash
from ledger.log.tile import TILE_WIDTH
from ledger.sparse import node_of, path_of, row_hash
from ledger.stateroot import POINT_BYTES, TABLES, rows_of
from nodes import schema
from nodes.pages import key_of, parse_page, place_of, value_of
from nodes.store import Store

_CHUNK: Final = 256
"""Entries or pages that are checked at one go."""
_REST: Final = 3
"""How many times as long as a chunk took is waited after it."""

Rest = Callable[[float], None]
"""Called after each chunk with the seconds it took; may raise to end the check."""


def _no_rest(_: float) -> None:
    """Go on at once."""


def check_rest(
    store: Store, rest: Rest = _no_rest, is_ending: Callable[[], bool] = lambda: False
) -> Iterator[str]:
    """What is wrong in the whole store, as sentences; nothing when all is well. Any thread.

    About 20 us an entry and a row. `is_ending` breaks off SQLite's part with an OperationalError.
    """
    with store.pool.connection() as connection:
        connection.set_progress_handler(is_ending, 100_000)
        lines = connection.execute("PRAGMA quick_check(10)").fetchall()
        connection.set_progress_handler(None, 0)
    yield from (f"SQLite: {line}" for (line,) in lines if line != "ok")
    size = store.head().size
    for low in range(0, size, TILE_WIDTH):
        began = time.monotonic()
        with store.view() as view:
            for index, raw in view.entries(low, min(size, low + TILE_WIDTH)):
                if leaf_hash(raw) != view.leaf(index):
                    yield f"entry {index} is not the one that was hashed"
        rest(time.monotonic() - began)
    for table in TABLES:
        yield from _check_table(store, table, rest)


def _check_table(store: Store, table: str, rest: Rest) -> Iterator[str]:
    """Rows against hashes, hashes against points. A page is read whole: it may change meanwhile."""
    sql = (
        f"SELECT place, number, rows, data, point FROM {schema.page_table(table)}"  # noqa: S608
        " WHERE place > ? ORDER BY place LIMIT ?"
    )
    last = -1
    while True:
        began = time.monotonic()
        with store.pool.connection() as connection:
            pages = connection.execute(sql, (last, _CHUNK)).fetchall()
        if not pages:
            return
        for place, number, rows, data, point in pages:
            last = place
            if place != place_of(number):
                yield f"table {table}: page {number} lies at another's place"
            page = parse_page(rows, data)
            kept = rows_of(rows)
            if len(point) != POINT_BYTES or node_of(kept, number.bit_length() - 1) != point[1:]:
                yield f"table {table}: page {number} is not the one that was hashed"
            for row, record in zip(kept, page.records.values(), strict=True):
                key = key_of(record)
                if row != path_of(key) + row_hash(key, value_of(record)):
                    yield f"table {table}: row {key} is not the one that was hashed"
        rest(time.monotonic() - began)


class _Ended(Exception):
    """The node stops: so does the check."""


class Behind:
    """A thread that runs `check_rest` once; `found` is called with the first thing wrong."""

    def __init__(self, store: Store, found: Callable[[str], None]) -> None:
        self._store, self._found = store, found
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relief-check", daemon=True)
        self.took_s: float | None = None
        """Seconds, once it is through and nothing was wrong."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End it where it is."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        began = time.monotonic()
        try:
            for wrong in check_rest(self._store, self._rest, self._stop.is_set):
                self._found(wrong)
                return
            self.took_s = time.monotonic() - began
        except _Ended:
            return
        except Exception as error:
            # What cannot be read is as bad as what is wrong.
            if not self._stop.is_set():
                self._found(f"the check failed: {error!r}")

    def _rest(self, took_s: float) -> None:
        if self._stop.wait(took_s * _REST):
            raise _Ended
