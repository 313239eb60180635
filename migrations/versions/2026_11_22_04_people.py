"""Branches and members, when they are free, when they are away, and whom not to bring together."""

from collections.abc import Sequence

from alembic import op

revision: str = "04_people"
down_revision: str | None = "03_access"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("branches", "members", "availability", "absences", "do_not_pair")

MEMBERS = """
CREATE TABLE timebank.members (
    id uuid PRIMARY KEY,
    community_id uuid NOT NULL REFERENCES timebank.units,
    number text COLLATE "C" NOT NULL CONSTRAINT member_number CHECK (number ~ '^[0-9A-Za-z-]{1,30}$'),
    name text NOT NULL CONSTRAINT member_name CHECK (name = btrim(name) AND length(name) BETWEEN 1 AND 60),
    sort_key text COLLATE "C" NOT NULL,
    search text NOT NULL,
    gender text NOT NULL CONSTRAINT member_gender CHECK (gender IN ('female', 'male', 'unknown')),
    birth_on date,
    id_sealed bytea,
    id_index bytea,
    id_mask text,
    phone text CONSTRAINT member_phone CHECK (phone ~ '^[0-9+-]{5,20}$'),
    address text,
    lat double precision CONSTRAINT member_lat CHECK (lat BETWEEN -90 AND 90),
    lon double precision CONSTRAINT member_lon CHECK (lon BETWEEN -180 AND 180),
    branch_id uuid,
    skills text[] NOT NULL DEFAULT '{}',
    dialects text[] NOT NULL DEFAULT '{}',
    interests text[] NOT NULL DEFAULT '{}',
    needs text[] NOT NULL DEFAULT '{}',
    trainings text[] NOT NULL DEFAULT '{}',
    is_helper boolean NOT NULL,
    is_recipient boolean NOT NULL,
    hardship_tier smallint NOT NULL CONSTRAINT member_tier CHECK (hardship_tier BETWEEN 0 AND 3),
    lives_alone boolean NOT NULL,
    contact text NOT NULL CONSTRAINT member_contact CHECK (contact IN ('smartphone', 'phone', 'none')),
    status text NOT NULL CONSTRAINT member_status
        CHECK (status IN ('applied', 'active', 'paused', 'left', 'dead')),
    joined_on date,
    emergency_name text,
    emergency_phone text CONSTRAINT member_emergency_phone CHECK (emergency_phone ~ '^[0-9+-]{5,20}$'),
    note text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    CONSTRAINT member_in_community UNIQUE (community_id, id),
    CONSTRAINT member_number_unique UNIQUE (community_id, number),
    CONSTRAINT member_id_number_unique UNIQUE (community_id, id_index),
    CONSTRAINT member_id_number_whole CHECK (num_nulls(id_sealed, id_index, id_mask) IN (0, 3)),
    CONSTRAINT member_home_whole CHECK (num_nulls(lat, lon) IN (0, 2)),
    CONSTRAINT member_branch FOREIGN KEY (community_id, branch_id)
        REFERENCES timebank.branches (community_id, id)
)
"""

# Under row-level security a LIKE can't use the trigram index (it isn't leakproof), so this narrow
# function reads as the owner and checks the communities itself. It gives ids only.
FIND_MEMBERS = """
CREATE FUNCTION timebank.find_members(
    wanted uuid[], first text[], second text[], third text[], whole text, most integer
) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
    SELECT m.id FROM timebank.members m
    WHERE m.community_id = ANY (wanted)
      AND m.community_id = ANY (timebank.visible_communities())
      AND m.search LIKE ANY (first) AND m.search LIKE ANY (second) AND m.search LIKE ANY (third)
    ORDER BY m.status IN ('left', 'dead'), m.search NOT LIKE whole, m.sort_key, m.number, m.id
    LIMIT least(most, 200)
$$
"""


