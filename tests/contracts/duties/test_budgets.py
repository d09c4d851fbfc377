"""Budgets: each bound on both sides, windows of rates at their edges, and never more than there is.

Goal: whatever a contract computes and whatever fires it, payments stay within the document's bounds
and the allotment; a payment that was refused counts for nothing.
Method: a trigger whose amounts come from the alert's level, on a small book; then random firings
against a plain recount of what was instructed.
"""

from dataclasses import replace
from typing import Any

import pytest
from books import NOON
from duties import TAG, Played, alert, codes, compiled, trigger
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.duties.budgets import EXACT_MAX, count, count_firing, may_fire, spent_by
from contracts.duties.derived import Charge
from ledger.errors import Refused
from ledger.state import State

HOUR = 3_600


def pays(*amounts: str) -> list[dict[str, Any]]:
    """Effects that pay a household one amount each."""
    fields = {"to": f"'{TAG}'", "fund": "'relief'", "purpose": "'cash'"}
    return [
        {"id": f"pay{n}", "pay": {**fields, "amount": amount}} for n, amount in enumerate(amounts)
    ]


def played_with(budget: dict[str, Any], *amounts: str, allotted: int = 10_000) -> Played:
    contract = compiled(trigger(pays(*amounts), budget={"fund": "'relief'", **budget}))
    played = Played(contract)
    played.household(1)
    played.allot(contract, allotted)
    return played


def reason(played: Played, name: str = "quake", **changes: Any) -> str:
    """`paid`, or the class of the case that was opened instead."""
    made = played.send("alert.declare", alert(alert=name, **changes), "county/commander")
    if all(one.derived.kind == "disbursement.instruct" and one.code == "ok" for one in made):
        return "paid"
    (case,) = made
    return str(case.derived.body["class"])


@pytest.mark.parametrize(
    ("budget", "amounts", "found"),
    [
        ({"per_firing": 100}, ["100"], "paid"),
        ({"per_firing": 99}, ["100"], "budget"),
        ({"per_firing": 200}, ["100", "100"], "paid"),
        ({"per_firing": 199}, ["100", "100"], "budget"),
        ({"per_firing": 1_000, "per_item": 100}, ["100"], "paid"),
        ({"per_firing": 1_000, "per_item": 99}, ["100"], "budget"),
        ({"per_firing": 1_000, "per_item": 200}, ["100", "100"], "paid"),
        ({"per_firing": 1_000, "per_item": 199}, ["100", "100"], "budget"),
        ({"per_firing": 10_000}, ["10000"], "paid"),
        ({"per_firing": 10_001}, ["10001"], "budget"),
    ],
)
def test_each_bound_on_both_sides(budget: dict[str, Any], amounts: list[str], found: str) -> None:
    played = played_with(budget, *amounts)
    assert reason(played) == found
    paid = sum(map(int, amounts)) if found == "paid" else 0
    assert sum(played.payments().values()) == paid
    assert played.balance("CNY", "relief.general/allocated:auto-relief-now") == 10_000 - paid


def test_each_firing_has_its_own_sum() -> None:
    played = played_with({"per_firing": 100}, "100")
    assert [reason(played, name) for name in ("a", "b", "c")] == ["paid"] * 3
    assert played.row("runs", "spent/relief-now")["spent"] == 100


def test_a_refused_payment_counts_for_nothing() -> None:
    played = played_with({"per_firing": 100}, "100")
    contract = next(iter(played.contracts.values()))
    state = State(played.reader)
    charge = Charge(contract.id, 7, 100, 199)
    start = state.savepoint()
    count(state, charge, NOON)
    assert spent_by(state, charge) == 100
    state.rollback(start)
    assert spent_by(state, charge) == 0


def test_whoever_asked_too_early_is_refused_when_it_is_counted() -> None:
    state = State(Played().reader)
    charge = Charge("c", 7, 100, 199)
    count(state, charge, NOON)
    with pytest.raises(Refused) as refused:
        count(state, charge, NOON)
    assert refused.value.refusal.code == "not_enough"
    assert refused.value.refusal.values["left"] == 99
    assert spent_by(state, charge) == 100
    count(state, replace(charge, amount=99), NOON)
    assert spent_by(state, charge) == 199


# ---- rate ---------------------------------------------------------------------------------------

RATE = {"per_firing": 1_000, "rate": {"firings": 2, "by": "it.areas", "window": "72h"}}


def test_the_window_of_a_rate_at_its_edges() -> None:
    played = played_with(RATE, "100")
    start = played.time
    assert reason(played, "a") == "paid"
    played.time = start + 10
    assert reason(played, "b") == "paid"
    assert reason(played, "c") == "budget"
    played.time = start + 72 * HOUR - 1
    assert reason(played, "d", until=played.time + HOUR) == "budget"
    played.time = start + 72 * HOUR
    assert reason(played, "e", until=played.time + HOUR) == "paid"
    assert reason(played, "f", until=played.time + HOUR) == "budget"
    played.time = start + 72 * HOUR + 10
    assert reason(played, "g", until=played.time + HOUR) == "paid"


