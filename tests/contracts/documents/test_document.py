"""The form of a contract document: what is read, what is refused, and where.

Goal: nobody's contract is read otherwise than it is written; each limit holds at n and fails at
n + 1; every problem names its place, and all are told at once.
Method: tables of small changes to the smallest valid documents, with path and code; canonical JSON
and its hash under random orders of keys.
"""

import hashlib
import json
import random
from typing import Any

import pytest
from documents import LIBRARY, SIX, changed, codes, compiled, gate, library, problems, text, trigger
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.documents import limits
from contracts.documents.document import HASH_DOMAIN, document_hash, parse_document
from contracts.documents.problems import DocumentError
from ledger.canon import decode, encode


def test_the_smallest_documents_are_valid() -> None:
    assert problems(gate()) == [] and problems(trigger()) == []


@pytest.mark.parametrize("name", SIX)
def test_the_library_is_valid_and_named_after_its_contracts(name: str) -> None:
    assert problems(library(name)) == []
    assert library(name)["contract"] == name
    assert (LIBRARY / f"{name}.yaml").read_text().startswith("# ")


RULE: dict[str, Any] = gate()["rules"][0]
EFFECT: dict[str, Any] = trigger()["effects"][0]
BUDGET = {"fund": "'F'", "per_firing": 1}
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    # head
    (gate(contract=None), "", "missing_field"),
    (gate(nonsense=1), "nonsense", "unknown_field"),
    (gate(contract="ab"), "contract", "contract_id"),
    (gate(contract="Abc"), "contract", "contract_id"),
    (gate(contract="a_c"), "contract", "contract_id"),
    (gate(contract="上限"), "contract", "contract_id"),
    (gate(contract=7), "contract", "contract_id"),
    (gate(version=0), "version", "range"),
    (gate(version=True), "version", "integer"),
    (gate(version="1"), "version", "integer"),
    (gate(engine="rcel/2"), "engine", "choice"),
    (gate(kind="law"), "kind", "choice"),
    (gate(kinds=[]), "kinds", "count"),
    (gate(kinds="disbursement.handout"), "kinds", "list"),
    (gate(kinds=["disbursement.handout"] * 2), "kinds[1]", "twice"),
    (gate(kinds=["no.such"]), "kinds[0]", "unknown"),
    (gate(basis=""), "basis", "text_length"),
    (gate(basis=["a"]), "basis", "text"),
    (gate(where=True), "where", "text"),
    (gate(title="Nine"), "title", "object"),
    (gate(title={"en": "a", "zh_hant": "a"}), "title", "missing_field"),
    (gate(title={**text("a"), "zh-Hant": "a"}), "title.zh-Hant", "unknown_field"),
    (gate(title=text("{it.qty}")), "title.zh_hant", "placeholder_title"),
    # gate and trigger
    (gate(rules=None), "", "missing_field"),
    (gate(rules=[]), "rules", "count"),
    (gate(foreach={"as": "h", "over": "households"}), "foreach", "not_for_kind"),
    (gate(budget=BUDGET), "budget", "not_for_kind"),
    (trigger(rules=[RULE]), "rules", "not_for_kind"),
    (trigger(effects=None), "effects", "count"),
    # names
    (gate(params={"A": {"type": "bool", "value": True}}), "params.A", "name"),
    (gate(params={"a-b": {"type": "bool", "value": True}}), "params.a-b", "name"),
    (gate(params={"it": {"type": "bool", "value": True}}), "params.it", "name_taken"),
    (gate(params={"let": {"type": "bool", "value": True}}), "params.let", "reserved"),
    (gate(params={"x": {"type": "bool", "value": True}}, let={"x": "1"}), "let.x", "name_taken"),
    (gate(params={"x": {"type": "bool"}}), "params.x", "missing_field"),
    (gate(params=[]), "params", "object"),
    (trigger(foreach={"as": "it", "over": "households"}), "foreach.as", "name_taken"),
    # rules
    (gate(rules=[changed({**RULE}, {"say": None})]), "rules[0]", "missing_field"),
    (gate(rules=[{**RULE, "id": "Nine"}]), "rules[0].id", "name"),
    (gate(rules=[RULE, RULE]), "rules[1].id", "twice"),
    (gate(rules=[{**RULE, "else": "allow"}]), "rules[0].else", "choice"),
    (gate(rules=[{**RULE, "require": 1}]), "rules[0].require", "text"),
    (gate(rules=[{**RULE, "say": text("{it.qty")}]), "rules[0].say.zh_hant", "placeholder"),
    (gate(rules=[{**RULE, "say": text("{it.qty|parcels}")}]), "rules[0].say.zh_hant", "placeholder"),
    (gate(rules=[{**RULE, "say": text("}")}]), "rules[0].say.zh_hant", "placeholder"),
    (
        gate(rules=[{**RULE, "say": {**text("{it.qty}"), "en": "x"}}]),
        "rules[0].say.en",
        "placeholders_differ",
    ),
    # facts
    (gate(facts={"f": {}}), "facts.f", "fact_form"),
    (gate(facts={"f": {"record": "area", "dated": "price"}}), "facts.f", "fact_form"),
    (gate(facts={"f": {"record": "area"}}), "facts.f", "missing_field"),
    (gate(facts={"f": {"record": "area", "key": "it.area", "at": "it.at"}}), "facts.f.at", "unknown_field"),
    (gate(facts={"f": {"record": "area", "key": "it.area", "optional": "yes"}}), "facts.f.optional", "truth"),
    (gate(facts={"f": {"count": 2, "of": "alert.declare", "type": "int(0..9)"}}), "facts.f.count", "range"),
    (gate(facts={"f": {"count": 1, "of": "alert.declare", "type": "int(0..9)", "window": "7 d"}}), "facts.f.window", "span"),
    (gate(facts={"f": {"count": 1, "of": "alert.declare", "type": "int(0..9)", "window": "367d"}}), "facts.f.window", "span"),
    (gate(facts={"f": {"count": 1, "of": "alert.declare", "type": "int(0..9)", "window": "0d"}}), "facts.f.window", "span"),
    (gate(facts={"f": {"count": 1, "of": "alert.declare", "type": "int(0..9)", "window": "\uff17d"}}), "facts.f.window", "span"),
    (gate(facts={"f": {"count": 1, "of": "alert.declare", "type": "int(0..9)", "bucket": "2h"}}), "facts.f.bucket", "choice"),
    (gate(facts={"f": {"count": 1, "of": "alert.declare", "type": "int(0..9)", "state": "all"}}), "facts.f.state", "choice"),
    # effects
    (trigger(effects=[{"id": "a"}]), "effects[0]", "verb_count"),
    (trigger(effects=[{**EFFECT, "set_flag": {}}]), "effects[0]", "verb_count"),
    (trigger(effects=[{**EFFECT, "send": {}}]), "effects[0].send", "unknown_field"),
    (trigger(effects=[{"id": "a", "notify": {"to": "'x'", "code": "'x'"}}]), "effects[0].notify", "missing_field"),
    (trigger(effects=[{"id": "a", "notify": {**EFFECT["notify"], "by": "'x'"}}]), "effects[0].notify.by", "unknown_field"),
    (trigger(effects=[{"id": "a", "notify": {**EFFECT["notify"], "to": 3}}]), "effects[0].notify.to", "text"),
    (trigger(effects=[EFFECT, EFFECT]), "effects[1].id", "twice"),
    # budget
    (trigger(budget={"fund": "'F'"}), "budget", "missing_field"),
    (trigger(budget={**BUDGET, "per_firing": -1}), "budget.per_firing", "range"),
    (trigger(budget={**BUDGET, "rate": {"firings": 0, "by": "it.areas", "window": "1h"}}), "budget.rate.firings", "range"),
    # tests
    (gate(tests=None), "", "missing_field"),
    (gate(tests=gate()["tests"][:1]), "tests", "count"),
    (gate(tests=[gate()["tests"][0]] * 2), "tests[1].name", "twice"),
    (gate(tests=[*gate()["tests"], {"name": "x", "given": {}}]), "tests[2]", "missing_field"),
    (gate(tests=[*gate()["tests"], {"name": "x", "given": {}, "expect": "deny"}]), "tests[2].expect", "choice"),
    (gate(tests=[*gate()["tests"], {"name": "x", "given": {}, "expect": {}}]), "tests[2].expect", "expect_form"),
    (gate(tests=[*gate()["tests"], {"name": "x", "given": {}, "expect": {"deny": ["nine"], "hold": ["nine"]}}]), "tests[2].expect", "expect_form"),
    (gate(tests=[*gate()["tests"], {"name": "x", "given": {}, "expect": {"deny": []}}]), "tests[2].expect.deny", "count"),
    (gate(tests=[*gate()["tests"], {"name": "x", "given": {}, "expect": {"effects": [{}]}}]), "tests[2].expect.effects[0]", "verb_count"),
    (gate(tests=[*gate()["tests"], {"name": "x", "given": {}, "expect": "allow", "says": {"fr": "x"}}]), "tests[2].says.fr", "unknown_field"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "where", "code"),
    REFUSED,
    ids=[f"{w}-{c}-{n}" for n, (_, w, c) in enumerate(REFUSED)],
)
def test_what_is_refused(document: dict[str, Any], where: str, code: str) -> None:
    assert (where, code) in codes(document)


