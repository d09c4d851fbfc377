"""Holds in the whole machine: a gate holds a payment, its money is kept, and it resolves once.

Goal: while a payment waits nobody else gets its money; an approval that does not complete it moves nothing;
posted, void, refused or expired, the book is right after each batch, and a replay makes the same bytes.
Method: a gate of two organisations is adopted on a small ledger; every invariant is asked after each step.
"""

import pytest
from corrections import BAO, CHEN, DAI, FAY, GENERAL, instruction
from gated import Gated
from ledgers import DAY

from contracts.replay import Replay
from ledger.entry import AutoEntry, parse_entry


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
