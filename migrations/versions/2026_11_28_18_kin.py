"""Who is whose kin: what separation of duties and gifts rest on."""

from collections.abc import Sequence

from alembic import op

revision: str = "18_kin"
down_revision: str | None = "17_week_version"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# As owner, since a tie may lead through a community that is not visible. It tells of visible members
# only, and only that somebody is near kin of those who are named: not how, nor through whom.
NEAR_KIN = """
CREATE FUNCTION timebank.near_kin(own uuid[], staff uuid, asked uuid[], today date) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    WITH live AS (
        SELECT k.member_id, k.kind, k.other_member_id, k.staff_id FROM timebank.kin k
        WHERE k.retracted_at IS NULL AND (k.ended_on IS NULL OR k.ended_on > today)
    ), edges AS (
        SELECT member_id AS one, other_member_id AS other, kind FROM live WHERE other_member_id IS NOT NULL
        UNION ALL
        SELECT other_member_id, member_id, timebank.kin_seen_from_the_other(kind) FROM live
        WHERE other_member_id IS NOT NULL
    ), first AS (
        SELECT other, kind FROM edges WHERE one = ANY (own)
        UNION ALL
        SELECT member_id, timebank.kin_seen_from_the_other(kind) FROM live WHERE staff_id = staff
    ), second AS (
        SELECT e.other FROM first f JOIN edges e ON e.one = f.other
        WHERE f.kind IN ('spouse', 'parent', 'child') AND e.kind IN ('spouse', 'parent', 'child')
    )
    SELECT m.id FROM timebank.members m
    WHERE m.id = ANY (asked) AND m.community_id = ANY (timebank.visible_communities())
      AND m.id IN (SELECT other FROM first UNION SELECT other FROM second)
$$
"""


def upgrade() -> None:
    """Create them."""
    op.execute("""
        CREATE FUNCTION timebank.kin_seen_from_the_other(kind text) RETURNS text
        LANGUAGE sql IMMUTABLE SET search_path = pg_catalog
        AS $$
            SELECT CASE kind
                WHEN 'parent' THEN 'child' WHEN 'child' THEN 'parent'
                WHEN 'parent_in_law' THEN 'child_in_law' WHEN 'child_in_law' THEN 'parent_in_law'
                WHEN 'grandparent' THEN 'grandchild' WHEN 'grandchild' THEN 'grandparent'
                ELSE kind END
        $$""")
    op.execute("""
        CREATE TABLE timebank.kin (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            member_id uuid NOT NULL,
            kind text NOT NULL CONSTRAINT kin_kind CHECK (kind IN ('spouse', 'parent', 'child',
                'parent_in_law', 'child_in_law', 'grandparent', 'grandchild')),
            other_community_id uuid,
            other_member_id uuid,
            other_name text CONSTRAINT kin_other_name
                CHECK (other_name = btrim(other_name) AND length(other_name) BETWEEN 1 AND 60),
            other_phone text,
            other_gender text,
            staff_id uuid REFERENCES timebank.staff,
            said_by text NOT NULL,
            said_on date NOT NULL,
            recorded_by uuid NOT NULL,
            recorded_at timestamptz NOT NULL,
            ended_on date,
            retracted_at timestamptz,
            version integer NOT NULL DEFAULT 1,
            CONSTRAINT kin_of_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT kin_of_other_member FOREIGN KEY (other_community_id, other_member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT kin_not_with_oneself CHECK (member_id <> other_member_id),
            CONSTRAINT kin_member_or_not CHECK (
                num_nonnulls(other_community_id, other_member_id) = CASE WHEN other_name IS NULL THEN 2 ELSE 0 END
                AND (other_name IS NOT NULL OR num_nonnulls(other_phone, other_gender, staff_id) = 0))
        )""")
    op.execute("""
        CREATE UNIQUE INDEX kin_once ON timebank.kin
            (least(member_id, other_member_id), greatest(member_id, other_member_id))
        WHERE other_member_id IS NOT NULL AND ended_on IS NULL AND retracted_at IS NULL""")
    op.execute("CREATE INDEX kin_by_member ON timebank.kin (member_id)")
    op.execute("CREATE INDEX kin_by_other ON timebank.kin (other_member_id)")
    op.execute("CREATE INDEX kin_by_staff ON timebank.kin (staff_id) WHERE staff_id IS NOT NULL")
    op.execute("ALTER TABLE timebank.kin ENABLE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY community ON timebank.kin
        USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[])
            OR other_community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))""")
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.kin TO timebank_app")
    op.execute(NEAR_KIN)
    op.execute("""
        CREATE FUNCTION timebank.member_elsewhere(community uuid, its_number text, its_name text) RETURNS uuid
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
        AS $$
            SELECT id FROM timebank.members
            WHERE community_id = community AND number = its_number AND name = its_name
              AND status NOT IN ('left', 'dead')
        $$""")
    op.execute("REVOKE ALL ON FUNCTION timebank.kin_seen_from_the_other(text) FROM PUBLIC")
    for function in ("near_kin(uuid[], uuid, uuid[], date)", "member_elsewhere(uuid, text, text)"):
        op.execute(f"REVOKE ALL ON FUNCTION timebank.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION timebank.{function} TO timebank_app")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION timebank.member_elsewhere(uuid, text, text)")
    op.execute("DROP FUNCTION timebank.near_kin(uuid[], uuid, uuid[], date)")
    op.execute("DROP TABLE timebank.kin")
    op.execute("DROP FUNCTION timebank.kin_seen_from_the_other(text)")
