"""What late indexes have missed, at a node: in time, after a crash, or no batch at all.

Goal: the batch that activates a contract is the same at a node as in memory; it is not made before
the rows are there; a crash at any point loses nothing; a file that is not right is not used.
Method: a random log made in memory, committed to a store up to the activating batch, which is then
stepped on the store. Crashes: children that kill themselves with SIGKILL at named points.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from adopting import counting, proposal
from late_indexes import MONEY, Days, paying
from ledgers import DAY, NOW
from nodekit import SMALL, fill, opened, running

from api.problems import Problem
from contracts.machine import Batch, Step, step
from ledger.entry import AutoEntry, parse_entry
from ledger.envelope import Statement, format_envelope
from ledger.sentences import LANGUAGES
from ledger.state import State
from nodes import chaos
from nodes.errors import NotRefilled
from nodes.recovery import open_store
from nodes.refilling import owing
from nodes.store import Store

CHILD = Path(__file__).resolve().parents[1] / "support" / "refill_child.py"


class Log:
    """A log up to the batch that activates a contract with late indexes, and that batch."""

    def __init__(self, seed: int = 1) -> None:
        days = Days(seed)
        days.play(12)
        begins = days.committed(paying("knows", MONEY))
        days.play(8)
        self.steps = [made for made in days.ledger.steps if not made.is_empty]
        days.ledger.time = max(begins, days.ledger.time)
        self.time = days.ledger.time
        self.statement: Statement = days.say(days._verbs[0])
        days.ledger.run(self.statement)
        self.last: Step = days.ledger.steps[-1]

    def step(self, store: Store) -> Step:
        return step(store, Batch(self.time, (self.statement,)))


@pytest.fixture(scope="module")
def log() -> Log:
    return Log()


@pytest.fixture(autouse=True)
def whole() -> Iterator[None]:
    yield
    chaos.clear()


@contextmanager
def held_at(point: str) -> Iterator[threading.Event]:
    """Whoever comes to the point waits for the event."""
    go = threading.Event()
    chaos.install(point, lambda: go.wait(30) and None)
    try:
        yield go
    finally:
        go.set()


def same(made: Step, log: Log) -> None:
    assert made.entries == log.last.entries
    assert made.rows == log.last.rows
    entry = parse_entry(made.entries[0])
    assert isinstance(entry, AutoEntry) and entry.kind == "contract.activate"


def test_the_batch_is_the_same_as_in_memory_and_the_files_go(tmp_path: Path, log: Log) -> None:
    with opened(tmp_path / "s") as store:
        fill(store, log.steps)
        store.refilling.finish()
        files = sorted((tmp_path / "s" / "refill").iterdir())
        assert len(files) == len(MONEY)
        made = log.step(store)
        same(made, log)
        store.commit(made)
        assert not list((tmp_path / "s" / "refill").iterdir())
        assert owing(State(store)) == []


def test_no_batch_is_made_before_it_is_ready(tmp_path: Path, log: Log) -> None:
    with held_at("refill.batch") as go, opened(tmp_path / "s") as store:
        fill(store, log.steps)
        with pytest.raises(NotRefilled, match="worked out from the log"):
            log.step(store)
        assert "entries" in store.refilling.held_up
        go.set()
        store.refilling.finish()
        same(log.step(store), log)
        assert store.refilling.held_up == ""


def test_a_store_that_closes_in_between_begins_again(tmp_path: Path, log: Log) -> None:
    with held_at("refill.batch") as go, opened(tmp_path / "s") as store:
        fill(store, log.steps)
        threading.Timer(0.2, go.set).start()
    assert not (tmp_path / "s" / "refill").exists()
    with opened(tmp_path / "s") as store:
        store.refilling.finish()
        same(log.step(store), log)


@pytest.mark.parametrize("point", ["refill.batch:4", "refill.keep:1", "export.rename:2",
                                   "refill.keep.done:3", "store.begin:1", "store.commit:1",
                                   "store.commit.done:1"])  # fmt: skip
def test_a_kill_loses_nothing(tmp_path: Path, log: Log, point: str) -> None:
    folder, envelope = tmp_path / "s", tmp_path / "envelope"
    with held_at("refill.batch") as go:
        store = open_store(folder, SMALL).store
        fill(store, log.steps)
        threading.Timer(0.1, go.set).start()
        store.close()
    envelope.write_bytes(format_envelope(log.statement))
    command = [sys.executable, str(CHILD), str(folder), str(log.time), str(envelope)]
    paths = os.pathsep.join([str(CHILD.parents[2]), str(CHILD.parent)])
    broken = {**os.environ, "PYTHONPATH": paths, "RELIEF_CHAOS": f"{point}:kill"}
    child = subprocess.run(command, env=broken, capture_output=True, text=True, timeout=60)
    assert child.returncode == -9, child.stderr
    with opened(folder) as store:
        if store.head().size == log.last.first:
            store.refilling.finish()
            made = log.step(store)
            same(made, log)
            store.commit(made)
        assert store.head() == log.last.head


def _flip(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.mark.parametrize("change", [_flip, lambda data: data[:40], lambda data: b""])
def test_a_file_that_is_not_right_is_made_again(tmp_path: Path, log: Log, change: Any) -> None:
    with opened(tmp_path / "s") as store:
        fill(store, log.steps)
        store.refilling.finish()
        path = max((tmp_path / "s" / "refill").iterdir())
        good = path.read_bytes()
        path.write_bytes(change(good))
        with pytest.raises(NotRefilled):
            log.step(store)
        store.refilling.finish()
        assert path.read_bytes() == good
        same(log.step(store), log)


def test_a_file_of_another_log_is_not_used(tmp_path: Path, log: Log) -> None:
    other = Log(2)
    with opened(tmp_path / "o") as store:
        fill(store, other.steps)
        store.refilling.finish()
        foreign = {path.name: path.read_bytes() for path in (tmp_path / "o" / "refill").iterdir()}
    with opened(tmp_path / "s") as store:
        fill(store, log.steps)
        store.refilling.finish()
        for name, data in foreign.items():
            (tmp_path / "s" / "refill" / name).write_bytes(data)
        with pytest.raises(NotRefilled):
            log.step(store)
        store.refilling.finish()
        same(log.step(store), log)


def test_what_does_not_follow_is_said_and_never_used(tmp_path: Path, log: Log) -> None:
    with held_at("refill.batch") as go, opened(tmp_path / "s") as store:
        fill(store, log.steps[:4])
        raw = store.entry(2)
        store.writer.execute(
            "UPDATE entries SET data = ? WHERE number = 2", (raw.replace(b'"ok"', b'"no"'),)
        )
        fill(store, log.steps[4:])
        go.set()
        with pytest.raises(NotRefilled, match="do not follow"):
            store.refilling.finish()
        with pytest.raises(NotRefilled, match="do not follow"):
            log.step(store)


def test_a_disk_that_fails_is_tried_again(tmp_path: Path, log: Log) -> None:
    chaos.install("refill.keep", chaos.fail_at(1))
    with opened(tmp_path / "s") as store:
        fill(store, log.steps)
        with pytest.raises(NotRefilled):
            store.refilling.finish()
        store.refilling.finish()
        same(log.step(store), log)


def test_a_node_says_that_it_waits_and_goes_on(tmp_path: Path) -> None:
    with running(tmp_path) as speaker:
        node = speaker.node
        node.submit([speaker.gift(n) for n in range(20)]).result(timeout=20)
        body = proposal(counting(), speaker, not_before=NOW + 2 * DAY)
        proposed = speaker.send("contract.propose", body, "red/ana", "blue/eve")
        assert proposed.code == "ok", proposed
        with held_at("refill.batch") as go:
            body = {"proposal": proposed.statement, "sequence": 1}
            assert speaker.send("contract.commit", body, "red/ana").code == "ok"
            speaker.clock.time = speaker.time = NOW + 3 * DAY
            node.submit([speaker.gift(99)]).result(timeout=20)  # the clock leapt
            node.confirm_clock()
            envelope = speaker.gift(100)
            (reply,) = node.submit([envelope]).result(timeout=20)
            assert isinstance(reply.error, NotRefilled) and reply.index is None
            assert "send it again" in reply.error.words[0] == node.store.refilling.held_up
            told = [node.store.refilling.held_up_in(language) for language in LANGUAGES]
            assert told == list(reply.error.words) and len(set(told)) == 3
            assert Problem.of_node(reply.error).code == "not_ready"
            go.set()
            node.store.refilling.finish()
            (reply,) = node.submit([envelope]).result(timeout=20)
            assert reply.code == "ok" and reply.index is not None, reply
            assert not node.store.refilling.held_up
            # Its mirror worked out the same by itself, and cosigned.
            node.when_final(reply.index).result(timeout=30)
