"""The bytes of kept tapes on a disk: pieces and standings, deflated, with a digest around them.

A piece is read whole: its digest first, then at most `PIECE_MAX` bytes are unpacked. A standing is
read twice, once for the digest at its end and once for its lines, which are unpacked as they are
asked for, so that memory is bounded by what is made of them. A digest finds damage, not malice:
whoever writes these files can write the digest as well.
"""

import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from ledger.errors import FormatError
from nodes.folder import write_whole

PIECE_MAX: Final = 256 << 20
"""Bytes of a piece that are unpacked at most."""

_LEVEL: Final = 1
_CHUNK: Final = 1 << 20
_THING: Final = "tape"


def write_piece(path: Path, data: bytes) -> None:
    """Put a piece at `path`, whole or not at all."""
    payload = zlib.compress(data, _LEVEL)
    write_whole(path, sha256(payload).hexdigest().encode() + b"\n" + payload)


def read_piece(path: Path) -> bytes:
    """What `write_piece` was given. `FormatError` where it is not that, or too much."""
    digest, _, payload = path.read_bytes().partition(b"\n")
    if sha256(payload).hexdigest().encode() != digest:
        raise FormatError(_THING, "its digest is another")
    unpacker = zlib.decompressobj()
    try:
        found = unpacker.decompress(payload, PIECE_MAX)
    except zlib.error as error:
        raise FormatError(_THING, str(error)) from None
    if not unpacker.eof or unpacker.unused_data:
        raise FormatError(_THING, f"more than {PIECE_MAX:,} bytes, or not whole")
    return found


def write_lines(path: Path, lines: Iterable[bytes]) -> None:
    """Put lines at `path`, whole or not at all, as they come."""
    beside = path.with_name(f".{path.name}.new")
    packer, digest, buffer = zlib.compressobj(_LEVEL), sha256(), bytearray()
    with beside.open("wb") as file:

        def put(data: bytes) -> None:
            digest.update(data)
            file.write(data)

        for line in lines:
            buffer += line + b"\n"
            if len(buffer) >= _CHUNK:
                put(packer.compress(bytes(buffer)))
                buffer.clear()
        put(packer.compress(bytes(buffer)) + packer.flush())
        file.write(digest.digest())
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_lines(path: Path) -> Iterator[bytes]:
    """The lines of `write_lines`, unpacked as they are asked for.

    `FormatError`, before the first line, where the file is not what was written.
    """
    size = path.stat().st_size - sha256().digest_size
    digest = sha256()
    with path.open("rb") as file:
        for some in _chunks(file.read, size):
            digest.update(some)
        if file.read() != digest.digest():
            raise FormatError(_THING, "its digest is another")
        file.seek(0)
        unpacker, rest = zlib.decompressobj(), b""
        for some in _chunks(file.read, size):
            left = some
            while left:
                try:
                    text = rest + unpacker.decompress(left, 4 * _CHUNK)
                except zlib.error as error:
                    raise FormatError(_THING, str(error)) from None
                left = unpacker.unconsumed_tail
                *lines, rest = text.split(b"\n")
                yield from lines
    *lines, rest = (rest + unpacker.flush()).split(b"\n")
    yield from lines
    if rest or not unpacker.eof:
        raise FormatError(_THING, "it is not whole")


def _chunks(read: Callable[[int], bytes], size: int) -> Iterator[bytes]:
    """`size` bytes, or as many as there are, in pieces."""
    left = size
    while left > 0:
        some = read(min(left, _CHUNK))
        if not some:
            return
        left -= len(some)
        yield some
