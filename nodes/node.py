"""A node: one member's computer, wired together.

    submit -> solo -> machine -> store -> publisher -> cosigners -> final

Three threads run: the orderer's (which owns the store), the publisher's (reads back, signs), and
one that asks cosigners. Persist, then sign, then publish. The keys it holds decide what a node
does: a `log` key signs, a `promise` key promises, a `mirror` or `witness` key cosigns here, a
`vault` key opens the vault.

    node = Node(Settings(data_dir=...))
    node.start()
    [submission] = node.submit([envelope]).result()
    node.when_final(submission.index).result(timeout=10)
    node.grounds().receipt(submission.index)
    node.stop()

When something is wrong the node is read-only and says why (`read_only`): it serves and signs
nothing.
"""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path

from ledger.entry import Effects
from ledger.envelope import StatementId
from ledger.log.tile import parse_tile_path
from ledger.phrases import Triple
from ledger.sentences import language_index
from nodes import chaos
from nodes.announcer import Announcer, Parts
from nodes.checking import Behind
from nodes.clock import BatchClock, Clock, SteadyClock, WallClock
from nodes.errors import NotFinal, ReadOnly, StoreLost
from nodes.finality import Cosigner, MirrorHere, WitnessHere, size_of
from nodes.folder import make_folder
from nodes.governing import Governing
from nodes.grounds import Grounds
from nodes.heads import Heads
from nodes.intake import Intake
from nodes.keyring import KeyFile, read_key
from nodes.lastsigned import check_known
from nodes.mirror import Mirror
from nodes.promising import sign_reply
from nodes.publisher import Publisher, head_at
from nodes.readonly import read_only
from nodes.recovery import Opened, close_clean, free_bytes, open_store
from nodes.refusals import Refusals
from nodes.settings import Settings
from nodes.solo import Hooks, Replies, Reply, Solo
from nodes.static import export_public
from nodes.status import Stage, Status, status_of_entry
from nodes.store import Store
from nodes.tidying import Tidier
from nodes.vault import Vault
from nodes.watermark import Watermark
from nodes.witness import Witness

__all__ = ["Node", "Stage", "Status"]


