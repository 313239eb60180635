"""What a helper is told before they answer, and what a helper cannot take."""

from collections.abc import Sequence

from alembic import op

revision: str = "12_circumstances"
down_revision: str | None = "11_audit"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add both."""
    op.execute("ALTER TABLE timebank.requests ADD COLUMN circumstances text[] NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE timebank.members ADD COLUMN avoids text[] NOT NULL DEFAULT '{}'")


def downgrade() -> None:
    """Drop both."""
    op.execute("ALTER TABLE timebank.members DROP COLUMN avoids")
    op.execute("ALTER TABLE timebank.requests DROP COLUMN circumstances")
