"""Judged views: what each kind of statement says to a contract is of the type that is declared.

Goal: a view never fails on a true statement, has every field that is declared and no other, and says
what the statement says.
Method: a story with statements of nearly every kind on a small book; all views are held against the
catalogue; then what matters in each is looked at.
"""

from functools import cache
from typing import Any

import pytest
from books import NOON
from goods import (
    COUNT,
    HAND,
    STORE,
    TAG,
    arrive,
    arrived,
    dispatch,
    draw,
    enrol,
    hand_out,
    issue,
    lose,
    order,
    receive,
    release,
    stock,
)
from goods import goods as line_of
from money import GENERAL, h
from toldbooks import Told

from contracts.catalogue.catalogue import (
    CROWDED,
    VIEWS,
    catalogue_for,
    cause_name,
    currency_of,
    is_about,
    named_currencies,
)
from contracts.rcel.types import ListOf, Record, Str, fits
from ledger.kinds import all_kinds

DAY = 86_400
PAYEE = h(55)


@cache
def story() -> dict[str, list[list[dict[str, Any]]]]:
    """Kind -> the views of each statement of it, in their order."""
    told = Told()
    for step in (people, goods, needs, money, project, requisition, loan, members, cases):
        step(told)
    found: dict[str, list[list[dict[str, Any]]]] = {}
    for kind, rows in zip(told.kinds, told.views, strict=True):
        if rows:
            found.setdefault(kind, []).append(rows)
    return found


def people(told: Told) -> None:
    told.set("catalogue", "area/east", {**told.row("catalogue", "area/east"), "population": 1200})
    enrol(told, dedupe="cd" * 32)
    enrol(told, "01" * 16, area="west", persons=15)
    rice, water = stock(told, "rice", 100)[0], stock(told, "water", 50)[0]
    issue(told, TAG, "01" * 16)
    issue(told, TAG, cycle="week-2", lines=[{"item": i, "quantity": 5} for i in ("rice", "water")])
    kept = release(told, draw(rice, 2))
    given = hand_out(told, (TAG, [draw(rice, 2)]), release=kept.id)
    told.ok("delivery.confirm", {"by": "pin", "handout": given.id, "row": 0, "state": "received"},
            "county/confirmer")  # fmt: skip
    told.run("disbursement.handout", {"lines": [draw(water, 1)], "organisation": "relief",
             "site": "depot"}, HAND)  # fmt: skip
    body = {"cycle": "week-2", "purpose": "food", "reason": "moved", "tags": [TAG]}
    told.ok("entitlement.revoke", body, "county/manager")
    body = {"reason": "moved", "tag": "01" * 16}
    told.ok("household.retire", body, "county/registrar", "relief/approver")


def goods(told: Told) -> None:
    lots = stock(told, "water", 20, 30)
    receive(told, line_of("rice", 10, expiry=told.time + 300 * DAY), source={"kind": "gift"})
    asked = order(told, water=6)
    sent = dispatch(told, draw(lots[0], 6), order=asked.id)
    arrive(told, sent.id, arrived("water", 4, 1, 1))
    lose(told, draw(lots[0], 1))
    body: dict[str, Any] = {"from": "depot", "lines": [draw(lots[1], 3)], "to": "square"}
    told.run("stock.move", body, STORE)
    told.run("stock.split", {"lot": lots[1], "quantities": [1, 2], "site": "depot"}, STORE)
    told.run("stock.merge", {"lines": [draw(lots[0], 2), draw(lots[1], 2)], "site": "depot"}, STORE)
    told.run("stock.count", {"lines": [{"counted": 3, "item": "water"}], "site": "square"},
             COUNT, STORE)  # fmt: skip
    body = {"delta": -1, "lot": lots[1], "reason": "leak", "site": "depot"}
    told.run("stock.adjust", body, COUNT, STORE)
    body = {"item": "water", "purpose": "food", "quantity": 2, "site": "depot"}
    kept = told.ok("stock.reserve", {**body, "until": told.time + DAY}, "county/manager")
    told.ok("stock.release", {"quantity": 1, "reservation": kept.id}, "county/manager")


