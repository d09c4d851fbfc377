"""`stock.reserve .release`: goods kept for one purpose.

Goal: what is reserved is there, nobody else is promised it, and a fact that takes it away is flagged.
Method: both sides of each boundary of granting, taking, freeing and lapsing; then random histories of
receipts, splits, moves, hand-outs, losses, orders and reservations, after each of which the sum kept at
a site is compared with what is on hand.
"""

from typing import Any

import pytest
from books import Books, Ran
from goods import (
    NOWHERE,
    TAG,
    count,
    dispatch,
    draw,
    enrol,
    give,
    hand_out,
    issue,
    lose,
    merge,
    move,
    order,
    release,
    split,
    stock,
)
from hypothesis import given, settings
from hypothesis import strategies as st

DAY = 86_400
MANAGER = "county/manager"
ANY_LOT = "00" * 32 + "/0"


@pytest.fixture
def books() -> Books:
    return Books()


def reserve(books: Books, n: int, item: str = "rice", days: int = 10, **change: Any) -> Ran:
    body = {
        "item": item,
        "purpose": "food",
        "quantity": n,
        "site": "depot",
        "until": books.time + days * DAY,
        **change,
    }
    return books.run("stock.reserve", body, MANAGER)


def free(books: Books, reservation: str, n: int | None = None) -> Ran:
    body = {"reservation": reservation} | ({} if n is None else {"quantity": n})
    return books.run("stock.release", body, MANAGER)


def ordered(books: Books, n: int, reservation: str | None = None, **rest: Any) -> Ran:
    body = {
        "from": "depot",
        "lines": [{"item": "rice", "quantity": n}],
        "to": "school",
        "until": books.time + DAY,
        **rest,
    }
    if reservation is not None:
        body["reservation"] = reservation
    return books.run("shipment.order", body, MANAGER)


def kept(books: Books, reservation: str) -> int:
    return sum(n for _, n in books.row("legs", reservation)["left"])


# ---- granted ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "code"), [(10, "ok"), (11, "not_enough")])
def test_no_more_is_reserved_than_is_there(books: Books, n: int, code: str) -> None:
    stock(books, "rice", 4, 6)
    ran = reserve(books, n)
    assert ran.code == code
    if code == "ok":
        assert books.row("reserved", "rice/depot") == 10
        assert ran.moves == []
        assert books.row("legs", ran.id) == {
            "due": books.time + 10 * DAY,
            "entry": ran.index,
            "item": "rice",
            "kind": "stock.reserve",
            "lapse": books.time + 10 * DAY,
            "left": [["rice", 10]],
            "purpose": "food",
            "site": "depot",
        }
    else:
        assert ran.refusal is not None
        assert ran.refusal.values == {"key": "rice/depot", "asked": 11, "left": 10}
        assert books.row("reserved", "rice/depot") is None


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(0, "not_eligible"), (1, "ok"), (90 * DAY, "ok"), (90 * DAY + 1, "not_eligible")],
)
def test_a_reservation_ends_after_now_and_within_90_days(
    books: Books, seconds: int, code: str
) -> None:
    stock(books, "rice", 1)
    assert reserve(books, 1, until=books.time + seconds).code == code


@pytest.mark.parametrize("change", [{"condition": "damaged"}, {"expiry": 0}, {"hold": "ab" * 32}])
def test_unusable_goods_are_not_reserved(books: Books, change: dict[str, Any]) -> None:
    (lot,) = stock(books, "rice", 10)
    row = {**books.row("lots", lot), **change}
    if "expiry" in change:
        row["expiry"] = books.time
    books.set("lots", lot, row)
    assert reserve(books, 1).code == "not_enough"


@pytest.mark.parametrize(
    ("name", "value"), [("item", "gold"), ("site", "moon"), ("programme", "quake")]
)
def test_what_it_names_is_in_the_catalogue(books: Books, name: str, value: str) -> None:
    stock(books, "rice", 1)
    assert reserve(books, 1, **{name: value}).code == "unknown_reference"


