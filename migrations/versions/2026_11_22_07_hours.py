"""The tables of hours."""

from collections.abc import Sequence

revision: str = "07_hours"
down_revision: str | None = "06_schemes"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them."""


def downgrade() -> None:
    """Drop them."""
