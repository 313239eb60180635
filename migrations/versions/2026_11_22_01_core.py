"""Schemas and what every room stands on: acts, answers, job slots."""

from collections.abc import Sequence

from alembic import op

revision: str = "01_core"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What row-level security compares with; `begin()` sets it for the length of one transaction.
VISIBLE_COMMUNITIES = """
CREATE FUNCTION timebank.visible_communities() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog
RETURN coalesce(string_to_array(nullif(current_setting('timebank.communities', true), ''), ','), '{}')::uuid[]
"""

APPEND_ONLY = """
CREATE FUNCTION timebank.append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'append_only: % of %.% refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    """Create them."""
    # Both are trusted extensions: the database's owner may create them.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public")
    op.execute("CREATE SCHEMA ledger")
    op.execute("GRANT USAGE ON SCHEMA ledger TO timebank_app")
    op.execute(VISIBLE_COMMUNITIES)
    op.execute(APPEND_ONLY)
    op.execute("""
        CREATE TABLE timebank.acts (
            id uuid PRIMARY KEY,
            at timestamptz NOT NULL,
            operation text NOT NULL,
            actor_id uuid NOT NULL,
            actor_kind text NOT NULL,
            actor_name text NOT NULL,
            role text NOT NULL,
            community_id uuid,
            beneficiary_id uuid,
            subject_id uuid,
            reason text,
            request_id text
        )""")
    op.execute("CREATE INDEX acts_by_community ON timebank.acts (community_id, id)")
    op.execute("CREATE INDEX acts_by_subject ON timebank.acts (subject_id, id)")
    op.execute("ALTER TABLE timebank.acts ENABLE ROW LEVEL SECURITY")
    # Anybody's act may be written; only those of one's communities, and those of none, may be read.
    op.execute("CREATE POLICY writing ON timebank.acts FOR INSERT WITH CHECK (true)")
    op.execute("""
        CREATE POLICY community ON timebank.acts FOR SELECT USING (
            community_id IS NULL OR community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))""")
    op.execute("GRANT SELECT, INSERT ON timebank.acts TO timebank_app")
    keep_for_ever("acts")
    op.execute("""
        CREATE TABLE timebank.answers (
            actor_id uuid NOT NULL,
            operation text NOT NULL,
            key text NOT NULL CONSTRAINT answer_key_length CHECK (length(key) BETWEEN 8 AND 200),
            digest text NOT NULL,
            answer jsonb,
            at timestamptz NOT NULL,
            PRIMARY KEY (actor_id, operation, key)
        )""")
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.answers TO timebank_app")
    op.execute("""
        CREATE TABLE timebank.job_slots (
            job text NOT NULL,
            slot timestamptz NOT NULL,
            started_at timestamptz NOT NULL,
            finished_at timestamptz,
            outcome jsonb,
            PRIMARY KEY (job, slot)
        )""")
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.job_slots TO timebank_app")


def keep_for_ever(table: str) -> None:
    """Refuse to update, delete or truncate the rows of a history table, whoever asks."""
    op.execute(f"""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timebank.{table}
        FOR EACH STATEMENT EXECUTE FUNCTION timebank.append_only()""")
    op.execute(f"ALTER TABLE timebank.{table} ENABLE ALWAYS TRIGGER append_only")


def downgrade() -> None:
    """Drop them."""
    for table in ("job_slots", "answers", "acts"):
        op.execute(f"DROP TABLE timebank.{table}")
    op.execute("DROP FUNCTION timebank.append_only()")
    op.execute("DROP FUNCTION timebank.visible_communities()")
    op.execute("DROP SCHEMA ledger")
    op.execute("DROP EXTENSION btree_gist")
    op.execute("DROP EXTENSION pg_trgm")
