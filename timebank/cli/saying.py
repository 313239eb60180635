"""What commands say at the terminal, in the reader's language."""

from pydantic import ValidationError
from rich.console import Console

from timebank.core.errors import FieldError, Text, TimebankError
from timebank.core.settings import settings
from timebank.web import i18n

# soft_wrap: addresses and paths must survive being copied.
_out = Console(soft_wrap=True, highlight=False)
_err = Console(soft_wrap=True, highlight=False, stderr=True)


def tell(message: str, style: str | None = None, **values: object) -> None:
    """Say a sentence (its Chinese msgid) with its values."""
    show(Text(message, values), style)


def show(text: Text, style: str | None = None) -> None:
    """Say a text."""
    _out.print(_say(text), style=style, markup=False)


def refuse(error: TimebankError) -> int:
    """Say why not, with every field that is wrong; the exit code."""
    _err.print(_say(error.text), style="bold red", markup=False)
    for field in getattr(error, "fields", ()):
        _err.print(f"  {_field(field)}", markup=False)
    return 1


def _field(found: FieldError) -> str:
    row = f"{found.row}: " if found.row is not None else ""
    return f"{row}{found.field}: {_say(found.text)}"


def _say(text: Text) -> str:
    return i18n.say(text, _language())


def help_text(message: str) -> str:
    """A text of `--help`, which is made before any command runs."""
    return i18n.translate(message, _language())


def _language() -> i18n.Language:
    try:
        return settings().language
    except ValidationError:  # the command itself will say which setting is wrong
        return "zh"
