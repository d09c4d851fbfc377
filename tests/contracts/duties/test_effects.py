"""What each verb causes: the kind, a body that is valid, and what happens where it cannot be said.

Goal: an effect becomes a statement that a person could have signed, found from the state where the
contract does not say it; where that cannot be, nothing of the item happens and one case opens.
Method: small triggers on a small book, played as the machine plays them.
"""

from typing import Any

import pytest
from books import NOON
from duties import TAG, Caused, Played, alert, codes, compiled, rows_of, trigger
from goods import stock
from money import h

from contracts.duties.derived import rule_of, subject_of
from contracts.duties.flags import flag_key, is_flagged
from contracts.duties.moving import ANSWER_S, ORDER_S, spare
from ledger.entry import Cause, auto_id
from ledger.holds import find_hold

BUDGET = {"fund": "'relief'", "per_firing": 1_000_000}
PAY = {"to": "'{tag}'", "amount": "100", "fund": "'relief'", "purpose": "'cash'"}


def pay(tag: str, **fields: str) -> dict[str, Any]:
    return {"id": "pay", "pay": {**PAY, "to": f"'{tag}'", **fields}}


def fire(played: Played, **changes: Any) -> list[Caused]:
    return played.send("alert.declare", alert(**changes), "county/commander")


# ---- pay ----------------------------------------------------------------------------------------


def played_with(effects: list[dict[str, Any]], allotted: int = 1_000, **rest: Any) -> Played:
    contract = compiled(trigger(effects, budget=BUDGET, **rest))
    played = Played(contract)
    played.household(1)
    if allotted:
        played.allot(contract, allotted)
    return played


def test_a_household_is_paid_from_the_allotment() -> None:
    played = played_with([pay(TAG)])
    (made,) = fire(played)
    assert made.code == "ok"
    assert made.derived.body == {
        "allotment": "auto-relief-now",
        "area": "east",
        "draws": [{"amount": 100, "line": "relief.general"}],
        "payee": {"class": "household", "tag": TAG},
        "purpose": "cash",
        "source": "allocated",
    }
    assert played.balance("CNY", "relief.general/allocated:auto-relief-now") == 900
    assert played.balance("CNY", f"relief.general/transit:{made.id}") == 100


def test_the_same_cause_never_pays_twice() -> None:
    played = played_with([pay(TAG)])
    fire(played)
    index = played.reader.ids[played.caused[0].id] - 1  # type: ignore[index]
    again = played.fire("alert.declare", alert(), index, "00" * 32)
    assert again == []
    assert played.payments() == {TAG: 100}
    contract = next(iter(played.contracts.values()))
    cause = Cause(index, rule_of(contract, "pay"))
    assert played.caused[0].id == auto_id("ledger.example.org/test", cause)


@pytest.mark.parametrize(("allotted", "code"), [(100, "disbursement.instruct"), (99, "case.open")])
def test_the_allotment_is_enough_or_nothing_moves(allotted: int, code: str) -> None:
    played = played_with([pay(TAG)], allotted)
    (made,) = fire(played)
    assert (made.derived.kind, made.code) == (code, "ok")
    if code == "case.open":
        assert made.derived.body == {
            "class": "budget",
            "subjects": ["contract/relief-now", "fund/relief"],
        }


def test_free_money_and_other_allocations_are_never_drawn_on() -> None:
    played = played_with([pay(TAG)], 0)
    played.receive(5_000)
    played.allocate(2_000, "cash")
    (made,) = fire(played)
    assert made.derived.kind == "case.open"


def test_the_narrowest_line_pays_first() -> None:
    contract = compiled(trigger([pay(TAG, amount="150", purpose="'food'")], budget=BUDGET))
    played = Played(contract)
    played.household(1)
    played.allot(contract, 1_000)
    played.allot(contract, 100, "relief.food")
    (made,) = fire(played)
    assert made.code == "ok"
    assert made.derived.body["draws"] == [
        {"amount": 100, "line": "relief.food"},
        {"amount": 50, "line": "relief.general"},
    ]


def test_a_line_whose_earmark_does_not_cover_it_is_passed_by() -> None:
    contract = compiled(trigger([pay(TAG, purpose="'cash'")], budget=BUDGET))
    played = Played(contract)
    played.household(1)
    played.allot(contract, 1_000, "relief.food")
    assert codes(fire(played)) == [("case.open", "ok")]


def test_two_payments_of_one_firing_share_the_allotment() -> None:
    second = {**pay(TAG), "id": "more"}
    played = played_with([pay(TAG), second], 199)
    assert codes(fire(played)) == [("case.open", "ok")]
    played = played_with([pay(TAG), second], 200)
    assert codes(fire(played)) == [("disbursement.instruct", "ok")] * 2


