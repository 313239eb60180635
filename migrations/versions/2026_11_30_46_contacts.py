"""Who in a hardship tier is to be seen how often, and the calls and look-ins by which they were."""

from collections.abc import Sequence

from alembic import op

revision: str = "46_contacts"
down_revision: str | None = "42_outlook"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_POLICY = "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"


def upgrade() -> None:
    """Create them; a community without a rhythm of its own has the program's."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE timebank.contact_rhythms (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            in_force_from date NOT NULL,
            tier_1_days integer NOT NULL,
            tier_2_days integer NOT NULL,
            tier_3_days integer NOT NULL,
            made_by uuid NOT NULL,
            made_on date NOT NULL,
            made_at timestamptz NOT NULL,
            CONSTRAINT rhythm_days CHECK (
                tier_1_days BETWEEN 1 AND 366 AND tier_2_days BETWEEN 1 AND 366 AND tier_3_days BETWEEN 1 AND 366),
            CONSTRAINT rhythm_harder_is_oftener CHECK (tier_3_days <= tier_2_days AND tier_2_days <= tier_1_days),
            CONSTRAINT rhythm_not_backdated CHECK (made_on <= in_force_from)
        )""")
    op.execute(
        "CREATE INDEX contact_rhythms_by_day ON timebank.contact_rhythms (community_id, in_force_from, made_at)"
    )
    op.execute("""
        CREATE TABLE timebank.contacts (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            member_id uuid NOT NULL,
            kind text NOT NULL CONSTRAINT contact_kind CHECK (kind IN ('call', 'look_in')),
            happened_on date NOT NULL,
            by_whom text NOT NULL,
            reached boolean NOT NULL,
            word text,
            noted_by uuid NOT NULL,
            noted_on date NOT NULL,
            noted_at timestamptz NOT NULL,
            struck_by uuid,
            struck_at timestamptz,
            struck_because text,
            CONSTRAINT contact_of_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT contact_not_ahead CHECK (happened_on <= noted_on),
            CONSTRAINT contact_struck_because CHECK (num_nonnulls(struck_by, struck_at, struck_because) IN (0, 3))
        )""")
    op.execute(
        "CREATE INDEX contacts_by_member ON timebank.contacts (community_id, member_id, happened_on DESC, id DESC)"
    )
    op.execute("""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON timebank.contact_rhythms
        FOR EACH STATEMENT EXECUTE FUNCTION timebank.append_only()""")
    op.execute("ALTER TABLE timebank.contact_rhythms ENABLE ALWAYS TRIGGER append_only")
    for table, rights in (
        ("contact_rhythms", "SELECT, INSERT"),
        ("contacts", "SELECT, INSERT, UPDATE, DELETE"),
    ):
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY community ON timebank.{table} {_POLICY}")
        op.execute(f"GRANT {rights} ON timebank.{table} TO timebank_app")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE timebank.contacts")
    op.execute("DROP TABLE timebank.contact_rhythms")
