"""A book on which statements are held and settled, as contracts will do it, in few words.

Goal: what a hold keeps back can be tested without a contract: `hold` says that a gate held the statement.
Method: the order of the calls is that of whoever judges. To hold: law, stake, roll back, `open_hold`,
`keep_back`. To settle: `give_back`, then the law again, each on a book of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from books import Ran
from invariants import Tables, check_holds
from money import Money

from ledger.book import Book
from ledger.codes import NO_ENTRY
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.goods.reservation import keep_to_stock
from ledger.holds import GIVEN, OPEN, POSTED, VOID, Wants, find_hold, hold_key, open_hold
from ledger.keeping import give_back, keep_back, stake_of
from ledger.kinds import Kind, all_kinds
from ledger.members import Signers
from ledger.shape import parse
from ledger.state import State

DAY = 86_400
SAME = (
    "accounts", "breaches", "entitlements", "gifts", "heads", "legs", "line", "lots", "origin",
    "reserved", "totals",
)  # fmt: skip
"""Tables that a hold leaves as it found them."""


@dataclass
class Waiting:
    """A statement that waits: its kind, typed body, signers."""

    kind: Kind[Any]
    body: Any
    signers: Signers


class RowsOf(Tables):
    """The tables of a book, for the invariants of `invariants`."""

    def __init__(self, holding: "Holding") -> None:
        self.holding = holding

    def __getitem__(self, name: str) -> Any:
        return self.holding.reader.table(name)


class Holding(Money):
    """`Money` (and goods) on which a statement can be held.

    `answer`: what whoever judges says once its law has run again. `instead`: bodies that are posted
    instead of what was held, by statement.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waiting: dict[str, Waiting] = {}
        self.answer = POSTED
        self.instead: dict[str, Any] = {}
        self.add_actor("relief/other", "approver")

    # Held

    def hold(self, kind: str, body: Mapping[str, Any], *signers: str, days: int = 3) -> Ran:
        """The law of the statement runs, a gate holds it; code `held`, or that of its law."""
        statement = self.next_id()
        self._count += 1
        found, state = all_kinds()[(kind, 1)], State(self.reader)
        book = self._book(state, statement, attested=False)
        start = state.savepoint()
        try:
            typed = self._check(found, book, body, signers, waited=False)
            since = state.savepoint()
            found.apply(book, typed)
            keep_to_stock(book)
            stake, people = stake_of(book, since, kind), book.signers
            state.rollback(since)
            assert people is not None
            book = self._book(state, statement, attested=False)
            open_hold(book, kind, Wants(9, self.time + days * DAY), people.all)
            keep_back(book, statement, stake)
        except Refused as error:
            refusal = error.refusal
            if refusal.code in NO_ENTRY:
                return Ran(statement, str(refusal.code), refusal=refusal)
            state.rollback(start)
            index = self._commit(state, None, statement, found, body)
            return Ran(statement, str(refusal.code), index, refusal)
        self.waiting[statement] = Waiting(found, typed, people)
        index = self._commit(state, book, statement, found, body)
        self.check()
        return Ran(statement, "held", index, None, book.effects(), tuple(book.breaches))

    # Settled

    def settle(self, book: Book, held: StatementId, what: str) -> str:
        """`ledger.book.Settle`: posts at the first approval, unless `answer` says otherwise."""
        if what != GIVEN:
            give_back(book, held)
            return VOID
        start, waiting = book.state.savepoint(), self.waiting[held]
        back = book.within(book.statement)
        give_back(back, held)
        inner = back.within(held)
        inner.signers = waiting.signers
        answer = self.answer
        try:
            waiting.kind.authority(inner, waiting.signers, waiting.body)
            waiting.kind.apply(inner, self.instead.get(held, waiting.body))
            keep_to_stock(inner)
        except Refused:
            answer = VOID
        if answer == POSTED:
            book.take_in(back)
            book.take_in(inner)
            return POSTED
        book.state.rollback(start)
        if answer == VOID:
            give_back(book, held)
        return answer

    def _book(self, state: State, statement: StatementId, *, attested: bool) -> Book:
        book = super()._book(state, statement, attested=attested)
        book.settle = self.settle
        return book

    def approve(self, held: str, answer: str = POSTED, by: str = "relief/other") -> Ran:
        self.answer = answer
        return self.run("approval.give", {"held": held}, by)

    def refuse(self, held: str) -> Ran:
        return self.run("approval.refuse", {"held": held, "reason": "no"}, "relief/other")

    def expire(self, held: str) -> Ran:
        return self.lapse(hold_key(held))

    def resolve(self, held: str, way: str) -> Ran:
        """By the state that it leads to."""
        ways = {
            "posted": self.approve,
            "void": lambda statement: self.approve(statement, VOID),
            "refused": self.refuse,
            "expired": self.expire,
        }
        ran = ways[way](held)
        assert ran.code == "ok", ran.refusal
        return ran

    def way_now(self, held: str, way: str) -> str:
        """`way`, or `expired` where its time is over."""
        return way if self.time < self.row("holds", held)["until"] else "expired"

    # What a test looks at

    def typed(self, kind: str, body: Mapping[str, Any]) -> Any:
        """A body as its law takes it."""
        return parse(all_kinds()[(kind, 1)].body, dict(body))[0]

    def state_of(self, held: str) -> str:
        hold = find_hold(State(self.reader), held)
        assert hold is not None
        return hold.state

    def kept(self, held: str) -> dict[str, Any]:
        found: dict[str, Any] = self.row("holds", held).get("kept", {})
        return found

    def all_rows(self) -> dict[str, dict[str, Any]]:
        """Every row that a hold leaves as it was; not the numbers of entries, nor holds' deadlines."""
        return {
            table: {
                key: {k: v for k, v in row.items() if k != "entry"}
                if isinstance(row, dict)
                else row
                for key, row in self.reader.table(table).items()
                if not key.startswith("hold/")
            }
            for table in SAME
        }

    def check(self) -> None:
        super().check()
        check_holds(RowsOf(self))


__all__ = ["DAY", "OPEN", "Holding", "RowsOf"]
