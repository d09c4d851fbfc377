"""Sentences of `relief verify`, `trace` and `doctor`: none exists in one language only.

Goal: whoever adds a sentence to these commands, or to a check that they show, is told of the row
that is missing; no row is left that nobody says; a row says the same values in each language.
Method: the sources are read as Python reads them: every text that is a sentence, and every reason
given to an error of the core, is looked up in the tables.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from homes import invoke
from typer.main import get_command

from tools.cli import app
from tools.sentences.helps import HELPS
from tools.sentences.telling import rows, say, tell

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = [
    ROOT / "tools" / f"{name}.py" for name in ("trace", "doctor", "checkup", "verify", "published")
] + sorted((ROOT / "tools" / "verifying").glob("*.py"))
"""Modules all of whose sentences are for people."""
WHOLE = [ROOT / "ledger/proofs/receiptcheck.py", ROOT / "ledger/proofs/governed.py",
         ROOT / "contracts/audit.py", ROOT / "contracts/replay.py"]  # fmt: skip
CORE = [
    *sorted((ROOT / "ledger/log").glob("*.py")),
    *sorted((ROOT / "ledger/proofs").glob("*.py")),
    *(ROOT / "ledger" / f"{name}.py" for name in ("canon", "entry", "envelope", "stateroot")),
    *WHOLE,
]
"""Modules whose errors are shown: the reasons in them."""
REASON = {"CheckError": 1, "FormatError": 1, "UnknownSigner": 1, "MissingProof": 1, "Unavailable": 0, "NoTrust": 0,
          "_Unfit": 0, "_passed": 1}  # fmt: skip
"""Call -> which of its arguments is a sentence."""
SENTENCE = re.compile(r"[A-Za-z]{2,}[,;:]? [a-z]{2,}|\{\}[,;:]? [a-z]{2,}|[a-z]{3,}[,:]? \{")

NO_SENTENCES = {
    # styles and SQL
    "bold red", "bold green", "bold yellow",
    "SELECT 1 FROM notes WHERE name = 'clean'", "SELECT size FROM position",
    "SELECT size, note FROM heads WHERE final = 1 ORDER BY size DESC LIMIT 1",
    "SELECT COALESCE(MAX(size), 0) FROM heads",
    # titles of steps, which are rows of `tools.words`
    "second opinion",
    # parts of sentences whose whole is a row
    "is no id of a donation.", "is no id of a lot.", ", posted by entry {}",
    ": held, nothing shows that it was posted", ": a proven refusal",
    "a correction follows, its text is shown", "a correction follows, text not shown",
    "no correction follows", "{} fields as logged", "disclosed: {}; ", "step {}, {}",
    "1: a well-formed receipt, version 1",
}  # fmt: skip


def template(node: ast.AST) -> str:
    """A text as its row is named: values as `{}`; "" for what is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
        return "".join(parts)
    return ""


def texts(tree: ast.AST) -> Iterator[str]:
    """Every text of a module but its docstrings; of one with values the whole."""
    passed: set[int] = set()
    for node in ast.walk(tree):
        for one in getattr(node, "body", []) if isinstance(getattr(node, "body", 0), list) else []:
            if isinstance(one, ast.Expr):
                passed.add(id(one.value))
        if isinstance(node, ast.JoinedStr):
            passed.update(id(part) for part in ast.walk(node) if part is not node)
        if id(node) not in passed and template(node):
            yield template(node)


