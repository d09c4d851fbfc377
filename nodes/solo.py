"""The solo orderer: one thread that gives statements their order and has each batch committed.

    submit --parcels--> intake (threads) --> [queue] --> take, step, commit, reply --> publisher

Group commit: a batch starts at once when the orderer is idle; while it is busy, and until the
window since the start of the last batch is over, statements gather. A reply is given when the batch
is durable, not before. The queue is bounded in statements and in bytes: beyond, `Busy`, and the
sender's outbox keeps the statement.

Some batches are nobody's: while a run of a contract goes on, and where something falls due by
itself (a deadline, an adopted contract, the hour that a contract listens to; `nodes.falling`), one
is made without statements, or with those that wait. When the queue is empty, the next due time is
read from the state and slept until. Batches of nobody wait while authorisations pause, and rest
after each that came to nothing: `waits` says why. Specification: `docs/spec/duties.md`.

An error that leaves the store as it was goes to the statements of that batch; `StoreLost` stops the
orderer for good. A statement on which the state machine itself fails (a fault of ours) is found by
stepping the batch's statements one by one, and gets the error alone.
"""

import gc
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from contracts.machine import Batch, Step, step
from ledger.adoptions import TABLE as ADOPTIONS
from ledger.envelope import ENVELOPE_MAX, Statement, StatementId
from ledger.kinds import Nature, all_kinds
from ledger.runs import TABLE as RUNS
from ledger.state import State
from nodes import chaos
from nodes.clock import BatchClock
from nodes.errors import Busy, NodeError, NotRefilled, Paused, Stopped, StoreLost
from nodes.falling import next_due, open_runs
from nodes.intake import PARCEL, Intake, remembering
from nodes.reading import Checked
from nodes.replies import Parcel, Replies, Reply, joined, malformed, reply_to
from nodes.settings import Pace
from nodes.store import Store

__all__ = ["Hooks", "Replies", "Reply", "Solo"]

LOOK_S: Final = 60.0
"""The clock is looked at again after so many seconds, as somebody may have set it."""
PAUSED_S: Final = 1.0
"""While authorisations pause, batches of nobody ask again after so many seconds."""
FAILED_S: Final = 60.0
"""After one that failed, or changed nothing."""

_COLLECT_AFTER: Final = 50_000
"""Objects made, net, before Python looks for cycles among the youngest."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the orderer's thread calls: with each step that wrote entries; to ask why
    authorisations pause (empty: they do not); when the store is lost.
    """

    after_commit: Callable[[Step], None] = lambda made: None
    pause: Callable[[], str] = lambda: ""
    on_lost: Callable[[StoreLost], None] = lambda error: None


