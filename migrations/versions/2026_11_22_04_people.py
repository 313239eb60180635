"""The tables of people."""

from collections.abc import Sequence

revision: str = "04_people"
down_revision: str | None = "03_access"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them."""


def downgrade() -> None:
    """Drop them."""
