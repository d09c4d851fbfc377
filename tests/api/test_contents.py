"""What statements say, in words.

Goal: a reader of an entry's page learns what was asked for or reported, also where it moved nothing,
and meets no hash and no name of a program.
Method: fields of every kind are held against the table; bodies are told on a small ledger; every
entry of that ledger in the three languages.
"""

import dataclasses
import re
from typing import Any

import pytest
from ledgers import TestLedger, founded

from api.contents import FIELDS, LINES_MAX, contents
from api.names import Names
from ledger.canon import decode_object
from ledger.entry import StatementEntry, parse_entry
from ledger.kinds import all_kinds
from ledger.sentences import LANGUAGES

SILENT = {
    # ids, fingerprints, keys and seals; what a correction says and names has its own place
    "account", "bank_verified", "case", "held", "per", "statement", "by", "confirmation", "dedupe", "delta", "device", "dispatch",
    "donation", "evidence", "file", "gates", "handout", "instruction", "issues", "item_class", "key",
    "keys", "limits", "lot", "manifest", "offset", "order", "protocol", "public", "quantities",
    "reference", "release", "replacements", "row", "say", "scope", "seals", "sequence", "tag",
    "targets", "thresholds", "trust", "use", "why", "advised", "line",
    "allotment", "document", "hash", "lane", "proposal", "run",
    "accept", "claim", "confirmed", "currency", "loan", "project", "quantity", "reservation",
}  # fmt: skip
TAG = "a" * 32


@pytest.fixture(scope="module")
def ledger() -> TestLedger:
    return founded()


def told(ledger: TestLedger, body: Any, language: str = "en") -> dict[str, str]:
    facts = contents(body, Names(ledger.memory.rows, language))
    return {fact.label: fact.text for fact in facts}


def test_every_field_is_told_or_known_to_be_silent() -> None:
    fields = {
        field.name.rstrip("_")
        for (_, _), kind in all_kinds().items()
        for field in dataclasses.fields(kind.body)
    }
    known = {field for field, _, _ in FIELDS}
    assert fields - known - SILENT == set()
    assert known - fields == set(), "told, and no kind has it"
    assert known & SILENT == set()


@pytest.mark.parametrize(
    ("body", "facts"),
    [
        ({"lines": [{"item": "rice", "quantity": 10_000}]}, {"Goods": "Rice 10 kg"}),
        (
            {"lines": [{"item": "rice", "quantity": 10_000}], "tags": [TAG, TAG]},
            {"Goods": "Rice 10 kg, for each household", "Households": "2"},
        ),
        (
            {"lines": [{"as_written": "1袋", "item": "rice", "quantity": 10_000}]},
            {"Goods": "Rice 10 kg (on the paper: 1袋)"},
        ),
        ({"lines": [{"lot": f"{'b' * 64}/0", "quantity": 3}]}, {"Goods": "3"}),
        ({"lines": [{"counted": 0, "item": "rice"}]}, {"Goods": "Rice 0 kg counted"}),
        ({"amount": 5_000_00, "line": "flood.general"}, {"Money": "CNY 5,000.00 · Flood"}),
        # The instruction says of which line; the effects say how much.
        ({"amount": 5_000_00, "instruction": "c" * 64}, {}),
        (
            {"draws": [{"amount": 1_00, "line": "flood.general"}], "purpose": "food"},
            {"Money": "CNY 1.00 · Flood", "Purpose": "food"},
        ),
        ({"site": "depot"}, {"Where": "Depot"}),
        ({"site": "nowhere"}, {"Where": "nowhere"}),
        (
            {"actor": "red/ana", "roles": ["payer", "counter"]},
            {"Person": "Red agency (ana)", "Roles": "pays, counts stock"},
        ),
        ({"entitlement": {"cycle": "w1", "purpose": "food", "tag": TAG}}, {"Entitlement": "w1 · food"}),
        ({"source": {"kind": "gift", "party": "blue"}}, {"How it came": "a gift · Blue agency"}),
        ({"source": "allocated"}, {}),
        ({"due": 1_800_000_000}, {"Until": "2027-01-15 16:00:00 UTC+8"}),
        ({"seals": {"name": "d" * 64}, "tag": TAG}, {}),
    ],
)  # fmt: skip
def test_what_is_told(ledger: TestLedger, body: Any, facts: dict[str, str]) -> None:
    assert told(ledger, body) == facts


@pytest.mark.parametrize("more", [0, 1])
def test_long_lists_say_how_much_is_missing(ledger: TestLedger, more: int) -> None:
    lines = [{"item": "rice", "quantity": 1_000}] * (LINES_MAX + more)
    text = told(ledger, {"lines": lines})["Goods"]
    assert text.count("Rice 1 kg") == LINES_MAX
    assert text.endswith(" and 1 more") == bool(more)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_entry_shows_hashes_or_names_of_programs(ledger: TestLedger, language: str) -> None:
    seen = 0
    for raw in ledger.memory.entries:
        entry = parse_entry(raw)
        if not isinstance(entry, StatementEntry):
            continue
        body = decode_object(entry.statement.payload)["body"]
        facts = told(ledger, body, language)
        seen += len(facts)
        for label, text in facts.items():
            assert label and text and "{" not in text
            assert not re.search(r"[0-9a-f]{12}|_", text), text
    assert seen > 5
