"""Views: the SQL tables that people's questions are answered from, rebuilt from the log alone.

A view is never a source of truth. It is dropped and replayed at will (`relief rebuild`), and every
row comes back the same, on SQLite and on PostgreSQL (`docs/spec/projections.md`). So that two
databases cannot disagree:

- integers of 64 bits and texts, nothing else: no float, no decimal, no date, no JSON, no NULL
  (an absent number is -1, an absent text is "");
- sums that may pass 64 bits are decimal texts, added in Python; SQL adds nothing that counts;
- texts compare by bytes (`COLLATE "C"`, SQLite's BINARY); SQLite tables are STRICT.

SQLModel's table models do not validate, so nothing here is parsed from outside: rows come from
entries that the state machine has checked. Only this module and `nodes.projector` import SQLModel.

    >>> [column.name for column in columns(Move)]
    ['entry', 'n', 'commodity', 'source', 'target', 'quantity']
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel, col

__all__ = ["VERSION", "VIEWS", "View", "col", "columns", "keys_of", "table_of"]

VERSION = 1
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


def _key(type_: type[TypeEngine[Any]]) -> Any:
    return Field(primary_key=True, sa_type=type_, sa_column_kwargs={"autoincrement": False})


def _whole() -> Any:
    return Field(sa_type=Whole)


def _word() -> Any:
    return Field(sa_type=Word)


_PLAIN: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


class View(SQLModel):
    """What all views have in common: strict tables without hidden row numbers."""

    __table_args__: ClassVar[Any] = _PLAIN


# ---- the log ------------------------------------------------------------------------------------


class Position(View, table=True):
    """How far the views have come: always the end of a batch. One row.

    `size` entries are in; `edge` are the hashes of the log's right edge (hex), from which the root
    at `size` follows; `leaf` is the last leaf hash; `state_root` that of the last batch.
    """

    __tablename__ = "position"
    version: int = _key(Whole)
    origin: str = _word()
    size: int = _whole()
    batch: int = _whole()
    time: int = _whole()
    leaf: str = _word()
    edge: str = _word()
    state_root: str = _word()


class Entry(View, table=True):
    """One row an entry. `type` statement, auto or batch; times in seconds since 1970, UTC.

    `author` is a key id, `actor` who held it, `member` the actor's organisation. `cause` is the
    entry behind a derived one, else -1; `late` seconds past expiry.
    """

    __tablename__ = "entry"
    __table_args__ = (
        Index("entry_statement", "statement"),
        Index("entry_kind", "kind", "index"),
        Index("entry_member", "member", "index"),
        _PLAIN,
    )
    index: int = _key(Whole)
    batch: int = _whole()
    time: int = _whole()
    type: str = _word()
    kind: str = _word()
    code: str = _word()
    statement: str = _word()
    author: str = _word()
    actor: str = _word()
    member: str = _word()
    occurred_at: int = _whole()
    late: int = _whole()
    cause: int = _whole()


class Cosigner(View, table=True):
    """Who signed beside the author, in the order of key ids."""

    __tablename__ = "cosigner"
    __table_args__ = (Index("cosigner_actor", "actor", "entry"), _PLAIN)
    entry: int = _key(Whole)
    n: int = _key(Whole)
    key: str = _word()
    actor: str = _word()
    member: str = _word()


class Subject(View, table=True):
    """Which entries are about a thing: `lot/..`, `fund/..`, `donation/..`, `site/..` .."""

    __tablename__ = "subject"
    subject: str = _key(Word)
    entry: int = _key(Whole)


class Refusal(View, table=True):
    """Statements that are logged as refused, with the code; they moved nothing."""

    __tablename__ = "refusal"
    entry: int = _key(Whole)
    code: str = _word()
    kind: str = _word()
    actor: str = _word()
    member: str = _word()


class Breach(View, table=True):
    """What an attestation broke and was booked all the same."""

    __tablename__ = "breach"
    entry: int = _key(Whole)
    n: int = _key(Whole)
    code: str = _word()
    subject: str = _word()
    quantity: int = _whole()


class Correction(View, table=True):
    """A correction and one of its targets; both entries stand beside each other."""

    __tablename__ = "correction"
    __table_args__ = (Index("correction_target", "target", "entry"), _PLAIN)
    entry: int = _key(Whole)
    n: int = _key(Whole)
    statement: str = _word()
    target: str = _word()
    why: str = _word()
    say: str = _word()


class Tally(View, table=True):
    """How many entries of each kind ended with each code."""

    __tablename__ = "tally"
    kind: str = _key(Word)
    code: str = _key(Word)
    count: int = _whole()


# ---- the book -----------------------------------------------------------------------------------


class Move(View, table=True):
    """`quantity` units of a commodity went from account `source` to account `target`."""

    __tablename__ = "move"
    entry: int = _key(Whole)
    n: int = _key(Whole)
    commodity: str = _word()
    source: str = _word()
    target: str = _word()
    quantity: int = _whole()


class Balance(View, table=True):
    """What stands on an account, `units` as a decimal text; no zero rows.

    `fund` and `line` are "" for goods; `label` is the account without its line (`free`,
    `site:depot`), `side` as in the book; `entry` is the last that touched it.
    """

    __tablename__ = "balance"
    __table_args__ = (
        Index("balance_fund", "fund"),
        Index("balance_label", "label"),
        _PLAIN,
    )
    commodity: str = _key(Word)
    account: str = _key(Word)
    units: str = _word()
    side: str = _word()
    fund: str = _word()
    line: str = _word()
    label: str = _word()
    entry: int = _whole()


class Total(View, table=True):
    """The gross figures of a commodity, decimal texts; what came, went, or came back only grows."""

    __tablename__ = "total"
    commodity: str = _key(Word)
    received: str = _word()
    received_back: str = _word()
    inside: str = _word()
    spent: str = _word()
    spent_back: str = _word()
    contra: str = _word()
    neutral: str = _word()


class Stretch(View, table=True):
    """Positions [low, high) of a fund line were given a label."""

    __tablename__ = "stretch"
    entry: int = _key(Whole)
    n: int = _key(Whole)
    line: str = _word()
    low: int = _whole()
    high: int = _whole()
    label: str = _word()


class Segment(View, table=True):
    """What positions [low, high) of a fund line are now; equal neighbours are one row.

    `void` 1: the bank took the gift back after the money was in use.
    """

    __tablename__ = "segment"
    line: str = _key(Word)
    low: int = _key(Whole)
    high: int = _whole()
    label: str = _word()
    void: int = _whole()


class Origin(View, table=True):
    """Which statement brought positions [low, high) of a fund line."""

    __tablename__ = "origin"
    __table_args__ = (Index("origin_statement", "statement"), _PLAIN)
    line: str = _key(Word)
    low: int = _key(Whole)
    high: int = _whole()
    entry: int = _whole()
    statement: str = _word()


class Lot(View, table=True):
    """A quantity of one item with one history. `spent` is the entry that drew on it, -1 while it
    lives; `taken` the part of it that was used: the rest is a lot of its own."""

    __tablename__ = "lot"
    __table_args__ = (Index("lot_place", "place", "item", "spent"), _PLAIN)
    lot: str = _key(Word)
    item: str = _word()
    place: str = _word()
    quantity: int = _whole()
    made: int = _whole()
    spent: int = _whole()
    taken: int = _whole()


class Leg(View, table=True):
    """One open half of two: instructed and not paid, dispatched and not arrived ..

    `statement` opened it with entry `opened` at `time`; `due` is when it lapses or falls due, -1
    where nothing says so; `closed` is the entry that ended it, -1 while it is open; `left` counts
    the accounts that still bear its name.
    """

    __tablename__ = "leg"
    __table_args__ = (Index("leg_open", "closed", "time"), _PLAIN)
    statement: str = _key(Word)
    kind: str = _word()
    opened: int = _whole()
    time: int = _whole()
    due: int = _whole()
    closed: int = _whole()
    left: int = _whole()


# ---- names and people of the ledger -------------------------------------------------------------


class Catalogue(View, table=True):
    """Every version of every item, site, area, programme, fund, line and currency.

    `noun` is the class in the catalogue (`item` ..), `latest` 1 for the newest version. `parent`:
    of an area its parent, of a site its area, of a fund its programme, of a line its fund; `unit`:
    of an item its base unit, of a fund or line its currency, of a currency the digits of its minor
    unit; `sort`: of an item its class, of a site its kind, of an area its tier; `owner`: of a site
    its custodian, of a fund its owner.
    """

    __tablename__ = "catalogue"
    noun: str = _key(Word)
    id: str = _key(Word)
    version: int = _key(Whole)
    latest: int = _whole()
    entry: int = _whole()
    en: str = _word()
    zh_hans: str = _word()
    zh_hant: str = _word()
    parent: str = _word()
    unit: str = _word()
    sort: str = _word()
    owner: str = _word()


class Member(View, table=True):
    """An organisation that signs, by its public names."""

    __tablename__ = "member"
    id: str = _key(Word)
    entry: int = _whole()
    en: str = _word()
    zh_hans: str = _word()
    zh_hant: str = _word()


class Actor(View, table=True):
    """Somebody who signs for a member, by code; `roles` now, joined by blanks."""

    __tablename__ = "actor"
    id: str = _key(Word)
    member: str = _word()
    person: str = _word()
    roles: str = _word()
    entry: int = _whole()


class Key(View, table=True):
    """A key that was ever enrolled: in force for entries with from_size <= index < to_size."""

    __tablename__ = "signing_key"
    id: str = _key(Word)
    use: str = _word()
    actor: str = _word()
    from_size: int = _whole()
    to_size: int = _whole()
    public: str = _word()


# ---- gifts, payments, goods, households ---------------------------------------------------------


class Donation(View, table=True):
    """A gift of money, or a list of them (`gifts` > 1, `sequence` its number, else 0).

    What became of it stands in `origin` and `segment`, by its positions on the line.
    """

    __tablename__ = "donation"
    __table_args__ = (Index("donation_entry", "entry"), Index("donation_line", "line"), _PLAIN)
    statement: str = _key(Word)
    entry: int = _whole()
    kind: str = _word()
    line: str = _word()
    commodity: str = _word()
    amount: int = _whole()
    gifts: int = _whole()
    sequence: int = _whole()


class Disbursement(View, table=True):
    """Money to be paid: `amount` instructed, of it `paid` and come `back`, in minor units.

    `beyond` was paid without being asked for. `payee_class` is all that is said of who is paid.
    """

    __tablename__ = "disbursement"
    __table_args__ = (Index("disbursement_entry", "entry"), _PLAIN)
    statement: str = _key(Word)
    entry: int = _whole()
    commodity: str = _word()
    amount: int = _whole()
    paid: int = _whole()
    back: int = _whole()
    beyond: int = _whole()
    payee_class: str = _word()
    purpose: str = _word()
    area: str = _word()


VIEWS: Sequence[type[View]] = tuple(View.__subclasses__())
"""Every view, in the order of this file."""


def table_of(view: type[View]) -> Table:
    """The SQLAlchemy table of a view."""
    table: Table = view.__table__  # type: ignore[attr-defined]
    return table


@cache
def columns(view: type[View]) -> tuple[Column[Any], ...]:
    """The columns of a view, in order."""
    return tuple(table_of(view).columns)


@cache
def keys_of(view: type[View]) -> tuple[str, ...]:
    """The names of the primary key's columns, in order."""
    return tuple(column.name for column in table_of(view).primary_key.columns)
