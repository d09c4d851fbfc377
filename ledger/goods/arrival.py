"""`shipment.arrive`: what came of a consignment: good, damaged or lost, the rest still on its way.

For every lot, arrived + lost + still in transit = dispatched; more than that is `found:X`. Goods do
not lapse on their way: they stand on `consignment:D` until somebody says what happened.

An arrival may come to the ledger before its dispatch (a device was offline). When it has waited
long enough it is booked from `found:X`; the dispatch, when it comes, is booked against that.
Rules: `docs/spec/kinds-goods.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.goods.draws import Draws, Extra, Part
from ledger.goods.limits import FOUND_BEFORE_MAX, LOTS_MAX
from ledger.goods.lines import (
    Device,
    close_leg,
    count_rows,
    counts,
    custodian_of,
    known_site,
    site_named,
)
from ledger.goods.lots import Lot, find_lot
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers
from ledger.shape import QUANTITY_MAX, Counted, Evidence, Hash, Length, LotId, Slug
from ledger.state import Pair

DISPATCH = "shipment.dispatch"
ARRIVAL = "shipment.arrive"


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came of an item, and of which lot of the consignment, where the label was read."""

    damaged: Counted
    good: Counted
    item: Slug
    lost: Counted
    lot: LotId | None = None


@dataclass(frozen=True, slots=True)
class Arrive:
    """Body of `shipment.arrive`; outputs are, line by line, the good and the damaged lot if > 0."""

    dispatch: Hash
    lines: Annotated[tuple[Arrived, ...], Length(1, LOTS_MAX)]
    site: Slug
    device: Device | None = None
    evidence: Evidence | None = None
    reason: Slug | None = None


def _named(body: Arrive) -> Iterator[Reference]:
    yield site_named("body.site", body.site)
    yield Reference("body.dispatch", "legs", body.dispatch)
    for number, line in enumerate(body.lines):
        yield Reference(f"body.lines[{number}].item", "catalogue", f"item/{line.item}")


def _reads(statement: StatementId, body: Arrive) -> Iterator[Pair]:
    for number, line in enumerate(body.lines):
        yield "index", f"lot/{statement}/{number}"
        if line.lot is not None:
            yield "lots", line.lot
            yield "index", f"lot/{line.lot}"


def _authority(book: Book, signers: Signers, body: Arrive) -> None:
    signers.need("receiver", "storekeeper", place=Place(site=body.site))


def _arrive(book: Book, body: Arrive) -> None:
    if not known_site(book, body.site):
        return
    leg = book.row("legs", body.dispatch)
    known = leg is not None and leg["kind"] == DISPATCH
    if not known:
        book.breach(Code.UNKNOWN_REFERENCE, f"leg/{body.dispatch}", 0)
    elif leg is not None and leg["to"] != body.site:
        book.breach(Code.NOT_ELIGIBLE, f"site/{body.site}", 1)
    arrival = _Arrival(book, body)
    for line in body.lines:
        if book.row("catalogue", f"item/{line.item}") is None:
            book.breach(Code.UNKNOWN_REFERENCE, f"item/{line.item}", line.good + line.damaged)
        else:
            arrival.take_in(line)
    arrival.draws.close()
    if leg is not None and known:
        _note(book, body.dispatch, leg, arrival.taken)
    elif leg is None or leg["kind"] == ARRIVAL:
        _remember(book, body, leg, arrival.found)


