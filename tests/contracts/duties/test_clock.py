"""The hour as a cause: once for each hour that was full when a batch came.

Goal: a full hour is a cause in the first batch at or after it, and in no other.
Method: both sides of the hour; a walk through random batch times, of which every first one at or
after a full hour must name exactly that hour.
"""

import pytest
from duties import Played, compiled, trigger
from hypothesis import given
from hypothesis import strategies as st

from contracts.duties.clock import HOUR_S, hour_cause, hour_due
from ledger.entry import auto_id
from ledger.state import Head


@pytest.mark.parametrize(
    ("before", "time", "due"),
    [
        (0, 3_599, None),
        (0, 3_600, 3_600),
        (3_599, 3_600, 3_600),
        (3_600, 3_600, None),
        (3_600, 7_199, None),
        (3_600, 7_200, 7_200),
        (3_601, 36_001, 36_000),
    ],
)
def test_both_sides_of_the_hour(before: int, time: int, due: int | None) -> None:
    assert hour_due(before, time) == due


@given(st.lists(st.integers(0, 9_000), min_size=1, max_size=30))
def test_each_hour_is_a_cause_at_most_once_and_never_before_it_is_full(steps: list[int]) -> None:
    time, found = 1_800_000_000 + 17, []
    for step in steps:
        due = hour_due(time, time + step)
        if due is not None:
            assert due % HOUR_S == 0
            assert time < due <= time + step < due + HOUR_S
            found.append(due)
        time += step
    assert found == sorted(dict.fromkeys(found))


def test_its_cause_is_the_last_batch_entry() -> None:
    cause, body = hour_cause(Head("ledger.example.org/test", size=42), 7_200)
    assert (cause.entry, cause.rule, body) == (41, "clock.hour/7200", {"hour": 7_200})
    later, _ = hour_cause(Head("ledger.example.org/test", size=42), 10_800)
    assert auto_id("x", cause) != auto_id("x", later)


def test_a_contract_may_listen_to_it() -> None:
    effect = {"id": "tell", "when": "it.hour % 6 == 0",
              "notify": {"to": "'duty'", "code": "'shift'", "subject": "'shift'"}}  # fmt: skip
    contract = compiled(trigger([effect], kinds=["clock.hour"]))
    played = Played(contract)
    for hour, fires in ((500_004, True), (500_005, False)):
        view = {"at": hour * HOUR_S, "hour": hour}
        verdict = played._verdict(played.state(), contract, view)
        assert bool(verdict.effects) is fires
