"""Joining at retirement: a talk, a ceremony, an activity and three hand-overs, each with its day and who did it."""

from collections.abc import Sequence

from alembic import op

revision: str = "51_retirements"
down_revision: str | None = "50_activity_hours"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE timebank.retirements (
            member_id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            retired_on date NOT NULL,
            retired_from text,
            begun_by uuid NOT NULL,
            begun_at timestamptz NOT NULL,
            version integer NOT NULL DEFAULT 1,
            CONSTRAINT retirement_in_community UNIQUE (community_id, member_id),
            CONSTRAINT retirement_of_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id)
        )""")
    op.execute("""
        CREATE TABLE timebank.retirement_items (
            member_id uuid NOT NULL,
            item text NOT NULL CONSTRAINT retirement_item CHECK (item IN
                ('talk', 'ceremony', 'activity', 'to_management', 'to_platform', 'to_community')),
            community_id uuid NOT NULL,
            done_on date NOT NULL,
            who text NOT NULL CONSTRAINT retirement_item_done_by_nobody CHECK (btrim(who) <> ''),
            note text,
            by uuid NOT NULL,
            noted_on date NOT NULL,
            at timestamptz NOT NULL,
            PRIMARY KEY (member_id, item),
            CONSTRAINT retirement_item_of_list FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.retirements (community_id, member_id),
            CONSTRAINT retirement_item_before_its_day CHECK (done_on <= noted_on)
        )""")
    op.execute("CREATE INDEX retirements_by_day ON timebank.retirements (community_id, retired_on)")
    op.execute("CREATE INDEX retirement_items_of_community ON timebank.retirement_items (community_id)")
    for table in ("retirements", "retirement_items"):
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY community ON timebank.{table} "
            "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON timebank.{table} TO timebank_app")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE timebank.retirement_items")
    op.execute("DROP TABLE timebank.retirements")
