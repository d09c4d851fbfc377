"""Declared facts of a contract: each form, and each way in which there is no value.

Goal: a fact is the value that was declared, or the one error that says why not; keys are worked out
from the statement; two contracts that count the same share an index.
Method: a document with every form, compiled against the catalogue of the ledger, on a small book.
"""

from typing import Any

from books import NOON
from goods import TAG, draw, enrol, hand_out, issue, stock
from toldbooks import Told

from contracts.catalogue.catalogue import catalogue_for
from contracts.documents.compiling import compile_document
from contracts.documents.document import parse_document
from contracts.facts.definition import define, parse_definition
from contracts.facts.loading import Loader
from contracts.rcel.errors import ErrorKind
from ledger.canon import encode

TEXT = {"en": "No.", "zh_hans": "否。", "zh_hant": "否。"}


def loader(**facts: Any) -> tuple[Loader, Any]:
    """The loader of a gate on hand-outs with these facts, and the contract."""
    document = {
        "basis": "test",
        "contract": "cap",
        "engine": "rcel/1",
        "facts": facts,
        "kind": "gate",
        "kinds": ["disbursement.handout"],
        "rules": [{"id": "r", "require": "it.qty > 1", "say": TEXT}],
        "tests": [
            {"expect": "allow", "given": {"it": {"qty": 2}}, "name": "a"},
            {"expect": {"deny": ["r"]}, "given": {"it": {"qty": 1}}, "name": "b"},
        ],
        "title": TEXT,
        "version": 1,
    }
    contract = compile_document(parse_document(document), catalogue_for("CNY"))
    return Loader(contract.facts), contract


RECEIVED = {
    "by": {"household": "it.household"}, "match": {"item_class": "food"},
    "of": "disbursement.handout", "sum": "qty", "type": "int[parcel](0..5)", "window": "7d",
}  # fmt: skip


def load(told: Told, facts: dict[str, Any], **it: Any) -> dict[str, Any]:
    ready, contract = loader(**facts)
    view = {
        "at": told.time,
        "household": TAG,
        "item": "rice",
        "site": "depot",
        "area": "east",
        **it,
    }
    return ready.load(contract.inputs(view), told.at(), when=view["at"])


def test_rows_are_found_or_missing() -> None:
    told = Told()
    enrol(told)
    facts = {"h": {"key": "it.household", "record": "household"}}
    assert load(told, facts)["h"]["persons"] == 4
    assert load(told, facts, household="00" * 16) == {"h": ErrorKind.FACT_MISSING}
    optional = {"h": {"key": "it.household", "optional": True, "record": "household"}}
    assert load(told, optional, household="00" * 16) == {"h": {}}


def test_dated_values_are_those_of_the_instant() -> None:
    told = Told()
    body: dict[str, Any] = {"area": "east", "at": NOON, "currency": "CNY", "item": "rice"}
    told.ok("price.observe", {**body, "sources": ["a1" * 32], "unit_price": 7}, "county/officer")
    facts = {"p": {"at": "it.at", "dated": "price", "key": "it.item"}}
    assert load(told, facts)["p"]["unit_price"] == 7
    assert load(told, facts, at=NOON - 1) == {"p": ErrorKind.FACT_MISSING}


def test_lists_stop_at_their_maximum() -> None:
    told = Told()
    stock(told, "rice", 1, 2, 3)
    facts = {"l": {"key": "it.stock", "list": "lot", "max": 2, "query": "lots"}}
    assert len(load(told, facts, stock="rice/depot")["l"]) == 2
    assert load(told, facts, stock="rice/nowhere") == {"l": []}


def test_aggregates_are_counted_up_to_the_instant_and_held_to_their_type() -> None:
    ready, _ = loader(r=RECEIVED)
    told = Told(ready.definitions)
    enrol(told)
    issue(told)
    (lot,) = stock(told, "rice", 50)
    assert load(told, {"r": RECEIVED}) == {"r": 0}
    hand_out(told, (TAG, [draw(lot, 5)]))
    assert load(told, {"r": RECEIVED}) == {"r": 5}
    assert load(told, {"r": RECEIVED}, at=told.time - 1) == {"r": 0}
    assert load(told, {"r": RECEIVED}, household="00" * 16) == {"r": 0}
    hand_out(told, (TAG, [draw(lot, 1)]))
    assert load(told, {"r": RECEIVED}) == {"r": ErrorKind.FACT_RANGE}


def test_the_largest_of_nothing_is_missing() -> None:
    most = {name: part for name, part in RECEIVED.items() if name != "sum"} | {"max": "qty"}
    assert load(Told(), {"m": most}) == {"m": ErrorKind.FACT_MISSING}


def test_a_key_that_has_no_value_is_that_error() -> None:
    facts = {"h": {"key": "it.approvals[0].by == it.author ? it.household : it.household",
                   "record": "household"}}  # fmt: skip
    found = load(Told(), facts, approvals=[], author="county/payer")
    assert found == {"h": ErrorKind.INDEX}


def test_contracts_that_count_the_same_share_an_index() -> None:
    one, _ = loader(
        a=RECEIVED, b={**RECEIVED, "state": "open"}, c={**RECEIVED, "type": "int[parcel](0..9)"}
    )
    other, _ = loader(z={**RECEIVED, "by": {"household": "it.household"}})
    assert one.definitions == other.definitions and len(one.definitions) == 1
    longer, _ = loader(a={**RECEIVED, "window": "8d"})
    assert longer.definitions != one.definitions


def test_a_definition_is_read_back_from_its_row() -> None:
    for one in (
        define("a.b", "sum", "qty", match={"x": True, "y": 1}, by=["b", "a"], window_s=604_800),
        define("a.b", "count", "ignored", bucket_s=3_600, window_s=7_200),
    ):
        assert parse_definition(one.value()) == one
        assert len(one.id) == 32 and encode(one.value())
    # True and 1 are different literals.
    assert define("a.b", "count", match={"x": True}).id != define("a.b", "count", match={"x": 1}).id
