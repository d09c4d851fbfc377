"""The views say what the state says, on both databases, however they came to be.

Goal: after every batch balances, totals, fund lines and lots of the views equal the state tables of
the machine; a rebuild, a crash at any statement of SQL, chunks of any size, SQLite and PostgreSQL all
lead to the same rows.
Method: random stories on a ledger in memory are the log; the state tables are the oracle. Every test
that speaks to a database runs on SQLite and on a PostgreSQL server of its own.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ledgers import NOW, TestLedger, founded
from projections import LedgerSource, all_digests, check_against_state, lite, rows
from sqlalchemy import Engine, event
from stories import Story

from ledger.codes import Code
from ledger.entry import (
    BatchEntry,
    Effects,
    Outcome,
    format_batch_entry,
    format_statement_entry,
)
from nodes.projections.nounviews import PROJECTIONS
from nodes.projections.projector import OtherLog, Projector, open_views
from nodes.projections.rebuild import rebuild
from nodes.projections.views import (
    Balance,
    Cosigner,
    Entry,
    Lot,
    Move,
    Position,
    Refusal,
    Segment,
    Subject,
    columns,
    keys_of,
    table_of,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/views.sqlite"
    fresh: str = request.getfixturevalue("fresh_postgres_url")
    return fresh


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_views(url)
    yield engine
    engine.dispose()


# ---- the views are the state --------------------------------------------------------------------


@pytest.mark.parametrize("corrections", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_views_equal_the_state_after_every_batch(
    seed: int, corrections: bool, tmp_path: Path
) -> None:
    story = Story(seed, corrections=corrections)
    engine = lite(tmp_path)
    projector = Projector(engine, LedgerSource(story.ledger))
    for _ in range(80):
        story.batch(story.random.randint(1, 6))
        projector.catch_up()
        check_against_state(engine, story.ledger.memory)
    engine.dispose()


def test_views_equal_the_state_on_both_databases(engine: Engine) -> None:
    story = Story(11).play(150)
    reached = Projector(engine, LedgerSource(story.ledger)).catch_up()
    check_against_state(engine, story.ledger.memory)
    head = story.ledger.memory.head()
    assert (reached.size, reached.batch, reached.time) == (head.size, head.batch, head.time)
    assert (reached.root, reached.state_root, reached.origin) == (
        head.root(), head.state_root, head.origin,
    )  # fmt: skip


# ---- always the same rows -----------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 2, 7, 64, 100_000])
def test_chunks_of_any_size_give_the_same_rows(most: int, tmp_path: Path) -> None:
    source = LedgerSource(Story(5).play(60).ledger)
    one, other = lite(tmp_path, "one"), lite(tmp_path, "other")
    Projector(one, source).catch_up()
    projector = Projector(other, source)
    advanced = 0
    while found := projector.advance(most=most):
        advanced += found
    assert advanced == source.size()
    assert all_digests(one) == all_digests(other)
    one.dispose(), other.dispose()


def test_both_databases_have_the_same_digests(tmp_path: Path, fresh_postgres_url: str) -> None:
    source = LedgerSource(Story(6).play(150).ledger)
    one, other = lite(tmp_path), open_views(fresh_postgres_url)
    Projector(one, source).catch_up()
    Projector(other, source).catch_up()
    assert all_digests(one) == all_digests(other)
    assert len(all_digests(one)) == len(PROJECTIONS)
    one.dispose(), other.dispose()


def test_a_rebuild_gives_every_row_back(engine: Engine) -> None:
    story = Story(7).play(100)
    source = LedgerSource(story.ledger)
    old = Projector(engine, source).catch_up()
    story.play(20)
    report = rebuild(engine, source)
    assert (
        report.is_equal and report.before == report.after and len(report.before) == len(PROJECTIONS)
    )
    assert report.replayed == old and report.now.size == source.size() > old.size
    check_against_state(engine, story.ledger.memory)


def test_a_rebuild_names_what_was_changed_by_hand(engine: Engine) -> None:
    source = LedgerSource(Story(8).play(40).ledger)
    projector = Projector(engine, source)
    projector.catch_up()
    right = all_digests(engine)
    with engine.begin() as connection:
        table = table_of(Balance)
        connection.execute(table.update().values(units="1").where(table.c.label == "free"))
    assert rebuild(engine, source).differing == ("balance",)
    assert all_digests(engine) == right


# ---- effects too large for their entry ----------------------------------------------------------


def with_large_effects() -> TestLedger:
    """A move of 64 lots: its entry has only the digest of what it did."""
    ledger = founded()
    line = {"condition": "good", "item": "rice", "quantity": 900}
    body: dict[str, Any] = {"lines": [line] * 64, "site": "depot", "source": {"kind": "gift"}}
    goods = ledger.statement("stock.receive", body, "red/chen", "red/dai")
    draws = [{"lot": f"{goods.id}/{n}", "quantity": 400} for n in range(64)]
    moved = {"from": "depot", "lines": draws, "to": "point"}
    ledger.run(goods, ledger.statement("stock.move", moved, "red/chen"))
    assert [list(step.effects) for step in ledger.steps if step.effects] == [[5]]
    return ledger


@pytest.mark.parametrize("keep", [True, False], ids=["kept", "worked out again"])
def test_large_effects_are_projected(keep: bool, tmp_path: Path) -> None:
    ledger = with_large_effects()
    engine = lite(tmp_path)
    Projector(engine, LedgerSource(ledger, keep=keep)).catch_up()
    check_against_state(engine, ledger.memory)
    assert len([row for row in rows(engine, Lot) if row["spent"] < 0]) == 128
    engine.dispose()


def test_effects_that_are_not_those_of_the_digest_are_refused(tmp_path: Path) -> None:
    class Wrong(LedgerSource):
        def effects(self, index: int) -> Effects | None:
            found = super().effects(index)
            return found and Effects(found.moves, found.line, found.lots[:-1])

    engine = lite(tmp_path)
    projector = Projector(engine, Wrong(with_large_effects()))
    with pytest.raises(ValueError, match="entry 5"):
        projector.catch_up()
    assert projector.reached().size == 0
    engine.dispose()


# ---- kinds that nobody here knows ---------------------------------------------------------------


class Made:
    """A founded log, and one batch behind it with a statement of any kind and outcome."""

    def __init__(self, kind: str, body: dict[str, Any], outcome: Outcome) -> None:
        ledger = founded()
        head = ledger.memory.head()
        statement = ledger.statement(kind, body, "red/ana", "red/bao")
        raw = format_statement_entry(head.batch + 1, NOW, statement, outcome.encode())
        end = BatchEntry(head.batch + 1, NOW, head.size, 1, bytes(32), bytes(32), 1)
        self.statement = statement.id
        self.log = [*ledger.memory.entries, raw, format_batch_entry(end)]

    def size(self) -> int:
        return len(self.log)

    def entries(self, low: int, high: int) -> list[bytes]:
        return self.log[low:high]

    def effects(self, index: int) -> Effects | None:
        return None


def test_an_unknown_kind_still_moves_what_it_moves(engine: Engine) -> None:
    body = {"lines": [{"site": "depot", "order": "ab" * 32}], "novelty": [[1, {"tag": "cd" * 16}]]}
    effects = Effects(
        moves=(("rice", "ext:donor", "site:depot", 7), ("CNY", "flood.general/new", "x/y:z", 5)),
        line=(("flood.general", 0, 5, "newlabel:1"),),
        lots=(("made", "ef" * 32 + "/0", "rice", 7, "site:depot"), ("spent", "ab" * 32 + "/9", 3)),
    )
    outcome = Outcome(Code.FLAGGED, effects, (("found", "rice/found:depot", 2),), late=9)
    source = Made("novel.kind", body, outcome)
    Projector(engine, source).catch_up()
    index = source.size() - 2
    [entry] = [row for row in rows(engine, Entry) if row["index"] == index]
    assert (entry["kind"], entry["code"], entry["actor"], entry["late"], entry["statement"]) == (
        "novel.kind", "flagged", "red/ana", 9, source.statement,
    )  # fmt: skip
    balances = {
        (r["commodity"], r["account"]): (r["units"], r["side"]) for r in rows(engine, Balance)
    }
    assert balances == {
        ("rice", "ext:donor"): ("-7", "outside"),
        ("rice", "site:depot"): ("7", "inside"),
        ("CNY", "flood.general/new"): ("-5", "neutral"),
        ("CNY", "x/y:z"): ("5", "neutral"),
    }
    assert [(r["low"], r["high"], r["label"]) for r in rows(engine, Segment)] == [
        (0, 5, "newlabel:1")
    ]
    assert [(r["lot"], r["quantity"], r["made"]) for r in rows(engine, Lot)] == [
        ("ef" * 32 + "/0", 7, index)
    ]
    assert sorted(r["subject"] for r in rows(engine, Subject) if r["entry"] == index) == sorted(
        [
            "flow/rice", "flow/rice/ext", "flow/rice/site", "flow/CNY", "flow/CNY/new", "flow/CNY/y",
            "fund/flood", "fund/x", "item/rice", "site/depot", f"lot/{'ef' * 32}/0",
            f"lot/{'ab' * 32}/9", f"statement/{'ab' * 32}", f"household/{'cd' * 16}",
        ]
    )  # fmt: skip
    assert rebuild(engine, source).is_equal


def test_what_is_refused_moves_nothing(engine: Engine) -> None:
    source = Made("novel.kind", {"site": "depot"}, Outcome(Code.NOT_ENOUGH))
    Projector(engine, source).catch_up()
    index = source.size() - 2
    assert [(r["entry"], r["code"], r["actor"]) for r in rows(engine, Refusal)] == [
        (index, "not_enough", "red/ana")
    ]
    assert [(r["entry"], r["actor"]) for r in rows(engine, Cosigner)][-1] == (index, "red/bao")
    assert [r for r in rows(engine, Subject) if r["entry"] == index] == []
    assert rows(engine, Balance) == rows(engine, Move) == []


# ---- failing and going on -----------------------------------------------------------------------


class Fails(Exception):
    """Stands for whatever may happen between two statements of SQL."""


def fail_at(engine: Engine, count: int) -> Callable[[], None]:
    """From now on statement number `count` of SQL fails; returns how to stop that."""
    left = [count]

    def before(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Fails

    event.listen(engine, "before_cursor_execute", before)
    return lambda: event.remove(engine, "before_cursor_execute", before)


def test_a_failure_at_any_statement_leaves_whole_batches(engine: Engine) -> None:
    story = Story(9).play(12)
    source = LedgerSource(story.ledger)
    projector = Projector(engine, source)
    projector.catch_up()
    before = all_digests(engine)
    story.play(6)
    failures = 0
    while True:
        heal = fail_at(engine, failures + 1)
        try:
            projector.advance()
            break
        except Fails:
            failures += 1
        finally:
            heal()
        assert all_digests(engine) == before
    assert failures > 10
    check_against_state(engine, story.ledger.memory)


KILLED = """
import pathlib, sys
from nodes.projections.projector import Projector, open_views

