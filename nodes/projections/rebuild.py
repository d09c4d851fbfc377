"""Rebuilding the views: drop them, replay the log, and hold every row against what was there.

    report = rebuild(engine, source)
    report.is_equal      # every view: same rows, same digest

The digest of a view is the RFC 6962 root over its rows in the order of their keys, each row a
canonical JSON list of its columns. Equal digests on two machines or two databases mean equal
answers. This is the core of `relief rebuild`; specification: `docs/spec/projections.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic_ns

from sqlalchemy import Connection, Engine, select

from ledger.canon import encode
from ledger.log.merkle import Frontier, leaf_hash
from nodes.projections.nounviews import PROJECTIONS
from nodes.projections.projector import Projector, Reached, Source, make_anew, reached
from nodes.projections.views import Projection, keys_of, table_of

ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows a view has, and the root over them."""

    rows: int
    root: bytes


def digest_of(connection: Connection, view: type[Projection]) -> Digest:
    """The digest of one view as this connection sees it; its memory does not grow with the rows."""
    table = table_of(view)
    asked = select(table).order_by(*(table.c[name] for name in keys_of(view)))
    frontier = Frontier()
    options = {"yield_per": ROWS_AT_ONCE}
    for row in connection.execute(asked, execution_options=options):
        frontier.append(leaf_hash(encode(list(row))))
    return Digest(frontier.size, frontier.root())


def digests(connection: Connection) -> dict[str, Digest]:
    """The digest of every view, by its table's name."""
    return {table_of(view).name: digest_of(connection, view) for view in PROJECTIONS}


@dataclass(frozen=True, slots=True)
class Report:
    """What a rebuild found.

    `before` and `after` are taken at the same size, `replayed`; `now` is how far the views have
    come in the end. `before` is empty where there was nothing to compare with: no views yet, views
    of another version or of another log.
    """

    before: Mapping[str, Digest]
    after: Mapping[str, Digest]
    replayed: Reached
    now: Reached
    seconds: float

    @property
    def differing(self) -> tuple[str, ...]:
        """Names of the views whose rows are not what they were."""
        names = self.before if self.before else ()
        return tuple(name for name in names if self.before[name] != self.after[name])

    @property
    def is_equal(self) -> bool:
        """Whether every view came back as it was (or there was none to compare with)."""
        return not self.differing


def rebuild(engine: Engine, source: Source) -> Report:
    """Drop the views, replay the log of `source` into new ones, and compare.

    The replay stops at the size that the old views had, to compare at one size, and then goes on to
    the end. The caller sees to it that no other projector follows into the same database meanwhile;
    readers find the views empty, then growing.
    """
    start = monotonic_ns()
    before: dict[str, Digest] = {}
    with engine.connect() as connection:
        old = reached(connection)
        if 0 < old.size <= source.size():
            before = digests(connection)
    make_anew(engine)
    projector = Projector(engine, source)
    replayed = projector.catch_up(until=old.size) if before else projector.catch_up()
    if before and (replayed.root, replayed.size) != (old.root, old.size):
        before = {}  # they were of another log
    with engine.connect() as connection:
        after = digests(connection)
    now = projector.catch_up()
    return Report(before, after, replayed, now, (monotonic_ns() - start) / 1e9)
