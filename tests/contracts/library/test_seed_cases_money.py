"""Seed cases of disaster practice, played from start to end with the library's own texts: money.

Goal: what a community is promised happens on the ledger without anybody's further doing: relief
money on a red alert, each payment with its receipt, nobody twice; gifts spent as their donors said;
a large payment that waits for two organisations.
Method: `seeded.county` and the contract as it stands in its file, adopted by vote. Every case ends
with `seeded.keeps`: the log replays, an auditor passes it, the views are the same made anew.
"""

from pathlib import Path
from typing import Any

from ledgers import TestLedger
from relieving import tag, walk
from seeded import (
    alert,
    caused,
    county,
    digest,
    gates,
    gift,
    household,
    keeps,
    outcome,
    receipts,
    said,
    sentences,
    set_aside,
    state,
    trigger,
)

from contracts.batch import Answer
from ledger.proofs.receiptcheck import Verdict

POOL = "emergency.open"
AUTO = "auto-alert-relief-money"

PERSONS = {0: 1, 1: 3, 2: 6, 3: 10, 4: 4}
"""Household -> people; the last has no account that was checked."""
DUE = {0: 1_500_000, 1: 2_500_000, 2: 4_000_000, 3: 4_000_000}
"""10,000.00 a household and 5,000.00 a person, six persons at most."""


def enrolled(ledger: TestLedger) -> None:
    for number, persons in PERSONS.items():
        household(ledger, tag(number), persons, bank=number != 4)


def paid(ledger: TestLedger) -> dict[str, list[int]]:
    """Tag -> what each payment of the contract paid."""
    found: dict[str, list[int]] = {}
    for _, one in caused(ledger, "disbursement.instruct"):
        if one.outcome["code"] == "ok":
            body: Any = one.body
            amount = sum(draw["amount"] for draw in body["draws"])
            found.setdefault(body["payee"]["tag"], []).append(amount)
    return found


def batches(ledger: TestLedger, count: int) -> None:
    """Batches without statements, as the orderer makes them while a run goes on."""
    for _ in range(count):
        ledger.time += 1
        ledger.run()


def run_of(ledger: TestLedger) -> str:
    """The id of the only run."""
    [key] = [key for key in ledger.memory.table("runs") if key.startswith("run/")]
    return key.removeprefix("run/")


def codes_of_cases(ledger: TestLedger) -> list[str]:
    return sorted(str(one.body["class"]) for _, one in caused(ledger, "case.open"))


# ---- relief money on a red alert -----------------------------------------------------------------


def test_relief_money_is_paid_when_an_alert_is_declared(tmp_path: Path) -> None:
    ledger = county()
    trigger(ledger, "alert-relief-money")
    enrolled(ledger)
    gift(ledger, 50_000_000, POOL)
    set_aside(ledger, 20_000_000, POOL, "relief", AUTO)

    alert(ledger, level=3)
    walk(ledger)
    assert caused(ledger) == [], "an orange alert pays nobody"

    alert(ledger)
    household(ledger, tag(9), 2)  # after the alert: the roll is frozen
    walk(ledger)
    assert paid(ledger) == {tag(n): [amount] for n, amount in DUE.items()}
    assert codes_of_cases(ledger) == ["needs-account"]
    assert state(ledger, "accounts", f"TWD/{POOL}/allocated:{AUTO}") == str(
        20_000_000 - sum(DUE.values())
    )

    # Declared again within 72 hours, after it and under another name: nobody is paid twice.
    alert(ledger, level=5)
    ledger.time += 73 * 3_600
    alert(ledger, level=5)
    walk(ledger)
    assert paid(ledger) == {tag(n): [amount] for n, amount in DUE.items()} | {tag(9): [2_000_000]}

    payments = [n for n, one in caused(ledger, "disbursement.instruct")]
    assert len(payments) == 5
    for n, checked in zip(payments, receipts(ledger, payments, tmp_path), strict=True):
        assert (checked.verdict, checked.index, checked.code) == (Verdict.VERIFIED, n, "ok")
    keeps(ledger, tmp_path)


def test_relief_money_stops_at_what_was_set_aside(tmp_path: Path) -> None:
    ledger = county()
    trigger(ledger, "alert-relief-money")
    enrolled(ledger)
    gift(ledger, 50_000_000, POOL)
    set_aside(ledger, 5_000_000, POOL, "relief", AUTO)
    alert(ledger)
    batches(ledger, 3)
    amounts = [amount for each in paid(ledger).values() for amount in each]
    assert 0 < sum(amounts) <= 5_000_000
    assert "budget" in codes_of_cases(ledger)
    # The owner sets more aside, two members say so, and the run goes on where it stopped.
    set_aside(ledger, 15_000_000, POOL, "relief", AUTO)
    body = {"reason": "more-money", "run": run_of(ledger)}
    said(ledger.say("run.resume", body, "red/bao", "blue/eve"))
    walk(ledger)
    assert paid(ledger) == {tag(n): [amount] for n, amount in DUE.items()}
    keeps(ledger, tmp_path)


