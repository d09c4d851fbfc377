"""The fund line, a second time and naively: a list with one stack of labels for every minor unit.

Goal: a judge for `ledger.money.funds` that shares no idea with it. Nothing is cut or joined here, nothing
is searched: every question is answered by looking at every position.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

Place = tuple[str, int]
"""(line, position)"""


@dataclass
class NaiveLine:
    """One line: a stack for each position, the appended intervals, what it owes."""

    stacks: list[list[str]] = field(default_factory=list)
    origins: list[tuple[int, int, str, str]] = field(default_factory=list)
    short: int = 0
    given: int = 0
    owner: int = 0

    def append(self, kind: str, statement: str, n: int) -> tuple[int, int]:
        low = len(self.stacks)
        self.stacks += [["free"] for _ in range(n)]
        self.origins.append((low, low + n, kind, statement))
        return low, low + n

    def intervals(self) -> list[tuple[int, int, list[str]]]:
        """(low, high, stack) of runs of equal stacks."""
        found, low = [], 0
        for stack, run in groupby(self.stacks):
            high = low + len(list(run))
            found.append((low, high, stack))
            low = high
        return found


@dataclass
class NaiveLeg:
    """An instruction: its class, the line that bears what was paid beyond it, and how much."""

    kind: str
    lines: list[str]
    asked: int
    beyond: int = 0


class NaiveFund:
    """Lines, gifts and instructions. Methods return the code of an authorisation, or the excess."""

    def __init__(self, *lines: str) -> None:
        self.lines = {name: NaiveLine() for name in lines}
        self.gifts: dict[str, Place | tuple[str, int, int]] = {}
        self.legs: dict[str, NaiveLeg] = {}

    def bearing(
        self, line: str, label: str, gift: str | None = None, *, backwards: bool = False
    ) -> list[Place]:
        """The places on a line whose top label is this, in order."""
        stacks = self.lines[line].stacks
        found = [(line, n) for n, stack in enumerate(stacks) if stack[-1] == label]
        if gift is not None:
            name, low, high = self.gifts[gift]  # type: ignore[misc]
            found = [(at, n) for at, n in found if at == name and low <= n < high]
        return found[::-1] if backwards else found

    def stack(self, place: Place) -> list[str]:
        return self.lines[place[0]].stacks[place[1]]

    def settle(self, line: str, statement: str, n: int) -> None:
        here = self.lines[line]
        closing = min(n, here.short)
        here.short -= closing
        if n > closing:
            here.append("cover", statement, n - closing)

    def pop(self, statement: str, places: Iterable[Place]) -> None:
        owed: Counter[str] = Counter()
        for place in places:
            self.stack(place).pop()
            if self.stack(place)[-1].startswith("void:"):
                owed[place[0]] += 1
        for line, n in owed.items():
            self.settle(line, statement, n)

    # Statements

    def receive(self, statement: str, line: str, n: int) -> None:
        low, high = self.lines[line].append("donation", statement, n)
        self.lines[line].given += n
        self.gifts[statement] = (line, low, high)

    def take(self, draws: Sequence[tuple[str, int, str | None]], label: str, target: str) -> str:
        """Draws (line, n, gift) one after another, or nothing."""
        if any(self.lines[line].short for line, _, _ in draws):
            return "line_short"
        taken: list[Place] = []
        for line, n, gift in draws:
            free = [place for place in self.bearing(line, label, gift) if place not in taken]
            if len(free) < n:
                return "not_enough"
            taken += free[:n]
        for place in taken:
            self.stack(place).append(target)
        return "ok"

    def instruct(
        self, statement: str, draws: Sequence[tuple[str, int, str | None]], label: str, kind: str
    ) -> str:
        code = self.take(draws, label, f"transit:{statement}")
        if code == "ok":
            lines = list(dict.fromkeys(line for line, _, _ in draws))
            self.legs[statement] = NaiveLeg(kind, lines, sum(n for _, n, _ in draws))
        return code

    def deallocate(self, statement: str, line: str, n: int, purpose: str) -> str:
        places = self.bearing(line, f"allocated:{purpose}", backwards=True)
        if len(places) < n:
            return "not_enough"
        self.pop(statement, places[:n])
        return "ok"

    def refund(self, statement: str, gift: str, n: int) -> str:
        line = self.gifts[gift][0]
        if self.lines[line].short:
            return "line_short"
        places = self.bearing(line, "free", gift, backwards=True)
        if len(places) < n:
            return "not_enough"
        for place in places[:n]:
            self.stack(place).append(f"refunded:{statement}")
        return "ok"

    def reverse(self, statement: str, gift: str, n: int) -> int:
        line, low, high = self.gifts[gift]  # type: ignore[misc]
        here = self.lines[line]
        whole = [here.stacks[at] for at in range(high - 1, low - 1, -1)]
        free = [s for s in whole if s == ["free"]]
        allocated = [s for s in whole if s[-1].startswith("allocated:")]
        used = [
            s
            for s in whole
            if s not in (["free"],)
            and not s[-1].startswith("allocated:")
            and not any(label.startswith("void:") for label in s)
        ]
        left = n
        for stack in [*free, *allocated]:
            if left:
                stack.append(f"void:{statement}")
                left -= 1
        for stack in used:
            if left:
                stack.insert(-1, f"void:{statement}")
                here.short += 1
                left -= 1
        here.given -= n - left
        return left

    def cover(self, statement: str, line: str, n: int) -> None:
        self.lines[line].owner += n
        self.settle(line, statement, n)

    def paid(self, leg: str, n: int) -> int:
        places = [p for line in self.legs[leg].lines for p in self.bearing(line, f"transit:{leg}")]
        for place in places[:n]:
            self.stack(place)[-1] = f"paid:{leg}"
        beyond = max(0, n - len(places))
        self.legs[leg].beyond += beyond
        self.lines[self.legs[leg].lines[0]].short += beyond
        return beyond

    def failed(self, statement: str, leg: str) -> int:
        places = [p for line in self.legs[leg].lines for p in self.bearing(line, f"transit:{leg}")]
        self.pop(statement, places)
        return len(places)

    def returned(self, statement: str, leg: str, n: int) -> int:
        here = self.legs[leg]
        beyond = min(n, here.beyond)
        if beyond:
            here.beyond -= beyond
            self.settle(here.lines[0], statement, beyond)
        left = n - beyond
        for state in ("paid", "transit"):
            # Line by line: what was owed for marked money of one is settled before the next.
            for line in here.lines:
                places = self.bearing(line, f"{state}:{leg}")[:left]
                self.pop(statement, places)
                left -= len(places)
        return left

    # What it comes to

    def accounts(self) -> dict[str, int]:
        """All accounts that are not zero, by `{line}/{label}`."""
        found: Counter[str] = Counter()
        for name, line in self.lines.items():
            for stack in line.stacks:
                kind, _, by = stack[-1].partition(":")
                if kind == "paid":
                    found[f"{name}/paid:{self.legs[by].kind}"] += 1
                elif kind == "refunded":
                    found[f"{name}/refunded"] += 1
                elif kind != "void":
                    found[f"{name}/{stack[-1]}"] += 1
            found[f"{name}/shortfall"] -= line.short
            found[f"{name}/ext:donor"] -= line.given
            found[f"{name}/ext:owner"] -= line.owner
        for leg in self.legs.values():
            found[f"{leg.lines[0]}/paid:{leg.kind}"] += leg.beyond
        return {account: n for account, n in found.items() if n}
