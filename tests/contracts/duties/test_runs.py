"""Runs: a walk over many households, killed in the middle, stopped, and never paying twice.

Goal: whatever happens between two batches, each household of the roll is paid once, in the order of
tags, within the budget; and people can stop it, see how far it is and let it go on.
Method: triggers with `foreach` on a small book with up to a thousand households; `killed` throws
everything away but rows and entries.
"""

from dataclasses import replace
from typing import Any

import pytest
from duties import Caused, Played, alert, codes, compiled, rows_of, trigger
from hypothesis import given, settings
from hypothesis import strategies as st
from money import h

from contracts.duties.runs import FAULTS_MAX, ITEMS_MAX, has_work
from ledger.entry import AutoEntry, parse_entry
from ledger.runs import ENDED, PAUSED, RUNNING, running

WALK = {"as": "h", "over": "households", "having": {"area_in": "it.areas"}}
TWO = ("county/approver", "relief/approver")


def document(amount: str = "100", **rest: Any) -> dict[str, Any]:
    """Pays each household of the alert's areas, once an alert."""
    pay = {
        "id": "relief",
        "when": "h.eligible && before == 0",
        "pay": {"to": "h.id", "amount": amount, "fund": "'relief'", "purpose": "'cash'"},
    }
    count = {
        "count": 1, "of": "disbursement.instruct", "by": {"cause": "it.alert", "to": "h.id"},
        "type": "int(0..1000000)",
    }  # fmt: skip
    budget = rest.pop("budget", {"fund": "'relief'", "per_firing": 10_000_000})
    fields = {"foreach": WALK, "facts": {"before": count}, "budget": budget, "effects": [pay]}
    return trigger(**{**fields, **rest})


def played_with(households: int, allotted: int = 1_000_000, **rest: Any) -> Played:
    contract = compiled(document(**rest))
    played = Played(contract)
    for n in range(households):
        played.household(n)
    if allotted:
        played.allot(contract, allotted)
    return played


def declare(played: Played, **changes: Any) -> list[Caused]:
    return played.send("alert.declare", alert(**changes), "county/commander")


def finish(played: Played, most: int = 1_000) -> int:
    """Batches until nothing runs; how many there were."""
    for n in range(most):
        if not has_work(played.state()):
            return n
        played.time += 1
        played.batch()
    raise AssertionError("it goes on for ever")


def paid(played: Played) -> dict[str, int]:
    """Tag -> minor units, read from the log alone."""
    found: dict[str, int] = {}
    for raw in played.reader.entries:
        entry = parse_entry(raw) if raw != b"{}" else None
        if isinstance(entry, AutoEntry) and entry.kind == "disbursement.instruct":
            body: Any = entry.body
            if entry.outcome["code"] == "ok":
                tag = body["payee"]["tag"]
                found[tag] = found.get(tag, 0) + sum(one["amount"] for one in body["draws"])
    return found


def test_a_cause_opens_a_run_and_pays_nobody_yet() -> None:
    played = played_with(3)
    assert declare(played) == []
    (run,) = played.runs()
    assert (run.state, run.after, run.done, run.name) == (RUNNING, "", 0, "relief-now")
    assert run.cause == "quake"
    assert run.having == {"area_in": ["east"]}
    assert paid(played) == {}


def test_a_cause_that_does_not_apply_opens_none() -> None:
    played = played_with(3, where="it.level >= 5")
    declare(played)
    assert played.runs() == []


def test_a_thousand_households_killed_in_the_middle_are_each_paid_once() -> None:
    played = played_with(1_000)
    declare(played)
    order: list[str] = []
    for n in range(7):
        played.time += 1
        made = played.batch()
        order += [one.derived.rule.rpartition("/")[2] for one in made]
        assert len(made) <= ITEMS_MAX
        if n in (0, 2, 3):
            # A batch that was not committed leaves nothing; the next process goes on from rows.
            played = played.killed()
    assert order == sorted(order)
    assert len(order) == 1_000
    assert not has_work(played.state())
    assert paid(played) == {played.household(n): 100 for n in range(1_000)}
    (run,) = played.runs()
    assert (run.state, run.why, run.done, run.fired, run.spent) == (
        ENDED, "roll", 1_000, 1_000, 100_000,
    )  # fmt: skip
    assert played.balance("CNY", "relief.general/allocated:auto-relief-now") == 900_000


