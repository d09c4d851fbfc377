"""How many proposals a member may have open, and how much of them is looked into in one batch.

Goal: nobody's flood of proposals, valid or not, holds up a batch by more than the dearest two documents take;
others are not touched by it; a replay counts the same.
Method: the machine on a founded ledger; batches of proposals one byte below and above the bound, by one member
and by two; open proposals up to the bound and beyond it, and how room comes back.
"""

import time
from typing import Any

import pytest
from adopting import ANA, EVE, commit, council, founded, gate, proposal, propose, tick
from documents import text
from ledgers import TestLedger

from contracts.adoption.bounds import BATCH_BYTES_MAX
from contracts.documents.limits import DOCUMENT_MAX
from contracts.replay import Replay
from ledger.adoptions import LAPSE_S, OPEN_MAX
from ledger.canon import encode
from ledger.envelope import Statement
from ledger.errors import Refusal
from ledger.sentences import LANGUAGES, sentence

CPU_S_MAX = 6.0
"""Thread CPU seconds for all that one member may have looked into in one batch, thirty times what it
takes: the machine that tests may be slow, and busy."""


@pytest.fixture
def ledger() -> TestLedger:
    return founded()


def sized(size: int, number: int = 0) -> dict[str, Any]:
    """A valid document of exactly so many bytes: its sentences are as long as they may be."""
    document = gate(contract=f"sized-{number}")
    document["tests"] = [dict(one) for one in document["tests"]]
    while (left := size - len(encode(document))) > 0:
        if left < 700:
            said = document["rules"][0]["say"]
            document["rules"][0]["say"] = {**said, "en": said["en"] + "x" * min(left, 500)}
            left = size - len(encode(document))
            document["basis"] += "x" * left
            break
        name = f"t{len(document['tests']):02d}" + "x" * 100
        document["tests"].append({"name": name, "given": {"it": {"qty": 9}}, "expect": "allow"})
    assert len(encode(document)) == size
    return document


def say(ledger: TestLedger, document: Any, *actors: str) -> Statement:
    body = proposal(document, ledger)
    return ledger.statement("contract.propose", body, *(actors or (ANA,)))


def codes(ledger: TestLedger, *statements: Statement) -> list[str]:
    return [str(one.code) for one in ledger.run(*statements)]


# ---- in one batch --------------------------------------------------------------------------------


def test_so_many_bytes_of_one_member_in_one_batch(ledger: TestLedger) -> None:
    half = BATCH_BYTES_MAX // 8
    fits = [say(ledger, sized(half, n)) for n in range(8)]
    assert codes(ledger, *fits) == ["ok"] * 8
    most = [say(ledger, sized(half + (n == 7), n)) for n in range(8)]
    assert codes(ledger, *most) == ["ok"] * 7 + ["not_eligible"]
    # A batch later it fits.
    assert codes(ledger, say(ledger, sized(half + 1, 7))) == ["ok"]


