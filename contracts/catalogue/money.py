"""Judged views of money: gifts in and back, allocations, instructions, what was paid.

Amounts are in minor units of `currency`, the currency of the lines that are named. A contract
judges statements of its own currency alone.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from contracts.catalogue.judged import Judged, body_of
from contracts.catalogue.view import Rows, View
from ledger.canon import Value
from ledger.entries.disbursement import Failed, Instruct, Paid, Returned
from ledger.entries.donation import List, Receive, Refund, Reverse
from ledger.entries.fund import Allocation, Cover
from ledger.entries.project import Claim
from ledger.entries.requisition import Accept
from ledger.members import ancestry
from ledger.money.draws import Draw
from ledger.money.earmark import find_line, fund_of
from ledger.money.gifts import segments_of

AREAS_MAX: Final = 32
"""Areas of an earmark that a contract can read; with more the view has no value."""


def currency_of(it: Judged, line: str) -> str:
    """The currency of a line, "" where the catalogue has none."""
    found = find_line(it.state, line)
    return "" if found is None else found.currency


def draws_of(it: Judged, draws: Sequence[Draw], area: str = "") -> list[Value]:
    """Draws with the earmarks of their lines.

    An earmark for a county covers its towns: where an area above `area` is named, `area` is added,
    so that `it.area in d.areas` asks what the law asks.
    """
    above = ancestry(it.state, area)
    found: list[Value] = []
    for draw in draws:
        line = find_line(it.state, draw.line)
        areas = [] if line is None else list(line.earmark.areas)
        if area not in areas and any(one in areas for one in above):
            areas.append(area)
        found.append(
            {
                "amount": draw.amount,
                "areas": list[Value](areas),
                "line": draw.line,
                "purposes": [] if line is None else list[Value](line.earmark.purposes),
            }
        )
    return found


def _instruct(it: Judged) -> Rows:
    return [_instruction(it, it.body)]


def _instruction(it: Judged, body: Instruct) -> dict[str, Value]:
    first = body.draws[0].line
    return {
        "amount": sum(draw.amount for draw in body.draws),
        "area": body.area,
        "currency": currency_of(it, first),
        "draws": draws_of(it, body.draws, body.area),
        "entitlement": "" if body.entitlement is None else body.entitlement.key,
        "fund": fund_of(first),
        "item_class": body.item_class or "",
        "order": body.order or "",
        "payee_class": body.payee.class_,
        "payee_org": _payee_org(it, body.order or ""),
        "purpose": body.purpose,
        "source": body.source,
        "to": body.payee.tag,
    }


def _payee_org(it: Judged, order: str) -> str:
    """The organisation behind a salted payee, where what is owed names it; else ""."""
    accept = body_of(it.book, order, Accept)
    if accept is not None:
        return accept.owner
    claim = body_of(it.book, order, Claim)
    project = None if claim is None else it.row("legs", claim.project)
    return "" if project is None else str(project["contractor"])


def _told(it: Judged) -> Rows:
    """What the provider said about an instruction: the amount, and what it was for."""
    body: Paid | Failed | Returned = it.body
    asked = body_of(it.book, body.instruction, Instruct)
    account = getattr(body, "account", None)
    line = asked.draws[0].line if asked is not None else "" if account is None else account.line
    return [
        {
            "amount": getattr(body, "amount", 0),
            "area": "" if asked is None else asked.area,
            "currency": currency_of(it, line),
            "fund": fund_of(line),
            "instruction": body.instruction,
            "payee_class": "" if asked is None else asked.payee.class_,
            "purpose": "" if asked is None else asked.purpose,
            "to": "" if asked is None else asked.payee.tag,
        }
    ]


def _gift(it: Judged) -> Rows:
    body: Receive | List = it.body
    line = find_line(it.state, body.line)
    many = isinstance(body, List)
    return [
        {
            "amount": body.total if isinstance(body, List) else body.amount,
            "currency": currency_of(it, body.line),
            "earmarked": line is not None
            and bool(line.earmark.purposes or line.earmark.areas or line.earmark.classes),
            "fund": fund_of(body.line),
            "gifts": body.count if isinstance(body, List) and many else 1,
            "line": body.line,
        }
    ]


def _gift_back(it: Judged) -> Rows:
    body: Reverse | Refund = it.body
    segments = segments_of(it.state, body.donation)
    line = segments[0].line if segments else ""
    return [
        {
            "amount": body.amount,
            "currency": currency_of(it, line),
            "donation": body.donation,
            "fund": fund_of(line),
            "line": line,
        }
    ]


def _allocate(it: Judged) -> Rows:
    body: Allocation = it.body
    first = body.draws[0].line
    return [
        {
            "amount": sum(draw.amount for draw in body.draws),
            "currency": currency_of(it, first),
            "draws": draws_of(it, body.draws),
            "fund": fund_of(first),
            "programme": body.programme,
            "purpose": body.purpose,
        }
    ]


def _cover(it: Judged) -> Rows:
    body: Cover = it.body
    return [
        {
            "amount": body.amount,
            "currency": currency_of(it, body.line),
            "fund": fund_of(body.line),
            "line": body.line,
        }
    ]


_SUM = {"amount": "money", "currency": "str<currency>", "fund": "str<fund>"}
_TOLD = {
    **_SUM,
    "area": "str<area>",
    "instruction": "str<statement>",
    "payee_class": "str<payee>",
    "purpose": "str<purpose>",
    "to": "str",
}
_BACK = {**_SUM, "donation": "str", "line": "str<line>"}
_GIFT = {**_SUM, "earmarked": "bool", "gifts": "int(1..1000000)", "line": "str<line>"}
_ALLOCATE = {
    **_SUM,
    "draws": "list<draw>(64)",
    "programme": "str<programme>",
    "purpose": "str<purpose>",
}


def _views() -> Iterator[View]:
    yield View(
        "disbursement.instruct",
        {
            **_SUM,
            "area": "str<area>",
            "draws": "list<draw>(64)",
            "entitlement": "str<entitlement>",
            "item_class": "str<itemclass>",
            "order": "str<statement>",
            "payee_class": "str<payee>",
            "payee_org": "str<org>",
            "purpose": "str<purpose>",
            "source": "str<source>",
            "to": "str",
        },
        _instruct,
    )
    for verb in ("paid", "failed", "returned"):
        yield View(f"disbursement.{verb}", _TOLD, _told)
    yield View("donation.receive", _GIFT, _gift)
    yield View("donation.list", _GIFT, _gift)
    yield View("donation.reverse", _BACK, _gift_back)
    yield View("donation.refund", _BACK, _gift_back)
    yield View("fund.allocate", _ALLOCATE, _allocate)
    yield View("fund.deallocate", _ALLOCATE, _allocate)
    yield View("fund.cover", {**_SUM, "line": "str<line>"}, _cover)


VIEWS: Final = tuple(_views())
