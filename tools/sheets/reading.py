"""Tables that people keep: CSV and XLSX, read as texts and nothing else, and written back.

Every cell is a text; what it means is decided by the mapping (`tools.sheets.cells`). Encodings are
declared, never guessed. Rows have the numbers that a spreadsheet shows: the header is row 1.

    >>> sheet = parse_csv("no,yuan\\r\\n1,100.00\\r\\n".encode("gb18030"), "gb18030")
    >>> sheet.rows[0].number, sheet.rows[0].cells
    (2, {'no': '1', 'yuan': '100.00'})

A number of an XLSX cell is a binary float there: whole ones below 10^15 are taken over, and others
in the shortest text that means the same float. Longer digits have been lost by the spreadsheet
itself; a column of ids must be text there.
"""

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from tools.console import Stop, plain
from tools.published import read_regular

SHEET_MAX: Final = 256 * 1024 * 1024
CELL_MAX: Final = 32_767
"""Characters of one cell, as in a spreadsheet."""
COLUMNS_MAX: Final = 512
DIGITS_MAX: Final = 10**15
"""From here on a spreadsheet has rounded what was typed."""
ENCODINGS: Final = ("utf-8", "utf-8-sig", "big5", "gb18030")
ERRORS: Final = "errors"
"""The column that is added when a table is written back."""

_BREAKS: Final = re.compile(r"[ ]*[\t\n\r\x0b\x0c\x85\u2028\u2029]+[ ]*")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")

Cell = str | int | float | bool | date | datetime | time | timedelta
"""What a cell of an XLSX file may hold."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the spreadsheet, and column -> text, without blanks around it."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. `sha256`: hex, of the file's bytes."""

    name: str
    sha256: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    encoding: str = "utf-8"


def read_sheet(path: Path, *, encoding: str = "utf-8", sheet: str = "") -> Sheet:
    """The table in a file; `sheet` names one of an XLSX file, else it is the first. `Stop`."""
    try:
        data = read_regular(path, SHEET_MAX)
    except ValueError as error:
        raise Stop(f"{plain(str(path))}: {error}.", "Name a CSV or XLSX file.") from None
    try:
        if data.startswith(b"PK\x03\x04"):
            return parse_xlsx(data, sheet, path.name)
        return parse_csv(data, encoding, path.name)
    except ValueError as error:
        raise Stop(
            f"{plain(str(path))}: {plain(str(error))}.",
            "Correct the file, or what the mapping says about it.",
        ) from None


def parse_csv(data: bytes, encoding: str, name: str = "") -> Sheet:
    """The table in the bytes of a CSV file with a header row; ValueError."""
    if encoding not in ENCODINGS:
        raise ValueError(f"encoding {encoding!r} is not one of {', '.join(ENCODINGS)}")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start:,} is not {encoding}") from None
    if text.startswith("\ufeff"):
        raise ValueError("it begins with a byte order mark; say encoding: utf-8-sig")
    if "\0" in text:
        raise ValueError("it holds a zero byte: no text file")
    csv.field_size_limit(CELL_MAX)
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(f"no CSV: {error}") from None
    return _sheet(records, data, name, encoding)


def parse_xlsx(data: bytes, sheet: str = "", name: str = "") -> Sheet:
    """The table on one sheet of an XLSX file, its header in the first row; ValueError."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        if sheet and sheet not in book.sheet_names:
            raise ValueError(f"there is no sheet {sheet!r}; it has {', '.join(book.sheet_names)}")
        found = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
        cells = found.to_python(skip_empty_area=False)
    except CalamineError as error:
        raise ValueError(f"no XLSX file that can be read: {error}") from None
    return _sheet([[text_of(cell) for cell in row] for row in cells], data, name, "utf-8")


def text_of(cell: Cell) -> str:
    """The text of an XLSX cell.

    >>> text_of(198.0), text_of(0.1), text_of(date(2020, 1, 29)), text_of("P-1")
    ('198', '0.1', '2020-01-29', 'P-1')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, date | datetime | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    if abs(cell) >= DIGITS_MAX:
        return f"{cell!r} (rounded by the spreadsheet: make the column text)"
    return str(int(cell)) if cell == int(cell) else repr(cell)


def _sheet(records: Sequence[Sequence[str]], data: bytes, name: str, encoding: str) -> Sheet:
    if not records:
        raise ValueError("it is empty: a header row is needed")
    columns = tuple(_text(cell) for cell in records[0])
    if len(columns) > COLUMNS_MAX:
        raise ValueError(f"{len(columns)} columns, at most {COLUMNS_MAX}")
    for number, column in enumerate(columns):
        if not column:
            raise ValueError(f"column {number + 1} has no heading in row 1")
        if column in columns[:number]:
            raise ValueError(f"the heading {column!r} stands twice")
    rows = []
    for number, record in enumerate(records[1:], 2):
        if not any(cell.strip() for cell in record):
            continue
        if len(record) > len(columns):
            raise ValueError(f"row {number} has {len(record)} cells under {len(columns)} headings")
        padded = [*record, *[""] * (len(columns) - len(record))]
        rows.append(Row(number, dict(zip(columns, map(_text, padded), strict=True))))
    return Sheet(name, hashlib.sha256(data).hexdigest(), columns, tuple(rows), encoding)


def _text(cell: str) -> str:
    """Without blanks around it, line breaks and tabs within as one blank, in the Unicode form in
    which texts are signed. ValueError for other control characters: nobody typed those.

    >>> _text(" a\\tb\\nc ")
    'a b c'
    """
    found = _BREAKS.sub(" ", unicodedata.normalize("NFC", cell.strip()))
    control = _CONTROL.search(found)
    if control is not None:
        raise ValueError(f"the cell {found!r} holds a control character")
    return found


def write_back(path: Path, sheet: Sheet, errors: Mapping[int, str]) -> None:
    """Write the same table again with a column that says what is wrong with each row.

    XLSX where `path` ends so, with all cells as text; else CSV in the encoding it was read in.
    """
    columns = [*sheet.columns, ERRORS]
    table = [
        [*(row.cells[name] for name in sheet.columns), errors.get(row.number, "")]
        for row in sheet.rows
    ]
    if path.suffix.lower() == ".xlsx":
        with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
            page = book.add_worksheet()
            for at, cells in enumerate([columns, *table]):
                for column, cell in enumerate(cells):
                    page.write_string(at, column, cell)
        return
    with path.open("w", encoding=sheet.encoding, newline="", errors="replace") as file:
        csv.writer(file).writerows([columns, *table])
