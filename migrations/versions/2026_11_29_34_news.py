"""How far reconciliation has looked at each account, so that a night costs only what is new."""

from collections.abc import Sequence

from alembic import op

revision: str = "34_news"
down_revision: str | None = "33_visit_holds"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What has no account's version is found by its time. A BRIN index keeps one line for each 32 pages, so posting
# pays next to nothing for it.
BY_TIME = (("outcomes", "decided_at"), ("holds", "created_at"), ("hold_ends", "ended_at"))
# Those which posting has written since the last vacuum are read as they are, so autovacuum is asked to keep up.
KEPT = "WITH (pages_per_range = 32, autosummarize = on)"
FORWARD = """
CREATE FUNCTION timebank.check_reconciled() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.version <= OLD.version
        OR (NEW.community_id, NEW.account_id) <> (OLD.community_id, OLD.account_id)) THEN
        RAISE EXCEPTION 'mark_moved_back: account %', OLD.account_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM ledger.entries e WHERE e.book_id = NEW.community_id
        AND e.account_id = NEW.account_id AND e.version = NEW.version) THEN
        RAISE EXCEPTION 'mark_beyond_entries: account %', NEW.account_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Create the marks. What ran so far looked at everything, and marked nothing: the next run does so too."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE timebank.reconciled (
            community_id uuid NOT NULL REFERENCES timebank.units,
            account_id uuid NOT NULL,
            version bigint NOT NULL,
            balance_minutes bigint NOT NULL,
            PRIMARY KEY (community_id, account_id)
        )""")
    op.execute("ALTER TABLE timebank.reconciled ENABLE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY community ON timebank.reconciled
        USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))""")
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.reconciled TO timebank_app")
    op.execute(FORWARD)
    op.execute("REVOKE ALL ON FUNCTION timebank.check_reconciled() FROM PUBLIC")
    # After the row is written, so that row-level security has its say first.
    op.execute("""
        CREATE TRIGGER only_forward AFTER INSERT OR UPDATE ON timebank.reconciled
        FOR EACH ROW EXECUTE FUNCTION timebank.check_reconciled()""")
    op.execute("""
        CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON timebank.reconciled
        FOR EACH STATEMENT EXECUTE FUNCTION timebank.append_only()""")
    for trigger in ("only_forward", "append_only"):
        op.execute(f"ALTER TABLE timebank.reconciled ENABLE ALWAYS TRIGGER {trigger}")
    op.execute("""
        ALTER TABLE timebank.reconciliation_runs
            ADD COLUMN scope text NOT NULL DEFAULT 'full'
                CONSTRAINT run_scope CHECK (scope IN ('full', 'news')),
            ADD COLUMN since_run_id uuid,
            ADD COLUMN read_at timestamptz,
            ADD COLUMN leaves bigint,
            ADD COLUMN checkpoints integer,
            ADD CONSTRAINT run_since_another FOREIGN KEY (community_id, since_run_id)
                REFERENCES timebank.reconciliation_runs (community_id, id),
            ADD CONSTRAINT run_news_since CHECK ((scope = 'news') = (since_run_id IS NOT NULL)),
            ADD CONSTRAINT run_reached_whole CHECK (num_nulls(read_at, leaves, checkpoints) IN (0, 3))""")
    op.execute("ALTER TABLE timebank.reconciliation_runs ALTER COLUMN scope DROP DEFAULT")
    for table, column in BY_TIME:
        op.execute(f"CREATE INDEX {table}_by_time ON ledger.{table} USING brin ({column}) {KEPT}")


def downgrade() -> None:
    """Drop them."""
    for table, _ in BY_TIME:
        op.execute(f"DROP INDEX ledger.{table}_by_time")
    op.execute("""
        ALTER TABLE timebank.reconciliation_runs DROP CONSTRAINT run_news_since, DROP COLUMN scope,
            DROP COLUMN since_run_id, DROP COLUMN read_at, DROP COLUMN leaves, DROP COLUMN checkpoints""")
    op.execute("DROP TABLE timebank.reconciled")
    op.execute("DROP FUNCTION timebank.check_reconciled()")
