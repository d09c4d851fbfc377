"""Back-fill in the whole machine: a contract adopted late knows what one adopted at first knows.

Goal: the rows of an index that begins late, once its contract is active, are those of an index that
listened from the beginning, note by note, whatever was corrected, held, lapsed or turned meanwhile;
and an auditor, who has nothing but the entries, comes to the same roots.
Method: two logs with the same random days and the same number of entries. In one the contract with
the indexes is adopted first and one without any in the middle; in the other the other way round.
"""

from json import loads
from typing import Any

import pytest
from adopting import ANA, EVE, adopt, counting, gate, propose
from documents import text
from hypothesis import given, settings
from hypothesis import strategies as st
from late_indexes import GOODS, MONEY, Days, paying
from ledgers import DAY, TestLedger
from stories import receive

from contracts.adoption.force import indexes, pinned
from contracts.facts.rows import TABLE
from contracts.memory import MemoryLedger, Refill, batches_of
from contracts.replay import Replay
from ledger.errors import CheckError
from ledger.state import State


def facts_of(memory: MemoryLedger) -> dict[str, Any]:
    return {key: loads(raw) for key, raw in memory.table(TABLE).items()}


def own_kinds(memory: MemoryLedger) -> set[str]:
    return {one.definition.of for one in indexes(State(memory))}


def play(seed: int, lengths: tuple[int, int, int], first: Any, second: Any) -> TestLedger:
    days = Days(seed)
    adopt(days.ledger, first)
    days.play(lengths[0])
    begins = days.committed(second)
    days.play(lengths[1])
    days.active(begins)
    days.play(lengths[2])
    return days.ledger


LENGTHS = st.tuples(st.integers(0, 30), st.integers(0, 25), st.integers(0, 5))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), LENGTHS)
def test_late_is_as_early_and_as_replayed(seed: int, lengths: tuple[int, int, int]) -> None:
    knows, plain = paying("knows", MONEY), paying("plain", None)
    late = play(seed, lengths, plain, knows)
    early = play(seed, lengths, knows, plain)
    assert len(late.memory.entries) == len(early.memory.entries)
    assert facts_of(late.memory) == facts_of(early.memory)
    assert replayed(late) == late.memory.head()


def replayed(ledger: TestLedger) -> Any:
    replay = Replay()
    for entry in ledger.memory.entries:
        replay.feed(entry)
    return replay.head


@pytest.mark.parametrize("seed", range(3))
def test_goods_and_money_at_once_and_one_index_shared(seed: int) -> None:
    # Both are new and wait at once; they share an index, and each has one of its own.
    goods = gate(contract="stores", facts=GOODS, kinds=["stock.loss"], **_losing())
    shared = paying("shares", {name: MONEY[name] for name in ("gifts", "asked")})

    def played(early: bool) -> TestLedger:
        days = Days(seed)
        first, second = (paying("knows", MONEY), goods)
        plain = paying("plain", None), paying("other", None)
        for document in (first, second) if early else plain:
            adopt(days.ledger, document)
        adopt(days.ledger, shared) if early else adopt(days.ledger, paying("third", None))
        days.play(40)
        begins = 0
        for document in (*plain, paying("third", None)) if early else (shared, first, second):
            begins = days.committed(document)
            days.play(5)
        days.active(begins)
        days.play(10)
        return days.ledger

    late, early = played(False), played(True)
    assert len(late.memory.entries) == len(early.memory.entries)
    assert facts_of(late.memory) == facts_of(early.memory)
    assert replayed(late) == late.memory.head()


def _losing() -> dict[str, Any]:
    return {
        "rules": [{"id": "some", "require": "it.qty >= 1", "say": text("nothing")}],
        "tests": [
            {"name": "one", "given": {"it": {"qty": 1}}, "expect": "allow"},
            {"name": "nothing", "given": {"it": {"qty": 0}}, "expect": {"deny": ["some"]}},
        ],
    }


def test_a_debt_is_kept_until_the_contract_is_active() -> None:
    days = Days(1)
    days.play(30)
    begins = days.committed(paying("knows", MONEY))
    (commit_entry,) = {one.since for one in indexes(State(days.ledger.memory))}
    days.play(25)
    before = facts_of(days.ledger.memory)
    markers = [key for key in before if key[32:] == "!"]
    assert len(markers) == len(MONEY) and {before[key] for key in markers} == {commit_entry}
    debts = {key: value for key, value in before.items() if "!" in key and key[32:] != "!"}
    assert debts and set(debts.values()) <= {"posted", "open", "gone"}
    assert not [key for key in before if key[32] == "@" and int(key[33:45]) <= commit_entry]
    days.active(begins)
    after = facts_of(days.ledger.memory)
    assert not [key for key in after if "!" in key]
    assert [key for key in after if key[32] == "@" and int(key[33:45]) <= commit_entry]


