"""The vault: what may be forgotten. Secrets of records, personal data, receipt tokens; no entry.

The log holds salted commitments only; what opens them is here, each record sealed by itself (NaCl
secretbox) under the vault's key. Erasing destroys the record in place (`secure_delete`) and leaves
its name, so that an export or a backup that brings it back is noticed. Tokens are kept as keyed
hashes: who copies the file cannot use one.

A store of its own, with its own key, retention and archive (`docs/spec/store.md`). Who has the file
and the key can read everything in it; who has only the file, nothing but names and sizes.
"""

import hashlib
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from nodes import schema
from nodes.errors import NodeError
from nodes.keyring import KeyFile

SCHEMA: Final = 2
"""Version of the tables, in `PRAGMA user_version`. 1 wrote none (0), and had no indexes."""

_CREATE: Final = (
    "CREATE TABLE IF NOT EXISTS records (name TEXT PRIMARY KEY, box BLOB, erased_at INTEGER,"
    " CHECK ((box IS NULL) = (erased_at IS NOT NULL))) STRICT",
    "CREATE TABLE IF NOT EXISTS tokens (hash BLOB PRIMARY KEY, name TEXT NOT NULL,"
    " expires INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    # Erasing goes by name, purging by time; without these each would walk over every token.
    "CREATE INDEX IF NOT EXISTS tokens_name ON tokens (name)",
    "CREATE INDEX IF NOT EXISTS tokens_expires ON tokens (expires)",
    f"PRAGMA user_version={SCHEMA}",
)
PURGE_AFTER_S: Final = 7 * 86_400
"""How long an expired token is kept: a clock that ran ahead for a while must destroy nothing."""
PURGE_PORTION: Final = 1_000
"""Tokens purged in one transaction, so that nobody waits long for the lock."""
TOKEN_BYTES: Final = 16
"""A receipt token: 128 bits, as it is printed."""


class Erased(NodeError):
    """The record was here and is gone for good, since `time` (Unix seconds)."""

    status = 410

    def __init__(self, text: str, time: int = 0) -> None:
        super().__init__(text)
        self.time = time


class VaultError(NodeError):
    """A record that is not there, is there already, or does not open."""

    status = 404


