"""A statement as it is judged: its typed body, the book after its law, who stands behind it.

A gate is judged when the law of the kind has been tried on the book, so the figures of the state
are those that would be left: a floor is a floor afterwards.

`at` is the batch time of an authorisation; of a fact it is `occurred_at`, at most 30 days back.
Specification: `docs/spec/facts.md`, the judged view.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ledger.book import Book
from ledger.canon import Value
from ledger.entry import AutoEntry, StatementEntry, parse_entry
from ledger.envelope import StatementId
from ledger.holds import Person, person_of
from ledger.kinds import Nature, all_kinds
from ledger.members import Actor
from ledger.shape import parse
from ledger.state import State

OCCURRED_BACK_S: Final = 30 * 86_400
"""A fact is judged as of an instant at most so long before its batch."""
APPROVALS_MAX: Final = 8
"""Approvals that a view shows: the first ones, each person once."""

B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Judged:
    """One statement of `kind` before the contracts.

    `book` after its law; `body` typed; `at` in seconds; `auto`: a contract caused it; `cause` names
    what caused it, "" where a person did. `initiator` is its author. `approvals`: of a fact all who
    co-signed; of what was held, those who count. Of any other authorisation `cosigners`, of whom
    its views show those that approve it (`contracts.catalogue.approving`).
    """

    book: Book
    kind: str
    body: Any
    at: int
    auto: bool = False
    cause: str = ""
    initiator: Person = ("", "")
    approvals: tuple[Person, ...] = ()
    cosigners: tuple[Actor, ...] = ()

    @property
    def state(self) -> State:
        """The rows as they would be."""
        return self.book.state

    def row(self, table: str, key: str) -> dict[str, Value] | None:
        """A row whose value is an object; None where there is none."""
        return self.book.row(table, key)


def judged(
    book: Book,
    kind: str,
    body: Any,
    *,
    at: int,
    auto: bool = False,
    cause: str = "",
    initiator: Person | None = None,
    approvals: Sequence[Person] | None = None,
) -> Judged:
    """The statement of `book`; its people are its signers unless a hold names them."""
    signers = book.signers
    if initiator is None:
        initiator = ("", "") if signers is None else person_of(signers.author)
    cosigners = () if signers is None or approvals is not None else signers.cosigners
    if book.attested:
        # It has happened: whoever was there may say so.
        approvals, cosigners = [person_of(one) for one in cosigners], ()
    people = tuple(dict.fromkeys(approvals or ()))
    return Judged(book, kind, body, at, auto, cause, initiator, people, cosigners)


def instant(nature: Nature, *, time: int, occurred_at: int) -> int:
    """The instant at which a statement counts: batch `time`, of a fact when it happened.

    >>> instant(Nature.ATTESTATION, time=10_000_000, occurred_at=0)
    7408000
    """
    if nature is Nature.AUTHORISATION:
        return time
    return max(0, min(time, max(occurred_at, time - OCCURRED_BACK_S)))


def person_name(person: Person) -> str:
    """`organisation/person`; "" where nobody signed."""
    member, code = person
    return f"{member}/{code}" if member else ""


def approval_of(person: Person) -> dict[str, Value]:
    """A person as record `approval`."""
    return {"by": person_name(person), "org": person[0]}


def approval_values(persons: Sequence[Person]) -> list[Value]:
    """People as field `approvals`."""
    return [approval_of(one) for one in persons[:APPROVALS_MAX]]


def common(it: Judged) -> dict[str, Value]:
    """The fields of every view."""
    evidence = getattr(it.body, "evidence", None)
    return {
        "approvals": approval_values(it.approvals),
        "at": it.at,
        "author": person_name(it.initiator),
        "auto": it.auto,
        "cause": it.cause,
        "evidence": len(evidence or ()),
        "initiator": approval_of(it.initiator),
        "org": it.initiator[0],
        "reason": str(getattr(it.body, "reason", None) or ""),
        "recorded": it.book.time,
        "statement": it.book.statement,
    }


COMMON: Final[Mapping[str, str]] = {
    "approvals": f"list<approval>({APPROVALS_MAX})",
    "at": "time",
    "author": "str<person>",
    "auto": "bool",
    "cause": "str",
    "evidence": "int(0..16)",
    "initiator": "approval",
    "org": "str<org>",
    "reason": "str<reason>",
    "recorded": "time",
    "statement": "str<statement>",
}
"""Their declared types."""


def body_of(book: Book, statement: str, kind: type[B]) -> B | None:
    """The body of an earlier statement, where it is of this type; for a leg that a correction
    opened, of the replacement that opened it. None where there is none."""
    logged = book.logged(StatementId(statement)) if statement else None
    if logged is None:
        return None
    entry = parse_entry(logged[1])
    if isinstance(entry, StatementEntry):
        name, version, body = entry.statement.kind, entry.statement.v, entry.statement.body
    elif isinstance(entry, AutoEntry):
        name, version, body = entry.kind, entry.v, dict(entry.body)
    else:
        return None
    found = all_kinds().get((name, version))
    if found is None:
        return None
    typed, _ = parse(found.body, body)
    for one in (typed, *(part.body for part in getattr(typed, "replacements", ()))):
        if isinstance(one, kind):
            return one
    return None
