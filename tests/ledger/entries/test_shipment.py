"""`shipment.*`: goods between two custodians.

Goal: what an order keeps nobody else is promised; goods on their way stand on an account of their own
until a person says what came; arrived + lost + in transit is what was dispatched, more is `found`.
Method: each leg opened, used in part, used up, exceeded, lapsed; arrivals before, after and without
their dispatch.
"""

from typing import Any

import pytest
from books import Books
from goods import (
    NOWHERE,
    SHIP,
    arrive,
    arrived,
    dispatch,
    draw,
    goods,
    living,
    mix_of,
    order,
    receive,
    stock,
)

DAY = 86_400


@pytest.fixture
def books() -> Books:
    return Books()


# ---- order --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "code", "left"), [(10, "ok", 0), (11, "not_enough", 10)])
def test_an_order_keeps_what_is_there(books: Books, n: int, code: str, left: int) -> None:
    stock(books, "rice", 4, 6)
    ran = order(books, rice=n)
    assert ran.code == code
    if code == "ok":
        assert books.row("reserved", "rice/depot") == n
        assert ran.moves == []
        assert books.row("legs", ran.id) == {
            "due": books.time + DAY,
            "entry": ran.index,
            "from": "depot",
            "kind": "shipment.order",
            "lapse": books.time + DAY,
            "left": [["rice", n]],
            "to": "school",
        }
    else:
        assert ran.refusal is not None
        assert ran.refusal.where == "body.lines[0]"
        assert ran.refusal.values == {"key": "rice/depot", "asked": n, "left": left}
        assert books.row("reserved", "rice/depot") is None


def test_two_orders_share_the_stock(books: Books) -> None:
    stock(books, "rice", 10)
    order(books, rice=7)
    ran = order(books, rice=4)
    assert ran.refusal is not None
    assert ran.refusal.values["left"] == 3
    assert order(books, rice=3).code == "ok"
    assert order(books, rice=1).code == "not_enough"


@pytest.mark.parametrize("change", [{"condition": "damaged"}, {"expiry": 0}, {"hold": "ab" * 32}])
def test_unusable_goods_cannot_be_ordered(books: Books, change: dict[str, Any]) -> None:
    (lot,) = stock(books, "rice", 10)
    row = {**books.row("lots", lot), **change}
    if "expiry" in change:
        row["expiry"] = books.time
    books.set("lots", lot, row)
    assert order(books, rice=1).code == "not_enough"
    if "expiry" in change:
        books.set("lots", lot, {**row, "expiry": books.time + 1})
        assert order(books, rice=1).code == "ok"


def test_an_order_lapses_and_frees_what_it_kept(books: Books) -> None:
    stock(books, "rice", 10)
    ran = order(books, rice=10)
    lapsed = books.lapse(ran.id)
    assert books.row("reserved", "rice/depot") is None
    leg = books.row("legs", ran.id)
    assert "lapse" not in leg
    assert leg["closed"] == lapsed.id
    assert order(books, rice=10).code == "ok"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"until": 0}, "not_eligible"),
        ({"until": 1}, "ok"),
        ({"until": 90 * DAY}, "ok"),
        ({"until": 90 * DAY + 1}, "not_eligible"),
        ({"to": "depot"}, "malformed"),
        ({"to": "nowhere"}, "unknown_reference"),
        ({"lines": [{"item": "rice", "quantity": 1}] * 2}, "malformed"),
        ({"lines": [{"item": "nothing", "quantity": 1}]}, "unknown_reference"),
        ({"carrier": "nobody"}, "unknown_reference"),
        ({"carrier": "relief", "programme": "flood"}, "ok"),
    ],
)
def test_the_form_of_an_order(books: Books, change: dict[str, Any], code: str) -> None:
    stock(books, "rice", 10)
    body = {
        "from": "depot",
        "lines": [{"item": "rice", "quantity": 1}],
        "to": "school",
        **change,
        "until": books.time + change.get("until", DAY),
    }
    assert books.run("shipment.order", body, "county/manager").code == code


def test_who_may_order(books: Books) -> None:
    stock(books, "rice", 10)
    books.add_actor("county/west", "manager", areas=["west"])
    body = {
        "from": "depot",
        "lines": [{"item": "rice", "quantity": 1}],
        "to": "school",
        "until": books.time + DAY,
    }
    assert books.run("shipment.order", body, "county/west").code == "no_authority"
    assert books.run("shipment.order", body, SHIP).code == "no_authority"


