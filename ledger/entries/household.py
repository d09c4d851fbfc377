"""`household.enrol`, `household.retire`: who takes part in a programme, known by a random tag.

The tag is 128 random bits for one programme; who lives there is in a vault, and the entry holds
seals only. `persons` is 1 to 15, where 15 says 15 or more. The dedupe tag is keyed, so that members
can see that one household is enrolled twice without knowing which.

A retired household keeps its row and may be given nothing more; its tag is never used again.
Rules: `docs/spec/kinds-goods.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers
from ledger.shape import Evidence, Hash, HouseholdTag, Range, Slug
from ledger.state import Pair

Persons = Annotated[int, Range(1, 15)]
"""Persons of a household; 15 stands for 15 or more."""


@dataclass(frozen=True, slots=True)
class Seals:
    """The sealed fields of `household.enrol` 1 (`docs/spec/disclosure.md`)."""

    address: Hash
    document: Hash
    name: Hash
    phone: Hash


@dataclass(frozen=True, slots=True)
class Enrol:
    """Body of `household.enrol`. `area`: at least 1,000 people live there."""

    area: Slug
    bank_verified: bool
    persons: Persons
    programme: Slug
    seals: Seals
    tag: HouseholdTag
    dedupe: Hash | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Retire:
    """Body of `household.retire`: it takes part no longer (moved away, enrolled twice ..)."""

    reason: Slug
    tag: HouseholdTag
    evidence: Evidence | None = None


def _named(body: Enrol) -> Iterator[Reference]:
    yield Reference("body.area", "catalogue", f"area/{body.area}")
    yield Reference("body.programme", "catalogue", f"programme/{body.programme}")


def _reads(statement: StatementId, body: Enrol) -> Iterator[Pair]:
    yield "households", body.tag


def _authority(book: Book, signers: Signers, body: Enrol) -> None:
    place = Place(area=body.area)
    signers.need("registrar", place=place)
    signers.need_second("approver", place=place)


def _enrol(book: Book, body: Enrol) -> None:
    if book.state.get("households", body.tag) is not None:
        raise Refused(Code.ALREADY_EXISTS, "body.tag", key=body.tag)
    programme = book.row("catalogue", f"programme/{body.programme}")
    assert programme is not None
    end = programme["to"]
    assert isinstance(end, int)
    if book.time >= end:
        raise Refused(Code.NOT_ELIGIBLE, "body.programme", key=body.programme, high=end)
    row: dict[str, Value] = {
        "area": body.area,
        "bank_verified": body.bank_verified,
        "persons": body.persons,
        "programme": body.programme,
        "statement": book.statement,
    }
    if body.dedupe is not None:
        row["dedupe"] = body.dedupe
    book.put("households", body.tag, row)


def _retired(body: Retire) -> tuple[Reference]:
    return (Reference("body.tag", "households", body.tag),)


def _may_retire(book: Book, signers: Signers, body: Retire) -> None:
    row = book.row("households", body.tag)
    place = Place(area="" if row is None else str(row["area"]))
    signers.need("registrar", place=place)
    signers.need_second("approver", place=place)


def _retire(book: Book, body: Retire) -> None:
    row = book.row("households", body.tag)
    # The correction of which this is a part may have undone the enrolment.
    if row is None or not is_eligible(row):
        raise Refused(Code.NOT_OPEN, "body.tag", key=body.tag)
    book.put("households", body.tag, {**row, "retired": book.statement})


def is_eligible(row: dict[str, Value] | None) -> bool:
    """Whether the row of a household may be given aid: enrolled and not retired."""
    return row is not None and "retired" not in row


KINDS = (
    Kind(
        name="household.enrol",
        nature=Nature.AUTHORISATION,
        body=Enrol,
        authority=_authority,
        apply=_enrol,
        references=_named,
        reads=_reads,
    ),
    Kind(
        name="household.retire",
        nature=Nature.AUTHORISATION,
        body=Retire,
        authority=_may_retire,
        apply=_retire,
        references=_retired,
    ),
)
