"""Months of a book close: they take approved corrections only, then nothing for ever, and leave their balances."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "26_periods"
down_revision: str | None = "25_long_lists"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Frozen copies of what ledger/sql said of it at this migration.
SQL = Path(__file__).resolve().parents[1] / "sql" / "26_periods"


def upgrade() -> None:
    """Create the periods, and let posting heed them. Every month is open until somebody closes it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in ("01_periods", "02_posting", "03_rights"):
        _run(name)


def downgrade() -> None:
    """Drop them. What was closed is open again, since nothing is left to say so."""
    _run("down")


def _run(name: str) -> None:
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    script = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    # The driver's own execute takes a script of many statements; SQLAlchemy's takes one.
    connection.run_async(lambda driver: driver.execute(script))
