"""Nouns of goods and households: what shipments, rights and hand-outs tell the views.

As in `nodes.projections.nouns`: one function a kind, for applied entries alone, from the body of
the entry and its effects.
"""

from collections.abc import Callable, Mapping

from ledger.goods.limits import RELEASE_S, TRANSIT_S
from nodes.projections.facts import Fact, label_of
from nodes.projections.legs import close_leg, expect, open_leg
from nodes.projections.nounviews import (
    Catalogue,
    Delivery,
    Entitlement,
    Handed,
    Handout,
    Household,
    Shipment,
    ShipmentLine,
)
from nodes.projections.rows import Row, Work
from nodes.projections.views import Leg, Lot

Telling = Callable[[Work, Fact], None]
"""What one kind tells the views."""


# ---- goods on their way -------------------------------------------------------------------------


def _order(work: Work, fact: Fact) -> None:
    body = fact.body
    _shipment(work, fact)
    for line in body["lines"]:
        work.make(ShipmentLine, _line(fact.statement, line["item"], ordered=line["quantity"]))
    open_leg(work, fact, body["until"], len(body["lines"]))


def _dispatch(work: Work, fact: Fact) -> None:
    body = fact.body
    _shipment(work, fact)
    sent: dict[str, int] = {}
    for item, _, target, n in fact.effects.moves:
        if label_of(target) == f"consignment:{fact.statement}":
            sent[item] = sent.get(item, 0) + n
    for item, n in sent.items():
        work.make(ShipmentLine, _line(fact.statement, item, sent=n))
    expect(work, fact, body.get("due", fact.time + TRANSIT_S))
    leg = work.find(Leg, body.get("order", ""))
    if leg is not None and leg["closed"] == -1:
        _serve_order(work, fact, leg)


def _serve_order(work: Work, fact: Fact, leg: Row) -> None:
    order = str(leg["statement"])
    left = int(leg["left"])
    for draw in fact.body["lines"]:
        lot = work.find(Lot, draw["lot"])
        row = work.find(ShipmentLine, order, str(lot["item"])) if lot else None
        if row is not None:
            before, ordered = int(row["sent"]), int(row["ordered"])
            left -= before < ordered <= before + draw["quantity"]
            work.put(ShipmentLine, {**row, "sent": before + draw["quantity"]})
    if left:
        work.put(Leg, {**leg, "left": left})
    else:
        close_leg(work, fact, leg)


def _arrive(work: Work, fact: Fact) -> None:
    dispatch: str = fact.body["dispatch"]
    for item, source, target, n in fact.effects.moves:
        row = work.find(ShipmentLine, dispatch, item)
        if row is not None and label_of(source) == f"consignment:{dispatch}":
            figure = "lost" if label_of(target).startswith("lost:") else "arrived"
            work.put(ShipmentLine, {**row, figure: int(row[figure]) + n})


def _shipment(work: Work, fact: Fact) -> None:
    row: Row = {
        "statement": fact.statement,
        "entry": fact.index,
        "kind": fact.kind,
        "origin": fact.body["from"],
        "target": fact.body["to"],
        "carrier": fact.body.get("carrier", ""),
        "ordered_by": fact.body.get("order", ""),
    }
    work.make(Shipment, row)


def _line(statement: str, item: str, *, ordered: int = 0, sent: int = 0) -> Row:
    keys: Row = {"statement": statement, "item": item}
    return {**keys, "ordered": ordered, "sent": sent, "arrived": 0, "lost": 0}


# ---- households and what they get ---------------------------------------------------------------


def _household(work: Work, fact: Fact) -> None:
    body = fact.body
    row: Row = {
        "tag": body["tag"],
        "entry": fact.index,
        "statement": fact.statement,
        "programme": body["programme"],
        "area": body["area"],
        "persons": body["persons"],
        "bank_verified": int(body["bank_verified"]),
        "retired": "",
    }
    work.put(Household, row)


def _retire(work: Work, fact: Fact) -> None:
    row = work.find(Household, fact.body["tag"])
    if row is not None:
        work.put(Household, {**row, "retired": fact.statement})


def _issue(work: Work, fact: Fact) -> None:
    body = fact.body
    lines = [(line["item"], line["quantity"]) for line in body.get("lines", ())]
    if "money" in body:
        line = work.find(Catalogue, "line", body["money"]["line"], 0)
        lines = [(str(line["unit"]) if line else "", body["money"]["amount"])]
    for tag in body["tags"]:
        for commodity, n in lines:
            row: Row = {
                "tag": tag,
                "cycle": body["cycle"],
                "purpose": body["purpose"],
                "commodity": commodity,
                "entry": fact.index,
                "statement": fact.statement,
                "quantity": n,
                "starts": body["window"]["from"],
                "ends": body["window"]["to"],
                "until": body["window"]["to"],
                "revoked": "",
            }
            work.put(Entitlement, row)


def _revoke(work: Work, fact: Fact) -> None:
    body = fact.body
    for tag in body["tags"]:
        for row in work.where(Entitlement, "tag", tag):
            if (row["cycle"], row["purpose"]) == (body["cycle"], body["purpose"]):
                work.put(Entitlement, {**row, "ends": fact.time, "revoked": fact.statement})


def _release(work: Work, fact: Fact) -> None:
    open_leg(work, fact, fact.time + RELEASE_S, 1)


def _handout(work: Work, fact: Fact) -> None:
    body = fact.body
    rows = body.get("rows", [])
    # Several hand-outs of one correction are one: their rows number on.
    before = work.find(Handout, fact.statement) or {"rows": 0, "lines": 0}
    first, n = int(before["rows"]), int(before["lines"])
    parts = [
        (first + at, part["tag"], line) for at, part in enumerate(rows) for line in part["lines"]
    ]
    parts += [(first, "", line) for line in body.get("lines", ())]
    row: Row = {
        "statement": fact.statement,
        "entry": fact.index,
        "site": body["site"],
        "form": "household" if rows else "organisation" if "organisation" in body else "open",
        "rows": first + (len(rows) or body.get("manifest", {}).get("size", 1)),
        "lines": n + len(parts),
        "release": body.get("release", ""),
        "organisation": body.get("organisation", ""),
    }
    work.put(Handout, row)
    for at, (number, tag, line) in enumerate(parts):
        lot = work.find(Lot, line["lot"])
        row = {
            "statement": fact.statement,
            "n": n + at,
            "entry": fact.index,
            "row": number,
            "tag": tag,
            "cycle": body.get("cycle", ""),
            "purpose": body.get("purpose", ""),
            "item": str(lot["item"]) if lot else line.get("item", ""),
            "lot": line["lot"],
            "quantity": line["quantity"],
        }
        work.add(Handed, row)
    leg = work.find(Leg, body.get("release", ""))
    if leg is not None and leg["kind"] == "disbursement.release":
        close_leg(work, fact, leg)


def _confirm(work: Work, fact: Fact) -> None:
    body = fact.body
    keys: Row = {"statement": body["handout"], "row": body["row"], "entry": fact.index}
    work.put(Delivery, {**keys, "by": body["by"], "state": body["state"]})


GOODS: Mapping[str, Telling] = {
    "delivery.confirm": _confirm,
    "disbursement.handout": _handout,
    "disbursement.release": _release,
    "entitlement.issue": _issue,
    "entitlement.revoke": _revoke,
    "household.enrol": _household,
    "household.retire": _retire,
    "shipment.arrive": _arrive,
    "shipment.dispatch": _dispatch,
    "shipment.order": _order,
}
"""kind -> what it tells."""
