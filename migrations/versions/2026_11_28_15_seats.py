"""How many helpers a request wants at once, and which of the seats a proposal is for."""

from collections.abc import Sequence

from alembic import op

revision: str = "15_seats"
down_revision: str | None = "14_offers"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add both; what there is wants one and fills the first."""
    op.execute("""
        ALTER TABLE timebank.requests
            ADD COLUMN helpers integer NOT NULL DEFAULT 1
                CONSTRAINT request_helpers CHECK (helpers BETWEEN 1 AND 6),
            ADD CONSTRAINT request_several_once CHECK (helpers = 1 OR kind = 'once')""")
    op.execute("""
        ALTER TABLE timebank.proposals
            ADD COLUMN seat integer NOT NULL DEFAULT 1 CONSTRAINT proposal_seat CHECK (seat BETWEEN 1 AND 6)""")
    op.execute("DROP INDEX timebank.proposal_open_once")
    op.execute("""
        CREATE UNIQUE INDEX proposal_open_once ON timebank.proposals (request_id, seat) WHERE status = 'open'""")
    op.execute("""
        CREATE UNIQUE INDEX proposal_open_once_each ON timebank.proposals (request_id, helper_id)
        WHERE status = 'open'""")


def downgrade() -> None:
    """Drop both; of several open proposals for one request the first seat's stays open."""
    op.execute("DROP INDEX timebank.proposal_open_once_each")
    op.execute("DROP INDEX timebank.proposal_open_once")
    op.execute("""
        UPDATE timebank.proposals SET status = 'withdrawn', closed_at = now()
        WHERE status = 'open' AND seat > 1""")
    op.execute("ALTER TABLE timebank.proposals DROP COLUMN seat")
    op.execute("""
        CREATE UNIQUE INDEX proposal_open_once ON timebank.proposals (request_id) WHERE status = 'open'""")
    op.execute("ALTER TABLE timebank.requests DROP COLUMN helpers")