class Vault:
    """The records in the file `path`, under `key` (use `vault`). Any thread."""

    def __init__(self, path: Path, key: KeyFile) -> None:
        if key.use != "vault":
            raise VaultError(f"a key of use {key.use} does not open a vault")
        # Two uses, two keys: one for boxes, one for hashes of tokens.
        self._box = SecretBox(_derive(key.seed, b"box"))
        self._token_key = _derive(key.seed, b"token")
        self._lock = threading.Lock()
        path.touch(mode=0o600)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA secure_delete=ON")
        wanted: dict[str, str | int] = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}
        schema.check_pragmas(self._connection, wanted)
        self._upgrade(path)

    def _upgrade(self, path: Path) -> None:
        """Make what is not there; an older vault gets its indexes, a newer one is left alone."""
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA:
            self._connection.close()
            raise VaultError(
                f"{path} has schema {version}, this program knows {SCHEMA}: use the newer program"
            )
        if version == SCHEMA:
            return
        self._connection.execute("BEGIN IMMEDIATE")
        for sql in _CREATE:
            self._connection.execute(sql)
        self._connection.execute("COMMIT")

    # --- records

    def put(self, name: str, data: bytes) -> None:
        """Keep a record, durable when this returns. `Erased` for a name that was erased,
        `VaultError` for one that holds something else.
        """
        box = bytes(self._box.encrypt(_framed(name, data)))
        with self._lock:
            found = self._find(name)
            if found is not None:
                if self._open(name, found) != data:
                    raise VaultError(f"record {name} is there and holds something else")
                return
            self._connection.execute("INSERT INTO records VALUES (?, ?, NULL)", (name, box))

    def put_many(self, records: dict[str, bytes]) -> None:
        """Keep many new records in one transaction; all or none."""
        rows = [
            (name, bytes(self._box.encrypt(_framed(name, data)))) for name, data in records.items()
        ]
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany("INSERT INTO records VALUES (?, ?, NULL)", rows)
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._undo()
                raise VaultError(f"none of {len(rows)} records was kept: {error}") from error

    def get(self, name: str) -> bytes:
        """A record. `VaultError` when there is none or it does not open, `Erased`."""
        with self._lock:
            found = self._find(name)
        if found is None:
            raise VaultError(f"there is no record {name}")
        return self._open(name, found)

    def has(self, name: str) -> bool:
        """Whether there is such a record, not erased."""
        with self._lock:
            row = self._connection.execute(
                "SELECT box IS NOT NULL FROM records WHERE name = ?", (name,)
            ).fetchone()
        return bool(row and row[0])

    def names(self, prefix: str = "") -> Iterator[str]:
        """Names of the records that are there, in order."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT name FROM records WHERE box IS NOT NULL AND name >= ? ORDER BY name",
                (prefix,),
            ).fetchall()
        for (name,) in rows:
            if not name.startswith(prefix):
                return
            yield name

    def erase(self, name: str, *, time: int) -> bool:
        """Destroy a record and its tokens, in the file and its write-ahead log; its name stays.

        Whether there was something to destroy.
        """
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                changed = self._connection.execute(
                    "UPDATE records SET box = NULL, erased_at = ?"
                    " WHERE name = ? AND box IS NOT NULL",
                    (time, name),
                ).rowcount
                self._connection.execute("DELETE FROM tokens WHERE name = ?", (name,))
                self._connection.execute("COMMIT")
            except BaseException:
                self._undo()
                raise
            # The old pages are in the write-ahead log until it is moved and cut.
            busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            if busy:
                raise VaultError(f"record {name} is erased, but its log could not be cut yet")
        return changed == 1

    def _undo(self) -> None:
        # On a full disk SQLite may have rolled back by itself.
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _find(self, name: str) -> bytes | None:
        row = self._connection.execute(
            "SELECT box, erased_at FROM records WHERE name = ?", (name,)
        ).fetchone()
        if row is None:
            return None
        if row[0] is None:
            raise Erased(f"record {name} was erased", row[1])
        return bytes(row[0])

    def _open(self, name: str, box: bytes) -> bytes:
        try:
            framed = self._box.decrypt(box)
        except CryptoError:
            raise VaultError(f"record {name} does not open with this key, or is damaged") from None
        head = _framed(name, b"")
        if not framed.startswith(head):
            # Somebody moved a box under another name.
            raise VaultError(f"what lies under {name} is another record")
        return bytes(framed[len(head) :])

    # --- tokens

    def new_token(self, name: str, *, expires: int) -> bytes:
        """A new random token that leads to `name` until `expires`; only its hash is kept."""
        token = secrets.token_bytes(TOKEN_BYTES)
        with self._lock:
            self._connection.execute(
                "INSERT INTO tokens VALUES (?, ?, ?)", (self._hash(token), name, expires)
            )
        return token

    def find_token(self, token: bytes, *, now: int) -> str | None:
        """The name a token leads to; None for an unknown or expired one."""
        with self._lock:
            row = self._connection.execute(
                "SELECT name FROM tokens WHERE hash = ? AND expires > ?", (self._hash(token), now)
            ).fetchone()
        return None if row is None else str(row[0])

    def purge_tokens(self, *, now: int) -> int:
        """Forget tokens that expired `PURGE_AFTER_S` ago or longer; how many."""
        purged = 0
        while True:
            with self._lock:
                count = self._connection.execute(
                    "DELETE FROM tokens WHERE hash IN"
                    " (SELECT hash FROM tokens WHERE expires <= ? ORDER BY expires LIMIT ?)",
                    (now - PURGE_AFTER_S, PURGE_PORTION),
                ).rowcount
            purged += count
            if count < PURGE_PORTION:
                return purged

    def _hash(self, token: bytes) -> bytes:
        return hashlib.blake2b(token, key=self._token_key, digest_size=32).digest()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _derive(seed: bytes, use: bytes) -> bytes:
    return hashlib.blake2b(b"relief/vault/v1/" + use, key=seed, digest_size=32).digest()


def _framed(name: str, data: bytes) -> bytes:
    raw = name.encode()
    return len(raw).to_bytes(2, "big") + raw + data
