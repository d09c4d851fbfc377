"""Seed cases of disaster practice, played from start to end with the library's own texts: shares.

Goal: what a household is due is kept for it from the day it takes part, and no more can be promised;
when water is short every town gets its share by people, severity and days, to the last litre, once a
day and without anybody asking; goods leave a store in the order in which they expire, and where
somebody has a reason not to, another person looks at it.
Method: as in `test_seed_cases_money`.
"""

from pathlib import Path
from typing import Any

from adopting import tick
from ledgers import DAY, TestLedger
from relieving import tag
from seeded import (
    alert,
    caused,
    county,
    gates,
    goods,
    household,
    keeps,
    places,
    said,
    sentences,
    state,
    trigger,
)

from contracts.batch import Answer
from ledger.runs import find_run
from ledger.state import State

# ---- a right of base and heads, in packs --------------------------------------------------------


def issue(ledger: TestLedger, number: int, quantity: int, item: str = "rice") -> Answer:
    body = {
        "cycle": "first",
        "lines": [{"item": item, "quantity": quantity}],
        "programme": "relief",
        "purpose": "food",
        "tags": [tag(number)],
        "window": {"from": ledger.time, "to": ledger.time + 30 * DAY},
    }
    return ledger.say("entitlement.issue", body, "red/ana")


def test_what_a_household_is_due_is_kept_for_it_and_no_more_is_promised(tmp_path: Path) -> None:
    ledger = county()
    gates(ledger, "entitlement-amount")
    trigger(ledger, "entitlement-ready")
    lot = goods(ledger, "comm-7", "rice", 31)

    household(ledger, tag(1), 3)
    [(_, kept)] = caused(ledger, "stock.reserve")
    key = kept.id(ledger.memory.head().origin)
    assert kept.outcome["code"] == "ok"
    assert kept.body["quantity"] == 12 and kept.body["purpose"] == "food"
    assert kept.body["until"] == ledger.time + 30 * DAY
    # Seven people count as six: 20, and 19 are left.
    household(ledger, tag(2), 7)
    assert len(caused(ledger, "stock.reserve")) == 1
    [(_, short)] = caused(ledger, "case.open")
    assert (short.body["class"], short.body["subjects"]) == (
        "nothing-to-keep", [f"household/{tag(2)}"],
    )  # fmt: skip
    goods(ledger, "comm-7", "rice", 1)
    household(ledger, tag(3), 7)
    assert [one.body["quantity"] for _, one in caused(ledger, "stock.reserve")] == [12, 20]
    assert state(ledger, "reserved", "rice/comm-7") == 32

    denied = said(issue(ledger, 1, 16), "contract_denied")
    assert "in whole packs 12; this says 16" in sentences(denied.refusal)["en"]
    said(issue(ledger, 1, 12))
    right = {"cycle": "first", "purpose": "food", "tag": tag(1)}
    body = {"entitlement": right, "lines": [{"lot": lot, "quantity": 12}], "site": "comm-7"}
    # All that is there is kept: only who names what is kept for the household gets it.
    said(ledger.say("disbursement.release", body, "blue/fay", "red/dai"), "not_enough")
    named = {**body, "reservation": key}
    said(ledger.say("disbursement.release", named, "blue/fay", "red/dai"))
    assert state(ledger, "legs", key)["left"] == []
    keeps(ledger, tmp_path)


# ---- a scarce item by people, severity and days -------------------------------------------------


def towns() -> dict[str, Any]:
    """Three towns under one street; the last has no store."""
    first = next(area for area in places()["areas"] if area["id"] == "hl-01")
    site = places()["sites"][-1]
    return {
        "areas": [
            {**first, "id": name, "code": name, "population": n}
            for name, n in (("hl-02", 2_000), ("hl-03", 500))
        ],
        "sites": [{**site, "id": "comm-8", "area": "hl-02"}],
    }


def need(ledger: TestLedger, area: str, quantity: int, days: int) -> None:
    body = {
        "area": area,
        "item": "water",
        "method": "assessment",
        "organisation": "red",
        "quantity": quantity,
        "window": {"from": ledger.time, "to": ledger.time + days * DAY},
    }
    said(ledger.say("need.declare", body, "blue/gus"))


def sent(ledger: TestLedger) -> list[tuple[str, int]]:
    """(to, quantity) of what was ordered, in order."""
    found: list[tuple[str, int]] = []
    for _, one in caused(ledger, "shipment.order"):
        body: Any = one.body
        assert one.outcome["code"] == "ok", one.outcome
        found.append((body["to"], body["lines"][0]["quantity"]))
    return found


def round_of(ledger: TestLedger) -> None:
    """Until an hour after the next first hour of a day (UTC): the hour, and the run behind it."""
    ledger.time += -(ledger.time - 3_600) % DAY or DAY
    tick(ledger)
    tick(ledger)


