"""The situation: `GET /v1/situation`: alerts in force, needs, forecasts, prices, open cases.

From the views, as of the entry that the answer names; each row leads to the entry that said it,
which has its proof. Of a case there are class, state, clock and counters.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from api.funds import view_as_of
from api.gate import READ, GatedRoute, allow
from api.wire import json_answer, views_of
from nodes.projections import queries, situation
from nodes.projections.nounviews import CaseFile, Figure

SLUG: Final = r"^[a-z0-9-]*$"

router = APIRouter(route_class=GatedRoute, tags=["Figures"])


@router.get("/v1/situation", summary="Alerts in force, needs, forecasts, prices, open cases")
@allow(READ)
def what_is(
    request: Request,
    at: Annotated[int | None, Query(ge=0, le=2**53 - 1)] = None,
    item: Annotated[str, Query(max_length=48, pattern=SLUG)] = "",
) -> Response:
    """What is in force at `at` (seconds), the time of the last batch where it is not given.

    `item` asks for its prices alone; of every list there are at most 1,000 rows.
    """
    with queries.reading(views_of(request)) as session:
        reached = queries.as_of(session)
        time = reached.time if at is None else at
        counts = situation.case_counts(session)
        value: dict[str, Any] = {
            "alerts": [
                {
                    "alert": row.alert.id,
                    "areas": [*row.areas],
                    "entry": row.alert.entry,
                    "from": row.alert.starts,
                    "hazard": row.alert.hazard,
                    "level": row.alert.level,
                    "until": row.alert.ends,
                }
                for row in situation.alerts_in_force(session, time)
            ],
            "as_of": view_as_of(reached),
            "at": time,
            "case_counts": [
                {"class": sort, "count": n, "state": state} for (sort, state), n in counts.items()
            ],
            "cases": [_case(row) for row in situation.open_cases(session)],
            "forecasts": [_figure(row) for row in situation.forecasts(session, time)],
            "needs": [_figure(row) for row in situation.open_needs(session, time)],
            "prices": [_price(row) for row in situation.prices(session, time, item)],
        }
    return json_answer(value)


def _figure(row: Figure) -> dict[str, Any]:
    return {
        "area": row.area,
        "entry": row.entry,
        "from": row.starts,
        "item": row.item,
        "method": row.method,
        "organisation": row.organisation,
        "quantity": row.quantity,
        "to": row.ends,
    }


def _price(row: Figure) -> dict[str, Any]:
    found = {
        "area": row.area,
        "at": row.starts,
        "currency": row.commodity,
        "entry": row.entry,
        "item": row.item,
        "per": row.per,
        "sources": row.sources,
        "unit_price": row.quantity,
    }
    return found if row.ends == -1 else {**found, "until": row.ends}


def _case(row: CaseFile) -> dict[str, Any]:
    found: dict[str, Any] = {
        "appeals": row.appeals,
        "case": row.statement,
        "class": row.sort,
        "entry": row.entry,
        "opened": row.opened,
        "responses": row.responses,
        "state": row.state,
    }
    return found if row.due == -1 else {**found, "due": row.due}