def test_only_a_manager_reserves_and_frees(books: Books) -> None:
    stock(books, "rice", 10)
    body = {"item": "rice", "purpose": "food", "quantity": 1, "site": "depot"}
    until = {"until": books.time + DAY}
    assert books.run("stock.reserve", body | until, "county/storekeeper").code == "no_authority"
    first = reserve(books, 5)
    assert (
        books.run("stock.release", {"reservation": first.id}, "county/storekeeper").code
        == "no_authority"
    )
    books.add_actor("county/west", "manager", sites=["reserve"])
    assert books.run("stock.release", {"reservation": first.id}, "county/west").code == (
        "no_authority"
    )


# ---- nobody else is promised it -----------------------------------------------------------------


def test_orders_and_releases_leave_what_is_reserved_for_another_purpose(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    enrol(books)
    issue(books)
    reserve(books, 6, purpose="shelter")
    assert order(books, rice=5).code == "not_enough"
    assert release(books, draw(lot, 5)).code == "not_enough"
    assert release(books, draw(lot, 4)).code == "ok"
    assert order(books, rice=1).code == "not_enough"


def test_an_order_takes_what_its_reservation_keeps_then_what_is_free(books: Books) -> None:
    stock(books, "rice", 10)
    mine = reserve(books, 6)
    ran = ordered(books, 8, mine.id)
    assert ran.code == "ok"
    assert kept(books, mine.id) == 0
    assert books.row("reserved", "rice/depot") == 8
    assert books.row("legs", ran.id)["of"] == [["rice", 6]]


@pytest.mark.parametrize(
    ("n", "change", "code"),
    [
        (10, {}, "ok"),
        (11, {}, "not_enough"),
        (1, {"from": "reserve"}, "not_eligible"),
        (1, {"lines": [{"item": "water", "quantity": 1}]}, "not_enough"),
    ],
)
def test_a_reservation_serves_its_item_at_its_site(
    books: Books, n: int, change: dict[str, Any], code: str
) -> None:
    stock(books, "rice", 10)
    stock(books, "water", 10)
    stock(books, "rice", 10, site="reserve")
    mine = reserve(books, 10)
    assert ordered(books, n, mine.id, **change).code == code


def test_a_reservation_that_is_another_leg_or_none_is_not_open(books: Books) -> None:
    stock(books, "rice", 10)
    other = order(books, rice=1)
    assert ordered(books, 1, other.id).code == "not_open"
    assert ordered(books, 1, NOWHERE).code == "unknown_reference"


@pytest.mark.parametrize(("after", "left"), [(0, 6), (10, 0)])
def test_an_order_that_lapses_gives_back_while_the_reservation_is_open(
    books: Books, after: int, left: int
) -> None:
    stock(books, "rice", 10)
    mine = reserve(books, 6, days=3)
    ran = ordered(books, 8, mine.id)
    if after:
        books.lapse(mine.id)
    books.lapse(ran.id)
    assert kept(books, mine.id) == left
    assert books.row("reserved", "rice/depot") == (left or None)


def test_what_is_sent_on_the_order_uses_the_reservation_first(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    mine = reserve(books, 6)
    ran = ordered(books, 8, mine.id)
    gone = dispatch(books, draw(lot, 5), order=ran.id)
    assert gone.code == "ok"
    assert books.row("legs", gone.id)["used_of"] == [["rice", 5]]
    books.lapse(ran.id)
    assert kept(books, mine.id) == 1
    assert books.row("reserved", "rice/depot") == 1


@pytest.mark.parametrize(("purpose", "code"), [("food", "ok"), ("shelter", "not_eligible")])
def test_a_release_may_use_a_reservation_of_its_own_purpose(
    books: Books, purpose: str, code: str
) -> None:
    (lot,) = stock(books, "rice", 10)
    enrol(books)
    issue(books)
    mine = reserve(books, 10, purpose=purpose)
    assert release(books, draw(lot, 4), reservation=mine.id).code == code


def test_a_release_that_lapses_gives_its_part_back(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    enrol(books)
    issue(books)
    mine = reserve(books, 10)
    ran = release(books, draw(lot, 4), reservation=mine.id)
    assert kept(books, mine.id) == 6
    books.lapse(ran.id)
    assert kept(books, mine.id) == 10


def test_what_is_handed_out_of_a_release_is_used_and_the_rest_is_kept_again(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    enrol(books)
    issue(books)
    mine = reserve(books, 10)
    ran = release(books, draw(lot, 4), reservation=mine.id)
    given_out = hand_out(books, (TAG, [draw(lot, 3)]), release=ran.id)
    assert given_out.code == "ok"
    assert kept(books, mine.id) == 7
    assert books.row("reserved", "rice/depot") == 7 == books.balance("rice", "site:depot")


# ---- freed and lapsed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "code", "left", "closed"),
    [
        (None, "ok", 0, True),
        (4, "ok", 6, False),
        (10, "ok", 0, True),
        (11, "not_enough", 10, False),
    ],
)
def test_a_manager_frees_all_or_a_part(
    books: Books, n: int | None, code: str, left: int, closed: bool
) -> None:
    stock(books, "rice", 10)
    mine = reserve(books, 10)
    assert free(books, mine.id, n).code == code
    assert kept(books, mine.id) == left
    assert ("closed" in books.row("legs", mine.id)) == closed
    assert books.row("reserved", "rice/depot") == (left or None)


def test_what_is_freed_or_lapsed_is_not_open(books: Books) -> None:
    stock(books, "rice", 10)
    first, second = reserve(books, 5), reserve(books, 5, days=1)
    free(books, first.id)
    assert free(books, first.id).code == "not_open"
    other = order(books, rice=1)
    assert free(books, other.id).code == "not_open"
    # Its time is over, whether or not that has been recorded.
    books.time += DAY
    assert free(books, second.id).code == "not_open"
    assert ordered(books, 1, second.id).code == "not_open"


def test_a_reservation_lapses_by_itself(books: Books) -> None:
    stock(books, "rice", 10)
    mine = reserve(books, 10)
    books.lapse(mine.id)
    assert books.row("reserved", "rice/depot") is None
    assert "lapse" not in books.row("legs", mine.id)
    assert reserve(books, 10).code == "ok"


# ---- facts that take it away --------------------------------------------------------------------


def test_a_hand_out_that_leaves_enough_is_not_flagged(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    mine = reserve(books, 6)
    assert give(books, draw(lot, 4)).code == "ok"
    assert kept(books, mine.id) == 6


def test_a_hand_out_of_one_more_is_flagged_and_the_reservation_keeps_less(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    mine = reserve(books, 6)
    ran = give(books, draw(lot, 5))
    assert ran.breaches == (("reserved", f"leg/{mine.id}", 1),)
    assert kept(books, mine.id) == 5 == books.balance("rice", "site:depot")


@pytest.mark.parametrize("take", ["move", "lose", "dispatch", "count"])
def test_every_way_out_of_a_site_is_watched(books: Books, take: str) -> None:
    (lot,) = stock(books, "rice", 10)
    mine = reserve(books, 10)
    ran = {
        "move": lambda: move(books, draw(lot, 3)),
        "lose": lambda: lose(books, draw(lot, 3)),
        "dispatch": lambda: dispatch(books, draw(lot, 3)),
        "count": lambda: count(books, rice=7),
    }[take]()
    assert ("reserved", f"leg/{mine.id}", 3) in ran.breaches
    assert kept(books, mine.id) == 7


def test_those_due_last_keep_less_first(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    late, soon = reserve(books, 4, days=9), reserve(books, 4, days=3)
    ran = give(books, draw(lot, 8))
    assert ran.breaches == (
        ("reserved", f"leg/{late.id}", 4),
        ("reserved", f"leg/{soon.id}", 2),
    )
    assert (kept(books, late.id), kept(books, soon.id)) == (0, 2)


def test_an_order_is_served_before_a_reservation(books: Books) -> None:
    (lot,) = stock(books, "rice", 10)
    mine = reserve(books, 5)
    order(books, rice=5)
    give(books, draw(lot, 3))
    assert kept(books, mine.id) == 2


@pytest.mark.parametrize(("n", "left"), [(64, 0), (65, 1)])
def test_one_fact_takes_from_so_many_reservations_and_the_next_finds_the_rest(
    books: Books, n: int, left: int
) -> None:
    (lot,) = stock(books, "rice", n)
    mine = [reserve(books, 1).id for _ in range(n)]
    give(books, draw(lot, n))
    assert sum(kept(books, one) for one in mine) == left
    (more,) = stock(books, "rice", 1)
    give(books, draw(more, 1))
    assert sum(kept(books, one) for one in mine) == 0


def test_splits_and_merges_touch_nothing(books: Books) -> None:
    lot, more = stock(books, "rice", 6, 4)
    mine = reserve(books, 10)
    assert split(books, lot, 2, 3).code == "ok"
    assert merge(books, draw(lot, 1), draw(more, 4)).code == "ok"
    assert kept(books, mine.id) == 10


# ---- random histories ---------------------------------------------------------------------------

STEP = st.tuples(
    st.sampled_from(
        (
            *("in", "in", "split", "merge", "move", "give", "lose", "send", "count"),
            *("reserve", "reserve", "reserve", "free", "order", "order of", "days"),
        )
    ),
    st.integers(1, 9),
    st.integers(0, 30),
    st.integers(0, 30),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=25))
def test_what_is_reserved_is_on_hand_whatever_happens(steps: list[Any]) -> None:
    books = Books()
    lots = stock(books, "rice", 9)
    reservations: list[str] = []
    orders: list[str] = []

    def pick(some: list[str], at: int) -> str:
        return some[at % len(some)]

    for what, n, at, other in steps:
        lot = pick(lots, at)
        before = books.balance("rice", "site:depot")
        if what == "in":
            lots += stock(books, "rice", n)
        elif what == "split":
            ran = split(books, lot, n, 1)
            lots += [made[1] for made in ran.effects.lots if made[0] == "made"]
        elif what == "merge" and pick(lots, other) != lot:
            merge(books, draw(lot, n), draw(pick(lots, other), 1))
        elif what == "move":
            move(books, draw(lot, n))
        elif what == "give":
            give(books, draw(lot, n))
        elif what == "lose":
            lose(books, draw(lot, n))
        elif what == "send":
            dispatch(books, draw(lot, n), **({"order": pick(orders, other)} if orders else {}))
        elif what == "count":
            count(books, rice=n)
        elif what == "reserve":
            ran = reserve(books, n, days=1 + at % 5)
            # Granted exactly where so much is kept by nobody.
            reservations += [ran.id] if ran.code == "ok" else []
        elif what == "free" and reservations:
            free(books, pick(reservations, at), n if other % 2 else None)
        elif what == "order":
            ran = ordered(books, n)
            orders += [ran.id] if ran.code == "ok" else []
        elif what == "order of" and reservations:
            ran = ordered(books, n, pick(reservations, at))
            orders += [ran.id] if ran.code == "ok" else []
        elif what == "days":
            books.time += DAY
            legs = books.reader.table("legs")
            for key, leg in legs.items():
                if leg.get("lapse", books.time + 1) <= books.time:
                    books.lapse(key)
        there = books.balance("rice", "site:depot")
        held = {r: kept(books, r) for r in reservations}
        assert sum(held.values()) <= there, (what, before, there, held)
        total = books.row("reserved", "rice/depot") or 0
        # Orders alone may want more than there is: a dispatch says what is missing then.
        assert total <= there or not sum(held.values()), (what, total, there, held)
