"""The watermark never falls, never has two roots for a size, and survives a torn write.

Method: every refusal once; every byte of the file changed once; a write cut short at every length.
"""

import os
from pathlib import Path

import pytest

from nodes.errors import Locked, StoreLost
from nodes.watermark import _SLOT, Watermark


def root(n: int) -> bytes:
    return bytes([n]) * 32


def test_rises_and_is_kept(tmp_path: Path) -> None:
    mark = Watermark(tmp_path / "keys" / "watermark")
    assert mark.size == 0
    for size in (4, 4, 9, 100):
        mark.raise_to(size, root(size % 250))
    mark.close()
    again = Watermark(tmp_path / "keys" / "watermark")
    assert (again.size, again.root) == (100, root(100))
    assert (tmp_path / "keys" / "watermark").stat().st_mode & 0o077 == 0
    again.close()


def test_never_falls_and_never_forks(tmp_path: Path) -> None:
    mark = Watermark(tmp_path / "watermark")
    mark.raise_to(10, root(1))
    for size, other in ((9, 1), (10, 2), (0, 1)):
        with pytest.raises(StoreLost, match="another history"):
            mark.raise_to(size, root(other))
    mark.raise_to(10, root(1))
    mark.raise_to(11, root(2))
    assert mark.size == 11
    mark.close()


def test_torn_write_leaves_the_last_one(tmp_path: Path) -> None:
    """Whatever part of the new slot arrived, the old one or the new one is read."""
    path = tmp_path / "watermark"
    mark = Watermark(path)
    mark.raise_to(10, root(1))
    before = path.read_bytes()
    mark.raise_to(20, root(2))
    after = path.read_bytes()
    mark.close()
    changed = [at for at in range(len(after)) if before[at] != after[at]]
    slot = changed[0] // _SLOT * _SLOT
    for end in range(slot, changed[-1] + 2):
        path.write_bytes(before[:slot] + after[slot:end] + before[end:])
        again = Watermark(path)
        assert (again.size, again.root) in ((10, root(1)), (20, root(2)))
        again.close()
    assert (again.size, again.root) == (20, root(2))


def test_damage_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "watermark"
    mark = Watermark(path)
    mark.raise_to(10, root(1))
    whole = path.read_bytes()
    mark.close()
    used = [at for at in range(len(whole)) if whole[at]]
    for at in used:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(StoreLost, match="damaged"):
            Watermark(path)
    path.write_bytes(whole[:-1])
    with pytest.raises(StoreLost, match="damaged"):
        Watermark(path)


def test_one_that_is_missing_signs_nothing_and_is_not_made(tmp_path: Path) -> None:
    mark = Watermark(tmp_path / "watermark", make=False)
    assert mark.is_missing and mark.size == 0
    mark.hold()
    with pytest.raises(StoreLost, match="nobody knows"):
        mark.raise_to(1, root(1))
    mark.close()
    assert not (tmp_path / "watermark").exists()
    Watermark(tmp_path / "watermark").close()
    there = Watermark(tmp_path / "watermark", make=False)
    assert not there.is_missing
    there.close()


def test_it_closes_its_own_file_once(tmp_path: Path) -> None:
    """A second close must not close whatever got the number meanwhile."""
    mark = Watermark(tmp_path / "watermark")
    mark.close()
    with (tmp_path / "other").open("wb") as other:
        mark.close()
        other.write(b"still open")
    assert (tmp_path / "other").read_bytes() == b"still open"


def test_two_processes_cannot_hold_it(tmp_path: Path) -> None:
    """Two data folders with one folder of keys: the second node may not sign."""
    mark, other = Watermark(tmp_path / "watermark"), Watermark(tmp_path / "watermark")
    mark.hold()
    with pytest.raises(Locked, match="two histories"):
        other.hold()
    mark.close()
    other.hold()
    other.close()


def test_a_slot_written_in_part_is_not_signed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = Watermark(tmp_path / "watermark")
    mark.raise_to(10, root(1))
    whole = os.pwrite
    with monkeypatch.context() as broken:
        broken.setattr(os, "pwrite", lambda file, data, at: whole(file, data[:40], at))
        with pytest.raises(StoreLost, match="in part"):
            mark.raise_to(20, root(2))
    assert mark.size == 10
    mark.close()
