"""Corrections in random histories: nothing is made or lost, whatever is corrected.

Goal: whatever happened before, a correction of anything leaves a book in which every commodity sums
to zero, every account is on its side and lots and fund lines agree with the accounts; a restore
without replacements gives every account back what its targets took.
Method: random histories of goods and money on the whole machine, with corrections of random earlier
statements (corrections too) among them; then the last statements of a history are undone.
`Relief` checks the whole book after each statement.
"""

from collections.abc import Sequence
from json import loads
from typing import Any

from corrections import (
    ALL,
    ANA,
    BAO,
    CHEN,
    DAI,
    GENERAL,
    Relief,
    allocation,
    came,
    counted,
    entitled,
    given,
    given_to,
    household,
    instruction,
    lost,
    moved,
    receipt,
    sent,
    tag,
)
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from ledger.book import side_of

N = st.integers(1, 12)
PICK = st.integers(0, 99)

GOODS = st.one_of(
    st.tuples(st.just("receive"), N, PICK),
    st.tuples(st.just("receive"), N, PICK),
    st.tuples(st.just("hand out"), N, PICK),
    st.tuples(st.just("hand out"), N, PICK),
    st.tuples(st.just("move"), N, PICK),
    st.tuples(st.just("split"), N, PICK),
    st.tuples(st.just("merge"), N, PICK),
    st.tuples(st.just("lose"), N, PICK),
    st.tuples(st.just("count"), N, PICK),
    st.tuples(st.just("adjust"), N, PICK),
    st.tuples(st.just("dispatch"), N, PICK),
    st.tuples(st.just("arrive"), N, PICK),
)
MONEY = st.one_of(
    st.tuples(st.just("gift"), N, PICK),
    st.tuples(st.just("gift"), N, PICK),
    st.tuples(st.just("reverse"), N, PICK),
    st.tuples(st.just("refund"), N, PICK),
    st.tuples(st.just("allocate"), N, PICK),
    st.tuples(st.just("deallocate"), N, PICK),
    st.tuples(st.just("instruct"), N, PICK),
    st.tuples(st.just("pay"), N, PICK),
    st.tuples(st.just("pay"), N, PICK),
    st.tuples(st.just("fail"), N, PICK),
    st.tuples(st.just("come back"), N, PICK),
    st.tuples(st.just("cover"), N, PICK),
)
HOUSEHOLDS = st.one_of(
    st.tuples(st.just("receive"), N, PICK),
    st.tuples(st.just("enrol"), N, PICK),
    st.tuples(st.just("entitle"), N, PICK),
    st.tuples(st.just("release"), N, PICK),
    st.tuples(st.just("give"), N, PICK),
    st.tuples(st.just("give"), N, PICK),
    st.tuples(st.just("confirm"), N, PICK),
    st.tuples(st.just("order"), N, PICK),
    st.tuples(st.just("dispatch"), N, PICK),
    st.tuples(st.just("arrive"), N, PICK),
)
CORRECT = st.tuples(
    st.just("correct"),
    st.lists(PICK, min_size=1, max_size=3),
    st.lists(st.one_of(st.none(), N), min_size=3, max_size=3),
)

Said = tuple[str, Any, str]
"""(kind, body, statement id)"""