class File:
    entries_ = pathlib.Path(sys.argv[2]).read_bytes().split(b"\\n")
    def size(self): return len(self.entries_)
    def entries(self, low, high): return self.entries_[low:high]
    def effects(self, index): return None

projector = Projector(open_views(sys.argv[1]), File())
print("ready", flush=True)
while projector.advance(most=20): print("advanced", flush=True)
"""


def test_a_killed_projector_goes_on(tmp_path: Path) -> None:
    source = LedgerSource(Story(12).play(150).ledger)
    file = tmp_path / "entries"
    file.write_bytes(b"\n".join(source.entries(0, source.size())))
    url = f"sqlite:///{tmp_path}/killed.sqlite"
    reached = []
    for batches in (0, 1, 3, 4, 7):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, url, str(file)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        ) as process:
            assert process.stdout is not None
            for _ in range(1 + batches):
                process.stdout.readline()
            process.kill()
        engine = open_views(url)
        reached.append(Projector(engine, source).reached().size)
        engine.dispose()
    assert reached == sorted(reached) and reached[-1] > 0
    killed, other = open_views(url), lite(tmp_path)
    Projector(killed, source).catch_up()
    Projector(other, source).catch_up()
    assert all_digests(killed) == all_digests(other)
    killed.dispose(), other.dispose()


def test_nothing_is_done_twice(engine: Engine) -> None:
    source = LedgerSource(Story(10).play(10).ledger)
    projector = Projector(engine, source)
    assert projector.lag() == source.size()
    projector.catch_up()
    before = all_digests(engine)
    assert projector.lag() == projector.advance() == Projector(engine, source).advance() == 0
    assert all_digests(engine) == before


def test_an_open_batch_waits_for_its_end(tmp_path: Path) -> None:
    ledger = Story(3).play(5).ledger
    engine = lite(tmp_path)
    first = next(step for step in ledger.steps if step.first > 0)
    projector = Projector(engine, LedgerSource(ledger))
    assert projector.advance(until=first.first + 1) == first.first
    assert projector.advance(until=first.first + 1) == 0
    assert projector.advance(until=first.head.size) == len(first.entries)
    engine.dispose()


def test_views_of_another_log_are_not_carried_on(engine: Engine) -> None:
    Projector(engine, LedgerSource(Story(1).play(20).ledger)).catch_up()
    other = LedgerSource(Story(2).play(40).ledger)
    with pytest.raises(OtherLog):
        Projector(engine, other)
    report = rebuild(engine, other)
    assert report.before == {} and report.now.size == other.size()
    Projector(engine, other)


def test_views_of_a_longer_log_are_not_carried_on(engine: Engine) -> None:
    story = Story(1).play(10)
    last = [step for step in story.ledger.steps if not step.is_empty][-1]
    shorter = TestLedger()
    shorter.memory.entries.extend(story.ledger.memory.entries[: last.first])
    Projector(engine, LedgerSource(story.ledger)).catch_up()
    with pytest.raises(OtherLog):
        Projector(engine, LedgerSource(shorter))


def test_tables_of_another_version_are_made_anew(url: str) -> None:
    engine = open_views(url)
    source = LedgerSource(Story(4).play(5).ledger)
    Projector(engine, source).catch_up()
    engine.dispose()
    again = open_views(url)
    assert Projector(again, source).lag() == 0, "the same version is kept"
    with again.begin() as connection:
        connection.execute(table_of(Position).update().values(version=0))
    again.dispose()
    newer = open_views(url)
    assert Projector(newer, source).lag() == source.size()
    newer.dispose()


# ---- the tables ---------------------------------------------------------------------------------


def test_columns_are_integers_and_texts_and_never_null() -> None:
    for view in PROJECTIONS:
        for column in columns(view):
            assert type(column.type).__name__ in ("Whole", "Word"), column
            assert not column.nullable, column


def test_the_page_lists_every_table_and_column() -> None:
    page = (Path(__file__).parents[3] / "docs" / "spec" / "projections.md").read_text()
    listed = {
        name: (keys.replace("`", "").split(), others.replace("`", "").split())
        for name, keys, others in re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?)\|", page, re.MULTILINE)
    }
    assert listed == {
        table_of(view).name: (
            list(keys_of(view)),
            [c.name for c in columns(view) if c.name not in keys_of(view)],
        )
        for view in PROJECTIONS
    }


def test_sqlite_holds_what_it_is_given(tmp_path: Path) -> None:
    engine = lite(tmp_path)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO tally VALUES ('k', 'ok', 9223372036854775807)")
        with pytest.raises(Exception, match="cannot store TEXT value in INTEGER column"):
            connection.exec_driver_sql("INSERT INTO tally VALUES ('k', 'no', 'many')")
    assert rows(engine, Entry) == []
    engine.dispose()
