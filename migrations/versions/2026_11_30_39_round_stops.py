"""Who stopped a round that was being worked out; and what was stopped is not kept."""

from collections.abc import Sequence

from alembic import op

revision: str = "39_round_stops"
down_revision: str | None = "41_rules"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Write down a name in place of a yes; a run stopped before has none, and nothing came of it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM timebank.round_runs WHERE stop OR stage = 'stopped'")
    op.execute("""
        ALTER TABLE timebank.round_runs
            DROP stop,
            ADD stopped_by text,
            ADD CONSTRAINT round_run_stopped CHECK (
                CASE stage WHEN 'stopped' THEN stopped_by IS NOT NULL WHEN 'ended' THEN stopped_by IS NULL ELSE true END
            )""")


def downgrade() -> None:
    """Forget who it was."""
    op.execute("ALTER TABLE timebank.round_runs ADD stop boolean")
    op.execute("UPDATE timebank.round_runs SET stop = stopped_by IS NOT NULL")
    op.execute("""
        ALTER TABLE timebank.round_runs
            ALTER stop SET NOT NULL, DROP CONSTRAINT round_run_stopped, DROP stopped_by""")
