"""Golden decisions: the same answer by every Python that is here, and by JavaScript.

Goal: a decision made today is made again in ten years, by another interpreter, and in the browser of
somebody who checks it.
Method: `golden.json` holds rules with values and results. Each `python3.1x` that is installed runs
them in a process of its own; `@bufbuild/cel` does in Node, with `mulDiv*`, `sum` and `distinct`
registered. What is missing is skipped and named.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from rcel_golden import FILE, different, make
from rcel_node import FOLDER, node_or_skip

ROOT = Path(__file__).parents[3]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")


def python_or_skip(version: str) -> str:
    """A Python of that version that runs: on the path, or among those that pyenv keeps."""
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for python in filter(None, [shutil.which(f"python{version}"), *map(str, kept)]):
        if not subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode:
            return python
    pytest.skip(f"Python {version} is not installed")


def test_here() -> None:
    assert different() == []


def test_the_file_covers_values_and_errors() -> None:
    rows = json.loads(FILE.read_text(encoding="utf-8"))
    errors = sum(one["result"] == {"error": True} for one in rows)
    assert len(rows) == len(make())
    assert len(rows) // 20 < errors < len(rows) // 3
    for word in ("mulDiv", ".sum()", ".distinct()", "math.", "has(", "exists_one", "startsWith"):
        assert any(word in one["text"] for one in rows), word


@pytest.mark.parametrize("version", VERSIONS)
def test_by_other_pythons(version: str) -> None:
    python = python_or_skip(version)
    paths = os.pathsep.join((str(ROOT), str(ROOT / "tests/support")))
    done = subprocess.run(
        [python, str(ROOT / "tests/support/rcel_golden.py")],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": paths, "PYTHONHASHSEED": "5",
             "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"0 differences, Python {version}" in done.stdout


def test_by_javascript() -> None:
    node = node_or_skip()
    rows = json.loads(FILE.read_text(encoding="utf-8"))
    asked = [{"text": one["text"], "values": one["values"]} for one in rows]
    done = subprocess.run(
        [node, str(FOLDER / "recheck.mjs")],
        input=json.dumps(asked), capture_output=True, text=True, check=True,
    )  # fmt: skip
    answers = json.loads(done.stdout)
    assert len(answers) == len(rows)
    wanted = [{"reads": one["reads"], "result": one["result"]} for one in rows]
    assert [
        (one["text"], answer)
        for one, answer, each in zip(rows, answers, wanted, strict=True)
        if answer != each
    ] == []
