"""Refusals as sentences: every code, value name and phrase in every language.

Goal: nobody meets a code, a placeholder or a foreign word in a sentence meant for them.
Method: the lists are held against the codes and against the source of every check that refuses.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.codes import Code
from ledger.errors import Refusal
from ledger.meanings import WHAT
from ledger.phrases import LABELS, PHRASES
from ledger.sentences import LANGUAGES, sentence

ROOT = Path(__file__).resolve().parents[2]


def refusals() -> Iterator[tuple[str, ast.Call]]:
    """Every call of Refused(..), Refusal(..), .deny(..) and shape's _wrong(..) in the pure code."""
    for folder in ("ledger", "contracts"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
                if called.rpartition(".")[2] in ("Refused", "deny", "refuse", "_wrong"):
                    assert isinstance(node, ast.Call)
                    yield path.name, node


def test_every_code_has_two_sentences_in_every_language() -> None:
    assert set(WHAT) == set(Code)
    for triples in WHAT.values():
        for triple in triples:
            assert len(triple) == len(LANGUAGES) and all(text.strip() for text in triple)


def test_every_value_that_a_check_names_has_a_label() -> None:
    missing = {
        f"{name}: {word.arg}"
        for name, call in refusals()
        for word in call.keywords
        if word.arg is not None and word.arg not in LABELS and word.arg not in ("code", "where")
    }
    assert not missing, f"add to LABELS in ledger/phrases.py: {sorted(missing)}"


def test_every_phrase_that_a_check_wants_is_translated() -> None:
    missing = {
        f"{name}: {word.value.value}"
        for name, call in refusals()
        for word in call.keywords
        if word.arg in ("wanted",)
        and isinstance(word.value, ast.Constant)
        and isinstance(word.value.value, str)
        and " " in word.value.value
        and word.value.value not in PHRASES
    }
    assert not missing, f"add to PHRASES in ledger/phrases.py: {sorted(missing)}"


@pytest.mark.parametrize("code", Code)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_says_where_and_the_values(code: Code, language: str) -> None:
    said = sentence(Refusal(code, "lot 7f3a", {"asked": 12_000, "left": 9_500}), language)
    assert "lot 7f3a" in said and "12,000" in said and "9,500" in said
    assert "{" not in said and str(code) not in said.split()
    if language != "en":
        assert "asked" not in said and "left" not in said


def test_an_unknown_language_is_answered_in_english() -> None:
    assert sentence(Refusal(Code.OK), "fr") == sentence(Refusal(Code.OK), "en")


def test_nothing_to_show_leaves_no_empty_brackets() -> None:
    assert sentence(Refusal(Code.EXPIRED), "zh-Hans") == (
        "授权已过自定的期限。如仍需要，请另签一份期限较晚的。"
    )
