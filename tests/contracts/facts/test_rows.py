"""Aggregates: each form on both sides of each boundary, and against a recount of everything.

Goal: what a fact says is what counting all statements anew would say, at every instant, in whatever
order they came, and after every reversal.
Method: tables of small cases; random notes and turns over a ledger in memory, against a model that
keeps a list and counts it again each time.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from books import MemoryReader
from feeding import Backfill
from hypothesis import given
from hypothesis import strategies as st

from contracts.facts.definition import DAY_S, HOUR_S, Definition, define
from contracts.facts.recording import Event, Noted, Turned, write
from contracts.facts.rows import ROWS_MAX, TooMany, group_key, listen, note, read, turn
from ledger.canon import encode
from ledger.state import State

OFFSET = 28_800
T = 1_800_000_000
WEEK = 604_800
KIND = "disbursement.handout"


def a_state() -> State:
    reader = MemoryReader()
    reader.put(("trust", "settings"), encode({"gates": False, "offset": OFFSET}))
    return State(reader)


def stored(state: State) -> State:
    """The same rows, now in the store."""
    reader = state.reader
    assert isinstance(reader, MemoryReader)
    for pair, raw in state.changes().items():
        reader.put(pair, raw)
    return State(reader)


def view(at: int, qty: int = 1, household: str = "h1", **more: Any) -> dict[str, Any]:
    return {"at": at, "qty": qty, "household": household, "item_class": "food", **more}


def seen(form: Any, window_s: int, bucket_s: int = 0, **more: Any) -> Definition:
    return define(KIND, form, "qty", by=["household"], window_s=window_s, bucket_s=bucket_s, **more)


def counted(index: Definition, *notes: tuple[int, int], at: int = T) -> Any:
    state = a_state()
    for entry, (when, qty) in enumerate(notes):
        note(state, listen([index]), KIND, [view(when, qty)], entry=entry, offset=OFFSET)
    first = read(state, index, ["h1"], at)
    assert read(stored(state), index, ["h1"], at) == first
    return first


@pytest.mark.parametrize(
    ("form", "window_s", "notes", "result"),
    [
        ("sum", WEEK, (), 0),
        ("sum", WEEK, ((T, 5),), 5),
        ("sum", WEEK, ((T + 1, 5),), 0),
        ("sum", WEEK, ((T - WEEK, 5),), 0),
        ("sum", WEEK, ((T - WEEK + 1, 5),), 5),
        ("sum", WEEK, ((T, 5), (T - WEEK, 7), (T - 3, 2)), 7),
        ("sum", 0, ((T - 10 * WEEK, 5), (T, 1)), 6),
        ("count", WEEK, ((T, 5), (T, 9), (T - WEEK, 1)), 2),
        ("count", 0, ((T, 5), (0, 9)), 2),
        ("max", WEEK, (), None),
        ("max", WEEK, ((T, 5), (T - 1, 9), (T - WEEK, 99)), 9),
        ("max", 0, ((T, 5), (0, 99)), 99),
        ("max", 0, ((T, -5), (0, -99), (3, -6)), -5),
        ("max", 0, ((T, -5), (0, 3)), 3),
        ("last", WEEK, (), None),
        ("last", WEEK, ((T - 1, 5), (T - 2, 9)), 5),
        ("last", WEEK, ((T - 1, 5), (T - 1, 9)), 9),
        ("last", WEEK, ((T - WEEK, 5),), None),
        ("last", WEEK, ((T - 1, 5), (T + 1, 9)), 5),
        ("last", 0, ((7, 5), (3, 9)), 5),
    ],
)  # fmt: skip
def test_each_form_on_both_sides_of_its_boundaries(
    form: str, window_s: int, notes: tuple[tuple[int, int], ...], result: Any
) -> None:
    assert counted(seen(form, window_s), *notes) == result


MIDNIGHT = T - (T + OFFSET) % DAY_S
"""The last local midnight before T."""


@pytest.mark.parametrize(
    ("window_s", "bucket_s", "at", "notes", "result"),
    [
        # A window of one day in buckets of a day is today, from local midnight on.
        (DAY_S, DAY_S, MIDNIGHT, ((MIDNIGHT, 4), (MIDNIGHT - 1, 8)), 4),
        (DAY_S, DAY_S, MIDNIGHT - 1, ((MIDNIGHT, 4), (MIDNIGHT - 1, 8)), 8),
        (DAY_S, DAY_S, MIDNIGHT + DAY_S - 1, ((MIDNIGHT, 4), (MIDNIGHT + DAY_S, 8)), 4),
        (2 * DAY_S, DAY_S, MIDNIGHT + 5, ((MIDNIGHT - DAY_S, 4), (MIDNIGHT - DAY_S - 1, 8)), 4),
        # Whole buckets: what comes later today is in today's.
        (DAY_S, DAY_S, MIDNIGHT, ((MIDNIGHT + 100, 4),), 4),
        (3 * HOUR_S, HOUR_S, MIDNIGHT + 1, ((MIDNIGHT - 2 * HOUR_S, 4), (MIDNIGHT, 2)), 6),
        (3 * HOUR_S, HOUR_S, MIDNIGHT + 1, ((MIDNIGHT - 2 * HOUR_S - 1, 4),), 0),
        (DAY_S, DAY_S, 0, ((0, 4),), 4),
    ],
)
def test_buckets_are_whole_and_begin_at_local_midnight(
    window_s: int, bucket_s: int, at: int, notes: tuple[tuple[int, int], ...], result: int
) -> None:
    assert counted(seen("sum", window_s, bucket_s), *notes, at=at) == result


@pytest.mark.parametrize("window_s", [0, WEEK])
@pytest.mark.parametrize("form", ["sum", "count"])
def test_posted_open_and_gone_are_told_apart(form: str, window_s: int) -> None:
    index = seen(form, window_s)
    state, listeners = a_state(), listen([index])
    note(state, listeners, KIND, [view(T, 3)], entry=1)
    note(state, listeners, KIND, [view(T, 4)], entry=2, standing="open")
    note(state, listeners, KIND, [view(T, 5)], entry=3, standing="gone")

    def told() -> list[Any]:
        return [read(state, index, ["h1"], T, each) for each in ("counted", "posted", "open")]

    def as_form(*values: int) -> int:
        return sum(values) if form == "sum" else len(values)

    assert told() == [as_form(3, 4), as_form(3), as_form(4)]
    turn(state, listeners, KIND, entry=2, standing="posted")
    assert told() == [as_form(3, 4), as_form(3, 4), as_form()]
    turn(state, listeners, None, entry=1, standing="gone")
    assert told() == [as_form(4), as_form(4), as_form()]
    turn(state, listeners, None, entry=1, standing="gone")
    turn(state, listeners, KIND, entry=9, standing="gone")
    assert told() == [as_form(4), as_form(4), as_form()]
    turn(state, listeners, None, entry=1, standing="open")
    turn(state, listeners, "stock.loss", entry=1, standing="gone")
    assert told() == [as_form(3, 4), as_form(4), as_form(3)]


def test_rows_of_one_statement_count_one_by_one() -> None:
    index = seen("sum", WEEK)
    state, listeners = a_state(), listen([index, index])
    views = [view(T, 2, "h1"), view(T, 3, "h2"), view(T, 4, "h1")]
    note(state, listeners, KIND, views, entry=7)
    assert [read(state, index, [tag], T) for tag in ("h1", "h2", "h3")] == [6, 3, 0]
    turn(state, listeners, None, entry=7, standing="gone")
    assert [read(state, index, [tag], T) for tag in ("h1", "h2", "h3")] == [0, 0, 0]


def test_only_what_matches_is_counted() -> None:
    index = seen("count", WEEK, match={"item_class": "food", "auto": True})
    state, listeners = a_state(), listen([index])
    views = [
        view(T, auto=True),
        view(T, auto=False),
        view(T, auto=1),  # an integer is no truth
        view(T),
        view(T, auto=True, item_class="blanket"),
        {"at": T, "auto": True, "item_class": "food", "qty": 1},  # no household
    ]
    note(state, listeners, KIND, views, entry=1)
    assert read(state, index, ["h1"], T) == 1


def test_where_nobody_listens_nothing_is_written() -> None:
    state = a_state()
    note(state, listen([]), KIND, [view(T)], entry=1)
    note(state, listen([seen("sum", WEEK)]), "stock.loss", [view(T)], entry=1)
    assert not state.changes()


def test_sums_beyond_what_json_holds_are_kept_exactly() -> None:
    index, most = seen("sum", 0), 2**53 - 1
    assert counted(index, *((T, most) for _ in range(3))) == 3 * most


def test_long_keys_and_keys_in_any_script_are_kept_apart() -> None:
    index = seen("sum", WEEK)
    names = ["里" * 30, "里" * 31, "里" * 40, "里" * 41, "a:b/c", 'q"', "h1"]
    state, listeners = a_state(), listen([index])
    for entry, name in enumerate(names):
        note(state, listeners, KIND, [view(T, 2**entry, name)], entry=entry)
    state = stored(state)
    found = [read(state, index, [name], T) for name in names]
    assert found == [2**n for n in range(len(names))]
    assert max(len(group_key([name]).encode()) for name in names) <= 96


def test_a_key_with_too_many_notes_cannot_be_read_without_buckets() -> None:
    index = seen("sum", WEEK)
    state, listeners = a_state(), listen([index])
    for entry in range(ROWS_MAX):
        note(state, listeners, KIND, [view(T)], entry=entry)
    assert read(state, index, ["h1"], T) == ROWS_MAX
    note(state, listeners, KIND, [view(T)], entry=ROWS_MAX)
    with pytest.raises(TooMany):
        read(state, index, ["h1"], T)


# ---- against a recount --------------------------------------------------------------------------


@dataclass
class Counted:
    """One view that was noted, in the model."""

    entry: int
    n: int
    at: int
    qty: int
    household: str
    standing: str


TIMES = st.integers(T - 30, T + 5) | st.integers(T - 3 * DAY_S, T) | st.sampled_from([0, T])
VIEWS = st.lists(st.tuples(TIMES, st.integers(-3, 9), st.sampled_from(["h1", "h2"])), max_size=3)
STANDINGS = st.sampled_from(["posted", "open", "gone"])
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("note"), VIEWS, STANDINGS),
        st.tuples(st.just("turn"), st.integers(0, 12), STANDINGS),
        st.tuples(st.just("store")),
        st.tuples(st.just("try"), VIEWS, STANDINGS),
    ),
    max_size=14,
)
INDEXES = [
    seen("sum", 0), seen("sum", 20), seen("sum", 2 * DAY_S, DAY_S), seen("sum", 5 * HOUR_S, HOUR_S),
    seen("count", 0), seen("count", 20), seen("count", DAY_S, HOUR_S),
    seen("max", 0), seen("max", 20), seen("last", 0), seen("last", 20),
]  # fmt: skip


def recount(index: Definition, rows: list[Counted], at: int, wanted: str) -> Any:
    chosen = []
    for row in rows:
        if row.household != "h1" or wanted not in ("counted", row.standing):
            continue
        if row.standing == "gone":
            continue
        if index.bucket_s:
            begins = row.at - (row.at + OFFSET) % index.bucket_s
            inside = at - index.window_s < begins <= at
        elif index.window_s:
            inside = at - index.window_s < row.at <= at
        else:
            inside = index.form != "last" or row.at <= at
        if inside:
            chosen.append(row)
    if index.form == "count":
        return len(chosen)
    if index.form == "sum":
        return sum(row.qty for row in chosen)
    if index.form == "max":
        return max((row.qty for row in chosen), default=None)
    newest = max(chosen, key=lambda row: (row.at, row.entry, row.n), default=None)
    return None if newest is None else newest.qty


@given(ACTIONS, st.integers(T - 40, T + 10) | st.integers(T - 2 * DAY_S, T + DAY_S))
def test_every_read_is_what_a_recount_says(actions: list[Any], at: int) -> None:
    state, listeners = a_state(), listen(INDEXES)
    model: list[Counted] = []
    entry = 0
    for verb, *rest in actions:
        if verb in ("note", "try"):
            views, standing = rest
            saved = state.savepoint()
            rows = [view(when, qty, tag) for when, qty, tag in views]
            note(state, listeners, KIND, rows, entry=entry, standing=standing, offset=OFFSET)
            if verb == "try":
                state.rollback(saved)
                continue
            model += [Counted(entry, n, *each, standing) for n, each in enumerate(views)]
            entry += 1
        elif verb == "turn":
            which, standing = rest
            turn(state, listeners, KIND, entry=which, standing=standing, offset=OFFSET)
            for row in model:
                row.standing = standing if row.entry == which else row.standing
        else:
            state = stored(state)
    for index in INDEXES:
        for wanted in ("counted", "posted", "open"):
            found = read(state, index, ["h1"], at, wanted)  # type: ignore[arg-type]
            assert found == recount(index, model, at, wanted), (index, wanted)


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("noted"), VIEWS, STANDINGS),
        st.tuples(st.just("turned"), st.integers(0, 8), STANDINGS),
    ),
    max_size=12,
)


@given(EVENTS, st.integers(0, 12))
def test_rows_made_later_are_the_rows_of_an_index_that_listened(
    actions: list[Any], batch: int
) -> None:
    state, listeners = a_state(), listen(INDEXES)
    late = Backfill(INDEXES, offset=OFFSET)
    for entry, (verb, what, standing) in enumerate(actions):
        event: Event = Turned(None, what, standing) if verb == "turned" else Noted(
            KIND, [view(when, qty, tag) for when, qty, tag in what], entry, standing
        )  # fmt: skip
        write(state, listeners, [event], offset=OFFSET)
        late.feed([event])
        state = stored(state) if entry == batch else state
    reader = stored(state).reader
    assert isinstance(reader, MemoryReader)
    assert late.rows() == reader.table("facts")
