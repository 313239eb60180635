"""Spreadsheets as offices send them, made with xlsxwriter."""

import io
from collections.abc import Sequence
from datetime import date

import xlsxwriter
from stdnum.cn import ric

from timebank.membership.model import Upload
from timebank.membership.spreadsheets import read

Typed = str | int | float | date | bool | None
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(
    headers: Sequence[str], *rows: Sequence[Typed], title: str = "", others: Sequence[str] = ()
) -> bytes:
    """One sheet with an optional merged title row; a date becomes a real date cell."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("花名册")
    top = 0
    if title:
        sheet.merge_range(0, 0, 0, max(1, len(headers) - 1), title)
        top = 1
    for number, row in enumerate([headers, *rows], start=top):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(number, column, cell, day)
            elif isinstance(cell, str):
                sheet.write_string(number, column, cell)
            elif cell is not None:
                sheet.write(number, column, cell)
    for other in others:
        book.add_worksheet(other)
    book.close()
    return made.getvalue()


def uploaded(headers: Sequence[str], *rows: Sequence[Typed], title: str = "") -> Upload:
    """The same as it comes to the use case."""
    return read(workbook(headers, *rows, title=title), "花名册.xlsx")


def id_number(birth_on: date, order: int) -> str:
    """A sound ID number of area 999999, which was never given to any place."""
    head = f"999999{birth_on:%Y%m%d}{order:03d}"
    return head + str(ric.calc_check_digit(head + "0"))
