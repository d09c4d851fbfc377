"""Memory of a command with all the processes that it starts.

A node reads and keeps its views in processes beside itself: what counts is their sum. Linux alone
says it (`/proc`); elsewhere the answer is 0.
"""

import threading
from pathlib import Path
from typing import Final

EVERY_S: Final = 0.2
"""How often a tree of processes is looked at."""


def tree_mib(pid: int) -> int:
    """The most memory, in MiB, that each process of the tree below `pid` has had, summed."""
    return sum(_peak_kib(each) for each in _tree(pid)) >> 10


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for tasks in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in tasks.read_text().split()]
            except OSError:
                continue  # it has just ended
    return found


def _peak_kib(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next(
        (int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0
    )


class MemoryWatch:
    """Looks at a tree of processes until it is stopped; `mib` is the most it has seen."""

    def __init__(self, pid: int) -> None:
        self._pid, self.mib = pid, 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """The most memory in MiB."""
        self._end.set()
        self._thread.join()
        return self.mib

    def _look(self) -> None:
        while True:
            self.mib = max(self.mib, tree_mib(self._pid))
            if self._end.wait(EVERY_S):
                return
