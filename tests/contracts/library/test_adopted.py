"""Contracts of the library on a ledger: proposed, committed, in force, and doing what they say.

Goal: what is ready can be adopted as it is, all of it at once; and where something is paid, it is
paid to the cent and once.
Method: the machine in memory; members adopt, then say what happened.
"""

import re
from typing import Any

from adopting import adopt, standing
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