@pytest.mark.parametrize("value", [[], "x", 1, True, {"a": []}, {"kind": {}}, {"kinds": {"a": 1}}])
def test_anything_but_a_document_is_refused(value: Any) -> None:
    with pytest.raises(DocumentError):
        parse_document(value)


@pytest.mark.parametrize(
    "value", [None, 1.5, {"a": None}, {"é": 1}, {"a": 2**53}, {"a": "\x00"}, {"a": "\ud800"}]
)
def test_what_canonical_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(DocumentError) as error:
        parse_document(value)
    assert error.value.problems[0].code == "not_json"


def test_every_problem_is_told_at_once_in_the_order_of_the_document() -> None:
    document = gate(version=0, basis="", rules=[{**RULE, "else": "no"}, {**RULE, "id": "?"}])
    assert codes(document) == [
        ("version", "range"),
        ("basis", "text_length"),
        ("rules[0].else", "choice"),
        ("rules[1].id", "name"),
    ]


# ---- limits --------------------------------------------------------------------------------------


def param(n: int) -> dict[str, Any]:
    return {f"p{at}": {"type": "int(0..9)", "value": 1} for at in range(n)}


def fact(n: int) -> dict[str, Any]:
    return {f"f{at}": {"record": "area", "key": "it.area"} for at in range(n)}


