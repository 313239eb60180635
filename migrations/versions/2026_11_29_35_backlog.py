"""Places for a whole history at once: what has none yet is read in one go where that is most of a book."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "35_backlog"
down_revision: str | None = "34_news"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Frozen copies of the function in ledger/sql as it was at this migration, and of what it was before.
SQL = Path(__file__).resolve().parents[1] / "sql" / "35_backlog"


def upgrade() -> None:
    """Make the function anew; what it does is the same."""
    _run("up.sql")


def downgrade() -> None:
    """Make it as it was."""
    _run("down.sql")


def _run(file: str) -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    script = (SQL / file).read_text(encoding="utf-8")
    # The driver's own execute takes a script of many statements; SQLAlchemy's takes one.
    connection.run_async(lambda driver: driver.execute(script))
