"""Units, staff and their roles, cards and logins: who somebody is and what they may do where."""

from collections.abc import Sequence

from alembic import op

revision: str = "03_access"
down_revision: str | None = "02_ledger"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them. None is scoped by community: they are read before it is known who is asking."""
    op.execute("""
        CREATE TABLE timebank.units (
            id uuid PRIMARY KEY,
            parent_id uuid REFERENCES timebank.units,
            level text NOT NULL CONSTRAINT unit_level CHECK (level IN ('district', 'town', 'community')),
            name text NOT NULL CONSTRAINT unit_name CHECK (name = btrim(name) AND name <> ''),
            code text NOT NULL CONSTRAINT unit_code_unique UNIQUE,
            sample boolean NOT NULL DEFAULT false,
            CONSTRAINT unit_parent CHECK ((parent_id IS NULL) = (level = 'district'))
        )""")
    op.execute("CREATE UNIQUE INDEX unit_name_unique ON timebank.units (parent_id, name) NULLS NOT DISTINCT")
    op.execute("""
        CREATE TABLE timebank.staff (
            id uuid PRIMARY KEY,
            name text NOT NULL,
            user_name text NOT NULL CONSTRAINT staff_user_name_unique UNIQUE,
            password_hash text NOT NULL,
            active boolean NOT NULL DEFAULT true,
            created_at timestamptz NOT NULL
        )""")
    op.execute("""
        CREATE TABLE timebank.staff_roles (
            staff_id uuid NOT NULL REFERENCES timebank.staff,
            unit_id uuid NOT NULL REFERENCES timebank.units,
            role text NOT NULL CONSTRAINT staff_role
                CHECK (role IN ('coordinator', 'auditor', 'administrator')),
            PRIMARY KEY (staff_id, unit_id, role)
        )""")
    op.execute("""
        CREATE TABLE timebank.staff_memberships (
            staff_id uuid NOT NULL REFERENCES timebank.staff,
            member_id uuid NOT NULL,
            PRIMARY KEY (staff_id, member_id)
        )""")
    op.execute("""
        CREATE TABLE timebank.cards (
            id uuid PRIMARY KEY,
            member_id uuid NOT NULL,
            community_id uuid NOT NULL REFERENCES timebank.units,
            number text NOT NULL CONSTRAINT card_number_unique UNIQUE,
            secret_hash bytea NOT NULL,
            pin_hash text NOT NULL,
            issued_at timestamptz NOT NULL,
            revoked_at timestamptz
        )""")
    op.execute("""
        CREATE UNIQUE INDEX card_one_per_member ON timebank.cards (member_id) WHERE revoked_at IS NULL""")
    op.execute("""
        CREATE TABLE timebank.logins (
            id uuid PRIMARY KEY,
            token_hash bytea NOT NULL CONSTRAINT login_token_unique UNIQUE,
            staff_id uuid REFERENCES timebank.staff,
            card_id uuid REFERENCES timebank.cards,
            community_id uuid REFERENCES timebank.units,
            created_at timestamptz NOT NULL,
            seen_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            ended_at timestamptz,
            CONSTRAINT login_of_one CHECK (num_nonnulls(staff_id, card_id) = 1)
        )""")
    op.execute("""
        CREATE TABLE timebank.attempts (
            subject bytea NOT NULL,
            at timestamptz NOT NULL,
            PRIMARY KEY (subject, at)
        )""")
    op.execute("""
        CREATE TABLE timebank.setup (
            once boolean PRIMARY KEY DEFAULT true CONSTRAINT setup_once CHECK (once),
            code_hash bytea,
            used_at timestamptz,
            sample boolean NOT NULL DEFAULT false
        )""")
    for table in ("units", "staff", "staff_roles", "staff_memberships", "cards", "logins", "setup"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON timebank.{table} TO timebank_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON timebank.attempts TO timebank_app")
    op.execute("GRANT DELETE ON timebank.staff_roles, timebank.staff_memberships TO timebank_app")


def downgrade() -> None:
    """Drop them."""
    for table in (
        "setup",
        "attempts",
        "logins",
        "cards",
        "staff_memberships",
        "staff_roles",
        "staff",
        "units",
    ):
        op.execute(f"DROP TABLE timebank.{table}")
