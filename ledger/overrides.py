"""Overrides: a commander broke the glass over one rule of a contract, for one thing to be done.

Rows of table `flags`:

    override/{digest}/{contract}/{rule}   {"case", "entry", "for", "reason", "time", "until"}
                                          and, once it has served, "used" (statement)

`digest` is that of what was refused or held, its kind, version and body, so that the same thing,
signed again, is let through: once, and only while batch time < `until`. Law of the book is never
overridden. Whoever judges contracts asks `find_override`, and says `use_override` when it served.
Rules: `docs/spec/kinds-approvals.md`.
"""

from collections.abc import Mapping
from hashlib import sha256

from ledger.book import Book
from ledger.canon import Value, encode
from ledger.envelope import Statement
from ledger.holds import POSTED, end_wait, find_hold
from ledger.state import State

TABLE = "flags"

OVERRIDE_S = 72 * 3_600
"""An override serves for so long, and is to be reviewed within it."""


def digest_of(statement: Statement) -> str:
    """The digest, in hex, of what a statement asks for, whoever signs it and when."""
    value: Value = {"body": statement.body, "kind": statement.kind, "v": statement.v}
    return sha256(b"relief/override/v1\x00" + encode(value)).hexdigest()


def override_key(digest: str, rule: str) -> str:
    """Key of an override; `rule` is `contract/rule`."""
    return f"override/{digest}/{rule}"


def find_override(state: State, statement: Statement, rule: str, time: int) -> str:
    """Key of the override that lets `statement` pass `rule` at `time`; "" where there is none."""
    key = override_key(digest_of(statement), rule)
    row = state.get(TABLE, key)
    return key if isinstance(row, dict) and serves(state, row, time) else ""


def serves(state: State, row: Mapping[str, Value], time: int) -> bool:
    """Whether an override has not served yet, its time is not over, and what it was for has not
    been posted meanwhile: that is done, and would be done twice."""
    until, hold = row["until"], find_hold(state, str(row["for"]))
    assert isinstance(until, int)
    return "used" not in row and time < until and (hold is None or hold.state != POSTED)


def use_override(book: Book, key: str) -> None:
    """This statement passed a rule because of the override at `key`: it serves once, and what it
    was for, where that was held, waits no more."""
    row = book.row(TABLE, key)
    assert row is not None and serves(book.state, row, book.time), key
    book.put(TABLE, key, {**row, "used": book.statement})
    end_wait(book, str(row["for"]))
