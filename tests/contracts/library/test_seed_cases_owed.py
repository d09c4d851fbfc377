"""Seed cases of disaster practice, played from start to end with the library's own texts: what is owed.

Goal: a builder is paid within seven days of an independent inspection, and the clock is public; what
was requisitioned is paid for at 120 per cent of the reference price.
Method: as in `test_seed_cases_money`.
"""

from pathlib import Path
from typing import Any

from ledgers import DAY, TestLedger
from projections import LedgerSource, lite
from seeded import (
    caused,
    county,
    digest,
    gates,
    gift,
    keeps,
    outcome,
    receipts,
    said,
    set_aside,
    state,
    trigger,
)
from sqlmodel import Session

from contracts.batch import Answer
from ledger.proofs.receiptcheck import Verdict
from nodes.projections import agreements
from nodes.projections.projector import Projector

LINE = "rebuilding.open"
BUILDER = digest("builder")

# ---- a tranche within seven days of the inspection -----------------------------------------------


def project(ledger: TestLedger, *amounts: int) -> Answer:
    """A building contract with a milestone for each amount; a tenth is kept back for half a year."""
    said(
        ledger.say(
            "member.enrol",
            {"actors": [], "organisation": {"id": "masons", "names": {
                "en": "Masons", "zh_hans": "Masons", "zh_hant": "Masons"}}},
            "red/ana",
            "red/bao",
        )
    )  # fmt: skip
    total = sum(amounts)
    gift(ledger, total, LINE)
    set_aside(ledger, total, LINE, "rebuild", "rebuilding")
    body = {
        "area": "hl-01",
        "contractor": "masons",
        "line": LINE,
        "milestones": [{"amount": n, "id": f"part-{at}"} for at, n in enumerate(amounts)],
        "payee": BUILDER,
        "programme": "rebuild",
        "purpose": "rebuilding",
        "retention": {"days": 180, "percent": 10},
        "sum": total,
        "until": ledger.time + 300 * DAY,
    }
    return said(ledger.say("project.contract", body, "red/bao", "red/dai"))


def claim(ledger: TestLedger, of: Answer, number: int) -> Answer:
    body = {"milestone": f"part-{number}", "project": of.statement}
    return said(ledger.say("project.claim", body, "blue/eve"))


def inspect(ledger: TestLedger, claimed: Answer, verdict: str = "pass") -> Answer:
    """Somebody else has been there: neither the claimant nor of the builder."""
    body = {"claim": claimed.statement, "verdict": verdict}
    return said(ledger.say("project.inspect", body, "red/dai"))


def test_a_tranche_is_paid_when_it_has_passed_its_inspection(tmp_path: Path) -> None:
    ledger = county()
    trigger(ledger, "tranche-on-inspection")
    gates(ledger, "tranche-in-time")
    # The most that is paid by itself is 5,000,000.00, what is kept back not counted.
    built = project(ledger, 200_000_000, 600_000_000)

    failed = claim(ledger, built, 0)
    inspect(ledger, failed, "fail")
    assert caused(ledger, "disbursement.instruct") == []
    passed = claim(ledger, built, 0)
    inspect(ledger, passed)
    [(index, payment)] = caused(ledger, "disbursement.instruct")
    body: Any = payment.body
    assert body["draws"] == [{"amount": 180_000_000, "line": LINE}]
    assert (body["order"], body["payee"]["tag"]) == (passed.statement, BUILDER)
    # The clock is public: seven days from the inspection.
    leg = state(ledger, "legs", passed.statement)
    assert leg["due"] == ledger.time + 7 * DAY
    engine = lite(tmp_path, "clock")
    Projector(engine, LedgerSource(ledger)).catch_up()
    with Session(engine) as session:
        [found] = agreements.projects(session, area="hl-01")
    engine.dispose()
    assert (passed.statement, leg["due"]) in [
        (clock.claim.statement, clock.due) for clock in found.clocks
    ]
    ledger.time += 5 * DAY
    told = {
        "amount": 180_000_000,
        "instruction": payment.id(ledger.memory.head().origin),
        "reference": digest("bank", 1),
    }
    said(ledger.say("disbursement.paid", told, "red/chen", "red/dai"))

    # Too large to go by itself: people are asked, and are late.
    large = claim(ledger, built, 1)
    inspect(ledger, large)
    assert [str(one.body["class"]) for _, one in caused(ledger, "case.open")] == ["approval-2"]
    ledger.time += 7 * DAY + 1
    late = {
        "area": "hl-01",
        "draws": [{"amount": 540_000_000, "line": LINE}],
        "order": large.statement,
        "payee": {"class": "contractor", "tag": BUILDER},
        "purpose": "rebuilding",
        "source": "allocated",
    }
    answer = said(ledger.say("disbursement.instruct", late, "red/chen", "red/dai"), "flagged")
    [judged] = outcome(ledger, answer)["contracts"]
    assert (judged["id"], judged["rules"]) == ("tranche-in-time", {"late": "flag"})
    assert len(caused(ledger, "case.open")) == 2, "somebody must say why"

    [checked] = receipts(ledger, [index], tmp_path)
    assert checked.verdict is Verdict.VERIFIED
    keeps(ledger, tmp_path)


