"""The follower keeps views in step with a growing log, and says so when it cannot.

Goal: what is durable comes into the views by itself, on a thread of its own; a database that is away
is waited for; views of another log are left alone; a stop ends between two transactions.
Method: the log of a story in memory, or committed to a store in a folder; failures by a listener on
the engine.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from projections import LedgerSource, all_digests, check_against_state, lite
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from stories import Story

from nodes.projections import follower as module
from nodes.projections.follower import Follower, LogSource
from nodes.projections.projector import Projector, open_views
from nodes.store import Store

SOON_S = 20.0
"""Longer than any of this takes, on any machine; nothing waits for it to pass."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = lite(tmp_path, "views")
    yield engine
    engine.dispose()


@pytest.fixture
def started() -> Iterator[Callable[..., Follower]]:
    running: list[Follower] = []

    def start(*args: Any, **rest: Any) -> Follower:
        running.append(Follower(*args, **rest))
        running[-1].start()
        return running[-1]

    yield start
    for follower in running:
        follower.stop()


Start = Callable[..., Follower]


@pytest.mark.parametrize("busy", [False, True])
def test_what_is_logged_comes_into_the_views(busy: bool, engine: Engine, started: Start) -> None:
    story = Story(1)
    follower = started(engine, LedgerSource(story.ledger), is_busy=lambda: busy)
    for _ in range(4):
        story.play(5)
        follower.wake()
        assert follower.wait_for(len(story.ledger.memory.entries), within_s=SOON_S)
        check_against_state(engine, story.ledger.memory)
        assert follower.lag == 0 and follower.failure == ""


def test_it_goes_on_where_the_last_one_stopped(engine: Engine, started: Start) -> None:
    story = Story(2).play(5)
    first = started(engine, LedgerSource(story.ledger))
    assert first.wait_for(len(story.ledger.memory.entries), within_s=SOON_S)
    first.stop()
    story.play(5)
    assert first.lag > 0
    second = started(engine, LedgerSource(story.ledger))
    assert second.wait_for(len(story.ledger.memory.entries), within_s=SOON_S)
    check_against_state(engine, story.ledger.memory)


def test_a_store_is_a_source(engine: Engine, tmp_path: Path, started: Start) -> None:
    story = Story(3).play(30)
    store = Store(tmp_path / "store")
    for step in story.ledger.steps:
        if not step.is_empty:
            store.commit(step)
    follower = started(engine, LogSource(store))
    assert follower.wait_for(len(story.ledger.memory.entries), within_s=SOON_S)
    check_against_state(engine, story.ledger.memory)
    follower.stop()
    store.close()


def test_a_database_that_is_away_is_waited_for(
    engine: Engine, started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_S", (0.01, 0.02))
    story = Story(4).play(3)
    failures = [0]

    def away(*_: object) -> None:
        if failures[0] < 3:
            failures[0] += 1
            raise OperationalError("SELECT", {}, Exception("the server is away"))

    event.listen(engine, "before_cursor_execute", away)
    follower = started(engine, LedgerSource(story.ledger))
    assert follower.wait_for(len(story.ledger.memory.entries), within_s=SOON_S)
    assert failures == [3] and follower.failure == ""


def test_views_of_another_log_are_left_alone(engine: Engine, started: Start) -> None:
    Projector(engine, LedgerSource(Story(5).play(5).ledger)).catch_up()
    before = all_digests(engine)
    follower = started(engine, LedgerSource(Story(6).play(9).ledger))
    assert not follower.wait_for(10_000, within_s=SOON_S)
    assert follower.failure.startswith("OtherLog: ")
    assert all_digests(engine) == before


class Unsteady(LedgerSource):
    """A log that cannot be read the first few times."""

    failures = 3

    def entries(self, low: int, high: int) -> Sequence[bytes]:
        self.failures -= 1
        if self.failures >= 0:
            raise sqlite3.OperationalError("database is locked")
        return super().entries(low, high)


def test_a_log_that_cannot_be_read_now_is_waited_for(
    engine: Engine, started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_S", (0.01, 0.02))
    story, told = Story(9).play(5), list[str]()
    follower = started(
        engine, Unsteady(story.ledger), on_change=lambda size, failure: told.append(failure)
    )
    assert follower.wait_for(len(story.ledger.memory.entries), within_s=SOON_S), follower.failure
    assert told.count("database is locked") == 3 and follower.failure == ""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_at_once_come_into_step(
    kind: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    started: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A node that was killed leaves one that ends its transaction while the next one begins."""
    monkeypatch.setattr(module, "RETRY_S", (0.01, 0.02))
    url = f"sqlite:///{tmp_path}/views.sqlite"
    if kind == "postgresql":
        url = request.getfixturevalue("fresh_postgres_url")
    story = Story(10).play(40)
    size = len(story.ledger.memory.entries)
    both = threading.Barrier(2)

    class Together(LedgerSource):
        def entries(self, low: int, high: int) -> Sequence[bytes]:
            if not low:
                with suppress(threading.BrokenBarrierError):
                    both.wait(0.5)  # each has read that the views are empty, if it may
            return super().entries(low, high)

    engines = [open_views(url), open_views(url)]
    followers = [started(engine, Together(story.ledger)) for engine in engines]
    for follower in followers:
        assert follower.wait_for(size, within_s=SOON_S), follower.failure
        assert follower.failure == ""
    check_against_state(engines[0], story.ledger.memory)
    for follower, engine in zip(followers, engines, strict=True):
        follower.stop()
        engine.dispose()
