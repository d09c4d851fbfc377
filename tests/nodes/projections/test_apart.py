"""Views that follow in a process of their own are the views that a thread would make.

Goal: what is durable comes into the views; a process that is killed is replaced and loses nothing; a
stop ends it, and so does the end of the node; what cannot be mended is told; no password shows.
Method: the real process, beside a store in a folder.
"""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from projections import LedgerSource, check_against_state, lite
from sqlalchemy import Engine
from stories import Story

from nodes.child import Child
from nodes.projections import apart as module
from nodes.projections.apart import FollowerApart
from nodes.projections.projector import Projector
from nodes.store import Store

SOON_S = 60.0
"""Longer than any of this takes, on any machine; nothing waits for it to pass."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = lite(tmp_path, "views")
    yield engine
    engine.dispose()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "data" / "store")
    yield store
    store.close()


@pytest.fixture
def started(engine: Engine, store: Store, tmp_path: Path) -> Iterator[Callable[..., FollowerApart]]:
    running: list[FollowerApart] = []
    busy = [False]

    def start(is_busy: bool = False) -> FollowerApart:
        busy[0] = is_busy
        address = engine.url.render_as_string(hide_password=False)
        follower = FollowerApart(
            address, tmp_path / "data", lambda: store.head().size, is_busy=lambda: busy[0]
        )
        running.append(follower)
        follower.start()
        return follower

    yield start
    for follower in running:
        follower.stop()


Start = Callable[..., FollowerApart]


class Kept:
    """A story whose batches go into a store."""

    def __init__(self, store: Store, seed: int) -> None:
        self.story, self.store, self.done = Story(seed), store, 0

    def play(self, count: int) -> int:
        """`count` statements more; the size of the log then."""
        self.story.play(count)
        steps = self.story.ledger.steps
        for step in steps[self.done :]:
            if not step.is_empty:
                self.store.commit(step)
        self.done = len(steps)
        return self.store.head().size


def pid_of(follower: FollowerApart) -> int:
    assert follower._child is not None
    return follower._child.pid


def is_gone(pid: int) -> bool:
    last = time.monotonic() + SOON_S
    while time.monotonic() < last:
        state = Path(f"/proc/{pid}/stat")
        try:
            if state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_what_is_logged_comes_into_the_views(store: Store, engine: Engine, started: Start) -> None:
    kept = Kept(store, 1)
    size = kept.play(5)
    follower = started()
    assert follower.wait_for(size, within_s=SOON_S), follower.failure
    for _ in range(3):
        size = kept.play(5)
        assert follower.wait_for(size, within_s=SOON_S), follower.failure
        check_against_state(engine, kept.story.ledger.memory)
    assert (follower.size, follower.lag, follower.failure) == (size, 0, "")


def test_a_busy_node_is_followed_too(store: Store, engine: Engine, started: Start) -> None:
    kept = Kept(store, 8)
    follower = started(is_busy=True)
    for _ in range(3):
        size = kept.play(5)
        assert follower.wait_for(size, within_s=SOON_S), follower.failure
    check_against_state(engine, kept.story.ledger.memory)


def test_it_looks_by_itself(store: Store, engine: Engine, started: Start) -> None:
    kept = Kept(store, 2)
    follower = started()
    size = kept.play(5)
    last = time.monotonic() + SOON_S
    while follower.size < size and time.monotonic() < last:
        time.sleep(0.01)
    assert follower.size == size


def test_a_killed_process_is_replaced(
    store: Store, engine: Engine, started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_S", (0.01, 0.02))
    kept = Kept(store, 3)
    size = kept.play(5)
    follower = started()
    assert follower.wait_for(size, within_s=SOON_S)
    for _ in range(2):
        first = pid_of(follower)
        os.kill(first, signal.SIGKILL)
        assert is_gone(first)
        size = kept.play(5)
        assert follower.wait_for(size, within_s=SOON_S), follower.failure
        assert pid_of(follower) != first and follower.failure == ""
    check_against_state(engine, kept.story.ledger.memory)


def test_a_stop_ends_the_process(store: Store, engine: Engine, started: Start) -> None:
    size = Kept(store, 4).play(5)
    follower = started()
    assert follower.wait_for(size, within_s=SOON_S)
    pid = pid_of(follower)
    follower.stop()
    assert is_gone(pid)


def test_a_stop_at_once(store: Store, engine: Engine, started: Start) -> None:
    started().stop()


def test_the_end_of_the_node_ends_the_process(tmp_path: Path) -> None:
    """However the node went: here it is killed."""
    program = (
        "import sys, time; from pathlib import Path; from nodes.store import Store;"
        "from nodes.projections.apart import FollowerApart;"
        "data = Path(sys.argv[1]); store = Store(data / 'store');"
        "it = FollowerApart(f'sqlite:///{data}/views.sqlite', data, lambda: 0); it.start();"
        "[time.sleep(0.01) for _ in iter(lambda: it._child is None, False)];"
        "print(it._child.pid, flush=True); time.sleep(600)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    node = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert node.stdout is not None and node.stderr is not None
    pid = int(node.stdout.readline())
    node.kill()
    node.wait()
    node.stdout.close()
    assert is_gone(pid)
    assert node.stderr.read() == b"", "it goes without a word"
    node.stderr.close()


def test_views_of_another_log_are_told(store: Store, engine: Engine, started: Start) -> None:
    Projector(engine, LedgerSource(Story(5).play(5).ledger)).catch_up()
    Kept(store, 6).play(9)
    follower = started()
    assert not follower.wait_for(10_000, within_s=SOON_S)
    assert follower.failure.startswith("OtherLog: ")


def test_the_address_of_the_views_does_not_show(
    store: Store, engine: Engine, started: Start
) -> None:
    """It may hold a password, and everybody may read the arguments of a process."""
    size = Kept(store, 7).play(5)
    follower = started()
    assert follower.wait_for(size, within_s=SOON_S)
    place = Path(f"/proc/{pid_of(follower)}")
    database = str(engine.url.database).encode()
    assert database not in (place / "cmdline").read_bytes()
    assert database not in (place / "environ").read_bytes()


# ---- what may go wrong on the machine -----------------------------------------------------------


def test_a_file_where_somebody_stands_is_not_run(
    store: Store, started: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = Kept(store, 9).play(5)
    (tmp_path / "json.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(tmp_path)
    follower = started()
    assert follower.wait_for(size, within_s=SOON_S), follower.failure


class Broken:
    """A child that cannot be made, or says something else; then, a real one."""

    def __init__(self, *lines: bytes) -> None:
        self.lines, self.made = [*lines], 0

    def __call__(self, program: str) -> Child:
        self.made += 1
        if not self.lines:
            return Child(program)
        line = self.lines.pop(0)
        if not line:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        child = Child(program)
        child.out.close()
        reading, writing = os.pipe()
        os.write(writing, line)
        os.close(writing)
        child.out = os.fdopen(reading, "rb")
        return child


@pytest.mark.parametrize("line", [b"", b'{"size": 4', b"hello\n", b"[]\n", b"{}\n"])
def test_another_process_is_made(
    line: bytes, store: Store, engine: Engine, started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether none could be made, or one was killed within a line, or something else spoke."""
    monkeypatch.setattr(module, "RETRY_S", (0.01, 0.02))
    broken = Broken(line, line)
    monkeypatch.setattr(module, "Child", broken)
    kept = Kept(store, 10)
    size = kept.play(5)
    follower = started()
    assert follower.wait_for(size, within_s=SOON_S), follower.failure
    assert broken.made == 3
    check_against_state(engine, kept.story.ledger.memory)


def test_it_says_that_no_process_could_be_made(
    store: Store, started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "Child", Broken(b"", b""))
    follower = started()
    last = time.monotonic() + SOON_S
    while not follower.failure and time.monotonic() < last:
        time.sleep(0.01)
    assert follower.failure == (
        "no process could be made for the views: Resource temporarily unavailable"
    )
    follower.stop()


def test_one_that_reads_no_more_is_ended(
    store: Store, started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hangs, and so much was said to it that its pipe is full: nobody waits for it."""
    monkeypatch.setattr(module, "STOP_S", 0.1)
    size = Kept(store, 11).play(5)
    follower = started()
    assert follower.wait_for(size, within_s=SOON_S)
    pid = pid_of(follower)
    os.kill(pid, signal.SIGSTOP)
    for _ in range(200_000):
        follower.wake()
    follower.stop()
    assert is_gone(pid)
