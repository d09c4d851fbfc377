"""Batch time never falls and never leaps, whatever the system clock does.

Method: a table of clocks (what the wall and the steady clock say at each batch) with the time that a
batch gets, and whether authorisations pause.
"""

import pytest

from nodes.clock import START_AHEAD_S, BatchClock, FixedClock, SteadyClock, WallClock

T = 1_800_000_000
H, D = 3_600, 86_400

# name, time of the last batch, (wall, steady) at each batch, wanted (time, paused)
TABLE: list[tuple[str, int, list[tuple[int, int]], list[tuple[int, bool]]]] = [
    ("goes with the wall", T, [(T + 1, 0), (T + 9, 8)], [(T + 1, False), (T + 9, False)]),
    ("stands still", T, [(T, 0), (T, 50)], [(T, False), (T, False)]),
    ("an hour back", T, [(T, 0), (T - H, 1), (T + 5, 9)], [(T, False), (T, False), (T + 5, False)]),
    ("60 s ahead", T, [(T, 0), (T + 60, 0)], [(T, False), (T + 60, False)]),
    ("61 s ahead", T, [(T, 0), (T + 61, 0)], [(T, False), (T + 60, True)]),
    ("400 days ahead", T, [(T, 0), (T + 400 * D, 5)], [(T, False), (T + 65, True)]),
    ("ahead and mended", T, [(T, 0), (T + D, 5), (T + 70, 70)], [(T, False), (T + 65, True), (T + 70, False)]),
    ("idle for a week", T, [(T, 0), (T + 7 * D, 7 * D)], [(T, False), (T + 7 * D, False)]),
    ("start a day later", T, [(T + START_AHEAD_S, 0)], [(T + START_AHEAD_S, False)]),
    ("start two days later", T, [(T + 2 * D, 0)], [(T + START_AHEAD_S + 60, True)]),
    ("start in 2038", T, [(2**31 + 5, 0)], [(T + START_AHEAD_S + 60, True)]),
    ("start in the past", T, [(T - 400 * D, 0)], [(T, False)]),
    ("before genesis", 0, [(T, 0)], [(T, False)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("last", "clocks", "wanted"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_table(last: int, clocks: list[tuple[int, int]], wanted: list[tuple[int, bool]]) -> None:
    wall, steady = FixedClock(clocks[0][0]), FixedClock(clocks[0][1])
    clock = BatchClock(wall, steady, last=last)
    found = []
    for wall.time, steady.time in clocks:
        found.append((clock.next(), clock.is_paused))
    assert found == wanted


def test_confirming_lets_it_go_on() -> None:
    wall, steady = FixedClock(T + 3 * D), FixedClock(0)
    clock = BatchClock(wall, steady, last=T)
    assert clock.next() < wall.time and clock.is_paused
    clock.confirm()
    assert (clock.next(), clock.is_paused) == (wall.time, False)
    wall.time -= 10 * D
    assert clock.next() == T + 3 * D, "and it does not fall"


def test_how_long_until_a_batch_may_bear_a_time() -> None:
    wall = FixedClock(T - 5)
    clock = BatchClock(wall, FixedClock(0), last=T)
    found = [clock.left(time) for time in (T - 1, T, T + 1)]
    wall.time = T + 10
    assert (found, [clock.left(time) for time in (T + 10, T + 11)]) == ([0, 0, 1], [0, 1])


def test_clocks_of_the_system() -> None:
    assert WallClock().now() > 1_700_000_000
    assert SteadyClock().now() <= SteadyClock().now()
