"""A check-up of a ledger's folder: what `relief doctor --dir` looks at, one function a thing.

Everything is opened for reading alone, and may be looked at while the node runs. A finding is
`good`, `look` (think about it) or `bad` (mend it); what is not good comes with its fix.
"""

import fcntl
import json
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.errors import CheckError, FormatError
from ledger.log.trust import TRUST_MAX, TrustFile, parse_trust
from ledger.state import Head, State
from nodes.beside import LogBeside, read_only_file
from nodes.errors import ReadOnly
from nodes.falling import open_runs
from nodes.lastsigned import check_known
from nodes.readonly import read_only
from nodes.refilling import owing, refill_file
from nodes.view import read_head
from nodes.watermark import Watermark
from tools.console import clock
from tools.home import Home
from tools.published import read_regular
from tools.signing import Outbox

GOOD, LOOK, BAD = "good", "look", "bad"
FINAL_OLD_S: Final = 3_600
"""With entries that wait so long for finality, something is wrong."""
BEHIND_MAX: Final = 1_000
"""Entries that views may be behind without a word."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `fix` is there unless it is good."""

    level: str
    what: str
    found: str
    fix: str = ""


Findings = Iterator[Finding]


def good(what: str, found: str) -> Finding:
    """Nothing to do."""
    return Finding(GOOD, what, found)


def look(what: str, found: str, fix: str) -> Finding:
    """Worth a thought."""
    return Finding(LOOK, what, found, fix)


def bad(what: str, found: str, fix: str) -> Finding:
    """To be mended."""
    return Finding(BAD, what, found, fix)


NEW_TRUST: Final = "Get the one that governance gives now, and hand it to those who verify."
SET_CLOCK: Final = "Set the clock (timedatectl set-ntp true), then start the node."


def settings(home: Home) -> Findings:
    """The settings, and room on the disk."""
    _, wrong = home.read_settings()
    fix = "Correct the line; all names are in docs/reference/settings.md."
    for line in wrong:
        yield bad("settings", line, fix)
    if wrong:
        return
    found = home.settings()
    yield good("settings", str(home.settings_file))
    free = shutil.disk_usage(home.folder).free
    text = f"{free >> 20:,} MiB free"
    if free < found.free_bytes_min:
        yield bad(
            "disk",
            text,
            f"Free {found.free_bytes_min >> 20:,} MiB or more: the "
            "node does not start to write with less.",
        )
    elif free < 4 * found.free_bytes_min:
        yield look("disk", text, "Think about a larger disk before it is needed.")
    else:
        yield good("disk", text)


def keys(home: Home) -> Findings:
    """Who may read the keys, which are there, which are in plain."""
    files = sorted([*home.keys.glob("*.key"), *(home.folder / "people").glob("*.key")])
    for folder in (home.keys, home.folder / "people", home.data):
        if folder.is_dir() and stat.S_IMODE(folder.stat().st_mode) & 0o077:
            yield bad("modes", f"{folder} is open to others", f"chmod 700 {folder}")
    uses: dict[str, Path] = {}
    plain_files = []
    for path in files:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield bad(
                "modes",
                f"{path} can be read by others",
                f"chmod 600 {path}, and think about a new key.",
            )
        value = _json(path)
        uses[f"{path.parent.name}/{path.stem}"] = path
        if "seed" in value:
            plain_files.append(path.name)
    if "keys/log" not in uses:
        yield bad(
            "log key",
            f"there is none in {home.keys}",
            "Without it the node serves, and signs nothing. Bring the key file back.",
        )
    if plain_files:
        yield look(
            "keys",
            f"{len(plain_files)} in plain: {', '.join(plain_files)}",
            "Good for a trial. For a real ledger make sealed ones: whoever reads these can sign.",
        )
    elif files:
        yield good("keys", f"{len(files)} sealed key files")
    people = [path.stem for path in files if path.parent.name == "people"]
    if people:
        yield look(
            "people",
            f"keys of people lie here: {', '.join(people)}",
            "Hand each to its person, who keeps it elsewhere; then remove it here.",
        )


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(read_regular(path, 65_536))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def store(home: Home) -> Findings:
    """The lock, the log's head, its time, the newest final checkpoint."""
    runs = is_running(home)
    yield good("lock", "a node runs on this folder" if runs else "no node runs on it")
    path, head = store_file(home), head_of(home)
    if not path.exists():
        yield look("store", "there is none yet", f"relief serve --dir {home.folder}")
        return
    with closing(read_only_file(path)) as connection:
        clean = connection.execute("SELECT 1 FROM notes WHERE name = 'clean'").fetchone()
    yield good("store", f"{head.size:,} entries, batch {head.batch:,}, {clock(head.time)}")
    if not runs and clean is None:
        yield look(
            "last stop",
            "it was not a clean one",
            "The next start checks everything; it takes longer, and needs no help.",
        )
    now = int(time.time())
    if head.time > now + 60:
        yield bad(
            "clock", f"the last batch is of {clock(head.time)}, here it is {clock(now)}", SET_CLOCK
        )
    yield from _late(home, runs=runs)
    yield from _going_on(home, runs=runs)
    yield from _final(home, head.size, now)


