"""One web server around one node: uvicorn, one worker, because a log has one writer.

TLS and the public name belong to a proxy in front. Headers are cut at 16 KiB; a body is read only
as fast as it is taken (`api.gate`); who sends or reads too slowly is sent away (`api.patience`).
"""

from typing import Final

import uvicorn
from starlette.types import ASGIApp

from api.patience import Patience, PatientProtocol

HEADERS_MAX: Final = 16 * 1024
"""Bytes that are kept of the head of a request while it is not whole."""
CONNECTIONS_MAX: Final = 512
"""Connections at once; more are answered 503 by the server itself."""
KEEP_ALIVE_S: Final = 15
GRACE_S: Final = 10
"""How long running requests may go on after the order to stop."""


def server(
    app: ASGIApp, host: str = "127.0.0.1", port: int = 0, *, patience: Patience | None = None
) -> uvicorn.Server:
    """A server that `await .serve()` or `.run()` starts; port 0 takes a free one.

    It writes no access log: addresses of readers are nobody's business.
    """

    class Connection(PatientProtocol):
        """uvicorn wants a class."""

    Connection.patience = patience or Patience()
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=Connection,
            ws="none",
            lifespan="on",
            access_log=False,
            server_header=False,
            log_level="warning",
            limit_concurrency=CONNECTIONS_MAX,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
            h11_max_incomplete_event_size=HEADERS_MAX,
        )
    )
