"""Attribution: what became of a gift, and whose gifts paid for something. Exact, by a convention.

A line has two partitions, origins and labels (`ledger.money.funds`). The answer to a donor is the
gift's interval cut along the labels: its parts sum to the gift to the last minor unit. Partitions
of n and m intervals meet in at most n + m - 1 parts, so the answer to all donors at once is one
walk along the line, never a product of gifts and payments.

First in, first used is a convention, not a fact about banknotes: every page that shows these parts
says so. Specification: `docs/spec/fund-line.md`, attribution.

    >>> origins = [(0, 10_000, "A"), (10_000, 15_000, "B")]
    >>> labels = [(0, 12_000, ("free", "paid:1")), (12_000, 15_000, ("free",))]
    >>> for source, part in meet("flood.general", origins, labels):
    ...     print(source, part.amount, part.state, part.by)
    A 10000 paid 1
    B 2000 paid 1
    B 3000 free None
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from ledger.canon import INT_MAX, Value
from ledger.money.funds import Segment, order_of, walk
from ledger.state import State

S = TypeVar("S")


class Part(NamedTuple):
    """[low, high) of a line with one stack of labels: minor units with one fate."""

    line: str
    low: int
    high: int
    stack: tuple[str, ...]

    @property
    def amount(self) -> int:
        """Minor units."""
        return self.high - self.low

    @property
    def state(self) -> str:
        """`free`, `allocated`, `held`, `transit`, `paid`, `refunded` or `void`."""
        return self.stack[-1].partition(":")[0]

    @property
    def by(self) -> str | None:
        """The statement that put it there: instruction, refund, reversal, or what is held."""
        kind, _, name = self.stack[-1].partition(":")
        return None if kind in ("free", "allocated") else name

    @property
    def purpose(self) -> str | None:
        """What the money is or was set aside for, where it was."""
        for label in self.stack:
            kind, _, name = label.partition(":")
            if kind == "allocated":
                return name
        return None

    @property
    def is_marked(self) -> bool:
        """Whether the bank took this money back after it was used: the line owes it."""
        return any(label.startswith("void:") for label in self.stack[:-1])


def parts_of(state: State, segments: Iterable[Segment]) -> list[Part]:
    """What became of a gift, or of a row of a list: parts in the order of the gift, whole.

    Only intervals that overlap the gift are read.
    """
    found = []
    for segment in segments:
        at = segment.low
        for piece in walk(state, segment.line, segment.low, segment.high):
            assert piece.low == at, f"{segment.line}: a gap at {at}"
            found.append(Part(segment.line, piece.low, piece.high, piece.stack))
            at = piece.high
        assert at == segment.high, f"{segment.line}: nothing from {at} to {segment.high}"
    return found


def by_fate(parts: Iterable[Part]) -> dict[tuple[str, str | None, str | None], int]:
    """{(state, by, purpose): minor units}, in the order first met: what a donor's page shows."""
    found: dict[tuple[str, str | None, str | None], int] = {}
    for part in parts:
        fate = part.state, part.by, part.purpose
        found[fate] = found.get(fate, 0) + part.amount
    return found


def meet(
    line: str,
    origins: Iterable[tuple[int, int, S]],
    labels: Iterable[tuple[int, int, tuple[str, ...]]],
) -> Iterator[tuple[S, Part]]:
    """Every part of a line with its source: the answers to all donors in one walk.

    Both are (low, high, ..) in order and cover the same positions without a gap.
    """
    walking = iter(labels)
    high = -1
    stack: tuple[str, ...] = ()
    for low, end, source in origins:
        at = low
        while at < end:
            while high <= at:
                _, high, stack = next(walking)
            stop = end if end < high else high
            yield source, Part(line, at, stop, stack)
            at = stop


def line_origins(
    state: State, line: str, low: int = 0, high: int = INT_MAX
) -> Iterator[tuple[int, int, list[Value]]]:
    """(low, high, source) of the origins that overlap [low, high), cut to it, in order."""
    begin = order_of(low + 1)
    before = next(state.scan("origin", line, high=begin, reverse=True, chunk=1), None)
    rows = [] if before is None else [(before[0], before[2])]
    for order, value in rows:
        start, end, source = _origin(order, value)
        if end > low:
            yield max(start, low), min(end, high), source
    for order, _, value in state.scan("origin", line, low=begin, high=order_of(high)):
        start, end, source = _origin(order, value)
        yield start, min(end, high), source


def line_labels(state: State, line: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """(low, high, stack) of all label intervals of a line, in order: for `meet`."""
    for piece in walk(state, line, 0, INT_MAX):
        yield piece.low, piece.high, piece.stack


def sources_of(state: State, line: str, label: str) -> list[tuple[list[Value], Part]]:
    """Whose money bears `label` on this line (`paid:D`, `transit:D`, ..): the way back to gifts."""
    found = []
    for piece in walk(state, line, 0, INT_MAX, label=label):
        for low, high, source in line_origins(state, line, piece.low, piece.high):
            found.append((source, Part(line, low, high, piece.stack)))
    return found


def _origin(order: str, value: Value) -> tuple[int, int, list[Value]]:
    assert isinstance(value, list)
    end, source = value
    assert isinstance(end, int) and isinstance(source, list)
    return int(order, 16), end, source
