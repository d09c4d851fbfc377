"""Decisions made again by another engine, in another language: @bufbuild/cel in Node.

Goal: what a contract decided does not rest on our evaluator. Whoever has the log can have every decision
made again by a program that shares no code with it, and a record that says anything else is called FALSE.
Method: the demo is played, its published log is written out as decisions by the command, and the tool that
outsiders use makes each again; then each is altered in one place, in every way that a record can lie. The
tests that contracts carry are run by the same tool. Without Node or its packages all of it is skipped.
"""

import copy
import json
import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from decided import LEDGERS
from homes import invoke, said
from posted import HISTORIES
from rcel_node import node_or_skip

from contracts.catalogue.catalogue import catalogue_for
from contracts.documents.document import document_hash
from contracts.documents.verbs import VERBS, fields_of
from contracts.rcel.types import Bool, Int, Str
from contracts.simulating.decisions import decisions
from ledger.canon import encode
from tools.console import Console
from tools.contracts.library import load, names
from tools.demo import demo

ROOT = Path(__file__).resolve().parents[3]
TOOL = ROOT / "tools/contracts/recheck/recheck.mjs"
UNTOLD = 1
"""Decisions of the demo that an entry alone does not settle: one was let through by an override."""

Decision: TypeAlias = dict[str, Any]


