"""`donation.receive`, `.list`, `.reverse`, `.refund`: gifts of money, in and out again.

A gift is appended to a fund line and keeps its interval for ever. A list is many gifts in one
statement: one segment, whose rows are sealed in a manifest. Who gave stands in no logged byte: the
statement holds seals, and HMAC tags of bank references. Rules: `docs/spec/kinds-money.md`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers, second_key_limit
from ledger.money.earmark import FREE, Line, find_line, fund_of, programme_of
from ledger.money.funds import (
    append,
    available,
    check_not_short,
    pick,
    shortfall_of,
    take,
)
from ledger.money.gifts import (
    GiftId,
    Manifest,
    Row,
    find_gift,
    gift_id,
    segments_of,
    touch_gift,
)
from ledger.money.reversal import reverse
from ledger.shape import Evidence, Hash, LineId, Moved, Range
from ledger.state import Pair

SECOND_ROLES = ("treasurer", "approver")
"""Who may be the second key where money comes in or goes back."""

Count = Annotated[int, Range(1, 1_000_000)]
"""How many, or the number of a list: 1 to a million."""


@dataclass(frozen=True, slots=True)
class Seals:
    """The sealed fields of `donation.receive` 1 (`docs/spec/disclosure.md`)."""

    contact: Hash
    donor: Hash
    reference: Hash


@dataclass(frozen=True, slots=True)
class Receive:
    """Body of `donation.receive`: `amount` minor units came to the line.

    `reference` is the HMAC tag, under the fund's reference key, of what the bank calls it.
    """

    amount: Moved
    line: LineId
    reference: Hash
    seals: Seals
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class List:
    """Body of `donation.list`: list number `sequence` of a line, `count` gifts of `total` together.

    `file` is the salted hash of the file with the rows; `manifest` binds each of them.
    """

    count: Count
    file: Hash
    line: LineId
    manifest: Manifest
    sequence: Count
    total: Moved
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        if self.count > self.manifest.size:
            raise Refused(Code.MALFORMED, "body.manifest.size", wanted="a leaf for every row")


@dataclass(frozen=True, slots=True)
class Reverse:
    """Body of `donation.reverse`: the bank took `amount` of a gift, or of a row of a list, back."""

    amount: Moved
    donation: GiftId
    reference: Hash
    evidence: Evidence | None = None
    row: Row | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """Body of `donation.refund`: give `amount` of a gift, or of a row of a list, back."""

    amount: Moved
    donation: GiftId
    evidence: Evidence | None = None
    row: Row | None = None


# ---- money in -----------------------------------------------------------------------------------


def _line_named(body: Receive | List) -> tuple[Reference]:
    return (Reference("body.line", "catalogue", f"line/{body.line}"),)


def _may_take_in(book: Book, signers: Signers, line: str, amount: int) -> None:
    place = Place(fund=fund_of(line))
    signers.need("treasurer", place=place)
    row = book.row("catalogue", f"line/{line}")
    if row is not None and amount > second_key_limit(book.state, str(row["currency"])):
        signers.need_second(*SECOND_ROLES, place=place, attested=True)


def _may_receive(book: Book, signers: Signers, body: Receive) -> None:
    _may_take_in(book, signers, body.line, body.amount)


def _may_list(book: Book, signers: Signers, body: List) -> None:
    _may_take_in(book, signers, body.line, body.total)


def take_in(book: Book, body: Receive | List, gift: str) -> None:
    """Book a gift or a list under this name; an applied statement's own is its id."""
    if isinstance(body, Receive):
        _take_in(book, gift, body.line, ["donation", gift], body.amount)
        return
    manifest = body.manifest
    source: list[Value] = ["list", gift, manifest.root, manifest.size]
    _take_in(book, gift, body.line, source, body.total)
    before = body.sequence - 1
    if before and book.state.get("references", list_tag(body.line, before)) is None:
        # The list before this one is missing. It may still come; the gap then has closed.
        book.breach(Code.UNKNOWN_REFERENCE, list_tag(body.line, before), 1)


def _take_in(book: Book, gift: str, line: str, source: list[Value], amount: int) -> None:
    """Append a gift or a list to its line. The path of every gift: few rows, no walk."""
    row = book.row("catalogue", f"line/{line}")
    if row is None:
        # It waited for the line to be defined, and nobody did: there is no line to put it on.
        book.breach(Code.UNKNOWN_REFERENCE, f"line/{line}", amount)
        return
    low, high = append(book, line, source, amount)
    book.move(str(row["currency"]), f"{line}/ext:donor", f"{line}/{FREE}", amount)
    book.state.add("gifts", gift, [[line, low, high]])
    found = programme_of(book.state, line)
    permit = None if found is None else found[1].get("permit")
    if found is not None and isinstance(permit, dict):
        start, end = permit["from"], permit["to"]
        assert isinstance(start, int) and isinstance(end, int)
        if not start <= book.time < end:
            book.breach(Code.NOT_ELIGIBLE, f"programme/{found[0]}", amount)


