"""`disbursement.instruct`, `.paid`, `.failed`, `.returned`: money on its way to somebody.

To instruct puts money in transit; only `paid` spends it. `failed` and `returned` bring the earlier
label back, so that the same positions, of the same donors, can be used again. What is paid without
an instruction, or beyond it, is a fact: it stands on `shortfall` until it is covered or corrected.
Rules: `docs/spec/kinds-money.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from ledger.book import Book
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.handout import HANDOUT
from ledger.goods.release import RELEASE
from ledger.goods.rights import RightId
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers, second_key_limit
from ledger.money.allotment import is_allotment
from ledger.money.draws import (
    Draws,
    check_none_short,
    draw_reads,
    draw_references,
    find_draws,
    funds_of,
)
from ledger.money.earmark import FREE, find_line, fund_of
from ledger.money.funds import take
from ledger.money.owed import ALLOTMENT, change_owed, check_owed
from ledger.money.payments import INSTRUCTION, Leg, fail, find_leg, give_back, owe, pay
from ledger.money.rights import check_promised, check_right
from ledger.shape import Evidence, Hash, LineId, Moved, Pattern, Slug
from ledger.state import Pair

UNPAID_S = 7 * 86_400
"""An instruction that is not paid within 7 days is on the list of what is overdue."""

PayeeClass = Literal["household", "vendor", "contractor", "partner", "compensation", "fee"]
"""What kind of payee: the last word of account `paid:{class}`."""
PayeeTag = Annotated[
    str, Pattern("[0-9a-f]{32}([0-9a-f]{32})?", 64, "16 bytes of a household, else 32, in hex")
]


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is to be paid: a household by its tag, anybody else by a salted tag of 32 bytes."""

    class_: PayeeClass
    tag: PayeeTag

    def __post_init__(self) -> None:
        if len(self.tag) != (32 if self.class_ == "household" else 64):
            raise Refused(
                Code.MALFORMED, "body.payee.tag", wanted="16 bytes of a household, else 32, in hex"
            )


@dataclass(frozen=True, slots=True)
class Instruct:
    """Body of `disbursement.instruct`: pay all draws to the payee.

    `source`: from free money, or from what is allocated to `purpose`, or to the contract whose
    `allotment` it is: that one is signed by nobody. `item_class`: what is bought, where the earmark
    of a line asks for it. `entitlement`: the household's right that this fulfils; `order`: the
    requisition that was accepted, or the claim of a milestone, that it pays.
    """

    area: Slug
    draws: Draws
    payee: Payee
    purpose: Slug
    source: Literal["allocated", "free"]
    allotment: Slug | None = None
    entitlement: RightId | None = None
    evidence: Evidence | None = None
    item_class: Slug | None = None
    order: Hash | None = None

    def __post_init__(self) -> None:
        if self.order is not None and self.entitlement is not None:
            raise Refused(Code.MALFORMED, "body.order", wanted="an entitlement or an order")
        if is_allotment(self.purpose):
            raise Refused(Code.MALFORMED, "body.purpose", wanted="a purpose of the programme")
        if self.allotment is not None and (
            not is_allotment(self.allotment)
            or self.source != "allocated"
            or self.entitlement is not None
        ):
            raise Refused(Code.MALFORMED, "body.allotment", wanted="allocated to a contract")

    @property
    def label(self) -> str:
        """The label of the money that it takes."""
        if self.source == "free":
            return FREE
        return f"allocated:{self.allotment or self.purpose}"


@dataclass(frozen=True, slots=True)
class Account:
    """Where money left and what for, when no instruction on the ledger says it."""

    class_: PayeeClass
    line: LineId


