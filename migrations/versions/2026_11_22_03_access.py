"""The tables of access."""

from collections.abc import Sequence

revision: str = "03_access"
down_revision: str | None = "02_ledger"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them."""


def downgrade() -> None:
    """Drop them."""
