"""A signer that nobody vouches for is refused by the database too; a book sees what another owes it."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "31_evidence"
down_revision: str | None = "28_proof"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Frozen copies of ledger/sql as it was at this migration, and of what it was before.
SQL = Path(__file__).resolve().parents[1] / "sql" / "31_evidence"


def upgrade() -> None:
    """Create the functions. What is there already is for reconciliation to find."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _run("up")


def downgrade() -> None:
    """Drop them."""
    _run("down")


def _run(direction: str) -> None:
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    for file in sorted((SQL / direction).glob("*.sql")):
        script = file.read_text(encoding="utf-8")
        # The driver's own execute takes a script of many statements; SQLAlchemy's takes one.
        connection.run_async(lambda driver, script=script: driver.execute(script))