def test_a_salted_payee_is_a_vendor_in_the_area_of_the_cause() -> None:
    played = played_with([pay(h(9))])
    (made,) = fire(played)
    assert made.code == "ok"
    assert made.derived.body["payee"] == {"class": "vendor", "tag": h(9)}
    assert made.derived.body["area"] == "east"


@pytest.mark.parametrize(
    ("changes", "class_"),
    [
        ({"to": "'somebody'"}, "contract-fault"),
        ({"amount": "0"}, "contract-fault"),
        ({"amount": "1000000000001"}, "budget"),
        ({"purpose": "'cash_relief'"}, "budget"),
        ({"fund": "'island'"}, "budget"),
    ],
)
def test_what_cannot_be_paid_opens_one_case(changes: dict[str, str], class_: str) -> None:
    note = {"id": "note", "set_flag": {"subject": "it.alert", "flag": "'paid'", "on": "true"}}
    played = played_with([pay(TAG, **changes), note])
    (made,) = fire(played)
    assert (made.derived.kind, made.code) == ("case.open", "ok")
    assert made.derived.body["class"] == class_
    assert not any(key.startswith("flag/") for key in rows_of(played, "flags"))


def test_an_error_of_the_contract_opens_a_case() -> None:
    played = played_with([{"id": "pay", "pay": {**PAY, "to": "it.areas[it.level]"}}])
    (made,) = fire(played)
    assert made.derived.body == {"class": "contract-fault", "subjects": ["contract/relief-now"]}
    assert made.derived.rule.endswith("/!fault/")


def test_an_instruction_from_an_allotment_is_signed_by_nobody() -> None:
    played = played_with([pay(TAG)])
    refused = played.instruct(10, "allocated", allotment="auto-relief-now")
    assert refused.code == "no_authority"
    assert played.instruct(10, "allocated", purpose="auto-relief-now").code == "malformed"
    assert played.instruct(10, "allocated", allotment="food").code == "malformed"
    back = played.allocate(1_000, "auto-relief-now", verb="deallocate")
    assert back.code == "ok"
    assert played.balance("CNY", "relief.general/free") == 1_000


# ---- goods --------------------------------------------------------------------------------------


def goods_with(effect: dict[str, Any], **quantities: int) -> Played:
    played = Played(compiled(trigger([{"id": "move", **effect}])))
    for item, n in quantities.items():
        stock(played, item, n)
    return played


def test_a_transfer_is_an_order_for_a_week() -> None:
    fields = {"from": "'depot'", "to": "'school'", "item": "'water'", "qty": "7"}
    played = goods_with({"transfer": fields}, water=10)
    (made,) = fire(played)
    assert (made.derived.kind, made.code) == ("shipment.order", "ok")
    assert made.derived.body == {
        "from": "depot",
        "lines": [{"item": "water", "quantity": 7}],
        "to": "school",
        "until": played.time + ORDER_S,
    }


@pytest.mark.parametrize(("qty", "code"), [("10", "ok"), ("11", "not_enough")])
def test_a_transfer_of_more_than_there_is_is_refused_and_logged(qty: str, code: str) -> None:
    fields = {"from": "'depot'", "to": "'school'", "item": "'water'", "qty": qty}
    (made,) = fire(goods_with({"transfer": fields}, water=10))
    assert made.code == code


def test_a_transfer_to_the_same_site_is_a_fault() -> None:
    fields = {"from": "'depot'", "to": "'depot'", "item": "'water'", "qty": "1"}
    (made,) = fire(goods_with({"transfer": fields}, water=10))
    assert made.derived.body["class"] == "contract-fault"


def test_a_reservation_is_for_the_class_of_the_item() -> None:
    fields = {"site": "'depot'", "item": "'rice'", "qty": "5", "expires_in": "7200"}
    played = goods_with({"reserve": fields}, rice=10)
    (made,) = fire(played)
    assert (made.derived.kind, made.code) == ("stock.reserve", "ok")
    assert made.derived.body == {
        "item": "rice", "purpose": "food", "quantity": 5, "site": "depot",
        "until": played.time + 7_200,
    }  # fmt: skip


REQUEST = {"request_transfer": {"from": "'depot'", "to": "'school'", "mass": "25"}}


def test_a_request_waits_for_the_giver() -> None:
    played = goods_with(REQUEST, rice=30, water=9)
    (made,) = fire(played)
    assert (made.derived.kind, made.code) == ("shipment.order", "held")
    assert made.derived.body["lines"] == [{"item": "rice", "quantity": 25}]
    hold = find_hold(played.state(), made.id)
    assert hold is not None
    assert (hold.wants.organisations, hold.wants.roles) == (1, ("manager",))
    assert [place.site for place in hold.wants.places] == ["depot"]
    assert hold.wants.barred == ("relief",)
    assert hold.wants.until == played.time + ANSWER_S


