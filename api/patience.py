"""How long the server waits for a client, on each connection: for a head, for a body, for a reader.

uvicorn closes a connection that is idle between two requests, and no other: a client that sends a
head, or the body of a request that nobody reads, a byte at a time, or that never reads its answer,
holds a connection for ever, and `limit_concurrency` then turns everybody else away. Here each
connection is looked at once a second:

    waits for a head, or for the rest of one     head_s, counted from its beginning
    waits for the rest of a body                 body_s (what the gate reads has shorter limits)
    .. of a request that is answered already     left_s
    waits for a client that does not read        write_s, and what is owed at write_rate bytes/s

A drip does not extend a limit. When many connections are open, a new one takes the place of the one
that has waited longest without having asked for anything, so that whoever does ask gets in. What
comes from one address is not counted here: that belongs to the proxy in front.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds; `write_rate` in bytes a second, `crowd` in connections, from which on those that
    wait make room."""

    head_s: float = 10.0
    body_s: float = 70.0
    left_s: float = 5.0
    write_s: float = 30.0
    write_rate: int = 4_096
    crowd: int = 384
    look_s: float = 1.0


HEAD: Final = "head"
BODY: Final = "body"
LEFT: Final = "left"
WORK: Final = "work"

_TIMED_OUT: Final = (
    b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)


class PatientProtocol(H11Protocol):
    """uvicorn's connection with an end to its patience."""

    patience = Patience()

    def __init__(self, *args: Any, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self._answered = 0
        self._stage: tuple[str, int] = (HEAD, 0)
        self._since = self.loop.time()
        self._owed: tuple[float, int] | None = None
        self._look: asyncio.TimerHandle | None = None

    # --- what happens

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come; where it is crowded, somebody who only waits must go."""
        super().connection_made(transport)
        self._since = self.loop.time()
        if len(self.connections) > self.patience.crowd:
            self._make_room()
        self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Something came: perhaps the last byte of what was waited for."""
        was_idle = self._is_idle()
        super().data_received(data)
        if was_idle:
            self._since = self.loop.time()  # a head begins here
        self._note()

    def on_response_complete(self) -> None:
        """The answer is written; the next head is waited for."""
        self._answered += 1
        super().on_response_complete()
        self._note()

    # --- how long that is

    def _stage_now(self) -> str:
        """What is waited for: a head, a body, the rest of an answered one, or our own work."""
        theirs = self.conn.their_state
        if theirs is h11.SEND_BODY:
            return LEFT if self.cycle.response_complete else BODY
        return HEAD if theirs is h11.IDLE else WORK

    def _note(self) -> None:
        # Of two heads or bodies in a row the second is told apart by the answers between them.
        stage = (self._stage_now(), self._answered)
        if stage != self._stage:
            self._stage, self._since = stage, self.loop.time()

    def _look_later(self) -> None:
        self._look = self.loop.call_later(self.patience.look_s, self._look_now)

    def _look_now(self) -> None:
        self._note()
        if not self._is_in_time():
            self._end()
            return
        self._look_later()

    def _is_in_time(self) -> bool:
        patience, now = self.patience, self.loop.time()
        owed = self.transport.get_write_buffer_size()
        if not owed:
            self._owed = None
        elif self._owed is None:
            self._owed = (now, owed)
        elif now - self._owed[0] > patience.write_s + self._owed[1] / patience.write_rate:
            return False
        limits = {HEAD: patience.head_s, BODY: patience.body_s, LEFT: patience.left_s}
        limit = limits.get(self._stage[0])
        if self._stage[0] == HEAD and self._is_idle():
            # Between two requests uvicorn's own timer runs, which a first byte ends.
            limit = None
        return limit is None or now - self._since <= limit

    def _is_idle(self) -> bool:
        return self.timeout_keep_alive_task is not None

    def _end(self) -> None:
        """Close; whoever sent a part of a head and still listens learns why."""
        if self._stage[0] == HEAD and not self.transport.get_write_buffer_size():
            self.transport.write(_TIMED_OUT)
        if self.transport.get_write_buffer_size():
            self.transport.abort()  # it would wait until it is read
        else:
            self.transport.close()

    def _make_room(self) -> None:
        waiting = [
            each
            for each in self.connections
            if isinstance(each, PatientProtocol)
            and each is not self
            and each._stage[0] in (HEAD, LEFT)
            and not each.transport.is_closing()
        ]
        if waiting:
            min(waiting, key=lambda each: each._since).transport.abort()
