"""Booking only a difference of money, where what was recorded cannot be undone any more.

    was recorded   truth is more                            truth is less
    money in       appended to the gift                     as a bank reversal, without the bank
    money out      what is in transit, then allocated or    the earlier label back, as far as it is
                   free money -> paid, the rest shortfall   still paid

Money in is summed per gift (or row of a list) and line: gifts less what the bank took back. Money
out is summed per instruction: what was paid less what came back.
Specification: `docs/spec/corrections.md`, compensate.
"""

from collections.abc import Iterator
from typing import Any

from ledger.book import Book
from ledger.codes import Code
from ledger.corrections.parts import Change, segments_of_anchor
from ledger.corrections.recorded import LIST, RECEIVE, Part, bodies, find
from ledger.corrections.replacements import anchor_of
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.money.earmark import find_line
from ledger.money.funds import shortfall_of
from ledger.money.gifts import gift_id
from ledger.money.payments import INSTRUCTION, Leg, find_leg, give_back, pay
from ledger.money.undo import less_in, more_in, more_out

REVERSE, PAID, RETURNED = "donation.reverse", "disbursement.paid", "disbursement.returned"
MONEY = (RECEIVE, LIST, REVERSE, PAID, RETURNED)
"""Kinds of which a difference can be booked."""

Key = tuple[str, str]
"""(gift, line), or (instruction, "")."""


def compensate_money(book: Book, change: Change) -> None:
    """Book what is true less what was recorded, of money."""
    sums: dict[Key, int] = {}
    for part in change.parts:
        for key, n in _recorded(book, part):
            sums[key] = sums.get(key, 0) - n
    for number, (kind, body, pair) in enumerate(change.truth()):
        own = anchor_of(book.statement, change.replacements, number)
        anchor = own if pair is None else pair.anchor
        for key, n in _said(book, kind, body, anchor):
            sums[key] = sums.get(key, 0) + n
    for (name, line), n in sums.items():
        if line:
            _money_in(book, name, line, n)
        else:
            _money_out(book, name, n)


def _recorded(book: Book, part: Part) -> Iterator[tuple[Key, int]]:
    if part.name in (RECEIVE, LIST) and part.whole:
        for _, _, free, n in part.moves:
            yield (part.anchor, free.rpartition("/")[0]), n
    elif part.name == REVERSE and part.whole:
        gift = gift_id(part.body.donation, part.body.row)
        for _, _, donor, n in part.moves:
            yield (gift, donor.rpartition("/")[0]), -n
    else:
        yield from _said(book, part.kind.name, part.body, part.anchor)


def _said(book: Book, kind: str, body: Any, anchor: str) -> Iterator[tuple[Key, int]]:
    if kind == RECEIVE:
        yield (anchor, body.line), body.amount
    elif kind == LIST:
        yield (anchor, body.line), body.total
    elif kind == REVERSE:
        gift = gift_id(body.donation, body.row)
        segments = segments_of_anchor(book, gift)
        if segments:
            yield (gift, segments[0].line), -body.amount
    elif kind == PAID:
        yield (body.instruction, ""), body.amount
    elif kind == RETURNED:
        yield (body.instruction, ""), -body.amount


def _money_in(book: Book, gift: str, line: str, n: int) -> None:
    if n > 0:
        more_in(book, gift, line, n)
    elif n < 0:
        found = find_line(book.state, line)
        assert found is not None, line
        before = shortfall_of(book, found)
        segments = [part for part in segments_of_anchor(book, gift) if part.line == line]
        excess = less_in(book, segments, -n)
        opened = shortfall_of(book, found) - before
        if opened:
            book.breach(Code.SHORTFALL, f"line/{line}", opened)
        if excess:
            book.breach(Code.EXCEEDED, f"donation/{gift}", excess)


def _money_out(book: Book, instruction: str, n: int) -> None:
    leg = find_leg(book, instruction)
    if leg is None:
        raise Refused(Code.NOT_CORRECTABLE, "body.targets", key=f"leg/{instruction}")
    if n > 0:
        sent = min(n, leg.transit)
        if sent:
            leg = pay(book, leg, sent)
        if n > sent:
            more_out(book, leg, _purpose(book, leg), n - sent)
    elif n < 0:
        back = min(-n, leg.beyond + leg.paid)
        if back:
            give_back(book, leg, back)
        if -n > back:
            book.breach(Code.EXCEEDED, f"leg/{instruction}", -n - back)


def _purpose(book: Book, leg: Leg) -> str:
    """The purpose of an instruction, from its entry or from the correction that holds it."""
    found = find(book, StatementId(leg.id))
    assert found is not None, leg
    for kind, body in bodies(found[1]):
        if kind.name == INSTRUCTION:
            return str(body.purpose)
    raise AssertionError(leg)
