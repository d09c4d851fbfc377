"""`approval.give`, `approval.refuse`: a held authorisation is approved, or is not.

Who may say so stands in the hold: a role, at its places, and none of the organisations that it
bars. Each person says it once, the author of what is held never. An approval that completes what is
wanted posts the held statement, and its effects stand in this entry; one refusal ends the hold.
Rules: `docs/spec/kinds-approvals.md`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ledger import holds
from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.kinds import Kind, Nature, Reference
from ledger.members import ANYWHERE, Signers
from ledger.shape import Evidence, Hash, Slug
from ledger.state import Pair


@dataclass(frozen=True, slots=True)
class Give:
    """Body of `approval.give`: the author of this statement approves `held`."""

    held: Hash
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """Body of `approval.refuse`: it is not to be."""

    held: Hash
    reason: Slug
    evidence: Evidence | None = None


def _named(body: Give | Refuse) -> tuple[Reference]:
    return (Reference("body.held", holds.TABLE, body.held),)


def _reads(statement: StatementId, body: Give | Refuse) -> Iterator[Pair]:
    yield "legs", holds.hold_key(body.held)


def _authority(book: Book, signers: Signers, body: Give | Refuse) -> None:
    hold = holds.find_hold(book.state, body.held)
    assert hold is not None
    for place in hold.wants.places or (ANYWHERE,):
        signers.need(*hold.wants.roles, place=place)
    if signers.author.member in hold.wants.barred:
        raise Refused(
            Code.NO_AUTHORITY,
            "author",
            actor=signers.author.id,
            wanted="an organisation that is no party to it",
        )


def _give(book: Book, body: Give) -> None:
    assert book.signers is not None
    holds.give(book, body.held, book.signers.author)


def _refuse(book: Book, body: Refuse) -> None:
    holds.refuse(book, body.held)


def _lapse(book: Book, key: str, leg: Mapping[str, Value]) -> None:
    holds.expire(book, key)


KINDS = (
    Kind(
        name=holds.GIVE,
        nature=Nature.AUTHORISATION,
        body=Give,
        authority=_authority,
        apply=_give,
        references=_named,
        reads=_reads,
        lapse=_lapse,
    ),
    Kind(
        name="approval.refuse",
        nature=Nature.AUTHORISATION,
        body=Refuse,
        authority=_authority,
        apply=_refuse,
        references=_named,
        reads=_reads,
    ),
)
