"""A witness: cosigns a log's checkpoint when it extends the last one it saw, and nothing else.

The core of C2SP tlog-witness v1.0.0 without HTTP: `add_checkpoint` checks in the order of
`docs/spec/log.md`, writes the new size in one durable transaction, and only then answers. Two
requests that race are two transactions, and one of them finds that the size has moved (409). Whole
notes are kept: they are the evidence when a log shows two faces.

Who may write its file can make it forget, and so cosign a second history.
"""

import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.canon import b64decode, b64encode
from ledger.errors import CheckError, FormatError
from ledger.log.checkpoint import Checkpoint, cosign, parse_checkpoint, parse_decimal
from ledger.log.merkle import EMPTY_ROOT, HASH_SIZE, PATH_MAX, check_consistency
from ledger.log.note import NoteLine, NoteSigner, VerifierKey, open_note, parse_note
from nodes import chaos, schema
from nodes.clock import Clock

REQUEST_MAX: Final = 1 << 20
_CREATE: Final = (
    "CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, size INTEGER NOT NULL,"
    " root BLOB NOT NULL, note BLOB NOT NULL) STRICT"
)


class WitnessRefusal(Exception):
    """Why a checkpoint is not cosigned. `status` is the HTTP answer; a 409 names the `size`."""

    def __init__(self, status: int, why: str, *, size: int | None = None) -> None:
        self.status, self.why, self.size = status, why, size
        super().__init__(f"{status}: {why}")


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """The request: the size the sender believes was seen last, the path from it, the note."""

    old: int
    path: tuple[bytes, ...]
    note: bytes


def parse_request(data: bytes) -> AddCheckpoint:
    """The body of `add-checkpoint`: `old N`, base64 lines, a blank line, a note. `FormatError`."""
    if len(data) > REQUEST_MAX:
        raise FormatError("add-checkpoint", f"{len(data):,} bytes, at most {REQUEST_MAX:,}")
    head, blank, note = data.partition(b"\n\n")
    if not blank or not head.isascii():
        raise FormatError("add-checkpoint", "no blank line behind ASCII lines")
    first, *lines = head.decode("ascii").split("\n")
    if not first.startswith("old "):
        raise FormatError("add-checkpoint", "does not begin with `old <size>`")
    old = parse_decimal(first.removeprefix("old "), thing="add-checkpoint", where="old")
    if len(lines) > PATH_MAX:
        raise FormatError("add-checkpoint", f"{len(lines)} hashes, at most {PATH_MAX}")
    path = tuple(b64decode(line, thing="add-checkpoint hash") for line in lines)
    if any(len(each) != HASH_SIZE for each in path):
        raise FormatError("add-checkpoint", "a hash that is not 32 bytes")
    return AddCheckpoint(old, path, note)


def format_request(request: AddCheckpoint) -> bytes:
    """The body that `parse_request` reads."""
    lines = [f"old {request.old}", *(b64encode(each) for each in request.path)]
    return "\n".join(lines).encode("ascii") + b"\n\n" + request.note


class Witness:
    """One witness key and what it has seen, in the file `path`. Any thread."""

    def __init__(
        self,
        path: Path,
        signer: NoteSigner,
        logs: Mapping[str, Sequence[VerifierKey]],
        clock: Clock,
    ) -> None:
        """`logs`: the keys of each origin; several log keys may share one."""
        self.signer, self._clock = signer, clock
        self._logs = {origin: tuple(keys) for origin, keys in logs.items()}
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        schema.check_pragmas(self._connection, {"journal_mode": "wal", "synchronous": 2})
        self._connection.execute(_CREATE)

    def trust(self, origin: str, keys: Iterable[VerifierKey]) -> None:
        """Take checkpoints of `origin` signed by these keys from now on (a human's decision)."""
        self._logs[origin] = tuple(keys)

    def seen(self, origin: str) -> bytes | None:
        """The newest note seen of an origin, with our line if it was cosigned."""
        with self._lock:
            row = self._connection.execute(
                "SELECT note FROM seen WHERE origin = ?", (origin,)
            ).fetchone()
        return None if row is None else bytes(row[0])

    def size(self, origin: str) -> int:
        """The newest size seen of an origin, 0 for none: what a sender gives as `old`."""
        with self._lock:
            return self._seen(origin)[0]

    def add_checkpoint(self, old: int, path: Sequence[bytes], note: bytes) -> NoteLine:
        """Our cosignature line, durable before it is given; `WitnessRefusal` otherwise."""
        checkpoint, text = self._open(note)
        # From here the order of C2SP tlog-witness, "add-checkpoint".
        if old > checkpoint.size:
            raise WitnessRefusal(400, f"old size {old} is above the checkpoint's")
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                line = self._add(checkpoint, text, old, path, note)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            chaos.point("witness.keep.done")
        return line

    def _open(self, note: bytes) -> tuple[Checkpoint, str]:
        """The checkpoint, of a known log and signed by it: 400, 404, 403."""
        try:
            text = parse_note(note).text
            checkpoint = parse_checkpoint(text)
        except FormatError as error:
            raise WitnessRefusal(400, str(error)) from error
        keys = self._logs.get(checkpoint.origin)
        if keys is None:
            raise WitnessRefusal(404, f"origin {checkpoint.origin} is not known here")
        try:
            open_note(note, keys)
        except (CheckError, FormatError) as error:
            raise WitnessRefusal(403, str(error)) from error
        return checkpoint, text

    def _seen(self, origin: str) -> tuple[int, bytes]:
        row = self._connection.execute(
            "SELECT size, root FROM seen WHERE origin = ?", (origin,)
        ).fetchone()
        return (0, EMPTY_ROOT) if row is None else (row[0], bytes(row[1]))

    def _add(
        self, checkpoint: Checkpoint, text: str, old: int, path: Sequence[bytes], note: bytes
    ) -> NoteLine:
        size, root = self._seen(checkpoint.origin)
        if old != size:
            raise WitnessRefusal(409, f"the newest size seen is {size}", size=size)
        if old == 0 and path:
            raise WitnessRefusal(422, "a path from an empty log")
        try:
            check_consistency(old, root, checkpoint.size, checkpoint.root, path)
        except CheckError as error:
            raise WitnessRefusal(422, str(error)) from error
        line = cosign(text, self.signer, self._clock.now())
        chaos.point("witness.keep")
        self._connection.execute(
            "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)",
            (checkpoint.origin, checkpoint.size, checkpoint.root, note),
        )
        return line

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
