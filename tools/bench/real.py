"""The archived public tables, by the commands that people type: load, publish, verify.

`relief init`, `relief load` and `relief verify` run as processes of their own on the file with
35,246 real donations: once as 13 lists, once as one statement each. The node they use is whole: its
mirror executes every batch again and cosigns, its witness cosigns. The data are not part of the
project; where they are absent there is nothing to measure.
"""

import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nodes.node import Node
from nodes.settings import Settings
from tools.bench.memory import MemoryWatch

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("RELIEF_SHARED", ROOT.parent / "shared"))
TABLE = SHARED / "data" / "hubei-cash-donations.csv"
MAPPINGS = ROOT / "docs" / "guides" / "mappings"
FORMS = (("13 lists", "hubei-lists.yaml"), ("one statement each", "hubei-rows.yaml"))


@dataclass(frozen=True, slots=True)
class Run:
    """One way of loading: seconds, and the most memory of a command and what it started."""

    name: str
    load_s: float
    verify_s: float
    rss_mib: int


@dataclass(frozen=True, slots=True)
class Real:
    """Rows and total (fen) of the table, and how each way went."""

    rows: int
    total: int
    runs: tuple[Run, ...]


def measure_real(folder: Path, say: Callable[[str], None]) -> Real | None:
    """Load and verify the table in both forms below `folder`; None where it is absent."""
    if not TABLE.exists():
        say(f"not measured: {TABLE.name} is not there (RELIEF_SHARED names another place)")
        return None
    folder.mkdir(parents=True)
    with TABLE.open(encoding="utf-8", newline="") as file:
        amounts = [row["amount_cny"] for row in csv.DictReader(file)]
    total = sum(int(text.replace(".", "")) for text in amounts)
    runs = []
    for number, (name, mapping) in enumerate(FORMS):
        runs.append(_measure(folder / str(number), name, MAPPINGS / mapping))
        say(f"{name}: loaded in {runs[-1].load_s:.1f} s, verified in {runs[-1].verify_s:.1f} s")
    return Real(len(amounts), total, tuple(runs))


def _measure(home: Path, name: str, mapping: Path) -> Run:
    description = home.with_suffix(".yaml")
    description.write_bytes(_relief("init", "--example")[2])
    _relief("init", "--dir", str(home), "--from", str(description), "--unsealed")
    load_s, load_mib, _ = _relief("load", str(TABLE), "--mapping", str(mapping), "--dir", str(home))
    _publish(home)
    public, trust = str(home / "public"), str(home / "trust")
    verify_s, verify_mib, _ = _relief("verify", public, "--trust", trust)
    return Run(name, load_s, verify_s, max(load_mib, verify_mib))


def _publish(home: Path) -> None:
    node = Node(Settings(data_dir=home / "data", keys_dir=home / "keys"))
    node.start()
    try:
        node.when_final(node.size() - 1).result(timeout=120)
        node.export_public(home / "public")
        trust = node.trust_data()
        assert trust is not None
        (home / "trust").write_bytes(trust)
    finally:
        node.stop()


def _relief(*arguments: str) -> tuple[float, int, bytes]:
    """Run the command; seconds, MiB at most, what it printed. It must succeed."""
    start = time.perf_counter()
    command = [str(Path(sys.executable).with_name("relief")), *arguments]
    # Our own command, with files of this run: nothing here is anybody's input.
    process = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    watch = MemoryWatch(process.pid)
    printed = process.stdout.read()
    status = process.wait()
    assert status == 0, (arguments, printed[-500:])
    return time.perf_counter() - start, watch.stop(), printed
