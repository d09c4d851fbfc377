"""Days on which a contract is adopted late: random histories, held payments, contracts that count.

`MONEY` and `GOODS` are facts in every layout of an index; `paying` a contract with or without them.
"""

from json import loads
from typing import Any

from adopting import commit, enforce, gate, propose, tick
from documents import text
from ledgers import DAY
from stories import GENERAL, Said, Story

MONEY: dict[str, Any] = {
    "gifts": {
        "sum": "amount", "of": "donation.receive", "by": {"fund": "it.fund"}, "window": "30d",
        "bucket": "1d", "type": "money",
    },
    "lists": {
        "sum": "amount", "of": "donation.list", "by": {"fund": "it.fund"}, "window": "30d",
        "bucket": "1h", "type": "money",
    },
    "number": {
        "count": 1, "of": "donation.receive", "by": {"fund": "it.fund"}, "type": "int(0..1000000)",
    },
    "largest": {"max": "amount", "of": "donation.receive", "by": {"fund": "it.fund"}, "type": "money"},
    "asked": {
        "sum": "amount", "of": "disbursement.instruct", "by": {"to": "it.to"}, "window": "30d",
        "type": "money",
    },
    "waiting": {
        "sum": "amount", "of": "disbursement.instruct", "by": {"to": "it.to"}, "state": "open",
        "type": "money",
    },
}  # fmt: skip
GOODS: dict[str, Any] = {
    "sent": {
        "sum": "qty", "of": "shipment.dispatch", "by": {"from": "it.site"}, "window": "30d",
        "bucket": "1d", "type": "int[unit](0..1000000000)",
    },
    "ordered": {
        "count": 1, "of": "shipment.order", "by": {"from": "it.site"}, "type": "int(0..1000000)",
    },
    "lost": {
        "sum": "qty", "of": "stock.loss", "by": {"item": "it.item"}, "window": "30d",
        "bucket": "1d", "type": "int[unit](0..1000000000)",
    },
    "kept": {
        "count": 1, "of": "stock.reserve", "by": {"item": "it.item"}, "type": "int(0..1000000)",
    },
}  # fmt: skip
YUAN = "int[CNY](0..9007199254740991)"
PAYING: dict[str, Any] = {
    "params": {"least": {"type": YUAN, "value": 1}},
    "kinds": ["disbursement.instruct"],
    "rules": [{"id": "some", "require": "it.amount >= least", "say": text("nothing")}],
    "tests": [
        {"name": "one", "given": {"it": {"amount": 1}}, "expect": "allow"},
        {"name": "nothing", "given": {"it": {"amount": 0}}, "expect": {"deny": ["some"]}},
    ],
}


def paying(name: str, facts: dict[str, Any] | None) -> dict[str, Any]:
    """A gate on payments, with facts or without any."""
    return gate(contract=name, facts=facts, **PAYING)


def holding() -> dict[str, Any]:
    """A gate that holds payments of 50 or more until somebody has approved."""
    rule = {
        "id": "eyes", "require": "it.amount < large || size(it.approvals) >= 2", "else": "hold",
        "say": text("it waits"),
    }  # fmt: skip
    tests = [
        {"name": "small", "given": {"it": {"amount": 49, "approvals": []}}, "expect": "allow"},
        {"name": "large", "given": {"it": {"amount": 50, "approvals": []}}, "expect": {"hold": ["eyes"]}},
    ]  # fmt: skip
    params = {"large": {"type": YUAN, "value": 50}}
    return gate(
        contract="holds", params=params, kinds=["disbursement.instruct"], rules=[rule], tests=tests
    )


def pay(story: Story) -> Said:
    """A payment that the law allows where there is money."""
    body = {
        "area": "east", "draws": [{"amount": story.random.randint(20, 200), "line": GENERAL}],
        "payee": {"class": "vendor", "tag": story.random.choice("78") * 64}, "purpose": "food",
        "source": "free",
    }  # fmt: skip
    return "disbursement.instruct", body, ("red/chen", "red/bao")


def held(story: Story) -> str:
    """A payment that waits; an unknown one if none does."""
    rows = story.ledger.memory.table("holds")
    waiting = [key for key, raw in rows.items() if loads(raw).get("state") == "open"]
    return story.random.choice(waiting) if waiting else "ab" * 32


def approve(story: Story) -> Said:
    return "approval.give", {"held": held(story)}, ("blue/fay",)


def refuse(story: Story) -> Said:
    body = {"held": held(story), "reason": "too-much"}
    return "approval.refuse", body, ("blue/fay",)


class Days(Story):
    """Random days in which payments are held as well. Adoptions come in between."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, corrections=True)
        self._verbs += [pay] * 6 + [approve] * 4 + [refuse]
        enforce(self.ledger, holding())

    def committed(self, document: dict[str, Any]) -> int:
        """A contract is proposed and committed; the time from which it will be active."""
        begins = self.ledger.time + 12 * DAY
        proposed = propose(self.ledger, document, not_before=begins)
        assert commit(self.ledger, proposed.statement).code == "ok", proposed
        return begins

    def active(self, not_before: int) -> None:
        self.ledger.time = max(self.ledger.time, not_before)
        tick(self.ledger)
