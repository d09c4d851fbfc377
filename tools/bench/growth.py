"""What a growing log costs: entries, proofs, traces, a start after a clean stop and after a crash.

One ledger grows in steps to a million entries, in a whole node: signatures, law, state root, store,
tiles, checkpoint, witness, and the views that follow. At each step the same work is measured again,
from the first statement sent until the last is durable and in the views; the cost of an entry at
the end is held against that at 10,000.
"""

import os
import random
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from ledger.envelope import open_statement
from ledger.money.attribution import parts_of
from ledger.money.funds import Segment
from ledger.money.gifts import segments_of
from ledger.state import State
from nodes.node import Node
from nodes.settings import Settings
from tools.bench.gifts import Bench, found, running, write_keys
from tools.bench.ground import percentile
from tools.running import Running
from tools.running import running as whole_node

BATCH = 1_000
MEASURED = 10_000
"""Entries whose cost is measured at each size."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The cost at one size: microseconds an entry, wall time until it is durable (`stored_us`) and
    in the views too (`entry_us`); proof and trace in seconds."""

    size: int
    entry_us: float
    stored_us: float
    proof_p99_s: float
    trace_p99_s: float
    rss_mib: int


@dataclass(frozen=True, slots=True)
class Growth:
    """The curve, and what a start costs at its end (seconds)."""

    marks: tuple[Mark, ...]
    start_clean_s: float
    proof_cold_s: float
    start_crash_s: float
    page_cache: int
    disk_bytes: int


def measure_growth(folder: Path, sizes: tuple[int, ...], say: Callable[[str], None]) -> Growth:
    """Grow a ledger in `folder` to each of `sizes` entries."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    bench = Bench(int(time.time()))
    marks = []
    number = 1
    write_keys(folder / "keys")
    settings = Settings(data_dir=folder / "data", keys_dir=folder / "keys")
    with whole_node(settings) as whole:
        node = whole.node
        found(node, bench)
        for size in sizes:
            # What comes before the last 10,000 of a step is not measured: it only makes it grow.
            number += _send(node, bench.gifts(max(0, size - node.size() - MEASURED), number))
            _await_views(whole)
            signed = list(bench.gifts(MEASURED, number))
            start = time.perf_counter()
            number += _send(node, iter(signed))
            stored = time.perf_counter() - start
            _await_views(whole)
            cost = (time.perf_counter() - start) / MEASURED
            marks.append(_mark(node, bench, number, cost, stored / MEASURED))
            say(f"{node.size():>9,} entries: {cost * 1e6:.0f} us an entry")
    start_clean, cold = _restart(folder)
    crash = _crash(folder, bench, number)
    disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    shutil.rmtree(folder)
    return Growth(tuple(marks), start_clean, cold, crash, settings.page_cache, disk)


def _send(node: Node, gifts: Iterator[bytes]) -> int:
    """Send gifts in batches, two on their way at a time; how many were applied."""
    sent = 0
    waiting = []
    while chunk := list(islice(gifts, BATCH)):
        waiting.append(node.submit(chunk))
        sent += len(chunk)
        if len(waiting) > 2:
            assert all(reply.code == "ok" for reply in waiting.pop(0).result())
    for future in waiting:
        assert all(reply.code == "ok" for reply in future.result())
    return sent


def _await_views(whole: Running) -> None:
    assert whole.follower.wait_for(whole.node.size(), within_s=1_800), whole.follower.failure


def _mark(node: Node, bench: Bench, number: int, cost: float, stored: float) -> Mark:
    node.when_final(node.size() - 1).result(timeout=60)
    grounds = node.grounds(final=True)
    rng = random.Random(7)  # noqa: S311
    proofs = []
    for _ in range(1_000):
        index = rng.randrange(grounds.size)
        start = time.perf_counter()
        grounds.prove(index)
        proofs.append(time.perf_counter() - start)
    traces = []
    for _ in range(300):
        start = time.perf_counter()
        _trace(node, bench.gift(rng.randrange(1, number)))
        traces.append(time.perf_counter() - start)
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return Mark(
        node.size(),
        cost * 1e6,
        stored * 1e6,
        percentile(sorted(proofs), 99),
        percentile(sorted(traces), 99),
        rss,
    )


def _trace(node: Node, gift: bytes) -> list[Segment]:
    with node.store.view() as view:
        state = State(view)
        segments = segments_of(state, open_statement(gift).id)
        assert segments
        parts = parts_of(state, segments)
        assert sum(part.amount for part in parts) == sum(s.high - s.low for s in segments)
    return list(segments)


def _restart(folder: Path) -> tuple[float, float]:
    """Seconds to ready after a clean stop, and of the first proof after it."""
    start = time.perf_counter()
    with running(folder) as node:
        ready = time.perf_counter() - start
        grounds = node.grounds(final=True)
        start = time.perf_counter()
        grounds.prove(grounds.size // 3)
        return ready, time.perf_counter() - start


def _write_and_die(folder: Path, number: int, now: int) -> None:
    bench = Bench(now)
    with running(folder) as node:
        for start in range(0, 5_000, BATCH):
            node.submit(list(bench.gifts(BATCH, number + start))).result()
        os.kill(os.getpid(), signal.SIGKILL)


def _crash(folder: Path, bench: Bench, number: int) -> float:
    """Seconds to ready after the writer was killed."""
    process = get_context("spawn").Process(target=_write_and_die, args=(folder, number, bench.now))
    process.start()
    process.join()
    start = time.perf_counter()
    with running(folder):
        return time.perf_counter() - start
