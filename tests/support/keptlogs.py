"""Logs in memory as `nodes.tapes` reads them: snapshots of a ledger of tests."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

from ledgers import TestLedger

from contracts.memory import MemoryLedger
from contracts.rebuilding import closes_batch
from ledger.log import merkle
from ledger.state import Head
from nodes.view import View


class MemoryView:
    """A snapshot of a `MemoryLedger` that goes as far as `size`, a batch's end."""

    def __init__(self, memory: MemoryLedger, size: int) -> None:
        self._memory, self._size = memory, size

    def __getattr__(self, name: str) -> Any:
        return getattr(self._memory, name)

    def head(self) -> Head:
        head = self._memory.head()
        return Head(head.origin, self._size, head.batch, head.time)

    def entries(self, low: int, high: int) -> Iterator[tuple[int, bytes]]:
        high = min(high, self._size)
        yield from enumerate(self._memory.entries[low:high], low)

    def hashes(self, size: int) -> merkle.HashReader:
        """From the entries themselves."""

        def read(level: int, index: int) -> bytes:
            assert (index + 1) << level <= size
            some = self._memory.entries[index << level : (index + 1) << level]
            return merkle.root(map(merkle.leaf_hash, some))

        return read


def views_of(
    ledger: TestLedger, size: int | None = None
) -> Callable[[], AbstractContextManager[View]]:
    """What `Store.view` is; of the log as it was at `size`."""

    @contextmanager
    def view() -> Iterator[View]:
        memory = ledger.memory
        yield cast(View, MemoryView(memory, memory.head().size if size is None else size))

    return view


def batch_ends(ledger: TestLedger) -> list[int]:
    """Sizes of the log after each batch."""
    entries = ledger.memory.entries
    return [n + 1 for n, raw in enumerate(entries) if closes_batch(raw)]
