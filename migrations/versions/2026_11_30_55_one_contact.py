"""A call to keep in touch is a contact like any other: those noted apart move to the others, and their table goes."""

from collections.abc import Sequence

from alembic import op

revision: str = "55_one_contact"
down_revision: str | None = "54_incapacity"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Move the calls, those noted by mistake struck out, and drop the table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        INSERT INTO timebank.contacts (id, community_id, member_id, kind, happened_on, by_whom, reached, word,
            noted_by, noted_on, noted_at, struck_by, struck_at, struck_because)
        SELECT o.id, o.community_id, o.member_id, 'call', o.on_day, s.name, true, o.word,
            o.noted_by, greatest(o.on_day, o.noted_at::date), o.noted_at, o.withdrawn_by, o.withdrawn_at,
            CASE WHEN o.withdrawn_at IS NOT NULL THEN '记错了' END
        FROM timebank.outreaches o JOIN timebank.staff s ON s.id = o.noted_by""")
    op.execute("DROP TABLE timebank.outreaches")


def downgrade() -> None:
    """Create the table again, empty: the calls stay among the contacts."""
    op.execute("""
        CREATE TABLE timebank.outreaches (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            member_id uuid NOT NULL,
            on_day date NOT NULL,
            word text CONSTRAINT outreach_word CHECK (char_length(word) BETWEEN 1 AND 200),
            noted_by uuid NOT NULL,
            noted_at timestamptz NOT NULL,
            withdrawn_by uuid,
            withdrawn_at timestamptz,
            CONSTRAINT outreach_to_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT outreach_withdrawn CHECK ((withdrawn_by IS NULL) = (withdrawn_at IS NULL))
        )""")
    op.execute("CREATE INDEX outreaches_by_day ON timebank.outreaches (community_id, on_day)")
    op.execute("CREATE INDEX outreaches_by_member ON timebank.outreaches (community_id, member_id)")
    op.execute("ALTER TABLE timebank.outreaches ENABLE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY community ON timebank.outreaches
        USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))""")
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.outreaches TO timebank_app")
