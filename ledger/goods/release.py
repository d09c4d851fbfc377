"""`disbursement.release`: may these goods go out now, for this right or at this open point?

Asked for at the counter, and refused where the right, the lot or the stock does not reach, with
what is left and the entry that took the rest. Granted, it keeps the goods for 15 minutes; then they
are free again, unless the hand-out came first. Rules: `docs/spec/kinds-goods.md`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.entries.household import is_eligible
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.draws import Draws, Taken
from ledger.goods.limits import RELEASE_S
from ledger.goods.lines import (
    Draw,
    Lines,
    close_leg,
    count_rows,
    counts,
    last_entry,
    lots_named,
    lots_read,
    reserve,
    reserved,
    site_named,
    stock_key,
)
from ledger.goods.lots import the_lot
from ledger.goods.reservation import check_free, give_kept, take_kept
from ledger.goods.rights import Right, RightId, find_right
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers
from ledger.shape import Evidence, Hash, Slug
from ledger.state import Pair

RELEASING = "disbursement.release"


@dataclass(frozen=True, slots=True)
class Release:
    """Body of `disbursement.release`: for one right, or at an open point for whoever comes.

    `reason`: why just these goods, where a contract asks (a later lot first, little life left).
    `reservation`: what this one keeps, for the purpose of the right, is taken first.
    """

    lines: Lines
    site: Slug
    entitlement: RightId | None = None
    evidence: Evidence | None = None
    reason: Slug | None = None
    reservation: Hash | None = None


def _named(body: Release) -> Iterator[Reference]:
    yield site_named("body.site", body.site)
    yield from lots_named("body.lines", body.lines)
    if body.entitlement is not None:
        yield Reference("body.entitlement.tag", "households", body.entitlement.tag)
        yield Reference("body.entitlement", "entitlements", body.entitlement.key)
    if body.reservation is not None:
        yield Reference("body.reservation", "legs", body.reservation)


def _reads(statement: StatementId, body: Release) -> Iterator[Pair]:
    yield "legs", statement
    yield from lots_read(body.lines)


def _authority(book: Book, signers: Signers, body: Release) -> None:
    place = Place(site=body.site)
    signers.need("distributor", place=place)
    signers.need_second("approver", place=place)


def _release(book: Book, body: Release) -> None:
    right = _check_right(book, body)
    draws = Draws(book)  # only to see what the lots hold: never closed
    taken = [_try(book, draws, body, line) for line in body.lines]
    _check_lots_usable(book, body, taken)
    asked: dict[str, int] = {}
    for line in body.lines:
        item = the_lot(book.state, line.lot).item
        asked[item] = asked.get(item, 0) + line.quantity
    if right is not None:
        _check_within(right, asked)
    chains = _check_lots_reach(book, body, taken)
    given: dict[str, int] = {}
    if body.reservation is not None:
        purpose = "" if body.entitlement is None else body.entitlement.purpose
        given = take_kept(book, body.reservation, asked, body.site, purpose)
    for item, n in asked.items():
        # What orders, reservations and other releases keep for themselves is not given away.
        check_free(book, item, body.site, n, "body.lines")
    for item, n in asked.items():
        reserve(book, stock_key(item, body.site), n)
    for first, n in chains.items():
        reserve(book, first, n)
    leg: dict[str, Value] = {
        "due": book.time + RELEASE_S,
        "entry": book.index,
        "kind": RELEASING,
        "lapse": book.time + RELEASE_S,
        "left": count_rows(asked),
        "lots": count_rows(chains),
        "site": body.site,
    }
    if body.reservation is not None:
        leg |= {"of": count_rows(given), "reservation": body.reservation}
    if right is not None:
        leg["right"] = right.key
        for item, n in asked.items():
            right.left[item] -= n
        right.put(book)
    book.put("legs", book.statement, leg)


def _check_right(book: Book, body: Release) -> Right | None:
    """The right, of a household that may be given aid, in its window; None at an open point."""
    if body.entitlement is None:
        site = book.row("catalogue", f"site/{body.site}")
        assert site is not None
        if site["kind"] != "point":
            raise Refused(Code.NOT_ELIGIBLE, "body.entitlement", key=f"site/{body.site}")
        return None
    right = find_right(book, body.entitlement.key)
    assert right is not None
    if not is_eligible(book.row("households", body.entitlement.tag)):
        raise Refused(Code.NOT_ELIGIBLE, "body.entitlement.tag", key=body.entitlement.tag)
    if not right.is_open(book.time):
        where, low, high = "body.entitlement", right.start, right.end - 1
        raise Refused(Code.NOT_ELIGIBLE, where, key=right.key, now=book.time, low=low, high=high)
    return right


def _try(book: Book, draws: Draws, body: Release, line: Draw) -> Taken:
    lot = the_lot(book.state, line.lot)
    return draws.take(lot, line.quantity, f"site:{body.site}", "given:household")


def _check_lots_usable(book: Book, body: Release, taken: list[Taken]) -> None:
    for number, line in enumerate(taken):
        for part in line.parts:
            if not part.lot.is_usable(book.time):
                where = f"body.lines[{number}].lot"
                raise Refused(Code.NOT_USABLE, where, key=part.lot.id, **last_entry(book, part.lot))


def _check_within(right: Right, asked: Mapping[str, int]) -> None:
    for item, n in asked.items():
        left = right.left.get(item, 0)
        if n > left:
            key = f"{right.key}: {item}"
            raise Refused(
                Code.NOT_ENOUGH, "body.entitlement", key=key, asked=n, left=left, entry=right.entry
            )


def _check_lots_reach(book: Book, body: Release, taken: list[Taken]) -> dict[str, int]:
    """First lot of a chain -> what is asked of it; no lot is asked for more than is free of it."""
    chains: dict[str, int] = {}
    for number, (line, got) in enumerate(zip(body.lines, taken, strict=True)):
        where, asked = f"body.lines[{number}]", line.quantity
        if got.missing:
            lot = the_lot(book.state, line.lot)
            raise Refused(
                Code.NOT_ENOUGH, where, key=lot.id, asked=asked, left=got.n, **last_entry(book, lot)
            )
        for part in got.parts:
            lot = part.lot
            free = lot.quantity - reserved(book, lot.first) - chains.get(lot.first, 0)
            if part.n > free:
                raise Refused(
                    Code.NOT_ENOUGH,
                    where,
                    key=lot.id,
                    asked=asked,
                    left=max(0, free),
                    **last_entry(book, lot),
                )
            chains[lot.first] = chains.get(lot.first, 0) + part.n
    return chains


def _lapse(book: Book, key: str, row: Mapping[str, Value]) -> None:
    end_release(book, key, dict(row))
    give_unused(book, row, {})


def give_unused(book: Book, row: Mapping[str, Value], given: Mapping[str, int]) -> None:
    """A release has ended: a reservation keeps again what it gave for it and nobody got.

    `given`: item -> what was handed out for the release; what the reservation gave went first.
    """
    if "reservation" in row:
        of = counts(row["of"])
        unused = {item: max(0, n - given.get(item, 0)) for item, n in of.items()}
        give_kept(book, str(row["reservation"]), unused)


def end_release(book: Book, leg: str, row: dict[str, Value]) -> None:
    """Free what a release keeps, of stock and of the right, and close it."""
    left = counts(row["left"])
    for item, n in left.items():
        reserve(book, stock_key(item, str(row["site"])), -n)
    for first, n in counts(row["lots"]).items():
        reserve(book, first, -n)
    right = find_right(book, str(row["right"])) if "right" in row else None
    if right is not None:
        for item, n in left.items():
            right.left[item] = right.left.get(item, 0) + n
        right.put(book)
    close_leg(book, leg, row, book.statement)


RELEASE = Kind(
    name=RELEASING,
    nature=Nature.AUTHORISATION,
    body=Release,
    authority=_authority,
    apply=_release,
    references=_named,
    reads=_reads,
    lapse=_lapse,
)
