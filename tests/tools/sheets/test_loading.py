"""Loading: kept before sent, all or nothing, and harmless however it ends.

Goal: a kill at any moment, an error in the middle, a lost answer or a second run never books a row
twice, loses a row, or leaves a sealed field that nobody can open or a secret that opens nothing.
Method: a node in this process for the whole way, broken at each step by what stands around it; a
child process that is killed at named points and simply run again.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from homes import Home, copy_of, new_home
from spreadsheets import GIFTS, LISTS, ROWS, write

from ledger.entry import StatementEntry
from ledger.proofs.disclosure import check_seal
from ledger.proofs.receipt import open_entry
from nodes.errors import Paused
from nodes.node import Node
from nodes.vault import Vault
from tools.console import Stop
from tools.load import people_keys
from tools.running import found, running
from tools.sheets import loading
from tools.sheets.loading import LoadFolder, Report
from tools.sheets.row_receipts import Rows
from tools.sheets.tables import Table, load_table, read_table
from tools.sheets.targets import Answer, Lines, NodeTarget

FREE = ("accounts", "CNY/flood.general/free")


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return new_home(tmp_path_factory.mktemp("loading") / "home")


@pytest.fixture
def home(founded: Home, tmp_path: Path) -> Home:
    return copy_of(founded, tmp_path / "home")


@dataclass
class Loader:
    """A node that runs, and loads a table."""

    home: Home
    node: Node
    target: NodeTarget

    @property
    def vault(self) -> Vault:
        assert self.node.vault is not None
        return self.node.vault

    def load(self, table: Table, target: Any = None, **rest: Any) -> Report:
        keys = people_keys(self.home.folder / "people", table, None)
        return load_table(
            table,
            target or self.target,
            keys=keys,
            vault=self.vault,
            outbox=self.home.outbox,
            **rest,
        )

    def free(self) -> int:
        return int(self.target.rows([FREE]).get(FREE, 0))

    def folder(self, table: Table) -> LoadFolder:
        return LoadFolder(self.home.outbox / "loads", table.mapping, table.sheet)


@contextmanager
def loader(home: Home) -> Iterator[Loader]:
    with running(home.settings()) as whole:
        found(whole.node, home)
        yield Loader(home, whole.node, NodeTarget(whole.node, whole.views, whole.follower))


def table(folder: Path, mapping: str = ROWS, rows: str = GIFTS) -> Table:
    return read_table(*write(folder, mapping, rows))


TOTAL = 5_010_001


# ---- the whole way -------------------------------------------------------------------------------


@pytest.mark.parametrize(("mapping", "statements"), [(ROWS, 3), (LISTS, 2)])
def test_a_second_run_is_answered_with_the_first_receipts(
    home: Home, tmp_path: Path, mapping: str, statements: int
) -> None:
    with loader(home) as one:
        first = one.load(table(tmp_path, mapping))
        assert (first.statements, first.applied, first.replayed) == (statements, statements, 0)
        size, kept = one.node.size(), list(one.vault.names())
        again = one.load(table(tmp_path, mapping))
        assert (again.applied, again.replayed) == (statements, statements)
        assert (again.first, again.last) == (first.first, first.last)
        assert one.node.size() == size and one.free() == TOTAL
        assert list(one.vault.names()) == kept
    with loader(home) as one:  # after a restart too, and with no key at hand
        assert load_table(
            table(tmp_path, mapping), one.target, keys={}, vault=one.vault, outbox=home.outbox
        ).replayed == statements  # fmt: skip


def test_every_row_is_shown_by_its_receipt(home: Home, tmp_path: Path) -> None:
    with loader(home) as one:
        for mapping in (ROWS, LISTS):
            one.load(loaded := table(tmp_path, mapping))
            one.node.when_final(one.node.size() - 1).result(30)
            signed = list(one.folder(loaded).signed())
            rows = Rows(one.node.grounds(final=True), one.vault, signed)
            donors = [
                {field.name: field.value for field in rows.receipt(number).shown}["donor"]
                for number in (2, 3, 4)
            ]
            assert donors == ["d-1", "d-2", "d-3"]
            with pytest.raises(Stop, match="Row 5 has no statement"):
                rows.receipt(5)


def test_the_lost_outbox_books_nothing_twice(home: Home, tmp_path: Path) -> None:
    # New envelopes have new seals and would be new statements; ids and references are the old ones.
    with loader(home) as one:
        one.load(loaded := table(tmp_path))
        for path in one.folder(loaded).folder.iterdir():
            path.unlink()
        one.folder(loaded).folder.rmdir()
        again = one.load(table(tmp_path))
        assert {each.answer.code for each in again.refused} == {"id_reused"} and not again.applied
        assert again.unsent == 2  # the first one went alone
        assert one.free() == TOTAL


def test_another_copy_of_the_file_has_the_same_references(home: Home, tmp_path: Path) -> None:
    with loader(home) as one:
        one.load(table(tmp_path))
        again = one.load(table(tmp_path, rows=GIFTS + "\r\n"))
        assert {each.answer.code for each in again.refused} == {"reference_used"}
        assert one.free() == TOTAL


# ---- all or nothing ------------------------------------------------------------------------------


def test_one_bad_row_and_nothing_is_signed(home: Home, tmp_path: Path) -> None:
    bad = GIFTS.replace(",0.01", ",0.001")
    with loader(home) as one:
        size, before = one.node.size(), list(one.vault.names())
        with pytest.raises(Stop, match="1 of 3 rows wait for a person; nothing was signed"):
            one.load(table(tmp_path, rows=bad))
        assert one.node.size() == size and list(one.vault.names()) == before
        assert not (home.outbox / "loads").exists()


def test_partial_leaves_bad_rows_out_and_a_new_attempt_takes_them(
    home: Home, tmp_path: Path
) -> None:
    bad = GIFTS.replace(",0.01", ",0.001")
    decided = "decisions: [{row: 3, column: yuan, was: '0.001', is: '0.01'}]\n"
    with loader(home) as one:
        assert one.load(table(tmp_path, rows=bad), partial=True).applied == 2
        assert one.free() == TOTAL - 1
        with pytest.raises(Stop, match="signed with another mapping already"):
            one.load(table(tmp_path, ROWS + decided, bad))
        more = one.load(table(tmp_path, ROWS + decided + "attempt: 2\n", bad))
        assert (more.rows, more.applied, more.sums) == (1, 1, {"CNY": 1})
        assert one.free() == TOTAL


def test_a_list_with_a_bad_row_is_left_out_whole(home: Home, tmp_path: Path) -> None:
    with loader(home) as one:
        report = one.load(table(tmp_path, LISTS, GIFTS.replace(",0.01", ",0.001")), partial=True)
        assert (report.rows, report.applied, report.sums) == (1, 1, {"CNY": 5_000_000})


def test_a_table_of_which_nothing_is_left(home: Home, tmp_path: Path) -> None:
    with loader(home) as one:
        one.load(table(tmp_path))
        with pytest.raises(Stop, match="no row that can be loaded"):
            one.load(table(tmp_path, ROWS + "attempt: 2\n"))


def test_a_key_that_is_not_here(home: Home, tmp_path: Path) -> None:
    (home.folder / "people" / "charity.secretary.key").unlink()
    with loader(home) as one, pytest.raises(Stop, match="key of charity/secretary is not here"):
        one.load(table(tmp_path))


def test_who_may_not_say_it_says_it_once(home: Home, tmp_path: Path) -> None:
    mapping = ROWS.replace("county/director", "county/stores").replace(
        ", second: charity/secretary", ""
    )
    with loader(home) as one:
        report = one.load(table(tmp_path, mapping))
        assert [each.answer.code for each in report.refused] == ["no_authority"]
        assert report.refused[0].answer.said and report.refused[0].signed.rows == (2,)
        assert report.unsent == 2 and not report.is_whole


# ---- what fails in the middle --------------------------------------------------------------------


class Broken(Exception):
    """The process ends here, as far as the test goes."""


def test_a_run_that_dies_while_signing_leaves_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign, count = loading.sign_statement, iter(range(100))

    def die(*given: Any) -> Any:
        if next(count) == 2:
            raise Broken
        return sign(*given)

    with loader(home) as one:
        before = list(one.vault.names())
        loaded = table(tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(loading, "sign_statement", die)
            with pytest.raises(Broken):
                one.load(loaded)
        names = [name for name in one.vault.names() if name not in before]
        assert names == ["reference-key/flood"] and not one.folder(loaded).folder.exists()
        assert one.load(table(tmp_path)).applied == 3 and one.free() == TOTAL
        assert not one.folder(loaded).building.exists()


@pytest.mark.parametrize("step", ["put_many", "rename"])
@pytest.mark.parametrize("done", [False, True])
def test_a_run_that_dies_between_vault_and_outbox(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, done: bool
) -> None:
    owner: Any = Vault if step == "put_many" else os
    real = getattr(owner, step)

    def die(*given: Any) -> None:
        if done:
            real(*given)
        raise Broken

    with loader(home) as one:
        loaded = table(tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(owner, step, die)
            with pytest.raises(Broken):
                one.load(loaded)
        assert one.load(table(tmp_path)).applied == 3
        # Every secret opens a seal of what is on the ledger: no orphans, none missing.
        signed = {each.statement for each in one.folder(loaded).signed()}
        records = [name for name in one.vault.names("record/")]
        assert {name.split("/")[1] for name in records} == signed and len(records) == 3
        one.node.when_final(one.node.size() - 1).result(30)
        rows = Rows(one.node.grounds(final=True), one.vault, list(one.folder(loaded).signed()))
        for number in (2, 3, 4):
            receipt = rows.receipt(number)
            entry = open_entry(receipt.entry)
            assert isinstance(entry, StatementEntry) and len(receipt.shown) == 2
            seals = entry.statement.body["seals"]
            assert isinstance(seals, dict)
            for shown in receipt.shown:
                check_seal(seals, "donation.receive", 1, shown)
        assert one.free() == TOTAL


@dataclass
class Flaky:
    """A target that fails after so many portions."""

    inner: NodeTarget
    left: int
    answers: bool = True

    @property
    def origin(self) -> str:
        return self.inner.origin

    def rows(self, pairs: Any) -> Any:
        return self.inner.rows(pairs)

    def lots(self, site: str) -> Any:
        return self.inner.lots(site)

    def send(self, portions: Iterable[Lines]) -> Iterator[list[Answer]]:
        for lines in portions:
            if not self.left:
                raise Broken
            self.left -= 1
            [answers] = self.inner.send([lines])
            yield answers if self.answers else [Answer(error="the line went dead") for _ in lines]


@pytest.mark.parametrize("left", [0, 1, 2, 3])
def test_a_run_that_dies_while_sending(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    monkeypatch.setattr(loading, "PORTION", 1)
    with loader(home) as one:
        if left < 3:
            with pytest.raises(Broken):
                one.load(table(tmp_path), Flaky(one.target, left))
        else:
            one.load(table(tmp_path), Flaky(one.target, left))
        again = one.load(table(tmp_path))
        assert (again.applied, again.replayed) == (3, left) and one.free() == TOTAL


def test_answers_that_are_lost(home: Home, tmp_path: Path) -> None:
    with loader(home) as one:
        lost = one.load(table(tmp_path), Flaky(one.target, 9, answers=False))
        assert (lost.applied, lost.undelivered, lost.unsent) == (0, 1, 2)
        again = one.load(table(tmp_path))
        assert (again.applied, again.replayed) == (3, 1) and one.free() == TOTAL


def test_a_node_that_pauses_is_waited_for(home: Home, tmp_path: Path) -> None:
    with loader(home) as one:
        waited: list[float] = []
        target = NodeTarget(one.node, pause=waited.append)
        decide = one.node.solo._decide
        tries = iter(range(100))

        def pause(statements: Any, checked: Any) -> Any:
            from nodes.solo import Reply

            if next(tries) < 2:
                return [Reply(each.id, None, error=Paused("a while")) for each in statements]
            return decide(statements, checked)

        one.node.solo._decide = pause  # type: ignore[method-assign]
        assert one.load(table(tmp_path), target).applied == 3
        assert len(waited) == 2


def test_another_ledgers_outbox_is_not_sent(home: Home, tmp_path: Path) -> None:
    with loader(home) as one:
        one.load(loaded := table(tmp_path))
        place = one.folder(loaded)
        plan = json.loads((place.folder / "plan.json").read_text())
        (place.folder / "plan.json").write_text(json.dumps({**plan, "log": "other.example/log"}))
        with pytest.raises(Stop, match=r"statements for other\.example/log"):
            one.load(table(tmp_path))
        (place.folder / "plan.json").write_text("{")
        with pytest.raises(Stop, match="no plan that can be read"):
            one.load(table(tmp_path))


def test_portions_are_bounded(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "PORTION_BYTES", 1_500)
    with loader(home) as one:
        one.load(loaded := table(tmp_path))
        assert [len(lines) for lines in one.folder(loaded).portions()] == [1, 1, 1]


# ---- killed --------------------------------------------------------------------------------------

CHILD = """
import sys
from tools.cli import app
sys.argv = ["relief", *sys.argv[1:]]
app()
"""


@pytest.mark.parametrize(
    "where",
    [
        "export.write:2:kill",  # envelopes half kept
        "export.rename:4:kill",  # before the plan is durable
        "export.rename.done:4:kill",  # the plan is, the secrets are not
        "orderer.taken:1:kill",  # sent, nothing decided
        "orderer.stepped:2:kill",
        "store.commit:2:kill",
        "store.commit.done:1:kill",  # durable, never answered
        "orderer.answered:2:kill",
        "publisher.sign:1:kill",
        "clean.stop:1:kill",
    ],
)
def test_killed_and_run_again(home: Home, tmp_path: Path, where: str) -> None:
    file, mapping = write(tmp_path / "t", ROWS, GIFTS)
    command = [
        sys.executable, "-c", CHILD, "load", str(file), "--mapping", str(mapping),
        "--dir", str(home.folder), "--json",
    ]  # fmt: skip
    root = Path(__file__).resolve().parents[3]
    # Founded before, so that the same passages are met each time.
    with loader(home):
        pass
    environment = {**os.environ, "PYTHONPATH": str(root)}
    broken = subprocess.run(
        command,
        env={**environment, "RELIEF_CHAOS": where},
        capture_output=True,
        check=False,
        cwd=root,
    )
    assert broken.returncode == -signal.SIGKILL, broken.stdout.decode()
    again = subprocess.run(command, env=environment, capture_output=True, check=False, cwd=root)
    assert again.returncode == 0, again.stderr.decode()
    assert json.loads(again.stdout)["applied"] == 3
    with loader(home) as one:
        assert one.free() == TOTAL
        records = list(one.vault.names("record/"))
        assert len(records) == 3
