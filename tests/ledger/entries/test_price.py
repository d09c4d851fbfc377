"""`price.observe`: prices of an item in a currency, by date.

Goal: the newest observation at or before an instant is the price in force then, until it is stale; above
the limit one source is flagged; a price of tomorrow is no observation.
Method: one observation, each change on both sides of each boundary, orders of arrival.
"""

from typing import Any

import pytest
from books import NOON, Books, Ran

from ledger.dated import back_from, in_force, price_series
from ledger.state import State

DAY = 86_400
SERIES = price_series("rice", "CNY")
LIMIT = 5_000_000


@pytest.fixture
def books() -> Books:
    return Books()


def observe(books: Books, at: int = NOON, *, waited: bool = False, **change: Any) -> Ran:
    body = {
        "area": "east",
        "at": at,
        "currency": "CNY",
        "item": "rice",
        "sources": ["a1" * 32, "b2" * 32],
        "unit_price": 650,
        **change,
    }
    signer = body.pop("signer", "county/officer")
    return books.run("price.observe", body, signer, waited=waited)


def price(books: Books, at: int = NOON) -> Any:
    return in_force(State(books.reader), SERIES, at)


def test_a_price_is_in_force_from_when_it_was_seen(books: Books) -> None:
    ran = observe(books, per=1_000)
    assert (ran.code, ran.moves) == ("ok", [])
    row = {
        "area": "east",
        "entry": ran.index,
        "from": NOON,
        "per": 1_000,
        "sources": 2,
        "statement": ran.id,
        "unit_price": 650,
    }
    assert price(books) == row
    assert price(books, NOON - 1) is None
    assert price(books, NOON + 400 * DAY) == row
    assert in_force(State(books.reader), price_series("rice", "TWD"), NOON) is None
    assert books.row("index", SERIES)[0] == 1


def test_a_price_that_is_not_of_a_pack_is_of_one_unit(books: Books) -> None:
    observe(books)
    assert price(books)["per"] == 1


def test_an_older_price_that_comes_later_stays_older(books: Books) -> None:
    observe(books, NOON - DAY, unit_price=1)
    observe(books, NOON - 9 * DAY, unit_price=2)
    assert price(books)["unit_price"] == 1
    assert price(books, NOON - 2 * DAY)["unit_price"] == 2
    found = back_from(State(books.reader), SERIES, NOON, since=NOON - 9 * DAY)
    assert [row["unit_price"] for row in found] == [1]  # the boundary second is out


def test_a_stale_price_is_none(books: Books) -> None:
    observe(books, until=NOON + DAY)
    assert price(books, NOON + DAY - 1) is not None
    assert price(books, NOON + DAY) is None


@pytest.mark.parametrize(
    ("amount", "sources", "breaches"),
    [
        (LIMIT, 1, ()),
        (LIMIT + 1, 2, ()),
        (LIMIT + 1, 1, (("not_eligible", f"{SERIES}/sources", 1),)),
    ],
)
def test_above_the_limit_one_source_is_flagged(
    books: Books, amount: int, sources: int, breaches: Any
) -> None:
    ran = observe(books, unit_price=amount, sources=[f"{n:064x}" for n in range(sources)])
    assert ran.breaches == breaches
    assert price(books)["sources"] == sources


@pytest.mark.parametrize(("ahead", "code"), [(0, "ok"), (1, "flagged")])
def test_nobody_has_seen_the_price_of_tomorrow(books: Books, ahead: int, code: str) -> None:
    ran = observe(books, NOON + ahead)
    assert ran.code == code
    assert (price(books, NOON + DAY) is None) == bool(ahead)
    if ahead:
        assert ran.breaches == (("not_eligible", SERIES, 1),)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"unit_price": 0}, "out_of_range"),
        ({"unit_price": 1}, "ok"),
        ({"per": 0}, "out_of_range"),
        ({"per": 10**6}, "ok"),
        ({"per": 10**6 + 1}, "out_of_range"),
        ({"sources": []}, "malformed"),
        ({"sources": ["a1" * 32]}, "ok"),
        ({"sources": ["a1" * 32] * 2}, "malformed"),
        ({"sources": [f"{n:064x}" for n in range(20)]}, "ok"),
        ({"sources": [f"{n:064x}" for n in range(21)]}, "malformed"),
        ({"until": NOON}, "malformed"),
        ({"until": NOON + 1}, "ok"),
        ({"currency": "ZZZ"}, "unknown_reference"),
        ({"item": "nothing"}, "unknown_reference"),
        ({"area": "nowhere"}, "unknown_reference"),
        ({"signer": "county/storekeeper"}, "no_authority"),
    ],
)
def test_its_form_and_who_may_say_it(books: Books, change: dict[str, Any], code: str) -> None:
    assert observe(books, **change).code == code


@pytest.mark.parametrize(
    ("change", "subject"),
    [({"item": "nothing"}, "item/nothing"), ({"currency": "ZZZ"}, "currency/ZZZ")],
)
def test_what_nobody_defined_has_no_price(
    books: Books, change: dict[str, str], subject: str
) -> None:
    ran = observe(books, waited=True, **change)
    assert ran.breaches == (("unknown_reference", subject, 650),)
    assert not [key for key in books.reader.table("catalogue") if key.startswith("price/")]
