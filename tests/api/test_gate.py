"""The gate: budgets, sizes, times, headers.

Goal: nothing that is sent makes a node hold more memory than it says, wait longer than it says, or
answer with anything but a clear problem.
Method: a clock that the test turns for budgets; one endpoint on a live server for bodies that are
huge, endless, slow, cut off or dressed up.
"""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from web import live, raw, resident_kib

from api.gate import (
    CONTENT_SECURITY_POLICY,
    READ,
    SUBMIT,
    Envelope,
    Gate,
    GatedRoute,
    Limits,
    allow,
    gate_of,
    network_of,
)
from api.problems import Problem, answer

LIMITS = Limits(statement_max=1_000, batch_max=4_000, read_s=0.5, drain_s=0.5, bodies_max=3_000)
TYPE = "text/x.test"


def an_app(limits: Limits = LIMITS) -> FastAPI:
    router = APIRouter(route_class=GatedRoute)

    @router.post("/body")
    @allow(SUBMIT)
    async def body(request: Request) -> Response:
        async with gate_of(request).body(request, TYPE, limits.statement_max) as data:
            return Response(str(len(data)))

    @router.get("/read")
    @allow(READ)
    async def read() -> Response:
        return Response("read")

    async def problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return answer(error, request)

    app = FastAPI(exception_handlers={Problem: problem})
    app.state.gate = Gate(limits)
    app.add_middleware(Envelope)
    app.include_router(router)
    return app


def head(*lines: str, method: str = "POST", path: str = "/body") -> str:
    return "\n".join([f"{method} {path} HTTP/1.1", "Host: x", *lines, "", ""])


async def chunks(piece: bytes, count: int, pause_s: float = 0) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
        if pause_s:
            await asyncio.sleep(pause_s)


async def plain(*pieces: bytes, pause_s: float = 0) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(pause_s)


def code(reply_body: bytes) -> str:
    return str(json.loads(reply_body)["code"])


# ---- policies ------------------------------------------------------------------------------------


def test_a_route_without_policy_does_not_come_up() -> None:
    router = APIRouter(route_class=GatedRoute)
    with pytest.raises(TypeError, match="/open declares no policy"):

        @router.get("/open")
        async def open_to_all() -> Response:
            return Response()


# ---- budgets -------------------------------------------------------------------------------------


def request_from(host: str) -> Request:
    return Request({"type": "http", "headers": [], "client": (host, 1)})


def test_a_network_that_spent_its_budget_waits_and_others_do_not() -> None:
    now = 100.0
    gate = Gate(Limits(read_per_s=2, submit_per_s=1), now=lambda: now)
    for _ in range(20):
        gate.admit(READ, request_from("203.0.113.1"))
    with pytest.raises(Problem) as refused:
        gate.admit(READ, request_from("203.0.113.200"))
    assert refused.value.status == 429 and refused.value.headers == {"Retry-After": "1"}
    gate.admit(READ, request_from("203.0.114.1"))
    gate.admit(SUBMIT, request_from("203.0.113.1"))  # budgets apart
    now += 0.5  # one request's worth
    gate.admit(READ, request_from("203.0.113.1"))
    with pytest.raises(Problem):
        gate.admit(READ, request_from("203.0.113.1"))


def test_the_machine_itself_is_not_counted() -> None:
    gate = Gate(Limits(read_per_s=1), now=lambda: 0.0)
    for _ in range(100):
        gate.admit(READ, request_from("127.0.0.1"))
        gate.admit(READ, request_from("::1"))


def test_networks_are_forgotten_before_they_fill_memory() -> None:
    gate = Gate(Limits(networks_max=10), now=lambda: 0.0)
    for n in range(100):
        gate.admit(READ, request_from(f"198.51.{n}.1"))
    assert len(gate._left) == 10


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2ff::7", "2001:db8:1:200::/56"),
        ("2001:db8:1:300::7", "2001:db8:1:300::/56"),
        ("127.9.9.9", None),
        ("::1", None),
        ("", None),
        ("testclient", None),
    ],
)
def test_network_of(host: str, network: str | None) -> None:
    assert network_of(host) == network


# ---- bodies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 999, 1_000])
async def test_a_body_up_to_the_limit_is_taken(size: int) -> None:
    async with live(an_app()) as port:
        claimed = await raw(
            port, head(f"Content-Type: {TYPE}", f"Content-Length: {size}"), plain(b"x" * size)
        )
        assert (claimed.status, claimed.body) == (200, str(size).encode())
        pieces = chunks(b"x" * size, 1) if size else plain()

        async def chunked() -> AsyncIterator[bytes]:
            async for piece in pieces:
                yield piece
            yield b"0\r\n\r\n"

        unclaimed = await raw(
            port, head(f"Content-Type: {TYPE}", "Transfer-Encoding: chunked"), chunked()
        )
        assert (unclaimed.status, unclaimed.body) == (200, str(size).encode())


async def test_one_byte_more_is_not() -> None:
    async with live(an_app()) as port:
        reply = await raw(
            port, head(f"Content-Type: {TYPE}", "Content-Length: 1001"), plain(b"x" * 1001)
        )
        assert (reply.status, code(reply.body)) == (413, "too_large")

        async def chunked() -> AsyncIterator[bytes]:
            async for piece in chunks(b"x" * 1001, 1):
                yield piece
            yield b"0\r\n\r\n"

        reply = await raw(
            port, head(f"Content-Type: {TYPE}", "Transfer-Encoding: chunked"), chunked()
        )
        assert (reply.status, code(reply.body)) == (413, "too_large")


