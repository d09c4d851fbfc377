"""`need.declare` and `forecast.publish`: figures for an area and item, each in force from one instant on.

Goal: the newest figure holds from its beginning to its end; an older one does not come back; a fact that
names what nobody defined makes no figure. Method: both kinds by one table, since they differ by name only.
"""

from typing import Any

import pytest
from books import NOON, Books, Ran

from ledger.dated import back_from, forecast_series, in_force, need_series
from ledger.state import State

DAY = 86_400
KINDS = [("need.declare", need_series), ("forecast.publish", forecast_series)]


@pytest.fixture
def books() -> Books:
    return Books()


def say(
    books: Books, kind: str, first: int = 0, last: int = 10, *, waited: bool = False, **change: Any
) -> Ran:
    body = {
        "area": "east",
        "method": "register",
        "item": "rice",
        "quantity": 500,
        "organisation": "relief",
        "window": {"from": NOON + first * DAY, "to": NOON + last * DAY},
        **change,
    }
    signer = body.pop("signer", "county/officer")
    return books.run(kind, body, signer, waited=waited)


@pytest.mark.parametrize(("kind", "series"), KINDS)
def test_a_figure_is_in_force_in_its_window(books: Books, kind: str, series: Any) -> None:
    ran = say(books, kind)
    assert (ran.code, ran.moves) == ("ok", [])
    name, state = series("east", "rice"), State(books.reader)
    row = {
        "method": "register",
        "entry": ran.index,
        "from": NOON,
        "quantity": 500,
        "organisation": "relief",
        "statement": ran.id,
        "to": NOON + 10 * DAY,
    }
    assert books.row("catalogue", f"{name}/{NOON:016d}") == row
    assert books.row("index", name)[0] == 1
    assert in_force(state, name, NOON - 1) is None
    assert in_force(state, name, NOON) == row
    assert in_force(state, name, NOON + 10 * DAY - 1) == row
    assert in_force(state, name, NOON + 10 * DAY) is None
    assert in_force(state, series("west", "rice"), NOON) is None
    assert in_force(state, series("east", "water"), NOON) is None


@pytest.mark.parametrize(("kind", "series"), KINDS)
def test_a_later_beginning_supersedes(books: Books, kind: str, series: Any) -> None:
    say(books, kind, 0, 30, quantity=1)
    say(books, kind, 10, 20, quantity=2)
    say(books, kind, 5, 30, quantity=3)  # logged last, and no later than the one before it
    name, state = series("east", "rice"), State(books.reader)
    seen = {day: in_force(state, name, NOON + day * DAY) for day in (0, 5, 10, 20)}
    assert [row and row["quantity"] for row in seen.values()] == [1, 3, 2, None]
    found = list(back_from(state, name, NOON + 10 * DAY, since=NOON))
    assert [row["quantity"] for row in found] == [2, 3]


@pytest.mark.parametrize(("kind", "series"), KINDS)
def test_of_one_beginning_the_later_entry_holds(books: Books, kind: str, series: Any) -> None:
    say(books, kind, quantity=1)
    say(books, kind, quantity=0)
    name = series("east", "rice")
    row = in_force(State(books.reader), name, NOON)
    assert row is not None and row["quantity"] == 0
    assert books.row("index", name)[0] == 2


@pytest.mark.parametrize(("kind", "series"), KINDS)
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": 0}, "ok"),
        ({"quantity": -1}, "out_of_range"),
        ({"quantity": 10**12}, "ok"),
        ({"quantity": 10**12 + 1}, "out_of_range"),
        ({"window": {"from": 5, "to": 5}}, "malformed"),
        ({"window": {"from": 5, "to": 6}}, "ok"),
        ({"area": "nowhere"}, "unknown_reference"),
        ({"item": "nothing"}, "unknown_reference"),
        ({"organisation": "nobody"}, "unknown_reference"),
        ({"programme": "flood"}, "ok"),
        ({"programme": "nothing"}, "unknown_reference"),
        ({"words": "please"}, "malformed"),
        ({"signer": "county/manager"}, "no_authority"),
    ],
)
def test_its_form_and_who_may_say_it(
    books: Books, kind: str, series: Any, change: dict[str, Any], code: str
) -> None:
    assert say(books, kind, **change).code == code


@pytest.mark.parametrize(("kind", "series"), KINDS)
def test_an_officer_speaks_for_the_areas_of_the_scope(books: Books, kind: str, series: Any) -> None:
    books.add_actor("county/west", "officer", areas=["west"])
    assert say(books, kind, signer="county/west").code == "no_authority"
    assert say(books, kind, area="west", signer="county/west").code == "ok"


@pytest.mark.parametrize(("kind", "series"), KINDS)
@pytest.mark.parametrize(
    ("change", "subject"),
    [
        ({"area": "nowhere"}, "area/nowhere"),
        ({"item": "nothing"}, "item/nothing"),
        ({"organisation": "nobody"}, "nobody"),
    ],
)
def test_what_nobody_defined_makes_no_figure(
    books: Books, kind: str, series: Any, change: dict[str, Any], subject: str
) -> None:
    ran = say(books, kind, waited=True, **change)
    assert (ran.code, ran.breaches) == ("flagged", (("unknown_reference", subject, 500),))
    assert not [key for key in books.reader.table("catalogue") if key.startswith(kind[:4])]
