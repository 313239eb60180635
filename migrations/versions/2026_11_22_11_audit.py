"""Reconciliation runs, what each check of them said, and the findings with their history."""

from collections.abc import Sequence

from alembic import op

revision: str = "11_audit"
down_revision: str | None = "10_pairing"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("finding_events", "findings", "reconciliation_checks", "reconciliation_runs")


def upgrade() -> None:
    """Create them. Ids of accounts, transfers and visits are kept without foreign keys: what a finding
    names may be the very row that is gone."""
    _runs()
    _findings()
    _events()
    for table in TABLES:
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY community ON timebank.{table}
            USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))""")
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.reconciliation_runs TO timebank_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.findings TO timebank_app")
    op.execute("GRANT SELECT, INSERT ON timebank.reconciliation_checks TO timebank_app")
    op.execute("GRANT SELECT, INSERT ON timebank.finding_events TO timebank_app")
    for table in ("reconciliation_checks", "finding_events"):
        op.execute(f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timebank.{table}
            FOR EACH STATEMENT EXECUTE FUNCTION timebank.append_only()""")
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ALWAYS TRIGGER append_only")


def _runs() -> None:
    op.execute("""
        CREATE TABLE timebank.reconciliation_runs (
            community_id uuid NOT NULL REFERENCES timebank.units,
            id uuid NOT NULL,
            cause text NOT NULL CONSTRAINT run_cause CHECK (cause IN ('nightly', 'by_hand')),
            actor_id uuid NOT NULL,
            actor_name text NOT NULL,
            started_at timestamptz NOT NULL,
            cut_off_at timestamptz,
            finished_at timestamptz,
            milliseconds integer,
            accounts bigint,
            transfers bigint,
            entries bigint,
            movements bigint,
            visits bigint,
            book_minutes bigint,
            last_posted_at timestamptz,
            passed integer,
            found integer,
            unchecked integer,
            findings integer,
            PRIMARY KEY (community_id, id),
            CONSTRAINT run_finished_whole CHECK ((finished_at IS NULL) = (cut_off_at IS NULL)
                AND (finished_at IS NULL) = (num_nulls(milliseconds, passed, found, unchecked, findings) > 0))
        )""")
    op.execute("""
        CREATE INDEX reconciliation_runs_by_start
        ON timebank.reconciliation_runs (community_id, started_at DESC, id DESC)""")
    op.execute("""
        CREATE TABLE timebank.reconciliation_checks (
            community_id uuid NOT NULL,
            run_id uuid NOT NULL,
            name text NOT NULL,
            place integer NOT NULL,
            state text NOT NULL CONSTRAINT check_state CHECK (state IN ('passed', 'found', 'unchecked')),
            found bigint NOT NULL,
            milliseconds integer NOT NULL,
            problem text,
            PRIMARY KEY (community_id, run_id, name),
            FOREIGN KEY (community_id, run_id) REFERENCES timebank.reconciliation_runs (community_id, id),
            CONSTRAINT check_state_true CHECK ((state = 'found') = (found > 0)
                AND (state = 'unchecked') = (problem IS NOT NULL))
        )""")


def _findings() -> None:
    op.execute("""
        CREATE TABLE timebank.findings (
            community_id uuid NOT NULL REFERENCES timebank.units,
            id uuid NOT NULL,
            number integer NOT NULL,
            key text NOT NULL,
            "check" text NOT NULL,
            fault text NOT NULL,
            severity text NOT NULL CONSTRAINT finding_severity CHECK (severity IN ('grave', 'notable')),
            account_id uuid,
            account_version bigint,
            transfer_id uuid,
            visit_id uuid,
            member_ids uuid[] NOT NULL,
            recorded_minutes bigint,
            expected_minutes bigint,
            difference_minutes bigint GENERATED ALWAYS AS (recorded_minutes - expected_minutes) STORED,
            facts jsonb NOT NULL,
            state text NOT NULL CONSTRAINT finding_state CHECK (state IN ('open', 'explained', 'closed')),
            first_run_id uuid NOT NULL,
            first_seen_at timestamptz NOT NULL,
            last_run_id uuid NOT NULL,
            last_seen_at timestamptz NOT NULL,
            gone_at timestamptz,
            explained_by uuid,
            closed_by uuid,
            version integer NOT NULL DEFAULT 1,
            PRIMARY KEY (community_id, id),
            CONSTRAINT finding_key_unique UNIQUE (community_id, key),
            CONSTRAINT finding_number_unique UNIQUE (community_id, number),
            FOREIGN KEY (community_id, first_run_id) REFERENCES timebank.reconciliation_runs (community_id, id),
            FOREIGN KEY (community_id, last_run_id) REFERENCES timebank.reconciliation_runs (community_id, id),
            CONSTRAINT closed_by_second_person CHECK (closed_by <> explained_by),
            CONSTRAINT finding_state_true CHECK ((state = 'open') = (explained_by IS NULL)
                AND (state = 'closed') = (closed_by IS NOT NULL))
        )""")
    op.execute("""
        CREATE INDEX findings_not_closed ON timebank.findings (community_id, number)
        WHERE state <> 'closed'""")


def _events() -> None:
    op.execute("""
        CREATE TABLE timebank.finding_events (
            community_id uuid NOT NULL,
            number bigint GENERATED ALWAYS AS IDENTITY,
            finding_id uuid NOT NULL,
            at timestamptz NOT NULL,
            event text NOT NULL CONSTRAINT finding_event CHECK (event IN
                ('found', 'changed', 'gone', 'back', 'explained', 'returned', 'closed')),
            run_id uuid,
            actor_id uuid,
            actor_name text,
            note text,
            recorded_minutes bigint,
            expected_minutes bigint,
            PRIMARY KEY (community_id, finding_id, number),
            FOREIGN KEY (community_id, finding_id) REFERENCES timebank.findings (community_id, id),
            CONSTRAINT finding_event_by_run_or_person CHECK ((run_id IS NULL) = (actor_id IS NOT NULL)
                AND (actor_id IS NULL) = (note IS NULL) AND (actor_id IS NULL) = (actor_name IS NULL)),
            CONSTRAINT note_not_empty CHECK (length(btrim(note)) BETWEEN 1 AND 2000)
        )""")


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.execute(f"DROP TABLE timebank.{table}")
