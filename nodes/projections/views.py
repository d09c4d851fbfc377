"""Views: the SQL tables that people's questions are answered from, rebuilt from the log alone.

A view is never a source of truth. It is dropped and replayed at will (`relief rebuild`), and every
row comes back the same, on SQLite and on PostgreSQL (`docs/spec/projections.md`). So that two
databases cannot disagree:

- integers of 64 bits and texts, nothing else: no float, no decimal, no date, no JSON, no NULL
  (an absent number is -1, an absent text is "");
- sums that may pass 64 bits are decimal texts, added in Python; SQL adds nothing that counts;
- texts compare by bytes (`COLLATE "C"`, SQLite's BINARY); SQLite tables are STRICT.

SQLModel's table models do not validate, so nothing here is parsed from outside: rows come from
entries that the state machine has checked. Only this module and `nodes.projections.projector`
import SQLModel.

Here are the views of the log and of the book; those of gifts, goods and people are in
`nodes.projections.nounviews`, where `PROJECTIONS` lists them all.

    >>> [column.name for column in columns(Move)]
    ['entry', 'n', 'commodity', 'source', 'target', 'quantity']
"""

from functools import cache
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel, col

__all__ = ["VERSION", "Projection", "col", "columns", "keys_of", "table_of"]

VERSION = 6
"""Of these tables. Another number in the database: they are dropped and made again from the log."""


class Whole(TypeDecorator[int]):
    """A 64-bit integer; SQLite's STRICT tables call it INTEGER."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())


class Word(TypeDecorator[str]):
    """A text that is compared by its bytes."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(Text(collation=collation))


def key(type_: type[TypeEngine[Any]]) -> Any:
    """A column of the primary key, `Whole` or `Word`."""
    return Field(primary_key=True, sa_type=type_, sa_column_kwargs={"autoincrement": False})


def whole() -> Any:
    """A column with an integer."""
    return Field(sa_type=Whole)


def word() -> Any:
    """A column with a text."""
    return Field(sa_type=Word)


PLAIN: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}
"""Options of every table; the last of its arguments."""


class Projection(SQLModel):
    """What all views have in common: strict tables without hidden row numbers."""

    __table_args__: ClassVar[Any] = PLAIN


# ---- the log ------------------------------------------------------------------------------------


class Position(Projection, table=True):
    """How far the views have come: always the end of a batch. One row.

    `size` entries are in; `edge` are the hashes of the log's right edge (hex), from which the root
    at `size` follows; `leaf` is the last leaf hash; `state_root` that of the last batch.
    """

    __tablename__ = "position"
    version: int = key(Whole)
    origin: str = word()
    size: int = whole()
    batch: int = whole()
    time: int = whole()
    leaf: str = word()
    edge: str = word()
    state_root: str = word()


class Entry(Projection, table=True):
    """One row an entry. `type` statement, auto or batch; times in seconds since 1970, UTC.

    `author` is a key id, `actor` who held it, `member` the actor's organisation. `cause` is the
    entry behind a derived one, else -1; `late` seconds past expiry.
    """

    __tablename__ = "entry"
    __table_args__ = (
        Index("entry_statement", "statement"),
        Index("entry_kind", "kind", "index"),
        Index("entry_member", "member", "index"),
        PLAIN,
    )
    index: int = key(Whole)
    batch: int = whole()
    time: int = whole()
    type: str = word()
    kind: str = word()
    code: str = word()
    statement: str = word()
    author: str = word()
    actor: str = word()
    member: str = word()
    occurred_at: int = whole()
    late: int = whole()
    cause: int = whole()


class Cosigner(Projection, table=True):
    """Who signed beside the author, in the order of key ids."""

    __tablename__ = "cosigner"
    __table_args__ = (Index("cosigner_actor", "actor", "entry"), PLAIN)
    entry: int = key(Whole)
    n: int = key(Whole)
    key: str = word()
    actor: str = word()
    member: str = word()


class Subject(Projection, table=True):
    """Which entries are about a thing: `lot/..`, `fund/..`, `donation/..`, `site/..` .."""

    __tablename__ = "subject"
    subject: str = key(Word)
    entry: int = key(Whole)


class Refusal(Projection, table=True):
    """Statements that are logged as refused, with the code; they moved nothing."""

    __tablename__ = "refusal"
    entry: int = key(Whole)
    code: str = word()
    kind: str = word()
    actor: str = word()
    member: str = word()


class Breach(Projection, table=True):
    """What an attestation broke and was booked all the same."""

    __tablename__ = "breach"
    entry: int = key(Whole)
    n: int = key(Whole)
    code: str = word()
    subject: str = word()
    quantity: int = whole()


