"""Entitlements with the day on which each is due, referrals with what came of them, and the care calendar."""

from collections.abc import Sequence

from alembic import op

revision: str = "46_profiles"
down_revision: str | None = "53_training_dates"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_POLICY = "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"
_OF_MEMBER = "FOREIGN KEY (community_id, member_id) REFERENCES timebank.members (community_id, id)"


def upgrade() -> None:
    """Create them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _profiles()
    _calendar()
    for table in ("entitlements", "referrals", "greetings", "calendar_choices"):
        op.execute(f"CREATE INDEX {table}_by_member ON timebank.{table} (community_id, member_id)")
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY community ON timebank.{table} {_POLICY}")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON timebank.{table} TO timebank_app")
    op.execute("CREATE INDEX greetings_by_day ON timebank.greetings (community_id, for_on)")


def _profiles() -> None:
    op.execute(f"""
        CREATE TABLE timebank.entitlements (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            member_id uuid NOT NULL,
            title text NOT NULL,
            due_on date,
            note text,
            noted_by uuid NOT NULL,
            noted_at timestamptz NOT NULL,
            ended_on date,
            ended_because text,
            version integer NOT NULL,
            CONSTRAINT entitlement_of_member {_OF_MEMBER},
            CONSTRAINT entitlement_ended CHECK ((ended_on IS NULL) = (ended_because IS NULL))
        )""")
    op.execute(f"""
        CREATE TABLE timebank.referrals (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            member_id uuid NOT NULL,
            to_whom text NOT NULL,
            what_for text NOT NULL,
            referred_on date NOT NULL,
            ask_on date,
            outcome text,
            closed_on date,
            noted_by uuid NOT NULL,
            noted_on date NOT NULL,
            noted_at timestamptz NOT NULL,
            version integer NOT NULL,
            CONSTRAINT referral_of_member {_OF_MEMBER},
            CONSTRAINT referral_not_ahead CHECK (referred_on <= noted_on),
            CONSTRAINT referral_open_or_closed CHECK ((ask_on IS NULL) <> (closed_on IS NULL)),
            CONSTRAINT referral_closed_with_outcome CHECK (closed_on IS NULL OR outcome IS NOT NULL)
        )""")


def _calendar() -> None:
    op.execute(f"""
        CREATE TABLE timebank.greetings (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            member_id uuid NOT NULL,
            occasion text NOT NULL CONSTRAINT greeting_occasion
                CHECK (occasion IN ('spring_festival', 'double_ninth', 'birthday')),
            for_on date NOT NULL,
            done_on date NOT NULL,
            what text NOT NULL,
            by_whom text NOT NULL,
            noted_by uuid NOT NULL,
            noted_on date NOT NULL,
            noted_at timestamptz NOT NULL,
            struck_by uuid,
            struck_at timestamptz,
            struck_because text,
            CONSTRAINT greeting_of_member {_OF_MEMBER},
            CONSTRAINT greeting_not_ahead CHECK (done_on <= noted_on),
            CONSTRAINT greeting_struck_because CHECK (num_nonnulls(struck_by, struck_at, struck_because) IN (0, 3))
        )""")
    op.execute("""
        CREATE UNIQUE INDEX greeted_already ON timebank.greetings (member_id, occasion, for_on)
        WHERE struck_at IS NULL""")
    op.execute(f"""
        CREATE TABLE timebank.calendar_choices (
            member_id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            inclusion text NOT NULL CONSTRAINT calendar_inclusion CHECK (inclusion IN ('auto', 'always', 'never')),
            birthday_by text NOT NULL CONSTRAINT calendar_birthday_by CHECK (birthday_by IN ('lunar', 'solar')),
            CONSTRAINT choice_of_member {_OF_MEMBER}
        )""")


def downgrade() -> None:
    """Drop them."""
    for table in ("calendar_choices", "greetings", "referrals", "entitlements"):
        op.execute(f"DROP TABLE timebank.{table}")
