"""Paying what is owed: the owner of requisitioned goods, the contractor of a milestone.

Goal: a contract that says "pay the owner" pays the tag under which the owner is paid, names what it
pays, and never pays more than is due.
Method: a requisition and a project on a small book, each with a trigger on the deciding statement.
"""

from typing import Any

import pytest
from duties import Played, codes, compiled, trigger
from goods import stock
from money import GENERAL, h

DAY = 86_400
PAYEE = h(44)
ID = "relief-now"
ACCEPTED = {
    "confirmed": True, "owner": "relief", "payee": PAYEE, "site": "depot",
}  # fmt: skip


def requisition(to: str = "it.owner", amount: str = "each * it.qty", **rest: Any) -> Played:
    """A trigger that pays for every line that is accepted, and a hundred thousand to do it with."""
    effect = {
        "id": "pay",
        "pay": {"to": to, "amount": amount, "fund": "'relief'", "purpose": "'cash'"},
    }
    contract = compiled(
        trigger(
            [effect],
            kinds=["requisition.accept"],
            budget={"fund": "'relief'", "per_firing": 2_000, **rest},
            params={"each": {"type": "int[CNY/unit](0..1000)", "value": 100}},
        )
    )
    played = Played(contract)
    played.allot(contract, 100_000)
    return played


def accept(played: Played, *quantities: int, **change: Any) -> Any:
    law = played.ok(
        "requisition.order",
        {
            "basis": "Disaster Prevention Act, article 31",
            "goods": [{"item": "pump", "quantity": 100}],
            "number": "2027-17",
            "window": {"from": played.time, "to": played.time + 30 * DAY},
        },
        "county/commander",
    )
    lines = [{"condition": "good", "item": "pump", "quantity": n} for n in quantities]
    body = {**ACCEPTED, "lines": lines, "order": law.id, **change}
    made = played.send("requisition.accept", body, "county/storekeeper", "county/manager")
    (leg,) = [
        row for row in played.reader.table("legs").values() if row["kind"] == "requisition.accept"
    ]
    return made, leg


def test_the_owner_is_paid_under_the_tag_of_the_acceptance() -> None:
    played = requisition()
    (made,), leg = accept(played, 3)
    assert made.code == "ok"
    body: Any = made.derived.body
    assert body["payee"] == {"class": "compensation", "tag": PAYEE}
    assert body["area"] == "east"
    assert played.row("legs", body["order"]) == leg
    assert (leg["owed"], leg["asked"], leg["paid"]) == (300, 300, 0)


def test_each_line_is_paid_and_adds_to_what_is_due() -> None:
    played = requisition("it.payee")
    made, leg = accept(played, 3, 4, 5)
    assert codes(made) == [("disbursement.instruct", "ok")] * 3
    assert [one.derived.rule[-2:] for one in made] == ["/0", "/1", "/2"]
    assert (leg["owed"], leg["asked"]) == (1_200, 1_200)


def test_all_lines_are_one_firing() -> None:
    played = requisition()
    made, leg = accept(played, 10, 9, 2)
    # 1,000 and 900 fit into 2,000, 200 do not.
    assert codes(made) == [("disbursement.instruct", "ok")] * 2 + [("case.open", "ok")]
    assert leg["owed"] == 1_900


def test_what_a_person_has_settled_is_never_passed() -> None:
    played = requisition()
    made, _ = accept(played, 3)
    key = made[0].derived.body["order"]
    more = played.instruct(
        1, order=key, payee={"class": "compensation", "tag": PAYEE}, purpose="cash"
    )
    assert more.code in ("not_enough", "not_open")


def test_agreed_prices_bound_what_a_contract_computes() -> None:
    played = requisition()
    line = {"condition": "good", "item": "pump", "quantity": 3, "price": 299}
    made, leg = accept(played, lines=[line], currency="CNY")
    assert codes(made) == [("disbursement.instruct", "not_enough")]
    assert (leg["owed"], leg["asked"]) == (299, 0)
    assert played.payments() == {}
    # A refused payment counts for nothing.
    assert played.row("runs", "spent/relief-now") is None


