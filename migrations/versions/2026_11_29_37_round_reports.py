"""What each match round came to, so that months of rounds can be compared. Rounds run before have no report."""

from collections.abc import Sequence

from alembic import op

revision: str = "37_round_reports"
down_revision: str | None = "36_volunteers"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the column."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE timebank.rounds ADD report jsonb
            CONSTRAINT round_report CHECK (report IS NULL OR jsonb_typeof(report) = 'object')""")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE timebank.rounds DROP report")
