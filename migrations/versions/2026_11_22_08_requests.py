"""The tables of requests."""

from collections.abc import Sequence

revision: str = "08_requests"
down_revision: str | None = "07_hours"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them."""


def downgrade() -> None:
    """Drop them."""
