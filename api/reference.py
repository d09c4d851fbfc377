"""`/docs`: the API reference, readable offline, drawn from `/openapi.json` of this node.

FastAPI's own page loads its script from another host and writes an inline one; a field office
without internet would see nothing, and our content security policy would block it. Ours is a
template with two files of our own host (`api.assets`).
"""

import json

from fastapi import APIRouter, Request, Response

from api.gate import PAGE, READ, GatedRoute, allow
from api.rendering import Frame, page

DESCRIPTION = """One signed, Merkle-chained log of donations, stock and disbursements.

Statements are sent as signed bytes (DSSE). Answers link their proofs. The log itself is served as
C2SP tlog-tiles at `/checkpoint` and `/tile/`. Every problem is RFC 9457 `application/problem+json`
with a `code` and a `next_step`, in the language of `Accept-Language` (`en`, `zh-Hans`, `zh-Hant`).
"""

router = APIRouter(route_class=GatedRoute)
page_router = APIRouter(route_class=GatedRoute)
"""The page alone, which an operator may switch off."""


@page_router.get("/docs", include_in_schema=False)
@allow(PAGE)
async def reference() -> Response:
    """The reference as a page."""
    return page("reference.html", Frame("en", None))


@router.get("/openapi.json", include_in_schema=False)
@allow(READ)
async def openapi(request: Request) -> Response:
    """The reference as data (OpenAPI 3.1)."""
    raw = json.dumps(request.app.openapi(), ensure_ascii=False, sort_keys=True).encode()
    headers = {"Cache-Control": "no-cache"}
    return Response(raw, media_type="application/json", headers=headers)
