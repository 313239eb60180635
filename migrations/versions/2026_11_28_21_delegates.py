"""Who acts for whom: one purpose, until a day, with recorded consent."""

from collections.abc import Sequence

from alembic import op

revision: str = "21_delegates"
down_revision: str | None = "20_corrections"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them."""
    op.execute("""
        CREATE TABLE timebank.delegates (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            member_id uuid NOT NULL,
            purpose text NOT NULL CONSTRAINT delegate_purpose
                CHECK (purpose IN ('balance', 'ask', 'confirm', 'give')),
            delegate_community_id uuid,
            delegate_member_id uuid,
            name text CONSTRAINT delegate_name CHECK (name = btrim(name) AND length(name) BETWEEN 1 AND 60),
            phone text,
            until_on date NOT NULL,
            consent text NOT NULL CONSTRAINT delegate_consent CHECK (consent IN ('paper', 'in_person', 'phone')),
            consent_by text NOT NULL,
            consent_on date NOT NULL,
            recorded_by uuid NOT NULL,
            recorded_at timestamptz NOT NULL,
            revoked_by uuid,
            revoked_at timestamptz,
            version integer NOT NULL DEFAULT 1,
            CONSTRAINT delegate_for_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT delegate_is_member FOREIGN KEY (delegate_community_id, delegate_member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT delegate_not_oneself CHECK (member_id <> delegate_member_id),
            CONSTRAINT delegate_until CHECK (until_on >= consent_on),
            CONSTRAINT delegate_member_or_not CHECK (
                num_nonnulls(delegate_community_id, delegate_member_id) = CASE WHEN name IS NULL THEN 2 ELSE 0 END
                AND (name IS NOT NULL OR phone IS NULL)),
            CONSTRAINT delegate_revoked_by CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
        )""")
    op.execute("CREATE INDEX delegates_by_member ON timebank.delegates (member_id)")
    op.execute("CREATE INDEX delegates_by_delegate ON timebank.delegates (delegate_member_id)")
    op.execute("ALTER TABLE timebank.delegates ENABLE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY community ON timebank.delegates
        USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[])
            OR delegate_community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))""")
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.delegates TO timebank_app")
    # As owner: it is read at sign-in, before any community is visible.
    op.execute("""
        CREATE FUNCTION timebank.acts_for_in(delegate uuid, today date) RETURNS SETOF uuid
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
        AS $$
            SELECT DISTINCT community_id FROM timebank.delegates
            WHERE delegate_member_id = delegate AND revoked_at IS NULL AND until_on >= today
        $$""")
    op.execute("REVOKE ALL ON FUNCTION timebank.acts_for_in(uuid, date) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION timebank.acts_for_in(uuid, date) TO timebank_app")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION timebank.acts_for_in(uuid, date)")
    op.execute("DROP TABLE timebank.delegates")
