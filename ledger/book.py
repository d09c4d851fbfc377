"""The book: what one statement does to the accounts, and the law that nothing is made or lost.

Every commodity (a currency, an item, `points`) has accounts, one signed integer each:

    side      sign   money, per fund line `{line}/..`        goods, per item
    outside   <= 0   ext:donor ext:owner ..                  ext:donor ext:vendor ..
    inside    >= 0   free allocated:P transit:D ..           site:X consignment:C
    sinks     >= 0   paid:C refunded                         given:C lost:R destroyed returned
    contra    <= 0   shortfall                               over_issue:X found:X
    neutral   any    fx                                      transform

A move takes n from one account and gives it to another, so each commodity sums to zero always.
Table `totals` keeps the gross figures, which only grow:

    in - reversed in = inside + out - reversed out + contra + neutral

A contra account is where a fact goes that the book cannot hold: more handed out than was there
(`over_issue`), goods that nobody had recorded (`found`), money paid that was not there
(`shortfall`). Table `breaches` names what opened each. Specification: `docs/spec/book.md`.
"""

from collections.abc import Callable
from typing import Any

from ledger.canon import INT_MAX, Value
from ledger.codes import Code
from ledger.entry import Breach, Effects, GiftEffect, LegEffect, LotEffect, Move, Stretch
from ledger.envelope import StatementId
from ledger.errors import Refused
from ledger.indexes import Indexes
from ledger.members import Signers
from ledger.state import State

SIDES = {
    "ext": "outside",
    "free": "inside",
    "allocated": "inside",
    "held": "inside",
    "transit": "inside",
    "site": "inside",
    "consignment": "inside",
    "paid": "sink",
    "refunded": "sink",
    "given": "sink",
    "lost": "sink",
    "destroyed": "sink",
    "returned": "sink",
    "shortfall": "contra",
    "over_issue": "contra",
    "found": "contra",
    "fx": "neutral",
    "transform": "neutral",
}
"""The side of an account, by the first word of its label."""

Settle = Callable[["Book", StatementId, str], str]
"""Asked about a hold: the book, the held statement, what happened (`given`, `refused`, `expired`).

Answers whether it is now `open`, `posted` or `void`, and has then booked what that means
(`ledger.holds`). Contracts give it; without one a hold waits.
"""

IN, REVERSED_IN, INSIDE, OUT, REVERSED_OUT, CONTRA, NEUTRAL = range(7)
"""Places in a row of table `totals`."""


def side_of(account: str) -> str:
    """`outside`, `inside`, `sink`, `contra` or `neutral` of `{line}/label` or `label`."""
    return SIDES[account.rpartition("/")[2].partition(":")[0]]


