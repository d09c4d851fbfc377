"""A node signs on only when it is known what its key signed last.

Goal: with a missing or an old watermark beside a store with entries a node reads and signs nothing,
whatever else is right, at every start, until what was published last is confirmed; what is confirmed
cannot be less than what is known here, nor more than the store holds.
Method: the folder of a node that was stopped, its watermark taken away or put back; every sentence
of `nodes.readonly` in three languages.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from nodekit import running

from ledger.sentences import LANGUAGES
from nodes.errors import ReadOnly
from nodes.lastsigned import NotConfirmed, check_known, confirm
from nodes.readonly import REASONS, read_only
from nodes.recovery import open_store
from nodes.store import Store
from nodes.watermark import Watermark


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, int]:
    """A folder, its size, and a size that was published before."""
    folder = tmp_path_factory.mktemp("lastsigned") / "n"
    with running(folder) as one:
        one.node.submit([one.gift(1)]).result(timeout=20)
        before = one.node.size()
        one.node.submit([one.gift(2)]).result(timeout=20)
        size = one.node.size()
        one.node.when_final(size - 1).result(timeout=20)
    return folder, size, before


@pytest.fixture
def folder(stopped: tuple[Path, int, int], tmp_path: Path) -> Path:
    shutil.copytree(stopped[0], tmp_path / "n")
    (tmp_path / "n" / "keys" / "watermark").unlink()
    return tmp_path / "n"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    opened = open_store(folder / "store").store
    yield opened
    opened.close()


def test_a_missing_watermark_is_seen_by_every_start(
    folder: Path, stopped: tuple[Path, int, int]
) -> None:
    for _ in range(2):
        with running(folder, found=False) as one:
            assert one.node.read_only_reason == "watermark_missing"
            assert "relief watermark" in one.node.read_only
            with pytest.raises(ReadOnly, match="no watermark"):
                one.node.submit([one.gift(3)])
            assert one.node.announcer.signed is None
            # What is there is read as before, and proved under the last final checkpoint.
            assert one.node.grounds(final=True).size == stopped[1]
            assert one.node.entries(0, 1) and one.node.checkpoint()
        assert not (folder / "keys" / "watermark").exists()


def test_an_old_watermark_is_none(folder: Path, stopped: tuple[Path, int, int]) -> None:
    mark = Watermark(folder / "keys" / "watermark")
    mark.raise_to(1, bytes(32))
    mark.close()
    with running(folder, found=False) as one:
        assert one.node.read_only_reason == "watermark_old"


def test_confirmed_it_goes_on(folder: Path, stopped: tuple[Path, int, int]) -> None:
    store = open_store(folder / "store").store
    confirm(folder / "keys" / "watermark", store, seen=stopped[1], published=stopped[1])
    store.close()
    with running(folder, found=False) as one:
        assert one.node.read_only == ""
        [reply] = one.node.submit([one.gift(3)]).result(timeout=20)
        assert reply.index == stopped[1]
        one.node.when_final(reply.index).result(timeout=20)


def test_what_is_confirmed_is_held_against_what_is_known(
    folder: Path, store: Store, stopped: tuple[Path, int, int]
) -> None:
    _, size, before = stopped
    path = folder / "keys" / "watermark"
    for seen, published, why in (
        (size, size - 1, "itself has published"),
        (size, size + 1, "the store ends at"),
        (0, before - 1, "no checkpoint of this log has size"),
    ):
        with pytest.raises(NotConfirmed, match=why):
            confirm(path, store, seen=seen, published=published)
        assert not path.exists()
    confirm(path, store, seen=0, published=before)
    with pytest.raises(NotConfirmed, match="nothing to confirm"):
        confirm(path, store, seen=before, published=size)
    assert Watermark(path).size == before


def test_nothing_published_can_be_confirmed_where_nothing_was(folder: Path, store: Store) -> None:
    path = folder / "keys" / "watermark"
    confirm(path, store, seen=0, published=0)
    mark = Watermark(path, make=False)
    assert (mark.is_missing, mark.size) == (False, 0)
    mark.close()


@pytest.mark.parametrize(
    ("made", "size", "seen", "reason"),
    [
        (None, 0, 0, ""),
        (None, 1, 0, "watermark_missing"),
        (5, 5, 5, ""),
        (5, 5, 0, ""),
        (5, 6, 6, "watermark_old"),
        (5, 5, 6, "store_behind"),
        (None, 5, 6, "watermark_missing"),
    ],
)
def test_what_tells(tmp_path: Path, made: int | None, size: int, seen: int, reason: str) -> None:
    path = tmp_path / "watermark"
    if made is not None:
        mark = Watermark(path)
        mark.raise_to(made, bytes(32))
        mark.close()
    mark = Watermark(path, make=False)
    try:
        check_known(mark, size=size, seen=seen)
        found = ""
    except ReadOnly as error:
        found = error.reason
    finally:
        mark.close()
    assert found == reason


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_has_three_languages_and_the_same_values(reason: str) -> None:
    row = REASONS[reason]
    assert len(set(row)) == len(LANGUAGES)
    names = [sorted(re.findall(r"{(\w+)", text)) for text in row]
    assert names[0] == names[1] == names[2]
    error = read_only(reason, **{name: 7 for name in names[0]})
    assert (error.reason, str(error)) == (reason, error.words[0])
