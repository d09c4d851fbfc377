"""Kept tapes: the answers of a plain simulation, at the cost of judging alone.

Goal: whatever the history, the stretch, the mode and the groups, a kept tape gives the very digest that the
log gives; it is made once, run on from where it stood, and shared by contracts with the same facts; what is
damaged, of another log, or cannot be kept costs time and never an answer.
Method: random histories in memory, run on batch by batch; each file is damaged in turn; the oracle is the
tape in memory, made from the whole log each time.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from adopting import DAY, adopt
from hypothesis import given, settings
from hypothesis import strategies as st
from keptlogs import batch_ends, views_of
from ledgers import TestLedger
from simulated import allocate, capped, contract, history, receive, tape

from contracts.simulating.simulation import GROUPS, MODES, simulate
from contracts.simulating.tape import FOREVER, Asked
from ledger.errors import CheckError
from nodes import onetape, tapes
from nodes.folder import FolderLock
from nodes.tapes import Answered, Tapes

AMOUNTS = (60, 30, 20, 20, 10)


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onetape, "PIECE_ENTRIES", 4)


def ask(
    folder: Path,
    ledger: TestLedger,
    document: dict[str, Any],
    *,
    size: int | None = None,
    low: int = 0,
    high: int = FOREVER,
    scope: str = "consortium",
    **how: Any,
) -> Answered[dict[str, Any]]:
    """What the kept tape says."""
    made = contract(document)
    return Tapes(folder).ask(
        Asked(made, scope, "CNY"),
        views_of(ledger, size),
        lambda kept: simulate(kept, made, **how).value(),
        low=low,
        high=high,
    )


def plain(ledger: TestLedger, document: dict[str, Any], **how: Any) -> dict[str, Any]:
    """The oracle."""
    stretch = {name: how.pop(name) for name in ("low", "high", "scope") if name in how}
    return simulate(tape(ledger, document, **stretch), contract(document), **how).value()


def files(folder: Path) -> list[Path]:
    return sorted(each for each in folder.glob("tapes/*/*") if each.name != "lock")


def test_made_once_and_asked_again(tmp_path: Path) -> None:
    ledger = history(AMOUNTS)
    size = ledger.memory.head().size
    first = ask(tmp_path, ledger, capped(100))
    assert (first.run, first.kept) == (size, True)
    again = ask(tmp_path, ledger, capped(100))
    other = ask(tmp_path, ledger, capped(59), mode="counterfactual")
    assert again.run == other.run == 0
    assert first.found == again.found == plain(ledger, capped(100))
    assert other.found == plain(ledger, capped(59), mode="counterfactual")
    assert len(files(tmp_path)) > 2
    # Other facts are another tape.
    wider = capped(100)
    wider["facts"]["given"]["window"] = "14d"
    assert ask(tmp_path, ledger, wider).run == size
    assert len(list(tmp_path.glob("tapes/*"))) == 2


def test_a_longer_log_is_run_on(tmp_path: Path) -> None:
    ledger = history(AMOUNTS)
    ends = batch_ends(ledger)
    for before, size in zip([0, *ends], ends, strict=False):
        done = ask(tmp_path, ledger, capped(100), size=size)
        assert (done.run, done.kept) == (size - before, True)
    assert done.found == plain(ledger, capped(100))
    # Short steps have made no more pieces than one run would have.
    shutil.rmtree(tmp_path / "tapes", ignore_errors=False)
    ask(tmp_path, ledger, capped(100))
    assert len(files(tmp_path)) == -(-len(ends) // 2) + 1


def test_without_its_standing_it_is_made_anew(tmp_path: Path) -> None:
    ledger = history(AMOUNTS)
    ask(tmp_path, ledger, capped(100))
    [standing] = tmp_path.glob("tapes/*/standing")
    standing.unlink()
    assert ask(tmp_path, ledger, capped(100)).run == 0
    allocate(ledger, 5)
    done = ask(tmp_path, ledger, capped(100))
    assert done.run == ledger.memory.head().size and done.found == plain(ledger, capped(100))


@pytest.mark.parametrize("how", ["cut", "flip", "empty", "gone", "other digest", "longer"])
def test_damage_is_found_and_mended(tmp_path: Path, how: str) -> None:
    ledger = history(AMOUNTS)
    ask(tmp_path, ledger, capped(100))
    allocate(ledger, 5)
    wanted = plain(ledger, capped(100))
    whole = tmp_path / "whole"
    shutil.copytree(tmp_path / "tapes", whole / "tapes")
    for path in files(whole):
        shutil.rmtree(tmp_path / "tapes")
        shutil.copytree(whole / "tapes", tmp_path / "tapes")
        damaged = tmp_path / path.relative_to(whole)
        data = damaged.read_bytes()
        match how:
            case "cut":
                damaged.write_bytes(data[:-1])
            case "flip":
                at = len(data) // 2
                damaged.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            case "empty":
                damaged.write_bytes(b"")
            case "gone":
                damaged.unlink()
            case "other digest":
                damaged.write_bytes(b"0" * 64 + data[64:])
            case "longer":
                damaged.write_bytes(data + b"\n")
        done = ask(tmp_path, ledger, capped(100))
        assert done.found == wanted and done.run > 2, path.name
        done = ask(tmp_path, ledger, capped(100))
        assert done.found == wanted and (done.run, done.kept) == (0, True), path.name


def test_a_piece_in_anothers_place(tmp_path: Path) -> None:
    ledger = history(AMOUNTS)
    ask(tmp_path, ledger, capped(100))
    one, two, *_ = files(tmp_path)
    data = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(data)
    done = ask(tmp_path, ledger, capped(100))
    assert done.run > 0 and done.found == plain(ledger, capped(100))


def test_another_history_is_not_answered_from_the_old_tape(tmp_path: Path) -> None:
    ask(tmp_path, history(AMOUNTS), capped(100))
    # As a restored store would: as long, not the same.
    other = history((60, 30, 20, 21, 10))
    done = ask(tmp_path, other, capped(100))
    assert done.run == other.memory.head().size and done.found == plain(other, capped(100))
    shorter = history(AMOUNTS[:2])
    done = ask(tmp_path, shorter, capped(100))
    assert done.run == shorter.memory.head().size and done.found == plain(shorter, capped(100))


def test_an_old_piece_among_those_of_another_history(tmp_path: Path) -> None:
    """As a folder that was restored over another one: whole, in its place, of this very log's name."""
    ask(tmp_path / "old", history((61, 30, 20, 20, 10)), capped(100))
    ledger = history(AMOUNTS)
    ask(tmp_path, ledger, capped(100))
    names = [each.relative_to(tmp_path / "old") for each in files(tmp_path / "old")]
    moved = 0
    for name in [each for each in names if each.suffix == ".piece"][:-1]:
        if (tmp_path / name).read_bytes() != (tmp_path / "old" / name).read_bytes():
            shutil.copyfile(tmp_path / "old" / name, tmp_path / name)
            moved += 1
    assert moved > 0
    done = ask(tmp_path, ledger, capped(100))
    assert done.found == plain(ledger, capped(100)) and done.run > 0


