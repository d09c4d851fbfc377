"""Entitlements to money: an instruction that fulfils one draws it down, so it is paid once.

A row of table `entitlements` with `amount` and `line` says what a household may still be paid out
of what the line allocates to the purpose. What was promised stays in table `reserved` until it is
instructed or its window ends; what failed or came back may be instructed again. A promise binds: no
authorisation takes it out of the allocation for anything else.
Rows: `ledger.goods.rights`. Specification: `docs/spec/kinds-money.md`, disbursement.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.book import Book
from ledger.canon import Value
from ledger.codes import Code
from ledger.errors import Refused
from ledger.goods.lines import reserve, reserved
from ledger.goods.rights import RightId, allocation_key, find_right
from ledger.money.earmark import Line

WHERE = "body.entitlement"


@dataclass(frozen=True, slots=True)
class MoneyRight:
    """What a household may still be paid: `amount` minor units of `line` for `purpose`."""

    key: str
    line: str
    amount: int
    row: dict[str, Value]

    def draw(self, book: Book, n: int) -> None:
        """Instruct n of it; `Refused(not_enough)` where less is left."""
        if n > self.amount:
            raise Refused(Code.NOT_ENOUGH, WHERE, key=self.key, asked=n, left=self.amount)
        self.change(book, -n)

    def change(self, book: Book, n: int) -> None:
        """n minor units more (or, below zero, fewer) may be paid; the promise changes with it."""
        book.put(
            "entitlements",
            self.key,
            {**self.row, "amount": self.amount + n, "entry": book.index},
        )
        if "revoked" not in self.row:
            self.promise(book, n)

    def promise(self, book: Book, n: int) -> None:
        """Promise n minor units more (or fewer) out of the allocation, until the window ends."""
        issue = str(self.row["statement"])
        leg = book.row("legs", issue)
        # Once the window has ended nothing is promised any more.
        if leg is not None and "lapse" in leg and n:
            left = leg["left"]
            assert isinstance(left, int)
            book.put("legs", issue, {**leg, "left": left + n})
            reserve(book, allocation_key(self.line, self.key.rpartition("/")[2]), n)

    def room(self, book: Book) -> int:
        """Minor units of the allocation that are promised to nobody."""
        purpose = self.key.rpartition("/")[2]
        line = book.row("catalogue", f"line/{self.line}")
        assert line is not None
        there = book.balance(str(line["currency"]), f"{self.line}/allocated:{purpose}")
        return there - reserved(book, allocation_key(self.line, purpose))


def find_money_right(book: Book, key: str) -> MoneyRight | None:
    """The entitlement to money with this key; None where there is none, or one to goods."""
    row = book.row("entitlements", key)
    if row is None or "amount" not in row:
        return None
    amount = row["amount"]
    assert isinstance(amount, int)
    return MoneyRight(key, str(row["line"]), amount, row)


def check_right(
    book: Book, right: RightId, *, payee: str, purpose: str, source: str, lines: Iterable[str]
) -> MoneyRight:
    """The entitlement that an instruction fulfils: of its payee, for its purpose, in its window.

    Raises `Refused(not_eligible)` where they do not fit: it is paid out of what its own line
    allocates to the purpose.
    """
    found = find_money_right(book, right.key)
    window = find_right(book, right.key)
    if found is None or window is None:
        raise Refused(Code.NOT_ELIGIBLE, WHERE, key=right.key, wanted="an entitlement to money")
    if payee != right.tag:
        raise Refused(Code.NOT_ELIGIBLE, f"{WHERE}.tag", key=right.tag, wanted=payee)
    if purpose != right.purpose:
        raise Refused(Code.NOT_ELIGIBLE, f"{WHERE}.purpose", key=right.purpose, wanted=purpose)
    if source != "allocated":
        raise Refused(Code.NOT_ELIGIBLE, "body.source", key=right.key, wanted="allocated")
    if any(line != found.line for line in lines):
        raise Refused(Code.NOT_ELIGIBLE, "body.draws", key=right.key, wanted=f"line/{found.line}")
    if not window.is_open(book.time):
        low, high = window.start, window.end
        raise Refused(Code.NOT_ELIGIBLE, WHERE, key=right.key, now=book.time, low=low, high=high)
    return found


def check_promised(
    book: Book, line: Line, purpose: str, n: int, where: str, *, taken: bool = False
) -> None:
    """Taking n out of what the line allocates leaves what households were promised of it.

    `taken`: it was taken already. `Refused(not_enough)` with what might be taken (`left`) and what
    is promised. A payment that fulfils an entitlement is not asked: its promise goes with it.
    """
    promised = reserved(book, allocation_key(line.id, purpose))
    account = line.account(f"allocated:{purpose}")
    there = book.balance(line.currency, account) + (n if taken else 0)
    left = max(0, there - promised)
    if promised and n > left:
        raise Refused(Code.NOT_ENOUGH, where, key=account, asked=n, left=left, promised=promised)


def left_of_right(book: Book, key: str) -> int:
    """Minor units that may still be paid for this entitlement."""
    found = find_money_right(book, key)
    return 0 if found is None else found.amount


def return_right(book: Book, key: str, n: int) -> None:
    """n of a payment for this entitlement failed or came back: it may be paid after all.

    Below zero: so much did not come back after all, or more was paid; it is there, as asked before.
    """
    found = find_money_right(book, key)
    if found is not None and n:
        found.change(book, n)
