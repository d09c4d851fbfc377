"""Notices: what `notify` says, kept for whoever it is for until their own programs fetch it.

A notice makes no entry and no statement. It is a row that every node works out alike, so that a
restart loses none and a replay tells none twice; whoever is told fetches it (`GET /v1/notices`) and
sends the mail or the message, if there is to be one. Rows of table `flags`:

    notices/{to}             {"n"}       how many there have been
    notice/{to}/{n, 12 digits}           {"code", "contract", "entry", "rule", "subject", "time"}

`n` counts from 1. The last `KEPT_MAX` of each recipient are kept, so that nobody who is told a lot
and never listens fills the state. A recipient longer than 128 bytes is `#` and its SHA-256.
Specification: `docs/spec/duties.md`, notices.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from contracts.duties.derived import Message
from ledger.book import Book
from ledger.state import State

TABLE: Final = "flags"
KEPT_MAX: Final = 1_024
"""Notices of one recipient that are kept, the newest ones."""
TO_MAX: Final = 128
"""Bytes of a recipient in a key."""


@dataclass(frozen=True, slots=True)
class Notice:
    """The `n`-th notice of a recipient. `entry`: of the cause; `rule`: hash, effect and item."""

    n: int
    code: str
    contract: str
    entry: int
    rule: str
    subject: str
    time: int


def _recipient(to: str) -> str:
    """How a recipient stands in a key."""
    raw = to.encode()
    return to if len(raw) <= TO_MAX else "#" + sha256(raw).hexdigest()


def notices_key(to: str) -> str:
    """Key of the row that counts a recipient's notices."""
    return f"notices/{_recipient(to)}"


def notice_key(to: str, n: int) -> str:
    """Key of the n-th notice of a recipient."""
    return f"notice/{_recipient(to)}/{n:012d}"


def count_of(state: State, to: str) -> int:
    """How many notices a recipient has had."""
    row = state.get(TABLE, notices_key(to))
    n = row["n"] if isinstance(row, dict) else 0
    assert isinstance(n, int)
    return n


def tell(book: Book, messages: Iterable[Message], *, entry: int) -> None:
    """Keep these messages, caused by the entry with this index."""
    for one in messages:
        n = count_of(book.state, one.to) + 1
        book.put(TABLE, notices_key(one.to), {"n": n})
        book.put(
            TABLE,
            notice_key(one.to, n),
            {
                "code": one.code,
                "contract": one.contract,
                "entry": entry,
                "rule": one.rule,
                "subject": one.subject,
                "time": book.time,
            },
        )
        if n > KEPT_MAX:
            book.put(TABLE, notice_key(one.to, n - KEPT_MAX), None)


def notices_of(state: State, to: str, after: int, limit: int) -> list[Notice]:
    """At most `limit` kept notices with a number beyond `after`, in their order."""
    last = count_of(state, to)
    first = max(after, last - KEPT_MAX, 0) + 1
    numbers = range(first, min(last, first + limit - 1) + 1)
    state.prefetch([(TABLE, notice_key(to, n)) for n in numbers])
    found: list[Notice] = []
    for n in numbers:
        row = state.get(TABLE, notice_key(to, n))
        assert isinstance(row, dict), (to, n)
        found.append(Notice(n, **row))  # type: ignore[arg-type]
    return found
