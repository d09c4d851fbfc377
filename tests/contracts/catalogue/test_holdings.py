"""Lists of what is lent, what is there and what is needed.

Goal: each list has all that is open and nothing else, in its fixed order, and costs what it lists;
where it would have to look at too much it has no value.
Method: a small book; one thing more or less on both sides of what opens and closes it.
"""

from typing import Any

import pytest
from books import NOON, names
from goods import goods as line_of
from goods import order, stock
from goods import receive as take_in
from toldbooks import Told

from contracts.catalogue import holdings
from contracts.catalogue.catalogue import catalogue_for
from contracts.catalogue.holdings import needs_after
from contracts.catalogue.queries import ASKED, ask
from contracts.rcel.errors import ErrorKind, EvaluationError
from contracts.rcel.types import fits

DAY = 86_400


@pytest.fixture
def told() -> Told:
    return Told()


def listed(told: Told, query: str, key: str, most: int = 64) -> list[Any]:
    found = ask(told.at(), ASKED[query], key, most)
    assert all(fits(one, catalogue_for("CNY").records[ASKED[query].record]) for one in found)
    return found


def site(told: Told, name: str, area: str, kind: str = "warehouse", of: str = "county") -> None:
    row = {"area": area, "custodian": of, "kind": kind, "names": names(name), "version": 1}
    told.set("catalogue", f"site/{name}", {**row, "statement": "00" * 32})


def lend(told: Told, serial: str, days: int) -> str:
    pump = take_in(told, line_of("pump", 1, serials=[serial])).lot(0)
    body = {
        "borrower": "relief",
        "due": told.time + days * DAY,
        "from": "depot",
        "lot": pump,
        "to": "school",
    }
    return told.ok("asset.lend", body, "county/manager", "relief/manager").id


def hand_over(told: Told, loan: str, at: str) -> None:
    body = {"condition": "good", "loan": loan, "site": at}
    told.run("asset.handover", body, "county/storekeeper", "relief/receiver")


def declare(told: Told, area: str, quantity: int, first: int = 0, last: int = 3) -> None:
    body = {
        "area": area,
        "item": "rice",
        "method": "register",
        "organisation": "county",
        "quantity": quantity,
        "window": {"from": NOON + first * DAY, "to": NOON + last * DAY},
    }
    told.ok("need.declare", body, "county/officer")


# ---- loans --------------------------------------------------------------------------------------


def test_loans_of_a_borrower_come_by_due_date_until_they_are_back(told: Told) -> None:
    late, soon = lend(told, "P-1", 9), lend(told, "P-2", 2)
    assert [one["id"] for one in listed(told, "loans", "relief")] == [soon, late]
    assert [one["id"] for one in listed(told, "loans", "relief", 1)] == [soon]
    assert listed(told, "loans", "county") == listed(told, "loans", "nobody") == []
    told.time += 2 * DAY - 1
    assert [one["overdue"] for one in listed(told, "loans", "relief")] == [False, False]
    told.time += 1
    assert [one["overdue"] for one in listed(told, "loans", "relief")] == [True, False]
    hand_over(told, soon, "school")
    [found, _] = listed(told, "loans", "relief")
    assert (found["handed"], found["lender"], found["site"]) == (True, "county", "school")
    body = {"condition": "good", "loan": soon, "site": "depot"}
    told.run("asset.return", body, "county/storekeeper", "relief/receiver")
    assert [one["id"] for one in listed(told, "loans", "relief")] == [late]


def test_loans_at_a_site_are_those_that_are_there_or_lent_to_it(told: Told) -> None:
    site(told, "clinic", "west", of="relief")
    lent, handed, elsewhere = (lend(told, f"P-{n}", n) for n in (1, 2, 3))
    hand_over(told, handed, "school")
    hand_over(told, elsewhere, "clinic")
    assert [one["id"] for one in listed(told, "loans_at", "school")] == [lent, handed]
    assert [one["id"] for one in listed(told, "loans_at", "clinic")] == [elsewhere]
    assert listed(told, "loans_at", "depot") == listed(told, "loans_at", "nowhere") == []


# ---- goods --------------------------------------------------------------------------------------