def test_a_rate_counts_each_element_of_a_list() -> None:
    played = played_with(RATE, "100")
    assert reason(played, "a", areas=["east"]) == "paid"
    assert reason(played, "b", areas=["east", "west"]) == "paid"
    # East has had two, west one: a firing for both is refused and counts for neither.
    assert reason(played, "c", areas=["west", "east"]) == "budget"
    assert reason(played, "d", areas=["west"]) == "paid"
    assert reason(played, "e", areas=["west"]) == "budget"
    assert reason(played, "f", areas=["county"]) == "paid"


def test_two_payments_of_one_firing_are_one_firing() -> None:
    rate = {"firings": 1, "by": "it.hazard", "window": "1h"}
    played = played_with({"per_firing": 1_000, "rate": rate}, "1", "2")
    assert reason(played, "a") == "paid"
    assert reason(played, "b") == "budget"
    assert sum(played.payments().values()) == 3


def test_a_new_version_does_not_begin_anew() -> None:
    rate = {"firings": 1, "by": "it.hazard", "window": "1h"}
    budget = {"fund": "'relief'", "per_firing": 1_000, "rate": rate}
    played = played_with({"per_firing": 1_000, "rate": rate}, "1")
    assert reason(played, "a") == "paid"
    newer = compiled(trigger(pays("1"), budget=budget, version=2))
    played.contracts = {newer.hash: newer}
    played.loaders = Played(newer).loaders
    assert reason(played, "b") == "budget"


def test_many_firings_are_counted_in_parts_and_never_too_few() -> None:
    window, firings = 64 * 100, EXACT_MAX + 6
    state = State(Played().reader)
    times = [n * 37 for n in range(400)]
    done: list[int] = []
    for n, time in enumerate(times):
        charge = Charge("c", n, 0, 9, elements=("x",), firings=firings, window_s=window)
        if may_fire(state, charge, time):
            count_firing(state, charge, time)
            done.append(time)
        inside = [one for one in done if time - window < one]
        assert len(inside) <= firings
    assert len(done) > firings
    row: Any = state.get("runs", "rate/c/x")
    assert len(row["at"]) <= EXACT_MAX + 1


def test_a_long_element_has_a_short_key() -> None:
    state = State(Played().reader)
    charge = Charge("c", 1, 0, 9, elements=("x" * 500,), firings=1, window_s=10)
    count_firing(state, charge, 5)
    (key,) = [key for table, key in state.changes() if table == "runs"]
    assert len(key) < 100
    assert may_fire(state, charge, 6)
    other = Charge("c", 2, 0, 9, elements=("x" * 500,), firings=1, window_s=10)
    assert not may_fire(state, other, 14)
    assert may_fire(state, other, 15)


# ---- whatever happens ---------------------------------------------------------------------------

FIRINGS = st.lists(
    st.tuples(
        st.integers(1, 5),
        st.sampled_from([["east"], ["west"], ["east", "west"], ["county"]]),
        st.sampled_from([0, 1, HOUR - 1, HOUR, 5 * HOUR]),
    ),
    max_size=14,
)


@given(FIRINGS, st.integers(0, 900), st.integers(1, 400), st.integers(1, 300), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_payments_never_pass_the_budget(
    firings: list[tuple[int, list[str], int]],
    allotted: int,
    per_firing: int,
    per_item: int,
    most: int,
) -> None:
    rate = {"firings": most, "by": "it.areas", "window": "1h"}
    budget = {"per_firing": per_firing, "per_item": per_item, "rate": rate}
    document = trigger(
        pays("each * it.level", "each"),
        budget={"fund": "'relief'", **budget},
        params={"each": {"type": "int[CNY](0..1000)", "value": 40}},
    )
    contract = compiled(document)
    played = Played(contract)
    played.household(1)
    if allotted:
        played.allot(contract, allotted)
    paid: list[tuple[int, list[str], int]] = []
    for n, (level, areas, later) in enumerate(firings):
        played.time += later
        body = alert(alert=f"a{n}", areas=areas, level=level, until=played.time + 9 * HOUR)
        made = played.send("alert.declare", body, "county/commander")
        whole = codes(made) == [("disbursement.instruct", "ok")] * 2
        assert whole or [one.derived.kind for one in made] == ["case.open"]
        if whole:
            paid.append((played.time, areas, 40 * level + 40))
    assert sum(sum_ for _, _, sum_ in paid) == sum(played.payments().values()) <= allotted
    assert all(sum_ <= min(per_firing, per_item) for _, _, sum_ in paid)
    for time, _, _ in paid:
        for area in ("east", "west", "county"):
            inside = [one for one, areas, _ in paid if area in areas and time - HOUR < one <= time]
            assert len(inside) <= most
