"""A trigger that pays each household on a red alert, and what it takes to see it work.

Used with a whole ledger in memory (`ledgers.TestLedger`): adopt `relief()`, enrol, allot, declare.
"""

from hashlib import sha256
from typing import Any

from adopting import DAY
from documents import text
from ledgers import TestLedger

from ledger.entry import AutoEntry, parse_entry
from ledger.runs import running
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