class Solo:
    """The orderer over one store."""

    def __init__(
        self,
        store: Store,
        clock: BatchClock,
        intake: Intake,
        pace: Pace | None = None,
        hooks: Hooks | None = None,
    ) -> None:
        self._store, self._clock, self._intake = store, clock, intake
        self._pace, self._hooks = pace or Pace(), hooks or Hooks()
        self._queue: deque[Parcel] = deque()
        self._at_work: list[Parcel] = []
        self._waiting = self._waiting_bytes = 0
        self._wake = threading.Condition()
        self._stopping = False
        self._runs = False
        self._due: int | None = None
        self._rest_until = self._last_start = 0.0
        self.open_runs = 0
        """Runs of contracts that go on, those that wait for their contract too; counted to 100."""
        self.waits = ""
        """Why what goes on by itself waits; empty while it does not."""
        self.lost: StoreLost | None = None

    # --- for any thread

    @property
    def waiting(self) -> int:
        """Statements in the queue."""
        return self._waiting

    @property
    def goes_on(self) -> bool:
        """Whether a run of a contract goes on: batches are made, whether anybody sends or not."""
        return self._runs

    def nudge(self) -> None:
        """What the batches of nobody waited for may be there: ask now. The clock may be another."""
        with self._wake:
            self._rest_until = 0.0
            self._wake.notify()

    @property
    def is_full(self) -> bool:
        """Whether the queue has room for no further statement of the largest size."""
        pace = self._pace
        return (
            self._waiting >= pace.queue_max
            or self._waiting_bytes + ENVELOPE_MAX > pace.queue_bytes_max
        )

    def submit(self, datas: Sequence[bytes]) -> "Future[Replies]":
        """Take statements, as received bytes, in this order; their replies when they are durable.

        Raises `Busy` when they do not fit the queue, all or none of them; `Stopped`; `StoreLost`.
        """
        parcels = []
        with self._wake:
            if self.lost is not None:
                raise self.lost
            if self._stopping:
                raise Stopped("the node is going down; send it again to the next one")
            if self._waiting + len(datas) > self._pace.queue_max:
                raise Busy(f"{self._waiting:,} statements wait already; come again in a second")
            size = sum(map(len, datas))
            if self._waiting_bytes + size > self._pace.queue_bytes_max:
                raise Busy(f"{self._waiting_bytes:,} bytes wait already; come again in a second")
            for at in range(0, len(datas), PARCEL):
                some = datas[at : at + PARCEL]
                parcels.append(Parcel(len(some), sum(map(len, some)), self._intake.read(some)))
            self._queue.extend(parcels)
            self._waiting += len(datas)
            self._waiting_bytes += size
            self._wake.notify()
        return parcels[0].done if len(parcels) == 1 else joined(parcels)

    def is_waiting(self, statement: StatementId) -> bool:
        """Whether a statement is in the queue or in the batch at work."""
        with self._wake:
            parcels = (*self._queue, *self._at_work)
        # Looked through without the lock: the queue may be long, and everybody wants the lock.
        return any(
            isinstance(each, Statement) and each.id == statement
            for parcel in parcels
            if not parcel.done.done() and parcel.read.done() and parcel.read.exception() is None
            for each in parcel.read.result().statements
        )

    def stop(self) -> None:
        """Take nothing more; the orderer's thread ends when the queue is empty."""
        with self._wake:
            self._stopping = True
            self._wake.notify()

    def lose(self, error: StoreLost) -> None:
        """The store is lost, whoever found it: what waits is not ordered but told so."""
        with self._wake:
            self.lost = self.lost or error
            left = list(self._queue)
            self._queue.clear()
            self._waiting = self._waiting_bytes = 0
            self._stopping = True
            self._wake.notify()
        for parcel in left:
            parcel.done.set_exception(error)

    # --- the orderer's thread

    def run(self) -> None:
        """Order until stopped. The thread that calls this owns the store's writer."""
        # A batch makes very many objects, none of them in cycles: look for cycles less often than
        # after every 700 (for the whole process; measured, a twentieth of the orderer's time).
        # All of the heap, which takes a quarter of a second under load, a tenth as often as usual.
        gc.set_threshold(max(_COLLECT_AFTER, gc.get_threshold()[0]), 10, 100)
        self._count_runs()
        self._look_ahead()
        while (parcels := self._take()) is not None:
            try:
                self._order(parcels)
                self._store.maintain(idle=not self._queue)
                self._look_ahead()
            except StoreLost as error:
                self._lose(error, parcels)
                return
            except Exception as error:
                # The disk, or a fault of ours after the step: what is kept is not known.
                self._lose(StoreLost(f"the orderer failed: {error!r}"), parcels)
                return

    def _take(self) -> list[Parcel] | None:
        """Parcels for the next batch, none for a batch of nobody; None at the end."""
        with self._wake:
            while not self._queue and not self._stopping:
                left = self._own_in()
                if left is not None and left <= 0:
                    break
                self._wake.wait(None if left is None else min(left, LOOK_S))
            # Gather until the window since the last start is over, unless a batch is full.
            end = self._last_start + self._pace.window_ms / 1000
            while self._waiting < self._pace.batch_max and not self._stopping:
                left = end - time.monotonic()
                if left <= 0:
                    break
                self._wake.wait(left)
            if not self._queue and self._stopping:
                return None
            taken: list[Parcel] = []
            room = self._pace.batch_max
            while self._queue and (not taken or self._queue[0].count <= room):
                parcel = self._queue.popleft()
                taken.append(parcel)
                room -= parcel.count
            self._waiting -= sum(parcel.count for parcel in taken)
            self._waiting_bytes -= sum(parcel.size for parcel in taken)
            self._at_work = taken
            self._last_start = time.monotonic()
        return taken

    # What goes on by itself

    def _own_in(self) -> float | None:
        """Seconds until a batch of nobody is to be made; None where nothing goes on or is due."""
        if self._runs:
            left = 0
        elif self._due is not None:
            left = self._clock.left(self._due)
        else:
            return None
        return max(left, self._rest_until - time.monotonic())

    def _look_ahead(self) -> None:
        """Before the orderer waits: when something falls due next. A busy one need not know."""
        if not self._queue and not self._runs:
            self._due = next_due(State(self._store))

    def _count_runs(self) -> None:
        self.open_runs = open_runs(State(self._store))
        self._runs = self.open_runs > 0

    def _rest(self, seconds: float, why: str) -> None:
        self.waits = why
        # With the lock: a nudge that comes now must not be lost, nor one from before be kept.
        with self._wake:
            self._rest_until = time.monotonic() + seconds

    def _own_batch(self, now: int, why: str) -> None:
        """A batch without statements; `why`: authorisations pause. A run pays, so it waits too."""
        if not self._runs:
            self._due = next_due(State(self._store))
        left = self._own_in()
        if left is None or left > 0:
            return  # What came was no statement.
        if why:
            self._rest(PAUSED_S, f"authorisations pause: {why}")
            return
        try:
            made = step(self._store, Batch(now, ()))
            chaos.point("orderer.stepped")
        except (StoreLost, sqlite3.Error, OSError):
            raise
        except NotRefilled as error:
            self._rest(error.retry_s, str(error))
            return
        except Exception as error:
            # A fault of ours, which every batch has at its head.
            self._rest(FAILED_S, f"the state machine failed: {error!r}")
            return
        try:
            self._commit(made)
        except StoreLost:
            raise
        except NodeError as error:
            self._rest(error.retry_s, str(error))
            return
        if made.is_empty:
            # Runs whose contract is suspended wait for the batch that changes what is in force.
            self._runs = False
            self._rest(FAILED_S, "its contract is suspended" if self.open_runs else "")

    def _commit(self, made: Step) -> None:
        self._store.commit(made)
        if made.is_empty:
            return
        self._hooks.after_commit(made)
        if any(table in (RUNS, ADOPTIONS) for table, _ in made.rows):
            self._count_runs()
            self._rest_until = 0.0
        if self._runs or not self.open_runs:
            self.waits = ""

    def _order(self, parcels: Sequence[Parcel]) -> None:
        chaos.point("orderer.taken")
        if self.lost is not None:
            raise self.lost
        parcels = [parcel for parcel in parcels if _was_read(parcel)]
        reads = [parcel.read.result() for parcel in parcels]
        statements = [
            each for read in reads for each in read.statements if isinstance(each, Statement)
        ]
        checked: Checked = {}
        for read in reads:
            checked.update(read.checked)
        replies = iter(self._decide(statements, checked))
        for parcel, read in zip(parcels, reads, strict=True):
            answers = tuple(
                next(replies) if isinstance(each, Statement) else malformed(each)
                for each in read.statements
            )
            parcel.done.set_result(answers)
        chaos.point("orderer.answered")

    def _decide(self, statements: Sequence[Statement], checked: Checked) -> list[Reply]:
        """One reply for each statement, in order; those that made entries are durable."""
        now = self._clock.next()
        why = "the clock is not confirmed" if self._clock.is_paused else self._hooks.pause()
        if not statements:
            self._own_batch(now, why)
            return []
        taken = [each for each in statements if not (why and _is_authorisation(each))]
        decided = iter(self._batch(now, taken, checked) if taken else ())
        return [
            Reply(each.id, None, error=Paused(f"authorisations pause: {why}; facts go on"))
            if why and _is_authorisation(each)
            else next(decided)
            for each in statements
        ]

    def _batch(self, now: int, statements: Sequence[Statement], checked: Checked) -> list[Reply]:
        try:
            made = step(self._store, Batch(now, tuple(statements)), check=remembering(checked))
            chaos.point("orderer.stepped")
        except (StoreLost, sqlite3.Error, OSError):
            raise
        except NotRefilled as error:
            # A contract is due that is not ready here: no batch until it is.
            return [Reply(each.id, None, error=error) for each in statements]
        except Exception as error:
            if len(statements) > 1:
                # One of them makes the machine fail: a fault of ours. The others must not wait.
                return [self._batch(now, [each], checked)[0] for each in statements]
            failed = NodeError(f"the state machine failed on {statements[0].id}: {error!r}")
            return [Reply(statements[0].id, None, error=failed)]
        try:
            self._commit(made)
        except StoreLost:
            raise
        except NodeError as error:
            return [Reply(each.id, None, error=error) for each in statements]
        return [
            reply_to(each, answer, max(now, made.head.time))
            for each, answer in zip(statements, made.answers, strict=True)
        ]

    def _lose(self, error: StoreLost, parcels: Sequence[Parcel]) -> None:
        self.lose(error)
        for parcel in parcels:
            if not parcel.done.done():
                parcel.done.set_exception(error)
        self._hooks.on_lost(error)


def _was_read(parcel: Parcel) -> bool:
    """Wait for it; when reading itself failed (a fault of ours), its sender is told."""
    error = parcel.read.exception()
    if error is not None:
        parcel.done.set_exception(NodeError(f"reading failed: {error!r}"))
    return error is None


def _is_authorisation(statement: Statement) -> bool:
    kind = all_kinds().get((statement.kind, statement.v))
    return kind is not None and kind.nature is Nature.AUTHORISATION and statement.kind != "genesis"
