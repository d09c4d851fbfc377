"""A store is checked when it is opened, and a changed byte is found before anything is signed.

Method: a story is committed; the folder is copied as a crash would leave it, or closed cleanly; then
it is opened again and compared, or first damaged in one place by another hand. Where: each kind of
thing that the file holds. Verdicts: at the start (`StoreLost`), or by the checks that run behind.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from nodekit import SMALL, fill, image, opened
from stories import Story

from contracts.machine import Step
from ledger.stateroot import TABLES
from nodes.checking import check_rest
from nodes.errors import StoreLost
from nodes.recovery import POINTS_FILE, close_clean, free_bytes, open_store
from nodes.store import FILE


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    return [made for made in Story(5).play(80).ledger.steps if not made.is_empty]


@pytest.fixture(scope="module")
def crashed(steps: list[Step], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a crash leaves it: no marker, commits still in the write-ahead log."""
    folder = tmp_path_factory.mktemp("crashed")
    with opened(folder / "store") as store:
        fill(store, steps)
        return image(store, folder / "image")


@pytest.fixture(scope="module")
def stopped(steps: list[Step], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after a clean stop."""
    folder = tmp_path_factory.mktemp("stopped") / "store"
    store = open_store(folder, SMALL).store
    fill(store, steps)
    close_clean(store)
    return folder


def copy_of(folder: Path, to: Path) -> Path:
    to.mkdir()
    for path in folder.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


@pytest.mark.parametrize("how", ["crashed", "stopped"])
def test_opens_where_it_was(
    how: str, steps: list[Step], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = copy_of(request.getfixturevalue(how), tmp_path / "s")
    found = open_store(folder, SMALL)
    store, story = found.store, Story(5).play(80)
    memory = story.ledger.memory
    assert found.clean == (how == "stopped")
    assert store.head() == memory.head() == steps[-1].head
    for table in TABLES:
        for number in range(1, 300):
            assert store.hash(table, number) == memory.hash(table, number)
    assert list(check_rest(store)) == []
    # And it goes on: what is said next is decided and kept as in memory.
    made = []
    while not made:
        story.play(1)
        made = [each for each in story.ledger.steps[-1:] if not each.is_empty]
    store.commit(made[0])
    assert store.head() == memory.head()
    store.close()


def test_marker_is_for_one_start(stopped: Path, tmp_path: Path) -> None:
    """A process that dies right after a clean start is a crash, not a clean stop."""
    folder = copy_of(stopped, tmp_path / "s")
    store = open_store(folder, SMALL).store
    again = image(store, tmp_path / "again")
    store.close()
    assert not open_store(again, SMALL).clean


def test_saved_points_that_are_damaged_are_computed_anew(stopped: Path, tmp_path: Path) -> None:
    folder = copy_of(stopped, tmp_path / "s")
    data = bytearray((folder / POINTS_FILE).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / POINTS_FILE).write_bytes(data)
    found = open_store(folder, SMALL)
    assert not found.clean
    found.store.close()
    (folder / POINTS_FILE).unlink()
    found = open_store(folder, SMALL)
    assert not found.clean
    found.store.close()


def test_marker_of_another_size_is_no_marker(
    stopped: Path, steps: list[Step], tmp_path: Path
) -> None:
    """A points file beside a store that has moved on, as after a copy of single files."""
    folder = copy_of(stopped, tmp_path / "s")
    kept = sqlite3.connect(folder / FILE).execute("SELECT value FROM notes").fetchone()[0]
    store = open_store(folder, SMALL).store
    story = Story(5).play(80)
    while story.ledger.steps[-1].is_empty or story.ledger.steps[-1].first < steps[-1].head.size:
        story.play(1)
    for made in story.ledger.steps:
        if not made.is_empty and made.first == store.head().size:
            store.commit(made)
    store.writer.execute("INSERT INTO notes VALUES ('clean', ?)", (kept,))
    store.close()
    found = open_store(folder, SMALL)
    assert not found.clean
    found.store.close()


Damage = Callable[[sqlite3.Connection], object]


def flip(table: str, column: str, where: str, *, at: int = 20) -> Damage:
    """One bit of a blob."""

    def damage(db: sqlite3.Connection) -> None:
        row = db.execute(f"SELECT rowid, {column} FROM {table} WHERE {where}").fetchone()
        data = bytearray(row[1])
        data[min(at, len(data) - 1)] ^= 4
        done = db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (data, row[0]))
        assert done.rowcount == 1

    return damage


def run(sql: str) -> Damage:
    def damage(db: sqlite3.Connection) -> None:
        assert db.execute(sql).rowcount > 0

    return damage


AT_START: list[tuple[str, Damage]] = [
    ("an entry", flip("entries", "data", "number = 100")),
    ("the first entry", flip("entries", "data", "number = 0")),
    ("the last entry", flip("entries", "data", "number = (SELECT max(number) FROM entries)")),
    ("an entry gone", run("DELETE FROM entries WHERE number = 50")),
    ("the last entry gone", run("DELETE FROM entries WHERE number = (SELECT max(number) FROM entries)")),
    ("a leaf hash", flip("tiles", "data", "level = 0 AND number = 0")),
    ("the newest leaf hash", flip("tiles", "data", "level = 0 ORDER BY number DESC", at=10**6)),
    ("a tile cut short", run("UPDATE tiles SET data = substr(data, 1, 320) WHERE level = 0")),
    ("a tile gone", run("DELETE FROM tiles WHERE level = 0 AND number = 0")),
    ("a point of a page", flip("page_accounts", "point", "1")),
    ("a page gone", run("DELETE FROM page_gifts WHERE number = (SELECT max(number) FROM page_gifts)")),
    ("the only page gone", run("DELETE FROM page_members")),
    ("the right edge", run("UPDATE head SET edge = zeroblob(length(edge))")),
    ("the state root", run("UPDATE head SET state_root = zeroblob(32)")),
    ("the size", run("UPDATE head SET size = size - 1")),
    ("the batch", run("UPDATE head SET batch = batch - 1")),
    ("a batch's size", run("UPDATE batches SET size = size - 1 WHERE number = 40")),
    ("a batch gone", run("DELETE FROM batches WHERE number = 40")),
]  # fmt: skip

BEHIND: list[tuple[str, Damage]] = [
    ("a row's hash", flip("page_accounts", "rows", "1", at=40)),
    ("a row's value", flip("page_accounts", "data", "1", at=10**6)),
    ("a row's key", flip("page_accounts", "data", "1", at=12)),
]


@pytest.mark.parametrize(("what", "damage"), AT_START, ids=[name for name, _ in AT_START])
def test_damage_is_found_at_the_start(
    what: str, damage: Damage, crashed: Path, tmp_path: Path
) -> None:
    folder = copy_of(crashed, tmp_path / "s")
    with sqlite3.connect(folder / FILE) as db:
        damage(db)
    db.close()
    with pytest.raises(StoreLost):
        open_store(folder, SMALL)
    # The lock went with it: the next start finds the same.
    with pytest.raises(StoreLost):
        open_store(folder, SMALL)


@pytest.mark.parametrize(("what", "damage"), BEHIND, ids=[name for name, _ in BEHIND])
def test_damage_is_found_behind(what: str, damage: Damage, crashed: Path, tmp_path: Path) -> None:
    folder = copy_of(crashed, tmp_path / "s")
    with sqlite3.connect(folder / FILE) as db:
        damage(db)
    db.close()
    with opened(folder) as store:
        assert list(check_rest(store)) != []


def test_damaged_last_entry_is_found_after_a_clean_stop(stopped: Path, tmp_path: Path) -> None:
    for number, (_, damage) in enumerate(
        each for each in AT_START if "last" in each[0] or "edge" in each[0] or "root" in each[0]
    ):
        folder = copy_of(stopped, tmp_path / f"s{number}")
        with sqlite3.connect(folder / FILE) as db:
            damage(db)
        db.close()
        with pytest.raises(StoreLost):
            open_store(folder, SMALL)


def test_another_programs_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / FILE).write_bytes(b"not a database" * 100)
    for _ in range(2):  # and the lock is not left behind
        with pytest.raises(StoreLost):
            open_store(tmp_path / "s", SMALL)


def test_newer_schema_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "s") as store:
        store.writer.execute("PRAGMA user_version=99")
    with pytest.raises(StoreLost, match="schema 99"):
        open_store(tmp_path / "s", SMALL)


def test_empty_store(tmp_path: Path) -> None:
    found = open_store(tmp_path / "s")
    assert found.store.head().size == 0 and "0 entries" in str(found)
    close_clean(found.store)
    found = open_store(tmp_path / "s")
    assert found.clean
    found.store.close()
    assert free_bytes(tmp_path) > 0
