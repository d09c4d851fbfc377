"""What statements about goods say, as flows: so much of an item, one way, at one site.

A correction that cannot restore books the difference of flows: what is true less what was recorded,
summed over all targets and replacements. Ways:

    in        from an account outside to the site      `other`: that account
    arrived   to the site from a consignment, or as goods that nobody had recorded
    lost      out of a consignment, on its way         `other`: the dispatch
    out       from the site to a sink                  `other`: that account
    sent      from the site to a consignment           `other`: the dispatch

What was recorded is read from the moves that were booked, where they are known, else from the body.
Specification: `docs/spec/corrections.md`, compensate.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ledger.book import Book
from ledger.entries.stock import SINKS
from ledger.recorded import Part

RECEIVE, ARRIVE, DISPATCH = "stock.receive", "shipment.arrive", "shipment.dispatch"
HANDOUT, LOSS = "disbursement.handout", "stock.loss"
COUNT, ADJUST = "stock.count", "stock.adjust"
GOODS = (RECEIVE, ARRIVE, DISPATCH, HANDOUT, LOSS, COUNT, ADJUST)
"""Kinds of which a difference can be booked."""

TRANSPORT = "lost:transport"


class Flow(NamedTuple):
    """One way of an item at a site; see the ways above."""

    way: str
    item: str
    site: str
    other: str = ""


Find = Callable[[str], str | None]
"""The item of a lot that a body names, None where it is not known."""


def recorded(part: Part, find: Find) -> Iterator[tuple[Flow, int]]:
    """The flows of a part; of a count without moves none are known."""
    if not part.whole and not part.moves:
        yield from said(None, part.kind.name, part.body, part.anchor, find)
        return
    for item, source, target, n in part.moves:
        flow = _flow_of_move(part, item, source, target)
        if flow is not None:
            yield flow, n


def _flow_of_move(part: Part, item: str, source: str, target: str) -> Flow | None:
    came, place = source.partition(":")[0], target.partition(":")[2]
    if part.kind.name == DISPATCH:
        return Flow("sent", item, part.body.from_, part.anchor)
    if target == TRANSPORT and came == "consignment":
        return Flow("lost", item, part.body.site, part.body.dispatch)
    if came == "ext":
        return Flow("in", item, place, source)
    if came in ("found", "consignment"):
        return Flow("arrived", item, place)
    return Flow("out", item, source.partition(":")[2], target)


def said(
    book: Book | None, kind: str, body: Any, anchor: str, find: Find
) -> Iterator[tuple[Flow, int]]:
    """The flows that a body says; of a count none, for it says what is there, not what moved.

    `anchor`: the dispatch on whose consignment a dispatch goes on. `book`: to see which households
    are enrolled.
    """
    if kind == RECEIVE:
        yield from _received(body)
    elif kind == ARRIVE:
        for line in body.lines:
            yield Flow("arrived", line.item, body.site), line.good + line.damaged
            yield Flow("lost", line.item, body.site, body.dispatch), line.lost
    elif kind == ADJUST:
        item = find(body.lot)
        if item is not None and body.delta > 0:
            yield Flow("arrived", item, body.site), body.delta
        elif item is not None:
            yield Flow("out", item, body.site, f"lost:{body.reason}"), -body.delta
    elif kind != COUNT:
        for site, other, lines in _lines_out(book, kind, body, anchor):
            for line in lines:
                item = find(line.lot)
                if item is not None:
                    way = "sent" if kind == DISPATCH else "out"
                    yield Flow(way, item, site, other), line.quantity


def _lines_out(
    book: Book | None, kind: str, body: Any, anchor: str
) -> Iterator[tuple[str, str, Any]]:
    """(site, sink or dispatch, lines)."""
    if kind == DISPATCH:
        yield body.from_, anchor, body.lines
    elif kind == LOSS:
        yield body.site, SINKS[body.cause], body.lines
    elif body.rows is None:
        sink = "given:open" if body.organisation is None else "given:organisation"
        yield body.site, sink, body.lines
    else:
        for row in body.rows:
            known = book is None or book.row("households", row.tag) is not None
            yield body.site, "given:household" if known else "given:open", row.lines


def _received(body: Any) -> Iterator[tuple[Flow, int]]:
    account = source_account(body)
    left = {row.item: row.quantity for row in body.advised or ()}
    for line in body.lines:
        n = line.quantity
        if account and body.advised is not None:
            n = min(n, left.get(line.item, 0))
            left[line.item] = left.get(line.item, 0) - n
        if not account:
            n = 0
        yield Flow("in", line.item, body.site, account), n
        yield Flow("arrived", line.item, body.site), line.quantity - n


def source_account(body: Any) -> str:
    """The account outside from which goods come; "" for goods that were found."""
    accounts = {"gift": "ext:donor", "purchase": "ext:vendor", "requisition": "ext:requisition"}
    return accounts.get(body.source.kind, "")


# ---- counts -------------------------------------------------------------------------------------


def counted(kind: str, body: Any) -> Iterator[tuple[tuple[str, str], int]]:
    """((item, site), counted) of each line of a count."""
    if kind == COUNT:
        for line in body.lines:
            yield (line.item, body.site), line.counted
