"""Re-execution: run every entry of a log through the state machine and compare every byte.

An auditor's question is not "are these records signed" but "does each follow from those before it".
The answer needs the entries alone: a batch is rebuilt from the statements between two batch
entries, stepped, and what the machine makes must be what the log holds, derived entries, outcomes
and state root included.

    replay = Replay(origin)
    for entry in entries: replay.feed(entry)
    replay.finish()
"""

from collections.abc import Callable

from contracts.machine import Check, Step
from contracts.memory import MemoryLedger
from contracts.rebuilding import check_batch, closes_batch, rebuild_batch
from ledger.errors import CheckError
from ledger.keys import verify_enrolled
from ledger.state import Head

__all__ = ["Replay", "check_batch", "rebuild_batch"]


class Replay:
    """Feeds entries to the machine, batch by batch, and keeps the state they lead to."""

    def __init__(
        self,
        *,
        check: Check = verify_enrolled,
        on_batch: Callable[[Step], None] | None = None,
    ) -> None:
        self.ledger = MemoryLedger()
        self._check, self._on_batch = check, on_batch
        self._open: list[bytes] = []

    @property
    def head(self) -> Head:
        """Where the replay stands: after the last whole batch."""
        return self.ledger.head()

    def feed(self, entry: bytes) -> None:
        """The next entry; a batch entry closes and checks its batch. Raises `CheckError`."""
        self._open.append(entry)
        if not closes_batch(entry):
            return
        made = check_batch(self.ledger, self._open, check=self._check)
        self.ledger.apply(made)
        self._open = []
        if self._on_batch is not None:
            self._on_batch(made)

    def finish(self, *, size: int, root: bytes) -> Head:
        """Hold the end of the replay against a checkpoint's `size` and `root` (32 bytes)."""
        head = self.head
        if self._open:
            raise CheckError("re-execution", f"{len(self._open)} entries behind the last batch")
        if (head.size, head.root()) != (size, root):
            raise CheckError(
                "re-execution",
                f"ends at size {head.size} with root {head.root().hex()}, "
                f"the checkpoint says {size} and {root.hex()}",
            )
        return head
