"""Schemas and what every room stands on: acts, answers, job slots."""

from collections.abc import Sequence

revision: str = "01_core"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them."""


def downgrade() -> None:
    """Drop them."""
