"""A second person's word for rules: a version without it never begins, but for a community's or scheme's first."""

from collections.abc import Sequence

from alembic import op

revision: str = "43_policy_approvals"
down_revision: str | None = "40_activities"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = ("house", "scheme")
# What an older version says nothing of is as it was.
RULES = {
    "house": {
        "house_policy_overflow": "content->>'overflow_to' = 'nobody' OR "
        "(content->>'overflow_to' = 'pool' AND content->>'ceiling_minutes' IS NOT NULL)",
        "house_policy_redeem": "(content->>'redeem_age_min')::int BETWEEN 0 AND 120 "
        "AND (content->>'redeem_after_minutes')::bigint BETWEEN 0 AND 600000",
    },
    "scheme": {
        "policy_earned_by": "content->>'earned_by' = 'helper' OR "
        "(content->>'earned_by' = 'pool' AND content->>'payer' <> 'pool')",
    },
}


def upgrade() -> None:
    """Versions that are there already keep holding on one word; that is why what checks it is not valid for them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for kind in KINDS:
        versions, words = f"timebank.{kind}_policies", f"timebank.{kind}_policy_approvals"
        op.execute(f"ALTER TABLE {versions} ADD COLUMN needs_approval boolean NOT NULL DEFAULT false")
        op.execute(f"ALTER TABLE {versions} ALTER COLUMN needs_approval DROP DEFAULT")
        op.execute(f"""
            ALTER TABLE {versions} ADD CONSTRAINT policy_unapproved
            CHECK (needs_approval OR number = 1) NOT VALID""")
        op.execute(f"ALTER TABLE {versions} ADD UNIQUE (community_id, id, made_by, in_force_from)")
        op.execute(f"""
            CREATE TABLE {words} (
                version_id uuid PRIMARY KEY,
                community_id uuid NOT NULL,
                made_by uuid NOT NULL,
                in_force_from date NOT NULL,
                approved_by uuid NOT NULL,
                approved_on date NOT NULL,
                approved_at timestamptz NOT NULL,
                FOREIGN KEY (community_id, version_id, made_by, in_force_from)
                    REFERENCES {versions} (community_id, id, made_by, in_force_from),
                CONSTRAINT policy_approved_by_maker CHECK (approved_by <> made_by),
                CONSTRAINT policy_approved_late CHECK (approved_on <= in_force_from)
            )""")
        op.execute(f"ALTER TABLE {words} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY community ON {words} "
            "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"
        )
        op.execute(f"GRANT SELECT, INSERT ON {words} TO timebank_app")
        op.execute(f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {words}
            FOR EACH STATEMENT EXECUTE FUNCTION timebank.append_only()""")
        op.execute(f"ALTER TABLE {words} ENABLE ALWAYS TRIGGER append_only")
    for kind, rules in RULES.items():
        for name, rule in rules.items():
            op.execute(f"""
                ALTER TABLE timebank.{kind}_policies ADD CONSTRAINT {name} CHECK (coalesce({rule}, true))""")


def downgrade() -> None:
    """Drop them."""
    for kind, rules in RULES.items():
        for name in rules:
            op.execute(f"ALTER TABLE timebank.{kind}_policies DROP CONSTRAINT {name}")
    for kind in KINDS:
        op.execute(f"DROP TABLE timebank.{kind}_policy_approvals")
        op.execute(f"ALTER TABLE timebank.{kind}_policies DROP COLUMN needs_approval")
        op.execute(
            f"ALTER TABLE timebank.{kind}_policies "
            f"DROP CONSTRAINT {kind}_policies_community_id_id_made_by_in_force_from_key"
        )
