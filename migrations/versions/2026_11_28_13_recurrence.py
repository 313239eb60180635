"""How standing requests come round, the dates of them that were changed, and a district's days off."""

from collections.abc import Sequence

from alembic import op

revision: str = "13_recurrence"
down_revision: str | None = "12_circumstances"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

VISIBLE = "community_id = ANY ((SELECT timebank.visible_communities())::uuid[])"
RHYTHM = """
    ADD COLUMN every integer NOT NULL DEFAULT 1 CONSTRAINT {0}_every CHECK (every BETWEEN 1 AND 12),
    ADD COLUMN nth integer CONSTRAINT {0}_nth CHECK (nth IN (-1, 1, 2, 3, 4))"""


def upgrade() -> None:
    """Add them; what was weekly stays weekly."""
    op.execute(f"""
        ALTER TABLE timebank.requests {RHYTHM.format("request")},
            ADD COLUMN on_holidays text NOT NULL DEFAULT 'go_on'
                CONSTRAINT request_on_holidays CHECK (on_holidays IN ('go_on', 'pause')),
            ADD COLUMN first_on date,
            ADD COLUMN first_minute integer,
            ADD CONSTRAINT request_first_whole CHECK (num_nonnulls(first_on, first_minute) IN (0, 2)),
            ADD CONSTRAINT request_once_has_no_rhythm CHECK (kind <> 'once' OR (every = 1 AND nth IS NULL))""")
    op.execute(f"ALTER TABLE timebank.proposals {RHYTHM.format('proposal')}")
    op.execute(f"ALTER TABLE timebank.pairs {RHYTHM.format('pair')}")
    op.execute("""
        UPDATE timebank.requests r SET first_on = p.on_day, first_minute = p.from_minute
        FROM timebank.pairs p WHERE p.request_id = r.id AND p.status <> 'ended'""")
    op.execute("""
        CREATE TABLE timebank.day_changes (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            request_id uuid NOT NULL,
            kind text NOT NULL CONSTRAINT day_change_kind CHECK (kind IN ('skip', 'move', 'add')),
            on_day date,
            to_day date,
            from_minute integer CONSTRAINT day_change_minute CHECK (from_minute BETWEEN 0 AND 1439),
            made_by uuid NOT NULL,
            made_at timestamptz NOT NULL,
            undone_by uuid,
            undone_at timestamptz,
            FOREIGN KEY (community_id, request_id) REFERENCES timebank.requests (community_id, id),
            CONSTRAINT day_change_shape CHECK (
                (on_day IS NOT NULL) = (kind IN ('skip', 'move'))
                AND (to_day IS NOT NULL) = (kind IN ('move', 'add'))
                AND (from_minute IS NOT NULL) = (kind IN ('move', 'add'))),
            CONSTRAINT day_change_undone_whole CHECK (num_nonnulls(undone_by, undone_at) IN (0, 2))
        )""")
    op.execute("""
        CREATE UNIQUE INDEX day_change_once ON timebank.day_changes (request_id, on_day)
        WHERE undone_at IS NULL AND on_day IS NOT NULL""")
    op.execute("""
        CREATE UNIQUE INDEX day_change_lands_once ON timebank.day_changes (request_id, to_day)
        WHERE undone_at IS NULL AND to_day IS NOT NULL""")
    op.execute("ALTER TABLE timebank.day_changes ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY community ON timebank.day_changes USING ({VISIBLE})")
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.day_changes TO timebank_app")
    op.execute("""
        CREATE TABLE timebank.holidays (
            district_id uuid NOT NULL REFERENCES timebank.units,
            day date NOT NULL,
            kind text NOT NULL CONSTRAINT holiday_kind CHECK (kind IN ('off', 'work', 'plain')),
            name text NOT NULL,
            changed_by uuid NOT NULL,
            changed_at timestamptz NOT NULL,
            PRIMARY KEY (district_id, day)
        )""")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON timebank.holidays TO timebank_app")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE timebank.holidays")
    op.execute("DROP TABLE timebank.day_changes")
    for table in ("pairs", "proposals"):
        op.execute(f"ALTER TABLE timebank.{table} DROP COLUMN every, DROP COLUMN nth")
    op.execute("""
        ALTER TABLE timebank.requests DROP COLUMN every, DROP COLUMN nth, DROP COLUMN on_holidays,
            DROP COLUMN first_on, DROP COLUMN first_minute""")
