"""How far an import is, written beside its transaction."""

from collections.abc import Sequence

from alembic import op

revision: str = "22_import_progress"
down_revision: str | None = "21_delegates"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE timebank.import_progress (
            import_id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            stage text NOT NULL CONSTRAINT progress_stage CHECK (stage IN ('checking', 'writing')),
            done integer NOT NULL,
            total integer NOT NULL CONSTRAINT progress_within CHECK (done BETWEEN 0 AND total),
            by text NOT NULL,
            at timestamptz NOT NULL,
            FOREIGN KEY (community_id, import_id) REFERENCES timebank.imports (community_id, id)
        )""")
    op.execute("ALTER TABLE timebank.import_progress ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY community ON timebank.import_progress "
        "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.import_progress TO timebank_app")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE timebank.import_progress")
