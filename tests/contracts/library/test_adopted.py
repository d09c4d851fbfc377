"""Contracts of the library on a ledger: proposed, committed, in force, and doing what they say.

Goal: what is ready can be adopted as it is, all of it at once; and where something is paid, it is
paid to the cent and once.
Method: the machine in memory; members adopt, then say what happened.
"""

import re
from typing import Any

from adopting import DAY, adopt, enforce, standing
from corrections import CHEN, DAI, FAY, Relief, instruction
from ledgers import TestLedger, founded
from relieving import declare, derived, households, paid, tag, walk

from contracts.catalogue.catalogue import reads_money
from tools.contracts.library import load, names, text_of
from tools.strict_yaml import read_yaml

FUND = "fund:flood"
"""The ledger of these tests has two currencies: a contract about money is for a fund."""


def test_all_of_them_are_in_force_at_once() -> None:
    ledger = founded()
    scopes = {}
    for name in names():
        scopes[name] = FUND if reads_money(load(name)) else "consortium"
        adopt(ledger, load(name), scope=scopes[name])
    for name, scope in scopes.items():
        assert standing(ledger, name, scope)["now"], name
    assert {scopes[name] for name in ("role-clashes", "unusable-goods", "reserve-floor")} == {
        "consortium"
    }


def test_a_red_alert_pays_each_household_once() -> None:
    ledger = founded()
    adopt(ledger, ours("alert-relief-money", emergency="flood"), mode="enforce")
    households(ledger, 12)
    set_aside(ledger, "alert-relief-money", 100_000_000)
    assert declare(ledger).code == "ok"
    walk(ledger)
    # 10,000 and 5,000 a head.
    assert paid(ledger) == {tag(n): 1_000_000 + 500_000 * (1 + n % 5) for n in range(12)}
    assert declare(ledger, level=5).code == "ok"
    walk(ledger)
    assert len([one for one in derived(ledger) if one[0] == "disbursement.instruct"]) == 12


def ours(name: str, **words: str) -> dict[str, Any]:
    """A contract of the library with other words in its params, and so in its cases."""
    text = text_of(name).decode()
    for before, now in words.items():
        assert before in text
        text = re.sub(rf"\b{before}\b", now, text)
    value = read_yaml(text.encode())
    assert isinstance(value, dict)
    return value


def set_aside(ledger: TestLedger, contract: str, amount: int) -> None:
    """A gift, which the owner of the fund sets aside for a contract."""
    gift = {
        "amount": amount,
        "line": "flood.general",
        "reference": "cd" * 32,
        "seals": {name: "aa" * 32 for name in ("contact", "donor", "reference")},
    }
    assert ledger.say("donation.receive", gift, "red/ana", "red/dai").code == "ok"
    body = {
        "draws": [{"amount": amount, "line": "flood.general"}],
        "programme": "flood-27",
        "purpose": f"auto-{contract}",
    }
    answer = ledger.say("fund.allocate", body, "red/bao", "red/dai")
    assert answer.code == "ok", answer


# ---- gates ---------------------------------------------------------------------------------------


def paying(name: str, given: int) -> Relief:
    """A relief operation with one gate of the library enforced, and so much to spend."""
    relief = Relief()
    enforce(relief.ledger, load(name), scope=FUND)
    relief.gift(given)
    return relief


def test_payments_to_one_payee_are_added_up_and_what_waits_counts_once() -> None:
    relief = paying("second-signature", 30_000_000)
    assert relief.say("disbursement.instruct", instruction(4_000_000), CHEN, DAI).code == "ok"
    assert relief.say("disbursement.instruct", instruction(1_000_000), CHEN, DAI).code == "ok"
    # Exactly the limit so far. One cent more waits, and is posted once another person agrees.
    waiting = relief.say("disbursement.instruct", instruction(1), CHEN, DAI)
    assert waiting.code == "held"
    given = relief.say("approval.give", {"held": waiting.statement}, FAY)
    assert given.code == "ok"
    assert relief.row("holds", waiting.statement)["state"] == "posted"
    # Another payee begins at nothing; seven days later so does this one.
    other = {**instruction(5_000_000), "payee": {"class": "vendor", "tag": "9a" * 32}}
    assert relief.say("disbursement.instruct", other, CHEN, DAI).code == "ok"
    relief.ledger.time += 7 * DAY
    assert relief.say("disbursement.instruct", instruction(5_000_000), CHEN, DAI).code == "ok"


def test_caps_are_told_in_the_sentence_of_the_contract() -> None:
    relief = paying("payment-caps", 500_000_000)
    assert relief.say("disbursement.instruct", instruction(49_999_999), CHEN, DAI).code == "ok"
    assert relief.say("disbursement.instruct", instruction(1), CHEN, DAI).code == "ok"
    refused = relief.say("disbursement.instruct", instruction(1), CHEN, DAI)
    assert refused.code == "contract_denied" and refused.refusal is not None
    assert refused.refusal.values["rules"] == "payment-caps.agent_sum"
    (told,) = refused.refusal.said["en"]
    assert told.startswith(
        "One person may order CNY 500,000.00 in 24 hours and has ordered CNY 500,"
    )
    (told,) = refused.refusal.said["zh-Hant"]
    assert "同一位經辦人 24 小時內最多 CNY 500,000.00" in told
