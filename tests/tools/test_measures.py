"""Amounts as people read them.

Goal: a figure is never shown as another amount than the log holds.
Method: each form with the catalogue and without it; what is unknown stays in smallest units and is
said to be so.
"""

from collections.abc import Mapping, Sequence

import pytest

from ledger.canon import Value, encode
from tools.measures import ISO_4217, Measures

CATALOGUE: Mapping[str, Value] = {
    # The ledger's own word counts, also where it is not that of ISO 4217.
    "currency/TWD": {"minor": 0},
    "currency/CNY": {"minor": 2},
    "item/rice": {"unit": "GRM", "names": {"en": "Rice", "zh_hans": "大米", "zh_hant": "白米"}},
}


def rows(wanted: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
    return {pair: encode(CATALOGUE[pair[1]]) for pair in wanted if pair[1] in CATALOGUE}


@pytest.mark.parametrize(
    ("commodity", "n", "amount", "figure"),
    [
        ("CNY", 1_688_800, "CNY 16,888.00", "16,888.00"),
        ("CNY", -1, "CNY -0.01", "-0.01"),
        ("TWD", 500, "TWD 500", "500"),
        ("rice", 1_090_000, "Rice 1,090 kg", "1,090 kg"),
        ("rice", 1_090_001, "Rice 1,090.001 kg", "1,090.001 kg"),
        ("tent", 5, "tent 5", "5"),
    ],
)
def test_with_the_catalogue(commodity: str, n: int, amount: str, figure: str) -> None:
    measures = Measures("en", rows)
    assert measures.amount(commodity, n) == amount
    assert measures.figure(commodity, n) == figure
    assert measures.note([commodity]) == ""


@pytest.mark.parametrize(
    ("commodity", "n", "amount", "said"),
    [
        ("CNY", 1_688_800, "CNY 16,888.00", "ISO 4217"),
        ("JPY", 500, "JPY 500", "ISO 4217"),
        ("JOD", 1_500, "JOD 1.500", "ISO 4217"),
        ("QQQ", 500, "500 QQQ", "smallest units"),
        ("rice", 1_090_000, "1,090,000 rice", "smallest units"),
    ],
)
def test_without_it(commodity: str, n: int, amount: str, said: str) -> None:
    measures = Measures("en")
    assert measures.amount(commodity, n) == amount
    assert said in measures.note([commodity])


def test_names_come_from_the_catalogue_in_the_readers_language() -> None:
    assert Measures("zh-Hant", rows).amount("rice", 2_000) == "白米 2 公斤"
    assert Measures("zh-Hant").name("rice") == "rice"


def test_codes_of_currencies_are_codes() -> None:
    assert all(len(code) == 3 and code.isupper() for code in ISO_4217)
