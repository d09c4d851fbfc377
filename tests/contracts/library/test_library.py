"""Contracts that are ready: valid in any currency, readable in three languages, proved by their cases.

Goal: whoever adopts one of them gets a rule that does what its first line says, whose cases would
notice if it did anything else.
Method: every file against the catalogue of the ledger, in three currencies; its sentences rendered
as people read them; and every comparison, operator, number and param changed, one at a time.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from mutants import mutants

from contracts.catalogue.catalogue import catalogue_for, named_currencies
from contracts.documents.cases import accept_document, run_cases
from contracts.documents.compiled import Contract
from contracts.documents.compiling import compile_document
from contracts.documents.document import parse_document
from contracts.documents.explaining import explain
from contracts.documents.limits import DOCUMENT_MAX
from contracts.documents.problems import DocumentError
from contracts.documents.verdict import Outcome
from contracts.rcel.limits import CONTRACT_COST_MAX
from ledger.canon import encode
from ledger.sentences import LANGUAGES
from tools.console import Stop
from tools.contracts.library import load, names, sentence_of, text_of

ROOT = Path(__file__).resolve().parents[3]
NAMES = names()
CURRENCIES = ("CNY", "TWD", "USD")


def contract(name: str, currency: str = "TWD") -> Contract:
    return accept_document(load(name), catalogue_for(currency))


def test_every_file_is_found_and_no_other() -> None:
    files = sorted(path.stem for path in (ROOT / "contracts" / "library").glob("*.yaml"))
    assert list(NAMES) == files and len(files) >= 24
    with pytest.raises(Stop, match="no contract of this name"):
        text_of("../library/earmark")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_valid_in_any_currency(name: str) -> None:
    document = load(name)
    assert document["contract"] == name
    assert named_currencies(document) == []
    for currency in CURRENCIES:
        found = contract(name, currency)
        assert found.cost <= CONTRACT_COST_MAX // 2, "leave room for the next version"
    # Comments aside: a proposal carries the document in one statement.
    assert len(encode(document)) <= DOCUMENT_MAX * 3 // 4


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_does_and_on_what_ground(name: str) -> None:
    """No law is claimed that nobody has checked."""
    said_so = sentence_of(name)
    assert said_so.endswith(".") and len(said_so) <= 120
    basis = load(name)["basis"]
    assert isinstance(basis, str) and "not verified" in basis
    title = parse_document(load(name)).title
    assert len({title.zh_hant, title.en}) == 2


# ---- sentences -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_its_sentences_are_written_in_three_languages(name: str) -> None:
    """Whatever a case refuses, holds or flags is told, with every placeholder filled."""
    for currency in CURRENCIES:
        found = contract(name, currency)
        for result in run_cases(found):
            assert result.verdict is not None
            for language in LANGUAGES:
                told = [one.text for one in explain(found, result.verdict, language)]
                assert len(told) == len(result.verdict.failed)
                for text in told:
                    assert not re.search("[{}]", text) and text.strip()
                    assert (language == "en") == (re.search("[\u4e00-\u9fff]", text) is None), text


@pytest.mark.parametrize("name", NAMES)
def test_the_two_chinese_texts_are_not_mixed(name: str) -> None:
    """A few characters that only one of the two scripts has."""
    for hant, hans in _pairs(load(name)):
        assert not set(hant) & set("这户发请违规协议没关额订单级库还经应该过时间为个权"), hant
        assert not set(hans) & set("這戶發請違規協議沒關額訂單級庫還經應該過時間為個權"), hans


def _pairs(value: Any) -> list[tuple[str, str]]:
    found = []
    if isinstance(value, dict):
        if {"zh_hant", "zh_hans"} <= value.keys():
            found.append((value["zh_hant"], value["zh_hans"]))
        for one in value.values():
            found += _pairs(one)
    elif isinstance(value, list):
        for one in value:
            found += _pairs(one)
    return found


# ---- cases ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_two_reasons_are_told_at_once(name: str) -> None:
    found = contract(name)
    if len(found.rules) > 1:
        most = max(len(one.verdict.failed) for one in run_cases(found) if one.verdict is not None)
        assert most > 1


@pytest.mark.parametrize("name", NAMES)
def test_what_is_refused_is_told_word_by_word_in_some_case(name: str) -> None:
    """Where the sentence names no sum of money: that is another text in each currency."""
    found = contract(name)
    if any("|money" not in rule.say.en for rule in found.document.rules):
        assert any(case.says for case in found.document.cases)


SURVIVE = {
    # In packs of four, five people are due as much as six.
    "entitlement-ready": {"params.max_people.value: 6 -> 5"},
    # Where a store has no figure of people, it has none of stock either, and its floor is 0.
    "keep-the-reserve": {"let.left: 0 -> 1 at 35"},
    # The same; and 2,000 g times 120 per cent is a whole number of grams for any number of people.
    "reserve-floor": {
        "let.stock: 0 -> 1 at 31",
        "let.want: mulDivCeil -> mulDivFloor at 0",
        "let.want: mulDivCeil -> mulDivHalfUp at 0",
    },
    # Without a price nothing reads the sum.
    "requisition-compensation": {"let.full: 0 -> 1 at 114"},
}
"""Changes that make no difference to anybody, with the reason."""


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_rule_is_noticed_by_a_case(name: str) -> None:
    catalogue = catalogue_for("TWD")
    survivors = set()
    tried = 0
    for change, document in mutants(load(name)):
        try:
            mutant = compile_document(parse_document(document), catalogue)
        except DocumentError:
            continue
        tried += 1
        if all(one.passed for one in run_cases(mutant)):
            survivors.add(change)
    assert survivors == SURVIVE.get(name, set())
    assert tried or name == "unusable-goods", "three plain truths: there is nothing to turn"


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_that_is_always_true_or_left_out_is_noticed(name: str) -> None:
    """The same for whole rules and conditions of effects."""
    catalogue = catalogue_for("TWD")
    for part, field in (("rules", "require"), ("effects", "when")):
        parts = load(name).get(part, [])
        assert isinstance(parts, list)
        for at in range(len(parts)):
            for text in ("true", "false"):
                document: Any = load(name)
                document[part][at][field] = text
                mutant = compile_document(parse_document(document), catalogue)
                assert not all(one.passed for one in run_cases(mutant)), (part, at, text)


@pytest.mark.parametrize("name", NAMES)
def test_cases_stand_on_both_sides(name: str) -> None:
    """Something is allowed, something is not; a trigger does one thing or another."""
    found = contract(name)
    results = run_cases(found)
    assert all(one.passed for one in results)
    if found.rules:
        outcomes = {one.verdict.outcome for one in results if one.verdict is not None}
        assert Outcome.ALLOW in outcomes and len(outcomes) > 1
    else:
        fired = [one.verdict.effects for one in results if one.verdict is not None]
        assert len({tuple(effect.id for effect in effects) for effects in fired}) > 1
