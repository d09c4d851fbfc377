"""What contracts cause, through the whole machine: triggers, runs, the hour, cases of gates.

Goal: a trigger adopted by its members pays everybody on the roll once, within its budget, in
bounded batches, whatever is killed between them; and a log with all of it is the same when another
replays it.
Method: contracts are proposed, committed and activated on a founded ledger in memory; the log is
then replayed from its entries alone and every root compared.
"""

from hashlib import sha256
from typing import Any

import pytest
from adopting import DAY, adopt, enforce, tick
from documents import gate, text
from ledgers import TestLedger, founded

from contracts.memory import MemoryLedger
from contracts.replay import Replay
from ledger.entry import AutoEntry, parse_entry
from ledger.runs import ENDED, running
from ledger.state import State

CONTRACT = "relief-now"
PURPOSE = f"auto-{CONTRACT}"


def relief(**changes: Any) -> dict[str, Any]:
    """Pays 100.00 for each person of every household of the alert's areas, once an alert."""
    document: dict[str, Any] = {
        "contract": CONTRACT,
        "version": 1,
        "engine": "rcel/1",
        "kind": "trigger",
        "kinds": ["alert.declare"],
        "title": text("Relief money on a red alert"),
        "basis": "by-law 2",
        "where": "it.level >= 4",
        "foreach": {"as": "h", "over": "households", "having": {"area_in": "it.areas"}},
        "params": {"each": {"type": "int[CNY/person](0..1000000)", "value": 10_000}},
        "facts": {
            "before": {
                "count": 1,
                "of": "disbursement.instruct",
                "by": {"cause": "it.alert", "to": "h.id"},
                "type": "int(0..1000000)",
            }
        },
        "budget": {"fund": "'flood'", "per_firing": 50_000_000},
        "effects": [
            {
                "id": "relief",
                "when": "h.eligible && before == 0",
                "pay": {
                    "to": "h.id",
                    "amount": "each * h.persons",
                    "fund": "'flood'",
                    "purpose": "'food'",
                },
            }
        ],
        "defaults": {
            "it": {"level": 4, "alert": "quake", "areas": ["east"]},
            "h": {"id": "a", "persons": 3, "eligible": True},
            "before": 0,
        },
        "tests": [
            {"name": "three", "given": {}, "expect": {"effects": [{"pay": {"amount": 30_000}}]}},
            {"name": "once", "given": {"before": 1}, "expect": {"effects": []}},
            {"name": "yellow", "given": {"it": {"level": 2}}, "expect": "skip"},
        ],
    }
    document.update(changes)
    return document


def tag(number: int) -> str:
    return sha256(b"household %d" % number).hexdigest()[:32]


def households(ledger: TestLedger, count: int, first: int = 0) -> None:
    statements = [
        ledger.statement(
            "household.enrol",
            {
                "area": "east",
                "bank_verified": True,
                "persons": 1 + number % 5,
                "programme": "flood-27",
                "seals": {
                    name: sha256(f"{name} {number}".encode()).hexdigest()
                    for name in ("address", "document", "name", "phone")
                },
                "tag": tag(number),
            },
            "red/chen",
            "red/bao",
        )
        for number in range(first, first + count)
    ]
    for answer in ledger.run(*statements):
        assert answer.code == "ok", answer


def allot(ledger: TestLedger, amount: int) -> None:
    """A gift, and the fund's owner sets it aside for the contract."""
    gift = {
        "amount": amount,
        "line": "flood.general",
        "reference": sha256(b"gift").hexdigest(),
        "seals": {name: "aa" * 32 for name in ("contact", "donor", "reference")},
    }
    assert ledger.say("donation.receive", gift, "red/ana", "red/dai").code == "ok"
    body = {
        "draws": [{"amount": amount, "line": "flood.general"}],
        "programme": "flood-27",
        "purpose": PURPOSE,
    }
    answer = ledger.say("fund.allocate", body, "red/bao", "red/dai")
    assert answer.code == "ok", answer


def declare(ledger: TestLedger, **changes: Any) -> Any:
    body = {
        "alert": "quake", "areas": ["east"], "hazard": "quake", "level": 4,
        "until": ledger.time + 9 * DAY, **changes,
    }  # fmt: skip
    return ledger.say("alert.declare", body, "red/bao")


def derived(ledger: TestLedger, first: int = 0) -> list[tuple[str, str, dict[str, Any]]]:
    """(kind, code, body) of derived entries that contracts caused."""
    found = []
    for raw in ledger.memory.entries[first:]:
        entry = parse_entry(raw)
        if isinstance(entry, AutoEntry) and entry.kind not in (
            "contract.activate",
            "deadline.pass",
        ):
            found.append((entry.kind, str(entry.outcome["code"]), dict(entry.body)))
    return found


def paid(ledger: TestLedger) -> dict[str, int]:
    """Tag -> what instructions of contracts paid."""
    found: dict[str, int] = {}
    for kind, code, body in derived(ledger):
        if kind == "disbursement.instruct" and code in ("ok", "flagged"):
            to = body["payee"]["tag"]
            found[to] = found.get(to, 0) + sum(draw["amount"] for draw in body["draws"])
    return found


def walk(ledger: TestLedger, most: int = 50) -> int:
    """Batches without statements, as the orderer makes them while a run goes on."""
    for n in range(most):
        if next(iter(running(State(ledger.memory))), None) is None:
            return n
        ledger.time += 1
        ledger.run()
    raise AssertionError("the run goes on for ever")


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
