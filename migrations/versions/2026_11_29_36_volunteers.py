"""Helpers who said of a published request that they would go."""

from collections.abc import Sequence

from alembic import op

revision: str = "36_volunteers"
down_revision: str | None = "35_backlog"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create the table, empty."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE timebank.volunteers (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            request_id uuid NOT NULL,
            member_id uuid NOT NULL,
            provenance text NOT NULL,
            said_by uuid NOT NULL,
            said_at timestamptz NOT NULL,
            withdrawn_at timestamptz,
            CONSTRAINT volunteer_once UNIQUE (request_id, member_id),
            CONSTRAINT volunteer_for_request FOREIGN KEY (community_id, request_id)
                REFERENCES timebank.requests (community_id, id),
            CONSTRAINT volunteer_is_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id)
        )""")
    op.execute("CREATE INDEX volunteers_latest ON timebank.volunteers (community_id, said_at)")
    op.execute("CREATE INDEX volunteers_by_member ON timebank.volunteers (member_id, said_at DESC)")
    op.execute("ALTER TABLE timebank.volunteers ENABLE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY community ON timebank.volunteers
        USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))""")
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.volunteers TO timebank_app")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE timebank.volunteers")
