"""What the names of a document mean: types, units, order, keys, verbs, placeholders.

Goal: a contract that compiles can judge; one that cannot is refused with the place and one reason.
Method: tables of small changes to the smallest documents, with path and code; what is compiled is
looked at where others rely on it.
"""

from typing import Any

import pytest
from catalogues import CATALOGUE
from documents import changed, codes, compiled, gate, library, text, trigger

from contracts.documents.compiling import view_of
from contracts.rcel.types import Bool, Int, ListOf, Str, format_type
from contracts.rcel.units import parse_unit

RULE: dict[str, Any] = gate()["rules"][0]
EFFECT: dict[str, Any] = trigger()["effects"][0]
COUNT: dict[str, Any] = {"count": 1, "of": "disbursement.handout", "type": "int(0..9)"}
SUM: dict[str, Any] = {"sum": "qty", "of": "disbursement.handout", "type": "int[parcel](0..9)"}
PAY = {"id": "p", "pay": {"to": "it.alert", "amount": "1", "fund": "'F'", "purpose": "'food'"}}
PAID = [
    {"name": "red", "given": {"it": {"level": 4}}, "expect": {"effects": [{"pay": {}}]}},
    {"name": "yellow", "given": {"it": {"level": 3}}, "expect": {"effects": []}},
]
BUDGET: dict[str, Any] = {"fund": "'F'", "per_firing": 1}
WALK: dict[str, Any] = {"as": "h", "over": "households", "having": {"area_in": "it.areas"}}


def instruct(**changes: Any) -> dict[str, Any]:
    """A gate on payments."""
    rules = [{"id": "r", "require": "it.amount <= 9", "say": text("x")}]
    tests = [
        {"name": "a", "given": {"it": {"amount": 9}}, "expect": "allow"},
        {"name": "b", "given": {"it": {"amount": 10}}, "expect": {"deny": ["r"]}},
    ]
    return changed(gate(kinds=["disbursement.instruct"], rules=rules, tests=tests), changes)


def fact(form: dict[str, Any]) -> dict[str, Any]:
    return gate(facts={"f": form})


