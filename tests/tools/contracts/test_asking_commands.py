"""`relief contract explain`, `simulate`, `diff`, `adopt`, `list`, as people and scripts meet them.

Goal: each says what it found in the reader's language, its JSON is whole, its exit status is that of all
commands. Method: the folder of a stopped node on which a cap has denied an allocation, and a node that
listens, on which a contract is proposed, approved and committed.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from cappedplace import capped_place, denied
from documents import gate
from homes import Served, invoke, new_home, people, said, served
from simulated import capped

from ledger.sentences import LANGUAGES
from tools import console
from tools.contracts.asking_words import WORDS, word
from tools.contracts.differing import changes
from tools.home import Home

SAID = "At most CNY 1.00 in 7 days; given CNY 0.60, now CNY 0.60."


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, int]:
    folder = tmp_path_factory.mktemp("capped")
    with capped_place(folder) as made:
        index = denied(made)
    (folder / "settings").write_text("")
    return Home(folder), index


def write(tmp_path: Path, document: dict[str, Any], name: str = "c.yaml") -> Path:
    """JSON is YAML."""
    path = tmp_path / name
    path.write_text(json.dumps(document, indent=1))
    return path


# ---- explain ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("replay", [[], ["--replay"]])
def test_a_denial_is_explained(stopped: tuple[Home, int], language: str, replay: list[str]) -> None:
    home, index = stopped
    asked = ["contract", "explain", index, "--dir", home.folder, *replay]
    code, text = invoke(*asked, "--lang", language)
    assert code == 0, text
    assert SAID in text and "by-law 1" in text and "given = 60" in text and "most = 100" in text
    code, found = said(*asked)
    assert code == 0 and found["contracts"][0]["how"] == ("replayed" if replay else "recomputed")


@pytest.mark.parametrize("entry", [1, 999_999])
def test_where_there_is_no_decision(stopped: tuple[Home, int], entry: int) -> None:
    code, text = invoke("contract", "explain", entry, "--dir", stopped[0].folder)
    assert code == 2 and "no decision" in text


def test_one_source_is_named(stopped: tuple[Home, int]) -> None:
    assert invoke("contract", "explain", 2)[0] == 2
    both = ("--dir", stopped[0].folder, "--from", "http://127.0.0.1:1/")
    assert invoke("contract", "explain", 2, *both)[0] == 2
    assert invoke("contract", "explain", 2, "--from", "http://127.0.0.1:1/")[0] == 2
    assert invoke("contract", "list")[0] == 2


# ---- simulate, diff -----------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_simulation_is_told(stopped: tuple[Home, int], tmp_path: Path, language: str) -> None:
    path = write(tmp_path, capped(50, version=2))
    asked = ["contract", "simulate", path, "--dir", stopped[0].folder, "--by", "member"]
    code, text = invoke(*asked, "--lang", language)
    assert code == 0, text
    assert re.search("[0-9a-f]{64}", text) and "CNY 0.60" in text
    code, found = said(*asked)
    assert code == 0 and found["total"]["flips"] == 1 and found["digest"] in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_where_time_went(
    stopped: tuple[Home, int], tmp_path: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = stopped[0].data / "tapes"
    shutil.rmtree(kept, ignore_errors=True)
    path = write(tmp_path, capped(50, version=2))
    asked = ["contract", "simulate", path, "--dir", stopped[0].folder, "--lang", language]
    first, again = invoke(*asked)[1], invoke(*asked)[1]
    size = (
        f"{said('contract', 'explain', stopped[1], '--dir', stopped[0].folder)[1]['entry'] + 2:,}"
    )
    ran = word("was run", language, run=size, running="@", asking="@").partition("@")[0]
    assert ran in first and ran not in again
    assert word("was kept", language, asking="@").partition("@")[0] in again
    new = write(tmp_path, capped(49, version=3), "new.yaml")
    text = invoke("contract", "diff", path, new, "--dir", stopped[0].folder, "--lang", language)[1]
    assert word("was kept", language, asking="@").partition("@")[0] in text
    shutil.rmtree(kept)
    kept.write_text("in the way")
    text = invoke(*asked)[1]
    kept.unlink()
    assert word("not kept", language, folder="@").partition("@")[0] in text
    # Long work says how far it is, running and judging.
    monkeypatch.setattr(console, "QUIET_S", -1)
    monkeypatch.setattr(console, "LINE_EVERY_S", -1)
    text = invoke(*asked)[1]
    assert word("running again", language) in text and word("judging", language) in text


def test_where_there_is_no_log(tmp_path: Path) -> None:
    path = write(tmp_path, capped(50))
    (tmp_path / "settings").write_text("")
    code, text = invoke("contract", "simulate", path, "--dir", tmp_path)
    assert code == 2 and "no log" in text and "relief serve" in text
    store = tmp_path / "data" / "store"
    store.mkdir(parents=True)
    (store / "ledger.sqlite").write_bytes(b"no database" * 100)
    code, text = invoke("contract", "simulate", path, "--dir", tmp_path)
    assert code == 2 and "cannot be read" in text


def test_the_same_words_simulate_to_nothing(stopped: tuple[Home, int], tmp_path: Path) -> None:
    path = write(tmp_path, capped(100))
    code, found = said("contract", "simulate", path, "--dir", stopped[0].folder)
    assert code == 0 and found["total"]["flips"] == 0 and found["examples"] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_never_applied_is_not_told_as_no_difference(
    stopped: tuple[Home, int], tmp_path: Path, language: str
) -> None:
    asked = ["contract", "simulate", write(tmp_path, capped(100)), "--dir", stopped[0].folder]
    code, text = invoke(*asked, "--to", "2001-01-01", "--lang", language)
    assert code == 0
    assert word("none judged", language) in " ".join(text.split()), text
    assert word("no difference", language) not in text


@pytest.mark.parametrize("wrong", [["--mode", "x"], ["--by", "x"], ["--from", "soon"]])
def test_wrong_questions(stopped: tuple[Home, int], tmp_path: Path, wrong: list[str]) -> None:
    path = write(tmp_path, capped(100))
    code, _ = invoke("contract", "simulate", path, "--dir", stopped[0].folder, *wrong)
    assert code == 2


def test_what_is_not_valid_is_not_simulated(stopped: tuple[Home, int], tmp_path: Path) -> None:
    path = write(tmp_path, gate(where="it.nothing"))
    code, found = said("contract", "simulate", path, "--dir", stopped[0].folder)
    assert code == 1 and found["valid"] is False


def test_what_changed(stopped: tuple[Home, int], tmp_path: Path) -> None:
    old, same = write(tmp_path, capped(100)), write(tmp_path, capped(100), "same.yaml")
    code, found = said("contract", "diff", old, same)
    assert code == 0 and found["same"] and found["changes"] == []
    new = write(tmp_path, capped(50, version=2), "new.yaml")
    code, found = said("contract", "diff", old, new, "--dir", stopped[0].folder)
    assert code == 1 and found["lanes"] == ["params", "full"], "it is not seen to be narrower"
    assert {"new": 50, "old": 100, "path": "params.most.value"} in found["changes"]
    assert [one["before"] for one in found["flips"]] == ["allow"]
    code, text = invoke("contract", "diff", old, new, "--lang", "zh-Hant")
    assert code == 1 and "參數" in text
    worded = capped(100, version=2, basis="by-law 7")
    code, found = said("contract", "diff", old, write(tmp_path, worded, "w.yaml"))
    assert code == 1 and found["lanes"] == ["emergency", "full"]
    other = write(tmp_path, gate(), "other.yaml")
    assert invoke("contract", "diff", old, other)[0] == 2


def test_changes_by_path() -> None:
    rules = [{"id": "a", "require": "x"}, {"id": "b", "require": "y"}]
    old: Any = {"rules": rules, "kinds": ["k"], "n": 1}
    new: Any = {"rules": [{"id": "b", "require": "z"}], "kinds": ["k", "l"], "n": True}
    assert list(changes(old, new)) == [
        ("rules.a", rules[0], None),
        ("rules.b.require", "y", "z"),
        ("kinds", ["k"], ["k", "l"]),
        ("n", 1, True),
    ]


# ---- list, adopt --------------------------------------------------------------------------------


def test_the_list(stopped: tuple[Home, int]) -> None:
    code, text = invoke("contract", "list", "--dir", stopped[0].folder, "--lang", "zh-Hans")
    assert code == 0 and "allocation-cap" in text and "强制" in text
    code, found = said("contract", "list", "--dir", stopped[0].folder)
    assert code == 0 and len(found["contracts"]) == 1


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with served(new_home(tmp_path_factory.mktemp("adopting") / "home")) as one:
        yield one


def test_adopting_step_by_step(listening: Served, tmp_path: Path) -> None:
    home = listening.home
    path = write(tmp_path, gate())
    base = ["contract", "adopt", path, "--dir", home.folder, "--to", listening.url]
    director, secretary = people(home, "county/director"), people(home, "charity/secretary")
    assert invoke(*base)[0] == 2  # nobody answers for it
    assert invoke(*base, "--owner", "county")[0] == 2  # nobody signs
    assert invoke(*base, "--owner", "county", "--mode", "loud", "--key", director)[0] == 2

    # The director proposes it, which is her member's voice; another is needed.
    code, found = said(*base, "--owner", "county", "--key", director)
    steps = [(one["kind"], one["applied"]) for one in found["steps"]]
    assert steps[0] == ("contract.propose", True)
    assert (found["needs"], found["may_approve"]) == (1, ["charity"])
    assert code in (1, 2)
    code, listed = said("contract", "list", "--from", listening.url)
    assert (code, [one["needs"] for one in listed["proposals"]]) == (0, [1])

    # The secretary approves, and as nothing else is needed, commits.
    code, found = said(*base, "--key", secretary)
    kinds = [one["kind"] for one in found["steps"] if one["applied"]]
    assert (code, kinds, found["state"]) == (0, ["contract.approve", "contract.commit"], "waiting")
    # Once more: nothing is left to do.
    code, found = said(*base, "--key", director)
    assert (code, found["steps"], found["state"]) == (0, [], "waiting")
    code, text = invoke("contract", "list", "--from", listening.url, "--lang", "zh-Hant")
    assert code == 0 and "等待生效" in text

    # An enforcing gate that was never in shadow is refused, with the ledger's own sentence.
    other = write(tmp_path, gate(contract="ten-at-most"), "o.yaml")
    base[2] = other
    code, found = said(*base, "--owner", "county", "--mode", "enforce", "--key", director)
    assert (code, found["steps"][0]["code"]) == (1, "not_eligible")


def test_simulating_beside_a_node_that_runs(listening: Served, tmp_path: Path) -> None:
    folder, node = listening.home.folder, listening.whole.node
    asked = ("contract", "simulate", write(tmp_path, gate()), "--dir", folder)
    code, found = said(*asked)
    assert (code, found["size"]) == (0, node.size())
    # The log grows behind it, and is run on.
    other = write(tmp_path, gate(contract="growing"), "other.yaml")
    director = people(listening.home, "county/director")
    said("contract", "adopt", other, "--dir", folder, "--to", listening.url, "--owner", "county",
         "--key", director)  # fmt: skip
    code, later = said(*asked)
    assert (code, later["size"]) == (0, node.size()) and node.size() > found["size"]
    new = write(tmp_path, gate(version=2, basis="by-law 7"), "new.yaml")
    code, found = said("contract", "diff", asked[2], new, "--dir", folder)
    assert (code, found["flips"]) == (1, [])


def test_explaining_from_a_node(listening: Served) -> None:
    code, found = said("contract", "explain", 0, "--from", listening.url)
    assert (code, found["kind"], found["contracts"]) == (0, "genesis", [])
    assert invoke("contract", "explain", 99_999, "--from", listening.url)[0] == 2


# ---- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WORDS)
def test_a_word_has_three_languages_and_the_same_values(name: str) -> None:
    row = WORDS[name]
    assert len(row) == len(LANGUAGES) and all(row)
    assert len({frozenset(re.findall(r"{(\w+)}", text)) for text in row}) == 1


def test_every_word_is_asked_for() -> None:
    folder = Path(__file__).resolve().parents[3] / "tools" / "contracts"
    asked = "".join(one.read_text() for one in folder.glob("*.py") if one.stem != "asking_words")
    made = re.compile(r"by (area|member|tier|household_size|kind)|lane .*|observe|counterfactual|"
                      r"replayed|recomputed|recorded|in_force|suspended")  # fmt: skip
    missing = [n for n in WORDS if not re.search(f"[\"']{n}[\"']", asked) and not made.fullmatch(n)]
    assert missing == []
