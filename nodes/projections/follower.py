"""The follower: how a node's views follow its log, on a thread or in a process of its own.

It works behind the writer and never for it: it has connections of its own and reads entries that
are durable. On a thread of the node it takes at most a quarter of the time while the writer has
work; a process of its own (`nodes.projections.apart`) takes what the node leaves of the machine.
How far it is behind is no secret (`lag`, `failure`): pages say as of which size their figures are.

    follower = Follower(open_views(url), LogSource(store), is_busy=lambda: queue_length() > 0)
    follower.start()
    follower.wake()         # there is something new; else it looks by itself
    follower.stop()
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from ledger.entry import Effects
from nodes.projections.projector import BULK, CHUNK, Projector, Source
from nodes.view import View

LOOK_S = 0.1
"""How often it looks at the log's size when nobody wakes it."""
RETRY_S = (1.0, 30.0)
"""Between attempts while the database does not answer: the first pause, doubled up to the last."""
BUSY_CHUNK = 128
"""Entries of one transaction while the writer has work."""
BUSY_REST = 3
"""Then it rests so many times as long as it worked."""


class Snapshots(Protocol):
    """A log that can be looked at: a node's store, or its files beside it."""

    def view(self) -> AbstractContextManager[View]:
        """One snapshot."""
        ...


class LogSource:
    """The log in a node's store; from any thread, if the store is."""

    def __init__(self, log: Snapshots) -> None:
        self._log = log

    def size(self) -> int:
        """Entries that are durable."""
        with self._log.view() as view:
            return view.head().size

    def entries(self, low: int, high: int) -> Sequence[bytes]:
        """The bytes of entries [low, high)."""
        with self._log.view() as view:
            return [raw for _, raw in view.entries(low, high)]

    def effects(self, index: int) -> Effects | None:
        """The effects of an entry that has only their digest."""
        with self._log.view() as view:
            return view.effects(index)


class Following(Protocol):
    """Views that follow a log, as whoever waits for them sees it; any thread."""

    @property
    def size(self) -> int:
        """Entries that are in the views."""
        ...

    @property
    def failure(self) -> str:
        """Why the views do not follow now, "" while they do."""
        ...

    def wait_for(self, size: int, *, within_s: float) -> bool:
        """Whether the views came up to `size` in this time."""
        ...


class Follower:
    """Runs a projector until it is stopped."""

    def __init__(
        self,
        engine: Engine,
        source: Source,
        *,
        is_busy: Callable[[], bool] = lambda: False,
        on_change: Callable[[int, str], None] = lambda size, failure: None,
    ) -> None:
        """`on_change` is told `size` and `failure` when one of them is another."""
        self._engine, self._source = engine, source
        self._is_busy, self._on_change = is_busy, on_change
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self.run, name="follower", daemon=True)
        self._failure = ""
        self._size = 0

    @property
    def size(self) -> int:
        """Entries that are in the views."""
        return self._size

    @property
    def lag(self) -> int:
        """Entries of the log that are not in the views yet."""
        return self._source.size() - self._size

    @property
    def failure(self) -> str:
        """Why the views do not follow now, "" while they do."""
        return self._failure

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def wake(self) -> None:
        """There is something new."""
        self._wake.set()

    def stop(self) -> None:
        """End after the transaction that is open now; the next start goes on from there."""
        self.end()
        self._thread.join()

    def end(self) -> None:
        """The same without waiting: `run` comes back then."""
        self._stopping.set()
        self._wake.set()

    def wait_for(self, size: int, *, within_s: float) -> bool:
        """Whether the views came up to `size` in this time."""
        last = time.monotonic() + within_s
        while self._size < size and self._thread.is_alive() and time.monotonic() < last:
            self.wake()
            time.sleep(0.005)
        return self._size >= size

    def run(self) -> None:
        """Follow until it is to end, or cannot: what `start` has a thread do."""
        pause, longest = RETRY_S
        while not self._stopping.is_set():
            try:
                self._follow()
                return
            except (OperationalError, InterfaceError, sqlite3.OperationalError) as error:
                # The database is away or full, or the log cannot be read just now: it may come
                # back, and nothing is lost meanwhile.
                self._changed(self._size, str(getattr(error, "orig", error)))
                self._stopping.wait(pause)
                pause = min(2 * pause, longest)
            except Exception as error:
                # Another log, or a fault of ours: trying again would not help.
                self._changed(self._size, f"{type(error).__name__}: {error}")
                return

    def _changed(self, size: int, failure: str) -> None:
        self._size, self._failure = size, failure
        self._on_change(size, failure)

    def _follow(self) -> None:
        projector = Projector(self._engine, self._source)
        self._changed(projector.reached().size, "")
        while not self._stopping.is_set():
            busy, lag = self._is_busy(), self.lag
            if not lag:
                self._wake.wait(LOOK_S)
                self._wake.clear()
                continue
            start = time.monotonic()
            calm = BULK if lag > BULK else CHUNK
            done = projector.advance(most=BUSY_CHUNK if busy else calm)
            self._changed(self._size + done, "")
            if busy:
                self._stopping.wait(BUSY_REST * (time.monotonic() - start))
