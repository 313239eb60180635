"""What commands say at the terminal, in the reader's language."""

from collections.abc import Sequence

from pydantic import ValidationError
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text as Plain

from timebank.core.errors import N_, FieldError, Text, TimebankError
from timebank.core.settings import settings
from timebank.web import i18n

# A terminal is no place for thousands of rows.
ROWS_SHOWN = 200

# soft_wrap: addresses and paths must survive being copied.
_out = Console(soft_wrap=True, highlight=False)
_err = Console(soft_wrap=True, highlight=False, stderr=True)


def tell(message: str, style: str | None = None, **values: object) -> None:
    """Say a sentence (its Chinese msgid) with its values."""
    show(Text(message, values), style)


def show(text: Text, style: str | None = None) -> None:
    """Say a text."""
    _out.print(said(text), style=style, markup=False)


def table(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under a title and headers (Chinese msgids); nothing where there are none."""
    if not rows:
        return
    made = Table(title=word(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for header in headers:
        made.add_column(word(header), overflow="fold")
    for row in rows[:ROWS_SHOWN]:
        made.add_row(*map(Plain, row))
    # A file or a pipe has no width: rows stay whole there.
    _out.print(made, width=None if _out.is_terminal else 240)
    if len(rows) > ROWS_SHOWN:
        tell(N_("还有 {count} 行没有列出；在网页上可以全部看到"), "dim", count=len(rows) - ROWS_SHOWN)


def refuse(error: TimebankError) -> int:
    """Say why not, with every field that is wrong; the exit code."""
    _err.print(said(error.text), style="bold red", markup=False)
    for field in getattr(error, "fields", ()):
        _err.print(f"  {_field(field)}", markup=False)
    return 1


def _field(found: FieldError) -> str:
    row = f"{found.row}: " if found.row is not None else ""
    return f"{row}{found.field}: {said(found.text)}"


def said(text: Text) -> str:
    """A text in the reader's language."""
    return i18n.say(text, _language())


def word(message: str) -> str:
    """A word in the reader's language."""
    return i18n.translate(message, _language())


def help_text(message: str) -> str:
    """A text of `--help`, which is made before any command runs."""
    return i18n.translate(message, _language())


def _language() -> i18n.Language:
    try:
        return settings().language
    except (OSError, ValidationError):  # the command itself will say which setting is wrong
        return "zh"
