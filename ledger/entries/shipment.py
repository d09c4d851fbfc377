"""`shipment.order .dispatch .arrive`: goods that change hands, with one account for the way.

An order (asked, may be refused) keeps stock at a site and lapses by itself. A dispatch puts lots on
`consignment:{its own id}`, where they stand until a person says what came (`ledger.goods.arrival`).
For goods out the earlier leg is the lot: without an open order the dispatch is booked all the same,
with a breach. Rules: `docs/spec/kinds-goods.md`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.arrival import ARRIVE, DISPATCH, found_before
from ledger.goods.draws import Draws
from ledger.goods.limits import LINES_MAX, ORDER_DAYS_MAX, TRANSIT_S
from ledger.goods.lines import (
    Device,
    Draw,
    Lines,
    Waybill,
    close_leg,
    count_rows,
    counts,
    custodian_of,
    known_lot,
    known_site,
    lots_named,
    lots_read,
    open_leg,
    reserve,
    site_named,
    stock_key,
    take_out,
)
from ledger.goods.lots import Lot
from ledger.goods.reservation import check_free, give_kept, take_kept
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers
from ledger.shape import Evidence, Hash, Length, Moved, Seconds, Slug
from ledger.state import Pair

ORDER = "shipment.order"


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many base units of an item."""

    item: Slug
    quantity: Moved


