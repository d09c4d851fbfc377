"""Contracts in the views: proposals, voices, what stands and for how long, against the state's rows.

Goal: whatever members say in whatever order, each version has one row whose state is that of its contract;
the lists about a contract are whole; two databases and a rebuild give the same rows.
Method: the seeded council of `contracts/adoption/test_histories`, followed batch by batch; a few lives
of a contract told one by one; a run from its cause on.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from adopting import ANA, DAY, EVE, HOUR, adopt, commit, council, gate, propose, tick
from documents import trigger
from ledgers import TestLedger, catalogue_body, founded
from projections import (
    LedgerSource,
    all_digests,
    check_against_state,
    lite,
    rows,
    state_of,
)
from relieving import allot, declare, households, relief

from nodes.projections.contractviews import ContractRun, ContractVersion, ContractVoice
from nodes.projections.projector import Projector, open_views
from nodes.projections.views import Subject

ADMINS = [f"m{number}/a" for number in range(1, 6)]


class Followed:
    """A ledger and views that follow it, compared after every step."""

    def __init__(self, ledger: TestLedger, folder: Path) -> None:
        self.ledger, self.engine = ledger, lite(folder)
        self.projector = Projector(self.engine, LedgerSource(ledger))
        self.look()

    def look(self) -> None:
        self.projector.catch_up()
        check_against_state(self.engine, self.ledger.memory)

    def states(self) -> list[tuple[int, str]]:
        """(version, state) of every version, in the order in which they were proposed."""
        self.look()
        found = sorted(rows(self.engine, ContractVersion), key=lambda row: row["proposed"])
        return [(row["version"], row["state"]) for row in found]

    def later(self, seconds: int) -> None:
        self.ledger.time += seconds
        tick(self.ledger)


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    made = Followed(founded(), tmp_path)
    yield made
    made.engine.dispose()


# ---- made-up histories --------------------------------------------------------------------------


def one_action(random: Random, ledger: TestLedger, open_: list[str]) -> None:
    signers = random.sample(ADMINS, random.randint(2, 5))
    what = random.choice(
        ["propose"] * 4 + ["approve"] * 2 + ["commit"] * 5 + ["stop"] * 2 + ["end"]
    )
    name = random.choice(["nine-at-most", "tell-somebody"])
    scope = random.choice(["consortium", "area:east"])
    standing = state_of(ledger.memory, "adoptions").get(f"contract/{name}/{scope}", {})
    now = standing.get("now")
    if what == "propose":
        lane = random.choice(["full", "params", "emergency"]) if now else "full"
        start = ledger.time + random.choice([HOUR, DAY + HOUR, 2 * DAY])
        terms: dict[str, Any] = {"lane": lane, "scope": scope, "not_before": start}
        terms["mode"] = now["mode"] if now and lane != "full" else "shadow"
        terms["expires"] = random.choice([None, start + 2 * DAY])
        if now and lane != "full":
            terms["expires"] = now.get("expires")
        make = gate if name == "nine-at-most" else trigger
        rest = {} if lane == "params" else {"basis": random.choice(["one", "two"])}
        document = make(version=standing.get("last", 0) + 1, **rest)
        answer = propose(ledger, document, *signers, **terms)
        if answer.code == "ok":
            open_.append(answer.statement)
    elif what in ("approve", "commit") and open_:
        chosen = random.choice(open_[-2:])
        if what == "commit":
            commit(ledger, chosen)
            return
        body = {"hash": state_of(ledger.memory, "proposals")[chosen]["hash"], "proposal": chosen}
        ledger.say("contract.approve", body, *signers)
    elif standing:
        kind = "contract.retire" if what == "end" else "contract.suspend"
        ledger.say(kind, {"contract": name, "reason": "x", "scope": scope}, *signers)


def history(seed: int, followed: Followed | None = None) -> TestLedger:
    random = Random(seed)
    ledger = council(5, 3) if followed is None else followed.ledger
    areas = {"areas": catalogue_body()["areas"]}
    assert ledger.say("catalogue.define", areas, ANA).code == "ok"
    open_: list[str] = []
    for _ in range(90):
        one_action(random, ledger, open_)
        if random.random() < 0.5:
            ledger.run()
        if followed is not None:
            followed.look()
        ledger.time += random.choice([0, 60, HOUR, HOUR, DAY, 3 * DAY])
    return ledger


@pytest.mark.parametrize("seed", range(6))
def test_rows_are_those_of_the_state(seed: int, tmp_path: Path) -> None:
    followed = Followed(council(5, 3), tmp_path)
    history(seed, followed)
    assert len({row["state"] for row in rows(followed.engine, ContractVersion)}) > 2
    again = lite(tmp_path, "again")
    Projector(again, LedgerSource(followed.ledger)).catch_up()
    assert all_digests(again) == all_digests(followed.engine)
    again.dispose()
    followed.engine.dispose()


def test_every_state_is_met() -> None:
    """Of the histories together: a state that none of them reaches would not be tested."""
    met = set()
    for seed in range(6):
        engine = open_views("sqlite://")
        Projector(engine, LedgerSource(history(seed))).catch_up()
        met |= {row["state"] for row in rows(engine, ContractVersion)}
        engine.dispose()
    assert met >= {"proposed", "active", "superseded", "expired", "retired", "lapsed"}, met


def test_both_databases_have_the_same_rows(tmp_path: Path, fresh_postgres_url: str) -> None:
    source = LedgerSource(history(3))
    one, other = lite(tmp_path), open_views(fresh_postgres_url)
    Projector(one, source).catch_up()
    Projector(other, source).catch_up()
    assert all_digests(one) == all_digests(other)
    assert rows(one, ContractVersion) != []
    one.dispose()
    other.dispose()


# ---- lives --------------------------------------------------------------------------------------


def test_proposed_approved_in_force_superseded(followed: Followed) -> None:
    ledger = followed.ledger
    first = propose(ledger, gate(), ANA)
    assert followed.states() == [(1, "proposed")]
    [voice] = rows(followed.engine, ContractVoice)
    assert (voice["member"], voice["entry"]) == ("red", first.index)
    body = {
        "hash": state_of(ledger.memory, "proposals")[first.statement]["hash"],
        "proposal": first.statement,
    }
    assert ledger.say("contract.approve", body, EVE).code == "ok"
    followed.look()
    voices = {row["member"]: row["n"] for row in rows(followed.engine, ContractVoice)}
    assert voices == {"red": 0, "blue": 1}
    assert commit(ledger, first.statement).code == "ok"
    assert followed.states() == [(1, "approved")]
    followed.later(3 * DAY)
    assert followed.states() == [(1, "active")]
    adopt(ledger, gate(version=2, basis="by-law 9"))
    assert followed.states() == [(1, "superseded"), (2, "active")]
    old, new = sorted(rows(followed.engine, ContractVersion), key=lambda row: row["proposed"])
    assert (old["ended"], old["ends"]) == (new["activated"], new["starts"])
    assert (old["en"], old["zh_hant"], old["sort"]) == (
        gate()["title"]["en"],
        gate()["title"]["zh_hant"],
        "gate",
    )


def test_lapsed(followed: Followed) -> None:
    propose(followed.ledger, gate(), ANA)
    followed.later(31 * DAY)
    assert followed.states() == [(1, "lapsed")]
    subjects = [row for row in rows(followed.engine, Subject) if "contract/" in row["subject"]]
    assert len(subjects) == 2, "the proposal and its end"


def test_an_emergency_returns(followed: Followed) -> None:
    adopt(followed.ledger, gate())
    quick = propose(followed.ledger, gate(version=2, basis="flood"), lane="emergency")
    assert commit(followed.ledger, quick.statement).code == "ok", quick
    followed.later(3 * DAY)
    assert followed.states() == [(1, "before"), (2, "active")]
    followed.later(3 * DAY)
    assert followed.states() == [(1, "active"), (2, "superseded")]


def test_suspended_and_resumed(followed: Followed) -> None:
    adopt(followed.ledger, gate())
    against = {"contract": "nine-at-most", "reason": "x", "scope": "consortium"}
    assert followed.ledger.say("contract.suspend", against, ANA, EVE).code == "ok"
    assert followed.states() == [(1, "active")], "from the next batch on"
    followed.later(1)
    assert followed.states() == [(1, "suspended")]
    followed.later(3 * DAY)
    assert followed.states() == [(1, "active")]


def test_retired(followed: Followed) -> None:
    adopt(followed.ledger, gate())
    against = {"contract": "nine-at-most", "reason": "x", "scope": "consortium"}
    assert followed.ledger.say("contract.retire", against, ANA, EVE).code == "ok"
    followed.later(DAY)
    assert followed.states() == [(1, "retired")]


# ---- runs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("stopped", [False, True])
def test_a_run_and_its_cause(followed: Followed, stopped: bool) -> None:
    ledger = followed.ledger
    document = relief()
    document["foreach"]["per_batch"] = 4
    adopt(ledger, document, mode="enforce")
    households(ledger, 10)
    allot(ledger, 50_000_000)
    followed.look()
    cause = declare(ledger)
    followed.look()
    assert rows(followed.engine, ContractRun) == [], "nothing was told of it yet"
    if stopped:
        # Before its first portion: in the batch of its cause nothing else can be said of it, so the
        # batch of the statement does one. What stops it then is told all the same.
        run = next(key for key in state_of(ledger.memory, "runs") if key.startswith("run/"))
        body = {"reason": "look", "run": run.removeprefix("run/")}
        ledger.time += 1
        assert ledger.say("run.pause", body, ANA, EVE).code == "ok"
    else:
        ledger.time += 1
        ledger.run()
    followed.look()
    [row] = rows(followed.engine, ContractRun)
    assert (row["state"], row["closed"]) == ("paused" if stopped else "running", -1)
    named = [
        one["entry"]
        for one in rows(followed.engine, Subject)
        if one["subject"] == f"contract/{document['contract']}"
    ]
    assert cause.index in named and row["entry"] in named
    if not stopped:
        for _ in range(4):
            ledger.time += 1
            ledger.run()
        followed.look()
        [row] = rows(followed.engine, ContractRun)
        assert (row["state"], row["done"], row["why"]) == ("ended", 10, "roll")
        assert row["closed"] == row["entry"] and row["time"] <= ledger.time


def test_what_a_contract_says_in_its_examples_happened_nowhere(followed: Followed) -> None:
    before = rows(followed.engine, Subject)
    propose(followed.ledger, relief())
    followed.look()
    new = [row["subject"] for row in rows(followed.engine, Subject) if row not in before]
    assert new == ["contract/relief-now"]
