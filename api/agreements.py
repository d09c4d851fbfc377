"""What is agreed and due: `GET /v1/agreements`: reserved stock, loans, requisitions, projects.

From the views, as of the entry that the answer names; each row leads to the entry that said it,
which has its proof. A loan, a requisition or a claim past its date stays here until a person says
what happened. What a reservation still keeps is a row of the state: its link leads to the proof.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from api.funds import view_as_of
from api.gate import READ, GatedRoute, allow
from api.wire import json_answer, views_of
from nodes.projections import agreements, queries

SLUG: Final = r"^[a-z0-9-]*$"

router = APIRouter(route_class=GatedRoute, tags=["Figures"])


@router.get("/v1/agreements", summary="Reserved stock, loans and overdue, requisitions, projects")
@allow(READ)
def what_is_due(
    request: Request,
    at: Annotated[int | None, Query(ge=0, le=2**53 - 1)] = None,
    site: Annotated[str, Query(max_length=48, pattern=SLUG)] = "",
    area: Annotated[str, Query(max_length=48, pattern=SLUG)] = "",
) -> Response:
    """What is open at `at` (seconds), the time of the last batch where it is not given.

    `site` asks for the stock reserved there alone, `area` for the projects there; of every list
    there are at most 500 rows.
    """
    with queries.reading(views_of(request)) as session:
        reached = queries.as_of(session)
        time = reached.time if at is None else at
        value: dict[str, Any] = {
            "as_of": view_as_of(reached),
            "at": time,
            "loans": [
                {
                    "borrower": row.borrower,
                    "due": row.due,
                    "entry": row.entry,
                    "handed": row.handed_as,
                    "item": row.item,
                    "lender": row.lender,
                    "loan": row.statement,
                    "overdue": row.due < time,
                }
                for row in agreements.loans(session)
            ],
            "projects": [_project(view, time) for view in agreements.projects(session, area=area)],
            "requisitions": [_requisition(view) for view in agreements.requisitions(session)],
            "reserved": [
                {
                    "due": row.due,
                    "entry": row.entry,
                    "granted": row.quantity,
                    "item": row.item,
                    "purpose": row.purpose,
                    "row": f"/v1/state/legs/{row.statement}",
                    "site": row.site,
                }
                for row in agreements.reservations(session, time, site=site)
            ],
        }
    return json_answer(value)


def _requisition(view: agreements.RequisitionView) -> dict[str, Any]:
    row = view.requisition
    found: dict[str, Any] = {
        "confirmed": bool(row.confirmed),
        "done": view.done,
        "due": row.due,
        "entry": row.entry,
        "goods": [
            {"accepted": line.accepted, "back": line.back, "item": line.item} for line in view.lines
        ],
        "instructed": view.paid.asked,
        "owner": row.owner,
        "paid": view.paid.paid,
        "requisition": row.statement,
        "site": row.site,
    }
    return found if row.owed == -1 else {**found, "owed": row.owed}


def _project(view: agreements.ProjectView, time: int) -> dict[str, Any]:
    row = view.project
    return {
        "area": row.area,
        "clocks": [_clock(clock, time) for clock in view.clocks],
        "contractor": row.contractor,
        "currency": row.currency,
        "entry": row.entry,
        "milestones": [
            {
                "amount": part.amount,
                "fails": part.fails,
                "milestone": part.milestone,
                "state": part.state,
            }
            for part in view.milestones
        ],
        "project": row.statement,
        "sum": row.total,
    }


def _clock(clock: agreements.Clock, time: int) -> dict[str, Any]:
    claim = clock.claim
    found: dict[str, Any] = {
        "amount": claim.amount,
        "claim": claim.statement,
        "done": clock.done,
        "due": clock.due,
        "entry": claim.entry,
        "kept": claim.kept,
        "milestone": claim.milestone,
        "overdue": not clock.done and clock.due < time,
        "paid": clock.paid.paid,
        "verdict": claim.verdict,
    }
    return found if claim.passed < 0 else {**found, "days": clock.days(time)}