def test_scarce_water_is_shared_by_people_severity_and_days(tmp_path: Path) -> None:
    ledger = county(**{"blue/gus": ["officer"]})
    said(ledger.say("catalogue.define", towns(), "red/ana"))
    trigger(ledger, "scarce-shares")
    goods(ledger, "district-1", "water", 10_001)
    round_of(ledger)
    assert sent(ledger) == [], "nobody has said what is needed"
    alert(ledger, level=4, until=ledger.time + 20 * DAY)
    alert(ledger, alert="flood", areas=["hl-02"], level=2, until=ledger.time + 20 * DAY)
    need(ledger, "hl-01", 9_000, 10)
    need(ledger, "hl-02", 9_000, 10)
    assert sent(ledger) == [], "a round begins with the hour"

    round_of(ledger)
    # 1,000 people x 4 and 2,000 x 2 weigh the same: the odd litre goes to the first.
    assert sent(ledger) == [("comm-7", 5_001), ("comm-8", 5_000)]
    assert state(ledger, "reserved", "water/district-1") == 10_001
    runs = [key for key in ledger.memory.table("runs") if key.startswith("run/")]
    states = [find_run(State(ledger.memory), key[4:]) for key in sorted(runs)]
    assert [(one.done, one.fired, one.state) for one in states if one is not None] == [
        (0, 0, "ended"), (2, 2, "ended"),
    ]  # fmt: skip

    # What is on its way counts: the next round has nothing to give, and gives nothing twice.
    round_of(ledger)
    assert len(sent(ledger)) == 2
    # More comes, and a town is worse hit: it has a litre a person before the rest is shared.
    goods(ledger, "district-1", "water", 3_000)
    alert(ledger, alert="aftershock", areas=["hl-01"], level=5, until=ledger.time + 9 * DAY)
    need(ledger, "hl-03", 700, 5)
    round_of(ledger)
    #   hl-01: 1,000 and 5/9 of 2,000; hl-02: 4/9; hl-03 has no alert and no store.
    assert sent(ledger)[2:] == [("comm-7", 2_111), ("comm-8", 889)]
    assert [one.body["class"] for _, one in caused(ledger, "case.open")] == ["nowhere-to-send"]
    keeps(ledger, tmp_path)


# ---- first expired, first out --------------------------------------------------------------------


def release(ledger: TestLedger, lot: str, reason: str = "", quantity: int = 10) -> Answer:
    body: dict[str, Any] = {"lines": [{"lot": lot, "quantity": quantity}], "site": "comm-7"}
    if reason:
        body["reason"] = reason
    return ledger.say("disbursement.release", body, "blue/fay", "red/dai")


def test_a_later_lot_goes_out_first_for_a_reason_that_another_person_believes(
    tmp_path: Path,
) -> None:
    ledger = county(**{"red/gao": ["approver"]})
    gates(ledger, "first-expired-first-out")
    soon = goods(ledger, "comm-7", "rice", 20, expiry=ledger.time + 30 * DAY)
    late = goods(ledger, "comm-7", "rice", 50, expiry=ledger.time + 90 * DAY)

    said(release(ledger, soon, quantity=5))
    denied = said(release(ledger, late), "contract_denied")
    assert "take these first" in sentences(denied.refusal)["en"]
    said(release(ledger, late, "habit"), "contract_denied")
    held = said(release(ledger, late, "medical"), "held")
    assert state(ledger, "reserved", "rice/comm-7") == 15, "kept while it waits"
    said(ledger.say("approval.give", {"held": held.statement}, "red/gao"))
    assert state(ledger, "holds", held.statement)["state"] == "posted"
    assert state(ledger, "legs", held.statement)["kind"] == "disbursement.release"

    # A week before it expires it is for nobody, but with a reason and somebody who looks.
    ledger.time += 24 * DAY
    tick(ledger)
    said(release(ledger, soon), "contract_denied")
    said(release(ledger, soon, "eaten-at-once"), "held")
    keeps(ledger, tmp_path)


def test_what_a_gate_of_the_library_holds_is_posted_when_somebody_agrees(tmp_path: Path) -> None:
    """A hold that no approval ends would be a denial in disguise."""
    ledger = county(**{"red/gao": ["approver"], "red/hui": ["approver"]})
    gates(ledger, "keep-the-reserve")
    lot = goods(ledger, "comm-7", "rice", 2_010)
    said(release(ledger, lot))
    assert state(ledger, "reserved", "rice/comm-7") == 10, "exactly the reserve is left"
    order = {
        "from": "comm-7",
        "lines": [{"item": "rice", "quantity": 1}],
        "to": "street-3",
        "until": ledger.time + DAY,
    }
    asked = said(ledger.say("shipment.order", order, "blue/eve"), "held")
    said(ledger.say("approval.give", {"held": asked.statement}, "red/gao"))
    assert state(ledger, "holds", asked.statement)["state"] == "open", "one of two"
    said(ledger.say("approval.give", {"held": asked.statement}, "red/hui"))
    assert state(ledger, "holds", asked.statement)["state"] == "posted"
    keeps(ledger, tmp_path)
