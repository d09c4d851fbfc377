"""Corrections of what was held and is posted: as of what was never held.

Goal: a posted statement is restored, or its difference is booked, exactly as one that was booked at once;
what still waits, or did not post, is `not_open`.
Method: the same history on two ledgers, one with a gate that holds whatever authorises and is approved
after; accounts, line, lots and legs must be the same in the end. Every invariant is asked after each step,
and the log replays to the same bytes.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from adopting import enforce
from corrections import (
    ANA,
    BAO,
    CHEN,
    DAI,
    FAY,
    Relief,
    allocation,
    instruction,
    sent,
)
from documents import gate, text
from gated import Gated
from invariants import check_all
from ledgers import DAY

from contracts.batch import Answer
from contracts.replay import Replay

INSTRUCT, ALLOCATE, ORDER = "disbursement.instruct", "fund.allocate", "shipment.order"
KINDS = (INSTRUCT, ALLOCATE, ORDER)
PAID = "disbursement.paid"
RED = (ANA, BAO, CHEN, DAI)


def two(kind: str) -> dict[str, Any]:
    """Whatever is of this kind waits for a second organisation."""
    require = "size(it.approvals.map(a, a.org).distinct()) >= 2"
    both = [{"by": "p1", "org": "a"}, {"by": "p2", "org": "b"}]
    return gate(
        contract=f"two-{kind.replace('.', '-')}",
        kinds=[kind],
        params={"some": {"type": "int[CNY](0..1)", "value": 1}},
        rules=[{"id": "two", "require": require, "else": "hold", "say": text("Two, please.")}],
        defaults={"it": {"approvals": []}},
        tests=[
            {"name": "nobody", "given": {}, "expect": {"hold": ["two"]}},
            {"name": "two", "given": {"it": {"approvals": both}}, "expect": "allow"},
        ],
    )


class Once(Relief):
    """Nothing waits."""

    def stand(self) -> None:
        """No gate stands here."""

    def check(self) -> None:
        super().check()
        check_all(self.ledger.memory)

    def asks(self, kind: str, body: Any, *by: str) -> str:
        """Say it, and have it approved where it waits; its id."""
        answer = self.waits(self.say(kind, body, *by))
        assert answer.code in ("ok", "flagged"), answer
        return answer.statement

    def waits(self, answer: Answer) -> Answer:
        assert answer.code != "held", answer
        return answer

    def fix(self, targets: Any, *replacements: tuple[str, Any]) -> Answer:
        return self.waits(self.correct(targets, *replacements, by=RED))


class Twice(Once):
    """Whatever authorises waits for a second organisation, corrections too."""

    def stand(self) -> None:
        for kind in KINDS:
            enforce(self.ledger, two(kind))

    def waits(self, answer: Answer) -> Answer:
        if answer.code != "held":
            return answer
        given = self.say("approval.give", {"held": answer.statement}, FAY)
        assert self.outcome(given)["posted"] == answer.statement, self.outcome(given)
        self.posted = getattr(self, "posted", 0) + 1
        return replace(given, statement=answer.statement)


# ---- the same in the end ------------------------------------------------------------------------


def instructed(relief: Once) -> str:
    relief.gift(1_000)
    return relief.asks(INSTRUCT, instruction(600), CHEN, DAI)


def ordered(relief: Once, n: int = 6) -> dict[str, Any]:
    lines, until = [{"item": "n95", "quantity": n}], relief.ledger.time + 10_000
    return {"from": "depot", "lines": lines, "to": "point", "until": until}


def instruction_smaller(relief: Once) -> Answer:
    return relief.fix(instructed(relief), (INSTRUCT, instruction(500)))


def instruction_never(relief: Once) -> Answer:
    return relief.fix(instructed(relief))


def instruction_paid(relief: Once) -> Answer:
    told = instructed(relief)
    relief.pay(told, 600)
    return relief.fix(told, (INSTRUCT, instruction(500)))


def payment_smaller(relief: Once) -> Answer:
    paid = relief.pay(told := instructed(relief), 600)
    return relief.fix(paid, (PAID, relief.payment(told, 400)))


def instruction_and_payment(relief: Once) -> Answer:
    told = instructed(relief)
    paid = relief.pay(told, 600)
    again = relief.payment("#0", 500)
    return relief.fix([told, paid], (INSTRUCT, instruction(500)), (PAID, again))


def gift_below(relief: Once) -> Answer:
    gift = relief.gift(1_000)
    relief.asks(INSTRUCT, instruction(600), CHEN, DAI)
    return relief.fix(gift, ("donation.receive", relief.donation(500)))


def allocation_smaller(relief: Once) -> Answer:
    relief.gift(1_000)
    told = relief.asks(ALLOCATE, allocation(600), BAO, DAI)
    return relief.fix(told, (ALLOCATE, allocation(400)))


def allocation_in_use(relief: Once) -> Answer:
    relief.gift(1_000)
    told = relief.asks(ALLOCATE, allocation(600), BAO, DAI)
    relief.asks(INSTRUCT, instruction(500, "allocated"), CHEN, DAI)
    return relief.fix(told, (ALLOCATE, allocation(400)))


def allocation_and_payment(relief: Once) -> Answer:
    relief.gift(1_000)
    told = relief.asks(ALLOCATE, allocation(600), BAO, DAI)
    used = relief.asks(INSTRUCT, instruction(500, "allocated"), CHEN, DAI)
    return relief.fix(
        [told, used], (ALLOCATE, allocation(400)), (INSTRUCT, instruction(300, "allocated"))
    )


def order_smaller(relief: Once) -> Answer:
    relief.receive("n95", 10)
    told = relief.asks(ORDER, ordered(relief), ANA, DAI)
    return relief.fix(told, (ORDER, ordered(relief, 4)))


def order_sent(relief: Once) -> Answer:
    gift = relief.receive("n95", 10)
    told = relief.asks(ORDER, ordered(relief), ANA, DAI)
    gone = relief.dispatch(f"{gift}/0", 6, order=told)
    return relief.fix(gone, ("shipment.dispatch", sent(f"{gift}/0", 5, order=told)))


def correction_again(relief: Once) -> Answer:
    first = relief.fix(instructed(relief), (INSTRUCT, instruction(500)))
    return relief.fix(first.statement, (INSTRUCT, instruction(550)))


def correction_twice(relief: Once) -> Answer:
    told = instructed(relief)
    relief.fix(told, (INSTRUCT, instruction(500)))
    return relief.fix(told, (INSTRUCT, instruction(550)))


HISTORIES: dict[Callable[[Once], Answer], str] = {
    instruction_smaller: "ok",
    instruction_never: "ok",
    instruction_paid: "not_correctable",
    payment_smaller: "ok",
    instruction_and_payment: "ok",
    gift_below: "flagged",
    allocation_smaller: "ok",
    allocation_in_use: "not_correctable",
    allocation_and_payment: "ok",
    order_smaller: "ok",
    order_sent: "ok",
    correction_again: "ok",
    correction_twice: "already_corrected",
}
"""What is corrected -> the code in both ledgers."""


def shape(relief: Once) -> Any:
    """The book without ids and times."""

    def bare(label: str) -> str:
        word, _, name = label.rpartition("/")[2].partition(":")
        return word if len(name) == 64 else f"{word}:{name}"

    accounts = {
        key if len(key.rpartition(":")[2]) != 64 else key.rpartition(":")[0]: n
        for key, n in relief.table("accounts").items()
    }
    line = [
        (key[:-17], int(key[-16:], 16), high, [bare(label) for label in stack])
        for key, (high, stack) in sorted(relief.table("line").items())
    ]
    figures = ("left", "asked", "paid", "back")
    legs = [
        (row["kind"], "closed" in row, *(row.get(name) for name in figures))
        for key, row in relief.table("legs").items()
        if not key.startswith(("hold/", "correction/")) and row["kind"] in (*KINDS, "shipment.dispatch")
    ]  # fmt: skip
    lots = [
        (lot["item"], lot["quantity"], bare(lot["place"]), "spent" in lot)
        for lot in relief.table("lots").values()
    ]
    return accounts, line, sorted(legs, key=repr), sorted(lots), relief.table("reserved")


@pytest.mark.parametrize(("history", "code"), HISTORIES.items())
def test_a_posted_statement_is_corrected_like_any_other(
    history: Callable[[Once], Answer], code: str
) -> None:
    once, twice = Once(), Twice()
    twice.stand()
    answers = [history(relief) for relief in (once, twice)]
    assert [answer.code for answer in answers] == [code, code], answers
    assert twice.posted > 0
    assert shape(once) == shape(twice)
    replay = Replay()
    for raw in twice.ledger.memory.entries:
        replay.feed(raw)
    assert replay.head == twice.ledger.memory.head()


# ---- what came back first is not of the statement -----------------------------------------------


@pytest.mark.parametrize("covered", [0, 200, 600])
def test_what_the_bank_took_back_meanwhile_stays_gone(covered: int) -> None:
    relief = Gated()
    gift = relief.table("gifts").popitem()[0]
    held = relief.hold()
    relief.reverse(gift, 1_000)
    if covered:
        relief.cover(covered)
    relief.gift(2_000)
    before = relief.money()
    # 600 of it were kept: void by now, they close what is still owed, the rest is free.
    assert (before[f"held:{held[:4]}"], before.get("shortfall", 0)) == (600, covered - 600)
    assert relief.approve(held).code == "ok"
    assert relief.money()[f"transit:{held[:4]}"] == 600
    answer = relief.correct(held)
    assert answer.code == "ok", answer
    assert not [name for name in relief.money() if name.startswith(("transit", "held", "short"))]
    assert relief.money()["free"] == 2_000 + covered


@pytest.mark.parametrize("end", ["open", "refused", "expired", "void"])
def test_what_did_not_post_is_not_open(end: str) -> None:
    relief = Gated()
    gift = relief.table("gifts").popitem()[0]
    held = relief.hold()
    if end == "refused":
        relief.ok("approval.refuse", {"held": held, "reason": "too-much"}, FAY)
    elif end == "expired":
        relief.ledger.time += DAY
        relief.gift(1)
    elif end == "void":
        relief.reverse(gift, 1_000)
        relief.approve(held)
    assert relief.state_of(held) == end
    assert relief.correct(held).code == "not_open"


def test_the_approval_itself_is_not_corrected() -> None:
    relief = Gated()
    approval = relief.approve(relief.hold())
    assert relief.correct(approval.statement).code == "not_correctable"


# ---- what contracts count -----------------------------------------------------------------------


def counting() -> dict[str, Any]:
    """Watches what was paid and how many approvals were given in seven days."""
    number = "int(0..9007199254740991)"
    facts = {
        "given": {
            "count": 1,
            "of": "approval.give",
            "window": "7d",
            "bucket": "1d",
            "type": number,
        },
        "had": {
            "sum": "amount",
            "of": INSTRUCT,
            "window": "7d",
            "bucket": "1d",
            "type": "int[CNY](0..9007199254740991)",
        },
    }
    given = {"had": 0, "given": 0}
    return gate(
        contract="counting",
        kinds=[INSTRUCT],
        params={"most": {"type": "int[CNY](0..100000)", "value": 900}},
        facts=facts,
        rules=[{"id": "most", "require": "had <= most && given < 100", "say": text("Enough.")}],
        tests=[
            {"name": "good", "given": given, "expect": "allow"},
            {"name": "bad", "given": {**given, "had": 901}, "expect": {"deny": ["most"]}},
        ],
    )


def test_what_is_corrected_no_longer_counts_and_its_approval_does() -> None:
    relief = Twice()
    enforce(relief.ledger, counting())
    enforce(relief.ledger, two(INSTRUCT))
    relief.gift(10_000)

    def counted() -> Any:
        answer = relief.say(INSTRUCT, instruction(1), CHEN, DAI, FAY)
        told = relief.outcome(answer)["contracts"]
        return next(one["facts"] for one in told if one["id"] == "counting")

    assert counted() == {"given": 0, "had": 0}
    held = relief.asks(INSTRUCT, instruction(600), CHEN, DAI)
    assert counted() == {"given": 1, "had": 601}
    smaller = relief.correct(held, (INSTRUCT, instruction(500)))
    assert smaller.code == "ok"
    assert counted() == {"given": 1, "had": 502}
    assert relief.fix(smaller.statement).code == "ok"
    assert counted() == {"given": 1, "had": 3}
    again = relief.asks(INSTRUCT, instruction(600), CHEN, DAI)
    waits = relief.fix(again, (INSTRUCT, instruction(400)))
    assert waits.code == "ok"
    assert counted() == {"given": 3, "had": 404}
    # What the posted correction noted is taken back, what its approval noted is not.
    assert relief.fix(waits.statement).code == "ok"
    assert counted() == {"given": 3, "had": 5}