def test_holdings_of_an_area_are_its_own_sites_with_the_item(told: Told) -> None:
    site(told, "annex", "east")
    site(told, "bare", "east")
    stock(told, "rice", 50)
    stock(told, "rice", 7, site="annex")
    stock(told, "water", 9, site="bare")
    order(told, rice=20)
    annex, depot = listed(told, "holdings", "east/rice")
    assert (annex["site"], annex["on_hand"], annex["free"]) == ("annex", 7, 7)
    assert (depot["site"], depot["on_hand"], depot["reserved"], depot["free"]) == (
        "depot", 50, 20, 30,
    )  # fmt: skip
    assert depot["stock"] == "rice/depot" and depot["area"] == "east"
    assert listed(told, "holdings", "county/rice") == [], "areas below have their own"
    assert listed(told, "holdings", "nowhere/rice") == listed(told, "holdings", "east") == []


def test_contents_of_a_site_come_by_item(told: Told) -> None:
    stock(told, "water", 9)
    stock(told, "rice", 50)
    assert [(one["item"], one["on_hand"]) for one in listed(told, "contents", "depot")] == [
        ("rice", 50), ("water", 9),
    ]  # fmt: skip
    assert listed(told, "contents", "nowhere") == []


def test_a_list_that_would_look_at_too_much_has_no_value(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(told, "annex", "east")
    sites = len(list(told.state().scan("catalogue", "sites/east")))
    monkeypatch.setattr(holdings, "LOOKED_AT_MAX", sites)
    assert listed(told, "holdings", "east/rice") == []
    monkeypatch.setattr(holdings, "LOOKED_AT_MAX", sites - 1)
    with pytest.raises(EvaluationError) as raised:
        listed(told, "holdings", "east/rice")
    assert raised.value.kind is ErrorKind.FACT_RANGE


# ---- needs --------------------------------------------------------------------------------------


def test_open_needs_are_those_in_force_for_more_than_nothing(told: Told) -> None:
    declare(told, "west", 70)
    declare(told, "east", 500)
    declare(told, "county", 5, first=1)
    row = told.row("catalogue", "area/west")
    told.set("catalogue", "area/west", {**row, "population": 900})
    east, west = listed(told, "needs", "county/rice")
    assert (east["area"], east["n"], east["qty"], east["site"]) == ("east", 0, 500, "depot")
    assert east["stock"] == "rice/depot" and east["organisation"] == "county"
    assert (west["n"], west["persons"], west["days"], west["level"]) == (1, 900, 3, 0)
    assert east["persons"] == 0, "not known"
    told.time += DAY
    assert [one["area"] for one in listed(told, "needs", "county/rice")] == [
        "county", "east", "west",
    ]  # fmt: skip
    declare(told, "east", 0, first=1)
    assert [(one["area"], one["n"]) for one in listed(told, "needs", "county/rice")] == [
        ("county", 0), ("west", 1),
    ]  # fmt: skip
    assert [one["area"] for one in listed(told, "needs", "west/rice")] == ["west"]
    told.time = NOON + 3 * DAY - 1
    assert len(listed(told, "needs", "county/rice")) == 2
    told.time += 1
    assert listed(told, "needs", "county/rice") == []


def test_a_walk_over_needs_goes_on_where_it_stopped(told: Told) -> None:
    for area in ("county", "east", "west"):
        declare(told, area, 9)
    at = told.at()

    def walk(after: str, limit: int) -> list[tuple[str, int]]:
        return [
            (str(one["area"]), int(str(one["n"])))
            for _, one in needs_after(at, "county/rice", after, limit)
        ]

    assert walk("", 9) == [("county", 0), ("east", 1), ("west", 2)]
    assert walk("", 2) == [("county", 0), ("east", 1)]
    assert walk("east", 2) == [("west", 2)]
    assert walk("west", 2) == []
    entries = [entry for entry, _ in needs_after(at, "county/rice", "", 9)]
    assert entries == sorted(entries), "each by the entry that said it"


def test_a_vendor_is_no_store(told: Told) -> None:
    declare(told, "west", 9)
    site(told, "bakery", "west", kind="vendor")
    [found] = listed(told, "needs", "west/rice")
    assert found["site"] == "reserve"
