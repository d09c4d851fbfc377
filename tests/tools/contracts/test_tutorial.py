"""The tutorial "write a contract": what it prints is what is printed.

Goal: whoever follows the page sees what the page shows, and its excerpts are those of its files.
Method: each `relief` command of the page is run in the folder of its files, and what it says is
compared with the block below it; every YAML block must stand in a file, line by line.
"""

import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest
from homes import invoke

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "tutorials" / "write-a-contract.md").read_text()
FILES = ROOT / "docs" / "tutorials" / "write-a-contract"
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
SHOWN = [
    (command, said)
    for (kind, command), (after, said) in pairwise(BLOCKS)
    if (kind, after) == ("sh", "text") and re.match("relief contract (check|test) ", command)
]
CODES = {"1-first.yaml": 1, "2-mended.yaml": 0, "3-wrong-unit.yaml": 1, "4-not-shown.yaml": 1}


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=[one.strip() for one, _ in SHOWN])
def test_what_the_page_prints_is_printed(
    command: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FILES)
    name, *arguments = shlex.split(command)
    assert name == "relief"
    code, text = invoke(*arguments)
    assert text.rstrip("\n") == shown.rstrip("\n")
    assert code == CODES[arguments[2]]


def test_every_file_is_shown_and_every_excerpt_stands_in_one() -> None:
    assert {path.name for path in FILES.iterdir()} == set(CODES)
    assert {shlex.split(command)[3] for command, _ in SHOWN} == set(CODES)
    texts = [path.read_text() for path in FILES.iterdir()]
    excerpts = [block for kind, block in BLOCKS if kind == "yaml"]
    assert excerpts and all(any(one in text for text in texts) for one in excerpts)


def test_another_param_is_noticed_by_a_case(tmp_path: Path) -> None:
    """What the page says of the library's contract."""
    _, text = invoke("contract", "library", "household-food-cap")
    mine = tmp_path / "mine.yaml"
    mine.write_text(text)
    assert invoke("contract", "check", str(mine))[0] == 0
    mine.write_text(text.replace('(0..20)", value: 2}', '(0..20)", value: 3}'))
    assert mine.read_text() != text
    assert invoke("contract", "test", str(mine))[0] == 1
