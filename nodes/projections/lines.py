"""Fund lines in the views: what every position is now, followed from stretch to stretch.

A stretch says: positions [low, high) of a line were given this label. Views keep the outcome as
few rows (`segment`): a stretch cuts the rows it meets, and neighbours that became equal are joined.

    [0, 35000) free
    allocate 12,000   [0, 12000) allocated:food   [12000, 35000) free

A `void:..` label on money that is in use does not move it: the bank took the gift back, the payment
stands. Such a row keeps its label and is marked, until the label above would come off
(`docs/spec/fund-line.md`). Where a stretch begins at the end of the line, its statement brought
these positions: that is a row of `origin`.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from nodes.projections.rows import Row, Work
from nodes.projections.views import Origin, Segment, table_of


@dataclass(frozen=True, slots=True)
class Piece:
    """Positions [low, high) with one label; `void` 1 when marked."""

    low: int
    high: int
    label: str
    void: int

    def labelled(self, label: str) -> "Piece":
        """The same positions after a stretch with this label."""
        if label.startswith("void:") and not self.void and not self.is_unused:
            return Piece(self.low, self.high, self.label, 1)
        if label.startswith("void:") or label == self.label:
            # The label above came off, or the mark was taken away.
            return Piece(self.low, self.high, label, 0)
        return Piece(self.low, self.high, label, self.void)

    @property
    def is_unused(self) -> bool:
        """Whether a bank may take these positions back at once."""
        return self.label == "free" or self.label.startswith(("allocated:", "void:"))

    def row(self, line: str) -> Row:
        """As a row of view `segment`."""
        return {
            "line": line,
            "low": self.low,
            "high": self.high,
            "label": self.label,
            "void": self.void,
        }


class _Line:
    """The rows of one line between the lowest and the highest position of a chunk of entries."""

    def __init__(self, name: str, pieces: list[Piece], end: int) -> None:
        self.name, self.pieces, self.end = name, pieces, end
        self.before = {piece.low: piece for piece in pieces}

    def apply(self, low: int, high: int, label: str) -> bool:
        """One stretch; True where its positions are new."""
        if low >= self.end:
            self.pieces.append(Piece(low, high, label, 0))
            self._join(len(self.pieces) - 1, len(self.pieces))
            self.end = high
            return True
        first = max(0, bisect_right(self.pieces, low, key=lambda piece: piece.low) - 1)
        last = first
        cut: list[Piece] = []
        while last < len(self.pieces) and self.pieces[last].low < high:
            piece = self.pieces[last]
            parts = (
                Piece(piece.low, min(piece.high, low), piece.label, piece.void),
                Piece(max(piece.low, low), min(piece.high, high), piece.label, piece.void).labelled(
                    label
                ),
                Piece(max(piece.low, high), piece.high, piece.label, piece.void),
            )
            cut.extend(part for part in parts if part.low < part.high)
            last += 1
        self.pieces[first:last] = cut
        self._join(first, first + len(cut))
        return False

    def _join(self, first: int, last: int) -> None:
        """Join equal neighbours among pieces[first:last] and those beside them."""
        first, last = max(0, first - 1), min(len(self.pieces), last + 1)
        joined: list[Piece] = []
        for piece in self.pieces[first:last]:
            left = joined[-1] if joined else None
            if left and (left.high, left.label, left.void) == (piece.low, piece.label, piece.void):
                joined[-1] = Piece(left.low, piece.high, left.label, left.void)
            else:
                joined.append(piece)
        self.pieces[first:last] = joined

    def flush(self, work: Work) -> None:
        """Hand what changed to `work`."""
        after = {piece.low: piece for piece in self.pieces}
        for low in self.before:
            if low not in after:
                work.drop(Segment, self.name, low)
        for low, piece in after.items():
            if self.before.get(low) != piece:
                work.make(Segment, piece.row(self.name))


class Lines:
    """The fund lines that one transaction touches."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._lines: dict[str, _Line] = {}

    def prefetch(self, stretches: Iterable[tuple[str, int, int]]) -> None:
        """Read what all these [low, high) of lines will meet; once, before the first `apply`."""
        spans: dict[str, tuple[int, int]] = {}
        for line, low, high in stretches:
            least, most = spans.get(line, (low, high))
            spans[line] = (min(least, low), max(most, high))
        for line, (low, high) in spans.items():
            self._lines[line] = self._read(line, low, high)

    def _read(self, line: str, low: int, high: int) -> _Line:
        table = table_of(Segment)
        own = select(table).where(table.c.line == line)
        run = self._work.connection.execute
        down = table.c.low.desc()
        left = run(own.where(table.c.low < low).order_by(down).limit(1)).mappings().first()
        start = low if left is None else left["low"]
        found = run(own.where(table.c.low >= start, table.c.low <= high).order_by(table.c.low))
        rows = self._work.take_in(Segment, found.mappings())
        last = run(own.order_by(down).limit(1)).mappings().first()
        pieces = [
            Piece(int(row["low"]), int(row["high"]), str(row["label"]), int(row["void"]))
            for row in rows
        ]
        return _Line(line, pieces, 0 if last is None else last["high"])

    def apply(self, entry: int, statement: str, line: str, low: int, high: int, label: str) -> None:
        """One stretch of an entry."""
        if self._lines[line].apply(low, high, label):
            self._work.add(
                Origin,
                {"line": line, "low": low, "high": high, "entry": entry, "statement": statement},
            )

    def flush(self) -> None:
        """Hand all changed rows to the work of this transaction."""
        for line in self._lines.values():
            line.flush(self._work)