def reasons(tree: ast.AST) -> Iterator[str]:
    """The sentences given to errors and steps, also one of two by a condition."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        at = REASON.get(name, len(node.args))
        for argument in node.args[at : at + 1]:
            chosen = [argument]
            if isinstance(argument, ast.IfExp):
                chosen = [argument.body, argument.orelse]
            yield from (template(one) for one in chosen if template(one))


def is_told(text: str) -> bool:
    """Whether a text is a row, or several joined by `; `."""
    known = rows()
    bare = text.strip().removeprefix("; ").removeprefix("{}; ")
    return text in known or all(part in known for part in bare.split("; "))


@pytest.mark.parametrize("path", COMMANDS + WHOLE, ids=lambda path: path.stem)
def test_every_sentence_has_a_row(path: Path) -> None:
    found = {text for text in texts(ast.parse(path.read_text())) if SENTENCE.search(text)}
    missing = sorted(one for one in found - NO_SENTENCES if not is_told(one))
    assert missing == [], "add these to a table of tools/sentences, in both Chinese"


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.stem)
def test_every_reason_has_a_row(path: Path) -> None:
    bare = {"{}", "{}: {}", "{} ({})", "{} {}: {}"}  # another error's sentence, put through
    found = set(reasons(ast.parse(path.read_text()))) - bare
    missing = sorted(one for one in found if not is_told(one) and one != WINDOW)
    assert missing == [], "add these to a table of tools/sentences, in both Chinese"


WINDOW = "it is for sizes from {}{}, not {}"
"""Its second value is part of the sentence; each of the two forms is a row."""


@pytest.mark.parametrize(("english", "row"), rows().items(), ids=lambda one: str(one)[:40])
def test_a_row_names_each_value_once(english: str, row: tuple[str, str]) -> None:
    count = english.count("{}")
    for chinese in row:
        assert sorted(re.findall(r"(?<!{)\{(\d)\}", chinese)) == [str(n) for n in range(count)]
        assert re.search(r"[\u4e00-\u9fff]", chinese) or english in SAME


SAME = {"base64", "[Errno {}] {}"}
"""Names that are the same everywhere."""


def test_simplified_and_traditional_are_not_mixed() -> None:
    simplified, traditional = ("".join(row[n] for row in rows().values()) for n in (0, 1))
    for pair in (
        "这這",
        "账帳",
        "证證",
        "签簽",
        "节節",
        "请請",
        "钥鑰",
        "录錄",
        "检檢",
        "题題",
        "删刪",
        "书書",
    ):
        assert pair[1] not in simplified and pair[0] not in traditional, pair


def test_no_row_is_left_that_nobody_says() -> None:
    folders = ("ledger", "contracts", "nodes", "api", "tools")
    said = [
        text
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if path.parent.name != "sentences"
        for text in texts(ast.parse(path.read_text()))
    ]
    pieces = "\n".join(said)
    python = {"unterminated string starting at", "expecting value", "expecting ',' delimiter",
              "expecting ':' delimiter", "expecting property name enclosed in double quotes",
              "extra data", "invalid control character at",
              "invalid \\uxxxx escape"}  # fmt: skip
    system = {"No such file or directory", "Permission denied", "Is a directory",
              "Not a directory", "File exists", "[Errno {}] {}", "Connection refused", "Name or service not known"}  # fmt: skip
    composed = {"disclosed: 1 row as logged", "disclosed: nothing",
                "no answer in time", "no connection in time"}  # fmt: skip
    left = []
    for english in rows().keys() - python - system - composed - HELPS.keys():
        whole = max(english.split("{}"), key=len).strip()
        begun = re.split(r": held|: a proven|, posted| \({}\)$", english)[0]
        if whole not in pieces and max(begun.split("{}"), key=len).strip() not in pieces:
            left.append(english)
    assert "\n".join(sorted(left)) == "", "nobody says these any more"


# ---- telling -------------------------------------------------------------------------------------

TOLD = {
    "inclusion: leads to root ab, not cd": "收錄：得到的根是 ab，不是 cd",
    "trust file at line 3: 'x' is not defined above": "信任檔（第 3 行）：'x' 在前面沒有定義",
    "a state proof": "帳面證明",
    "derived, re-executed by the mirrors; outcome: ok": "由規則推得，已由鏡像機構重算；結果：ok",
    "quorum: both is not reached by nobody": "見證機構會簽：無人 的會簽不足 both 所需",
    "it is for sizes from 1 and below 5, not 7": "適用於大小從 1 到不足 5，不適用於 7",
    "/x: No such file or directory.": "/x：沒有這個檔案或資料夾。",
    "http://x/: [Errno 111] Connection refused.": "http://x/：對方拒絕連線（111）。",
    "what nobody ever said.": "what nobody ever said.",
    "what nobody ever said": "what nobody ever said",
    "": "",
}


@pytest.mark.parametrize("english", TOLD)
def test_a_sentence_is_told_with_its_values(english: str) -> None:
    assert tell(english, "zh-Hant") == TOLD[english]
    assert tell(english, "en") == english


def test_somebodys_data_ends() -> None:
    deep = "entry 1: " * 400 + "x"
    assert tell(deep, "zh-Hans").endswith("x")
    long = "leads to root " + "a" * 5_000 + ", not b"
    assert tell(long, "zh-Hans") == long


def test_values_that_look_like_places_stay() -> None:
    assert say("Donation {}", "zh-Hant", "{0}{1}") == "捐款 {0}{1}"
    assert tell("leads to root {0}, not {x}", "zh-Hant") == "得到的根是 {0}，不是 {x}"


# ---- help ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["verify", "trace", "doctor"])
def test_help_speaks_three_languages(command: str) -> None:
    group = get_command(app)
    found = group.commands[command]  # type: ignore[attr-defined]
    helps = [found.help, *(one.help for one in found.params)]
    assert all(text in HELPS for text in helps), [text for text in helps if text not in HELPS]
    for language in ("zh-Hant", "zh-Hans"):
        code, text = invoke(command, "--help", "--language", language)
        assert code == 0 and not re.search(r"[a-z]{3,} [a-z]{3,} [a-z]{2,}", text), text
        again, by_locale = invoke(
            command,
            "--help",
            LANG=f"{language[:2]}_{'TW' if language == 'zh-Hant' else 'CN'}.UTF-8",
        )
        assert (again, by_locale.replace(" ", "")) == (0, text.replace(" ", ""))
    code, text = invoke(command, "--help")
    assert code == 0 and str(found.help) in text and not re.search(r"[\u4e00-\u9fff]", text)
    assert invoke(command, "--help", "--language", "xx")[0] == 0


def test_no_help_is_left_that_no_command_has() -> None:
    group = get_command(app)
    commands = [group.commands[name] for name in ("verify", "trace", "doctor")]  # type: ignore[attr-defined]
    helps = {text for each in commands for text in (each.help, *(p.help for p in each.params))}
    clicks = {"Options", "Arguments", "Usage:", "[OPTIONS]", "[default: {}]", "[required]",
              "Show this message and exit."}  # fmt: skip
    errors = {one for one in HELPS if re.match("Missing|No such|Option {}|Got", one)}
    assert HELPS.keys() - helps - errors == clicks


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
@pytest.mark.parametrize(
    "wrong", [["verify"], ["verify", "x", "y"], ["trace", "--nonsense"], ["doctor", "--dir"]]
)
def test_a_wrong_command_line_is_told(wrong: list[str], language: str) -> None:
    code, text = invoke(*wrong, RELIEF_LANGUAGE=language)
    assert code == 2 and f"relief {wrong[0]} --help" in text
    assert not re.search(r"[a-z]{3,} [a-z]{3,} [a-z]{2,}", text.replace("relief", "")), text
    code, text = invoke(*wrong)
    assert code == 2 and ("Usage: " in text or "Error: " in text)


def test_the_alias_is_the_same() -> None:
    assert invoke("verify", "--lang", "zh-Hans", "--help") == invoke(
        "verify", "--help", "--language=zh-Hans"
    )
