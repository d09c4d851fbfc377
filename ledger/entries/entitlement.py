"""`entitlement.issue`, `.revoke`: these households may have so much of these goods, or money, once.

A right is given once for (household, cycle, purpose). A right to money names the fund line whose
allocation to that purpose pays for it: all that is promised and still open must fit into what is
allocated. What is promised is kept in table `reserved` until the window ends. To revoke a right is
to end its window now: what was drawn of it stays drawn, and the rest is promised no more.
Rules: `docs/spec/kinds-goods.md`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.entries.household import is_eligible
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.limits import LINES_MAX, TAGS_MAX
from ledger.goods.lines import close_leg, reserve, reserved
from ledger.goods.rights import allocation_key
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers
from ledger.money.earmark import programme_of
from ledger.money.rights import find_money_right
from ledger.shape import Evidence, HouseholdTag, Length, LineId, Moved, Seconds, Slug
from ledger.state import Pair

ISSUE = "entitlement.issue"


@dataclass(frozen=True, slots=True)
class Goods:
    """So many base units of an item for each household."""

    item: Slug
    quantity: Moved


@dataclass(frozen=True, slots=True)
class Money:
    """So many minor units for each household, out of what `line` allocates to the purpose."""

    amount: Moved
    line: LineId


@dataclass(frozen=True, slots=True)
class Window:
    """[from, to) in seconds."""

    from_: Seconds
    to: Seconds

    def __post_init__(self) -> None:
        if self.from_ >= self.to:
            raise Refused(Code.MALFORMED, "body.window", wanted="an end after its beginning")


@dataclass(frozen=True, slots=True)
class Issue:
    """Body of `entitlement.issue`: `lines` of goods, or `money`; the same for each tag."""

    cycle: Slug
    programme: Slug
    purpose: Slug
    tags: Annotated[tuple[HouseholdTag, ...], Length(1, TAGS_MAX)]
    window: Window
    evidence: Evidence | None = None
    lines: Annotated[tuple[Goods, ...], Length(1, LINES_MAX)] | None = None
    money: Money | None = None

    def __post_init__(self) -> None:
        if (self.lines is None) == (self.money is None):
            raise Refused(Code.MALFORMED, "body.lines", wanted="lines or money")
        if len(self.tags) != len(dict.fromkeys(self.tags)):
            raise Refused(Code.MALFORMED, "body.tags", wanted="each household once")
        items = [line.item for line in self.lines or ()]
        if len(items) != len(dict.fromkeys(items)):
            raise Refused(Code.MALFORMED, "body.lines", wanted="each item once")

    def key(self, tag: str) -> str:
        """Key of the right of one household."""
        return f"{tag}/{self.cycle}/{self.purpose}"


@dataclass(frozen=True, slots=True)
class Revoke:
    """Body of `entitlement.revoke`: these rights end now."""

    cycle: Slug
    purpose: Slug
    reason: Slug
    tags: Annotated[tuple[HouseholdTag, ...], Length(1, TAGS_MAX)]
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        if len(self.tags) != len(dict.fromkeys(self.tags)):
            raise Refused(Code.MALFORMED, "body.tags", wanted="each household once")

    def key(self, tag: str) -> str:
        """Key of the right of one household."""
        return f"{tag}/{self.cycle}/{self.purpose}"


def _named(body: Issue) -> Iterator[Reference]:
    for number, tag in enumerate(body.tags):
        yield Reference(f"body.tags[{number}]", "households", tag)
    yield Reference("body.programme", "catalogue", f"programme/{body.programme}")
    for number, line in enumerate(body.lines or ()):
        yield Reference(f"body.lines[{number}].item", "catalogue", f"item/{line.item}")
    if body.money is not None:
        yield Reference("body.money.line", "catalogue", f"line/{body.money.line}")


def _reads(statement: StatementId, body: Issue) -> Iterator[Pair]:
    for tag in body.tags:
        yield "entitlements", body.key(tag)


def _authority(book: Book, signers: Signers, body: Issue) -> None:
    areas: dict[str, None] = {}
    for tag in body.tags:
        row = book.row("households", tag)
        areas[str(row["area"]) if row is not None else ""] = None
    fund = body.money.line.partition(".")[0] if body.money is not None else ""
    for area in areas:
        signers.need("manager", place=Place(area=area, fund=fund))


def _issue(book: Book, body: Issue) -> None:
    for number, tag in enumerate(body.tags):
        if book.state.get("entitlements", body.key(tag)) is not None:
            raise Refused(Code.ALREADY_EXISTS, f"body.tags[{number}]", key=body.key(tag))
    _check_eligible(book, body)
    if body.money is not None:
        _promise(book, body, body.money)
    row: dict[str, Value] = {
        "entry": book.index,
        "from": body.window.from_,
        "statement": book.statement,
        "to": body.window.to,
    }
    if body.money is not None:
        row.update(amount=body.money.amount, line=body.money.line)
    else:
        row["left"] = [[line.item, line.quantity] for line in body.lines or ()]
    for tag in body.tags:
        book.put("entitlements", body.key(tag), row)


def _check_eligible(book: Book, body: Issue) -> None:
    programme = book.row("catalogue", f"programme/{body.programme}")
    assert programme is not None
    purposes = programme["purposes"]
    assert isinstance(purposes, list)
    if body.purpose not in purposes:
        raise Refused(Code.NOT_ELIGIBLE, "body.purpose", key=body.purpose)
    if body.window.to <= book.time:
        raise Refused(Code.NOT_ELIGIBLE, "body.window.to", value=body.window.to, low=book.time)
    for number, tag in enumerate(body.tags):
        row = book.row("households", tag)
        if row is None or not is_eligible(row) or row["programme"] != body.programme:
            raise Refused(Code.NOT_ELIGIBLE, f"body.tags[{number}]", key=tag)


def _promise(book: Book, body: Issue, money: Money) -> None:
    """All that is promised out of an allocation, and not over yet, fits into it.

    The fund collects for the programme whose households these are.
    """
    line = book.row("catalogue", f"line/{money.line}")
    assert line is not None
    found = programme_of(book.state, money.line)
    if found is None or found[0] != body.programme:
        key = f"line/{money.line}"
        raise Refused(Code.NOT_ELIGIBLE, "body.money.line", key=key, wanted=body.programme)
    asked = money.amount * len(body.tags)
    key = allocation_key(money.line, body.purpose)
    there = book.balance(str(line["currency"]), f"{money.line}/allocated:{body.purpose}")
    left = max(0, there - reserved(book, key))
    if asked > left:
        raise Refused(Code.NOT_ENOUGH, "body.money", key=key, asked=asked, left=left)
    reserve(book, key, asked)
    leg: dict[str, Value] = {
        "due": body.window.to,
        "entry": book.index,
        "key": key,
        "kind": ISSUE,
        "lapse": body.window.to,
        "left": asked,
    }
    book.put("legs", book.statement, leg)


def _lapse(book: Book, key: str, row: Mapping[str, Value]) -> None:
    left = row["left"]
    assert isinstance(left, int)
    if left:
        reserve(book, str(row["key"]), -left)
    close_leg(book, key, {**row, "left": 0}, book.statement)


def _revoke_named(body: Revoke) -> Iterator[Reference]:
    for number, tag in enumerate(body.tags):
        yield Reference(f"body.tags[{number}]", "entitlements", body.key(tag))


def _may_revoke(book: Book, signers: Signers, body: Revoke) -> None:
    places: dict[Place, None] = {}
    for tag in body.tags:
        household, right = book.row("households", tag), book.row("entitlements", body.key(tag))
        area = "" if household is None else str(household["area"])
        line = "" if right is None else str(right.get("line", ""))
        places[Place(area=area, fund=line.partition(".")[0])] = None
    for place in places:
        signers.need("manager", place=place)


def _revoke(book: Book, body: Revoke) -> None:
    for number, tag in enumerate(body.tags):
        key = body.key(tag)
        row = book.row("entitlements", key)
        to = 0 if row is None else row["to"]
        assert isinstance(to, int)
        # A right that nobody can draw on any more needs no revoking.
        if row is None or "revoked" in row or to <= book.time:
            raise Refused(Code.NOT_OPEN, f"body.tags[{number}]", key=key)
        money = find_money_right(book, key)
        if money is not None:
            money.promise(book, -money.amount)
        ended: dict[str, Value] = {"revoked": [book.statement, to], "to": book.time}
        book.put("entitlements", key, {**row, "entry": book.index, **ended})


KINDS = (
    Kind(
        name=ISSUE,
        nature=Nature.AUTHORISATION,
        body=Issue,
        authority=_authority,
        apply=_issue,
        references=_named,
        reads=_reads,
        lapse=_lapse,
    ),
    Kind(
        name="entitlement.revoke",
        nature=Nature.AUTHORISATION,
        body=Revoke,
        authority=_may_revoke,
        apply=_revoke,
        references=_revoke_named,
    ),
)
