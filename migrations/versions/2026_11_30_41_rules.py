"""Accounts can be kept as they stand while a batch is made up, as what goes over a ceiling needs."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "41_rules"
down_revision: str | None = "38_round_runs"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# A frozen copy of the function in ledger/sql as it was at this migration.
SQL = Path(__file__).resolve().parents[1] / "sql" / "41_rules"


def upgrade() -> None:
    """Create the function."""
    _run("up.sql")


def downgrade() -> None:
    """Drop it."""
    _run("down.sql")


def _run(file: str) -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    script = (SQL / file).read_text(encoding="utf-8")
    # The driver's own execute takes a script of many statements; SQLAlchemy's takes one.
    connection.run_async(lambda driver: driver.execute(script))