def upgrade() -> None:
    """Create them."""
    op.execute("""
        CREATE TABLE timebank.branches (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            name text NOT NULL CONSTRAINT branch_name
                CHECK (name = btrim(name) AND length(name) BETWEEN 1 AND 60),
            created_at timestamptz NOT NULL,
            CONSTRAINT branch_in_community UNIQUE (community_id, id),
            CONSTRAINT branch_name_unique UNIQUE (community_id, name)
        )""")
    op.execute(MEMBERS)
    op.execute("CREATE INDEX members_search ON timebank.members USING gin (search public.gin_trgm_ops)")
    op.execute("CREATE INDEX members_by_name ON timebank.members (community_id, sort_key, number)")
    op.execute("CREATE INDEX members_by_branch ON timebank.members (branch_id)")
    op.execute("""
        CREATE TABLE timebank.availability (
            community_id uuid NOT NULL,
            member_id uuid NOT NULL,
            weekday smallint NOT NULL CONSTRAINT availability_weekday CHECK (weekday BETWEEN 0 AND 6),
            from_minute smallint NOT NULL,
            to_minute smallint NOT NULL,
            PRIMARY KEY (member_id, weekday, from_minute),
            CONSTRAINT availability_window
                CHECK (0 <= from_minute AND from_minute < to_minute AND to_minute <= 1440),
            CONSTRAINT availability_apart EXCLUDE USING gist (
                member_id WITH =, weekday WITH =, int4range(from_minute, to_minute) WITH &&),
            CONSTRAINT availability_of_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id)
        )""")
    op.execute("""
        CREATE TABLE timebank.absences (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            member_id uuid NOT NULL,
            from_on date NOT NULL,
            until_on date NOT NULL,
            kind text NOT NULL CONSTRAINT absence_kind
                CHECK (kind IN ('sea', 'family', 'ill', 'travel', 'other')),
            note text,
            created_at timestamptz NOT NULL,
            CONSTRAINT absence_order CHECK (from_on <= until_on),
            CONSTRAINT absences_apart EXCLUDE USING gist (
                member_id WITH =, daterange(from_on, until_on, '[]') WITH &&),
            CONSTRAINT absence_of_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id)
        )""")
    op.execute("""
        CREATE TABLE timebank.do_not_pair (
            community_id uuid NOT NULL,
            first_id uuid NOT NULL,
            second_id uuid NOT NULL,
            reason text NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (first_id, second_id),
            CONSTRAINT do_not_pair_order CHECK (first_id < second_id),
            CONSTRAINT do_not_pair_first FOREIGN KEY (community_id, first_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT do_not_pair_second FOREIGN KEY (community_id, second_id)
                REFERENCES timebank.members (community_id, id)
        )""")
    op.execute("CREATE INDEX do_not_pair_by_second ON timebank.do_not_pair (second_id)")
    op.execute(FIND_MEMBERS)
    op.execute("""
        REVOKE ALL ON FUNCTION timebank.find_members(uuid[], text[], text[], text[], text, integer)
        FROM PUBLIC""")
    op.execute("""
        GRANT EXECUTE ON FUNCTION timebank.find_members(uuid[], text[], text[], text[], text, integer)
        TO timebank_app""")
    op.execute("""
        ALTER TABLE timebank.cards ADD CONSTRAINT card_of_member
        FOREIGN KEY (community_id, member_id) REFERENCES timebank.members (community_id, id)""")
    op.execute("""
        ALTER TABLE timebank.staff_memberships ADD CONSTRAINT staff_membership_of_member
        FOREIGN KEY (member_id) REFERENCES timebank.members (id)""")
    for table in TABLES:
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY community ON timebank.{table} "
            "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON timebank.{table} TO timebank_app")
    # Present facts, not history: what was there before is in the log of acts.
    op.execute(
        "GRANT DELETE ON timebank.availability, timebank.absences, timebank.do_not_pair TO timebank_app"
    )


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE timebank.staff_memberships DROP CONSTRAINT staff_membership_of_member")
    op.execute("ALTER TABLE timebank.cards DROP CONSTRAINT card_of_member")
    op.execute("DROP FUNCTION timebank.find_members(uuid[], text[], text[], text[], text, integer)")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE timebank.{table}")
