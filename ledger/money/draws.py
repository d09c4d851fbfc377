"""Draws: which money an authorisation takes, as its signer names it.

`[{line, amount, donation?, row?}]`, at most 64. Without a donation the lowest positions of the line
are taken; naming one makes the attribution explicit: only positions of that gift, or of an opened
row of a list, may be taken. Specification: `docs/spec/fund-line.md`, draws.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from ledger.book import Book
from ledger.codes import Code
from ledger.errors import Refused
from ledger.kinds import Reference
from ledger.money.earmark import Line, find_line, fund_of, programme_of, uncovered
from ledger.money.funds import Piece, Segment, check_not_short, pick
from ledger.money.gifts import GiftId, Row, find_gift, gift_id, touch_gift
from ledger.shape import Length, LineId, Moved
from ledger.state import Pair


@dataclass(frozen=True, slots=True)
class Draw:
    """Take `amount` minor units from a line; `donation`, `row`: only from this gift."""

    amount: Moved
    line: LineId
    donation: GiftId | None = None
    row: Row | None = None

    def __post_init__(self) -> None:
        if self.row is not None and self.donation is None:
            raise Refused(Code.MALFORMED, "body.draws", wanted="the donation of the row")


Draws = Annotated[tuple[Draw, ...], Length(1, 64)]


def draw_references(draws: Sequence[Draw]) -> Iterator[Reference]:
    """The lines and donations that must be on the ledger."""
    for n, draw in enumerate(draws):
        yield Reference(f"body.draws[{n}].line", "catalogue", f"line/{draw.line}")
        if draw.donation is not None:
            yield Reference(f"body.draws[{n}].donation", "gifts", draw.donation)


def draw_reads(draws: Sequence[Draw]) -> Iterator[Pair]:
    """Index subjects of the gifts that are named."""
    for draw in draws:
        if draw.donation is not None:
            yield "index", f"donation/{draw.donation}"
            if draw.row is not None:
                yield "index", f"donation/{gift_id(draw.donation, draw.row)}"


def funds_of(draws: Sequence[Draw]) -> list[str]:
    """The funds drawn on, each once, in order."""
    return list(dict.fromkeys(fund_of(draw.line) for draw in draws))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draw whose line and gift are found; `within` None means anywhere on the line."""

    draw: Draw
    line: Line
    within: list[Segment] | None
    where: str

    def pick(self, book: Book, label: str, *, reverse: bool = False) -> list[Piece]:
        """The pieces that bear `label`: `Refused(not_enough)` or `(too_many_pieces)` without."""
        return pick(
            book,
            self.line,
            label,
            self.draw.amount,
            within=self.within,
            reverse=reverse,
            where=f"{self.where}.amount",
        )

    def check_use(
        self, book: Book, purpose: str, area: str | None = None, item_class: str = ""
    ) -> None:
        """The programme has this purpose and the earmark covers the use: else `not_eligible`."""
        found = programme_of(book.state, self.line.id)
        purposes = [] if found is None else found[1]["purposes"]
        assert isinstance(purposes, list)
        if purpose not in purposes:
            raise Refused(Code.NOT_ELIGIBLE, "body.purpose", key=purpose)
        part = uncovered(
            book.state,
            self.line.earmark,
            book.time,
            purpose=purpose,
            area=area,
            item_class=item_class,
        )
        if part:
            key = f"line/{self.line.id}"
            raise Refused(Code.NOT_ELIGIBLE, f"{self.where}.line", key=key, wanted=part)


def find_draws(book: Book, draws: Sequence[Draw]) -> list[Drawn]:
    """The lines and gifts of all draws; a row that does not open is `Refused(not_usable)`."""
    found = []
    for n, draw in enumerate(draws):
        where = f"body.draws[{n}]"
        line = find_line(book.state, draw.line)
        assert line is not None, "references were checked"
        within = None
        if draw.donation is not None:
            within = find_gift(book, draw.donation, draw.row, draw.amount, where)
            touch_gift(book, draw.donation, draw.row)
        found.append(Drawn(draw, line, within, where))
    return found


def check_none_short(book: Book, drawn: Sequence[Drawn]) -> None:
    """Nothing new is promised on a line that owes money: `Refused(line_short)`."""
    for each in drawn:
        check_not_short(book, each.line, f"{each.where}.line")
