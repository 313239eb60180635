"""Care plans for one person: goals, who does what, when it is looked at again; every version is kept."""

from collections.abc import Sequence

from alembic import op

revision: str = "46_care_plans"
down_revision: str | None = "51_retirements"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_POLICY = "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"


def upgrade() -> None:
    """Create them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _plans()
    _versions()
    op.execute("CREATE INDEX care_plans_by_member ON timebank.care_plans (community_id, member_id, begun_on)")
    op.execute("CREATE UNIQUE INDEX plan_already ON timebank.care_plans (member_id) WHERE ended_on IS NULL")
    op.execute(
        "CREATE INDEX care_plan_versions_by_community ON timebank.care_plan_versions (community_id, plan_id)"
    )
    op.execute("CREATE INDEX care_seats_by_member ON timebank.care_seats (community_id, member_id)")
    for table in ("care_plans", "care_plan_versions", "care_seats"):
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY community ON timebank.{table} {_POLICY}")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON timebank.{table} TO timebank_app")


def _plans() -> None:
    op.execute("""
        CREATE TABLE timebank.care_plans (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            member_id uuid NOT NULL,
            begun_on date NOT NULL,
            ended_on date,
            ended_because text,
            ended_by uuid,
            version integer NOT NULL,
            CONSTRAINT care_plan_in_community UNIQUE (community_id, id),
            CONSTRAINT care_plan_of_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT plan_ended CHECK (num_nonnulls(ended_on, ended_because, ended_by) IN (0, 3)),
            CONSTRAINT plan_ends_after_it_begins CHECK (begun_on <= ended_on)
        )""")


def _versions() -> None:
    op.execute("""
        CREATE TABLE timebank.care_plan_versions (
            plan_id uuid NOT NULL,
            number integer NOT NULL,
            community_id uuid NOT NULL,
            how text NOT NULL CONSTRAINT plan_version_how CHECK (how IN ('written', 'reviewed')),
            goals text[] NOT NULL CONSTRAINT plan_has_a_goal CHECK (cardinality(goals) BETWEEN 1 AND 12),
            request_ids uuid[] NOT NULL,
            review_on date NOT NULL,
            word text,
            written_by uuid NOT NULL,
            written_on date NOT NULL,
            written_at timestamptz NOT NULL,
            PRIMARY KEY (plan_id, number),
            CONSTRAINT version_of_plan FOREIGN KEY (community_id, plan_id)
                REFERENCES timebank.care_plans (community_id, id) ON DELETE CASCADE,
            CONSTRAINT plan_reviewed_later CHECK (review_on > written_on AND review_on <= written_on + 366)
        )""")
    op.execute("""
        CREATE TABLE timebank.care_seats (
            plan_id uuid NOT NULL,
            number integer NOT NULL,
            place integer NOT NULL,
            community_id uuid NOT NULL,
            part text NOT NULL,
            member_id uuid,
            staff_id uuid,
            PRIMARY KEY (plan_id, number, place),
            CONSTRAINT seat_in_version FOREIGN KEY (plan_id, number)
                REFERENCES timebank.care_plan_versions (plan_id, number) ON DELETE CASCADE,
            CONSTRAINT seat_of_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT seat_is_one_persons CHECK (num_nonnulls(member_id, staff_id) = 1)
        )""")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE timebank.care_seats")
    op.execute("DROP TABLE timebank.care_plan_versions")
    op.execute("DROP TABLE timebank.care_plans")
