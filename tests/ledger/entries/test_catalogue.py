"""The catalogue: what a new version of a fund may change, and what it may not.

Goal: `docs/spec/catalogue.md`, funds: no version moves money to another programme, owner or
currency, whether the fund has held any or not.
Method: one changed field a row, on a founded ledger; both answers.
"""

from typing import Any

import pytest
from ledgers import TestLedger, catalogue_body, founded

FUND = catalogue_body()["funds"][0]
BAO = "red/bao"


@pytest.fixture
def ledger() -> TestLedger:
    ledger = founded()
    other = {**catalogue_body()["programmes"][0], "id": "drought-28", "version": 1}
    assert ledger.say("catalogue.define", {"programmes": [other]}, "red/ana").code == "ok"
    return ledger


def define(ledger: TestLedger, **change: Any) -> Any:
    fund = {**FUND, "version": 2, **change}
    return ledger.say("catalogue.define", {"funds": [fund]}, BAO)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"names": {"en": "Floods", "zh_hans": "水", "zh_hant": "水"}}, "ok"),
        ({"lines": FUND["lines"][:1]}, "ok"),
        ({"programme": "drought-28"}, "not_eligible"),
        ({"currency": "TWD"}, "not_eligible"),
        ({"owner": "blue"}, "no_authority"),  # its author is not of that member
        ({"version": 1}, "already_exists"),
    ],
)
def test_a_fund_stays_with_its_programme(
    ledger: TestLedger, change: dict[str, Any], code: str
) -> None:
    answer = define(ledger, **change)
    assert answer.code == code
    if code == "not_eligible":
        assert answer.refusal is not None and answer.refusal.where == "fund/flood"
        wanted = "the same currency, owner and programme"
        assert dict(answer.refusal.values) == {"wanted": wanted}


def test_another_programme_has_another_fund(ledger: TestLedger) -> None:
    assert define(ledger, id="drought", programme="drought-28", version=1).code == "ok"
