"""A log as static files, which any C2SP client reads from any web server, disk or stick.

Tiles and bundles first, `checkpoint` last and by rename: at no moment does a checkpoint in the
folder name a tile that is not there. Files are written whole or not at all, so that an export that
was broken off goes on where it ended; full tiles never change and are not written again.

A folder that holds something else under a name of this log's is not overwritten: it may be the
evidence of a second history.
"""

import shutil
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from ledger.errors import FormatError
from ledger.log.tile import TILE_WIDTH, Tile, bundles_of, parse_tile_path, tiles_of
from nodes.errors import NodeError
from nodes.folder import make_folder, sync_folder, write_whole
from nodes.publisher import read_tile
from nodes.view import View


class Viewed(Protocol):
    """A log that snapshots can be taken of."""

    def view(self) -> AbstractContextManager[View]:
        """A snapshot."""
        ...


class OtherFile(NodeError):
    """A file of the folder is not what this log has there; nothing was overwritten."""


Show = Callable[[int, int], None]
"""Called with how many files are done, of how many."""


def _quiet(done: int, total: int) -> None:
    """Show nothing."""


def export_public(
    log: Viewed,
    note: bytes,
    size: int,
    folder: Path,
    *,
    compare: bool = False,
    show: Show = _quiet,
) -> int:
    """Write the whole log below `note`, of `size`, into `folder`; how many files were written.

    Full tiles that are there are left; with `compare` they are held against the log first, and
    `OtherFile` names one that differs.
    """
    make_folder(folder)
    folder.chmod(0o755)
    wanted = [*tiles_of(size), *bundles_of(size)]
    written = 0
    touched: dict[Path, None] = {}
    for done, tile in enumerate(wanted):
        show(done, len(wanted))
        path = folder / tile.path
        for parent in [path.parent, *path.parent.parents]:
            if parent == folder.parent:
                break
            # Also of files that are there: whoever wrote them may have died before syncing.
            touched[parent] = None
        is_there = tile.width == TILE_WIDTH and path.exists()
        if is_there and not compare:
            continue
        with log.view() as view:
            data = read_tile(view, tile)
        if is_there:
            if path.read_bytes() != data:
                raise OtherFile(f"{path} is not what this log has there")
            continue
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        write_whole(path, data, mode=0o644, sync=False)
        written += 1
    show(len(wanted), len(wanted))
    for parent in touched:
        sync_folder(parent)
    write_whole(folder / "checkpoint", note, mode=0o644)
    return written + 1


def clear_partials(folder: Path, size: int) -> None:
    """Remove the partial tiles of earlier sizes from an exported folder."""
    wanted = _paths(folder, tiles_of(size)) | _paths(folder, bundles_of(size))
    for partial in sorted((folder / "tile").rglob("*.p")):
        for path in sorted(partial.iterdir()):
            if path not in wanted:
                try:
                    parse_tile_path(path.relative_to(folder).as_posix())
                except FormatError:
                    continue  # it is not ours
                path.unlink()
        if not any(partial.iterdir()):
            shutil.rmtree(partial)


def _paths(folder: Path, tiles: Iterable[Tile]) -> set[Path]:
    return {folder / tile.path for tile in tiles}
