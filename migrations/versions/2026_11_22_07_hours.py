"""What each transfer of the ledger was about."""

from collections.abc import Sequence

from alembic import op

revision: str = "07_hours"
down_revision: str | None = "06_schemes"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create it. No foreign key leads up to visits or people: an entry outlives what caused it."""
    op.execute("""
        CREATE TABLE timebank.movements (
            community_id uuid NOT NULL,
            transfer_id uuid NOT NULL,
            kind text NOT NULL CONSTRAINT movement_kind
                CHECK (kind IN ('opening', 'visit', 'gift', 'grant', 'correction')),
            subject_id uuid NOT NULL,
            provenance text NOT NULL CONSTRAINT movement_provenance
                CHECK (provenance IN ('app', 'phone', 'paper', 'desk', 'system')),
            served_on date,
            category text,
            helper_id uuid,
            recipient_id uuid,
            house_version_id uuid,
            scheme_version_id uuid,
            entered_by uuid,
            confirmed_by uuid,
            basis jsonb NOT NULL CONSTRAINT movement_basis CHECK (jsonb_typeof(basis) = 'object'),
            PRIMARY KEY (community_id, transfer_id),
            CONSTRAINT movement_of_a_transfer FOREIGN KEY (community_id, transfer_id)
                REFERENCES ledger.transfers (book_id, id),
            FOREIGN KEY (community_id, house_version_id)
                REFERENCES timebank.house_policies (community_id, id),
            FOREIGN KEY (community_id, scheme_version_id)
                REFERENCES timebank.scheme_policies (community_id, id),
            CONSTRAINT movement_visit CHECK (
                kind <> 'visit' OR num_nonnulls(served_on, scheme_version_id) = 2)
        )""")
    op.execute("CREATE INDEX movements_by_subject ON timebank.movements (community_id, subject_id)")
    op.execute("ALTER TABLE timebank.movements ENABLE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY community ON timebank.movements
        USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))""")
    op.execute("GRANT SELECT, INSERT ON timebank.movements TO timebank_app")
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timebank.movements
        FOR EACH STATEMENT EXECUTE FUNCTION timebank.append_only()""")
    op.execute("ALTER TABLE timebank.movements ENABLE ALWAYS TRIGGER append_only")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE timebank.movements")
