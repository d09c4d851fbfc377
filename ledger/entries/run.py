"""`run.pause`, `run.resume`, `run.end`: people stop what a contract does, or let it go on.

A trigger that goes through a list pays some thousand households over many batches. Any two members
pause it at once, without a vote: nothing is undone, and what is not done yet waits. To let it go
on, or to end it for good, takes two members too, the author with a role that answers for money.
Rules: `docs/spec/duties.md`, runs.
"""

from dataclasses import dataclass, replace
from typing import Annotated

from ledger.book import Book
from ledger.codes import Code
from ledger.errors import Refused
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Signers
from ledger.runs import ENDED, PAUSED, RUNNING, TABLE, Run, find_run, run_key
from ledger.shape import Evidence, Pattern, Slug

RunId = Annotated[
    str, Pattern("[0-9]{12}/[0-9a-f]{64}", 77, "run {cause, 12 digits}/{contract hash}")
]
ROLES = ("admin", "approver", "commander", "fund-owner")
"""Who may let a run go on, or end it."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Body of `run.pause`: it stops before its next item."""

    reason: Slug
    run: RunId
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """Body of `run.resume`: it goes on where it stopped."""

    reason: Slug
    run: RunId
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class End:
    """Body of `run.end`: it is over; the items that were not done are not done by it."""

    reason: Slug
    run: RunId
    evidence: Evidence | None = None


Said = Pause | Resume | End


def _named(body: Said) -> tuple[Reference]:
    return (Reference("body.run", TABLE, run_key(body.run)),)


def _need_two_members(signers: Signers) -> None:
    if all(actor.member == signers.author.member for actor in signers.cosigners):
        raise Refused(
            Code.NO_AUTHORITY, "cosigners", actor=signers.author.id, wanted="another member"
        )


def _may_pause(book: Book, signers: Signers, body: Pause) -> None:
    _need_two_members(signers)


def _may_decide(book: Book, signers: Signers, body: Resume | End) -> None:
    signers.need(*ROLES)
    _need_two_members(signers)


def _in(book: Book, body: Said, *states: str) -> Run:
    run = find_run(book.state, body.run)
    assert run is not None, "references were checked"
    if run.state not in states:
        raise Refused(Code.NOT_OPEN, "body.run", key=body.run)
    book.touch(f"contract/{run.name}")
    return run


def _pause(book: Book, body: Pause) -> None:
    replace(_in(book, body, RUNNING), state=PAUSED, why="members").put(book.state)


def _resume(book: Book, body: Resume) -> None:
    replace(_in(book, body, PAUSED), state=RUNNING, why="").put(book.state)


def _end(book: Book, body: End) -> None:
    run = _in(book, body, RUNNING, PAUSED)
    replace(run, state=ENDED, why="members", closed=book.time).put(book.state)


KINDS = (
    Kind("run.pause", Nature.AUTHORISATION, Pause, _may_pause, _pause, references=_named),
    Kind("run.resume", Nature.AUTHORISATION, Resume, _may_decide, _resume, references=_named),
    Kind("run.end", Nature.AUTHORISATION, End, _may_decide, _end, references=_named),
)
