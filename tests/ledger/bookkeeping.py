"""Other people's bookkeeping programs, run on the text of a book."""

import csv
import io
import subprocess
import sys
from datetime import date
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from ledger import JournalForm

BEAN_CHECK = Path(sys.executable).with_name("bean-check")


async def written(db: AsyncSession, book_id: UUID, days: tuple[date, date], form: JournalForm) -> str:
    """The whole text."""
    lines = [line async for line in ledger.journal(db, book_id, *days, form=form)]
    return "\n".join(lines) + "\n"


def complaint(text: str, form: JournalForm, folder: Path) -> str:
    """What the program has against the text; nothing if it adds up."""
    path = _file(text, form, folder)
    command = ["hledger", "check", "-s", "-f", path] if form is JournalForm.HLEDGER else [BEAN_CHECK, path]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    said = done.stdout + done.stderr
    assert bool(done.returncode) == bool(said), said
    return said


def added_up(text: str, folder: Path) -> dict[UUID, int]:
    """What hledger says each account stands at in the end, as the ledger has it: credits positive."""
    path = _file(text, JournalForm.HLEDGER, folder)
    command = ["hledger", "balance", "-f", path, "--flat", "--empty", "-O", "csv", "--layout", "bare"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    rows = csv.DictReader(io.StringIO(done.stdout))
    return {_id(row["account"]): -int(row["balance"]) for row in rows if row["account"] != "total"}


def _id(name: str) -> UUID:
    return UUID(name.rpartition(":")[2])


def _file(text: str, form: JournalForm, folder: Path) -> Path:
    path = folder / f"book.{form.value}"
    path.write_text(text, encoding="utf-8")
    return path
