"""An act is written into the log of a community only by who sees that community."""

from collections.abc import Sequence

from alembic import op

revision: str = "24_acts_apart"
down_revision: str | None = "23_merged_members"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Hold it to what may be read; the acts of no community stay open to all."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP POLICY writing ON timebank.acts")
    op.execute("""
        CREATE POLICY writing ON timebank.acts FOR INSERT WITH CHECK (
            community_id IS NULL OR community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))""")


def downgrade() -> None:
    """Anybody's act may be written."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP POLICY writing ON timebank.acts")
    op.execute("CREATE POLICY writing ON timebank.acts FOR INSERT WITH CHECK (true)")
