"""How many statements a second one node takes, and how soon each can be proved.

A whole node serves in a process of its own: web server, orderer, store with `synchronous=FULL`,
publisher, witness, views. Clients post signed gifts from this process. First as fast as it goes,
then at half that rate, one portion after the other by the clock: there the time from sending to
"included under a published checkpoint" counts, which is when the answer comes.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from nodes.peers import STATEMENT, STATEMENTS, Answer, Peer
from nodes.settings import Settings
from tools.bench.gifts import Bench, found, write_keys
from tools.bench.ground import Ground, percentile
from tools.bench.memory import tree_mib
from tools.running import Running, running

LINES = 1_000
"""Statements in one request at full speed."""
SMALL = 100
"""Statements in one request at half speed."""
CLIENTS = 4
_mine = threading.local()
"""Each client thread's own connection."""


@dataclass(frozen=True, slots=True)
class Submission:
    """Statements a second at full speed and alone; seconds to provable at half speed; entries that
    the views were behind at the end of full speed."""

    sent: int
    per_s: float
    views_behind: int
    half_per_s: float
    provable_p50_s: float
    provable_p99_s: float
    single_per_s: float
    window_ms: int
    rss_mib: int

    def ratio(self, ground: Ground) -> float:
        """Of the ceiling: strict checks a second on all cores."""
        return self.per_s / ground.checks_per_s


def measure_submission(folder: Path, count: int, say: Callable[[str], None]) -> Submission:
    """Serve from `folder`, send `count` gifts at full speed, then half speed, then one by one."""
    bench = Bench(int(time.time()))
    write_keys(folder / "keys")
    ours, theirs = get_context("spawn").Pipe()
    server = get_context("spawn").Process(target=_serve, args=(folder, bench.now, theirs))
    server.start()
    try:
        url = ours.recv()
        full = _full_speed(url, bench, count)
        ours.send("behind")
        behind = ours.recv()
        say(f"full speed: {full:.0f} a second")
        taken = sorted(_half_speed(url, bench, count, full / 2))
        say(f"half speed: p99 {percentile(taken, 99) * 1e3:.0f} ms to provable")
        single = _one_by_one(url, bench, 3 * count)
        rss = tree_mib(server.pid or 0)
    finally:
        ours.send("stop")
        server.join(60)
        server.kill()
    return Submission(
        sent=count,
        per_s=full,
        views_behind=behind,
        half_per_s=full / 2,
        provable_p50_s=percentile(taken, 50),
        provable_p99_s=percentile(taken, 99),
        single_per_s=single,
        window_ms=Settings().batch_window_ms,
        rss_mib=rss,
    )


def _serve(folder: Path, now: int, pipe: Connection) -> None:
    settings = Settings(data_dir=folder / "data", keys_dir=folder / "keys")
    stop = threading.Event()
    with running(settings, passphrase=None) as whole:
        found(whole.node, Bench(now))
        threading.Thread(target=_attend, args=(whole, pipe, stop), daemon=True).start()
        whole.serve(port=0, on_ready=pipe.send, until=stop)


def _attend(whole: Running, pipe: Connection, stop: threading.Event) -> None:
    """Tell how far the views are behind, until it is to stop."""
    while pipe.recv() == "behind":
        pipe.send(whole.node.size() - whole.follower.size)
    stop.set()


def _post(url: str, path: str, body: bytes, content_type: str, wait: str = "") -> Answer:
    if getattr(_mine, "url", "") != url:
        _mine.url, _mine.peer = url, Peer(url)
    peer: Peer = _mine.peer
    answer = peer.post(path, body, content_type, query={"wait": wait} if wait else None)
    assert answer.is_ok, answer
    return answer


def _full_speed(url: str, bench: Bench, count: int) -> float:
    requests = [b"\n".join(bench.gifts(LINES, at)) for at in range(1, count, LINES)]
    with ThreadPoolExecutor(CLIENTS) as clients:
        start = time.perf_counter()
        answers = clients.map(
            lambda body: _post(url, "v1/statements:batch", body, STATEMENTS), requests
        )
        for answer in answers:
            assert answer.body.count(b'"ok"') == LINES, answer.body[:300]
        return count / (time.perf_counter() - start)


def _half_speed(url: str, bench: Bench, count: int, rate: float) -> list[float]:
    """Seconds from the due moment of each portion to its answer, once for each statement."""
    requests = [b"\n".join(bench.gifts(SMALL, at)) for at in range(count + 1, 2 * count, SMALL)]
    begin = time.perf_counter() + 0.5

    def send(number: int) -> float:
        due = begin + number * SMALL / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        _post(url, "v1/statements:batch", requests[number], STATEMENTS)
        return time.perf_counter() - due

    with ThreadPoolExecutor(16) as clients:
        taken = list(clients.map(send, range(len(requests))))
    return [seconds for seconds in taken for _ in range(SMALL)]


def _one_by_one(url: str, bench: Bench, first: int, seconds: float = 5.0) -> float:
    """Single statements a second, from as many clients as a small consortium has tills."""
    gifts = list(bench.gifts(3_000, first))
    end = time.perf_counter() + seconds

    def send(data: bytes) -> int:
        if time.perf_counter() > end:
            return 0
        _post(url, "v1/statements", data, STATEMENT, "included")
        return 1

    with ThreadPoolExecutor(32) as clients:
        start = time.perf_counter()
        done = sum(clients.map(send, gifts))
        return done / (time.perf_counter() - start)
