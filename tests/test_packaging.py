"""What is shipped, and what it is built from.

Goal: the wheel holds our five folders and nothing else (their names are common words, and a stray
`tests` or `tools` would overwrite another distribution's files), and every package that is
installed is one that the lock files name, with hashes and without addresses.
Method: build the wheel as `make wheel` does and look into it; read the lock files.
"""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("ledger", "contracts", "nodes", "api", "tools")
LOCKS = ("runtime.txt", "dev.txt", "oracle.txt")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel of this checkout, built without network and without an environment of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


def test_the_wheel_holds_the_five_folders_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    info = f"relief_ledger-{PROJECT['version']}.dist-info"
    assert tops == {*FOLDERS, info}
    typed = sorted(name for name in wheel.namelist() if name.endswith("py.typed"))
    assert typed == sorted(f"{folder}/py.typed" for folder in FOLDERS)


def test_the_wheel_holds_every_module_and_only_sources(wheel: zipfile.ZipFile) -> None:
    ours = {
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
    }
    shipped = {name for name in wheel.namelist() if name.endswith(".py")}
    assert shipped == ours, "a module is missing from the wheel: does .gitignore hide it?"
    stray = [name for name in wheel.namelist() if re.search(r"\.(pyc|sqlite|csv|xlsx)$", name)]
    assert stray == [], "data and caches are not shipped"


def test_the_wheel_holds_the_contracts_that_are_ready(wheel: zipfile.ZipFile) -> None:
    ours = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "contracts/library").glob("*.yaml")
    }
    assert ours and ours <= set(wheel.namelist())


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    info = f"relief_ledger-{PROJECT['version']}.dist-info"
    metadata = wheel.read(f"{info}/METADATA").decode()
    assert "Classifier: Private :: Do Not Upload" in metadata
    assert "Requires-Python: >=3.11" in metadata
    assert "License-Expression: Apache-2.0" in metadata
    assert f"{info}/licenses/LICENSE" in wheel.namelist()
    assert wheel.read(f"{info}/entry_points.txt").decode().split() == (
        "[console_scripts] relief = tools.cli:app".split()
    )


# ---- lock files ----------------------------------------------------------------------------------


def normal(name: str) -> str:
    """A distribution's name as the packaging specification compares names (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text: str) -> dict[str, tuple[str, int]]:
    """name -> (version, how many hashes) of one lock file; every other line is a comment."""
    found: dict[str, tuple[str, int]] = {}
    name = ""
    for line in text.splitlines():
        bare = line.partition("#")[0].strip().removesuffix("\\").strip()
        if not bare:
            continue
        if re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", bare):
            version, hashes = found[name]
            found[name] = (version, hashes + 1)
        elif pin := re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.+!]+)", bare):
            name = normal(pin[1])
            found[name] = (pin[2], 0)
        else:
            raise ValueError(f"neither a pin nor a hash: {line!r}; lock files hold nothing else")
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_files_hold_pins_and_hashes_alone(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    assert "://" not in text, "an address; `make lock` writes none"
    found = pins(text)
    assert found
    bare = [name for name, (_, hashes) in found.items() if not hashes]
    assert bare == [], "pins without a hash; run `make lock`"


@pytest.mark.parametrize(
    "text",
    [
        "--index-url https://example.org/simple",
        "rich>=14",
        "rich",
        "rich==14 --hash=md5:00",
        "-e .",
    ],
)
def test_other_lines_are_seen(text: str) -> None:
    with pytest.raises(ValueError, match="neither a pin nor a hash"):
        pins(text)


def test_lock_files_agree_with_each_other_and_with_the_project() -> None:
    runtime, dev = (pins((ROOT / "requirements" / name).read_text()) for name in LOCKS[:2])
    apart = {name for name in runtime.keys() & dev.keys() if runtime[name] != dev[name]}
    assert apart == set(), "run `make lock`"
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["postgres"]]
    named = {normal(re.split(r"[\[<>=!~; ]", requirement)[0]) for requirement in wanted}
    assert named <= runtime.keys(), f"not locked: {sorted(named - runtime.keys())}; run `make lock`"
    assert "merkletools" not in runtime.keys() | dev.keys(), (
        "it is an oracle: requirements/oracle.txt"
    )


def test_what_is_installed_is_what_is_locked() -> None:
    """Only in our own environment: elsewhere other packages are nobody's business."""
    if Path(sys.prefix) != ROOT / ".venv":
        pytest.skip(f"tests run in {sys.prefix}, not in this checkout's .venv")
    locked = {
        name: version
        for lock in LOCKS
        for name, (version, _) in pins((ROOT / "requirements" / lock).read_text()).items()
    }
    installed = {normal(d.name): d.version for d in importlib.metadata.distributions()}
    wrong = {
        name: f"{version} installed, {locked.get(name, 'nothing')} locked"
        for name, version in installed.items()
        if locked.get(name) != version and name not in {"pip", "relief-ledger"}
    }
    assert wrong == {}, "run `make clean install`"