def lets(n: int) -> dict[str, str]:
    return {f"l{at}": "1" for at in range(n)}


def rules(n: int) -> list[dict[str, Any]]:
    return [{**RULE, "id": f"r{at}"} for at in range(n)]


def failing(n: int) -> list[dict[str, Any]]:
    tests: list[dict[str, Any]] = gate()["tests"]
    return [tests[0], {**tests[1], "expect": {"deny": [f"r{at}" for at in range(n)]}}]


def effects(n: int) -> list[dict[str, Any]]:
    return [{**EFFECT, "id": f"e{at}"} for at in range(n)]


def fired(n: int) -> list[dict[str, Any]]:
    tests: list[dict[str, Any]] = trigger()["tests"]
    return [{**tests[0], "expect": {"effects": [{"notify": {}}] * n}}, tests[1]]


def cases(n: int) -> list[dict[str, Any]]:
    tests: list[dict[str, Any]] = gate()["tests"]
    return [*tests, *({**tests[0], "name": f"t{at}"} for at in range(n - 2))]


def padded(n: int) -> dict[str, Any]:
    """A valid document of n bytes of canonical JSON."""
    document = gate(defaults={"it": {"item_class": ""}})
    document["defaults"]["it"]["item_class"] = "x" * (n - len(encode(document)))
    return document


FIRST = gate()["tests"]
AT_LIMIT: list[tuple[str, Any, int]] = [
    ("contract", lambda n: gate(contract="a" * n), limits.CONTRACT_ID_MAX),
    ("version", lambda n: gate(version=n), limits.VERSION_MAX),
    ("params", lambda n: gate(params=param(n)), limits.PARAMS_MAX),
    ("facts", lambda n: gate(facts=fact(n)), limits.FACTS_MAX),
    ("let", lambda n: gate(let=lets(n)), limits.LETS_MAX),
    ("rules", lambda n: gate(rules=rules(n), tests=failing(n)), limits.RULES_MAX),
    ("effects", lambda n: trigger(effects=effects(n), tests=fired(n)), limits.EFFECTS_MAX),
    ("tests", lambda n: gate(tests=cases(n)), limits.TESTS_MAX),
    ("title.en", lambda n: gate(title={**text("x"), "en": "字" * n}), limits.TEXT_MAX),
    ("basis", lambda n: gate(basis="字" * n), limits.TEXT_MAX),
    ("tests[0].name", lambda n: gate(tests=[{**FIRST[0], "name": "x" * n}, FIRST[1]]), limits.CASE_NAME_MAX),
    ("params.", lambda n: gate(params={"n" * n: {"type": "bool", "value": True}}), limits.NAME_MAX),
    ("rules[0].id", lambda n: gate(rules=[{**RULE, "id": "r" * n}], tests=[FIRST[0], {**FIRST[1], "expect": {"deny": ["r" * n]}}]), limits.NAME_MAX),
    ("facts.f.max", lambda n: gate(facts={"f": {"list": "tier", "query": "ancestors", "key": "it.site", "max": n}}), limits.LIST_MAX),
    ("foreach.per_batch", lambda n: trigger(foreach={"as": "h", "over": "households", "having": {"area_in": "it.areas"}, "per_batch": n}), limits.PER_BATCH_MAX),
    ("", padded, limits.DOCUMENT_MAX),
]  # fmt: skip


@pytest.mark.parametrize(
    ("where", "make", "most"), AT_LIMIT, ids=[w or "document" for w, _, _ in AT_LIMIT]
)
def test_a_limit_holds_at_n_and_fails_at_n_plus_one(where: str, make: Any, most: int) -> None:
    assert codes(make(most)) == []
    assert any(path.startswith(where) for path, _ in codes(make(most + 1)))


