"""What statements about goods share: lines that name lots, sites, reservations, the second person.

Rules that all of them keep (`docs/spec/kinds-goods.md`):

- a line that names a lot takes from the living end of its chain at the site; what is missing there
  comes from the contra account `over_issue:X`, is named as a breach and has the source `found`;
- goods at a site are in its custodian's hands;
- `reserved` holds, for an item at a site and for the chain of a lot, how much open orders and
  releases keep for themselves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from ledger.book import Book
from ledger.canon import INT_MAX, Value
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.draws import Draws, Extra, Part
from ledger.goods.limits import LOTS_MAX, SERIALS_MAX
from ledger.goods.lots import Lot, find_lot
from ledger.kinds import Reference
from ledger.members import ANYWHERE, Place, Signers
from ledger.shape import Hash, Length, LotId, Moved, Number, Pattern
from ledger.state import Pair

Serial = Annotated[str, Pattern("[A-Za-z0-9][A-Za-z0-9./-]{0,63}", 64, "serial number")]
Serials = Annotated[tuple[Serial, ...], Length(1, SERIALS_MAX)]
Waybill = Annotated[str, Pattern("[A-Za-z0-9][A-Za-z0-9./-]{0,47}", 48, "waybill number or SSCC")]


@dataclass(frozen=True, slots=True)
class Device:
    """Which statement of a device this is: key id, running number, the statement before it."""

    id: Hash
    seq: Number
    prev: Hash | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """A line that takes `quantity` base units of a lot; `serials` are those that go."""

    lot: LotId
    quantity: Moved
    serials: Serials | None = None


Lines = Annotated[tuple[Draw, ...], Length(1, LOTS_MAX)]
"""Lines of one statement that name lots."""


# ---- references and reading ahead ---------------------------------------------------------------


def site_named(where: str, site: str) -> Reference:
    """The site must be in the catalogue."""
    return Reference(where, "catalogue", f"site/{site}")


def lots_named(where: str, lines: Iterable[Draw]) -> Iterable[Reference]:
    """Every lot that a line names must be on the ledger."""
    for number, line in enumerate(lines):
        yield Reference(f"{where}[{number}].lot", "lots", line.lot)


def lots_read(lines: Iterable[Draw]) -> Iterable[Pair]:
    """Rows that drawing on these lots reads, as far as they are known before."""
    for line in lines:
        yield "lots", line.lot
        yield "index", f"lot/{line.lot}"


# ---- who ----------------------------------------------------------------------------------------


def expect_second(book: Book, signers: Signers, *roles: str, place: Place = ANYWHERE) -> None:
    """A fact should be signed by another person too, with one of `roles`; else `same_person`.

    The fact is booked all the same: it happened, whoever saw it.
    """
    try:
        signers.need_second(*roles, place=place, attested=True)
    except Refused:
        book.breach(Code.SAME_PERSON, "cosigners", 1)


# ---- places -------------------------------------------------------------------------------------


def known_site(book: Book, site: str) -> bool:
    """Whether a fact's site is in the catalogue; a breach where it is not: nothing moves there."""
    if book.row("catalogue", f"site/{site}") is not None:
        return True
    book.breach(Code.UNKNOWN_REFERENCE, f"site/{site}", 0)
    return False


def custodian_of(book: Book, site: str) -> str:
    """The organisation that answers for a known site."""
    row = book.row("catalogue", f"site/{site}")
    assert row is not None, site
    return str(row["custodian"])


def known_lot(book: Book, line: Draw) -> Lot | None:
    """The lot that a line names; a breach where it is unknown: the line moves nothing."""
    lot = find_lot(book.state, line.lot)
    if lot is None:
        book.breach(Code.UNKNOWN_REFERENCE, f"lot/{line.lot}", line.quantity)
    return lot


# ---- goods out of a site ------------------------------------------------------------------------


def take_out(
    book: Book, draws: Draws, lot: Lot, line: Draw, site: str, account: str, target: str = ""
) -> tuple[tuple[Part, ...], tuple[Extra, ...]]:
    """Move what a line names from the site to `account`; what is not there from `over_issue`.

    `target` is the lot made of it, where one is made. Returns the parts taken and what was missing.
    """
    taken = draws.take(lot, line.quantity, f"site:{site}", target or account, line.serials or ())
    if taken.n:
        book.move(lot.item, f"site:{site}", account, taken.n)
    if not taken.missing:
        return taken.parts, ()
    contra = f"over_issue:{site}"
    book.move(lot.item, contra, account, taken.missing)
    book.breach(Code.OVER_ISSUE, f"{lot.item}/{contra}", taken.missing)
    return taken.parts, (Extra(contra, f"found:{book.statement}", taken.missing),)


def check_usable(book: Book, parts: Sequence[Part]) -> None:
    """A breach for each lot that should not have gone out: expired, held or damaged."""
    for part in parts:
        if not part.lot.is_usable(book.time):
            book.breach(Code.NOT_USABLE, f"lot/{part.lot.id}", part.n)


def last_entry(book: Book, lot: Lot) -> dict[str, int]:
    """`{"entry": i}`, the last entry about a lot, for the sentence of a refusal; or nothing."""
    row = book.state.get("index", f"lot/{lot.id}")
    return {"entry": row[1]} if isinstance(row, list) and isinstance(row[1], int) else {}


# ---- reservations -------------------------------------------------------------------------------


def stock_key(item: str, site: str) -> str:
    """Key in table `reserved` of an item at a site."""
    return f"{item}/{site}"


def reserved(book: Book, key: str) -> int:
    """Units that open orders and releases keep under `key`."""
    row = book.state.get("reserved", key)
    return row if isinstance(row, int) else 0


def reserve(book: Book, key: str, n: int) -> None:
    """Keep n units more (or, below zero, fewer) under `key`.

    Raises `Refused(sum_out_of_range)` where no JSON number could say how many are kept.
    """
    left = reserved(book, key) + n
    assert left >= 0, (key, left)
    if left > INT_MAX:
        raise Refused(Code.SUM_OUT_OF_RANGE, f"reserved {key}", value=f"{left}", high=INT_MAX)
    book.put("reserved", key, left or None)


# ---- legs ---------------------------------------------------------------------------------------


def open_leg(book: Book, leg: str, kind: str) -> dict[str, Value] | None:
    """The leg that statement `leg` opened, if it is of this kind and open at batch time.

    One that has passed its deadline is closed, whether or not that has been recorded yet.
    """
    row = book.row("legs", leg)
    if row is None or row["kind"] != kind or "closed" in row:
        return None
    lapse = row.get("lapse")
    return None if isinstance(lapse, int) and lapse <= book.time else row


def close_leg(book: Book, leg: str, row: dict[str, Value], by: StatementId) -> None:
    """Close a leg; its row is kept, and lapses no more."""
    kept = {key: value for key, value in row.items() if key != "lapse"}
    book.put("legs", leg, {**kept, "closed": by})


def counts(value: Value) -> dict[str, int]:
    """A list of [name, n] in a row, as a dictionary in its order."""
    assert isinstance(value, list)
    found: dict[str, int] = {}
    for pair in value:
        assert isinstance(pair, list) and isinstance(pair[1], int)
        found[str(pair[0])] = found.get(str(pair[0]), 0) + pair[1]
    return found


def count_rows(sums: dict[str, int]) -> list[Value]:
    """The opposite of `counts`."""
    return [[name, n] for name, n in sums.items()]