def test_a_request_takes_what_expires_first_and_whole_units() -> None:
    played = Played()
    played.set(
        "catalogue",
        "item/mask",
        {"aliases": [], "class": "medical", "packs": [], "unit": "H87", "weight_g": 10},
    )
    stock(played, "rice", 30)
    stock(played, "mask", 3, expiry=NOON + 86_400 * 400)
    book = played._booked(played.state(), 0, "00" * 32)  # type: ignore[arg-type]
    assert spare(book, "depot", 25) == {"mask": 3}
    assert spare(book, "depot", 21) == {"mask": 3}
    assert spare(book, "depot", 20) == {"mask": 2}
    assert spare(book, "depot", 31) == {"mask": 3, "rice": 1}
    assert spare(book, "depot", 1_000) == {"mask": 3, "rice": 30}
    assert spare(book, "school", 1) == {}


def test_a_request_where_nothing_is_to_spare_is_a_fault() -> None:
    (made,) = fire(goods_with(REQUEST, water=9))
    assert made.derived.body["class"] == "contract-fault"


# ---- cases, tasks, messages, flags --------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "named"),
    [
        ("it.areas[0]", "area/east"),
        ("'fund/relief'", "fund/relief"),
        ("it.statement", None),
        (f"'{TAG}'", f"household/{TAG}"),
        ("'relief'", "organisation/relief"),
        ("'nobody knows'", "contract/relief-now"),
    ],
)
def test_an_alert_opens_a_case_about_its_subject(subject: str, named: str | None) -> None:
    effect = {"id": "alert", "raise_alert": {"code": "'no-account'", "subject": subject}}
    played = Played(compiled(trigger([effect])))
    (made,) = fire(played)
    assert (made.derived.kind, made.code) == ("case.open", "ok")
    assert made.derived.body["class"] == "no-account"
    subjects: Any = made.derived.body["subjects"]
    assert subjects[0].startswith("statement/") if named is None else subjects == [named]
    assert rows_of(played, "legs")[made.id]["state"] == "open"


def test_a_sensitive_class_names_no_subject() -> None:
    effect = {"id": "alert", "raise_alert": {"code": "'abuse'", "subject": "it.areas[0]"}}
    (made,) = fire(Played(compiled(trigger([effect]))))
    assert (made.derived.body["subjects"], made.code) == ([], "ok")


def test_an_approval_that_a_trigger_asks_for_is_a_case_with_a_deadline() -> None:
    ask = {"subject": "it.areas[0]", "min_orgs": "2", "expires_in": "3600"}
    played = Played(compiled(trigger([{"id": "ask", "open_approval": ask}])))
    (made,) = fire(played)
    due = played.time + 3_600
    assert made.derived.body == {"class": "approval-2", "due": due, "subjects": ["area/east"]}


def test_messages_are_told_and_not_logged() -> None:
    tell = {"to": "'duty'", "code": "'red'", "subject": "it.alert"}
    played = Played(compiled(trigger([{"id": "tell", "notify": tell}])))
    before = len(played.reader.entries)
    assert fire(played) == []
    assert len(played.reader.entries) == before + 1
    (message,) = played.messages
    assert (message.to, message.code, message.subject) == ("duty", "red", "quake")
    assert message.contract == "relief-now"


def test_flags_are_set_and_taken_away() -> None:
    mark = {"subject": "it.alert", "flag": "'red'", "on": "it.level >= 4"}
    played = Played(compiled(trigger([{"id": "mark", "set_flag": mark}])))
    fire(played)
    row = rows_of(played, "flags")[flag_key("red", "quake")]
    assert row["contract"] == "relief-now"
    assert is_flagged(played.state(), "red", "quake")
    fire(played)
    assert rows_of(played, "flags")[flag_key("red", "quake")] == row
    fire(played, level=3)
    assert not is_flagged(played.state(), "red", "quake")


def test_a_long_flag_has_a_short_key() -> None:
    assert len(flag_key("f", "x" * 185)) == 192
    assert flag_key("f", "x" * 186).startswith("flag/#")
    assert flag_key("f", "x" * 186) != flag_key("f", "x" * 187)


def test_subjects_of_cases() -> None:
    assert subject_of("") == ""
    assert subject_of(h(5), "statement") == f"statement/{h(5)}"
    assert subject_of("relief.food", "line") == "line/relief.food"
    assert subject_of("county", "org") == "organisation/county"
    assert subject_of("county", "person") == ""
    assert subject_of("x" * 49, "site") == ""
