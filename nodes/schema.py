"""The tables of the store and how its connections are set (`docs/spec/store.md`).

A state table is its pages: one SQL row holds the `p || r` of up to eight state rows, which is what
hashing needs, and behind them their keys and values, which is what the law needs. Rows lie in the
order of hashes anyway, so a row and its place in the tree are read and written at one go.

Rules: STRICT tables; integers, text and blobs only; SQL does no arithmetic and gives no order that
counts. WAL and `synchronous=FULL`, read back, because in other modes a power cut loses commits.
One connection writes, and it alone moves the WAL into the database; readers cannot.
"""

import sqlite3
from pathlib import Path
from typing import Final

from ledger.stateroot import TABLES
from nodes.errors import StoreLost

SCHEMA: Final = 2
"""Version of the tables below and of the marks kept in them, in `PRAGMA user_version`."""

_CREATE: Final = """
-- Where the log stands; one row. The swap of its size is the commit point of a batch.
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    origin TEXT NOT NULL,
    size INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    time INTEGER NOT NULL,
    protocol INTEGER NOT NULL,
    state_root BLOB NOT NULL,
    edge BLOB NOT NULL,      -- hashes of the right edge, joined
    folded INTEGER NOT NULL  -- statements of entries below this are in `ids` and `nonces`
) STRICT;

-- The log. `id` and `nonce` let the newest entries be found again before they are folded.
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    data BLOB NOT NULL,
    id BLOB,                 -- statement id, NULL for a batch entry
    nonce INTEGER            -- short hash of (author, client-made id), NULL where there is none
) STRICT;

-- Tiles of hashes; the last of each level grows until it is full.
CREATE TABLE tiles (
    level INTEGER NOT NULL,
    number INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (level, number)
) STRICT;

-- Effects that are too large for their entry, which has their digest.
CREATE TABLE effects (number INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;

CREATE TABLE batches (number INTEGER PRIMARY KEY, size INTEGER NOT NULL UNIQUE) STRICT;

-- Which entry has a statement id, or used a client-made id: by 8 bytes of a hash, so that a lookup
-- touches little; the entry itself decides.
CREATE TABLE ids (
    short INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (short, entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE nonces (
    short INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (short, entry)
) STRICT, WITHOUT ROWID;

-- Rows that the law walks in an order (`ledger.marks`), with their values.
CREATE TABLE marks (
    tbl TEXT NOT NULL, mark TEXT NOT NULL, ord TEXT NOT NULL,
    key TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (tbl, mark, ord)
) STRICT, WITHOUT ROWID;

-- What rows were at a checkpoint offered for cosigning (`base`), as later batches changed them.
CREATE TABLE undo (
    batch INTEGER PRIMARY KEY, base INTEGER NOT NULL, data BLOB NOT NULL
) STRICT;

-- How the last stop went: `clean` holds the hash of the saved points; the row goes at start.
CREATE TABLE notes (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
"""


# Which entries are about governance, and which correct what (`ledger.indexes.is_listed`), by their
# numbers: those that a row of table `index` counts. A store from before this table knows only those
# since; a list that lacks one does not lead to the row's root and is left out of receipts.
_CREATE_LISTS: Final = (
    "CREATE TABLE IF NOT EXISTS lists (subject TEXT NOT NULL, entry INTEGER NOT NULL,"
    " PRIMARY KEY (subject, entry)) STRICT, WITHOUT ROWID"
)


def page_table(table: str) -> str:
    """The SQL table that holds the pages of a state table."""
    return f"page_{table}"


def _create_pages(table: str) -> str:
    # `place`: where it lies (`nodes.pages.place_of`); `rows`: p || r of each, sorted; `data`: their
    # keys, values and edges in the same order; `point`: the page's own value in the tree.
    return (
        f"CREATE TABLE IF NOT EXISTS {page_table(table)} (place INTEGER PRIMARY KEY,"
        " number INTEGER NOT NULL, rows BLOB NOT NULL, data BLOB NOT NULL,"
        " point BLOB NOT NULL) STRICT"
    )


def open_writer(path: Path, *, cache_bytes: int) -> sqlite3.Connection:
    """The one connection that writes; makes the tables where they are not there."""
    # Autocommit: transactions are begun and ended in one place, by hand.
    writer = sqlite3.connect(
        path, isolation_level=None, cached_statements=512, check_same_thread=False
    )
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("PRAGMA synchronous=FULL")
    writer.execute("PRAGMA foreign_keys=ON")
    writer.execute("PRAGMA trusted_schema=OFF")
    writer.execute("PRAGMA wal_autocheckpoint=0")
    writer.execute(f"PRAGMA cache_size={-(cache_bytes // 1024)}")
    check_pragmas(writer, {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1})
    version = writer.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, SCHEMA):
        raise StoreLost(f"{path} has schema {version}, this program knows {SCHEMA}")
    if version == 0:
        writer.execute("BEGIN IMMEDIATE")
        for statement in _CREATE.split(";\n"):
            if statement.strip():
                writer.execute(statement)
        writer.execute(f"PRAGMA user_version={SCHEMA}")
        writer.execute("COMMIT")
    writer.execute(_CREATE_LISTS)
    for table in TABLES:
        writer.execute(_create_pages(table))
    return writer


def open_reader(path: Path, *, cache_bytes: int) -> sqlite3.Connection:
    """A connection that can change nothing and never moves the WAL. For one thread at a time."""
    reader = sqlite3.connect(
        path, isolation_level=None, cached_statements=256, check_same_thread=False
    )
    reader.execute("PRAGMA query_only=ON")
    reader.execute("PRAGMA trusted_schema=OFF")
    reader.execute("PRAGMA wal_autocheckpoint=0")
    reader.execute(f"PRAGMA cache_size={-(cache_bytes // 1024)}")
    check_pragmas(reader, {"query_only": 1, "wal_autocheckpoint": 0})
    return reader


def check_pragmas(connection: sqlite3.Connection, wanted: dict[str, str | int]) -> None:
    """Read back what was set: a build or a file system may have refused it without a word."""
    for name, value in wanted.items():
        found = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if found != value:
            raise StoreLost(f"PRAGMA {name} is {found!r}, wanted {value!r}: commits would be lost")
