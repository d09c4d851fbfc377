"""The state at a final checkpoint can be proved, whatever has happened since.

Method: brute force. A story is committed batch by batch; at some checkpoints, which are offered, a
copy of all rows is kept. Later every row that there ever was, and some that never were, is asked for
at every offered checkpoint: the value must be that of the copy, and its proof must lead to the state
root of that batch. The same with a restart in between, and while batches are being committed.
"""

import threading
from json import loads
from pathlib import Path
from random import Random

import pytest
from nodekit import SMALL, image, opened
from stories import Story

from contracts.machine import Step
from ledger.proofs.stateproof import check_row
from ledger.stateroot import TABLES
from nodes import undo
from nodes.errors import NotFinal, ReadOnly
from nodes.store import Store
from nodes.view import FinalView

Rows = dict[tuple[str, str], bytes]


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    return [made for made in Story(11).play(70).ledger.steps if not made.is_empty]


class Copies:
    """What all rows were at each offered checkpoint, by plain copying."""

    def __init__(self) -> None:
        self.now: Rows = {}
        self.at: dict[int, Rows] = {}
        self.roots: dict[int, bytes] = {}

    def apply(self, made: Step) -> None:
        for pair, value in made.rows.items():
            if value is None:
                self.now.pop(pair, None)
            else:
                self.now[pair] = value

    def offer(self, made: Step) -> None:
        self.at[made.head.size] = dict(self.now)
        self.roots[made.head.size] = made.head.state_root

    def check(self, view: FinalView, ever: set[tuple[str, str]]) -> None:
        size = view.head().size
        rows = self.at[size]
        asked = sorted(ever) + [(table, "never/was") for table in TABLES]
        assert dict(view.rows(asked)) == {pair: rows[pair] for pair in asked if pair in rows}
        for table, key in asked:
            proof = view.prove(table, key)
            value = rows.get((table, key))
            assert proof.row == (None if value is None else loads(value))
            check_row(proof, self.roots[size])


def commit(store: Store, copies: Copies, ever: set[tuple[str, str]], made: Step) -> None:
    store.commit(made)
    copies.apply(made)
    ever.update(made.rows)


def test_state_at_offered_checkpoints(steps: list[Step], tmp_path: Path) -> None:
    random, copies, ever = Random(3), Copies(), set[tuple[str, str]]()
    with opened(tmp_path / "s") as store:
        with pytest.raises(NotFinal):
            store.at_final()
        for number, made in enumerate(steps):
            commit(store, copies, ever, made)
            if number in (2, 9, 10, 31, len(steps) - 1):
                assert store.offer() == made.head
                copies.offer(made)
            if number in (9, 12, 31, 40):
                for size in store.undo.sizes:
                    copies.check(store.at(size), set(random.sample(sorted(ever), 60)))
        for size in copies.at:
            copies.check(store.at(size), ever)
        assert store.undo.sizes == list(copies.at)


def test_what_is_final_lets_older_ones_go(steps: list[Step], tmp_path: Path) -> None:
    copies, ever = Copies(), set[tuple[str, str]]()
    with opened(tmp_path / "s") as store:
        for number, made in enumerate(steps):
            commit(store, copies, ever, made)
            if number % 5 == 4:
                store.offer()
                copies.offer(made)
            if number % 10 == 9 and number < 50:
                store.finalise(made.head.size)
        first = store.final_size
        assert store.undo.sizes[0] == first == steps[49].head.size
        copies.check(store.at_final(), ever)
        with pytest.raises(NotFinal):
            store.at(steps[4].head.size)
        store.finalise(steps[9].head.size)
        assert store.final_size == first, "finality never goes back"
        store.finalise(first + 1)
        assert store.final_size == first, "nor to a size that was not offered"
        noted = store.writer.execute("SELECT min(base) FROM undo").fetchone()[0]
        assert noted >= first, "what is older is not kept on disk either"


