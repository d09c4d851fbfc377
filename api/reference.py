"""`/docs`: the API reference, readable offline, drawn from `/openapi.json` of this node.

FastAPI's own page loads its script from another host and writes an inline one; a field office
without internet would see nothing, and our content security policy would block it. Ours is a
template with two files of our own host (`api.assets`).
"""

import copy
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request, Response

from api.gate import PAGE, READ, GatedRoute, allow
from api.problems import MEDIA_TYPE, Trouble
from api.rendering import Frame, page
from api.wire import json_answer
from ledger.codes import Code

DESCRIPTION = """One signed, Merkle-chained log of donations, stock and disbursements.

Statements are sent as signed bytes (DSSE). Answers link their proofs. The log itself is served as
C2SP tlog-tiles at `/checkpoint` and `/tile/`. Every problem is RFC 9457 `application/problem+json`
with a `code` and a `next_step`, in the language of `Accept-Language` (`en`, `zh-Hans`, `zh-Hant`).
"""

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["code", "detail", "next_step", "status", "title", "type"],
    "properties": {
        "code": {"type": "string", "enum": [str(each) for each in (*Trouble, *Code)]},
        "detail": {"type": "string", "description": "What happened, where, and what to do."},
        "next_step": {"type": "string"},
        "signed": {
            "type": "object",
            "description": "The node's signature under a refusal that makes no entry (DSSE).",
        },
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "type": {"type": "string", "format": "uri-reference"},
        "where": {"type": "string", "description": "The field or thing that is meant."},
    },
}

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
    return json_answer(document(request.app))


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with our problems in the place of FastAPI's own errors."""
    found: dict[str, Any] = copy.deepcopy(app.openapi())
    found.setdefault("components", {})["schemas"] = {"Problem": PROBLEM}
    reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
    refused = {"description": "A problem (RFC 9457).", "content": {MEDIA_TYPE: reference}}
    for operations in found["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = refused
    return found