class Node:
    """One node over the folders that `settings` name. `start` before anything else."""

    def __init__(
        self,
        settings: Settings,
        *,
        passphrase: bytes | None = None,
        wall: Clock | None = None,
        steady: Clock | None = None,
    ) -> None:
        self.settings = settings
        self._passphrase = passphrase
        self._wall, self._steady = wall or WallClock(), steady or SteadyClock()
        self.read_only = ""
        """Why nothing new is taken; empty when all is well."""
        self.read_only_reason = ""
        """The reason's name in `nodes.readonly`, where it has one."""
        self._read_only_words: Triple | None = None
        self.lost: StoreLost | None = None
        """Set when the process must end: the state on disk is unknown."""
        self._refusals = Refusals(settings.refusals_kept)
        self._orderer: threading.Thread | None = None
        self._stopping = threading.Lock()
        self._stopped = False

    # --- start and stop

    def start(self) -> None:
        """Open and check the store, load keys, start the threads.

        Raises `Locked`, `StoreLost`, `KeyFileError`; a store that must not be signed leaves the
        node running and `read_only`.
        """
        chaos.install_from(os.environ.get("RELIEF_CHAOS", ""))
        data, keys = self.settings.data_dir, self.settings.keys
        make_folder(data)
        self._keys = {
            use: read_key(path, use, self._passphrase)
            for use in ("log", "promise", "mirror", "witness", "vault")
            if (path := keys / f"{use}.key").exists()
        }
        self.opened: Opened = open_store(data / "store", self.settings.store)
        self.store: Store = self.opened.store
        try:
            self._start(data, keys)
        except BaseException:
            self._abandon()
            raise

    def _start(self, data: Path, keys: Path) -> None:
        self.heads = Heads(data / "heads.sqlite")
        self._restore_final()
        self.governing = Governing(self.store)
        # Beside entries it is never made: that it is missing must be seen by every start.
        self._watermark = Watermark(keys / "watermark", make=not self.store.head().size)
        log_key = self._keys.get("log")
        signer = None if log_key is None else log_key.signer
        if signer is not None:
            self._watermark.hold()
        self.publisher = Publisher(self.store, self._watermark, signer)
        self.vault = (
            Vault(data / "vault.sqlite", self._keys["vault"]) if "vault" in self._keys else None
        )
        self.cosigners: list[Cosigner] = []
        self._add_cosigners(data)
        self.announcer = Announcer(
            Parts(
                self.store,
                self.publisher,
                self.heads,
                self.governing,
                self.cosigners,
                self.settings,
                self._wall,
                self._lose,
            )
        )
        self.behind = Behind(
            self.store, lambda wrong: self._lose(StoreLost(f"found behind: {wrong}"))
        )
        self._intake = Intake(
            self.store,
            threads=self.settings.check_threads,
            processes=self.settings.check_processes,
        )
        self._clock = BatchClock(self._wall, self._steady, last=self.store.head().time)
        self.solo = Solo(
            self.store,
            self._clock,
            self._intake,
            self.settings.pace,
            Hooks(lambda made: self.announcer.wake(), self.announcer.pause, self._lose),
        )
        self.store.refilling.ready = self.solo.nudge
        if self.vault is not None:
            # A clock that leapt has the orderer pause; nothing is destroyed by it either.
            sure = lambda: not self._clock.is_paused  # noqa: E731
            self.tidier = Tidier(self.vault, self._wall.now, is_sure=sure)
            self.tidier.start()
        try:
            self._check_signing(log_key)
        except ReadOnly as error:
            self.read_only, self.read_only_reason = str(error), error.reason
            self._read_only_words = error.words
            return
        self._orderer = threading.Thread(target=self.solo.run, name="relief-orderer")
        self._orderer.start()
        self.announcer.start()
        if not self.opened.clean:
            self.behind.start()

    def _restore_final(self) -> None:
        note = self.heads.newest(final=True)
        if note is None or size_of(note) > self.store.head().size:
            return
        with self.store.view() as view:
            head = head_at(view, size_of(note))
        self.store.restore_final(head)

    def _check_signing(self, log_key: KeyFile | None) -> None:
        """Whether this node may write and sign; `ReadOnly` says why not."""
        if log_key is None:
            raise read_only("no_log_key", folder=str(self.settings.keys))
        free = free_bytes(self.settings.data_dir)
        if free < self.settings.free_bytes_min:
            raise read_only("no_room", free=free >> 20)
        newest = self.heads.newest()
        seen = 0 if newest is None else size_of(newest)
        check_known(self._watermark, size=self.store.head().size, seen=seen)
        self.publisher.check_start()
        if self.store.head().size:
            public = log_key.key.public
            if all(key.public != public for key in self.governing.log_keys()):
                raise read_only("unknown_log_key")

    def _add_cosigners(self, data: Path) -> None:
        """The cosigners whose keys are here."""
        log_key = self._keys.get("log")
        known = [] if log_key is None else [log_key.signer.verifier]
        if "mirror" in self._keys and log_key is not None:
            mirror = Mirror(
                data / "mirror",
                self._keys["mirror"].signer,
                known,
                self,
                self._wall,
                options=self.settings.mirror_store,
            )
            self.cosigners.append(MirrorHere(mirror))
        if "witness" in self._keys and log_key is not None:
            signer = self._keys["witness"].signer
            logs = {log_key.name: known}
            witness = Witness(data / "witness.sqlite", signer, logs, self._wall)
            self.cosigners.append(WitnessHere(witness, self.store))

    def _abandon(self) -> None:
        """A start that failed: close what it opened, or threads and locks outlive it."""
        opened = vars(self)
        if "solo" in opened:
            self.solo.stop()
        if self._orderer is not None and self._orderer.ident is not None:
            self._orderer.join()
        if "announcer" in opened:
            self.announcer.halt()
            self.announcer.stop()
        with ExitStack() as closing:
            closing.callback(self.store.close)
            for name in ("heads", "_watermark", "vault", "_intake"):
                if opened.get(name) is not None:
                    closing.callback(opened[name].close)
            for cosigner in opened.get("cosigners", ()):
                closing.callback(cosigner.close)
            if "tidier" in opened:
                closing.callback(self.tidier.stop)

    def read_only_in(self, language: str) -> str:
        """`read_only` in a reader's language, where it has words in it."""
        if self._read_only_words is None or self.lost is not None:
            return self.read_only
        return self._read_only_words[language_index(language)]

    def stop(self) -> None:
        """Take nothing more, finish what waits, publish it, leave the marker of a clean stop.

        Again is free; who comes second waits until it is done.
        """
        with self._stopping:
            if not self._stopped:
                self._stopped = True
                self._stop()

    def _stop(self) -> None:
        self.solo.stop()
        if self._orderer is not None:
            self._orderer.join()
        self.announcer.stop()
        with ExitStack() as closing:
            # Each is closed whatever the others do; the store last.
            closing.callback(self.store.close if self.lost else lambda: close_clean(self.store))
            if self.vault is not None:
                closing.callback(self.vault.close)
                closing.callback(self.tidier.stop)
            closing.callback(self._watermark.close)
            closing.callback(self.heads.close)
            for cosigner in self.cosigners:
                closing.callback(cosigner.close)
            closing.callback(self._intake.close)
            closing.callback(self.behind.stop)

    def _lose(self, error: StoreLost) -> None:
        """Any thread found the store lost: nothing more is signed."""
        self.lost = self.lost or error
        self.read_only = str(error)
        self.solo.lose(error)
        self.announcer.halt()

    def now(self) -> int:
        """Unix seconds by this node's clock, which cosigners here use too."""
        return self._wall.now()

    def confirm_clock(self) -> None:
        """An operator has compared the clock; authorisations go on."""
        self._clock.confirm()
        self.solo.nudge()

    # --- statements

    def submit(self, datas: Sequence[bytes]) -> "Future[Replies]":
        """Take statements as received bytes, in this order; replies when they are durable.

        Raises `ReadOnly`, `Busy`, `Stopped`, `NotRefilled`. A reply may bear an `error` of its own.
        """
        if self.read_only:
            raise ReadOnly(self.read_only)
        refilling = self.store.refilling
        if refilling.held_up and not refilling.failed:
            # No batch is made: who does not wait for the reply would never hear of it.
            raise refilling.waits()
        future = self.solo.submit(datas)
        future.add_done_callback(self._refusals.remember)
        return future

    def status(self, statement: StatementId) -> Status | None:
        """How far a statement has come; None for one that this node does not know."""
        with self.store.view() as view:
            index = view.indexes([statement]).get(statement)
            raw = None if index is None else view.entry(index)
        if raw is None or index is None:
            return self._status_without_entry(statement)
        published, final = self.announcer.published_size, self.announcer.final_size
        return status_of_entry(statement, index, raw, published=published, final=final)

    def _status_without_entry(self, statement: StatementId) -> Status | None:
        if self.solo.is_waiting(statement):
            return Status(statement, Stage.PENDING)
        reply = self._refusals.get(statement)
        if reply is None:
            return None
        return Status(statement, None, reply.code, time=reply.time, refusal=reply.refusal)

    def signed_note(self, reply: Reply) -> bytes | None:
        """This node's signature under a reply (`nodes.promising`); None without a promise key, for
        bytes that were no statement, and once the store is lost.
        """
        key = self._keys.get("promise")
        if self.lost is not None or key is None:
            return None
        log = self.store.head().origin
        return sign_reply(key.key, log, reply, promise_s=self.settings.promise_s)

    # --- what is published

    def when_published(self, index: int) -> "Future[int]":
        """Done when entry `index` is under a signed checkpoint."""
        return self.announcer.when_published(index)

    def when_final(self, index: int) -> "Future[int]":
        """Done when entry `index` is under a final checkpoint."""
        return self.announcer.when_final(index)

    def grounds(self, *, final: bool = False) -> Grounds:
        """The checkpoint proofs stand on: the newest final one, else (unless `final` is wanted) the
        newest that was offered. `NotFinal` when there is none.
        """
        note = self.announcer.final
        if note is not None:
            return Grounds(self.store, note, is_final=True)
        offered = self.heads.newest()
        if final or offered is None or size_of(offered) > self.size():
            raise NotFinal("no checkpoint is final yet")
        return Grounds(self.store, offered, is_final=False)

    def checkpoint(self) -> bytes:
        """The note for the public; `NotFinal` when there is none."""
        note = self.announcer.public
        if note is None:
            raise NotFinal("no checkpoint is published yet")
        return note

    def tile(self, path: str) -> bytes:
        """A tile or bundle by its C2SP path; `FormatError` when the log has none such."""
        size = max(self.announcer.published_size, self.announcer.final_size)
        return self.publisher.tile(parse_tile_path(path), size)

    def trust_data(self) -> bytes | None:
        """The trust file as the ledger's governance gives it."""
        return self.governing.trust_data()

    def export_public(self, folder: Path, *, final: bool = True) -> int:
        """Write the log under the newest final (else public) checkpoint as static files."""
        note = self.announcer.final if final else None
        note = note if note is not None else self.checkpoint()
        return export_public(self.store, note, size_of(note), folder)

    # --- Source: for mirrors and projections

    def size(self) -> int:
        """Entries that are durable; the end of a batch."""
        return self.store.head().size

    def entries(self, low: int, high: int) -> Sequence[bytes]:
        """The bytes of entries low <= index < high; fewer at the end."""
        with self.store.view() as view:
            return [raw for _, raw in view.entries(low, high)]

    def effects(self, index: int) -> Effects | None:
        """The effects of an entry that has only their digest."""
        with self.store.view() as view:
            return view.effects(index)
