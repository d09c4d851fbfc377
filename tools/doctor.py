"""`relief doctor`: what could go wrong here, and what to do about each thing.

It looks, and changes nothing; it may run beside the node. First the machine, then with `--dir` the
folder of a ledger (`tools.checkup`), then, where a node runs or `--to` names one, what it says.

Exit status: 0 nothing is bad, 1 something is, 2 it could not look.
"""

import sqlite3
import time
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Final

from nodes.errors import StoreLost
from nodes.peers import Unreachable
from tools import checkup
from tools.checkup import BAD, GOOD, LOOK, SET_CLOCK, Finding, Findings, bad, good, look
from tools.console import FALSE, VERIFIED, Console, Stop, clock, plain
from tools.home import Home
from tools.sentences.telling import say, tell
from tools.submit import DEFAULT_URL, open_peer

OURS: Final = ("ledger", "contracts", "nodes", "api", "tools")
SQLITE_SAFE: Final = (3, 51, 3)
"""Before it, two connections that write or checkpoint at once are reported to corrupt a WAL."""
BUILT: Final = 1_764_547_200
"""2025-12-01: no clock that is right is before this."""
MARKS: Final = {GOOD: ("✔", "green"), LOOK: ("!", "yellow"), BAD: ("✖", "bold red")}
CHECKS: Final = (
    checkup.settings,
    checkup.keys,
    checkup.store,
    checkup.watermark,
    checkup.views,
    checkup.trust,
    checkup.waiting,
)


def doctor(console: Console, folder: Path | None, *, to: str) -> int:
    """Look at this machine, and at the ledger in `folder` where one is named."""
    findings = list(machine())
    if folder is not None:
        home = Home(folder)
        home.must_exist()
        for check in CHECKS:
            findings += _look(check, home)
    if to or (folder is not None and checkup.is_running(Home(folder))):
        findings += list(address(to or DEFAULT_URL))
    language = console.language
    told = [(tell(each.found, language), tell(each.fix, language)) for each in findings]
    for each, (found, fix) in zip(findings, told, strict=True):
        mark, style = MARKS[each.level]
        console.say(f"{mark} {tell(each.what, language)}: {plain(found)}", style)
        if fix:
            console.say(f"    {fix}")
    wrong = sum(each.level == BAD for each in findings)
    soft = sum(each.level == LOOK for each in findings)
    counts = "{} things looked at, {} bad, {} to think about."
    console.say(say(counts, language, len(findings), wrong, soft), "bold")
    console.result(
        {
            "bad": wrong,
            "findings": [
                {"level": each.level, "what": each.what, "found": found, "fix": fix}
                for each, (found, fix) in zip(findings, told, strict=True)
            ],
        }
    )
    return FALSE if wrong else VERIFIED


def _look(check: Callable[[Home], Findings], home: Home) -> list[Finding]:
    """What a check finds; a check that cannot look says so instead of ending the others."""
    try:
        return list(check(home))
    except (OSError, sqlite3.Error, StoreLost, ValueError) as error:
        fix = "Check the path, its owner and its disk."
        return [bad(check.__name__.replace("_", " "), f"cannot look: {error}", fix)]
    except Stop as error:
        return [bad(check.__name__.replace("_", " "), error.said, error.then)]


# --- the machine


def machine() -> Findings:
    """SQLite, packages, clock."""
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < SQLITE_SAFE:
        yield look(
            "SQLite",
            f"{version} is before 3.51.3: two connections that write at once may corrupt a WAL",
            "The node writes by one connection and is not affected. Open its files with no other "
            "program that writes; a Python built with SQLite 3.51.3 or later ends the question.",
        )
    else:
        yield good("SQLite", version)
    yield from packages()
    now = int(time.time())
    if now < BUILT:
        yield bad("clock", f"{clock(now)} is before this program was made", SET_CLOCK)
    else:
        yield good("clock", clock(now))


def packages() -> Findings:
    """Whether another distribution owns one of our folders: its removal would delete ours."""
    owners = packages_distributions()
    others = {
        name: sorted({one for one in owners.get(name, []) if one != "relief-ledger"})
        for name in OURS
    }
    taken = [f"{name} ({', '.join(names)})" for name, names in others.items() if names]
    if taken:
        yield bad(
            "packages",
            f"another distribution also owns {', '.join(taken)}",
            "Give relief-ledger an environment of its own: python -m venv, then install it alone.",
        )
    else:
        yield good("packages", "nobody else owns ledger, contracts, nodes, api, tools")


# --- the node from outside


def address(url: str) -> Findings:
    """What the node says of itself at its address."""
    with open_peer(url) as peer:
        for path in ("livez", "readyz", "freshness"):
            try:
                answer = peer.get(path)
            except Unreachable as error:
                yield bad(path, str(error), "Is it the right address? Give it with --to.")
                return
            level = GOOD if answer.status == 200 else BAD
            fix = "" if level == GOOD else "The answer says why; see docs/reference/api.md."
            yield Finding(level, path, answer.body[:200].decode("utf-8", "replace"), fix)
