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

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from ledger.book import Book
from ledger.codes import Code
from ledger.corrections.parts import Change
from ledger.corrections.recorded import Part
from ledger.entries.stock import SINKS
from ledger.errors import Refused
from ledger.money.payments import INSTRUCTION

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


def recorded(book: Book, part: Part, find: Find) -> Iterator[tuple[Flow, int]]:
    """The flows of a part; of a count without moves none are known."""
    if not part.whole and not part.moves:
        yield from said(book, part.kind.name, part.body, part.anchor, find)
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


def said(book: Book, kind: str, body: Any, anchor: str, find: Find) -> Iterator[tuple[Flow, int]]:
    """The flows that a body says; of a count none, for it says what is there, not what moved.

    `anchor`: the dispatch on whose consignment a dispatch goes on.
    """
    if kind == RECEIVE:
        yield from _received(book, body)
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


def _lines_out(book: Book, kind: str, body: Any, anchor: str) -> Iterator[tuple[str, str, Any]]:
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
            known = book.row("households", row.tag) is not None
            yield body.site, "given:household" if known else "given:open", row.lines


def _received(book: Book, body: Any) -> Iterator[tuple[Flow, int]]:
    account = source_account(book, body)
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


def source_account(book: Book, body: Any) -> str:
    """The account outside from which goods come; "" for goods that were found.

    Goods bought with an instruction that is none were found.
    """
    if body.source.kind == "purchase":
        leg = book.row("legs", body.source.instruction)
        return "ext:vendor" if leg is not None and leg["kind"] == INSTRUCTION else ""
    accounts = {"gift": "ext:donor", "requisition": "ext:requisition"}
    return accounts.get(body.source.kind, "")


# ---- the difference -----------------------------------------------------------------------------


Stock = tuple[str, str]
"""(item, site)"""


def difference(book: Book, change: Change) -> tuple[dict[Flow, int], dict[Stock, int]]:
    """Flow -> what is true less what was recorded; (item, site) -> what was counted there.

    A count says what is there, not what moved: the difference of two counts of an item at a site is
    what more, or less, has arrived. The second result is of counts of what no target has counted:
    they are booked as they stand.
    """
    sums: dict[Flow, int] = {}
    before = _counts((part.kind.name, part.body) for part in change.parts)
    after = _counts((kind, body) for kind, body, _ in change.truth())
    for part in change.parts:
        if part.kind.name not in GOODS:
            continue
        if part.kind.name == COUNT and not part.whole:
            _check_counted(part, after)
        for flow, n in recorded(book, part, partial(change.item, book, part)):
            kept = part.kind.name == COUNT and (flow.item, flow.site) in after
            sums[flow] = sums.get(flow, 0) - (0 if kept else n)
    for number, (kind, body, pair) in enumerate(change.truth()):
        if kind not in GOODS:
            continue
        if kind == DISPATCH and pair is None:
            where = f"body.replacements[{number}]"
            raise Refused(Code.NOT_CORRECTABLE, where, key=kind)
        anchor = "" if pair is None else pair.anchor
        for flow, n in said(book, kind, body, anchor, partial(change.item, book, None)):
            sums[flow] = sums.get(flow, 0) + n
    for stock, there in after.items():
        if stock in before:
            flow = Flow("arrived", *stock)
            sums[flow] = sums.get(flow, 0) + there - before[stock]
    _net_arrivals(sums)
    return sums, {stock: n for stock, n in after.items() if stock not in before}


def _counts(bodies: Iterable[tuple[str, Any]]) -> dict[Stock, int]:
    sums: dict[Stock, int] = {}
    for kind, body in bodies:
        for line in body.lines if kind == COUNT else ():
            stock = line.item, body.site
            sums[stock] = sums.get(stock, 0) + line.counted
    return sums


def _check_counted(part: Part, after: dict[Stock, int]) -> None:
    """What a count moved is known from its effects alone: without them it must be counted anew."""
    if any((line.item, part.body.site) not in after for line in part.body.lines):
        raise part.refuse()


def _net_arrivals(sums: dict[Flow, int]) -> None:
    """What did not arrive but was lost on its way, or the reverse, is one flow between the two."""
    for flow in [flow for flow in sums if flow.way == "lost"]:
        arrived = Flow("arrived", flow.item, flow.site)
        here, lost = sums.get(arrived, 0), sums[flow]
        n = min(abs(here), abs(lost)) if (here < 0) != (lost < 0) else 0
        if n:
            sign = 1 if lost > 0 else -1
            out = Flow("out", flow.item, flow.site, TRANSPORT)
            sums[out] = sums.get(out, 0) + sign * n
            sums[arrived] = here + sign * n
            sums[flow] = lost - sign * n