def test_a_run_whose_cursor_was_lost_pays_nobody_twice() -> None:
    """Its row is put back to the beginning, and it asks no fact: identity alone holds."""
    always = {**document()["effects"][0], "when": "h.eligible"}
    played = played_with(5, facts=None, effects=[always])
    declare(played)
    key, row = next(iter(rows_of(played, "runs").items()))
    finish(played)
    assert len(paid(played)) == 5
    played.set("runs", key, {**row, "steps": 9})
    finish(played)
    assert paid(played) == {played.household(n): 100 for n in range(5)}
    assert played.runs()[0].done == 5


def test_each_portion_is_told_on_the_log() -> None:
    played = played_with(3, foreach={**WALK, "per_batch": 2})
    declare(played)
    finish(played)
    told = [
        entry.body
        for entry in map(parse_entry, filter(lambda raw: raw != b"{}", played.reader.entries))
        if isinstance(entry, AutoEntry) and entry.kind == "contract.run"
    ]
    assert [(one["done"], one["spent"], one["state"], one["why"]) for one in told] == [
        (2, 200, "running", ""), (3, 300, "ended", "roll"),
    ]  # fmt: skip


def test_a_run_that_finds_nothing_to_do_still_moves_on() -> None:
    played = played_with(0, where="true")
    for n in range(450):
        played.household(n, bank_verified=False, area="east")
    contract = compiled(document(**{"effects": [
        {**document()["effects"][0], "when": "h.bank_verified && before == 0"}]}))  # fmt: skip
    played = _with(played, contract)
    declare(played)
    assert finish(played) == 3
    assert played.runs()[0].fired == 0


def _with(played: Played, contract: Any) -> Played:
    other = Played(contract)
    other.reader, other.time = played.reader, played.time
    return other


# ---- the roll -----------------------------------------------------------------------------------


def test_the_roll_is_frozen_at_the_cause() -> None:
    played = played_with(4)
    declare(played)
    late = [played.household(100 + n) for n in range(4)]
    finish(played)
    assert paid(played) == {played.household(n): 100 for n in range(4)}
    assert not set(late) & set(paid(played))
    assert played.runs()[0].done == 8


def test_who_retires_before_its_turn_is_passed_by() -> None:
    played = played_with(6, foreach={**WALK, "per_batch": 1})
    tags = sorted(played.household(n) for n in range(6))
    declare(played)
    played.batch()
    for tag in (tags[0], tags[3]):
        row = played.row("households", tag)
        played.set("households", tag, {**row, "retired": "00" * 32})
    finish(played)
    assert sorted(paid(played)) == [tags[0], tags[1], tags[2], tags[4], tags[5]]


def test_areas_below_belong_and_others_do_not() -> None:
    played = played_with(0)
    east, west, county = (
        played.household(n, area) for n, area in enumerate(("east", "west", "county"))
    )
    declare(played, areas=["east"])
    finish(played)
    assert set(paid(played)) == {east}
    declare(played, alert="flood", areas=["county"])
    finish(played)
    assert paid(played) == {east: 200, west: 100, county: 100}


def test_no_condition_no_run() -> None:
    """Such a contract is not valid any more; were there one, nobody would be walked through."""
    contract = compiled(document())
    assert contract.foreach is not None
    played = Played(replace(contract, foreach=replace(contract.foreach, having=())))
    played.household(0)
    (made,) = declare(played)
    assert made.derived.body["class"] == "contract-fault"
    assert played.runs() == []


# ---- bounds -------------------------------------------------------------------------------------


def test_all_runs_share_a_batch_and_the_oldest_goes_first() -> None:
    played = played_with(300)
    declare(played, alert="a")
    declare(played, alert="b")
    first, second = played.runs()
    assert len(played.batch()) == ITEMS_MAX
    first, second = played.runs()
    assert (first.done, second.done) == (200, 0)
    assert len(played.batch()) == ITEMS_MAX
    first, second = played.runs()
    assert (first.done, first.state, second.done) == (300, ENDED, 100)
    finish(played)
    assert set(paid(played).values()) == {200}


def test_per_batch_leaves_room_for_the_next_run() -> None:
    played = played_with(300, foreach={**WALK, "per_batch": 150})
    declare(played, alert="a")
    declare(played, alert="b")
    played.batch()
    assert [run.done for run in played.runs()] == [150, 50]


