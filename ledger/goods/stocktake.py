"""`stock.count` and `stock.adjust`: what is really there, against what the book says.

A count never changes what was recorded: it books the difference. A shortage is taken from the
site's own lots, earliest expiry first, then by id, to `lost:unexplained`; their rests keep their
composition, so that a donor still sees what became of a gift. A surplus is a new lot of source
`found`. Both are public breaches until somebody corrects the entry that was wrong.
Rules: `docs/spec/kinds-goods.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from ledger.book import Book
from ledger.canon import INT_MAX
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.draws import Draws, Extra
from ledger.goods.limits import LINES_MAX
from ledger.goods.lines import Device, custodian_of, expect_second, known_site, site_named
from ledger.goods.lots import Lot, find_lot
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers
from ledger.shape import Counted, Delta, Evidence, Length, LotId, Plain, Slug
from ledger.state import Pair

UNEXPLAINED = "lost:unexplained"
"""The sink of what is missing and nobody knows why."""


@dataclass(frozen=True, slots=True)
class Line:
    """How much of an item was counted at the site, all lots and conditions together."""

    counted: Counted
    item: Slug
    as_written: Plain | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """Body of `stock.count`; items that are not named were not counted."""

    lines: Annotated[tuple[Line, ...], Length(1, LINES_MAX)]
    site: Slug
    device: Device | None = None
    evidence: Evidence | None = None
    reason: Slug | None = None

    def __post_init__(self) -> None:
        items = [line.item for line in self.lines]
        if len(items) != len(dict.fromkeys(items)):
            raise Refused(Code.MALFORMED, "body.lines", wanted="each item once")


@dataclass(frozen=True, slots=True)
class Adjust:
    """Body of `stock.adjust`: one lot at a site has `delta` base units more, or fewer."""

    delta: Delta
    lot: LotId
    reason: Slug
    site: Slug
    evidence: Evidence | None = None


# ---- count --------------------------------------------------------------------------------------


def _counted(body: Count) -> Iterator[Reference]:
    yield site_named("body.site", body.site)
    for number, line in enumerate(body.lines):
        yield Reference(f"body.lines[{number}].item", "catalogue", f"item/{line.item}")


def _count_reads(statement: StatementId, body: Count) -> Iterator[Pair]:
    for line in body.lines:
        yield "accounts", f"{line.item}/site:{body.site}"
        yield "totals", line.item


def _may_count(book: Book, signers: Signers, body: Count | Adjust) -> None:
    place = Place(site=body.site)
    signers.need("counter", place=place)
    expect_second(book, signers, "storekeeper", "manager", place=place)


def _count(book: Book, body: Count) -> None:
    if not known_site(book, body.site):
        return
    draws = Draws(book)
    for number, line in enumerate(body.lines):
        if book.row("catalogue", f"item/{line.item}") is None:
            book.breach(Code.UNKNOWN_REFERENCE, f"item/{line.item}", line.counted)
            continue
        delta = line.counted - book.balance(line.item, f"site:{body.site}")
        if delta < 0:
            _short(book, draws, line.item, body.site, -delta)
        elif delta > 0:
            lot = _surplus(book, draws, number, line.item, body.site, delta)
            draws.add(lot)
    draws.close()


def _short(book: Book, draws: Draws, item: str, site: str, n: int) -> None:
    # One move says at most 2^53-1; beyond, as beyond so many lots, the next count finds the rest.
    taken = draws.take_any(item, min(n, INT_MAX), f"site:{site}", UNEXPLAINED)
    if taken.n:
        book.move(item, f"site:{site}", UNEXPLAINED, taken.n)
        book.breach(Code.UNEXPLAINED, f"{item}/site:{site}", taken.n)
    if taken.n < n:
        book.breach(Code.TOO_MANY_PIECES, f"{item}/site:{site}", n - taken.n)


def _surplus(book: Book, draws: Draws, number: int, item: str, site: str, n: int) -> Lot:
    account, custodian = f"found:{site}", custodian_of(book, site)
    book.move(item, account, f"site:{site}", n)
    book.breach(Code.FOUND, f"{item}/{account}", n)
    lot_id = draws.output(number)
    return Lot(
        id=lot_id,
        item=item,
        quantity=n,
        place=f"site:{site}",
        custodian=custodian,
        owner=custodian,
        condition="good",
        mix=((f"found:{book.statement}", n),),
        source=((account, n),),
        first=lot_id,
    )


# ---- adjust -------------------------------------------------------------------------------------


def _adjusted(body: Adjust) -> Iterator[Reference]:
    yield site_named("body.site", body.site)
    yield Reference("body.lot", "lots", body.lot)


def _adjust_reads(statement: StatementId, body: Adjust) -> Iterator[Pair]:
    yield "index", f"lot/{body.lot}"


def _adjust(book: Book, body: Adjust) -> None:
    if not known_site(book, body.site):
        return
    lot = find_lot(book.state, body.lot)
    if lot is None:
        book.breach(Code.UNKNOWN_REFERENCE, f"lot/{body.lot}", abs(body.delta))
        return
    draws = Draws(book)
    if body.delta > 0:
        _more(book, draws, lot, body)
    else:
        _fewer(book, draws, lot, body)
    draws.close()


def _more(book: Book, draws: Draws, lot: Lot, body: Adjust) -> None:
    account = f"found:{body.site}"
    book.move(lot.item, account, f"site:{body.site}", body.delta)
    book.breach(Code.FOUND, f"{lot.item}/{account}", body.delta)
    draws.make(
        0,
        lot,
        (),
        place=f"site:{body.site}",
        custodian=custodian_of(book, body.site),
        extras=(Extra(account, f"found:{book.statement}", body.delta),),
    )


def _fewer(book: Book, draws: Draws, lot: Lot, body: Adjust) -> None:
    sink = f"lost:{body.reason}"
    taken = draws.take(lot, -body.delta, f"site:{body.site}", sink)
    if taken.n:
        book.move(lot.item, f"site:{body.site}", sink, taken.n)
        if sink == UNEXPLAINED:
            book.breach(Code.UNEXPLAINED, f"{lot.item}/site:{body.site}", taken.n)
    if taken.missing:
        # The book has no more of this lot here to take away.
        book.breach(Code.NOT_CONSERVED, f"lot/{lot.id}", taken.missing)


COUNT = Kind(
    name="stock.count",
    nature=Nature.ATTESTATION,
    body=Count,
    authority=_may_count,
    apply=_count,
    references=_counted,
    reads=_count_reads,
)
ADJUST = Kind(
    name="stock.adjust",
    nature=Nature.ATTESTATION,
    body=Adjust,
    authority=_may_count,
    apply=_adjust,
    references=_adjusted,
    reads=_adjust_reads,
)