def test_the_last_of_the_disk_is_for_the_ledger(tmp_path: Path) -> None:
    ledger, made = history(AMOUNTS), contract(capped(100))
    asked = Asked(made, "consortium", "CNY")
    wider = capped(100)
    wider["facts"]["given"]["window"] = "14d"
    ask(tmp_path, ledger, wider)
    here = shutil.disk_usage(tmp_path).free
    for spare, kept in ((0, True), (2 * here, False)):
        shutil.rmtree(Tapes(tmp_path).folder_of(asked), ignore_errors=True)
        done = Tapes(tmp_path, spare=spare).ask(
            asked, views_of(ledger), lambda tape: simulate(tape, made).value()
        )
        assert (done.kept, done.found) == (kept, plain(ledger, capped(100)))
        # What was kept for other questions goes first.
        assert bool(files(tmp_path)) is kept


def test_a_tape_of_another_release_is_not_taken(tmp_path: Path) -> None:
    ledger, made = history(AMOUNTS), contract(capped(100))
    asked = Asked(made, "consortium", "CNY")
    places = {Tapes(tmp_path, release=name).folder_of(asked) for name in ("1", "2")}
    scoped = Tapes(tmp_path, release="1").folder_of(Asked(made, "fund:flood", "CNY"))
    assert len({*places, scoped}) == 3
    assert ask(tmp_path, ledger, capped(100), scope="fund:other").found["total"]["statements"] == 0


