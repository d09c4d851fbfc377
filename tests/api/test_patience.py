"""Slow clients hold nothing: each way to be slow is tried over a raw connection, and ends.

Goal: a head or a body that drips, a client that says nothing, one that does not read, and a crowd of
all of them end in bounded time, while others are answered; a client that is merely slow, or keeps
its connection, is served.
Method: the real server with little patience; bytes are written one at a time over sockets.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from web import live

from api.patience import Patience

SHORT = Patience(head_s=0.4, body_s=0.8, left_s=0.3, write_s=0.4, write_rate=100 << 20, look_s=0.05)
END_S = 3.0
"""Far more than any limit above, far less than for ever."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """`/read` answers at once, `/body` reads the body first, `/large` owes 16 MiB, `/work` works."""
    if scope["type"] == "lifespan":
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})
        return
    request = Request(scope, receive)
    body = b"read"
    if scope["path"] == "/body":
        body = b"%d" % len(await request.body())
    elif scope["path"] == "/large":
        body = b"x" * (16 << 20)
    elif scope["path"] == "/work":
        await asyncio.sleep(1.2)
    await Response(body)(scope, receive, send)


@contextlib.asynccontextmanager
async def connection(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def drip(writer: asyncio.StreamWriter, data: bytes, pause_s: float = 0.05) -> None:
    """A byte at a time until it is all sent or nobody takes it any more."""
    with contextlib.suppress(ConnectionError):
        for at in range(len(data)):
            writer.write(data[at : at + 1])
            await writer.drain()
            await asyncio.sleep(pause_s)


async def seconds_until_closed(port: int, first: bytes, dripped: bytes) -> tuple[float, bytes]:
    """How long a connection lives that sends `first` at once and `dripped` slowly; what came."""
    async with connection(port) as (reader, writer):
        began = time.monotonic()
        writer.write(first)
        dripping = asyncio.create_task(drip(writer, dripped))
        got = b""
        with contextlib.suppress(ConnectionError):
            got = await asyncio.wait_for(reader.read(), END_S)
        took = time.monotonic() - began
        dripping.cancel()
        return took, got


ENDLESS = b"x" * 1_000
GET = b"GET /read HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"


@pytest.mark.parametrize(
    ("first", "dripped", "least_s", "begins"),
    [
        (b"", b"", 0.4, b"HTTP/1.1 408"),
        (b"", ENDLESS, 0.4, b"HTTP/1.1 408"),
        (GET + b"X-A: ", ENDLESS, 0.4, b"HTTP/1.1 408"),
        (POST, b"", 0.8, b""),
        (POST, ENDLESS, 0.8, b""),
        # Answered at once, though a body was announced that nobody reads.
        (GET + b"Content-Length: 100000\r\n\r\n", ENDLESS, 0.3, b"HTTP/1.1 200"),
        (GET + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 200, 0.3, b"HTTP/1.1 200"),
        # A second head after an answer.
        (GET + b"\r\n" + GET + b"X-A: ", ENDLESS, 0.4, b"HTTP/1.1 200"),
    ],
    ids=["silent", "head", "header", "no body", "body", "unread", "chunked", "second head"],
)
async def test_a_drip_ends(first: bytes, dripped: bytes, least_s: float, begins: bytes) -> None:
    async with live(app, patience=SHORT) as port:
        took, got = await seconds_until_closed(port, first, dripped)
        assert least_s * 0.9 < took < END_S - 0.5
        assert got.startswith(begins)


async def test_whoever_does_not_read_is_sent_away() -> None:
    """The server's memory of 16 MiB, and the connection, are free again."""
    async with live(app, patience=SHORT) as port, connection(port) as (reader, writer):
        writer.write(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        await asyncio.sleep(1.5)
        got = b""
        with contextlib.suppress(ConnectionError):
            while some := await asyncio.wait_for(reader.read(1 << 20), END_S):
                got += some
        assert len(got) < 16 << 20


async def test_slow_but_in_time_and_kept_connections_are_served() -> None:
    """A head in three pieces, a body in five, three requests on one connection, longer than any limit
    is for one of them; and work of ours that takes longer than all limits."""
    async with live(app, patience=SHORT) as port, connection(port) as (reader, writer):
        for _ in range(3):
            for piece in (b"POST /body HTTP/1.1\r\n", b"Host: a\r\n", b"Content-Length: 5\r\n\r\n"):
                writer.write(piece)
                await asyncio.sleep(0.05)
            await drip(writer, b"12345")
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), END_S)
            assert head.startswith(b"HTTP/1.1 200") and await reader.readexactly(1) == b"5"
            await asyncio.sleep(0.5)  # idle, which is not the beginning of a head
        writer.write(b"GET /work HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await asyncio.wait_for(reader.readuntil(b"read"), END_S)).startswith(
            b"HTTP/1.1 200"
        )


async def test_in_a_crowd_those_that_wait_make_room() -> None:
    """Connections that say nothing, more than there is room for: whoever asks is answered at once,
    and who is being answered is not sent away."""
    patience = Patience(head_s=60, crowd=20, look_s=0.05)
    async with live(app, patience=patience) as port, contextlib.AsyncExitStack() as stack:
        worked = await stack.enter_async_context(connection(port))
        worked[1].write(b"GET /work HTTP/1.1\r\nHost: a\r\n\r\n")
        await asyncio.sleep(0.1)
        silent = [await stack.enter_async_context(connection(port)) for _ in range(60)]
        began = time.monotonic()
        async with connection(port) as (reader, writer):
            writer.write(GET + b"\r\n")
            assert (await reader.readuntil(b"read")).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - began < 1
        assert (await worked[0].readuntil(b"read")).startswith(b"HTTP/1.1 200")
        gone = 0
        for reader, _ in silent:
            with contextlib.suppress(TimeoutError, ConnectionError):
                assert await asyncio.wait_for(reader.read(), 0.02) == b""
                gone += 1
                continue
            gone += reader.at_eof() or reader.exception() is not None
        assert 35 <= gone < 60, "the oldest went, the newest stayed"
