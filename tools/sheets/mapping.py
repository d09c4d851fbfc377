"""Mapping files: what the columns of a table mean, said once by a person, in strict YAML.

The same shapes read it that read statements: unknown, missing and doubtful things are refused with
their place. The form is described, with whole examples, in `docs/guides/load-a-spreadsheet.md`.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from ledger.codes import Code
from ledger.errors import Refused
from ledger.goods.lots import Condition
from ledger.sentences import sentence
from ledger.shape import ActorId, Length, LineId, Moved, Number, Plain, Range, Slug, parse
from tools.console import Stop, plain
from tools.published import read_regular
from tools.sheets.cells import day
from tools.sheets.reading import Row, Sheet
from tools.signing import normal
from tools.strict_yaml import YAML_MAX, YamlError, read_yaml

Columns = Annotated[tuple[Plain, ...], Length(1, 16)]
GUIDE: Final = "The form is described in docs/guides/load-a-spreadsheet.md."


@dataclass(frozen=True, slots=True)
class File:
    """How the file is written. `sheet` of an XLSX file; without it the first."""

    encoding: Literal["utf-8", "utf-8-sig", "big5", "gb18030"] | None = None
    sheet: Plain | None = None


@dataclass(frozen=True, slots=True)
class Signers:
    """Who signs: actors. `second` co-signs every fact; `keeper` defines provisional items;
    `admins` enrol organisations that were given goods."""

    author: ActorId
    admins: Annotated[tuple[ActorId, ...], Length(1, 16)] | None = None
    keeper: ActorId | None = None
    second: ActorId | None = None


@dataclass(frozen=True, slots=True)
class Occurred:
    """The column with the day on which it happened. `offset`: seconds east of UTC."""

    column: Plain
    format: Plain
    offset: Annotated[int, Range(-86_400, 86_400)]
    calendar: Literal["gregorian", "minguo"] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A person read a cell that the loader could not: `was` stands there, `is` is meant.

    Without `was` the cell is empty.
    """

    column: Plain
    is_: Plain
    row: Number
    was: Plain | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """The column with amounts, and how many decimals the currency has (ISO 4217)."""

    column: Plain
    currency: Plain
    decimals: Annotated[int, Range(0, 4)]


@dataclass(frozen=True, slots=True)
class Donations:
    """Columns of gifts. `list`: the column with the number of the list; `institution`: who gave the
    references, such as a bank; `reference`: its columns, by default the key."""

    amount: Amount
    donor: Plain
    line: LineId
    contact: Plain | None = None
    institution: Plain | None = None
    list: Plain | None = None
    reference: Columns | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """Units as they are written, and the base unit of which one is `each` (1 when left out)."""

    unit: Literal["KGM", "GRM", "LTR", "H87"]
    written: Annotated[tuple[Plain, ...], Length(1, 64)]
    each: Moved | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A spelling that a person has mapped: one unit as written is `each` base units of `id`."""

    id: Slug
    item: Plain
    each: Moved | None = None
    spec: Plain | None = None
    unit: Plain | None = None


@dataclass(frozen=True, slots=True)
class Numeral:
    """A word behind digits, as 万, and what it multiplies with."""

    times: Moved
    word: Plain


@dataclass(frozen=True, slots=True)
class Goods:
    """Columns of goods. `party` gave or got them; `class` is that of provisional items.

    `group`: consecutive rows with the same cells there are one statement. `missing`: goods that
    were handed out and never came in are booked as `found`, or `wait` for a person.
    """

    class_: Slug
    item: Plain
    party: Plain
    quantity: Plain
    site: Slug
    unit: Plain
    units: Annotated[tuple[Unit, ...], Length(1, 32)]
    as_written: Columns | None = None
    condition: Condition | None = None
    group: Columns | None = None
    known: Annotated[tuple[Known, ...], Length(1, 512)] | None = None
    missing: Literal["found", "wait"] | None = None
    numerals: Annotated[tuple[Numeral, ...], Length(1, 8)] | None = None
    spec: Plain | None = None


KINDS: Final = ("donation.list", "donation.receive", "stock.receive", "disbursement.handout")


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping. `key`: columns that name a row, by default its number; `attempt`: raised by
    a person who loads a file again with another mapping, for the rows that are not in yet."""

    kind: Literal["donation.list", "donation.receive", "stock.receive", "disbursement.handout"]
    signers: Signers
    attempt: Annotated[int, Range(1, 1_000)] | None = None
    decisions: Annotated[tuple[Decision, ...], Length(1, 1_000)] | None = None
    donations: Donations | None = None
    file: File | None = None
    fill_down: Columns | None = None
    goods: Goods | None = None
    key: Columns | None = None
    occurred: Occurred | None = None

    def __post_init__(self) -> None:
        money = self.kind.startswith("donation.")
        if (self.donations is None) == money or (self.goods is None) != money:
            wanted = "donations for gifts, goods for goods, never both"
            raise Refused(Code.MALFORMED, "mapping.kind", wanted=wanted)
        if self.donations is not None:
            if (self.donations.list is None) == (self.kind == "donation.list"):
                wanted = "the number of the list where rows are lists, and only there"
                raise Refused(Code.MALFORMED, "mapping.donations.list", wanted=wanted)
            if self.kind == "donation.receive" and self.donations.institution is None:
                wanted = "who gave the references, such as the bank"
                raise Refused(Code.MALFORMED, "mapping.donations.institution", wanted=wanted)
        out = self.kind == "disbursement.handout"
        if self.goods is not None and (self.goods.missing is not None) != out:
            wanted = "found or wait where goods go out, and only there"
            raise Refused(Code.MALFORMED, "mapping.goods.missing", wanted=wanted)

    def columns(self) -> list[str]:
        """Every column that the mapping names, once."""
        found = [*(self.key or ()), *(self.fill_down or ())]
        if self.occurred is not None:
            found.append(self.occurred.column)
        if self.donations is not None:
            gifts = self.donations
            found += [gifts.amount.column, gifts.donor, *(gifts.reference or ())]
            found += [name for name in (gifts.contact, gifts.list) if name is not None]
        if self.goods is not None:
            goods = self.goods
            found += [goods.item, goods.party, goods.quantity, goods.unit]
            found += [*(goods.as_written or ()), *(goods.group or ())]
            found += [goods.spec] if goods.spec is not None else []
        found += [each.column for each in self.decisions or ()]
        return list(dict.fromkeys(found))

    def actors(self) -> list[str]:
        """Everybody who signs."""
        signers = self.signers
        named = [signers.author, signers.second, signers.keeper, *(signers.admins or ())]
        return list(dict.fromkeys(name for name in named if name is not None))

    def facts(self) -> tuple[str, ...]:
        """Who signs facts, the author first."""
        second = self.signers.second
        return (self.signers.author,) if second is None else (self.signers.author, second)

    def key_of(self, row: Row) -> str:
        """What names a row within its file."""
        if self.key is None:
            return str(row.number)
        return "/".join(row.cells[name] for name in self.key)

    def day_of(self, row: Row) -> int | None:
        """Unix seconds of the day on which a row happened; None where no column says."""
        if self.occurred is None:
            return None
        return day(
            row.cells[self.occurred.column],
            self.occurred.format,
            offset=self.occurred.offset,
            minguo=self.occurred.calendar == "minguo",
        )


