"""Nouns of a situation: what alerts, needs, prices and cases tell the views.

As in `nodes.projections.nouns`: one function a kind, for applied entries alone. A fact that was
flagged may have moved nothing (a step of a case that was closed, a price of tomorrow): what its
breaches say is not told here.
"""

from collections.abc import Mapping
from typing import Any

from ledger.codes import Code
from ledger.dated import forecast_series, need_series, price_series
from ledger.overrides import OVERRIDE_S
from nodes.projections.facts import Fact
from nodes.projections.goodsnouns import Telling
from nodes.projections.nounviews import Alert, AlertArea, CaseFile, Figure
from nodes.projections.rows import Row, Work

STOPS = (Code.UNKNOWN_REFERENCE, Code.NOT_OPEN)
"""Breaches of a fact that moved nothing."""


def _moved(fact: Fact) -> bool:
    return not any(code in STOPS for code, _, _ in fact.breaches)


# ---- alerts -------------------------------------------------------------------------------------


def _declare(work: Work, fact: Fact) -> None:
    body = fact.body
    before = work.find(Alert, body["alert"])
    for row in work.where(AlertArea, "alert", body["alert"]):
        work.drop(AlertArea, str(row["alert"]), str(row["area"]))
    for area in body["areas"]:
        work.put(AlertArea, {"alert": body["alert"], "area": area})
    row = {
        "id": body["alert"],
        "entry": fact.index,
        "statement": fact.statement,
        "hazard": body["hazard"],
        "level": body["level"],
        "starts": fact.time if before is None else before["starts"],
        "ends": body["until"],
        "closed": -1,
    }
    work.put(Alert, row)


def _lift(work: Work, fact: Fact) -> None:
    _end_alert(work, fact, fact.body["alert"], fact.time)


def end_alert(work: Work, fact: Fact, leg: str) -> None:
    """A deadline passed: if it is that of an alert (`alert/{id}`), the alert is over."""
    noun, _, alert = leg.partition("/")
    if noun == "alert":
        _end_alert(work, fact, alert, None)


def _end_alert(work: Work, fact: Fact, alert: str, ends: int | None) -> None:
    row = work.find(Alert, alert)
    if row is not None:
        work.put(
            Alert, {**row, "closed": fact.index, "ends": row["ends"] if ends is None else ends}
        )


# ---- dated figures ------------------------------------------------------------------------------


def _need(work: Work, fact: Fact) -> None:
    _figure(work, fact, need_series(fact.body["area"], fact.body["item"]))


def _forecast(work: Work, fact: Fact) -> None:
    _figure(work, fact, forecast_series(fact.body["area"], fact.body["item"]))


def _figure(work: Work, fact: Fact, series: str) -> None:
    body = fact.body
    if not _moved(fact):
        return
    more = {"per": 1, "commodity": "", "sources": -1}
    _put(work, fact, series, body["window"]["from"], body["window"]["to"], body["quantity"], more)


def _price(work: Work, fact: Fact) -> None:
    body = fact.body
    if not _moved(fact) or body["at"] > fact.time:
        return
    more: Row = {
        "per": body.get("per", 1),
        "commodity": body["currency"],
        "sources": len(body["sources"]),
    }
    series = price_series(body["item"], body["currency"])
    _put(work, fact, series, body["at"], body.get("until", -1), body["unit_price"], more)


def _put(
    work: Work,
    fact: Fact,
    series: str,
    starts: int,
    ends: int,
    quantity: int,
    more: Mapping[str, Any],
) -> None:
    row: Row = {
        "series": series,
        "starts": starts,
        "noun": series.partition("/")[0],
        "entry": fact.index,
        "statement": fact.statement,
        "area": fact.body["area"],
        "item": fact.body["item"],
        "ends": ends,
        "quantity": quantity,
        "organisation": fact.body.get("organisation", ""),
        "method": fact.body.get("method", ""),
        **more,
    }
    work.put(Figure, row)


# ---- cases --------------------------------------------------------------------------------------


def _open(work: Work, fact: Fact) -> None:
    _open_case(work, fact, fact.body["class"], fact.body.get("due", -1))


def _override(work: Work, fact: Fact) -> None:
    _open_case(work, fact, "override", fact.time + OVERRIDE_S)


def _open_case(work: Work, fact: Fact, sort: str, due: int) -> None:
    row: Row = {
        "statement": fact.statement,
        "entry": fact.index,
        "sort": sort,
        "state": "open",
        "opened": fact.time,
        "due": due,
        "assigned": "",
        "finding": "",
        "responses": 0,
        "appeals": 0,
        "closed": -1,
    }
    work.make(CaseFile, row)


def _step(work: Work, fact: Fact) -> None:
    body = fact.body
    row = work.find(CaseFile, body["case"])
    if row is None or not _moved(fact):
        return
    now = dict(row)
    if fact.kind == "case.assign":
        now |= {"assigned": body["organisation"], "due": body["due"]}
        now["state"] = "appealed" if row["state"] == "appealed" else "assigned"
    elif fact.kind == "case.respond":
        now["responses"] = int(row["responses"]) + 1
    elif fact.kind == "case.decide":
        now |= {"finding": body["finding"], "state": "decided"}
    elif fact.kind == "case.appeal":
        now |= {"appeals": int(row["appeals"]) + 1, "state": "appealed"}
    else:
        now |= {"closed": fact.index, "state": "closed"}
    work.put(CaseFile, now)


SITUATION: Mapping[str, Telling] = {
    "alert.declare": _declare,
    "alert.lift": _lift,
    "case.appeal": _step,
    "case.assign": _step,
    "case.close": _step,
    "case.decide": _step,
    "case.open": _open,
    "case.respond": _step,
    "forecast.publish": _forecast,
    "need.declare": _need,
    "override.use": _override,
    "price.observe": _price,
}
"""kind -> what it tells."""
