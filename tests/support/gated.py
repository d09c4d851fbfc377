"""A small relief operation with a gate in force: a payment waits until two organisations agree.

A payment above 1,000 is denied; what waits may wait an hour. 1,000 were given to the general line.
"""

from json import loads
from typing import Any

from adopting import enforce
from corrections import CHEN, DAI, FAY, Relief, instruction
from documents import gate, text
from invariants import check_all

from contracts.batch import Answer

TWO: dict[str, Any] = {
    "contract": "two-organisations",
    "kinds": ["disbursement.instruct"],
    "params": {"most": {"type": "money", "value": 1_000}},
    "rules": [
        {
            "id": "small",
            "require": "it.amount <= most",
            "say": text("Too much."),
        },
        {
            "id": "two",
            "require": "size(it.approvals.map(a, a.org).distinct()) >= 2",
            "else": "hold",
            "say": text("Two organisations, please."),
        },
    ],
    "effects": [
        {
            "id": "ask",
            "when": "size(it.approvals.map(a, a.org).distinct()) < 2",
            "open_approval": {"subject": "it.purpose", "min_orgs": "2", "expires_in": "3600"},
        }
    ],
    "defaults": {"it": {"amount": 10, "purpose": "food", "approvals": []}},
    "tests": [
        {
            "name": "nobody",
            "given": {},
            "expect": {"hold": ["two"], "effects": [{"open_approval": {}}]},
        },
        {
            "name": "two",
            "given": {"it": {"approvals": [{"by": "p1", "org": "a"}, {"by": "p2", "org": "b"}]}},
            "expect": "allow",
        },
        {"name": "much", "given": {"it": {"amount": 1001}}, "expect": {"deny": ["small", "two"]}},
    ],
}


class Gated(Relief):
    """A relief operation with the gate in force; 1,000 given to the general line."""

    def __init__(self) -> None:
        super().__init__()
        enforce(self.ledger, gate(**TWO), scope="fund:flood")
        self.gift(1_000)

    def check(self) -> None:
        super().check()
        check_all(self.ledger.memory)

    def hold(self, n: int = 600) -> str:
        answer = self.say("disbursement.instruct", instruction(n), CHEN, DAI)
        assert answer.code == "held", answer
        return answer.statement

    def approve(self, held: str, by: str = FAY) -> Answer:
        return self.say("approval.give", {"held": held}, by)

    def state_of(self, held: str) -> str:
        return str(self.row("holds", held)["state"])

    def effects(self, answer: Answer) -> Any:
        assert answer.index is not None
        return loads(self.ledger.memory.entries[answer.index])["outcome"]["effects"]
