"""When the world fails a node: one class for each thing that the caller can do about it.

`StoreLost` is the one fatal class: what is on disk is not known, so nothing may be signed and the
process ends; recovery is the start-up check of the next one. Every other error leaves the store as
it was and goes to the request that waits (HTTP status beside each; `docs/spec/store.md`).

Statements that are wrong are no errors of a node: they are answered with a `Code`.
"""

import errno
import sqlite3

from ledger.phrases import Triple


class NodeError(Exception):
    """Something a node cannot do now. `status` is the HTTP answer, `retry_s` when to ask again."""

    status = 503
    retry_s = 5


class StoreLost(NodeError):
    """The state on disk is unknown or wrong: stop, sign nothing; start-up finds out."""


class StoreFull(NodeError):
    """No room on the disk; nothing of the batch was kept. Goes on when room is made."""

    status = 507
    retry_s = 60


class ReadOnly(NodeError):
    """The node serves what it has and takes nothing new; the text says why.

    `reason` names it, `words` say it in the three languages (`nodes.readonly`).
    """

    retry_s = 60

    def __init__(self, text: str, reason: str = "", words: Triple | None = None) -> None:
        super().__init__(text)
        self.reason, self.words = reason, words or (text, text, text)


class Busy(NodeError):
    """The queue is full; the outbox of the sender keeps the statement."""

    status = 429
    retry_s = 1


class Stopped(NodeError):
    """The node is going down; statements that wait were not entered."""


class Paused(NodeError):
    """Authorisations wait (clock not confirmed, or too much is not final yet); facts go on."""

    retry_s = 30


class NotRefilled(NodeError):
    """An adopted contract is due, and what its late indexes have missed is still being worked out:
    no batch is made without (`nodes.refilling`). Nothing was decided. `words` say it in the three
    languages."""

    retry_s = 10

    def __init__(self, words: Triple) -> None:
        super().__init__(words[0])
        self.words = words


class NotFinal(NodeError):
    """Nothing is final yet, or not this far: the proof asked for cannot be given now."""


class Locked(NodeError):
    """Another process holds the folder: two of them with one key would sign two histories."""


def is_full(error: Exception) -> bool:
    """Whether SQLite or the system found no room on the disk."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    code = getattr(error, "sqlite_errorcode", 0)
    return isinstance(code, int) and code & 0xFF == sqlite3.SQLITE_FULL
