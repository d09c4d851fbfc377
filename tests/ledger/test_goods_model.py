"""Random lives of goods, against a second model that knows nothing of the first.

Goal: after any sequence of receipts, moves, splits, merges, counts, losses, hand-outs, dispatches and
arrivals, however wrong what they claim, the book holds exactly what a plain reading of the rules gives.
Method: `Model` keeps piles in dictionaries and finds what a label means by walking forward from pile to
pile; no chain, head, row or account of the ledger is used. Hypothesis makes the sequences; `Books` checks
its own invariants (nothing made or lost, lots and accounts agree) after each statement.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from books import Books, Ran
from goods import COUNT, HAND, SHIP, STORE, arrived, draw, goods
from hypothesis import given, settings
from hypothesis import strategies as st

ITEMS = ("rice", "rice", "mask")
SITES = ("depot", "square", "reserve")
NEVER = 10**12


@dataclass
class Pile:
    item: str
    place: str
    n: int
    condition: str = "good"
    expiry: int = NEVER


@dataclass
class Model:
    """Piles by id, where each gone pile went, and what every account holds."""

    piles: dict[str, Pile] = field(default_factory=dict)
    gone: dict[str, Pile] = field(default_factory=dict)
    onward: dict[str, list[str]] = field(default_factory=dict)
    accounts: Counter[str] = field(default_factory=Counter)

    def shift(self, item: str, source: str, target: str, n: int) -> None:
        self.accounts[f"{item}/{source}"] -= n
        self.accounts[f"{item}/{target}"] += n

    def meant(self, name: str, place: str) -> list[str]:
        """Piles at `place` that a label means now."""
        if name in self.piles:
            return [name] if self.piles[name].place == place else []
        found: list[str] = []
        for one in self.onward.get(name, []):
            found += [pile for pile in self.meant(one, place) if pile not in found]
        return found


class Taking:
    """One statement that takes from piles: what of each is used, by whom."""

    def __init__(self, model: Model, statement: str, carries: bool) -> None:
        self.model, self.statement, self.carries = model, statement, carries
        self.used: dict[str, list[tuple[str, int]]] = {}
        self.new: dict[str, Pile] = {}

    def left(self, name: str) -> int:
        return self.model.piles[name].n - sum(n for _, n in self.used.get(name, []))

    def take(self, names: list[str], n: int, target: str) -> tuple[list[str], int]:
        """(piles taken from, units that were not there)"""
        parts = []
        for name in names:
            m = min(n, self.left(name))
            if m:
                self.used.setdefault(name, []).append((target, m))
                parts.append(name)
                n -= m
        return parts, n

    def make(self, name: str, like: Pile, parts: list[str], place: str, n: int) -> None:
        """A pile of n units, of the parts taken and of what was missing."""
        piles = [self.model.piles[part] for part in parts] or [like]
        worst = "good" if all(pile.condition == "good" for pile in piles) else "damaged"
        expiry = min(pile.expiry for pile in piles)
        self.new[name] = Pile(like.item, place, n, worst, expiry)

    def close(self) -> None:
        model = self.model
        for k, (name, uses) in enumerate(self.used.items()):
            left = self.left(name)
            pile = model.piles.pop(name)
            model.gone[name] = pile
            if left:
                rest = f"{self.statement}/r{k}"
                model.piles[rest] = Pile(pile.item, pile.place, left, pile.condition, pile.expiry)
                model.onward[name] = [rest]
            elif self.carries:
                model.onward[name] = list(dict.fromkeys(t for t, _ in uses if "/" in t))
        model.piles.update(self.new)


class World:
    """The ledger's book and the model, told the same things."""

    def __init__(self) -> None:
        self.books, self.model = Books(), Model()
        self.labels: list[str] = []
        self.dispatches: list[tuple[str, str]] = []

    def same(self) -> None:
        rows = self.books.reader.table("accounts")
        assert {key: int(n) for key, n in rows.items()} == {
            key: n for key, n in self.model.accounts.items() if n
        }
        lots = {
            key: Pile(
                lot["item"],
                lot["place"],
                lot["quantity"],
                lot["condition"],
                lot.get("expiry", NEVER),
            )
            for key, lot in self.books.reader.table("lots").items()
            if "spent" not in lot
        }
        assert lots == self.model.piles

    def label(self, number: int) -> str | None:
        return self.labels[number % len(self.labels)] if self.labels else None

    def pile(self, name: str) -> Pile:
        return self.model.piles.get(name) or self.model.gone[name]

    def learn(self, ran: Ran) -> None:
        self.labels += [effect[1] for effect in ran.effects.lots if effect[0] == "made"]

    # Each verb: run it on the book, then say in the model what it means.

    def receive(self, item: str, n: int, site: str, life: int) -> None:
        expiry = {} if life == 0 else {"expiry": self.books.time + 10_000 + life}
        body = {
            "lines": [goods(item, n, **expiry)],
            "site": site,
            "source": {"kind": "gift"},
        }
        ran = self.books.ok("stock.receive", body, STORE, SHIP)
        self.model.shift(item, "ext:donor", f"site:{site}", n)
        self.model.piles[ran.lot()] = Pile(
            item, f"site:{site}", n, "good", expiry.get("expiry", NEVER)
        )
        self.learn(ran)

    def _out(
        self, taking: Taking, name: str, n: int, site: str, account: str, new: str
    ) -> list[str]:
        item = self.pile(name).item
        piles = self.model.meant(name, f"site:{site}")
        parts, missing = taking.take(piles, n, new or account)
        if n > missing:
            self.model.shift(item, f"site:{site}", account, n - missing)
        if missing:
            self.model.shift(item, f"over_issue:{site}", account, missing)
        return parts

    def _lines(self, lines: list[tuple[int, int]]) -> list[tuple[str, int]]:
        return [(str(self.label(number)), n) for number, n in lines] if self.labels else []

    def move(self, lines: list[tuple[int, int]], source: str, to: str) -> None:
        named = self._lines(lines)
        if not named or source == to:
            return
        body = {"from": source, "lines": [draw(*line) for line in named], "to": to}
        ran = self.books.run("stock.move", body, STORE)
        taking = Taking(self.model, ran.id, carries=True)
        for k, (name, n) in enumerate(named):
            new = ran.lot(k)
            parts = self._out(taking, name, n, source, f"site:{to}", new)
            taking.make(new, self.pile(name), parts, f"site:{to}", n)
        taking.close()
        self.learn(ran)

    def dispatch(self, lines: list[tuple[int, int]], source: str) -> None:
        named = self._lines(lines)
        if not named:
            return
        body = {"from": source, "lines": [draw(*line) for line in named], "to": "school"}
        ran = self.books.run("shipment.dispatch", body, SHIP)
        taking = Taking(self.model, ran.id, carries=False)
        for k, (name, n) in enumerate(named):
            new = ran.lot(k)
            place = f"consignment:{ran.id}"
            parts = self._out(taking, name, n, source, place, new)
            taking.make(new, self.pile(name), parts, place, n)
        taking.close()
        self.dispatches += [(ran.id, ran.lot(k)) for k, _ in enumerate(named)]
        self.learn(ran)

    def arrive(self, number: int, good: int, damaged: int, lost: int) -> None:
        if not self.dispatches:
            return
        sent, lot = self.dispatches[number % len(self.dispatches)]
        item, place = self.pile(lot).item, f"consignment:{sent}"
        line = arrived(item, good, damaged, lost, lot=lot)
        body = {"dispatch": sent, "lines": [line], "site": "school"}
        ran = self.books.run("shipment.arrive", body, "relief/receiver")
        taking = Taking(self.model, ran.id, carries=True)
        output = 0
        for n, condition in ((good, "good"), (damaged, "damaged")):
            if not n:
                continue
            new = ran.lot(output)
            output += 1
            parts, missing = taking.take(self.model.meant(lot, place), n, new)
            if n > missing:
                self.model.shift(item, place, "site:school", n - missing)
            if missing:
                self.model.shift(item, "found:school", "site:school", missing)
            taking.make(new, Pile(item, "", 0), parts, "site:school", n)
            if condition == "damaged":
                taking.new[new].condition = condition
        _, missing = taking.take(self.model.meant(lot, place), lost, "lost:transport")
        if lost > missing:
            self.model.shift(item, place, "lost:transport", lost - missing)
        taking.close()
        self.learn(ran)

    def give(self, lines: list[tuple[int, int]], site: str) -> None:
        named = self._lines(lines)
        if not named:
            return
        body = {"lines": [draw(*line) for line in named], "organisation": "relief", "site": site}
        ran = self.books.run("disbursement.handout", body, HAND)
        self._gone(ran, named, site, "given:organisation")

    def lose(self, lines: list[tuple[int, int]], site: str) -> None:
        named = self._lines(lines)
        if not named:
            return
        body = {"cause": "stolen", "lines": [draw(*line) for line in named], "site": site}
        ran = self.books.run("stock.loss", body, STORE, "county/manager")
        self._gone(ran, named, site, "lost:stolen")

    def _gone(self, ran: Ran, named: list[tuple[str, int]], site: str, account: str) -> None:
        taking = Taking(self.model, ran.id, carries=False)
        for name, n in named:
            self._out(taking, name, n, site, account, "")
        taking.close()
        self.learn(ran)

    def split(self, number: int, quantities: list[int], site: str) -> None:
        name = self.label(number)
        if name is None:
            return
        body = {"lot": name, "quantities": quantities, "site": site}
        ran = self.books.run("stock.split", body, STORE)
        taking = Taking(self.model, ran.id, carries=True)
        for k, n in enumerate(quantities):
            new = ran.lot(k)
            parts, missing = taking.take(self.model.meant(name, f"site:{site}"), n, new)
            if parts:
                taking.make(new, self.pile(name), parts, f"site:{site}", n - missing)
        taking.close()
        self.learn(ran)

    def merge(self, lines: list[tuple[int, int]], site: str) -> None:
        named = self._lines(lines)
        if len(named) < 2:
            return
        body = {"lines": [draw(*line) for line in named], "site": site}
        ran = self.books.run("stock.merge", body, STORE)
        taking = Taking(self.model, ran.id, carries=True)
        parts: list[str] = []
        n = 0
        for name, wanted in named:
            some, missing = taking.take(self.model.meant(name, f"site:{site}"), wanted, ran.lot())
            parts += some
            n += wanted - missing
        piles = [self.model.piles[part] for part in parts]
        if len({(pile.item, pile.condition) for pile in piles}) > 1:
            assert ran.effects.lots == ()
            return
        if parts:
            taking.make(ran.lot(), piles[0], parts, f"site:{site}", n)
        taking.close()
        self.learn(ran)

    def count(self, item: str, counted: int, site: str) -> None:
        body = {"lines": [{"counted": counted, "item": item}], "site": site}
        ran = self.books.run("stock.count", body, COUNT, STORE)
        place = f"site:{site}"
        here = [
            name
            for name, pile in self.model.piles.items()
            if (pile.item, pile.place) == (item, place)
        ]
        delta = counted - sum(self.model.piles[name].n for name in here)
        if delta > 0:
            self.model.shift(item, f"found:{site}", place, delta)
            self.model.piles[ran.lot()] = Pile(item, place, delta)
        elif delta < 0:
            self.model.shift(item, place, "lost:unexplained", -delta)
            taking = Taking(self.model, ran.id, carries=False)
            order = sorted(here, key=lambda name: (self.model.piles[name].expiry, name))
            assert taking.take(order, -delta, "lost:unexplained")[1] == 0
            taking.close()
        self.learn(ran)


