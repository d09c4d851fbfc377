"""The page of benchmarks says where a figure is not what was wanted.

Goal: nobody has to compare two columns to see what was missed. Method: figures on both sides of each bound, units
that differ; then the page as it stands, row by row. Nothing is measured here.
"""

import re
from pathlib import Path

import pytest

from tools.bench.page import _table
from tools.bench.wanted import MISSED, is_missed, marked

PAGE = Path(__file__).resolve().parents[3] / "docs/benchmarks.md"


@pytest.mark.parametrize(
    ("measured", "wanted", "missed"),
    [
        ("250.0 ms", "<= 250 ms", False),
        ("250.1 ms", "<= 250 ms", True),
        ("0.30", ">= 0.30", False),
        ("0.29", ">= 0.30", True),
        ("29,999", ">= 30,000", True),
        ("59.9 s", "< 60 s", False),
        ("60.0 s", "< 60 s", True),
        ("1.1", "> 1", False),
        ("1", "> 1", True),
        ("477 MiB", "< 500 MB", True),
        ("476 MiB", "< 500 MB", False),
        ("1,999.0 ms", "< 2 s", False),
        ("120 of 120", "all", False),
        ("119 of 120", "all", True),
        ("anything", "", False),
    ],
)
def test_a_figure_and_its_bound(measured: str, wanted: str, missed: bool) -> None:
    assert is_missed(measured, wanted) is missed
    assert marked(measured, wanted) == (f"{measured}, **missed**" if missed else measured)
    assert f"| it | {marked(measured, wanted)} | {wanted} |" in _table([("it", measured, wanted)])


@pytest.mark.parametrize(
    ("measured", "wanted"),
    [("fast", "<= 250 ms"), ("1 furlong", "< 2 s"), ("1 s", "soon"), ("120", "all")],
)
def test_what_cannot_be_read_is_not_passed_over(measured: str, wanted: str) -> None:
    with pytest.raises(ValueError, match=r"figure|bound|N of M"):
        is_missed(measured, wanted)


def test_the_page_says_so() -> None:
    text = PAGE.read_text()
    tables = re.findall(r"\| what \| measured \| wanted \|\n\|[-|]+\n((?:\|.*\n)+)", text)
    rows = [re.split(r" ?\| ?", line)[1:4] for table in tables for line in table.splitlines()]
    assert len(rows) > 20
    for what, cell, wanted in rows:
        measured = cell.removesuffix(f", {MISSED}")
        assert cell == marked(measured, wanted), what


MEASURED = re.compile(
    r"[0-9] ?(?:ms|us|µs)\b|[0-9]{2}/s\b|[0-9] (?:entries|statements|checks|evaluations|rows) a second"
)
"""A time or a speed; limits are said in seconds, bytes and requests."""


def test_no_figure_stands_where_no_command_prints_it() -> None:
    """Speeds and times are printed by `make bench`, onto its own page and nowhere else."""
    docs = PAGE.parent
    pages = [docs.parent / "README.md", docs / "architecture.md"]
    for folder in ("spec", "decisions", "reference", "guides"):
        pages += sorted((docs / folder).glob("*.md"))
    found = [
        f"{page.name}: {line.strip()}"
        for page in pages
        for line in page.read_text().splitlines()
        if MEASURED.search(line)
    ]
    assert found == [], (
        "name the command that prints it, and leave the figure to docs/benchmarks.md"
    )
    assert MEASURED.search("takes 15 us a row") and MEASURED.search("1,900 entries a second")
