"""Job slots say who is at them and who asked for them, and their failures are kept."""

from collections.abc import Sequence

from alembic import op

revision: str = "16_job_failures"
down_revision: str | None = "15_seats"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Change them. A slot that was being run is free again when its old lease of 30 minutes ends."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE timebank.job_slots
            ALTER started_at DROP NOT NULL,
            ADD free_at timestamptz,
            ADD attempts integer NOT NULL DEFAULT 0,
            ADD holder text,
            ADD asked_by uuid,
            ADD CONSTRAINT held_while_running CHECK (holder IS NULL OR finished_at IS NULL)""")
    op.execute("UPDATE timebank.job_slots SET attempts = 1, free_at = started_at + interval '30 minutes'")
    op.execute("ALTER TABLE timebank.job_slots ALTER free_at SET NOT NULL")
    op.execute("CREATE INDEX job_slots_unfinished ON timebank.job_slots (free_at) WHERE finished_at IS NULL")
    op.execute("""
        CREATE UNIQUE INDEX job_slots_asked_once ON timebank.job_slots (job)
        WHERE asked_by IS NOT NULL AND finished_at IS NULL""")
    op.execute("""
        CREATE TABLE timebank.job_failures (
            job text NOT NULL,
            slot timestamptz NOT NULL,
            attempt integer NOT NULL,
            at timestamptz NOT NULL,
            kind text NOT NULL,
            holder text NOT NULL,
            PRIMARY KEY (job, slot, attempt),
            FOREIGN KEY (job, slot) REFERENCES timebank.job_slots
        )""")
    op.execute("CREATE INDEX job_failures_by_time ON timebank.job_failures (at DESC)")
    op.execute("GRANT SELECT, INSERT ON timebank.job_failures TO timebank_app")
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timebank.job_failures
        FOR EACH STATEMENT EXECUTE FUNCTION timebank.append_only()""")
    op.execute("ALTER TABLE timebank.job_failures ENABLE ALWAYS TRIGGER append_only")


def downgrade() -> None:
    """Take it back. A slot that was asked for and not begun is forgotten."""
    op.execute("DROP TABLE timebank.job_failures")
    op.execute("DELETE FROM timebank.job_slots WHERE started_at IS NULL")
    op.execute("DROP INDEX timebank.job_slots_asked_once, timebank.job_slots_unfinished")
    op.execute("""
        ALTER TABLE timebank.job_slots
            DROP CONSTRAINT held_while_running,
            DROP free_at, DROP attempts, DROP holder, DROP asked_by,
            ALTER started_at SET NOT NULL""")
