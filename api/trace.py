"""Traces: what became of a gift, and where a lot came from or went.

    GET /v1/donations/{id}/trace              attribution: parts that sum to the gift exactly
    GET /v1/lots/{id}/trace?direction=up|down custody: a graph of lots, quantities on its edges

First in, first used is how pooled money is attributed: a convention, and the answer says so.
Custody of goods is exact: an edge is what a statement took from one lot and put into another.
"""

from collections.abc import Mapping, Sequence
from json import loads
from typing import Annotated, Any, Final, Literal, Protocol

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from api.funds import view_as_of
from api.gate import READ, GatedRoute, allow
from api.problems import Problem, Trouble
from api.statements import links
from api.wire import json_answer, node_of, views_of
from ledger.canon import Value
from ledger.goods.custody import ReadLot, trace_down, trace_up
from ledger.goods.lots import Lot
from ledger.money.gifts import whole_gift
from ledger.state import Head, Pair
from nodes.projections import holdings, queries

NODES_MAX: Final = 500
"""Lots of one trace; where there are more, `more` names those that were not followed."""

GiftId = Annotated[
    str,
    Path(
        pattern=r"^[0-9a-f]{64}(/(0|[1-9]|1[0-5]))?(/(0|[1-9][0-9]{0,15})-[1-9][0-9]{0,15})?$",
        description="Statement id of a donation or list, `{correction}/{n}` where replacement n "
        "brought it, or one row of a list: `{list}/{offset}-{amount}`.",
    ),
]
LotPath = Annotated[
    str,
    Path(
        pattern=r"^[0-9a-f]{64}/[rb]?(0|[1-9][0-9]{0,5})$",
        description="Lot id: `{statement}/{n}`.",
    ),
]

router = APIRouter(route_class=GatedRoute, tags=["Traces"])


# --- gifts


@router.get("/v1/donations/{gift:path}/trace", summary="What became of a gift")
@allow(READ)
def donation(gift: GiftId, request: Request) -> Response:
    """The parts of a donation, of a list, or of one row of a list, by position."""
    with queries.reading(views_of(request)) as session:
        value = follow_gift(session, gift)
    if value is None:
        raise Problem(Trouble.NOT_FOUND)
    return json_answer(value)


def follow_gift(session: Session, gift: str) -> dict[str, Any] | None:
    """The trace of a gift, out of any views of the log; None where there is no such gift."""
    name = whole_gift(gift)
    statement, row = name.partition("/")[0], gift.removeprefix(name)[1:]
    offset, _, amount = row.partition("-")
    found = holdings.donation(session, name)
    if found is None:
        return None
    parts = list(found.parts)
    if row:
        parts = _cut(parts, int(offset), int(amount))
        if sum(part.amount for part in parts) != int(amount):
            return None
        # What a correction has added to this row alone.
        parts += holdings.brought(session, gift)
    value: dict[str, Any] = {
        "amount": sum(part.amount for part in parts),
        "as_of": view_as_of(queries.as_of(session)),
        "corrected_by": [entry.index for entry in found.corrected_by],
        "currency": found.donation.commodity,
        "donation": gift,
        "gifts": 1 if row else found.donation.gifts,
        "kind": found.donation.kind,
        "line": found.donation.line,
        "links": links(found.entry.index, statement),
        "method": "attribution: first in, first used, by position on the fund line",
        "minor": _minor(session, found.donation.commodity),
        "parts": [_part(part) for part in parts],
        "received_at": found.entry.time,
    }
    for part in value["parts"]:
        part.update(_spend(session, part))
    return value


def _minor(session: Session, currency: str) -> int:
    """Digits of the minor unit that all amounts are in."""
    row = queries.thing(session, "currency", currency)
    return int(row.unit) if row is not None else 0


def _cut(parts: list[holdings.Part], offset: int, amount: int) -> list[holdings.Part]:
    """The positions [offset, offset + amount) of a gift, counted through all its parts."""
    found, at = [], 0
    for part in parts:
        low = max(offset, at) - at + part.low
        high = min(offset + amount, at + part.amount) - at + part.low
        if low < high:
            found.append(holdings.Part(part.line, low, high, part.label, part.void))
        at += part.amount
    return found


