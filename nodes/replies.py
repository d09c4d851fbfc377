"""What the orderer takes and gives: parcels of statements, and what became of each.

    parcel = Parcel(count, size, read)      # `read` is the intake's future
    reply_to(statement, answer, now)        # one that was ordered; `malformed`: bytes that are none
    joined(parcels)                         # one future for all of them, in their order

A future is done when the batch is durable, and cannot be cancelled before: what was taken is
ordered, whether or not anyone waits.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeAlias

from contracts.machine import Answer
from ledger.codes import Code
from ledger.envelope import Statement, StatementId
from ledger.errors import FormatError, Refusal
from nodes.errors import NodeError
from nodes.reading import Read


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of one statement that was sent.

    `statement` is None for bytes that are none. `index`: its entry, None where none was made.
    `time`: of the batch. `error`: it could not be taken now and nothing was decided; then `code`
    is None.
    """

    statement: StatementId | None
    code: Code | None
    index: int | None = None
    refusal: Refusal | None = None
    time: int = 0
    expires: int = 0
    error: NodeError | None = None


Replies: TypeAlias = tuple[Reply, ...]


def begun() -> "Future[Replies]":
    """A future that cannot be cancelled: what was taken is ordered, whether or not anyone waits."""
    future: Future[Replies] = Future()
    future.set_running_or_notify_cancel()
    return future


@dataclass(slots=True)
class Parcel:
    """Statements that are read and answered together; `size` is their bytes as received."""

    count: int
    size: int
    read: "Future[Read]"
    done: "Future[Replies]" = field(default_factory=begun)


def reply_to(statement: Statement, answer: Answer, now: int) -> Reply:
    """What the machine answered to a statement, in the batch of time `now`."""
    return Reply(
        statement.id, answer.code, answer.index, answer.refusal, now, statement.expires_time
    )


def malformed(error: FormatError) -> Reply:
    """Bytes that are no statement, with the code and the place."""
    where = f"{error.thing} {error.where}".strip()
    return Reply(None, error.code, refusal=Refusal(error.code, where, {"wanted": error.why}))


def joined(parcels: Sequence[Parcel]) -> "Future[Replies]":
    """One future for all parcels, in their order; the first error if there is one. It lets
    go of what it joined: a future keeps its callbacks, and with them all that was read would stay
    in memory until cycles are looked for, which is seldom."""
    whole = begun()
    left = [len(parcels)]
    lock = threading.Lock()
    dones = [parcel.done for parcel in parcels]

    def arrived(_: "Future[Replies]") -> None:
        with lock:
            left[0] -= 1
            if left[0]:
                return
        try:
            whole.set_result(tuple(reply for done in dones for reply in done.result()))
        except Exception as error:
            whole.set_exception(error)
        finally:
            dones.clear()

    for parcel in parcels:
        parcel.done.add_done_callback(arrived)
    if not parcels:
        whole.set_result(())
    return whole
