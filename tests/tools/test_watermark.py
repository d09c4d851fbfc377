"""`relief watermark`: a folder put together from backups serves, signs nothing, and is confirmed.

Goal: what a person sees at each step, in a real process and over its address: the node says why it
only reads, refuses statements with a code and the next step, and goes on after the confirmation.
Method: a stopped ledger's folder without its watermark, served by `relief serve` in a child.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from homes import ORIGIN, Home, Served, gift, invoke, people, said

from ledger.envelope import format_envelope
from nodes.keyring import read_key
from nodes.peers import STATEMENT
from tools.checkup import head_of
from tools.signing import make_statement

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def child(home: Home) -> Iterator[dict[str, Any]]:
    """`relief serve` in a process of its own; what it says when it is ready."""
    command = [sys.executable, "-c", "from tools.cli import app; app()", "serve"]
    command += ["--dir", str(home.folder), "--port", "0", "--json"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        lines: list[bytes] = []
        while not lines or lines[-1] != b"}\n":
            line = process.stdout.readline()
            assert line, process.stderr.read()
            lines.append(line)
        try:
            yield json.loads(b"".join(lines))
        finally:
            process.send_signal(signal.SIGTERM)
            errors = process.stderr.read()
            assert process.wait(30) == 0 and b"Traceback" not in errors, errors


def ask(url: str, path: str, data: bytes | None = None, language: str = "en") -> tuple[int, Any]:
    headers = {"Accept-Language": language}
    if data is not None:
        headers["Content-Type"] = STATEMENT
    request = urllib.request.Request(url + path, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, {
            **json.loads(error.read()),
            "media_type": error.headers["content-type"],
            "retry_after": error.headers["retry-after"],
        }


@pytest.fixture
def lost(home: Home) -> Home:
    """A ledger whose watermark was not brought back."""
    (home.keys / "watermark").unlink()
    return home


def test_from_lost_to_confirmed(lost: Home) -> None:
    size = head_of(lost).size
    key = read_key(people(lost, "charity/secretary"), "author").key
    made = make_statement("donation.receive", gift(7), [key], log=ORIGIN, now=int(time.time()))
    envelope = format_envelope(made)
    with child(lost) as ready:
        assert "no watermark" in ready["read_only"]
        status, value = ask(ready["url"], "readyz")
        assert status == 503 and "relief watermark --dir DIR" in value["reasons"][0]
        for language, told in (("zh-Hant", "水位檔"), ("zh-Hans", "水位文件")):
            assert told in ask(ready["url"], "readyz", language=language)[1]["reasons"][0]
            assert told in ask(ready["url"], "freshness", language=language)[1]["read_only"]
        status, value = ask(ready["url"], "v1/statements", envelope)
        assert (status, value["code"], value["retry_after"]) == (503, "read_only", "60"), value
        assert value["media_type"] == "application/problem+json" and value["next_step"]
        assert ask(ready["url"], "v1/entries/0")[0] == 200
        code, found = said("doctor", "--dir", lost.folder, "--to", ready["url"])
        bad = {each["what"]: each for each in found["findings"] if each["level"] == "bad"}
        assert code == 1 and "read-only" in bad["watermark"]["found"] and "readyz" in bad
        code, text = invoke("watermark", "--dir", lost.folder, "--published", size)
        assert code == 2 and "Stop the node" in text
    code, value = said("watermark", "--dir", lost.folder)
    assert (code, value["reason"]) == (1, "watermark_missing")
    code, value = said("watermark", "--dir", lost.folder, "--published", size - 1)
    assert code == 1 and "Not confirmed" in value["error"]
    assert not (lost.keys / "watermark").exists()
    code, text = invoke("watermark", "--dir", lost.folder, "--published", size)
    assert code == 0 and f"size {size:,} was published last" in text
    with child(lost) as ready:
        assert ready["read_only"] == "" and ask(ready["url"], "readyz")[0] == 200
        status, value = ask(ready["url"], "v1/statements?wait=included", envelope)
        assert status == 201 and value["index"] == size


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
def test_the_doctor_says_it_in_the_readers_language(lost: Home, language: str) -> None:
    code, value = said("doctor", "--dir", lost.folder, "--language", language)
    [bad] = [each for each in value["findings"] if each["level"] == "bad"]
    assert code == 1 and f"{head_of(lost).size} " in bad["found"]
    assert "nobody" not in bad["found"] and "relief watermark" in bad["found"]


def test_what_is_known_needs_no_word(home: Home) -> None:
    code, value = said("watermark", "--dir", home.folder)
    assert (code, value["reason"], value["published"]) == (0, "", head_of(home).size)
    code, text = invoke("watermark", "--dir", home.folder, "--language", "zh-Hant")
    assert code == 0 and "此金鑰已簽到" in text
    code, text = invoke("watermark", "--dir", home.folder, "--published", 5)
    assert code == 1 and "nothing to confirm" in text


def test_beside_a_node_that_runs_it_only_looks(filled: Served) -> None:
    assert said("watermark", "--dir", filled.home.folder)[0] == 0
