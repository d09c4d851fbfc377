"""The growing end of the log's tiles: which tile rows a batch of leaf hashes adds or changes.

The last tile of each level is kept in memory while it grows; a full one never changes again, and
its root is one more hash in the level above (C2SP tlog-tiles, `docs/spec/tiles.md`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ledger.log.merkle import HASH_SIZE, root
from ledger.log.tile import TILE_BYTES_MAX, TILE_WIDTH, parse_tile

Tiles = dict[tuple[int, int], bytes]
"""(level, number) -> hashes, the last of a level possibly partial."""


@dataclass(frozen=True, slots=True)
class LogTail:
    """The log at `size`, as far as tiles go: `parts` holds the partial tile of each level."""

    size: int = 0
    parts: Mapping[int, bytes] = field(default_factory=dict)

    def grow(self, leaves: Sequence[bytes]) -> tuple["LogTail", Tiles]:
        """The tail with `leaves` behind it, and every tile that is new or longer."""
        tiles: Tiles = {}
        parts = dict(self.parts)
        level, row, new = 0, self.size, list(leaves)
        while new:
            data = parts.get(level, b"") + b"".join(new)
            number = row // TILE_WIDTH
            above: list[bytes] = []
            for at in range(0, len(data), TILE_BYTES_MAX):
                tile = data[at : at + TILE_BYTES_MAX]
                tiles[(level, number)] = tile
                number += 1
                if len(tile) == TILE_BYTES_MAX:
                    # Its width is known to be full: only such a tile has a hash above it.
                    above.append(root(parse_tile(tile, TILE_WIDTH)))
            parts[level] = data[len(data) - len(data) % TILE_BYTES_MAX :]
            level, row, new = level + 1, row // TILE_WIDTH, above
        return LogTail(self.size + len(leaves), parts), tiles

    def check(self) -> None:
        """The widths are those of a log of this size."""
        level, row = 0, self.size
        while row:
            width = len(self.parts.get(level, b"")) // HASH_SIZE
            if width != row % TILE_WIDTH:
                raise ValueError(f"tile level {level}: {width} hashes, wanted {row % TILE_WIDTH}")
            level, row = level + 1, row // TILE_WIDTH