@pytest.mark.parametrize("place", range(3))
def test_the_other_statements_of_the_commits_batch_are_counted_once(place: int) -> None:
    days = Days(7)
    begins = days.ledger.time + 12 * DAY
    proposed = propose(days.ledger, paying("knows", MONEY), not_before=begins)
    write = days.ledger.statement
    said = [days.say(receive), days.say(receive)]
    body = {"proposal": proposed.statement, "sequence": 3}
    said.insert(place, write("contract.commit", body, ANA))
    assert [answer.code for answer in days.ledger.run(*said)] == ["ok", "ok", "ok"]
    assert days.ledger.run(days.say(receive))[0].code == "ok"
    days.active(begins)
    rows = facts_of(days.ledger.memory)
    (number,) = [
        one.definition.id
        for one in indexes(State(days.ledger.memory))
        if one.definition.form == "count"
    ]
    assert [value for key, value in rows.items() if key.startswith(f"{number}=")] == [["3", "0"]]


def test_a_contract_that_comes_back_asks_for_no_second_back_fill() -> None:
    days = Days(2)
    days.play(20)
    knows = paying("knows", MONEY)
    days.active(days.committed(knows))

    class Asked(MemoryLedger):
        def backfill(self, wanted: Any) -> Any:
            raise AssertionError(wanted)

    days.ledger.memory.__class__ = Asked
    days.play(5)
    days.active(days.committed(paying("again", MONEY)))
    days.active(days.committed(knows))


def test_who_is_not_ready_makes_no_batch_and_changes_nothing() -> None:
    days = Days(3)
    days.play(15)
    begins = days.committed(paying("knows", MONEY))

    class NotYet(Exception):
        pass

    class Unready(MemoryLedger):
        def backfill(self, wanted: Any) -> Any:
            raise NotYet

    memory = days.ledger.memory
    memory.__class__ = Unready
    head, rows = memory.head(), facts_of(memory)
    with pytest.raises(NotYet):
        days.active(begins)
    assert memory.head() == head and facts_of(memory) == rows
    memory.__class__ = MemoryLedger
    days.active(begins)
    assert replayed(days.ledger) == memory.head()


def test_a_pinned_text_judges_nothing_before_its_indexes_are_whole() -> None:
    days = Days(4)
    days.play(10)
    begins = days.committed(paying("knows", MONEY))
    state = State(days.ledger.memory)
    (name,) = [
        key.removeprefix("document/")
        for key, raw in days.ledger.memory.table("adoptions").items()
        if key.startswith("document/") and loads(raw)["document"]["contract"] == "knows"
    ]
    assert pinned(state, name, "flood") is None
    days.active(begins)
    assert pinned(State(days.ledger.memory), name, "flood") is not None


def test_an_emergency_cannot_lean_on_an_index_that_is_still_owed() -> None:
    days = Days(5)
    adopt(days.ledger, paying("shares", None))
    begins = days.committed(paying("knows", MONEY))
    shared = {**paying("shares", {"gifts": MONEY["gifts"]}), "version": 2}

    def asked() -> Any:
        time = days.ledger.time
        return propose(days.ledger, shared, ANA, EVE, lane="emergency", not_before=time)

    answer = asked()
    assert answer.code == "not_eligible" and answer.refusal is not None
    assert answer.refusal.where == "body.document.facts"
    days.active(begins)
    assert asked().code == "ok"


def test_a_log_that_does_not_follow_gives_no_rows() -> None:
    days = Days(6)
    days.play(10)
    days.committed(counting())
    entries = list(days.ledger.memory.entries)
    at = max(n for n, raw in enumerate(entries[:-4]) if b'"code":"ok"' in raw)
    entries[at] = entries[at].replace(b'"code":"ok"', b'"code":"held"', 1)
    refill = Refill(indexes(State(days.ledger.memory)), entries.__getitem__)
    whole = list(batches_of(entries))
    with pytest.raises(CheckError):
        [refill.feed(batch) for batch in whole]
