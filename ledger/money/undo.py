"""Undoing statements about money, and booking only a difference: the money half of corrections.

To *restore*, statements are undone in reverse log order, each from its own effects; every step asks
that the positions still are as that statement left them, so that nobody's later use is overturned.
Else it is `Refused(not_correctable)`, and the correction must name the later statements as well or
*compensate*: book the difference. What is undone moves back, so both directions stay counted.

A gift undone leaves void positions; its replacement is appended. A mark that a reversal set since
is kept: where the label above it comes off, the money closes the shortfall, as always.
Specification: `docs/spec/fund-line.md`, corrections.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ledger.book import Book
from ledger.canon import INT_MAX, Value
from ledger.codes import Code
from ledger.errors import Refused
from ledger.money.earmark import FREE, Line, find_line
from ledger.money.funds import (
    LOOKED_AT_MAX,
    PIECES_MAX,
    Piece,
    Segment,
    append,
    choose,
    is_void,
    put_back,
    relabel,
    settle,
    total,
    walk,
)
from ledger.money.payments import Leg, fail, find_leg, owe
from ledger.money.reversal import forget_place, reverse
from ledger.money.rights import left_of_right

Stretch = tuple[str, int, int, str]
Move = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True)
class Applied:
    """A logged statement and what it did: `moves` and `line` of its effects, in order.

    `index` of its entry; `where` names the target in the correction's body.
    """

    id: str
    index: int
    kind: str
    body: Mapping[str, Value]
    moves: tuple[Move, ...]
    line: tuple[Stretch, ...]
    where: str

    @classmethod
    def read(
        cls,
        statement: str,
        index: int,
        kind: str,
        body: Mapping[str, Value],
        effects: Value,
        where: str,
    ) -> "Applied":
        """From the parts of an entry; `Refused(not_correctable)` where only a digest was logged."""
        assert isinstance(effects, dict)
        if "root" in effects:
            raise Refused(Code.NOT_CORRECTABLE, where, key=statement)
        moves, line = effects.get("moves", []), effects.get("line", [])
        assert isinstance(moves, list) and isinstance(line, list)
        return cls(
            statement,
            index,
            kind,
            body,
            tuple(tuple(move) for move in moves),  # type: ignore[arg-type, misc]
            tuple(tuple(stretch) for stretch in line),  # type: ignore[arg-type, misc]
            where,
        )

    def refuse(self) -> Refused:
        """Later entries stand on it."""
        return Refused(Code.NOT_CORRECTABLE, self.where, key=self.id)

    def leg(self, book: Book) -> Leg:
        """The leg that it is about."""
        leg = find_leg(book, str(self.body["instruction"]))
        if leg is None:
            raise self.refuse()
        return leg

    def moved(self, source: str, target: str) -> int:
        """Minor units that its moves took from accounts ending in `source` to such in `target`."""
        ends = ((a.rpartition("/")[2], b.rpartition("/")[2], n) for _, a, b, n in self.moves)
        return sum(n for a, b, n in ends if a.startswith(source) and b.startswith(target))


def undo(book: Book, target: Applied) -> None:
    """Take back all that `target` did to money; `Refused(not_correctable)` where that has moved on.

    The caller frees its reference tags and undoes later targets first.
    """
    act = UNDO.get(target.kind)
    if act is None:
        raise target.refuse()
    act(book, target)


def _line(book: Book, name: str) -> Line:
    line = find_line(book.state, name)
    assert line is not None, name
    return line


def _untouched(book: Book, target: Applied, stretch: Stretch, label: str) -> list[Piece]:
    """The pieces of a stretch, all of which must bear `label` on the top."""
    name, low, high, _ = stretch
    pieces = list(walk(book.state, name, low, high, label=label))
    if total(pieces) != high - low:
        raise target.refuse()
    return pieces


def _gift(book: Book, target: Applied) -> None:
    # Not the row of table `gifts`: a row of a list has none.
    segments = [Segment(name, low, high) for name, low, high, _ in target.line]
    for stretch in target.line:
        _untouched(book, target, stretch, FREE)
    over = reverse(book, segments, sum(part.high - part.low for part in segments))
    if over.unseen:
        raise target.refuse()
    assert over.excess == 0


def _taken(book: Book, target: Applied) -> None:
    """`donation.refund`, `fund.allocate`: the label comes off again."""
    for stretch in reversed(target.line):
        line = _line(book, stretch[0])
        pieces = _untouched(book, target, stretch, stretch[3])
        put_back(book, line, pieces, line.account(stretch[3]))


def _come_back(
    book: Book, target: Applied, stretches: Iterable[Stretch], label: str, account: str
) -> int:
    """Put `label` on again where it came off, and the money back on `{line}/{account}`."""
    count = 0
    for stretch in stretches:
        line = _line(book, stretch[0])
        if is_void(stretch[3]):
            # Its money closed a shortfall since; which of it is whose cannot be told apart now.
            raise target.refuse()
        pieces = _untouched(book, target, stretch, stretch[3])
        for piece in pieces:
            relabel(book, line.id, piece, (*piece.stack, label))
        n = total(pieces)
        book.move(line.currency, line.account(stretch[3]), f"{line.id}/{account}", n)
        count += n
    return count


def _deallocation(book: Book, target: Applied) -> None:
    label = f"allocated:{target.body['purpose']}"
    _come_back(book, target, reversed(target.line), label, label)


def _take_out(
    book: Book, target: Applied, line: Line, stretches: Sequence[Stretch], to: str
) -> None:
    """Appended positions, all free still, become void; their money goes to account `to`."""
    for stretch in stretches:
        for piece in _untouched(book, target, stretch, FREE):
            relabel(book, line.id, piece, (FREE, f"void:{book.statement}"))
        book.move(line.currency, line.account(FREE), to, stretch[2] - stretch[1])


def _cover(book: Book, target: Applied) -> None:
    if not target.moves:
        return  # nobody had defined its line: it moved nothing
    line = _line(book, str(target.body["line"]))
    owner = f"{line.id}/ext:owner"
    _take_out(book, target, line, target.line, owner)
    closed = target.moved("ext:owner", "shortfall")
    if closed:
        book.move(line.currency, f"{line.id}/shortfall", owner, closed)


def _instruction(book: Book, target: Applied) -> None:
    leg = find_leg(book, target.id)
    if leg is None or leg.transit != leg.asked or leg.beyond:
        raise target.refuse()
    fail(book, leg)


def _payment(book: Book, target: Applied) -> None:
    beyond = target.moved("shortfall", "paid:")
    leg = find_leg(book, str(target.body["instruction"]))
    if leg is None or leg.entry > target.index:
        # It was booked without its instruction, which is not on the log or came later.
        for currency, short, paid, n in target.moves:
            line = _line(book, short.rpartition("/")[0])
            if n > book.balance(currency, paid):
                raise target.refuse()
            settle(book, line, paid, n)
        return
    if leg.beyond < beyond:
        raise target.refuse()
    spent = 0
    for stretch in reversed(target.line):
        line = _line(book, stretch[0])
        for piece in _untouched(book, target, stretch, f"paid:{leg.id}"):
            relabel(book, line.id, piece, (*piece.stack[:-1], f"transit:{leg.id}"))
        n = stretch[2] - stretch[1]
        book.move(line.currency, leg.account(line, "paid:"), line.account(f"transit:{leg.id}"), n)
        spent += n
    if beyond:
        line = _line(book, leg.lines[0])
        settle(book, line, leg.account(line, "paid:"), beyond)
    leg.put(book, paid=-spent, beyond=-beyond)


def _failure(book: Book, target: Applied) -> None:
    leg = target.leg(book)
    label = f"transit:{leg.id}"
    _withdraw(book, target, leg, _come_back(book, target, reversed(target.line), label, label))


def _return(book: Book, target: Applied) -> None:
    leg = target.leg(book)
    if target.moved("paid:", "shortfall") or target.moved("transit:", "shortfall"):
        raise target.refuse()
    # First the paid part came back, then what had been in transit: undone in reverse.
    late = target.moved(f"transit:{leg.id}", "")
    transit: list[Stretch] = []
    paid: list[Stretch] = []
    for stretch in reversed(target.line):
        if sum(each[2] - each[1] for each in transit) < late:
            transit.append(stretch)
        else:
            paid.append(stretch)
        if _is_appended(book, target, stretch):
            raise target.refuse()
    label = f"transit:{leg.id}"
    n = _come_back(book, target, transit, label, label)
    again = _come_back(book, target, paid, f"paid:{leg.id}", f"paid:{leg.class_}")
    _withdraw(book, target, leg, n + again)
    if again:
        found = find_leg(book, leg.id)
        assert found is not None
        found.put(book, paid=again)


def _is_appended(book: Book, target: Applied, stretch: Stretch) -> bool:
    row = book.state.get("origin", f"{stretch[0]}/{stretch[1]:016x}")
    return isinstance(row, list) and row[1] == ["cover", target.id]


def _withdraw(book: Book, target: Applied, leg: Leg, n: int) -> None:
    """n of the leg did not come back after all; nor did the right to it."""
    if leg.right and n:
        again = replace(leg, back=leg.back - n).used - leg.used
        if left_of_right(book, leg.right) < again:
            raise target.refuse()
    leg.put(book, back=-n)


def _reversal(book: Book, target: Applied) -> None:
    """The bank did not take it: `void` comes off, wherever it stands in the stack by now."""
    void = f"void:{target.id}"
    forget_place(book, str(target.body["donation"]))
    for name, low, high, _ in reversed(target.line):
        line = _line(book, name)
        back: dict[str, int] = {}
        for piece in list(walk(book.state, name, low, high)):
            assert void in piece.stack, (name, piece)
            stack = tuple(label for label in piece.stack if label != void)
            to = stack[-1] if piece.stack[-1] == void else "shortfall"
            relabel(book, name, piece, stack, stack[-1])
            back[to] = back.get(to, 0) + piece.amount
        donor = f"{name}/ext:donor"
        for label, n in back.items():
            if label == "shortfall":
                settle(book, line, donor, n)
            else:
                book.move(line.currency, donor, line.account(label), n)


UNDO: Mapping[str, Callable[[Book, Applied], None]] = {
    "disbursement.failed": _failure,
    "disbursement.instruct": _instruction,
    "disbursement.paid": _payment,
    "disbursement.returned": _return,
    "donation.list": _gift,
    "donation.receive": _gift,
    "donation.refund": _taken,
    "donation.reverse": _reversal,
    "fund.allocate": _taken,
    "fund.cover": _cover,
    "fund.deallocate": _deallocation,
}
"""Kinds about money that can be restored."""


# ---- only the difference ------------------------------------------------------------------------


def more_in(book: Book, gift: str, line: str, n: int) -> None:
    """The gift was n larger: appended as a further segment, so the donor's trace sums both."""
    found = _line(book, line)
    low, high = append(book, line, ["donation", gift, book.statement], n)
    book.move(found.currency, f"{line}/ext:donor", found.account(FREE), n)
    row = book.state.get("gifts", gift)
    before = row if isinstance(row, list) else []
    book.put("gifts", gift, [*before, [line, low, high]])
    book.gift_effects.append((gift, line, low, high))


