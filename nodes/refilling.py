"""What late indexes of facts have missed, worked out while the node goes on.

    commit of a contract --look--> a thread executes the log again --> refill/{index}.rows
    the batch that activates --rows--> the store's rows, or `NotRefilled`: then no batch is made

Between the commit of a contract and its activation lies its notice. In that time one thread reads
the log from the store, piece by piece, up to the commit, and executes it with the late indexes
listening (`contracts.memory.Refill`). It holds no lock and no snapshot for longer than a piece, and
rests as long as it works, until somebody waits for it. In memory it has the whole state, and the
rows of the late indexes: see `docs/spec/facts.md` for figures. What it finds is kept in a file,
whole or not at all; after a crash what is not there is worked out again from the beginning.

A file is used if its digest is right and it is of this very log: its first line names the log and
the hash of the commit. Who may write it can have this node make a batch that mirrors refuse.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from typing import Final

from contracts.adoption.force import Listening, indexes
from contracts.batch import Step
from contracts.facts.backfill import is_filled
from contracts.memory import Refill
from contracts.rebuilding import closes_batch
from ledger.adoptions import SET, TABLE
from ledger.phrases import Triple
from ledger.sentences import language_index
from ledger.state import State
from nodes import chaos
from nodes.errors import NodeError, NotRefilled
from nodes.folder import make_folder, write_whole
from nodes.view import View

FOLDER: Final = "refill"
TOUCHED: Final = (TABLE, SET)
"""The row that changes with every commit and activation."""
WORKING: Final[Triple] = (
    "an adopted contract waits until its figures are worked out from the log: "
    "{done:,} of {wanted:,} entries; send it again",
    "已采纳的合约须待其所需数字由日志算出：{wanted:,} 条记录已算 {done:,} 条；请稍后重新送出",
    "已採納的合約須待其所需數字由日誌算出：{wanted:,} 條記錄已算 {done:,} 條；請稍後重新送出",
)
FAILED: Final[Triple] = (
    "an adopted contract waits for its figures, which do not follow: {why}",
    "已采纳的合约须待其所需数字，而这些数字算不出来：{why}",
    "已採納的合約須待其所需數字，而這些數字算不出來：{why}",
)
"""Why no batch is made, in the order of `ledger.sentences.LANGUAGES`."""
_PIECE: Final = 512
"""Entries read at a time."""


def owing(state: State) -> list[Listening]:
    """The indexes that wait for what they have missed, by the entry of their commit."""
    return [one for one in indexes(state) if not is_filled(state, one.definition)]


def refill_file(store: Path, index: str) -> Path:
    """Where the rows of an index are kept until they are used; `store`: the store's folder."""
    return store / FOLDER / f"{index}.rows"


