"""`catalogue.define`: items, areas, sites, programmes, funds, each in numbered versions.

One statement may define many things; a definition is never edited, only followed by its next
version, and entries before it were made under the earlier one. Things that are not funds are
defined by a keeper; a fund by its owner. Rule: `docs/spec/catalogue.md`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.errors import Refused
from ledger.kinds import Kind, Nature, Reference
from ledger.members import Place, Signers
from ledger.shape import (
    QUANTITY_MAX,
    Currency,
    Hash,
    Length,
    Names,
    Number,
    Plain,
    Range,
    Seconds,
    Slug,
    fields_of,
)

Version = Annotated[int, Range(1, 1_000_000)]


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack of an item: `code` (箱, box ..) holds num/den base units from the time `from_` on."""

    code: Plain
    den: Annotated[int, Range(1, QUANTITY_MAX)]
    from_: Seconds
    num: Annotated[int, Range(1, QUANTITY_MAX)]


@dataclass(frozen=True, slots=True)
class Item:
    """A thing that is counted in whole base units (UN/CEFACT Rec 20: KGM GRM LTR H87).

    `provisional`: made by an import from a spelling that nobody has mapped yet.
    """

    aliases: Annotated[tuple[Plain, ...], Length(0, 64)]
    class_: Slug
    id: Slug
    names: Names
    packs: Annotated[tuple[Pack, ...], Length(0, 32)]
    unit: Literal["KGM", "GRM", "LTR", "H87"]
    version: Version
    provisional: bool | None = None
    shelf_life_s: Seconds | None = None
    weight_g: Number | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """An administrative area: `vocabulary` names the list that `code` is from.

    `population`: how many people live there, at the time of this version.
    """

    code: Slug
    id: Slug
    names: Names
    tier: Number
    version: Version
    vocabulary: Slug
    parent: Slug | None = None
    population: Number | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A place where goods are: who answers for it is its custodian, a member."""

    area: Slug
    custodian: Slug
    id: Slug
    kind: Literal["warehouse", "reserve", "shelter", "vendor", "point"]
    names: Names
    version: Version


@dataclass(frozen=True, slots=True)
class Window:
    """[from, to) in seconds."""

    from_: Seconds
    to: Seconds


@dataclass(frozen=True, slots=True)
class Programme:
    """What aid is for: a window, purposes, and the permit to collect gifts."""

    code: Slug
    from_: Seconds
    id: Slug
    names: Names
    purposes: Annotated[tuple[Slug, ...], Length(1, 64)]
    to: Seconds
    version: Version
    permit: Window | None = None


@dataclass(frozen=True, slots=True)
class Earmark:
    """What a gift may be spent on; an empty list means anything."""

    areas: Annotated[tuple[Slug, ...], Length(0, 64)]
    classes: Annotated[tuple[Slug, ...], Length(0, 64)]
    purposes: Annotated[tuple[Slug, ...], Length(0, 64)]
    until: Seconds | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a fund: its earmark, and the contract that its donors saw."""

    earmark: Earmark
    id: Slug
    terms: Hash | None = None


@dataclass(frozen=True, slots=True)
class Fund:
    """Pooled money of one currency with one owner; each line is a row of its own."""

    currency: Currency
    id: Slug
    lines: Annotated[tuple[Line, ...], Length(1, 64)]
    names: Names
    owner: Slug
    programme: Slug
    version: Version


@dataclass(frozen=True, slots=True)
class Define:
    """Body of `catalogue.define`: at least one list."""

    areas: Annotated[tuple[Area, ...], Length(1, 64)] | None = None
    funds: Annotated[tuple[Fund, ...], Length(1, 16)] | None = None
    items: Annotated[tuple[Item, ...], Length(1, 64)] | None = None
    programmes: Annotated[tuple[Programme, ...], Length(1, 16)] | None = None
    sites: Annotated[tuple[Site, ...], Length(1, 64)] | None = None


def _authority(book: Book, signers: Signers, body: Define) -> None:
    if body.items or body.areas or body.sites or body.programmes:
        signers.need("keeper")
    for place in _places(book, body):
        signers.need("keeper", place=place)
    for fund in body.funds or ():
        signers.need("fund-owner", "keeper", place=Place(fund=fund.id))
        if signers.author.member != fund.owner:
            raise Refused(
                Code.NO_AUTHORITY, "body.funds", actor=signers.author.id, role=f"of {fund.owner}"
            )


