"""The words of `relief verify` in three languages.

Goal: no row is missing, unused, or names other values in one language than in another.
Method: the rows are held against each other and against the modules that ask for them.
"""

import re
from pathlib import Path

import pytest

from ledger.sentences import LANGUAGES
from tools.verifying import log as verify_log
from tools.verifying import receipt as verify_receipt
from tools.verifying.verdict import EXITS, NEXT
from tools.words import STATES, WORDS, state_line, word

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.mark.parametrize("name", WORDS)
def test_a_row_has_three_languages_and_the_same_values(name: str) -> None:
    row = WORDS[name]
    assert len(row) == len(LANGUAGES) and all(row)
    assert len({frozenset(re.findall(r"{(\w+)}", text)) for text in row}) == 1


@pytest.mark.parametrize("state", EXITS)
def test_a_state_has_a_mark_and_three_sentences(state: str) -> None:
    lines = {state_line(state, language) for language in LANGUAGES}
    assert len(lines) == 3
    assert "valid" not in state_line(state, "en").lower()


def test_states_and_exits_are_one_list() -> None:
    assert set(STATES) == set(EXITS) and set(NEXT) <= set(EXITS)


def test_only_success_bears_a_tick() -> None:
    ticked = {state for state, (mark, _) in STATES.items() if mark in "✔✎"}
    assert ticked == {state for state, code in EXITS.items() if code == 0}


def test_every_row_is_asked_for() -> None:
    sources = [p for p in TOOLS.rglob("*.py") if p != TOOLS / "words.py"]
    asked = set(re.findall(r"""["']([\w -]+)["']""", "".join(p.read_text() for p in sources)))
    assert set(WORDS) - asked == set()


def test_titles_of_steps_are_rows() -> None:
    for title in (*verify_log.STEPS, *verify_receipt.STEPS):
        assert word(title, "zh-Hant") != title
