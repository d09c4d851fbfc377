"""The console: how every command speaks to people and to scripts.

People get plain sentences; scripts get, with `--json`, one JSON object on standard output and
nothing else there. The exit status says what happened: 0 verified or done, 1 a check was carried
out and is false, 2 cannot tell or could not do it. Whatever goes wrong ends in a sentence with the
next step; a fault of this program itself is no verdict either, so it ends in 2 as well.

Much of what is shown was written by somebody else. No control character of theirs reaches the
terminal:

    >>> plain("rice" + chr(27) + "[2J")
    'rice\\\\x1b[2J'
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from rich.console import Console as Screen
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from api.language import negotiate
from ledger.sentences import LANGUAGES
from tools.sentences.telling import tell

VERIFIED: Final = 0
"""Checked and true; for commands that change something: done."""
FALSE: Final = 1
"""A check was carried out and failed."""
CANNOT_TELL: Final = 2
"""Nothing was proved or disproved, or the work could not be done."""

QUIET_S: Final = 2.0
"""Work that takes longer shows how far it is."""
LINE_EVERY_S: Final = 10.0
"""Between two lines of progress where there is no terminal."""


class Stop(Exception):
    """The work cannot go on: `said` is a sentence, `then` the next step."""

    def __init__(self, said: str, then: str = "", *, code: int = CANNOT_TELL) -> None:
        self.said, self.then, self.code = said, then, code
        super().__init__(said)


def plain(text: str, *, longest: int = 2_000) -> str:
    """`text` with everything that could move, recolour or reorder a terminal written out."""
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[:longest])
    return shown if len(text) <= longest else f"{shown} .. ({len(text):,} characters)"


def clock(seconds: int) -> str:
    """Unix seconds as a date and time of UTC; as written where no calendar holds them."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, OSError, ValueError):
        return f"{seconds} s"


def choose_language(wanted: str) -> str:
    """The language tag for `--language`, else of RELIEF_LANGUAGE or of the locale, else English."""
    named = wanted or os.environ.get("RELIEF_LANGUAGE", "")
    if wanted and wanted.lower() not in {tag.lower() for tag in LANGUAGES}:
        raise Stop(f"There is no language {plain(wanted)!r} here.", f"Use {', '.join(LANGUAGES)}.")
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        named = named or os.environ.get(name, "")
    return negotiate(named.partition(".")[0].replace("_", "-"))


class Counter:
    """How far a long piece of work is; silent for its first two seconds.

    On a terminal it is a bar on standard error; elsewhere a line now and then.
    """

    def __init__(self, screen: Screen, label: str, unit: str, language: str = "en") -> None:
        self.label, self._screen, self._unit, self._language = label, screen, unit, language
        self._begun = self._last = time.monotonic()
        self._bar: Progress | None = None
        self._task = TaskID(0)

    def show(self, done: int, total: int) -> None:
        """`done` of `total` units are done."""
        now = time.monotonic()
        if now - self._begun < QUIET_S:
            return
        if not self._screen.is_terminal:
            if now - self._last >= LINE_EVERY_S:
                self._last = now
                line = f"{self.label}: {done:,} of {total:,} {self._unit}"
                line = tell(line, self._language)
                self._screen.print(line, markup=False, highlight=False, soft_wrap=True)
            return
        if self._bar is None:
            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.completed:,.0f} / {task.total:,.0f} {task.fields[unit]}"),
                TimeRemainingColumn(),
                console=self._screen,
                transient=True,
            )
            self._task = self._bar.add_task(self.label, total=total, unit=self._unit)
            self._bar.start()
        self._bar.update(self._task, description=self.label, completed=done, total=total)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


class _Screen(Screen):
    def on_broken_pipe(self) -> None:
        """Whoever read our output has gone; `run` says what that means, Rich would leave with 1."""
        raise BrokenPipeError