def _places(book: Book, body: Define) -> Iterator[Place]:
    """Where areas and sites are, and where they were before: nobody draws them into his scope."""
    fresh = {area.id: area.parent or "" for area in body.areas or ()}
    for area in body.areas or ():
        if book.row("catalogue", f"area/{area.id}") is not None:
            yield Place(area=area.id)
        yield Place(area=_known_area(book, fresh, area.parent or area.id))
    for site in body.sites or ():
        if book.row("catalogue", f"site/{site.id}") is not None:
            yield Place(site=site.id)
        yield Place(site=site.id, area=_known_area(book, fresh, site.area))


def _known_area(book: Book, fresh: Mapping[str, str], area: str) -> str:
    """The area, or the nearest above it that is known, where the statement itself defines it."""
    for _ in fresh:
        if book.row("catalogue", f"area/{area}") is not None or not fresh.get(area):
            break
        area = fresh[area]
    return area


def _apply(book: Book, body: Define) -> None:
    if not (body.items or body.areas or body.sites or body.programmes or body.funds):
        raise Refused(Code.NOT_ELIGIBLE, "body", wanted="something to define")
    for area in body.areas or ():
        _define(book, f"area/{area.id}", area)
    for site in body.sites or ():
        _define(book, f"site/{site.id}", site)
    for item in body.items or ():
        _define(book, f"item/{item.id}", item)
    for programme in body.programmes or ():
        _define(book, f"programme/{programme.id}", programme)
    for fund in body.funds or ():
        _define_fund(book, fund)


def _define_fund(book: Book, fund: Fund) -> None:
    old = book.row("catalogue", f"fund/{fund.id}")
    if old is not None and (old["currency"], old["owner"], old["programme"]) != (
        fund.currency,
        fund.owner,
        fund.programme,
    ):
        # Its money was given under the permit and for the purposes of that programme.
        raise Refused(
            Code.NOT_ELIGIBLE, f"fund/{fund.id}", wanted="the same currency, owner and programme"
        )
    _define(book, f"fund/{fund.id}", fund, without=("lines",))
    for line in fund.lines:
        key = f"line/{fund.id}.{line.id}"
        row: dict[str, Value] = {
            **fields_of(line),
            "currency": fund.currency,
            "fund": fund.id,
            "owner": fund.owner,
            "statement": book.statement,
            "version": fund.version,
        }
        del row["id"]
        known = book.row("catalogue", key)
        if known is not None and (known["earmark"], known.get("terms")) != (
            row["earmark"],
            row.get("terms"),
        ):
            # What its donors were promised does not change: another earmark is another line.
            raise Refused(Code.ALREADY_EXISTS, key, key=key)
        if known is None:
            book.put("catalogue", key, row)
    book.touch(f"fund/{fund.id}")


def _define(
    book: Book,
    key: str,
    thing: Area | Site | Item | Programme | Fund,
    *,
    without: Iterable[str] = (),
) -> None:
    old = book.row("catalogue", key)
    version = old["version"] if old is not None else 0
    assert isinstance(version, int)
    if thing.version != version + 1:
        raise Refused(Code.ALREADY_EXISTS, key, key=key, value=thing.version, wanted=version + 1)
    if isinstance(thing, Item) and old is not None and old["unit"] != thing.unit:
        raise Refused(Code.NOT_ELIGIBLE, key, wanted=f"the base unit {old['unit']}")
    row = fields_of(thing)
    for name in ("id", *without):
        del row[name]
    book.put("catalogue", key, {**row, "statement": book.statement})


def _references(body: Define) -> Iterable[Reference]:
    """What is named and not defined by the same statement."""
    areas = {area.id: None for area in body.areas or ()}
    programmes = {programme.id: None for programme in body.programmes or ()}
    for number, area in enumerate(body.areas or ()):
        if area.parent and area.parent not in areas:
            yield Reference(f"body.areas[{number}].parent", "catalogue", f"area/{area.parent}")
    for number, site in enumerate(body.sites or ()):
        if site.area not in areas:
            yield Reference(f"body.sites[{number}].area", "catalogue", f"area/{site.area}")
        yield Reference(f"body.sites[{number}].custodian", "members", site.custodian)
    for number, fund in enumerate(body.funds or ()):
        here = f"body.funds[{number}]"
        if fund.programme not in programmes:
            yield Reference(f"{here}.programme", "catalogue", f"programme/{fund.programme}")
        yield Reference(f"{here}.currency", "catalogue", f"currency/{fund.currency}")
        yield Reference(f"{here}.owner", "members", fund.owner)


KINDS = (
    Kind(
        "catalogue.define",
        Nature.AUTHORISATION,
        Define,
        _authority,
        _apply,
        references=_references,
    ),
)
