"""`stock.receive`: goods come in. What the paper said, what was there, and who gave it.

Each line makes a lot. Where a waybill or letter advised quantities, received + short = advised for
each item; what came beyond is booked from `found:X`. Without a paper nothing was advised, and all
of it is from the source. Nothing received closes an `over_issue`: only a correction does, because a
person must say which of the two records was wrong. Rules: `docs/spec/kinds-goods.md`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.entries.catalogue import Earmark
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.draws import Draws, Extra
from ledger.goods.limits import LIFE_PART, LINES_MAX
from ledger.goods.lines import (
    Device,
    Serials,
    custodian_of,
    expect_second,
    known_site,
    site_named,
)
from ledger.goods.lots import Condition, Lot
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers
from ledger.shape import Counted, Evidence, Hash, Length, Moved, Plain, Seconds, Slug, fields_of
from ledger.state import Pair


@dataclass(frozen=True, slots=True)
class Source:
    """Where goods come from: `purchase` names the instruction that pays for them.

    `party` is the organisation that gave, sold or lent; a person who gave is only in the seals.
    """

    kind: Literal["gift", "purchase", "requisition", "found"]
    instruction: Hash | None = None
    party: Slug | None = None

    def __post_init__(self) -> None:
        if (self.kind == "purchase") != (self.instruction is not None):
            raise Refused(
                Code.MALFORMED,
                "body.source.instruction",
                wanted="an instruction where goods are bought",
            )


@dataclass(frozen=True, slots=True)
class Line:
    """One lot: `quantity` base units, or what `count` packs of code `pack` hold.

    `as_written` keeps what the paper says, beside the integer that a person made of it.
    """

    condition: Condition
    item: Slug
    quantity: Moved
    as_written: Plain | None = None
    count: Moved | None = None
    earmark: Earmark | None = None
    expiry: Seconds | None = None
    pack: Plain | None = None
    serials: Serials | None = None

    def __post_init__(self) -> None:
        if (self.pack is None) != (self.count is None):
            raise Refused(Code.MALFORMED, "body.lines.pack", wanted="pack and count together")


@dataclass(frozen=True, slots=True)
class Advised:
    """What the paper said of an item, and how much of that is not there."""

    item: Slug
    quantity: Moved
    short: Counted


@dataclass(frozen=True, slots=True)
class Seals:
    """The sealed field of `stock.receive` 1 (`docs/spec/disclosure.md`)."""

    donor: Hash


@dataclass(frozen=True, slots=True)
class Receive:
    """Body of `stock.receive`. `owner` where it is not the custodian of the site."""

    lines: Annotated[tuple[Line, ...], Length(1, LINES_MAX)]
    site: Slug
    source: Source
    advised: Annotated[tuple[Advised, ...], Length(1, LINES_MAX)] | None = None
    device: Device | None = None
    evidence: Evidence | None = None
    owner: Slug | None = None
    programme: Slug | None = None
    reason: Slug | None = None
    seals: Seals | None = None

    def __post_init__(self) -> None:
        items = [row.item for row in self.advised or ()]
        if len(items) != len(dict.fromkeys(items)):
            raise Refused(Code.MALFORMED, "body.advised", wanted="each item once")


def _named(body: Receive) -> Iterator[Reference]:
    yield site_named("body.site", body.site)
    for number, line in enumerate(body.lines):
        yield Reference(f"body.lines[{number}].item", "catalogue", f"item/{line.item}")
    if body.source.instruction is not None:
        yield Reference("body.source.instruction", "legs", body.source.instruction)
    if body.source.party is not None:
        yield Reference("body.source.party", "members", body.source.party)
    if body.owner is not None:
        yield Reference("body.owner", "members", body.owner)
    if body.programme is not None:
        yield Reference("body.programme", "catalogue", f"programme/{body.programme}")


def _reads(statement: StatementId, body: Receive) -> Iterator[Pair]:
    for number, line in enumerate(body.lines):
        yield "index", f"lot/{statement}/{number}"
        yield "accounts", f"{line.item}/site:{body.site}"
        yield "totals", line.item


def _authority(book: Book, signers: Signers, body: Receive) -> None:
    signers.need("storekeeper", place=Place(site=body.site))
    expect_second(book, signers, "shipper", "storekeeper")


def _receive(book: Book, body: Receive) -> None:
    if not known_site(book, body.site):
        return
    account, source = _outside(book, body)
    left = _may_come(book, body, account)
    draws = Draws(book)
    for number, line in enumerate(body.lines):
        if not _check_line(book, body, line):
            continue
        # What the paper named comes first; the lines that go beyond it are the last ones.
        n = min(line.quantity, left.get(line.item, 0))
        left[line.item] = left.get(line.item, 0) - n
        extras = [Extra(account, source, n)] if n else []
        if n < line.quantity:
            found = Extra(f"found:{body.site}", f"found:{book.statement}", line.quantity - n)
            extras.append(found)
        for extra in extras:
            book.move(line.item, extra.account, f"site:{body.site}", extra.n)
        draws.add(_lot(book, body, line, draws.output(number), extras))
    draws.close()


def _outside(book: Book, body: Receive) -> tuple[str, str]:
    """(account, source of composition) of what is not beyond the paper."""
    instruction = body.source.instruction
    if body.source.kind == "gift":
        return "ext:donor", f"gift:{book.statement}"
    if body.source.kind == "requisition":
        return "ext:requisition", f"requisition:{book.statement}"
    if instruction is not None:
        leg = book.row("legs", instruction)
        if leg is not None and leg["kind"] == "disbursement.instruct":
            return "ext:vendor", f"paid:{instruction}"
        # It waited for the instruction, and none came: goods are there that nobody ordered.
        book.breach(Code.UNKNOWN_REFERENCE, f"leg/{instruction}", 0)
    return f"found:{body.site}", f"found:{book.statement}"


def _may_come(book: Book, body: Receive, account: str) -> dict[str, int]:
    """Item -> what may come from the source's account; names what does not add up."""
    came: dict[str, int] = {}
    for line in body.lines:
        if book.row("catalogue", f"item/{line.item}") is not None:
            came[line.item] = came.get(line.item, 0) + line.quantity
    if account.startswith("found:"):
        _name_found(book, body.site, came)
        return came
    if body.advised is None:
        return came
    advised = {row.item: row.quantity for row in body.advised}
    for row in body.advised:
        received = came.get(row.item, 0)
        if received + row.short != max(row.quantity, received):
            wrong = abs(received + row.short - row.quantity)
            book.breach(Code.NOT_CONSERVED, f"item/{row.item}", wrong)
    beyond = {item: n - advised.get(item, 0) for item, n in came.items()}
    _name_found(book, body.site, beyond)
    return advised