def needs(told: Told) -> None:
    body: dict[str, Any] = {"alert": "red-1", "areas": ["east"], "hazard": "flood", "level": 4}
    told.ok("alert.declare", {**body, "until": told.time + DAY}, "county/commander")
    figure = {
        "area": "east", "item": "rice", "method": "register", "organisation": "relief",
        "quantity": 500, "window": {"from": told.time, "to": told.time + DAY},
    }  # fmt: skip
    for kind in ("need.declare", "forecast.publish"):
        told.ok(kind, figure, "county/officer")
    body = {"area": "east", "at": told.time, "currency": "CNY", "item": "rice", "per": 1000}
    told.ok("price.observe", {**body, "sources": [h(1), h(2)], "unit_price": 6500},
            "county/officer")  # fmt: skip
    told.ok("alert.lift", {"alert": "red-1", "reason": "water-fell"}, "county/commander")


def money(told: Told) -> None:
    gift = told.receive(5_000)
    told.receive(9_000, "island.general")
    told.allocate(300)
    told.allocate(100, verb="deallocate")
    paid = told.instruct(100)
    told.paid(paid.id, 40)
    told.returned(paid.id, 10)
    told.failed(paid.id)
    told.refund(gift.id, 10)
    told.reverse(gift.id, 10)
    told.cover(5)


def project(told: Told) -> None:
    told.allocate(1_000, "shelter")
    made = told.ok("project.contract", {
        "area": "east", "contractor": "relief", "line": GENERAL,
        "milestones": [{"amount": 600, "id": "walls"}], "payee": PAYEE, "programme": "flood",
        "purpose": "shelter", "retention": {"days": 180, "percent": 10}, "sum": 1_000,
        "until": told.time + 90 * DAY}, "county/fund-owner", "relief/manager")  # fmt: skip
    claim = told.ok("project.claim", {"milestone": "walls", "project": made.id}, "relief/manager")
    told.ok("project.inspect", {"claim": claim.id, "verdict": "pass"}, "county/inspector")
    payee = {"class": "contractor", "tag": PAYEE}
    assert told.instruct(540, "allocated", order=claim.id, payee=payee, purpose="shelter").code


def requisition(told: Told) -> None:
    law = told.ok("requisition.order", {
        "basis": "Disaster Prevention Act, article 31", "goods": [{"item": "pump", "quantity": 3}],
        "number": "2027-17", "window": {"from": told.time, "to": told.time + 30 * DAY}},
        "county/commander")  # fmt: skip
    taken = told.ok("requisition.accept", {
        "confirmed": True, "lines": [{"condition": "good", "item": "pump", "quantity": 2}],
        "order": law.id, "owner": "relief", "payee": PAYEE, "site": "depot"},
        STORE, "relief/receiver")  # fmt: skip
    payee = {"class": "compensation", "tag": PAYEE}
    told.instruct(100, order=taken.id, payee=payee)
    back = {"condition": "good", "lot": taken.lot(0), "quantity": 1}
    body = {"accept": taken.id, "lines": [back], "site": "depot"}
    told.run("requisition.return", body, STORE, "relief/receiver")


def loan(told: Told) -> None:
    pump = receive(told, line_of("pump", 1, serials=["P-1"])).lot(0)
    lent = told.ok("asset.lend", {"borrower": "relief", "due": told.time + DAY, "from": "depot",
                   "lot": pump, "to": "school"}, "county/manager", "relief/manager")  # fmt: skip
    for kind, site in (("asset.handover", "school"), ("asset.return", "depot")):
        body = {"condition": "good", "loan": lent.id, "site": site}
        told.run(kind, body, STORE, "relief/receiver")


