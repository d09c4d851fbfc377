"""`disbursement.handout`: goods into people's hands.

The fact that follows a release (`ledger.goods.release`): its lots go to `given:..`. What went
beyond the right is a breach, not a refusal, because it has happened.

    release -> hand-out -> delivery.confirm          the leg of each is a row of table `legs`

A hand-out has three forms: `rows` of households by tag, `lines` with the root of a manifest (open
points, where nobody is registered; totals only), or `lines` to an organisation. For goods out the
earlier leg is the lot: a missing or lapsed release is a breach and moves nothing else.
Rules: `docs/spec/kinds-goods.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.entries.household import is_eligible
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.draws import Draws
from ledger.goods.limits import CONFIRM_S, HANDOUT_LINES_MAX, LOTS_MAX
from ledger.goods.lines import (
    Device,
    Draw,
    check_usable,
    counts,
    expect_second,
    known_lot,
    known_site,
    lots_named,
    lots_read,
    open_leg,
    site_named,
    take_out,
)
from ledger.goods.lots import Lot
from ledger.goods.release import RELEASING, end_release, give_unused
from ledger.goods.rights import find_right
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers
from ledger.money.gifts import Manifest
from ledger.shape import Evidence, Hash, HouseholdTag, Length, Slug
from ledger.state import Pair

HANDING_OUT = "disbursement.handout"


@dataclass(frozen=True, slots=True)
class Row:
    """What one household got."""

    lines: Annotated[tuple[Draw, ...], Length(1, HANDOUT_LINES_MAX)]
    tag: HouseholdTag


@dataclass(frozen=True, slots=True)
class Handout:
    """Body of `disbursement.handout`, in one of its three forms.

    `confirmation`: how the household said that it got them; a witness co-signs and says why.
    """

    site: Slug
    confirmation: Literal["card", "pin", "signature", "witness"] | None = None
    cycle: Slug | None = None
    device: Device | None = None
    evidence: Evidence | None = None
    lines: Annotated[tuple[Draw, ...], Length(1, HANDOUT_LINES_MAX)] | None = None
    manifest: Manifest | None = None
    organisation: Slug | None = None
    purpose: Slug | None = None
    reason: Slug | None = None
    release: Hash | None = None
    rows: Annotated[tuple[Row, ...], Length(1, HANDOUT_LINES_MAX)] | None = None

    def __post_init__(self) -> None:
        forms = [self.rows is not None, self.manifest is not None, self.organisation is not None]
        if forms.count(True) != 1 or (self.rows is None) != (self.lines is not None):
            raise Refused(
                Code.MALFORMED, "body", wanted="rows, or lines with a manifest or an organisation"
            )
        if forms[0] != (self.cycle is not None) or forms[0] != (self.purpose is not None):
            raise Refused(Code.MALFORMED, "body.cycle", wanted="cycle and purpose with rows")
        if self.confirmation == "witness" and self.reason is None:
            raise Refused(Code.MALFORMED, "body.reason", wanted="a reason where a witness confirms")
        lines = len(self.all_lines())
        if lines > HANDOUT_LINES_MAX:
            raise Refused(Code.MALFORMED, "body.rows", value=lines, high=HANDOUT_LINES_MAX)
        lots = len(dict.fromkeys(line.lot for line in self.all_lines()))
        if lots > LOTS_MAX:
            raise Refused(Code.MALFORMED, "body.rows", value=lots, high=LOTS_MAX)

    def all_lines(self) -> tuple[Draw, ...]:
        """The lines of all rows, in order."""
        return self.lines or tuple(line for row in self.rows or () for line in row.lines)

    def right_key(self, tag: str) -> str:
        """Key of the right that a row draws on."""
        return f"{tag}/{self.cycle}/{self.purpose}"


def _named(body: Handout) -> Iterator[Reference]:
    yield site_named("body.site", body.site)
    if body.rows is None:
        yield from lots_named("body.lines", body.lines or ())
    for number, row in enumerate(body.rows or ()):
        yield Reference(f"body.rows[{number}].tag", "households", row.tag)
        yield from lots_named(f"body.rows[{number}].lines", row.lines)
    if body.organisation is not None:
        yield Reference("body.organisation", "members", body.organisation)
    if body.release is not None:
        yield Reference("body.release", "legs", body.release)


def _reads(statement: StatementId, body: Handout) -> Iterator[Pair]:
    yield "legs", statement
    yield from lots_read(body.all_lines())
    for row in body.rows or ():
        yield "entitlements", body.right_key(row.tag)


def _authority(book: Book, signers: Signers, body: Handout) -> None:
    signers.need("distributor", place=Place(site=body.site))
    if body.confirmation == "witness":
        expect_second(book, signers, "distributor", "confirmer", "storekeeper", "manager")


def _handout(book: Book, body: Handout) -> None:
    if not known_site(book, body.site):
        return
    released = _use_release(book, body)
    draws = Draws(book)
    sums: dict[str, int] = {}
    drawn: list[Value] = []
    if body.rows is None:
        account = "given:open" if body.organisation is None else "given:organisation"
        _give(book, draws, body, body.lines or (), account, sums)
    for number, row in enumerate(body.rows or ()):
        taken = _give_household(book, draws, body, row, sums)
        drawn += [[number, item, n] for item, n in taken.items()]
    draws.close()
    if released is not None:
        kept = counts(released["left"])
        for item, n in sums.items():
            if n > kept.get(item, 0):
                book.breach(Code.EXCEEDED, f"leg/{body.release}", n - kept.get(item, 0))
        give_unused(book, released, sums)
    leg: dict[str, Value] = {
        "confirmed": [],
        "due": book.time + CONFIRM_S,
        "entry": book.index,
        "kind": HANDING_OUT,
        "rows": _rows_of(body),
        "site": body.site,
    }
    if drawn:
        leg["drawn"] = drawn
    book.put("legs", book.statement, leg)


def _rows_of(body: Handout) -> int:
    """How many can confirm: households, rows of the manifest, or the one organisation."""
    if body.manifest is not None:
        return body.manifest.size
    return 1 if body.rows is None else len(body.rows)


def _use_release(book: Book, body: Handout) -> dict[str, Value] | None:
    """The row of the release named here, which ends with this; None without an open one.

    What it kept of the right goes back first: what was really given is then taken from the whole.
    """
    row = None if body.release is None else open_leg(book, body.release, RELEASING)
    if row is None or body.release is None:
        if body.release is not None or body.organisation is None:
            book.breach(Code.NOT_OPEN, f"leg/{body.release or 'release'}", 0)
        return None
    keys = [body.right_key(household.tag) for household in body.rows or ()]
    if row["site"] != body.site or ("right" in row and row["right"] not in keys):
        book.breach(Code.NOT_ELIGIBLE, f"leg/{body.release}", 1)
    end_release(book, body.release, row)
    return row


def _give(
    book: Book,
    draws: Draws,
    body: Handout,
    lines: tuple[Draw, ...],
    account: str,
    sums: dict[str, int],
) -> None:
    """Lots -> `account`, line by line; adds up in `sums` what went, by item."""
    for line in lines:
        lot: Lot | None = known_lot(book, line)
        if lot is None:
            continue
        parts, _ = take_out(book, draws, lot, line, body.site, account)
        check_usable(book, parts)
        sums[lot.item] = sums.get(lot.item, 0) + line.quantity


def _give_household(
    book: Book, draws: Draws, body: Handout, row: Row, sums: dict[str, int]
) -> dict[str, int]:
    """Lots -> one household; returns what its right gave of that, by item."""
    given: dict[str, int] = {}
    taken: dict[str, int] = {}
    household = book.row("households", row.tag)
    if household is None:
        # Nobody of this name is enrolled: given, but to whom the ledger cannot say.
        asked = sum(line.quantity for line in row.lines)
        book.breach(Code.UNKNOWN_REFERENCE, f"household/{row.tag}", asked)
        _give(book, draws, body, row.lines, "given:open", given)
    else:
        if not is_eligible(household):
            book.breach(Code.NOT_ELIGIBLE, f"household/{row.tag}", 1)
        _give(book, draws, body, row.lines, "given:household", given)
        taken = take_right(book, body.right_key(row.tag), given)
    for item, n in given.items():
        sums[item] = sums.get(item, 0) + n
    return taken


def take_right(book: Book, key: str, given: dict[str, int]) -> dict[str, int]:
    """Take what was given from the right; what goes beyond it is a breach.

    Returns what the right had of it, by item: a correction gives back that, and no more.
    """
    taken: dict[str, int] = {}
    right = find_right(book, key)
    if right is None:
        book.breach(Code.EXCEEDED, f"entitlement/{key}", sum(given.values()))
        return taken
    if not right.is_open(book.time):
        book.breach(Code.NOT_ELIGIBLE, f"entitlement/{key}", sum(given.values()))
    for item, n in given.items():
        left = right.left.get(item, 0)
        if n > left:
            book.breach(Code.EXCEEDED, f"entitlement/{key}", n - left)
        if left:
            taken[item] = min(n, left)
            right.left[item] = left - taken[item]
    right.put(book)
    return taken


HANDOUT = Kind(
    name=HANDING_OUT,
    nature=Nature.ATTESTATION,
    body=Handout,
    authority=_authority,
    apply=_handout,
    references=_named,
    reads=_reads,
)
