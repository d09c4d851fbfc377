"""Reading received bytes: parse statements, check signatures. In a thread, or a process apart.

`read` is what both do. As a program (`main`, run as `nodes.child` says) it serves its parent: each
request is a list of envelopes, each answer what `read` found, marshalled behind a length. Several
threads may ask at once: answers come in the order of requests, and the process has the next request
at hand while the parent's threads wait for their turn of its interpreter.

A process apart is worth its memory (about 30 MB) under heavy load: Python runs one thread at a
time, and parsing is Python.
"""

import fcntl
import marshal
import sqlite3
import struct
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

from ledger.codes import Code
from ledger.envelope import PAYLOAD_TYPE, Statement, open_statement, pae
from ledger.errors import FormatError
from ledger.keys import KeyId, verify_enrolled
from nodes import schema
from nodes.child import Child, while_heard
from nodes.view import read_publics

Checked: TypeAlias = dict[tuple[bytes, bytes, bytes], bool]
"""(public key, message, signature) -> whether it holds."""

_Told: TypeAlias = tuple[tuple[Any, ...], tuple[bool, ...]] | tuple[str, str, str, str]
"""A statement's parts and whether each signature by an enrolled key holds; or why it is none."""
_PARTS: Final = tuple(Statement.__dataclass_fields__)
_parts: Final = attrgetter(*_PARTS)
_LENGTH: Final = struct.Struct(">Q")
_PIPE_BYTES: Final = 1 << 20
"""Room for a few requests or answers, so that neither side waits for the other to read."""
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
    """One child; any thread. `close` ends it."""

    def __init__(self, store: Path) -> None:
        self._child = Child("nodes.reading", str(store))
        for pipe in (self._child.to, self._child.out):
            _widen(pipe)
        self._sending = threading.Lock()
        self._turns = threading.Condition()
        self._sent = self._received = 0
        self._is_lost = False

    def read(self, datas: Sequence[bytes]) -> Read:
        """As `read`; OSError, EOFError or ValueError when the child is gone."""
        with self._sending:
            try:
                _send(self._child.to, tuple(datas))
            except BaseException:
                self._child.kill()  # it may have half a request
                raise
            turn = self._sent
            self._sent += 1
        with self._turns:
            while self._received != turn:
                self._turns.wait()
        try:
            if self._is_lost:
                raise EOFError("an answer was not read to its end")
            publics, told = _receive(self._child.out)
        except BaseException:
            self._is_lost = True  # what comes next may begin within an answer
            self._child.kill()
            raise
        finally:
            # Also when it failed: whoever comes next must find that out for himself.
            with self._turns:
                self._received += 1
                self._turns.notify_all()
        return _understood(publics, told)

    def close(self) -> None:
        """End the child, when nobody reads."""
        self._child.end()


def _widen(pipe: IO[bytes]) -> None:
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        # Where that may not be, it is slower only.
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _told(done: Read, publics: Publics) -> tuple[dict[KeyId, bytes], list[_Told]]:
    """What goes over the pipe: no message twice, and nothing but numbers, texts and tuples."""
    known = publics.get(
        {key for each in done.statements if isinstance(each, Statement) for key in each.signers}
    )
    told: list[_Told] = []
    for each in done.statements:
        if isinstance(each, FormatError):
            told.append((each.thing, each.why, each.where, str(each.code)))
            continue
        message = pae(PAYLOAD_TYPE, each.payload)
        holds = tuple(
            done.checked[(known[key], message, signature)]
            for key, signature in each.signatures
            if key in known
        )
        told.append((_parts(each), holds))
    return known, told


def _understood(publics: dict[KeyId, bytes], told: Sequence[_Told]) -> Read:
    statements: list[Statement | FormatError] = []
    checked: Checked = {}
    for each in told:
        if len(each) == 4:
            thing, why, where, code = each
            statements.append(FormatError(thing, why, where=where, code=Code(code)))
            continue
        parts, holds = each
        statement = Statement(*parts)
        statements.append(statement)
        message = pae(PAYLOAD_TYPE, statement.payload)
        signed = [(publics[key], s) for key, s in statement.signatures if key in publics]
        for (public, signature), it_holds in zip(signed, holds, strict=True):
            checked[(public, message, signature)] = it_holds
    return Read(tuple(statements), checked)


def _send(pipe: IO[bytes], value: Any) -> None:
    data = marshal.dumps(value)
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError("the other end of the pipe is gone")
    (length,) = _LENGTH.unpack(head)
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError("the other end of the pipe is gone")
    return marshal.loads(data)  # noqa: S302 (from our own child or parent, over a private pipe)


def serve(store: Path, requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests until there are no more."""
    connection: sqlite3.Connection = schema.open_reader(store, cache_bytes=1 << 20)
    publics = Publics(lambda ids: read_publics(connection, ids))
    while True:
        try:
            datas = _receive(requests)
        except EOFError:
            return
        _send(answers, _told(read(datas, publics), publics))


def main() -> None:
    """The program: its argument is the store's file."""
    with while_heard():
        serve(Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