# ---- requisition at 120 per cent -----------------------------------------------------------------

POOL = "requisitions.open"
AUTO = "auto-requisition-compensation"


def price(ledger: TestLedger, item: str, unit_price: int, sources: int = 2, **rest: Any) -> None:
    body = {
        "area": "hl-01",
        "at": ledger.time,
        "currency": "TWD",
        "item": item,
        "sources": [digest(item, unit_price, n) for n in range(sources)],
        "unit_price": unit_price,
        **rest,
    }
    said(ledger.say("price.observe", body, "blue/gus"))


def accept(ledger: TestLedger, order: Answer, *lines: tuple[str, int, str], tag: str) -> Answer:
    body = {
        "confirmed": True,
        "lines": [{"condition": c, "item": item, "quantity": n} for item, n, c in lines],
        "order": order.statement,
        "owner": "shop",
        "payee": tag,
        "site": "comm-7",
    }
    return said(ledger.say("requisition.accept", body, "blue/eve", "red/dai"))


def paid_for(ledger: TestLedger, accepted: Answer) -> list[int]:
    """What the contract paid for an acceptance, line by line."""
    found = []
    for _, one in caused(ledger, "disbursement.instruct"):
        body: Any = one.body
        if body.get("order") == accepted.statement and one.outcome["code"] == "ok":
            found.append(sum(draw["amount"] for draw in body["draws"]))
    return found


def test_what_is_requisitioned_is_paid_at_120_per_cent(tmp_path: Path) -> None:
    ledger = county(**{"blue/gus": ["officer"]})
    trigger(ledger, "requisition-compensation")
    named = {"en": "Shop", "zh_hans": "Shop", "zh_hant": "Shop"}
    party = {"actors": [], "organisation": {"id": "shop", "names": named}}
    said(ledger.say("member.enrol", party, "red/ana", "red/bao"))
    gift(ledger, 50_000_000, POOL)
    set_aside(ledger, 50_000_000, POOL, "requisitioned", AUTO)
    price(ledger, "generator", 1_234_567)
    price(ledger, "water", 1_999, per=20)
    order = said(
        ledger.say(
            "requisition.order",
            {
                "area": "hl-01",
                "basis": "Disaster act, article 31",
                "goods": [
                    {"item": item, "quantity": 900} for item in ("generator", "rice", "water")
                ],
                "number": "2027-1",
                "window": {"from": ledger.time, "to": ledger.time + 30 * DAY},
            },
            "red/bao",
        )
    )

    ten = accept(ledger, order, ("generator", 10, "good"), tag=digest("owner", 1))
    assert paid_for(ledger, ten) == [14_814_804]
    # Three litres at 19.99 for twenty, and a worn generator at six tenths.
    mixed = accept(
        ledger, order, ("water", 3, "good"), ("generator", 1, "damaged"), tag=digest("owner", 2)
    )
    assert paid_for(ledger, mixed) == [360, 888_888]
    assert state(ledger, "legs", mixed.statement)["owed"] == 360 + 888_888

    # Nobody has named a price of rice, and that of generators grows old.
    no_price = accept(ledger, order, ("rice", 50, "good"), tag=digest("owner", 3))
    # More than 200,000.00 is asked of people first.
    large = accept(ledger, order, ("generator", 20, "good"), tag=digest("owner", 4))
    assert paid_for(ledger, no_price) == paid_for(ledger, large) == []
    assert [str(one.body["class"]) for _, one in caused(ledger, "case.open")] == [
        "no-usable-price",
        "approval-2",
    ]
    payments = [n for n, _ in caused(ledger, "disbursement.instruct")]
    assert {one.verdict for one in receipts(ledger, payments, tmp_path)} == {Verdict.VERIFIED}
    keeps(ledger, tmp_path)
