"""The verifier for everybody: `GET /verify`, the same page to keep, and the trust file.

    /verify, /verify.html   one page that checks receipts and proofs on the reader's own device
    /v1/trust               the trust file as this ledger's governance gives it

The page is one file (built from `api/web/`), so that it also works from a disk without a network.
Its one script and its style stand inside and are named by hash in its own content security policy,
which replaces that of other pages. It fetches nothing but `/v1/trust`, and only when asked to.

A trust file from whoever shows the proof proves little: readers take it from a member they trust.
"""

import re
from functools import cache
from typing import Final

from fastapi import APIRouter, Request, Response

from api.assets import FOLDER
from api.gate import PAGE, READ, GatedRoute, allow
from api.problems import Problem, Trouble
from api.wire import node_of

_POLICY: Final = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">')

router = APIRouter(route_class=GatedRoute, tags=["Entries and proofs"])


@cache
def _page() -> tuple[bytes, str]:
    """The built page, and its policy as a header, which may also forbid to be framed."""
    data = (FOLDER / "verify.html").read_bytes()
    found = _POLICY.search(data[:4096].decode("utf-8", "replace"))
    assert found is not None, "api/static/verify.html has no policy: run `make web`"
    return data, f"{found[1]}; frame-ancestors 'none'"


@router.get("/verify", include_in_schema=False)
@allow(PAGE)
async def verify() -> Response:
    """The verifier as a page."""
    return _answer({})


@router.get("/verify.html", include_in_schema=False)
@allow(PAGE)
async def verify_file() -> Response:
    """The verifier as a file to keep."""
    return _answer({"Content-Disposition": 'attachment; filename="verify.html"'})


def _answer(more: dict[str, str]) -> Response:
    data, policy = _page()
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": policy, **more}
    return Response(data, headers=headers, media_type="text/html; charset=utf-8")


@router.get(
    "/v1/trust",
    summary="The trust file of this ledger",
    responses={200: {"content": {"text/plain": {}}, "description": "A trust file (tlog-policy)."}},
    response_class=Response,
)
@allow(READ)
def trust(request: Request) -> Response:
    """As governance gives it now; 404 before the ledger is founded."""
    data = node_of(request).trust_data()
    if data is None:
        raise Problem(Trouble.NOT_FOUND)
    headers = {"Cache-Control": "no-cache", "Content-Disposition": 'inline; filename="trust"'}
    return Response(data, headers=headers, media_type="text/plain; charset=utf-8")
