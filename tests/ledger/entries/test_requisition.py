"""`requisition.*`: goods taken by law, returned or compensated.

Goal: what is accepted comes from `ext:requisition` and stays its owner's; what is paid for it never
exceeds what is due; nothing of it lapses but the order.
Method: the smallest requisition both ways out (returned, compensated); each boundary of the order, of
the sum and of the goods from both sides; facts without their earlier leg.
"""

from typing import Any

import pytest
from books import Ran
from goods import NOWHERE
from money import Money, h

DAY = 86_400
COMMANDER, STORE, SECOND = "county/commander", "county/storekeeper", "county/manager"
PAYEE = h(44)


@pytest.fixture
def books() -> Money:
    return Money()


def order(books: Money, *, by: str = COMMANDER, days: int = 30, **change: Any) -> Ran:
    body = {
        "basis": "Disaster Prevention Act, article 31",
        "goods": [{"item": "pump", "quantity": 3}],
        "number": "2027-17",
        "window": {"from": books.time, "to": books.time + days * DAY},
        **change,
    }
    return books.run("requisition.order", body, by)


def taken(quantity: int = 2, **change: Any) -> dict[str, Any]:
    return {"condition": "good", "item": "pump", "quantity": quantity, **change}


def accept(
    books: Money, order: str, *lines: dict[str, Any], by: tuple[str, ...] = (STORE, SECOND),
    waited: bool = False, **change: Any,
) -> Ran:  # fmt: skip
    body = {
        "confirmed": True,
        "lines": list(lines or (taken(),)),
        "order": order,
        "owner": "relief",
        "payee": PAYEE,
        "site": "depot",
        **change,
    }
    return books.run("requisition.accept", body, *by, waited=waited)


def give_back(
    books: Money, accepted: str, *lines: tuple[str, int], waited: bool = False, **change: Any
) -> Ran:
    body = {
        "accept": accepted,
        "lines": [{"condition": "good", "lot": lot, "quantity": n} for lot, n in lines],
        "site": "depot",
        **change,
    }
    return books.run("requisition.return", body, STORE, SECOND, waited=waited)


def compensate(books: Money, accepted: str, n: int, **change: Any) -> Ran:
    payee = {"payee": {"class": "compensation", "tag": PAYEE}}
    return books.instruct(n, order=accepted, **(payee | change))


# ---- the smallest requisition -------------------------------------------------------------------


def test_goods_are_accepted_and_stay_their_owners(books: Money) -> None:
    law = order(books)
    assert law.moves == []
    ran = accept(books, law.id)
    assert ran.code == "ok"
    assert ran.moves == [("pump", "ext:requisition", "site:depot", 2)]
    lot = books.row("lots", ran.lot(0))
    assert (lot["owner"], lot["custodian"]) == ("relief", "county")
    assert lot["mix"] == [[f"requisition:{ran.id}", 2]]
    assert books.row("legs", law.id)["left"] == [["pump", 1]]
    assert books.row("legs", ran.id) == {
        "asked": 0,
        "confirmed": True,
        "due": books.time + 30 * DAY,
        "entry": ran.index,
        "kind": "requisition.accept",
        "left": [["pump", 2]],
        "order": law.id,
        "owner": "relief",
        "paid": 0,
        "payee": PAYEE,
        "site": "depot",
        "used": [["pump", 2]],
    }


def test_returned_whole_it_is_closed(books: Money) -> None:
    ran = accept(books, order(books).id)
    first = give_back(books, ran.id, (ran.lot(0), 1))
    assert first.code == "ok"
    assert first.moves == [("pump", "site:depot", "returned", 1)]
    assert "closed" not in books.row("legs", ran.id)
    last = give_back(books, ran.id, (ran.lot(0), 1))
    assert books.row("legs", ran.id)["closed"] == last.id
    assert books.balances("pump") == {"ext:requisition": -2, "returned": 2}


def test_compensated_whole_it_is_closed(books: Money) -> None:
    books.receive(1_000)
    ran = accept(books, order(books).id, taken(price=500), currency="CNY")
    assert books.row("legs", ran.id)["owed"] == 500
    paying = compensate(books, ran.id, 500)
    assert paying.code == "ok"
    assert books.row("legs", ran.id)["asked"] == 500
    assert "closed" not in books.row("legs", ran.id)
    books.paid(paying.id, 500)
    row = books.row("legs", ran.id)
    assert (row["paid"], "closed" in row) == (500, True)
    assert books.balance("CNY", "relief.general/paid:compensation") == 500


# ---- order --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "code"),
    [(0, "not_eligible"), (1, "ok"), (366 * DAY, "ok"), (366 * DAY + 1, "not_eligible")],
)
def test_an_order_ends_after_now_and_within_a_year(books: Money, to: int, code: str) -> None:
    assert order(books, window={"from": 0, "to": books.time + to}).code == code


def test_a_number_is_on_the_ledger_once(books: Money) -> None:
    first = order(books)
    again = order(books)
    assert again.code == "already_exists"
    assert again.refusal is not None
    assert again.refusal.values == {"key": "2027-17", "other": first.id}
    assert order(books, number="2027-18").code == "ok"


