"""Explanations: the sentence, the numbers behind it, and whether they are exact.

Goal: a decision is told as it was made, in three languages; where a value stands as a fingerprint only, no
number is invented, and a replay gives the exact ones. Method: a cap that denies, asked with and without a
replay; the same record with its facts made a fingerprint by hand.
"""

from json import loads
from typing import Any

import pytest
from adopting import adopt
from documents import gate, text
from ledgers import TestLedger
from simulated import SEALS, allocate, capped, history, receive

from contracts.simulating.records import RECOMPUTED, RECORDED, REPLAYED
from contracts.simulating.told import hear, tell_entry
from ledger.canon import encode
from ledger.errors import CheckError

SAID = "At most CNY 1.00 in 7 days; given CNY 0.60, now CNY 0.60."


@pytest.fixture(scope="module")
def denied() -> tuple[TestLedger, int]:
    ledger = history([1])
    document = capped(100, let={"left": "most - given"})
    adopt(ledger, document)
    adopt(ledger, document, mode="enforce")
    assert allocate(ledger, 59).code == "ok"
    answer = allocate(ledger, 60)
    assert answer.code == "contract_denied"
    assert answer.index is not None
    return ledger, answer.index


def one(told: Any) -> dict[str, Any]:
    assert told is not None
    [found] = told["contracts"]
    assert isinstance(found, dict)
    return found


def test_recomputed_from_what_stands_there(denied: tuple[TestLedger, int]) -> None:
    ledger, index = denied
    told: Any = tell_entry(ledger.memory, ledger.memory.entries[index], index)
    found = one(told)
    assert found["how"] == RECOMPUTED
    assert (found["facts"], found["params"], found["lets"]) == (
        {"given": 60}, {"most": 100}, {"left": 40},
    )  # fmt: skip
    [rule] = found["rules"]
    assert rule["say"] == {"en": SAID, "zh_hans": SAID, "zh_hant": SAID}
    assert rule["full"] is True and rule["verdict"] == "deny"
    assert rule["public"]["en"] == "Over the weekly cap"
    assert set(told["what"]) == set(told["next"]) == {"en", "zh_hans", "zh_hant"}
    assert told["code"] == "contract_denied" and told["entry"] == index


def test_a_replay_gives_the_same(denied: tuple[TestLedger, int]) -> None:
    ledger, index = denied
    heard = hear(ledger.memory.entries, index)
    told = one(tell_entry(ledger.memory, ledger.memory.entries[index], index, heard=heard))
    assert told["how"] == REPLAYED
    assert told["rules"][0]["say"]["en"] == SAID and told["facts"] == {"given": 60}


def test_a_fingerprint_invents_no_number(denied: tuple[TestLedger, int]) -> None:
    ledger, index = denied
    entry = loads(ledger.memory.entries[index])
    entry["outcome"]["contracts"][0]["facts"] = {"given": {"n": 1, "sha256": "ab" * 32}}
    raw = encode(entry)
    found = one(tell_entry(ledger.memory, raw, index))
    assert found["how"] == RECORDED and found["fingerprints"] == ["given"]
    assert found["lets"] == {}
    [rule] = found["rules"]
    assert rule["full"] is False
    assert rule["say"]["en"] == "Over the weekly cap"
    # The same entry, replayed, is exact again.
    heard = hear(ledger.memory.entries, index)
    assert one(tell_entry(ledger.memory, raw, index, heard=heard))["how"] == REPLAYED


@pytest.mark.parametrize("facts", [{"sha256": "ab" * 32}, {"given": 7}])
def test_what_does_not_add_up_is_not_told(denied: tuple[TestLedger, int], facts: Any) -> None:
    """All facts a fingerprint; or a value that would not have been denied."""
    ledger, index = denied
    entry = loads(ledger.memory.entries[index])
    entry["outcome"]["contracts"][0]["facts"] = facts
    found = one(tell_entry(ledger.memory, encode(entry), index))
    assert found["how"] == RECORDED and found["rules"][0]["full"] is False


