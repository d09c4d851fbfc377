"""What households are entitled to: rows of table `entitlements`, and what is drawn from them.

    {tag}/{cycle}/{purpose} -> {"entry", "from", "left": [[item, n]..], "statement", "to"}
                            or {.. "amount", "line"} for money, in minor units of the line

`left` is what is neither handed out nor kept by an open release; `entry` is the last entry that
changed the row, which is what a refusal names. The row stays when nothing is left, because a right
is given once for (tag, cycle, purpose). Specification: `docs/spec/kinds-goods.md`.
"""

from dataclasses import dataclass

from ledger.book import Book
from ledger.canon import Value
from ledger.goods.lines import count_rows, counts
from ledger.shape import HouseholdTag, Slug


@dataclass(frozen=True, slots=True)
class RightId:
    """Which entitlement: of whom, in which cycle, for what."""

    cycle: Slug
    purpose: Slug
    tag: HouseholdTag

    @property
    def key(self) -> str:
        """Key in table `entitlements`."""
        return f"{self.tag}/{self.cycle}/{self.purpose}"


@dataclass(frozen=True, slots=True)
class Right:
    """An entitlement to goods: item -> base units left, within [start, end)."""

    key: str
    left: dict[str, int]
    start: int
    end: int
    entry: int
    row: dict[str, Value]

    def is_open(self, time: int) -> bool:
        """Whether `time` is in its window."""
        return self.start <= time < self.end

    def put(self, book: Book) -> None:
        """Write what is left now."""
        row = {**self.row, "entry": book.index, "left": count_rows(self.left)}
        book.put("entitlements", self.key, row)


def find_right(book: Book, key: str) -> Right | None:
    """The entitlement with this key; None where none was issued."""
    row = book.row("entitlements", key)
    if row is None:
        return None
    start, end, entry = row["from"], row["to"], row["entry"]
    assert isinstance(start, int) and isinstance(end, int) and isinstance(entry, int)
    left = counts(row.get("left", []))
    return Right(key, left, start, end, entry, row)


def allocation_key(line: str, purpose: str) -> str:
    """Key in table `reserved` of what is promised to households out of an allocation."""
    return f"{line}/{purpose}"
