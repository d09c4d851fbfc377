"""Traces of goods over the graph of lots: custody, recall, reverse, and where a gift is now.

Four questions, four answers; a page names the one it shows (`docs/spec/lots.md`):

    custody   where was this lot, who had it       the graph, up or down; quantities exact
    recall    what may contain it                  everything reachable downwards, whole quantities:
                                                   more than the truth, on purpose
    reverse   where did a hand-out come from       lots exact, shares of mixed lots by convention
    follow    where is this gift now               parts sum to it exactly

Pure: rows of lots are read through a function, nothing else is needed. An edge leads from a lot or
account to a lot or account; the only accounts are those where goods enter and leave (`ext:donor`,
`given:household`, `lost:transport` ..).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ledger.canon import Value
from ledger.envelope import StatementId
from ledger.goods.lots import Lot, parse_lot
from ledger.goods.mix import Mix, join, split, total

ReadLot = Callable[[str], Mapping[str, Value] | None]
"""lot id -> its row in table `lots`."""

NODES_MAX = 2_000
"""Lots that a trace looks at unless told otherwise."""
MIX_DEPTH_MAX = 150
"""Mixed lots of mixed lots that a composition looks through."""


@dataclass(frozen=True, slots=True)
class Edge:
    """`n` units went from `source` to `target` by `statement`."""

    source: str
    target: str
    n: int
    statement: StatementId


@dataclass(frozen=True, slots=True)
class Trace:
    """Lots in the order in which they were reached, and what went between them.

    `beyond`: lots that were reached but not looked at, because the trace is as large as allowed.
    """

    start: str
    lots: Mapping[str, Lot]
    edges: tuple[Edge, ...]
    beyond: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class End:
    """`n` units are, or went, here: `where` is an account, or the place of the living lot `lot`.

    `statement` brought them here.
    """

    where: str
    lot: str
    n: int
    statement: StatementId


def is_lot(name: str) -> bool:
    """Whether an end of an edge is a lot; goods accounts have no `/` in their names."""
    return "/" in name


class Lots:
    """Lots read once each."""

    def __init__(self, read: ReadLot) -> None:
        self._read = read
        self._known: dict[str, Lot | None] = {}
        self.expanded: dict[tuple[str, int], Mix] = {}

    def find(self, lot_id: str) -> Lot | None:
        """The lot, None where there is none."""
        if lot_id not in self._known:
            row = self._read(lot_id)
            self._known[lot_id] = None if row is None else parse_lot(lot_id, row)
        return self._known[lot_id]

    def get(self, lot_id: str) -> Lot:
        """The lot, which a row of another one names."""
        lot = self.find(lot_id)
        assert lot is not None, lot_id
        return lot


# ---- custody ------------------------------------------------------------------------------------


def trace_up(read: ReadLot, lot_id: str, *, nodes_max: int = NODES_MAX) -> Trace:
    """Where a lot comes from, back to where its goods entered. The lot must exist."""
    return _trace(Lots(read), lot_id, _edges_up, up=True, nodes_max=nodes_max)


def trace_down(read: ReadLot, lot_id: str, *, nodes_max: int = NODES_MAX) -> Trace:
    """What became of a lot, on to where its goods left or are now. The lot must exist."""
    return _trace(Lots(read), lot_id, _edges_down, up=False, nodes_max=nodes_max)


def _edges_up(lots: Lots, lot: Lot) -> list[Edge]:
    return [Edge(name, lot.id, n, lot.statement) for name, n in lot.source]


def _edges_down(lots: Lots, lot: Lot) -> list[Edge]:
    if lot.lives:
        return []
    by = StatementId(lot.spent_by)
    edges = [Edge(lot.id, name, n, by) for name, n, _ in lot.spent_to]
    if lot.rest:
        rest = lots.get(lot.rest)
        edges.append(Edge(lot.id, rest.id, rest.quantity, rest.statement))
    return edges


def _trace(
    lots: Lots,
    start: str,
    edges_of: Callable[[Lots, Lot], list[Edge]],
    *,
    up: bool,
    nodes_max: int,
) -> Trace:
    found: dict[str, Lot] = {}
    edges: list[Edge] = []
    todo, reached = [start], {start: None}
    while todo and len(found) < nodes_max:
        lot = lots.get(todo.pop(0))
        found[lot.id] = lot
        for edge in edges_of(lots, lot):
            edges.append(edge)
            name = edge.source if up else edge.target
            if is_lot(name) and name not in reached:
                reached[name] = None
                todo.append(name)
    return Trace(start, found, tuple(edges), tuple(todo))


def recall(read: ReadLot, lot_id: str, *, nodes_max: int = NODES_MAX) -> tuple[list[End], Trace]:
    """Wherever something of a lot may be: living lots and sinks below it, with whole quantities.

    A merged lot that holds one unit of it counts whole: who recalls wants too much, not too little.
    """
    trace = trace_down(read, lot_id, nodes_max=nodes_max)
    ends = [
        End(lot.place, lot.id, lot.quantity, lot.statement)
        for lot in trace.lots.values()
        if lot.lives
    ]
    for edge in trace.edges:
        if not is_lot(edge.target):
            ends.append(End(edge.target, edge.source, edge.n, edge.statement))
    return ends, trace


# ---- composition and attribution ----------------------------------------------------------------


def composition(read: ReadLot, lot_id: str) -> Mix:
    """The sources of a lot, looked through lots that are their own source; sums to its quantity."""
    lots = Lots(read)
    return _expand(lots, lots.get(lot_id).mix, MIX_DEPTH_MAX)


def _expand(lots: Lots, mix: Mix, depth: int) -> Mix:
    parts: list[Mix] = []
    for source, n in mix:
        if source.startswith("mix:") and depth:
            # Once each: lots that are mixed again and again meet on ever so many ways.
            known = lots.expanded.get((source, depth))
            if known is None:
                inside = _inside(lots, source.removeprefix("mix:"))
                known = lots.expanded[source, depth] = _expand(lots, inside, depth - 1)
            parts.append(split(known, n)[0])
        else:
            parts.append(((source, n),))
    return join(parts)


def _inside(lots: Lots, lot_id: str) -> Mix:
    """What a lot that is its own source was mixed from: the mixes of what went into it."""
    lot = lots.get(lot_id)
    parts: list[Mix] = []
    for name, n in lot.source:
        if not is_lot(name):
            # Only what was missing is put in from outside when lots are mixed.
            parts.append(((f"found:{lot.statement}", n),))
            continue
        one = lots.get(name)
        exact = [mix for target, _, mix in one.spent_to if target == lot_id]
        parts.append(exact[0] if exact else split(one.mix, n)[0])
    return join(parts)


def reverse(read: ReadLot, statement: StatementId, drawn: Iterable[str]) -> Mix:
    """The sources of what `statement` gave away, out of the lots that it drew on (its effects)."""
    lots = Lots(read)
    parts = []
    for lot_id in drawn:
        lot = lots.get(lot_id)
        if lot.spent_by == statement:
            parts += [mix for target, _, mix in lot.spent_to if not is_lot(target)]
    return _expand(lots, join(parts), MIX_DEPTH_MAX)


def follow(
    read: ReadLot, source: str, made: Iterable[str], *, nodes_max: int = NODES_MAX
) -> tuple[list[End], tuple[str, ...]]:
    """Where the units of `source` are, out of the lots `made` with it; and lots not looked at.

    The ends sum to what of the source is in `made`, to the unit. In a lot of very many sources the
    shares are by convention: the k-th unit of the mix that leaves it bears floor(k*t/q) units.
    """
    walk = _Follow(Lots(read), source)
    todo = list(dict.fromkeys(made))
    reached = dict.fromkeys(todo)
    seen = 0
    while todo and seen < nodes_max:
        seen += 1
        for name in walk.visit(todo.pop(0)):
            if name not in reached:
                reached[name] = None
                todo.append(name)
    return walk.ends, tuple(todo)


class _Follow:
    """One walk along a source; a lot is visited once, when all of it is looked at."""

    def __init__(self, lots: Lots, source: str) -> None:
        self.lots, self.source = lots, source
        self.ends: list[End] = []
        self._inside: dict[str, tuple[int, int]] = {}
        self._gone: dict[str, int] = {}

    def visit(self, lot_id: str) -> list[str]:
        """Note what ended here; returns the lots that it went on to."""
        lot = self.lots.get(lot_id)
        if lot.lives:
            self._end(lot.place, lot, lot.mix, lot.statement)
            return []
        onward = []
        for target, _, mix in lot.spent_to:
            if is_lot(target):
                onward.append(target)
            else:
                self._end(target, lot, mix, StatementId(lot.spent_by))
        if lot.rest:
            onward.append(lot.rest)
        return [name for name in onward if self._bears(self.lots.get(name))]

    def _bears(self, lot: Lot) -> bool:
        return any(name == self.source or self._of(name)[0] for name, _ in lot.mix)

    def _end(self, where: str, lot: Lot, mix: Mix, statement: StatementId) -> None:
        n = self._units(mix)
        if n:
            self.ends.append(End(where, lot.id, n, statement))

    def _units(self, mix: Mix, depth: int = MIX_DEPTH_MAX) -> int:
        """Units of the source in `mix`, which leave the lots that are named there as mixed."""
        units = 0
        for name, n in mix:
            if name == self.source:
                units += n
                continue
            share, whole = self._of(name, depth)
            if share:
                gone = self._gone.get(name, 0)
                self._gone[name] = gone + n
                units += (gone + n) * share // whole - gone * share // whole
        return units

    def _of(self, name: str, depth: int = MIX_DEPTH_MAX) -> tuple[int, int]:
        """(units of the source, all units) inside a source `mix:<lot>`; (0, 1) for any other."""
        if not name.startswith("mix:") or not depth:
            return 0, 1
        if name not in self._inside:
            inside = _inside(self.lots, name.removeprefix("mix:"))
            self._inside[name] = (self._units(inside, depth - 1), total(inside))
        return self._inside[name]
