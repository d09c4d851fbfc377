"""The files that pages need: style, the reference's script; all of them ours to serve.

Nothing comes from another host, so pages work without internet and the content security policy is
`self` alone. A page names a file with its fingerprint, and such an address is immutable:

    /static/site.css?v=3f2a91c0d7e4

`static/swagger-ui/` is the npm package swagger-ui-dist as it came (see NOTICE).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response

from api.gate import PAGE, GatedRoute, allow
from api.problems import Problem, Trouble

FOLDER: Final = Path(__file__).parent / "static"
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
"""Media type by suffix; files with another one are not served."""

router = APIRouter(route_class=GatedRoute)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, media type and fingerprint."""

    data: bytes
    media_type: str
    fingerprint: str


@cache
def assets() -> Mapping[str, Asset]:
    """Every file that is served, by its path below `static/`."""
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix in TYPES:
            data = path.read_bytes()
            name = path.relative_to(FOLDER).as_posix()
            found[name] = Asset(data, TYPES[path.suffix], sha256(data).hexdigest()[:12])
    return found


def asset_path(name: str) -> str:
    """The immutable address of a file, for templates."""
    return f"/static/{name}?v={assets()[name].fingerprint}"


@router.get("/static/{name:path}", include_in_schema=False)
@allow(PAGE)
async def static_file(name: str, request: Request) -> Response:
    """A file that pages need."""
    asset = assets().get(name)
    if asset is None:
        raise Problem(Trouble.NOT_FOUND)
    fresh = request.query_params.get("v") == asset.fingerprint
    kept = "public, max-age=31536000, immutable" if fresh else "no-cache"
    return Response(asset.data, media_type=asset.media_type, headers={"Cache-Control": kept})