def test_a_commander_orders(books: Money) -> None:
    assert order(books, by="county/manager").code == "no_authority"
    books.add_actor("county/west", "commander", areas=["west"])
    assert order(books, by="county/west", area="east").code == "no_authority"
    assert order(books, by="county/west", area="west").code == "ok"


@pytest.mark.parametrize(
    "change",
    [
        {"window": {"from": 5, "to": 5}},
        {"goods": [{"item": "pump", "quantity": 1}] * 2},
        {"goods": []},
    ],
)
def test_the_form_of_an_order(books: Money, change: dict[str, Any]) -> None:
    assert order(books, **change).code == "malformed"


def test_an_order_lapses_and_an_acceptance_does_not(books: Money) -> None:
    law = order(books)
    ran = accept(books, law.id)
    books.lapse(law.id)
    assert "closed" in books.row("legs", law.id)
    assert "lapse" not in books.row("legs", ran.id)
    assert "closed" not in books.row("legs", ran.id)


# ---- accept -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "beyond"), [(3, 0), (4, 1)])
def test_more_than_was_ordered_is_here_and_flagged(books: Money, n: int, beyond: int) -> None:
    law = order(books)
    ran = accept(books, law.id, taken(n))
    assert ran.breaches == ((("exceeded", f"leg/{law.id}", beyond),) if beyond else ())
    assert books.balance("pump", "site:depot") == n


def test_before_the_window_and_after_it(books: Money) -> None:
    law = order(books, window={"from": books.time + 10, "to": books.time + 20})
    assert accept(books, law.id).breaches == (("not_eligible", f"leg/{law.id}", 1),)
    books.time += 10
    assert accept(books, law.id, taken(1)).code == "ok"
    books.time += 10
    ran = accept(books, law.id, taken(1))
    assert ran.breaches == (("not_open", f"leg/{law.id}", 0),)
    assert books.row("legs", ran.id)["due"] == books.time + 90 * DAY


def test_without_its_order_the_goods_are_here_all_the_same(books: Money) -> None:
    assert accept(books, NOWHERE).code == "unknown_reference"
    ran = accept(books, NOWHERE, waited=True)
    assert ran.breaches == (("not_open", f"leg/{NOWHERE}", 0),)
    assert books.balance("pump", "site:depot") == 2


def test_an_unknown_item_or_site_moves_nothing(books: Money) -> None:
    law = order(books)
    ran = accept(books, law.id, taken(item="gold"), waited=True)
    assert (ran.moves, ran.breaches) == ([], (("unknown_reference", "item/gold", 2),))
    ran = accept(books, law.id, site="moon", waited=True)
    assert (ran.moves, ran.breaches) == ([], (("unknown_reference", "site/moon", 0),))


@pytest.mark.parametrize(
    ("lines", "change", "code"),
    [
        ([taken(1), taken(1)], {}, "ok"),
        ([taken(1, price=5), taken(1, price=5)], {"currency": "CNY"}, "ok"),
        ([taken(1, price=5), taken(1)], {"currency": "CNY"}, "malformed"),
        ([taken(1, price=5)], {}, "malformed"),
        ([taken(1)], {"currency": "CNY"}, "malformed"),
    ],
)
def test_prices_stand_in_all_lines_or_in_none(
    books: Money, lines: list[Any], change: dict[str, Any], code: str
) -> None:
    assert accept(books, order(books).id, *lines, **change).code == code


def test_serials_are_as_many_as_pieces(books: Money) -> None:
    law = order(books)
    ran = accept(books, law.id, taken(2, serials=["A"]))
    assert ran.breaches == (("not_conserved", "item/pump", 2),)
    assert accept(books, law.id, taken(1, serials=["B"])).code == "ok"


def test_two_people_take_over(books: Money) -> None:
    law = order(books)
    assert accept(books, law.id, by=(STORE,)).breaches == (("same_person", "cosigners", 1),)
    assert accept(books, law.id, by=("county/payer", SECOND)).code == "no_authority"


# ---- return -------------------------------------------------------------------------------------


def test_more_than_was_accepted_goes_back_and_is_flagged(books: Money) -> None:
    ran = accept(books, order(books).id)
    back = give_back(books, ran.id, (ran.lot(0), 3))
    assert back.breaches == (
        ("over_issue", "pump/over_issue:depot", 1),
        ("exceeded", f"leg/{ran.id}", 1),
    )
    assert books.balance("pump", "returned") == 3


def test_goods_of_another_owner_are_flagged(books: Money) -> None:
    ran = accept(books, order(books).id)
    other = accept(books, order(books, number="2027-18").id, owner="county")
    back = give_back(books, ran.id, (other.lot(0), 2))
    assert back.breaches == (("not_eligible", f"lot/{other.lot(0)}", 2),)