@dataclass(frozen=True, slots=True)
class Paid:
    """Body of `disbursement.paid`: the provider paid `amount` minor units on an instruction.

    `reference` is the HMAC tag of the provider's own reference. `account` is read only where the
    instruction never came to the ledger.
    """

    amount: Moved
    instruction: Hash
    reference: Hash
    account: Account | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Body of `disbursement.failed`: what is in transit was not paid and will not be."""

    instruction: Hash
    reference: Hash
    evidence: Evidence | None = None
    reason: Slug | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """Body of `disbursement.returned`: `amount` minor units came back to the line."""

    amount: Moved
    instruction: Hash
    reference: Hash
    evidence: Evidence | None = None
    reason: Slug | None = None


# ---- instruct -----------------------------------------------------------------------------------


def _named(body: Instruct) -> Iterator[Reference]:
    yield from draw_references(body.draws)
    yield Reference("body.area", "catalogue", f"area/{body.area}")
    if body.payee.class_ == "household":
        yield Reference("body.payee.tag", "households", body.payee.tag)
    if body.entitlement is not None:
        yield Reference("body.entitlement", "entitlements", body.entitlement.key)
    if body.order is not None:
        yield Reference("body.order", "legs", body.order)


def _may_instruct(book: Book, signers: Signers, body: Instruct) -> None:
    if body.allotment is not None:
        # What is set aside for a contract is paid by the contract, which signs nothing.
        raise Refused(
            Code.NO_AUTHORITY, "body.allotment", actor=signers.author.id, wanted="a contract"
        )
    for fund in funds_of(body.draws):
        place = Place(fund=fund, area=body.area)
        signers.need("payer", place=place)
        signers.need_second("approver", place=place)


def _instruct(book: Book, body: Instruct) -> None:
    drawn = find_draws(book, body.draws)
    currency = drawn[0].line.currency
    for each in drawn:
        if each.line.currency != currency:
            raise Refused(Code.NOT_ELIGIBLE, f"{each.where}.line", wanted=currency)
        each.check_use(book, body.purpose, body.area, body.item_class or "")
    right = None
    if body.entitlement is not None:
        right = check_right(
            book,
            body.entitlement,
            payee=body.payee.tag,
            purpose=body.purpose,
            source=body.source,
            lines=[each.line.id for each in drawn],
        )
    check_none_short(book, drawn)
    asked = sum(draw.amount for draw in body.draws)
    if right is not None:
        right.draw(book, asked)
    label = body.label
    of_project = body.order is not None and check_owed(
        book,
        body.order,
        payee=(body.payee.class_, body.payee.tag),
        currency=currency,
        lines=[each.line.id for each in drawn],
        purpose=body.purpose,
        source=body.source if body.allotment is None else ALLOTMENT,
        asked=asked,
    )
    for each in drawn:
        if right is None and not of_project and body.source == "allocated":
            n = each.draw.amount
            set_aside = body.allotment or body.purpose
            check_promised(book, each.line, set_aside, n, f"{each.where}.amount")
        take(book, each.line, label, each.pick(book, label), f"transit:{book.statement}")
    leg = Leg(
        id=book.statement,
        entry=book.index,
        class_=body.payee.class_,
        lines=tuple(dict.fromkeys(each.line.id for each in drawn)),
        due=book.time + UNPAID_S,
        asked=asked,
        right="" if right is None else right.key,
        order=body.order or "",
    )
    leg.put(book)
    if leg.order:
        change_owed(book, leg.order, asked, 0)
        owed = book.row("legs", leg.order)
        assert owed is not None, leg.order
        book.touch(f"project/{owed['project']}" if of_project else f"requisition/{leg.order}")


# ---- what the provider says ---------------------------------------------------------------------


def _leg_named(body: Paid | Failed | Returned) -> tuple[Reference]:
    return (Reference("body.instruction", "legs", body.instruction),)


def _places(book: Book, instruction: str, line: str = "") -> list[Place]:
    leg = find_leg(book, instruction)
    lines = leg.lines if leg is not None else (line,)
    return [Place(fund=fund) for fund in dict.fromkeys(map(fund_of, lines))]


def _may_tell_paid(book: Book, signers: Signers, body: Paid) -> None:
    named = "" if body.account is None else body.account.line
    leg = find_leg(book, body.instruction)
    line = find_line(book.state, named if leg is None else leg.lines[0])
    limit = None if line is None else second_key_limit(book.state, line.currency)
    for place in _places(book, body.instruction, named):
        signers.need("payer", place=place)
        if limit is not None and body.amount > limit:
            signers.need_second("payer", "approver", place=place, attested=True)


def _may_tell(book: Book, signers: Signers, body: Failed | Returned) -> None:
    for place in _places(book, body.instruction):
        signers.need("payer", place=place)


def _paid(book: Book, body: Paid) -> None:
    leg = find_leg(book, body.instruction)
    if leg is not None:
        pay(book, leg, body.amount)
        return
    # It waited for its instruction, and none came. The money is gone all the same.
    book.breach(Code.UNKNOWN_REFERENCE, f"leg/{body.instruction}", body.amount)
    line = None if body.account is None else find_line(book.state, body.account.line)
    if line is not None and body.account is not None:
        owe(book, line, line.account(f"paid:{body.account.class_}"), body.amount)


def _failed(book: Book, body: Failed) -> None:
    leg = find_leg(book, body.instruction)
    if leg is None:
        book.breach(Code.UNKNOWN_REFERENCE, f"leg/{body.instruction}", 0)
    elif leg.transit == 0:
        book.breach(Code.NOT_OPEN, f"leg/{body.instruction}", 0)
    else:
        fail(book, leg)


def _returned(book: Book, body: Returned) -> None:
    leg = find_leg(book, body.instruction)
    if leg is None:
        book.breach(Code.UNKNOWN_REFERENCE, f"leg/{body.instruction}", body.amount)
    elif leg.transit == leg.paid == leg.beyond == 0:
        book.breach(Code.NOT_OPEN, f"leg/{body.instruction}", body.amount)
    else:
        _, excess = give_back(book, leg, body.amount)
        if excess:
            book.breach(Code.EXCEEDED, f"leg/{body.instruction}", excess)


def _reads(statement: StatementId, body: Instruct) -> Iterator[Pair]:
    if body.entitlement is not None:
        yield "entitlements", body.entitlement.key
    yield from draw_reads(body.draws)


INSTRUCT = Kind(
    name=INSTRUCTION,
    nature=Nature.AUTHORISATION,
    body=Instruct,
    authority=_may_instruct,
    apply=_instruct,
    references=_named,
    reads=_reads,
)
PAID = Kind(
    name="disbursement.paid",
    nature=Nature.ATTESTATION,
    body=Paid,
    authority=_may_tell_paid,
    apply=_paid,
    references=_leg_named,
    tags=lambda body: (body.reference,),
)
FAILED = Kind(
    name="disbursement.failed",
    nature=Nature.ATTESTATION,
    body=Failed,
    authority=_may_tell,
    apply=_failed,
    references=_leg_named,
)
RETURNED = Kind(
    name="disbursement.returned",
    nature=Nature.ATTESTATION,
    body=Returned,
    authority=_may_tell,
    apply=_returned,
    references=_leg_named,
)

KINDS = (INSTRUCT, PAID, FAILED, RETURNED, RELEASE, HANDOUT)
