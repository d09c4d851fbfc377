"""Seed cases of disaster practice, played from start to end with the library's own texts: goods.

Goal: a household gets its share and no more, and is told why in its language; a community's reserve
asks for what it lacks by itself; goods are on their way before the storm; what was requisitioned is
paid for; what was lent is asked for when it is overdue.
Method: as in `test_seed_cases_money`.
"""

from pathlib import Path
from typing import Any

from ledgers import DAY, TestLedger
from relieving import tag
from seeded import alert, county, gates, goods, household, keeps, outcome, said, sentences, state

from contracts.batch import Answer

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