class _Arrival:
    """One arrival at work: `taken` item -> units out of the consignment, `found` item -> beyond."""

    def __init__(self, book: Book, body: Arrive) -> None:
        self.book, self.body = book, body
        self.draws = Draws(book, carries=True)
        self.taken: dict[str, int] = {}
        self.found: dict[str, int] = {}
        self._outputs = 0

    def take_in(self, line: Arrived) -> None:
        """Good, damaged, lost, in this order."""
        if line.good:
            self._make(line, line.good, "good")
        if line.damaged:
            self._make(line, line.damaged, "damaged")
        if line.lost:
            self._lose(line)

    def _make(self, line: Arrived, n: int, condition: str) -> None:
        book, site = self.book, self.body.site
        number, place = self._outputs, f"site:{site}"
        self._outputs += 1
        parts = self._take(line, n, self.draws.output(number), place)
        missing = n - sum(part.n for part in parts)
        extras = []
        if missing:
            account = f"found:{site}"
            book.move(line.item, account, place, missing)
            book.breach(Code.FOUND, f"{line.item}/{account}", missing)
            self.found[line.item] = self.found.get(line.item, 0) + missing
            extras.append(Extra(account, f"found:{book.statement}", missing))
        custodian = custodian_of(book, site)
        like = parts[0].lot if parts else unlabelled(line.item, custodian)
        # What left damaged does not arrive good, whatever the line says.
        worst = condition if all(p.lot.condition == "good" for p in parts) else "damaged"
        self.draws.make(
            number, like, parts, place=place, custodian=custodian, extras=extras, condition=worst
        )

    def _lose(self, line: Arrived) -> None:
        parts = self._take(line, line.lost, "lost:transport", "lost:transport")
        missing = line.lost - sum(part.n for part in parts)
        if missing:
            # Nothing is left there that could be lost: said, not booked.
            self.book.breach(Code.EXCEEDED, f"leg/{self.body.dispatch}", missing)

    def _take(self, line: Arrived, n: int, target: str, account: str) -> tuple[Part, ...]:
        place = f"consignment:{self.body.dispatch}"
        if line.lot is None:
            taken = self.draws.take_any(line.item, n, place, target)
        else:
            lot = find_lot(self.book.state, line.lot)
            if lot is None or lot.item != line.item:
                self.book.breach(Code.UNKNOWN_REFERENCE, f"lot/{line.lot}", n)
                return ()
            taken = self.draws.take(lot, n, place, target)
        if taken.n:
            self.book.move(line.item, place, account, taken.n)
            self.taken[line.item] = self.taken.get(line.item, 0) + taken.n
        return taken.parts


def unlabelled(item: str, custodian: str) -> Lot:
    """What is known of goods that came without anything on the ledger."""
    return Lot(
        id="",
        item=item,
        quantity=0,
        place="",
        custodian=custodian,
        owner=custodian,
        condition="good",
        mix=(),
        source=(),
        first="",
    )


def _note(book: Book, dispatch: str, leg: dict[str, Value], taken: dict[str, int]) -> None:
    """Take what came or was lost from what the dispatch still has on its way."""
    left = {item: n - taken.get(item, 0) for item, n in counts(leg["left"]).items()}
    still = {item: n for item, n in left.items() if n > 0}
    row = {**leg, "left": count_rows(still)}
    if still or "closed" in leg:
        book.put("legs", dispatch, row)
    else:
        close_leg(book, dispatch, row, book.statement)


def _remember(
    book: Book, body: Arrive, leg: dict[str, Value] | None, found: dict[str, int]
) -> None:
    """Note under the id of the dispatch what came before it, as far as one dispatch can send it.

    Anybody may name a dispatch that never was, again and again: the note has its limits.
    """
    before = {} if leg is None else counts(leg["found"])
    for item, n in found.items():
        key = f"{item}/{body.site}"
        if key in before or len(before) < FOUND_BEFORE_MAX:
            before[key] = min(before.get(key, 0) + n, LOTS_MAX * QUANTITY_MAX)
    row: dict[str, Value] = {"entry": book.index, "found": count_rows(before), "kind": ARRIVAL}
    book.put("legs", body.dispatch, row)


def found_before(book: Book) -> dict[str, int]:
    """`item/site` -> what arrivals that named this statement have booked as found."""
    row = book.row("legs", book.statement)
    if row is None or row["kind"] != ARRIVAL:
        return {}
    return counts(row["found"])


ARRIVE = Kind(
    name=ARRIVAL,
    nature=Nature.ATTESTATION,
    body=Arrive,
    authority=_authority,
    apply=_arrive,
    references=_named,
    reads=_reads,
)
