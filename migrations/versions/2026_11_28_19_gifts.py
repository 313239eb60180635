"""Minutes that members gave away, to people and to the pool."""

from collections.abc import Sequence

from alembic import op

revision: str = "19_gifts"
down_revision: str | None = "18_kin"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them, with what was given to the pool before."""
    op.execute("""
        CREATE TABLE timebank.gifts (
            community_id uuid NOT NULL,
            transfer_id uuid NOT NULL,
            giver_id uuid NOT NULL,
            receiver_id uuid,
            minutes bigint NOT NULL CONSTRAINT gift_minutes CHECK (minutes > 0),
            given_on date NOT NULL,
            reason text,
            PRIMARY KEY (community_id, transfer_id),
            CONSTRAINT gift_of_a_movement FOREIGN KEY (community_id, transfer_id)
                REFERENCES timebank.movements (community_id, transfer_id),
            CONSTRAINT gift_to_somebody_else CHECK (giver_id <> receiver_id)
        )""")
    op.execute("""
        INSERT INTO timebank.gifts (community_id, transfer_id, giver_id, minutes, given_on, reason)
        SELECT m.community_id, m.transfer_id, t.debit_id, t.minutes, t.effective_on, t.reason
        FROM timebank.movements m JOIN ledger.transfers t ON t.book_id = m.community_id AND t.id = m.transfer_id
        WHERE m.kind = 'gift'""")
    op.execute("CREATE INDEX gifts_by_giver ON timebank.gifts (community_id, giver_id, given_on)")
    op.execute("CREATE INDEX gifts_by_receiver ON timebank.gifts (community_id, receiver_id, given_on)")
    op.execute("ALTER TABLE timebank.gifts ENABLE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY community ON timebank.gifts
        USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))""")
    op.execute("GRANT SELECT, INSERT ON timebank.gifts TO timebank_app")
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timebank.gifts
        FOR EACH STATEMENT EXECUTE FUNCTION timebank.append_only()""")
    op.execute("ALTER TABLE timebank.gifts ENABLE ALWAYS TRIGGER append_only")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE timebank.gifts")
