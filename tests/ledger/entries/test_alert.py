"""`alert.declare`, `alert.lift`: where an alert is in force, how high, and until when.

Goal: an area is declared affected exactly while an alert of level 1 or more names it or an area above
it; the newest word on an alert holds; it ends by itself, by lifting, and only once.
Method: one alert and each change of it on both sides of each boundary; times, areas and actors apart.
"""

from typing import Any

import pytest
from books import NOON, Books, Ran

from ledger.alerts import ALERT_MAX_S, ALERTS_MAX, alerts_at, level_of
from ledger.state import State

DAY = 86_400
COMMANDER = "county/commander"


@pytest.fixture
def books() -> Books:
    return Books()


def declare(books: Books, *areas: str, signer: str = COMMANDER, **change: Any) -> Ran:
    body = {
        "alert": "flood-7",
        "areas": list(areas) or ["east"],
        "hazard": "flood",
        "level": 3,
        "until": books.time + DAY,
        **change,
    }
    return books.run("alert.declare", body, signer)


def lift(books: Books, signer: str = COMMANDER, **change: Any) -> Ran:
    return books.run("alert.lift", {"alert": "flood-7", "reason": "water-fell", **change}, signer)


def level(books: Books, area: str, time: int | None = None) -> int:
    return level_of(State(books.reader), area, books.time if time is None else time)


def test_an_alert_is_in_force_where_it_is_declared_and_until_it_ends(books: Books) -> None:
    ran = declare(books)
    assert (ran.code, ran.moves) == ("ok", [])
    row = {
        "areas": ["east"],
        "entry": ran.index,
        "from": NOON,
        "hazard": "flood",
        "level": 3,
        "statement": ran.id,
        "until": NOON + DAY,
        "version": 1,
    }
    assert books.row("catalogue", "alert/flood-7") == row
    assert books.row("catalogue", "alerted/east") == {"alerts": [["flood-7", 3, NOON + DAY]]}
    assert books.row("index", "alert/flood-7")[0] == 1
    assert [level(books, area) for area in ("east", "west", "county", "nowhere")] == [3, 0, 0, 0]
    assert level(books, "east", NOON + DAY - 1) == 3
    assert level(books, "east", NOON + DAY) == 0


def test_an_alert_for_an_area_holds_in_what_lies_in_it(books: Books) -> None:
    declare(books, "county")
    assert [level(books, area) for area in ("east", "west", "county")] == [3, 3, 3]


def test_the_highest_of_several_holds(books: Books) -> None:
    declare(books, "county", level=2)
    declare(books, "east", alert="fire-1", level=4)
    declare(books, "east", alert="heat-1", level=1)
    assert (level(books, "east"), level(books, "west")) == (4, 2)
    assert [alert for alert, *_ in alerts_at(State(books.reader), "east")] == ["fire-1", "heat-1"]


@pytest.mark.parametrize(("at", "declared"), [(0, False), (1, True), (5, True)])
def test_level_0_is_a_notice_and_declares_nothing(books: Books, at: int, declared: bool) -> None:
    assert declare(books, level=at).code == "ok"
    assert (level(books, "east") > 0) is declared


def test_declaring_again_changes_level_areas_and_end(books: Books) -> None:
    first = declare(books, "east", "west")
    ran = declare(books, "west", level=5, until=NOON + 3 * DAY)
    assert ran.code == "ok"
    row = books.row("catalogue", "alert/flood-7")
    assert (row["statement"], row["version"], row["from"]) == (ran.id, 2, NOON)
    assert row["statement"] != first.id
    assert (level(books, "east"), level(books, "west")) == (0, 5)
    assert books.row("catalogue", "alerted/east") is None
    assert books.row("legs", "alert/flood-7")["lapse"] == NOON + 3 * DAY


def test_it_ends_by_itself(books: Books) -> None:
    declare(books, "east", "west")
    ran = books.lapse("alert/flood-7")
    row = books.row("catalogue", "alert/flood-7")
    assert (row["ended"], row["closed"]) == (NOON + DAY, ran.id)
    assert books.row("catalogue", "alerted/east") is None
    assert "lapse" not in books.row("legs", "alert/flood-7")