class Correction(Projection, table=True):
    """A correction and one of its targets; both entries stand beside each other."""

    __tablename__ = "correction"
    __table_args__ = (Index("correction_target", "target", "entry"), PLAIN)
    entry: int = key(Whole)
    n: int = key(Whole)
    statement: str = word()
    target: str = word()
    why: str = word()
    say: str = word()


class Tally(Projection, table=True):
    """How many entries of each kind ended with each code."""

    __tablename__ = "tally"
    kind: str = key(Word)
    code: str = key(Word)
    count: int = whole()


# ---- the book -----------------------------------------------------------------------------------


class Move(Projection, table=True):
    """`quantity` units of a commodity went from account `source` to account `target`."""

    __tablename__ = "move"
    entry: int = key(Whole)
    n: int = key(Whole)
    commodity: str = word()
    source: str = word()
    target: str = word()
    quantity: int = whole()


class Balance(Projection, table=True):
    """What stands on an account, `units` as a decimal text; no zero rows.

    `fund` and `line` are "" for goods; `label` is the account without its line (`free`,
    `site:depot`), `side` as in the book; `opened` is the entry since which it is not zero, `entry`
    the last that touched it.
    """

    __tablename__ = "balance"
    __table_args__ = (
        Index("balance_fund", "fund"),
        Index("balance_label", "label"),
        PLAIN,
    )
    commodity: str = key(Word)
    account: str = key(Word)
    units: str = word()
    side: str = word()
    fund: str = word()
    line: str = word()
    label: str = word()
    opened: int = whole()
    entry: int = whole()


class Total(Projection, table=True):
    """The gross figures of a commodity, decimal texts; what came, went, or came back only grows."""

    __tablename__ = "total"
    commodity: str = key(Word)
    received: str = word()
    received_back: str = word()
    inside: str = word()
    spent: str = word()
    spent_back: str = word()
    contra: str = word()
    neutral: str = word()


class Stretch(Projection, table=True):
    """Positions [low, high) of a fund line were given a label."""

    __tablename__ = "stretch"
    entry: int = key(Whole)
    n: int = key(Whole)
    line: str = word()
    low: int = whole()
    high: int = whole()
    label: str = word()


class Segment(Projection, table=True):
    """What positions [low, high) of a fund line are now; equal neighbours are one row.

    `void` 1: the bank took the gift back after the money was in use.
    """

    __tablename__ = "segment"
    line: str = key(Word)
    low: int = key(Whole)
    high: int = whole()
    label: str = word()
    void: int = whole()


class Origin(Projection, table=True):
    """Which statement brought positions [low, high) of a fund line; of a gift the gift's name."""

    __tablename__ = "origin"
    __table_args__ = (Index("origin_statement", "statement"), PLAIN)
    line: str = key(Word)
    low: int = key(Whole)
    high: int = whole()
    entry: int = whole()
    statement: str = word()


class Lot(Projection, table=True):
    """A quantity of one item with one history. `spent` is the entry that drew on it, -1 while it
    lives; `taken` the part of it that was used: the rest is a lot of its own."""

    __tablename__ = "lot"
    __table_args__ = (Index("lot_place", "place", "item", "spent"), PLAIN)
    lot: str = key(Word)
    item: str = word()
    place: str = word()
    quantity: int = whole()
    made: int = whole()
    spent: int = whole()
    taken: int = whole()


class Leg(Projection, table=True):
    """One open half of two: instructed and not paid, dispatched and not arrived ..

    `statement` opened it with entry `opened` at `time`; `due` is when it lapses or falls due, -1
    where nothing says so; `closed` is the entry that ended it, -1 while it is open; `left` counts
    the accounts that still bear its name.
    """

    __tablename__ = "leg"
    __table_args__ = (Index("leg_open", "closed", "time"), PLAIN)
    statement: str = key(Word)
    kind: str = word()
    opened: int = whole()
    time: int = whole()
    due: int = whole()
    closed: int = whole()
    left: int = whole()


def table_of(view: type[Projection]) -> Table:
    """The SQLAlchemy table of a view."""
    table: Table = view.__table__  # type: ignore[attr-defined]
    return table


@cache
def columns(view: type[Projection]) -> tuple[Column[Any], ...]:
    """The columns of a view, in order."""
    return tuple(table_of(view).columns)


@cache
def keys_of(view: type[Projection]) -> tuple[str, ...]:
    """The names of the primary key's columns, in order."""
    return tuple(column.name for column in table_of(view).primary_key.columns)
