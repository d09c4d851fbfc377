"""`asset.lend .handover .return`: equipment lent to another organisation, and back.

An asset is a lot of one piece with a serial number. To lend it is asked, and both organisations
sign; then it is kept for the borrower. It changes hands at the handover, which both sign: its
holder is the borrower from then on, its owner is not. A loan never lapses by itself: past its date
it is overdue, in public, until a person says that it came back.

    legs    {lend}                 {"borrower", "due", "entry", "from", "item", "keeps", "kind",
                                    "lender", "lot", "owner", "serial", "to"}
            after the handover     .. "condition", "handed", "handed_lot", "site"; then "closed"
    legs    asset/{item}/{serial}  {"entry", "holder", "item", "kind": "asset", "loan"?, "owner",
                                    "serial", "site"}

Rules: `docs/spec/kinds-goods.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.draws import Draws
from ledger.goods.limits import LOAN_DAYS_MAX
from ledger.goods.lines import (
    Device,
    Draw,
    close_leg,
    custodian_of,
    known_site,
    reserve,
    reserved,
    site_named,
    stock_key,
    take_out,
)
from ledger.goods.lots import Condition, Lot, living_ends, the_lot
from ledger.goods.reservation import check_free
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers
from ledger.shape import Evidence, Hash, LotId, Seconds, Slug
from ledger.state import Pair

LEND, HANDOVER, RETURN = "asset.lend", "asset.handover", "asset.return"
ASSET = "asset"
"""`kind` of the row that says where an asset is."""
HANDS = ("storekeeper", "receiver", "manager")
"""Who takes an asset over for an organisation, or gives it back."""


@dataclass(frozen=True, slots=True)
class Lend:
    """Body of `asset.lend`: the asset at `from` goes to `borrower`, at its `to`, till `due`."""

    borrower: Slug
    due: Seconds
    from_: Slug
    lot: LotId
    to: Slug
    evidence: Evidence | None = None
    reason: Slug | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """Body of `asset.handover`: the borrower has it at `site`, as lot 0, in this condition."""

    condition: Condition
    loan: Hash
    site: Slug
    device: Device | None = None
    evidence: Evidence | None = None
    reason: Slug | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """Body of `asset.return`: it is back at `site`, as lot 0, in this condition.

    `from`: the site of the borrower where it was, if it is no longer where it was handed over.
    """

    condition: Condition
    loan: Hash
    site: Slug
    device: Device | None = None
    evidence: Evidence | None = None
    from_: Slug | None = None
    reason: Slug | None = None


def asset_key(item: str, serial: str) -> str:
    """Key in table `legs` of where an asset is."""
    return f"{ASSET}/{item}/{serial}"


# ---- lend ---------------------------------------------------------------------------------------


def _lend_named(body: Lend) -> Iterator[Reference]:
    yield Reference("body.borrower", "members", body.borrower)
    yield site_named("body.from", body.from_)
    yield Reference("body.lot", "lots", body.lot)
    yield site_named("body.to", body.to)


def _lend_reads(statement: StatementId, body: Lend) -> Iterator[Pair]:
    yield "legs", statement
    yield "index", f"lot/{body.lot}"


def _signed_for(signers: Signers, member: str, *roles: str) -> bool:
    """Whether a co-signer, another person, acts for this organisation in one of these roles."""
    return any(
        actor.member == member
        and not actor.same_person(signers.author)
        and any(role in actor.roles for role in roles)
        for actor in signers.cosigners
    )


def _may_lend(book: Book, signers: Signers, body: Lend) -> None:
    signers.need("manager", place=Place(site=body.from_))
    lender = custodian_of(book, body.from_)
    if signers.author.member != lender:
        raise Refused(
            Code.NO_AUTHORITY, "author", actor=signers.author.id, role="manager", wanted=lender
        )
    if not _signed_for(signers, body.borrower, "manager"):
        raise Refused(
            Code.NO_AUTHORITY,
            "cosigners",
            actor=signers.author.id,
            role="manager",
            wanted=body.borrower,
        )


def _lend(book: Book, body: Lend) -> None:
    latest = book.time + LOAN_DAYS_MAX * 86_400
    if not book.time < body.due <= latest:
        raise Refused(Code.NOT_ELIGIBLE, "body.due", value=body.due, low=book.time, high=latest)
    lender = custodian_of(book, body.from_)
    if body.borrower == lender or custodian_of(book, body.to) != body.borrower:
        raise Refused(Code.NOT_ELIGIBLE, "body.to", key=f"site/{body.to}", wanted=body.borrower)
    lot = _piece(book, body)
    (serial,) = lot.serials
    key = asset_key(lot.item, serial)
    row = book.row("legs", key)
    if row is not None and "loan" in row:
        raise Refused(Code.ALREADY_EXISTS, "body.lot", key=str(row["loan"]))
    if not lot.is_usable(book.time):
        raise Refused(Code.NOT_USABLE, "body.lot", key=lot.id)
    if reserved(book, lot.first):
        raise Refused(Code.NOT_ENOUGH, "body.lot", key=lot.id, asked=1, left=0)
    check_free(book, lot.item, body.from_, 1, "body.lot")
    keeps: list[Value] = [stock_key(lot.item, body.from_), lot.first]
    for kept in keeps:
        reserve(book, str(kept), 1)
    leg: dict[str, Value] = {
        "borrower": body.borrower,
        "due": body.due,
        "entry": book.index,
        "from": body.from_,
        "item": lot.item,
        "keeps": keeps,
        "kind": LEND,
        "lender": lender,
        "lot": lot.id,
        "owner": lot.owner,
        "serial": serial,
        "to": body.to,
    }
    book.put("legs", book.statement, leg)
    place_asset(book, leg, lender, body.from_, loan=book.statement)
    book.touch(f"loan/{book.statement}")


def _piece(book: Book, body: Lend) -> Lot:
    """The living lot of one piece with a serial number that the body means."""
    named = the_lot(book.state, body.lot)
    lot = next(living_ends(book.state, named, f"site:{body.from_}"), None)
    if lot is None:
        raise Refused(Code.NOT_ENOUGH, "body.lot", key=body.lot, asked=1, left=0)
    if lot.quantity != 1 or len(lot.serials) != 1:
        wanted = "one piece with a serial number"
        raise Refused(Code.NOT_ELIGIBLE, "body.lot", key=lot.id, wanted=wanted)
    return lot


def place_asset(
    book: Book, leg: dict[str, Value], holder: str, site: str, loan: StatementId | None
) -> None:
    """Say where an asset is, who holds it, and for which loan."""
    row: dict[str, Value] = {
        "entry": book.index,
        "holder": holder,
        "item": leg["item"],
        "kind": ASSET,
        "owner": leg["owner"],
        "serial": leg["serial"],
        "site": site,
    }
    if loan is not None:
        row["loan"] = loan
    book.put("legs", asset_key(str(leg["item"]), str(leg["serial"])), row)


# ---- handover -----------------------------------------------------------------------------------


def _loan_named(body: Handover | Return) -> Iterator[Reference]:
    yield Reference("body.loan", "legs", body.loan)
    yield site_named("body.site", body.site)
    if isinstance(body, Return) and body.from_ is not None:
        yield site_named("body.from", body.from_)


def _loan_reads(statement: StatementId, body: Handover | Return) -> Iterator[Pair]:
    yield "index", f"lot/{statement}/0"


def find_loan(book: Book, loan: str) -> dict[str, Value] | None:
    """The row of a loan; None where there is none."""
    row = book.row("legs", loan)
    return None if row is None or row["kind"] != LEND else row


def _may_hand_over(book: Book, signers: Signers, body: Handover) -> None:
    leg = find_loan(book, body.loan)
    site = body.site if leg is None else str(leg["from"])
    signers.need("storekeeper", "manager", place=Place(site=site))
    _expect_borrower(book, signers, leg)


def _expect_borrower(book: Book, signers: Signers, leg: dict[str, Value] | None) -> None:
    """The borrower should sign as well; the fact is booked all the same."""
    if leg is not None and not _signed_for(signers, str(leg["borrower"]), *HANDS):
        book.breach(Code.SAME_PERSON, "cosigners", 1)


def _hand_over(book: Book, body: Handover) -> None:
    leg = _found_open(book, body.loan, handed=False)
    if leg is None or not known_site(book, body.site):
        return
    if body.site == leg["from"]:
        book.breach(Code.NOT_ELIGIBLE, f"site/{body.site}", 1)
        return
    if body.site != leg["to"]:
        book.breach(Code.NOT_ELIGIBLE, f"site/{body.site}", 1)
    free_asset(book, leg)
    lot = _moved(book, leg, str(leg["lot"]), str(leg["from"]), body.site, body.condition)
    now: dict[str, Value] = {
        **{name: value for name, value in leg.items() if name != "keeps"},
        "condition": body.condition,
        "handed": book.statement,
        "handed_lot": lot.id,
        "site": body.site,
    }
    book.put("legs", body.loan, now)
    place_asset(book, now, lot.custodian, body.site, loan=StatementId(body.loan))
    book.touch(f"loan/{body.loan}")


def free_asset(book: Book, leg: dict[str, Value]) -> None:
    """What a loan keeps until the handover is kept no more."""
    keeps = leg.get("keeps", [])
    assert isinstance(keeps, list)
    for key in keeps:
        reserve(book, str(key), -1)


def _found_open(book: Book, loan: str, *, handed: bool) -> dict[str, Value] | None:
    """The loan, open and handed over or not yet; else None, with the breach that says why."""
    leg = find_loan(book, loan)
    if leg is None:
        book.breach(Code.UNKNOWN_REFERENCE, f"leg/{loan}", 0)
        return None
    if "closed" in leg or ("handed" in leg) != handed:
        book.breach(Code.NOT_OPEN, f"leg/{loan}", 0)
        return None
    return leg


def _moved(
    book: Book, leg: dict[str, Value], lot_id: str, source: str, site: str, condition: Condition
) -> Lot:
    """The asset goes from site to site, into other hands, as lot 0 of this statement."""
    draws = Draws(book, carries=True)
    lot, place = the_lot(book.state, lot_id), f"site:{site}"
    line = Draw(lot.id, 1, (str(leg["serial"]),))
    parts, extras = take_out(book, draws, lot, line, source, place, draws.output(0))
    new = draws.make(
        0,
        lot,
        parts,
        place=place,
        custodian=custodian_of(book, site),
        extras=extras,
        condition=condition,
    )
    draws.close()
    return new


# ---- return -------------------------------------------------------------------------------------


def _may_take_back(book: Book, signers: Signers, body: Return) -> None:
    signers.need(*HANDS, place=Place(site=body.site))
    _expect_borrower(book, signers, find_loan(book, body.loan))


def _take_back(book: Book, body: Return) -> None:
    leg = _found_open(book, body.loan, handed=True)
    if leg is None or not known_site(book, body.site):
        return
    source = str(leg["site"]) if body.from_ is None else body.from_
    if source == body.site or not known_site(book, source):
        book.breach(Code.NOT_ELIGIBLE, f"site/{body.site}", 1)
        return
    lot = _moved(book, leg, str(leg["handed_lot"]), source, body.site, body.condition)
    due = leg["due"]
    assert isinstance(due, int)
    if book.time > due:
        book.breach(Code.LATE, f"leg/{body.loan}", book.time - due)
    if lot.custodian != leg["lender"]:
        book.breach(Code.NOT_ELIGIBLE, f"site/{body.site}", 1)
    close_leg(book, body.loan, {**leg, "returned": body.condition}, book.statement)
    place_asset(book, leg, lot.custodian, body.site, loan=None)
    book.touch(f"loan/{body.loan}")


KINDS = (
    Kind(
        name=LEND,
        nature=Nature.AUTHORISATION,
        body=Lend,
        authority=_may_lend,
        apply=_lend,
        references=_lend_named,
        reads=_lend_reads,
    ),
    Kind(
        name=HANDOVER,
        nature=Nature.ATTESTATION,
        body=Handover,
        authority=_may_hand_over,
        apply=_hand_over,
        references=_loan_named,
        reads=_loan_reads,
    ),
    Kind(
        name=RETURN,
        nature=Nature.ATTESTATION,
        body=Return,
        authority=_may_take_back,
        apply=_take_back,
        references=_loan_named,
        reads=_loan_reads,
    ),
)
