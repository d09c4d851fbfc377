"""The figures as a page: `docs/benchmarks.md` and the drawn curve beside it.

Nobody writes a figure by hand: the page is made whole from one run, and says on what machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bench.expressions import Expressions
from tools.bench.gates import GATES, Gates
from tools.bench.ground import Ground
from tools.bench.growth import Growth, Mark
from tools.bench.real import Real
from tools.bench.rollout import Rollout
from tools.bench.simulation import Simulated
from tools.bench.submission import Submission
from tools.bench.wanted import marked

HEAD = """# Benchmarks

Made by `make bench`; no figure here is written by hand, and none is a promise for another machine.
Ratios are taken within one run: the machine is shared, its speed changes by the hour, and a ratio
changes less. Times are wall-clock times. A figure that is not what was wanted says **missed**.

"""


@dataclass(frozen=True, slots=True)
class Measured:
    """The parts of one run; None for what was not measured."""

    ground: Ground
    submission: Submission | None = None
    real: Real | None = None
    expressions: Expressions | None = None
    gates: Gates | None = None
    simulated: Simulated | None = None
    rollout: Rollout | None = None
    growth: Growth | None = None


def write_page(folder: Path, measured: Measured) -> None:
    """Write `benchmarks.md` and, with `growth`, `benchmarks-growth.svg` into `folder`."""
    parts = [HEAD, _ground(measured.ground)]
    if measured.submission is not None:
        parts.append(_submission(measured.ground, measured.submission))
    if measured.real is not None:
        parts.append(_real(measured.real))
    if measured.expressions is not None:
        parts.append(_expressions(measured.expressions))
    if measured.gates is not None:
        parts.append(_gates(measured.gates))
    if measured.simulated is not None:
        parts.append(_simulated(measured.simulated))
    if measured.rollout is not None:
        parts.append(_rollout(measured.rollout))
    if measured.growth is not None:
        parts.append(_growth(measured.growth))
        (folder / "benchmarks-growth.svg").write_text(draw(measured.growth.marks))
    (folder / "benchmarks.md").write_text("\n".join(parts))


def _table(rows: Sequence[tuple[str, str, str]]) -> str:
    lines = ["| what | measured | wanted |", "|---|---|---|"]
    lines += [f"| {what} | {marked(found, wanted)} | {wanted} |" for what, found, wanted in rows]
    return "\n".join(lines) + "\n"


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.1f} ms"


def _ground(ground: Ground) -> str:
    return f"## The machine\n\n{ground.cores} cores, Python {ground.python}, SQLite " + (
        f"{ground.sqlite}. Strict signature checks on all cores and nothing else: "
        f"{ground.checks_per_s:,} a second. fsync of 4 KiB: median {_ms(ground.fsync_p50_s)}, "
        f"p99 {_ms(ground.fsync_p99_s)}.\n"
    )


def _submission(ground: Ground, found: Submission) -> str:
    rows = [
        ("statements a second, batch endpoint", f"{found.per_s:,.0f}", ""),
        (
            "of the ceiling: strict checks on all cores",
            f"{found.ratio(ground):.2f}",
            ">= 0.30",
        ),
        (
            f"sent until provable at {found.half_per_s:,.0f} a second, median",
            _ms(found.provable_p50_s),
            "",
        ),
        ("the same, p99", _ms(found.provable_p99_s), "<= 250 ms"),
        ("statements a second, one a request, 32 clients", f"{found.single_per_s:,.0f}", ""),
        ("batch window", f"{found.window_ms} ms", ""),
        ("entries that the views were behind at the end", f"{found.views_behind:,}", ""),
        ("most memory of the node and its processes", f"{found.rss_mib:,} MiB", ""),
    ]
    return (
        "## Submission\n\n"
        f"{found.sent:,} signed gifts of about 1,060 bytes through `POST /v1/statements:batch`, "
        "1,000 a request, 4 clients on the same machine. Each is durable (SQLite, "
        "`synchronous=FULL`), its signature checked, applied to the book and the state root, and "
        "under a signed checkpoint when it is answered; the views follow in a "
        "process beside it and rest while statements wait. At "
        "half speed a request holds 100.\n\n" + _table(rows)
    )


def _real(found: Real) -> str:
    rows = []
    for run in found.runs:
        rows.append((f"{run.name}: load", f"{run.load_s:.1f} s", "< 60 s"))
        rows.append(
            (f"{run.name}: verify with re-execution", f"{run.verify_s:.1f} s", "< 60 s"),
        )
        rows.append((f"{run.name}: most memory", f"{run.rss_mib:,} MiB", "< 500 MB"))
    return (
        "## Real tables\n\n"
        f"The archived public notices of 2020: {found.rows:,} gifts, {found.total:,} fen. Loaded "
        "from the CSV file with its mapping, then the whole published log verified by "
        "`relief verify`, every statement executed again.\n\n" + _table(rows)
    )


def _expressions(found: Expressions) -> str:
    rows = [
        ("evaluations a second, one core", f"{found.per_s:,.0f}", ">= 100,000"),
        ("parse, check and compile", f"{found.compile_ms:.2f} ms", ""),
    ]
    if found.celpy_per_s is not None:
        rows.append(("cel-python, the same rule", f"{found.celpy_per_s:,.0f}", ""))
        rows.append(("ours against cel-python", f"{found.per_s / found.celpy_per_s:,.0f}", ">= 20"))
    if found.google_per_s is not None:
        rows.append(("cel-expr-python (C++), the same rule", f"{found.google_per_s:,.0f}", ""))
    return (
        "## Expressions\n\n"
        "The household cap of food parcels, four clauses in one rule of rcel/1, on values that are "
        "there already. Rounds of the engines alternate; processor time of one thread, median of "
        "five rounds.\n\n" + _table(rows)
    )


def _gates(found: Gates) -> str:
    rows = [
        ("statements a second, no contract in force", f"{found.without_per_s:,.0f}", ""),
        (f"statements a second, {GATES} gates in force", f"{found.with_per_s:,.0f}", ""),
        ("share kept", f"{found.kept:.2f}", ">= 0.60"),
    ]
    return (
        "## Contracts\n\n"
        "Instructions through the state machine, two signatures each, with gates that judge all of "
        "them and without. Rounds alternate; processor time of one thread, median of five "
        "rounds.\n\n" + _table(rows)
    )


def _simulated(found: Simulated) -> str:
    rows = [
        ("entries a second, the tape is kept", f"{found.observe_per_s:,.0f}", ">= 30,000"),
        ("of these, statements judged a second", f"{found.judged_per_s:,.0f}", ""),
        (
            "entries a second, as if it had been in force",
            f"{found.counterfactual_per_s:,.0f}",
            ">= 30,000",
        ),
        (
            f"entries a second, {found.paid:,} payments judged by four sums",
            f"{found.payments_per_s:,.0f}",
            "",
        ),
        ("entries a second, making a tape", f"{found.made_per_s:,.0f}", ""),
        ("running it on by 200 statements, and asking", f"{found.more_s:.2f} s", ""),
        ("most memory, asking a kept tape", f"{found.asked_mib:,} MiB", ""),
        ("most memory, making a tape", f"{found.made_mib:,} MiB", ""),
        ("on disk, a tape and where it stands", f"{found.tape_bytes / 1e6:.1f} MB", ""),
    ]
    return (
        "## Simulations\n\n"
        f'"What would this contract have denied?", over {found.entries:,} entries: hand-outs to '
        "households, payments, enrolments. The cap on food parcels judges "
        f"{found.judged:,} of them, each by what the household had in seven days, and would have "
        f"stopped {found.flips:,}. Making the tape runs the whole log through the state machine; "
        "it is kept, and every later question of the same facts, whatever its rules and values, "
        "reads it from the disk and judges. Opening, checking and reading are counted. Processor "
        "time of one thread, median of five questions.\n\n" + _table(rows)
    )


def _rollout(found: Rollout) -> str:
    each = found.seconds / found.households
    rows = [
        ("households paid, each once", f"{found.paid:,} of {found.households:,}", "all"),
        ("households a second", f"{1 / each:,.0f}", ""),
        ("longest batch of 200", _ms(found.longest_s), ""),
        (
            f"figures of the contract, worked out from {found.refilled:,} entries",
            f"{found.refill_s:.1f} s",
            "",
        ),
    ]
    return (
        "## Relief money for a county\n\n"
        f"One alert, one trigger of the library, {found.households:,} households on the roll. The "
        f"paying process is killed with `kill -9` when {found.killed_at:,} are done, and another "
        "goes on from the disk; at the end the log itself is read: nobody is paid twice, and the "
        f"sum is the budget, {found.total:,} in minor units.\n\n" + _table(rows)
    )


def _growth(found: Growth) -> str:
    first, last = found.marks[0], found.marks[-1]
    rows = [
        (
            f"cost of an entry at {last.size:,} against {first.size:,}",
            f"{last.entry_us / first.entry_us:.2f}",
            "<= 1.5",
        ),
        (
            "the same until it is durable, the views not counted",
            f"{last.stored_us / first.stored_us:.2f}",
            "",
        ),
        ("inclusion proof, warm, p99", _ms(last.proof_p99_s), "<= 5 ms"),
        ("inclusion proof, first after a restart", _ms(found.proof_cold_s), "<= 50 ms"),
        ("trace of one gift, p99", _ms(last.trace_p99_s), "<= 50 ms"),
        ("start to ready after a clean stop", f"{found.start_clean_s:.2f} s", "< 2 s"),
        ("start to ready after kill -9", f"{found.start_crash_s:.2f} s", ""),
        ("on disk", f"{found.disk_bytes / 1e9:.2f} GB", ""),
    ]
    curve = "\n".join(
        f"| {mark.size:,} | {mark.entry_us:.0f} | {mark.stored_us:.0f} | {_ms(mark.proof_p99_s)} | "
        f"{_ms(mark.trace_p99_s)} | {mark.rss_mib} |"
        for mark in found.marks
    )
    return (
        "## Growth\n\nOne ledger of single gifts grows in a whole node; at each size the last "
        "10,000 entries are measured, from the first statement sent until the last is durable and "
        f"in the views. Page cache of the state: {found.page_cache:,} pages.\n\n"
        + _table(rows)
        + "\n![Cost of an entry by size of the log](benchmarks-growth.svg)\n\n"
        "| entries | us an entry | of it until durable | proof p99 | trace p99 | memory MiB |\n"
        "|---|---|---|---|---|---|\n" + curve + "\n"
    )


def draw(marks: Sequence[Mark]) -> str:
    """The curve as SVG: entries across (evenly spaced marks), microseconds an entry upwards."""
    width, height, left, bottom = 640, 260, 60, 40
    top = max(mark.entry_us for mark in marks) * 1.2
    span = max(1, len(marks) - 1)
    points = [
        (
            left + n * (width - left - 40) // span,
            int(height - bottom - mark.entry_us / top * (height - bottom - 20)),
        )
        for n, mark in enumerate(marks)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    text = "".join(
        f'<circle cx="{x}" cy="{y}" r="4" fill="#14532d"/>'
        f'<text x="{x}" y="{y - 10}" text-anchor="middle">{mark.entry_us:.0f} us</text>'
        f'<text x="{x}" y="{height - 16}" text-anchor="middle">{mark.size:,}</text>'
        for (x, y), mark in zip(points, marks, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="13" role="img">'
        "<title>Cost of an entry by size of the log</title>"
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
        f'<line x1="{left}" y1="{height - bottom}" x2="{width - 20}" y2="{height - bottom}" '
        'stroke="#999"/>'
        f'<polyline points="{line}" fill="none" stroke="#166534" stroke-width="2"/>{text}</svg>\n'
    )
