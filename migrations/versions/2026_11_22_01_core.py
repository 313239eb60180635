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


def upgrade() -> None:
    """Create them."""
    # Both are trusted extensions: the database's owner may create them.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public")
    op.execute("CREATE SCHEMA ledger")
    op.execute("GRANT USAGE ON SCHEMA ledger TO timebank_app")
    op.execute(VISIBLE_COMMUNITIES)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION timebank.visible_communities()")
    op.execute("DROP SCHEMA ledger")
    op.execute("DROP EXTENSION btree_gist")
    op.execute("DROP EXTENSION pg_trgm")
