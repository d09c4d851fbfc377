"""The same history on a ledger where nothing waits, and on one where whatever authorises is held first.

`HISTORIES`: each plays something and corrects it; whatever is held on the way is approved. What was held
and is posted must stand, and be corrected, as what was booked at once.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from adopting import enforce
from corrections import ANA, BAO, CHEN, DAI, FAY, Relief, allocation, instruction, sent
from documents import gate, text
from invariants import check_all

from contracts.batch import Answer

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


def payment_covered(relief: Once) -> Answer:
    """Its owner has covered what was paid too much: that is free, and the correction's."""
    told = instructed(relief)
    paid = relief.pay(told, 900)
    relief.cover(300)
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
    payment_covered: "ok",
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
