"""The tables of pairing."""

from collections.abc import Sequence

revision: str = "10_pairing"
down_revision: str | None = "09_visits"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them."""


def downgrade() -> None:
    """Drop them."""
