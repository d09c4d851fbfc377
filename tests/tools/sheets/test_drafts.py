"""Drafts: which statements a table makes, in which order, and what they say.

Goal: every good row is in exactly one statement, sums are exact, names are only sealed, and the
same rows of the same file are never two statements.
Method: small tables against what stands in them; a ledger that is a dictionary.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from spreadsheets import GIFTS, GIVEN, GOODS, IN, LISTS, OUT, ROWS, fitted

from ledger.proofs.disclosure import Record, seal_fields
from tools.sheets.drafts import (
    Draft,
    Drafts,
    Reading,
    draft_gifts,
    draft_lists,
    nonce_of,
    read_gifts,
)
from tools.sheets.goods_drafts import (
    LINES_AT_ONCE,
    Spelling,
    draft_handouts,
    draft_receipts,
    party_id,
    read_goods,
    wait_for_missing,
)
from tools.sheets.loading import check_all
from tools.sheets.targets import Answer, Lines, Pair


@dataclass
class Known:
    """A ledger of which only this is known."""

    there: dict[Pair, Any] = field(default_factory=dict)
    stock: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    origin: str = "ledger.example.org/trial"

    def rows(self, pairs: Sequence[Pair]) -> dict[Pair, Any]:
        return {pair: self.there[pair] for pair in pairs if pair in self.there}

    def lots(self, site: str) -> dict[str, list[tuple[str, int]]]:
        return self.stock if site == "depot" else {}

    def send(self, portions: Iterable[Lines]) -> Iterator[list[Answer]]:
        raise AssertionError("a draft sends nothing")


def said(drafts: Drafts) -> list[Draft]:
    found: list[Draft] = []
    draft = next(drafts, None)
    while draft is not None:
        found.append(draft)
        try:
            draft = drafts.send(f"{len(found):064x}")
        except StopIteration:
            draft = None
    return found


# ---- gifts ---------------------------------------------------------------------------------------


def test_lists() -> None:
    mapping, sheet, reading = fitted(LISTS, GIFTS)
    drafts = said(draft_lists(mapping, sheet, read_gifts(mapping, sheet, reading)))
    assert [(d.key, d.body["count"], d.body["total"], d.rows) for d in drafts] == [
        ("list 1", 2, 10_001, (2, 3)),
        ("list 3", 1, 5_000_000, (4,)),
    ]
    assert reading.sums == {"CNY": 5_010_001} and reading.good == 3 and not reading.errors
    first = drafts[0]
    assert first.signers == ("county/director", "charity/secretary")
    assert first.occurred_at == 1_579_708_800  # the last day of the list, where it happened
    assert "d-1" not in str(first.body)


def test_rows_of_a_list_are_sealed_in_its_manifest() -> None:
    mapping, sheet, reading = fitted(LISTS, GIFTS)
    first = said(draft_lists(mapping, sheet, read_gifts(mapping, sheet, reading)))[0]
    records = first.records("ff" * 32)
    assert set(records) == {f"{name}/{'ff' * 32}{rest}" for name, rest in (
        ("record", "/0"), ("record", "/1"), ("manifest", ""), ("rows", ""), ("file", ""))}  # fmt: skip
    assert isinstance(first.body["manifest"], dict) and first.body["manifest"]["size"] == 64
    values = {"amount": 1, "donor": "d-2", "offset": 10_000, "reference": "01/2"}
    kept = json.loads(records[f"record/{'ff' * 32}/1"])
    assert kept["values"] == values
    root = Record.seal("donation.list", 1, bytes.fromhex(kept["k"]), values).root.hex()
    assert root in json.loads(records[f"manifest/{'ff' * 32}"])["leaves"]


def test_a_statement_a_row() -> None:
    mapping, sheet, reading = fitted(ROWS, GIFTS)
    drafts = said(draft_gifts(mapping, read_gifts(mapping, sheet, reading), bytes(32)))
    assert [d.body["amount"] for d in drafts] == [10_000, 1, 5_000_000]
    assert [d.key for d in drafts] == ["row 01/1", "row 01/2", "row 03/1"]
    assert len({str(d.body["reference"]) for d in drafts}) == 3
    kept = json.loads(drafts[0].records("00" * 32)[f"record/{'00' * 32}"])
    assert kept["values"] == {"donor": "d-1", "reference": "01/1"}
    seals = seal_fields("donation.receive", 1, bytes.fromhex(kept["k"]), kept["values"])
    assert drafts[0].body["seals"] == seals


def test_references_are_the_same_again_and_tell_nothing_without_the_key() -> None:
    mapping, sheet, reading = fitted(ROWS, GIFTS)
    gifts = read_gifts(mapping, sheet, reading)

    def tags(key: bytes) -> list[Any]:
        return [draft.body["reference"] for draft in said(draft_gifts(mapping, gifts, key))]

    assert tags(bytes(32)) == tags(bytes(32))
    assert not set(tags(bytes(32))) & set(tags(b"\1" * 32))


@pytest.mark.parametrize(
    ("old", "new", "column", "reason"),
    [
        (",0.01", ",0.001", "yuan", "more than 2 decimals"),
        (",0.01", ",", "yuan", "is empty"),
        ("2020.01.23", "23.01.2020", "date", "not a date as YYYY.MM.DD"),
        ("01,2,", "one,2,", "batch", "is no number of a list"),
        ("01,2,", "0,2,", "batch", "is no number of a list"),
    ],
)
def test_a_cell_that_cannot_be_read(old: str, new: str, column: str, reason: str) -> None:
    mapping, sheet, reading = fitted(LISTS, GIFTS.replace(old, new, 1))
    gifts = read_gifts(mapping, sheet, reading)
    [error] = reading.errors
    assert (error.row, error.column) == (3, column) and reason in error.reason and error.suggestion
    assert [gift.row.number for gift in gifts] == [2, 4]


def test_the_id_follows_from_log_file_row_and_attempt() -> None:
    first = nonce_of("log", "00" * 32, "row 1", 1)
    assert first == nonce_of("log", "00" * 32, "row 1", 1) and len(first) == 32
    others = [
        nonce_of("log2", "00" * 32, "row 1", 1),
        nonce_of("log", "01" * 32, "row 1", 1),
        nonce_of("log", "00" * 32, "row 2", 1),
        nonce_of("log", "00" * 32, "row 1", 2),
    ]
    assert len({first, *others}) == 5


# ---- goods ---------------------------------------------------------------------------------------


def item(name: str, spec: str, unit: str) -> str:
    return Spelling(name, spec, unit, "H87").id


def test_goods_in() -> None:
    mapping, sheet, reading = fitted(IN, GOODS)
    lines = read_goods(mapping, sheet, reading)
    define, *receipts = said(draft_receipts(mapping, lines, Known()))
    assert isinstance(define.body["items"], list)
    assert [each["id"] for each in define.body["items"]] == [  # type: ignore[index, call-overload]
        item("口罩", "N95", "箱"), item("口罩", "KN95", "只"), item("手套", "", "只"),
    ]  # fmt: skip
    assert define.signers == ("county/director",)
    assert [(d.key, d.rows) for d in receipts] == [("in 2", (2, 3)), ("in 4", (4, 5))]
    assert [line["quantity"] for d in receipts for line in d.body["lines"]] == [3, 4, 16_000, 20]  # type: ignore[index, call-overload, union-attr]
    assert receipts[1].body["lines"][0]["as_written"] == "口罩 1.6万 只"  # type: ignore[index, call-overload]
    assert "乙公司" not in str(receipts[1].body)  # who gave is sealed
    assert check_all(draft_receipts(mapping, lines, Known())) == {
        "catalogue.define": 1,
        "stock.receive": 2,
    }


def test_a_spelling_is_one_item_and_no_likeness_counts() -> None:
    ids = {item("口罩", "N95", "箱"), item("口罩", "N95", "件"), item("口罩", "", "箱"),
           item("口罩N95", "", "箱"), item("口 罩", "N95", "箱")}  # fmt: skip
    assert len(ids) == 5 and item("口罩", "N95", "箱") in ids


def test_items_that_are_there_are_not_defined_again() -> None:
    mapping, sheet, reading = fitted(IN, GOODS)
    lines = read_goods(mapping, sheet, reading)
    there = {("catalogue", f"item/{item('口罩', 'N95', '箱')}"): {"version": 1}}
    define = said(draft_receipts(mapping, lines, Known(there)))[0]
    assert len(define.body["items"]) == 2  # type: ignore[arg-type]
    there = {("catalogue", f"item/{line.item}"): {} for line in lines}
    drafts = said(draft_receipts(mapping, lines, Known(there)))
    assert [draft.kind for draft in drafts] == ["stock.receive"] * 2


def test_a_spelling_that_a_person_mapped() -> None:
    known = "  known: [{item: 口罩, spec: N95, unit: 箱, id: n95, each: 1200}]\n"
    mapping, sheet, reading = fitted(IN + known, GOODS)
    lines = read_goods(mapping, sheet, reading)
    assert [(line.item, line.units) for line in lines[:2]] == [("n95", 3_600), ("n95", 4_800)]
    assert lines[2].item == item("口罩", "KN95", "只")


@pytest.mark.parametrize(
    ("old", "new", "column", "reason"),
    [
        (",只,1.6万", ",,1.6", "unit", "a number without a unit waits for a person"),
        (",只,1.6万", ",只,1.6", "n", "not a whole number"),
        (",只,1.6万", ",只,", "n", "is empty"),
        (",只,1.6万", ",0.5g/支,3", "unit", "no unit that the mapping knows"),
        ("口罩,KN95", ",KN95", "item", "is empty"),
        ("口罩,KN95", f"{'罩' * 70},KN95", "item", "longer than 200 bytes"),
    ],
)
def test_goods_that_wait_for_a_person(old: str, new: str, column: str, reason: str) -> None:
    mapping, sheet, reading = fitted(IN, GOODS.replace(old, new, 1))
    lines = read_goods(mapping, sheet, reading)
    assert {error.row for error in reading.errors} == {4}
    assert any(e.column == column and reason in e.reason for e in reading.errors)
    assert [line.row.number for line in lines] == [2, 3, 5]


def test_many_rows_of_one_giver_are_cut() -> None:
    table = "party,item,spec,unit,n\n" + "".join(
        f"甲公司,口罩,{n},箱,1\n" for n in range(LINES_AT_ONCE + 1)
    )
    mapping, sheet, reading = fitted(IN, table)
    drafts = said(draft_receipts(mapping, read_goods(mapping, sheet, reading), Known()))
    assert [len(d.rows) for d in drafts if d.kind == "stock.receive"] == [LINES_AT_ONCE, 1]


STOCK = {
    item("口罩", "N95", "箱"): [("aa/0", 3), ("aa/1", 4)],
    item("口罩", "KN95", "只"): [("bb/0", 16_000)],
}


def handed(table: str = GIVEN, mapping: str = OUT) -> tuple[list[Draft], Reading]:
    wanted, sheet, reading = fitted(mapping, table)
    lines = read_goods(wanted, sheet, reading)
    return said(draft_handouts(wanted, lines, Known(stock=STOCK), reading)), reading


def test_goods_out_come_from_the_oldest_lots_of_the_very_spelling() -> None:
    drafts, reading = handed()
    kinds = [draft.kind for draft in drafts]
    assert kinds == ["member.enrol"] * 2 + [
        "catalogue.define", "stock.receive", "disbursement.handout", "disbursement.handout",
    ]  # fmt: skip
    east, west = drafts[-2:]
    assert east.body["organisation"] == party_id("东医院")
    assert east.body["lines"] == [
        {"lot": "aa/0", "quantity": 3},
        {"lot": "aa/1", "quantity": 2},
    ]
    found = drafts[3]
    assert found.body["source"] == {"kind": "found"} and found.rows == ()
    assert west.body["lines"] == [
        {"lot": "bb/0", "quantity": 17_000},  # 1,000 more than came in: the ledger says so
        {"lot": f"{4:064x}/0", "quantity": 9},
    ]
    assert reading.notes == [
        "1 items were never received here: booked as found",
        "1 items went out beyond what came in",
    ]
    assert drafts[0].signers == ("county/director", "charity/secretary")


def test_a_shelf_is_drawn_on_in_turn() -> None:
    table = (
        "party,item,spec,unit,n\n东医院,口罩,N95,箱,3\n西医院,口罩,N95,箱,4\n东医院,口罩,N95,箱,1\n"
    )
    drafts, _ = handed(table)
    assert [d.body["lines"] for d in drafts if d.kind == "disbursement.handout"] == [
        [{"lot": "aa/0", "quantity": 3}],
        [{"lot": "aa/1", "quantity": 4}],
        [{"lot": "aa/1", "quantity": 1}],
    ]


def test_what_never_came_in_may_wait() -> None:
    wanted, sheet, reading = fitted(OUT.replace("missing: found", "missing: wait"), GIVEN)
    lines = read_goods(wanted, sheet, reading)
    wait_for_missing(wanted, lines, Known(stock=STOCK), reading)
    [error] = reading.errors
    assert (error.row, error.value) == (4, "护目镜") and "never came in" in error.reason
