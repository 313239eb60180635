"""Reading .xlsx and .csv, writing .xlsx: cells in, cells out, nothing of what they mean."""

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import PurePath
from typing import IO

import xlsxwriter
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from timebank.core.errors import N_
from timebank.membership import delimited
from timebank.membership.errors import NotASpreadsheet, TooManyCells
from timebank.membership.model import COLUMNS_MAX, ROWS_MAX, Cell, Sheet, Upload
from timebank.web.csv_files import plain_text, safe_text

# .xlsx, and the older .xls, which is refused by name and not taken for text.
_WORKBOOKS = (b"PK", b"\xd0\xcf\x11\xe0")
# A small file may unfold into a huge one; rosters do not.
_UNFOLDED_BYTES_MAX = 200 * 1024 * 1024
_PIECE_BYTES = 1024 * 1024
# Where a cell or a row says it stands: r="B12", r="12". Neither is longer than this.
_PLACES = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]*)(\d+)""")
_PLACE_LENGTH, _DIGITS_MAX = 64, 12
# Rows of a title, or empty ones, above and below.
_ROOM = 20


def read(content: bytes, file_name: str) -> Upload:
    """The first sheet that has anything in it.

    Raises `NotASpreadsheet`, `QuoteLeftOpen`, `TooManyCells`.
    """
    if not content:
        raise NotASpreadsheet(N_("请选一个 .xlsx 或 .csv 表格"))
    sheet = _workbook(content) if content.startswith(_WORKBOOKS) else _csv(content, file_name)
    return Upload(file_name[-200:], hashlib.sha256(content).hexdigest(), sheet)


def write(headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str, title: str = "") -> bytes:
    """A workbook with one sheet. Texts stay texts: nothing in a cell can become a formula."""
    made = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(made, options | {"strings_to_numbers": False})
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    page = book.add_worksheet(sheet[:31])
    top = 0
    if title:
        page.merge_range(0, 0, 0, max(1, len(headers) - 1), title, bold)
        top = 1
    for column, header in enumerate(headers):
        page.write_string(top, column, safe_text(header), bold)
    for number, row in enumerate(rows, start=top + 1):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(number, column, cell, day)
            elif isinstance(cell, bool) or cell is None or cell == "":
                continue
            elif isinstance(cell, int | float):
                page.write_number(number, column, cell)
            else:
                # Also where the file is saved as .csv and opened again.
                page.write_string(number, column, safe_text(cell))
    page.set_column(0, len(headers) - 1, 14)
    page.freeze_panes(top + 1, 0)
    book.close()
    return made.getvalue()


def _workbook(content: bytes) -> Sheet:
    _refuse_bombs(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [sheet.name for sheet in book.sheets_metadata]
        for name in names:
            sheet = book.get_sheet_by_name(name)
            if sheet.total_height:
                return Sheet(name, _cells(sheet), tuple(other for other in names if other != name))
    except (CalamineError, zipfile.BadZipFile, OSError) as error:
        raise NotASpreadsheet from error
    raise NotASpreadsheet(N_("表格是空的"))


def _csv(content: bytes, file_name: str) -> Sheet:
    rows = tuple(tuple(map(_cell, row)) for row in delimited.read(content))
    if not any(cell is not None for row in rows for cell in row):
        raise NotASpreadsheet(N_("表格是空的"))
    return Sheet(PurePath(file_name).stem, rows)


def _refuse_bombs(content: bytes) -> None:
    """Unfold every part once, in small pieces, before anything is built of it.

    The parser lays a sheet out as a whole rectangle, and one cell at XFD1048576 would end the process.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > _UNFOLDED_BYTES_MAX:
                raise TooManyCells(rows=ROWS_MAX, columns=COLUMNS_MAX)
            if "xl/workbook.xml" not in packed.namelist():
                raise NotASpreadsheet
            for entry in packed.infolist():
                with packed.open(entry) as part:  # to its end: one that is longer than it says is refused
                    _refuse_far_cells(part)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise NotASpreadsheet from error


def _refuse_far_cells(part: IO[bytes]) -> None:
    tail, is_sheet, last = b"", False, 0
    while piece := part.read(_PIECE_BYTES):
        piece = tail + piece
        is_sheet = is_sheet or b"sheetData" in piece
        for letters, digits in _PLACES.findall(piece):
            last = max(last, int(digits[:_DIGITS_MAX]))
            if letters and (_column(letters) > COLUMNS_MAX or int(digits[:_DIGITS_MAX]) > ROWS_MAX + _ROOM):
                raise TooManyCells(rows=ROWS_MAX, columns=COLUMNS_MAX)
        tail = piece[-_PLACE_LENGTH:]
    if is_sheet and last > ROWS_MAX + _ROOM:
        raise TooManyCells(rows=ROWS_MAX, columns=COLUMNS_MAX)


def _column(letters: bytes) -> int:
    """A is 1, AB is 28; what has more letters than any sheet is far out."""
    number = 0
    for letter in letters[:4].upper():
        number = number * 26 + letter - 64
    return number


def _cells(sheet: CalamineSheet) -> tuple[tuple[Cell, ...], ...]:
    end = sheet.end
    if end is None:
        return ()
    if end[0] >= ROWS_MAX + _ROOM or end[1] >= COLUMNS_MAX:
        raise TooManyCells(rows=ROWS_MAX, columns=COLUMNS_MAX)
    return tuple(tuple(_cell(value) for value in row) for row in sheet.to_python(skip_empty_area=False))


def _hours(length: timedelta) -> str:
    """A cell of the format [h]:mm as it was shown: 36:30."""
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")


def _cell(value: object) -> Cell:
    match value:
        case datetime():
            return value.date()
        case timedelta():
            return _hours(value)
        case bool() | int() | float() | date():
            return value
        case str():
            return plain_text(value.strip()) or None
        case _:
            return str(value)
