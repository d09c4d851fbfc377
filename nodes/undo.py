"""The way back: what pages, points and rows were at each checkpoint that was offered for cosigning.

Proofs about the state stand under a *final* checkpoint, and by the time one is final the state has
moved on. So at each offered checkpoint a layer is begun; batches note in the newest layer what they
are about to change, once each. The state at an offered checkpoint is the newest state seen through
the layers from there on: the first layer that knows a thing has its value.

        offered 40        offered 55         now
            | layer 40        | layer 55      |
            |  lots/a was 7   |  lots/b was 2 |      at 40: a = 7, b = 2; at 55: a is as now, b = 2

Rule: a layer learns the old value *before* the new one can be seen anywhere. A reader that looks at
the newest value first and into the layers afterwards is right without a lock.

Layers live in memory; the rows of each are also stored, with the batch that changed them, and
`restore` computes pages and points from them after a restart.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from json import dumps, loads
from typing import Final

from ledger.state import Head, Pair
from ledger.stateroot import PageReader, TableChange, update

LAYERS_MAX: Final = 16
"""Offered checkpoints that can still become final; beyond, the newer of the two oldest goes."""

Point = tuple[str, int]
"""(table, heap number)"""

Olds = dict[str, dict[int, bytes | None]]
"""Old pages, or old point values, by table and heap number; None: there was none."""


@dataclass(slots=True)
class Layer:
    """What has changed since the checkpoint `head`, as it was there. `next` is the newer layer."""

    head: Head
    rows: dict[Pair, bytes | None] = field(default_factory=dict)
    pages: Olds = field(default_factory=dict)
    points: Olds = field(default_factory=dict)
    next: "Layer | None" = None

    def chain(self) -> Iterator["Layer"]:
        """This layer and the newer ones."""
        layer: Layer | None = self
        while layer is not None:
            yield layer
            layer = layer.next


class Undo:
    """The layers, oldest first; the oldest is the newest final checkpoint's once there is one."""

    def __init__(self) -> None:
        self._layers: list[Layer] = []

    def find(self, size: int) -> Layer | None:
        """The layer of the offered checkpoint of that size."""
        return next((layer for layer in self._layers if layer.head.size == size), None)

    @property
    def sizes(self) -> list[int]:
        """Sizes of the checkpoints that can be gone back to."""
        return [layer.head.size for layer in self._layers]

    def begin(self, head: Head) -> None:
        """Begin a layer at `head`, where the state stands now."""
        if self._layers and self._layers[-1].head.size == head.size:
            return
        layer = Layer(head)
        if self._layers:
            self._layers[-1].next = layer
        self._layers.append(layer)
        if len(self._layers) > LAYERS_MAX:
            self._merge()

    def _merge(self) -> None:
        """Pour the second layer into the first: its checkpoint can no longer be gone back to.

        Into a new one: a reader that has passed the first and not yet come to the second goes on
        along the old ones.
        """
        first, second = self._layers[:2]
        merged = Layer(
            first.head,
            second.rows | first.rows,
            _poured(second.pages, first.pages),
            _poured(second.points, first.points),
            second.next,
        )
        self._layers = [merged, *self._layers[2:]]

    def release(self, size: int) -> None:
        """Checkpoints below `size` will not be asked for again."""
        self._layers = [layer for layer in self._layers if layer.head.size >= size]

    @property
    def base(self) -> int:
        """Size of the newest offered checkpoint; -1 when nothing needs to be noted."""
        return self._layers[-1].head.size if self._layers else -1

    def unknown(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Those rows whose old value the newest layer has not got yet."""
        if not self._layers:
            return []
        known = self._layers[-1].rows
        return [pair for pair in pairs if pair not in known]

    def note(
        self,
        point: Callable[[str, int], bytes | None],
        tables: Mapping[str, TableChange],
        pages: Mapping[Point, bytes],
        rows: Mapping[Pair, bytes | None],
    ) -> None:
        """Before a change is made: keep the values that `point` gives of points, and the old
        `pages` (those among the changed ones that exist) and `rows`.
        """
        if not self._layers:
            return
        layer = self._layers[-1]
        layer.rows.update(rows)
        for table, change in tables.items():
            old_pages = layer.pages.setdefault(table, {})
            for number in change.pages.keys() - old_pages.keys():
                old_pages[number] = pages.get((table, number))
            old_points = layer.points.setdefault(table, {})
            for number in change.hashes.keys() - old_points.keys():
                old_points[number] = point(table, number)

    def take_back(self, rows: Iterable[Pair]) -> None:
        """The batch that was to change these rows was not kept: the next one that does must have
        them written again. Pages and points stay: they are computed from rows after a restart.
        """
        if self._layers:
            for pair in rows:
                self._layers[-1].rows.pop(pair, None)

    # --- after a restart

    def restore(self, reader: PageReader, head: Head, noted: Iterable[bytes]) -> None:
        """Begin again with the checkpoint `head`, from what `encode` wrote since, oldest first."""
        layer = Layer(head)
        for data in noted:
            for pair, old in decode(data):
                layer.rows.setdefault(pair, old)
        by_table: dict[str, dict[str, bytes | None]] = {}
        for (table, key), old in layer.rows.items():
            by_table.setdefault(table, {})[key] = old
        for table, changes in by_table.items():
            change = update(reader, table, changes)
            layer.pages[table] = dict(change.pages)
            layer.points[table] = dict(change.hashes)
        self._layers = [layer]


def _poured(newer: Olds, older: Olds) -> Olds:
    """What the older layer knows, and else what the newer one does."""
    return {
        table: newer.get(table, {}) | older.get(table, {})
        for table in dict.fromkeys([*newer, *older])
    }


def encode(rows: Mapping[Pair, bytes | None]) -> bytes:
    """Old rows of one batch as bytes: JSON, because the library writes it at once."""
    # A row that was not there has two parts.
    listed = [
        (table, key) if value is None else (table, key, value.decode())
        for (table, key), value in rows.items()
    ]
    return dumps(listed, ensure_ascii=False, separators=(",", ":")).encode() if listed else b""


def decode(data: bytes) -> Iterator[tuple[Pair, bytes | None]]:
    """What `encode` wrote."""
    for table, key, *value in loads(data) if data else ():
        yield (table, key), value[0].encode() if value else None
