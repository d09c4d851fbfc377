"""What contracts cause, through the whole machine: triggers, runs, the hour, cases of gates.

Goal: a trigger adopted by its members pays everybody on the roll once, within its budget, in
bounded batches, whatever is killed between them; and a log with all of it is the same when another
replays it.
Method: contracts are proposed, committed and activated on a founded ledger in memory; the log is
then replayed from its entries alone and every root compared.
"""

from typing import Any

import pytest
from adopting import adopt, enforce, tick
from documents import gate, text
from ledgers import TestLedger, founded
from relieving import allot, declare, derived, households, paid, relief, tag, walk

from contracts.memory import MemoryLedger
from contracts.replay import Replay
from ledger.runs import ENDED


def same_when_replayed(ledger: TestLedger) -> MemoryLedger:
    again = replayed(ledger)
    assert again.head() == ledger.memory.head()
    return again


def replayed(ledger: TestLedger) -> MemoryLedger:
    """Another ledger that has executed the same entries."""
    replay = Replay()
    for entry in ledger.memory.entries:
        replay.feed(entry)
    return replay.ledger


@pytest.fixture
def ledger() -> TestLedger:
    found = founded()
    adopt(found, relief(), mode="enforce")
    return found


def test_everybody_on_the_roll_is_paid_once(ledger: TestLedger) -> None:
    households(ledger, 450)
    allot(ledger, 50_000_000)
    answer = declare(ledger)
    assert answer.code == "ok", answer
    assert paid(ledger) == {}, "a run begins with the next batch"
    households(ledger, 3, first=450)  # enrolled too late: the roll is frozen
    assert walk(ledger) >= 2, "at most 200 a batch"
    assert paid(ledger) == {tag(n): 10_000 * (1 + n % 5) for n in range(450)}
    ended = [body for kind, _, body in derived(ledger) if kind == "contract.run"][-1]
    assert (ended["state"], ended["fired"], ended["why"]) == (ENDED, 450, "roll")
    # Raised again, the same alert finds all but the three paid.
    assert declare(ledger, level=5).code == "ok"
    walk(ledger)
    assert paid(ledger) == {tag(n): 10_000 * (1 + n % 5) for n in range(453)}
    same_when_replayed(ledger)


def enrol(ledger: TestLedger, number: int, persons: int) -> Any:
    """A household of so many in the east; its tag is that of `relieving.tag`."""
    body = {
        "area": "east", "bank_verified": True, "persons": persons, "programme": "flood-27",
        "seals": {name: "ab" * 32 for name in ("address", "document", "name", "phone")},
        "tag": tag(number),
    }  # fmt: skip
    return ledger.say("household.enrol", body, "red/chen", "red/bao")


def test_who_waits_for_approvals_is_on_the_roll_from_the_entry_that_posts_it() -> None:
    """Three large families are held before the alert; one is approved before it, one in its own batch,
    ahead of it, one behind it: the roll was frozen by then, and the next alert finds it."""
    ledger = founded()
    large = gate(
        contract="large-families",
        kinds=["household.enrol"],
        rules=[{"id": "large", "require": "it.persons < 9", "else": "hold", "say": text("large")}],
        where="size(it.approvals) < 2",
        defaults={"it": {"approvals": []}},
        tests=[
            {"name": "eight", "given": {"it": {"persons": 8}}, "expect": "allow"},
            {"name": "nine", "given": {"it": {"persons": 9}}, "expect": {"hold": ["large"]}},
        ],
    )
    adopt(ledger, relief(), mode="enforce")
    enforce(ledger, large)
    households(ledger, 1)
    allot(ledger, 50_000_000)
    held = [enrol(ledger, number, 9) for number in (10, 11, 12)]
    assert [one.code for one in held] == ["held"] * 3
    early, same, late = (
        ledger.statement("approval.give", {"held": one.statement}, "blue/fay") for one in held
    )
    assert [one.code for one in ledger.run(early)] == ["ok"]
    alert = {"alert": "quake", "areas": ["east"], "hazard": "quake", "level": 4,
             "until": ledger.time + 86_400}  # fmt: skip
    cause = ledger.statement("alert.declare", alert, "red/bao")
    assert [one.code for one in ledger.run(same, cause, late)] == ["ok"] * 3
    walk(ledger)
    assert paid(ledger) == {tag(0): 10_000, tag(10): 90_000, tag(11): 90_000}
    ended = [body for kind, _, body in derived(ledger) if kind == "contract.run"][-1]
    assert (ended["state"], ended["done"], ended["fired"]) == (ENDED, 4, 3), "it was passed by"
    assert declare(ledger, level=5).code == "ok"
    walk(ledger)
    assert paid(ledger)[tag(12)] == 90_000
    same_when_replayed(ledger)