def _late(home: Home, *, runs: bool) -> Findings:
    """Indexes of facts that a committed contract waits for (`nodes.refilling`)."""
    with LogBeside(home.data) as log, log.view() as view:
        left = owing(State(view)) if view.head().size else []
    if not left:
        return
    kept = [one for one in left if refill_file(home.data / "store", one.definition.id).exists()]
    found = f"{len(kept)} of {len(left)} that a committed contract waits for are worked out"
    if runs or len(kept) == len(left):
        yield good("late indexes", found)
        return
    fix = "Let the node run: it works them out, and makes no batch that needs them before."
    yield look("late indexes", found, fix)


def _going_on(home: Home, *, runs: bool) -> Findings:
    """Runs of contracts, which the node makes batches for by itself (`nodes.falling`)."""
    with LogBeside(home.data) as log, log.view() as view:
        count = open_runs(State(view)) if view.head().size else 0
    if not count:
        return
    found = f"{count} that contracts have opened are not over"
    if runs:
        yield good("runs", found)
        return
    yield look(
        "runs", found, "Let the node run: it goes on by itself. /readyz says what it waits for."
    )


def _final(home: Home, size: int, now: int) -> Findings:
    path = home.data / "heads.sqlite"
    note = None
    if path.exists():
        with closing(read_only_file(path)) as connection:
            note = connection.execute(
                "SELECT size, note FROM heads WHERE final = 1 ORDER BY size DESC LIMIT 1"
            ).fetchone()
    if note is None:
        if size:
            yield bad("finality", "no checkpoint is final", _COSIGN)
        return
    trust_file = _trust(home)
    text = f"{note[0]:,} of {size:,} entries are final"
    if trust_file is None:
        yield good("finality", text)
        return
    try:
        quorum = trust_file.quorum_of(trust_file.check_log(bytes(note[1]))[1])
    except (CheckError, FormatError) as error:
        yield bad(
            "finality",
            f"the final checkpoint is not so by {home.trust}: {error}",
            NEW_TRUST,
        )
        return
    age = now - quorum.time
    if size > note[0] and age > FINAL_OLD_S:
        yield bad("finality", f"{text}, since {clock(quorum.time)}", _COSIGN)
    else:
        yield good("finality", f"{text}, cosigned {clock(quorum.time)}")


_COSIGN: Final = "Are the mirrors and witnesses up? GET /freshness names who refused, and why."


def watermark(home: Home) -> Findings:
    """Whether it is known what the log key last signed, and the store is at least there."""
    path, size = home.keys / "watermark", head_of(home).size
    if not path.exists() and not (home.keys / "log.key").exists():
        return  # it signs nothing
    mark = Watermark(path, make=False)
    mark.close()
    try:
        check_known(mark, size=size, seen=newest_note(home))
        if mark.size > size:
            raise read_only("store_behind", mark=mark.size, size=size)
    except ReadOnly as error:
        fix = _BEHIND if error.reason == "store_behind" else _CONFIRM
        yield bad("watermark", f"the node is read-only: {error}", fix)
        return
    if mark.is_missing:
        yield good("watermark", "nothing was signed yet")
        return
    yield good("watermark", f"signed up to {mark.size:,}, the store holds {size:,}")


