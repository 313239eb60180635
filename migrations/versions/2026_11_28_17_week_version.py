"""A member's week has a version of its own, so that two people who set it see each other."""

from collections.abc import Sequence

from alembic import op

revision: str = "17_week_version"
down_revision: str | None = "16_job_failures"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add it. A constant default rewrites nothing."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE timebank.members ADD week_version integer NOT NULL DEFAULT 1")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE timebank.members DROP week_version")
