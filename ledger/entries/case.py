"""`case.open`, `.assign`, `.respond`, `.decide`, `.appeal`, `.close`: something may be wrong.

    open -> assigned -> decided -> closed
              ^            |
              +- decided <-+- appealed

Anybody who may sign opens a case. Whoever belongs to one of its subjects answers in it, and neither
assigns, decides nor closes it; who decides an appeal is another person than before. The log has
class, subjects and counters; what people write is sealed. A case moves nothing by itself: what it
finds is put right by a correction, what it holds up is a contract's to say.
Rules: `docs/spec/kinds-cases.md`.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from ledger.book import Book
from ledger.canon import Value
from ledger.cases import (
    APPEALED,
    ASSIGNED,
    DECIDED,
    OPEN,
    SENSITIVE,
    SUBJECTS_MAX,
    TABLE,
    Subject,
    case_subject,
    close_case,
    find_case,
    members_inside,
    open_case,
)
from ledger.codes import Code
from ledger.errors import Refused
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Signers
from ledger.shape import Evidence, Hash, Length, Seconds, Slug


@dataclass(frozen=True, slots=True)
class OpenSeals:
    """The sealed fields of `case.open` 1: what is told, and how to reach who tells it."""

    contact: Hash
    words: Hash


@dataclass(frozen=True, slots=True)
class WordSeals:
    """The sealed field of the other kinds of a case: what is said."""

    words: Hash


@dataclass(frozen=True, slots=True)
class Open:
    """Body of `case.open`; of a sensitive class nothing but the class is public."""

    class_: Slug
    subjects: Annotated[tuple[Subject, ...], Length(0, SUBJECTS_MAX)]
    due: Seconds | None = None
    evidence: Evidence | None = None
    seals: OpenSeals | None = None

    def __post_init__(self) -> None:
        if len(self.subjects) != len(dict.fromkeys(self.subjects)):
            raise Refused(Code.MALFORMED, "body.subjects", wanted="each subject once")
        if self.class_ in SENSITIVE and (self.subjects or self.evidence is not None):
            wanted = "no subject and no evidence where the class is sensitive"
            raise Refused(Code.MALFORMED, "body.subjects", wanted=wanted)


@dataclass(frozen=True, slots=True)
class Assign:
    """Body of `case.assign`: this member looks into it, until `due` (seconds)."""

    case: Hash
    due: Seconds
    organisation: Slug


@dataclass(frozen=True, slots=True)
class Respond:
    """Body of `case.respond`: a subject, or who looks into it, says something; it is sealed."""

    case: Hash
    evidence: Evidence | None = None
    seals: WordSeals | None = None


@dataclass(frozen=True, slots=True)
class Decide:
    """Body of `case.decide`; `measure`: what is to be done, as a code."""

    case: Hash
    finding: Literal["upheld", "partly", "rejected"]
    evidence: Evidence | None = None
    measure: Slug | None = None
    seals: WordSeals | None = None


@dataclass(frozen=True, slots=True)
class Appeal:
    """Body of `case.appeal`: the decision is to be looked at again."""

    case: Hash
    evidence: Evidence | None = None
    seals: WordSeals | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """Body of `case.close`: it is over, decided or withdrawn."""

    case: Hash
    reason: Slug


Later = Assign | Respond | Decide | Appeal | Close


def _named(body: Later) -> tuple[Reference]:
    return (Reference("body.case", TABLE, body.case),)


def _assign_named(body: Assign) -> tuple[Reference, Reference]:
    return (*_named(body), Reference("body.organisation", "members", body.organisation))


# ---- who ----------------------------------------------------------------------------------------


def _anybody(book: Book, signers: Signers, body: Open | Appeal) -> None:
    """Nobody needs a role to say that something is wrong."""


def _outside(book: Book, signers: Signers, case: str) -> None:
    """Nobody who signs belongs to a subject of the case, else `no_authority`."""
    row = find_case(book.state, case)
    inside = [] if row is None else members_inside(book, row)
    for actor in signers.all:
        if actor.member in inside:
            raise Refused(Code.NO_AUTHORITY, "author", actor=actor.id, key=case_subject(case))


def _may_assign(book: Book, signers: Signers, body: Assign) -> None:
    signers.need("officer")
    _outside(book, signers, body.case)
    row = find_case(book.state, body.case)
    if row is not None and body.organisation in members_inside(book, row):
        raise Refused(Code.NO_AUTHORITY, "body.organisation", actor=body.organisation)


def _may_respond(book: Book, signers: Signers, body: Respond) -> None:
    row = find_case(book.state, body.case)
    if row is None:
        return
    if signers.author.member not in (row.get("assigned"), *members_inside(book, row)):
        raise Refused(
            Code.NO_AUTHORITY, "author", actor=signers.author.id, key=case_subject(body.case)
        )


def _may_decide(book: Book, signers: Signers, body: Decide) -> None:
    signers.need("decider")
    _outside(book, signers, body.case)


def _may_close(book: Book, signers: Signers, body: Close) -> None:
    signers.need("officer", "decider")
    _outside(book, signers, body.case)


# ---- law ----------------------------------------------------------------------------------------


def _open(book: Book, body: Open) -> None:
    open_case(book, body.class_, body.subjects, body.due)


def _in(book: Book, case: str, *states: str) -> dict[str, Value] | None:
    """The case if it is in one of these states; else a breach (a refusal of an authorisation)."""
    key = case_subject(case)
    row = find_case(book.state, case)
    if row is None:
        book.deny(Code.UNKNOWN_REFERENCE, key)
        return None
    book.touch(key)
    if row["state"] not in states:
        book.deny(Code.NOT_OPEN, key)
        return None
    return row


def _assign(book: Book, body: Assign) -> None:
    row = _in(book, body.case, OPEN, ASSIGNED, APPEALED)
    if row is None:
        return
    if book.row("members", body.organisation) is None:
        book.breach(Code.UNKNOWN_REFERENCE, body.organisation, 0)
        return
    # An appeal stays one, whoever looks into it: it is decided by another person.
    state = APPEALED if row["state"] == APPEALED else ASSIGNED
    more: dict[str, Value] = {"assigned": body.organisation, "due": body.due, "state": state}
    book.put(TABLE, body.case, {**row, **more})


def _respond(book: Book, body: Respond) -> None:
    row = _in(book, body.case, OPEN, ASSIGNED, DECIDED, APPEALED)
    if row is not None:
        responses = row["responses"]
        assert isinstance(responses, int)
        book.put(TABLE, body.case, {**row, "responses": responses + 1})


def _decide(book: Book, body: Decide) -> None:
    row = _in(book, body.case, OPEN, ASSIGNED, APPEALED)
    assert row is not None and book.signers is not None
    decider = book.signers.author
    if row["state"] == APPEALED and row["decided"] == [decider.member, decider.person]:
        raise Refused(Code.SAME_PERSON, "author", actor=decider.id, role="decider")
    found = {name: value for name, value in row.items() if name != "measure"}
    found |= {
        "decided": [decider.member, decider.person],
        "state": DECIDED,
        "finding": body.finding,
    }
    if body.measure is not None:
        found["measure"] = body.measure
    book.put(TABLE, body.case, found)


def _appeal(book: Book, body: Appeal) -> None:
    row = _in(book, body.case, DECIDED)
    if row is not None:
        appeals = row["appeals"]
        assert isinstance(appeals, int)
        book.put(TABLE, body.case, {**row, "appeals": appeals + 1, "state": APPEALED})


def _close(book: Book, body: Close) -> None:
    row = _in(book, body.case, OPEN, ASSIGNED, DECIDED)
    if row is None:
        return
    due = row.get("due")
    if isinstance(due, int) and book.time > due:
        book.breach(Code.LATE, case_subject(body.case), book.time - due)
    close_case(book, body.case, row)


KINDS = (
    Kind("case.open", Nature.ATTESTATION, Open, _anybody, _open),
    Kind("case.assign", Nature.ATTESTATION, Assign, _may_assign, _assign, references=_assign_named),
    Kind("case.respond", Nature.ATTESTATION, Respond, _may_respond, _respond, references=_named),
    Kind("case.decide", Nature.AUTHORISATION, Decide, _may_decide, _decide, references=_named),
    Kind("case.appeal", Nature.ATTESTATION, Appeal, _anybody, _appeal, references=_named),
    Kind("case.close", Nature.ATTESTATION, Close, _may_close, _close, references=_named),
)
