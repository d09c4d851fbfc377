"""`requisition.order .accept .return`: goods taken by law from an owner who is compensated.

An order says by which law, what and how long. What is accepted comes from `ext:requisition` into a
site, and its owner stays the party: it is returned, or compensated. `owed` is what is due to the
owner; what is instructed and paid for it never exceeds it. Nothing of this lapses but the order: an
acceptance is open, in public, until its goods are back or its owner is paid.

    legs    {order}    {"due", "entry", "from", "kind", "lapse", "left": [[item, n]..], "number"}
            {accept}   {"asked", "due", "entry", "kind", "left", "order", "owner", "paid", "payee",
                        "site", "used", "confirmed", "currency"?, "owed"?, "owed_by"?}
            {return}   {"accept", "closed", "due", "entry", "kind", "used"}

The money half is in `ledger.money.owed`. Rules: `docs/spec/kinds-goods.md`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.entries.entitlement import Window
from ledger.entries.shipment import Wanted
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.draws import Draws
from ledger.goods.limits import LINES_MAX, LOTS_MAX, REQUISITION_DAYS_MAX, REQUISITION_S
from ledger.goods.lines import (
    Device,
    Draw,
    Serials,
    Waybill,
    close_leg,
    count_rows,
    counts,
    custodian_of,
    expect_second,
    known_lot,
    known_site,
    open_leg,
    site_named,
    take_out,
)
from ledger.goods.lots import Condition, Lot
from ledger.kinds import Kind, Nature, Reference
from ledger.members import ANYWHERE, Place, Signers
from ledger.money.owed import ACCEPT, close_if_done
from ledger.shape import Currency, Evidence, Hash, Length, LotId, Moved, Plain, Seconds, Slug
from ledger.state import Pair

ORDER, RETURN = "requisition.order", "requisition.return"
ACCOUNT = "ext:requisition"


@dataclass(frozen=True, slots=True)
class Order:
    """Body of `requisition.order`: by `basis` (law, decree) these goods may be taken in `window`.

    `number` is that of the paper order: each is on the ledger once.
    """

    basis: Plain
    goods: Annotated[tuple[Wanted, ...], Length(1, LINES_MAX)]
    number: Waybill
    window: Window
    area: Slug | None = None
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        items = [line.item for line in self.goods]
        if len(items) != len(dict.fromkeys(items)):
            raise Refused(Code.MALFORMED, "body.goods", wanted="each item once")


@dataclass(frozen=True, slots=True)
class Taken:
    """One lot taken over; `price`: what is due for all of it, in minor units."""

    condition: Condition
    item: Slug
    quantity: Moved
    as_written: Plain | None = None
    expiry: Seconds | None = None
    price: Moved | None = None
    serials: Serials | None = None


@dataclass(frozen=True, slots=True)
class Accept:
    """Body of `requisition.accept`: line n of what `owner` handed over is lot n at `site`.

    `payee`: the salted tag under which the owner is paid. `confirmed`: the owner agrees with lines
    and condition. Prices of all lines and a `currency`, or none: then the first payment that is
    instructed for it settles what is due.
    """

    confirmed: bool
    lines: Annotated[tuple[Taken, ...], Length(1, LINES_MAX)]
    order: Hash
    owner: Slug
    payee: Hash
    site: Slug
    currency: Currency | None = None
    device: Device | None = None
    evidence: Evidence | None = None
    reason: Slug | None = None

    def __post_init__(self) -> None:
        priced = [line.price is not None for line in self.lines]
        if any(priced) != all(priced) or any(priced) != (self.currency is not None):
            wanted = "a price in every line and a currency, or none"
            raise Refused(Code.MALFORMED, "body.lines", wanted=wanted)


@dataclass(frozen=True, slots=True)
class Back:
    """So much of a lot goes back to its owner, in this condition."""

    condition: Condition
    lot: LotId
    quantity: Moved
    serials: Serials | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """Body of `requisition.return`: the owner has these goods back."""

    accept: Hash
    lines: Annotated[tuple[Back, ...], Length(1, LOTS_MAX)]
    site: Slug
    device: Device | None = None
    evidence: Evidence | None = None
    reason: Slug | None = None


# ---- order --------------------------------------------------------------------------------------


def number_key(number: str) -> str:
    """Key in table `references` of the number of a paper order."""
    return f"requisition/{number}"


def _order_named(body: Order) -> Iterator[Reference]:
    for number, line in enumerate(body.goods):
        yield Reference(f"body.goods[{number}].item", "catalogue", f"item/{line.item}")
    if body.area is not None:
        yield Reference("body.area", "catalogue", f"area/{body.area}")


def _order_reads(statement: StatementId, body: Order) -> Iterator[Pair]:
    yield "legs", statement
    yield "references", number_key(body.number)


def _may_order(book: Book, signers: Signers, body: Order) -> None:
    signers.need("commander", place=ANYWHERE if body.area is None else Place(area=body.area))


def _order(book: Book, body: Order) -> None:
    to, latest = body.window.to, book.time + REQUISITION_DAYS_MAX * 86_400
    if not book.time < to <= latest:
        raise Refused(Code.NOT_ELIGIBLE, "body.window.to", value=to, low=book.time, high=latest)
    holder = book.state.get("references", number_key(body.number))
    if holder is not None:
        raise Refused(Code.ALREADY_EXISTS, "body.number", key=body.number, other=str(holder))
    book.put("references", number_key(body.number), book.statement)
    leg: dict[str, Value] = {
        "due": to,
        "entry": book.index,
        "from": body.window.from_,
        "kind": ORDER,
        "lapse": to,
        "left": [[line.item, line.quantity] for line in body.goods],
        "number": body.number,
    }
    book.put("legs", book.statement, leg)
    book.touch(f"requisition/{book.statement}")


def _lapse(book: Book, key: str, row: Mapping[str, Value]) -> None:
    close_leg(book, key, dict(row), book.statement)
    book.touch(f"requisition/{key}")


# ---- accept -------------------------------------------------------------------------------------


def _accept_named(body: Accept) -> Iterator[Reference]:
    for number, line in enumerate(body.lines):
        yield Reference(f"body.lines[{number}].item", "catalogue", f"item/{line.item}")
    yield Reference("body.order", "legs", body.order)
    yield Reference("body.owner", "members", body.owner)
    yield site_named("body.site", body.site)
    if body.currency is not None:
        yield Reference("body.currency", "catalogue", f"currency/{body.currency}")


def _accept_reads(statement: StatementId, body: Accept) -> Iterator[Pair]:
    yield "legs", statement
    for number, line in enumerate(body.lines):
        yield "index", f"lot/{statement}/{number}"
        yield "accounts", f"{line.item}/site:{body.site}"
        yield "totals", line.item


def _may_handle(book: Book, signers: Signers, body: Accept | Return) -> None:
    signers.need("storekeeper", "receiver", place=Place(site=body.site))
    expect_second(book, signers, "storekeeper", "receiver", "shipper", "manager")


def _accept(book: Book, body: Accept) -> None:
    if not known_site(book, body.site):
        return
    draws = Draws(book)
    came: dict[str, int] = {}
    owed = 0
    for number, line in enumerate(body.lines):
        if book.row("catalogue", f"item/{line.item}") is None:
            book.breach(Code.UNKNOWN_REFERENCE, f"item/{line.item}", line.quantity)
            continue
        if line.serials is not None and len(line.serials) != line.quantity:
            book.breach(Code.NOT_CONSERVED, f"item/{line.item}", line.quantity)
        book.move(line.item, ACCOUNT, f"site:{body.site}", line.quantity)
        draws.add(_lot(book, body, line, draws.output(number)))
        came[line.item] = came.get(line.item, 0) + line.quantity
        owed += line.price or 0
    draws.close()
    used, due = _use_order(book, body, came)
    leg: dict[str, Value] = {
        "asked": 0,
        "confirmed": body.confirmed,
        "due": due,
        "entry": book.index,
        "kind": ACCEPT,
        "left": count_rows(came),
        "order": body.order,
        "owner": body.owner,
        "paid": 0,
        "payee": body.payee,
        "site": body.site,
        "used": count_rows(used),
    }
    if body.currency is not None and owed:
        leg |= {"currency": body.currency, "owed": owed}
    book.put("legs", book.statement, leg)
    book.touch(f"requisition/{body.order}")
    book.touch(f"requisition/{book.statement}")


def _lot(book: Book, body: Accept, line: Taken, lot_id: str) -> Lot:
    return Lot(
        id=lot_id,
        item=line.item,
        quantity=line.quantity,
        place=f"site:{body.site}",
        custodian=custodian_of(book, body.site),
        owner=body.owner,
        condition=line.condition,
        mix=((f"requisition:{book.statement}", line.quantity),),
        source=((ACCOUNT, line.quantity),),
        first=lot_id,
        expiry=line.expiry,
        serials=line.serials or (),
    )


def _use_order(book: Book, body: Accept, came: dict[str, int]) -> tuple[dict[str, int], int]:
    """Take what was accepted from what the order allows: (item -> n of it, when it is due back).

    Without an open order, before its window, or beyond it, each is a breach: the goods are here.
    """
    row = open_leg(book, body.order, ORDER)
    if row is None:
        book.breach(Code.NOT_OPEN, f"leg/{body.order}", 0)
        return {}, book.time + REQUISITION_S
    start, due = row["from"], row["due"]
    assert isinstance(start, int) and isinstance(due, int)
    if book.time < start:
        book.breach(Code.NOT_ELIGIBLE, f"leg/{body.order}", 1)
    left = counts(row["left"])
    used: dict[str, int] = {}
    for item, n in came.items():
        within = min(n, left.get(item, 0))
        if within:
            used[item] = within
            left[item] -= within
        if n > within:
            book.breach(Code.EXCEEDED, f"leg/{body.order}", n - within)
    kept = count_rows({item: n for item, n in left.items() if n})
    book.put("legs", body.order, {**row, "left": kept})
    return used, due


# ---- return -------------------------------------------------------------------------------------


def _return_named(body: Return) -> Iterator[Reference]:
    yield Reference("body.accept", "legs", body.accept)
    for number, line in enumerate(body.lines):
        yield Reference(f"body.lines[{number}].lot", "lots", line.lot)
    yield site_named("body.site", body.site)


def _return_reads(statement: StatementId, body: Return) -> Iterator[Pair]:
    for line in body.lines:
        yield "lots", line.lot
        yield "index", f"lot/{line.lot}"


def _return(book: Book, body: Return) -> None:
    if not known_site(book, body.site):
        return
    row = book.row("legs", body.accept)
    if row is not None and row["kind"] != ACCEPT:
        row = None
    if row is None:
        book.breach(Code.UNKNOWN_REFERENCE, f"leg/{body.accept}", 0)
    elif "closed" in row:
        book.breach(Code.NOT_OPEN, f"leg/{body.accept}", 0)
    draws = Draws(book)
    went: dict[str, int] = {}
    for line in body.lines:
        draw = Draw(line.lot, line.quantity, line.serials)
        lot = known_lot(book, draw)
        if lot is None:
            continue
        if row is not None and lot.owner != row["owner"]:
            book.breach(Code.NOT_ELIGIBLE, f"lot/{lot.id}", line.quantity)
        take_out(book, draws, lot, draw, body.site, "returned")
        went[lot.item] = went.get(lot.item, 0) + line.quantity
    draws.close()
    if row is not None:
        _give_back(book, body, row, went)
    book.touch(f"requisition/{body.accept}")


def _give_back(book: Book, body: Return, row: dict[str, Value], went: dict[str, int]) -> None:
    left = counts(row["left"])
    used: dict[str, int] = {}
    for item, n in went.items():
        within = min(n, left.get(item, 0))
        if within:
            used[item] = within
            left[item] -= within
        if n > within:
            book.breach(Code.EXCEEDED, f"leg/{body.accept}", n - within)
    due = row["due"]
    assert isinstance(due, int)
    if used and book.time > due:
        book.breach(Code.LATE, f"leg/{body.accept}", book.time - due)
    kept = count_rows({item: n for item, n in left.items() if n})
    close_if_done(book, body.accept, {**row, "left": kept})
    done: dict[str, Value] = {
        "accept": body.accept,
        "closed": book.statement,
        "due": book.time,
        "entry": book.index,
        "kind": RETURN,
        "used": count_rows(used),
    }
    book.put("legs", book.statement, done)


KINDS = (
    Kind(
        name=ORDER,
        nature=Nature.AUTHORISATION,
        body=Order,
        authority=_may_order,
        apply=_order,
        references=_order_named,
        reads=_order_reads,
        lapse=_lapse,
    ),
    Kind(
        name=ACCEPT,
        nature=Nature.ATTESTATION,
        body=Accept,
        authority=_may_handle,
        apply=_accept,
        references=_accept_named,
        reads=_accept_reads,
    ),
    Kind(
        name=RETURN,
        nature=Nature.ATTESTATION,
        body=Return,
        authority=_may_handle,
        apply=_return,
        references=_return_named,
        reads=_return_reads,
    ),
)
