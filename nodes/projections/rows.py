"""Rows of views during one transaction: read in bulk, changed in Python, written in bulk.

An object per row through an ORM session costs more than all the rest of a projection, so the
projector works on plain dictionaries, column -> value, and talks to the database a few times per
chunk of entries: `prefetch` reads all rows that the chunk may change, `flush` deletes the changed
ones and inserts them anew beside the new ones, through the driver (`executemany` on SQLite, `COPY`
on PostgreSQL). SQL only compares keys; it never adds.

    work = Work(connection)
    work.prefetch(Balance, [("rice", "site:depot")])
    row = work.find(Balance, "rice", "site:depot")
    work.put(Balance, {**row, "units": "4000"})
    work.flush()
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from sqlalchemy import Connection, select, tuple_

from nodes.projections.facts import Fact
from nodes.projections.views import Projection, Whole, columns, keys_of, table_of

Row = dict[str, int | str]
"""column -> value"""
RowKey = tuple[int | str, ...]
"""Values of the primary key, in its order."""

KEYS_MAX = 1_000
"""Keys asked for in one query."""


def key_of(view: type[Projection], row: Row) -> RowKey:
    """The key of a row."""
    return tuple(row[name] for name in keys_of(view))


class Work:
    """The rows that one transaction touches.

    `log` finds the entry of an earlier statement, also one of this transaction.
    """

    def __init__(
        self, connection: Connection, log: Callable[[str], Fact | None] = lambda statement: None
    ) -> None:
        self.connection, self.log = connection, log
        self._rows: dict[type[Projection], dict[RowKey, Row | None]] = {}
        self._stored: dict[type[Projection], dict[RowKey, None]] = {}
        self._changed: dict[type[Projection], dict[RowKey, None]] = {}
        self._added: dict[type[Projection], list[Row]] = {}

    # Reading

    def prefetch(self, view: type[Projection], keys: Iterable[RowKey]) -> None:
        """Read the rows with these keys, those that exist, in as few queries as may be."""
        rows = self._rows.setdefault(view, {})
        missing = [key for key in dict.fromkeys(keys) if key not in rows]
        table, names = table_of(view), keys_of(view)
        columns = [table.c[name] for name in names]
        for at in range(0, len(missing), KEYS_MAX):
            part = missing[at : at + KEYS_MAX]
            rows.update(dict.fromkeys(part))
            if len(columns) == 1:
                chosen = columns[0].in_([key[0] for key in part])
            else:
                chosen = tuple_(*columns).in_(part)
            self.take_in(view, self.connection.execute(select(table).where(chosen)).mappings())

    def take_in(self, view: type[Projection], found: Iterable[object]) -> list[Row]:
        """Rows just read from the database; those known already stay as they are here."""
        rows, stored = self._rows.setdefault(view, {}), self._stored.setdefault(view, {})
        taken = []
        for one in found:
            row: Row = dict(one)  # type: ignore[call-overload]
            key = key_of(view, row)
            stored[key] = None
            if key not in rows or (rows[key] is None and key not in self._changed.get(view, {})):
                rows[key] = row
            taken.append(row)
        return taken

    def find(self, view: type[Projection], *key: int | str) -> Row | None:
        """The row with this key as it is now, None where there is none; do not change it."""
        rows = self._rows.setdefault(view, {})
        if key not in rows:
            self.prefetch(view, [key])
        return rows[key]

    def where(self, view: type[Projection], column: str, value: str) -> list[Row]:
        """All rows with this value in a column, as they are now; not those that were only added."""
        table = table_of(view)
        found = select(table).where(table.c[column] == value)
        self.take_in(view, self.connection.execute(found).mappings())
        rows = self._rows.setdefault(view, {}).values()
        return [row for row in rows if row is not None and row[column] == value]

    # Changing

    def add(self, view: type[Projection], row: Row) -> None:
        """A new row that nothing in this transaction will look for."""
        self._added.setdefault(view, []).append(row)

    def is_added(self, view: type[Projection], row: Row) -> bool:
        """Whether this transaction added this very row; slow, for what is rare."""
        return row in self._added.get(view, ())

    def put(self, view: type[Projection], row: Row) -> None:
        """A row in place of the one with its key, if there is one."""
        key = key_of(view, row)
        self.find(view, *key)
        self._set(view, key, row)

    def make(self, view: type[Projection], row: Row) -> None:
        """A row whose key is new by its making: nothing is read."""
        key = key_of(view, row)
        self._set(view, key, row)

    def drop(self, view: type[Projection], *key: int | str) -> None:
        """No row with this key any more."""
        if self.find(view, *key) is not None:
            self._set(view, key, None)

    def _set(self, view: type[Projection], key: RowKey, row: Row | None) -> None:
        self._rows.setdefault(view, {})[key] = row
        self._changed.setdefault(view, {})[key] = None

    # Writing

    def flush(self) -> None:
        """Write everything; the caller commits."""
        for view, keys in self._changed.items():
            stored, rows = self._stored.get(view, {}), self._rows[view]
            self._delete(view, [key for key in keys if key in stored])
            self._insert(view, [row for key in keys if (row := rows[key]) is not None])
        for view, added in self._added.items():
            self._insert(view, added)
        self._rows, self._stored, self._changed, self._added = {}, {}, {}, {}

    def _insert(self, view: type[Projection], rows: list[Row]) -> None:
        if not rows:
            return
        names = [column.name for column in columns(view)]
        values = [[row[name] for name in names] for row in rows]
        if self.connection.dialect.name == "sqlite":
            self.connection.exec_driver_sql(_insert_sql(view), [tuple(row) for row in values])
            return
        cursor: Any = self.connection.connection.cursor()
        with cursor, cursor.copy(_copy_sql(view)) as copy:
            for row in values:
                copy.write_row(row)

    def _delete(self, view: type[Projection], keys: list[RowKey]) -> None:
        if not keys:
            return
        if self.connection.dialect.name == "sqlite":
            self.connection.exec_driver_sql(_delete_sql(view), keys)
        else:
            arrays = tuple(list(column) for column in zip(*keys, strict=True))
            self.connection.exec_driver_sql(_delete_all_sql(view), arrays)


def _quoted(names: Iterable[str]) -> str:
    # Names are those of our own columns; "index" and "position" are words of SQL.
    return ", ".join(f'"{name}"' for name in names)


@cache
def _insert_sql(view: type[Projection]) -> str:
    names = [column.name for column in columns(view)]
    marks = ", ".join("?" * len(names))
    return f'INSERT INTO "{table_of(view).name}" ({_quoted(names)}) VALUES ({marks})'  # noqa: S608


@cache
def _copy_sql(view: type[Projection]) -> str:
    names = [column.name for column in columns(view)]
    return f'COPY "{table_of(view).name}" ({_quoted(names)}) FROM STDIN'


@cache
def _delete_sql(view: type[Projection]) -> str:
    where = " AND ".join(f'"{name}" = ?' for name in keys_of(view))
    return f'DELETE FROM "{table_of(view).name}" WHERE {where}'  # noqa: S608


@cache
def _delete_all_sql(view: type[Projection]) -> str:
    # All keys in one statement, as one array a column: a statement a key is four times slower.
    name, keys = table_of(view).name, table_of(view).primary_key.columns
    casts = ["bigint" if isinstance(key.type, Whole) else "text" for key in keys]
    arrays = ", ".join(f"%s::{cast}[]" for cast in casts)
    names = [f"k{n}" for n in range(len(casts))]
    where = " AND ".join(
        f'"{name}"."{key.name}" = k.{own}' for key, own in zip(keys, names, strict=True)
    )
    return f'DELETE FROM "{name}" USING unnest({arrays}) AS k({", ".join(names)}) WHERE {where}'  # noqa: S608
