"""Reading received bytes: parse statements, check signatures. In a thread, or a process apart.

`read` is what both do. As a program (`main`, run as `nodes.child` says) it serves its parent: each
request is a list of envelopes, each answer what `read` found, as pickles behind a length.

A process apart is worth its memory (about 30 MB) under heavy load: Python runs one thread at a
time, and parsing is Python.
"""

import pickle
import sqlite3
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, TypeAlias, cast

from ledger.codes import Code
from ledger.envelope import PAYLOAD_TYPE, Statement, open_statement, pae
from ledger.errors import FormatError
from ledger.keys import KeyId, verify_enrolled
from nodes import schema
from nodes.child import Child
from nodes.view import read_publics

Checked: TypeAlias = dict[tuple[bytes, bytes, bytes], bool]
"""(public key, message, signature) -> whether it holds."""

_Answer: TypeAlias = tuple[list[Statement | tuple[str, str, str, Code]], Checked]
_LENGTH: Final = struct.Struct(">Q")
_KEYS_KEPT: Final = 50_000


@dataclass(frozen=True, slots=True)
class Read:
    """Statements of one parcel, or why one is none, in the order sent; and checks made."""

    statements: tuple[Statement | FormatError, ...]
    checked: Checked = field(repr=False)


class Publics:
    """Public keys by id. An id is the hash of its key: what was found once is right for ever."""

    def __init__(self, find: Callable[[Sequence[KeyId]], dict[KeyId, bytes]]) -> None:
        self._find = find
        self._known: dict[KeyId, bytes] = {}

    def get(self, wanted: set[KeyId]) -> dict[KeyId, bytes]:
        """Those that are enrolled."""
        known = self._known
        found = {key: known[key] for key in wanted if key in known}
        unknown = sorted(wanted - found.keys())
        if unknown:
            rows = self._find(unknown)
            # Replaced, not changed: threads share it.
            self._known = {**(known if len(known) < _KEYS_KEPT else {}), **rows}
            found |= rows
        return found


def read(datas: Sequence[bytes], publics: Publics) -> Read:
    """The statements in these envelopes, and the checks of every signature by an enrolled key."""
    statements: list[Statement | FormatError] = []
    for data in datas:
        try:
            statements.append(open_statement(data))
        except FormatError as error:
            statements.append(error)
    good = [each for each in statements if isinstance(each, Statement)]
    known = publics.get({key for each in good for key in each.signers})
    checked: Checked = {}
    for statement in good:
        message = pae(PAYLOAD_TYPE, statement.payload)
        for key, signature in statement.signatures:
            public = known.get(key)
            if public is not None:
                holds = verify_enrolled(public, message, signature)
                checked[(public, message, signature)] = holds
    return Read(tuple(statements), checked)


# --- a process apart


class ReadingProcess:
    """One child; for one thread at a time. `close` ends it."""

    def __init__(self, store: Path) -> None:
        self._child = Child("nodes.reading", str(store))

    def read(self, datas: Sequence[bytes]) -> Read:
        """As `read`; OSError or EOFError when the child is gone."""
        _send(self._child.to, tuple(datas))
        found, checked = cast(_Answer, _receive(self._child.out))
        statements = tuple(
            each
            if isinstance(each, Statement)
            else FormatError(*each[:2], where=each[2], code=each[3])
            for each in found
        )
        return Read(statements, checked)

    def close(self) -> None:
        """End the child."""
        self._child.end()


def _send(pipe: IO[bytes], value: object) -> None:
    data = pickle.dumps(value, 5)
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> object:
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError("the other end of the pipe is gone")
    (length,) = _LENGTH.unpack(head)
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError("the other end of the pipe is gone")
    return pickle.loads(data)  # noqa: S301 (from our own child or parent, over a private pipe)


def serve(store: Path, requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests until there are no more."""
    connection: sqlite3.Connection = schema.open_reader(store, cache_bytes=1 << 20)
    publics = Publics(lambda ids: read_publics(connection, ids))
    while True:
        try:
            datas = cast(tuple[bytes, ...], _receive(requests))
        except EOFError:
            return
        done = read(datas, publics)
        # Exceptions do not travel: their parts do.
        found = [
            (each.thing, each.why, each.where, each.code) if isinstance(each, FormatError) else each
            for each in done.statements
        ]
        _send(answers, (found, done.checked))


def main() -> None:
    """The program: its argument is the store's file."""
    serve(Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