class History:
    """What was said and applied, and corrections of it."""

    def __init__(self) -> None:
        self.relief = Relief()
        self.said: list[Said] = []
        self.codes: dict[str, int] = {}

    def step(self, verb: str, *rest: Any) -> None:
        getattr(self, f"_{verb.replace(' ', '_')}")(*rest)

    def say(self, kind: str, body: Any, *by: str) -> None:
        answer = self.relief.say(kind, body, *by)
        if answer.code in ("ok", "flagged"):
            self.said.append((kind, body, answer.statement))

    def of(self, kind: str, pick: int) -> str | None:
        found = [name for said, _, name in self.said if said == kind]
        return found[pick % len(found)] if found else None

    # Goods: of any lot that there is or was, as a label on a pallet may name it

    def lot(self, pick: int) -> tuple[str, str] | None:
        """(lot, its site) of a lot that is or was at a site."""
        lots = [
            (key, row["place"].partition(":")[2])
            for key, row in sorted(self.relief.table("lots").items())
            if row["place"].startswith("site:")
        ]
        return lots[pick % len(lots)] if lots else None

    def _receive(self, n: int, pick: int) -> None:
        item, site = ("n95", "kn95")[pick % 2], ("depot", "annex")[pick // 2 % 2]
        more = [n, pick % 5 + 1] if pick % 3 == 0 else [n]
        self.say("stock.receive", receipt(item, *more, site=site), CHEN, DAI)

    def _hand_out(self, n: int, pick: int) -> None:
        if found := self.lot(pick):
            self.say("disbursement.handout", given(found[0], n, found[1]), CHEN)

    def _move(self, n: int, pick: int) -> None:
        found = self.lot(pick)
        if found and found[1] != "point":
            to = "annex" if found[1] == "depot" else "depot"
            self.say("stock.move", moved(found[0], n, found[1], to), CHEN)

    def _split(self, n: int, pick: int) -> None:
        if found := self.lot(pick):
            body = {"lot": found[0], "quantities": [n, 1], "site": found[1]}
            self.say("stock.split", body, CHEN)

    def _merge(self, n: int, pick: int) -> None:
        one, two = self.lot(pick), self.lot(pick // 7)
        if one and two and one[1] == two[1]:
            lines = [{"lot": one[0], "quantity": n}, {"lot": two[0], "quantity": 2}]
            self.say("stock.merge", {"lines": lines, "site": one[1]}, CHEN)

    def _lose(self, n: int, pick: int) -> None:
        if found := self.lot(pick):
            cause = ("lost", "stolen", "destroyed")[pick % 3]
            self.say("stock.loss", lost(found[0], n, cause, found[1]), CHEN, DAI)

    def _count(self, n: int, pick: int) -> None:
        item, site = ("n95", "kn95")[pick % 2], ("depot", "annex", "point")[pick % 3]
        self.say("stock.count", counted(item, n, site), CHEN, DAI)

    def _adjust(self, n: int, pick: int) -> None:
        if found := self.lot(pick):
            delta = n if pick % 2 else -n
            body = {"delta": delta, "lot": found[0], "reason": "miscount", "site": found[1]}
            self.say("stock.adjust", body, CHEN, DAI)

    def _dispatch(self, n: int, pick: int) -> None:
        found = self.lot(pick)
        order = self.of("shipment.order", pick)
        if found and found[1] == "depot":
            ordered = {"order": order} if order and pick % 3 else {}
            self.say("shipment.dispatch", sent(found[0], n, **ordered), DAI)

    def _order(self, n: int, pick: int) -> None:
        lines = [{"item": ("n95", "kn95")[pick % 2], "quantity": n}]
        until = self.relief.ledger.time + (3, 1_000)[pick % 4 > 0]
        body = {"from": "depot", "lines": lines, "to": "point", "until": until}
        self.say("shipment.order", body, ANA)

    # Households

    def _enrol(self, n: int, pick: int) -> None:
        self.say("household.enrol", household(pick % 3), CHEN, DAI)

    def _entitle(self, n: int, pick: int) -> None:
        self.say("entitlement.issue", entitled(pick % 3, "n95", n), ANA)

    def _release(self, n: int, pick: int) -> None:
        if found := self.lot(pick):
            body = {
                "lines": [{"lot": found[0], "quantity": n}],
                "entitlement": {"cycle": "may", "purpose": "food", "tag": tag(pick % 3)},
                "site": found[1],
            }
            self.say("disbursement.release", body, CHEN, DAI)

    def _give(self, n: int, pick: int) -> None:
        if found := self.lot(pick):
            body = given_to(pick % 3, found[0], n, found[1])
            release = self.of("disbursement.release", pick)
            if release and pick % 2:
                body["release"] = release
            self.say("disbursement.handout", body, CHEN)

    def _confirm(self, n: int, pick: int) -> None:
        if handout := self.of("disbursement.handout", pick):
            state = ("received", "partial")[pick % 2]
            body = {"by": "proxy", "handout": handout, "row": 0, "state": state}
            self.say("delivery.confirm", body, DAI)

    def _arrive(self, n: int, pick: int) -> None:
        if dispatch := self.of("shipment.dispatch", pick):
            body = came(dispatch, ("n95", "kn95")[pick % 2], n, pick % 3, pick % 4)
            self.say("shipment.arrive", body, DAI)

    # Money

    def _gift(self, n: int, pick: int) -> None:
        self.say("donation.receive", self.relief.donation(n), ANA, DAI)

    def _reverse(self, n: int, pick: int) -> None:
        if gift := self.of("donation.receive", pick):
            self.say("donation.reverse", self.relief.reversal(gift, n), ANA, DAI)

    def _refund(self, n: int, pick: int) -> None:
        if gift := self.of("donation.receive", pick):
            self.say("donation.refund", {"amount": n, "donation": gift}, ANA, DAI)

    def _allocate(self, n: int, pick: int) -> None:
        self.say("fund.allocate", allocation(n), BAO)

    def _deallocate(self, n: int, pick: int) -> None:
        self.say("fund.deallocate", allocation(n), BAO)

    def _instruct(self, n: int, pick: int) -> None:
        body = instruction(n, ("free", "allocated")[pick % 2])
        self.say("disbursement.instruct", body, CHEN, DAI)

    def _pay(self, n: int, pick: int) -> None:
        if told := self.of("disbursement.instruct", pick):
            self.say("disbursement.paid", self.relief.payment(told, n), CHEN, DAI)

    def _fail(self, n: int, pick: int) -> None:
        if told := self.of("disbursement.instruct", pick):
            body = {"instruction": told, "reference": self.relief.fresh()}
            self.say("disbursement.failed", body, CHEN)

    def _come_back(self, n: int, pick: int) -> None:
        if told := self.of("disbursement.instruct", pick):
            self.say("disbursement.returned", self.relief.payment(told, n), CHEN)

    def _cover(self, n: int, pick: int) -> None:
        body = {"amount": n, "line": GENERAL, "reference": self.relief.fresh()}
        self.say("fund.cover", body, BAO, DAI)

    # Corrections

    def _correct(self, picks: Sequence[int], truth: Sequence[int | None]) -> None:
        """Correct up to three statements; each is replaced by another figure, or not at all."""
        if not self.said:
            return
        targets = dict.fromkeys(self.said[pick % len(self.said)][2] for pick in picks)
        bodies = []
        for kind, body, name in self.said:
            if name in targets:
                n = truth[len(bodies) % len(truth)]
                parts = body["replacements"] if kind == "correction.declare" else [(kind, body)]
                bodies += [(k, self.changed(b, n)) for k, b in map(plain, parts) if n is not None]
        before = balances(self.relief)
        linked = [self.relief.corrected(name) for name in targets]
        answer = self.relief.correct(list(targets), *bodies)
        self.codes[str(answer.code)] = self.codes.get(str(answer.code), 0) + 1
        if answer.code not in ("ok", "flagged"):
            assert balances(self.relief) == before
            assert [self.relief.corrected(name) for name in targets] == linked
            return
        body = self.relief.correction(list(targets), *bodies)
        self.said.append(("correction.declare", body, answer.statement))
        row = self.relief.row("legs", f"correction/{answer.statement}")
        if (
            not bodies
            and "starts" in row
            and not any(f"correction/{name}" in self.relief.table("legs") for name in targets)
        ):
            check_restored(self.relief, before, list(targets))

    def changed(self, body: Any, n: int) -> Any:
        """The same body with another figure, and a new reference."""
        new = dict(body)
        if "reference" in new and isinstance(new["reference"], str):
            new["reference"] = self.relief.fresh()
        for field in ("amount", "delta", "persons"):
            if field in new:
                new[field] = n
        if "rows" in new:
            new["rows"] = [
                {**row, "lines": [{**line, "quantity": n} for line in row["lines"]]}
                for row in new["rows"]
            ]
        if "quantities" in new:
            new["quantities"] = [n]
        if "draws" in new:
            new["draws"] = [{**new["draws"][0], "amount": n}]
        if "lines" in new:
            new["lines"] = [
                {
                    key: n if key in ("quantity", "counted", "good") else value
                    for key, value in line.items()
                }
                for line in new["lines"]
            ]
        return new


def plain(part: Any) -> tuple[str, Any]:
    return (part["kind"], part["body"]) if isinstance(part, dict) else part


def balances(relief: Relief) -> dict[str, int]:
    return {key: int(n) for key, n in relief.table("accounts").items()}


def taken_by(relief: Relief, statements: list[str]) -> dict[str, int]:
    """commodity/account -> what the moves of these statements changed it by."""
    found: dict[str, int] = {}
    memory = relief.ledger.memory
    for index in memory.indexes(statements).values():  # type: ignore[arg-type]
        effects = loads(memory.entry(index))["outcome"]["effects"]
        for commodity, source, target, n in effects.get("moves", []):
            for account, change in ((source, -n), (target, n)):
                key = f"{commodity}/{account}"
                found[key] = found.get(key, 0) + change
    return found


def merged(accounts: dict[str, int]) -> dict[str, int]:
    """Contra accounts added to where their goods or money would be: what closes one leaves the sum."""
    found: dict[str, int] = {}
    for key, n in accounts.items():
        commodity, _, account = key.partition("/")
        label = account.rpartition("/")[2]
        if side_of(account) == "contra":
            line = account.rpartition("/")[0]
            account = f"{line}/free" if line else f"site:{label.partition(':')[2]}"
        key = f"{commodity}/{account}"
        found[key] = found.get(key, 0) + n
    return {key: n for key, n in found.items() if n}


def check_restored(relief: Relief, before: dict[str, int], targets: list[str]) -> None:
    """Every account has back what the targets took, but for what closed a contra account."""
    wanted = dict(before)
    for key, change in taken_by(relief, targets).items():
        wanted[key] = wanted.get(key, 0) - change
    assert merged(balances(relief)) == merged(wanted)


@settings(max_examples=60)
@drawn(st.lists(st.one_of(GOODS, GOODS, CORRECT), min_size=5, max_size=25))
def test_goods_of_any_history_can_be_corrected(steps: list[Any]) -> None:
    history = History()
    history.step("receive", 10, 0)
    for step in steps:
        history.step(*step)


@settings(max_examples=60)
@drawn(st.lists(st.one_of(MONEY, MONEY, CORRECT), min_size=5, max_size=25))
def test_money_of_any_history_can_be_corrected(steps: list[Any]) -> None:
    history = History()
    history.step("gift", 12, 0)
    for step in steps:
        history.step(*step)


@settings(max_examples=40)
@drawn(st.lists(st.one_of(HOUSEHOLDS, HOUSEHOLDS, CORRECT), min_size=8, max_size=30))
def test_hand_outs_to_households_of_any_history_can_be_corrected(steps: list[Any]) -> None:
    history = History()
    for step in (("receive", 12, 0), ("enrol", 1, 0), ("entitle", 8, 0), *steps):
        history.step(*step)


@settings(max_examples=40)
@drawn(
    st.lists(st.one_of(GOODS, MONEY), min_size=3, max_size=15),
    st.lists(GOODS, min_size=1, max_size=6),
)
def test_the_last_statements_of_a_history_can_always_be_undone(
    first: list[Any], last: list[Any]
) -> None:
    history = History()
    history.step("receive", 10, 0)
    for step in first:
        history.step(*step)
    before, count = balances(history.relief), len(history.said)
    for step in last:
        history.step(*step)
    targets = [name for _, _, name in history.said[count:]]
    if not targets:
        return
    answer = history.relief.correct(targets, by=ALL)
    assert answer.code in ("ok", "flagged"), answer
    assert "starts" in history.relief.row("legs", f"correction/{answer.statement}")
    assert merged(balances(history.relief)) == merged(before)
