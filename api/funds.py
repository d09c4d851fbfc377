"""One fund: `GET /v1/funds/{id}`, its lines and what stands on each of their accounts.

The figures are a view as of `as_of`; each account is proved by `/v1/state/accounts/{key}`, and the
index row proves how many entries about the fund there are.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api.gate import READ, GatedRoute, allow
from api.problems import Problem, Trouble
from api.wire import json_answer, views_of
from nodes.projections import holdings, queries
from nodes.projections.projector import Reached

router = APIRouter(route_class=GatedRoute, tags=["Figures"])

Slug = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]


@router.get("/v1/funds/{fund}", summary="A fund and its lines")
@allow(READ)
def fund(fund: Slug, request: Request) -> Response:
    """Names, owner, currency, lines; balances by account; sums by kind of account."""
    with queries.reading(views_of(request)) as session:
        found = holdings.fund(session, fund)
        if found is None:
            raise Problem(Trouble.NOT_FOUND)
        row = found.fund
        value: dict[str, Any] = {
            "as_of": view_as_of(queries.as_of(session)),
            "balances": [
                {
                    "account": one.account,
                    "commodity": one.commodity,
                    "proof": f"/v1/state/accounts/{one.commodity}/{one.account}",
                    "units": one.units,
                }
                for one in found.balances
            ],
            "currency": row.unit,
            "defined_by": row.entry,
            "entries": f"/v1/state/index/fund/{fund}",
            "id": row.id,
            "lines": [line.id for line in found.lines],
            "names": {"en": row.en, "zh_hans": row.zh_hans, "zh_hant": row.zh_hant},
            "owner": row.owner,
            "programme": row.parent,
            "sums": {head: str(units) for head, units in sorted(found.heads.items())},
        }
    return json_answer(value)


def view_as_of(reached: Reached) -> dict[str, int]:
    """The moment that the views are of."""
    return {"batch": reached.batch, "size": reached.size, "time": reached.time}