@pytest.mark.parametrize("last", [20, 33, 69])
def test_state_at_final_survives_a_crash(steps: list[Step], tmp_path: Path, last: int) -> None:
    """From the stored old rows alone, whatever was offered besides."""
    copies, ever = Copies(), set[tuple[str, str]]()
    steps = steps[: last + 1]
    with opened(tmp_path / "s") as store:
        for number, made in enumerate(steps):
            commit(store, copies, ever, made)
            if number % 4 == 0:
                store.offer()
                copies.offer(made)
            if number == 16:
                store.finalise(made.head.size)
        folder = image(store, tmp_path / "crashed")
    with opened(folder) as store:
        store.restore_final(steps[16].head)
        copies.check(store.at_final(), ever)
        # It goes on from there.
        assert store.offer() == steps[-1].head
        copies.offer(steps[-1])
        for size in (steps[16].head.size, steps[-1].head.size):
            copies.check(store.at(size), ever)


def test_many_offers_are_poured_together(
    steps: list[Step], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The final one and the newest stay; what is between them may go, and nothing is mixed up."""
    monkeypatch.setattr(undo, "LAYERS_MAX", 3)
    copies, ever = Copies(), set[tuple[str, str]]()
    with opened(tmp_path / "s") as store:
        for number, made in enumerate(steps):
            commit(store, copies, ever, made)
            if number % 3 == 0:
                store.offer()
                copies.offer(made)
        offered = list(copies.at)
        assert store.undo.sizes == [offered[0], offered[-2], offered[-1]]
        for size in store.undo.sizes:
            copies.check(store.at(size), ever)


def test_proofs_while_batches_are_committed(steps: list[Step], tmp_path: Path) -> None:
    """No lock: a reader at an offered checkpoint sees it whole, however often the state moves on."""
    copies, ever = Copies(), set[tuple[str, str]]()
    failed: list[BaseException] = []
    proved = [0]
    with opened(tmp_path / "s") as store:
        for made in steps[:20]:
            commit(store, copies, ever, made)
        store.offer()
        copies.offer(steps[19])
        size = steps[19].head.size
        rows, root, view = copies.at[size], copies.roots[size], store.at(size)
        stop = threading.Event()

        def read(seed: int) -> None:
            random, asked = Random(seed), sorted(ever)
            try:
                while not stop.is_set():
                    table, key = random.choice(asked)
                    proof = view.prove(table, key)
                    value = rows.get((table, key))
                    assert proof.row == (None if value is None else loads(value))
                    check_row(proof, root)
                    proved[0] += 1
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=read, args=(seed,)) for seed in range(3)]
        for thread in threads:
            thread.start()
        for number, made in enumerate(steps[20:]):
            commit(store, copies, set(), made)
            if number % 3 == 0:
                store.offer()
            store.maintain()
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == []
    assert proved[0] > 50


def test_old_rows_as_bytes() -> None:
    rows: dict[tuple[str, str], bytes | None] = {
        ("lots", "a/0"): b'{"n":1}',
        ("lots", "米/1"): None,
        ("accounts", "x"): b'""',
        ("accounts", ""): b"",
    }
    assert dict(undo.decode(undo.encode(rows))) == rows
    assert list(undo.decode(b"")) == []


def test_nothing_is_noted_before_the_first_offer(steps: list[Step], tmp_path: Path) -> None:
    with opened(tmp_path / "s", SMALL) as store:
        for made in steps[:10]:
            store.commit(made)
        assert store.writer.execute("SELECT count(*) FROM undo").fetchone() == (0,)
        assert store.undo.base == -1


def test_a_batch_that_was_not_kept_leaves_the_way_back_whole(
    steps: list[Step], tmp_path: Path
) -> None:
    """Old rows noted for a commit that fails are written by the one that changes them after all."""
    copies, ever = Copies(), set[tuple[str, str]]()
    with opened(tmp_path / "s") as store:
        for made in steps[:17]:
            commit(store, copies, ever, made)
        store.offer()
        copies.offer(steps[16])
        store.finalise(steps[16].head.size)
        for made in steps[17:30]:
            store.writer.execute("PRAGMA query_only=ON")
            with pytest.raises(ReadOnly):
                store.commit(made)
            copies.check(store.at_final(), ever)
            store.writer.execute("PRAGMA query_only=OFF")
            commit(store, copies, ever, made)
        folder = image(store, tmp_path / "crashed")
    with opened(folder) as store:
        store.restore_final(steps[16].head)
        copies.check(store.at_final(), ever)
