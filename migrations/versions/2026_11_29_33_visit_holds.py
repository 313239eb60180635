"""What each hold is about: a visit that was planned, its day and its two people; how long schemes may hold."""

from collections.abc import Sequence

from alembic import op

revision: str = "33_visit_holds"
down_revision: str | None = "32_quick_posting"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them, empty: nothing was set aside for visits before."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE timebank.reservations (
            community_id uuid NOT NULL,
            hold_id uuid NOT NULL,
            subject_id uuid NOT NULL,
            served_on date NOT NULL,
            category text NOT NULL,
            helper_id uuid NOT NULL,
            recipient_id uuid NOT NULL,
            PRIMARY KEY (community_id, hold_id),
            CONSTRAINT reservation_of_a_hold FOREIGN KEY (community_id, hold_id)
                REFERENCES ledger.holds (book_id, id)
        )""")
    op.execute("CREATE INDEX reservations_by_subject ON timebank.reservations (community_id, subject_id)")
    op.execute("ALTER TABLE timebank.reservations ENABLE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY community ON timebank.reservations
        USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))""")
    op.execute("GRANT SELECT, INSERT ON timebank.reservations TO timebank_app")
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timebank.reservations
        FOR EACH STATEMENT EXECUTE FUNCTION timebank.append_only()""")
    op.execute("ALTER TABLE timebank.reservations ENABLE ALWAYS TRIGGER append_only")
    # A version from before says nothing of it, which means: not at all.
    op.execute("""
        ALTER TABLE timebank.scheme_policies ADD CONSTRAINT policy_hold_days CHECK (
            coalesce((content->>'hold_days')::int BETWEEN 1 AND 90, true))""")


def downgrade() -> None:
    """Drop them; what is still held expires by itself."""
    op.execute("ALTER TABLE timebank.scheme_policies DROP CONSTRAINT policy_hold_days")
    op.execute("DROP TABLE timebank.reservations")