def recheck(file: Path, *options: str) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [node_or_skip(), str(TOOL), "--json", *options, str(file)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def again(folder: Path, decisions: list[Decision]) -> list[dict[str, Any]]:
    """What is said of each."""
    file = folder / "altered.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in decisions))
    found: list[dict[str, Any]] = recheck(file)[1]["decisions"]
    assert len(found) == len(decisions)
    return found


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The decisions of the demo's log, as the command writes them."""
    node_or_skip()
    folder = tmp_path_factory.mktemp("recheck")

    class Silent(Console):
        def result(self, value: Any) -> None:
            pass

    assert demo(Silent(as_json=True), folder / "linhe", port=0, once=True) == 0
    code, value = said(
        "contract", "decisions", folder / "linhe/public", "--out", folder / "d.jsonl"
    )
    assert code == 0 and value["decisions"] > 0
    return folder / "d.jsonl"


@pytest.fixture(scope="module")
def story(written: Path) -> list[Decision]:
    return [json.loads(line) for line in written.read_text().splitlines()]


# ---- all decisions of the demo -------------------------------------------------------------------


def test_every_decision_of_the_demo_is_made_again(written: Path, story: list[Decision]) -> None:
    code, found = recheck(written)
    wrong = [(one["entry"], one["differences"]) for one in found["decisions"] if one["differences"]]
    assert wrong == []
    assert found["checked"] == len(story) >= 25
    untold = [one["untold"] for one in found["decisions"] if one["untold"]]
    assert len(untold) == found["cannot_tell"] == UNTOLD and code == 2
    assert all("overridden" in text for [text] in untold)


def test_the_demo_shows_every_outcome(story: list[Decision]) -> None:
    """Else the test above would say little."""
    outcomes = [json.loads(one["text"])["outcome"] for one in story]
    assert {one["outcome"] for one in outcomes} == {"allow", "flag", "hold", "deny"}
    assert {one["nature"] for one in story} == {"A", "F"}
    assert any("posted" in one for one in outcomes)


def test_without_the_engine_it_says_what_to_install(tmp_path: Path) -> None:
    folder = tmp_path / "recheck"
    shutil.copytree(TOOL.parent, folder)
    ran = subprocess.run(
        [node_or_skip(), str(folder / TOOL.name), "x"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2 and "npm install @bufbuild/cel" in ran.stderr, ran.stderr
    assert " at " not in ran.stderr


def test_it_is_told_in_words(written: Path) -> None:
    done = subprocess.run(
        [node_or_skip(), str(TOOL), str(written)], capture_output=True, text=True, check=False
    )
    assert "0 FALSE" in done.stdout.splitlines()[-1] and "CANNOT TELL" in done.stdout


# ---- every shape of a decision -------------------------------------------------------------------


@pytest.fixture(scope="module")
def shapes() -> list[Decision]:
    node_or_skip()
    found: list[Decision] = []
    for make in LEDGERS.values():
        found += [dict(one) for one in decisions(make().memory.entries)]
    return found


def test_every_shape_is_made_again(shapes: list[Decision], tmp_path: Path) -> None:
    said_so = again(tmp_path, shapes)
    assert [(one["entry"], one["differences"]) for one in said_so if one["differences"]] == []
    assert [one["untold"] for one in said_so if one["untold"]] == []
    outcomes = [json.loads(one["text"])["outcome"] for one in shapes]
    codes = {one["code"] for one in outcomes}
    assert codes >= {"ok", "flagged", "held", "contract_denied", "contract_error"}
    assert {one.get("would") for one in outcomes} == {None, "hold", "deny"}
    assert sum("posted" in one for one in outcomes) >= len(HISTORIES)
    judged = [each for one in shapes for each in one["judged"]]
    assert any(each.get("of", 0) > 1 for each in judged), "rows"
    assert any("of" not in each for each in judged), "corrections"
    assert any("mode" in each for one in outcomes for each in one["contracts"])
    assert len(shapes) > 60


def test_row_numbers_are_compared(shapes: list[Decision], tmp_path: Path) -> None:
    altered = []
    for one in shapes:
        for n, known in enumerate(json.loads(one["text"])["outcome"]["contracts"]):
            for rule, verdict in known["rules"].items():
                if not isinstance(verdict, dict):
                    continue

                def shift(value: dict[str, Any], n: int = n, rule: str = rule) -> None:
                    found = value["contracts"][n]["rules"][rule]
                    found["rows"] = [row + 1 for row in found["rows"]]

                altered.append(record(one, shift))
    assert len(altered) >= 2
    assert [one["entry"] for one in again(tmp_path, altered) if not one["differences"]] == []


def test_long_outcomes_have_their_rules_as_a_hash(shapes: list[Decision], tmp_path: Path) -> None:
    """With the rows of each or without them: of one row of a correction only the rules would tell."""
    right, wrong = [], []
    for one in shapes:
        for n, known in enumerate(json.loads(one["text"])["outcome"]["contracts"]):
            digest = sha256(encode(known["rules"])).hexdigest()
            for found, given in ((right, digest), (wrong, bent(digest))):

                def hashed(value: dict[str, Any], n: int = n, given: str = given) -> None:
                    value["contracts"][n]["rules"] = {"sha256": given}

                found.append(record(one, hashed))
    assert [one["differences"] for one in again(tmp_path, right) if one["differences"]] == []
    assert [one["entry"] for one in again(tmp_path, wrong) if not one["differences"]] == []


def rows_of(change: Callable[[Decision], None]) -> Callable[[Decision], Decision]:
    def altered(one: Decision) -> Decision:
        found = copy.deepcopy(one)
        change(found["judged"][0])
        return found

    return altered


def without_or_with_of(judged: Decision) -> None:
    if judged.pop("of", None) is None:
        judged["of"] = len(judged["rows"])


@pytest.mark.parametrize("change", [
    lambda judged: judged["rows"].append(judged["rows"][-1]),
    lambda judged: judged["rows"].pop(),
    lambda judged: judged["rows"].clear(),
    lambda judged: judged["rows"][0].update(n=-1),
    lambda judged: judged["rows"][0].update(n="0"),
    lambda judged: judged["rows"][0].pop("n"),
    without_or_with_of,
], ids=["twice", "one gone", "all gone", "below 0", "a text", "no number", "of"])  # fmt: skip
def test_rows_are_all_there_and_each_once(
    change: Callable[[Decision], None], shapes: list[Decision], tmp_path: Path
) -> None:
    altered = [rows_of(change)(one) for one in shapes if one["judged"]]
    assert [one["entry"] for one in again(tmp_path, altered) if not one["differences"]] == []


def test_another_number_of_rows_is_false(shapes: list[Decision], tmp_path: Path) -> None:
    altered = [
        rows_of(lambda judged, of=of: judged.update(of=of))(one)
        for one in shapes
        for of in range(6)
        if one["judged"] and one["judged"][0].get("of") != of
    ]
    assert [one["entry"] for one in again(tmp_path, altered) if not one["differences"]] == []


# ---- altered ones --------------------------------------------------------------------------------


def record(decision: Decision, change: Callable[[dict[str, Any]], None]) -> Decision:
    """The decision with its entry's outcome changed, everything else as it was."""
    found = copy.deepcopy(decision)
    entry = json.loads(found["text"])
    change(entry["outcome"])
    found["text"] = encode(entry).decode()
    return found


def each(value: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> None:
    change(value["contracts"][0])


WORSE = {"allow": "deny", "flag": "allow", "hold": "allow", "deny": "allow"}


def other_outcome(one: dict[str, Any]) -> None:
    one["outcome"] = WORSE[one["outcome"]]


def rule_gone_or_made_up(one: dict[str, Any]) -> None:
    one["rules"] = {} if one["rules"] else {"cap": "deny"}


def fact_added(one: dict[str, Any]) -> None:
    one["facts"] = {**one["facts"], "zz_invented": 7}


ALTERED: dict[str, Callable[[dict[str, Any]], None]] = {
    "a contract's outcome": lambda value: each(value, other_outcome),
    "a rule": lambda value: each(value, rule_gone_or_made_up),
    "a fact that was never read": lambda value: each(value, fact_added),
    "another text's hash": lambda value: each(value, lambda one: one.update(hash="ab" * 32)),
    "another version": lambda value: each(value, lambda one: one.update(version=one["version"] + 1)),
    "another id": lambda value: each(value, lambda one: one.update(id="other")),
    "the whole outcome": lambda value: value.update(outcome=WORSE[value["outcome"]]),
    "a contract left out": lambda value: value["contracts"].pop(),
    "a contract told twice": lambda value: value["contracts"].append(value["contracts"][0]),
    "would have been worse": lambda value: value.update(would="deny" if value.get("would") != "deny" else "hold"),
    "an unknown mode": lambda value: each(value, lambda one: one.update(mode="later")),
}  # fmt: skip


@pytest.mark.parametrize("lie", ALTERED)
def test_an_altered_record_is_false(
    lie: str, story: list[Decision], shapes: list[Decision], tmp_path: Path
) -> None:
    altered = [record(one, ALTERED[lie]) for one in (*story, *shapes)]
    assert [one["entry"] for one in again(tmp_path, altered) if not one["differences"]] == []


def test_an_altered_fact_is_false(story: list[Decision], tmp_path: Path) -> None:
    """In the record, or below it: whatever was read is compared."""
    altered: list[Decision] = []
    for one in story:
        outcome = json.loads(one["text"])["outcome"]
        for n, known in enumerate(outcome["contracts"]):
            for path, value in known["facts"].items():

                def change(value: dict[str, Any], n: int = n, path: str = path) -> None:
                    value["contracts"][n]["facts"][path] = bent(
                        value["contracts"][n]["facts"][path]
                    )

                altered.append(record(one, change))
                if not isinstance(value, dict):
                    below = copy.deepcopy(one)
                    for row in below["judged"][n]["rows"]:
                        bend(row["facts"], path)
                    altered.append(below)
    assert len(altered) > 20
    assert [one["entry"] for one in again(tmp_path, altered) if not one["differences"]] == []


def bent(value: Any) -> Any:
    """Another value of the same form."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value + "x" if len(value) != 64 else ("0" if value[0] != "0" else "1") + value[1:]
    return {name: bent(one) for name, one in value.items()}


def bend(facts: dict[str, Any], path: str) -> None:
    *outer, last = path.split(".")
    for name in outer:
        facts = facts[name]
    facts[last] = bent(facts[last])


def test_another_text_of_the_contract_is_false(story: list[Decision], tmp_path: Path) -> None:
    """A figure, a sentence, a test: whatever is changed, it is not the text that was adopted."""
    altered: list[Decision] = []
    for one in story:
        for change in (text_of_basis, figure_of_a_param, other_rule):
            other = copy.deepcopy(one)
            for judged in other["judged"]:
                change(judged["document"])
            if other != one:
                altered.append(other)
    assert len(altered) > 2 * len(story)
    assert [one["entry"] for one in again(tmp_path, altered) if not one["differences"]] == []


def text_of_basis(document: dict[str, Any]) -> None:
    document["basis"] += "."


def figure_of_a_param(document: dict[str, Any]) -> None:
    for param in document.get("params", {}).values():
        param["value"] = bent(param["value"])


def other_rule(document: dict[str, Any]) -> None:
    document["rules"][0]["require"] = f"!({document['rules'][0]['require']})"


def test_another_text_under_its_own_hash_is_false(story: list[Decision], tmp_path: Path) -> None:
    """The hash of a text that says the opposite: then what it says is not what stands there."""
    altered = []
    for one in story:
        other = copy.deepcopy(one)
        other_rule(other["judged"][0]["document"])
        new = document_hash(other["judged"][0]["document"])
        altered.append(record(other, lambda value, new=new: value["contracts"][0].update(hash=new)))
    said_so = again(tmp_path, altered)
    # Where the rule had no value, or failed with another one, the opposite may say the same.
    false = [one for one in said_so if one["differences"]]
    assert len(false) > len(story) * 9 // 10


def test_rows_of_another_statement_or_time_are_false(story: list[Decision], tmp_path: Path) -> None:
    altered = []
    for one in story:
        for name, value in (("statement", "ab" * 32), ("recorded", 1)):
            other = copy.deepcopy(one)
            other["judged"][0]["rows"][0]["it"][name] = value
            altered.append(other)
    assert [one["entry"] for one in again(tmp_path, altered) if not one["differences"]] == []


def test_what_it_cannot_read_is_never_right(story: list[Decision], tmp_path: Path) -> None:
    other_form, other_engine, cut, neither = (copy.deepcopy(story[0]) for _ in range(4))
    neither["nature"] = "X"
    other_form["form"] = "relief/decision/v2"
    other_engine["judged"][0]["document"]["engine"] = "rcel/2"
    del cut["judged"][0]["rows"]
    whole = record(story[0], lambda value: value.update(contracts={"n": 9, "sha256": "ab" * 32}))
    for found in again(tmp_path, [other_form, other_engine, cut, neither, whole]):
        assert found["untold"] and not found["differences"]
    nothing = tmp_path / "nothing.jsonl"
    nothing.write_text("")
    assert recheck(nothing)[0] == 2


# ---- the tests that contracts carry --------------------------------------------------------------


def test_every_test_of_the_library(tmp_path: Path) -> None:
    node_or_skip()
    documents = [load(name) for name in names()]
    file = tmp_path / "library.json"
    file.write_text(json.dumps(documents))
    code, found = recheck(file, "--cases")
    wrong = [
        (contract["contract"], case)
        for contract in found["contracts"]
        for case in contract["cases"]
        if case["differences"]
    ]
    assert wrong == [] and code == 0
    assert found["checked"] == sum(len(one["tests"]) for one in documents) > 250


def test_a_test_that_expects_otherwise_is_false(tmp_path: Path) -> None:
    node_or_skip()
    documents = [copy.deepcopy(load(name)) for name in names()]
    for document in documents:
        for case in document["tests"]:
            wrong: Any = "allow" if case["expect"] == "skip" else "skip"
            case["expect"] = wrong
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(documents))
    code, found = recheck(file, "--cases")
    assert code == 1 and found["false"] == found["checked"]


def test_the_verbs_are_those_of_the_specification() -> None:
    """Names and types of the fields of effects stand in JavaScript a second time."""
    script = (
        f"import {{ VERBS }} from {json.dumps(str(TOOL.with_name('judging.mjs')))};"
        "const probes = [-1n, 0n, 1n, 9n, 10n, 31622400n, 31622401n, 1000000000n, 1000000001n,"
        " 9007199254740991n, 9007199254740992n, 'x', true];"
        "console.log(JSON.stringify(Object.fromEntries(Object.entries(VERBS).map(([verb, fields]) =>"
        " [verb, Object.fromEntries(Object.entries(fields).map(([name, fits]) =>"
        " [name, probes.map(fits)]))]))))"
    )
    done = subprocess.run(
        [node_or_skip(), "--input-type=module", "-e", script],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    probes = (-1, 0, 1, 9, 10, 31622400, 31622401, 10**9, 10**9 + 1, 2**53 - 1, 2**53)

    def wanted(kind: Any) -> list[bool]:
        match kind:
            case Int(_, low, high):
                return [*(low <= n <= high for n in probes), False, False]
            case Str():
                return [*(False for _ in probes), True, False]
        assert kind == Bool()
        return [*(False for _ in probes), False, True]

    catalogue = catalogue_for("TWD")
    assert json.loads(done.stdout) == {
        verb: {one.name: wanted(one.type) for one in fields_of(verb, catalogue).fields}
        for verb in VERBS
    }


# ---- the command ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_the_command_says_what_it_cannot(tmp_path: Path, language: str) -> None:
    asked = ["contract", "decisions", tmp_path / "nowhere", "--out", tmp_path / "out"]
    code, text = invoke(*asked, "--lang", language)
    assert code == 2 and text.strip() and not (tmp_path / "out").exists()