_BEHIND: Final = (
    "The store is from an older backup. Bring it up to what cosigners hold; the node signs "
    "nothing before."
)
_CONFIRM: Final = (
    "Ask the cosigners and readers for the newest checkpoint that they hold, stop the node, then: "
    "relief watermark --dir DIR --published SIZE"
)


def newest_note(home: Home) -> int:
    """The largest size of a note that the node has kept; 0 where there is none."""
    path = home.data / "heads.sqlite"
    if not path.exists():
        return 0
    with closing(read_only_file(path)) as connection:
        return int(connection.execute("SELECT COALESCE(MAX(size), 0) FROM heads").fetchone()[0])


def views(home: Home) -> Findings:
    """How far the views of the default place are behind the log."""
    path, size = home.data / "views.sqlite", head_of(home).size
    if not path.exists():
        return
    with closing(read_only_file(path)) as connection:
        row = connection.execute("SELECT size FROM position").fetchone()
    behind = size - (row[0] if row else 0)
    fix = f"They follow by themselves while the node runs; else relief rebuild --dir {home.folder}"
    if behind < 0:
        yield bad("views", f"{-behind:,} entries ahead of the log", fix)
    elif behind > BEHIND_MAX:
        yield look("views", f"{behind:,} entries behind the log", fix)
    else:
        yield good("views", f"{behind:,} entries behind the log")


def _trust(home: Home) -> TrustFile | None:
    try:
        return parse_trust(read_regular(home.trust, TRUST_MAX))
    except (OSError, ValueError):
        return None


def trust(home: Home) -> Findings:
    """Whether the trust file is whole, for the log's size, and about this node's log key."""
    try:
        found = parse_trust(read_regular(home.trust, TRUST_MAX))
    except FormatError as error:
        yield bad("trust file", f"{home.trust}: {error}", NEW_TRUST)
        return
    size = head_of(home).size
    for window in found.windows:
        if window.end is not None and size >= window.end:
            yield bad(
                "trust file",
                f"it is for sizes below {window.end:,}, the log has {size:,}",
                NEW_TRUST,
            )
            return
        if window.end is not None:
            yield look("trust file", f"it ends at size {window.end:,}", NEW_TRUST)
            return
    own = _json(home.keys / "log.key").get("public") if (home.keys / "log.key").exists() else None
    if own is not None and all(log.key.public.hex() != own for log in found.logs):
        yield bad("trust file", "it does not name this node's log key", NEW_TRUST)
        return
    yield good("trust file", f"logs: {len(found.logs)}, cosigners: {len(found.witnesses)}")


def waiting(home: Home) -> Findings:
    """Statements that nobody has entered yet."""
    left = sorted(path.name for path in home.founding.glob("*.dsse"))
    if left:
        yield look(
            "founding",
            f"not entered yet: {', '.join(left)}",
            f"relief serve --dir {home.folder}; they expire after six days.",
        )
    statements = list(Outbox(home.outbox).waiting())
    if statements:
        yield look(
            "outbox",
            f"{len(statements)} statements wait",
            f"relief submit --dir {home.folder} sends them; again is free.",
        )


def is_running(home: Home) -> bool:
    """Whether some process holds the store's lock; the lock is let go at once."""
    path = home.data / "store" / "lock"
    if not path.exists():
        return False
    number = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(number)
    return False


def store_file(home: Home) -> Path:
    """The log's own database."""
    return home.data / "store" / "ledger.sqlite"


def head_of(home: Home) -> Head:
    """Where the log stands on disk; an empty log's head where there is none."""
    if not store_file(home).exists():
        return Head("")
    with closing(read_only_file(store_file(home))) as connection:
        return read_head(connection)
