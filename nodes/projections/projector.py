"""The projector: follows the log from its own position and keeps the views in step with it.

It stands behind the writer, on a thread and a connection of its own, and takes nothing but entries.
One transaction carries a chunk of whole batches together with the new position, so a crash at any
moment leaves the views at the end of some batch, and the next start goes on from there. The views
say of which log they are: they keep its right edge, so `position().root` is the root at their size.

    engine = open_views("sqlite:///data/views.sqlite")
    projector = Projector(engine, source)
    while projector.advance(): pass

Specification: `docs/spec/projections.md`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlmodel import SQLModel

from contracts.machine import Step
from contracts.replay import Replay
from ledger.entry import Effects
from ledger.log.merkle import EMPTY_ROOT, Frontier, leaf_hash
from nodes.projections.facts import Fact, origin_of, read_fact
from nodes.projections.lines import Lines
from nodes.projections.nounviews import PROJECTIONS
from nodes.projections.rows import Work
from nodes.projections.telling import prefetch, tell
from nodes.projections.views import VERSION, Entry, Position, table_of

CHUNK = 1_024
"""Entries of one transaction, roughly: it ends with the batch that holds the last of them."""
BULK = 8_192
"""The same while many are to come: places all over an index are written once for more of them."""
SQLITE = (
    "journal_mode=WAL",
    # A power cut may take the last commits together with their position: they are made again.
    "synchronous=NORMAL",
    "busy_timeout=10000",
    # Statement ids are random: their indexes are written all over.
    "cache_size=-65536",
    "wal_autocheckpoint=8000",
)
"""How connections to SQLite are set."""
POSTGRES_SCHEMA = "relief_views"
"""The views' own schema on PostgreSQL: making them anew drops it whole, and nothing else."""


class Source(Protocol):
    """The log, as the projector reads it."""

    def size(self) -> int:
        """Entries that are durable; always the end of a batch."""
        ...

    def entries(self, low: int, high: int) -> Sequence[bytes]:
        """The bytes of entries [low, high)."""
        ...

    def effects(self, index: int) -> Effects | None:
        """The effects of an entry that has only their digest; None where they are not kept."""
        ...


class OtherLog(Exception):
    """The views are of another log than the source: they must be rebuilt."""


class Reexecution:
    """Effects that are kept nowhere, worked out again by running the log from its beginning.

    Slow, and it holds the whole state in memory; a store that keeps `Step.effects` spares it.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._fed = 0
        self._found: dict[int, Effects] = {}
        # Our own log: signatures were checked before it was written.
        self._replay = Replay(check=lambda *_: True, on_batch=self._keep)

    def _keep(self, step: Step) -> None:
        self._found.update(step.effects)

    def effects(self, index: int) -> Effects:
        """The effects of the entry at `index`, which has only their digest."""
        while self._replay.head.size <= index:
            high = min(self._source.size(), self._fed + CHUNK)
            for raw in self._source.entries(self._fed, high):
                self._replay.feed(raw)
            self._fed = high
        return self._found[index]


@dataclass(frozen=True, slots=True)
class Reached:
    """How far the views have come; `root` of the log at `size`, `state_root` of the last batch."""

    origin: str
    size: int
    batch: int
    time: int
    root: bytes
    state_root: bytes


# ---- the database -------------------------------------------------------------------------------


def open_views(url: str) -> Engine:
    """A connection pool to the views; tables are made where they are missing or of another version.

    `url` as SQLAlchemy writes it: `sqlite:///path`, `postgresql+psycopg://user@host/database`.
    Whoever may write there can show readers false figures, and is found out by their proofs.
    """
    if url.startswith("postgresql"):
        # Every answer is read in one snapshot; the views stand in a schema of their own.
        engine = create_engine(
            url,
            isolation_level="REPEATABLE READ",
            connect_args={"options": f"-csearch_path={POSTGRES_SCHEMA}"},
        )
    else:
        engine = create_engine(url)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    with engine.connect() as connection:
        found = version_of(connection)
    if found != VERSION:
        make_anew(engine)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` says where they begin.
    connection.isolation_level = None
    for pragma in SQLITE:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def version_of(connection: Connection) -> int:
    """The version of the tables that are there, -1 where there are none."""
    if not inspect(connection).has_table(Position.__tablename__):
        return -1
    columns = {column["name"] for column in inspect(connection).get_columns("position")}
    row = (
        connection.execute(select(table_of(Position).c.version)).first()
        if ("version" in columns)
        else None
    )
    return -1 if row is None else int(row[0])


def make_anew(engine: Engine) -> None:
    """Drop whatever views there are and make empty ones, in one transaction."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"DROP SCHEMA IF EXISTS {POSTGRES_SCHEMA} CASCADE"))
            connection.execute(text(f"CREATE SCHEMA {POSTGRES_SCHEMA}"))
        else:
            for name in inspect(connection).get_table_names():
                connection.exec_driver_sql(f'DROP TABLE "{name}"')
        SQLModel.metadata.create_all(connection, [table_of(view) for view in PROJECTIONS])
        work = Work(connection)
        _put_position(work, Reached("", 0, -1, 0, EMPTY_ROOT, bytes(32)), Frontier(), b"")
        work.flush()


