"""Posting that reads less: a plain operation or batch decided and written at once, and each row checked in one scan."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "32_quick_posting"
down_revision: str | None = "31_evidence"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Frozen copies of the functions in ledger/sql as they were at this migration, and of what they were before.
SQL = Path(__file__).resolve().parents[1] / "sql" / "32_quick_posting"


def upgrade() -> None:
    """Make the functions anew; what they refuse is the same."""
    _run("up.sql")


def downgrade() -> None:
    """Make them as they were."""
    _run("down.sql")


def _run(file: str) -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    script = (SQL / file).read_text(encoding="utf-8")
    # The driver's own execute takes a script of many statements; SQLAlchemy's takes one.
    connection.run_async(lambda driver: driver.execute(script))
