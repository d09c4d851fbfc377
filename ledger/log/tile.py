"""Tiles and bundles: the log as static files (C2SP tlog-tiles v0.1.0, `docs/spec/tiles.md`).

A tile holds up to 256 hashes, side by side in one row of the tree; a bundle holds up to 256
entries. Rows are kept at every eighth height only, what lies between is hashed again:

    level 1   tile 0: [h0 h1 .. h272]   h0 = root of level 0, tile 0 (leaves 0-255)
    level 0   tile 0: leaves 0-255   tile 1: leaves 256-511   ..   tile 273: 112 leaves, partial

For a tree of 70,000: 273 full tiles and one of width 112; above it 1 full and one of width 17;
above that one of width 1. A full tile never changes; only full tiles have a hash above them.

    >>> tile_path(0, 1234067)
    'tile/0/x001/x234/067'
    >>> [(tile.level, tile.n, tile.width) for tile in tiles_of(257)]
    [(0, 0, 256), (0, 1, 1), (1, 0, 1)]
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ledger.canon import ENTRY_MAX
from ledger.errors import FormatError
from ledger.log.merkle import HASH_SIZE, SIZE_MAX, HashReader, interior_hash

TILE_HEIGHT: Final = 8
"""Rows of the tree from one level of tiles to the next."""
TILE_WIDTH: Final = 1 << TILE_HEIGHT
"""Hashes in a full tile, entries in a full bundle."""
TILE_BYTES_MAX: Final = TILE_WIDTH * HASH_SIZE
"""Bytes of a full tile: 8,192."""
BUNDLE_BYTES_MAX: Final = TILE_WIDTH * (2 + ENTRY_MAX)
"""Bytes of the longest possible bundle."""
ENTRIES: Final = -1
"""The `level` of an entry bundle."""

TileReader: TypeAlias = Callable[[int, int, int], bytes]
"""`read_tile(level, n, width)`: the first `width` hashes of a tile, `32 * width` bytes."""

_PATH: Final = re.compile(
    r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Which tile: level 0.. (or `ENTRIES`), number in its level, width 1..256."""

    level: int
    n: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Its path below the log's prefix."""
        name = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{name}/{_groups(self.n)}{partial}"


def tile_path(level: int, n: int, width: int = TILE_WIDTH) -> str:
    """The path of a tile of hashes."""
    return _checked(Tile(level, n, width)).path


def entries_path(n: int, width: int = TILE_WIDTH) -> str:
    """The path of an entry bundle."""
    return _checked(Tile(ENTRIES, n, width)).path