def say(sentence: str, **changes: Any) -> dict[str, Any]:
    return gate(rules=[{**RULE, "say": text(sentence)}], **changes)


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    # expressions
    (gate(where="it.qty"), "where", "expected_type"),
    (gate(where="it.nothing == 1"), "where", "unknown_field"),
    (gate(where="cap > 1", let={"cap": "2"}), "where", "unknown_name"),
    (gate(where="it.qty > \uff13"), "where", "character"),
    (gate(let={"x": "it.qty + it.at"}), "let.x", "time"),
    (gate(let={"x": "y"}), "let.x", "unknown_name"),
    (gate(let={"x": "y", "y": "z", "z": "x"}), "let.x", "cycle"),
    (gate(let={"x": "x"}), "let.x", "cycle"),
    (gate(let={"x": "[1].all(y, true)", "y": "1"}), "let.x", "name_taken"),
    (gate(let={"x": "[1].all(it, true)"}), "let.x", "name_taken"),
    (gate(rules=[{**RULE, "require": "1"}]), "rules[0].require", "expected_type"),
    # params
    (gate(params={"x": {"type": "int(0..9)", "value": 10}}), "params.x.value", "value"),
    (gate(params={"x": {"type": "int(0..9)", "value": True}}), "params.x.value", "value"),
    (gate(params={"x": {"type": "float", "value": 1}}), "params.x.type", "declared_type"),
    # facts
    (fact({"record": "nothing", "key": "it.area"}), "facts.f.record", "unknown"),
    (fact({"record": "price", "key": "it.area"}), "facts.f.record", "no_key"),
    (fact({"record": "draw", "key": "it.area"}), "facts.f.record", "no_key"),
    (fact({"record": "area", "key": "it.household"}), "facts.f.key", "expected_type"),
    (fact({"record": "area", "key": "it.qty"}), "facts.f.key", "expected_type"),
    (fact({"dated": "area", "key": "it.area", "at": "it.at"}), "facts.f.dated", "no_key"),
    (fact({"dated": "price", "key": "'rice'", "at": "it.qty"}), "facts.f.at", "expected_type"),
    (fact({"list": "tier", "query": "nothing", "key": "it.site", "max": 3}), "facts.f.query", "unknown"),
    (fact({"list": "area", "query": "ancestors", "key": "it.site", "max": 3}), "facts.f.query", "unknown"),
    (fact({"list": "tier", "query": "ancestors", "max": 3}), "facts.f", "key_missing"),
    (fact({"list": "household", "query": "households", "key": "it.area", "max": 3}), "facts.f.key", "unknown"),
    (fact({**COUNT, "of": "no.such"}), "facts.f.of", "unknown"),
    (fact({**SUM, "sum": "nothing"}), "facts.f.sum", "unknown"),
    (fact({**SUM, "sum": "area"}), "facts.f.sum", "aggregate_type"),
    (fact({**SUM, "type": "int(0..9)"}), "facts.f.type", "aggregate_type"),
    (fact({**SUM, "type": "int[person](0..9)"}), "facts.f.type", "aggregate_type"),
    (fact({**COUNT, "type": "int[parcel](0..9)"}), "facts.f.type", "aggregate_type"),
    (fact({**COUNT, "match": {"nothing": 1}}), "facts.f.match.nothing", "unknown"),
    (fact({**COUNT, "match": {"qty": "many"}}), "facts.f.match.qty", "value"),
    (fact({**COUNT, "match": {"qty": 0}}), "facts.f.match.qty", "value"),
    (fact({**COUNT, "by": {"nothing": "it.area"}}), "facts.f.by.nothing", "unknown"),
    (fact({**COUNT, "by": {"household": "it.area"}}), "facts.f.by.household", "expected_type"),
    (fact({**COUNT, "window": "7d"}), "facts.f", "bucket_missing"),
    (fact({**COUNT, "window": "7d", "by": {"area": "it.area"}}), "facts.f", "bucket_missing"),
    (fact({**COUNT, "bucket": "1d"}), "facts.f.bucket", "bucket_window"),
    (fact({**COUNT, "window": "36h", "bucket": "1d"}), "facts.f.bucket", "bucket_window"),
    (gate(facts={"f": {"record": "area", "key": "g.id"}, "g": {"record": "household", "key": "it.household"}}), "facts.f.key", "unknown_name"),
    # foreach
    (trigger(foreach={"as": "h", "over": "nothing"}), "foreach.over", "unknown"),
    (trigger(foreach={"as": "h", "over": "ancestors"}), "foreach.over", "not_running"),
    (trigger(foreach={**WALK, "having": {"nothing": "1"}}), "foreach.having.nothing", "unknown"),
    (trigger(foreach={**WALK, "having": {"area_in": "it.level"}}), "foreach.having.area_in", "expected_type"),
    (trigger(foreach={**WALK, "having": {"area_in": "[h.id]"}}), "foreach.having.area_in", "unknown_name"),
    (trigger(foreach=WALK, where="h.eligible"), "where", "unknown_name"),
    (trigger(foreach={**WALK, "having": {}}), "foreach", "unbounded"),
    (trigger(foreach={"as": "h", "over": "households"}), "foreach", "unbounded"),
    (trigger(foreach=WALK, facts={"f": {"count": 1, "of": "disbursement.instruct", "by": {"to": "h.id"}, "type": "int(0..9)"}}, where="f == 0"), "where", "unknown_name"),
    # effects and budget
    (trigger(effects=[PAY]), "effects[0]", "budget_missing"),
    (trigger(effects=[PAY], budget=BUDGET, contract="a" * 44), "contract", "paying_id"),
    (trigger(effects=[{**PAY, "pay": {**PAY["pay"], "amount": "it.level"}}], budget=BUDGET), "effects[0].pay.amount", "expected_type"),  # type: ignore[dict-item]
    (trigger(effects=[{**EFFECT, "when": "it.level"}]), "effects[0].when", "expected_type"),
    (trigger(budget={**BUDGET, "fund": "it.alert"}), "budget.fund", "unknown_name"),
    (trigger(budget={**BUDGET, "fund": "x"}, params={"x": {"type": "str<site>", "value": "S"}}), "budget.fund", "expected_type"),
    (trigger(budget={**BUDGET, "per_firing": 2_000_000_000_000}), "budget.per_firing", "value"),
    (trigger(budget={**BUDGET, "per_firing": "x / 0"}, params={"x": {"type": "money", "value": 1}}), "budget.per_firing", "constant"),
    (trigger(budget={**BUDGET, "per_firing": "0 - x"}, params={"x": {"type": "money", "value": 1}}), "budget.per_firing", "constant"),
    (trigger(budget={**BUDGET, "rate": {"firings": 1, "by": "it.level", "window": "1h"}}), "budget.rate.by", "value"),
    (instruct(effects=[PAY]), "effects[0].pay", "gate_verb"),
    (instruct(effects=[PAY]), "effects[0].pay", "cascade"),
    (trigger(kinds=["shipment.order"], effects=[{"id": "a", "request_transfer": {"from": "it.to", "to": "it.to", "mass": "1"}}]), "effects[0].request_transfer", "cascade"),
    # sentences
    (say("{nothing}"), "rules[0].say.en", "placeholder_name"),
    (say("{it.nothing}"), "rules[0].say.en", "placeholder_name"),
    (say("{it}"), "rules[0].say.en", "placeholder_format"),
    (say("{it.qty|money}"), "rules[0].say.en", "placeholder_format"),
    (say("{it.qty|hours}"), "rules[0].say.en", "placeholder_format"),
    (say("{it.at|hours}"), "rules[0].say.en", "placeholder_format"),
    (say("{it.qty|days}"), "rules[0].say.en", "placeholder_format"),
    (say("{it.area|date}"), "rules[0].say.en", "placeholder_format"),
    # tests
    (gate(defaults={"nothing": 1}), "defaults.nothing", "unknown"),
    (gate(defaults={"it": {"nothing": 1}}), "defaults.it.nothing", "unknown"),
    (gate(defaults={"it": {"qty": 0}}), "defaults.it.qty", "value"),
    (gate(defaults={"it": 1}), "defaults.it", "value"),
    (gate(params={"x": {"type": "bool", "value": True}}, defaults={"x": False}), "defaults.x", "unknown"),
    (gate(tests=[*gate()["tests"], {"name": "x", "given": {}, "expect": {"deny": ["other"]}}]), "tests[2].expect.deny[0]", "unknown"),
    (gate(tests=[*gate()["tests"], {"name": "x", "given": {}, "expect": {"effects": [{"notify": {}}]}}]), "tests[2].expect.effects[0]", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "where", "code"),
    REFUSED,
    ids=[f"{w}-{c}-{n}" for n, (_, w, c) in enumerate(REFUSED)],
)
def test_what_is_refused(document: dict[str, Any], where: str, code: str) -> None:
    assert (where, code) in codes(document)


