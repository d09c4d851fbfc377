"""Mapping files: said once by a person, read strictly, and held against the table.

Goal: a mapping that does not mean exactly one thing is refused with its place; decisions are about
the cell that was looked at, or about nothing.
Method: a mapping that passes, then one change for each rule; the examples of the guide are read.
"""

import re
from pathlib import Path

import pytest
from spreadsheets import GIFTS, GOODS, IN, LISTS, OUT, ROWS, fitted, mapping_of, sheet_of

from tools.console import Stop
from tools.sheets.mapping import fit, parse_mapping, read_mapping

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "docs" / "guides" / "load-a-spreadsheet.md"


@pytest.mark.parametrize("text", [LISTS, ROWS, IN, OUT])
def test_the_smallest_mappings_pass(text: str) -> None:
    assert mapping_of(text).kind in text


@pytest.mark.parametrize(
    ("text", "old", "new", "where"),
    [
        (LISTS, "kind: donation.list", "kind: donation.gift", "mapping.kind"),
        (LISTS, "kind: donation.list", "kind: stock.receive", "mapping.kind"),
        (LISTS, "  list: batch\n", "", "mapping.donations.list"),
        (ROWS, "institution: bank", "list: batch", "mapping.donations.list"),
        (ROWS, "  institution: bank\n", "", "mapping.donations.institution"),
        (LISTS, "  donor: donor\n", "", "mapping.donations.donor"),
        (LISTS, "  donor: donor\n", "  donor: donor\n  colour: red\n", "colour"),
        (LISTS, "decimals: 2", "decimals: 5", "decimals"),
        (LISTS, "decimals: 2", "decimals: 2.0", "no whole number"),
        (LISTS, "offset: 28800", "offset: 90000", "offset"),
        (LISTS, "line: flood.general", "line: flood", "line"),
        (LISTS, "author: county/director", "author: director", "author"),
        (LISTS, "key: [batch, seq]", "key: []", "mapping.key"),
        (LISTS, "key: [batch, seq]", "key: batch", "mapping.key"),
        (IN, "  units:", "  missing: found\n  units:", "mapping.goods.missing"),
        (OUT, "  missing: found\n", "", "mapping.goods.missing"),
        (OUT, "missing: found", "missing: guess", "missing"),
        (IN, "unit: H87", "unit: BOX", "unit"),
        (IN, "times: 10000", "times: 0", "times"),
        (LISTS, "kind:", "attempt: 0\nkind:", "attempt"),
        (LISTS, "kind:", "file: {encoding: latin-1}\nkind:", "encoding"),
        (LISTS, "kind:", "kind: donation.list\nkind:", "stands twice"),
    ],
)
def test_one_thing_wrong_is_refused_with_its_place(
    tmp_path: Path, text: str, old: str, new: str, where: str
) -> None:
    assert old in text
    path = tmp_path / "m.yaml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(Stop) as found:
        read_mapping(path)
    assert where in found.value.said and "m.yaml" in found.value.said


def test_a_column_that_is_not_there() -> None:
    with pytest.raises(Stop, match=r"column 'yuan'; table.csv has batch, seq, date, donor, rmb"):
        fitted(LISTS, GIFTS.replace("yuan", "rmb"))


def test_rows_with_one_key() -> None:
    with pytest.raises(Stop, match=r"Rows 2 and 3 have the same key '01/1'"):
        fitted(LISTS, GIFTS.replace("01,2", "01,1"))


def test_without_key_columns_the_number_of_the_row_is_the_key() -> None:
    mapping, sheet, _ = fitted(IN, GOODS)
    assert [mapping.key_of(row) for row in sheet.rows] == ["2", "3", "4", "5"]


def test_merged_cells_are_filled_down_where_it_is_said() -> None:
    _, sheet, _ = fitted(IN, GOODS)
    assert [row.cells["party"] for row in sheet.rows] == ["甲公司", "甲公司", "乙公司", "乙公司"]
    _, sheet, _ = fitted(IN.replace("fill_down: [party]\n", ""), GOODS)
    assert sheet.rows[1].cells["party"] == ""


DECIDED = "decisions:\n  - {row: 4, column: n, was: 1.6万, is: '16000'}\n"


def test_a_decision_reads_a_cell() -> None:
    _, sheet, _ = fitted(IN + DECIDED, GOODS)
    assert sheet.rows[2].cells["n"] == "16000"


def test_a_decision_about_an_empty_cell() -> None:
    decided = "decisions:\n  - {row: 4, column: spec, is: N95}\n"
    _, sheet, _ = fitted(IN + decided, GOODS.replace("KN95", ""))
    assert sheet.rows[2].cells["spec"] == "N95"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("1.6万", "1.5万", r"about '1.5万' in row 4, column n; there stands '1.6万'"),
        ("was: 1.6万, ", "", r"about '' in row 4"),
        ("row: 4", "row: 40", r"about row 40, which is not in the table"),
        ("column: n", "column: m", r"column 'm'"),
    ],
)
def test_a_decision_about_another_table(old: str, new: str, why: str) -> None:
    with pytest.raises(Stop, match=why):
        fit(mapping_of(IN + DECIDED.replace(old, new)), sheet_of(GOODS))


def test_the_examples_of_the_guide_are_the_files_beside_it() -> None:
    shown = re.findall(r"^```yaml\n(.*?)^```", GUIDE.read_text(), flags=re.MULTILINE | re.DOTALL)
    files = sorted((GUIDE.parent / "mappings").glob("*.yaml"))
    assert len(files) == 4
    for file in files:
        assert file.read_text() in shown, f"{file.name} is not shown as it is"
        parse_mapping(file.read_bytes())