def parse_tile_path(path: str) -> Tile:
    """The tile or bundle at `path` (without a leading `/`); every tile has one path only."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise FormatError("tile path", f"{path[:80]!r}")
    name, groups, width = match.groups()
    tile = Tile(
        ENTRIES if name == "entries" else int(name),
        int(groups.replace("/", "").replace("x", "")),
        TILE_WIDTH if width is None else int(width),
    )
    # Leading zeros and needless groups do not survive; nor does a partial of width 256.
    if tile.level > 63 or not _fits(tile) or tile.path != path:
        raise FormatError("tile path", f"{path[:80]!r}")
    return tile


def _groups(n: int) -> str:
    """1234067 as `x001/x234/067`."""
    groups = f"{n % 1000:03}"
    n //= 1000
    while n:
        groups = f"x{n % 1000:03}/{groups}"
        n //= 1000
    return groups


def _fits(tile: Tile) -> bool:
    return 0 <= tile.n <= SIZE_MAX >> TILE_HEIGHT and 1 <= tile.width <= TILE_WIDTH


def _checked(tile: Tile) -> Tile:
    if not ENTRIES <= tile.level <= 63 or not _fits(tile):
        raise ValueError(f"no such tile: {tile}")
    return tile


# --- which tiles a tree has


def tiles_of(size: int) -> Iterator[Tile]:
    """All tiles of hashes of a tree of `size`, level by level, the partial one of a level last."""
    return new_tiles(0, size)


def new_tiles(old: int, new: int) -> Iterator[Tile]:
    """The tiles of hashes that a tree of size `new` has and one of size `old` has not.

    A partial tile that grew is new at its new width.
    """
    if not 0 <= old <= new <= SIZE_MAX:
        raise ValueError(f"sizes {old} and {new} are not in order")
    level = 0
    while new >> (TILE_HEIGHT * level):
        before, after = old >> (TILE_HEIGHT * level), new >> (TILE_HEIGHT * level)
        if after > before:
            yield from _row(level, before, after)
        level += 1


def bundles_of(size: int) -> Iterator[Tile]:
    """All entry bundles of a log of `size`, the partial one last."""
    return new_bundles(0, size)


def new_bundles(old: int, new: int) -> Iterator[Tile]:
    """The entry bundles that a log of size `new` has and one of size `old` has not."""
    if not 0 <= old <= new <= SIZE_MAX:
        raise ValueError(f"sizes {old} and {new} are not in order")
    if new > old:
        yield from _row(ENTRIES, old, new)


def _row(level: int, before: int, after: int) -> Iterator[Tile]:
    for n in range(before >> TILE_HEIGHT, after >> TILE_HEIGHT):
        yield Tile(level, n)
    if after % TILE_WIDTH:
        yield Tile(level, after >> TILE_HEIGHT, after % TILE_WIDTH)


def tile_width(level: int, n: int, size: int) -> int:
    """Hashes (at level `ENTRIES`: entries) of tile `n` in a tree of `size`; 0: no such tile."""
    row = size >> (TILE_HEIGHT * max(level, 0))
    return max(0, min(TILE_WIDTH, row - n * TILE_WIDTH))


# --- what is in them


def format_tile(hashes: Sequence[bytes]) -> bytes:
    """The bytes of a tile of 1-256 hashes."""
    if not 1 <= len(hashes) <= TILE_WIDTH or any(len(each) != HASH_SIZE for each in hashes):
        raise ValueError(f"a tile of {len(hashes)} hashes, or a hash that is not 32 bytes")
    return b"".join(hashes)


def parse_tile(data: bytes, width: int) -> list[bytes]:
    """The `width` hashes of a tile; its bytes must be exactly these."""
    if not 1 <= width <= TILE_WIDTH or len(data) != width * HASH_SIZE:
        raise FormatError("tile", f"{len(data)} bytes are not {width} hashes")
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def format_bundle(entries: Sequence[bytes]) -> bytes:
    """The bytes of a bundle: u16 length and bytes of each of 1-256 entries."""
    if not 1 <= len(entries) <= TILE_WIDTH or any(len(each) > ENTRY_MAX for each in entries):
        raise ValueError(f"a bundle of {len(entries)} entries, or an entry over {ENTRY_MAX} bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def parse_bundle(data: bytes, width: int | None = None) -> list[bytes]:
    """The entries of a bundle: 1-256, or exactly `width`, and nothing behind them."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise FormatError("entry bundle", f"ends within entry {len(entries)}")
        if len(entries) == TILE_WIDTH:
            raise FormatError("entry bundle", f"more than {TILE_WIDTH} entries")
        entries.append(data[at + 2 : end])
        at = end
    if not entries or (width is not None and len(entries) != width):
        raise FormatError("entry bundle", f"{len(entries)} entries, not {width or '1-256'}")
    return entries


def hash_reader(read_tile: TileReader, size: int) -> HashReader:
    """A reader of full subtrees of the tree of `size`, out of its tiles.

    Each tile is read once, at its width in this tree. Tiles are not trusted: what is computed from
    them counts after it has led to a signed root.
    """
    kept: dict[Tile, bytes] = {}

    def read(level: int, index: int) -> bytes:
        if level < 0 or index < 0 or (index + 1) << level > size:
            raise ValueError(f"subtree {index} of 2^{level} leaves is not within size {size}")
        # The subtree's hash is made of 2^rows hashes of one tile, beginning at `first` in its row.
        tile_level, rows = level // TILE_HEIGHT, level % TILE_HEIGHT
        first = index << rows
        n = first >> TILE_HEIGHT
        tile = Tile(tile_level, n, tile_width(tile_level, n, size))
        data = kept.get(tile)
        if data is None:
            data = read_tile(tile.level, tile.n, tile.width)
            if len(data) != tile.width * HASH_SIZE:
                raise FormatError(
                    "tile", f"{len(data)} bytes are not {tile.width} hashes", where=tile.path
                )
            kept[tile] = data
        start = (first % TILE_WIDTH) * HASH_SIZE
        hashes = parse_tile(data[start : start + (HASH_SIZE << rows)], 1 << rows)
        while len(hashes) > 1:
            hashes = [
                interior_hash(left, right)
                for left, right in zip(hashes[::2], hashes[1::2], strict=True)
            ]
        return hashes[0]

    return read
