"""One kept tape on a disk: what is there and fits its log, and how the rest of it is made.

    tape = OneTape(folder, key, asked, views)      # under the folder's lock
    tape.run(high, on_entries)                     # make what is missing
    tape.kept(low, high)                           # for `contracts.simulating.simulation`

What does not fit is removed at once, and made anew. Entries are read from the log under snapshots
of a moment, so that a node goes on beside; what was read is held against the root of the log's own
tree before the last of it is kept. Specification: `docs/spec/simulation.md`, kept tapes.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from errno import ENOSPC
from pathlib import Path
from typing import Final

from contracts.facts.rows import offset_of
from contracts.simulating.kept import Growing, Kept, Piece, format_piece, parse_piece, reopened
from contracts.simulating.tape import Asked, Taping
from ledger.errors import CheckError, FormatError
from ledger.log.merkle import Frontier, HashReader, leaf_hash
from ledger.state import State
from nodes.errors import NodeError
from nodes.recovery import free_bytes
from nodes.tapefiles import read_lines, read_piece, write_lines, write_piece
from nodes.view import View

PIECE_ENTRIES: Final = 2_048
PIECE_BYTES: Final = 8 << 20
"""A piece is closed at the end of the batch with which it has so many entries, or bytes of rows."""

_READ: Final = 512
_NAME: Final = re.compile(r"([0-9]{16})-([0-9]{16})-([0-9]{16})-([0-9]{16})\.piece")
_STANDING: Final = "standing"

Views = Callable[[], AbstractContextManager[View]]
"""Gives a snapshot of the log: `Store.view`, `LogBeside.view`."""
OnEntries = Callable[[int, int], None]
"""Told how many entries of how many are run, batch by batch."""


class Damaged(NodeError):
    """A kept tape is not what was kept."""


class Moved(Damaged):
    """A piece is no longer there: another process has run the tape on, or removed it."""


def clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != "lock":
            path.unlink(missing_ok=True)


def check_room(folder: Path, spare: int) -> None:
    """`OSError` where the disk has less left than `spare` bytes: a ledger that cannot write is a
    dear price for a tape."""
    if free_bytes(folder) < spare:
        raise OSError(ENOSPC, "what is left of the disk is for the ledger", str(folder))


class Log:
    """The log as far as it went when it was opened, read under snapshots of a moment."""

    def __init__(self, views: Views) -> None:
        self._views = views
        with views() as view:
            self.origin, self.size = view.head().origin, view.head().size
            self.offset = offset_of(State(view)) if self.size else 0

    def entry(self, index: int) -> bytes:
        with self._views() as view:
            return view.entry(index)

    def entries(self, first: int) -> Iterator[bytes]:
        """From `first` on."""
        for low in range(first, self.size, _READ):
            with self._views() as view:
                some = [raw for _, raw in view.entries(low, min(self.size, low + _READ))]
            yield from some

    def edge(self, size: int) -> Frontier:
        """The right edge of the log at an earlier size."""
        with self._views() as view:
            return Frontier(size, edge_at(view.hashes(view.head().size), size))

    def root(self, size: int) -> str:
        return self.edge(size).root().hex()


def edge_at(reader: HashReader, size: int) -> list[bytes]:
    """The roots of the full subtrees of a tree of `size`, largest first (`Frontier.hashes`)."""
    hashes, at = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            hashes.append(reader(level, at >> level))
            at += 1 << level
    return hashes


# ---- one tape -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """A piece as its name tells of it: entries first <= .. < size, times of its first and last
    batch."""

    path: Path
    first: int
    size: int
    begins: int
    ends: int


class OneTape:
    """One tape on the disk, under its lock."""

    def __init__(
        self, folder: Path, key: str, asked: Asked, views: Views, *, spare: int = 0
    ) -> None:
        """`spare`: bytes of the disk that are left to others; `OSError` where nothing is kept for
        it."""
        self._spare = spare
        self._folder, self._key, self._asked, self._log = folder, key, asked, Log(views)
        self._places = self._find()

    def run(self, high: int, on_entries: OnEntries) -> int:
        """Make what is missing; how many entries were run."""
        places = self._places
        if places and (places[-1].size == self._log.size or places[-1].ends >= high):
            return 0
        taping = Taping([self._asked], read=self._log.entry)
        if not (places and self._take_standing(taping)):
            # Without it the log is run from its beginning, and then all of it is kept anew.
            self._clear()
            taping = Taping([self._asked], read=self._log.entry)
        return self._make(taping, high, on_entries)

    def kept(self, low: int, high: int) -> Kept:
        """The tape of a stretch; nothing is read yet."""
        least = min(low, high)
        before = [one.size for one in self._places if one.ends < least]
        within = [one for one in self._places if one.ends >= least and one.begins < high]
        return Kept(
            self._asked,
            low,
            high,
            self._log.origin,
            self._log.offset,
            before[-1] if before else 0,
            _Pieces(self, within),
        )

    def read(self, place: _Place) -> Piece:
        """A piece, checked. `Damaged` where it is not what was kept."""
        try:
            piece = parse_piece(read_piece(place.path))
        except FileNotFoundError:
            raise Moved(f"{place.path.name} is gone") from None
        except FormatError as error:
            raise Damaged(f"{place.path.name}: {error}") from None
        told = piece.first, piece.size, piece.batches[0][0], piece.batches[-1][0]
        if told != (place.first, place.size, place.begins, place.ends):
            raise Damaged(f"{place.path.name}: a piece of another place")
        mine = self._key, self._log.origin, self._log.offset
        if (piece.key, piece.origin, piece.offset) != mine:
            raise Damaged(f"{place.path.name}: a piece of another tape")
        if piece.root != self._log.root(piece.size):
            raise Damaged(f"{place.path.name}: a piece of another history")
        return piece

    def _find(self) -> list[_Place]:
        """The pieces, where they follow one another and belong to this log; else none."""
        places = []
        for path in sorted(self._folder.glob("*.piece")):
            found = _NAME.fullmatch(path.name)
            if found is not None:
                first, size, begins, ends = map(int, found.groups())
                places.append(_Place(path, first, size, begins, ends))
        if not places:
            return []
        sizes = [0, *(one.size for one in places)]
        follow = all(one.first == end < one.size for one, end in zip(places, sizes, strict=False))
        try:
            if follow and sizes[-1] <= self._log.size:
                self.read(places[-1])
                return places
        except Damaged:
            pass
        clear(self._folder)
        return []

    def _clear(self) -> None:
        clear(self._folder)
        self._places = []

    # --- making

    def _make(self, taping: Taping, high: int, on_entries: OnEntries) -> int:
        first = done = taping.rerun.ledger.head().size
        edge = self._log.edge(first)
        growing = self._last(first) or Growing(self._key, first, edge.root().hex(), [], [])
        (tape,) = taping.tapes
        try:
            for raw in self._log.entries(first):
                edge.append(leaf_hash(raw))
                made = taping.feed(raw)
                if made is None:
                    continue
                done = made.head.size
                growing.add(made.head.time, done, tape.seen)
                tape.seen.clear()
                if done - growing.first >= PIECE_ENTRIES or growing.weight >= PIECE_BYTES:
                    self._keep(growing, edge)
                    growing = Growing(self._key, done, edge.root().hex(), [], [])
                try:
                    on_entries(done, self._log.size)
                except BaseException:
                    self._finish(taping, growing, edge)
                    raise
                if made.head.time >= high:
                    break
        except CheckError:
            self._clear()
            raise
        self._finish(taping, growing, edge)
        return done - first

    def _finish(self, taping: Taping, growing: Growing, edge: Frontier) -> None:
        """Keep what is made so far, after a whole batch."""
        root = edge.root().hex()
        if root != self._log.root(edge.size):
            # What was read is not what the log's tree says: nothing of it is kept.
            self._clear()
            raise CheckError("re-execution", "the entries do not lead to the root of the log")
        if growing.batches:
            self._keep(growing, edge)
        if edge.size:
            check_room(self._folder, self._spare)
            told = taping.rerun.ledger.tell()
            write_lines(self._folder / _STANDING, _after(self._first_line(root), told))

    def _last(self, size: int) -> Growing | None:
        """The last piece, where it is short: it goes on, or small steps would make small pieces."""
        if not self._places:
            return None
        place = self._places[-1]
        if place.size - place.first >= PIECE_ENTRIES or place.size != size:
            return None
        piece = self.read(place)
        return None if len(piece.rows) >= PIECE_BYTES else reopened(piece)

    def _keep(self, growing: Growing, edge: Frontier) -> None:
        piece = growing.close(self._log.origin, self._log.offset, edge.root().hex())
        begins, ends = piece.batches[0][0], piece.batches[-1][0]
        name = f"{piece.first:016d}-{piece.size:016d}-{begins:016d}-{ends:016d}.piece"
        path = self._folder / name
        check_room(self._folder, self._spare)
        write_piece(path, format_piece(piece))
        for old in [one for one in self._places if one.first == piece.first]:
            self._places.remove(old)
            if old.path != path:
                old.path.unlink(missing_ok=True)
        self._places.append(_Place(path, piece.first, piece.size, begins, ends))

    def _first_line(self, root: str) -> bytes:
        return f"{self._key} {root}".encode()

    def _take_standing(self, taping: Taping) -> bool:
        """Go on where the re-run stood; False where that is not known."""
        ledger, size = taping.rerun.ledger, self._places[-1].size
        try:
            lines = read_lines(self._folder / _STANDING)
            if next(lines, b"") != self._first_line(self._log.root(size)):
                return False
            ledger.take(lines)
        except (FileNotFoundError, FormatError):
            return False
        return ledger.head().size == size and ledger.head().origin == self._log.origin


class _Pieces:
    """The pieces of a stretch, read one at a time, each time that they are walked through."""

    def __init__(self, tape: OneTape, places: list[_Place]) -> None:
        self._tape, self._places = tape, places

    def __iter__(self) -> Iterator[Piece]:
        for place in self._places:
            yield self._tape.read(place)


def _after(first: bytes, lines: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from lines
