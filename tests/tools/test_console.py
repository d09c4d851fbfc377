"""The console: what reaches a terminal, a script and an exit status.

Goal: nothing that others wrote can move the terminal; every end of a command is a sentence and a
status; a fault of ours never reads "false".
Method: small jobs run through `run`, with what they print captured.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tools.console import Console, Stop, choose_language, clock, plain, run


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("白米 5 公斤", "白米 5 公斤"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb", "a\\nb"),
        ("a\x07\x00", "a\\x07\\x00"),
        ("\u202eabc", "\\u202eabc"),
        ("\u200b", "\\u200b"),
        ("\x9b31m", "\\x9b31m"),
        ("\ud800", "\\ud800"),
        ("'\"\\", "'\"\\"),
    ],
)
def test_plain(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_plain_is_cut() -> None:
    assert plain("x" * 2_000) == "x" * 2_000
    assert plain("x" * 2_001) == "x" * 2_000 + " .. (2,001 characters)"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1_800_000_000, "2027-01-15 08:00:00 UTC"),
        (0, "1970-01-01 00:00:00 UTC"),
        (2**53 - 1, "9007199254740991 s"),
    ],
)
def test_clock(seconds: int, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("wanted", "environment", "found"),
    [
        ("", {}, "en"),
        ("zh-Hant", {}, "zh-Hant"),
        ("ZH-HANS", {}, "zh-Hans"),
        ("", {"LANG": "zh_TW.UTF-8"}, "zh-Hant"),
        ("", {"LANG": "zh_CN.UTF-8"}, "zh-Hans"),
        ("", {"LC_ALL": "C", "LANG": "zh_CN"}, "en"),
        ("", {"RELIEF_LANGUAGE": "zh-Hans", "LANG": "zh_TW"}, "zh-Hans"),
        ("en", {"LANG": "zh_TW"}, "en"),
        ("", {"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_languages(
    wanted: str, environment: dict[str, str], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RELIEF_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert choose_language(wanted) == found


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(Stop) as stop:
        choose_language("de")
    assert "zh-Hant" in stop.value.then


def ends(job: Callable[[Console], int], as_json: bool = False) -> int:
    with pytest.raises(SystemExit) as left:
        run(job, as_json=as_json, language="en")
    assert isinstance(left.value.code, int)
    return left.value.code


def raise_(error: BaseException) -> Callable[[Console], int]:
    def job(console: Console) -> int:
        raise error

    return job


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (Stop("It is so.", "Do this."), 2, "It is so.\nDo this.\n"),
        (Stop("False.", code=1), 1, "False.\n"),
        (
            FileNotFoundError(2, "No such file or directory", "x"),
            2,
            "x: No such file or directory.",
        ),
        (PermissionError(13, "Permission denied", "x\x1b"), 2, "x\\x1b: Permission denied."),
        (OSError(28, "No space left on device"), 2, "No space left on device."),
        (TimeoutError(), 2, "An answer did not come in time."),
        (OSError(), 2, "OSError."),
        (KeyboardInterrupt(), 130, "Stopped."),
    ],
)
def test_every_end_is_a_sentence(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(raise_(error)) == code
    printed = capsys.readouterr()
    assert said in printed.err and printed.out == "" and "Traceback" not in printed.err


def test_a_fault_of_ours_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends(raise_(AssertionError("we are wrong"))) == 2
    printed = capsys.readouterr().err
    assert "Traceback" in printed and "nothing was proved or disproved" in printed


@pytest.mark.parametrize(
    "error", [Stop("So.", "Do."), FileNotFoundError(2, "Gone", "x"), ValueError()]
)
def test_json_is_one_object_however_it_ends(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(raise_(error), as_json=True) == 2
    said = json.loads(capsys.readouterr().out)
    assert said["exit"] == 2 and said["error"]


def test_with_json_nothing_else_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(as_json=True)
    console.say("for people")
    console.table("t", ["a"], [[1]])
    console.result({"名": 1})
    assert json.loads(capsys.readouterr().out) == {"名": 1}


def test_markup_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    console.say("[bold]rice[/bold] :smile: [link=x]")
    console.table("t", ["[red]a"], [["[b]x", 1_000], ["y", 2]])
    printed = capsys.readouterr().out
    assert "[bold]rice[/bold] :smile: [link=x]\n" in printed
    assert "[b]x" in printed and "1,000" in printed


def test_long_lines_are_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    Console().say("x" * 500)
    assert capsys.readouterr().out == "x" * 500 + "\n"


def test_progress_is_silent_for_two_seconds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("tools.console.time.monotonic", lambda: now[0])
    with Console().counting("reading", "entries") as counter:
        for second in (0.0, 1.9, 2.0, 9.9, 10.0, 15.0, 20.0):
            now[0] = 100.0 + second
            counter.show(int(second), 20)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["reading: 10 of 20 entries", "reading: 20 of 20 entries"]


def test_a_reader_that_goes_away_is_no_verdict() -> None:
    code = (
        "from tools.console import run\n"
        "def job(c):\n"
        "    for n in range(100000): c.say('x' * 100)\n"
        "    return 0\n"
        "run(job, as_json=False)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ),
    ) as child:
        assert child.stdout is not None and child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        said = child.stderr.read()
        assert child.wait(30) == 2 and b"Traceback" not in said and b"Exception" not in said