def test_it_ends_at_its_budget() -> None:
    played = played_with(10, budget={"fund": "'relief'", "per_firing": 399})
    declare(played)
    finish(played)
    (run,) = played.runs()
    assert (run.state, run.why, run.spent, run.fired) == (ENDED, "budget", 300, 3)
    assert codes(played.caused) == [("disbursement.instruct", "ok")] * 3 + [("case.open", "ok")]


def test_it_pauses_where_the_allotment_is_empty_and_goes_on_when_it_is_not() -> None:
    played = played_with(5, allotted=250)
    contract = next(iter(played.contracts.values()))
    declare(played)
    finish(played)
    (run,) = played.runs()
    assert (run.state, run.why, run.done) == (PAUSED, "budget", 2)
    assert len(paid(played)) == 2
    resume = {"reason": "money-came", "run": run.id}
    # Nothing came: it asks again, and there is no second case about the same household.
    played.ok("run.resume", resume, *TWO)
    finish(played)
    assert played.runs()[0].state == PAUSED
    assert codes(played.caused).count(("case.open", "ok")) == 1
    played.allot(contract, 250)
    played.ok("run.resume", resume, *TWO)
    finish(played)
    assert played.runs()[0].why == "roll"
    assert set(paid(played).values()) == {100} and len(paid(played)) == 5


def test_a_household_above_per_item_gets_a_case_and_the_others_are_paid() -> None:
    budget = {"fund": "'relief'", "per_firing": 100_000, "per_item": 300}
    persons = {"type": "int[CNY/person](0..1000)", "value": 100}
    played = played_with(
        0, allotted=0, amount="each * h.persons", budget=budget, params={"each": persons}
    )
    small, large = played.household(1, persons=3), played.household(2, persons=4)
    played.allot(next(iter(played.contracts.values())), 5_000)
    declare(played)
    finish(played)
    assert paid(played) == {small: 300}
    (case,) = [one for one in played.caused if one.derived.kind == "case.open"]
    assert case.derived.body == {
        "class": "budget",
        "subjects": ["contract/relief-now", "fund/relief", f"household/{large}"],
    }


def test_the_rate_is_asked_when_a_run_is_opened() -> None:
    rate = {"firings": 1, "by": "it.areas", "window": "72h"}
    played = played_with(3, budget={"fund": "'relief'", "per_firing": 1_000, "rate": rate})
    assert declare(played, alert="a") == []
    (made,) = declare(played, alert="b")
    assert made.derived.body["class"] == "budget"
    assert len(played.runs()) == 1
    finish(played)
    assert len(paid(played)) == 3


def test_what_a_gate_refuses_is_logged_and_not_spent() -> None:
    played = played_with(3, budget={"fund": "'relief'", "per_firing": 200})
    played.denied = {sorted(played.household(n) for n in range(3))[0]}
    declare(played)
    finish(played)
    (run,) = played.runs()
    assert (run.refused, run.spent, run.why) == (1, 200, "roll")
    assert len(paid(played)) == 2


def test_faults_stop_a_run_until_people_have_looked() -> None:
    played = played_with(FAULTS_MAX + 6, amount="each / (h.persons - three)", params={
        "each": {"type": "int[CNY*person](0..1000)", "value": 100},
        "three": {"type": "int[person](0..9)", "value": 3},
    })  # fmt: skip
    declare(played)
    finish(played)
    (run,) = played.runs()
    assert (run.state, run.why, run.faults, run.done) == (PAUSED, "faults", FAULTS_MAX, FAULTS_MAX)
    played.ok("run.resume", {"reason": "seen", "run": run.id}, *TWO)
    finish(played)
    (run,) = played.runs()
    assert (run.state, run.faults, run.fired) == (ENDED, FAULTS_MAX + 6, 0)
    cases = [one for one in played.caused if one.derived.kind == "case.open"]
    assert len(cases) == FAULTS_MAX + 6
    assert paid(played) == {}


# ---- people -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "signers", "code"),
    [
        ("run.pause", ("county/distributor", "relief/counter"), "ok"),
        ("run.pause", ("county/distributor", "county/counter"), "no_authority"),
        ("run.pause", ("county/distributor",), "no_authority"),
        ("run.end", ("county/approver", "relief/counter"), "ok"),
        ("run.end", ("county/distributor", "relief/approver"), "no_authority"),
        ("run.end", ("county/approver",), "no_authority"),
        ("run.resume", ("county/approver", "relief/counter"), "not_open"),
    ],
)
def test_any_two_members_stop_it(kind: str, signers: tuple[str, ...], code: str) -> None:
    played = played_with(3)
    declare(played)
    body = {"reason": "wrong-list", "run": played.runs()[0].id}
    assert played.run(kind, body, *signers).code == code
    if code == "ok":
        assert played.batch() == []
        assert not has_work(played.state())
        finish(played)
        assert paid(played) == {}


