"""Documents that mean harm: deepest, longest, dearest, at each limit and beyond it.

Goal: whoever sends a document cannot make a node slow, and meets no exception but `DocumentError`.
Method: the dearest documents that fit into the limits, each with the thread's own CPU time held
against a bound some ten times what it takes on a slow core.
"""

import time
from collections.abc import Callable
from typing import Any

import pytest
from catalogues import CATALOGUE
from documents import codes, compiled, gate, text, trigger

from contracts.documents.cases import accept_document
from contracts.documents.limits import DOCUMENT_MAX, LETS_MAX
from contracts.documents.problems import DocumentError
from contracts.documents.sentences import fix, why
from contracts.rcel.limits import CONTRACT_COST_MAX, COST_MAX
from ledger.canon import encode
from ledger.sentences import LANGUAGES

CPU_S_MAX = 3.0
"""Thread CPU seconds for one document: what a proposal may cost a node, with room for slow cores."""

APPROVALS = "it.approvals"
DEAR = f"{APPROVALS}.all(a, {APPROVALS}.all(b, {APPROVALS}.all(c, a.by == a.by)))"
"""Every step of it is taken."""


def dearest() -> dict[str, Any]:
    """Nearly as many steps as a contract may take, in as many tests as it may have."""
    document = gate(kinds=["disbursement.instruct"])
    document["rules"] = RULES
    people = [{"by": f"p{n}", "org": "o"} for n in range(8)]
    document["defaults"] = {"it": {"approvals": people}}
    given = {"it": {"amount": 9}}
    document["tests"] = [{"name": "no", "given": {"it": {"amount": 10}}, "expect": {"deny": ["r"]}}]
    document["tests"] += [{"name": f"t{n}", "given": given, "expect": "allow"} for n in range(63)]
    cost = compiled({**document, "let": {"n": DEAR}}).lets[0][1].cost
    document["let"] = {f"n{n}": DEAR for n in range(CONTRACT_COST_MAX // cost)}
    return document


RULES = [{"id": "r", "require": "it.amount <= 9", "say": text("x")}]


def long_strings() -> dict[str, Any]:
    """Long texts that are compared, shown and joined, over and over."""
    document = gate(kinds=["disbursement.instruct"])
    line = "L" * 130
    document["defaults"] = {"it": {"draws": [{"line": line} for _ in range(64)]}}
    holders = "".join(["{all}"] * 110)
    document["let"] = {
        "all": "it.draws.map(d, d.line)",
        "some": "it.draws.map(d, d.line).distinct()",
    }
    document["rules"] = [
        {"id": f"r{n}", "require": "size(some) > 1", "say": text(holders)} for n in range(5)
    ]
    ids = [f"r{n}" for n in range(5)]
    document["tests"] = [
        {"name": f"t{n}", "given": {}, "expect": {"deny": ids}, "says": {"en": "x"}}
        for n in range(40)
    ]
    return document


def braces() -> dict[str, Any]:
    return gate(rules=[{"id": "r", "require": "true", "say": text("{a" * 300)}])


def many_unknown() -> dict[str, Any]:
    return {f"k{n}": {} for n in range(2_200)}


def many_given() -> dict[str, Any]:
    tests = [
        {"name": f"t{n}", "given": {f"g{m}": 0 for m in range(25)}, "expect": "allow"}
        for n in range(64)
    ]
    return gate(tests=tests)


def circle() -> dict[str, Any]:
    lets = {f"l{n}": " + ".join(f"l{m}" for m in range(24)) for n in range(32)}
    return gate(let=lets)


def ladder() -> dict[str, Any]:
    """Each name rests on all before it."""
    lets = {
        f"l{n:02}": " + ".join([f"l{m:02}" for m in range(max(0, n - 20), n)] or ["1"])
        for n in range(32)
    }
    return gate(let=lets)


def deep_types() -> dict[str, Any]:
    return gate(params={f"p{n}": {"type": "list<" * 40, "value": []} for n in range(32)})


def deep_value() -> dict[str, Any]:
    value: Any = []
    for _ in range(12):
        value = [value]
    return gate(defaults={"it": {"qty": value}})


def too_deep() -> dict[str, Any]:
    value: Any = []
    for _ in range(500):
        value = [value]
    return gate(defaults={"it": value})


def brackets() -> dict[str, Any]:
    return gate(
        rules=[{"id": f"r{n}", "require": "(" * 1_990, "say": text("x")} for n in range(10)]
    )


def bad_types() -> dict[str, Any]:
    return gate(
        params={f"p{n}": {"type": "int[" + "a*" * 90 + "a](0..9)", "value": 1} for n in range(32)}
    )


def wide_effects() -> dict[str, Any]:
    note = {"to": "it.alert", "code": "it.alert", "subject": "it.alert"}
    effects = [{"id": f"e{n}", "notify": note} for n in range(8)]
    tests = [
        {
            "name": f"t{n}",
            "given": {"it": {"alert": "x" * 80}},
            "expect": {"effects": [{"notify": {"to": "y"}}] * 8},
        }
        for n in range(60)
    ]
    return trigger(effects=effects, tests=tests)


HOSTILE: dict[Callable[[], Any], str] = {
    # document: the first problem that is found in it, so that none is slow only behind another
    dearest: "", long_strings: "case_says", braces: "placeholder", many_unknown: "unknown_field",
    many_given: "unknown", circle: "cycle", ladder: "", deep_types: "expression",
    deep_value: "value", too_deep: "not_json", brackets: "expression", bad_types: "expression",
    wide_effects: "case_effects",
}  # fmt: skip


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_hostile_documents_are_quick_and_end_in_our_error(make: Callable[[], Any]) -> None:
    document, found = make(), ""
    begun = time.thread_time()
    try:
        accept_document(document, CATALOGUE)
    except DocumentError as error:
        told = [why(one, tag) + fix(one, tag) for one in error.problems for tag in LANGUAGES]
        print(str(error), *told)
        found = str(error.problems[0].code)
    spent_s = time.thread_time() - begun
    assert found == HOSTILE[make]
    assert spent_s < CPU_S_MAX, f"{spent_s:.2f} s"


def test_the_dearest_is_valid_and_near_the_limit() -> None:
    contract = accept_document(dearest(), CATALOGUE)
    assert CONTRACT_COST_MAX - COST_MAX <= contract.cost <= CONTRACT_COST_MAX
    assert len(encode(contract.document.value)) < DOCUMENT_MAX


def test_cost_of_a_contract_at_the_limit_and_one_above() -> None:
    """Expressions of three prices, that of one step among them, make any sum."""
    document = gate(kinds=["disbursement.instruct"], rules=RULES)
    given = {"approvals": [], "draws": []}
    document["tests"] = [
        {"name": "a", "given": {"it": {"amount": 9, **given}}, "expect": "allow"},
        {"name": "b", "given": {"it": {"amount": 10, **given}}, "expect": {"deny": ["r"]}},
    ]
    left = CONTRACT_COST_MAX - compiled(document).cost
    lets: dict[str, str] = {}
    for piece in (
        DEAR,
        "it.draws.all(d, size(d.areas) == 0)",
        "it.draws.all(d, true)",
        "true && true && true && true && true && true && true",
        "true && true && true",
        "true",
    ):
        one = {**document, "let": {"n": piece}}
        cost = compiled(one).cost - compiled(document).cost
        while left >= cost:
            lets[f"n{len(lets)}"] = piece
            left -= cost
    assert left == 0 and len(lets) <= LETS_MAX
    exact = {**document, "let": lets}
    assert accept_document(exact, CATALOGUE).cost == CONTRACT_COST_MAX
    assert codes({**exact, "where": "!false"}) == [("", "cost")]
