"""Whether the node lives, takes statements, and is heard: three questions for three readers.

    /livez       the process answers                      (restart it if not)
    /readyz      it takes statements and is not behind     (send nobody to it if not)
    /freshness   its newest cosigned checkpoint is young   (wake somebody if not)

Ask from outside, by the public name: what only the machine itself can reach is of no use.
"""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api.gate import HEALTH, GatedRoute, allow
from api.vouching import vouched
from api.wire import json_answer, language_of, node_of
from nodes.announcer import refusals_of

FRESH_S: Final = 3_600
"""Age of the quorum of a fresh log at most, in seconds; its heartbeat comes every 15 minutes."""
UNPUBLISHED_MAX: Final = 20_000
"""Entries that may wait for a signed checkpoint before the node counts as behind."""

router = APIRouter(route_class=GatedRoute, tags=["Health"])


@router.get("/livez", summary="Whether the process answers")
@allow(HEALTH)
async def livez() -> Response:
    """Always 200: nothing is looked at."""
    return json_answer({"alive": True})


@router.get(
    "/readyz",
    summary="Whether it takes statements",
    responses={503: {"description": "Not now; `reasons` says why."}},
)
@allow(HEALTH)
async def readyz(request: Request) -> Response:
    """200 when it writes, signs, and is not behind."""
    node = node_of(request)
    reasons = []
    if node.read_only:
        reasons.append(f"read-only: {node.read_only_in(language_of(request))}")
    waiting = node.solo.waiting
    if node.solo.is_full:
        reasons.append(f"the queue is full: {waiting:,} statements wait")
    if node.store.refilling.held_up:
        reasons.append(node.store.refilling.held_up_in(language_of(request)))
    behind = node.size() - node.announcer.published_size
    if behind > UNPUBLISHED_MAX:
        reasons.append(f"{behind:,} entries are not under a signed checkpoint yet")
    solo = node.solo
    value = {
        "ready": not reasons,
        "reasons": reasons,
        "runs": {"open": solo.open_runs, "waits": solo.waits},
        "size": node.size(),
        # Pages say as of which size they are; only here is said why they stand still.
        "views": {"failure": request.app.state.views_failure()},
        "waiting": waiting,
    }
    return json_answer(value, status=503 if reasons else 200)


@router.get(
    "/freshness",
    summary="Whether the newest cosigned checkpoint is young",
    responses={503: {"description": "It is too old, or there is none."}},
)
@allow(HEALTH)
async def freshness(request: Request) -> Response:
    """200 when the newest quorum of cosignatures is younger than an hour."""
    node = node_of(request)
    value: dict[str, Any] = {"fresh": False, "size": node.announcer.final_size}
    found = vouched(node)
    if found is not None:
        value.update(age_s=found.age_s, cosigners=list(found.names), needed=found.needed)
        value["fresh"] = found.age_s < FRESH_S
    value["refusals"] = refusals_of(node.announcer.last_round)
    if node.read_only:
        # It cosigns nothing new: what is fresh now will not stay so.
        value["read_only"] = node.read_only_in(language_of(request))
    return json_answer(value, status=200 if value["fresh"] else 503)
