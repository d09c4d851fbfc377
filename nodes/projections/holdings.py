"""Holdings: what there is and where, what came and went, and what became of a gift, from the views.

Questions about money and goods, on a session of `nodes.projections.queries.reading`. Amounts are
added here, in integers that do not overflow, never by SQL.

    with reading(engine) as session:
        for flow in flows(session): print(flow.commodity, flow.received, flow.heads)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from nodes.projections.facts import label_of
from nodes.projections.nounviews import (
    Catalogue,
    Delivery,
    Disbursement,
    Donation,
    Entitlement,
    Handed,
    Household,
    Shipment,
    ShipmentLine,
)
from nodes.projections.queries import LIMIT_MAX, corrections_of, entry_at, thing
from nodes.projections.views import (
    Balance,
    Correction,
    Entry,
    Leg,
    Lot,
    Origin,
    Segment,
    Tally,
    Total,
    col,
)

# ---- figures ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Flow:
    """The figures of one commodity, in units: gross ones of the book, and sums by kind of account.

    `heads`: first word of an account -> what stands on all such accounts (`site`, `consignment`,
    `given`, `lost`, `free`, `allocated`, `transit`, `paid`, `refunded`, `shortfall` ..).
    """

    commodity: str
    is_money: bool
    received: int
    received_back: int
    inside: int
    spent: int
    spent_back: int
    contra: int
    neutral: int
    heads: Mapping[str, int]


def flows(session: Session) -> list[Flow]:
    """Every commodity that ever moved, by name."""
    heads: dict[str, dict[str, int]] = {}
    money: dict[str, None] = {}
    for commodity, line, label, units in session.execute(
        select(col(Balance.commodity), col(Balance.line), col(Balance.label), col(Balance.units))
    ):
        own = heads.setdefault(commodity, {})
        head = label.partition(":")[0]
        own[head] = own.get(head, 0) + int(units)
        if line:
            money[commodity] = None
    return [
        Flow(
            commodity=row.commodity,
            is_money=row.commodity in money,
            received=int(row.received),
            received_back=int(row.received_back),
            inside=int(row.inside),
            spent=int(row.spent),
            spent_back=int(row.spent_back),
            contra=int(row.contra),
            neutral=int(row.neutral),
            heads=heads.get(row.commodity, {}),
        )
        for row in session.scalars(select(Total).order_by(col(Total.commodity)))
    ]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many; `kinds`: kind -> applied entries of it."""

    entries: int
    batches: int
    refused: int
    corrections: int
    differences: int
    open_legs: int
    gifts: int
    kinds: Mapping[str, int]


def counts(session: Session) -> Counts:
    """The numbers of the public page; none of them walks over the log."""
    tally = session.scalars(select(Tally)).all()
    applied: dict[str, int] = {}
    for row in tally:
        if row.code in ("ok", "flagged"):
            applied[row.kind] = applied.get(row.kind, 0) + row.count
    batches = sum(row.count for row in tally if row.kind == "batch")
    entries_ = sum(row.count for row in tally)
    # By the entries of that kind, which are few beside all gifts.
    of_lists = select(col(Entry.statement)).where(col(Entry.kind) == "donation.list")
    lists = select(col(Donation.gifts)).where(col(Donation.statement).in_(of_lists))
    return Counts(
        entries=entries_,
        batches=batches,
        refused=entries_ - batches - sum(applied.values()),
        corrections=applied.get("correction.declare", 0),
        differences=len(differences(session)),
        open_legs=session.scalar(select(func.count()).select_from(Leg).where(col(Leg.closed) == -1))
        or 0,
        gifts=applied.get("donation.receive", 0) + sum(session.scalars(lists)),
        kinds=applied,
    )


def balances(
    session: Session,
    *,
    commodity: str = "",
    fund: str = "",
    label: str = "",
    side: str = "",
) -> Sequence[Balance]:
    """Accounts that are not zero, by commodity and name; what is given must all hold."""
    asked = select(Balance)
    for column, value in (
        (Balance.commodity, commodity),
        (Balance.fund, fund),
        (Balance.label, label),
        (Balance.side, side),
    ):
        if value:
            asked = asked.where(col(column) == value)
    return session.scalars(asked.order_by(col(Balance.commodity), col(Balance.account))).all()