NUMBER = st.integers(0, 15)
UNITS = st.integers(1, 30)
SITE = st.sampled_from((*SITES, "depot", "depot", "depot"))  # most of it at one place
LINES = st.lists(st.tuples(NUMBER, UNITS), min_size=1, max_size=4)

VERBS: st.SearchStrategy[tuple[Callable[..., None], tuple[Any, ...]]] = st.one_of(
    *(
        st.tuples(st.just(verb), st.tuples(*arguments))
        for verb, arguments in (
            (World.receive, (st.sampled_from(ITEMS), UNITS, SITE, st.integers(0, 3))),
            (World.receive, (st.sampled_from(ITEMS), UNITS, SITE, st.integers(0, 3))),
            (World.move, (LINES, SITE, SITE)),
            (World.split, (NUMBER, st.lists(UNITS, min_size=1, max_size=4), SITE)),
            (World.merge, (LINES, SITE)),
            (World.merge, (LINES, SITE)),
            (World.count, (st.sampled_from(ITEMS), st.integers(0, 60), SITE)),
            (World.give, (LINES, st.sampled_from((*SITES, "school")))),
            (World.lose, (LINES, SITE)),
            (World.dispatch, (LINES, SITE)),
            (World.arrive, (NUMBER, st.integers(0, 20), st.integers(0, 5), st.integers(0, 5))),
        )
    )
)


@settings(max_examples=250)
@given(st.lists(VERBS, min_size=5, max_size=40))
def test_the_book_holds_what_a_plain_reading_gives(
    verbs: list[tuple[Callable[..., None], tuple[Any, ...]]],
) -> None:
    world = World()
    for verb, arguments in verbs:
        verb(world, *arguments)
        world.same()
