"""${message}."""

from collections.abc import Sequence

from alembic import op

revision: str = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}
branch_labels: str | Sequence[str] | None = ${repr(branch_labels)}
depends_on: str | Sequence[str] | None = ${repr(depends_on)}


def upgrade() -> None:
    """Create them."""
    ${upgrades if upgrades else "op.execute(\"\")"}


def downgrade() -> None:
    """Drop them."""
    ${downgrades if downgrades else "op.execute(\"\")"}
