"""Instructions on their way: one leg from `transit` to `paid`, or back to where the money was.

Money is between two statements here: what was instructed is not spent, and may no longer be
promised. A leg is never deleted, so that a late or second answer of the provider finds it.
Specification: `docs/spec/kinds-money.md`, disbursement.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ledger.book import Book
from ledger.canon import INT_MAX, Value
from ledger.codes import Code
from ledger.errors import Refused
from ledger.money.earmark import Line, find_line
from ledger.money.funds import Piece, choose, put_back, relabel, settle, walk
from ledger.money.owed import change_owed
from ledger.money.rights import left_of_right, return_right

INSTRUCTION = "disbursement.instruct"
"""The kind that opens these legs."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One instruction: row of table `legs`, figures in minor units.

    `asked` = `paid` + `back` + what is in transit. `beyond` was paid without being asked for; it
    can grow without end, so it stands in the row as a decimal text. `lines` in the order drawn;
    `right`: key of the entitlement that it fulfils, or "". `more` of `asked` is not of the
    entitlement: a correction found it paid when nothing was left of that. `order`: key of what is
    owed that it pays (`ledger.money.owed`), or "".
    """

    id: str
    entry: int
    class_: str
    lines: tuple[str, ...]
    due: int
    asked: int
    paid: int = 0
    back: int = 0
    beyond: int = 0
    right: str = ""
    more: int = 0
    order: str = ""

    @property
    def transit(self) -> int:
        """Minor units on their way."""
        return self.asked - self.paid - self.back

    @property
    def used(self) -> int:
        """Minor units of the entitlement that are paid or in transit; the rest came back to it."""
        return min(self.asked - self.more, self.asked - self.back)

    def account(self, line: Line, label: str) -> str:
        """Where the money of a label stands: in transit, or paid to the class of the payee."""
        return line.account(f"paid:{self.class_}" if label.startswith("paid:") else label)

    def put(
        self, book: Book, *, asked: int = 0, paid: int = 0, back: int = 0, beyond: int = 0
    ) -> "Leg":
        """Write the row, its figures changed by so much; the entitlement changes with it.

        Raises `Refused(sum_out_of_range)` where corrections have asked for more than 2^53-1 in all.
        """
        leg = replace(
            self,
            asked=self.asked + asked,
            paid=self.paid + paid,
            back=self.back + back,
            beyond=self.beyond + beyond,
        )
        assert min(leg.paid, leg.back, leg.beyond, leg.transit) >= 0, leg
        if leg.asked > INT_MAX:
            raise Refused(
                Code.SUM_OUT_OF_RANGE, f"leg/{leg.id}", value=f"{leg.asked}", high=INT_MAX
            )
        if leg.right and asked:
            of_right = self.used + min(asked, left_of_right(book, leg.right))
            leg = replace(leg, more=leg.asked - of_right)
        row: dict[str, Value] = {
            "asked": leg.asked,
            "back": leg.back,
            "beyond": str(leg.beyond),
            "class": leg.class_,
            "due": leg.due,
            "entry": leg.entry,
            "kind": INSTRUCTION,
            "lines": [*leg.lines],
            "paid": leg.paid,
        }
        if leg.order:
            row["order"] = leg.order
        if leg.right:
            row["right"] = leg.right
        if leg.more:
            row["more"] = leg.more
        book.put("legs", leg.id, row)
        if leg.right:
            return_right(book, leg.right, self.used - leg.used)
        if leg.order and (asked or paid or back):
            change_owed(book, leg.order, asked - back, paid)
        return leg


def find_leg(book: Book, instruction: str) -> Leg | None:
    """The leg that this instruction opened; None where there is none, or it is no instruction."""
    row = book.row("legs", instruction)
    if row is None or row["kind"] != INSTRUCTION:
        return None
    lines = row["lines"]
    assert isinstance(lines, list)
    names = tuple(str(line) for line in lines)
    figures = [row[name] for name in ("entry", "due", "asked", "paid", "back")]
    entry, due, asked, paid, back = (n for n in figures if isinstance(n, int))
    more = row.get("more", 0)
    return Leg(
        id=instruction,
        entry=entry,
        class_=str(row["class"]),
        lines=names,
        due=due,
        asked=asked,
        paid=paid,
        back=back,
        beyond=int(str(row["beyond"])),
        right=str(row.get("right", "")),
        order=str(row.get("order", "")),
        more=more if isinstance(more, int) else 0,
    )


def _lines(book: Book, leg: Leg) -> Iterator[Line]:
    for name in leg.lines:
        line = find_line(book.state, name)
        assert line is not None, name
        yield line


def _pieces(book: Book, line: Line, label: str, n: int) -> list[Piece]:
    """The lowest pieces with this label, n at most: a fact may change as many as it takes."""
    return choose(walk(book.state, line.id, 0, INT_MAX, label=label), n)


def pay(book: Book, leg: Leg, n: int) -> Leg:
    """The provider paid n: what is in transit is spent, low positions first.

    What is beyond it nobody instructed: it stands on `shortfall` of the first line, a breach.
    """
    left = min(n, leg.transit)
    spent = left
    before, after = f"transit:{leg.id}", f"paid:{leg.id}"
    for line in _lines(book, leg):
        done = 0
        for piece in _pieces(book, line, before, left):
            relabel(book, line.id, piece, (*piece.stack[:-1], after))
            done += piece.amount
        if done:
            book.move(line.currency, leg.account(line, before), leg.account(line, after), done)
        left -= done
    assert left == 0, f"{before}: the intervals hold {left} less than the leg"
    beyond = n - spent
    if beyond:
        line = next(_lines(book, leg))
        owe(book, line, leg.account(line, after), beyond)
    return leg.put(book, paid=spent, beyond=beyond)


def owe(book: Book, line: Line, account: str, n: int) -> None:
    """n reached `account` without being there: the line falls short by it, which is a breach."""
    book.move(line.currency, f"{line.id}/shortfall", account, n)
    book.breach(Code.SHORTFALL, f"line/{line.id}", n)


def fail(book: Book, leg: Leg) -> Leg:
    """What is in transit was not paid: the earlier labels come back."""
    return leg.put(book, back=_bring_back(book, leg, f"transit:{leg.id}", leg.transit))


def give_back(book: Book, leg: Leg, n: int) -> tuple[Leg, int]:
    """n came back: first what was paid beyond the instruction, then what was paid, then the rest.

    Returns the leg and how much of n it does not account for.
    """
    beyond = min(n, leg.beyond)
    if beyond:
        line = next(_lines(book, leg))
        settle(book, line, leg.account(line, "paid:"), beyond)
    paid = _bring_back(book, leg, f"paid:{leg.id}", min(n - beyond, leg.paid))
    rest = n - beyond - paid
    unpaid = _bring_back(book, leg, f"transit:{leg.id}", min(rest, leg.transit))
    return leg.put(book, paid=-paid, back=paid + unpaid, beyond=-beyond), rest - unpaid


def _bring_back(book: Book, leg: Leg, label: str, n: int) -> int:
    left = n
    for line in _lines(book, leg) if n else ():
        pieces = _pieces(book, line, label, left)
        put_back(book, line, pieces, leg.account(line, label))
        left -= sum(piece.amount for piece in pieces)
    assert left == 0, f"{label}: the intervals hold {left} less than the leg"
    return n
