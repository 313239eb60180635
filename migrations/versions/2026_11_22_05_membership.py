"""The tables of membership."""

from collections.abc import Sequence

revision: str = "05_membership"
down_revision: str | None = "04_people"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them."""


def downgrade() -> None:
    """Drop them."""