def test_somebody_else_is_not_paid() -> None:
    played = requisition("'county'")
    made, _ = accept(played, 3)
    assert made[0].derived.body["class"] == "contract-fault"


def tranche(fund: str, said: str) -> Played:
    """A project whose first milestone is inspected, and a trigger that pays for it from a fund."""
    effect = {
        "id": "pay",
        "when": "it.passed",
        "pay": {"to": said, "amount": "540", "fund": f"'{fund}'", "purpose": "'shelter'"},
    }
    budget = {"fund": f"'{fund}'", "per_firing": 1_000}
    played = Played(compiled(trigger([effect], kinds=["project.inspect"], budget=budget)))
    played.receive(1_000)
    assert played.allocate(1_000, "shelter").code == "ok"
    project = played.ok(
        "project.contract",
        {
            "area": "east", "contractor": "relief", "line": GENERAL,
            "milestones": [{"amount": 600, "id": "walls"}, {"amount": 400, "id": "roof"}],
            "payee": PAYEE, "programme": "flood", "purpose": "shelter",
            "retention": {"days": 180, "percent": 10}, "sum": 1_000,
            "until": played.time + 90 * DAY,
        },
        "county/fund-owner", "relief/manager",
    )  # fmt: skip
    claimed = played.ok(
        "project.claim", {"milestone": "walls", "project": project.id}, "relief/manager"
    )
    body = {"claim": claimed.id, "verdict": "pass"}
    played.send("project.inspect", body, "county/inspector")
    return played


def test_a_project_of_another_fund_is_not_paid() -> None:
    (made,) = tranche("island", "it.to").caused
    assert made.derived.body["class"] == "contract-fault"


@pytest.mark.parametrize("said", ["it.contractor", "it.to"])
def test_a_tranche_is_paid_from_what_its_project_was_promised(said: str) -> None:
    played = tranche("relief", said)
    (made,) = played.caused
    assert made.code == "ok", made
    claimed: Any = made.derived.body["order"]
    assert made.derived.body == {
        "area": "east",
        "draws": [{"amount": 540, "line": GENERAL}],
        "order": claimed,
        "payee": {"class": "contractor", "tag": PAYEE},
        "purpose": "shelter",
        "source": "allocated",
    }
    assert played.row("reserved", f"{GENERAL}/shelter") == 460
    assert played.row("legs", claimed)["asked"] == 540


@pytest.mark.parametrize(("lots", "last"), [(63, "seen"), (64, "contract-fault")])
def test_one_statement_causes_at_most_64_and_says_a_thing_once(lots: int, last: str) -> None:
    alert = {"id": "tell", "raise_alert": {"code": "'seen'", "subject": "it.lot"}}
    second = {"id": "also", "raise_alert": {"code": "'gone'", "subject": "it.site"}}
    played = Played(compiled(trigger([alert, second], kinds=["stock.loss"])))
    lines = [{"lot": lot, "quantity": 1} for lot in stock(played, "water", *[1] * lots)]
    body = {"cause": "lost", "lines": lines, "site": "depot"}
    made = played.send("stock.loss", body, "county/storekeeper", "county/manager")
    classes = [one.derived.body["class"] for one in made]
    assert classes == ["seen", "gone", *["seen"] * (len(made) - 3), last]
    assert len(made) == lots + 1


def test_lines_before_count_against_the_allotment() -> None:
    played = requisition()
    played.allocate(99_000, f"auto-{ID}", verb="deallocate")
    made, leg = accept(played, 6, 3, 2)
    assert codes(made) == [("disbursement.instruct", "ok")] * 2 + [("case.open", "ok")]
    assert leg["owed"] == 900
