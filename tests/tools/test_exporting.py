"""`relief export`: what it writes verifies elsewhere, whatever the node does meanwhile.

Goal: the folder verifies with a trust file got elsewhere, beside a node that runs and goes on, after
a stop, and after a kill in the middle; again writes what is new alone; damage, another log, a newer
log, and a log without a final checkpoint are sentences, and nothing is overwritten.
Method: the command on real stores, one with more than a full tile; a child that is killed between
two files; the bytes of the folder before and after.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from homes import ORIGIN, Home, Served, copy_of, gift, invoke, new_home, people, said, served

from ledger.envelope import format_envelope
from ledger.log.tile import bundles_of, tiles_of
from nodes.keyring import read_key
from tools.signing import make_statement

ROOT = Path(__file__).resolve().parents[2]


def enter(one: Served, first: int, count: int) -> None:
    """Enter gifts and wait until they are final."""
    key = read_key(people(one.home, "charity/secretary"), "author").key
    now = int(time.time())
    one.whole.node.submit(
        [
            format_envelope(make_statement("donation.receive", gift(n), [key], log=ORIGIN, now=now))
            for n in range(first, first + count)
        ]
    ).result(60)
    one.settle()


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A node that runs, with two full bundles and a partial one."""
    with served(new_home(tmp_path_factory.mktemp("exporting") / "home")) as found:
        enter(found, 1, 600)
        yield found


def files(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def verifies(folder: Path, home: Home) -> int:
    """The size that `relief verify` finds, with a trust file that came another way."""
    elsewhere = folder.parent / "trust-from-a-poster"
    shutil.copy(home.trust, elsewhere)
    code, value = said("verify", folder, "--trust", elsewhere)
    assert (code, value["state"]) == (0, "verified"), value
    size = value["checkpoint"]["size"]
    assert isinstance(size, int)
    return size


def test_beside_a_node_that_runs_and_goes_on(one: Served, tmp_path: Path) -> None:
    out = tmp_path / "out"
    size = one.whole.node.size()
    code, value = said("export", out, "--dir", one.home.folder)
    assert code == 0 and (value["size"], value["verified"]) == (size, True)
    assert verifies(out, one.home) == size
    before = files(out)
    assert set(before) == {
        "checkpoint", "trust", *(tile.path for tile in (*tiles_of(size), *bundles_of(size)))
    }  # fmt: skip
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in out.rglob("*"))

    # Elsewhere, on another disk, it verifies too.
    shutil.copytree(out, tmp_path / "stick")
    assert verifies(tmp_path / "stick", one.home) == size

    enter(one, 10_000, 300)
    code, text = invoke("export", out, "--dir", one.home.folder)
    assert code == 0 and "Verified" in text
    assert verifies(out, one.home) == one.whole.node.size() > size
    after = files(out)
    full = [name for name in before if name.startswith("tile/") and ".p/" not in name]
    assert len(full) >= 4 and all(after[name] == before[name] for name in full)
    sizes = one.whole.node.size()
    wanted = {tile.path for tile in (*tiles_of(sizes), *bundles_of(sizes))}
    assert set(after) == {"checkpoint", "trust", *wanted}, "no partial tile of an older size"


def test_again_writes_nothing_that_is_there(one: Served, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert said("export", out, "--dir", one.home.folder)[0] == 0
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    code, value = said("export", out, "--dir", one.home.folder)
    assert code == 0
    same = [path for path, at in times.items() if path.stat().st_mtime_ns == at]
    full = [path for path in times if "tile" in path.parts and path.parent.suffix != ".p"]
    assert set(same) == set(full) and value["written"] == len(times) - len(full) - 1


def test_killed_in_the_middle_it_goes_on(one: Served, tmp_path: Path) -> None:
    """At no moment does the folder hold a checkpoint that names a tile which is not there."""
    out = tmp_path / "out"
    child = (
        "import sys; from nodes import chaos; from tools.cli import app;"
        "chaos.install_from(sys.argv.pop(1)); app()"
    )
    for count in (1, 2, 4):
        done = subprocess.run(
            [sys.executable, "-c", child, f"export.rename:{count}:kill", "export", str(out),
             "--dir", str(one.home.folder)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            timeout=60,
            check=False,
        )  # fmt: skip
        assert done.returncode == -9, done.stderr
        assert not (out / "checkpoint").exists()
    left = files(out)
    code, _ = said("export", out, "--dir", one.home.folder)
    assert code == 0 and verifies(out, one.home) == one.whole.node.size()
    assert len(left) >= 3
    assert not [name for name in files(out) if name.endswith(".new")], "left-overs are taken over"


def test_of_a_stopped_node_and_changing_nothing(stopped: Home, tmp_path: Path) -> None:
    home = copy_of(stopped, tmp_path / "home")

    def kept() -> dict[str, bytes]:
        found = files(home.folder)
        return {name: data for name, data in found.items() if not name.endswith(("-shm", "-wal"))}

    before = kept()
    code, text = invoke("export", tmp_path / "out", "--dir", home.folder, "--language", "zh-Hant")
    assert code == 0 and "已驗證" in text
    assert kept() == before
    assert verifies(tmp_path / "out", home) == 8
    with served(home) as again:
        assert again.whole.node.opened.clean, "the next start is as quick as before"


def test_what_is_damaged_is_said_and_kept(one: Served, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert said("export", out, "--dir", one.home.folder, "--no-verify") == (
        0, {"folder": str(out), "origin": ORIGIN, "size": one.whole.node.size(),
            "written": len(files(out)) - 1, "verified": None},
    )  # fmt: skip
    path = out / "tile" / "entries" / "000"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    before = files(out)
    code, text = invoke("export", out, "--dir", one.home.folder)
    assert code == 1 and "is not what this log has there" in text and files(out) == before


def test_the_wrong_folder_is_a_sentence(one: Served, stopped: Home, tmp_path: Path) -> None:
    out, home = tmp_path / "out", copy_of(stopped, tmp_path / "home")
    assert said("export", out, "--dir", one.home.folder, "--no-verify")[0] == 0
    before = files(out)
    # The same origin with fewer entries: an older copy of the node, or another history.
    code, text = invoke("export", out, "--dir", home.folder)
    assert code == 1 and "was this one restored?" in text and files(out) == before
    other = before["checkpoint"].replace(ORIGIN.encode() + b"\n", b"other.example.org/log\n", 1)
    (out / "checkpoint").write_bytes(other)
    for target, told in (
        (out, "other.example.org/log"),
        (one.home.folder, "with keys in it"),
    ):
        code, text = invoke("export", target, "--dir", one.home.folder)
        assert code == 2 and told in text.replace("\n", " "), text
    (out / "checkpoint").write_text("no checkpoint")
    assert invoke("export", out, "--dir", one.home.folder)[0] == 2


def test_without_a_final_checkpoint_nothing_is_written(home: Home, tmp_path: Path) -> None:
    with closing(sqlite3.connect(home.data / "heads.sqlite")) as connection, connection:
        connection.execute("UPDATE heads SET final = 0")
    code, text = invoke("export", tmp_path / "out", "--dir", home.folder)
    assert code == 2 and "final" in text and not (tmp_path / "out").exists()
    empty = new_home(tmp_path / "empty")
    code, text = invoke("export", tmp_path / "out", "--dir", empty.folder)
    assert code == 2 and "no log here" in text
