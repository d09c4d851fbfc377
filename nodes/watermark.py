"""The watermark: the largest checkpoint this key was about to sign, on disk before the signature.

It is kept with the keys, apart from the store. A store that is restored from a backup is behind its
watermark, and signs nothing until it has caught up with everything that others have seen: else one
key would sign two histories. One that is missing tells nothing (`nodes.lastsigned`). Who may write
the file can make the node forget what it signed.

One file of two slots, written in turn and synced, each with a hash over itself: a torn write leaves
the other slot.
"""

import fcntl
import hashlib
import os
import struct
from pathlib import Path
from typing import Final

from nodes import chaos
from nodes.errors import Locked, StoreLost
from nodes.folder import make_folder, write_whole

_BODY: Final = struct.Struct(">8sQQ32s")
_MAGIC: Final = b"relief-w"
_SLOT: Final = 512
"""Bytes from slot to slot: one sector, so that a torn write spoils one slot only."""


class Watermark:
    """The watermark in the file `path`. For one thread.

    One that is not there is made; with `make=False` it stays away and `is_missing`, and nothing can
    be signed under it.
    """

    def __init__(self, path: Path, *, make: bool = True) -> None:
        self.path = path
        self._file = -1
        self._turn, self.size, self.root = 0, 0, bytes(32)
        self.is_missing = not make and not path.exists()
        if self.is_missing:
            return
        if not path.exists():
            make_folder(path.parent)
            write_whole(path, bytes(2 * _SLOT))
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            self._turn, self.size, self.root = self._read()
        except BaseException:
            self.close()
            raise

    def _read(self) -> tuple[int, int, bytes]:
        data = os.pread(self._file, 2 * _SLOT, 0)
        best = (0, 0, bytes(32))
        broken = 0
        for at in (0, _SLOT):
            body = data[at : at + _BODY.size]
            if body == bytes(_BODY.size):
                continue
            stored = data[at + _BODY.size : at + _BODY.size + 32]
            magic, turn, size, root = _BODY.unpack(body) if len(body) == _BODY.size else (b"",) * 4
            if magic != _MAGIC or hashlib.sha256(body).digest() != stored:
                broken += 1
                continue
            best = max(best, (turn, size, root))
        if broken == 2 or (broken and best[0] == 0) or len(data) != 2 * _SLOT:
            raise StoreLost(f"{self.path} is damaged: nobody knows what this key has signed")
        return best

    def hold(self) -> None:
        """Keep other processes from signing with the keys beside this file, until it is closed.

        The data folder has a lock of its own, but a copy of it elsewhere has another one. `Locked`.
        """
        if self._file < 0:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Locked(
                f"{self.path} is held by another process: two with one key sign two histories"
            ) from None

    def raise_to(self, size: int, root: bytes) -> None:
        """Make `size` and `root` durable; `StoreLost` for a smaller size, or a second root."""
        if self._file < 0:
            raise StoreLost(f"{self.path} is not open: nobody knows what this key has signed")
        if size < self.size or (size == self.size and root != self.root):
            raise StoreLost(
                f"about to sign size {size}, but size {self.size} was signed with another history"
            )
        if size == self.size:
            return
        body = _BODY.pack(_MAGIC, self._turn + 1, size, root)
        chaos.point("watermark.write")
        slot = body + hashlib.sha256(body).digest()
        if os.pwrite(self._file, slot, (self._turn + 1) % 2 * _SLOT) != len(slot):
            raise StoreLost(f"{self.path} was written in part only; nothing is signed")
        os.fdatasync(self._file)
        chaos.point("watermark.write.done")
        self._turn, self.size, self.root = self._turn + 1, size, root

    def close(self) -> None:
        """Close the file; again is free."""
        number, self._file = self._file, -1
        if number >= 0:
            os.close(number)
