"""Drafts from tables of goods: provisional items, receipts at a site, hand-outs to organisations.

A spelling that nobody has mapped becomes a provisional item, one per (item, spec, unit) exactly as
written: nothing is matched by likeness. Its base unit is one of what is written, so 箱 stays 箱
until a person says on the ledger what a 箱 holds.

Goods go out of the lots at the site that have the very same spelling, the oldest first. What goes
beyond them is drawn from the last one, and the ledger books it on `over_issue`. Goods that never
came in by this ledger are booked as found, if the mapping says so, else they wait for a person.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledger.canon import Value, encode
from tools.sealing import seal
from tools.sheets.cells import CellError, Unreadable, quantity
from tools.sheets.drafts import Draft, Drafts, Reading
from tools.sheets.mapping import Goods
from tools.sheets.mapping import Mapping as Wanted
from tools.sheets.reading import Row, Sheet
from tools.sheets.targets import Target

LINES_AT_ONCE: Final = 50
"""Lines of one statement: with what was written beside them they stay below 32 KiB."""
ITEMS_AT_ONCE: Final = 32
TEXT_MAX: Final = 200
"""Bytes of a public text."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """What an item is called in a table. `unit`: as written; `base`: the unit of Rec 20."""

    item: str
    spec: str
    unit: str
    base: str

    @property
    def id(self) -> str:
        """The provisional item's id: the same spelling is the same item in every table."""
        said = encode([self.item, self.spec, self.unit])
        return "p-" + hashlib.sha256(b"relief/spelling/v1\0" + said).hexdigest()[:24]

    @property
    def text(self) -> str:
        """The public name."""
        return " ".join(part for part in (self.item, self.spec, self.unit) if part)


@dataclass(frozen=True, slots=True)
class Goodsline:
    """One row that was read: so many base units of an item. `spelling` where it is provisional."""

    row: Row
    item: str
    units: int
    as_written: str
    party: str
    group: tuple[str, ...]
    occurred_at: int | None
    key: str
    spelling: Spelling | None


def read_goods(mapping: Wanted, sheet: Sheet, reading: Reading) -> list[Goodsline]:
    """The rows that can be read; what is wrong with the others is added to `reading`."""
    found = []
    for row in sheet.rows:
        before = len(reading.errors)
        line = _read(mapping, row, reading.errors)
        if line is not None and len(reading.errors) == before:
            found.append(line)
            reading.add(line.item, line.units)
    return found


def _read(mapping: Wanted, row: Row, errors: list[CellError]) -> Goodsline | None:
    wanted = _goods(mapping)
    cells = row.cells

    def wrong(column: str, error: Unreadable) -> None:
        errors.append(CellError(row.number, column, cells[column], error.reason, error.suggestion))

    spec = cells[wanted.spec] if wanted.spec is not None else ""
    item, unit = cells[wanted.item], cells[wanted.unit]
    written = " ".join(cells[name] for name in wanted.as_written or () if cells[name])
    if not item:
        wrong(wanted.item, Unreadable("is empty", "say what it was"))
    for column, text in ((wanted.item, f"{item} {spec} {unit}"), (wanted.item, written)):
        if len(text.encode()) > TEXT_MAX:
            wrong(column, Unreadable(f"is longer than {TEXT_MAX} bytes", "shorten it"))
    occurred_at = None
    try:
        occurred_at = mapping.day_of(row)
    except Unreadable as error:
        assert mapping.occurred is not None
        wrong(mapping.occurred.column, error)
    try:
        base, each, item_id = _unit(wanted, item, spec, unit)
    except Unreadable as error:
        wrong(wanted.unit, error)
        base, each, item_id = "", 1, ""
    numerals = {numeral.word: numeral.times for numeral in wanted.numerals or ()}
    try:
        units = quantity(cells[wanted.quantity], numerals, each)
    except Unreadable as error:
        wrong(wanted.quantity, error)
        return None
    spelling = None if item_id else Spelling(item, spec, unit, base)
    party = cells[wanted.party]
    return Goodsline(
        row=row,
        item=spelling.id if spelling is not None else item_id,
        units=units,
        as_written=written,
        party=party,
        group=(party, *(cells[name] for name in wanted.group or ())),
        occurred_at=occurred_at,
        key=mapping.key_of(row),
        spelling=spelling,
    )


