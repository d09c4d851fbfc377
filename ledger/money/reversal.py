"""Taken back by the bank: which positions of a gift a reversal takes, and where the next goes on.

    free positions        void           no account: `free` -> `ext:donor`
    set aside             void           `allocated:P` -> `ext:donor`
    in use                marked         `shortfall` -> `ext:donor`: the line owes this money

Each from high to low; never more than what of the gift is neither void nor marked. What is set
aside is found by the purposes of the programme, for labels are indexed; what is in use by walking.
A fact cannot be refused, so its work is bounded: what a reversal has not reached is left to the
next one. Specification: `docs/spec/fund-line.md`, taken back by the bank.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledger.book import Book
from ledger.canon import Value
from ledger.money.earmark import FREE, find_line, programme_of
from ledger.money.funds import LOOKED_AT_MAX, Piece, Segment, is_void, relabel, walk

TAKEN_BACK_MAX = 1_024
"""Intervals that one reversal changes; the next one goes on from there."""


@dataclass(frozen=True, slots=True)
class Reversed:
    """What a reversal of a gift left over: minor units.

    `excess` the gift does not hold any more; `unseen` lies in intervals that were not looked at.
    """

    excess: int
    unseen: int


def reverse(book: Book, segments: Sequence[Segment], n: int, *, gift: str = "") -> Reversed:
    """The bank takes n of a gift back.

    Free positions, then allocated ones become void, each from high to low. For the rest the line
    falls short: `void` goes under the top label of positions in use (they are marked), which keep
    their account. Nothing is ever taken twice. At most `LOOKED_AT_MAX` intervals are looked at, and
    `TAKEN_BACK_MAX` changed; where that does not do, `gift`, the name of the whole, keeps the place
    to go on from.
    """
    left, looks, changes = n, LOOKED_AT_MAX, TAKEN_BACK_MAX
    found: Iterator[tuple[str, Piece]] = iter(())
    last: tuple[str, Piece] | None = None
    for walking in (_free_of, _allocated_of, _all_of):
        chosen = []
        found = walking(book, segments, gift)
        while left and looks and changes and (one := next(found, None)) is not None:
            looks -= 1
            line, piece = last = one
            if not any(map(is_void, piece.stack)):
                part = piece.within(max(piece.low, piece.high - left), piece.high)
                chosen.append((line, part))
                left -= part.amount
                changes -= 1
        if left and not (looks and changes):
            # Whether there is more is asked before its rows change.
            more = next(found, None) is not None or walking is not _all_of
            _void(book, chosen)
            if not more:
                break
            if gift and walking is _all_of and last is not None:
                _keep_place(book, gift, segments, *last)
            return Reversed(0, left)
        _void(book, chosen)
    return Reversed(left, 0)


def forget_place(book: Book, gift: str) -> None:
    """A reversal of the gift is undone: the next one looks at all of it again."""
    if book.state.get("legs", _place_key(gift)) is not None:
        book.put("legs", _place_key(gift), None)


def _free_of(book: Book, segments: Sequence[Segment], gift: str) -> Iterator[tuple[str, Piece]]:
    for part in reversed(segments):
        for piece in walk(book.state, part.line, part.low, part.high, label=FREE, reverse=True):
            yield part.line, piece


def _allocated_of(
    book: Book, segments: Sequence[Segment], gift: str
) -> Iterator[tuple[str, Piece]]:
    """What is set aside for the programme's purposes, found by label; for another, by `_all_of`."""
    for part in reversed(segments):
        found = programme_of(book.state, part.line)
        line = find_line(book.state, part.line)
        purposes = [] if found is None else found[1]["purposes"]
        assert line is not None and isinstance(purposes, list), part
        marks = [f"allocated:{purpose}" for purpose in purposes]
        walks = [
            walk(book.state, part.line, part.low, part.high, label=mark, reverse=True)
            for mark in marks
            if book.balance(line.currency, line.account(mark))
        ]
        for piece in heapq.merge(*walks, key=_low_of, reverse=True):
            yield part.line, piece


def _low_of(piece: Piece) -> int:
    return piece.low


def _all_of(book: Book, segments: Sequence[Segment], gift: str) -> Iterator[tuple[str, Piece]]:
    """Every interval, from where the last reversal that had to stop has stopped."""
    for part in reversed(_from_place(book, gift, segments)):
        for piece in walk(book.state, part.line, part.low, part.high, reverse=True):
            yield part.line, piece


def _place_key(gift: str) -> str:
    return f"reversed/{gift}"


def _keep_place(
    book: Book, gift: str, segments: Sequence[Segment], line: str, piece: Piece
) -> None:
    # What stands here and above is void or marked for good, but what is appended to the gift later.
    number = next(
        n
        for n, part in enumerate(segments)
        if part.line == line and part.low <= piece.low < part.high
    )
    row: dict[str, Value] = {
        "at": [number, piece.low],
        "entry": book.index,
        "kind": "donation.reverse",
        "segments": len(segments),
    }
    book.put("legs", _place_key(gift), row)


def _from_place(book: Book, gift: str, segments: Sequence[Segment]) -> list[Segment]:
    row = book.row("legs", _place_key(gift)) if gift else None
    if row is None:
        return [*segments]
    at, count = row["at"], row["segments"]
    assert isinstance(at, list) and isinstance(count, int)
    number, low = at
    assert isinstance(number, int) and isinstance(low, int)
    below = Segment(segments[number].line, segments[number].low, low)
    return [*segments[:number], below, *segments[count:]]


def _void(book: Book, chosen: Sequence[tuple[str, Piece]]) -> None:
    """These positions are taken back: void where nobody uses them, else marked."""
    void = f"void:{book.statement}"
    moved: dict[tuple[str, str], int] = {}
    for line, part in chosen:
        *under, top = part.stack
        unused = top == FREE or top.startswith("allocated:")
        relabel(book, line, part, (*under, top, void) if unused else (*under, void, top), void)
        account = (line, top if unused else "shortfall")
        moved[account] = moved.get(account, 0) + part.amount
    for (name, label), amount in moved.items():
        line_row = find_line(book.state, name)
        assert line_row is not None, name
        book.move(line_row.currency, f"{name}/{label}", f"{name}/ext:donor", amount)
