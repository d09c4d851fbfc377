"""Re-execution: run every entry of a log through the state machine and compare every byte.

An auditor's question is not "are these records signed" but "does each follow from those before it".
The answer needs the entries alone: a batch is rebuilt from the statements between two batch
entries, stepped, and what the machine makes must be what the log holds, derived entries, outcomes
and state root included.

    replay = Replay(origin)
    for entry in entries: replay.feed(entry)
    replay.finish()
"""

from collections.abc import Callable, Iterable

from contracts.machine import Batch, Check, Step, step
from contracts.memory import MemoryLedger
from ledger.entry import AutoEntry, BatchEntry, StatementEntry, parse_entry
from ledger.envelope import Statement
from ledger.errors import CheckError, FormatError
from ledger.keys import verify_enrolled
from ledger.state import Head, Reader


def rebuild_batch(entries: Iterable[bytes], first: int) -> tuple[Batch, BatchEntry]:
    """The batch that made these entries, the first of which stands at index `first`.

    Raises `CheckError` where they are not statements and derived entries closed by one batch entry.
    """
    statements: list[Statement] = []
    for offset, raw in enumerate(entries):
        try:
            entry = parse_entry(raw)
        except FormatError as error:
            raise CheckError("re-execution", f"entry {first + offset}: {error}") from error
        if isinstance(entry, StatementEntry):
            statements.append(entry.statement)
        elif isinstance(entry, BatchEntry):
            return Batch(entry.time, tuple(statements)), entry
        else:
            assert isinstance(entry, AutoEntry)
    raise CheckError("re-execution", f"entry {first}: the batch that begins here is not closed")


def check_batch(reader: Reader, entries: list[bytes], *, check: Check = verify_enrolled) -> Step:
    """Step the batch of these entries from the state of `reader`; the step, if it is the same.

    Raises `CheckError` that names the first entry that the machine would have written otherwise.
    """
    first = reader.head().size
    batch, _ = rebuild_batch(entries, first)
    made = step(reader, batch, check=check)
    for offset, (own, given) in enumerate(zip(made.entries, entries, strict=False)):
        if own != given:
            raise CheckError(
                "re-execution",
                f"entry {first + offset} is not what the state machine makes of it: "
                f"{_difference(own, given)}",
            )
    if len(made.entries) != len(entries):
        raise CheckError(
            "re-execution",
            f"batch at entry {first}: {len(entries)} entries in the log, "
            f"{len(made.entries)} by the state machine",
        )
    return made


def _difference(own: bytes, given: bytes) -> str:
    at = next((n for n, (a, b) in enumerate(zip(own, given, strict=False)) if a != b), 0)
    start = max(0, at - 40)
    shown = (part[start : at + 60].decode("utf-8", "replace") for part in (own, given))
    return "expected ..{}.., found ..{}..".format(*shown)


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
        # Cheap and safe: whatever claims to be a batch entry is parsed strictly in `check_batch`.
        if b'"type":"batch"' not in entry[-64:]:
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