def members(told: Told) -> None:
    told.set("trust", "admins", {"count": 2})
    scope: dict[str, Any] = {"areas": [], "funds": [], "sites": []}
    actor = {"id": "relief/new", "person": "new", "roles": ["payer"], "scope": scope}
    two = ("county/admin", "relief/admin")
    told.run("member.enrol", {"actors": [actor]}, *two)
    told.run("member.grant", {"actor": "relief/new", "roles": ["counter"], "scope": scope}, *two)
    told.run("member.revoke", {"actor": "relief/new", "reason": "left", "roles": ["counter"]}, *two)


def cases(told: Told) -> None:
    body: dict[str, Any] = {"class": "aid", "due": NOON + DAY, "subjects": ["organisation/relief"]}
    case = told.ok("case.open", body, "relief/payer").id
    told.ok("case.assign", {"case": case, "due": NOON + DAY, "organisation": "county"},
            "county/officer")  # fmt: skip
    told.ok("case.respond", {"case": case}, "relief/payer")
    told.ok("case.decide", {"case": case, "finding": "upheld"}, "county/decider")
    told.ok("case.appeal", {"case": case}, "relief/payer")
    told.set("legs", case, {**told.row("legs", case), "state": "decided"})
    told.ok("case.close", {"case": case, "reason": "settled"}, "county/officer")


SEEN_ELSEWHERE = {
    "approval.give", "approval.refuse", "clock.hour", "donation.list", "override.use",
}  # fmt: skip
"""Kinds that the story has no statement of."""


@pytest.mark.parametrize("kind", sorted(VIEWS))
def test_every_view_is_of_its_declared_type(kind: str) -> None:
    if kind in SEEN_ELSEWHERE:
        return
    view = catalogue_for("CNY").kinds[kind]
    rows = [row for rows in story()[kind] for row in rows]
    assert rows
    for row in rows:
        wrong = [
            (field.name, row.get(field.name))
            for field in view.fields
            if not (fits(row[field.name], field.type) if field.name in row else field.optional)
        ]
        assert not wrong
        assert not set(row) - {field.name for field in view.fields}


def last(kind: str, n: int = -1, row: int = 0) -> dict[str, Any]:
    return story()[kind][n][row]


def test_what_people_get() -> None:
    kept, given, open_ = (
        last("disbursement.release"),
        *(last("disbursement.handout", n) for n in (0, 1)),
    )
    for one in (kept, given):
        assert (one["household"], one["area"], one["site"]) == (TAG, "east", "depot")
        assert (one["item_class"], one["qty"], one["mass"], one["stock"]) == (
            "food",
            2,
            2,
            "rice/depot",
        )
        assert one["entitlement"] == f"{TAG}/week-1/food" and one["usable"]
    assert (open_["household"], open_["organisation"], open_["area"]) == ("", "relief", "east")
    assert last("delivery.confirm")["household"] == TAG
    assert [row["household"] for row in story()["entitlement.issue"][0]] == [TAG, "01" * 16]
    assert last("entitlement.issue", 1)["item"] == ""
    assert last("entitlement.issue", 0)["entitlement"] == given["entitlement"]
    assert last("entitlement.revoke")["entitlement"] == f"{TAG}/week-2/food"


def test_what_is_paid_and_for_whom() -> None:
    plain, tranche, compensation = (last("disbursement.instruct", n) for n in (0, 1, 2))
    assert (plain["amount"], plain["currency"], plain["fund"]) == (100, "CNY", "relief")
    assert plain["approvals"] == [{"by": "relief/approver", "org": "relief"}]
    assert plain["initiator"] == {"by": "county/payer", "org": "county"}
    assert (tranche["payee_org"], compensation["payee_org"], plain["payee_org"]) == (
        "relief", "relief", "")  # fmt: skip
    assert last("disbursement.paid")["to"] == plain["to"]
    assert last("donation.receive", 1)["currency"] == "TWD"
    assert last("project.inspect")["amount"] == 600


