"""Holds in the whole machine: a gate holds a payment, its money is kept, and it resolves once.

Goal: while a payment waits nobody else gets its money; an approval that does not complete it moves nothing;
posted, void, refused or expired, the book is right after each batch, and a replay makes the same bytes.
Method: a gate of two organisations is adopted on a small ledger; every invariant is asked after each step.
"""

from json import loads
from typing import Any

import pytest
from adopting import enforce
from corrections import BAO, CHEN, DAI, FAY, GENERAL, Relief, instruction
from documents import gate, text
from invariants import check_all
from ledgers import DAY

from contracts.batch import Answer
from contracts.replay import Replay
from ledger.entry import AutoEntry, parse_entry

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


@pytest.fixture
def relief() -> Gated:
    return Gated()


def test_a_payment_waits_with_its_money_and_is_posted(relief: Gated) -> None:
    held = relief.hold()
    assert relief.money() == {"ext:donor": -1_000, "free": 400, f"held:{held[:4]}": 600}
    assert relief.say("disbursement.instruct", instruction(401), CHEN, DAI).code == "not_enough"
    waits = relief.approve(held, BAO)
    assert (waits.code, relief.effects(waits), relief.state_of(held)) == ("ok", {}, "open")
    posted = relief.approve(held)
    assert (posted.code, relief.state_of(held)) == ("ok", "posted")
    assert relief.money() == {"ext:donor": -1_000, "free": 400, f"transit:{held[:4]}": 600}
    assert [move[1].rpartition("/")[2][:4] for move in relief.effects(posted)["moves"]] == [
        "held",
        "free",
    ]
    relief.pay(held, 600)
    assert relief.approve(held).code == "not_open"


@pytest.mark.parametrize("way", ["void", "refused", "expired"])
def test_what_does_not_post_is_free_again(relief: Gated, way: str) -> None:
    held = relief.hold()
    if way == "refused":
        relief.ok("approval.refuse", {"held": held, "reason": "too-much"}, FAY)
    elif way == "expired":
        relief.ledger.time += 3_600
        assert relief.approve(held).code == "not_open"
        lapsed = parse_entry(relief.ledger.memory.entries[relief.ledger.memory.head().size - 3])
        assert isinstance(lapsed, AutoEntry) and lapsed.kind == "deadline.pass"
    else:
        # The bank took half of it back: what is left does not reach.
        (gift,) = relief.table("gifts")
        relief.reverse(gift, 700)
        assert relief.approve(held).code == "ok"
    assert relief.state_of(held) == way
    assert relief.money()["free"] == (300 if way == "void" else 1_000)
    assert not any("held" in account or "transit" in account for account in relief.money())


def test_a_replay_makes_the_same_bytes(relief: Gated) -> None:
    for way in ("posted", "refused", "expired"):
        held = relief.hold(200)
        if way == "posted":
            relief.approve(held)
        elif way == "refused":
            relief.ok("approval.refuse", {"held": held, "reason": "no"}, FAY)
        else:
            relief.ledger.time += DAY
            relief.gift(1)
        assert relief.state_of(held) == way
    assert relief.row("line", f"{GENERAL}/{0:016x}")[0] == 200
    memory, replay = relief.ledger.memory, Replay()
    for entry in memory.entries:
        replay.feed(entry)
    assert replay.ledger.entries == memory.entries and replay.head == memory.head()
