"""Lots: a quantity of one item with one history, and the chain of what is left of it.

A lot is made by one statement and drawn on by at most one. Its id is `{statement}/{n}`, n = place
among the outputs of the body, so that a label can be printed before anything is sent. Who takes
less than the whole leaves a *rest*, a new lot `{statement}/r{k}`; a correction puts a lot back as
`{statement}/b{k}`.

The label on a pallet keeps the first id while the pallet shrinks. So a statement that names a lot
already drawn on means the *living end* of its chain at its site:

    a/0 (10) --3 handed out--> b/r0 (7) --2 moved--> c/r0 (5)      first = a/0, end = c/r0

    heads: a/0 -> [c/r0]

Where no rest is left the outputs of split, move, arrive or merge carry on, in order, each at its
own site: `heads: a/0 -> [d/0, d/1]`. Only `spent`, `rest` and `hold` of a row ever change.
Specification: `docs/spec/lots.md`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ledger.book import Book
from ledger.canon import Value
from ledger.entry import LotEffect
from ledger.envelope import StatementId
from ledger.goods.limits import CHAIN_MAX, LOOKED_AT_MAX, SERIALS_MAX
from ledger.goods.mix import Mix, join, without
from ledger.state import State

Condition = Literal["good", "damaged"]

SOURCES = {"ext:donor": "gift", "ext:vendor": "paid", "ext:requisition": "requisition"}
"""Account -> first word of the source that it stands for; contra accounts: `found`."""


@dataclass(frozen=True, slots=True)
class Lot:
    """One lot. `place` is `site:{site}` or `consignment:{dispatch}`.

    `source`    what it was made of: (lot or account, n); in the row `from`
    `mix`       where its units came from in the end (`ledger.goods.mix`)
    `spent_by`  the statement that drew on it, "" while it lives
    `spent_to`  what that made of it, without the rest: (lot or account, n, mix)
    `rest`      what is left of it, "" where nothing is
    `hold`      the statement that holds it, ""
    """

    id: str
    item: str
    quantity: int
    place: str
    custodian: str
    owner: str
    condition: str
    mix: Mix
    source: tuple[tuple[str, int], ...]
    first: str
    earmark: Mapping[str, Value] | None = None
    expiry: int | None = None
    serials: tuple[str, ...] = ()
    hold: str = ""
    spent_by: str = ""
    spent_to: tuple[tuple[str, int, Mix], ...] = ()
    rest: str = ""

    @property
    def lives(self) -> bool:
        """Whether nobody has drawn on it yet."""
        return not self.spent_by

    @property
    def statement(self) -> StatementId:
        """The statement that made it."""
        return StatementId(self.id.partition("/")[0])

    def is_usable(self, time: int) -> bool:
        """Good, not held, not expired at `time`: may go out as aid."""
        return self.condition == "good" and not self.hold and not self.is_expired(time)

    def is_expired(self, time: int) -> bool:
        """Whether its expiry has come at `time`."""
        return self.expiry is not None and self.expiry <= time

    def row(self) -> dict[str, Value]:
        """As a row of table `lots`."""
        row: dict[str, Value] = {
            "condition": self.condition,
            "custodian": self.custodian,
            "first": self.first,
            "from": [[name, n] for name, n in self.source],
            "item": self.item,
            "mix": [[name, n] for name, n in self.mix],
            "owner": self.owner,
            "place": self.place,
            "quantity": self.quantity,
        }
        if self.earmark is not None:
            row["earmark"] = dict(self.earmark)
        if self.expiry is not None:
            row["expiry"] = self.expiry
        if self.serials:
            row["serials"] = list(self.serials)
        if self.hold:
            row["hold"] = self.hold
        if self.spent_by:
            row["spent"] = {"by": self.spent_by, "to": [self._to_row(*to) for to in self.spent_to]}
        if self.rest:
            row["rest"] = self.rest
        return row

    def _to_row(self, target: str, n: int, mix: Mix) -> list[Value]:
        # The parts are written only where they do not follow: a lot of one source has no choice.
        if len(self.mix) == 1:
            return [target, n]
        return [target, n, [[name, part] for name, part in mix]]


def parse_lot(lot_id: str, row: Mapping[str, Value]) -> Lot:
    """The lot of a row of table `lots`; the row was written by `Lot.row`."""
    mix = _mix(row["mix"])
    spent, expiry, earmark = row.get("spent"), row.get("expiry"), row.get("earmark")
    quantity, serials = row["quantity"], row.get("serials", [])
    assert isinstance(quantity, int) and (expiry is None or isinstance(expiry, int))
    assert isinstance(serials, list) and (earmark is None or isinstance(earmark, dict))
    spent_by, spent_to = "", []
    if spent is not None:
        assert isinstance(spent, dict) and isinstance(spent["to"], list)
        spent_by = str(spent["by"])
        for to in spent["to"]:
            assert isinstance(to, list) and isinstance(to[1], int)
            part = _mix(to[2]) if len(to) > 2 else ((mix[0][0], to[1]),)
            spent_to.append((str(to[0]), to[1], part))
    return Lot(
        id=lot_id,
        item=str(row["item"]),
        quantity=quantity,
        place=str(row["place"]),
        custodian=str(row["custodian"]),
        owner=str(row["owner"]),
        condition=str(row["condition"]),
        mix=mix,
        source=_mix(row["from"]),
        first=str(row["first"]),
        earmark=earmark,
        expiry=expiry,
        serials=tuple(str(serial) for serial in serials),
        hold=str(row.get("hold", "")),
        spent_by=spent_by,
        spent_to=tuple(spent_to),
        rest=str(row.get("rest", "")),
    )


def _mix(value: Value) -> Mix:
    assert isinstance(value, list)
    pairs = []
    for pair in value:
        assert isinstance(pair, list) and isinstance(pair[1], int)
        pairs.append((str(pair[0]), pair[1]))
    return tuple(pairs)


def find_lot(state: State, lot_id: str) -> Lot | None:
    """The lot with this id, living or spent; None where there is none."""
    row = state.get("lots", lot_id)
    if row is None:
        return None
    assert isinstance(row, dict)
    return parse_lot(lot_id, row)


def the_lot(state: State, lot_id: str) -> Lot:
    """The lot with this id, which is known to be there."""
    lot = find_lot(state, lot_id)
    assert lot is not None, lot_id
    return lot


# ---- chains -------------------------------------------------------------------------------------


def heads_of(state: State, first: str) -> list[str]:
    """What carries on the chain that begins with `first`, in order."""
    row = state.get("heads", first)
    return [str(lot) for lot in row] if isinstance(row, list) else [first]


def living_ends(state: State, named: Lot, place: str) -> Iterator[Lot]:
    """The living lots at `place` that carry on the chain of `named`, in order.

    Looks at no more than `CHAIN_MAX` lots.
    """
    if named.lives:
        if named.place == place:
            yield named
        return
    # Depth first, so that parts of an earlier output come before the next output.
    todo, seen = list(reversed(heads_of(state, named.first))), {named.first}
    met: dict[str, None] = {}
    while todo and len(seen) + len(met) <= CHAIN_MAX:
        lot = the_lot(state, todo.pop())
        if lot.lives:
            if lot.place == place and lot.id not in met:  # inputs of one merge lead to one lot
                yield lot
            met[lot.id] = None
        elif lot.first not in seen:
            seen.add(lot.first)
            todo.extend(reversed(heads_of(state, lot.first)))


def living_at(state: State, item: str, place: str, *, after: int = -1) -> Iterator[Lot]:
    """Living lots of an item at a place, earliest expiry first, then by id; expiry > `after`."""
    low = f"{after + 1:012d}/" if after >= 0 else ""
    for _, lot_id, row in state.scan("lots", f"{item}@{place}", low=low):
        assert isinstance(row, dict)
        yield parse_lot(lot_id, row)


def usable_at(state: State, item: str, place: str, time: int, wanted: int) -> int:
    """Usable units of an item at a place, counted up to `wanted`, in `LOOKED_AT_MAX` lots."""
    found = 0
    lots = living_at(state, item, place, after=time)
    for lot, _ in zip(lots, range(LOOKED_AT_MAX), strict=False):
        if found >= wanted:
            break
        if lot.is_usable(time):
            found += lot.quantity
    return min(found, wanted)


def advance(book: Book, first: str, carriers: Sequence[str]) -> None:
    """The rest chain that begins with `first` is carried on by these lots from now on.

    Other lots that carry on from it (at other sites, say) stay behind them; `CHAIN_MAX` in all, for
    no more are ever looked at.
    """
    kept = []
    for lot_id in heads_of(book.state, first):
        lot = the_lot(book.state, lot_id)
        if lot.first != first and (lot.lives or book.state.get("heads", lot.first) is not None):
            kept.append(lot_id)
    heads: list[Value] = [*carriers, *kept]
    book.put("heads", first, heads[:CHAIN_MAX])


def spenders(state: State, lot: Lot, limit: int) -> list[StatementId]:
    """The statements that drew on the chain of rests of `lot`, oldest first, at most `limit`."""
    found: dict[StatementId, None] = {}
    while lot.spent_by and len(found) < limit:
        found[StatementId(lot.spent_by)] = None
        if not lot.rest:
            break
        lot = the_lot(state, lot.rest)
    return list(found)


# ---- numbers ------------------------------------------------------------------------------------


def next_number(book: Book, letter: str = "") -> int:
    """The number of the next lot that this statement makes: outputs "", rests "r", put back "b".

    0 unless the statement made some before, as a correction with several replacements does.
    """
    start = f"{book.statement}/{letter}"
    # Numbers rise as lots are made: the last one made is the highest.
    for effect in reversed(book.lot_effects):
        number = effect[1].removeprefix(start)
        if effect[0] == "made" and number and not number.strip("0123456789"):
            return int(number) + 1
    return 0


def record_made(book: Book, lot: Lot) -> None:
    """Add a new lot to the state and to the effects."""
    book.state.add("lots", lot.id, lot.row())
    book.lot_effects.append(("made", lot.id, lot.item, lot.quantity, lot.place))


def record_spent(book: Book, lot: Lot) -> None:
    """Write a lot that has just been drawn on, and add that to the effects."""
    book.put("lots", lot.id, lot.row())
    book.lot_effects.append(("spent", lot.id, lot.quantity))


# ---- undoing, for corrections -------------------------------------------------------------------


def whole_end(state: State, lot: Lot) -> Lot | None:
    """The living lot that still holds all of `lot`: itself, or where it was put back; else None."""
    if lot.lives:
        return lot
    for end_id in heads_of(state, lot.first):
        end = the_lot(state, end_id)
        if end.lives and end.first == lot.first and end.quantity == lot.quantity:
            return end
    return None


def undo(book: Book, effects: Sequence[LotEffect]) -> list[Lot]:
    """Undo the lot effects of one statement, from last to first; returns the lots put back.

    What it made is taken away, what it drew on comes back. A rest stays: the lot that is put back
    takes it up. Moves between accounts are the caller's, who also made sure, by `whole_end`, that
    nobody else has drawn on what was made.
    """
    back = []
    for effect in reversed(effects):
        lot = the_lot(book.state, effect[1])
        if effect[0] == "spent":
            back.append(_put_back(book, lot))
        elif not effect[1].partition("/")[2].startswith("r"):
            end = whole_end(book.state, lot)
            assert end is not None, lot.id
            record_spent(book, replace(end, spent_by=book.statement, spent_to=_back_to(lot)))
    return back


def _back_to(lot: Lot) -> tuple[tuple[str, int, Mix], ...]:
    # What came from accounts goes back there; what came from lots is in those that are put back.
    accounts = [(name, n) for name, n in lot.source if "/" not in name]
    return tuple((name, n, ((source_of(lot, name), n),)) for name, n in accounts)


def source_of(lot: Lot, account: str) -> str:
    """The source in the composition of `lot` that stands for what it got from `account`."""
    if len(lot.mix) == 1:
        return lot.mix[0][0]
    word = SOURCES.get(account, "found")
    named = [name for name, _ in lot.mix if name.startswith(f"{word}:")]
    return next((name for name in named if name.endswith(lot.statement)), named[0])


def _put_back(book: Book, lot: Lot) -> Lot:
    """What was drawn from `lot` comes back as a new lot, which takes up the end of its chain."""
    taken, mix, serials = lot.quantity, lot.mix, lot.serials
    if lot.rest:
        rest = the_lot(book.state, lot.rest)
        taken, mix = taken - rest.quantity, without(mix, rest.mix)
        serials = tuple(serial for serial in serials if serial not in rest.serials)
    # The flow out of the old lot now leads here: what it was drawn for did not happen.
    undone = replace(lot, spent_by=book.statement, spent_to=())
    return come_back(book, undone, taken, mix, serials)


def come_back(book: Book, lot: Lot, n: int, mix: Mix, serials: tuple[str, ...] = ()) -> Lot:
    """n units of `lot`, which left it, are a new lot that takes up the living end of its chain.

    `lot` is as its row shall say, but for the flow to the new lot.
    """
    state = book.state
    new = replace(
        lot,
        id=f"{book.statement}/b{next_number(book, 'b')}",
        quantity=n,
        mix=mix,
        serials=serials,
        source=((lot.id, n),),
        spent_by="",
        spent_to=(),
        rest="",
    )
    onward = replace(lot, spent_to=(*lot.spent_to, (new.id, n, mix)))
    book.put("lots", lot.id, onward.row())
    for end_id in heads_of(state, lot.first):
        end = the_lot(state, end_id)
        if end.lives and end.first == lot.first and end.place == lot.place:
            to = ((new.id, end.quantity, end.mix),)
            record_spent(book, replace(end, spent_by=book.statement, spent_to=to))
            new = replace(
                new,
                quantity=new.quantity + end.quantity,
                mix=join((new.mix, end.mix)),
                serials=(*new.serials, *end.serials)[:SERIALS_MAX],
                source=(*new.source, (end.id, end.quantity)),
                hold=end.hold,
            )
    record_made(book, new)
    advance(book, new.first, [new.id])
    return new


def carry_on(book: Book, old: Lot, new_id: str) -> None:
    """From now on `new_id` carries on the chain of `old` (an output that a correction replaced)."""
    advance(book, old.first, [new_id])