@pytest.mark.parametrize("claims", [True, False], ids=["claimed", "chunked"])
async def test_200_mb_are_refused_in_bounded_memory(claims: bool) -> None:
    piece = bytes(64 * 1024)
    count = 200 * 1024 * 1024 // len(piece)
    if claims:
        headers = [f"Content-Length: {count * len(piece)}"]

        async def body() -> AsyncIterator[bytes]:
            for _ in range(count):
                yield piece
    else:
        headers = ["Transfer-Encoding: chunked"]

        def body() -> AsyncIterator[bytes]:
            return chunks(piece, count)

    async with live(an_app()) as port:
        before = resident_kib()
        reply = await raw(port, head(f"Content-Type: {TYPE}", *headers), body())
        assert (reply.status, code(reply.body)) == (413, "too_large")
        assert reply.headers["connection"] == "close"
        assert resident_kib() - before < 64 * 1024


async def test_who_asks_before_sending_is_told_before_sending() -> None:
    async with live(an_app()) as port:
        reply = await raw(
            port,
            head(f"Content-Type: {TYPE}", "Content-Length: 999999999", "Expect: 100-continue"),
        )
        assert (reply.status, code(reply.body)) == (413, "too_large")


async def test_a_slow_body_is_given_up() -> None:
    async with live(an_app()) as port:
        stalled = await raw(
            port,
            head(f"Content-Type: {TYPE}", "Content-Length: 900"),
            plain(b"x" * 10, b"", pause_s=5),
        )
        assert (stalled.status, code(stalled.body)) == (408, "too_slow")
        # Each pause is short enough, the whole is not.
        dripping = await raw(
            port,
            head(f"Content-Type: {TYPE}", "Transfer-Encoding: chunked"),
            chunks(b"x", 100, pause_s=0.1),
        )
        assert (dripping.status, code(dripping.body)) == (408, "too_slow")


async def test_bodies_at_once_have_a_limit_and_it_is_given_back() -> None:
    """Three bodies of 1,000 fit, a fourth is told to come again, afterwards there is room."""
    async with live(an_app()) as port:
        claim = head(f"Content-Type: {TYPE}", "Content-Length: 1000")
        held = [
            asyncio.create_task(raw(port, claim, plain(b"x", b"x" * 999, pause_s=0.3)))
            for _ in range(3)
        ]
        await asyncio.sleep(0.15)
        fourth = await raw(port, claim, plain(b"x" * 1000))
        assert (fourth.status, code(fourth.body)) == (503, "busy")
        assert int(fourth.headers["retry-after"]) >= 1
        assert [(await one).status for one in held] == [200, 200, 200]
        again = await raw(port, claim, plain(b"x" * 1000))
        assert again.status == 200


async def test_a_sender_who_goes_away_gives_room_back() -> None:
    app = an_app()
    async with live(app) as port:
        for _ in range(5):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            claim = head(f"Content-Type: {TYPE}", "Content-Length: 1000")
            writer.write(claim.replace("\n", "\r\n").encode() + b"xx")
            await writer.drain()
            writer.close()
        for _ in range(100):
            if app.state.gate._bodies == 0:
                break
            await asyncio.sleep(0.02)
        assert app.state.gate._bodies == 0


@pytest.mark.parametrize(
    ("lines", "status", "said"),
    [
        ([f"Content-Type: {TYPE}", "Content-Encoding: gzip"], 415, "encoded_body"),
        ([f"Content-Type: {TYPE}", "Content-Encoding: identity"], 200, ""),
        ([f"Content-Type: {TYPE}; charset=utf-8"], 415, "wrong_content_type"),
        (["Content-Type: application/json"], 415, "wrong_content_type"),
        ([f"Content-Type: {TYPE}", "Content-Type: application/json"], 415, "wrong_content_type"),
        ([], 415, "wrong_content_type"),
    ],
)
async def test_one_content_type_and_no_encoding(lines: list[str], status: int, said: str) -> None:
    async with live(an_app()) as port:
        reply = await raw(port, head(*lines, "Content-Length: 2"), plain(b"{}"))
        assert reply.status == status
        if said:
            assert code(reply.body) == said
        if said == "wrong_content_type":
            assert reply.headers["accept-post"] == TYPE


# ---- headers -------------------------------------------------------------------------------------


async def test_every_answer_carries_the_headers() -> None:
    transport = httpx.ASGITransport(an_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        for reply in (await client.get("/read"), await client.get("/nowhere")):
            assert reply.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
            assert reply.headers["x-content-type-options"] == "nosniff"
            assert reply.headers["referrer-policy"] == "no-referrer"
            assert "max-age" in reply.headers["strict-transport-security"]
        assert "unsafe" not in CONTENT_SECURITY_POLICY


async def test_public_reads_are_shared_and_submission_is_not() -> None:
    transport = httpx.ASGITransport(an_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        headers = {"Origin": "https://elsewhere.example", "Content-Type": TYPE}
        read = await client.get("/read", headers=headers)
        sent = await client.post("/body", headers=headers, content=b"x")
        assert read.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in read.headers
        assert "access-control-allow-origin" not in sent.headers


async def test_head_is_get_without_its_body() -> None:
    transport = httpx.ASGITransport(an_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        got, asked = await client.get("/read"), await client.head("/read")
        assert asked.status_code == got.status_code
        assert dict(asked.headers) == dict(got.headers)
        assert (got.content, asked.content) == (b"read", b"")


async def test_a_head_of_a_request_has_a_limit() -> None:
    async with live(an_app()) as port:
        reply = await raw(port, head("X-Long: " + "x" * 1_000_000, method="GET", path="/read"))
        assert reply.status == 400
