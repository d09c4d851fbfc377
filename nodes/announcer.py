"""The announcer: two threads that bring committed checkpoints to the world.

    orderer --wake--> publisher's thread: read back, watermark, sign --> published
                                |  (at most one a second, and one at a time)
                                v
                      cosigners' thread: mirrors, witnesses, quorum --> public, final

A checkpoint that is offered to cosigners opens an undo layer at exactly its state, so that the
state can be proved under it once it is final. One offer is out at a time: the next is the newest.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, TypeAlias

from nodes.clock import Clock
from nodes.errors import Stopped, StoreLost, is_full
from nodes.finality import Cosigner, Round, ask_all, size_of
from nodes.governing import Governing
from nodes.heads import Heads
from nodes.publisher import Publisher, Signed
from nodes.settings import Settings
from nodes.store import Store

_FULL_WAIT_S: Final = 1
"""Seconds after which a full disk is tried again."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What an announcer works with."""

    store: Store
    publisher: Publisher
    heads: Heads
    governing: Governing
    cosigners: Sequence[Cosigner]
    settings: Settings
    wall: Clock
    on_lost: Callable[[StoreLost], None]


class Announcer:
    """Publishes and makes final what `parts.store` commits."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._changed = threading.Condition()
        self._stopping = self._halted = False
        self._offer: Signed | None = None
        self._asking = False
        self._offered_size = 0
        self._offered_at = self._asked_at = self._final_at = time.monotonic()
        self._waiting_published: _Waiting = {}
        self._waiting_final: _Waiting = {}
        self.signed: Signed | None = None
        """The newest checkpoint that the log has signed: for members."""
        self.public: bytes | None = None
        """The newest note for the public: cosigned by a mirror, where there are mirrors."""
        self.final: bytes | None = _within(parts.heads.newest(final=True), parts.store)
        """The newest note that the quorum has cosigned."""
        self.last_round: Round | None = None
        self.trouble = ""
        """Why nothing is published just now; empty when all is well."""
        self.public = self.final
        self._threads = [
            threading.Thread(target=self._publish_all, name="relief-publisher"),
            threading.Thread(target=self._ask_all, name="relief-cosigners"),
        ]

    # --- for any thread

    @property
    def published_size(self) -> int:
        """Entries below this are under a signed checkpoint."""
        return 0 if self.signed is None else self.signed.head.size

    @property
    def final_size(self) -> int:
        """Entries below this are under a final checkpoint."""
        return 0 if self.final is None else size_of(self.final)

    def start(self) -> None:
        """Begin; what is committed already is published at once."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Something was committed."""
        with self._changed:
            self._changed.notify_all()

    def halt(self) -> None:
        """The store is lost: sign nothing more, and let nobody wait for it."""
        with self._changed:
            self._halted = self._stopping = True
            self._changed.notify_all()
        self._send_away()

    def stop(self) -> None:
        """Publish what is committed, let the round that runs end, and stop."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self._send_away()

    def _send_away(self) -> None:
        with self._changed:
            left = [*self._waiting_published, *self._waiting_final]
            self._waiting_published.clear()
            self._waiting_final.clear()
        for future in left:
            if future.set_running_or_notify_cancel():
                future.set_exception(Stopped("the node went down; ask again when it is up"))

    def when_published(self, index: int) -> "Future[int]":
        """Done with the tree size when entry `index` is under a signed checkpoint.

        Who does not wait any longer cancels it, and it is forgotten.
        """
        return self._when(index, self._waiting_published, lambda: self.published_size)

    def when_final(self, index: int) -> "Future[int]":
        """Done with the tree size when entry `index` is under a final checkpoint."""
        return self._when(index, self._waiting_final, lambda: self.final_size)

    def _when(self, index: int, waiting: "_Waiting", size: Callable[[], int]) -> "Future[int]":
        future: Future[int] = Future()
        with self._changed:
            if self._stopping:
                future.set_exception(Stopped("the node is going down"))
            elif index < size():
                future.set_result(size())
            else:
                waiting[future] = index
        future.add_done_callback(lambda done: self._forget(done, waiting))
        return future

    def _forget(self, future: "Future[int]", waiting: "_Waiting") -> None:
        with self._changed:
            waiting.pop(future, None)

    def pause(self) -> str:
        """Why authorisations pause, if they do: too much is not final."""
        settings, head = self._parts.settings, self._parts.store.head()
        unfinal = head.size - self.final_size
        if not self._parts.cosigners or unfinal <= 0 or head.batch <= 0:
            return ""
        if unfinal > settings.unfinal_entries_max:
            return f"{unfinal:,} entries are not final yet"
        waited = int(time.monotonic() - self._final_at)
        if waited > settings.unfinal_max_s:
            return f"nothing became final for {waited:,} s"
        return ""

    # --- the publisher's thread

    def _publish_all(self) -> None:
        try:
            while self._publish_or_wait():
                pass
        except StoreLost as error:
            self._parts.on_lost(error)
        except Exception as error:
            # Whatever fails here fails before a signature is out: stop, and let start-up look.
            self._parts.on_lost(StoreLost(f"publishing failed: {error!r}"))

    def _publish_or_wait(self) -> bool:
        """One round; a full disk is waited out, because nothing was done."""
        try:
            going_on = self._publish_one()
        except (sqlite3.OperationalError, OSError) as error:
            if not is_full(error):
                raise
            self.trouble = f"no room on the disk: {error}"
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, timeout=_FULL_WAIT_S)
                return not self._stopping
        self.trouble = ""
        return going_on

    def _publish_one(self) -> bool:
        with self._changed:
            committed = self._parts.store.head().size
            if not self._has_work():
                # While cosigners are asked nothing falls due: their answer wakes this thread, and
                # how long to wait is then reckoned anew. Nor is there anything in an empty log.
                idle = self._asking or not committed
                self._changed.wait(None if idle else self._until_due())
                return not self._halted
            if self._halted or (self._stopping and committed == self.published_size):
                return False
            due = self._is_due()
        store = self._parts.store
        head = store.offer() if due else store.head()
        if head.size == 0 or (head.size == self.published_size and not due):
            return True
        signed = self._parts.publisher.publish(head)
        if due:
            self._parts.heads.keep(signed.note, final=False, point="publisher.keep")
        with self._changed:
            self.signed = signed
            if not any(each.is_mirror for each in self._parts.cosigners):
                self._show_public(signed.note)
            if due:
                self._offered_size, self._offered_at = head.size, time.monotonic()
                if self._parts.cosigners:
                    self._offer, self._asking = signed, True
                else:
                    store.undo.release(head.size)
                self._changed.notify_all()
            done = _taken(self._waiting_published, head.size)
        _fulfil(done, head.size)
        return True

    def _has_work(self) -> bool:
        if self._stopping or self._is_due():
            return True
        return self._parts.store.head().size > self.published_size

    def _is_due(self) -> bool:
        """Whether the newest checkpoint should be offered now."""
        if self._asking or self._stopping or not self._parts.store.head().size:
            return False
        return self._until_due() <= 0

    def _until_due(self) -> float:
        """Seconds until the newest checkpoint should be offered, if nothing else happens."""
        settings, now = self._parts.settings, time.monotonic()
        if self._parts.store.head().size > self._offered_size:
            if not self._offered_size:
                return 0
            return max(0, self._offered_at + settings.offer_every_ms / 1000 - now)
        if self._parts.cosigners and self.final_size < self._offered_size:
            # Somebody was too slow or away, and perhaps nothing more is entered for a long time.
            return max(0, self._asked_at + settings.cosign_timeout_s - now)
        return max(0, self._asked_at + settings.heartbeat_s - now)

    # --- the cosigners' thread

    def _ask_all(self) -> None:
        while (signed := self._next_offer()) is not None:
            done: list[Future[int]] = []
            try:
                done = self._ask(signed)
            except StoreLost as error:
                self._parts.on_lost(error)
            except Exception as error:
                self.last_round = Round(signed, signed.note, 0, None, f"failed: {error!r}")
            with self._changed:
                self._asking = False
                self._asked_at = time.monotonic()
                self._changed.notify_all()
            _fulfil(done, signed.head.size)

    def _next_offer(self) -> Signed | None:
        with self._changed:
            self._changed.wait_for(lambda: self._offer is not None or self._stopping)
            offer, self._offer = self._offer, None
            return offer

    def _ask(self, signed: Signed) -> "list[Future[int]]":
        settings, trust = self._parts.settings, self._parts.governing.trust()
        if trust is None:
            self.last_round = Round(signed, signed.note, 0, None, "governance gives no trust file")
            return []
        done = ask_all(
            signed,
            self._parts.cosigners,
            trust,
            now=self._parts.wall.now(),
            timeout_s=settings.cosign_timeout_s,
            mirrors_first=settings.mirrors_before_witnesses,
            on_mirror=self._show_public,
        )
        self.last_round = done
        if done.quorum is None:
            return []
        self._parts.heads.keep(done.note, final=True, point="finality.keep")
        with self._changed:
            self.final = done.note
            self._final_at = time.monotonic()
            self._show_public(done.note, is_final=True)
        # The state under the older one is forgotten when nobody is given that one any more.
        self._parts.store.finalise(signed.head.size)
        with self._changed:
            return _taken(self._waiting_final, signed.head.size)

    def _show_public(self, note: bytes, *, is_final: bool = False) -> None:
        """Never an older one, nor one of the same size with fewer cosignatures."""
        with self._changed:
            shown = -1 if self.public is None else size_of(self.public)
            if size_of(note) > shown or (is_final and size_of(note) == shown):
                self.public = note


_Waiting: TypeAlias = "dict[Future[int], int]"
"""The index of the entry that each waits for."""


def _taken(waiting: _Waiting, size: int) -> "list[Future[int]]":
    """Take out those that wait for an entry below `size`."""
    done = [future for future, index in waiting.items() if index < size]
    for future in done:
        del waiting[future]
    return done


def _fulfil(futures: "Sequence[Future[int]]", size: int) -> None:
    """Whoever has cancelled must not stop the thread that tells the others."""
    for future in futures:
        if future.set_running_or_notify_cancel():
            future.set_result(size)


def _within(note: bytes | None, store: Store) -> bytes | None:
    """A kept note, unless the store has been restored from before it."""
    return note if note is None or size_of(note) <= store.head().size else None


def refusals_of(done: Round | None) -> list[str]:
    """What cosigners said in a round that did not help, as sentences for operators."""
    if done is None:
        return []
    return [f"{name}: {why}" for name, why in done.refusals] + ([done.why] if done.why else [])