def _apply(book: Book, body: Receive | List) -> None:
    take_in(book, body, book.statement)


def list_tag(line: str, sequence: int) -> str:
    """The row of table `references` that list number `sequence` of a line takes: once, for ever."""
    return f"list/{line}/{sequence}"


# ---- money back ---------------------------------------------------------------------------------


def _gift_named(body: Reverse | Refund) -> tuple[Reference]:
    return (Reference("body.donation", "gifts", body.donation),)


def _may_give_back(book: Book, signers: Signers, body: Reverse | Refund) -> None:
    segments = segments_of(book.state, body.donation)
    for fund in dict.fromkeys(fund_of(part.line) for part in segments) or ("",):
        place = Place(fund=fund)
        signers.need("treasurer", place=place)
        signers.need_second(*SECOND_ROLES, place=place, attested=book.attested)


def _lines_of(book: Book, lines: Iterable[str]) -> list[Line]:
    found = [find_line(book.state, name) for name in dict.fromkeys(lines)]
    return [line for line in found if line is not None]


def _reverse(book: Book, body: Reverse) -> None:
    segments = find_gift(book, body.donation, body.row, body.amount, "body.donation")
    if segments is None:
        return
    touch_gift(book, body.donation, body.row)
    lines = _lines_of(book, (part.line for part in segments))
    before = {line.id: shortfall_of(book, line) for line in lines}
    name = gift_id(body.donation, body.row)
    over = reverse(book, segments, body.amount, gift="" if body.row else body.donation)
    for line in lines:
        opened = shortfall_of(book, line) - before[line.id]
        if opened:
            book.breach(Code.SHORTFALL, f"line/{line.id}", opened)
    if over.unseen:
        # The rest is another reversal, which goes on from there.
        book.breach(Code.TOO_MANY_PIECES, f"donation/{name}", over.unseen)
    if over.excess:
        # The bank cannot take back twice, or more than was given: somebody must look at it.
        book.breach(Code.EXCEEDED, f"donation/{name}", over.excess)


def _refund(book: Book, body: Refund) -> None:
    segments = find_gift(book, body.donation, body.row, body.amount, "body.donation")
    assert segments is not None
    touch_gift(book, body.donation, body.row)
    lines = _lines_of(book, (part.line for part in segments))
    for line in lines:
        check_not_short(book, line, "body.donation")
    left = body.amount
    for line in reversed(lines):
        n = min(left, available(book, line, FREE, left, segments, reverse=True))
        if n:
            pieces = pick(book, line, FREE, n, within=segments, reverse=True, where="body.amount")
            take(book, line, FREE, pieces, f"refunded:{book.statement}")
            left -= n
    if left:
        raise Refused(
            Code.NOT_ENOUGH,
            "body.amount",
            key=f"donation/{gift_id(body.donation, body.row)}",
            asked=body.amount,
            left=body.amount - left,
        )


def _reads_receive(statement: StatementId, body: Receive) -> tuple[Pair, ...]:
    return (("catalogue", f"line/{body.line}"), ("catalogue", f"fund/{fund_of(body.line)}"))


def _reads_back(statement: StatementId, body: Reverse | Refund) -> tuple[Pair, ...]:
    named = body.donation, gift_id(body.donation, body.row)
    return tuple(("index", f"donation/{name}") for name in dict.fromkeys(named))


KINDS = (
    Kind(
        name="donation.receive",
        nature=Nature.ATTESTATION,
        body=Receive,
        authority=_may_receive,
        apply=_apply,
        references=_line_named,
        tags=lambda body: (body.reference,),
        reads=_reads_receive,
    ),
    Kind(
        name="donation.list",
        nature=Nature.ATTESTATION,
        body=List,
        authority=_may_list,
        apply=_apply,
        references=_line_named,
        tags=lambda body: (list_tag(body.line, body.sequence),),
    ),
    Kind(
        name="donation.reverse",
        nature=Nature.ATTESTATION,
        body=Reverse,
        authority=_may_give_back,
        apply=_reverse,
        references=_gift_named,
        tags=lambda body: (body.reference,),
        reads=_reads_back,
    ),
    Kind(
        name="donation.refund",
        nature=Nature.AUTHORISATION,
        body=Refund,
        authority=_may_give_back,
        apply=_refund,
        references=_gift_named,
        reads=_reads_back,
    ),
)
