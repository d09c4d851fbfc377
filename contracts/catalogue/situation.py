"""Judged views of what happens: alerts, needs, prices, requisitions, projects, cases.

`figure` (`area/item`) is the key of records `need` and `forecast`.
"""

from collections.abc import Iterator
from typing import Final

from contracts.catalogue.goods import item_fields
from contracts.catalogue.judged import Judged, body_of
from contracts.catalogue.money import currency_of
from contracts.catalogue.view import Rows, View
from ledger.alerts import alert_key
from ledger.canon import Value
from ledger.cases import find_case, subjects_of
from ledger.entries.alert import Declare as DeclareAlert
from ledger.entries.alert import Lift
from ledger.entries.approval import Give, Refuse
from ledger.entries.case import Decide, Open
from ledger.entries.forecast import Publish
from ledger.entries.need import Declare as DeclareNeed
from ledger.entries.override import Use
from ledger.entries.price import Observe
from ledger.entries.project import Claim, Contract, Inspect
from ledger.entries.requisition import Accept, Return
from ledger.entries.requisition import Order as RequisitionOrder
from ledger.goods.lots import find_lot
from ledger.holds import find_hold
from ledger.money.earmark import fund_of

# ---- alerts, needs, prices ----------------------------------------------------------------------


def _alert(it: Judged) -> Rows:
    body: DeclareAlert = it.body
    return [
        {
            "alert": body.alert,
            "areas": list[Value](body.areas),
            "hazard": body.hazard,
            "level": body.level,
            "until": body.until,
        }
    ]


def _lift(it: Judged) -> Rows:
    body: Lift = it.body
    row = it.row("catalogue", alert_key(body.alert)) or {}
    areas = row.get("areas", [])
    assert isinstance(areas, list)
    return [
        {
            "alert": body.alert,
            "areas": areas,
            "hazard": str(row.get("hazard", "")),
            "level": 0,
            "until": it.book.time,
        }
    ]


def _figure(it: Judged) -> Rows:
    body: DeclareNeed | Publish = it.body
    row = item_fields(it, body.item, body.quantity, "", body.area)
    return [
        {
            **{name: row[name] for name in ("area", "figure", "item", "item_class", "mass", "qty")},
            "method": body.method,
            "from": body.window.from_,
            "organisation": body.organisation,
            "to": body.window.to,
        }
    ]


def _price(it: Judged) -> Rows:
    body: Observe = it.body
    per = body.per or 1
    row = item_fields(it, body.item, 0, "", body.area)
    return [
        {
            "area": body.area,
            "asked": body.unit_price,
            "currency": body.currency,
            "item": body.item,
            "item_class": row["item_class"],
            "per": per,
            "seen": body.at,
            "sources": len(body.sources),
            "unit_price": (2 * body.unit_price + per) // (2 * per),
        }
    ]


# ---- requisitions, projects ---------------------------------------------------------------------


def _requisition(it: Judged) -> Rows:
    body: RequisitionOrder = it.body
    rows = []
    for n, line in enumerate(body.goods):
        row = item_fields(it, line.item, line.quantity, "", body.area or "")
        names = ("area", "item", "item_class", "mass", "qty")
        rows.append({**{name: row[name] for name in names}, "line": n, "to": body.window.to})
    return rows


def _accept(it: Judged) -> Rows:
    body: Accept = it.body
    rows = []
    for n, line in enumerate(body.lines):
        rows.append(
            {
                **item_fields(it, line.item, line.quantity, body.site),
                "currency": body.currency or "",
                "good": line.condition == "good",
                "line": n,
                "order": body.order,
                "owner": body.owner,
                "owner_confirmed": body.confirmed,
                "payee": body.payee,
                "price": line.price or 0,
            }
        )
    return rows


def _back(it: Judged) -> Rows:
    body: Return = it.body
    accept = body_of(it.book, body.accept, Accept)
    owner = "" if accept is None else accept.owner
    rows = []
    for n, line in enumerate(body.lines):
        lot = find_lot(it.state, line.lot)
        item = "" if lot is None else lot.item
        row = item_fields(it, item, line.quantity, body.site)
        good = line.condition == "good"
        rows.append({**row, "accept": body.accept, "good": good, "line": n, "owner": owner})
    return rows


def _project(it: Judged) -> Rows:
    body: Contract = it.body
    return [
        {
            "amount": body.sum,
            "area": body.area,
            "contractor": body.contractor,
            "currency": currency_of(it, body.line),
            "days": body.retention.days,
            "fund": fund_of(body.line),
            "milestones": len(body.milestones),
            "percent": body.retention.percent,
            "purpose": body.purpose,
            "to": body.payee,
        }
    ]


def _claim(it: Judged) -> Rows:
    body: Claim = it.body
    return [_tranche(it, body.project, body.milestone, it.book.statement)]


def _inspect(it: Judged) -> Rows:
    body: Inspect = it.body
    claim = body_of(it.book, body.claim, Claim)
    project, milestone = ("", "") if claim is None else (claim.project, claim.milestone)
    found = _tranche(it, project, milestone, body.claim)
    return [{**found, "passed": body.verdict == "pass"}]


