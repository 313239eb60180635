"""What members choose to become of their minutes afterwards, deaths as they were recorded, and where a balance went."""

from collections.abc import Sequence

from alembic import op

revision: str = "52_deaths"
down_revision: str | None = "44_served"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = "'opening', 'visit', 'gift', 'grant', 'correction', 'merge', 'activity'"


def upgrade() -> None:
    """Create them, and the kind of movement."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _bequests()
    _deaths()
    for table in ("bequests", "deaths"):
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY community ON timebank.{table} "
            "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"
        )
    op.execute("GRANT SELECT, INSERT ON timebank.bequests TO timebank_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.deaths TO timebank_app")
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timebank.bequests
        FOR EACH STATEMENT EXECUTE FUNCTION timebank.append_only()""")
    op.execute("ALTER TABLE timebank.bequests ENABLE ALWAYS TRIGGER append_only")
    op.execute("""
        ALTER TABLE timebank.house_policies ADD CONSTRAINT house_policy_unclaimed
        CHECK (coalesce(content->>'unclaimed' IN ('pool', 'kept'), true))""")
    _kinds(f"{_KINDS}, 'bequest'")


def _bequests() -> None:
    op.execute("""
        CREATE TABLE timebank.bequests (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            member_id uuid NOT NULL,
            number integer NOT NULL CHECK (number >= 1),
            kind text NOT NULL CONSTRAINT bequest_kind CHECK (kind IN ('nominee', 'kin', 'pool')),
            heir_id uuid,
            source text NOT NULL CONSTRAINT bequest_source CHECK (source IN ('desk', 'phone', 'paper', 'app')),
            heard_by text NOT NULL CONSTRAINT bequest_heard_by_nobody CHECK (btrim(heard_by) <> ''),
            said_on date NOT NULL,
            recorded_by uuid NOT NULL,
            recorded_on date NOT NULL,
            recorded_at timestamptz NOT NULL,
            CONSTRAINT bequest_number UNIQUE (member_id, number),
            CONSTRAINT bequest_of_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT bequest_to_member FOREIGN KEY (community_id, heir_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT bequest_names_heir CHECK ((kind = 'pool') = (heir_id IS NULL)),
            CONSTRAINT bequest_to_oneself CHECK (heir_id <> member_id),
            CONSTRAINT bequest_said_later CHECK (said_on <= recorded_on)
        )""")
    op.execute("CREATE INDEX bequests_of_community ON timebank.bequests (community_id, member_id)")


def _deaths() -> None:
    op.execute("""
        CREATE TABLE timebank.deaths (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            member_id uuid NOT NULL,
            died_on date NOT NULL,
            told_by text NOT NULL CONSTRAINT death_told_by_nobody CHECK (btrim(told_by) <> ''),
            status_before text NOT NULL,
            recorded_by uuid NOT NULL,
            recorded_on date NOT NULL,
            recorded_at timestamptz NOT NULL,
            way text CONSTRAINT death_way CHECK (way IN ('as_chosen', 'rest_to_pool', 'pool')),
            heir_id uuid,
            minutes bigint,
            rest_minutes bigint CONSTRAINT death_rest CHECK (rest_minutes >= 0),
            transfer_ids uuid[] NOT NULL,
            settled_by uuid,
            settled_at timestamptz,
            undone_by uuid,
            undone_at timestamptz,
            undone_because text,
            version integer NOT NULL DEFAULT 1,
            CONSTRAINT death_of_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT death_in_the_future CHECK (died_on <= recorded_on),
            CONSTRAINT death_settled CHECK (num_nulls(way, minutes, rest_minutes, settled_by, settled_at) IN (0, 5)),
            CONSTRAINT death_undone CHECK (num_nulls(undone_by, undone_at, undone_because) IN (0, 3)),
            CONSTRAINT death_undone_without_reason CHECK (btrim(undone_because) <> ''),
            CONSTRAINT death_undone_by_recorder
                CHECK (undone_by <> recorded_by AND (settled_by IS NULL OR undone_by <> settled_by))
        )""")
    op.execute(
        "CREATE UNIQUE INDEX death_recorded_twice ON timebank.deaths (member_id) WHERE undone_at IS NULL"
    )
    op.execute("CREATE INDEX deaths_of_community ON timebank.deaths (community_id, recorded_at)")


def downgrade() -> None:
    """Take them away."""
    _kinds(_KINDS)
    op.execute("ALTER TABLE timebank.house_policies DROP CONSTRAINT house_policy_unclaimed")
    op.execute("DROP TABLE timebank.deaths")
    op.execute("DROP TABLE timebank.bequests")


def _kinds(kinds: str) -> None:
    op.execute(f"""
        ALTER TABLE timebank.movements
            DROP CONSTRAINT movement_kind, ADD CONSTRAINT movement_kind CHECK (kind IN ({kinds}))""")
