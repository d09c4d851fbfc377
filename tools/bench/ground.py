"""What the machine can do at best: the figures that others are divided by.

The ceiling of any ledger that checks signatures is `verify_strict` on all cores and nothing else.
fsync latency says what a durable commit must cost.
"""

import os
import platform
import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.envelope import PAYLOAD_TYPE, open_statement, pae
from ledger.keys import verify_strict
from tools.bench.gifts import Bench, bench_key


@dataclass(frozen=True, slots=True)
class Ground:
    """The machine: cores, versions, strict checks a second on all cores, fsync seconds."""

    cores: int
    python: str
    sqlite: str
    checks_per_s: int
    fsync_p50_s: float
    fsync_p99_s: float


def measure_ground(folder: Path, *, seconds: float = 3.0) -> Ground:
    """The machine's own limits, measured in `folder`'s file system."""
    syncs = sorted(_fsyncs(folder / "fsync", 200))
    return Ground(
        cores=os.cpu_count() or 1,
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        checks_per_s=checks_per_s(seconds),
        fsync_p50_s=percentile(syncs, 50),
        fsync_p99_s=percentile(syncs, 99),
    )


def checks_per_s(seconds: float) -> int:
    """`verify_strict` on all cores: the whole gate, each signature another message."""
    bench = Bench(int(time.time()))
    statements = [open_statement(data) for data in bench.gifts(500)]
    public = bench_key("a").public
    triples = [(pae(PAYLOAD_TYPE, s.payload), s.signatures[0][1]) for s in statements]
    counts: list[int] = []
    end = time.perf_counter() + seconds

    def work() -> None:
        done = 0
        while time.perf_counter() < end:
            for message, signature in triples[:50]:
                assert verify_strict(public, message, signature)
            done += 50
        counts.append(done)

    threads = [threading.Thread(target=work) for _ in range(os.cpu_count() or 1)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return int(sum(counts) / (time.perf_counter() - start))


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The value below which `percent` of 100 of the ordered values lie."""
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def _fsyncs(path: Path, count: int) -> list[float]:
    taken = []
    with path.open("wb") as file:
        for _ in range(count):
            file.write(b"x" * 4096)
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - start)
    path.unlink()
    return taken
