"""Verdicts in an entry: what stands in full, what stands as a hash, and that it always fits.

Goal: an outcome says of every contract what it read and what failed, within fixed numbers of bytes.
Method: verdicts made by hand around each bound; sixteen gates that fail every rule in the whole machine.
"""

from hashlib import sha256
from typing import Any

import pytest
from documents import text
from standinggates import founded, gift, outcome, pay, replayed, rule_gate, stand

from contracts.documents.verdict import Outcome, Verdict
from contracts.judging.recorded import FACTS_MAX, RECORDS_MAX, TEXT_MAX, bounded, record_of
from ledger.canon import Value, encode
from ledger.entry import OUTCOME_MAX

HEAD: dict[str, Value] = {"hash": "ab" * 32, "id": "a-gate", "version": 1}


def verdict(read: Any, failed: Any = None, applies: bool = True) -> Verdict:
    outcome = Outcome.DENY if failed else Outcome.ALLOW
    return Verdict(applies, outcome, failed or {}, (), False, {}, read, {})


def facts(*read: Any) -> Any:
    verdicts = {n: verdict(one) for n, one in enumerate(read)}
    return record_of(HEAD, "enforce", verdicts, len(read))["facts"]


def digest(value: Any) -> str:
    return sha256(encode(value)).hexdigest()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, True),
        (7, 7),
        ("a" * TEXT_MAX, "a" * TEXT_MAX),
        ("a" * 129, {"n": 129, "sha256": sha256(b"a" * 129).hexdigest()}),
        # By bytes and not by characters.
        ("é" * 64, "é" * 64),
        ("é" * 65, {"n": 130, "sha256": sha256("é".encode() * 65).hexdigest()}),
        ([1, 2], {"n": 2, "sha256": digest([1, 2])}),
        ([], {"n": 0, "sha256": digest([])}),
    ],
)
def test_a_value_that_was_read(value: Any, shown: Any) -> None:
    assert facts({"x": value}) == {"x": shown}


def test_all_facts_of_a_contract_have_a_bound() -> None:
    names = [f"n{n}" for n in range(5)]
    read = dict.fromkeys(names, "a" * 119)
    spare = FACTS_MAX - len(encode(read))
    assert 0 < spare <= 8, "the filling below stays a short text"
    fits = {**read, "n0": "a" * (119 + spare)}
    assert len(encode(fits)) == FACTS_MAX and facts(fits) == fits
    beyond = {**fits, "n1": "a" * 120}
    assert facts(beyond) == {"sha256": digest(beyond)}


def test_rows_that_read_the_same_say_so_once() -> None:
    assert facts({"x": 1}, {"x": 1}) == {"x": 1}
    assert facts({"x": 1}, {"x": 2}) == {"x": {"n": 2, "sha256": digest([1, 2])}}
    assert facts({"x": 1}, {}) == {"x": {"n": 1, "sha256": digest([1])}}


def test_only_rows_to_which_it_applies_are_told() -> None:
    verdicts = {
        0: verdict({"x": 1}),
        1: verdict({"x": 2}, applies=False),
        2: verdict({"x": 1}, {"r": "deny"}),
    }
    record = record_of(HEAD, "enforce", verdicts, 3)
    assert record["facts"] == {"x": 1}
    assert record["rules"] == {"r": {"rows": [2], "verdict": "deny"}}
    assert record["outcome"] == "deny" and "mode" not in record


def test_of_several_rows_the_worst_is_told() -> None:
    verdicts = {
        0: verdict({}, {"r": "flag"}),
        3: verdict({}, {"r": "error"}),
        5: verdict({}, {"s": "hold"}),
    }
    assert record_of(HEAD, "warn", verdicts, 6)["rules"] == {
        "r": {"rows": [0, 3], "verdict": "error"},
        "s": {"rows": [5], "verdict": "hold"},
    }
    assert record_of(HEAD, "warn", verdicts, 6)["mode"] == "warn"
    assert record_of(HEAD, "enforce", {0: verdict({}, {"r": "flag"})})["rules"] == {"r": "flag"}


def record(n: int, facts: int, rules: int) -> dict[str, Value]:
    return {
        **HEAD,
        "facts": {"x": "a" * facts},
        "id": f"gate-{n}",
        "outcome": "deny",
        "rules": {f"rule-{m:03d}": "deny" for m in range(rules)},
    }


def test_records_together_have_a_bound() -> None:
    few = [record(n, 10, 2) for n in range(4)]
    assert bounded(few) == few
    # Facts go first, then rules, then all of it; at each bound both sides.
    many = [record(n, 600, 2) for n in range(24)]
    found: Any = bounded(many)
    assert [set(one["facts"]) for one in found] == [{"sha256"}] * 24
    assert found[0]["facts"]["sha256"] == digest(many[0]["facts"])
    assert found[0]["rules"] == many[0]["rules"]
    many = [record(n, 600, 32) for n in range(20)]
    found = bounded(many)
    assert found[0]["rules"] == {"sha256": digest(many[0]["rules"])}
    assert len(encode(found)) <= RECORDS_MAX
    every = [record(n, 600, 32) for n in range(128)]
    found = bounded(every)
    assert found["n"] == 128 and set(found) == {"n", "sha256"}


@pytest.mark.parametrize("spare", [0, 1])
def test_the_bound_itself(spare: int) -> None:
    rows = [record(n, 10, 2) for n in range(12)]
    missing = RECORDS_MAX - len(encode(list[Value](rows))) + spare
    rows[0]["facts"] = {"x": "a" * (10 + missing)}
    assert (bounded(rows) == rows) == (spare == 0)


def test_sixteen_gates_that_fail_every_rule_fit_into_an_entry() -> None:
    ledger = founded()
    assert gift(ledger, 1_000).code == "ok"
    names = [f"rule-{n:02d}-with-a-name-that-is-long" for n in range(32)]
    # A name has 32 characters at most.
    names = [name[:32] for name in names]
    rules = [{"id": name, "require": "it.amount <= 10", "say": text("no")} for name in names]
    documents = []
    for n in range(16):
        document = rule_gate(
            f"gate-number-{n:02d}-{'x' * 30}", "disbursement.instruct", "",
            rules=[{**one, "else": "hold"} if n % 2 else one for one in rules],
            tests=[
                {"name": "good", "given": {"it": {"amount": 10}}, "expect": "allow"},
                {
                    "name": "bad",
                    "given": {"it": {"amount": 11}},
                    "expect": {"hold" if n % 2 else "deny": names},
                },
            ],
        )  # fmt: skip
        documents.append(document)
    stand(ledger, *documents)
    answer = pay(ledger, 11)
    assert answer.code == "contract_denied"
    found = outcome(ledger, answer)
    assert len(found["contracts"]) == 16 and len(encode(found)) <= OUTCOME_MAX
    assert set(found["contracts"][0]["rules"]) == {"sha256"}
    for document in documents:
        document["kinds"] = ["donation.receive"]
    other = founded()
    stand(other, *documents)
    fact = gift(other, 11)
    assert (fact.code, outcome(other, fact)["would"]) == ("flagged", "deny")
    replayed(other)
