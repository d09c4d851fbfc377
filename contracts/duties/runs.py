"""Runs at work: opened by a cause, walked some items a batch, told of on the log.

    open_run        a trigger with `foreach` fired: its row, or a case where its rate is reached
    next_items      what the runs that go on do in this batch: at most `ITEMS_MAX`, the oldest first
    item_done       one item is done: the cursor goes on, or the run stops
    progress        the entry that tells of a portion; each portion has one, so that a batch in
                    which a run found nothing to do still makes an entry and keeps the cursor

*The roll is frozen*: on it are the items (households, open needs) that were there before the cause,
by the index of the entry in their row, and that still are at their turn. Whoever is enrolled
afterwards is passed by, whoever retires before its turn too: a roll only shrinks. A run goes by the
text under which it began to its end; while that contract is suspended it waits.

A run stops by itself where its payments reach `per_firing` (it ends), where its allotment has not
enough (it pauses, before the item), and after each `FAULTS_MAX` faults (it pauses).
Specification: `docs/spec/duties.md`, runs.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from contracts.catalogue.records import At
from contracts.catalogue.walks import WALKS
from contracts.documents.compiled import Contract
from contracts.duties.budgets import charge_of, count_firing, may_fire
from contracts.duties.derived import Duties, rule_of, stop
from contracts.duties.paying import currency_of
from contracts.rcel.errors import EvaluationError
from ledger.book import Book
from ledger.canon import Value
from ledger.entry import Cause
from ledger.runs import ENDED, PAUSED, RUNNING, Run, find_run, running
from ledger.state import State

ITEMS_MAX: Final = 200
"""Items of one batch, over all runs."""
FAULTS_MAX: Final = 64
"""Items of a run that open a case about it before people look."""
RUNS_MAX: Final = 1_024
"""Runs that one batch looks at; those that wait for their contract are passed over."""

PROGRESS: Final = "contract.run"
"""The kind of the entries that tell of a run; there are no others of it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a run: its key, and its record; None where it is not on the roll."""

    key: str
    record: dict[str, Value] | None


@dataclass(frozen=True, slots=True)
class Portion:
    """What one run does in one batch; `last`: after these items there are no more."""

    run: Run
    contract: Contract
    items: tuple[Item, ...]
    last: bool


def open_run(book: Book, contract: Contract, it: Mapping[str, Value], cause: str) -> Duties:
    """A trigger with `foreach` fired by the entry of `book`: its run stands from now on.

    `it` is the view, `cause` how statements remember it. Where the rate of its budget is reached,
    or its conditions have no value, there is no run but a case. Of a statement with several rows
    the first that fires opens the run.
    """
    walk = contract.foreach
    assert walk is not None
    state = book.state
    if find_run(state, f"{book.index:012d}/{contract.hash}") is not None:
        return Duties()
    try:
        inputs = contract.inputs(dict(it))
        having = {name: one.evaluate(inputs) for name, one in walk.having}
        if WALKS[walk.over].condition not in having:
            # A walk through every household of the ledger is nothing that anybody means.
            return stop(contract, "", "fault")
        charge = charge_of(contract, it, book.index)
    except EvaluationError:
        return stop(contract, "", "fault")
    if not may_fire(state, charge, book.time):
        return stop(contract, "", "rate")
    count_firing(state, charge, book.time)
    Run(
        after="",
        at=book.time,
        cause=cause,
        contract=contract.hash,
        done=0,
        entry=book.index,
        faults=0,
        fired=0,
        having=having,
        it=dict(it),
        name=contract.id,
        refused=0,
        spent=0,
        state=RUNNING,
        steps=0,
        why="",
    ).put(state)
    book.touch(f"contract/{contract.id}")
    return Duties()


def next_items(
    state: State, time: int, contract_of: Callable[[str], Contract | None], most: int = ITEMS_MAX
) -> Iterator[Portion]:
    """The portions of this batch. `contract_of`: hash -> contract; None while it is suspended.

    A run whose list is at its end has a portion without items, in which it ends. Runs are chosen
    when the walk begins; whatever a portion causes must be done before the next is asked for.
    """
    runs = [run for run, _ in zip(running(state), range(RUNS_MAX), strict=False)]
    for run in runs:
        if most < 1:
            return
        contract = contract_of(run.contract)
        if contract is None or contract.foreach is None:
            continue
        limit = min(most, contract.foreach.per_batch)
        found = _items(state, time, run, contract, limit)
        most -= max(1, len(found))
        yield Portion(run, contract, tuple(found), last=len(found) < limit)


def _items(state: State, time: int, run: Run, contract: Contract, limit: int) -> list[Item]:
    assert contract.foreach is not None and isinstance(run.having, dict), run.id
    walk = WALKS[contract.foreach.over]
    at = At(state, time, currency_of(contract))
    listed = walk.items(at, run.having[walk.condition], run.after, limit)
    # What is not known to be older than the cause is not on the roll.
    return [Item(one.key, one.record if -1 < one.entry < run.entry else None) for one in listed]


def item_done(
    state: State, run_id: str, item: Item, duties: Duties | None, refused: int = 0
) -> bool:
    """The cursor goes past `item`; whether the run goes on.

    `duties`: what the item caused, None where it is not on the roll; `refused`: how many of its
    derived statements were refused.
    """
    run = find_run(state, run_id)
    assert run is not None and run.state == RUNNING, run_id
    stopped = "" if duties is None else duties.stopped
    if stopped == "allotment":
        # The item is asked again when there is money, and people have said so.
        replace(run, state=PAUSED, why="budget").put(state)
        return False
    fired = duties is not None and bool(duties.derived) and not stopped
    run = replace(
        run,
        after=item.key,
        done=run.done + 1,
        faults=run.faults + bool(stopped),
        fired=run.fired + fired,
        refused=run.refused + refused,
    )
    if stopped == "per_firing":
        run = replace(run, state=ENDED, why="budget")
    elif stopped and run.faults % FAULTS_MAX == 0:
        run = replace(run, state=PAUSED, why="faults")
    run.put(state)
    return run.state == RUNNING


def progress(state: State, portion: Portion, time: int) -> tuple[Cause, dict[str, Value]]:
    """A portion is done: cause and body of the entry that tells of it; at its end the run ends."""
    run = find_run(state, portion.run.id)
    assert run is not None
    if run.state == RUNNING and portion.last:
        run = replace(run, state=ENDED, why="roll")
    if run.state == ENDED and not run.closed:
        run = replace(run, closed=time)
    run = replace(run, steps=run.steps + 1)
    run.put(state)
    body: dict[str, Value] = {
        "contract": run.name,
        "done": run.done,
        "faults": run.faults,
        "fired": run.fired,
        "refused": run.refused,
        "run": run.id,
        "spent": run.spent,
        "state": run.state,
        "why": run.why,
    }
    return Cause(run.entry, rule_of(portion.contract, "!run", f"{run.steps}")), body


def has_work(state: State) -> bool:
    """Whether a run goes on: batches are then to be made, statements or not."""
    return next(iter(running(state)), None) is not None
