"""Tables as CSV files that a spreadsheet opens as they are, and cannot be made to run anything."""

import csv
import io
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from fastapi.responses import Response

# What a spreadsheet takes for the beginning of a formula (OWASP: CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> object:
    """A text that would be taken for a formula gets an apostrophe before it; numbers stay numbers."""
    return safe_text(value) if isinstance(value, str) else value


def safe_text(text: str) -> str:
    """The same of a text; `plain_text` takes the apostrophe away again, and no other."""
    return f"'{text}" if text.startswith(_FORMULA) or plain_text(text) != text else text


def plain_text(text: str) -> str:
    """The text that `safe_text` was given."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA) else text


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A CSV file to download, in UTF-8 with the mark that Excel needs; `name` is without its ending."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([safe_cell(cell) for cell in header])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return Response(
        text.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.csv"},
    )
