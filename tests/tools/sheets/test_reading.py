"""Tables as people keep them: CSV and XLSX in, texts out, and back with a column of errors.

Goal: a cell is what stands in the file, in the encoding that was declared, or the file is refused
with its place; writing back loses nothing.
Method: tables of small files, both sides of each rule; the same table as CSV in four encodings and
as XLSX must read alike.
"""

from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tools.console import Stop
from tools.sheets.reading import ENCODINGS, parse_csv, parse_xlsx, read_sheet, text_of, write_back

TABLE = [["no", "捐赠人", "yuan"], ["1", "張三 (测试)", "100.00"], ["2", 'a, "b"', "0.01"]]


def csv_of(table: list[list[str]], encoding: str = "utf-8") -> bytes:
    lines = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in table)
    return "\r\n".join(lines).encode(encoding) + b"\r\n"


def xlsx_of(table: list[list[Any]], name: str = "Sheet1") -> bytes:
    data = BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        book.add_worksheet("other" if name != "Sheet1" else "Sheet1")
        page = book.add_worksheet(name) if name != "Sheet1" else book.worksheets()[0]
        for number, row in enumerate(table):
            page.write_row(number, 0, row)
    return data.getvalue()


def cells(sheet: Any) -> list[list[str]]:
    return [list(sheet.columns), *([*row.cells.values()] for row in sheet.rows)]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_declared_encoding_reads_alike(encoding: str) -> None:
    table = [["no", "名"], ["1", "張三"]]  # in all of them
    assert cells(parse_csv(csv_of(table, encoding), encoding)) == table


def test_xlsx_reads_like_csv() -> None:
    assert cells(parse_xlsx(xlsx_of(TABLE))) == cells(parse_csv(csv_of(TABLE), "utf-8")) == TABLE


def test_rows_are_numbered_as_people_see_them() -> None:
    sheet = parse_csv(b"a,b\n1,2\n\n,,\n3,4\n".replace(b",,", b","), "utf-8")
    assert [row.number for row in sheet.rows] == [2, 5]


def test_short_rows_have_empty_cells() -> None:
    assert cells(parse_csv(b"a,b\n1\n", "utf-8")) == [["a", "b"], ["1", ""]]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is empty"),
        (b"a,a\n1,2\n", "stands twice"),
        (b"a,\n1,2\n", "column 2 has no heading"),
        (b"a,b\n1,2,3\n", "row 2 has 3 cells under 2 headings"),
        (b'a,b\n"1,2\n', "no CSV"),
        (b"a\n\xff\n", "byte 2 is not utf-8"),
        (b"\xef\xbb\xbfa\n1\n", "say encoding: utf-8-sig"),
        (b"a\n1\x002\n", "zero byte"),
        (b"a\n1\x072\n", "control character"),
        (b"a\n" + b"x" * 40_000 + b"\n", "no CSV"),
        (b",".join(b"c%d" % n for n in range(513)) + b"\n", "513 columns"),
    ],
)
def test_a_file_that_is_no_table_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_csv(data, "utf-8")


def test_a_wrong_encoding_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="not utf-8"):
        parse_csv(csv_of([["名"], ["張三"]], "big5"), "utf-8")
    with pytest.raises(ValueError, match="is not one of"):
        parse_csv(b"a\n", "latin-1")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("007", "007"),
        (198.0, "198"),
        (198, "198"),
        (0.1, "0.1"),
        (1e14, "100000000000000"),
        (1e15, "1000000000000000.0 (rounded by the spreadsheet: make the column text)"),
        (True, "TRUE"),
        (date(2020, 1, 29), "2020-01-29"),
        (datetime(2020, 1, 29), "2020-01-29"),  # noqa: DTZ001 - a cell has no zone
        (datetime(2020, 1, 29, 8, 30), "2020-01-29T08:30:00"),  # noqa: DTZ001
        (time(8, 30), "08:30:00"),
        (timedelta(hours=25), "1 day, 1:00:00"),
    ],
)
def test_cells_of_a_spreadsheet_as_text(cell: Any, text: str) -> None:
    assert text_of(cell) == text


def test_numbers_typed_into_a_spreadsheet() -> None:
    sheet = parse_xlsx(xlsx_of([["n", "yuan"], ["0012", 1234.5], ["13", 50000000]]))
    assert cells(sheet)[1:] == [["0012", "1234.5"], ["13", "50000000"]]


def test_a_sheet_is_named() -> None:
    data = xlsx_of(TABLE, name="名单")
    assert cells(parse_xlsx(data, "名单")) == TABLE
    with pytest.raises(ValueError, match=r"no sheet '3月'; it has other, 名单"):
        parse_xlsx(data, "3月")


@pytest.mark.parametrize("cut", [10, 100, 2_000])
def test_a_broken_spreadsheet_is_a_sentence(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "broken.xlsx"
    path.write_bytes(xlsx_of(TABLE)[:cut])
    with pytest.raises(Stop, match="XLSX"):
        read_sheet(path)


def test_blanks_and_breaks_within_a_cell() -> None:
    sheet = parse_csv(b'a\n" x\n\ty  z "\n', "utf-8")
    assert sheet.rows[0].cells == {"a": "x y  z"}


def test_one_unicode_form() -> None:
    sheet = parse_csv("a\u0301\ne\u0301\n".encode(), "utf-8")
    assert sheet.columns == ("\u00e1",) and sheet.rows[0].cells == {"\u00e1": "\u00e9"}


@pytest.mark.parametrize("name", ["back.csv", "back.xlsx"])
def test_written_back_with_errors(tmp_path: Path, name: str) -> None:
    sheet = parse_csv(csv_of([*TABLE, ["3", "=1+1", "x"]]), "utf-8")
    write_back(tmp_path / name, sheet, {4: "yuan: 'x' is not an amount"})
    found = read_sheet(tmp_path / name)
    assert cells(found) == [
        [*TABLE[0], "errors"],
        *([*row, ""] for row in TABLE[1:]),
        ["3", "=1+1", "x", "yuan: 'x' is not an amount"],
    ]


def test_the_hash_is_of_the_files_bytes() -> None:
    one, two = parse_csv(b"a\n1\n", "utf-8"), parse_csv(b"a\r\n1\r\n", "utf-8")
    assert cells(one) == cells(two) and one.sha256 != two.sha256
