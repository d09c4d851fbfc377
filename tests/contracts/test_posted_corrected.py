"""Corrections of what was held and is posted: as of what was never held.

Goal: a posted statement is restored, or its difference is booked, exactly as one that was booked at once;
what still waits, or did not post, is `not_open`.
Method: the same history on two ledgers, one with a gate that holds whatever authorises and is approved
after; accounts, line, lots and legs must be the same in the end. Every invariant is asked after each step,
and the log replays to the same bytes.
"""

from collections.abc import Callable
from typing import Any

import pytest
from adopting import enforce
from corrections import CHEN, DAI, FAY, instruction
from documents import gate, text
from gated import Gated
from ledgers import DAY
from posted import HISTORIES, INSTRUCT, KINDS, Once, Twice, two

from contracts.batch import Answer
from contracts.replay import Replay


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
