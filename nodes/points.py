"""The point values of all state tables, in memory: 33 bytes for every page and interior point.

`ledger.stateroot` walks these on every look-up and every update, so they are not read from disk.
Heap numbers of one depth fill a range [2^d, 2^(d+1)) almost evenly, because they are bits of
hashes: a depth that is a quarter full is one flat array, a thinner one a dictionary. A table of a
million rows takes about 16 MB.

    >>> points = Points()
    >>> points.put("lots", 1, bytes(33))
    >>> points.get("lots", 1) == bytes(33), points.get("lots", 2)
    (True, None)

Rule: only the store's writer changes them, after a commit. At a clean stop they are saved
(`dump`), with their hash in the store; after a crash they are computed anew from the pages.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ledger.stateroot import PAGE_DEPTH_MAX, POINT_BYTES

_NONE: Final = b"\xff" + bytes(32)
"""Marks a hole in an array: an interior point whose hash is 32 zero bytes, which none has."""
_DENSE_FROM: Final = 64
"""A depth with fewer points stays a dictionary."""

_Level = dict[int, bytes] | bytearray

_FRONT: Final = 16_384
"""Points of a table that are also at hand as they are: those that were put last. Only `put` fills
this front: a reader of another thread might bring back what has just been changed."""


class Points:
    """Point values by table and heap number."""

    def __init__(self) -> None:
        self._tables: dict[str, list[_Level]] = {}
        self._front: dict[str, dict[int, bytes]] = {}

    def get(self, table: str, number: int) -> bytes | None:
        """The value `count || hash`, None where there is no such point."""
        front = self._front.get(table)
        if front is not None and (known := front.get(number)) is not None:
            return known
        return self._kept(table, number)

    def _kept(self, table: str, number: int) -> bytes | None:
        levels = self._tables.get(table)
        depth = number.bit_length() - 1
        if levels is None or depth >= len(levels):
            return None
        level = levels[depth]
        if isinstance(level, dict):
            return level.get(number)
        at = (number - (1 << depth)) * POINT_BYTES
        value = bytes(level[at : at + POINT_BYTES])
        return None if value == _NONE else value

    def put(self, table: str, number: int, value: bytes | None) -> None:
        """Set a point, or remove it."""
        self.put_all(table, {number: value})

    def put_all(self, table: str, values: Mapping[int, bytes | None]) -> None:
        """Set or remove many points of one table."""
        levels = self._tables.setdefault(table, [])
        front = self._front.setdefault(table, {})
        if len(front) + len(values) > _FRONT:
            front = self._front[table] = {}
        for number, value in values.items():
            depth = number.bit_length() - 1
            while depth >= len(levels):
                if depth > PAGE_DEPTH_MAX:
                    raise ValueError(f"table {table}: point {number} is below the deepest page")
                levels.append({})
            level = levels[depth]
            if isinstance(level, dict):
                if value is None:
                    level.pop(number, None)
                else:
                    level[number] = value
                    if len(level) >= _DENSE_FROM and len(level) * 4 >= 1 << depth:
                        levels[depth] = _array(level, depth)
            else:
                at = (number - (1 << depth)) * POINT_BYTES
                level[at : at + POINT_BYTES] = value or _NONE
            if value is None:
                front.pop(number, None)
            else:
                front[number] = value

    def root(self, table: str) -> bytes:
        """The root of a table: 32 zero bytes when it is empty."""
        value = self.get(table, 1)
        return bytes(32) if value is None else value[1:]

    # --- at a clean stop

    def dump(self) -> Iterator[bytes]:
        """All points as bytes, in pieces, for one file."""
        for table, levels in sorted(self._tables.items()):
            for depth, level in enumerate(levels):
                body = bytes(level) if not isinstance(level, dict) else _pairs(level)
                dense = not isinstance(level, dict)
                yield struct.pack(">16sBBQ", table.encode(), depth, dense, len(body))
                yield body

    @classmethod
    def load(cls, data: memoryview) -> "Points":
        """What `dump` wrote. The caller has compared the hash of `data`."""
        points = cls()
        at = 0
        head = struct.calcsize(">16sBBQ")
        while at < len(data):
            name, depth, dense, length = struct.unpack_from(">16sBBQ", data, at)
            body = data[at + head : at + head + length]
            at += head + length
            levels = points._tables.setdefault(name.rstrip(b"\0").decode(), [])
            assert len(levels) == depth, "depths are written in order"
            levels.append(bytearray(body) if dense else dict(_unpaired(body)))
        return points


def _array(level: dict[int, bytes], depth: int) -> bytearray:
    array = bytearray(_NONE * (1 << depth))
    base = 1 << depth
    for number, value in level.items():
        at = (number - base) * POINT_BYTES
        array[at : at + POINT_BYTES] = value
    return array


def _pairs(level: Mapping[int, bytes]) -> bytes:
    return b"".join(number.to_bytes(8, "big") + value for number, value in level.items())


def _unpaired(body: memoryview) -> Iterator[tuple[int, bytes]]:
    for at in range(0, len(body), 8 + POINT_BYTES):
        number = int.from_bytes(body[at : at + 8], "big")
        yield number, bytes(body[at + 8 : at + 8 + POINT_BYTES])


def digest(pieces: Iterable[bytes | memoryview]) -> bytes:
    """SHA-256 over the pieces of a dump."""
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
    return found.digest()
