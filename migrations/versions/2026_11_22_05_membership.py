"""Imports of rosters and opening balances, and the column names a coordinator explained once."""

from collections.abc import Sequence

from alembic import op

revision: str = "05_membership"
down_revision: str | None = "04_people"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("imports", "column_names")


def upgrade() -> None:
    """Create them."""
    op.execute("""
        CREATE TABLE timebank.imports (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            kind text NOT NULL CONSTRAINT import_kind CHECK (kind IN ('roster', 'opening')),
            file_name text NOT NULL,
            file_digest bytea NOT NULL CONSTRAINT import_digest CHECK (length(file_digest) = 32),
            content_sealed bytea,
            status text NOT NULL CONSTRAINT import_status CHECK (status IN ('uploaded', 'applied', 'dropped')),
            outcome jsonb,
            made_by text NOT NULL,
            made_at timestamptz NOT NULL,
            closed_by text,
            closed_at timestamptz,
            CONSTRAINT import_in_community UNIQUE (community_id, id),
            -- The cells hold ID numbers and homes: they go when the import is applied or dropped.
            CONSTRAINT import_content CHECK ((content_sealed IS NOT NULL) = (status = 'uploaded')),
            CONSTRAINT import_closed CHECK ((closed_at IS NULL) = (status = 'uploaded'))
        )""")
    op.execute("CREATE INDEX imports_by_community ON timebank.imports (community_id, made_at)")
    op.execute("""
        CREATE TABLE timebank.column_names (
            community_id uuid NOT NULL REFERENCES timebank.units,
            kind text NOT NULL CONSTRAINT column_kind CHECK (kind IN ('roster', 'opening')),
            header text NOT NULL CONSTRAINT column_header CHECK (length(header) BETWEEN 1 AND 100),
            field text NOT NULL,
            PRIMARY KEY (community_id, kind, header)
        )""")
    for table in TABLES:
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY community ON timebank.{table} "
            "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON timebank.{table} TO timebank_app")


def downgrade() -> None:
    """Drop them."""
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE timebank.{table}")
