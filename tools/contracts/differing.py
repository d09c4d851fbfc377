"""`relief contract diff`: what changed between two contracts, and what that would have changed.

Every field that differs, by its path; the lanes that the new one could go by; and, with `--dir`,
the first statements of the log that the two judge otherwise.

Exit status: 0 they are the same; 1 they differ; 2 one of them could not be read.
"""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from contracts.adoption.lanes import check_lane
from contracts.documents.compiled import Contract
from contracts.documents.verdict import Verdict
from contracts.simulating.simulation import flips_between
from contracts.simulating.tape import Look, Seen, Taped, alike
from ledger.adoptions import Standing, Version
from ledger.canon import Value
from ledger.errors import Refused
from tools.console import FALSE, VERIFIED, Console, Stop, plain
from tools.contracts.asking_words import word
from tools.contracts.checking import show
from tools.contracts.contract_words import word as outcome_word
from tools.contracts.opening import open_contract, read_file
from tools.contracts.simulating import NotValid, ask, ask_tape, log_of
from tools.home import Home

LANES: Final = ("params", "emergency", "full")
FLIPS_MAX: Final = 5
SHOWN_MAX: Final = 80

Change = tuple[str, Value | None, Value | None]
"""(path, old, new); None where there is none."""


def diff(console: Console, old: Path, new: Path, *, folder: Path | None, scope: str) -> int:
    """Compare two contract files."""
    language = console.language
    before, after = _open(console, old), _open(console, new)
    if before.id != after.id:
        raise Stop(word("another id", language, old=before.id, new=after.id))
    found = list(changes(dict(before.document.value), dict(after.document.value)))
    for path, was, now in found:
        name = "added" if was is None else "removed" if now is None else "changed"
        line = word(name, language, path=path, old=_short(was), new=_short(now))
        console.say(plain(line))
    result: dict[str, Any] = {
        "changes": [
            {"path": path, **({} if was is None else {"old": was}),
             **({} if now is None else {"new": now})}
            for path, was, now in found
        ],
        "new": after.hash,
        "old": before.hash,
        "same": not found,
    }  # fmt: skip
    if not found:
        console.say(word("same", language), "bold green")
        console.result(result)
        return VERIFIED
    lanes = lanes_of(before, after)
    shown = ", ".join(word(f"lane {lane}", language) for lane in lanes)
    console.say(word("lanes", language, lanes=shown), "bold")
    result["lanes"] = list(lanes)
    if folder is not None:
        try:
            result["flips"] = _flips(console, old, new, folder, scope)
        except NotValid:
            result["valid"] = False
    console.result(result)
    return FALSE


def _open(console: Console, path: Path) -> Contract:
    opened = open_contract(read_file(path), console.language)
    if opened.contract is None:
        for number, one in enumerate(opened.remarks, 1):
            show(console, number, one)
        said = word("refused", console.language, text=plain(str(path)))
        raise Stop(said, word("check first", console.language))
    return opened.contract


def changes(old: Value, new: Value, path: str = "") -> Iterator[Change]:
    """What differs, field by field; lists whose elements have an `id` or `name` by that.

    >>> list(changes({"a": 1, "b": {"c": 2}}, {"b": {"c": 3}}))
    [('a', 1, None), ('b.c', 2, 3)]
    """
    if old == new and type(old) is type(new):
        return
    mine, theirs = _named(old), _named(new)
    if mine is None or theirs is None:
        yield path, old, new
        return
    for name in dict.fromkeys((*mine, *theirs)):
        inner = f"{path}.{name}" if path else name
        if name not in theirs:
            yield inner, mine[name], None
        elif name not in mine:
            yield inner, None, theirs[name]
        else:
            yield from changes(mine[name], theirs[name], inner)


def _named(value: Value) -> dict[str, Value] | None:
    if isinstance(value, dict):
        return value
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return None
    for key in ("id", "name"):
        names = [str(one[key]) for one in value if isinstance(one, dict) and key in one]
        if len(names) == len(value) == len(set(names)):
            return dict(zip(names, value, strict=True))
    return None


def lanes_of(old: Contract, new: Contract) -> tuple[str, ...]:
    """The lanes that a new version could go by, where the old one is in force in the same terms."""
    version = Version(
        hash=old.hash, version=old.document.version, kind=old.document.kind,
        kinds=old.document.kinds, causes=old.causes, currency="", minor=0, mode="enforce",
        lane="full", owner="", proposal="", entry=0, not_before=0,
    )  # fmt: skip
    standing = Standing(old.id, "consortium", last=old.document.version, now=version)
    found = []
    for lane in LANES:
        try:
            check_lane(lane, standing, ("enforce", "", None), new, old)
        except Refused:
            continue
        found.append(lane)
    return tuple(found)


def _flips(
    console: Console, old: Path, new: Path, folder: Path, scope: str
) -> list[dict[str, Any]]:
    language = console.language
    home = Home(folder)
    home.must_exist()
    with log_of(console, home) as log:
        with log.view() as view:
            before, after = ask(console, view, old, scope), ask(console, view, new, scope)
        if not alike(before.contract, after.contract):
            console.say(word("not compared", language))
            return []

        def work(tape: Taped, tick: Callable[[int], None]) -> list[dict[str, Any]]:
            flips = flips_between(tape, before.contract, after.contract, on_entry=tick)
            return [_flip(*one) for one in islice(flips, FLIPS_MAX)]

        shown = ask_tape(console, home, log, before, work)
    for one in shown:
        line = word("flips between", language, entry=f"{one['entry']:,}", kind=one["kind"],
                    before=outcome_word(one["before"], language),
                    after=outcome_word(one["after"], language))  # fmt: skip
        console.say(plain(line))
    if not shown:
        console.say(word("no flip", language))
    return shown


def _flip(seen: Seen, _: Look, was: Verdict, now: Verdict) -> dict[str, Any]:
    before, after = (str(one.outcome) if one.applies else "skip" for one in (was, now))
    return {"after": after, "before": before, "entry": seen.entry, "kind": seen.kind}


def _short(value: Value | None) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_MAX else f"{text[: SHOWN_MAX - 1]}…"
