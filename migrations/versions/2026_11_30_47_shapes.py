"""Whom a request is limited to, what goes back, and whom both sides prefer; schemes of mentors."""

from collections.abc import Sequence

from alembic import op

revision: str = "47_shapes"
down_revision: str | None = "43_policy_approvals"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """What there is has no such limit, nothing in return and no preference."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE timebank.requests
            ADD COLUMN helper_branches uuid[] NOT NULL DEFAULT '{}',
            ADD COLUMN gives text[] NOT NULL DEFAULT '{}',
            ADD COLUMN prefers uuid[] NOT NULL DEFAULT '{}'
                CONSTRAINT request_prefers CHECK (cardinality(prefers) <= 10)""")
    op.execute("""
        ALTER TABLE timebank.offers
            ADD COLUMN wants text[] NOT NULL DEFAULT '{}',
            ADD COLUMN prefers uuid[] NOT NULL DEFAULT '{}'
                CONSTRAINT offer_prefers CHECK (cardinality(prefers) <= 10)""")
    op.execute("ALTER TABLE timebank.schemes DROP CONSTRAINT scheme_kind")
    op.execute("""
        ALTER TABLE timebank.schemes ADD CONSTRAINT scheme_kind
            CHECK (kind IN ('mutual_aid', 'mentoring'))""")


def downgrade() -> None:
    """Drop them; schemes of mentors become usual ones."""
    op.execute("UPDATE timebank.schemes SET kind = 'mutual_aid' WHERE kind = 'mentoring'")
    op.execute("ALTER TABLE timebank.schemes DROP CONSTRAINT scheme_kind")
    op.execute("ALTER TABLE timebank.schemes ADD CONSTRAINT scheme_kind CHECK (kind IN ('mutual_aid'))")
    op.execute("ALTER TABLE timebank.offers DROP COLUMN wants, DROP COLUMN prefers")
    op.execute(
        "ALTER TABLE timebank.requests DROP COLUMN helper_branches, DROP COLUMN gives, DROP COLUMN prefers"
    )
