"""`fund.allocate`, `.deallocate`, `.cover`: money set aside for a purpose, and shortfalls closed.

Allocating moves no money out: it says what free money is for, so that it cannot be promised twice.
A purpose `auto-{contract}` sets it aside for that contract to pay out (`ledger.money.allotment`).
What entitlements promise to households of it is not released before their window ends.
A cover is the owner's own money: it closes a shortfall, and only what is beyond it becomes new
money of the line. Rules: `docs/spec/kinds-money.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.book import Book
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers
from ledger.money.allotment import is_allotment
from ledger.money.draws import (
    Drawn,
    Draws,
    check_none_short,
    draw_reads,
    draw_references,
    find_draws,
)
from ledger.money.earmark import FREE, find_line, fund_of, programme_of
from ledger.money.funds import put_back, settle, take
from ledger.money.rights import check_promised
from ledger.shape import Evidence, Hash, LineId, Moved, Slug
from ledger.state import Pair

SECOND_ROLES = ("fund-owner", "treasurer", "approver")
"""Who may be the second key of a cover."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """Body of `fund.allocate` and `.deallocate`: money of these draws is for `purpose`, or not."""

    draws: Draws
    programme: Slug
    purpose: Slug


@dataclass(frozen=True, slots=True)
class Cover:
    """Body of `fund.cover`: the owner paid `amount` minor units in to close a shortfall.

    `reference` is the HMAC tag, under the fund's reference key, of what the bank calls it.
    """

    amount: Moved
    line: LineId
    reference: Hash
    evidence: Evidence | None = None


def _named(body: Allocation) -> Iterator[Reference]:
    yield from draw_references(body.draws)
    yield Reference("body.programme", "catalogue", f"programme/{body.programme}")


def _need_owner(book: Book, signers: Signers, line: str) -> None:
    signers.need("fund-owner", place=Place(fund=fund_of(line)))
    found = find_line(book.state, line)
    if found is not None and found.owner != signers.author.member:
        raise Refused(
            Code.NO_AUTHORITY,
            "author",
            actor=signers.author.id,
            role="fund-owner",
            key=f"line/{line}",
        )


def _may_allocate(book: Book, signers: Signers, body: Allocation) -> None:
    for draw in body.draws:
        _need_owner(book, signers, draw.line)


def _may_cover(book: Book, signers: Signers, body: Cover) -> None:
    _need_owner(book, signers, body.line)
    place = Place(fund=fund_of(body.line))
    signers.need_second(*SECOND_ROLES, place=place, attested=True)


def _check_programme(book: Book, drawn: Drawn, programme: str) -> None:
    found = programme_of(book.state, drawn.line.id)
    if found is None or found[0] != programme:
        key = "" if found is None else found[0]
        raise Refused(Code.NOT_ELIGIBLE, "body.programme", key=programme, wanted=key)


def _allocate(book: Book, body: Allocation) -> None:
    drawn = find_draws(book, body.draws)
    for each in drawn:
        _check_programme(book, each, body.programme)
        if not is_allotment(body.purpose):
            each.check_use(book, body.purpose)
    check_none_short(book, drawn)
    for each in drawn:
        take(book, each.line, FREE, each.pick(book, FREE), f"allocated:{body.purpose}")


def _deallocate(book: Book, body: Allocation) -> None:
    drawn = find_draws(book, body.draws)
    for each in drawn:
        _check_programme(book, each, body.programme)
    label = f"allocated:{body.purpose}"
    for each in drawn:
        check_promised(book, each.line, body.purpose, each.draw.amount, f"{each.where}.amount")
        pieces = each.pick(book, label, reverse=True)
        put_back(book, each.line, pieces, each.line.account(label))


def _cover(book: Book, body: Cover) -> None:
    line = find_line(book.state, body.line)
    if line is None:
        book.breach(Code.UNKNOWN_REFERENCE, f"line/{body.line}", body.amount)
        return
    settle(book, line, f"{line.id}/ext:owner", body.amount)


def _reads(statement: StatementId, body: Allocation) -> Iterator[Pair]:
    return draw_reads(body.draws)


KINDS = (
    Kind(
        name="fund.allocate",
        nature=Nature.AUTHORISATION,
        body=Allocation,
        authority=_may_allocate,
        apply=_allocate,
        references=_named,
        reads=_reads,
    ),
    Kind(
        name="fund.deallocate",
        nature=Nature.AUTHORISATION,
        body=Allocation,
        authority=_may_allocate,
        apply=_deallocate,
        references=_named,
        reads=_reads,
    ),
    Kind(
        name="fund.cover",
        nature=Nature.ATTESTATION,
        body=Cover,
        authority=_may_cover,
        apply=_cover,
        references=lambda body: (Reference("body.line", "catalogue", f"line/{body.line}"),),
        tags=lambda body: (body.reference,),
    ),
)
