"""Random histories of money, told to the ledger and to the naive fund at once.

`STEPS` draws one step; a `Pair` takes it to both and compares every interval, origin and account.
"""

from typing import Any

from hypothesis import strategies as st
from money import FOOD, GENERAL, Money
from naive_line import NaiveFund

from ledger.money.funds import DEPTH_MAX

LINES = (GENERAL, FOOD)
AMOUNT = st.integers(1, 30)
PICK = st.integers(0, 99)
LINE = st.sampled_from(LINES)
STEPS = st.one_of(
    st.tuples(st.just("receive"), LINE, AMOUNT),
    st.tuples(st.just("receive"), LINE, AMOUNT),
    st.tuples(st.just("allocate"), LINE, AMOUNT, st.booleans(), PICK),
    st.tuples(st.just("deallocate"), LINE, AMOUNT),
    st.tuples(st.just("instruct"), LINE, AMOUNT, st.booleans(), st.booleans(), PICK),
    st.tuples(st.just("instruct two"), AMOUNT, AMOUNT, st.booleans()),
    st.tuples(st.just("paid"), PICK, AMOUNT),
    st.tuples(st.just("failed"), PICK),
    st.tuples(st.just("returned"), PICK, AMOUNT),
    st.tuples(st.just("refund"), PICK, AMOUNT),
    st.tuples(st.just("reverse"), PICK, AMOUNT),
    st.tuples(st.just("cover"), LINE, AMOUNT),
)


class Pair:
    """The ledger and the naive fund side by side."""

    def __init__(self) -> None:
        self.fund, self.naive = Money(), NaiveFund(*LINES)
        self.gifts: list[str] = []
        self.legs: list[str] = []

    def step(self, verb: str, *rest: Any) -> None:
        method = getattr(self, verb.replace(" ", "_"))
        method(*rest)
        self.compare()

    def one(self, of: list[str], pick: int) -> str | None:
        return of[pick % len(of)] if of else None

    def gift_of(self, line: str, pick: int) -> str | None:
        return self.one([g for g in self.gifts if self.naive.gifts[g][0] == line], pick)

    def receive(self, line: str, n: int) -> None:
        ran = self.fund.receive(n, line)
        assert ran.code == "ok"
        self.naive.receive(ran.id, line, n)
        self.gifts.append(ran.id)

    def allocate(self, line: str, n: int, explicit: bool, pick: int) -> None:
        gift = self.gift_of(line, pick) if explicit else None
        named = {"donation": gift} if gift else {}
        ran = self.fund.allocate(n, line=line, **named)
        assert ran.code == self.naive.take([(line, n, gift)], "free", "allocated:food")

    def deallocate(self, line: str, n: int) -> None:
        ran = self.fund.allocate(n, line=line, verb="deallocate")
        assert ran.code == self.naive.deallocate(ran.id, line, n, "food")

    def instruct(self, line: str, n: int, free: bool, explicit: bool, pick: int) -> None:
        gift = self.gift_of(line, pick) if explicit else None
        named = {"donation": gift} if gift else {}
        ran = self.fund.instruct(n, "free" if free else "allocated", line=line, **named)
        label = "free" if free else "allocated:food"
        assert ran.code == self.naive.instruct(ran.id, [(line, n, gift)], label, "vendor")
        if ran.code == "ok":
            self.legs.append(ran.id)

    def instruct_two(self, first: int, second: int, free: bool) -> None:
        draws = [{"amount": n, "line": at} for at, n in zip(LINES, (first, second), strict=True)]
        draws.append({"amount": 1, "line": GENERAL})
        payee = {"class": "household", "tag": "0" * 32}
        self.fund.set("households", "0" * 32, {"area": "east"})
        source = "free" if free else "allocated"
        ran = self.fund.instruct(0, source, draws=draws, payee=payee)
        label = "free" if free else "allocated:food"
        naive = [(str(d["line"]), int(str(d["amount"])), None) for d in draws]
        assert ran.code == self.naive.instruct(ran.id, naive, label, "household")
        if ran.code == "ok":
            self.legs.append(ran.id)

    def paid(self, pick: int, n: int) -> None:
        leg = self.one(self.legs, pick)
        if leg is not None:
            beyond = self.naive.paid(leg, n)
            assert self.fund.paid(leg, n).code == ("flagged" if beyond else "ok")

    def failed(self, pick: int) -> None:
        leg = self.one(self.legs, pick)
        if leg is not None:
            ran = self.fund.failed(leg)
            assert ran.code == ("ok" if self.naive.failed(ran.id, leg) else "flagged")

    def returned(self, pick: int, n: int) -> None:
        leg = self.one(self.legs, pick)
        if leg is not None:
            ran = self.fund.returned(leg, n)
            assert ran.code == ("flagged" if self.naive.returned(ran.id, leg, n) else "ok")

    def refund(self, pick: int, n: int) -> None:
        gift = self.one(self.gifts, pick)
        if gift is not None:
            ran = self.fund.refund(gift, n)
            assert ran.code == self.naive.refund(ran.id, gift, n)

    def reverse(self, pick: int, n: int) -> None:
        gift = self.one(self.gifts, pick)
        if gift is not None:
            before = sum(line.short for line in self.naive.lines.values())
            ran = self.fund.reverse(gift, n)
            excess = self.naive.reverse(ran.id, gift, n)
            opened = sum(line.short for line in self.naive.lines.values()) - before
            wanted = [("shortfall", opened)] * bool(opened) + [("exceeded", excess)] * bool(excess)
            assert [(code, figure) for code, _, figure in ran.breaches] == wanted

    def cover(self, line: str, n: int) -> None:
        ran = self.fund.cover(n, line)
        assert ran.code == "ok"
        self.naive.cover(ran.id, line, n)

    def compare(self) -> None:
        """Intervals, origins and accounts are equal, and no label stands too high."""
        lines: list[Any] = []
        origins: list[Any] = []
        for name, line in self.naive.lines.items():
            lines += [(f"{name}/{a:016x}", [b, stack]) for a, b, stack in line.intervals()]
            origins += [(f"{name}/{a:016x}", [b, [*of]]) for a, b, *of in line.origins]
        assert sorted(self.fund.reader.table("line").items()) == sorted(lines)
        assert sorted(self.fund.reader.table("origin").items()) == sorted(origins)
        assert self.fund.balances("CNY") == self.naive.accounts()
        assert all(len(row[1]) <= DEPTH_MAX for _, row in lines)
