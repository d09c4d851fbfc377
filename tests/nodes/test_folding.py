"""Ids and nonces go into their index a part at a time, and are found wherever they are meanwhile.

Goal: every committed pair is found at every moment, by whoever took the pending ones before the
index was read; what is below the mark is in the index; after a restart nothing is missing.
Method: random pairs in batches of random sizes against a plain dictionary, over a real database.
"""

import random
import sqlite3

import pytest

from nodes.dedup import PARTS, Folding, Shorts, part_of

LOW, HIGH = -(1 << 63), (1 << 63) - 1


def connected() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    for table in ("ids", "nonces"):
        connection.execute(
            f"CREATE TABLE {table} (short INTEGER, entry INTEGER, PRIMARY KEY (short, entry))"
        )
    return connection


def begun(every: int) -> tuple[Shorts, Shorts, Folding]:
    ids, nonces = Shorts("ids"), Shorts("nonces")
    return ids, nonces, Folding(ids, nonces, every)


@pytest.mark.parametrize(
    ("short", "part"),
    [
        (LOW, 0),
        (LOW + (1 << 60) - 1, 0),
        (LOW + (1 << 60), 1),
        (-1, 7),
        (0, 8),
        (HIGH - (1 << 60), 14),
        (HIGH, 15),
    ],
)
def test_parts_are_ranges_of_short_hashes(short: int, part: int) -> None:
    assert part_of(short) == part


@pytest.mark.parametrize("every", [1, 7, 16, 17, 100, 1_000])
@pytest.mark.parametrize("seed", range(3))
def test_everything_is_found_at_every_moment(every: int, seed: int) -> None:
    chance = random.Random(f"{every}/{seed}")
    connection = connected()
    ids, nonces, folding = begun(every)
    kept: dict[int, list[int]] = {}
    log: list[tuple[int, int]] = []
    size = 0
    for _ in range(120):
        count = chance.randrange(1, 9)
        # Now and then the same eight bytes again, as somebody might make them.
        shorts = [
            chance.choice(list(kept))
            if kept and chance.random() < 0.1
            else chance.randint(LOW, HIGH)
            for _ in range(count)
        ]
        pairs = [(short, size + n) for n, short in enumerate(shorts)]
        size += count
        part = folding.due(count)
        before = ids.pending
        reach = folding.reach(part, size)
        folding.write(connection, part, pairs, pairs)
        # Whoever reads now holds the pending ones of before, and must miss nothing of before.
        asked = [*kept, chance.randint(LOW, HIGH)]
        found = ids.find(connection, asked, before)
        for short, entries in kept.items():
            assert set(entries) <= set(found[short])
        folding.done(part, size, pairs, pairs)
        for short, entry in pairs:
            kept.setdefault(short, []).append(entry)
        log += pairs
        for kind in (ids, nonces):
            assert kind.find(connection, list(kept), kind.pending) == kept
        assert kind_has(connection, [pair for pair in log if pair[1] < reach])
        if chance.random() < 0.1:
            ids, nonces, folding = begun(every)  # a restart
            newest = [pair for pair in log if pair[1] >= reach]
            folding.begin(reach, newest, newest)
            assert ids.find(connection, list(kept), ids.pending) == kept


def kind_has(connection: sqlite3.Connection, pairs: list[tuple[int, int]]) -> bool:
    return all(
        connection.execute(f"SELECT 1 FROM {table} WHERE short = ? AND entry = ?", pair).fetchone()
        for pair in pairs
        for table in ("ids", "nonces")
    )


def test_each_part_has_its_turn() -> None:
    connection = connected()
    ids, _, folding = begun(PARTS * 3)
    turns = []
    for entry in range(PARTS * 6):
        pairs = [((entry * 0x9E3779B97F4A7C15) % (1 << 64) + LOW, entry)]
        part = folding.due(1)
        folding.write(connection, part, pairs, pairs)
        folding.done(part, entry + 1, pairs, pairs)
        turns.append(part)
        # What waits is never more than came since the part's last turn.
        assert sum(map(len, ids.pending)) <= PARTS * 3
    assert turns == [n for k in range(PARTS * 2) for n in (None, None, k % PARTS)]


def test_a_batch_that_failed_changes_nothing() -> None:
    connection = connected()
    ids, _, folding = begun(PARTS)
    pairs = [(5, 0)]
    assert folding.due(1) == folding.due(1) == 0
    assert folding.reach(0, 1) == 0 and folding.reach(None, 1) == 0
    folding.write(connection, 0, pairs, pairs)
    assert ids.find(connection, [5], ids.pending) == {}, "not of part 0, and not committed"
    folding.done(0, 1, pairs, pairs)
    assert ids.find(connection, [5], ids.pending) == {5: [0]}
    assert folding.due(1) == 1
