"""What is read of a year must not be read whole: the latest visits, a month of a book, one community's settlements."""

from collections.abc import Sequence

from alembic import op

revision: str = "25_long_lists"
down_revision: str | None = "24_acts_apart"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create the indexes."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Just as `visits.queries.list_visits` sorts.
    op.execute("""
        CREATE INDEX visits_latest
        ON timebank.visits (community_id, (coalesce(planned_from, created_at)) DESC, id DESC)""")
    # Else every community's reconciliation reads the settlements of all.
    op.execute("CREATE INDEX settlements_by_community ON timebank.settlements (community_id, visit_id)")
    op.execute("CREATE INDEX transfers_by_day ON ledger.transfers (book_id, effective_on)")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP INDEX ledger.transfers_by_day")
    op.execute("DROP INDEX timebank.settlements_by_community")
    op.execute("DROP INDEX timebank.visits_latest")
