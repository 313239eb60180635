"""How far a match round is while it is worked out, and that somebody wants it stopped: one row for each community."""

from collections.abc import Sequence

from alembic import op

revision: str = "38_round_runs"
down_revision: str | None = "37_round_reports"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create the table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE timebank.round_runs (
            community_id uuid PRIMARY KEY REFERENCES timebank.units,
            round_id uuid NOT NULL,
            stage text NOT NULL CONSTRAINT round_run_stage
                CHECK (stage IN ('deciding', 'trying', 'ended', 'stopped', 'failed')),
            done integer NOT NULL,
            total integer NOT NULL CONSTRAINT round_run_within CHECK (done BETWEEN 0 AND total),
            stop boolean NOT NULL,
            by text NOT NULL,
            at timestamptz NOT NULL
        )""")
    op.execute("ALTER TABLE timebank.round_runs ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY community ON timebank.round_runs "
        "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.round_runs TO timebank_app")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE timebank.round_runs")
