"""The data folder: one process at a time, and files that are whole or not there.

Rule: a file that matters is written beside its place, synced, renamed, and the folder synced, so
that after a crash there is the old one or the new one. The lock is advisory (`flock`) and ends with
the process, however it ends: two processes with one key would sign two histories.

Who may write here can replace the node's whole memory; checks at start-up find what is not ours,
and a signed history that was seen by a cosigner cannot be taken back unseen.
"""

import fcntl
import os
from pathlib import Path

from nodes import chaos
from nodes.errors import Locked


class FolderLock:
    """Holds `folder` for this process until `release` or its end. `Locked` when it is taken."""

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self._file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise Locked(
                f"{folder} is in use by another process; a node has one process, or its key signs "
                "two histories: stop the other one first"
            ) from None

    def release(self) -> None:
        """Let another process in."""
        os.close(self._file)


def make_folder(folder: Path) -> None:
    """Make `folder`, for its owner alone, where it is not there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def write_whole(path: Path, data: bytes, *, mode: int = 0o600, sync: bool = True) -> None:
    """Put `data` at `path`: durable when this returns, the old file or the new one if it fails.

    `sync=False` leaves syncing the folder to the caller, for many files in one folder.
    """
    temporary = path.with_name(f".{path.name}.new")
    number = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        chaos.point("export.write")
        view = memoryview(data)
        while view:
            view = view[os.write(number, view) :]
        os.fsync(number)
    finally:
        os.close(number)
    chaos.point("export.rename")
    os.replace(temporary, path)
    if sync:
        sync_folder(path.parent)
    chaos.point("export.rename.done")
