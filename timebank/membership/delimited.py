"""Reading .csv as offices save it: in whatever encoding and with whatever separator."""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from timebank.core.errors import N_
from timebank.membership.errors import NotASpreadsheet, QuoteLeftOpen, TooManyCells
from timebank.membership.model import COLUMNS_MAX, ROWS_MAX

# A title and a note or two may stand above the header.
_TITLE_ROWS = 20
_SEPARATORS = (",", "\t", ";", "，", "；")
_LOOKED_AT = 200
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
# What no roster holds: control characters, private use, halves of pairs, places without a character.
_UNREADABLE = frozenset({"Cc", "Co", "Cs", "Cn"})
# ="0012" and '0012 is how digits are kept from becoming a number.
_AS_TEXT = re.compile(r"""="(.*)"|'([0-9]+[Xx]?)""")
_SAID = re.compile(r"sep=(.)")


def read(content: bytes) -> tuple[tuple[str, ...], ...]:
    """The rows of a .csv, row 1 first. Raises `NotASpreadsheet`, `QuoteLeftOpen`, `TooManyCells`."""
    text = _decode(content)
    separator = _separator(text)
    rows: list[tuple[str, ...]] = []
    for row in _rows(text, separator):
        if len(rows) >= ROWS_MAX + _TITLE_ROWS or len(row) > COLUMNS_MAX:
            raise TooManyCells(rows=ROWS_MAX, columns=COLUMNS_MAX)
        rows.append(tuple(map(_cell, row)))
    if rows and _SAID.fullmatch(separator.join(rows[0])):
        rows[0] = ()  # Excel does not show it, but counts it.
    return tuple(rows)


def _decode(content: bytes) -> str:
    marked = [encoding for mark, encoding in _MARKS.items() if content.startswith(mark)]
    # Chinese in GB18030 is hardly ever sound UTF-8, while nearly any bytes are sound GB18030.
    for encoding in marked or ["utf-8", "gb18030"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(c not in "\r\n\t" and unicodedata.category(c) in _UNREADABLE for c in set(text)):
            return text
    raise NotASpreadsheet(N_("认不出这个文件的文字编码；请在表格软件里另存为 .xlsx，或另存为 UTF-8 的 .csv"))


def _separator(text: str) -> str:
    """The one that cuts most rows into equally many cells; Excel's own line `sep=;` decides."""
    if said := _SAID.match(text):
        return said[1]
    return max(_SEPARATORS, key=lambda separator: _agreement(text, separator))


def _agreement(text: str, separator: str) -> tuple[int, int]:
    """How many rows have as many cells as most have, and how many cells that is."""
    try:
        widths = Counter(len(row) for row in islice(_rows(text, separator), _LOOKED_AT) if len(row) > 1)
    except QuoteLeftOpen:
        return 0, 0
    return max(((rows, width) for width, rows in widths.items()), default=(0, 0))


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    done = 0
    try:
        for cells in reader:
            yield cells
            done += 1
    except csv.Error as error:
        raise QuoteLeftOpen(done + 1) from error


def _cell(text: str) -> str:
    plain = text.strip()
    kept = _AS_TEXT.fullmatch(plain)
    return next(group for group in kept.groups() if group is not None).strip() if kept else plain