def _part(part: holdings.Part) -> dict[str, Any]:
    state, _, name = part.label.partition(":")
    found: dict[str, Any] = {
        "amount": part.amount,
        "from": part.low,
        "line": part.line,
        "state": state,
        "to": part.high,
    }
    if state == "allocated":
        found["purpose"] = name
    elif name:
        found["statement"] = name
    if part.void:
        found["taken_back"] = True
    return found


def _spend(session: Any, part: dict[str, Any]) -> dict[str, Any]:
    """For money on its way or paid: to what class, for what, in which area, by which entry."""
    if part["state"] not in ("transit", "paid") or "statement" not in part:
        return {}
    row = holdings.disbursement(session, part["statement"])
    if row is None:
        return {}
    return {
        "area": row.area,
        "entry": row.entry,
        "payee_class": row.payee_class,
        "purpose": row.purpose,
    }


# --- lots


@router.get("/v1/lots/{lot:path}/trace", summary="Where a lot came from, or went")
@allow(READ)
def lot(
    lot: LotPath,
    request: Request,
    direction: Annotated[
        Literal["up", "down"], Query(description="`up`: to its sources; `down`: to its ends.")
    ] = "down",
) -> Response:
    """Lots as `nodes`; what went from one to another or to an account as `edges`, with `n`."""
    node = node_of(request)
    with node.store.view() as view:
        found = follow_lot(view, lot, direction)
    if found is None:
        raise Problem(Trouble.NOT_FOUND)
    return json_answer(found)


class Rows(Protocol):
    """The state, as a trace of lots reads it."""

    def head(self) -> Head: ...

    def rows(self, wanted: Sequence[Pair]) -> Mapping[Pair, bytes]: ...


def follow_lot(view: Rows, lot: str, direction: str) -> dict[str, Any] | None:
    """The trace of a lot, out of any state of the log; None where there is no such lot."""
    read = _reader(view)
    if read(lot) is None:
        return None
    walk = trace_up if direction == "up" else trace_down
    trace = walk(read, lot, nodes_max=NODES_MAX)
    head = view.head()
    return {
        "as_of": {"batch": head.batch, "size": head.size, "time": head.time},
        "direction": direction,
        "edges": [
            {"from": edge.source, "n": edge.n, "statement": edge.statement, "to": edge.target}
            for edge in trace.edges
        ],
        "items": _items(view, {each.item for each in trace.lots.values()}),
        "lot": lot,
        "method": "custody: exact, from statement to statement",
        "more": sorted(trace.beyond),
        "nodes": [_lot_value(each) for each in trace.lots.values()],
    }


def _items(view: Rows, items: set[str]) -> dict[str, dict[str, Any]]:
    """Names and base unit of each item, as the catalogue has them."""
    rows = view.rows([("catalogue", f"item/{item}") for item in sorted(items)])
    found = {}
    for (_, key), raw in sorted(rows.items()):
        row = loads(raw)
        found[key.partition("/")[2]] = {"names": row["names"], "unit": row["unit"]}
    return found


def _reader(view: Rows) -> ReadLot:
    def read(lot_id: str) -> Mapping[str, Value] | None:
        raw = view.rows([("lots", lot_id)]).get(("lots", lot_id))
        return None if raw is None else loads(raw)

    return read


def _lot_value(lot: Lot) -> dict[str, Any]:
    value: dict[str, Any] = {
        "condition": lot.condition,
        "custodian": lot.custodian,
        "item": lot.item,
        "lives": lot.lives,
        "lot": lot.id,
        "mix": [[name, n] for name, n in lot.mix],
        "owner": lot.owner,
        "place": lot.place,
        "proof": f"/v1/state/lots/{lot.id}",
        "quantity": lot.quantity,
        "statement": lot.statement,
    }
    if lot.expiry is not None:
        value["expiry"] = lot.expiry
    if lot.spent_by:
        value["spent_by"] = lot.spent_by
    return value
