"""Places with their hours, and who came in to wait."""

from collections.abc import Sequence

from alembic import op

revision: str = "49_reception"
down_revision: str | None = "46_contacts"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE timebank.places (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            name text NOT NULL CONSTRAINT place_name
                CHECK (name = btrim(name) AND length(name) BETWEEN 1 AND 60),
            address text NOT NULL CONSTRAINT place_address CHECK (length(address) <= 200),
            note text CONSTRAINT place_note CHECK (length(note) <= 200),
            hours jsonb NOT NULL CONSTRAINT place_hours
                CHECK (jsonb_typeof(hours) = 'array' AND jsonb_array_length(hours) <= 14),
            closed_on date,
            version integer NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL
        )""")
    op.execute("CREATE INDEX places_community ON timebank.places (community_id)")
    op.execute("""
        CREATE TABLE timebank.visitors (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            on_day date NOT NULL,
            number integer NOT NULL CONSTRAINT visitor_number CHECK (number > 0),
            member_id uuid,
            name text NOT NULL CONSTRAINT visitor_name CHECK (length(name) BETWEEN 1 AND 60),
            about text NOT NULL CONSTRAINT visitor_about
                CHECK (about IN ('ask', 'hours', 'card', 'join', 'other')),
            standing text NOT NULL CONSTRAINT visitor_standing
                CHECK (standing IN ('waiting', 'called', 'served', 'left')),
            came_at timestamptz NOT NULL,
            called_at timestamptz,
            called_by uuid,
            ended_at timestamptz,
            created_by uuid NOT NULL,
            version integer NOT NULL DEFAULT 1,
            CONSTRAINT visitor_called CHECK ((called_at IS NULL) = (called_by IS NULL)
                AND (standing <> 'called' OR called_at IS NOT NULL)
                AND (standing <> 'waiting' OR called_at IS NULL)),
            CONSTRAINT visitor_ended CHECK ((standing IN ('served', 'left')) = (ended_at IS NOT NULL)),
            CONSTRAINT visitor_number_once UNIQUE (community_id, on_day, number),
            FOREIGN KEY (community_id, member_id) REFERENCES timebank.members (community_id, id)
        )""")
    # Read by community, like every table that has one.
    for table in ("pair_notes", "house_policy_approvals", "scheme_policy_approvals"):
        op.execute(f"CREATE INDEX {table}_community ON timebank.{table} (community_id)")
    for table in ("places", "visitors"):
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY community ON timebank.{table} "
            "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON timebank.{table} TO timebank_app")


def downgrade() -> None:
    """Drop them."""
    for table in ("pair_notes", "house_policy_approvals", "scheme_policy_approvals"):
        op.execute(f"DROP INDEX timebank.{table}_community")
    op.execute("DROP TABLE timebank.visitors")
    op.execute("DROP TABLE timebank.places")
