"""A batch out of its entries: rebuilt, executed again, compared byte for byte.

    entries -> rebuild_batch -> step -> the same entries, or `CheckError` that names the first other

Whoever executes a log again does it with this: an auditor (`contracts.replay`), a mirror, and the
back-fill of an index (`contracts.memory.Refill`).
"""

from collections.abc import Callable, Collection, Iterable

from contracts.adoption.force import load
from contracts.checks import Check
from contracts.judging.force import Force
from contracts.machine import Batch, Step, step
from ledger.entry import AutoEntry, BatchEntry, StatementEntry, parse_entry
from ledger.envelope import Statement
from ledger.errors import CheckError, FormatError
from ledger.keys import verify_enrolled
from ledger.state import Reader, State

BATCH_MARK = b'"type":"batch"'


def closes_batch(entry: bytes) -> bool:
    """Whether an entry claims to be a batch entry: it is parsed strictly by `check_batch`."""
    return BATCH_MARK in entry[-64:]


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


def check_batch(
    reader: Reader,
    entries: list[bytes],
    *,
    check: Check = verify_enrolled,
    in_force: Callable[[State], Force] = load,
    beside: Collection[str] = (),
) -> Step:
    """Step the batch of these entries from the state of `reader`; the step, if it is the same.

    `check`, `in_force` and `beside` as of `contracts.machine.step`.

    Raises `CheckError` that names the first entry that the machine would have written otherwise.
    """
    first = reader.head().size
    batch, _ = rebuild_batch(entries, first)
    made = step(reader, batch, check=check, in_force=in_force, beside=beside)
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
