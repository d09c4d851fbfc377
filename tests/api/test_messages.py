"""What pages say, in three languages.

Goal: no reader meets a message that is missing, empty, or without its values in their language.
Method: the names that templates and pages ask for are read from their sources and compared with the
tables, both ways; placeholders are compared between the languages.
"""

import re
import string
from collections.abc import Mapping
from pathlib import Path

import pytest

from api.contract_words import RUNS, STATES, VERBS, WHYS
from api.messages import MESSAGES, say
from api.words import ACCOUNTS, KINDS, REASONS, ROLES, SOURCES, TONNE, UNITS
from contracts.adoption.activating import KIND as ACTIVATE
from contracts.documents.verbs import VERBS as EFFECTS
from contracts.duties.clock import HOUR
from contracts.duties.runs import PROGRESS
from ledger.book import SIDES
from ledger.kinds import all_kinds
from ledger.phrases import Triple
from ledger.sentences import LANGUAGES

API = Path(__file__).resolve().parents[2] / "api"
TABLES: Mapping[str, Mapping[str, Triple]] = {
    "messages": MESSAGES,
    "contract states": STATES,
    "states of runs": RUNS,
    "ends of runs": WHYS,
    "effects": VERBS,
    "kinds": KINDS,
    "accounts": ACCOUNTS,
    "reasons": REASONS,
    "roles": ROLES,
    "sources": SOURCES,
    "units": UNITS,
    "tonne": {"tonne": TONNE},
}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_whole(table: str) -> None:
    for name, row in TABLES[table].items():
        assert len(row) == len(LANGUAGES), name
        assert all(text.strip() for text in row), f"{name} is empty in a language"
        assert len({frozenset(placeholders(text)) for text in row}) == 1, f"{name}: other values"


def asked_for() -> set[str]:
    pattern = re.compile(r"""\b(?:t|say)\(\s*["']([a-z_]+)["']""")
    sources = [*API.glob("*.py"), *(API / "templates").glob("*.html")]
    return {name for path in sources for name in pattern.findall(path.read_text())}


def test_every_message_asked_for_is_there_and_every_one_that_is_there_is_asked_for() -> None:
    # `html_lang` and the like are asked for by templates; labels that are chosen by a name in a
    # table stand in the source as `"name"`.
    asked = asked_for()
    assert asked, "the pattern finds nothing"
    assert asked - MESSAGES.keys() == set()
    words = [path for path in API.glob("messages*.py")]
    source = "".join(path.read_text() for path in API.glob("*.py") if path not in words)
    unused = {name for name in MESSAGES.keys() - asked if f'"{name}"' not in source}
    assert unused == set()


def test_every_kind_has_words() -> None:
    nobody_signs = {"batch", ACTIVATE, "deadline.pass", HOUR, PROGRESS}
    names = {name for name, _ in all_kinds()} | nobody_signs
    assert names - KINDS.keys() == set()
    assert KINDS.keys() - names == set(), "words for a kind that is not there"


def test_every_account_has_words() -> None:
    assert SIDES.keys() - ACCOUNTS.keys() == set()


@pytest.mark.parametrize("table", TABLES)
def test_the_two_scripts_are_not_mixed(table: str) -> None:
    """Characters that differ between the scripts stand in their own column only."""
    simplified = set("账证据记录见机构签这个进发与对应为时间数项区东车国")
    traditional = set("帳證據記錄見機構簽這個進發與對應為時間數項區東車國")
    shared = simplified & traditional
    for name, (_, hans, hant) in TABLES[table].items():
        assert not set(hans) & (traditional - shared), f"{name}: {hans}"
        assert not set(hant) & (simplified - shared), f"{name}: {hant}"


def test_say_puts_values_in() -> None:
    assert [say("entry", language, index=418) for language in LANGUAGES] == [
        "Entry 418",
        "第 418 条记录",
        "第 418 條記錄",
    ]
    with pytest.raises(KeyError):
        say("entry", "en")


def test_every_state_of_a_contract_and_every_effect_has_words() -> None:
    states = {"proposed", "lapsed", "approved", "dropped", "active", "suspended", "before"}
    assert states | {"superseded", "expired", "retired"} <= STATES.keys()
    assert VERBS.keys() == EFFECTS.keys()
    assert RUNS.keys() == {"running", "waiting", "paused", "ended"}
