"""The tutorial "write a contract": what it prints is what is printed.

Goal: whoever follows the page sees what the page shows, and its excerpts are those of its files.
Method: each `relief` command of the page is run in the folder of its files, and what it says is
compared with the block below it; every YAML block must stand in a file, line by line. From section
9 on bash plays the blocks in one go; ids, times and numbers of entries differ from play to play.
"""

import os
import re
import shlex
import socket
import subprocess
import sys
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
ON_A_LEDGER = {"5-entitle.yaml", "6-release.yaml"}
PLAYED = re.findall(r"```(\w+)\n(.*?)```", PAGE[PAGE.index("## 9. ") :], re.DOTALL)
NEXT = "@@@ the next block"
PLAY_S = 240
SAME = (
    # what differs from play to play, and what stands for it
    (r"\b[0-9a-f]{8}(?:[0-9a-f]{8,}|\.\.)", "ID"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME"),
    (r"(?i)\b(entry|in) \d+", r"\1 N"),
    (r"第 \d+ (條記錄|条记录)", "N"),
)


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=[one.strip() for one, _ in SHOWN])
def test_what_the_page_prints_is_printed(
    command: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FILES)
    name, *arguments = shlex.split(command)
    assert name == "relief"
    code, text = invoke(*arguments)
    assert same(text) == same(shown)
    assert code == CODES[arguments[2]]


def test_the_hash_is_that_of_the_text() -> None:
    """The hashes are shortened on the page; here they are compared as far as they are shown."""
    code, text = invoke("contract", "check", str(FILES / "2-mended.yaml"))
    found = re.search(r"[0-9a-f]{64}", text)
    assert code == 0 and found is not None
    assert PAGE.count(f"{found[0][:8]}..") == 3


def test_every_file_is_shown_and_every_excerpt_stands_in_one() -> None:
    assert {path.name for path in FILES.iterdir() if path.is_file()} == set(CODES) | ON_A_LEDGER
    assert all(name in PAGE for name in ON_A_LEDGER)
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


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def same(text: str) -> str:
    """A text without what differs from play to play."""
    for pattern, name in SAME:
        text = re.sub(pattern, name, text)
    return text.strip()


def play(folder: Path) -> list[str]:
    """What each shell block from section 9 on prints, played by bash as one person would."""
    port = str(free_port())
    blocks = [text for kind, text in PLAYED if kind == "sh"]
    script = f"\necho '{NEXT}'\n".join(blocks)
    script = script.replace("/path/to", str(folder)).replace("8391", port)
    # A test that fails must leave no node behind.
    script = "trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n" + script
    clean = {"LC_ALL": "C.UTF-8", "LANG": "", "LC_MESSAGES": "", "RELIEF_LANGUAGE": "en"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    # What the node in the background says is not on the page.
    script = re.sub(r"(relief serve .*) &\n", rf"\1 >> {folder}/serve.log 2>&1 &\n", script)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=FILES,
        env={**os.environ, **clean, "PATH": path},
        capture_output=True,
        text=True,
        timeout=PLAY_S,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.split(NEXT)


def test_the_contract_is_simulated_adopted_and_refuses(tmp_path: Path) -> None:
    """Sections 9 to 13, on ledgers and nodes of their own."""
    shown = []
    for number, (kind, _) in enumerate(PLAYED):
        if kind == "sh":
            after = PLAYED[number + 1] if number + 1 < len(PLAYED) else ("", "")
            shown.append(same(after[1]) if after[0] == "text" else "")
    printed = [same(text) for text in play(tmp_path)]
    assert printed == shown
    sentences = ("had 2, now asks for 1.", "已領 2 條，這次要 1 條。", "已领 2 条，这次要 1 条。")
    assert all(one in "".join(printed) for one in sentences)
