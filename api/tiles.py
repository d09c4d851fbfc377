"""The log as static files at the origin's root (C2SP tlog-tiles v0.1.0, `docs/spec/tiles.md`).

    /checkpoint                      the newest published checkpoint, with its cosignatures
    /tile/<L>/<N>[.p/<W>]            hashes          /tile/entries/<N>[.p/<W>]   entries

Nothing is shown of a log beyond what it has signed: a tile that only a larger tree has, or a width
that no published tree had, because no batch ended there, is not there (404). Tiles never change and
may be kept for ever; the checkpoint is kept 5 seconds. A partial tile stays when its full one
exists, since a reader may hold an older checkpoint.
"""

from typing import Final

from fastapi import APIRouter, Request, Response

from api.gate import READ, GatedRoute, allow
from api.problems import Problem, Trouble
from api.wire import node_of
from ledger.errors import FormatError
from ledger.log.tile import TILE_HEIGHT, TILE_WIDTH, Tile, parse_tile_path
from nodes.errors import NotFinal
from nodes.node import Node

TILE_CACHE: Final = "public, max-age=31536000, immutable"
CHECKPOINT_CACHE: Final = "public, max-age=5"

router = APIRouter(route_class=GatedRoute, tags=["The log as files"])


@router.get(
    "/checkpoint",
    summary="The newest published checkpoint",
    responses={200: {"content": {"text/plain": {}}, "description": "A signed note (C2SP)."}},
    response_class=Response,
)
@allow(READ)
async def checkpoint(request: Request) -> Response:
    """The signed note, byte for byte."""
    try:
        note = node_of(request).checkpoint()
    except NotFinal:
        raise Problem(Trouble.NOT_FOUND) from None
    headers = {"Cache-Control": CHECKPOINT_CACHE}
    return Response(note, headers=headers, media_type="text/plain; charset=utf-8")


@router.get(
    "/tile/{path:path}",
    summary="A tile of hashes, or a bundle of entries",
    responses={200: {"content": {"application/octet-stream": {}}, "description": "Its bytes."}},
    response_class=Response,
)
@allow(READ)
def tile(path: str, request: Request) -> Response:
    """`<L>/<N>`, `<L>/<N>.p/<W>`, `entries/<N>` or `entries/<N>.p/<W>`; each has one spelling."""
    # What the address says, before the server unquoted it: `%2e` is no spelling of `.`.
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    node = node_of(request)
    try:
        path = raw.decode("ascii").removeprefix("/")
        if not _was_published(node, parse_tile_path(path)):
            raise Problem(Trouble.NOT_FOUND)
        data = node.tile(path)
    except (FormatError, UnicodeDecodeError):
        raise Problem(Trouble.NOT_FOUND) from None
    headers = {"Cache-Control": TILE_CACHE}
    return Response(data, headers=headers, media_type="application/octet-stream")


def _was_published(node: Node, tile: Tile) -> bool:
    """Whether a partial tile is that of some tree at the end of a batch; full ones are of all."""
    if tile.width == TILE_WIDTH:
        return True
    # Trees of these sizes have the tile in just this width.
    height = TILE_HEIGHT * max(tile.level, 0)
    row = tile.n * TILE_WIDTH + tile.width
    low, high = row << height, (row + 1) << height
    if low > node.size():
        return False  # also far beyond what a database counts
    with node.store.view() as view:
        return view.has_batch_end(low, min(high, node.size() + 1))
