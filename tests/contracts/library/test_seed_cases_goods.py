"""Seed cases of disaster practice, played from start to end with the library's own texts: goods.

Goal: a household gets its share and no more, and is told why in its language; a community's reserve
asks for what it lacks by itself; goods are on their way before the storm; what was requisitioned is
paid for; what was lent is asked for when it is overdue.
Method: as in `test_seed_cases_money`.
"""

from pathlib import Path
from typing import Any

from ledgers import DAY, TestLedger
from projections import LedgerSource, lite
from relieving import tag
from seeded import (
    alert,
    caused,
    county,
    digest,
    gates,
    goods,
    household,
    keeps,
    outcome,
    places,
    said,
    sentences,
    state,
    trigger,
)
from sqlmodel import Session

from contracts.batch import Answer
from nodes.projections import agreements
from nodes.projections.projector import Projector

# ---- per-household caps --------------------------------------------------------------------------


def entitled(ledger: TestLedger, quantity: int, *tags: str) -> None:
    """A generous right: it is the contract that says how much in a week."""
    body = {
        "cycle": "first",
        "lines": [{"item": "parcel", "quantity": quantity}],
        "programme": "relief",
        "purpose": "food",
        "tags": sorted(tags),
        "window": {"from": ledger.time, "to": ledger.time + 60 * DAY},
    }
    said(ledger.say("entitlement.issue", body, "red/ana"))


def right(number: int) -> dict[str, Any]:
    return {"cycle": "first", "purpose": "food", "tag": tag(number)}


def release(ledger: TestLedger, number: int, lot: str, parcels: int) -> Answer:
    body = {
        "entitlement": right(number),
        "lines": [{"lot": lot, "quantity": parcels}],
        "site": "comm-7",
    }
    return ledger.say("disbursement.release", body, "blue/fay", "red/dai")


def hand_out(ledger: TestLedger, number: int, released: Answer, lot: str, parcels: int) -> Answer:
    lines = [{"lot": lot, "quantity": parcels}]
    body = {
        "confirmation": "card",
        "cycle": "first",
        "purpose": "food",
        "release": released.statement,
        "rows": [{"lines": lines, "tag": tag(number)}],
        "site": "comm-7",
    }
    return ledger.say("disbursement.handout", body, "blue/fay")


OVER = {
    "en": "3 people: at most 6 parcels in 7 days; had 4, now 3; may still take 2.",
    "zh-Hans": "这一户 3 人，7 天内最多 6 箱，已领 4 箱，本次 3 箱；还可领 2 箱。",
    "zh-Hant": "這一戶 3 人，7 天內最多 6 箱，已領 4 箱，本次 3 箱；還可領 2 箱。",
}


def test_a_household_is_refused_what_is_over_its_cap_and_told_why(tmp_path: Path) -> None:
    ledger = county()
    gates(ledger, "household-food-cap")
    household(ledger, tag(1), 3)
    household(ledger, tag(2), 1)
    lot = goods(ledger, "comm-7", "parcel", 500)
    entitled(ledger, 100, tag(1), tag(2))

    early = said(release(ledger, 1, lot, 1), "contract_denied")
    assert "hl-01 is not declared affected yet" in sentences(early.refusal)["en"]
    alert(ledger)

    first = said(release(ledger, 1, lot, 4))
    # What is released and not collected yet counts already.
    over = said(release(ledger, 1, lot, 3), "contract_denied")
    said(hand_out(ledger, 1, first, lot, 4))
    again = said(release(ledger, 1, lot, 3), "contract_denied")
    for refused in (over, again):
        told = sentences(refused.refusal)
        assert {
            language: OVER[language] in text for language, text in told.items()
        } == dict.fromkeys(OVER, True)
        [judged] = outcome(ledger, refused)["contracts"]
        assert (judged["id"], judged["rules"]) == ("household-food-cap", {"cap": "deny"})
        assert (judged["facts"]["received"], judged["facts"]["household.persons"]) == (4, 3)
    second = said(release(ledger, 1, lot, 2))
    said(hand_out(ledger, 1, second, lot, 2))
    said(release(ledger, 2, lot, 2))
    said(release(ledger, 2, lot, 1), "contract_denied")

    # Given without asking, where there was no network: it has happened, and is flagged.
    lines = [{"lot": lot, "quantity": 1}]
    body = {
        "confirmation": "card", "cycle": "first", "purpose": "food", "reason": "no-network",
        "rows": [{"lines": lines, "tag": tag(1)}], "site": "comm-7",
    }  # fmt: skip
    given = said(ledger.say("disbursement.handout", body, "blue/fay", "red/dai"), "flagged")
    assert outcome(ledger, given)["would"] == "deny"

    # A week after the first parcels those are no longer counted.
    ledger.time += 7 * DAY
    alert(ledger, level=5)
    said(release(ledger, 1, lot, 6))
    said(release(ledger, 1, lot, 1), "contract_denied")
    assert state(ledger, "accounts", "parcel/given:household") == "7"
    keeps(ledger, tmp_path)


