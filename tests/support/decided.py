"""Small ledgers on which contracts decided in every shape: rows, corrections, holds, errors, terms.

`LEDGERS` makes each; `contracts.simulating.decisions` writes out what was decided on it.
"""

from collections.abc import Callable
from typing import Any

from ledgers import DAY, TestLedger, founded, names
from posted import HISTORIES, Twice
from standinggates import cap, gift, gift_cap, household, pay, rule_gate, stand, stock, tag

from contracts.documents.document import document_hash

GIVE = "disbursement.handout"


def rows() -> TestLedger:
    """Hand-outs of several rows, some too much, and corrections judged by row."""
    ledger = founded()
    for number in (1, 2):
        household(ledger, number)
    had = {
        "sum": "qty", "of": GIVE, "by": {"household": "it.household"}, "window": "7d",
        "type": "int[parcel](0..9007199254740991)",
    }  # fmt: skip
    weekly = rule_gate(
        "weekly", GIVE, "had + it.qty <= 9", facts={"had": had}, given={"had": 8},
        good={"qty": 1}, bad={"qty": 2},
    )  # fmt: skip
    stand(ledger, weekly)
    for given in (((1, 5), (2, 9), (1, 4)), ((1, 5), (2, 10), (1, 4), (1, 1))):
        assert ledger.say(GIVE, handout(stock(ledger, 100), *given), "blue/fay").index is not None
        ledger.time += 8 * DAY
    lot = stock(ledger, 50)
    wrong = ledger.say(GIVE, handout(lot, (1, 8)), "blue/fay")
    for again in (((1, 10),), ((1, 5), (2, 9), (1, 5)), ((1, 9),)):
        body = {
            "replacements": [{"body": handout(lot, *again), "kind": GIVE, "v": 1}],
            "say": "Counted again.", "targets": [wrong.statement], "why": "incorrect_data",
        }  # fmt: skip
        assert ledger.say("correction.declare", body, "blue/fay", "red/dai").index is not None
    return ledger


def handout(lot: str, *given: tuple[int, int]) -> dict[str, Any]:
    """(household, pieces) for each row."""
    return {
        "cycle": "week-1",
        "purpose": "food",
        "rows": [{"lines": [{"lot": lot, "quantity": n}], "tag": tag(who)} for who, n in given],
        "site": "point",
    }


def all_outcomes() -> TestLedger:
    """Each outcome of an authorisation and of a fact, one gate watching beside them."""
    ledger = founded()
    assert gift(ledger, 100_000).code == "ok"
    kinds = ((cap, "pay"), (gift_cap, "gift"))
    stand(ledger, *[
        make(f"{name}-{otherwise}", most, otherwise)
        for make, name in kinds
        for most, otherwise in ((100, "flag"), (200, "hold"), (300, "deny"))
    ])  # fmt: skip
    stand(ledger, cap("watching", 50), mode="shadow")
    for amount in (50, 51, 100, 101, 201, 301):
        gift(ledger, amount)
        pay(ledger, amount)
    return ledger


def errors() -> TestLedger:
    """What has no value, in every part of a contract: nothing is evident, and it is divided by that."""
    ledger = founded()
    assert gift(ledger, 100_000).code == "ok"
    share, few = "10 / it.evidence", "it.evidence <= 2"
    tell = {"id": "tell", "when": f"{share} > 5", "raise_alert": {"code": "'odd'", "subject": "'site/depot'"}}  # fmt: skip
    odd: Any = {"effects": [{"raise_alert": {"code": "odd"}}]}
    told = {"tests": [
        {"name": "tells", "given": {"it": {"evidence": 1}}, "expect": odd},
        {"name": "quiet", "given": {"it": {"evidence": 2}}, "expect": {"effects": []}},
        {"name": "bad", "given": {"it": {"evidence": 3}}, "expect": {"deny": ["rule"]}},
    ]}  # fmt: skip
    parts: dict[str, tuple[str, dict[str, Any]]] = {
        "rule": (f"{share} > 5", {}),
        "let": ("share > 5", {"let": {"share": share}}),
        "where": ("it.evidence <= 1", {"where": f"{share} >= 0"}),
        "effect": (few, {"effects": [tell], **told}),
    }  # fmt: skip
    values = {"good": {"evidence": 1}, "bad": {"evidence": 2}}
    for kind in ("disbursement.instruct", "donation.receive"):
        short = kind[:4]
        stand(ledger, *[
            rule_gate(f"{short}-{part}", kind, require, **{**values, **more})
            for part, (require, more) in parts.items()
        ])  # fmt: skip
    gift(ledger, 5)
    pay(ledger, 5)
    return ledger


def terms() -> TestLedger:
    """Money under the terms that its donor saw, which are not in force any more."""
    ledger = founded()
    old = cap("small", 10)
    stand(ledger, old)
    nothing: dict[str, Any] = {"areas": [], "classes": [], "purposes": []}
    line = {"id": "general", "earmark": nothing, "terms": document_hash(old)}
    fund = {
        "currency": "CNY", "id": "pinned", "lines": [line], "names": names("pinned"), "owner": "red",
        "programme": "flood-27", "version": 1,
    }  # fmt: skip
    assert ledger.say("catalogue.define", {"funds": [fund]}, "red/ana").code == "ok"
    assert gift(ledger, 100, "pinned.general").code == "ok"
    stand(ledger, cap("small", 50, version=2))
    for amount in (10, 11):
        pay(ledger, amount, "pinned.general")
    return ledger


def waiting(history: Callable[[Any], Any]) -> Callable[[], TestLedger]:
    """Whatever authorises waits for a second organisation, is posted, and is corrected."""

    def play() -> TestLedger:
        relief = Twice()
        relief.stand()
        history(relief)
        return relief.ledger

    return play


LEDGERS: dict[str, Callable[[], TestLedger]] = {
    "rows": rows,
    "outcomes": all_outcomes,
    "errors": errors,
    "terms": terms,
    **{one.__name__: waiting(one) for one in HISTORIES},
}
