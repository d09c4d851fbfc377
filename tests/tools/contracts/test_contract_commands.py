"""`relief contract check` and `relief contract test`: what people read, what scripts get.

Goal: whoever writes a contract learns every problem with its line, and sees each test, in their
language; the exit status says whether it is valid.
Method: the library's contracts, and files made from them with one thing wrong, through the command.
"""

import json
import re
from pathlib import Path

import pytest
from documents import LIBRARY, SIX
from homes import invoke, said

from ledger.canon import encode
from ledger.sentences import LANGUAGES
from tools.contracts.contract_words import WORDS, word
from tools.strict_yaml import read_yaml

CAP = (LIBRARY / "household-food-cap.yaml").read_text()


def file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "contract.yaml"
    path.write_text(text)
    return path


def replaced(tmp_path: Path, before: str, after: str) -> Path:
    assert CAP.count(before) == 1, before
    return file(tmp_path, CAP.replace(before, after))


@pytest.mark.parametrize("name", SIX)
def test_the_library_is_valid_and_passes_its_tests(name: str) -> None:
    path = LIBRARY / f"{name}.yaml"
    code, result = said("contract", "check", path)
    assert (code, result["valid"], result["problems"]) == (0, True, [])
    assert result["steps"] == ["yaml", "form", "meaning", "tests", "coverage"]
    assert result["bytes"] == len(encode(read_yaml(path.read_bytes())))
    assert result["contract"] == name and re.fullmatch("[0-9a-f]{64}", result["hash"])
    code, result = said("contract", "test", path)
    assert code == 0 and result["passed"] and all(one["passed"] for one in result["cases"])


# What is wrong, and where: line and column are those of the file.
WRONG: list[tuple[str, str, str, str, str]] = [
    ("value: 2}", "value: \uff12}", "yaml", "value: ", ""),
    ("kind: gate", "kind: no", "yaml", "kind: ", ""),
    ("engine: rcel/1", "engine: rcel/2", "choice", "engine: ", "engine"),
    ("where: it", "when: it", "unknown_field", "", "when"),
    ("area.declared\n", "area.announced\n", "unknown_field", "require: area.", "rules[0].require"),
    ("received + it.qty <= cap", "received + it.qty <= cup", "unknown_name", "received + it.qty <= ", "rules[2].require"),
    ("zh_hans: 超过每户上限", "zh_hans: 超过 {cap}", "placeholders_differ", "zh_hans: ", "rules[2].public.zh_hans"),
    ("expect: allow}", "expect: skip}", "case_outcome", "expect: ", "tests[0].expect"),
    ("  left: cap - received", "  left: cap - received + it.at", "time", "  left: cap - received ", "let.left"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "code", "lead", "path"), WRONG, ids=[f"{one[2]}-{one[4]}" for one in WRONG]
)
def test_a_problem_is_told_with_line_and_column(
    tmp_path: Path, before: str, after: str, code: str, lead: str, path: str
) -> None:
    bad = replaced(tmp_path, before, after)
    exit_code, result = said("contract", "check", bad)
    assert exit_code == 1 and result["valid"] is False
    one = next(one for one in result["problems"] if one["code"] == code)
    assert one["path"] == path and one["why"] and one["fix"]
    line = bad.read_text().splitlines()[one["line"] - 1]
    at = line.index(lead) + len(lead) + 1
    assert one["column"] in (at, at + 2), (
        line,
        one,
    )  # rcel/1 points to the operator before a field
    assert after.strip().split("\n")[0][:6] in line
    code_of_test, tested = said("contract", "test", bad)
    assert code_of_test == 1 and not tested["passed"]


def test_problems_are_numbered_and_told_in_three_languages(tmp_path: Path) -> None:
    bad = file(
        tmp_path,
        CAP.replace("version: 3", "version: 0").replace("else: ", "").replace("id: cap", "id: CAP"),
    )
    texts = {}
    for language in LANGUAGES:
        code, texts[language] = invoke("contract", "check", bad, "--language", language)
        assert code == 1 and re.findall(r"^(\d)\. ", texts[language], re.MULTILINE) == ["1", "2"]
    assert "line 3, column 10 (version)" in texts["en"] and "→ Write a whole number" in texts["en"]
    assert "第 3 行第 10 欄 (version)" in texts["zh-Hant"] and "無效" in texts["zh-Hant"]
    assert "第 3 行第 10 列 (version)" in texts["zh-Hans"] and "无效" in texts["zh-Hans"]