def test_an_end_that_is_recorded_late_is_the_end_that_was_said(books: Books) -> None:
    declare(books)
    books.lapse("alert/flood-7", time=NOON + 5 * DAY)
    assert books.row("catalogue", "alert/flood-7")["ended"] == NOON + DAY


def test_lifting_ends_it_at_once_and_once(books: Books) -> None:
    declare(books)
    books.time += 60
    assert lift(books).code == "ok"
    assert level(books, "east") == 0
    assert books.row("catalogue", "alert/flood-7")["ended"] == NOON + 60
    assert "lapse" not in books.row("legs", "alert/flood-7")
    assert lift(books).code == "not_open"


def test_what_was_never_declared_is_not_lifted(books: Books) -> None:
    assert lift(books).code == "unknown_reference"


@pytest.mark.parametrize(("after", "code"), [(DAY - 1, "ok"), (DAY, "not_open")])
def test_an_alert_whose_time_is_over_is_not_lifted(books: Books, after: int, code: str) -> None:
    declare(books)
    books.time += after
    assert lift(books).code == code


@pytest.mark.parametrize(("after", "code"), [(DAY - 1, "ok"), (DAY, "already_exists")])
def test_a_name_is_used_up_when_its_alert_is_over(books: Books, after: int, code: str) -> None:
    declare(books)
    books.time += after
    assert declare(books).code == code


@pytest.mark.parametrize(
    ("ahead", "code"),
    [(0, "not_eligible"), (1, "ok"), (ALERT_MAX_S, "ok"), (ALERT_MAX_S + 1, "not_eligible")],
)
def test_it_ends_later_than_now_and_within_thirty_days(books: Books, ahead: int, code: str) -> None:
    assert declare(books, until=NOON + ahead).code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"level": 0}, "ok"),
        ({"level": -1}, "out_of_range"),
        ({"level": 5}, "ok"),
        ({"level": 6}, "out_of_range"),
        ({"areas": []}, "malformed"),
        ({"areas": ["east", "east"]}, "malformed"),
        ({"areas": ["nowhere"]}, "unknown_reference"),
        ({"areas": [f"a-{n}" for n in range(65)]}, "malformed"),
        ({"programme": "flood"}, "ok"),
        ({"programme": "nothing"}, "unknown_reference"),
        ({"evidence": ["ab" * 32]}, "ok"),
        ({"words": "come quickly"}, "malformed"),
    ],
)
def test_its_form(books: Books, change: dict[str, Any], code: str) -> None:
    assert declare(books, **change).code == code


def test_so_many_alerts_in_one_area_and_no_more(books: Books) -> None:
    for n in range(ALERTS_MAX):
        assert declare(books, alert=f"alert-{n}").code == "ok"
    ran = declare(books, alert="one-more")
    assert ran.code == "not_eligible"
    assert ran.refusal is not None and ran.refusal.values["high"] == ALERTS_MAX
    # The same alert again is not one more; one that is over makes room, recorded or not.
    assert declare(books, alert="alert-3", until=NOON + 2 * DAY).code == "ok"
    books.time = NOON + DAY
    assert declare(books, alert="one-more").code == "ok"
    assert len(alerts_at(State(books.reader), "east")) == 2


def test_who_may_declare_and_lift(books: Books) -> None:
    books.add_actor("county/east", "commander", areas=["east"])
    assert declare(books, "east", signer="county/manager").code == "no_authority"
    assert declare(books, "east", "west", signer="county/east").code == "no_authority"
    assert declare(books, "east", signer="county/east").code == "ok"
    assert declare(books, "east", "west").code == "ok"
    # Leaving an area out is a word about that area too.
    assert declare(books, "east", signer="county/east").code == "no_authority"
    assert lift(books, "county/east").code == "no_authority"
    assert lift(books, "county/manager").code == "no_authority"
    assert lift(books).code == "ok"
