"""Applications to join, step by step: who checked what, who agreed, and why somebody was refused."""

from collections.abc import Sequence

from alembic import op

revision: str = "45_applications"
down_revision: str | None = "48_pair_notes"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them; nothing of an application is ever changed."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE timebank.application_steps (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            member_id uuid NOT NULL,
            number integer NOT NULL,
            round integer NOT NULL CONSTRAINT application_round CHECK (round >= 1),
            kind text NOT NULL CONSTRAINT application_step CHECK (kind IN
                ('received', 'id_seen', 'home_visited', 'talked', 'approved', 'refused', 'reopened')),
            on_day date NOT NULL,
            note text,
            provenance text,
            by uuid NOT NULL,
            at timestamptz NOT NULL,
            CONSTRAINT application_step_number UNIQUE (member_id, number),
            CONSTRAINT application_of_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT application_refused_without_reason CHECK (kind <> 'refused' OR btrim(note) <> '')
        )""")
    op.execute("""
        CREATE UNIQUE INDEX application_approved_twice_by_one
        ON timebank.application_steps (member_id, round, by) WHERE kind = 'approved'""")
    op.execute("""
        CREATE UNIQUE INDEX application_decided_twice
        ON timebank.application_steps (member_id, round, kind) WHERE kind IN ('received', 'refused', 'reopened')""")
    op.execute("CREATE INDEX application_steps_by_day ON timebank.application_steps (community_id, kind, at)")
    op.execute("ALTER TABLE timebank.application_steps ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY community ON timebank.application_steps "
        "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"
    )
    op.execute("GRANT SELECT, INSERT ON timebank.application_steps TO timebank_app")
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timebank.application_steps
        FOR EACH STATEMENT EXECUTE FUNCTION timebank.append_only()""")
    op.execute("ALTER TABLE timebank.application_steps ENABLE ALWAYS TRIGGER append_only")
    op.execute("""
        ALTER TABLE timebank.house_policies ADD CONSTRAINT house_policy_approvals_to_join
        CHECK (coalesce((content->>'approvals_to_join')::int BETWEEN 1 AND 2, true))""")


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE timebank.house_policies DROP CONSTRAINT house_policy_approvals_to_join")
    op.execute("DROP TABLE timebank.application_steps")