def test_tests_are_shown_one_by_one_with_their_sentences() -> None:
    code, text = invoke(
        "contract", "test", LIBRARY / "household-food-cap.yaml", "--language", "zh-Hant"
    )
    assert code == 0
    assert re.findall(r"^✔ (\d)", text, re.MULTILINE) == ["1", "2", "3", "4"]
    assert "還可領 3 箱" in text and "拒絕 [declared, eligible]" in text
    code, text = invoke("contract", "test", LIBRARY / "alert-relief-money.yaml")
    assert 'expected allow; pay {"amount":2500000,"to":"H1"}' in text and "does not apply" in text


def test_a_test_that_fails_is_shown_with_what_came_out(tmp_path: Path) -> None:
    bad = replaced(
        tmp_path, "given: {it: {qty: 4}, received: 3}", "given: {it: {qty: 3}, received: 3}"
    )
    code, result = said("contract", "test", bad)
    assert code == 1 and [one["passed"] for one in result["cases"]] == [True, False, True, True]
    failed = result["cases"][1]
    assert (failed["expected"], failed["got"]) == ("deny [cap]", "allow")
    assert failed["problems"][0]["line"] == 1 + bad.read_text().splitlines().index(
        "  expect: {deny: [cap]}"
    )
    assert [one["code"] for one in result["problems"]] == ["cover_rule"]
    code, text = invoke("contract", "test", bad)
    assert "✖ 2  one over: expected deny [cap], got allow" in text and "1 of 4 tests fail" in text


def test_a_test_that_reads_what_it_does_not_give_is_not_run(tmp_path: Path) -> None:
    bad = replaced(tmp_path, "  received: 0\n", "")
    _, result = said("contract", "test", bad)
    assert result["cases"][2]["got"] == "not run"
    assert "`received`" in result["cases"][2]["problems"][0]["why"]


def test_the_currency_is_that_of_the_types_or_of_the_option() -> None:
    path = LIBRARY / "four-eyes.yaml"
    assert said("contract", "check", path)[0] == 0
    assert said("contract", "check", path, "--currency", "JPY")[0] == 0
    # This one names TWD in its types, and another currency does not go with it.
    code, result = said(
        "contract", "check", LIBRARY / "alert-relief-money.yaml", "--currency", "JPY"
    )
    assert code == 1 and result["problems"][0]["code"] == "unit"


@pytest.mark.parametrize("word_of_command", ["check", "test"])
def test_what_cannot_be_read_ends_in_two(tmp_path: Path, word_of_command: str) -> None:
    assert invoke("contract", word_of_command, tmp_path / "none.yaml")[0] == 2
    assert invoke("contract", word_of_command, file(tmp_path, "\n"))[0] == 2
    code, text = invoke("contract", word_of_command, file(tmp_path, "a: \x1b[2J"))
    assert code == 1 and "\x1b" not in text
    code, text = invoke("contract", word_of_command, file(tmp_path, "x" * 70_000))
    assert code == 1 and "at most" in text


@pytest.mark.parametrize(("language", "told"), [("en", "is empty"), ("zh-Hant", "檔案是空的")])
def test_an_empty_file_is_told_in_the_language(tmp_path: Path, language: str, told: str) -> None:
    code, text = invoke("contract", "check", file(tmp_path, ""), "--language", language)
    assert code == 2 and told in text
    assert ("Name a contract" in text) is (language == "en")


def test_json_is_the_only_thing_on_standard_output(tmp_path: Path) -> None:
    _, text = invoke("contract", "check", LIBRARY / "earmark.yaml", "--json")
    assert json.loads(text)["valid"]


@pytest.mark.parametrize("name", WORDS)
def test_a_word_has_three_languages_and_the_same_values(name: str) -> None:
    row = WORDS[name]
    assert len(row) == len(LANGUAGES) and all(row)
    assert len({frozenset(re.findall(r"{(\w+)}", text)) for text in row}) == 1


def test_every_word_is_asked_for() -> None:
    folder = Path(__file__).resolve().parents[3] / "tools" / "contracts"
    asked = "".join(
        path.read_text() for path in folder.glob("*.py") if path.stem != "contract_words"
    )
    outcomes = {"skip", "allow", "flag", "hold", "deny", "error", "gate", "trigger"}
    steps = {f"step {name}" for name in ("yaml", "form", "meaning", "tests", "coverage")}
    assert {
        name for name in WORDS if not re.search(rf"[\"']{name}[\"']", asked)
    } <= outcomes | steps
    assert word("gate", "zh-Hant") == "閘門合約"