def differences(session: Session) -> Sequence[Balance]:
    """Contra accounts that are not zero: what was reported and the books could not hold."""
    return balances(session, side="contra")


# ---- funds and gifts ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """Positions [low, high) of a line with one label; `void`: taken back while in use."""

    line: str
    low: int
    high: int
    label: str
    void: bool

    @property
    def amount(self) -> int:
        """Minor units."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Gift:
    """A donation or list with what became of it; the parts sum to what it brought."""

    donation: Donation
    entry: Entry
    parts: Sequence[Part]
    corrected_by: Sequence[Entry]

    @property
    def labels(self) -> Mapping[str, int]:
        """First word of a label -> minor units; `void` takes those that the bank took back."""
        found: dict[str, int] = {}
        for part in self.parts:
            head = "void" if part.void else part.label.partition(":")[0]
            found[head] = found.get(head, 0) + part.amount
        return found


def donation(session: Session, gift: str) -> Gift | None:
    """The gift with this name: its statement id, or `{correction}/{n}`."""
    row = session.get(Donation, gift)
    if row is None:
        return None
    entry = entry_at(session, row.entry)
    assert entry is not None
    parts = brought(session, gift)
    return Gift(row, entry, parts, corrections_of(session, gift.partition("/")[0]))


def brought(session: Session, gift: str) -> list[Part]:
    """What became of the positions of a gift, or of those that a correction added to a row."""
    parts = []
    # In the order of the gift's offsets: what was added by later entries stands behind.
    order = (col(Origin.entry), col(Origin.low))
    asked = select(Origin).where(col(Origin.statement) == gift).order_by(*order)
    for origin in session.scalars(asked):
        parts.extend(positions(session, origin.line, origin.low, origin.high))
    return parts


def positions(session: Session, line: str, low: int, high: int) -> list[Part]:
    """What the positions [low, high) of a line are now, in order."""
    asked = (
        select(Segment)
        .where(col(Segment.line) == line, col(Segment.low) < high, col(Segment.high) > low)
        .order_by(col(Segment.low))
    )
    return [
        Part(line, max(low, row.low), min(high, row.high), row.label, bool(row.void))
        for row in session.scalars(asked)
    ]


@dataclass(frozen=True, slots=True)
class FundView:
    """A fund: its definition, its lines, and what stands on each of their accounts."""

    fund: Catalogue
    lines: Sequence[Catalogue]
    balances: Sequence[Balance]

    @property
    def heads(self) -> Mapping[str, int]:
        """First word of an account's label -> units on all such accounts of the fund."""
        found: dict[str, int] = {}
        for row in self.balances:
            head = label_of(row.account).partition(":")[0]
            found[head] = found.get(head, 0) + int(row.units)
        return found


def fund(session: Session, fund_id: str) -> FundView | None:
    """The fund with this id."""
    found = thing(session, "fund", fund_id)
    if found is None:
        return None
    own = select(Catalogue).where(
        col(Catalogue.noun) == "line", col(Catalogue.version) == 0, col(Catalogue.parent) == fund_id
    )
    lines = session.scalars(own.order_by(col(Catalogue.id))).all()
    return FundView(found, lines, balances(session, fund=fund_id))


def donations(
    session: Session, *, line: str = "", before: int | None = None, limit: int = 50
) -> Sequence[Donation]:
    """Gifts and lists, newest first, of one line or of all; below entry `before`."""
    asked = select(Donation).order_by(col(Donation.entry).desc())
    if line:
        asked = asked.where(col(Donation.line) == line)
    if before is not None:
        asked = asked.where(col(Donation.entry) < before)
    return session.scalars(asked.limit(max(1, min(limit, LIMIT_MAX)))).all()


def disbursement(session: Session, statement: str) -> Disbursement | None:
    """The payment with this instruction."""
    return session.get(Disbursement, statement)


