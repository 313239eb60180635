"""Two records of one person become one: the ended one says into which, the balance moves by a transfer."""

from collections.abc import Sequence

from alembic import op

revision: str = "23_merged_members"
down_revision: str | None = "22_import_progress"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = "'opening', 'visit', 'gift', 'grant', 'correction'"


def upgrade() -> None:
    """Add the column, and the kind of movement."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE timebank.members
            ADD merged_into uuid,
            ADD CONSTRAINT member_merged FOREIGN KEY (community_id, merged_into)
                REFERENCES timebank.members (community_id, id),
            ADD CONSTRAINT member_merged_has_left
                CHECK (merged_into IS NULL OR (status = 'left' AND merged_into <> id))""")
    op.execute(
        "CREATE INDEX members_merged_into ON timebank.members (merged_into) WHERE merged_into IS NOT NULL"
    )
    _kinds(f"{_KINDS}, 'merge'")


def downgrade() -> None:
    """Take them away."""
    _kinds(_KINDS)
    op.execute("DROP INDEX timebank.members_merged_into")
    op.execute("""
        ALTER TABLE timebank.members
            DROP CONSTRAINT member_merged_has_left, DROP CONSTRAINT member_merged, DROP merged_into""")


def _kinds(kinds: str) -> None:
    op.execute(f"""
        ALTER TABLE timebank.movements
            DROP CONSTRAINT movement_kind, ADD CONSTRAINT movement_kind CHECK (kind IN ({kinds}))""")
