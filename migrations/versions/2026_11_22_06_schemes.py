"""House policies, schemes, and the dated policies of schemes."""

from collections.abc import Sequence

from alembic import op

revision: str = "06_schemes"
down_revision: str | None = "05_membership"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("house_policies", "schemes", "scheme_policies")


def upgrade() -> None:
    """Create them. A policy is never changed, only followed by the next version.

    One that has not begun may be replaced, for the same day, once by each: no two are in force from one day.
    """
    op.execute("""
        CREATE TABLE timebank.house_policies (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            number integer NOT NULL,
            in_force_from date NOT NULL,
            content jsonb NOT NULL,
            made_by uuid NOT NULL,
            made_on date NOT NULL,
            made_at timestamptz NOT NULL,
            replaces uuid,
            UNIQUE (community_id, id),
            UNIQUE (community_id, in_force_from, id),
            FOREIGN KEY (community_id, in_force_from, replaces)
                REFERENCES timebank.house_policies (community_id, in_force_from, id),
            CONSTRAINT house_policy_date_taken
                UNIQUE NULLS NOT DISTINCT (community_id, in_force_from, replaces),
            CONSTRAINT house_policy_begun CHECK (replaces IS NULL OR in_force_from > made_on),
            CONSTRAINT house_policy_number UNIQUE (community_id, number),
            CONSTRAINT house_policy_backdated CHECK (number = 1 OR in_force_from >= made_on),
            CONSTRAINT house_policy_floor CHECK (
                coalesce((content->>'floor_minutes')::bigint BETWEEN -600000 AND 0, false)),
            CONSTRAINT house_policy_ceiling CHECK (
                (content->>'ceiling_minutes')::bigint BETWEEN 60 AND 10000000),
            CONSTRAINT house_policy_unit CHECK (
                coalesce((content->>'unit_minutes')::bigint BETWEEN 1 AND 1440, false))
        )""")
    op.execute("""
        CREATE TABLE timebank.schemes (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            name text NOT NULL CONSTRAINT scheme_name
                CHECK (name = btrim(name) AND length(name) BETWEEN 1 AND 60),
            kind text NOT NULL CONSTRAINT scheme_kind CHECK (kind IN ('mutual_aid')),
            opened_on date NOT NULL,
            closed_on date CONSTRAINT scheme_closed_after_opening CHECK (closed_on >= opened_on),
            version integer NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL,
            UNIQUE (community_id, id),
            CONSTRAINT scheme_name_taken UNIQUE (community_id, name)
        )""")
    op.execute("""
        CREATE TABLE timebank.scheme_policies (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            scheme_id uuid NOT NULL,
            number integer NOT NULL,
            in_force_from date NOT NULL,
            content jsonb NOT NULL,
            made_by uuid NOT NULL,
            made_on date NOT NULL,
            made_at timestamptz NOT NULL,
            replaces uuid,
            UNIQUE (community_id, id),
            UNIQUE (scheme_id, in_force_from, id),
            FOREIGN KEY (community_id, scheme_id) REFERENCES timebank.schemes (community_id, id),
            FOREIGN KEY (scheme_id, in_force_from, replaces)
                REFERENCES timebank.scheme_policies (scheme_id, in_force_from, id),
            CONSTRAINT policy_date_taken UNIQUE NULLS NOT DISTINCT (scheme_id, in_force_from, replaces),
            CONSTRAINT policy_begun CHECK (replaces IS NULL OR in_force_from > made_on),
            CONSTRAINT policy_number UNIQUE (scheme_id, number),
            CONSTRAINT policy_backdated CHECK (number = 1 OR in_force_from >= made_on),
            CONSTRAINT policy_rate CHECK (coalesce(
                (content->>'rate_numerator')::int BETWEEN 1 AND 100
                AND (content->>'rate_denominator')::int BETWEEN 1 AND 100, false)),
            CONSTRAINT policy_rounding CHECK (coalesce(
                (content->>'rounding_minutes')::int IN (1, 15, 30, 60)
                AND content->>'rounding' IN ('down', 'nearest', 'up'), false)),
            CONSTRAINT policy_payer CHECK (coalesce(
                content->>'payer' IN ('recipient', 'pool', 'grants'), false)),
            CONSTRAINT policy_remainder CHECK (coalesce(
                content->>'remainder_to' = 'nobody'
                OR (content->>'remainder_to' = 'pool' AND content->>'rounding' <> 'up'), false))
        )""")
    for table in TABLES:
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY community ON timebank.{table}
            USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))""")
        op.execute(f"GRANT SELECT, INSERT ON timebank.{table} TO timebank_app")
    op.execute("GRANT UPDATE ON timebank.schemes TO timebank_app")
    for table in ("house_policies", "scheme_policies"):
        op.execute(f"""
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timebank.{table}
            FOR EACH STATEMENT EXECUTE FUNCTION timebank.append_only()""")
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ALWAYS TRIGGER append_only")


def downgrade() -> None:
    """Drop them."""
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE timebank.{table}")