def _unit(wanted: Goods, item: str, spec: str, unit: str) -> tuple[str, int, str]:
    """(base unit, how many of it one unit as written is, id of a mapped item or "")."""
    for known in wanted.known or ():
        same = known.item == item and (known.spec or spec) == spec and (known.unit or unit) == unit
        if same:
            return "", known.each or 1, known.id
    for each in wanted.units:
        if unit in each.written:
            return each.unit, each.each or 1, ""
    if not unit:
        raise Unreadable(
            "is empty: a number without a unit waits for a person",
            "find out what was counted and add a decision to the mapping",
        )
    raise Unreadable(
        "is no unit that the mapping knows", "add it to units, or a decision for this row"
    )


def _goods(mapping: Wanted) -> Goods:
    assert mapping.goods is not None
    return mapping.goods


# --- definitions


def draft_items(mapping: Wanted, lines: Iterable[Goodsline], target: Target) -> Iterator[Draft]:
    """`catalogue.define` of the provisional items that the ledger does not have yet."""
    wanted: dict[str, Spelling] = {}
    for line in lines:
        if line.spelling is not None:
            wanted.setdefault(line.item, line.spelling)
    there = target.rows([("catalogue", f"item/{item}") for item in wanted])
    new = [wanted[item] for item in wanted if ("catalogue", f"item/{item}") not in there]
    keeper = mapping.signers.keeper or mapping.signers.author
    for some in _portions(new, ITEMS_AT_ONCE):
        items: list[Value] = [_item(_goods(mapping), spelling) for spelling in some]
        key = f"items {hashlib.sha256(encode([each.id for each in some])).hexdigest()}"
        yield Draft("catalogue.define", {"items": items}, (keeper,), key)


def _item(wanted: Goods, spelling: Spelling) -> dict[str, Value]:
    text = spelling.text
    return {
        "aliases": [text],
        "class": wanted.class_,
        "id": spelling.id,
        "names": {"en": text, "zh_hans": text, "zh_hant": text},
        "packs": [],
        "provisional": True,
        "unit": spelling.base,
        "version": 1,
    }