def test_kinds_of_a_contract_are_at_most_eight() -> None:
    assert ("kinds", "count") not in codes(gate(kinds=[f"k{n}" for n in range(limits.KINDS_MAX)]))
    assert ("kinds", "count") in codes(gate(kinds=[f"k{n}" for n in range(limits.KINDS_MAX + 1)]))


def test_an_aggregate_matches_and_is_kept_by_few_fields() -> None:
    def document(match: int, by: int) -> dict[str, Any]:
        return gate(facts={"f": {
            "count": 1, "of": "alert.declare", "type": "int(0..9)",
            "match": {f"m{n}": 1 for n in range(match)}, "by": {f"b{n}": "1" for n in range(by)},
        }})  # fmt: skip

    assert all(code != "count" for _, code in codes(document(limits.MATCH_MAX, limits.BY_MAX)))
    assert ("facts.f.match", "count") in codes(document(limits.MATCH_MAX + 1, 0))
    assert ("facts.f.by", "count") in codes(document(0, limits.BY_MAX + 1))


def test_a_window_is_at_most_366_days() -> None:
    def document(window: str) -> dict[str, Any]:
        by = {"household": "it.household"}
        return gate(facts={"f": {"count": 1, "of": "disbursement.handout", "by": by, "type": "int(0..9)", "window": window}})  # fmt: skip

    for good in ("366d", "8784h", "1h"):
        assert codes(document(good)) == []
    for bad in ("367d", "8785h", "0h", "1m", "1", "d", "-1d", "1D"):
        assert ("facts.f.window", "span") in codes(document(bad))


def test_at_most_fifty_problems_are_told() -> None:
    bad = {f"P{n}": {"type": "bool", "value": True} for n in range(32)}
    document = gate(params=bad, let={f"L{n}": 1 for n in range(32)})
    assert len(problems(document)) == limits.PROBLEMS_MAX


# ---- canonical form ------------------------------------------------------------------------------


def shuffled(value: Any, by: random.Random) -> Any:
    """The same value with the keys of each object in another order."""
    if isinstance(value, dict):
        items = list(value.items())
        by.shuffle(items)
        return {name: shuffled(one, by) for name, one in items}
    return [shuffled(one, by) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", SIX)
def test_the_order_of_keys_means_nothing(name: str) -> None:
    document = library(name)
    once = parse_document(document)
    for seed in range(5):
        again = parse_document(shuffled(document, random.Random(seed)))
        assert again == once and again.hash == once.hash
        assert compiled(again.value).cost == compiled(once.value).cost
        assert [n for n, _ in compiled(again.value).lets] == [
            n for n, _ in compiled(once.value).lets
        ]


@pytest.mark.parametrize("name", SIX)
def test_canonical_json_is_read_back_as_the_same_document(name: str) -> None:
    once = parse_document(library(name))
    data = encode(once.value)
    again = parse_document(decode(data))
    assert again == once and encode(again.value) == data
    assert parse_document(json.loads(data)).hash == once.hash


@given(
    st.recursive(
        st.booleans() | st.integers(-9, 9) | st.text("ab字{}", max_size=5),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["kind", "rules", "let", "tests", "x", "title", "facts"]), inner, max_size=4),
        max_leaves=12,
    )
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_rubbish_ends_in_our_error(value: Any) -> None:
    with pytest.raises(DocumentError):
        parse_document(value)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_changed_library_ends_in_our_error_or_is_valid(data: st.DataObject) -> None:
    """One part of a real document is replaced, wherever it is."""
    document = library(data.draw(st.sampled_from(SIX)))
    inside: Any = document
    for _ in range(data.draw(st.integers(0, 4))):
        children = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        below = [one for one in children if isinstance(inside[one], dict | list)]
        if not below:
            break
        inside = inside[data.draw(st.sampled_from(below))]
    if len(inside) == 0:
        return
    places = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
    place = data.draw(st.sampled_from(places))
    inside[place] = data.draw(
        st.sampled_from([0, -1, True, "", "x", "it", "1", "字", [], {}, ["x"], {"x": 1}, 2**53 - 1])
    )
    problems(document)


def test_the_hash_has_a_domain_and_is_pinned() -> None:
    assert HASH_DOMAIN == b"relief/contract/v1\x00"
    by_hand = hashlib.sha256(b"relief/contract/v1\x00" + b'{"contract":"cap"}').hexdigest()
    assert document_hash({"contract": "cap"}) == by_hand
    assert parse_document(gate()).hash == (
        "932af93b83e437eacc5d866c9f9171d0fcf0fb06b8f9be6d43a113c460b000ec"
    )
