"""What stands behind a community's hours, and when somebody of its desk spoke to a member to keep in touch."""

from collections.abc import Sequence

from alembic import op

revision: str = "42_outlook"
down_revision: str | None = "45_applications"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create both tables, empty."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE timebank.backings (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            from_on date NOT NULL,
            fund_fen bigint NOT NULL CONSTRAINT backing_fund CHECK (fund_fen BETWEEN 0 AND 1000000000000),
            hour_fen bigint NOT NULL CONSTRAINT backing_hour CHECK (hour_fen BETWEEN 1 AND 10000000),
            note text CONSTRAINT backing_note CHECK (char_length(note) BETWEEN 1 AND 200),
            recorded_by uuid NOT NULL,
            recorded_at timestamptz NOT NULL
        )""")
    op.execute("CREATE INDEX backings_by_day ON timebank.backings (community_id, from_on)")
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timebank.backings
        FOR EACH STATEMENT EXECUTE FUNCTION timebank.append_only()""")
    op.execute("ALTER TABLE timebank.backings ENABLE ALWAYS TRIGGER append_only")
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
    for table, rights in (("backings", "SELECT, INSERT"), ("outreaches", "SELECT, INSERT, UPDATE")):
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY community ON timebank.{table} "
            "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"
        )
        op.execute(f"GRANT {rights} ON timebank.{table} TO timebank_app")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE timebank.outreaches")
    op.execute("DROP TABLE timebank.backings")
