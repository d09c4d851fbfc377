"""The fund line: pooled money as a number line, so that every cent knows its donor and its use.

A line is [0, R) in minor units and has two partitions into intervals `[low, high)`:

- *origin*, append-only: which gift (or cover) brought these positions;
- *label*: what they are now. Each interval has a stack of labels, at most four deep, bottom first;
  the top label says on which account the money stands. Taking puts a label on, coming back takes it
  off. Neighbours with equal stacks are one interval.

    free          on account `{line}/free`    `transit:D`   instructed by statement D
    allocated:P   set aside for purpose P     `paid:D`      takes the place of `transit:D`
    held:S        kept for S, which waits     `void:D`      taken back by the bank: no account
    refunded:D    given back to its donor

A donor's answer is the donor's origin interval cut along the labels (`ledger.money.attribution`);
it sums to the gift, exactly. First in, first used is a convention, and pages say so.

`void:D` *under* another label marks money that the bank took back after it was spent: where the
label above would come off, the position is void and its money goes to close the `shortfall`.

Rows: `line` `{line}/{low:016x}` -> [high, stack]; `origin` `{line}/{low:016x}` -> [high, source];
`gifts` {statement} -> [[line, low, high]..]. Specification: `docs/spec/fund-line.md`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ledger.book import Book
from ledger.canon import INT_MAX, Value
from ledger.codes import Code
from ledger.errors import Refused
from ledger.money.earmark import FREE, Line
from ledger.state import State

PIECES_MAX = 256
"""Intervals that one authorisation may change: more must be split into several."""
LOOKED_AT_MAX = 4_096
"""Intervals of one gift that one statement looks at: to change some, or to take them back."""
DEPTH_MAX = 4
"""Labels of one stack: free, allocated, one void, and held, transit or paid."""

_ONLY_FREE: list[Value] = [FREE]

Stack = tuple[str, ...]


# ---- intervals ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Segment:
    """An interval of one line: where a gift, or a row of a list, stands."""

    line: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Piece:
    """[low, high) of one label interval; its row runs from `row_low` to `row_high`."""

    row_low: int
    row_high: int
    stack: Stack
    low: int
    high: int

    @property
    def amount(self) -> int:
        """Minor units."""
        return self.high - self.low

    def within(self, low: int, high: int) -> "Piece":
        """The part in [low, high), which must not be empty."""
        low, high = max(low, self.low), min(high, self.high)
        assert low < high
        return Piece(self.row_low, self.row_high, self.stack, low, high)


def order_of(position: int) -> str:
    """A position as it stands in keys and orders: 16 hex digits."""
    return f"{position:016x}"


def _piece(order: str, value: Value) -> Piece:
    assert isinstance(value, list)
    high, stack = value
    assert isinstance(high, int) and isinstance(stack, list)
    low = int(order, 16)
    return Piece(low, high, tuple(str(label) for label in stack), low, high)


def end_of(state: State, line: str) -> int:
    """R: one past the last position of the line, 0 for a line without money so far."""
    last = state.last("line", line)
    if last is None:
        return 0
    assert isinstance(last[1], list) and isinstance(last[1][0], int)
    return last[1][0]


def walk(
    state: State, line: str, low: int, high: int, *, label: str = "", reverse: bool = False
) -> Iterator[Piece]:
    """The parts of label intervals in [low, high), from low to high or reversed.

    `label`: only those on whose top it stands. Rows are read as they are asked for: do not change
    the line while walking.
    """
    if low >= high:
        return
    mark = f"{line}/{label}" if label else line
    # The interval that holds `low` may begin before it.
    begin = order_of(low + 1)
    before = next(state.scan("line", mark, high=begin, reverse=True, chunk=1), None)
    first = None if before is None else _piece(before[0], before[2])
    if first is not None and first.row_high <= low:
        first = None
    rest = state.scan("line", mark, low=begin, high=order_of(high), reverse=reverse)
    if first is not None and not reverse:
        yield first.within(low, high)
    for order, _, value in rest:
        yield _piece(order, value).within(low, high)
    if first is not None and reverse:
        yield first.within(low, high)


def choose(pieces: Iterable[Piece], n: int, *, reverse: bool = False, most: int = 0) -> list[Piece]:
    """The first pieces that sum to n, the last of them cut; fewer where there is not enough.

    Walking in reverse the high end of the last piece is used. `most`: stop after so many pieces
    and one more, whatever they sum to.
    """
    found: list[Piece] = []
    left = n
    for piece in pieces:
        if left <= 0 or (most and len(found) > most):
            break
        if piece.amount > left:
            cut = piece.high - left if reverse else piece.low + left
            low, high = (cut, piece.high) if reverse else (piece.low, cut)
            piece = piece.within(low, high)  # noqa: PLW2901
        found.append(piece)
        left -= piece.amount
    return found


def total(pieces: Iterable[Piece]) -> int:
    """Minor units of all pieces together."""
    return sum(piece.amount for piece in pieces)


def relabel(book: Book, line: str, piece: Piece, stack: Stack, label: str = "") -> None:
    """Give the piece another stack; `label`, else the new top, is what the entry shows.

    The row is cut where needed (at most twice) and joined with equal neighbours.
    """
    assert 0 < len(stack) <= DEPTH_MAX and stack != piece.stack, stack
    state = book.state
    if state.get("line", f"{line}/{order_of(piece.row_low)}") != [piece.row_high, [*piece.stack]]:
        # An earlier piece of this statement was cut from the same row.
        fresh = next(walk(state, line, piece.low, piece.high))
        assert fresh.stack == piece.stack and fresh.high == piece.high, (fresh, piece)
        piece = fresh
    low, high, value = piece.low, piece.high, list[Value](stack)
    if piece.row_low < low:
        state.put("line", f"{line}/{order_of(piece.row_low)}", [low, [*piece.stack]])
    else:
        left = _ending_at(state, line, low, value)
        if left is not None:
            state.put("line", f"{line}/{order_of(low)}", None)
            low = left
    if high < piece.row_high:
        state.put("line", f"{line}/{order_of(high)}", [piece.row_high, [*piece.stack]])
    else:
        right = state.get("line", f"{line}/{order_of(high)}")
        if isinstance(right, list) and right[1] == value:
            state.put("line", f"{line}/{order_of(high)}", None)
            assert isinstance(right[0], int)
            high = right[0]
    state.put("line", f"{line}/{order_of(low)}", [high, value])
    book.stretches.append((line, piece.low, piece.high, label or stack[-1]))


def _ending_at(state: State, line: str, end: int, stack: list[Value]) -> int | None:
    """Where the interval begins that has this stack and ends at `end`, None where there is none."""
    mark = f"{line}/{stack[-1]}"
    found = next(state.scan("line", mark, high=order_of(end), reverse=True, chunk=1), None)
    if found is None or found[2] != [end, stack]:
        return None
    return int(found[0], 16)


# ---- what is done to a line ---------------------------------------------------------------------


def append(book: Book, line: str, source: list[Value], n: int) -> tuple[int, int]:
    """n new positions at the end of the line, free, from `source`; returns [low, high).

    Raises `Refused(sum_out_of_range)` where the line would end beyond 2^53-1: no JSON number could
    say where it ends.
    """
    state = book.state
    last = state.last("line", line)
    low = 0
    joined = False
    if last is not None:
        assert isinstance(last[1], list) and isinstance(last[1][0], int)
        low = last[1][0]
        joined = last[1][1] == _ONLY_FREE
    high = low + n
    if high > INT_MAX:
        raise Refused(Code.SUM_OUT_OF_RANGE, f"line {line}", value=high, high=INT_MAX)
    key = f"{line}/{low:016x}"
    if joined and last is not None:
        state.put("line", last[0], [high, _ONLY_FREE])
    else:
        state.add("line", key, [high, _ONLY_FREE])
    state.add("origin", key, [high, source])
    book.stretches.append((line, low, high, FREE))
    return low, high


def pick(
    book: Book,
    line: Line,
    label: str,
    n: int,
    *,
    within: Sequence[Segment] | None = None,
    reverse: bool = False,
    where: str = "body",
) -> list[Piece]:
    """The pieces of n positions that bear `label`, for an authorisation to change.

    From low to high, or reversed; `within`: only positions of these segments. Raises
    `Refused(not_enough)` or `Refused(too_many_pieces)`: nothing is taken then.
    """
    source = line.account(label)
    if within is None:
        have = book.balance(line.currency, source)
        if have < n:
            raise Refused(Code.NOT_ENOUGH, where, key=source, asked=n, left=have)
        spans = [(0, INT_MAX)]
    else:
        spans = [(part.low, part.high) for part in within if part.line == line.id]
    pieces = choose(
        _walk_spans(book.state, line.id, spans, label, reverse=reverse),
        n,
        reverse=reverse,
        most=PIECES_MAX if within is None else LOOKED_AT_MAX,
    )
    have = total(pieces)
    if within is not None and have < n and len(pieces) <= LOOKED_AT_MAX:
        raise Refused(Code.NOT_ENOUGH, where, key=source, asked=n, left=have)
    given = len(book.stretches) + len(pieces)
    if given > PIECES_MAX:
        raise Refused(Code.TOO_MANY_PIECES, where, key=source, given=given, high=PIECES_MAX)
    assert have == n, f"{source}: the intervals hold {have} of {n}"
    return pieces


def take(book: Book, line: Line, label: str, pieces: Iterable[Piece], target: str) -> None:
    """Put label `target` on pieces that bear `label`, and move their money."""
    n = 0
    for piece in pieces:
        relabel(book, line.id, piece, (*piece.stack, target))
        n += piece.amount
    book.move(line.currency, line.account(label), line.account(target), n)


def available(
    book: Book, line: Line, label: str, n: int, within: Sequence[Segment], *, reverse: bool = False
) -> int:
    """How much of n bears `label` in these segments, as far as `pick` would look."""
    spans = [(part.low, part.high) for part in within if part.line == line.id]
    pieces = _walk_spans(book.state, line.id, spans, label, reverse=reverse)
    return total(choose(pieces, n, reverse=reverse, most=LOOKED_AT_MAX))


def _walk_spans(
    state: State, line: str, spans: Sequence[tuple[int, int]], label: str, *, reverse: bool
) -> Iterator[Piece]:
    for low, high in reversed(spans) if reverse else spans:
        yield from walk(state, line, low, high, label=label, reverse=reverse)


def put_back(book: Book, line: Line, pieces: Iterable[Piece], account: str) -> None:
    """Take the top label off: the label below comes back, the money from `account` with it.

    Marked positions become void instead; their money closes the shortfall.
    """
    back: dict[str, int] = {}
    for piece in pieces:
        under = piece.stack[:-1]
        relabel(book, line.id, piece, under)
        back[under[-1]] = back.get(under[-1], 0) + piece.amount
    owed = 0
    for label, n in back.items():
        if is_void(label):
            owed += n
        else:
            book.move(line.currency, account, line.account(label), n)
    if owed:
        settle(book, line, account, owed)


def shortfall_of(book: Book, line: Line) -> int:
    """How much the line owes: minor units, 0 or more."""
    return -book.balance(line.currency, f"{line.id}/shortfall")


def check_not_short(book: Book, line: Line, where: str) -> None:
    """Nothing new is promised on a line that owes money: `Refused(line_short)`."""
    short = shortfall_of(book, line)
    if short:
        raise Refused(Code.LINE_SHORT, where, key=f"line/{line.id}", n=short)


def settle(book: Book, line: Line, account: str, n: int) -> int:
    """n from `account` close the shortfall of the line; what is beyond it is appended, free.

    Returns how much was appended. A contra account never rises above zero.
    """
    closing = min(n, shortfall_of(book, line))
    if closing:
        book.move(line.currency, account, f"{line.id}/shortfall", closing)
    beyond = n - closing
    if beyond:
        append(book, line.id, ["cover", book.statement], beyond)
        book.move(line.currency, account, line.account(FREE), beyond)
    return beyond


def is_void(label: str) -> bool:
    """Whether a label says that the bank took the money back."""
    return label.startswith("void:")