# ---- goods --------------------------------------------------------------------------------------


def lot(session: Session, lot_id: str) -> Lot | None:
    """The lot with this id, whether it lives or not."""
    return session.get(Lot, lot_id)


def lots_at(session: Session, place: str, *, item: str = "") -> Sequence[Lot]:
    """The lots that live at a place (`site:depot`, `consignment:..`), by item and id."""
    asked = select(Lot).where(col(Lot.place) == place, col(Lot.spent) == -1)
    if item:
        asked = asked.where(col(Lot.item) == item)
    return session.scalars(asked.order_by(col(Lot.item), col(Lot.lot))).all()


def shipment(session: Session, statement: str) -> tuple[Shipment, Sequence[ShipmentLine]] | None:
    """An order or dispatch and its lines, as its own statements had it."""
    row = session.get(Shipment, statement)
    if row is None:
        return None
    asked = select(ShipmentLine).where(col(ShipmentLine.statement) == statement)
    return row, session.scalars(asked.order_by(col(ShipmentLine.item))).all()


def open_legs(
    session: Session, *, kind: str = "", due_before: int | None = None, limit: int = 500
) -> Sequence[Leg]:
    """What was begun and not ended, the oldest first: the ageing list.

    `due_before`: only what fell due before this time, in seconds. A leg that lapses by itself
    (`shipment.order`, `disbursement.release`) is over when it is due, recorded or not.
    """
    asked = select(Leg).where(col(Leg.closed) == -1)
    if kind:
        asked = asked.where(col(Leg.kind) == kind)
    if due_before is not None:
        asked = asked.where(col(Leg.due) >= 0, col(Leg.due) < due_before)
    asked = asked.order_by(col(Leg.time), col(Leg.opened), col(Leg.statement))
    return session.scalars(asked.limit(max(1, min(limit, LIMIT_MAX)))).all()


# ---- households ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Right:
    """What a household may have of a commodity, and how much of it was drawn since.

    Drawn: handed out, or instructed and not come back, as corrections left it.
    """

    entitlement: Entitlement
    drawn: int


@dataclass(frozen=True, slots=True)
class Got:
    """A line of a hand-out, and what the household said of it ("" until it says something)."""

    handed: Handed
    state: str
    corrected: bool


@dataclass(frozen=True, slots=True)
class HouseholdView:
    """A household by its tag: what it may have and what it got."""

    household: Household
    rights: Sequence[Right]
    got: Sequence[Got]


def household(session: Session, tag: str) -> HouseholdView | None:
    """The household with this tag."""
    row = session.get(Household, tag)
    if row is None:
        return None
    got = []
    own = select(Handed).where(col(Handed.tag) == tag)
    for line in session.scalars(own.order_by(col(Handed.entry), col(Handed.n))):
        said = session.get(Delivery, (line.statement, line.row))
        corrected = session.scalars(
            select(Correction).where(col(Correction.target) == line.statement).limit(1)
        ).first()
        got.append(Got(line, said.state if said else "", corrected is not None))
    keys = (col(Entitlement.cycle), col(Entitlement.purpose), col(Entitlement.commodity))
    issued = select(Entitlement).where(col(Entitlement.tag) == tag).order_by(*keys)
    payments = session.scalars(select(Disbursement).where(col(Disbursement.tag) == tag)).all()
    rights = [
        Right(right, _handed(right, got) + _instructed(right, payments))
        for right in session.scalars(issued)
    ]
    return HouseholdView(row, rights, got)


def _handed(right: Entitlement, got: Sequence[Got]) -> int:
    wanted = (right.cycle, right.purpose, right.commodity)
    return sum(
        one.handed.quantity
        for one in got
        if not one.corrected
        and one.handed.entry > right.entry
        and (one.handed.cycle, one.handed.purpose, one.handed.item) == wanted
    )


def _instructed(right: Entitlement, payments: Sequence[Disbursement]) -> int:
    wanted = (right.cycle, right.purpose, right.commodity)
    return sum(
        row.amount - row.back
        for row in payments
        if (row.cycle, row.purpose, row.commodity) == wanted
    )
