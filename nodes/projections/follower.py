"""The follower: the thread on which a node's views follow its log.

It works behind the writer and never for it: it has connections of its own, reads entries that are
durable, and while the writer has work it takes at most a quarter of the time. How far it is behind
is no secret (`lag`, `failure`): pages say as of which size their figures are.

    follower = Follower(open_views(url), StoreSource(store), is_busy=lambda: queue_length() > 0)
    follower.start()
    follower.wake()         # there is something new; else it looks by itself
    follower.stop()
"""

import threading
import time
from collections.abc import Callable, Sequence

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from ledger.entry import Effects
from nodes.projections.projector import BULK, CHUNK, Projector, Source
from nodes.store import Store

LOOK_S = 0.1
"""How often it looks at the log's size when nobody wakes it."""
RETRY_S = (1.0, 30.0)
"""Between attempts while the database does not answer: the first pause, doubled up to the last."""
BUSY_CHUNK = 128
"""Entries of one transaction while the writer has work."""
BUSY_REST = 3
"""Then it rests so many times as long as it worked."""


class StoreSource:
    """The log in a node's store. Any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def size(self) -> int:
        """Entries that are durable."""
        with self._store.view() as view:
            return view.head().size

    def entries(self, low: int, high: int) -> Sequence[bytes]:
        """The bytes of entries [low, high)."""
        with self._store.view() as view:
            return [raw for _, raw in view.entries(low, high)]

    def effects(self, index: int) -> Effects | None:
        """The effects of an entry that has only their digest."""
        with self._store.view() as view:
            return view.effects(index)


class Follower:
    """Runs a projector until it is stopped."""

    def __init__(
        self, engine: Engine, source: Source, *, is_busy: Callable[[], bool] = lambda: False
    ) -> None:
        self._engine, self._source, self._is_busy = engine, source, is_busy
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
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
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def wait_for(self, size: int, *, within_s: float) -> bool:
        """Whether the views came up to `size` in this time."""
        last = time.monotonic() + within_s
        while self._size < size and self._thread.is_alive() and time.monotonic() < last:
            self.wake()
            time.sleep(0.005)
        return self._size >= size

    def _run(self) -> None:
        pause, longest = RETRY_S
        while not self._stopping.is_set():
            try:
                self._follow()
                return
            except (OperationalError, InterfaceError) as error:
                # The database is away or full: it may come back, and nothing is lost meanwhile.
                self._failure = str(error.orig)
                self._stopping.wait(pause)
                pause = min(2 * pause, longest)
            except Exception as error:
                # Another log, or a fault of ours: trying again would not help.
                self._failure = f"{type(error).__name__}: {error}"
                return

    def _follow(self) -> None:
        projector = Projector(self._engine, self._source)
        self._size = projector.reached().size
        self._failure = ""
        while not self._stopping.is_set():
            busy, lag = self._is_busy(), self.lag
            if not lag:
                self._wake.wait(LOOK_S)
                self._wake.clear()
                continue
            start = time.monotonic()
            calm = BULK if lag > BULK else CHUNK
            self._size += projector.advance(most=BUSY_CHUNK if busy else calm)
            if busy:
                self._stopping.wait(BUSY_REST * (time.monotonic() - start))
