"""`stock.receive .move .split .merge .count .adjust .loss .reserve .release`: goods at sites.

Here is what is done with lots that are there: moved between sites of one custodian, cut, put
together, lost. What comes in is in `ledger.goods.receive`, counting in `ledger.goods.stocktake`:
facts, booked as they happened; what does not fit the book stands on a contra account with a breach.
To keep goods for a purpose (`ledger.goods.reservation`) is asked, and may be refused. Rules:
`docs/spec/kinds-goods.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from ledger.book import Book
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.draws import Draws, Part
from ledger.goods.limits import LOTS_MAX
from ledger.goods.lines import (
    Device,
    Draw,
    Lines,
    custodian_of,
    known_lot,
    known_site,
    lots_named,
    lots_read,
    site_named,
    take_out,
)
from ledger.goods.lots import Lot, find_lot
from ledger.goods.receive import RECEIVE
from ledger.goods.reservation import RESERVE, UNRESERVE
from ledger.goods.stocktake import ADJUST, COUNT
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers, second_key_limit
from ledger.shape import Evidence, Length, LotId, Moved, Slug
from ledger.state import Pair

SECOND_ROLES = ("manager", "quality", "storekeeper")
"""Who may be the second key for a loss above the limit of its item."""

SINKS = {
    "lost": "lost:lost",
    "stolen": "lost:stolen",
    "damaged": "lost:damaged",
    "expired": "lost:expired",
    "destroyed": "destroyed",
    "returned": "returned",
}
"""Cause of a loss -> the account it goes to."""


@dataclass(frozen=True, slots=True)
class Move:
    """Body of `stock.move`: line n becomes lot n at site `to`."""

    from_: Slug
    lines: Lines
    to: Slug
    device: Device | None = None
    evidence: Evidence | None = None
    reason: Slug | None = None

    def __post_init__(self) -> None:
        if self.from_ == self.to:
            raise Refused(Code.MALFORMED, "body.to", wanted="another site")


@dataclass(frozen=True, slots=True)
class Split:
    """Body of `stock.split`: the n-th quantity becomes lot n; what is left is the rest."""

    lot: LotId
    quantities: Annotated[tuple[Moved, ...], Length(1, LOTS_MAX)]
    site: Slug
    device: Device | None = None
    reason: Slug | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """Body of `stock.merge`: all lines become lot 0."""

    lines: Annotated[tuple[Draw, ...], Length(2, LOTS_MAX)]
    site: Slug
    device: Device | None = None
    reason: Slug | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """Body of `stock.loss`: what the lines name is gone, for one cause."""

    cause: Literal["lost", "stolen", "damaged", "expired", "destroyed", "returned"]
    lines: Lines
    site: Slug
    device: Device | None = None
    evidence: Evidence | None = None
    reason: Slug | None = None


def _may_store(book: Book, signers: Signers, body: Split | Merge) -> None:
    signers.need("storekeeper", place=Place(site=body.site))


# ---- move ---------------------------------------------------------------------------------------


def _move_named(body: Move) -> Iterator[Reference]:
    yield site_named("body.from", body.from_)
    yield site_named("body.to", body.to)
    yield from lots_named("body.lines", body.lines)


def _move_reads(statement: StatementId, body: Move) -> Iterator[Pair]:
    yield from lots_read(body.lines)
    for number, _ in enumerate(body.lines):
        yield "index", f"lot/{statement}/{number}"


def _may_move(book: Book, signers: Signers, body: Move) -> None:
    signers.need("storekeeper", place=Place(site=body.from_))


def _move(book: Book, body: Move) -> None:
    if not (known_site(book, body.from_) and known_site(book, body.to)):
        return
    custodian = custodian_of(book, body.to)
    if custodian != custodian_of(book, body.from_):
        # Across a border of custody it takes two: shipment.dispatch and .arrive.
        book.breach(Code.NOT_ELIGIBLE, f"site/{body.to}", 1)
    draws = Draws(book, carries=True)
    place = f"site:{body.to}"
    for number, line in enumerate(body.lines):
        lot = known_lot(book, line)
        if lot is None:
            continue
        new = draws.output(number)
        parts, extras = take_out(book, draws, lot, line, body.from_, place, new)
        draws.make(number, lot, parts, place=place, custodian=custodian, extras=extras)
    draws.close()


# ---- split and merge ----------------------------------------------------------------------------


def _split_named(body: Split) -> Iterator[Reference]:
    yield site_named("body.site", body.site)
    yield Reference("body.lot", "lots", body.lot)


def _split_reads(statement: StatementId, body: Split) -> Iterator[Pair]:
    yield "index", f"lot/{body.lot}"
    for number, _ in enumerate(body.quantities):
        yield "index", f"lot/{statement}/{number}"


def _split(book: Book, body: Split) -> None:
    if not known_site(book, body.site):
        return
    lot = known_lot(book, Draw(body.lot, sum(body.quantities)))
    if lot is None:
        return
    place, missing = f"site:{body.site}", 0
    draws = Draws(book, carries=True)
    for number, n in enumerate(body.quantities):
        taken = draws.take(lot, n, place, draws.output(number))
        missing += taken.missing
        if taken.parts:
            custodian = custodian_of(book, body.site)
            draws.make(number, lot, taken.parts, place=place, custodian=custodian)
    if missing:
        book.breach(Code.NOT_CONSERVED, f"lot/{lot.id}", missing)
    draws.close()


def _merge_named(body: Merge) -> Iterator[Reference]:
    yield site_named("body.site", body.site)
    yield from lots_named("body.lines", body.lines)


def _merge_reads(statement: StatementId, body: Merge) -> Iterator[Pair]:
    yield from lots_read(body.lines)
    yield "index", f"lot/{statement}/0"


def _merge(book: Book, body: Merge) -> None:
    if not known_site(book, body.site):
        return
    draws = Draws(book, carries=True)
    parts: list[Part] = []
    missing = 0
    for line in body.lines:
        lot = known_lot(book, line)
        if lot is None:
            continue
        place = f"site:{body.site}"
        taken = draws.take(lot, line.quantity, place, draws.output(0), line.serials or ())
        parts += taken.parts
        missing += taken.missing
    broken = _merge_breach(book, [part.lot for part in parts])
    if broken is not None:
        # Nothing is written before `close`: the lots stay as they are.
        code, lot = broken
        book.breach(code, f"lot/{lot.id}", lot.quantity)
        return
    if missing:
        book.breach(Code.NOT_CONSERVED, f"site/{body.site}", missing)
    if parts:
        custodian = custodian_of(book, body.site)
        place = f"site:{body.site}"
        draws.make(0, parts[0].lot, parts, place=place, custodian=custodian)
    draws.close()


def _merge_breach(book: Book, lots: list[Lot]) -> tuple[Code, Lot] | None:
    """The first rule that lots to be merged break, with the lot that breaks it."""
    for lot in lots:
        if lot.hold:
            return Code.NOT_USABLE, lot
        one = lots[0]
        if (lot.item, lot.owner, lot.condition) != (one.item, one.owner, one.condition):
            return Code.NOT_ELIGIBLE, lot
        if lot.earmark != one.earmark or lot.is_expired(book.time) != one.is_expired(book.time):
            return Code.NOT_ELIGIBLE, lot
    return None


# ---- loss ---------------------------------------------------------------------------------------


def _loss_named(body: Loss) -> Iterator[Reference]:
    yield site_named("body.site", body.site)
    yield from lots_named("body.lines", body.lines)


def _loss_reads(statement: StatementId, body: Loss) -> Iterator[Pair]:
    return iter(lots_read(body.lines))


def _may_lose(book: Book, signers: Signers, body: Loss) -> None:
    signers.need("storekeeper", place=Place(site=body.site))
    sums: dict[str, int] = {}
    for line in body.lines:
        lot = find_lot(book.state, line.lot)
        if lot is not None:
            sums[lot.item] = sums.get(lot.item, 0) + line.quantity
    if any(n > second_key_limit(book.state, item) for item, n in sums.items()):
        signers.need_second(*SECOND_ROLES, place=Place(site=body.site), attested=True)


def _loss(book: Book, body: Loss) -> None:
    if not known_site(book, body.site):
        return
    draws = Draws(book)
    for line in body.lines:
        lot = known_lot(book, line)
        if lot is not None:
            take_out(book, draws, lot, line, body.site, SINKS[body.cause])
    draws.close()


MOVE = Kind(
    name="stock.move",
    nature=Nature.ATTESTATION,
    body=Move,
    authority=_may_move,
    apply=_move,
    references=_move_named,
    reads=_move_reads,
)
SPLIT = Kind(
    name="stock.split",
    nature=Nature.ATTESTATION,
    body=Split,
    authority=_may_store,
    apply=_split,
    references=_split_named,
    reads=_split_reads,
)
MERGE = Kind(
    name="stock.merge",
    nature=Nature.ATTESTATION,
    body=Merge,
    authority=_may_store,
    apply=_merge,
    references=_merge_named,
    reads=_merge_reads,
)
LOSS = Kind(
    name="stock.loss",
    nature=Nature.ATTESTATION,
    body=Loss,
    authority=_may_lose,
    apply=_loss,
    references=_loss_named,
    reads=_loss_reads,
)

KINDS = (RECEIVE, MOVE, SPLIT, MERGE, COUNT, ADJUST, LOSS, RESERVE, UNRESERVE)
