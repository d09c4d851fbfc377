"""Tapes that are kept: what a contract would have been asked, made once for a log and run on.

    tapes = Tapes(data_dir)
    asked = tapes.ask(question, log.view, lambda tape: simulate(tape, contract), low=.., high=..)

    tapes/{key}/{first}-{size}-{time}-{time}.piece    what was heard in a stretch of the log
    tapes/{key}/standing                              where the re-run stands, for running on

Derived from the log alone: everything here may be removed at any time. A tape is taken if its
pieces follow one another from the first entry on and the last one's root is that of the log at its
size; a piece that is read must have its digest, its key, its place, its root and its form. Anything
else, and a log that was restored to another history, costs a new tape, never a wrong answer.
`KEPT_MAX` tapes are kept, those asked for last. Where nothing can be kept (another process makes
the same tape, the disk is full or not ours) the answer is found without.

Who may write here can change answers of simulations on this computer, nothing else: no node judges
by a tape. A proposal cites the digest of an answer, which others find for themselves.
Specification: `docs/spec/simulation.md`, kept tapes.
"""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Generic, TypeVar

from contracts.simulating.kept import Kept, key_of
from contracts.simulating.tape import FOREVER, Asked, Taped, Taping
from ledger.errors import FormatError
from nodes.errors import Locked
from nodes.folder import FolderLock, make_folder
from nodes.onetape import Damaged, Log, Moved, OnEntries, OneTape, Views, clear
from nodes.recovery import free_bytes

FOLDER: Final = "tapes"
KEPT_MAX: Final = 16
"""Tapes of one node: as many questions that differ in kinds or facts."""
SPARE: Final = 2 << 30
"""Bytes of the disk that are left to the ledger: more than it wants to go on (`free_bytes_min`)."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """What was found; `run`: entries that were run again for it, in `running_s`; then the tape was
    asked for `asking_s` (seconds). `kept`: the next question of the same facts costs only that."""

    found: T
    run: int
    running_s: float
    asking_s: float
    kept: bool


class Tapes:
    """The kept tapes in a data folder. Any process may use them; one at a time makes a tape."""

    def __init__(self, data: Path, *, release: str = "", spare: int = SPARE) -> None:
        """`release` names the code that hears; the installed version if nothing is said. `spare`:
        bytes of the disk that no tape takes."""
        self._spare = spare
        self._folder = data / FOLDER
        self._release = release or _release()

    def folder_of(self, asked: Asked) -> Path:
        """Where the tape of this question is kept."""
        return self._folder / key_of(asked, self._release)

    def ask(
        self,
        asked: Asked,
        views: Views,
        work: Callable[[Taped], T],
        *,
        low: int = 0,
        high: int = FOREVER,
        on_entries: OnEntries = lambda done, size: None,
    ) -> Answered[T]:
        """What `work` finds on the tape of a question, for the stretch low <= batch time < high.

        The tape is run on as far as that needs. What `on_entries` raises ends the work; what was
        run by then is kept. `work` may be called again, where a piece turns out to be damaged.
        Raises `CheckError` where the log cannot be followed.
        """
        began, run = time.monotonic(), 0
        with suppress(OSError, Locked):
            for _ in range(2):
                try:
                    tape, made = self._open(asked, views, low, high, on_entries)
                    run += made
                    ready = time.monotonic()
                    found = work(tape)
                except Moved:
                    continue
                except (Damaged, FormatError):
                    self._remove(asked)
                    continue
                return Answered(found, run, ready - began, time.monotonic() - ready, True)
        plain, made = _unkept(asked, views, low, high, on_entries)
        ready = time.monotonic()
        found = work(plain)
        return Answered(found, run + made, ready - began, time.monotonic() - ready, False)

    def _open(
        self, asked: Asked, views: Views, low: int, high: int, on_entries: OnEntries
    ) -> tuple[Kept, int]:
        """The tape, and how many entries were run for it."""
        folder = self.folder_of(asked)
        make_folder(self._folder)
        lock = FolderLock(folder)
        try:
            os.utime(folder)
            self._tidy(folder, KEPT_MAX)
            if free_bytes(self._folder) < self._spare:
                self._tidy(folder, 1)
            key = key_of(asked, self._release)
            work = OneTape(folder, key, asked, views, spare=self._spare)
            made = work.run(high, on_entries)
            return work.kept(low, high), made
        finally:
            lock.release()

    def _remove(self, asked: Asked) -> None:
        folder = self.folder_of(asked)
        lock = FolderLock(folder)
        try:
            clear(folder)
        finally:
            lock.release()

    def _tidy(self, mine: Path, most: int) -> None:
        """Let go of the tapes that nobody has asked for the longest, until `most` are left."""
        others = [each for each in self._folder.iterdir() if each.is_dir() and each != mine]
        others.sort(key=lambda each: each.stat().st_mtime, reverse=True)
        for old in others[most - 1 :]:
            with suppress(Locked):
                lock = FolderLock(old)
                shutil.rmtree(old, ignore_errors=True)
                lock.release()


def _release() -> str:
    try:
        return version("relief-ledger")
    except PackageNotFoundError:
        return "unknown"


def _unkept(
    asked: Asked, views: Views, low: int, high: int, on_entries: OnEntries
) -> tuple[Taped, int]:
    """A tape in memory, and how many entries were run for it."""
    log = Log(views)
    taping, done = Taping([asked], low=low, high=high, read=log.entry), 0
    for raw in log.entries(0):
        made = taping.feed(raw)
        if made is not None:
            done = made.head.size
            on_entries(done, log.size)
        if taping.is_over:
            break
    return taping.finish()[0], done