def test_a_return_after_it_was_closed_is_flagged_and_went(books: Money) -> None:
    ran = accept(books, order(books).id)
    give_back(books, ran.id, (ran.lot(0), 2))
    again = give_back(books, ran.id, (ran.lot(0), 1))
    assert again.breaches[0] == ("not_open", f"leg/{ran.id}", 0)
    assert again.moves == [("pump", "over_issue:depot", "returned", 1)]


def test_a_return_without_its_acceptance_is_flagged_and_went(books: Money) -> None:
    ran = accept(books, order(books).id)
    assert give_back(books, NOWHERE, (ran.lot(0), 1)).code == "unknown_reference"
    back = give_back(books, NOWHERE, (ran.lot(0), 1), waited=True)
    assert back.breaches == (("unknown_reference", f"leg/{NOWHERE}", 0),)
    assert books.balance("pump", "returned") == 1


@pytest.mark.parametrize(("seconds", "late"), [(0, 0), (1, 1)])
def test_late_is_later_than_due(books: Money, seconds: int, late: int) -> None:
    ran = accept(books, order(books).id)
    books.time = books.row("legs", ran.id)["due"] + seconds
    back = give_back(books, ran.id, (ran.lot(0), 2))
    assert back.breaches == ((("late", f"leg/{ran.id}", late),) if late else ())


# ---- paid <= due --------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "code"), [(499, "ok"), (500, "ok"), (501, "not_enough")])
def test_no_more_is_instructed_than_is_due(books: Money, n: int, code: str) -> None:
    books.receive(1_000)
    ran = accept(books, order(books).id, taken(price=500), currency="CNY")
    assert compensate(books, ran.id, n).code == code


def test_parts_sum_to_what_is_due(books: Money) -> None:
    books.receive(1_000)
    ran = accept(books, order(books).id, taken(price=500), currency="CNY")
    first = compensate(books, ran.id, 300)
    refused = compensate(books, ran.id, 201)
    assert refused.refusal is not None
    assert refused.refusal.values == {"key": ran.id, "asked": 201, "left": 200}
    books.run(
        "disbursement.failed", {"instruction": first.id, "reference": books.fresh()}, "county/payer"
    )
    assert books.row("legs", ran.id)["asked"] == 0
    assert compensate(books, ran.id, 500).code == "ok"


def test_without_prices_the_first_instruction_settles_what_is_due(books: Money) -> None:
    books.receive(1_000)
    ran = accept(books, order(books).id)
    first = compensate(books, ran.id, 240)
    assert books.row("legs", ran.id)["owed"] == 240
    assert compensate(books, ran.id, 1).code == "not_enough"
    # It came to nothing: the next one settles it.
    books.run(
        "disbursement.failed", {"instruction": first.id, "reference": books.fresh()}, "county/payer"
    )
    assert "owed" not in books.row("legs", ran.id)
    assert compensate(books, ran.id, 260).code == "ok"
    assert books.row("legs", ran.id)["owed"] == 260


def test_money_that_comes_back_opens_it_again(books: Money) -> None:
    books.receive(1_000)
    ran = accept(books, order(books).id, taken(price=500), currency="CNY")
    paying = compensate(books, ran.id, 500)
    books.paid(paying.id, 500)
    body = {"amount": 500, "instruction": paying.id, "reference": books.fresh()}
    assert books.run("disbursement.returned", body, "county/payer").code == "ok"
    row = books.row("legs", ran.id)
    assert (row["asked"], row["paid"], "closed" in row) == (0, 0, False)
    assert compensate(books, ran.id, 500).code == "ok"


def test_goods_that_are_back_without_a_price_need_no_money(books: Money) -> None:
    books.receive(1_000)
    ran = accept(books, order(books).id)
    give_back(books, ran.id, (ran.lot(0), 2))
    assert compensate(books, ran.id, 10).code == "not_open"


def test_goods_that_are_back_are_still_paid_for_where_a_price_is_due(books: Money) -> None:
    books.receive(1_000)
    ran = accept(books, order(books).id, taken(price=500), currency="CNY")
    give_back(books, ran.id, (ran.lot(0), 2))
    assert "closed" not in books.row("legs", ran.id)
    assert compensate(books, ran.id, 500).code == "ok"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"payee": {"class": "vendor", "tag": PAYEE}}, "not_eligible"),
        ({"payee": {"class": "compensation", "tag": h(45)}}, "not_eligible"),
        ({"line": "island.general"}, "not_eligible"),
        ({"order": NOWHERE}, "unknown_reference"),
    ],
)
def test_it_is_paid_to_its_payee_in_its_currency(
    books: Money, change: dict[str, Any], code: str
) -> None:
    books.receive(1_000)
    books.receive(1_000, "island.general")
    ran = accept(books, order(books).id, taken(price=500), currency="CNY")
    body = {"order": ran.id, "payee": {"class": "compensation", "tag": PAYEE}, **change}
    assert books.instruct(10, **body).code == code


def test_an_order_of_goods_is_nothing_that_is_owed(books: Money) -> None:
    books.receive(1_000)
    law = order(books)
    assert compensate(books, law.id, 10).code == "not_eligible"