def _put_position(work: Work, reached: Reached, edge: Frontier, leaf: bytes) -> None:
    work.put(
        Position,
        {
            "version": VERSION,
            "origin": reached.origin,
            "size": reached.size,
            "batch": reached.batch,
            "time": reached.time,
            "leaf": leaf.hex(),
            "edge": b"".join(edge.hashes).hex(),
            "state_root": reached.state_root.hex(),
        },
    )


def reached(connection: Connection) -> Reached:
    """How far the views have come, as this connection sees them."""
    return _read_position(connection)[0]


def _read_position(
    connection: Connection, *, to_move: bool = False
) -> tuple[Reached, Frontier, bytes]:
    asked = select(table_of(Position))
    if to_move:
        # One at a time: the follower of a node that was killed may be at its last transaction.
        # (SQLite lets nobody write who read before another's commit.)
        asked = asked.with_for_update()
    row = connection.execute(asked).mappings().one()
    edge = bytes.fromhex(row["edge"])
    frontier = Frontier(row["size"], [edge[at : at + 32] for at in range(0, len(edge), 32)])
    state_root, leaf = bytes.fromhex(row["state_root"]), bytes.fromhex(row["leaf"])
    found = Reached(
        row["origin"], row["size"], row["batch"], row["time"], frontier.root(), state_root
    )
    return found, frontier, leaf


# ---- following ----------------------------------------------------------------------------------


class Projector:
    """Brings the views of one database up to the log of one source."""

    def __init__(self, engine: Engine, source: Source) -> None:
        self.engine, self.source = engine, source
        self._again: Reexecution | None = None
        self._check_same_log()

    def reached(self) -> Reached:
        """How far the views have come."""
        with self.engine.connect() as connection:
            return reached(connection)

    def lag(self) -> int:
        """Entries of the log that are not in the views yet."""
        return self.source.size() - self.reached().size

    def catch_up(self, *, until: int | None = None) -> Reached:
        """Advance to the size that the source has now, or to `until`, the end of a batch."""
        size = self.source.size() if until is None else until
        while self.advance(most=BULK, until=size):
            pass
        return self.reached()

    def advance(self, *, most: int = CHUNK, until: int | None = None) -> int:
        """One transaction: the next `most` entries or so, whole batches; how many it were.

        0 at the end of the log. Whatever fails leaves the views as they were.
        """
        with self.engine.begin() as connection:
            position, edge, leaf = _read_position(connection, to_move=True)
            size = self.source.size() if until is None else until
            raws = self._whole_batches(position.size, size, most)
            if not raws:
                return 0
            origin = position.origin or origin_of(raws[0])
            facts = [self._fact(raw, position.size + n, origin) for n, raw in enumerate(raws)]
            work = Work(connection, self._finder(connection, origin, facts))
            lines = Lines(work)
            prefetch(work, lines, facts)
            for fact in facts:
                tell(work, lines, fact)
            lines.flush()
            for raw in raws:
                leaf = leaf_hash(raw)
                edge.append(leaf)
            last = facts[-1]
            state_root = bytes.fromhex(last.state_root)
            now = Reached(origin, edge.size, last.batch, last.time, b"", state_root)
            _put_position(work, now, edge, leaf)
            work.flush()
            return len(raws)

    def _whole_batches(self, low: int, size: int, most: int) -> list[bytes]:
        """Entries from `low` up to the end of a batch, some `most` of them, one batch at least."""
        raws: list[bytes] = []
        end = 0
        while low + len(raws) < size and not end:
            at = low + len(raws)
            raws.extend(self.source.entries(at, min(size, at + most)))
            end = next((n for n in range(len(raws), 0, -1) if is_batch(raws[n - 1])), 0)
        return raws[:end]

    def _fact(self, raw: bytes, index: int, origin: str) -> Fact:
        fact = read_fact(raw, index, origin)
        if fact.digest is None:
            return fact
        effects = self.source.effects(index)
        if effects is None:
            self._again = self._again or Reexecution(self.source)
            effects = self._again.effects(index)
        return fact.with_effects(effects)

    def _finder(
        self, connection: Connection, origin: str, facts: Sequence[Fact]
    ) -> Callable[[str], Fact | None]:
        """Finds the entry of a statement, in the views' log or among `facts`."""
        own = {fact.statement: fact for fact in facts}
        table = table_of(Entry)

        def find(statement: str) -> Fact | None:
            if statement in own:
                return own[statement]
            asked = select(table.c.index).where(table.c.statement == statement)
            index = connection.execute(asked).scalar()
            if index is None:
                return None
            return read_fact(self.source.entries(index, index + 1)[0], index, origin)

        return find

    def _check_same_log(self) -> None:
        with self.engine.connect() as connection:
            position, _, leaf = _read_position(connection)
        size = position.size
        if size == 0:
            return
        last = size - 1
        if size > self.source.size() or leaf_hash(self.source.entries(last, size)[0]) != leaf:
            raise OtherLog(f"entry {last} is not the last one in the views of {position.origin}")


def is_batch(raw: bytes) -> bool:
    """Whether these are the bytes of a batch entry."""
    # `"type"` is the last key but one, and a batch entry has no key that could hold this text.
    return raw.endswith(b'"type":"batch","v":1}')
