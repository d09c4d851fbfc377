"""Flags that contracts set: rows of table `flags` that others may read.

    flag/{flag}/{subject}    {"contract", "entry", "time"}    there while the flag is on

The last word counts, whichever contract says it. A key longer than 192 bytes is
`flag/#{SHA-256 of flag/subject}`. Specification: `docs/spec/duties.md`, flags.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from contracts.duties.derived import Mark
from ledger.book import Book
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
        if not mark.on:
            book.put(TABLE, key, None)
        elif book.state.get(TABLE, key) is None:
            book.put(TABLE, key, {"contract": contract, "entry": book.index, "time": book.time})
