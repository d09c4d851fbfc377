"""The app as a whole.

Goal: nothing is served that nobody decided to serve, nothing unforeseen shows its insides, and the
reference says what the node does.
Method: every route is listed and looked at; answers are held against the OpenAPI document; a fault
is planted in an endpoint.
"""

import asyncio
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from apis import Place
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web import live

from api.app import create_app
from api.gate import READ, SUBMIT, GatedRoute, Policy
from api.problems import MEDIA_TYPE

STATIC = Path(__file__).resolve().parents[2] / "api" / "static"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def routes(app: FastAPI) -> list[GatedRoute]:
    found = [context.original_route for context in iter_route_contexts(app.routes)]
    assert all(isinstance(route, GatedRoute) for route in found), "a route outside the gate"
    return [route for route in found if isinstance(route, GatedRoute)]


def test_every_route_declares_its_policy(node: Place) -> None:
    found = {route.path: route.policy for route in routes(node.app)}
    assert len(found) > 25
    assert all(isinstance(policy, Policy) for policy in found.values())
    writing = {path for path, policy in found.items() if policy is SUBMIT}
    trials = {"/v1/contracts/judge", "/v1/contracts/simulate"}
    assert writing == {"/v1/statements", "/v1/statements:batch"} | trials
    assert not SUBMIT.shared, "no other site's script submits"
    assert found["/v1/balances"] is READ


def test_only_submission_takes_a_body(node: Place) -> None:
    for route in routes(node.app):
        posting = route.methods == {"POST"}
        assert posting == (route.policy is SUBMIT), route.path
        assert posting or route.methods == {"GET"}, route.path


def test_fastapi_s_own_pages_are_off(node: Place) -> None:
    assert (node.app.docs_url, node.app.redoc_url, node.app.openapi_url) == (None, None, None)


async def test_other_methods_are_problems(node: Place, client: Any) -> None:
    for route in routes(node.app):
        path = re.sub(r"\{[^}]+\}", "x", route.path)
        for method in METHODS:
            if method in (route.methods or set()):
                continue
            reply = await client.request(method, path)
            # A page's address may also be that of another route, with another method.
            assert reply.status_code in (400, 404, 405, 415), (method, path)
            assert reply.headers["content-type"].startswith((MEDIA_TYPE, "text/html"))
            if reply.status_code == 405:
                assert reply.headers["allow"]


async def test_a_fault_shows_nothing_of_itself(node: Place, monkeypatch: Any) -> None:
    def fault(*args: Any, **rest: Any) -> None:
        raise RuntimeError("the secret of the house")

    app = create_app(node.node, node.views)
    monkeypatch.setattr(node.node, "status", fault)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        reply = await client.get(f"/v1/statements/{'ab' * 32}")
    assert (reply.status_code, reply.json()["code"]) == (500, "internal")
    assert "secret" not in reply.text and "Traceback" not in reply.text
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in reply.headers["content-security-policy"]


async def test_readiness_says_why_the_views_stand_still(node: Place) -> None:
    for failure in ("", "the server is away"):
        app = create_app(node.node, node.views, views_failure=lambda told=failure: told)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
            reply = await client.get("/readyz")
        assert reply.json()["views"] == {"failure": failure}


# ---- the reference -------------------------------------------------------------------------------


async def test_the_reference_needs_nothing_from_elsewhere(client: Any) -> None:
    reply = await client.get("/docs")
    assert reply.status_code == 200
    named = re.findall(r'(?:src|href)="([^"]+)"', reply.text)
    assert len(named) >= 4
    for address in named:
        assert address.startswith("/") and not address.startswith("//")
        assert (await client.get(address)).status_code == 200
    assert not re.search(r"<script(?![^>]*\bsrc=)", reply.text), "an inline script, which we block"
    assert "style=" not in reply.text


async def test_the_reference_may_be_switched_off(node: Place) -> None:
    transport = httpx.ASGITransport(create_app(node.node, node.views, docs=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        assert (await client.get("/docs")).status_code == 404
        assert (await client.get("/openapi.json")).status_code == 200


async def test_files_are_kept_for_ever_under_their_fingerprint(client: Any) -> None:
    html = (await client.get("/docs")).text
    address = re.findall(r'href="(/static/swagger-ui/[^"]+)"', html)[0]
    reply = await client.get(address)
    assert "immutable" in reply.headers["cache-control"]
    assert reply.headers["content-type"] == "text/css; charset=utf-8"
    stale = await client.get(address.partition("?")[0] + "?v=000000000000")
    assert stale.status_code == 200 and stale.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["swagger-ui/LICENSE", "../app.py", "%2e%2e/app.py", "..%2fapp.py", "nothing.css", ""]
)
async def test_no_other_file_is_served(node: Place, path: str) -> None:
    async with (
        live(node.app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        assert (await client.get(f"/static/{path}")).status_code in (404, 405)


def test_what_swagger_ui_is_under_goes_with_it() -> None:
    folder = STATIC / "swagger-ui"
    assert "Apache License" in (folder / "LICENSE").read_text()
    assert (folder / "swagger-ui-bundle.js.LICENSE.txt").exists()
    assert "swagger-ui-dist" in (STATIC.parents[1] / "NOTICE").read_text()


async def test_the_openapi_document_names_every_endpoint(node: Place, client: Any) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    listed = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    served = {
        (method, re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path))
        for route in routes(node.app)
        if route.include_in_schema
        for method in route.methods or ()
    }
    assert listed == served and len(listed) > 14
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert operation["responses"], (method, path)
            if method == "post":
                assert operation["requestBody"]["content"]


async def test_the_openapi_document_says_what_a_problem_is(client: Any) -> None:
    document = (await client.get("/openapi.json")).json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert MEDIA_TYPE in operation["responses"]["default"]["content"], (method, path)
            assert "422" not in operation["responses"], f"{path}: wrong parameters are answered 400"
    assert {"code", "next_step", "title", "status"} <= set(
        document["components"]["schemas"]["Problem"]["required"]
    )


# ---- whatever is asked ---------------------------------------------------------------------------

SEGMENTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["0", "418", "-1", "ab" * 32, "ab" * 32 + "/0", "..", "%00", "en", "x" * 300]),
)
QUERIES = st.dictionaries(
    st.sampled_from(["wait", "limit", "after", "before", "kind", "state", "direction", "about"]),
    SEGMENTS,
    max_size=3,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_asked_the_answer_is_never_a_fault(node: Place, data: Any) -> None:
    """Random parts in every address, random values in every query: answers or problems, no 500."""
    route = data.draw(st.sampled_from([r for r in routes(node.app) if r.policy is not SUBMIT]))
    path = re.sub(r"\{[^}]+\}", lambda _: quote(data.draw(SEGMENTS), safe="/"), route.path)
    query = data.draw(QUERIES)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(node.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
            return await client.get(path, params=query)

    reply = asyncio.run(ask())
    assert reply.status_code < 500 or reply.json()["code"] == "not_final_yet", (path, query)
    if reply.status_code >= 400:
        assert reply.headers["content-type"].startswith((MEDIA_TYPE, "text/html"))
