"""Problems as sentences: each code in three languages, with its values, and what to do.

Goal: whoever writes a contract reads what is wrong and what to do, in one language.
Method: the rows are held against the enum and each other; problems that documents really have are
told in each language.
"""

import string

import pytest
from documents import gate, problems, text, trigger

from contracts.documents.problems import DocumentError, Problem, ProblemCode, format_path
from contracts.documents.sentences import PROBLEMS, fix, why
from ledger.sentences import LANGUAGES


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_every_code_has_its_row() -> None:
    # What rcel/1 refuses has its sentences there.
    assert PROBLEMS.keys() == set(ProblemCode) - {ProblemCode.EXPRESSION}


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_row_shows_the_same_values_in_each_language(code: ProblemCode) -> None:
    for texts in PROBLEMS[code]:
        assert len(texts) == len(LANGUAGES) and all(texts)
        assert len({frozenset(fields(one)) for one in texts}) == 1
        assert len(set(texts)) == len(texts) or all(one.isascii() for one in texts)


def test_simplified_and_traditional_are_not_mixed() -> None:
    simplified = "".join(texts[1] for row in PROBLEMS.values() for texts in row)
    traditional = "".join(texts[2] for row in PROBLEMS.values() for texts in row)
    for one, other in (
        "这這",
        "规規",
        "约約",
        "写寫",
        "试試",
        "请請",
        "从從",
        "个個",
        "无無",
        "条條",
    ):
        assert other not in simplified and one not in traditional


WRONG = [
    gate(version=0, nonsense=1, basis=""),
    gate(title=text("{x}"), kinds=["no.such"]),
    gate(where="it.qty +", let={"x": "x"}),
    gate(tests=[{"name": "a", "given": {}, "expect": "allow"}, gate()["tests"][1]]),
    trigger(effects=[{"id": "a", "pay": {}}]),
    gate(contract="\u3000", params={"\x7f": {}}),
]


@pytest.mark.parametrize("document", WRONG)
@pytest.mark.parametrize("language", LANGUAGES)
def test_real_problems_are_told(document: object, language: str) -> None:
    for problem in problems(document):
        for sentence in (why(problem, language), fix(problem, language)):
            assert sentence.strip() == sentence != ""
            if language != "en":
                assert any("\u4e00" <= one <= "\u9fff" for one in sentence)


def test_long_values_are_cut_and_nothing_is_said_to_be_nothing() -> None:
    long = Problem((), ProblemCode.CASE_RULES, {"expected": "-", "got": "x" * 9_999})
    assert (
        "nothing" in why(long, "en") and "无" in why(long, "zh-Hans") and len(why(long, "en")) < 600
    )


def test_an_error_names_the_first_problem_and_how_many_follow() -> None:
    two = [
        Problem(("a", 1, "b"), ProblemCode.LIST),
        Problem((), ProblemCode.COST, {"count": 1, "most": 0}),
    ]
    assert str(DocumentError(two)) == "a[1].b: list and 1 more"
    assert format_path(()) == "" and format_path((0, "x")) == "[0].x"
