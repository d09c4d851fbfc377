"""Flags that contracts set: rows of table `flags` that others may read.

    flag/{flag}/{subject}    {"contract", "entry", "time"}    there while the flag is on
    flagged/{subject}        [flag ..], sorted                there while one is: record `flags`

The last word counts, whichever contract says it; a 65th flag on one subject is not set.
A key longer than 192 bytes is `flag/#{SHA-256 of flag/subject}`, `flagged/#{SHA-256 of subject}`.
Specification: `docs/spec/duties.md`, flags.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from contracts.catalogue.records import FLAGS_MAX, flagged_key, flags_on
from contracts.duties.derived import Mark
from ledger.book import Book
from ledger.canon import Value
from ledger.state import State

TABLE: Final = "flags"
KEY_MAX: Final = 192


def flag_key(flag: str, subject: str) -> str:
    """Key of a flag's row."""
    key = f"flag/{flag}/{subject}"
    if len(key.encode()) <= KEY_MAX:
        return key
    return "flag/#" + sha256(f"{flag}/{subject}".encode()).hexdigest()


def is_flagged(state: State, flag: str, subject: str) -> bool:
    """Whether the flag is on for the subject."""
    return state.get(TABLE, flag_key(flag, subject)) is not None


def set_marks(book: Book, contract: str, marks: Iterable[Mark]) -> None:
    """Set and take away flags for the contract with this id, in the entry of `book`."""
    for mark in marks:
        key = flag_key(mark.flag, mark.subject)
        if mark.on == is_flagged(book.state, mark.flag, mark.subject):
            continue
        others = [flag for flag in flags_on(book.state, mark.subject) if flag != mark.flag]
        if mark.on and len(others) == FLAGS_MAX:
            continue
        row: Value = {"contract": contract, "entry": book.index, "time": book.time}
        book.put(TABLE, key, row if mark.on else None)
        now = sorted([*others, mark.flag] if mark.on else others)
        book.put(TABLE, flagged_key(mark.subject), list[Value](now) or None)