TAKEN: list[dict[str, Any]] = [
    gate(where="it.qty > 0"),
    fact({"record": "area", "key": "it.area"}),
    fact({"record": "area", "key": "it.area", "optional": True}),
    fact({"dated": "price", "key": "'rice'", "at": "it.at - 60"}),
    fact({"list": "tier", "query": "ancestors", "key": "it.site", "max": 3}),
    fact({"list": "household", "query": "households", "max": 3}),
    fact(COUNT), fact(SUM), fact({**COUNT, "window": "7d", "by": {"household": "it.household"}}),
    fact({**COUNT, "window": "7d", "bucket": "1d", "by": {"area": "it.area"}}),
    fact({**COUNT, "window": "7d", "bucket": "1h"}),
    fact({"last": "area", "of": "disbursement.handout", "by": {"household": "it.household"}, "type": "str<area>"}),
    fact({"max": "at", "of": "disbursement.handout", "by": {"household": "it.household"}, "type": "time"}),
    fact({**COUNT, "match": {"item_class": "food"}, "state": "open"}),
    trigger(foreach=None, budget=BUDGET), trigger(foreach=WALK),
    trigger(effects=[{**PAY, "when": "it.level >= 4"}], budget=BUDGET, contract="a" * 43, tests=PAID),
    trigger(budget=BUDGET, contract="a" * 48), gate(contract="a" * 48),
    trigger(budget={**BUDGET, "per_firing": "2 * x"}, params={"x": {"type": "money", "value": 1}}),
    trigger(budget={**BUDGET, "rate": {"firings": 1, "by": "it.areas", "window": "72h"}}),
    say("{it.qty} {it.at|date} {it.area} {x}", let={"x": "[it.qty, 2]"}),
]  # fmt: skip