def read_mapping(path: Path, language: str = "en") -> tuple[Mapping, str]:
    """The mapping in a file, and the SHA-256 of its bytes in hex. `Stop` names what is wrong."""
    try:
        data = read_regular(path, YAML_MAX)
    except ValueError as error:
        raise Stop(f"{plain(str(path))}: {error}.", GUIDE) from None
    try:
        return parse_mapping(data, language), hashlib.sha256(data).hexdigest()
    except YamlError as error:
        raise Stop(f"{plain(str(path))}, {plain(str(error))}.", GUIDE) from None
    except Stop as stop:
        raise Stop(f"{plain(str(path))}: {stop.said}", stop.then) from None


def parse_mapping(data: bytes, language: str = "en") -> Mapping:
    """The mapping in the bytes of a file; `YamlError`, `Stop`."""
    try:
        found, out_of_range = parse(Mapping, normal(read_yaml(data)), "mapping")
    except Refused as refused:
        raise Stop(sentence(refused.refusal, language), GUIDE) from None
    if out_of_range is not None:
        raise Stop(sentence(out_of_range, language), GUIDE)
    return found


def fit(mapping: Mapping, sheet: Sheet) -> Sheet:
    """The table as the mapping's person reads it: decisions taken, merged cells filled down.

    `Stop` for a column that is not there, a decision about another table, keys that repeat.
    """
    for name in mapping.columns():
        if name not in sheet.columns:
            raise Stop(
                f"The mapping names a column {plain(name)!r}; {plain(sheet.name)} has "
                f"{plain(', '.join(sheet.columns))}.",
                "Correct the mapping, or the heading in the file.",
            )
    decided = {(each.row, each.column): each for each in mapping.decisions or ()}
    rows: list[Row] = []
    for row in sheet.rows:
        cells = dict(row.cells)
        for name in mapping.fill_down or ():
            if not cells[name] and rows:
                cells[name] = rows[-1].cells[name]
        for name, stands in row.cells.items():
            decision = decided.pop((row.number, name), None)
            if decision is None:
                continue
            if stands != (decision.was or ""):
                raise Stop(
                    f"A decision is about {decision.was or ''!r} in row {row.number}, column "
                    f"{plain(name)}; there stands {plain(stands)!r}.",
                    "The file has changed: look at the row and decide again.",
                )
            cells[name] = decision.is_
        rows.append(Row(row.number, cells))
    for (number, _), _ in decided.items():
        raise Stop(f"A decision is about row {number}, which is not in the table.", GUIDE)
    _check_keys(mapping, rows)
    return Sheet(sheet.name, sheet.sha256, sheet.columns, tuple(rows), sheet.encoding)


def _check_keys(mapping: Mapping, rows: list[Row]) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        key = mapping.key_of(row)
        if key in seen:
            raise Stop(
                f"Rows {seen[key]} and {row.number} have the same key {plain(key)!r}.",
                "Name columns that together tell rows apart, or take the repetition out.",
            )
        seen[key] = row.number