# ---- the reserve of 2 kg a person ----------------------------------------------------------------


def lose(ledger: TestLedger, lot: str, quantity: int) -> Answer:
    body = {
        "cause": "damaged",
        "lines": [{"lot": lot, "quantity": quantity}],
        "site": "comm-7",
    }
    return said(ledger.say("stock.loss", body, "blue/eve", "red/dai"))


def requested(ledger: TestLedger) -> list[Any]:
    return [one for _, one in caused(ledger, "shipment.order")]


def test_a_community_below_its_reserve_asks_the_nearest_that_can_give(tmp_path: Path) -> None:
    """Community 1,000 people: 2,000 kg must stay; 2,400 kg are asked for."""
    ledger = county()
    trigger(ledger, "reserve-floor")
    rice = goods(ledger, "comm-7", "rice", 2_400)
    goods(ledger, "street-3", "rice", 100)
    goods(ledger, "district-1", "rice", 90_000)

    lose(ledger, rice, 400)
    assert requested(ledger) == [], "exactly at the floor"
    lose(ledger, rice, 1)
    [order] = requested(ledger)
    assert order.outcome["code"] == "held", "whoever gives must agree"
    assert (order.body["from"], order.body["to"]) == ("district-1", "comm-7")
    assert order.body["lines"] == [{"item": "rice", "quantity": 401}]
    key = order.id(ledger.memory.head().origin)
    assert state(ledger, "holds", key)["state"] == "open"
    lose(ledger, rice, 1)
    assert len(requested(ledger)) == 1, "it has asked already"

    said(ledger.say("approval.give", {"held": key}, "red/ana"))
    assert state(ledger, "holds", key)["state"] == "posted"
    assert state(ledger, "legs", key)["kind"] == "shipment.order"
    lose(ledger, rice, 1)
    assert len(requested(ledger)) == 1, "it is coming"
    keeps(ledger, tmp_path)


def test_where_no_tier_can_give_people_are_told(tmp_path: Path) -> None:
    ledger = county()
    trigger(ledger, "reserve-floor")
    rice = goods(ledger, "comm-7", "rice", 2_000)
    lose(ledger, rice, 1)
    assert requested(ledger) == []
    [(_, case)] = caused(ledger, "case.open")
    assert (case.body["class"], case.body["subjects"]) == ("below-floor", ["site/comm-7"])
    keeps(ledger, tmp_path)


# ---- ahead of the storm --------------------------------------------------------------------------


def forecast(ledger: TestLedger, quantity: int, first: int, last: int) -> Answer:
    """So much water will be needed, from and to so many hours from now."""
    body = {
        "area": "hl-01",
        "evidence": [digest("forecast", quantity)],
        "item": "water",
        "method": "model",
        "organisation": "red",
        "quantity": quantity,
        "window": {"from": ledger.time + first * 3_600, "to": ledger.time + last * 3_600},
    }
    return said(ledger.say("forecast.publish", body, "blue/gus"))


