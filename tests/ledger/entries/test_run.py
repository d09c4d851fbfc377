"""`run.*`: people stop what a contract does by itself.

Goal: two members stop a run, whoever signs for them; to let it go on or to end it takes a role.
Method: the row of a run, and each statement in each of its states.
"""

from typing import Any

import pytest
from books import Books
from money import h

from ledger.runs import Run, find_run, parse_run, running
from ledger.state import State

RUN = Run(
    after="", at=1, cause="quake", contract=h(7), done=0, entry=5, faults=0, fired=0,
    having={"area_in": ["east"]}, it={"level": 4}, name="relief-now", refused=0, spent=0,
    state="running", steps=0, why="",
)  # fmt: skip
TWO = ("county/approver", "relief/counter")


def books(state: str = "running") -> Books:
    found = Books()
    key, row = f"run/{RUN.id}", {**_row(RUN), "state": state}
    found.set("runs", key, row)
    return found


def _row(run: Run) -> dict[str, Any]:
    state = State(Books().reader)
    run.put(state)
    row: Any = state.get("runs", f"run/{run.id}")
    return dict(row)


def test_a_row_is_read_as_it_was_written() -> None:
    assert parse_run(_row(RUN)) == RUN
    assert "closed" not in _row(RUN)


@pytest.mark.parametrize(
    ("kind", "state", "code", "after"),
    [
        ("run.pause", "running", "ok", "paused"),
        ("run.pause", "paused", "not_open", "paused"),
        ("run.pause", "ended", "not_open", "ended"),
        ("run.resume", "running", "not_open", "running"),
        ("run.resume", "paused", "ok", "running"),
        ("run.resume", "ended", "not_open", "ended"),
        ("run.end", "running", "ok", "ended"),
        ("run.end", "paused", "ok", "ended"),
        ("run.end", "ended", "not_open", "ended"),
    ],
)
def test_states(kind: str, state: str, code: str, after: str) -> None:
    there = books(state)
    assert there.run(kind, {"reason": "drill", "run": RUN.id}, *TWO).code == code
    run = find_run(State(there.reader), RUN.id)
    assert run is not None and run.state == after
    assert (run.closed > 0) == (kind == "run.end" and code == "ok")
    assert [one.id for one in running(State(there.reader))] == [RUN.id] * (after == "running")


@pytest.mark.parametrize(
    ("kind", "signers", "code"),
    [
        ("run.pause", ("county/distributor", "relief/distributor"), "ok"),
        ("run.pause", ("county/distributor", "county/admin"), "no_authority"),
        ("run.pause", ("county/admin",), "no_authority"),
        ("run.end", ("county/commander", "relief/distributor"), "ok"),
        ("run.end", ("county/distributor", "relief/admin"), "no_authority"),
        ("run.end", ("county/admin", "county/approver"), "no_authority"),
    ],
)
def test_who(kind: str, signers: tuple[str, ...], code: str) -> None:
    assert books().run(kind, {"reason": "drill", "run": RUN.id}, *signers).code == code


@pytest.mark.parametrize("run", ["5", f"5/{h(7)}", f"{5:013d}/{h(7)}", f"{5:012d}/{h(7)[1:]}"])
def test_a_run_has_one_spelling(run: str) -> None:
    assert books().run("run.pause", {"reason": "drill", "run": run}, *TWO).code == "malformed"


def test_it_is_found_under_its_contract() -> None:
    there = books()
    there.ok("run.pause", {"reason": "drill", "run": RUN.id}, *TWO)
    assert there.row("index", "contract/relief-now")[0] == 1
