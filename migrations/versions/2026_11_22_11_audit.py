"""The tables of audit."""

from collections.abc import Sequence

revision: str = "11_audit"
down_revision: str | None = "10_pairing"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them."""


def downgrade() -> None:
    """Drop them."""
