"""Records and queries: what a contract reads of the state.

Goal: each record says what the rows say, is of its declared type, and is missing where nothing is
known; lists come in their fixed order and stop at their maximum.
Method: a small book; figures on both sides of what changes them.
"""

from typing import Any

import pytest
from books import NOON, names
from goods import TAG, draw, enrol, issue, lose, order, release, stock
from goods import goods as line_of
from goods import receive as take_in
from toldbooks import Told

from contracts.catalogue.catalogue import catalogue_for
from contracts.catalogue.forms import RECORDS
from contracts.catalogue.queries import ASKED, areas_below, ask, households
from contracts.rcel.types import fits

DAY = 86_400


@pytest.fixture
def told() -> Told:
    return Told()


def record(told: Told, name: str, key: str, currency: str = "CNY", when: int | None = None) -> Any:
    form, at = RECORDS[name], told.at(currency)
    if form.dated is not None:
        found = form.dated(at, key, told.time if when is None else when)
    else:
        assert form.make is not None
        found = form.make(at, key)
    assert found is None or fits(found, catalogue_for(currency).records[name]), found
    return found


def listed(told: Told, query: str, key: str, most: int = 64) -> list[Any]:
    found = ask(told.at(), ASKED[query], key, most)
    assert all(fits(one, catalogue_for("CNY").records[ASKED[query].record]) for one in found)
    return found


# Of flags there is always an answer: none.
@pytest.mark.parametrize(
    "name", [name for name, form in RECORDS.items() if form.key and name != "flags"]
)
def test_what_is_not_there_is_missing(told: Told, name: str) -> None:
    assert record(told, name, "nowhere") is None
    assert record(told, name, "") is None


def alert(told: Told, level: int, *areas: str) -> None:
    body = {"alert": "red-1", "areas": list(areas), "hazard": "flood", "level": level}
    told.ok("alert.declare", {**body, "until": told.time + DAY}, "county/commander")


def test_an_area_is_declared_while_an_alert_holds(told: Told) -> None:
    assert record(told, "area", "east") == {
        "declared": False, "id": "east", "level": 0, "parent": "county", "tier": 2,
    }  # fmt: skip
    alert(told, 3, "county")
    assert record(told, "area", "east")["level"] == 3
    assert record(told, "alert", "red-1")["level"] == 3
    told.time += DAY - 1
    assert record(told, "area", "east")["declared"]
    told.time += 1
    assert not record(told, "area", "east")["declared"]
    assert record(told, "alert", "red-1")["level"] == 0


def populate(told: Told, **people: int) -> None:
    for name, n in people.items():
        row = told.row("catalogue", f"area/{name}")
        told.set("catalogue", f"area/{name}", {**row, "population": n})


def test_a_tier_weighs_what_it_holds(told: Told) -> None:
    stock(told, "rice", 5_000)
    stock(told, "pump", 2)  # of no known weight
    assert record(told, "tier", "depot") is None  # for nobody knows how many
    populate(told, east=1_200)
    assert record(told, "tier", "depot") == {
        "id": "depot", "persons": 1_200, "stock": 5_000, "surplus": 5_000,
    }  # fmt: skip
    order(told, rice=1_500)
    assert record(told, "tier", "depot")["surplus"] == 3_500
    assert record(told, "tier", "school") is None


def test_stock_is_what_is_there_kept_and_free(told: Told) -> None:
    (lot,) = stock(told, "rice", 50)
    order(told, rice=20)
    assert record(told, "stock", "rice/depot") == {"free": 30, "on_hand": 50, "reserved": 20}
    lose(told, draw(lot, 40))
    assert record(told, "stock", "rice/depot") == {"free": 0, "on_hand": 10, "reserved": 20}
    assert record(told, "stock", "rice/nowhere") == {"free": 0, "on_hand": 0, "reserved": 0}


def test_a_lot_has_a_life_until_it_expires(told: Told) -> None:
    ran = take_in(told, line_of("rice", 5, expiry=NOON + 400 * DAY), line_of("water", 5))
    lot = record(told, "lot", ran.lot(0))
    assert (lot["life"], lot["usable"], lot["item_class"]) == (400 * DAY, True, "food")
    assert "life" not in record(told, "lot", ran.lot(1))
    told.time = NOON + 400 * DAY
    lot = record(told, "lot", ran.lot(0))
    assert (lot["life"], lot["usable"], lot["expired"]) == (0, False, True)


def test_a_household_is_eligible_until_it_is_retired(told: Told) -> None:
    enrol(told)
    assert record(told, "household", TAG) == {
        "area": "east", "bank_verified": True, "cases": 0, "eligible": True, "id": TAG, "persons": 4,
    }  # fmt: skip
    body = {"class": "aid", "subjects": [f"household/{TAG}"]}
    told.ok("case.open", body, "relief/payer")
    told.ok("household.retire", {"reason": "moved", "tag": TAG}, "county/registrar",
            "relief/approver")  # fmt: skip
    found = record(told, "household", TAG)
    assert (found["cases"], found["eligible"]) == (1, False)


def test_a_right_is_open_in_its_window(told: Told) -> None:
    enrol(told)
    (lot,) = stock(told, "rice", 50)
    issue(told)
    key = f"{TAG}/week-1/food"
    release(told, draw(lot, 4))
    found = record(told, "entitlement", key)
    assert (found["left"], found["open"], found["amount"]) == (6, True, 0)
    told.time = found["to"]
    assert not record(told, "entitlement", key)["open"]


def test_a_fund_is_the_sum_of_its_lines_and_of_one_currency(told: Told) -> None:
    told.receive(500)
    told.receive(70, "relief.food")
    told.allocate(100)
    found = record(told, "fund", "relief")
    assert (found["available"], found["received"], found["owner"]) == (470, 570, "county")
    assert record(told, "fund", "relief.food")["available"] == 70
    assert record(told, "fund", "relief.nothing") is None
    assert record(told, "fund", "relief", "TWD") is None
    assert record(told, "fund", "island", "TWD")["available"] == 0


