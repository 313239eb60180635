"""Corrections that one person asks for and another approves."""

from collections.abc import Sequence

from alembic import op

revision: str = "20_corrections"
down_revision: str | None = "19_gifts"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them. Nobody decides on what they asked for: the database holds that too."""
    op.execute("""
        CREATE TABLE timebank.corrections (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            transfer_id uuid NOT NULL,
            state text NOT NULL CONSTRAINT correction_state
                CHECK (state IN ('asked', 'approved', 'refused', 'withdrawn', 'expired')),
            reason text NOT NULL CONSTRAINT correction_reason CHECK (btrim(reason) <> ''),
            asked_by uuid NOT NULL,
            asked_at timestamptz NOT NULL,
            expires_on date NOT NULL,
            decided_by uuid,
            decided_at timestamptz,
            word text,
            reversal_id uuid,
            version integer NOT NULL DEFAULT 1,
            CONSTRAINT correction_of_a_movement FOREIGN KEY (community_id, transfer_id)
                REFERENCES timebank.movements (community_id, transfer_id),
            CONSTRAINT correction_by_a_transfer FOREIGN KEY (community_id, reversal_id)
                REFERENCES timebank.movements (community_id, transfer_id),
            CONSTRAINT correction_by_a_second_person CHECK (
                state NOT IN ('approved', 'refused') OR (decided_by IS NOT NULL AND decided_by <> asked_by)),
            CONSTRAINT correction_approved_posts CHECK ((state = 'approved') = (reversal_id IS NOT NULL)),
            CONSTRAINT correction_refused_says_why CHECK (state <> 'refused' OR word IS NOT NULL)
        )""")
    op.execute("""
        CREATE UNIQUE INDEX correction_once ON timebank.corrections (community_id, transfer_id)
        WHERE state IN ('asked', 'approved')""")
    op.execute(
        "CREATE INDEX corrections_latest ON timebank.corrections (community_id, asked_at DESC, id DESC)"
    )
    op.execute("ALTER TABLE timebank.corrections ENABLE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY community ON timebank.corrections
        USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))""")
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.corrections TO timebank_app")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE timebank.corrections")