def test_what_did_not_fit_is_not_counted_and_another_member_has_its_own(ledger: TestLedger) -> None:
    own = [say(ledger, sized(BATCH_BYTES_MAX // 8, n)) for n in range(8)]
    more, small = say(ledger, sized(2_000)), say(ledger, gate(contract="other"), EVE)
    assert codes(ledger, *own[:7], own[7], more, small) == ["ok"] * 8 + ["not_eligible", "ok"]
    own = [say(ledger, sized(BATCH_BYTES_MAX // 8, n)) for n in range(7)]
    large, fits = say(ledger, sized(BATCH_BYTES_MAX // 4)), say(ledger, gate(contract="small"))
    assert codes(ledger, *own, large, fits) == ["ok"] * 7 + ["not_eligible", "ok"]


def test_invalid_ones_count_too(ledger: TestLedger) -> None:
    wrong = [{**sized(BATCH_BYTES_MAX // 8, n), "engine": "rcel/2"} for n in range(8)]
    some = [say(ledger, one) for one in wrong]
    last = say(ledger, gate())
    assert codes(ledger, *some, last) == ["contract_invalid"] * 8 + ["not_eligible"]


def test_who_may_not_propose_uses_up_nothing(ledger: TestLedger) -> None:
    nobody = [say(ledger, sized(BATCH_BYTES_MAX // 8, n), "red/chen") for n in range(9)]
    assert codes(ledger, *nobody, say(ledger, gate())) == ["no_authority"] * 9 + ["ok"]


def test_the_dearest_that_a_member_may_have_looked_into(ledger: TestLedger) -> None:
    """Long texts in many tests, which took longest of all documents that were tried."""
    line = "L" * 130
    document = gate(kinds=["disbursement.instruct"])
    document["params"] = {"some": {"type": "int[CNY](0..1)", "value": 1}}
    document["defaults"] = {"it": {"draws": [{"line": line} for _ in range(64)]}}
    document["let"] = {
        "all": "it.draws.map(d, d.line)", "few": "it.draws.map(d, d.line).distinct()",
    }  # fmt: skip
    shown = "{all}" * 110
    document["rules"] = [{"id": "r", "require": "size(few) > 1", "say": text(shown)}]
    document["tests"] = [
        {"name": f"t{n}", "given": {}, "expect": {"deny": ["r"]}} for n in range(63)
    ]
    two = {"it": {"draws": [{"line": "a"}, {"line": "b"}]}}
    document["tests"].append({"name": "two", "given": two, "expect": "allow"})
    size = len(encode(document))
    assert DOCUMENT_MAX // 2 < size <= DOCUMENT_MAX
    some = [say(ledger, {**document, "contract": f"dear-{n}"}) for n in range(20)]
    begun = time.thread_time()
    found = codes(ledger, *some)
    spent_s = time.thread_time() - begun
    print(f"{spent_s:.3f} s for {found.count('ok')} of {size} bytes")
    assert 0 < found.count("ok") <= BATCH_BYTES_MAX // size and found[-1] == "not_eligible"
    assert spent_s < CPU_S_MAX


def test_a_replay_counts_the_same(ledger: TestLedger) -> None:
    wrong = {**sized(BATCH_BYTES_MAX // 8), "engine": "rcel/2"}
    some = [say(ledger, wrong), *(say(ledger, sized(BATCH_BYTES_MAX // 8, n)) for n in range(9))]
    forged = say(ledger, sized(5_000))
    assert codes(ledger, *some) == ["contract_invalid", *["ok"] * 7, *["not_eligible"] * 2]
    assert codes(ledger, forged) == ["ok"]
    replay = Replay()
    for raw in ledger.memory.entries:
        replay.feed(raw)
    assert replay.head.state_root == ledger.memory.head().state_root


# ---- open ones -----------------------------------------------------------------------------------


def test_so_many_open_proposals_of_one_member(ledger: TestLedger) -> None:
    answers = [propose(ledger, gate(contract=f"many-{n}"), ANA) for n in range(OPEN_MAX)]
    assert {str(one.code) for one in answers} == {"ok"}
    refused = propose(ledger, gate(contract="one-more"), ANA)
    assert refused.code == "not_eligible" and refused.refusal is not None
    assert (refused.refusal.where, refused.refusal.values["high"]) == ("author", OPEN_MAX)
    # Another member has its own; with a second signature they count for whose voice came first.
    assert propose(ledger, gate(contract="of-eve"), EVE).code == "ok"
    assert propose(ledger, gate(contract="of-both"), EVE, ANA).code == "ok"
    assert propose(ledger, gate(contract="of-both-too"), ANA, EVE).code == "not_eligible"


def test_room_comes_back_with_a_commit_and_with_the_lapse(ledger: TestLedger) -> None:
    first = propose(ledger, gate(contract="many"))
    for n in range(1, OPEN_MAX):
        assert propose(ledger, gate(contract=f"many-{n}"), ANA).code == "ok"
    assert propose(ledger, gate(contract="more"), ANA).code == "not_eligible"
    assert commit(ledger, first.statement).code == "ok"
    assert propose(ledger, gate(contract="more"), ANA).code == "ok"
    assert propose(ledger, gate(contract="more-2"), ANA).code == "not_eligible"
    ledger.time += LAPSE_S
    tick(ledger)
    assert propose(ledger, gate(contract="more-2"), ANA).code == "ok"


def test_an_approval_by_others_does_not_count_for_them(ledger: TestLedger) -> None:
    answers = [propose(ledger, gate(contract=f"many-{n}"), ANA) for n in range(OPEN_MAX)]
    for one in answers[:3]:
        row = ledger.memory.table("proposals")[one.statement]
        body = {"hash": row.decode().split('"hash":"')[1][:64], "proposal": one.statement}
        assert ledger.say("contract.approve", body, EVE).code == "ok"
    for n in range(OPEN_MAX):
        assert propose(ledger, gate(contract=f"own-{n}"), EVE).code == "ok"
    assert propose(ledger, gate(contract="own"), EVE).code == "not_eligible"


def test_those_without_a_voice_share_one_bound() -> None:
    ledger = council(3, 2)
    for n in range(OPEN_MAX):
        assert propose(ledger, gate(contract=f"many-{n}"), (ANA, EVE)[n % 2]).code == "ok"
    assert propose(ledger, gate(contract="more"), ANA).code == "not_eligible"
    assert propose(ledger, gate(contract="more"), "m1/a").code == "ok"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_to_them(ledger: TestLedger, language: str) -> None:
    some = [say(ledger, sized(BATCH_BYTES_MAX // 2, n)) for n in range(3)]
    refusal = ledger.run(*some)[-1].refusal
    assert isinstance(refusal, Refusal)
    found = sentence(refusal, language)
    assert "49,152" in found and ("fewer proposals" in found) is (language == "en")