# ---- dispatch -----------------------------------------------------------------------------------


def test_what_is_dispatched_stands_on_its_way(books: Books) -> None:
    a, b = stock(books, "rice", 10, 5)
    ordered = order(books, rice=12)
    ran = dispatch(books, draw(a, 8), draw(b, 4), order=ordered.id, waybill="SF-1/27")
    way = f"consignment:{ran.id}"
    assert ran.code == "ok"
    assert ran.moves == [("rice", "site:depot", way, 8), ("rice", "site:depot", way, 4)]
    assert living(books, "rice", way) == {ran.lot(0): 8, ran.lot(1): 4}
    leg = books.row("legs", ran.id)
    assert leg == {
        "due": books.time + 14 * DAY,
        "entry": ran.index,
        "from": "depot",
        "kind": "shipment.dispatch",
        "left": [["rice", 12]],
        "to": "school",
        "used": [["rice", 12]],
    }
    assert books.row("reserved", "rice/depot") is None
    assert books.row("legs", ordered.id)["closed"] == ran.id
    assert books.row("lots", ran.lot(0))["custodian"] == "county"


def test_an_order_is_used_in_parts(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    ordered = order(books, rice=10)
    assert dispatch(books, draw(lot, 4), order=ordered.id).code == "ok"
    assert books.row("reserved", "rice/depot") == 6
    assert "closed" not in books.row("legs", ordered.id)
    books.lapse(ordered.id)
    assert books.row("reserved", "rice/depot") is None


def test_more_than_was_ordered_is_flagged(books: Books) -> None:
    rice, mask = stock(books, "rice", 10)[0], stock(books, "mask", 5)[0]
    ordered = order(books, rice=4)
    ran = dispatch(books, draw(rice, 6), draw(mask, 5), order=ordered.id)
    subject = f"leg/{ordered.id}"
    assert ran.breaches == (("exceeded", subject, 2), ("exceeded", subject, 5))
    assert books.row("reserved", "rice/depot") is None


@pytest.mark.parametrize("case", ["none", "unknown", "lapsed", "recorded", "used", "other"])
def test_without_an_open_order_goods_move_and_a_breach_is_named(books: Books, case: str) -> None:
    (lot,) = stock(books, "rice", 10)
    named = None
    if case in ("lapsed", "recorded", "used"):
        named = order(books, rice=1).id
    if case == "recorded":
        books.lapse(named)
    if case == "lapsed":
        books.time += DAY
    if case == "used":
        dispatch(books, draw(lot, 1), order=named)
    if case == "other":
        named = dispatch(books, draw(lot, 1)).id
    if case == "unknown":
        named = NOWHERE
    body = {"from": "depot", "lines": [draw(lot, 5)], "to": "school"}
    if named:
        body["order"] = named
    if case == "unknown":
        assert books.run("shipment.dispatch", body, SHIP).code == "unknown_reference"
    ran = books.run("shipment.dispatch", body, SHIP, waited=True)
    assert ran.breaches == (("not_open", f"leg/{named or 'order'}", 0),)
    assert ran.moves == [("rice", "site:depot", f"consignment:{ran.id}", 5)]


def test_an_order_between_other_sites_does_not_fit(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    ordered = order(books, rice=5)
    ran = dispatch(books, draw(lot, 5), to="reserve", order=ordered.id)
    assert ran.breaches == (("not_eligible", f"leg/{ordered.id}", 1),)


def test_a_lot_that_misses_goods_is_over_issued(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    ran = dispatch(books, draw(lot, 12), order=order(books, rice=10).id)
    way = f"consignment:{ran.id}"
    assert ran.moves == [
        ("rice", "site:depot", way, 10),
        ("rice", "over_issue:depot", way, 2),
    ]
    assert mix_of(books, ran.lot(0)) == {f"gift:{lot[:64]}": 10, f"found:{ran.id}": 2}
    assert [breach[0] for breach in ran.breaches] == ["over_issue", "exceeded"]


# ---- arrive -------------------------------------------------------------------------------------


def sent(books: Books, *quantities: int) -> Any:
    lots = stock(books, "rice", *quantities)
    ordered = order(books, rice=sum(quantities))
    lines = [draw(lot, n) for lot, n in zip(lots, quantities, strict=True)]
    ran = dispatch(books, *lines, order=ordered.id)
    assert ran.code == "ok"
    return ran


def test_good_damaged_and_lost_in_this_order(books: Books) -> None:
    ran = sent(books, 10)
    came = arrive(books, ran.id, arrived("rice", 6, 3, 1))
    way = f"consignment:{ran.id}"
    assert came.code == "ok"
    assert came.moves == [
        ("rice", way, "site:school", 6),
        ("rice", way, "site:school", 3),
        ("rice", way, "lost:transport", 1),
    ]
    assert books.row("lots", came.lot(0))["condition"] == "good"
    assert books.row("lots", came.lot(1))["condition"] == "damaged"
    assert books.row("lots", came.lot(0))["custodian"] == "relief"
    assert books.row("lots", came.lot(0))["owner"] == "county"
    leg = books.row("legs", ran.id)
    assert leg["closed"] == came.id
    assert leg["left"] == []


def test_what_did_not_come_stays_on_its_way(books: Books) -> None:
    ran = sent(books, 10)
    came = arrive(books, ran.id, arrived("rice", 4, lot=ran.lot(0)))
    assert came.code == "ok"
    assert books.balance("rice", f"consignment:{ran.id}") == 6
    assert books.row("legs", ran.id)["left"] == [["rice", 6]]
    late = arrive(books, ran.id, arrived("rice", 5, 0, 1, lot=ran.lot(0)))
    assert late.code == "ok"
    assert books.row("legs", ran.id)["closed"] == late.id


@pytest.mark.parametrize(
    ("line", "moves", "breaches"),
    [
        (
            arrived("rice", 12),
            [("rice", "WAY", "site:school", 10), ("rice", "found:school", "site:school", 2)],
            (("found", "rice/found:school", 2),),
        ),
        (
            arrived("rice", 8, 4),
            [
                ("rice", "WAY", "site:school", 8),
                ("rice", "WAY", "site:school", 2),
                ("rice", "found:school", "site:school", 2),
            ],
            (("found", "rice/found:school", 2),),
        ),
        (
            arrived("rice", 9, 0, 3),
            [("rice", "WAY", "site:school", 9), ("rice", "WAY", "lost:transport", 1)],
            (("exceeded", "leg/ID", 2),),
        ),
        (
            arrived("mask", 1),
            [("mask", "found:school", "site:school", 1)],
            (("found", "mask/found:school", 1),),
        ),
    ],
)
def test_more_than_was_dispatched_is_found(
    books: Books, line: dict[str, Any], moves: Any, breaches: Any
) -> None:
    ran = sent(books, 10)
    came = arrive(books, ran.id, line)
    way = f"consignment:{ran.id}"
    assert came.moves == [(c, way if s == "WAY" else s, t, n) for c, s, t, n in moves]
    assert came.breaches == tuple((c, s.replace("ID", ran.id), n) for c, s, n in breaches)


def test_a_lot_that_is_partly_found_says_so(books: Books) -> None:
    ran = sent(books, 10)
    came = arrive(books, ran.id, arrived("rice", 12))
    assert books.row("lots", came.lot(0))["mix"][-1] == [f"found:{came.id}", 2]
    assert books.row("lots", came.lot(0))["from"] == [[ran.lot(0), 10], ["found:school", 2]]


def test_outputs_are_numbered_as_the_body_says(books: Books) -> None:
    ran = sent(books, 10, 10)
    came = arrive(
        books,
        ran.id,
        arrived("rice", 0, 3, 1, lot=ran.lot(0)),
        arrived("rice", 5, 1, lot=ran.lot(1)),
    )
    made = [effect[1:4] for effect in came.effects.lots if effect[0] == "made"]
    assert (came.lot(0), "rice", 3) in made
    assert (came.lot(1), "rice", 5) in made
    assert (came.lot(2), "rice", 1) in made


def test_without_a_label_the_consignment_is_taken_by_expiry(books: Books) -> None:
    (late,) = stock(books, "rice", 5, expiry=books.time + 200)
    (soon,) = stock(books, "rice", 5, expiry=books.time + 100)
    ran = dispatch(books, draw(late, 5), draw(soon, 5), order=order(books, rice=10).id)
    came = arrive(books, ran.id, arrived("rice", 6))
    assert books.row("lots", came.lot(0))["from"] == [[ran.lot(1), 5], [ran.lot(0), 1]]
    assert books.row("lots", came.lot(0))["expiry"] == books.time + 100


def test_what_left_damaged_does_not_arrive_good(books: Books) -> None:
    (lot,) = stock(books, "rice", 5, condition="damaged")
    ran = dispatch(books, draw(lot, 5))
    came = arrive(books, ran.id, arrived("rice", 5))
    assert books.row("lots", came.lot(0))["condition"] == "damaged"


def test_a_label_of_another_item_is_no_lot_of_this_line(books: Books) -> None:
    ran = sent(books, 10)
    came = arrive(books, ran.id, arrived("mask", 2, lot=ran.lot(0)))
    assert came.breaches == (
        ("unknown_reference", f"lot/{ran.lot(0)}", 2),
        ("found", "mask/found:school", 2),
    )


def test_arrival_at_another_site_is_booked_there_and_flagged(books: Books) -> None:
    ran = sent(books, 10)
    body = {"dispatch": ran.id, "lines": [arrived("rice", 10)], "site": "reserve"}
    came = books.run("shipment.arrive", body, "county/receiver")
    assert came.breaches == (("not_eligible", "site/reserve", 1),)
    assert books.balance("rice", "site:reserve") == 10


def test_who_may_say_that_it_came(books: Books) -> None:
    ran = sent(books, 10)
    body = {"dispatch": ran.id, "lines": [arrived("rice", 10)], "site": "school"}
    assert books.run("shipment.arrive", body, SHIP).code == "no_authority"
    books.add_actor("relief/x", "receiver", sites=["depot"])
    assert books.run("shipment.arrive", body, "relief/x").code == "no_authority"
    assert books.run("shipment.arrive", body, "relief/storekeeper").code == "ok"


# ---- an arrival without its dispatch ------------------------------------------------------------


def test_an_arrival_waits_for_its_dispatch_and_is_found_at_last(books: Books) -> None:
    line = arrived("rice", 8, 2, 1)
    assert arrive(books, NOWHERE, line).code == "unknown_reference"
    came = arrive(books, NOWHERE, line, waited=True)
    assert came.moves == [
        ("rice", "found:school", "site:school", 8),
        ("rice", "found:school", "site:school", 2),
    ]
    assert came.breaches == (
        ("unknown_reference", f"leg/{NOWHERE}", 0),
        ("found", "rice/found:school", 8),
        ("found", "rice/found:school", 2),
        ("exceeded", f"leg/{NOWHERE}", 1),
    )
    assert mix_of(books, came.lot(0)) == {f"found:{came.id}": 8}


@pytest.mark.parametrize(
    ("dispatched", "on_the_way", "found"), [(10, 0, 0), (13, 3, 0), (7, 0, -3)]
)
def test_a_dispatch_that_comes_later_is_booked_against_what_was_found(
    books: Books, dispatched: int, on_the_way: int, found: int
) -> None:
    (lot,) = stock(books, "rice", 20)
    coming = books.next_id()
    came = books.run(
        "shipment.arrive",
        {"dispatch": books.next_id(2), "lines": [arrived("rice", 10)], "site": "school"},
        "relief/receiver",
        waited=True,
    )
    assert came.id == coming
    ran = dispatch(books, draw(lot, dispatched))
    assert books.balance("rice", "found:school") == found
    assert books.balance("rice", f"consignment:{ran.id}") == on_the_way
    assert books.balance("rice", "site:depot") == 20 - dispatched
    leg = books.row("legs", ran.id)
    assert leg["kind"] == "shipment.dispatch"
    assert leg["left"] == ([["rice", on_the_way]] if on_the_way else [])
    assert ("closed" in leg) == (on_the_way == 0)
    if on_the_way:
        assert living(books, "rice", f"consignment:{ran.id}") == {ran.lot(0): on_the_way}


def test_an_arrival_cannot_take_the_place_of_another_leg(books: Books) -> None:
    stock(books, "rice", 10)
    ordered = order(books, rice=10)
    before = books.row("legs", ordered.id)
    came = arrive(books, ordered.id, arrived("rice", 1))
    assert came.breaches[0] == ("unknown_reference", f"leg/{ordered.id}", 0)
    assert books.row("legs", ordered.id) == before


def test_expired_goods_may_still_be_moved_away(books: Books) -> None:
    """Expired goods leave the ledger only as a loss; sending them to be destroyed is no exit."""
    lot = receive(books, goods("rice", 5, expiry=books.time + 5)).lot()
    books.time += 10
    assert dispatch(books, draw(lot, 5)).breaches == (("not_open", "leg/order", 0),)
