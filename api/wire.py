"""Small things that endpoints share: the node behind a request, ids in addresses, JSON answers.

Addresses are checked before anything is looked up: what is no id is `bad_request`, what is an id
and not there is `not_found`.
"""

import asyncio
import json
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Annotated, Any, Final, TypeVar

from fastapi import Path, Request, Response
from sqlalchemy import Engine

from api.language import negotiate
from nodes.node import Node

T = TypeVar("T")

INDEX: Final = r"^(0|[1-9][0-9]{0,14})$"
STATEMENT: Final = r"^[0-9a-f]{64}$"

Index = Annotated[
    str, Path(pattern=INDEX, description="Index of an entry in the log, from 0.", examples=["418"])
]
StatementPath = Annotated[
    str, Path(pattern=STATEMENT, description="Statement id: 64 lower-case hex digits.")
]


def node_of(request: Request) -> Node:
    """The node that this app serves."""
    node: Node = request.app.state.node
    return node


def views_of(request: Request) -> Engine:
    """The views that follow the node's log."""
    views: Engine = request.app.state.views
    return views


def language_of(request: Request) -> str:
    """The reader's language."""
    return negotiate(request.headers.get("accept-language", ""))


async def settled(future: "Future[T]", within_s: float | None = None) -> T:
    """The result of one of the node's futures; `TimeoutError` after `within_s`.

    Whoever goes away, by time or by closing the connection, leaves the future alone: it belongs to
    the node's threads, which still have to fulfil it.
    """
    return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), within_s)


def encode(value: Any) -> bytes:
    """JSON as UTF-8, keys sorted, names of things as they are written."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def json_answer(
    value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer about now: caches ask again."""
    kept = {"Cache-Control": "no-cache", **(headers or {})}
    return Response(encode(value), status, kept, media_type="application/json")
