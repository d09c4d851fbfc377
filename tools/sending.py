"""Sending: kept statements to a node, and what the node answers.

A sender asks again while the network or the node fails, with growing pauses, because a statement
that is sent twice is entered once. What cannot be delivered stays in the outbox. Answers are put
into words by the node, in the language that is asked for.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledger.envelope import Statement, format_envelope
from ledger.phrases import Triple
from ledger.sentences import language_index
from nodes.peers import STATEMENT, STATEMENTS, Answer, Peer, Unreachable
from tools.console import plain

TRIES: Final = 4
PAUSE_MAX_S: Final = 30.0
LINES_MAX: Final = 1_000
BATCH_BYTES_MAX: Final = 3 * 1024 * 1024
"""A node takes 1,000 lines and 4 MiB at once."""
AGAIN: Final = frozenset({408, 429, 502, 503, 504, 507})
"""Statuses after which the same request may succeed."""
ENTRY: Final[Triple] = ("entry {index}", "第 {index} 条记录", "第 {index} 條記錄")
REACHED: Final[Mapping[str, Triple]] = {
    # how far a statement is: `api.statements`
    "pending": ("pending", "待处理", "待處理"),
    "promised": ("promised", "已收件", "已收件"),
    "included": ("included", "已列入", "已列入"),
    "final": ("final", "已定稿", "已定稿"),
    "refused": ("refused", "被拒绝", "被拒絕"),
}


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one statement. `value`: the node's answer; `error`: why there is none."""

    statement: Statement
    value: dict[str, Any]
    error: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether the node decided; else it stays in the outbox and may be sent again."""
        return not self.error

    @property
    def is_entered(self) -> bool:
        """Whether an entry of the log holds it, or will."""
        return "index" in self.value or self.value.get("state") in ("pending", "promised")

    @property
    def is_applied(self) -> bool:
        """Whether it did what it says."""
        return self.value.get("applied") is True

    @property
    def code(self) -> str:
        """The ledger's code, "" while it waits."""
        return str(self.value.get("code", ""))

    def sentence(self, language: str = "en") -> str:
        """What happened, for people; the node's own words, made harmless."""
        if self.error:
            return f"not delivered: {self.error}"
        at = language_index(language)
        index, state = self.value.get("index"), str(self.value.get("state", ""))
        place = ENTRY[at].format(index=f"{index:,}") if isinstance(index, int) else ""
        state = REACHED[state][at] if state in REACHED else state
        detail = self.value.get("detail")
        if isinstance(detail, str):
            return plain(f"{detail}{f' ({place})' if place else ''}")
        return plain(", ".join(part for part in (self.code, place, state) if part))


class Sender:
    """Sends to one node. `pause` is for tests."""

    def __init__(
        self, peer: Peer, *, language: str = "en", pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._peer, self._language, self._pause = peer, language, pause

    def send(self, statement: Statement, *, wait: str = "included") -> Delivered:
        """One statement; `wait`: `included`, `final`, or "" for no longer than it takes."""
        data = format_envelope(statement)
        query = {"wait": wait} if wait else None

        def ask() -> Answer:
            return self._peer.post(
                "v1/statements", data, STATEMENT, query=query, language=self._language
            )

        answer, error = self._ask(ask)
        if answer is None:
            return Delivered(statement, {}, error)
        value = _object(answer.body)
        if value is None or (not answer.is_ok and "code" not in value):
            return Delivered(statement, {}, f"the node answered {answer.status}, not in our terms")
        if not answer.is_ok:
            value.setdefault("state", "refused")
        return Delivered(statement, value)

    def send_many(
        self, statements: Sequence[Statement], *, wait: str = "included"
    ) -> Iterator[Delivered]:
        """Many statements, in their order, as many at once as a node takes."""
        for some in _portions(statements):
            body = b"".join(format_envelope(each) + b"\n" for each in some)
            yield from self._send_lines(some, body, wait)

    def _send_lines(
        self, statements: Sequence[Statement], body: bytes, wait: str
    ) -> Iterator[Delivered]:
        def ask() -> Answer:
            return self._peer.post(
                "v1/statements:batch",
                body,
                STATEMENTS,
                query={"wait": wait} if wait else None,
                language=self._language,
                size_max=16 * 1024 * 1024,
            )

        answer, error = self._ask(ask)
        if answer is not None and answer.is_ok:
            lines = answer.body.splitlines()
            values = [_object(line) for line in lines]
            if len(values) == len(statements) and all(value is not None for value in values):
                for statement, value in zip(statements, values, strict=True):
                    assert value is not None
                    again = "retry_after" in value  # the node could not decide on this line now
                    problem = str(value.get("detail", "busy")) if again else ""
                    yield Delivered(statement, {} if again else value, plain(problem))
                return
            error = "its answer has not one line for each statement"
        elif answer is not None:
            value = _object(answer.body) or {}
            error = plain(str(value.get("detail") or f"status {answer.status}"))
        for statement in statements:
            yield Delivered(statement, {}, error)

    def _ask(self, ask: Callable[[], Answer]) -> tuple[Answer | None, str]:
        """The answer, asked for up to `TRIES` times, or why there is none."""
        error = ""
        for turn in range(TRIES):
            if turn:
                self._pause(min(PAUSE_MAX_S, 0.25 * 2.0**turn))
            try:
                answer = ask()
            except Unreachable as unreachable:
                error = plain(str(unreachable))
                continue
            if answer.status not in AGAIN:
                return answer, ""
            value = _object(answer.body) or {}
            error = plain(str(value.get("detail") or f"status {answer.status}"))
            if turn + 1 < TRIES and answer.retry_after.isdigit() and len(answer.retry_after) < 4:
                self._pause(min(PAUSE_MAX_S, float(answer.retry_after)))
        return None, error


def _portions(statements: Sequence[Statement]) -> Iterator[list[Statement]]:
    some: list[Statement] = []
    size = 0
    for statement in statements:
        own = len(statement.payload) * 4 // 3 + 200 * (1 + len(statement.signatures))
        if some and (len(some) == LINES_MAX or size + own > BATCH_BYTES_MAX):
            yield some
            some, size = [], 0
        some.append(statement)
        size += own
    if some:
        yield some


def _object(data: bytes) -> dict[str, Any] | None:
    """The JSON object of an answer; None for anything else."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