def _name_found(book: Book, site: str, more: dict[str, int]) -> None:
    for item, n in more.items():
        if n > 0:
            book.breach(Code.FOUND, f"{item}/found:{site}", n)


def _check_line(book: Book, body: Receive, line: Line) -> bool:
    """Name what is wrong with a line; whether it can be booked at all."""
    row = book.row("catalogue", f"item/{line.item}")
    if row is None:
        book.breach(Code.UNKNOWN_REFERENCE, f"item/{line.item}", line.quantity)
        return False
    if line.pack is not None and line.count is not None:
        num, den = _pack(row, line.pack, book.time)
        if line.count * num != line.quantity * den:
            book.breach(Code.NOT_CONSERVED, f"item/{line.item}", line.quantity)
    if line.serials is not None and len(line.serials) != line.quantity:
        book.breach(Code.NOT_CONSERVED, f"item/{line.item}", line.quantity)
    life = row.get("shelf_life_s")
    if body.reason is None and _is_short_lived(line, life, book.time):
        book.breach(Code.NOT_USABLE, f"item/{line.item}", line.quantity)
    return True


def _pack(row: dict[str, Value], code: str, time: int) -> tuple[int, int]:
    """num/den base units in a pack, as defined at `time`; (0, 1) where it is not defined."""
    packs = row["packs"]
    assert isinstance(packs, list)
    best: tuple[int, int, int] = (-1, 0, 1)
    for pack in packs:
        assert isinstance(pack, dict)
        start, num, den = pack["from"], pack["num"], pack["den"]
        assert isinstance(start, int) and isinstance(num, int) and isinstance(den, int)
        if pack["code"] == code and best[0] < start <= time:
            best = (start, num, den)
    return best[1:]


def _is_short_lived(line: Line, life: Value | None, time: int) -> bool:
    """Expired already, or less than the wanted part of the item's shelf life is left."""
    if line.expiry is not None and line.expiry <= time:
        return True
    if not isinstance(life, int):
        return False
    num, den = LIFE_PART
    return line.expiry is None or (line.expiry - time) * den < life * num


def _lot(book: Book, body: Receive, line: Line, lot_id: str, extras: list[Extra]) -> Lot:
    custodian = custodian_of(book, body.site)
    mix: dict[str, int] = {}
    for extra in extras:
        mix[extra.source] = mix.get(extra.source, 0) + extra.n
    source: dict[str, int] = {}
    for extra in extras:
        source[extra.account] = source.get(extra.account, 0) + extra.n
    return Lot(
        id=lot_id,
        item=line.item,
        quantity=line.quantity,
        place=f"site:{body.site}",
        custodian=custodian,
        owner=body.owner or custodian,
        condition=line.condition,
        mix=tuple(mix.items()),
        source=tuple(source.items()),
        first=lot_id,
        earmark=None if line.earmark is None else fields_of(line.earmark),
        expiry=line.expiry,
        serials=line.serials or (),
    )


RECEIVE = Kind(
    name="stock.receive",
    nature=Nature.ATTESTATION,
    body=Receive,
    authority=_authority,
    apply=_receive,
    references=_named,
    reads=_reads,
)
