"""Judged views of goods: one row for each line of a statement.

`line` is the number of the row from 0: `match: {line: 0}` counts statements, not lines. `mass` is
in grams, 0 where the catalogue has no weight. `stock` (`item/site`) and `figure` (`area/item`) are
keys of records. What is said of a lot is as it stands after the law has run.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from contracts.catalogue.judged import Judged
from contracts.catalogue.view import Rows, View
from ledger.canon import Value
from ledger.entries.asset import Handover, Lend, Return
from ledger.entries.shipment import Dispatch, Order
from ledger.entries.stock import Loss, Merge, Move, Split
from ledger.goods.arrival import Arrive
from ledger.goods.handout import Handout
from ledger.goods.lines import Draw
from ledger.goods.lots import find_lot
from ledger.goods.receive import Receive
from ledger.goods.release import Release
from ledger.goods.reservation import Reserve, Unreserve
from ledger.goods.stocktake import Adjust, Count
from ledger.members import area_of_site


def item_fields(it: Judged, item: str, n: int, site: str, area: str = "") -> dict[str, Value]:
    """So many base units of an item at a site; `area` where it is not that of the site."""
    row = it.row("catalogue", f"item/{item}") or {}
    weight = row.get("weight_g", 0)
    place = area or area_of_site(it.state, site)
    assert isinstance(weight, int)
    return {
        "area": place,
        "figure": f"{place}/{item}",
        "item": item,
        "item_class": str(row.get("class", "")),
        "mass": weight * n,
        "qty": n,
        "site": site,
        "stock": f"{item}/{site}",
    }


def lot_fields(it: Judged, lot_id: str, n: int, site: str, area: str = "") -> dict[str, Value]:
    """n units of a lot at a site, and how the lot stands; an unknown lot has no item."""
    lot = find_lot(it.state, lot_id)
    found = item_fields(it, "" if lot is None else lot.item, n, site, area)
    now = it.book.time
    found |= {
        "expired": lot is not None and lot.is_expired(now),
        "good": lot is not None and lot.condition == "good",
        "held": lot is not None and bool(lot.hold),
        "lot": lot_id,
        "owner": "" if lot is None else lot.owner,
        "usable": lot is not None and lot.is_usable(now),
    }
    if lot is not None and lot.expiry is not None:
        found["life"] = max(0, lot.expiry - now)
    return found


def _numbered(rows: Sequence[dict[str, Value]]) -> Rows:
    return [{**row, "line": n} for n, row in enumerate(rows)]


def _lots(it: Judged, lines: Sequence[Draw], site: str, **more: Value) -> Rows:
    return _numbered([{**lot_fields(it, d.lot, d.quantity, site), **more} for d in lines])


# ---- to people ----------------------------------------------------------------------------------


def _given(it: Judged, line: Draw, site: str, tag: str, **more: Value) -> dict[str, Value]:
    """A line for a household (`tag`), or for an open point or an organisation ("")."""
    household = it.row("households", tag) if tag else None
    area = "" if household is None else str(household["area"])
    return {**lot_fields(it, line.lot, line.quantity, site, area), "household": tag, **more}


def _release(it: Judged) -> Rows:
    body: Release = it.body
    right = body.entitlement
    tag, key, purpose = ("", "", "") if right is None else (right.tag, right.key, right.purpose)
    more = {"entitlement": key, "organisation": "", "purpose": purpose}
    return _numbered([_given(it, line, body.site, tag, **more) for line in body.lines])


def _handout(it: Judged) -> Rows:
    body: Handout = it.body
    purpose = body.purpose or ""
    if body.rows is None:
        more = {"entitlement": "", "organisation": body.organisation or "", "purpose": purpose}
        return _numbered([_given(it, one, body.site, "", **more) for one in body.lines or ()])
    found = []
    for row in body.rows:
        more = {"entitlement": body.right_key(row.tag), "organisation": "", "purpose": purpose}
        found += [_given(it, line, body.site, row.tag, **more) for line in row.lines]
    return _numbered(found)


# ---- between sites ------------------------------------------------------------------------------


def _tier_of(it: Judged, site: str) -> int:
    row = it.row("catalogue", f"area/{area_of_site(it.state, site)}")
    tier = 0 if row is None else row["tier"]
    assert isinstance(tier, int)
    return tier


def _way(it: Judged, source: str, to: str) -> dict[str, Value]:
    """From where to where, the tiers of both areas, and who answers for the goods there."""
    custodians = [
        str((it.row("catalogue", f"site/{site}") or {}).get("custodian", ""))
        for site in (source, to)
    ]
    return {
        "from": source,
        "from_org": custodians[0],
        "from_tier": _tier_of(it, source),
        "to": to,
        "to_area": area_of_site(it.state, to),
        "to_org": custodians[1],
        "to_tier": _tier_of(it, to),
    }


def _order(it: Judged) -> Rows:
    body: Order = it.body
    way = _way(it, body.from_, body.to)
    rows = [item_fields(it, one.item, one.quantity, body.from_) for one in body.lines]
    return _numbered([{**row, **way, "until": body.until} for row in rows])


def _dispatch(it: Judged) -> Rows:
    body: Dispatch | Move = it.body
    return _lots(it, body.lines, body.from_, **_way(it, body.from_, body.to))


def _arrive(it: Judged) -> Rows:
    body: Arrive = it.body
    rows = []
    for line in body.lines:
        came = item_fields(it, line.item, line.good + line.damaged + line.lost, body.site)
        rows.append({**came, "damaged": line.damaged, "good": line.good, "lost": line.lost})
    return _numbered([{**row, "dispatch": body.dispatch} for row in rows])


# ---- at one site --------------------------------------------------------------------------------


def _receive(it: Judged) -> Rows:
    body: Receive = it.body
    rows = []
    for line in body.lines:
        row = item_fields(it, line.item, line.quantity, body.site)
        row |= {
            "good": line.condition == "good",
            "party": body.source.party or "",
            "source": body.source.kind,
        }
        if line.expiry is not None:
            row["life"] = max(0, line.expiry - it.book.time)
        rows.append(row)
    return _numbered(rows)


def _merge(it: Judged) -> Rows:
    body: Merge = it.body
    return _lots(it, body.lines, body.site)


def _split(it: Judged) -> Rows:
    body: Split = it.body
    rows = [lot_fields(it, body.lot, n, body.site) for n in body.quantities]
    return _numbered(rows)


def _loss(it: Judged) -> Rows:
    body: Loss = it.body
    return _lots(it, body.lines, body.site, loss=body.cause)


def _count(it: Judged) -> Rows:
    body: Count = it.body
    return _numbered([item_fields(it, one.item, one.counted, body.site) for one in body.lines])


def _adjust(it: Judged) -> Rows:
    body: Adjust = it.body
    row = lot_fields(it, body.lot, abs(body.delta), body.site)
    return _numbered([{**row, "more": body.delta > 0}])


def _reserve(it: Judged) -> Rows:
    body: Reserve = it.body
    row = item_fields(it, body.item, body.quantity, body.site)
    return _numbered([{**row, "purpose": body.purpose, "until": body.until}])


def _unreserve(it: Judged) -> Rows:
    body: Unreserve = it.body
    leg = it.row("legs", body.reservation) or {}
    row = item_fields(it, str(leg.get("item", "")), body.quantity or 0, str(leg.get("site", "")))
    return _numbered([{**row, "purpose": str(leg.get("purpose", ""))}])


# ---- equipment ----------------------------------------------------------------------------------


def _lend(it: Judged) -> Rows:
    body: Lend = it.body
    row = {**lot_fields(it, body.lot, 1, body.from_), **_way(it, body.from_, body.to)}
    return _numbered([{**row, "borrower": body.borrower, "due": body.due}])


def _loan(it: Judged) -> Rows:
    body: Handover | Return = it.body
    leg = it.row("legs", body.loan) or {}
    due = leg.get("due", 0)
    row = item_fields(it, str(leg.get("item", "")), 1, body.site)
    return _numbered(
        [
            {
                **row,
                "borrower": str(leg.get("borrower", "")),
                "due": due,
                "good": body.condition == "good",
                "loan": body.loan,
            }
        ]
    )


_UNITS = "int[unit](0..1000000000000)"
_ITEM: Final = {
    "area": "str<area>",
    "figure": "str<figure>",
    "item": "str<item>",
    "item_class": "str<itemclass>",
    "line": "int(0..255)",
    "mass": "mass",
    "qty": _UNITS,
    "site": "str<site>",
    "stock": "str<stock>",
}
_LOT: Final = {
    **_ITEM,
    "expired": "bool",
    "good": "bool",
    "held": "bool",
    "life?": "int[s](0..9999999999)",
    "lot": "str<lot>",
    "owner": "str<org>",
    "usable": "bool",
}
_WAY: Final = {
    "from": "str<site>",
    "from_org": "str<org>",
    "from_tier": "int(0..1000)",
    "to": "str<site>",
    "to_area": "str<area>",
    "to_org": "str<org>",
    "to_tier": "int(0..1000)",
}
_GIVEN: Final = {
    **_LOT,
    "entitlement": "str<entitlement>",
    "household": "str<tag>",
    "organisation": "str<org>",
    "purpose": "str<purpose>",
    # What people get is counted in parcels: base units of an item that is handed out.
    "qty": "int[parcel](1..1000000000000)",
}


def _views() -> Iterator[View]:
    yield View("disbursement.release", _GIVEN, _release)
    yield View("disbursement.handout", _GIVEN, _handout)
    yield View("shipment.order", {**_ITEM, **_WAY, "until": "time"}, _order)
    yield View("shipment.dispatch", {**_LOT, **_WAY}, _dispatch)
    came: dict[str, Any] = {"damaged": _UNITS, "good": _UNITS, "lost": _UNITS}
    yield View("shipment.arrive", {**_ITEM, **came, "dispatch": "str<statement>"}, _arrive)
    received = {"good": "bool", "life?": "int[s](0..9999999999)", "party": "str<org>"}
    yield View("stock.receive", {**_ITEM, **received, "source": "str<source>"}, _receive)
    yield View("stock.move", {**_LOT, **_WAY}, _dispatch)
    yield View("stock.split", _LOT, _split)
    yield View("stock.merge", _LOT, _merge)
    yield View("stock.count", _ITEM, _count)
    yield View("stock.adjust", {**_LOT, "more": "bool"}, _adjust)
    yield View("stock.loss", {**_LOT, "loss": "str<loss>"}, _loss)
    yield View("stock.reserve", {**_ITEM, "purpose": "str<purpose>", "until": "time"}, _reserve)
    yield View("stock.release", {**_ITEM, "purpose": "str<purpose>"}, _unreserve)
    lent = {"borrower": "str<org>", "due": "time"}
    yield View("asset.lend", {**_LOT, **_WAY, **lent}, _lend)
    handed = {**_ITEM, **lent, "good": "bool", "loan": "str<statement>"}
    yield View("asset.handover", handed, _loan)
    yield View("asset.return", handed, _loan)


VIEWS: Final = tuple(_views())