def test_water_is_on_its_way_three_days_before_the_storm(tmp_path: Path) -> None:
    ledger = county(**{"blue/gus": ["officer"]})
    trigger(ledger, "preposition")
    goods(ledger, "district-1", "water", 6_000)
    goods(ledger, "comm-7", "water", 100)

    forecast(ledger, 2_000, 73, 200)
    assert requested(ledger) == [], "too early: somebody is told to come back"
    forecast(ledger, 2_000, 72, 200)
    [order] = requested(ledger)
    # Four fifths of 2,000, less what is there.
    assert order.outcome["code"] == "ok"
    assert (order.body["from"], order.body["to"]) == ("district-1", "comm-7")
    assert order.body["lines"] == [{"item": "water", "quantity": 1_500}]
    assert state(ledger, "reserved", "water/district-1") == 1_500
    forecast(ledger, 2_500, 60, 200)
    assert [one.body["lines"][0]["quantity"] for one in requested(ledger)] == [1_500, 400]
    forecast(ledger, 90_000, 60, 200)
    assert [one.body["class"] for _, one in caused(ledger, "case.open")] == ["not-enough-to-move"]
    keeps(ledger, tmp_path)


# ---- equipment lent across cities ----------------------------------------------------------------


def lend(ledger: TestLedger, lot: str, days: int) -> Answer:
    body = {
        "borrower": "city-hl",
        "due": ledger.time + days * DAY,
        "from": "street-3",
        "lot": lot,
        "to": "hl-depot",
    }
    return ledger.say("asset.lend", body, "red/ana", "city-hl/hu")


def test_equipment_is_lent_and_asked_for_when_it_is_overdue(tmp_path: Path) -> None:
    ledger = county(**{"city-hl/hu": ["admin", "manager", "receiver", "storekeeper"]})
    said(ledger.say("catalogue.define", hualien(), "red/ana"))
    gates(ledger, "equipment-loan")
    trigger(ledger, "overdue-loans")
    pumps = [goods(ledger, "street-3", "generator", 1, serials=[f"G-{n}"]) for n in range(6)]

    said(lend(ledger, pumps[0], 15), "contract_denied")
    loans = [said(lend(ledger, lot, 14)) for lot in pumps[:3]]
    said(lend(ledger, pumps[3], 14))
    held = said(lend(ledger, pumps[4], 14), "held")  # two are kept in quiet times
    said(ledger.say("approval.give", {"held": held.statement}, "red/dai"))
    assert state(ledger, "legs", held.statement)["kind"] == "asset.lend"
    for loan in loans:
        body = {"condition": "good", "loan": loan.statement, "site": "hl-depot"}
        said(ledger.say("asset.handover", body, "red/dai", "city-hl/hu"))
    assert state(ledger, "lots", pumps[0]) is not None

    ledger.time += 15 * DAY
    hours(ledger, 24)
    [(_, case)] = caused(ledger, "case.open")
    assert case.body["class"] == "loans-overdue"
    refused = said(lend(ledger, pumps[5], 7), "contract_denied")
    assert "overdue. These come back before more is lent" in sentences(refused.refusal)["en"]
    engine = lite(tmp_path, "list")
    Projector(engine, LedgerSource(ledger)).catch_up()
    with Session(engine) as session:
        late = agreements.loans(session, overdue_at=ledger.time)
    engine.dispose()
    assert {loan.statement for loan in late} >= {loan.statement for loan in loans}
    keeps(ledger, tmp_path)


def hualien() -> dict[str, Any]:
    """Another city's depot."""
    site = {**places()["sites"][0], "custodian": "city-hl", "id": "hl-depot"}
    return {"sites": [site]}


def hours(ledger: TestLedger, count: int) -> None:
    """So many hours, each with a batch."""
    for _ in range(count):
        ledger.time += 3_600
        ledger.run()
