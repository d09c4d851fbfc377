"""Gifts on a fund line: where they stand, and how one row of a donation list is named.

A gift is named by its statement; one that a correction brought by the correction and the number of
its replacement, so that each of several has a name of its own.

A list is one segment of a fund line; the log holds its total and the root of its manifest. To draw,
refund or reverse a single row, the statement shows the row's amount and offset with their salts and
the paths to that root: the law then acts within [offset, offset + amount) of the list. That the
rows are disjoint and sum to the total is checked by whoever holds the row file.
Specification: `docs/spec/fund-line.md`, opened rows; seals: `docs/spec/disclosure.md`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.errors import CheckError, FormatError, Refused
from ledger.money.funds import Segment, order_of
from ledger.proofs import disclosure
from ledger.shape import Hash, Length, Moved, Number, Pattern, Range
from ledger.state import State

KIND, VERSION = "donation.list", 1

GiftId = Annotated[
    str, Pattern("[0-9a-f]{64}(/(0|[1-9]|1[0-5]))?", 67, "a gift: its statement, or correction/n")
]
"""A gift or list: the id of its statement; `{correction}/{n}` where replacement n brought it."""


def replaced_gift(correction: str, replacement: int) -> str:
    """The name of the gift that a replacement of a correction brings."""
    return f"{correction}/{replacement}"


def whole_gift(name: str) -> str:
    """The gift or list of which `name` is a row; a name that is no row's as it is."""
    gift, _, last = name.rpartition("/")
    return gift if "-" in last else name


def segments_of(state: State, gift: str) -> list[Segment]:
    """Where a gift or list stands, in the order of its offsets; empty where it is not known."""
    row = state.get("gifts", gift)
    found = []
    for part in row if isinstance(row, list) else ():
        assert isinstance(part, list)
        line, low, high = part
        assert isinstance(low, int) and isinstance(high, int)
        found.append(Segment(str(line), low, high))
    return found


def cut(segments: Iterable[Segment], offset: int, amount: int) -> list[Segment]:
    """The part [offset, offset + amount) of a gift; offsets run on through its segments.

    Shorter than `amount` where the gift ends before.
    """
    found = []
    start = 0
    for part in segments:
        low, high = max(offset, start), min(offset + amount, start + part.high - part.low)
        if low < high:
            found.append(Segment(part.line, part.low + low - start, part.low + high - start))
        start += part.high - part.low
    return found


@dataclass(frozen=True, slots=True)
class Manifest:
    """`{"root","size"}` of a list of sealed records; size a power of two from 64 to 2^20."""

    root: Hash
    size: Annotated[int, Range(disclosure.MANIFEST_MIN, disclosure.MANIFEST_MAX)]

    def __post_init__(self) -> None:
        if self.size & (self.size - 1):
            raise Refused(Code.MALFORMED, "body.manifest.size", wanted="a power of two")


@dataclass(frozen=True, slots=True)
class Path:
    """The place of a leaf and its inclusion path, the leaf's sibling first."""

    index: Number
    path: Annotated[tuple[Hash, ...], Length(0, 20)]


@dataclass(frozen=True, slots=True)
class Paths:
    """From the record to the manifest root, and from amount and offset to the record."""

    manifest: Path
    record: Annotated[tuple[Path, ...], Length(2, 2)]


@dataclass(frozen=True, slots=True)
class Salts:
    """The salts of the two fields that are shown."""

    amount: Hash
    offset: Hash


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list, opened: no more than its place and its amount in minor units."""

    amount: Moved
    offset: Number
    paths: Paths
    salts: Salts


def gift_id(donation: str, row: Row | None) -> str:
    """The name of a gift or row of a list, as in subjects of the index: `donation/{name}`."""
    return donation if row is None else disclosure.row_id(donation, row.offset, row.amount)


def open_row(state: State, donation: str, row: Row) -> list[Segment]:
    """Where an opened row stands; CheckError unless it leads to the manifest root of the list."""
    segments = segments_of(state, donation)
    manifest = _manifest_of(state, segments)
    if manifest is None:
        raise CheckError("row", "the donation is not a list")
    shown = [
        disclosure.Shown("amount", row.amount, bytes.fromhex(row.salts.amount)),
        disclosure.Shown("offset", row.offset, bytes.fromhex(row.salts.offset)),
    ]
    record = disclosure.open_record(KIND, VERSION, shown, [_path(p) for p in row.paths.record])
    disclosure.check_manifest(manifest, record, _path(row.paths.manifest))
    found = cut(segments, row.offset, row.amount)
    if sum(part.high - part.low for part in found) != row.amount:
        raise CheckError("row", "it runs beyond the end of the list")
    return found


def find_gift(
    book: Book, donation: str, row: Row | None, amount: int, where: str
) -> list[Segment] | None:
    """Where a gift that a statement names stands: the whole of it, or one opened row.

    Where it is not on the ledger (`unknown_reference`) or does not open (`not_usable`) an
    authorisation is refused at `where`; of a fact of `amount` the breach is named: None.
    """
    segments = segments_of(book.state, donation)
    try:
        if segments:
            return segments if row is None else open_row(book.state, donation, row)
        code = Code.UNKNOWN_REFERENCE
    except (CheckError, FormatError):
        code = Code.NOT_USABLE
    if not book.attested:
        raise Refused(code, where, key=gift_id(donation, row))
    book.breach(code, f"donation/{gift_id(donation, row)}", amount)
    return None


def touch_gift(book: Book, donation: str, row: Row | None) -> None:
    """This entry is about the gift; one about a row is also about its list."""
    book.touch(f"donation/{donation}")
    if row is not None:
        book.touch(f"donation/{gift_id(donation, row)}")


def _path(path: Path) -> disclosure.Path:
    return disclosure.Path(path.index, tuple(bytes.fromhex(each) for each in path.path))


def _manifest_of(state: State, segments: Sequence[Segment]) -> Value | None:
    """The manifest of a list, from the origin row of its first segment."""
    if not segments:
        return None
    first = segments[0]
    row = state.get("origin", f"{first.line}/{order_of(first.low)}")
    assert isinstance(row, list) and isinstance(row[1], list)
    source = row[1]
    return {"root": source[2], "size": source[3]} if source[0] == "list" else None
