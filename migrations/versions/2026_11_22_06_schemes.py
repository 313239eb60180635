"""The tables of schemes."""

from collections.abc import Sequence

revision: str = "06_schemes"
down_revision: str | None = "05_membership"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them."""


def downgrade() -> None:
    """Drop them."""
