"""The tables of ledger."""

from collections.abc import Sequence

revision: str = "02_ledger"
down_revision: str | None = "01_core"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them."""


def downgrade() -> None:
    """Drop them."""
