"""The store answers as the ledger in memory does, and keeps a batch whole or not at all.

Method: made-up days of relief are committed batch by batch to a store so small that it folds, evicts
and splits all the time, beside the reference in memory; then every way of reading is compared. What
goes wrong on a disk is made to go wrong, and the store must say so and be as it was.
"""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from ledgers import founded
from ledgers import test_key as ledger_key
from nodekit import SMALL, fill, opened
from stories import Story

from contracts.machine import Step
from contracts.memory import MemoryLedger
from contracts.replay import check_batch
from ledger.entry import StatementEntry, parse_entry
from ledger.errors import FormatError
from ledger.indexes import index_leaf, is_listed
from ledger.log.merkle import leaf_hash, root
from ledger.log.tile import TILE_WIDTH, bundles_of, tiles_of
from ledger.state import Head
from ledger.stateroot import TABLES
from nodes.checking import check_rest
from nodes.errors import Locked, ReadOnly, StoreFull, StoreLost
from nodes.publisher import read_tile
from nodes.recovery import open_store
from nodes.settings import StoreOptions
from nodes.store import Store

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(7).play(90)


@pytest.fixture(scope="module")
def store(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = open_store(tmp_path_factory.mktemp("store"), SMALL).store
    fill(made, story.ledger.steps)
    return made


@pytest.fixture(scope="module")
def steps(story: Story) -> list[Step]:
    """The steps that wrote something."""
    return [made for made in story.ledger.steps if not made.is_empty]


def pairs_of(memory: MemoryLedger) -> dict[tuple[str, str], bytes]:
    return {(t, k): v for t in TABLES for k, v in memory.table(t).items()}


def test_story_is_rich(story: Story) -> None:
    memory = story.ledger.memory
    rows = pairs_of(memory)
    assert memory.head().size > TILE_WIDTH, "more than one tile"
    assert len({table for table, _ in rows}) >= 15
    assert sum(value is None for made in story.ledger.steps for value in made.rows.values()) >= 8


def test_reads_as_memory_does(story: Story, store: Store) -> None:
    memory = story.ledger.memory
    rows = pairs_of(memory)
    absent = [(table, "nobody/knows") for table in TABLES]
    assert store.head() == memory.head()
    assert dict(store.rows([*rows, *absent])) == rows
    index = [key for table, key in rows if table == "index"]
    assert dict(store.edges([*index, "x"])) == dict(memory.edges(index))
    for number, entry in enumerate(memory.entries):
        assert store.entry(number) == entry
    with pytest.raises(IndexError):
        store.entry(len(memory.entries))
    for table in TABLES:
        for number in range(1, 600):
            assert store.page(table, number) == memory.page(table, number)
            assert store.hash(table, number) == memory.hash(table, number)


def test_finds_statements_and_nonces(story: Story, store: Store) -> None:
    memory = story.ledger.memory
    entries = [parse_entry(raw) for raw in memory.entries]
    said = [each.statement for each in entries if isinstance(each, StatementEntry)]
    ids = [each.id for each in said] + ["00" * 32, said[0].id[:16] + "00" * 24]
    assert dict(store.indexes(ids)) == dict(memory.indexes(ids))  # type: ignore[arg-type]
    used = [(each.author, each.nonce) for each in said] + [(said[0].author, "00" * 16)]
    assert dict(store.nonces(used)) == dict(memory.nonces(used))
    assert store.indexes([]) == {} and store.nonces([]) == {}


def test_walks_marks_as_memory_does(story: Story, store: Store) -> None:
    memory, random = story.ledger.memory, Random(1)
    marks = sorted(memory._marks)
    assert {table for table, _ in marks} >= {"line", "lots", "origin"}
    for table, mark in marks:
        orders = ["", "~", *(order for order, _ in memory._marks[(table, mark)])]
        for _ in range(12):
            low, high = random.choice(orders), random.choice(orders)
            limit, back = random.choice([1, 2, 64]), random.random() < 0.5
            mine = store.marked(table, mark, low, high, limit, back)
            assert list(mine) == memory.marked(table, mark, low, high, limit, back)


def test_view_reads_the_same(story: Story, store: Store) -> None:
    memory = story.ledger.memory
    rows = pairs_of(memory)
    with store.view() as view:
        assert view.head() == memory.head()
        assert dict(view.rows(list(rows))) == rows
        assert [raw for _, raw in view.entries(0, 10**6)] == memory.entries
        for table in TABLES:
            assert dict(view.table(table)) == memory.table(table)
        index = list(memory.table("index"))
        assert dict(view.edges(index)) == dict(memory.edges(index))
        ids = [each for _, each in view.statement_ids(0, 10**6)]
        assert view.indexes(ids) == memory.indexes(ids)
        with pytest.raises(IndexError):
            view.entry(len(memory.entries))


def test_tiles_and_bundles_at_every_batch_end(story: Story, store: Store) -> None:
    entries = story.ledger.memory.entries
    leaves = [leaf_hash(raw) for raw in entries]
    tops = [root(leaves[at : at + TILE_WIDTH]) for at in range(0, len(leaves) - 255, TILE_WIDTH)]
    rows = [leaves, tops]
    with store.view() as view:
        for made in story.ledger.steps:
            for tile in tiles_of(made.head.size):
                first = tile.n * TILE_WIDTH
                assert read_tile(view, tile) == b"".join(
                    rows[tile.level][first : first + tile.width]
                )
        for bundle in bundles_of(len(entries)):
            read_tile(view, bundle)
        with pytest.raises(FormatError):
            view.tile(0, 0, 257)
        with pytest.raises(FormatError):
            view.tile(0, 77, 1)


def test_machine_runs_on_the_store(story: Story, tmp_path: Path) -> None:
    """Every batch again, read through the store: the same bytes, and the same state."""
    with opened(tmp_path / "s") as store:
        for made in story.ledger.steps:
            if not made.is_empty:
                store.commit(check_batch(store, list(made.entries)))
        assert store.head() == story.ledger.memory.head()
        assert list(check_rest(store)) == []


def test_commit_refuses_a_step_from_elsewhere(steps: list[Step], tmp_path: Path) -> None:
    with opened(tmp_path / "s") as store:
        store.commit(steps[0])
        with pytest.raises(StoreLost):
            store.commit(steps[0])
        with pytest.raises(StoreLost):
            store.commit(steps[2])


def test_swap_finds_another_writer(steps: list[Step], tmp_path: Path) -> None:
    """The compare-and-swap fails when the stored checkpoint is not the one in memory."""
    with opened(tmp_path / "s") as store:
        fill(store, steps[:3])
        other = sqlite3.connect(store.path)
        other.execute("UPDATE head SET size = size + 1")
        other.commit()
        with pytest.raises(StoreLost, match="another writer"):
            store.commit(steps[3])
        counted = other.execute("SELECT count(*) FROM entries").fetchone()
        assert counted == (store.head().size,), "nothing of the batch was kept"
        other.close()


def test_genesis_twice_fails(steps: list[Step], tmp_path: Path) -> None:
    with opened(tmp_path / "s") as store:
        store.commit(steps[0])
        store._head = Head("")
        with pytest.raises(StoreLost):
            store.commit(steps[0])


def test_full_disk_keeps_nothing_and_goes_on(steps: list[Step], tmp_path: Path) -> None:
    with opened(tmp_path / "s", StoreOptions()) as store:
        fill(store, steps[:5])
        before = store.head()
        pages = store.writer.execute("PRAGMA page_count").fetchone()[0]
        store.writer.execute(f"PRAGMA max_page_count={pages}")
        full = 0
        for made in steps[5:]:
            try:
                store.commit(made)
                before = made.head
            except StoreFull:
                full += 1
                assert store.head() == before
                with store.view() as view:
                    assert view.head() == before, "nothing of it can be seen"
                store.writer.execute("PRAGMA max_page_count=1000000")
                store.commit(made)
                before = made.head
                break
        assert full == 1
        assert list(check_rest(store)) == []


def test_disk_that_cannot_be_written(steps: list[Step], tmp_path: Path) -> None:
    with opened(tmp_path / "s") as store:
        fill(store, steps[:3])
        store.writer.execute("PRAGMA query_only=ON")
        with pytest.raises(ReadOnly):
            store.commit(steps[3])
        store.writer.execute("PRAGMA query_only=OFF")
        fill(store, steps[3:6])
        assert store.head() == steps[5].head


def test_second_process_is_refused(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from nodes.recovery import open_store\n"
        "from nodes.errors import Locked\n"
        "try: open_store(Path(sys.argv[1]))\n"
        "except Locked as error: print('refused:', error); sys.exit(7)\n"
    )

    def other() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "s")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    with opened(tmp_path / "s"), pytest.raises(Locked):
        open_store(tmp_path / "s")
    with opened(tmp_path / "s"):
        asked = other()
        assert asked.returncode == 7 and "another process" in asked.stdout
    assert other().returncode == 0, "the lock ends with the store"