def test_the_allotment_is_a_bound_that_nothing_passes(ledger: TestLedger) -> None:
    households(ledger, 30)
    allot(ledger, 250_000)
    declare(ledger)
    for _ in range(5):
        ledger.time += 1
        ledger.run()
    assert 0 < sum(paid(ledger).values()) <= 250_000
    classes = [body["class"] for kind, _, body in derived(ledger) if kind == "case.open"]
    assert classes == ["budget"]
    same_when_replayed(ledger)


def test_a_run_killed_between_two_batches_goes_on_from_the_rows(ledger: TestLedger) -> None:
    households(ledger, 300)
    allot(ledger, 50_000_000)
    declare(ledger)
    ledger.time += 1
    ledger.run()
    ledger.memory = replayed(ledger)  # all that was in memory is gone
    walk(ledger)
    assert len(paid(ledger)) == 300
    same_when_replayed(ledger)


def test_gates_judge_what_a_trigger_causes() -> None:
    ledger = founded()
    cap = gate(
        contract="small-only",
        kinds=["disbursement.instruct"],
        params={"most": {"type": "int[CNY](0..1000000)", "value": 20_000}},
        rules=[{"id": "small", "require": "it.amount <= most", "say": text("{it.amount|money}")}],
        tests=[
            {"name": "small", "given": {"it": {"amount": 20_000}}, "expect": "allow"},
            {"name": "big", "given": {"it": {"amount": 20_001}}, "expect": {"deny": ["small"]}},
        ],
    )
    adopt(ledger, relief(), mode="enforce")
    enforce(ledger, cap)
    households(ledger, 5)
    allot(ledger, 50_000_000)
    declare(ledger)
    walk(ledger)
    codes = [code for kind, code, _ in derived(ledger) if kind == "disbursement.instruct"]
    assert sorted(codes) == ["contract_denied"] * 3 + ["ok"] * 2
    assert sum(paid(ledger).values()) == 10_000 + 20_000
    same_when_replayed(ledger)


def test_nothing_is_caused_while_a_trigger_only_watches() -> None:
    ledger = founded()
    adopt(ledger, relief(), mode="shadow")
    households(ledger, 2)
    declare(ledger)
    ledger.time += 1
    tick(ledger)
    assert derived(ledger) == []


def test_what_was_paid_since_the_cause_counts_in_windows_of_a_run() -> None:
    """Two alerts, the second raised before the first run is through: nobody is paid by both."""
    document = relief()
    document["facts"]["before"] |= {"by": {"to": "h.id"}, "window": "72h"}
    document["foreach"]["per_batch"] = 10
    ledger = founded()
    adopt(ledger, document, mode="enforce")
    households(ledger, 20)
    allot(ledger, 50_000_000)
    declare(ledger)
    declare(ledger, alert="flood")
    walk(ledger)
    assert paid(ledger) == {tag(n): 10_000 * (1 + n % 5) for n in range(20)}


def test_the_hour_is_a_cause_like_any_other() -> None:
    """Its view has all that contracts may read: the hour is counted since 1970."""
    effect = {
        "id": "tell",
        "when": "it.auto == false && it.recorded >= it.at && it.hour % 2 == 0",
        "raise_alert": {"code": "'even-hour'", "subject": "'hour'"},
    }
    given: Any = {"it": {"auto": False, "recorded": 8 * 3_600, "at": 8 * 3_600, "hour": 8}}
    document = {
        **{k: v for k, v in relief().items() if k not in ("foreach", "facts", "budget", "params")},
        "kinds": ["clock.hour"],
        "contract": "even-hours",
        "where": "it.hour >= 0",
        "defaults": given,
        "effects": [effect],
        "tests": [
            {"name": "even", "given": {}, "expect": {"effects": [{"raise_alert": {}}]}},
            {"name": "odd", "given": {"it": {"hour": 7}}, "expect": {"effects": []}},
        ],
    }
    ledger = founded()
    adopt(ledger, document, mode="enforce")
    first = len(ledger.memory.entries)
    ledger.time += 3_600 - ledger.time % 3_600  # a full hour
    for _ in range(4):
        ledger.run()
        ledger.time += 1_800
    hours = [body["hour"] for kind, _, body in derived(ledger, first) if kind == "clock.hour"]
    assert [hour % 3_600 for hour in hours] == [0, 0]
    cases = [body["class"] for kind, _, body in derived(ledger, first) if kind == "case.open"]
    assert cases == ["even-hour"]
    same_when_replayed(ledger)
