"""`python -m tools.bench`: measure, and write the page.

python -m tools.bench                     everything, about 25 minutes
python -m tools.bench --quick             smaller, a minute or two; writes nothing
python -m tools.bench --part growth       one part (ground is always measured)
"""

import shutil
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tools.bench.expressions import measure_expressions
from tools.bench.gates import measure_gates
from tools.bench.ground import measure_ground
from tools.bench.growth import measure_growth
from tools.bench.page import Measured, write_page
from tools.bench.real import measure_real
from tools.bench.rollout import measure_rollout
from tools.bench.simulation import measure_simulation
from tools.bench.submission import measure_submission

DOCS = Path(__file__).resolve().parents[2] / "docs"
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
QUICK_SIZES = (12_000, 24_000)


class Part(StrEnum):
    """What can be measured by itself."""

    SUBMISSION = "submission"
    REAL = "real"
    EXPRESSIONS = "expressions"
    CONTRACTS = "contracts"
    SIMULATION = "simulation"
    ROLLOUT = "rollout"
    GROWTH = "growth"


def main(
    part: Annotated[list[Part] | None, typer.Option(help="Measure only this; repeatable.")] = None,
    quick: Annotated[bool, typer.Option(help="Small sizes, and no page written.")] = False,
    most: Annotated[int, typer.Option(help="Entries up to which the log grows.")] = SIZES[-1],
    out: Annotated[Path, typer.Option(help="Folder of the page.")] = DOCS,
) -> None:
    """Measure this machine and this code, and write docs/benchmarks.md."""
    console = Console(stderr=True)
    wanted = part or list(Part)
    folder = Path(tempfile.mkdtemp(prefix="relief-bench-"))

    def say(text: str) -> None:
        console.print(text, highlight=False)

    try:
        ground = measure_ground(folder)
        say(f"{ground.checks_per_s:,} strict checks a second on {ground.cores} cores")
        submission = growth = real = expressions = gates = simulated = rollout = None
        if Part.SUBMISSION in wanted:
            count = 10_000 if quick else 60_000
            submission = measure_submission(folder / "submission", count, say)
            say(f"{submission.ratio(ground):.2f} of the ceiling")
        if Part.REAL in wanted:
            real = measure_real(folder / "real", say)
        if Part.EXPRESSIONS in wanted:
            expressions = measure_expressions(20_000 if quick else 200_000, say)
        if Part.CONTRACTS in wanted:
            gates = measure_gates(200 if quick else 2_000, say)
        if Part.SIMULATION in wanted:
            handouts = 4_000 if quick else 50_000
            simulated = measure_simulation(folder / "simulation", handouts, say)
        if Part.ROLLOUT in wanted:
            rollout = measure_rollout(folder / "rollout", 2_000 if quick else 120_000, say)
        if Part.GROWTH in wanted:
            sizes = tuple(size for size in SIZES if size <= most)
            growth = measure_growth(folder / "growth", QUICK_SIZES if quick else sizes, say)
        target = folder if quick else out
        measured = Measured(
            ground, submission, real, expressions, gates, simulated, rollout, growth
        )
        write_page(target, measured)
        print((target / "benchmarks.md").read_text())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    typer.run(main)
