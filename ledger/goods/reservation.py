"""`stock.reserve .release`: goods at a site kept for one purpose, until then or until freed.

A reservation keeps so much of an item, not certain lots: they may be split, merged, moved. An order
or a release that names it takes from what it keeps; nobody else is promised that. It ends by itself
at its deadline; `stock.release` ends it, or a part of it, before.

    row of table `legs`: {"due", "entry", "item", "kind": "stock.reserve", "lapse",
                          "left": [[item, n]] or [], "purpose", "site"}

What is kept is there: `reserved` <= on hand. A fact that takes goods away all the same is booked
and flagged, and the reservations due last keep so much less (`keep_to_stock`). Rules:
`docs/spec/kinds-goods.md`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.entry import Breach
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.limits import ORDER_DAYS_MAX, SHRUNK_MAX
from ledger.goods.lines import (
    close_leg,
    count_rows,
    counts,
    open_leg,
    reserve,
    reserved,
    site_named,
    stock_key,
)
from ledger.goods.lots import usable_at
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers
from ledger.shape import Evidence, Hash, Moved, Seconds, Slug
from ledger.state import Pair

RESERVING = "stock.reserve"
"""The kind that opens these legs."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """Body of `stock.reserve`: keep `quantity` base units at `site` for `purpose` until `until`."""

    item: Slug
    purpose: Slug
    quantity: Moved
    site: Slug
    until: Seconds
    evidence: Evidence | None = None
    programme: Slug | None = None


@dataclass(frozen=True, slots=True)
class Unreserve:
    """Body of `stock.release`: free what a reservation keeps, all or `quantity` base units."""

    reservation: Hash
    quantity: Moved | None = None
    reason: Slug | None = None


# ---- reserve ------------------------------------------------------------------------------------


def _named(body: Reserve) -> Iterator[Reference]:
    yield Reference("body.item", "catalogue", f"item/{body.item}")
    yield site_named("body.site", body.site)
    if body.programme is not None:
        yield Reference("body.programme", "catalogue", f"programme/{body.programme}")


def _reads(statement: StatementId, body: Reserve) -> Iterator[Pair]:
    yield "legs", statement
    yield "reserved", stock_key(body.item, body.site)


def _may_reserve(book: Book, signers: Signers, body: Reserve) -> None:
    signers.need("manager", place=Place(site=body.site))


def _reserve(book: Book, body: Reserve) -> None:
    latest = book.time + ORDER_DAYS_MAX * 86_400
    if not book.time < body.until <= latest:
        raise Refused(Code.NOT_ELIGIBLE, "body.until", value=body.until, low=book.time, high=latest)
    key = stock_key(body.item, body.site)
    check_free(book, body.item, body.site, body.quantity, "body.quantity")
    reserve(book, key, body.quantity)
    leg: dict[str, Value] = {
        "due": body.until,
        "entry": book.index,
        "item": body.item,
        "kind": RESERVING,
        "lapse": body.until,
        "left": [[body.item, body.quantity]],
        "purpose": body.purpose,
        "site": body.site,
    }
    book.put("legs", book.statement, leg)
    book.touch(f"reservation/{book.statement}")


def check_free(book: Book, item: str, site: str, n: int, where: str) -> None:
    """n usable units at the site are kept by nobody: else `Refused(not_enough)`."""
    key = stock_key(item, site)
    kept = reserved(book, key)
    found = usable_at(book.state, item, f"site:{site}", book.time, kept + n)
    if found < kept + n:
        raise Refused(Code.NOT_ENOUGH, where, key=key, asked=n, left=max(0, found - kept))


def _lapse(book: Book, key: str, row: Mapping[str, Value]) -> None:
    for item, n in counts(row["left"]).items():
        reserve(book, stock_key(item, str(row["site"])), -n)
    close_leg(book, key, {**row, "left": []}, book.statement)
    book.touch(f"reservation/{key}")


# ---- release ------------------------------------------------------------------------------------


def _reservation_named(body: Unreserve) -> Iterator[Reference]:
    yield Reference("body.reservation", "legs", body.reservation)


def _may_release(book: Book, signers: Signers, body: Unreserve) -> None:
    row = book.row("legs", body.reservation)
    site = "" if row is None else str(row.get("site", ""))
    signers.need("manager", place=Place(site=site))


def _release(book: Book, body: Unreserve) -> None:
    row = _open(book, body.reservation, "body.reservation")
    item = str(row["item"])
    left = counts(row["left"]).get(item, 0)
    n = left if body.quantity is None else body.quantity
    if n > left:
        key = body.reservation
        raise Refused(Code.NOT_ENOUGH, "body.quantity", key=key, asked=n, left=left)
    if n:
        row = _keep(book, body.reservation, row, item, -n)
    if n == left:
        close_leg(book, body.reservation, row, book.statement)
    book.touch(f"reservation/{body.reservation}")


# ---- what others take from it -------------------------------------------------------------------


def _open(book: Book, reservation: str, where: str) -> dict[str, Value]:
    row = open_leg(book, reservation, RESERVING)
    if row is None:
        raise Refused(Code.NOT_OPEN, where, key=reservation)
    return row


def _keep(
    book: Book, reservation: str, row: Mapping[str, Value], item: str, n: int
) -> dict[str, Value]:
    """The reservation keeps n more (or, below zero, fewer); returns its row."""
    left = counts(row["left"])
    left[item] = left.get(item, 0) + n
    reserve(book, stock_key(item, str(row["site"])), n)
    now = {**row, "left": count_rows({name: units for name, units in left.items() if units})}
    book.put("legs", reservation, now)
    return now


def take_kept(
    book: Book, reservation: str, asked: Mapping[str, int], site: str, purpose: str = ""
) -> dict[str, int]:
    """Take from a reservation what it keeps of what is asked at this site: item -> n of it.

    For an authorisation, which takes the rest from what is free. `purpose`: which it must be for.
    Raises `Refused(not_open or not_eligible)`.
    """
    where = "body.reservation"
    row = _open(book, reservation, where)
    if row["site"] != site:
        raise Refused(Code.NOT_ELIGIBLE, where, key=reservation, wanted=f"site/{row['site']}")
    if purpose and row["purpose"] != purpose:
        raise Refused(Code.NOT_ELIGIBLE, where, key=str(row["purpose"]), wanted=purpose)
    left = counts(row["left"])
    taken = {item: min(n, left.get(item, 0)) for item, n in asked.items()}
    taken = {item: n for item, n in taken.items() if n}
    if not taken:
        raise Refused(Code.NOT_ENOUGH, where, key=reservation, left=sum(left.values()))
    for item, n in taken.items():
        row = _keep(book, reservation, row, item, -n)
    book.touch(f"reservation/{reservation}")
    return taken


def give_kept(book: Book, reservation: str, back: Mapping[str, int]) -> None:
    """What was taken from a reservation and not used is kept again, while it is open.

    No more than is there and kept by nobody: goods may have gone meanwhile.
    """
    for item, n in back.items():
        row = open_leg(book, reservation, RESERVING)
        if row is not None:
            _keep_free(book, reservation, row, item, n)


def _keep_free(
    book: Book, reservation: str, row: Mapping[str, Value], item: str, most: int
) -> None:
    """The reservation keeps more, as far as goods at its site are free."""
    site = str(row["site"])
    free = book.balance(item, f"site:{site}") - reserved(book, stock_key(item, site))
    n = min(most, free)
    if n > 0:
        _keep(book, reservation, row, item, n)


# ---- facts that take it away --------------------------------------------------------------------


def keep_to_stock(book: Book) -> None:
    """After a statement: what reservations keep is no more than what is on hand.

    Where goods left a site from under them, those due last keep less, each a breach `reserved`: it
    says to whoever planned with it that so much is gone. `SHRUNK_MAX` of them a statement.
    """
    sites = [
        (item, source.partition(":")[2])
        for item, source, _, _ in book.moves
        if source.startswith("site:")
    ]
    for item, site in dict.fromkeys(sites):
        over = reserved(book, stock_key(item, site)) - book.balance(item, f"site:{site}")
        if over > 0:
            _shrink(book, item, site, over)


def _shrink(book: Book, item: str, site: str, over: int) -> None:
    low = f"{book.time + 1:012d}/"
    last = book.state.scan("legs", f"kept/{item}/{site}", low=low, reverse=True)
    rows = [(key, row) for (_, key, row), _ in zip(last, range(SHRUNK_MAX), strict=False)]
    for key, row in rows:
        assert isinstance(row, dict)
        n = min(over, counts(row["left"]).get(item, 0))
        if n > 0:
            _keep(book, key, row, item, -n)
            book.breach(Code.RESERVED, f"leg/{key}", n)
            book.touch(f"reservation/{key}")
            over -= n


def keep_again(book: Book, breaches: tuple[Breach, ...]) -> None:
    """A fact is undone: reservations keep again what it took, as far as goods are free."""
    for code, subject, n in breaches:
        leg = subject.removeprefix("leg/")
        row = open_leg(book, leg, RESERVING) if code == Code.RESERVED else None
        if row is None:
            continue
        _keep_free(book, leg, row, str(row["item"]), n)


RESERVE = Kind(
    name=RESERVING,
    nature=Nature.AUTHORISATION,
    body=Reserve,
    authority=_may_reserve,
    apply=_reserve,
    references=_named,
    reads=_reads,
    lapse=_lapse,
)
UNRESERVE = Kind(
    name="stock.release",
    nature=Nature.AUTHORISATION,
    body=Unreserve,
    authority=_may_release,
    apply=_release,
    references=_reservation_named,
)