def test_a_payment_that_failed_is_in_the_pool_again_and_is_not_paid_by_itself(
    tmp_path: Path,
) -> None:
    ledger = county()
    trigger(ledger, "alert-relief-money")
    household(ledger, tag(1), 3)
    gift(ledger, 50_000_000, POOL)
    set_aside(ledger, 20_000_000, POOL, "relief", AUTO)
    alert(ledger)
    walk(ledger)
    [(_, one)] = caused(ledger, "disbursement.instruct")
    about = {"instruction": one.id(ledger.memory.head().origin), "reference": "ab" * 32}
    said(ledger.say("disbursement.failed", {**about, "reason": "wrong-account"}, "red/chen"))
    assert state(ledger, "accounts", f"TWD/{POOL}/allocated:{AUTO}") == "20000000"
    keeps(ledger, tmp_path)


# ---- the approval ladder -------------------------------------------------------------------------


def instruct(ledger: TestLedger, amount: int, *signers: str, **changes: Any) -> Answer:
    body = {
        "area": "hl-01",
        "draws": [{"amount": amount, "line": POOL}],
        "payee": {"class": "vendor", "tag": digest("vendor")},
        "purpose": "food",
        "source": "free",
        **changes,
    }
    return ledger.say("disbursement.instruct", body, *(signers or ("red/chen", "red/bao")))


def on(ledger: TestLedger, label: str, line: str = POOL) -> int:
    """Minor units on an account of a line."""
    return int(state(ledger, "accounts", f"TWD/{line}/{label}") or 0)


def test_a_large_payment_waits_for_two_organisations_and_is_posted(tmp_path: Path) -> None:
    ledger = county()
    gates(ledger, "approval-ladder")
    gift(ledger, 400_000_000, POOL)
    said(instruct(ledger, 10_000_000))  # one other person agreed by signing: the payer's colleague
    large = 150_000_000
    held = said(instruct(ledger, large), "held")
    assert held.refusal is None and held.index is not None
    key = f"held:{held.statement}"
    assert (on(ledger, key), on(ledger, "free")) == (large, 400_000_000 - 10_000_000 - large)

    body = {"held": held.statement}
    said(ledger.say("approval.give", body, "red/chen"), "no_authority")
    said(ledger.say("approval.give", body, "red/dai"))
    assert state(ledger, "holds", held.statement)["state"] == "open", (
        "three, but of one organisation"
    )
    assert on(ledger, f"transit:{held.statement}") == 0
    posted = said(ledger.say("approval.give", body, "blue/fay"))
    assert state(ledger, "holds", held.statement)["state"] == "posted"
    assert (on(ledger, key), on(ledger, f"transit:{held.statement}")) == (0, large)
    said(ledger.say("approval.give", body, "blue/fay"), "not_open")

    assert posted.index is not None
    of_it, of_approval = receipts(ledger, [held.index, posted.index], tmp_path)
    assert (of_it.verdict, of_it.code, of_it.posted_at) == (Verdict.VERIFIED, "held", posted.index)
    assert (of_approval.verdict, of_approval.code) == (Verdict.VERIFIED, "ok")
    keeps(ledger, tmp_path)


def test_a_large_payment_that_nobody_wants_or_answers_gives_its_money_back(tmp_path: Path) -> None:
    ledger = county()
    gates(ledger, "approval-ladder")
    gift(ledger, 400_000_000, POOL)
    refused = said(instruct(ledger, 150_000_000), "held")
    said(
        ledger.say(
            "approval.refuse", {"held": refused.statement, "reason": "two-offers"}, "blue/fay"
        )
    )
    assert on(ledger, "free") == 400_000_000
    forgotten = said(instruct(ledger, 150_000_000), "held")
    ledger.time += 72 * 3_600
    ledger.run()
    assert state(ledger, "holds", forgotten.statement)["state"] == "expired"
    assert on(ledger, "free") == 400_000_000
    keeps(ledger, tmp_path)


# ---- earmarks ------------------------------------------------------------------------------------


def test_earmarked_gifts_go_where_their_donors_said(tmp_path: Path) -> None:
    """The book's law knows the earmark of a line as well: what it refuses, no gate is asked."""
    ledger = county()
    gates(ledger, "earmark", scope="fund:emergency")
    line = "emergency.water"  # for water in hl-01
    gift(ledger, 900_000, line)
    draws = [{"amount": 300_000, "line": line}]
    for changes in ({"purpose": "food"}, {"purpose": "water", "area": "city"}):
        refused = said(instruct(ledger, 0, draws=draws, **changes), "not_eligible")
        assert all(line in told for told in sentences(refused.refusal).values())
    right = said(instruct(ledger, 0, draws=draws, purpose="water"))
    [judged] = outcome(ledger, right)["contracts"]
    assert (judged["id"], judged["outcome"], judged["rules"]) == ("earmark", "allow", {})
    assert (on(ledger, "free", line), on(ledger, f"transit:{right.statement}", line)) == (
        600_000,
        300_000,
    )
    keeps(ledger, tmp_path)
