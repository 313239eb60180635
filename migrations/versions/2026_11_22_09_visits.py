"""The tables of visits."""

from collections.abc import Sequence

revision: str = "09_visits"
down_revision: str | None = "08_requests"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them."""


def downgrade() -> None:
    """Drop them."""
