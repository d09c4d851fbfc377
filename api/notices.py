"""Notices: `GET /v1/notices`: what contracts have to say to somebody, in order.

Nothing is sent by the node. A program of whoever is told asks again after the last number that it
has, and makes of it a mail, a message or a call. From the state, so each row can be proved.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from api.gate import READ, GatedRoute, allow
from api.wire import json_answer, node_of
from contracts.duties.notices import KEPT_MAX, count_of, notices_of
from ledger.state import State

PAGE: Final = 100
"""Notices of one answer."""

router = APIRouter(route_class=GatedRoute, tags=["Contracts"])


@router.get("/v1/notices", summary="What contracts tell somebody")
@allow(READ)
def notices(
    request: Request,
    to: Annotated[str, Query(min_length=1, max_length=600)],
    after: Annotated[int, Query(ge=0, le=2**53 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
) -> Response:
    """Notices for `to`, as the contract writes it (a member, a household's tag), with numbers
    beyond `after`; `next` is what to ask after for the rest.

    Of one recipient the last 1,024 are kept; `first` is the number of the oldest.
    """
    with node_of(request).store.view() as view:
        state, head = State(view), view.head()
        found = notices_of(state, to, after, limit)
        count = count_of(state, to)
    value: dict[str, Any] = {
        "as_of": {"batch": head.batch, "size": head.size, "time": head.time},
        "count": count,
        "first": max(0, count - KEPT_MAX) + 1,
        "notices": [
            {
                "code": one.code,
                "contract": one.contract,
                "entry": one.entry,
                "n": one.n,
                "rule": one.rule,
                "subject": one.subject,
                "time": one.time,
            }
            for one in found
        ],
        "to": to,
    }
    if found and found[-1].n < count:
        value["next"] = found[-1].n
    return json_answer(value)