def observe(told: Told, unit_price: int, per: int, at: int) -> None:
    body: dict[str, Any] = {"area": "east", "at": at, "currency": "CNY", "item": "rice"}
    body |= {"per": per, "sources": ["a1" * 32], "unit_price": unit_price}
    told.ok("price.observe", body, "county/officer")


@pytest.mark.parametrize(
    ("asked", "per", "unit"),
    [(6_499, 1_000, 6), (6_500, 1_000, 7), (1, 3, 0), (2, 3, 1), (7, 1, 7)],
)
def test_a_price_for_one_unit_is_rounded_once(told: Told, asked: int, per: int, unit: int) -> None:
    observe(told, asked, per, NOON)
    found = record(told, "price", "rice")
    assert (found["unit_price"], found["asked"], found["per"]) == (unit, asked, per)


def test_prices_come_the_newest_first_and_stop(told: Told) -> None:
    for n in range(4):
        observe(told, n + 1, 1, NOON - 10 * n)
    assert [one["asked"] for one in listed(told, "prices", "rice", 3)] == [1, 2, 3]
    assert record(told, "price", "rice", when=NOON - 10)["asked"] == 2
    assert record(told, "price", "rice", when=NOON - 31) is None
    assert record(told, "price", "rice", "TWD") is None


@pytest.mark.parametrize(
    ("kind", "name"), [("need.declare", "need"), ("forecast.publish", "forecast")]
)
def test_a_figure_holds_in_its_window(told: Told, kind: str, name: str) -> None:
    body = {
        "area": "east", "item": "rice", "method": "register", "organisation": "relief",
        "quantity": 500, "window": {"from": NOON, "to": NOON + DAY},
    }  # fmt: skip
    told.ok(kind, body, "county/officer")
    assert record(told, name, "east/rice", when=NOON)["qty"] == 500
    assert record(told, name, "east/rice", when=NOON - 1) is None
    assert record(told, name, "east/rice", when=NOON + DAY) is None


def test_an_organisation_with_loans_and_cases(told: Told) -> None:
    pump = take_in(told, line_of("pump", 1, serials=["P-1"])).lot(0)
    body = {
        "borrower": "relief",
        "due": told.time + DAY,
        "from": "depot",
        "lot": pump,
        "to": "school",
    }
    told.ok("asset.lend", body, "county/manager", "relief/manager")
    assert record(told, "organisation", "relief") == {
        "cases": 0, "id": "relief", "loans": 1, "overdue": 0,
    }  # fmt: skip
    told.time += DAY
    assert record(told, "organisation", "relief")["overdue"] == 1
    assert record(told, "organisation", "county")["loans"] == 0


# ---- lists --------------------------------------------------------------------------------------


def test_lots_come_by_expiry_and_only_usable_ones(told: Told) -> None:
    late, soon, never = (
        take_in(told, line_of("rice", 5, **more)).lot(0)
        for more in ({"expiry": NOON + 900 * DAY}, {"expiry": NOON + 500 * DAY}, {})
    )
    bad = take_in(told, line_of("rice", 5, condition="damaged")).lot(0)
    assert bad
    assert [one["id"] for one in listed(told, "lots", "rice/depot")] == [soon, late, never]
    assert [one["id"] for one in listed(told, "lots", "rice/depot", 1)] == [soon]


def site(told: Told, name: str, area: str, kind: str) -> None:
    row = {"area": area, "custodian": "county", "kind": kind, "names": names(name), "version": 1}
    told.set("catalogue", f"site/{name}", {**row, "statement": "00" * 32})


def test_stores_above_come_nearest_first(told: Told) -> None:
    row = told.row("catalogue", "area/east")
    told.set("catalogue", "area/village", {**row, "parent": "east", "population": 50})
    populate(told, county=9_000, east=1_200)
    site(told, "hall", "village", "shelter")
    site(told, "centre", "county", "reserve")
    site(told, "market", "county", "vendor")
    stock(told, "rice", 700)
    found = listed(told, "ancestors", "hall")
    assert [(one["id"], one["stock"]) for one in found] == [("depot", 700), ("centre", 0)]
    assert [one["id"] for one in listed(told, "ancestors", "hall", 1)] == ["depot"]
    assert listed(told, "ancestors", "nowhere") == []


def test_areas_and_sites_by_name(told: Told) -> None:
    assert [one["id"] for one in listed(told, "below", "county")] == ["east", "west"]
    assert listed(told, "below", "east") == []
    assert "school" in [one["id"] for one in listed(told, "sites", "west")]


def test_households_of_a_run_come_by_tag_and_go_on_where_it_stopped(told: Told) -> None:
    tags = [f"{n:032x}" for n in (5, 3, 9, 7)]
    for tag, area in zip(tags, ("east", "west", "east", "county"), strict=True):
        enrol(told, tag, area=area)
    told.ok("household.retire", {"reason": "moved", "tag": tags[2]}, "county/registrar",
            "relief/approver")  # fmt: skip
    at = told.at()
    assert areas_below(at, ["county", "east"]) == ["county", "east", "west"]

    def run(areas: list[str], after: str, limit: int) -> list[int]:
        return [int(str(one["id"]), 16) for one in households(at, areas, after, limit)]

    assert run(["county"], "", 9) == [3, 5, 7]
    assert run(["county"], "", 2) == [3, 5]
    assert run(["county"], tags[0], 2) == [7]
    assert run(["east", "west"], "", 9) == [3, 5]
    assert run(["nowhere"], "", 9) == []