@pytest.mark.parametrize("document", TAKEN)
def test_what_is_taken(document: dict[str, Any]) -> None:
    assert codes(document) == []


def test_one_mistake_is_told_as_one() -> None:
    document = gate(let={"a": "nothing", "b": "a + 1", "c": "b"}, where="it.qty > 0")
    assert codes(document) == [("let.a", "unknown_name")]
    document = library("household-food-cap")
    document["facts"]["household"]["key"] = "it.nothing"
    assert codes(document) == [("facts.household.key", "unknown_field")]


def test_names_of_let_come_in_the_order_in_which_they_can_be_worked_out() -> None:
    contract = compiled(library("reserve-floor"))
    assert [name for name, _ in contract.lets] == ["must", "low", "want", "short", "givers"]


def test_it_is_what_all_kinds_have_in_common() -> None:
    both = view_of(("disbursement.handout", "shipment.dispatch"), CATALOGUE)
    assert [field.name for field in both.fields] == ["at", "site"]
    alone = view_of(("disbursement.handout",), CATALOGUE)
    assert alone.fields == CATALOGUE.kinds["disbursement.handout"].fields
    different = view_of(("shipment.order", "disbursement.instruct"), CATALOGUE)
    # `to` is a site in one and any text in the other.
    assert [field.name for field in different.fields] == ["at"]


def test_an_optional_record_is_read_behind_has_only() -> None:
    maybe = {"f": {"record": "area", "key": "it.area", "optional": True}}
    assert codes(gate(facts=maybe, where="f.declared")) == [("where", "unguarded")]
    good = gate(facts=maybe, where="!has(f.declared) || f.declared")
    assert codes(good) == []


def test_facts_know_whether_they_differ_by_item() -> None:
    contract = compiled(library("alert-relief-money"))
    assert [(fact.name, fact.per_item) for fact in contract.facts] == [
        ("fund", False),
        ("paid_before", True),
    ]
    assert [(name, format_type(one.type)) for name, one in contract.facts[1].by] == [
        ("cause", "str"),
        ("to", "str"),
    ]


def test_what_others_read_from_a_contract() -> None:
    contract = compiled(library("alert-relief-money"))
    assert contract.causes == ("case.open", "disbursement.instruct")
    assert contract.budget is not None and contract.foreach is not None
    assert (contract.budget.fund, contract.budget.per_firing) == ("F-EMERGENCY", 30_000_000_000)
    assert contract.budget.rate is not None and contract.budget.rate.window_s == 72 * 3600
    assert contract.foreach.type == CATALOGUE.records["household"]
    [(name, having)] = contract.foreach.having
    assert (name, having.type) == ("area_in", ListOf(Str("area"), 64))
    inputs = contract.inputs({"areas": ["HL"]}, {"id": "H1"})
    assert having.evaluate(inputs) == ["HL"] and inputs["h"] == {"id": "H1"}
    assert contract.reads == ("fund.available", "paid_before")
    four = compiled(library("four-eyes"))
    wanted = {name: kind for name, _, kind in four.effects[0].fields}
    assert wanted["expires_in"] == Int(parse_unit("s"), 0, 31_536_000)
    assert four.where.type == Bool() and four.causes == ()


COSTS = {
    "alert-relief-money": 61, "earmark": 9743, "four-eyes": 170, "household-food-cap": 27,
    "requisition-compensation": 57, "reserve-floor": 66,
}  # fmt: skip


@pytest.mark.parametrize("name", COSTS)
def test_cost_is_that_of_all_expressions_together(name: str) -> None:
    assert compiled(library(name)).cost == COSTS[name]
