"""The publisher: reads back what is committed, signs its checkpoint, and gives it out as C2SP does.

    committed -> read back with another connection, hash again -> watermark -> sign -> publish

Tiles and bundles of any published size are cut from the store on request (C2SP tlog-tiles,
`docs/spec/tiles.md`); only static exports (`nodes.static`) are files. Nothing is signed that does
not hash to the root: one flipped bit behind a signature ends a log.
"""

from dataclasses import dataclass
from typing import Final

from ledger.entry import BatchEntry, parse_entry
from ledger.errors import FormatError
from ledger.log.checkpoint import Checkpoint, sign_checkpoint
from ledger.log.merkle import HASH_SIZE, Frontier, leaf_hash
from ledger.log.note import NoteSigner
from ledger.log.tile import (
    ENTRIES,
    TILE_WIDTH,
    Tile,
    format_bundle,
    tile_width,
)
from ledger.state import Head
from nodes import chaos
from nodes.errors import ReadOnly, StoreLost
from nodes.readonly import read_only
from nodes.store import Store
from nodes.view import View
from nodes.watermark import Watermark

_CHUNK: Final = 1_000
"""Entries read back under one snapshot."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint with the log's signature."""

    head: Head
    note: bytes


class Publisher:
    """Signs for one store. `publish` is for one thread; the rest for any."""

    def __init__(self, store: Store, watermark: Watermark, signer: NoteSigner | None) -> None:
        """`signer` None: a node that serves and never signs."""
        self._store, self._watermark, self._signer = store, watermark, signer
        # What start-up has checked needs no reading back.
        head = store.head()
        self._read = Frontier(head.size, head.edge)
        self.signed: Signed | None = None

    def check_start(self) -> None:
        """Raise `ReadOnly` when this key has signed more than the store holds, `StoreLost` when it
        has signed something else.
        """
        mark, head = self._watermark, self._store.head()
        if mark.size > head.size:
            raise read_only("store_behind", mark=mark.size, size=head.size)
        if mark.size and root_at(self._store, mark.size) != mark.root:
            raise StoreLost(f"size {mark.size:,} was signed with another root than is stored")

    def publish(self, head: Head) -> Signed:
        """Sign the committed head `head`, at or beyond the last one signed."""
        if self._signer is None:
            raise ReadOnly("this node has no log key: it serves and does not sign")
        chaos.point("publisher.reread")
        self._read_back(head)
        self._watermark.raise_to(head.size, head.root())
        chaos.point("publisher.sign")
        note = sign_checkpoint(Checkpoint(head.origin, head.size, head.root()), self._signer)
        chaos.point("publisher.sign.done")
        self.signed = Signed(head, note)
        return self.signed

    def _read_back(self, head: Head) -> None:
        """Hash again, out of the file, every entry between what was read and `head`."""
        log = self._read.copy()
        while log.size < head.size:
            high = min(head.size, log.size + _CHUNK)
            with self._store.view() as view:
                leaves = [leaf_hash(raw) for _, raw in view.entries(log.size, high)]
                if len(leaves) != high - log.size:
                    raise StoreLost(f"entries {log.size} to {high - 1} are not all in the store")
                _check_tiles(view, log.size, leaves)
            log.extend(leaves)
        if log.size != head.size or log.root() != head.root():
            raise StoreLost(f"what is stored does not hash to the root of size {head.size}")
        self._read = log

    # --- serving

    def tile(self, tile: Tile, size: int) -> bytes:
        """The bytes of a tile or bundle of the published tree of `size`; `FormatError` if it has
        none of this width.
        """
        # A partial tile is served as long as its width was published; a full one for ever.
        if tile.width > tile_width(tile.level, tile.n, size):
            raise FormatError("tile", f"the log of {size} entries has no {tile.path}")
        with self._store.view() as view:
            return read_tile(view, tile)


def read_tile(view: View, tile: Tile) -> bytes:
    """The bytes of a tile, or of an entry bundle (level `ENTRIES`)."""
    if tile.level != ENTRIES:
        return view.tile(tile.level, tile.n, tile.width)
    first = tile.n * TILE_WIDTH
    entries = [raw for _, raw in view.entries(first, first + tile.width)]
    if len(entries) != tile.width:
        raise FormatError("entry bundle", f"{len(entries)} entries, not {tile.width}")
    return format_bundle(entries)


def _check_tiles(view: View, first: int, leaves: list[bytes]) -> None:
    """The stored tiles hold these leaf hashes: they are what proofs are made of."""
    at = first
    while at < first + len(leaves):
        n, start = at // TILE_WIDTH, at % TILE_WIDTH
        width = min(TILE_WIDTH, start + first + len(leaves) - at)
        stored = view.tile(0, n, width)[start * HASH_SIZE :]
        own = b"".join(leaves[at - first : at - first + width - start])
        if stored != own:
            raise StoreLost(f"tile 0/{n} does not hold the hashes of its entries")
        at += width - start


def root_at(store: Store, size: int) -> bytes:
    """The root of the log at an earlier size, out of its tiles."""
    with store.view() as view:
        return Frontier(size, edge_at(view, size)).root()


def edge_at(view: View, size: int) -> tuple[bytes, ...]:
    """The right edge of the log at a size, out of its tiles."""
    reader = view.hashes(size)
    edge = []
    at = 0
    while at < size:
        level = (size - at).bit_length() - 1
        edge.append(reader(level, at >> level))
        at += 1 << level
    return tuple(edge)


def head_at(view: View, size: int) -> Head:
    """The head of the log at the end of an earlier batch, out of its batch entry and the tiles."""
    entry = parse_entry(view.entry(size - 1))
    if not isinstance(entry, BatchEntry):
        raise StoreLost(f"size {size} is not the end of a batch")
    return Head(
        view.head().origin,
        size,
        entry.batch,
        entry.time,
        entry.protocol,
        entry.state_root,
        edge_at(view, size),
    )