def _portions(things: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    for at in range(0, len(things), most):
        yield things[at : at + most]


def party_id(name: str) -> str:
    """The id of an organisation that a table names: the same spelling is the same one."""
    return "o-" + hashlib.sha256(b"relief/party/v1\0" + name.encode()).hexdigest()[:24]


def draft_parties(mapping: Wanted, lines: Iterable[Goodsline], target: Target) -> Iterator[Draft]:
    """`member.enrol` of the organisations that got goods and are not on the ledger yet."""
    wanted = {party_id(line.party): line.party for line in lines}
    there = target.rows([("members", party) for party in wanted])
    for party, name in wanted.items():
        if ("members", party) in there:
            continue
        names: Value = {"en": name, "zh_hans": name, "zh_hant": name}
        body: dict[str, Value] = {"actors": [], "organisation": {"id": party, "names": names}}
        signers = mapping.signers.admins or (mapping.signers.author,)
        yield Draft("member.enrol", body, signers, f"party {party}")


# --- in


def draft_receipts(mapping: Wanted, lines: Sequence[Goodsline], target: Target) -> Drafts:
    """Provisional items, then one `stock.receive` for consecutive rows of one giver."""
    wanted = _goods(mapping)
    yield from draft_items(mapping, lines, target)
    for some in _grouped(lines):
        sealed = seal("stock.receive", {"donor": some[0].party})
        body: dict[str, Value] = {
            "lines": [_line(wanted, line) for line in some],
            "seals": {**sealed.seals},
            "site": wanted.site,
            "source": {"kind": "gift"},
        }
        yield Draft(
            "stock.receive", body, mapping.facts(), f"in {some[0].key}",
            rows=tuple(line.row.number for line in some), occurred_at=some[0].occurred_at,
            sealed=sealed,
        )  # fmt: skip


def _line(wanted: Goods, line: Goodsline) -> dict[str, Value]:
    found: dict[str, Value] = {
        "condition": wanted.condition or "good",
        "item": line.item,
        "quantity": line.units,
    }
    if line.as_written:
        found["as_written"] = line.as_written
    return found


def _grouped(lines: Sequence[Goodsline]) -> Iterator[list[Goodsline]]:
    """Consecutive rows of one party, and of the same cells in the columns of `group`."""
    some: list[Goodsline] = []
    for line in lines:
        same = some and (some[0].group, some[0].occurred_at) == (line.group, line.occurred_at)
        if some and (not same or len(some) == LINES_AT_ONCE):
            yield some
            some = []
        some.append(line)
    if some:
        yield some


# --- out


def draft_handouts(
    mapping: Wanted, lines: Sequence[Goodsline], target: Target, reading: Reading
) -> Drafts:
    """Organisations, items, what was never received, then one `disbursement.handout` for
    consecutive rows of one receiver."""
    wanted = _goods(mapping)
    stock = dict(target.lots(wanted.site))
    missing: dict[str, Goodsline] = {}
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.item] = sums.get(line.item, 0) + line.units
        if line.item not in stock:
            missing.setdefault(line.item, line)
    yield from draft_parties(mapping, lines, target)
    yield from draft_items(mapping, lines, target)
    for some in _portions(list(missing.values()), LINES_AT_ONCE):
        found: list[Value] = [{**_line(wanted, line), "quantity": sums[line.item]} for line in some]
        body: dict[str, Value] = {
            "lines": found, "site": wanted.site, "source": {"kind": "found"},
        }  # fmt: skip
        key = f"found {some[0].item}"
        statement = yield Draft("stock.receive", body, mapping.facts(), key)
        for number, line in enumerate(some):
            stock[line.item] = [(f"{statement}/{number}", sums[line.item])]
    shelf = _Shelf(stock)
    for rows in _grouped(lines):
        for drawn in shelf.draw(rows):
            body = {
                "lines": [{"lot": lot, "quantity": n} for _, lot, n in drawn],
                "organisation": party_id(rows[0].party),
                "site": wanted.site,
            }
            first = drawn[0][0]
            yield Draft(
                "disbursement.handout", body, mapping.facts(), f"out {first.key}",
                rows=tuple(dict.fromkeys(line.row.number for line, _, _ in drawn)),
                occurred_at=first.occurred_at,
            )  # fmt: skip
    if missing:
        reading.notes.append(f"{len(missing):,} items were never received here: booked as found")
    if shelf.beyond:
        reading.notes.append(f"{len(shelf.beyond):,} items went out beyond what came in")


def wait_for_missing(
    mapping: Wanted, lines: Sequence[Goodsline], target: Target, reading: Reading
) -> None:
    """Errors for rows whose item has no lot at the site, where the mapping says `missing: wait`."""
    wanted = _goods(mapping)
    if wanted.missing == "found":
        return
    stock = target.lots(wanted.site)
    for line in lines:
        if line.item not in stock:
            reading.errors.append(
                CellError(
                    line.row.number, wanted.item, line.row.cells[wanted.item],
                    f"never came in at {wanted.site} under this spelling",
                    "map it to what came in (known), or say missing: found",
                )
            )  # fmt: skip


@dataclass(slots=True)
class _Shelf:
    """The lots of a site while hand-outs are drafted; `beyond` items went out beyond them."""

    stock: dict[str, list[tuple[str, int]]]
    beyond: dict[str, None]

    def __init__(self, stock: dict[str, list[tuple[str, int]]]) -> None:
        self.stock, self.beyond = {item: list(lots) for item, lots in stock.items()}, {}

    def draw(self, rows: Sequence[Goodsline]) -> Iterator[list[tuple[Goodsline, str, int]]]:
        """Lines (row, lot, units) for some rows, as many of them together as one statement may
        have; a row stays whole."""
        some: list[tuple[Goodsline, str, int]] = []
        for row in rows:
            own = [(row, lot, n) for lot, n in self._take(row.item, row.units)]
            if some and len(some) + len(own) > LINES_AT_ONCE:
                yield some
                some = []
            some += own
        if some:
            yield some

    def _take(self, item: str, units: int) -> Iterator[tuple[str, int]]:
        lots = self.stock[item]
        while units:
            lot, there = lots[0]
            last = len(lots) == 1
            n = units if last else min(units, there)
            if n > there:
                self.beyond[item] = None
            if n:
                yield lot, n
            units -= n
            if last:
                lots[0] = (lot, max(0, there - n))
            elif n == there:
                lots.pop(0)
            else:
                lots[0] = (lot, there - n)
