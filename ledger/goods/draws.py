"""What one statement draws from lots, and the lots that it makes.

A statement draws on each lot once, however many of its lines name it: the lot is spent whole, and
what is left is its one rest. The k-th lot drawn on leaves `{statement}/r{k}`. Nothing is written
before `close`, which records spent lots with their rests in the order in which they were first
drawn on, then the lots made, in order.

    draws = Draws(book, carries=True)
    taken = draws.take(pallet, 5, "site:depot", target=draws.output(0))
    draws.make(0, pallet, taken.parts, place="site:school", custodian="relief")
    draws.close()

Specification: `docs/spec/lots.md`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ledger.book import Book
from ledger.goods.limits import DRAWN_MAX, ENDS_MAX, MIX_MAX, NAMED_MAX, SERIALS_MAX
from ledger.goods.lots import (
    Lot,
    advance,
    living_at,
    living_ends,
    next_number,
    record_made,
    record_spent,
)
from ledger.goods.mix import Mix, join, split


@dataclass(frozen=True, slots=True)
class Part:
    """n units out of one lot."""

    lot: Lot
    n: int
    mix: Mix
    serials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extra:
    """n units that come from an account, not from a lot: `ext:donor` `found:X` `over_issue:X`."""

    account: str
    source: str
    n: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What a line took from lots; `missing` units were not there."""

    parts: tuple[Part, ...]
    missing: int

    @property
    def n(self) -> int:
        """Units taken from lots."""
        return sum(part.n for part in self.parts)


@dataclass(slots=True)
class _Drawn:
    """A lot that the statement draws on: what is left of it so far, and what became of the rest."""

    lot: Lot
    left: int
    mix: Mix
    serials: tuple[str, ...]
    to: dict[str, Mix] = field(default_factory=dict)


class Draws:
    """The lots that one statement draws on and makes.

    `carries`: what it makes carries on the chain of what it draws on (split, move, arrive, merge).
    """

    def __init__(self, book: Book, *, carries: bool = False) -> None:
        self._book, self._carries = book, carries
        self._drawn: dict[str, _Drawn] = {}
        self._made: list[Lot] = []
        self._outputs, self._rests = next_number(book), next_number(book, "r")

    def output(self, number: int) -> str:
        """Id of the lot that is output `number` of the body."""
        return f"{self._book.statement}/{self._outputs + number}"

    @property
    def drawn(self) -> Iterator[Lot]:
        """The lots drawn on so far, as they were before."""
        return (drawn.lot for drawn in self._drawn.values())

    def left(self, lot: Lot) -> int:
        """Units of a living lot that this statement has not taken yet."""
        drawn = self._drawn.get(lot.id)
        return lot.quantity if drawn is None else drawn.left

    def take(
        self, named: Lot, n: int, place: str, target: str, serials: Sequence[str] = ()
    ) -> Taken:
        """Take n units of the lot that a line names, from the living ends of its chain at `place`.

        `target` is the lot or account they go to. Serial numbers that the line names go first.
        """
        ends = living_ends(self._book.state, named, place)
        some = (lot for lot, _ in zip(ends, range(ENDS_MAX), strict=False))
        return self._take(some, n, target, serials, NAMED_MAX)

    def take_any(self, item: str, n: int, place: str, target: str) -> Taken:
        """Take n units of an item from any lots at `place`, earliest expiry first, then by id."""
        return self._take(living_at(self._book.state, item, place), n, target, (), DRAWN_MAX)

    def _take(
        self, lots: Iterator[Lot], n: int, target: str, serials: Sequence[str], most: int
    ) -> Taken:
        parts = []
        while n > 0:
            lot = next(lots, None)
            if lot is None or (lot.id not in self._drawn and len(self._drawn) >= most):
                break
            count = min(n, self.left(lot))
            if count:
                parts.append(self._draw(lot, count, target, serials))
                n -= count
        return Taken(tuple(parts), n)

    def _draw(self, lot: Lot, n: int, target: str, wanted: Sequence[str]) -> Part:
        drawn = self._drawn.get(lot.id)
        if drawn is None:
            drawn = self._drawn[lot.id] = _Drawn(lot, lot.quantity, lot.mix, lot.serials)
        mix, drawn.mix = split(drawn.mix, n)
        named = [serial for serial in drawn.serials if serial in wanted]
        others = [serial for serial in drawn.serials if serial not in wanted]
        serials = (*named, *others)[:n]
        drawn.serials = tuple(serial for serial in drawn.serials if serial not in serials)
        drawn.left -= n
        drawn.to[target] = join((drawn.to.get(target, ()), mix))
        return Part(lot, n, mix, serials)

    def make(
        self,
        number: int,
        like: Lot,
        parts: Sequence[Part],
        *,
        place: str,
        custodian: str,
        extras: Sequence[Extra] = (),
        condition: str | None = None,
    ) -> Lot:
        """Make output `number` of these parts; what they do not say (owner ..) is as in `like`.

        Its expiry is the earliest of them, its condition the worst, unless `condition` is given.
        """
        lots = [part.lot for part in parts] or [like]
        dates = [lot.expiry for lot in lots if lot.expiry is not None]
        worst = "good" if all(lot.condition == "good" for lot in lots) else "damaged"
        source: dict[str, int] = {}
        for name, n in [(p.lot.id, p.n) for p in parts] + [(e.account, e.n) for e in extras]:
            source[name] = source.get(name, 0) + n
        new = Lot(
            id=self.output(number),
            item=like.item,
            quantity=sum(source.values()),
            place=place,
            custodian=custodian,
            owner=like.owner,
            condition=condition or worst,
            mix=join([*(p.mix for p in parts), *(((e.source, e.n),) for e in extras)]),
            source=tuple(source.items()),
            first=self.output(number),
            earmark=like.earmark,
            expiry=min(dates, default=None),
            serials=tuple(serial for part in parts for serial in part.serials),
            hold=next((part.lot.hold for part in parts if part.lot.hold), ""),
        )
        return self.add(new)

    def add(self, new: Lot) -> Lot:
        """Make this lot, which is an output of the body; a long composition is put in one word.

        Of very many serial numbers that come together in it the first are kept.
        """
        new = replace(new, serials=new.serials[:SERIALS_MAX])
        if len(new.mix) > MIX_MAX:
            new = replace(new, mix=((f"mix:{new.id}", new.quantity),))
        self._made.append(new)
        return new

    def close(self) -> None:
        """Write what was drawn on and what was made."""
        for number, drawn in enumerate(self._drawn.values()):
            self._close_one(drawn, f"{self._book.statement}/r{self._rests + number}")
        for lot in self._made:
            record_made(self._book, lot)

    def _close_one(self, drawn: _Drawn, rest_id: str) -> None:
        book, lot = self._book, drawn.lot
        to = tuple((name, sum(n for _, n in mix), mix) for name, mix in drawn.to.items())
        rest = rest_id if drawn.left else ""
        record_spent(book, replace(lot, spent_by=book.statement, spent_to=to, rest=rest))
        if rest:
            left = replace(
                lot,
                id=rest_id,
                quantity=drawn.left,
                mix=drawn.mix,
                serials=drawn.serials,
                source=((lot.id, drawn.left),),
            )
            record_made(book, left)
            advance(book, lot.first, [rest_id])
        elif self._carries:
            made = [name for name in drawn.to if "/" in name]
            if made:
                advance(book, lot.first, made)
