"""Booking only a difference of goods, where what was recorded cannot be undone any more.

    was recorded        truth is more                          truth is less
    goods received      ext: -> site                           site, then over_issue:X -> ext:
    arrived, counted    found:X -> site                        site, then over_issue:X -> lost:..
    handed out, lost    site, then over_issue:X -> the sink    the sink -> site
    dispatched          site, then over_issue:X -> on its way  on its way -> site, if still there

What comes to a site is booked first, so that what leaves it finds it there. From the site it is
taken from the lots that the targets made, then from any of the item; what comes back from a sink
has the content of what the targets gave. In the end goods put back at X close `over_issue:X`.
Specification: `docs/spec/corrections.md`, compensate.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.corrections.parts import Change
from ledger.corrections.recorded import effects_of
from ledger.entries.household import is_eligible
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.arrival import unlabelled
from ledger.goods.draws import Draws, Extra
from ledger.goods.draws import Part as Taken
from ledger.goods.flows import (
    DISPATCH,
    HANDOUT,
    RECEIVE,
    TRANSPORT,
    Flow,
    difference,
    source_account,
)
from ledger.goods.handout import take_right
from ledger.goods.limits import LINES_MAX
from ledger.goods.lines import close_leg, count_rows, counts, custodian_of
from ledger.goods.lots import Lot, come_back, living_at, next_number, record_made, the_lot
from ledger.goods.mix import split
from ledger.goods.stocktake import UNEXPLAINED
from ledger.goods.undo import close_over_issues, give_rights_back, put_found
from ledger.shape import fields_of


def compensate_goods(book: Book, change: Change) -> list[Value]:
    """Book what is true less what was recorded, of goods and of the rights to them.

    Returns what rights gave for each replacement, [replacement, row, item, n].
    `Refused(not_correctable)` where more of a dispatch was wrong than is still on its way.
    """
    work = _Work(book, change)
    sums, fresh = difference(book, change)
    for flow, n in sums.items():
        if _comes(flow, n):
            work.bring(flow, abs(n))
    for flow, n in sums.items():
        if n and not _comes(flow, n):
            work.take_away(flow, abs(n))
    for (item, site), there in fresh.items():
        work.count(item, site, there)
    work.redirect()
    drawn = work.draw_rights_anew()
    close_over_issues(book, work.added)
    return drawn


def _comes(flow: Flow, n: int) -> bool:
    """Whether a difference of n in a flow brings goods to the site."""
    return n > 0 if flow.way in ("in", "arrived") else n < 0


class _Work:
    """The difference of one correction; `added`: lots that it brought to a site."""

    def __init__(self, book: Book, change: Change) -> None:
        self.book, self.change = book, change
        self.added: list[str] = []

    # To the site

    def bring(self, flow: Flow, n: int) -> None:
        """n more of a flow to the site, or n less of one away from it."""
        book, item, place = self.book, flow.item, f"site:{flow.site}"
        if flow.way == "in":
            book.move(item, flow.other, place, n)
            self.added.append(self._received(flow, n))
        elif flow.way == "arrived":
            self._find(item, flow.site, n)
        elif flow.way == "sent":
            self._from_consignment(flow, n)
        else:
            self._from_sink(item, flow.site, TRANSPORT if flow.way == "lost" else flow.other, n)

    def _find(self, item: str, site: str, n: int) -> None:
        account = f"found:{site}"
        self.book.move(item, account, f"site:{site}", n)
        self.book.breach(Code.FOUND, f"{item}/{account}", n)
        self.added.append(put_found(self.book, item, site, n, account).id)

    def _received(self, flow: Flow, n: int) -> str:
        """A new lot, as the replacement describes goods of this item and source."""
        book = self.book
        for kind, body, pair in self.change.truth():
            if kind != RECEIVE or source_account(book, body) != flow.other:
                continue
            line = next((line for line in body.lines if line.item == flow.item), None)
            if line is None or body.site != flow.site:
                continue
            by = book.statement if pair is None else pair.anchor
            words = {"gift": f"gift:{by}", "requisition": f"requisition:{by}"}
            source = words.get(body.source.kind, f"paid:{body.source.instruction}")
            custodian = custodian_of(book, flow.site)
            lot_id = f"{book.statement}/{next_number(book)}"
            lot = Lot(
                id=lot_id,
                item=flow.item,
                quantity=n,
                place=f"site:{flow.site}",
                custodian=custodian,
                owner=body.owner or custodian,
                condition=line.condition,
                mix=((source, n),),
                source=((flow.other, n),),
                first=lot_id,
                earmark=None if line.earmark is None else fields_of(line.earmark),
                expiry=line.expiry,
            )
            record_made(book, lot)
            return lot_id
        raise AssertionError(f"{flow}: nothing says it")

    def _from_sink(self, item: str, site: str, sink: str, n: int) -> None:
        book, place = self.book, f"site:{site}"
        if book.balance(item, sink) < n:
            raise _too_much(f"{item}/{sink}", n, book.balance(item, sink))
        book.move(item, sink, place, n)
        left = n
        for lot in self._given(item, place):
            mixes = {target: mix for target, _, mix in lot.spent_to if target == sink}
            if left and mixes:
                mix, rest = split(mixes[sink], min(left, sum(k for _, k in mixes[sink])))
                back = sum(k for _, k in mix)
                kept = [to for to in lot.spent_to if to[0] != sink]
                if rest:
                    kept.append((sink, sum(k for _, k in rest), rest))
                self.added.append(come_back(book, replace(lot, spent_to=tuple(kept)), back, mix).id)
                left -= back
        if left:
            self.added.append(put_found(book, item, site, left, sink).id)

    def _from_consignment(self, flow: Flow, n: int) -> None:
        book, place = self.book, f"consignment:{flow.other}"
        lots = list(living_at(book.state, flow.item, place))
        there = sum(lot.quantity for lot in lots)
        if there < n:
            # Correct the arrival too.
            raise _too_much(f"leg/{flow.other}", n, there)
        book.move(flow.item, place, f"site:{flow.site}", n)
        draws, left = Draws(book, carries=True), n
        custodian = custodian_of(book, flow.site)
        for number, lot in enumerate(lots):
            if left:
                taken = draws.take(lot, min(left, lot.quantity), place, draws.output(number))
                site = f"site:{flow.site}"
                new = draws.make(number, lot, taken.parts, place=site, custodian=custodian)
                self.added.append(new.id)
                left -= taken.n
        draws.close()
        self._on_its_way(flow.other, flow.item, -n)

    # From the site

    def take_away(self, flow: Flow, n: int) -> None:
        """n less of a flow to the site, or n more of one away from it."""
        item, site = flow.item, flow.site
        if flow.way == "in":
            came = -self.book.balance(item, flow.other)
            if came < n:
                raise _too_much(f"{item}/{flow.other}", n, came)
            self._away(item, site, n, flow.other)
        elif flow.way == "arrived":
            self._away(item, site, n, UNEXPLAINED)
            self.book.breach(Code.UNEXPLAINED, f"{item}/site:{site}", n)
        elif flow.way == "sent":
            self._send(flow, n)
        elif flow.way == "lost":
            left = n - self._lose_on_its_way(flow, n)
            if left:
                self._away(item, site, left, TRANSPORT)
        else:
            self._away(item, site, n, flow.other)

    def _away(self, item: str, site: str, n: int, account: str) -> None:
        draws = Draws(self.book)
        self._draw(draws, item, site, n, account, account)
        draws.close()

    def _draw(
        self, draws: Draws, item: str, site: str, n: int, account: str, target: str
    ) -> tuple[list[Taken], list[Extra]]:
        """n from the site, as far as it reaches, then from `over_issue`."""
        book, place, left = self.book, f"site:{site}", n
        parts: list[Taken] = []
        for lot in islice(self._made(item), LINES_MAX) if left else ():
            taken = draws.take(lot, left, place, target)
            parts += taken.parts
            left = taken.missing
        taken = draws.take_any(item, left, place, target)
        parts += taken.parts
        left = taken.missing
        if n > left:
            book.move(item, place, account, n - left)
        if not left:
            return parts, []
        contra = f"over_issue:{site}"
        book.move(item, contra, account, left)
        book.breach(Code.OVER_ISSUE, f"{item}/{contra}", left)
        return parts, [Extra(contra, f"found:{book.statement}", left)]

    def _send(self, flow: Flow, n: int) -> None:
        book, place = self.book, f"consignment:{flow.other}"
        draws = Draws(book, carries=True)
        custodian = custodian_of(book, flow.site)
        parts, extras = self._draw(draws, flow.item, flow.site, n, place, draws.output(0))
        like = parts[0].lot if parts else unlabelled(flow.item, custodian)
        draws.make(0, like, parts, place=place, custodian=custodian, extras=extras)
        draws.close()
        self._on_its_way(flow.other, flow.item, n)

    def _lose_on_its_way(self, flow: Flow, n: int) -> int:
        place = f"consignment:{flow.other}"
        draws = Draws(self.book)
        taken = draws.take_any(flow.item, n, place, TRANSPORT)
        draws.close()
        if taken.n:
            self.book.move(flow.item, place, TRANSPORT, taken.n)
            self._on_its_way(flow.other, flow.item, -taken.n)
        return taken.n

    def _on_its_way(self, dispatch: str, item: str, change: int) -> None:
        """Note in the leg of a dispatch how much more, or less, is on its way."""
        row = self.book.row("legs", dispatch)
        if row is None or row["kind"] != DISPATCH:
            return
        left = counts(row["left"])
        left[item] = left.get(item, 0) + change
        still = {name: n for name, n in left.items() if n > 0}
        kept = {key: value for key, value in row.items() if key != "closed" or not still}
        if still or "closed" in row:
            self.book.put("legs", dispatch, {**kept, "left": count_rows(still)})
        else:
            close_leg(self.book, dispatch, {**row, "left": []}, self.book.statement)

    # Counts, where a dispatch goes, rights

    def count(self, item: str, site: str, there: int) -> None:
        """A count of what no target has counted, booked as it stands."""
        book, place = self.book, f"site:{site}"
        delta = there - book.balance(item, place)
        if delta > 0:
            self._find(item, site, delta)
        elif delta < 0:
            self._away(item, site, -delta, UNEXPLAINED)
            book.breach(Code.UNEXPLAINED, f"{item}/{place}", -delta)

    def redirect(self) -> None:
        """A dispatch that went somewhere else is expected there from now on."""
        for kind, body, pair in self.change.truth():
            if kind == DISPATCH and pair is not None:
                row = self.book.row("legs", pair.anchor)
                if row is not None and row["kind"] == DISPATCH and row["to"] != body.to:
                    self.book.put("legs", pair.anchor, {**row, "to": body.to})

    def draw_rights_anew(self) -> list[Value]:
        """Entitlements get back what they gave before, and give what was given in truth."""
        drawn: list[Value] = []
        for part in self.change.of(HANDOUT):
            give_rights_back(self.book, part)
        for number, (kind, body, _) in enumerate(self.change.truth()):
            for place, row in enumerate(body.rows or () if kind == HANDOUT else ()):
                given: dict[str, int] = {}
                for line in row.lines:
                    item = self.change.item(self.book, None, line.lot)
                    if item is not None:
                        given[item] = given.get(item, 0) + line.quantity
                if is_eligible(self.book.row("households", row.tag)):
                    taken = take_right(self.book, body.right_key(row.tag), given)
                    drawn += [[number, place, item, n] for item, n in taken.items()]
        return drawn

    # The lots of the targets

    def _given(self, item: str, place: str) -> Iterator[Lot]:
        """Lots of an item at a place that targets drew on, as they are now."""
        for lot_id in self._effects("spent"):
            lot = the_lot(self.book.state, lot_id)
            if lot.item == item and lot.place == place and not lot.lives:
                yield lot

    def _made(self, item: str) -> Iterator[Lot]:
        """Lots of an item that targets made, without rests."""
        for lot_id in self._effects("made"):
            lot = the_lot(self.book.state, lot_id)
            if lot.item == item and not lot_id.partition("/")[2].startswith("r"):
                yield lot

    def _effects(self, verb: str) -> list[str]:
        found: dict[str, None] = {}
        for part in self.change.parts:
            for by in dict.fromkeys((part.anchor.partition("/")[0], part.id)):
                lots = part.lots if part.whole else effects_of(self.book, StatementId(by))
                for effect in lots:
                    if effect[0] == verb:
                        found[effect[1]] = None
        return list(found)


def _too_much(key: str, asked: int, left: int) -> Refused:
    """Less than asked is still there to be taken back."""
    return Refused(Code.NOT_CORRECTABLE, "body.targets", key=key, asked=asked, left=left)
