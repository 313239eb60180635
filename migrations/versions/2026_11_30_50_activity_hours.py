"""What is served in an activity is earned: under which scheme, by whom, and as which transfers."""

from collections.abc import Sequence

from alembic import op

revision: str = "50_activity_hours"
down_revision: str | None = "49_campaigns"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = "'opening', 'visit', 'gift', 'grant', 'correction', 'merge'"
_POLICY = "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"


def upgrade() -> None:
    """Add them; what there is earns nobody anything."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _kinds(f"{_KINDS}, 'activity'")
    op.execute("""
        ALTER TABLE timebank.movements ADD CONSTRAINT movement_activity CHECK (
            kind <> 'activity' OR num_nonnulls(served_on, scheme_version_id) = 2)""")
    op.execute("""
        ALTER TABLE timebank.activities
            ADD scheme_id uuid,
            ADD earners text NOT NULL DEFAULT 'nobody'
                CONSTRAINT activity_earners CHECK (earners IN ('nobody', 'staffing', 'everybody')),
            ADD CONSTRAINT activity_of_scheme FOREIGN KEY (community_id, scheme_id)
                REFERENCES timebank.schemes (community_id, id),
            ADD CONSTRAINT activity_earns_in_a_scheme CHECK ((earners = 'nobody') = (scheme_id IS NULL))""")
    op.execute("ALTER TABLE timebank.activities ALTER earners DROP DEFAULT")
    op.execute("""
        ALTER TABLE timebank.participations
            ADD revision integer NOT NULL DEFAULT 0,
            ADD refusal jsonb,
            ADD CONSTRAINT participation_in_community UNIQUE (community_id, id)""")
    op.execute("""
        CREATE TABLE timebank.activity_settlements (
            community_id uuid NOT NULL,
            participation_id uuid NOT NULL,
            revision integer NOT NULL,
            served_minutes integer NOT NULL,
            transfer_ids uuid[] NOT NULL,
            minutes bigint NOT NULL,
            house_version_id uuid,
            scheme_version_id uuid NOT NULL,
            settled_by uuid NOT NULL,
            settled_at timestamptz NOT NULL,
            reversed_by uuid,
            reversed_at timestamptz,
            reversal_ids uuid[],
            PRIMARY KEY (community_id, participation_id, revision),
            CONSTRAINT settlement_of_participation FOREIGN KEY (community_id, participation_id)
                REFERENCES timebank.participations (community_id, id),
            CONSTRAINT activity_settlement_reversed
                CHECK (num_nonnulls(reversed_by, reversed_at, reversal_ids) IN (0, 3))
        )""")
    op.execute("""
        CREATE UNIQUE INDEX activity_settlement_once ON timebank.activity_settlements (participation_id)
        WHERE reversed_at IS NULL""")
    op.execute("ALTER TABLE timebank.activity_settlements ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY community ON timebank.activity_settlements {_POLICY}")
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.activity_settlements TO timebank_app")


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP TABLE timebank.activity_settlements")
    op.execute("""
        ALTER TABLE timebank.participations
            DROP CONSTRAINT participation_in_community, DROP refusal, DROP revision""")
    op.execute("""
        ALTER TABLE timebank.activities
            DROP CONSTRAINT activity_earns_in_a_scheme, DROP CONSTRAINT activity_of_scheme,
            DROP earners, DROP scheme_id""")
    op.execute("ALTER TABLE timebank.movements DROP CONSTRAINT movement_activity")
    _kinds(_KINDS)


def _kinds(kinds: str) -> None:
    op.execute(f"""
        ALTER TABLE timebank.movements
            DROP CONSTRAINT movement_kind, ADD CONSTRAINT movement_kind CHECK (kind IN ({kinds}))""")
