"""A small history of gifts and allocations, a cap on them, and tapes of it.

`capped` is a gate on `fund.allocate`: at most so much in seven days for a purpose. `history` is a
ledger with allocations; `tape` what a document would have been asked of it.
"""

from collections.abc import Sequence
from typing import Any

from documents import gate, text
from ledgers import TestLedger, founded

from contracts.catalogue.catalogue import catalogue_for
from contracts.documents.cases import accept_document
from contracts.documents.compiled import Contract
from contracts.simulating.tape import FOREVER, Asked, Tape, Taping

SEALS = {"contact": "1" * 64, "donor": "2" * 64, "reference": "3" * 64}
HOUR = 3_600


def capped(most: int = 100, **changes: Any) -> dict[str, Any]:
    """A cap on allocations: `most` minor units of CNY for a purpose in seven days."""
    given = {
        "sum": "amount",
        "of": "fund.allocate",
        "by": {"purpose": "it.purpose"},
        "window": "7d",
        "bucket": "1h",
        "type": "int[CNY](0..1000000000)",
    }
    value: dict[str, Any] = {
        "contract": "allocation-cap",
        "kinds": ["fund.allocate"],
        "title": text("Cap on allocations"),
        "params": {"most": {"type": "int[CNY](0..1000000000)", "value": most}},
        "facts": {"given": given},
        "rules": [
            {
                "id": "cap",
                "require": "given + it.amount <= most",
                "say": text("At most {most|money} in 7 days; given {given|money}, now {it.amount|money}."),
                "public": text("Over the weekly cap"),
            }
        ],
        "defaults": {"it": {"amount": 1, "purpose": "food"}, "given": 0},
        "tests": [
            {"name": "at it", "given": {"given": most - 1}, "expect": "allow"},
            {"name": "over it", "given": {"given": most}, "expect": {"deny": ["cap"]}},
        ],
    }  # fmt: skip
    return gate(**{**value, **changes})


def contract(document: dict[str, Any]) -> Contract:
    """Compiled for CNY."""
    return accept_document(document, catalogue_for("CNY", 2))


def allocate(ledger: TestLedger, amount: int, line: str = "flood.general") -> Any:
    """An allocation for food."""
    draws = [{"amount": amount, "line": line}]
    body = {"draws": draws, "programme": "flood-27", "purpose": "food"}
    return ledger.say("fund.allocate", body, "red/bao")


def history(amounts: Sequence[int], *, hours: int = 1) -> TestLedger:
    """A gift of 1,000,000 and an allocation every so many hours."""
    ledger = founded()
    answer = receive(ledger)
    assert answer.code == "ok", answer
    for amount in amounts:
        ledger.time += hours * HOUR
        answer = allocate(ledger, amount)
        assert answer.code == "ok", answer
    return ledger


def receive(ledger: TestLedger, amount: int = 1_000_000, number: int = 1) -> Any:
    """A gift to the general line."""
    body = {
        "amount": amount,
        "line": "flood.general",
        "reference": f"{number:064x}",
        "seals": SEALS,
    }
    return ledger.say("donation.receive", body, "red/ana")


def tape(
    ledger: TestLedger, document: dict[str, Any], *, low: int = 0, high: int = FOREVER,
    scope: str = "consortium",
) -> Tape:  # fmt: skip
    """What the document would have been asked."""
    taping = Taping([Asked(contract(document), scope, "CNY")], low=low, high=high)
    for entry in ledger.memory.entries:
        taping.feed(entry)
    return taping.finish()[0]