def test_a_contract_that_nobody_has(denied: tuple[TestLedger, int]) -> None:
    ledger, index = denied
    entry = loads(ledger.memory.entries[index])
    entry["outcome"]["contracts"][0]["hash"] = "cd" * 32
    found = one(tell_entry(ledger.memory, encode(entry), index))
    assert found["how"] == RECORDED and found["rules"] == [{"id": "cap", "verdict": "deny"}]
    assert "title" not in found


def test_entries_without_contracts(denied: tuple[TestLedger, int]) -> None:
    ledger, _ = denied
    assert tell_entry(ledger.memory, ledger.memory.entries[1], 1) is None  # a batch entry
    told = tell_entry(ledger.memory, ledger.memory.entries[2], 2)
    assert told is not None and told["contracts"] == []
    assert hear(ledger.memory.entries, 2) == {}
    refused = receive(ledger, 10**12, 9)
    if refused.index is not None:
        told = tell_entry(ledger.memory, ledger.memory.entries[refused.index], refused.index)
        assert told is not None and told["code"] == str(refused.code)


def test_a_log_that_cannot_be_followed(denied: tuple[TestLedger, int]) -> None:
    ledger, index = denied
    with pytest.raises(CheckError):
        hear([*ledger.memory.entries[:4], b"{}", *ledger.memory.entries[4:]], index)


def test_a_correction_is_told_by_replay() -> None:
    """Its replacements are judged as they were booked, which only a replay has."""
    ledger = history([1])
    document = gate(
        kinds=["donation.receive"],
        params={"most": {"type": "int[CNY](0..1000000)", "value": 900}},
        rules=[
            {"id": "nine", "require": "it.amount <= most", "say": text("{it.amount|money} is much")}
        ],
        defaults={"it": {"amount": 1}},
        tests=[
            {"name": "nine", "given": {"it": {"amount": 900}}, "expect": "allow"},
            {"name": "ten", "given": {"it": {"amount": 901}}, "expect": {"deny": ["nine"]}},
        ],
    )
    adopt(ledger, document)
    gift = receive(ledger, 500, 7)
    assert gift.code == "ok", gift
    body = {"amount": 950, "line": "flood.general", "reference": f"{7:064x}", "seals": SEALS}
    correction = {
        "replacements": [{"body": body, "kind": "donation.receive", "v": 1}],
        "say": "It was 950",
        "targets": [gift.statement],
        "why": "incorrect_data",
    }
    made = ledger.say("correction.declare", correction, "red/ana", "red/bao")
    assert made.index is not None and made.code in ("ok", "flagged"), made
    raw = ledger.memory.entries[made.index]
    assert one(tell_entry(ledger.memory, raw, made.index))["how"] == RECORDED
    heard = hear(ledger.memory.entries, made.index)
    found = one(tell_entry(ledger.memory, raw, made.index, heard=heard))
    assert found["how"] == REPLAYED
    assert found["rules"][0]["say"]["en"] == "CNY 9.50 is much"


def test_an_approval_is_told_by_replay() -> None:
    """What is judged again in its entry is the statement that it settles."""
    ledger = history([1])
    document = capped(
        50,
        facts=None,
        rules=[
            {
                "id": "two",
                "require": "it.amount <= most || size(it.approvals) > 0",
                "else": "hold",
                "say": text("{it.amount|money} waits."),
            }
        ],
        defaults={"it": {"amount": 1, "approvals": []}},
        tests=[
            {"name": "at it", "given": {"it": {"amount": 50}}, "expect": "allow"},
            {"name": "over it", "given": {"it": {"amount": 51}}, "expect": {"hold": ["two"]}},
        ],
    )
    adopt(ledger, document)
    adopt(ledger, document, mode="enforce")
    held = allocate(ledger, 60)
    assert held.code == "held" and held.index is not None
    told = one(tell_entry(ledger.memory, ledger.memory.entries[held.index], held.index))
    assert (told["how"], told["rules"][0]["say"]["en"]) == (RECOMPUTED, "CNY 0.60 waits.")
    given = ledger.say("approval.give", {"held": held.statement}, "blue/fay")
    assert given.code == "ok" and given.index is not None
    heard = hear(ledger.memory.entries, given.index)
    raw = ledger.memory.entries[given.index]
    found = one(tell_entry(ledger.memory, raw, given.index, heard=heard))
    assert (found["how"], found["outcome"]) == (REPLAYED, "allow")
