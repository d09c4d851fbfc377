"""Reading statements ahead of their batch: parse and check signatures beside the orderer, in order.

What comes out is a memory of pure results: `step` asks it instead of checking again, and checks
itself what is not there (a key that was enrolled in the same batch). Nothing is decided here but
form. Single statements are read in threads, which help because the signature library lets go of the
interpreter lock; many at once in processes apart, which take the parsing away as well
(`nodes.reading`). A process begins when it is first wanted: most nodes never have many at once.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from ledger.keys import KeyId, verify_enrolled
from nodes.reading import Checked, Publics, Read, ReadingProcess, read
from nodes.store import Store

PARCEL: Final = 100
"""Statements that are read at a time."""


class Intake:
    """Threads that read ahead, and processes when there are any. `close` waits for them."""

    def __init__(self, store: Store, *, threads: int = 2, processes: int = 0) -> None:
        self._store = store
        self._publics = Publics(self._find)
        self._children: list[ReadingProcess | None] = [None] * processes
        self._changing = threading.Lock()
        self._turn = 0
        # Each process is to have its next parcel at hand; and single statements do not wait long.
        workers = max(threads, 2 * processes + 1)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="relief-intake")

    def read(self, datas: Sequence[bytes]) -> "Future[Read]":
        """Begin to read these envelopes."""
        return self._pool.submit(self._read, tuple(datas))

    def close(self) -> None:
        """Let what is being read be finished, and end the processes."""
        self._pool.shutdown()
        for child in self._children:
            if child is not None:
                child.close()

    def _read(self, datas: Sequence[bytes]) -> Read:
        if not self._children or len(datas) == 1:
            return read(datas, self._publics)
        place, child = 0, None
        try:
            place, child = self._next_child()
            return child.read(datas)
        except (OSError, EOFError, ValueError):
            # It is gone (the system may have ended it for memory) or could not be made: do it here,
            # and the next ones have another.
            if child is not None:
                self._replace(place, child)
            return read(datas, self._publics)

    def _next_child(self) -> tuple[int, ReadingProcess]:
        with self._changing:
            place = self._turn = (self._turn + 1) % len(self._children)
            child = self._children[place]
            if child is None:
                child = self._children[place] = ReadingProcess(self._store.path)
            return place, child

    def _replace(self, place: int, child: ReadingProcess) -> None:
        with self._changing:
            if self._children[place] is not child:
                return  # another thread has seen it too
            self._children[place] = None
        with suppress(OSError):
            child.close()

    def _find(self, wanted: Sequence[KeyId]) -> dict[KeyId, bytes]:
        with self._store.view() as view:
            return view.key_publics(wanted)


def remembering(checked: Checked) -> Callable[[bytes, bytes, bytes], bool]:
    """`verify_enrolled` with these answers remembered."""

    def check(public: bytes, message: bytes, signature: bytes) -> bool:
        known = checked.get((public, message, signature))
        return verify_enrolled(public, message, signature) if known is None else known

    return check