@dataclass(frozen=True, slots=True)
class Order:
    """Body of `shipment.order`: keep these goods at `from` until `until`, to be sent to `to`.

    `reservation`: what this one keeps of them is taken first.
    """

    from_: Slug
    lines: Annotated[tuple[Wanted, ...], Length(1, LINES_MAX)]
    to: Slug
    until: Seconds
    carrier: Slug | None = None
    programme: Slug | None = None
    reservation: Hash | None = None

    def __post_init__(self) -> None:
        items = [line.item for line in self.lines]
        if len(items) != len(dict.fromkeys(items)):
            raise Refused(Code.MALFORMED, "body.lines", wanted="each item once")
        if self.from_ == self.to:
            raise Refused(Code.MALFORMED, "body.to", wanted="another site")


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Body of `shipment.dispatch`: line n left `from` as lot n of the consignment."""

    from_: Slug
    lines: Lines
    to: Slug
    carrier: Slug | None = None
    device: Device | None = None
    due: Seconds | None = None
    evidence: Evidence | None = None
    order: Hash | None = None
    reason: Slug | None = None
    waybill: Waybill | None = None

    def __post_init__(self) -> None:
        if self.from_ == self.to:
            raise Refused(Code.MALFORMED, "body.to", wanted="another site")


# ---- order --------------------------------------------------------------------------------------


def _order_named(body: Order) -> Iterator[Reference]:
    yield site_named("body.from", body.from_)
    yield site_named("body.to", body.to)
    for number, line in enumerate(body.lines):
        yield Reference(f"body.lines[{number}].item", "catalogue", f"item/{line.item}")
    if body.carrier is not None:
        yield Reference("body.carrier", "members", body.carrier)
    if body.programme is not None:
        yield Reference("body.programme", "catalogue", f"programme/{body.programme}")
    if body.reservation is not None:
        yield Reference("body.reservation", "legs", body.reservation)


def _order_reads(statement: StatementId, body: Order) -> Iterator[Pair]:
    yield "legs", statement
    for line in body.lines:
        yield "reserved", stock_key(line.item, body.from_)


def _may_order(book: Book, signers: Signers, body: Order) -> None:
    signers.need("manager", place=Place(site=body.from_))


def _order(book: Book, body: Order) -> None:
    latest = book.time + ORDER_DAYS_MAX * 86_400
    if not book.time < body.until <= latest:
        raise Refused(Code.NOT_ELIGIBLE, "body.until", value=body.until, low=book.time, high=latest)
    given: dict[str, int] = {}
    if body.reservation is not None:
        asked = {line.item: line.quantity for line in body.lines}
        given = take_kept(book, body.reservation, asked, body.from_)
    for number, line in enumerate(body.lines):
        check_free(book, line.item, body.from_, line.quantity, f"body.lines[{number}]")
    for line in body.lines:
        reserve(book, stock_key(line.item, body.from_), line.quantity)
    leg: dict[str, Value] = {
        "due": body.until,
        "entry": book.index,
        "from": body.from_,
        "kind": ORDER,
        "lapse": body.until,
        "left": [[line.item, line.quantity] for line in body.lines],
        "to": body.to,
    }
    if body.reservation is not None:
        leg |= {"of": count_rows(given), "reservation": body.reservation}
    book.put("legs", book.statement, leg)


def _lapse(book: Book, key: str, row: Mapping[str, Value]) -> None:
    leg = dict(row)
    for item, n in counts(leg["left"]).items():
        reserve(book, stock_key(item, str(leg["from"])), -n)
    if "reservation" in leg:
        give_kept(book, str(leg["reservation"]), counts(leg["of"]))
        leg["of"] = []
    close_leg(book, key, {**leg, "left": []}, book.statement)


# ---- dispatch -----------------------------------------------------------------------------------


def _dispatch_named(body: Dispatch) -> Iterator[Reference]:
    yield site_named("body.from", body.from_)
    yield site_named("body.to", body.to)
    yield from lots_named("body.lines", body.lines)
    if body.order is not None:
        yield Reference("body.order", "legs", body.order)
    if body.carrier is not None:
        yield Reference("body.carrier", "members", body.carrier)


def _dispatch_reads(statement: StatementId, body: Dispatch) -> Iterator[Pair]:
    yield "legs", statement
    yield from lots_read(body.lines)
    for number, _ in enumerate(body.lines):
        yield "index", f"lot/{statement}/{number}"


def _may_dispatch(book: Book, signers: Signers, body: Dispatch) -> None:
    signers.need("shipper", "storekeeper", place=Place(site=body.from_))


def _dispatch(book: Book, body: Dispatch) -> None:
    if not known_site(book, body.from_):
        return
    if book.row("catalogue", f"site/{body.to}") is None:
        book.breach(Code.UNKNOWN_REFERENCE, f"site/{body.to}", 0)
    came = found_before(book)
    draws = Draws(book)
    place = f"consignment:{book.statement}"
    custodian = custodian_of(book, body.from_)
    sums: dict[str, int] = {}
    sent: list[Value] = []
    for number, line in enumerate(body.lines):
        lot = known_lot(book, line)
        if lot is None:
            continue
        sums[lot.item] = sums.get(lot.item, 0) + line.quantity
        n = line.quantity - _against_found(book, draws, lot, line, body.from_, came)
        if n:
            left = Draw(line.lot, n, line.serials)
            new = draws.output(number)
            parts, extras = take_out(book, draws, lot, left, body.from_, place, new)
            draws.make(number, lot, parts, place=place, custodian=custodian, extras=extras)
            sent.append([lot.item, n])
    draws.close()
    used, used_of = _use_order(book, body, sums)
    leg: dict[str, Value] = {
        "due": body.due if body.due is not None else book.time + TRANSIT_S,
        "entry": book.index,
        "from": body.from_,
        "kind": DISPATCH,
        "left": count_rows(counts(sent)),
        "to": body.to,
    }
    if used:
        leg["used"] = count_rows(used)
    if used_of:
        leg["used_of"] = count_rows(used_of)
    book.put("legs", book.statement, leg if sent else {**leg, "closed": book.statement})


def _against_found(
    book: Book, draws: Draws, lot: Lot, line: Draw, site: str, came: dict[str, int]
) -> int:
    """Book what has arrived already against `found`; returns how much of the line that is."""
    done = 0
    for key in [key for key in came if key.partition("/")[0] == lot.item]:
        account = f"found:{key.partition('/')[2]}"
        n = min(line.quantity - done, came[key], -book.balance(lot.item, account))
        if n > 0:
            take_out(book, draws, lot, Draw(line.lot, n, line.serials), site, account)
            came[key] -= n
            done += n
    return done


def _use_order(
    book: Book, body: Dispatch, sums: dict[str, int]
) -> tuple[dict[str, int], dict[str, int]]:
    """Take what was dispatched from what the order keeps; a breach where none is open.

    Returns what the order had of it, by item, and what of that a reservation had given to the
    order: a correction gives it back. What a reservation gave is used first.
    """
    taken: dict[str, int] = {}
    reserved_used: dict[str, int] = {}
    leg = None if body.order is None else open_leg(book, body.order, ORDER)
    if leg is None or body.order is None:
        book.breach(Code.NOT_OPEN, f"leg/{body.order or 'order'}", 0)
        return taken, reserved_used
    if (leg["from"], leg["to"]) != (body.from_, body.to):
        book.breach(Code.NOT_ELIGIBLE, f"leg/{body.order}", 1)
    left, given = counts(leg["left"]), counts(leg.get("of", []))
    for item, n in sums.items():
        used = min(n, left.get(item, 0))
        if used:
            reserve(book, stock_key(item, str(leg["from"])), -used)
            left[item] -= used
            taken[item] = used
            if item in given:
                reserved_used[item] = min(used, given[item])
                given[item] -= reserved_used[item]
        if n > used:
            book.breach(Code.EXCEEDED, f"leg/{body.order}", n - used)
    open_left = {item: n for item, n in left.items() if n}
    row = {**leg, "left": count_rows(open_left)}
    if "of" in leg:
        row["of"] = count_rows({item: n for item, n in given.items() if n})
    if open_left:
        book.put("legs", body.order, row)
    else:
        close_leg(book, body.order, row, book.statement)
    return taken, {item: n for item, n in reserved_used.items() if n}


ORDER_KIND = Kind(
    name=ORDER,
    nature=Nature.AUTHORISATION,
    body=Order,
    authority=_may_order,
    apply=_order,
    references=_order_named,
    reads=_order_reads,
    lapse=_lapse,
)
DISPATCH_KIND = Kind(
    name=DISPATCH,
    nature=Nature.ATTESTATION,
    body=Dispatch,
    authority=_may_dispatch,
    apply=_dispatch,
    references=_dispatch_named,
    reads=_dispatch_reads,
)

KINDS = (ORDER_KIND, DISPATCH_KIND, ARRIVE)
