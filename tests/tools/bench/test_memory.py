"""Memory counts a command and what it starts.

Goal: a child's memory is in the sum, while it runs and after. Method: real processes that take some.
"""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.bench.memory import MemoryWatch, tree_mib

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="this system does not tell it"
)
TAKE = "import sys; held = b'x' * (64 << 20); print('held', flush=True); sys.stdin.read()"
PARENT = (
    "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', sys.argv[1]]);"
    "child.wait()"
)


def test_children_count() -> None:
    alone, above = (
        subprocess.Popen(
            [sys.executable, "-c", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for arguments in ((TAKE,), (PARENT, TAKE))
    )
    watch = MemoryWatch(above.pid)
    for process in (alone, above):
        assert process.stdout is not None and process.stdin is not None
        assert process.stdout.readline() == b"held\n"
    assert tree_mib(alone.pid) >= 64
    assert tree_mib(above.pid) >= 64 + 5, "an interpreter more"
    last = time.monotonic() + 30
    while watch.mib < 64 and time.monotonic() < last:
        time.sleep(0.02)
    for process in (alone, above):
        process.communicate()
    assert watch.stop() >= 64


def test_a_process_that_is_gone_has_none() -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert tree_mib(done.pid) == 0