class Refilling:
    """The refills of one store. `view` gives a snapshot of it; `look` at the start, `after` each
    commit."""

    def __init__(self, folder: Path, view: Callable[[], AbstractContextManager[View]]) -> None:
        self._store, self._folder, self._view = folder, folder / FOLDER, view
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._hurry = False
        self.done = self.wanted = 0
        """Entries executed again, and up to which: of the work in hand."""
        self.failed = ""
        """Why it cannot be worked out; empty while it can."""
        self.ready: Callable[[], None] = lambda: None
        """Called, by its own thread, when all that is owed is there."""
        self.held_up = ""
        """Why no batch is made; empty while nothing waits for it."""

    # --- any thread

    def after(self, step: Step) -> None:
        """A batch is durable."""
        if TOUCHED in step.rows:
            self.look()

    def look(self) -> None:
        """Begin what is to be done, and tidy away what was used."""
        with self._view() as view:
            left = owing(State(view)) if view.head().size else []
        self._tidy({one.definition.id for one in left})
        if not left:
            self.held_up = ""
            return
        with self._lock:
            if self._thread is None and self._missing(left):
                self.failed = ""
                self._thread = threading.Thread(target=self._run, name="relief-refill")
                self._thread.start()

    def rows(self, wanted: Sequence[tuple[int, str]]) -> Mapping[str, bytes]:
        """`ledger.state.Reader.backfill`; `NotRefilled` while it is being worked out."""
        found: dict[str, bytes] = {}
        for since, name in wanted:
            rows = self._read(since, name)
            if rows is None:
                self._hurry = True
                self.look()
                why = self._why()
                self.held_up = why[0]
                raise NotRefilled(why)
            found |= rows
        self.held_up = ""
        return found

    def finish(self) -> None:
        """Wait until all that is owed is there. `NotRefilled` where it cannot be."""
        self._hurry = True
        self.look()
        thread = self._thread
        if thread is not None:
            thread.join()
        if self.failed:
            raise self.waits()

    def close(self) -> None:
        """Stop working; what is not kept is lost."""
        self._stopping.set()
        thread = self._thread
        if thread is not None:
            thread.join()

    def waits(self) -> NotRefilled:
        """The error for whoever sends something while no batch is made."""
        return NotRefilled(self._why())

    def held_up_in(self, language: str) -> str:
        """`held_up` in the reader's language."""
        return self._why()[language_index(language)] if self.held_up else ""

    def _why(self) -> Triple:
        """Why no batch is made, in the three languages."""
        reason = FAILED if self.failed else WORKING
        english, hans, hant = (
            text.format(done=self.done, wanted=self.wanted, why=self.failed) for text in reason
        )
        return english, hans, hant

    # --- its own thread

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                # The snapshot under the lock: a commit that it does not show finds no thread.
                with self._lock:
                    with self._view() as view:
                        state = State(view)
                        listed, left = indexes(state), owing(state)
                    missing = self._missing(left)
                    if not missing:
                        # Whoever commits from now on starts a new thread.
                        self._thread = None
                        self.held_up, self._hurry = "", False
                        break
                self._work_out(listed, missing)
            self.ready()
        except Exception as error:
            self.failed = f"{type(error).__name__}: {error}"
            if isinstance(error, OSError | sqlite3.Error):
                # The disk: who asks next tries again. What does not follow will not tomorrow.
                self._thread = None

    def _work_out(self, listed: Sequence[Listening], missing: Sequence[Listening]) -> None:
        refill = Refill(listed, self._entry)
        wanted = [(one.since, one.definition.id) for one in missing]
        self.done, self.wanted = 0, max(since for since, _ in wanted) + 1
        batch: list[bytes] = []
        while not refill.has(wanted):
            with self._view() as view:
                piece = [raw for _, raw in view.entries(self.done, self.done + _PIECE)]
            if not piece:
                raise NodeError(f"the log ends at {self.done:,} before a commit that it names")
            for raw in piece:
                self.done += 1
                batch.append(raw)
                if closes_batch(raw):
                    began = time.monotonic()
                    refill.feed(batch)
                    chaos.point("refill.batch")
                    batch = []
                    if self._stopping.is_set():
                        return
                    if not self._hurry:
                        self._stopping.wait(time.monotonic() - began)
                    if refill.has(wanted):
                        break
        for since, name in wanted:
            self._keep(since, name, refill.backfill([(since, name)]))

    def _entry(self, index: int) -> bytes:
        with self._view() as view:
            return view.entry(index)

    # --- files

    def _path(self, name: str) -> Path:
        return refill_file(self._store, name)

    def _first_line(self, since: int) -> bytes:
        with self._view() as view:
            return f"{view.head().origin} {since} {view.leaf(since).hex()}".encode()

    def _keep(self, since: int, name: str, rows: Mapping[str, bytes]) -> None:
        make_folder(self._folder)
        lines = [self._first_line(since)]
        lines += [b"%s\t%s" % (key.encode(), rows[key]) for key in sorted(rows)]
        body = b"\n".join(lines)
        chaos.point("refill.keep")
        write_whole(self._path(name), sha256(body).hexdigest().encode() + b"\n" + body)
        chaos.point("refill.keep.done")

    def _read(self, since: int, name: str) -> dict[str, bytes] | None:
        body = self._body(since, name)
        if body is None:
            return None
        # Canonical JSON has no raw tab and no line end, in keys and in values.
        pairs = (line.partition(b"\t") for line in body.split(b"\n")[1:])
        return {key.decode(): value for key, _, value in pairs}

    def _body(self, since: int, name: str) -> bytes | None:
        try:
            data = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        digest, _, body = data.partition(b"\n")
        if sha256(body).hexdigest().encode() != digest:
            return None
        return body if body.partition(b"\n")[0] == self._first_line(since) else None

    def _missing(self, left: Sequence[Listening]) -> list[Listening]:
        return [one for one in left if self._body(one.since, one.definition.id) is None]

    def _tidy(self, names: set[str]) -> None:
        if self._folder.exists():
            for path in self._folder.glob("*.rows"):
                if path.stem not in names:
                    path.unlink(missing_ok=True)
