"""What members would gladly do."""

from collections.abc import Sequence

from alembic import op

revision: str = "14_offers"
down_revision: str | None = "13_recurrence"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them."""
    op.execute("""
        CREATE TABLE timebank.offers (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            member_id uuid NOT NULL,
            category text NOT NULL CONSTRAINT offer_category CHECK (category ~ '^[a-z_]{1,40}$'),
            weekdays integer[] NOT NULL CONSTRAINT offer_weekdays CHECK (weekdays <@ '{0,1,2,3,4,5,6}'),
            from_minute integer NOT NULL,
            to_minute integer NOT NULL,
            until_on date NOT NULL,
            note text,
            provenance text NOT NULL,
            created_by uuid NOT NULL,
            created_at timestamptz NOT NULL,
            ended_at timestamptz,
            version integer NOT NULL DEFAULT 1,
            CONSTRAINT offer_of_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT offer_within_the_day
                CHECK (from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440)
        )""")
    op.execute(
        "CREATE INDEX offers_standing ON timebank.offers (community_id, until_on) WHERE ended_at IS NULL"
    )
    op.execute("CREATE INDEX offers_latest ON timebank.offers (community_id, created_at DESC, id DESC)")
    op.execute("CREATE INDEX offers_by_member ON timebank.offers (community_id, member_id)")
    op.execute("ALTER TABLE timebank.offers ENABLE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY community ON timebank.offers
        USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))""")
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.offers TO timebank_app")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE timebank.offers")
