"""`relief contract analyse`, and the whole library through it.

Goal: every contract that comes with the ledger can be analysed, every question about it has an answer
that our engine confirms, and what is found is known to us. The command speaks three languages, its
JSON is whole, its exit status is that of all commands; without z3 it says what to install.
Method: the files of the library, with what should be found written beside them; small files.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from documents import gate, text
from homes import invoke, said

from ledger.sentences import LANGUAGES
from tools.analysing.analysis_words import WORDS
from tools.contracts.library import names, text_of

NEEDS = pytest.importorskip("z3", reason="the extra `analysis` is not installed: no z3-solver")

RULE: dict[str, Any] = gate()["rules"][0]
OVERFLOWS = {
    # Prices and quantities at the very ends of their types, thousands of times what there is.
    "price-near-median": {"let.not_above", "let.not_below"},
    "requisition-compensation": {"let.full"},
}
"""Contract of the library -> its expressions that can leave int64."""
KNOWN = (
    "alert-relief-money", "approval-ladder", "earmark", "entitlement-amount", "equipment-loan", "fair-shares",
    "first-expired-first-out", "four-eyes", "household-food-cap", "keep-the-reserve", "no-self-approval",
    "one-person-one-stage", "overdue-loans", "overlapping-purposes", "payment-caps", "preposition",
    "price-near-median", "project-retention", "requisition-compensation", "reserve-floor", "role-clashes",
    "second-signature", "store-and-count", "tranche-in-time", "tranche-on-inspection", "unusable-goods",
)  # fmt: skip
"""What the library had when this was written: of these every answer is pinned."""


def write(tmp_path: Path, document: dict[str, Any], name: str = "c.yaml") -> Path:
    """JSON is YAML."""
    path = tmp_path / name
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("name", names())
def test_the_library_is_analysed(name: str, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(text_of(name))
    code, found = said("contract", "analyse", path)
    assert code in (0, 1, 2) and found["contract"] == name
    answers = {one["answer"] for one in found["findings"]}
    assert "unconfirmed" not in answers and "yes" in answers
    if name not in KNOWN:
        return
    # Products of two unknowns may be too hard, and then it is only errors that are not known.
    assert {one["question"] for one in found["findings"] if one["answer"] == "unknown"} <= {"error"}
    wrong = [one for one in found["findings"] if one["wrong"]]
    # No rule is idle, none of them fails or passes always, no effect is dead.
    assert {one["question"] for one in wrong} <= {"error"}
    assert {one["about"]["kind"] for one in wrong} <= {"overflow"}
    assert {one["about"]["part"] for one in wrong} == OVERFLOWS.get(name, set())
    assert code == (1 if wrong else 2 if "unknown" in answers else 0)
    missing = {one["about"]["fact"] for one in found["findings"] if one["question"] == "missing"}
    told = {
        one["about"]["fact"]
        for one in found["findings"]
        if one["question"] == "missing" and one["told"]
    }
    assert told == missing


def test_known_contracts_are_there() -> None:
    assert set(KNOWN) <= set(names())


def test_what_is_found_is_told_with_an_example(tmp_path: Path) -> None:
    rules = [RULE, {**RULE, "id": "eight", "require": "it.qty <= 8"}]
    path = write(tmp_path, gate(rules=rules))
    code, shown = invoke("contract", "analyse", path)
    assert code == 1
    assert "1. Rule nine decides nothing: wherever it fails, eight fails as well" in shown
    path = write(tmp_path, gate(let={"x": "9 / (it.qty - 1)"}))
    code, shown = invoke("contract", "analyse", path)
    assert code == 1
    assert "let.x can be an error (div_zero)" in shown
    assert 'for example: it {"qty":1}' in shown and "it says: error (let.x: div_zero)" in shown
    assert "The model leaves out:" in shown and "Nothing to mend" not in shown


def test_nothing_found(tmp_path: Path) -> None:
    code, shown = invoke("contract", "analyse", write(tmp_path, gate()))
    assert code == 0 and shown.rstrip().endswith("Nothing to mend was found within the model.")


def test_against_the_version_before(tmp_path: Path) -> None:
    old = write(tmp_path, gate(), "old.yaml")
    changed = gate(version=2, rules=[{**RULE, "require": "it.qty <= 10", "say": text("no")}])
    changed["tests"][1]["given"]["it"]["qty"] = 11
    new = write(tmp_path, changed, "new.yaml")
    code, shown = invoke("contract", "analyse", new, "--against", old)
    assert code == 1
    assert 'for example: it {"qty":10}' in shown
    assert "the old version says: deny [nine]; the new one: allow" in shown
    code, found = said("contract", "analyse", new, "--against", old)
    (one,) = [one for one in found["findings"] if one["told"]]
    assert one["about"] == {"after": "allow", "before": "deny"}
    assert (one["example"], one["says"]) == ({"it": {"qty": 10}}, ["deny", "allow"])
    assert (found["found"], found["answered"], found["against"]["version"]) == (True, True, 1)
    code, shown = invoke("contract", "analyse", old, "--against", old)
    assert code == 0 and "No difference was found within the model." in shown


def test_kinds_that_one_version_drops_are_a_difference(tmp_path: Path) -> None:
    both = ["disbursement.handout", "disbursement.release"]
    old, new = (
        write(tmp_path, gate(kinds=both), "old.yaml"),
        write(tmp_path, gate(version=2), "new.yaml"),
    )
    code, shown = invoke("contract", "analyse", new, "--against", old)
    assert (
        code == 1
        and "Kinds of statement that only one of the two judges: disbursement.release" in shown
    )


def test_what_is_not_known_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.analysing.questions.analyse.__defaults__", (1,))
    path = write(tmp_path, gate(let={"x": "it.qty / it.qty"}))
    code, shown = invoke("contract", "analyse", path)
    assert code == 2
    assert "Not known: z3 did not find out" in shown and "Some questions have no answer" in shown


def test_a_contract_that_is_none(tmp_path: Path) -> None:
    code, shown = invoke("contract", "analyse", write(tmp_path, gate(where="it.nothing")))
    assert code == 2 and "NOT VALID" in shown and "it.nothing" not in shown.split("\n")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_z3_it_says_what_to_install(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    code, shown = invoke("contract", "analyse", write(tmp_path, gate()), "--lang", language)
    assert code == 2 and "pip install 'relief-ledger[analysis]'" in shown


@pytest.mark.parametrize("name", WORDS)
def test_a_row_has_three_languages_and_the_same_values(name: str) -> None:
    row = WORDS[name]
    assert len(row) == len(LANGUAGES) and all(row)
    assert len({frozenset(re.findall(r"{(\w+)}", text)) for text in row}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_whole(language: str, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(text_of("equipment-loan"))
    code, shown = invoke("contract", "analyse", path, "--lang", language)
    assert code == 0
    if language != "en":
        told = [line for line in shown.splitlines() if not re.search(r"[一-鿿]", line)]
        assert told == []
