"""`kill -9` of a loaded node, at random moments and at named points: nothing acknowledged is lost.

Method: one folder lives through all of it. A child process loads a node with mirror and witness and
says what it acknowledges and signs; it is killed from outside after a random while, or kills itself
at a named point; the next child opens the same folder and goes on. At the end everything that was
ever said is held against the log: each acknowledged statement stands where it was acknowledged, no
two roots were signed for one size, and an auditor re-executes the whole log.

Points that every batch passes are broken at their 1st to 30th passage, so that what was done since
the start is of every length; those passed once a round of cosigning, or more rarely still, sooner.
`RELIEF_KILLS` sets the number of kills (half random, half at points). On a machine that is too busy
for them the later ones come at the first passage, so that the test ends in any case.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from nodekit import running

from contracts.audit import Audit
from ledger.envelope import StatementId
from nodes import chaos
from nodes.checking import check_rest
from nodes.publisher import root_at

CHILD = Path(__file__).resolve().parents[1] / "support" / "loaded_node.py"
KILLS = int(os.environ.get("RELIEF_KILLS", "40"))
BUDGET_S = 5.0 * KILLS
"""Seconds of kills after which the rest are made short; 40 take a minute or two on two cores."""
POINT_S = 90
"""A point that is not passed in this time is not on the path any more."""
FREQUENT = ("orderer.", "store.", "publisher.reread", "publisher.sign", "watermark.", "mirror.step",
            "mirror.commit")  # fmt: skip
"""Points that every batch passes, by how their names begin."""
RARE = ("store.fold", "store.wal")
POINTS = [point for point in chaos.POINTS if not point.startswith(("export.", "clean.", "refill."))]


@dataclass
class Said:
    """What all children said."""

    acks: dict[str, int] = field(default_factory=dict)
    roots: dict[int, set[str]] = field(default_factory=dict)
    starts: list[str] = field(default_factory=list)

    def hear(self, output: str) -> None:
        for line in output.splitlines():
            words = line.split(" ")
            if words[0] == "ack":
                known = self.acks.setdefault(words[1], int(words[2]))
                assert known == int(words[2]), "acknowledged twice, at two places"
            elif words[0] == "signed":
                self.roots.setdefault(int(words[2]), set()).add(words[3])
            elif words[0] == "ready":
                self.starts.append(line)
                assert words[3:] in ([], [""]), f"not ready: {line}"


def run_and_kill(folder: Path, first: int, *, point: str, count: int, after_s: float) -> str:
    """One child's output; it is dead by SIGKILL when this returns."""
    environment = dict(os.environ)
    environment.pop("RELIEF_CHAOS", None)
    if point:
        environment["RELIEF_CHAOS"] = f"{point}:{count}:kill"
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(folder), str(first)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        if not point:
            assert child.stdout is not None
            ready = child.stdout.readline()
            time.sleep(after_s)
            child.kill()
            rest, errors = child.communicate(timeout=60)
            output = ready + rest
        else:
            output, errors = child.communicate(timeout=POINT_S)
    finally:
        child.kill()
        child.wait()
    assert child.returncode == -9, f"it ended by itself:\n{errors[-2000:]}"
    return output


def plan(random: Random) -> Iterator[tuple[str, int, float]]:
    """(point or "", passage, seconds) of each kill."""
    points = [*POINTS]
    random.shuffle(points)
    for number in range(KILLS):
        if number % 2:
            point = points[number // 2 % len(points)]
            yield point, passage(random, point), 0
        else:
            yield "", 0, random.random() * 0.4


def passage(random: Random, point: str) -> int:
    """At which passage of a point the child dies."""
    if point in RARE:
        return random.choice([1, 2])
    if point.startswith(FREQUENT):
        return random.randint(1, 30)
    return random.choice([1, 2, 9])


def test_passages_are_of_every_length() -> None:
    """A frequent point is broken early and late, a rare one early; the seed decides."""
    drawn = {point: {passage(Random(seed), point) for seed in range(300)} for point in POINTS}
    frequent = [point for point in POINTS if point.startswith(FREQUENT) and point not in RARE]
    assert len(frequent) >= 15
    assert all(drawn[point] == set(range(1, 31)) for point in frequent)
    assert all(max(drawn[point]) <= 9 for point in POINTS if point not in frequent)


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    folder, said, random, began = tmp_path / "n", Said(), Random(12), time.monotonic()
    for number, (point, count, after_s) in enumerate(plan(random)):
        first = number * 100_000
        if time.monotonic() - began > BUDGET_S:
            count, after_s = min(count, 1), 0.0
        said.hear(run_and_kill(folder, first, point=point, count=count, after_s=after_s))
    # Not all: a mirror that catches up passes the store's points before its node is ready.
    assert len(said.starts) >= KILLS * 3 // 4, "nearly every child came up before it died"
    assert len(said.acks) > 5 * KILLS
    doubled = {size: roots for size, roots in said.roots.items() if len(roots) != 1}
    assert doubled == {}, "two roots were signed for one size"

    with running(folder, found=False) as it:
        node = it.node
        assert not node.opened.clean and not node.read_only, node.read_only
        with node.store.view() as view:
            found = dict(view.indexes([StatementId(each) for each in said.acks]))
        assert found == said.acks, "acknowledged, and not there"
        size = node.size()
        node.when_final(size - 1).result(timeout=60)
        node.export_public(tmp_path / "public")
        assert list(check_rest(node.store)) == []
        trust = node.trust_data() or b""
        for signed, roots in said.roots.items():
            assert roots == {root_at(node.store, signed).hex()}, (
                f"signed, and not this log: {signed}"
            )
    report = Audit(lambda path: (tmp_path / "public" / path).read_bytes(), trust).run()
    assert report.size == size
