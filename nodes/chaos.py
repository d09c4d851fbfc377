"""Named points at which a test may break a node; in production each is one dictionary look-up.

`point("store.commit")` does nothing unless something is installed under that name. Points come in
pairs around each step that leaves memory: `x` before it (a failure there means: not done) and
`x.done` behind it (a failure there means: done, but reported as failed).

Rule: `POINTS` names them all, and a test holds it against the calls in the code. The environment
variable `RELIEF_CHAOS=name:count:what` breaks a child process at the count-th passage; `what` is
`kill` (SIGKILL, as `kill -9`) or `fail` (an OSError). Who may set a process's environment can stop
the process anyway; nothing here makes it sign.
"""

import errno
import os
import signal
from collections.abc import Callable
from typing import Final

POINTS: Final = (
    "orderer.taken",
    "orderer.stepped",
    "orderer.answered",
    "store.begin",
    "store.entries",
    "store.tiles",
    "store.pages",
    "store.undo",
    "store.swap",
    "store.commit",
    "store.commit.done",
    "store.applied",
    "store.fold",
    "store.wal",
    "publisher.reread",
    "watermark.write",
    "watermark.write.done",
    "publisher.sign",
    "publisher.sign.done",
    "publisher.keep",
    "publisher.keep.done",
    "mirror.step",
    "mirror.commit.done",
    "mirror.keep",
    "mirror.keep.done",
    "witness.keep",
    "witness.keep.done",
    "finality.keep",
    "finality.keep.done",
    "refill.batch",
    "refill.keep",
    "refill.keep.done",
    "export.write",
    "export.rename",
    "export.rename.done",
    "clean.stop",
)
"""Every named point, in the order in which a batch passes them."""

_installed: dict[str, Callable[[], None]] = {}


def point(name: str) -> None:
    """Do what a test has installed under `name`; usually nothing."""
    if _installed and name in _installed:
        _installed[name]()


def install(name: str, act: Callable[[], None]) -> None:
    """Have `act` called whenever `name` is passed."""
    if name not in POINTS:
        raise ValueError(f"no point is named {name!r}")
    _installed[name] = act


def clear() -> None:
    """Take everything out again."""
    _installed.clear()


def fail_at(count: int) -> Callable[[], None]:
    """Something to install: an I/O error at the `count`-th passage (1 = the first), once."""

    def fail() -> None:
        raise OSError(errno.EIO, "broken by a test")

    return _at(count, fail)


def kill_at(count: int) -> Callable[[], None]:
    """Something to install: SIGKILL to this process at the `count`-th passage."""
    return _at(count, lambda: os.kill(os.getpid(), signal.SIGKILL))


def _at(count: int, act: Callable[[], None]) -> Callable[[], None]:
    left = [count]

    def passed() -> None:
        left[0] -= 1
        if left[0] == 0:
            act()

    return passed


def install_from(text: str) -> None:
    """Install what `name:count:what[,..]` says; ValueError when it says nothing sensible."""
    acts = {"kill": kill_at, "fail": fail_at}
    for part in filter(None, text.split(",")):
        name, _, rest = part.partition(":")
        count, _, what = rest.partition(":")
        if not count.isascii() or not count.isdigit() or what not in acts:
            raise ValueError(f"{part!r} is not name:count:kill or name:count:fail")
        install(name, acts[what](int(count)))
