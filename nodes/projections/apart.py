"""The follower in a process of its own: views cost the node no turn of its interpreter.

    node                                              views
    start ------ {"data": ..., "views": ...} ------->  opens the log beside the node, and the views
    wake  ------ an empty line --------------------->  looks at the log at once
          <----- {"size": 418, "failure": "", "over": false} ------  each time that one changes
          ------ "busy" or "calm" ------------------>  in answer, when it is another than before
    stop  ------ end of the pipe ------------------->  ends after the transaction that is open

The views' address goes through the pipe, since it may hold a password and arguments can be read by
every user of the machine. While statements wait at the node the views rest three quarters of the
time, as a thread of it would: on two processors, orderer and checks want all of both. A process
that is gone (the system may have ended it for memory) is started again; nothing is lost with it,
because views and their position are one transaction.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from nodes.beside import LogBeside
from nodes.child import Child, while_heard
from nodes.projections.follower import RETRY_S, Follower, LogSource
from nodes.projections.projector import open_views

NICE: Final = 10
"""A tenth of the node's share of a processor that both want; all of one that nobody else wants."""
STOP_S: Final = 60.0
"""The transaction that is open may be the last of 8,192 entries."""


class FollowerApart:
    """As `Follower`, for views at an address and a log in a data folder; any thread."""

    def __init__(
        self,
        views: str,
        data: Path,
        size: Callable[[], int],
        *,
        is_busy: Callable[[], bool] = lambda: False,
    ) -> None:
        """`size`: entries of the log that are durable; `is_busy`: whether statements wait."""
        self._opening = json.dumps({"data": str(data), "views": views}).encode() + b"\n"
        self._log_size, self._is_busy = size, is_busy
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._thread = threading.Thread(target=self._attend, name="relief-views", daemon=True)
        self._size, self._failure, self._is_over = 0, "", False

    @property
    def size(self) -> int:
        """Entries that are in the views."""
        return self._size

    @property
    def lag(self) -> int:
        """Entries of the log that are not in the views yet."""
        return self._log_size() - self._size

    @property
    def failure(self) -> str:
        """Why the views do not follow now, "" while they do."""
        return self._failure

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def wake(self) -> None:
        """There is something new."""
        with self._lock:
            self._tell(b"\n")

    def stop(self) -> None:
        """End after the transaction that is open now; the next start goes on from there."""
        with self._lock:
            self._stopping.set()
            if self._child is not None:
                self._child.finish()
        self._thread.join(STOP_S)
        child = self._child
        if child is not None and self._thread.is_alive():
            child.kill()
        self._thread.join()

    def wait_for(self, size: int, *, within_s: float) -> bool:
        """Whether the views came up to `size` in this time."""
        last = time.monotonic() + within_s
        while self._size < size and not self._is_over and time.monotonic() < last:
            self.wake()
            time.sleep(0.005)
        return self._size >= size

    def _tell(self, line: bytes) -> None:
        if self._child is None:
            return
        try:
            self._child.to.write(line)
            self._child.to.flush()
        except (OSError, ValueError):
            pass  # it is gone, which whoever attends to it sees too; or it reads no more

    def _attend(self) -> None:
        pause, longest = RETRY_S
        while not self._stopping.is_set():
            began = time.monotonic()
            why = self._attend_one()
            if self._stopping.is_set():
                return
            self._failure, self._is_over = why, False
            if time.monotonic() - began > longest:
                pause = RETRY_S[0]
            self._stopping.wait(pause)
            pause = min(2 * pause, longest)

    def _attend_one(self) -> str:
        """One process from its start to its end; why it is no more."""
        with self._lock:
            if self._stopping.is_set():
                return ""
            try:
                self._child = child = Child("nodes.projections.apart")
            except OSError as error:
                return f"no process could be made for the views: {error.strerror}"
            self._tell(self._opening)
            # From here on nobody waits for one that reads no more.
            os.set_blocking(child.to.fileno(), False)
        try:
            self._hear(child)
        except (ValueError, KeyError, TypeError):
            child.kill()  # it was ended within a line, or that was not its own
        with self._lock:
            status = child.end()
            self._child = None
        return f"the process that keeps the views ended with status {status}"

    def _hear(self, child: Child) -> None:
        was_busy = False
        for line in child.out:
            told = json.loads(line)
            self._size, self._failure = told["size"], told["failure"]
            self._is_over = told["over"]
            if (busy := self._is_busy()) != was_busy:
                was_busy = busy
                with self._lock:
                    self._tell(b"busy\n" if busy else b"calm\n")


# --- the process apart


def main() -> None:
    """The program: follow until the pipe ends."""
    os.nice(NICE)
    opening = json.loads(sys.stdin.buffer.readline())
    ended, busy = threading.Event(), threading.Event()
    with while_heard(), LogBeside(Path(opening["data"])) as log:
        engine, source = open_views(opening["views"]), LogSource(log)
        follower = Follower(engine, source, is_busy=busy.is_set, on_change=_say)
        listener = threading.Thread(target=_listen, args=(follower, busy, ended), daemon=True)
        listener.start()
        follower.run()
        # What cannot be mended by trying again is kept for whoever asks the node.
        _say(follower.size, follower.failure, over=True)
        ended.wait()


def _listen(follower: Follower, busy: threading.Event, ended: threading.Event) -> None:
    for line in sys.stdin.buffer:
        if line == b"busy\n":
            busy.set()
        elif line == b"calm\n":
            busy.clear()
        else:
            follower.wake()
    follower.end()
    ended.set()


def _say(size: int, failure: str, over: bool = False) -> None:
    print(json.dumps({"size": size, "failure": failure, "over": over}), flush=True)
