"""Dated figures: needs, forecasts and prices, each in force from one instant on.

A figure is superseded, never edited: of one series the one with the latest beginning holds, of two
with the same beginning the one that was logged later. Rows of table `catalogue`:

    {series}/{from, 16 digits} -> {"entry", "from", "statement", "to"? ..}

    series                        further fields
    need/{area}/{item}            "method", "organisation", "quantity"
    forecast/{area}/{item}        "method", "organisation", "quantity"
    price/{item}/{currency}       "area", "per", "sources", "unit_price"

The series is also the subject in the index, so that a list of all its entries proves itself whole.
A figure with an end is no longer in force from then on; an earlier one does not come back.
Rules: `docs/spec/kinds-needs.md`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.errors import Refused
from ledger.marks import DATED
from ledger.shape import Seconds
from ledger.state import State

TABLE = "catalogue"


@dataclass(frozen=True, slots=True)
class Window:
    """[from, to) in seconds."""

    from_: Seconds
    to: Seconds

    def __post_init__(self) -> None:
        if self.from_ >= self.to:
            raise Refused(Code.MALFORMED, "body.window", wanted="an end after its beginning")


def need_series(area: str, item: str) -> str:
    """The series of what an area needs of an item."""
    return f"need/{area}/{item}"


def forecast_series(area: str, item: str) -> str:
    """The series of what an area is expected to need of an item."""
    return f"forecast/{area}/{item}"


def price_series(item: str, currency: str) -> str:
    """The series of prices of an item."""
    return f"price/{item}/{currency}"


def record(book: Book, series: str, start: int, figures: Mapping[str, Value]) -> None:
    """Add a figure that is in force from `start` on (seconds); `figures`: its further fields."""
    row: dict[str, Value] = {
        "entry": book.index,
        "from": start,
        "statement": book.statement,
        **figures,
    }
    assert series.partition("/")[0] in DATED, series
    book.put(TABLE, f"{series}/{start:016d}", row)
    book.touch(series)


def in_force(state: State, series: str, at: int) -> dict[str, Value] | None:
    """The figure in force at `at` (seconds); None where none is, or its end has come."""
    row = next(back_from(state, series, at, chunk=1), None)
    if row is None:
        return None
    to = row.get("to")
    return None if isinstance(to, int) and to <= at else row


def back_from(
    state: State, series: str, at: int, *, since: int = -1, chunk: int = 64
) -> Iterator[dict[str, Value]]:
    """Figures with since < from <= at, the latest first: for medians over a time."""
    high, low = f"{at + 1:016d}", f"{since + 1:016d}"
    for _, _, row in state.scan(TABLE, series, low=low, high=high, reverse=True, chunk=chunk):
        assert isinstance(row, dict)
        yield row
