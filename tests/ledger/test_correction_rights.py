"""Corrections of `household.retire` and `entitlement.revoke`; and kinds that no correction takes back.

Goal: a household retired by mistake takes part again, a right revoked by mistake is open again with its
window and its promise; what goes on by a newer word (alerts, prices, cases ..) is `not_correctable`.
Method: each through the whole machine, with and without somebody having built on it.
"""

from typing import Any

import pytest
from corrections import ANA, BAO, CHEN, DAI, FOOD, Relief, entitled, household, tag

from ledger.corrections.restore import RESTORED
from ledger.kinds import all_kinds

NOT_RESTORED = ("alert", "approval", "case", "forecast", "need", "override", "price")
"""Nouns of which a newer statement takes the place of an older one, or that are about other entries."""


@pytest.fixture
def relief() -> Relief:
    relief = Relief()
    relief.enrol()
    return relief


def retire(relief: Relief) -> str:
    return relief.ok("household.retire", {"reason": "moved", "tag": tag()}, CHEN, DAI)


def revoke(relief: Relief, **change: Any) -> str:
    body = {"cycle": "c-1", "purpose": "food", "reason": "twice", "tags": [tag()], **change}
    return relief.ok("entitlement.revoke", body, ANA)


def right_of(relief: Relief) -> Any:
    [row] = relief.table("entitlements").values()
    return row


def cycle_of(relief: Relief) -> dict[str, str]:
    [key] = relief.table("entitlements")
    _, cycle, purpose = key.split("/")
    return {"cycle": cycle, "purpose": purpose}


def test_a_household_retired_by_mistake_takes_part_again(relief: Relief) -> None:
    before = relief.table("households")
    target = retire(relief)
    assert "retired" in relief.table("households")[tag()]
    assert relief.correct(target).code == "ok"
    assert relief.table("households") == before
    # And can be retired again: the correction stands, the mistake too.
    assert retire(relief)
    assert relief.correct(target).code == "already_corrected"


def test_another_household_was_meant(relief: Relief) -> None:
    relief.enrol(2)
    target = retire(relief)
    other = ("household.retire", {"reason": "moved", "tag": tag(2)})
    answer = relief.correct(target, other)
    assert answer.code == "ok"
    rows = relief.table("households")
    assert "retired" not in rows[tag()] and rows[tag(2)]["retired"] == answer.statement


def test_an_enrolment_undone_takes_its_retirement_with_it(relief: Relief) -> None:
    relief = Relief()
    enrolled = relief.enrol()
    target = retire(relief)
    assert relief.correct(enrolled, ("household.enrol", household(persons=5))).code == "ok"
    assert "retired" not in relief.table("households")[tag()]
    assert relief.correct(target).code == "not_correctable"


def test_a_right_revoked_by_mistake_has_its_window_again(relief: Relief) -> None:
    relief.entitle()
    before = {name: row for name, row in right_of(relief).items() if name != "entry"}
    target = revoke(relief, **cycle_of(relief))
    assert right_of(relief)["to"] < before["to"]
    assert relief.correct(target).code == "ok"
    assert {name: row for name, row in right_of(relief).items() if name != "entry"} == before


def promised(relief: Relief, amount: int) -> None:
    relief.gift(1_000, FOOD)
    relief.ok(
        "fund.allocate",
        {"draws": [{"amount": 1_000, "line": FOOD}], "programme": "flood-27", "purpose": "food"},
        BAO,
    )
    body = {name: value for name, value in entitled(1, "rice", 1).items() if name != "lines"}
    relief.ok("entitlement.issue", {**body, "money": {"amount": amount, "line": FOOD}}, ANA)


def test_money_is_promised_again(relief: Relief) -> None:
    promised(relief, 700)
    target = revoke(relief, **cycle_of(relief))
    assert relief.table("reserved") == {}
    assert relief.correct(target).code == "ok"
    assert relief.table("reserved") == {f"{FOOD}/food": 700}


@pytest.mark.parametrize(("other", "code"), [(300, "ok"), (301, "not_correctable")])
def test_money_that_is_promised_to_others_by_now_is_not_promised_again(
    relief: Relief, other: int, code: str
) -> None:
    promised(relief, 700)
    target = revoke(relief, **cycle_of(relief))
    relief.enrol(2)
    body = {name: value for name, value in entitled(2, "rice", 1).items() if name != "lines"}
    relief.ok("entitlement.issue", {**body, "money": {"amount": other, "line": FOOD}}, ANA)
    assert relief.correct(target).code == code
    assert relief.table("reserved") == {f"{FOOD}/food": other + (700 if code == "ok" else 0)}


def test_kinds_that_are_restored_and_kinds_that_are_not() -> None:
    assert {"household.retire", "entitlement.revoke"} <= set(RESTORED)
    named = [name for name, _ in all_kinds() if name.partition(".")[0] in NOT_RESTORED]
    assert len(named) == 14
    assert not set(named) & set(RESTORED)


def test_a_case_is_not_corrected(relief: Relief) -> None:
    case = relief.ok("case.open", {"class": "aid", "subjects": ["organisation/blue"]}, CHEN)
    assert relief.correct(case).code == "not_correctable"
