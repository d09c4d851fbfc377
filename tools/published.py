"""A published log as files, in a folder or at an address (C2SP tlog-tiles, `docs/spec/tiles.md`).

Whoever publishes is not trusted: every file has the size that its kind may have, and what comes
over the network is kept in a temporary folder so that it is asked for once. What the files say is
for the reader to check.

    with open_published("./public") as log:
        note = log.read("checkpoint")

A partial file that is gone because it has grown full is cut out of the full one: logs serve the
partial ones of a size only until then.
"""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from contracts.audit import Unavailable
from ledger.errors import FormatError
from ledger.log.note import NOTE_MAX
from ledger.log.tile import (
    BUNDLE_BYTES_MAX,
    ENTRIES,
    TILE_BYTES_MAX,
    TILE_WIDTH,
    Tile,
    format_bundle,
    parse_bundle,
    parse_tile_path,
)
from nodes.peers import Peer, Unreachable
from tools.console import Stop, plain

CHECKPOINT: Final = "checkpoint"


class Published(Protocol):
    """A log's files, by path below its root."""

    def read(self, path: str) -> bytes:
        """The file at `path`; `Unavailable` where it cannot be had."""
        ...


def size_max(path: str) -> int:
    """Bytes that the file at a path of a log may have."""
    if path == CHECKPOINT:
        return NOTE_MAX
    return BUNDLE_BYTES_MAX if parse_tile_path(path).level == ENTRIES else TILE_BYTES_MAX


def read_regular(path: Path, most: int) -> bytes:
    """The bytes of a plain file of at most `most`; never blocks on a pipe or a device.

    `OSError` when it cannot be read, `ValueError` when it is no plain file or too long.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ValueError("it is no plain file")
    with os.fdopen(handle, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it has more than {most:,} bytes")
    return data


class Folder:
    """A log in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._checkpoint: bytes | None = None

    def read(self, path: str) -> bytes:
        """The file at `path`; the checkpoint is that of the first time, though a newer one came."""
        if path != CHECKPOINT:
            return self._read(path)
        if self._checkpoint is None:
            self._checkpoint = self._read(path)
        return self._checkpoint

    def _read(self, path: str) -> bytes:
        try:
            return read_regular(self._folder / path, size_max(path))
        except FileNotFoundError:
            raise Unavailable(f"{path} is not there") from None
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise Unavailable(f"{path}: {why}") from None


class Address:
    """A log at an address; files are kept in `cache`, which nobody else may write."""

    def __init__(self, peer: Peer, cache: Path) -> None:
        self._peer, self._cache = peer, cache

    def read(self, path: str) -> bytes:
        """The file at `path`, from the network once."""
        kept = self._cache / path.replace("/", "_")
        if kept.exists():
            return kept.read_bytes()
        data = self._fetch(path)
        kept.write_bytes(data)
        return data

    def _fetch(self, path: str) -> bytes:
        try:
            answer = self._peer.get(path, size_max=size_max(path))
        except Unreachable as error:
            raise Unavailable(f"{plain(error.url)}: {plain(error.why)}") from None
        if answer.status == 200:
            return answer.body
        if answer.status == 404 and path != CHECKPOINT:
            tile = parse_tile_path(path)
            if tile.width < TILE_WIDTH:
                return _cut(self.read(Tile(tile.level, tile.n).path), tile)
        raise Unavailable(f"{plain(answer.url)}: status {answer.status}")


def _cut(full: bytes, tile: Tile) -> bytes:
    """The first `tile.width` of a full tile or bundle."""
    if tile.level != ENTRIES:
        return full[: 32 * tile.width]
    try:
        return format_bundle(parse_bundle(full, TILE_WIDTH)[: tile.width])
    except FormatError:
        return full  # the reader will say what is wrong with it


def is_address(target: str) -> bool:
    """Whether a target names a log by address."""
    return target.lower().startswith(("http://", "https://"))


@contextmanager
def open_published(target: str, *, peer: Peer | None = None) -> Iterator[Published]:
    """The log at a folder or address; `Stop` when the target cannot be one."""
    if is_address(target):
        try:
            opened = Peer(target) if peer is None else peer
        except ValueError as error:
            raise Stop(
                f"{plain(target)} is no address of a log: {error}.",
                "Give the address below which `checkpoint` stands.",
            ) from None
        with tempfile.TemporaryDirectory(prefix="relief-") as cache, opened:
            yield Address(opened, Path(cache))
        return
    folder = Path(target)
    if not (folder / CHECKPOINT).exists():
        inner = folder / "public"
        there = f"Did you mean {plain(str(inner))}?" if (inner / CHECKPOINT).exists() else ""
        raise Stop(
            f"{plain(target)} holds no log: it has no file `checkpoint`.",
            there or "Name the folder that holds `checkpoint` and `tile`.",
        )
    yield Folder(folder)