def _tranche(it: Judged, project: str, milestone: str, claim: str) -> dict[str, Value]:
    """The milestone of a project: its tranche and how often it failed an inspection."""
    row = it.row("legs", project) if project else None
    found: dict[str, Value] = {
        "amount": 0,
        "area": "",
        "claim": claim,
        "contractor": "",
        "currency": "",
        "fails": 0,
        "fund": "",
        "milestone": milestone,
        "project": project,
        "purpose": "",
        "to": "",
    }
    if row is None:
        return found
    milestones = row["milestones"]
    assert isinstance(milestones, list)
    for each in milestones:
        assert isinstance(each, list)
        if each[0] == milestone:
            found |= {"amount": each[1], "fails": each[3]}
    for name in ("area", "contractor", "currency", "purpose"):
        found[name] = str(row[name])
    return found | {"fund": fund_of(str(row["line"])), "to": str(row["payee"])}


# ---- cases, approvals, overrides ----------------------------------------------------------------


def _case(it: Judged) -> Rows:
    body = it.body
    case = it.book.statement if isinstance(body, Open) else body.case
    row = find_case(it.state, case)
    subjects = list(body.subjects) if isinstance(body, Open) else subjects_of(row or _NO_CASE)
    due = None if row is None else row.get("due")
    found: dict[str, Value] = {
        "case": case,
        "class": body.class_ if isinstance(body, Open) else str((row or _NO_CASE)["class"]),
        "subjects": list[Value](subjects),
    }
    if isinstance(due, int):
        found["due"] = due
    if isinstance(body, Decide):
        found["finding"] = body.finding
    return [found]


_NO_CASE: Final[dict[str, Value]] = {"class": "", "subjects": []}


def _approval(it: Judged) -> Rows:
    body: Give | Refuse = it.body
    hold = find_hold(it.state, body.held)
    return [{"held": body.held, "held_kind": "" if hold is None else hold.kind}]


def _override(it: Judged) -> Rows:
    body: Use = it.body
    contract, _, rule = body.rule.partition("/")
    return [{"contract": contract, "denied": body.statement, "rule": rule}]


def _hour(it: Judged) -> Rows:
    # Hours since 1970, so that contracts may say "every sixth"; local hours are for people.
    return [{"hour": it.at // 3_600}]


_GOODS = {
    "area": "str<area>",
    "item": "str<item>",
    "item_class": "str<itemclass>",
    "mass": "mass",
    "qty": "int[unit](0..1000000000000)",
}
_SITE_GOODS = {
    **_GOODS,
    "figure": "str<figure>",
    "good": "bool",
    "line": "int(0..255)",
    "owner": "str<org>",
    "site": "str<site>",
    "stock": "str<stock>",
}
_FIGURE = {
    **_GOODS,
    "method": "str<method>",
    "figure": "str<figure>",
    "from": "time",
    "organisation": "str<org>",
    "to": "time",
}
_MONEY = {
    "amount": "money",
    "area": "str<area>",
    "contractor": "str<org>",
    "currency": "str<currency>",
    "fund": "str<fund>",
    "purpose": "str<purpose>",
    "to": "str",
}
_TRANCHE = {
    **_MONEY,
    "claim": "str<statement>",
    "fails": "int(0..9007199254740991)",
    "milestone": "str<milestone>",
    "project": "str<statement>",
}
_ALERT = {
    "alert": "str",
    "areas": "list<str<area>>(64)",
    "hazard": "str<hazard>",
    "level": "int(0..5)",
    "until": "time",
}
_CASE = {
    "case": "str<statement>",
    "class": "str<caseclass>",
    "due?": "time",
    "subjects": "list<str>(16)",
}


def _views() -> Iterator[View]:
    yield View("alert.declare", _ALERT, _alert, names="alert")
    yield View("alert.lift", _ALERT, _lift, names="alert")
    yield View("need.declare", _FIGURE, _figure)
    yield View("forecast.publish", _FIGURE, _figure)
    yield View(
        "price.observe",
        {
            "area": "str<area>",
            "asked": "money",
            "currency": "str<currency>",
            "item": "str<item>",
            "item_class": "str<itemclass>",
            "per": "int[unit](1..1000000)",
            "seen": "time",
            "sources": "int(0..20)",
            "unit_price": "int[{currency}/unit](0..1000000000000)",
        },
        _price,
    )
    order = {**_GOODS, "line": "int(0..255)", "to": "time"}
    yield View("requisition.order", order, _requisition)
    yield View(
        "requisition.accept",
        {
            **_SITE_GOODS,
            "currency": "str<currency>",
            "order": "str<statement>",
            # As in the sentence "pay the owner": the payee of an instruction has no tag of its own.
            "owner": "str",
            "owner_confirmed": "bool",
            "payee": "str",
            "price": "money",
        },
        _accept,
    )
    yield View("requisition.return", {**_SITE_GOODS, "accept": "str<statement>"}, _back)
    yield View(
        "project.contract",
        {
            **_MONEY,
            "days": "int(0..3660)",
            "milestones": "int(1..32)",
            "percent": "int(0..100)",
        },
        _project,
    )
    yield View("project.claim", _TRANCHE, _claim)
    yield View("project.inspect", {**_TRANCHE, "passed": "bool"}, _inspect)
    for verb in ("open", "assign", "respond", "appeal", "close"):
        yield View(f"case.{verb}", _CASE, _case)
    yield View("case.decide", {**_CASE, "finding": "str<finding>"}, _case)
    held = {"held": "str<statement>", "held_kind": "str<kind>"}
    yield View("approval.give", held, _approval)
    yield View("approval.refuse", held, _approval)
    yield View(
        "override.use",
        {"contract": "str<contract>", "denied": "str<statement>", "rule": "str<rule>"},
        _override,
    )
    yield View("clock.hour", {"hour": "int(0..9007199254740991)"}, _hour)


VIEWS: Final = tuple(_views())