def test_a_paused_run_goes_on_where_it_stopped() -> None:
    played = played_with(5, foreach={**WALK, "per_batch": 2})
    declare(played)
    played.batch()
    (run,) = played.runs()
    played.ok("run.pause", {"reason": "look", "run": run.id}, "county/counter", "relief/counter")
    assert played.batch() == []
    assert played.run("run.pause", {"reason": "look", "run": run.id}, *TWO).code == "not_open"
    played.ok("run.resume", {"reason": "fine", "run": run.id}, *TWO)
    finish(played)
    assert len(paid(played)) == 5
    ended = played.run("run.end", {"reason": "late", "run": run.id}, *TWO)
    assert ended.code == "not_open"
    unknown = played.run("run.pause", {"reason": "x", "run": f"{0:012d}/{h(1)}"}, *TWO)
    assert unknown.code == "unknown_reference"


def test_a_run_waits_while_its_contract_is_suspended() -> None:
    played = played_with(3)
    declare(played)
    played.suspended = set(played.contracts)
    assert played.batch() == []
    assert played.runs()[0].state == RUNNING
    played.suspended = set()
    finish(played)
    assert len(paid(played)) == 3


def test_how_far_it_is() -> None:
    played = played_with(40, foreach={**WALK, "per_batch": 20})
    declare(played)
    assert played.runs()[0].permille == 0
    played.batch()
    assert 300 < played.runs()[0].permille < 700
    finish(played)
    assert played.runs()[0].permille == 1_000
    assert list(running(played.state())) == []


# ---- whatever happens ---------------------------------------------------------------------------

STEPS = st.lists(
    st.sampled_from(["batch", "kill", "enrol", "pause", "resume", "alert", "money", "undone"]),
    max_size=25,
)


@given(STEPS, st.integers(0, 12), st.integers(0, 1_500), st.integers(1, 900))
@settings(max_examples=50, deadline=None)
def test_nobody_is_paid_twice_and_never_beyond_the_budget(
    steps: list[str], households: int, allotted: int, per_firing: int
) -> None:
    budget = {"fund": "'relief'", "per_firing": per_firing, "per_item": 100}
    played = played_with(
        households, allotted=allotted, budget=budget, foreach={**WALK, "per_batch": 3}
    )
    contract = next(iter(played.contracts.values()))
    given_out, enrolled, alerts = allotted, households, 0
    for step in steps:
        played.time += 1
        runs = [run for run in played.runs() if run.state != ENDED]
        if step == "batch":
            played.batch()
        elif step == "kill":
            played = played.killed()
        elif step == "undone":
            # The process died before its batch was committed: another makes the same one.
            lost = played.killed()
            lost.batch()
            again = played.killed()
            again.batch()
            assert again.reader.values == lost.reader.values
            assert again.reader.entries == lost.reader.entries
        elif step == "enrol":
            played.household(enrolled)
            enrolled += 1
        elif step == "alert":
            declare(played, alert=f"a{alerts}")
            alerts += 1
        elif step == "money":
            played.allot(contract, 120)
            given_out += 120
        elif runs:
            body = {"reason": "drill", "run": runs[0].id}
            played.run(f"run.{step}", body, *TWO)
    finish(played)
    found = paid(played)
    assert sum(found.values()) <= given_out
    assert sum(found.values()) == sum(run.spent for run in played.runs())
    assert all(n <= 100 * alerts for n in found.values())
    for run in played.runs():
        assert run.spent <= per_firing
        assert run.spent == 100 * run.fired
    per_cause: dict[tuple[int, str], int] = {}
    for raw in played.reader.entries:
        entry = parse_entry(raw) if raw != b"{}" else None
        if isinstance(entry, AutoEntry) and entry.kind == "disbursement.instruct":
            body: Any = entry.body
            key = (entry.cause.entry, body["payee"]["tag"])
            per_cause[key] = per_cause.get(key, 0) + 1
    assert set(per_cause.values()) <= {1}
