"""The ledger: accounts, transfers, entries, outcomes, and the one function that posts."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "02_ledger"
down_revision: str | None = "01_core"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Frozen copies of ledger/sql as it was at this migration.
SQL = Path(__file__).resolve().parents[1] / "sql" / "02_ledger"


def upgrade() -> None:
    """Create them."""
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    for file in sorted(SQL.glob("*.sql")):
        script = file.read_text(encoding="utf-8")
        # The driver's own execute takes a script of many statements; SQLAlchemy's takes one.
        connection.run_async(lambda driver, script=script: driver.execute(script))


def downgrade() -> None:
    """Drop them: all that is in the schema is of this migration."""
    op.execute("DROP SCHEMA ledger CASCADE")
    op.execute("CREATE SCHEMA ledger")
    op.execute("GRANT USAGE ON SCHEMA ledger TO timebank_app")
