"""Rows of a running batch: found by their marks as if they had been stored, and rolled back whole.

Goal: a scan sees the stored rows and the batch's own as one; `last` is the first row of a reversed
scan; a savepoint undoes everything after it.
Method: random puts, deletions, additions and rollbacks over a store in memory, against a dictionary.
"""

from typing import Any

from books import MemoryReader
from hypothesis import given
from hypothesis import strategies as st

from ledger.canon import encode
from ledger.marks import marks_of
from ledger.state import State

LINE = "relief.general"
KEYS = [f"{LINE}/{n:016x}" for n in range(12)]
STACKS = (["free"], ["free", "paid:1"], ["free", "paid:2"])
MARKS = (LINE, *(f"{LINE}/{stack[-1]}" for stack in STACKS))
VALUE = st.tuples(st.integers(1, 99), st.sampled_from(STACKS)).map(list)
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(KEYS), VALUE),
        st.tuples(st.just("put"), st.sampled_from(KEYS), st.none()),
        st.tuples(st.just("save")),
        st.tuples(st.just("back")),
    ),
    max_size=30,
)


def expected(rows: dict[str, Any], mark: str, low: str, high: str) -> list[tuple[str, str, Any]]:
    found = [
        (order, key, value)
        for key, value in rows.items()
        for own, order in marks_of("line", key, value)
        if own == mark and low <= order < high
    ]
    return sorted(found)


@given(st.dictionaries(st.sampled_from(KEYS), VALUE), ACTIONS, st.integers(0, 12))
def test_scans_see_the_store_and_the_batch_as_one(
    stored: dict[str, Any], actions: list[tuple[Any, ...]], at: int
) -> None:
    reader = MemoryReader()
    for key, value in stored.items():
        reader.put(("line", key), encode(value))
    state, rows = State(reader), dict(stored)
    saved = [(state.savepoint(), dict(rows))]
    for verb, *rest in actions:
        if verb == "put":
            key, value = rest
            state.put("line", key, value)
            rows = {k: v for k, v in {**rows, key: value}.items() if v is not None}
        elif verb == "save":
            saved.append((state.savepoint(), dict(rows)))
        else:
            place, before = saved[-1]
            state.rollback(place)
            rows = dict(before)
        middle = f"{at:016x}"
        for mark in MARKS:
            for low, high in (("", "~"), (middle, "~"), ("", middle)):
                wanted = expected(rows, mark, low, high)
                assert list(state.scan("line", mark, low=low, high=high, chunk=1)) == wanted
                back = state.scan("line", mark, low=low, high=high, reverse=True)
                assert list(back) == wanted[::-1]
            last = expected(rows, mark, "", "~")[-1:]
            assert state.last("line", mark) == (last[0][1:] if last else None)
    changed = {key: None if raw is None else raw for (_, key), raw in state.changes().items()}
    for key, raw in changed.items():
        assert raw == (encode(rows[key]) if key in rows else None)
    assert {k: v for k, v in stored.items() if k not in changed} == {
        k: v for k, v in rows.items() if k not in changed
    }


def test_a_row_that_is_new_by_its_making_is_not_looked_for() -> None:
    class Deaf(MemoryReader):
        def rows(self, wanted: Any) -> Any:
            raise AssertionError(f"asked for {wanted}")

    state = State(Deaf())
    state.add("gifts", "ab", [["relief.general", 0, 5]])
    assert state.get("gifts", "ab") == [["relief.general", 0, 5]]
    assert list(state.changes()) == [("gifts", "ab")]
    state.rollback(0)
    state.add("gifts", "ab", [])
    assert state.changes() == {("gifts", "ab"): b"[]"}