def less_in(book: Book, segments: Sequence[Segment], n: int) -> int:
    """The gift was n smaller: as a reversal without a bank; returns what it no longer holds."""
    over = reverse(book, segments, n)
    if over.unseen:
        key, high = segments[0].line, LOOKED_AT_MAX
        raise Refused(Code.TOO_MANY_PIECES, "body.targets", key=key, high=high)
    return over.excess


def more_out(book: Book, leg: Leg, purpose: str, n: int) -> None:
    """n more was paid on an instruction: from what is allocated, then free; the rest is owed."""
    left = n
    for name in leg.lines:
        line = _line(book, name)
        for label in (f"allocated:{purpose}", FREE):
            pieces = choose(walk(book.state, name, 0, INT_MAX, label=label), left, most=PIECES_MAX)
            if len(book.stretches) + len(pieces) > PIECES_MAX:
                key = line.account(label)
                raise Refused(Code.TOO_MANY_PIECES, "body.targets", key=key, high=PIECES_MAX)
            done = total(pieces)
            if done:
                for piece in pieces:
                    relabel(book, name, piece, (*piece.stack, f"paid:{leg.id}"))
                book.move(line.currency, line.account(label), leg.account(line, "paid:"), done)
            left -= done
    if left:
        line = _line(book, leg.lines[0])
        owe(book, line, leg.account(line, "paid:"), left)
    leg.put(book, asked=n - left, paid=n - left, beyond=left)
