"""Until when trainings and checks hold; past that day they count as missing."""

from collections.abc import Sequence

from alembic import op

revision: str = "53_training_dates"
down_revision: str | None = "52_deaths"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them. What has no dates goes on without an end, as before."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE timebank.training_dates (
            member_id uuid NOT NULL,
            training text NOT NULL CONSTRAINT training_name CHECK (length(training) BETWEEN 1 AND 40),
            community_id uuid NOT NULL,
            done_on date NOT NULL,
            valid_until date NOT NULL,
            seen text,
            noted_by uuid NOT NULL,
            noted_on date NOT NULL,
            noted_at timestamptz NOT NULL,
            PRIMARY KEY (member_id, training),
            CONSTRAINT training_of_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT training_ends_before_it_began CHECK (valid_until >= done_on),
            CONSTRAINT training_done_later CHECK (done_on <= noted_on)
        )""")
    op.execute("CREATE INDEX training_dates_by_end ON timebank.training_dates (community_id, valid_until)")
    op.execute("ALTER TABLE timebank.training_dates ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY community ON timebank.training_dates "
        "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON timebank.training_dates TO timebank_app")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE timebank.training_dates")
