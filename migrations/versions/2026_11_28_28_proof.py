"""Proof: a place for each transfer's leaf, the hashes of the tree over them, and checkpoints that were signed."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

revision: str = "28_proof"
down_revision: str | None = "27_holds"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# A frozen copy of ledger/sql/07_proof.sql as it was at this migration.
SQL = Path(__file__).resolve().parents[1] / "sql" / "28_proof" / "07_proof.sql"

TABLES = ("signers", "checkpoints", "nodes", "sequenced", "leaves")
FUNCTIONS = (
    "record_checkpoint(uuid, bigint, bytea, text, bytea[])",
    "sequence(uuid, integer)",
    "grow(uuid, bigint)",
    "proof_lock(uuid)",
    "check_checkpoint()",
    "check_nodes()",
    "check_leaves()",
    "tree_root(uuid, bigint)",
    "hashes(uuid, integer, bigint, bigint)",
    "root_of(bytea[])",
)


def upgrade() -> None:
    """Create them, empty: what was posted before gets its place like anything else."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    connection = op.get_bind().connection.dbapi_connection
    assert connection is not None
    script = SQL.read_text(encoding="utf-8")
    # The driver's own execute takes a script of many statements; SQLAlchemy's takes one.
    connection.run_async(lambda driver: driver.execute(script))


def downgrade() -> None:
    """Drop them. Checkpoints that were given out can't be proved from this database any more."""
    for table in TABLES:
        op.execute(f"DROP TABLE ledger.{table}")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION ledger.{function}")
