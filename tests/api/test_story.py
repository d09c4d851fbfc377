"""Entries in words.

Goal: whatever is on the ledger can be read by somebody who knows none of its names.
Method: a small ledger in memory; each of its entries is told in the three languages and the words
are looked at; a batch entry, a refusal and a breach as well.
"""

from typing import Any

import pytest
from ledgers import TestLedger, founded, names

from api.names import Names
from api.story import Story, tell
from ledger.sentences import LANGUAGES

SEALS = {"contact": "c" * 64, "donor": "d" * 64, "reference": "e" * 64}


def gift(amount: int, reference: str = "a" * 64) -> dict[str, Any]:
    return {"amount": amount, "line": "flood.general", "reference": reference, "seals": SEALS}


@pytest.fixture(scope="module")
def ledger() -> TestLedger:
    made = founded()
    assert made.say("donation.receive", gift(8_000_00), "red/ana").code == "ok"
    # The same bank reference again: logged, refused.
    assert made.say("donation.receive", gift(8_000_00), "red/ana").code == "reference_used"
    return made


def stories(ledger: TestLedger, language: str) -> list[Story]:
    told = Names(ledger.memory.rows, language)
    return [tell(raw, index, told) for index, raw in enumerate(ledger.memory.entries)]


def by_kind(ledger: TestLedger, kind: str, language: str = "en") -> list[Story]:
    return [story for story in stories(ledger, language) if story.kind == kind]


def test_a_gift_in_words(ledger: TestLedger) -> None:
    story, _ = by_kind(ledger, "donation.receive")
    assert story.what == "Donation of money received"
    assert story.summary == "CNY 8,000.00: donors → Flood · not yet allocated"
    assert story.who == "Red agency" and story.signers == ("Red agency (ana)",)
    assert story.time == "2027-01-15 16:00:00 UTC+8" == story.happened_at
    assert (story.tone, story.result, story.verdict) == ("applied", "", ("It is on the ledger.",))
    (move,) = story.moves
    assert (move.amount, move.source, move.target) == (
        "CNY 8,000.00",
        "donors",
        "Flood · not yet allocated",
    )


def test_a_refused_one_says_that_it_moved_nothing_and_what_to_do(ledger: TestLedger) -> None:
    _, story = by_kind(ledger, "donation.receive", "zh-Hant")
    assert (story.tone, story.code, story.moves) == ("refused", "reference_used", ())
    assert story.verdict[0] == "被拒，未產生任何變動。"
    assert story.verdict[-1].startswith("下一步：")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_is_told_without_names_of_programs(ledger: TestLedger, language: str) -> None:
    for story in stories(ledger, language):
        shown = [story.what, story.summary, story.result, *story.verdict, *story.breaches]
        assert story.what
        inner = [
            story.kind,
            "ext:donor",
            "/free",
            "flood.general",
            story.code if story.moves == () else "",
        ]
        inner = [name for name in inner if "." in name or ":" in name or "_" in name or "/" in name]
        assert not [name for name in inner for text in shown if name in text]
        assert all("{" not in text for text in shown)


def test_the_end_of_a_batch(ledger: TestLedger) -> None:
    story = by_kind(ledger, "batch")[0]
    assert story.verdict[0].startswith("Closes batch 0, entries 0 to 0")
    assert (story.tone, story.statement, story.signers) == ("batch", "", ())


# ---- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "text"),
    [
        ("ext:donor", "donors"),
        ("flood.general/free", "Flood · not yet allocated"),
        ("flood.east-food/allocated:food", "Flood · east-food · allocated (food)"),
        ("flood.general/transit:" + "a" * 64, "Flood · being paid"),
        ("flood.general/ext:donor", "donors"),
        ("site:depot", "Depot"),
        ("site:nowhere", "nowhere"),
        ("consignment:" + "a" * 64, "on the way"),
        ("given:household", "given to households"),
        ("lost:stolen", "lost (stolen)"),
        ("over_issue:depot", "Depot · issued beyond the books"),
        ("found:point", "Point · found, not recorded before"),
    ],
)
def test_accounts_in_words(ledger: TestLedger, account: str, text: str) -> None:
    assert Names(ledger.memory.rows, "en").account(account) == text


def test_amounts_in_words(ledger: TestLedger) -> None:
    told = Names(ledger.memory.rows, "en")
    assert told.amount("CNY", 123_456) == "CNY 1,234.56"
    assert told.amount("rice", 5_000) == "Rice 5 kg"
    assert told.amount("n95", 20_000) == "N95 masks 20,000 pcs"
    assert told.amount("unheard-of", 3) == "unheard-of 3"


def test_a_key_that_no_table_can_hold_names_nothing(ledger: TestLedger) -> None:
    told = Names(ledger.memory.rows, "en")
    assert told.item("") == "" and told.site("x" * 10_000) == "x" * 10_000
    assert told.signer("f" * 64) == ""


def test_names_follow_the_language(ledger: TestLedger) -> None:
    body = {
        "items": [
            {
                "aliases": [],
                "class": "food",
                "id": "noodles",
                "names": {**names("Noodles"), "zh_hant": "麵條"},
                "packs": [],
                "unit": "H87",
                "version": 1,
            }
        ]
    }
    ledger.say("catalogue.define", body, "red/ana")
    assert Names(ledger.memory.rows, "zh-Hant").item("noodles") == "麵條"
    assert Names(ledger.memory.rows, "en").item("noodles") == "Noodles"