class Book:
    """State and effects of one statement while its law runs.

    `state` rows as the batch has them; `time` the batch time in seconds; `index` of the entry in
    the making; `statement` its id; `attested` whether it is a fact, which is booked and flagged
    where an authorisation would be refused; `find_entry` gives index and bytes of a logged entry.

    `settle` says what becomes of holds. `signers` are set before the law runs, None where nobody
    signs; `posted` is set by the law that posts a held statement: that statement; `voided` by what
    ends its wait otherwise; `replaced` by that of a correction: its replacements as they were
    booked, (kind, typed body) in their order.
    """

    def __init__(
        self,
        state: State,
        indexes: Indexes,
        *,
        time: int,
        index: int,
        statement: StatementId,
        attested: bool,
        find_entry: Callable[[StatementId], tuple[int, bytes] | None] | None = None,
        settle: Settle | None = None,
    ) -> None:
        self.state, self.indexes = state, indexes
        self._find_entry = find_entry
        self.settle = settle
        self.signers: Signers | None = None
        self.posted = self.voided = StatementId("")
        self.replaced: list[tuple[str, Any]] = []
        self.time, self.index, self.statement, self.attested = time, index, statement, attested
        self.moves: list[Move] = []
        self.stretches: list[Stretch] = []
        self.lot_effects: list[LotEffect] = []
        self.gift_effects: list[GiftEffect] = []
        self.leg_effects: list[LegEffect] = []
        self.breaches: list[Breach] = []
        self._subjects: dict[str, None] = {}

    # Rows

    def row(self, table: str, key: str) -> dict[str, Value] | None:
        """A row whose value is an object; None where there is none."""
        value = self.state.get(table, key)
        assert value is None or isinstance(value, dict), (table, key)
        return value

    def put(self, table: str, key: str, value: Value | None) -> None:
        """Set a row; None deletes it."""
        self.state.put(table, key, value)

    def within(self, statement: StatementId) -> "Book":
        """A book on the same rows for a held statement, whose law runs in this entry at this time.

        Where its law refuses, whoever asked rolls the rows back; where it does not, `take_in` makes
        what it did this entry's own.
        """
        return Book(
            self.state,
            self.indexes,
            time=self.time,
            index=self.index,
            statement=statement,
            attested=False,
            find_entry=self._find_entry,
            settle=self.settle,
        )

    def take_in(self, inner: "Book") -> None:
        """The effects, breaches and subjects of `inner` (`within`) are this entry's."""
        self.moves += inner.moves
        self.stretches += inner.stretches
        self.lot_effects += inner.lot_effects
        self.gift_effects += inner.gift_effects
        self.leg_effects += inner.leg_effects
        self.breaches += inner.breaches
        self._subjects.update(inner._subjects)

    # Accounts

    def balance(self, commodity: str, account: str) -> int:
        """Units of `commodity` on `account` now."""
        text = self.state.get("accounts", f"{commodity}/{account}")
        return int(text) if isinstance(text, str) else 0

    def move(self, commodity: str, source: str, target: str, n: int) -> None:
        """Move n > 0 units from account `source` to account `target` and keep the totals.

        The law of the kind has made sure that no account leaves its side; that is asserted.
        Raises `Refused(sum_out_of_range)` where no JSON number could say how many.
        """
        assert n > 0 and source != target, (commodity, source, target, n)
        if n > INT_MAX:
            raise Refused(
                Code.SUM_OUT_OF_RANGE, f"{commodity}/{source}", value=f"{n}", high=INT_MAX
            )
        totals = self._totals(commodity)
        for account, change in ((source, -n), (target, n)):
            balance = self.balance(commodity, account) + change
            self._set_balance(commodity, account, balance, totals, change)
        self.state.put("totals", commodity, [str(n) for n in totals])
        self.moves.append((commodity, source, target, n))

    def _totals(self, commodity: str) -> list[int]:
        row = self.state.get("totals", commodity)
        return [int(text) for text in row] if isinstance(row, list) else [0] * 7  # type: ignore[arg-type]

    def _set_balance(
        self, commodity: str, account: str, balance: int, totals: list[int], change: int
    ) -> None:
        side = side_of(account)
        key = f"{commodity}/{account}"
        if side == "outside":
            assert balance <= 0, (key, balance)
            totals[IN if change < 0 else REVERSED_IN] += abs(change)
        elif side == "sink":
            assert balance >= 0, (key, balance)
            totals[OUT if change > 0 else REVERSED_OUT] += abs(change)
        elif side == "inside":
            assert balance >= 0, (key, balance)
            totals[INSIDE] += change
        elif side == "contra":
            assert balance <= 0, (key, balance)
            totals[CONTRA] += change
            self._name_breach(key, balance)
        else:
            totals[NEUTRAL] += change
        self.state.put("accounts", key, str(balance) if balance else None)

    def _name_breach(self, key: str, balance: int) -> None:
        # [first, last]: what opened the contra account since it last stood at zero, what touched it
        # last. Bounded, however many statements add to it; the index proof of the subject has all.
        row = self.state.get("breaches", key)
        first = row[0] if isinstance(row, list) else self.statement
        self.state.put("breaches", key, [first, self.statement] if balance else None)

    def settled(self) -> dict[str, Value]:
        """What the outcome says of the held statement whose wait this entry ended; {} for none."""
        found = (("posted", self.posted), ("voided", self.voided))
        return {name: statement for name, statement in found if statement}

    # The log before this entry

    def logged(self, statement: StatementId) -> tuple[int, bytes] | None:
        """Index and bytes of the entry of an earlier statement; None where it is not logged."""
        assert self._find_entry is not None
        return self._find_entry(statement)

    # Verdict

    def breach(self, code: Code, subject: str, n: int) -> None:
        """Name a breach of this fact: applied all the same, flagged.

        A figure beyond 2^53-1, which no JSON number can say, is named as 2^53-1.
        """
        self.breaches.append((str(code), subject, min(n, INT_MAX)))

    def deny(self, code: Code, where: str, **values: int | str) -> None:
        """Refuse an authorisation; on a fact name the breach instead and go on.

        `values["n"]`, where given, is the figure of the breach.
        """
        if not self.attested:
            raise Refused(code, where, **values)
        n = values.get("n", 0)
        self.breach(code, where, n if isinstance(n, int) else 0)

    # Subjects

    def touch(self, subject: str) -> None:
        """Put this entry on the list of all entries about `subject` (`donation/..`, `gov` ..)."""
        self._subjects[subject] = None

    def subjects(self) -> list[str]:
        """What the entry is about: touched subjects, lots in its effects, funds of its lines."""
        found = dict(self._subjects)
        for effect in self.lot_effects:
            found[f"lot/{effect[1]}"] = None
        for _, source, target, _ in self.moves:
            for account in (source, target):
                line, slash, _ = account.rpartition("/")
                if slash:
                    found[f"fund/{line.partition('.')[0]}"] = None
        for line, *_ in self.stretches:
            found[f"fund/{line.partition('.')[0]}"] = None
        return list(found)

    def effects(self) -> Effects:
        """What was done, in order."""
        return Effects(
            tuple(self.moves),
            tuple(self.stretches),
            tuple(self.lot_effects),
            tuple(self.gift_effects),
            tuple(self.leg_effects),
        )