def test_settings_of_the_file_are_read_back(tmp_path: Path) -> None:
    with opened(tmp_path / "s") as store:
        ask = store.writer.execute
        assert ask("PRAGMA journal_mode").fetchone() == ("wal",)
        assert ask("PRAGMA synchronous").fetchone() == (2,)
        with store.pool.connection() as reader:
            with pytest.raises(sqlite3.OperationalError):
                reader.execute("DELETE FROM entries")
            assert reader.execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)
        tables = ask("SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0")
        assert {name for (name,) in tables} <= {"sqlite_schema"}


def test_empty_step_writes_nothing(tmp_path: Path) -> None:
    ledger = founded()
    again = ledger.run(*[])
    assert again == ()
    with opened(tmp_path / "s") as store:
        fill(store, ledger.steps)
        assert store.head().size == ledger.memory.head().size


def test_a_fault_between_commit_and_memory_ends_the_store(
    steps: list[Step], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever goes on after it would write upon what memory does not know."""
    with opened(tmp_path / "s") as store:
        fill(store, steps[:3])

        def fail(*_: object, **__: object) -> None:
            raise MemoryError

        monkeypatch.setattr(store, "_apply", fail)
        with pytest.raises(MemoryError):
            store.commit(steps[3])
        monkeypatch.undo()
        assert store.lost is not None
        with pytest.raises(StoreLost):
            store.commit(steps[3])
    with opened(tmp_path / "s") as store:
        assert store.head() == steps[3].head, "it was durable"


def test_no_room_to_move_the_log_is_no_loss(steps: list[Step], tmp_path: Path) -> None:
    class Full:
        def execute(self, sql: str) -> None:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

    with opened(tmp_path / "s", StoreOptions(wal_pages=1)) as store:
        store.commit(steps[0])
        writer, store.writer = store.writer, Full()  # type: ignore[assignment]
        store.maintain()
        store.writer = writer
        fill(store, steps[1:4])
        assert store.head() == steps[3].head


def test_a_reader_that_failed_does_not_spoil_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: sqlite3.Connection) -> Head:
        raise sqlite3.OperationalError("unable to open database file")

    with monkeypatch.context() as broken:
        broken.setattr("nodes.view.read_head", fail)
        with pytest.raises(sqlite3.OperationalError), store.view():
            pass
    for _ in range(3):
        with store.view() as view:
            assert view.head() == store.head()


def test_the_lists_are_those_that_the_index_counts(tmp_path: Path) -> None:
    ledger = founded()
    for number in range(3):
        public = ledger_key(f"cosigner {number}").public.hex()
        said = ledger.say("key.enrol", {"public": public, "use": "cosigner"}, "red/ana", "red/bao")
        assert said.code == "ok"
    store = open_store(tmp_path / "store", SMALL).store
    fill(store, ledger.steps)
    rows = {k: v for (t, k), v in pairs_of(ledger.memory).items() if t == "index" and is_listed(k)}
    with store.view() as view:
        for subject, raw in rows.items():
            count, last, tree = json.loads(raw)
            found = view.listed(subject, count)
            leaves = [index_leaf(at, leaf_hash(view.entry(at))) for at in found]
            assert (len(found), found[-1], root(leaves).hex()) == (count, last, tree)
            assert view.listed(subject, count - 1) == found[:-1], "as at an older checkpoint"
        assert list(rows) == ["gov"] and len(view.listed("gov", 9)) == 4
        assert view.listed("lot/x", 9) == []
