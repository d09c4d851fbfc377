"""A live web server on a free port, and raw connections to it.

For what an in-process transport cannot show: bodies that stream, stop, or never end; headers as the
wire carries them.
"""

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from starlette.types import ASGIApp

from api.patience import Patience
from api.server import server


@dataclass
class Reply:
    """What came back over a raw connection."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@contextlib.asynccontextmanager
async def live(app: ASGIApp, *, patience: Patience | None = None) -> AsyncIterator[int]:
    """Serve `app` in this event loop; gives the port."""
    serving = server(app, patience=patience)
    serving.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(serving._serve())
    while not serving.started:
        assert not task.done(), "the server did not start"
        await asyncio.sleep(0.01)
    port = serving.servers[0].sockets[0].getsockname()[1]
    try:
        yield port
    finally:
        serving.should_exit = True
        await task


async def raw(
    port: int, head: str, pieces: AsyncIterator[bytes] | None = None, *, patience_s: float = 20
) -> Reply:
    """Send a head and pieces of a body byte for byte, and read what comes back.

    A server that answers and closes while we are still sending is what we want to see.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def send() -> None:
        writer.write(head.replace("\n", "\r\n").encode())
        with contextlib.suppress(ConnectionError):
            await writer.drain()
            if pieces is not None:
                async for piece in pieces:
                    writer.write(piece)
                    await writer.drain()

    sending = asyncio.create_task(send())
    try:
        return await asyncio.wait_for(_read(reader), patience_s)
    finally:
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Reply:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    reply = Reply(int(first.split()[1]))
    for line in lines:
        name, _, value = line.partition(":")
        reply.headers[name.lower()] = value.strip()
    if "content-length" in reply.headers:
        reply.body = await reader.readexactly(int(reply.headers["content-length"]))
    return reply


def resident_kib() -> int:
    """Memory of this process that is in use now, in KiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024
