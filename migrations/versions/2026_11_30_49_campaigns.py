"""Campaigns with targets, and which activities count for which of them; seats for as many as a sheet can hold."""

from collections.abc import Sequence

from alembic import op

revision: str = "49_campaigns"
down_revision: str | None = "49_reception"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_POLICY = "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"


def upgrade() -> None:
    """Create them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _seats(800)
    op.execute("""
        CREATE TABLE timebank.campaigns (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            name text NOT NULL,
            from_on date NOT NULL,
            until_on date NOT NULL,
            note text,
            created_by uuid NOT NULL,
            created_at timestamptz NOT NULL,
            version integer NOT NULL DEFAULT 1,
            CONSTRAINT campaign_in_community UNIQUE (community_id, id),
            CONSTRAINT campaign_ends_after_it_begins CHECK (from_on <= until_on)
        )""")
    op.execute("CREATE INDEX campaigns_latest ON timebank.campaigns (community_id, from_on DESC, id DESC)")
    op.execute("""
        CREATE TABLE timebank.campaign_targets (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            campaign_id uuid NOT NULL,
            position integer NOT NULL,
            title text NOT NULL,
            measure text NOT NULL CONSTRAINT target_measure
                CHECK (measure IN ('activities', 'people', 'staffing', 'minutes')),
            goal integer NOT NULL CONSTRAINT target_goal CHECK (goal BETWEEN 1 AND 10000000),
            CONSTRAINT target_in_community UNIQUE (community_id, id),
            CONSTRAINT target_position UNIQUE (campaign_id, position) DEFERRABLE INITIALLY DEFERRED,
            CONSTRAINT target_of_campaign FOREIGN KEY (community_id, campaign_id)
                REFERENCES timebank.campaigns (community_id, id)
        )""")
    op.execute("""
        CREATE TABLE timebank.activity_targets (
            community_id uuid NOT NULL,
            activity_id uuid NOT NULL,
            target_id uuid NOT NULL,
            PRIMARY KEY (community_id, activity_id, target_id),
            CONSTRAINT counted_activity FOREIGN KEY (community_id, activity_id)
                REFERENCES timebank.activities (community_id, id),
            CONSTRAINT counted_target FOREIGN KEY (community_id, target_id)
                REFERENCES timebank.campaign_targets (community_id, id)
        )""")
    op.execute("CREATE INDEX activity_targets_by_target ON timebank.activity_targets (target_id)")
    for table, rights in (
        ("campaigns", "SELECT, INSERT, UPDATE"),
        ("campaign_targets", "SELECT, INSERT, UPDATE, DELETE"),
        ("activity_targets", "SELECT, INSERT, DELETE"),
    ):
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY community ON timebank.{table} {_POLICY}")
        op.execute(f"GRANT {rights} ON timebank.{table} TO timebank_app")


def downgrade() -> None:
    """Drop them."""
    _seats(5000)
    op.execute("DROP TABLE timebank.activity_targets")
    op.execute("DROP TABLE timebank.campaign_targets")
    op.execute("DROP TABLE timebank.campaigns")


def _seats(most: int) -> None:
    op.execute(f"""
        ALTER TABLE timebank.activities
            DROP CONSTRAINT activity_seats, ADD CONSTRAINT activity_seats CHECK (seats BETWEEN 1 AND {most})""")