def test_where_nothing_can_be_kept(tmp_path: Path) -> None:
    ledger = history(AMOUNTS)
    lock = FolderLock(Tapes(tmp_path).folder_of(Asked(contract(capped(100)), "consortium", "CNY")))
    done = ask(tmp_path, ledger, capped(100))
    lock.release()
    assert not done.kept and done.found == plain(ledger, capped(100)) and files(tmp_path) == []
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = ask(blocked, ledger, capped(100))
    assert not done.kept and done.found == plain(ledger, capped(100))


def test_what_was_run_is_kept_when_work_ends_early(tmp_path: Path) -> None:
    ledger, made = history(AMOUNTS), contract(capped(100))

    class Enough(Exception):
        pass

    def tick(done: int, size: int) -> None:
        if done >= 7:
            raise Enough

    with pytest.raises(Enough):
        Tapes(tmp_path).ask(
            Asked(made, "consortium", "CNY"),
            views_of(ledger),
            lambda kept: simulate(kept, made),
            on_entries=tick,
        )
    done = ask(tmp_path, ledger, capped(100))
    ran = next(end for end in batch_ends(ledger) if end >= 7)
    assert done.run == ledger.memory.head().size - ran
    assert done.found == plain(ledger, capped(100))


def test_a_log_that_is_not_what_its_tree_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = history(AMOUNTS)

    class Lying(onetape.Log):
        def root(self, size: int) -> str:
            return "0" * 64

    monkeypatch.setattr(onetape, "Log", Lying)
    with pytest.raises(CheckError, match="root"):
        ask(tmp_path, ledger, capped(100))
    assert files(tmp_path) == []


def test_only_so_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tapes, "KEPT_MAX", 2)
    ledger = history(AMOUNTS[:1])
    for scope in ("consortium", "fund:flood", "fund:other"):
        ask(tmp_path, ledger, capped(100), scope=scope)
        assert ask(tmp_path, ledger, capped(100), scope=scope).run == 0
    assert len(list(tmp_path.glob("tapes/*"))) == 2


STEPS = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 100), st.booleans()), max_size=6)


@settings(max_examples=12, deadline=None)
@given(STEPS, st.integers(1, 200), st.sampled_from(["", "shadow", "enforce"]), st.data())
def test_the_same_answer_with_and_without(
    steps: list[tuple[int, int, bool]], most: int, standing: str, data: st.DataObject
) -> None:
    ledger = history([5, 7])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ask(folder, ledger, capped(most))
        if standing:
            adopt(ledger, capped(100))
        if standing == "enforce":
            adopt(ledger, capped(100), mode="enforce")
        for number, (amount, hours, gift) in enumerate(steps, 2):
            ledger.time += hours * 3_600
            if gift:
                receive(ledger, amount, number)
            else:
                allocate(ledger, amount)
            if data.draw(st.booleans()):
                ask(folder, ledger, capped(most))
        ledger.time += DAY
        began, ended = 1_800_000_000 - 10**9, ledger.time + 1
        times = st.sampled_from([0, began, *{one.time for one in tape(ledger, capped()).seen},
                                 ended, FOREVER])  # fmt: skip
        low, high = data.draw(times), data.draw(times)
        for mode in MODES:
            by = data.draw(st.sampled_from(GROUPS))
            how: dict[str, Any] = {"low": low, "high": high, "mode": mode, "group_by": by}
            done = ask(folder, ledger, capped(most), **how)
            assert done.kept and done.found == plain(ledger, capped(most), **how)