def test_where_goods_go() -> None:
    one = last("shipment.order")
    assert (one["from"], one["to"], one["from_tier"], one["to_tier"], one["to_org"]) == (
        "depot", "school", 2, 2, "relief")  # fmt: skip
    assert last("shipment.dispatch")["to_area"] == one["to_area"] == "west" != one["area"]
    assert last("shipment.arrive")["lost"] == 1
    assert last("price.observe")["unit_price"] == 7
    assert last("requisition.accept")["owner_confirmed"] is True


def test_what_it_causes_remembers_an_alert_by_its_name() -> None:
    assert cause_name("alert.declare", last("alert.declare")) == "red-1"
    view = last("requisition.accept")
    assert cause_name("requisition.accept", view) == view["statement"]


def test_kinds_that_contracts_speak_of_are_kinds_of_the_ledger() -> None:
    assert set(VIEWS) - {"clock.hour"} <= {kind.name for kind in all_kinds().values()}


def test_tags_that_many_statements_share_are_tags_of_the_catalogue() -> None:
    found: set[str] = set()

    def walk(kind: Any) -> None:
        match kind:
            case Str(tag) if tag:
                found.add(tag)
            case ListOf(item):
                walk(item)
            case Record():
                for field in kind.fields:
                    walk(field.type)

    catalogue = catalogue_for("CNY")
    for record in (*catalogue.kinds.values(), *catalogue.records.values()):
        walk(record)
    assert found >= CROWDED, CROWDED - found
    apart = {
        "actor",
        "alert",
        "dedupe",
        "entitlement",
        "lot",
        "milestone",
        "person",
        "statement",
        "tag",
    }
    assert found - CROWDED <= apart, found - CROWDED - apart


# ---- one currency a contract --------------------------------------------------------------------

CAP = {"params": {"cap": {"type": "int[TWD/person](0..9)", "value": 1}}}


def test_the_currency_of_a_contract() -> None:
    state = Told().state()
    assert named_currencies(CAP) == ["TWD"]
    assert named_currencies({"params": {"a": {"type": "int[parcel/person](0..9)"}}}) == []
    assert named_currencies({"facts": {"a": {"type": "int[CNY*TWD](0..9)"}}}) == ["CNY", "TWD"]
    assert currency_of(CAP, state) == "TWD"
    assert currency_of({}, state, "island") == "TWD"
    alerts = {
        "kinds": ["alert.declare"],
        "params": {"pool": {"type": "str<fund>", "value": "island"}},
    }
    assert currency_of({**alerts, "budget": {"fund": "pool"}}, state) == "TWD"
    assert currency_of({**alerts, **CAP, "budget": {"fund": "'relief'"}}, state) is None
    goods: dict[str, Any] = {"kinds": ["stock.count", "shipment.order"]}
    assert currency_of(goods, state) == "CNY"  # it reads no money, so that any will do
    for money in (
        {"kinds": ["stock.count", "fund.allocate"]},
        {**goods, "params": {"most": {"type": "money", "value": 1}}},
        {**goods, "facts": {"ours": {"record": "fund", "key": "'relief'"}}},
        {**goods, "facts": {"seen": {"list": "price", "query": "prices", "key": "it.item"}}},
        {**goods, "facts": {"paid": {"sum": "amount", "of": "disbursement.paid"}}},
    ):
        assert currency_of(money, state) is None  # two currencies, and none is named
    assert currency_of(CAP, state, "relief") is None  # a fund of another
    lone = Told()
    lone.reader.put(("catalogue", "currency/TWD"), None)
    assert currency_of({}, lone.state()) == "CNY"


def test_money_of_another_currency_is_not_judged() -> None:
    cny, twd, none = {"currency": "CNY"}, {"currency": "TWD"}, {"currency": ""}
    assert is_about([cny, none], "CNY") and is_about([{}], "CNY")
    assert not is_about([cny, twd], "CNY")
