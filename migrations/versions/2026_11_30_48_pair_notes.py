"""What a desk did for a pair: came along, looked in, reviewed it."""

from collections.abc import Sequence

from alembic import op

revision: str = "48_pair_notes"
down_revision: str | None = "47_shapes"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create the table; a note stays as it was written."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE timebank.pair_notes (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            pair_id uuid NOT NULL,
            kind text NOT NULL CONSTRAINT pair_note_kind
                CHECK (kind IN ('accompanied', 'looked_in', 'reviewed')),
            on_day date NOT NULL,
            word text NOT NULL CONSTRAINT pair_note_word CHECK (length(word) BETWEEN 1 AND 200),
            next_on date CONSTRAINT pair_note_next
                CHECK (next_on IS NULL OR (kind = 'reviewed' AND next_on > on_day)),
            by uuid NOT NULL,
            at timestamptz NOT NULL,
            FOREIGN KEY (community_id, pair_id) REFERENCES timebank.pairs (community_id, id)
        )""")
    op.execute("CREATE INDEX pair_notes_of ON timebank.pair_notes (pair_id)")
    op.execute("ALTER TABLE timebank.pair_notes ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY community ON timebank.pair_notes "
        "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"
    )
    op.execute("GRANT SELECT, INSERT ON timebank.pair_notes TO timebank_app")
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timebank.pair_notes
        FOR EACH STATEMENT EXECUTE FUNCTION timebank.append_only()""")
    op.execute("ALTER TABLE timebank.pair_notes ENABLE ALWAYS TRIGGER append_only")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE timebank.pair_notes")