class Console:
    """Where a command writes: sentences for people, or one JSON object."""

    def __init__(self, *, as_json: bool = False, language: str = "en") -> None:
        self.as_json, self.language = as_json, language
        self._out = _Screen(highlight=False, emoji=False, soft_wrap=True)
        self._err = _Screen(stderr=True, highlight=False, emoji=False, soft_wrap=True)

    def say(self, text: str = "", style: str = "") -> None:
        """A line for people; long ones are wrapped by the terminal, never cut."""
        if not self.as_json:
            self._out.print(Text(text, style=style), soft_wrap=True)

    def note(self, text: str) -> None:
        """A line on standard error, for people who also use `--json`."""
        self._err.print(Text(text, style="dim"), soft_wrap=True)

    def table(
        self,
        title: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[object]],
        *,
        numbers: Container[int] = (),
    ) -> None:
        """Rows under a heading; numbers are grouped and stand to the right.

        `numbers`: places of columns that hold numbers as text, with their unit.
        """
        if self.as_json:
            return
        if title:
            # A title of the table's own would be broken to the table's width.
            self.say(title, "bold")
        table = Table()
        for place, name in enumerate(columns):
            whole = bool(rows) and all(isinstance(row[place], int) for row in rows)
            right = whole or place in numbers
            table.add_column(name, justify="right" if right else "left", overflow="fold")
        for row in rows:
            cells = (f"{c:,}" if isinstance(c, int) else plain(str(c)) for c in row)
            table.add_row(*(Text(cell) for cell in cells))
        self._out.print(table, soft_wrap=False)

    def result(self, value: Mapping[str, Any]) -> None:
        """The one JSON object of a command with `--json`."""
        if self.as_json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
            sys.stdout.flush()

    @contextmanager
    def counting(self, label: str, unit: str) -> Iterator[Counter]:
        """A counter for the work inside the `with`."""
        counter = Counter(self._err, label, unit, self.language)
        try:
            yield counter
        finally:
            counter.close()

    def stop(self, stop: Stop) -> int:
        """Say why the work ended; the exit status."""
        said, then = tell(stop.said, self.language), tell(stop.then, self.language)
        if self.as_json:
            self.result({"error": said, "exit": stop.code, "next_step": then})
        else:
            self._err.print(Text(said, style="bold red"), soft_wrap=True)
            if then:
                self._err.print(Text(then), soft_wrap=True)
        return stop.code


def run(job: Callable[[Console], int], *, as_json: bool, language: str = "") -> NoReturn:
    """Run one command and leave with its exit status; the only way in which a command ends."""
    console = Console(as_json=as_json)
    try:
        console = Console(as_json=as_json, language=choose_language(language))
        code = job(console)
        sys.stdout.flush()
    except Stop as stop:
        code = console.stop(stop)
    except KeyboardInterrupt:
        console.note(tell("Stopped.", console.language))
        code = 130
    except BrokenPipeError:
        # Whoever read our output has gone. Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = CANNOT_TELL
    except OSError as error:
        code = console.stop(world_failed(error))
    except Exception:
        # We are wrong. Python's own exit status would read "false", which nobody has shown.
        traceback.print_exc()
        said = "This is a fault of relief itself; nothing was proved or disproved."
        code = console.stop(Stop(said, "Please report the lines above, without the data."))
    raise SystemExit(code)


def world_failed(error: OSError) -> Stop:
    """A sentence for what the system refused."""
    where = f"{plain(str(error.filename))}: " if error.filename else ""
    then = {
        "FileNotFoundError": "Check the path; it must exist.",
        "PermissionError": "Check who owns it and its mode, or run as the user who may.",
        "IsADirectoryError": "Name a file, not a folder.",
        "NotADirectoryError": "Name a folder, not a file.",
        "FileExistsError": "Name a new path, or move what is there away first.",
        "TimeoutError": "The machine may be very busy: run it again, and if it stays so, "
        "ask relief doctor.",
    }.get(type(error).__name__, "Check the disk and the path, then run it again.")
    said = error.strerror or str(error)
    if isinstance(error, TimeoutError):
        said = said or "An answer did not come in time"
    return Stop(f"{where}{said or type(error).__name__}.", then)
