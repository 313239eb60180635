"""Talks and events: a place, a day, seats; who takes part, who waits for a seat, who came."""

from collections.abc import Sequence

from alembic import op

revision: str = "40_activities"
down_revision: str | None = "39_round_stops"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_POLICY = "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"


def upgrade() -> None:
    """Create them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _activities()
    _participations()
    _seats()
    for table in ("activities", "participations"):
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY community ON timebank.{table} {_POLICY}")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON timebank.{table} TO timebank_app")


def _activities() -> None:
    op.execute("""
        CREATE TABLE timebank.activities (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            kind text NOT NULL CONSTRAINT activity_kind CHECK (kind IN ('talk', 'event')),
            title text NOT NULL,
            place text NOT NULL,
            held_on date NOT NULL,
            from_minute integer NOT NULL,
            to_minute integer NOT NULL,
            seats integer NOT NULL CONSTRAINT activity_seats CHECK (seats BETWEEN 1 AND 5000),
            seats_taken integer NOT NULL DEFAULT 0,
            guest_speaker text,
            note text,
            status text NOT NULL CONSTRAINT activity_status CHECK (status IN ('planned', 'held', 'cancelled')),
            status_reason text,
            guests integer CONSTRAINT activity_guests CHECK (guests BETWEEN 0 AND 5000),
            signed_in_by uuid,
            signed_in_at timestamptz,
            notes text,
            went_well text,
            reported_by uuid,
            reported_at timestamptz,
            created_by uuid NOT NULL,
            created_at timestamptz NOT NULL,
            version integer NOT NULL DEFAULT 1,
            CONSTRAINT activity_in_community UNIQUE (community_id, id),
            CONSTRAINT activity_within_the_day
                CHECK (from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440),
            CONSTRAINT activity_within_seats CHECK (seats_taken BETWEEN 0 AND seats),
            CONSTRAINT activity_held_has_sheet CHECK ((status = 'held') = (guests IS NOT NULL)),
            CONSTRAINT activity_report_after_sheet CHECK (reported_at IS NULL OR status = 'held')
        )""")
    op.execute(
        "CREATE INDEX activities_by_day ON timebank.activities (community_id, held_on, from_minute, id)"
    )


def _participations() -> None:
    op.execute("""
        CREATE TABLE timebank.participations (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            activity_id uuid NOT NULL,
            member_id uuid NOT NULL,
            part text NOT NULL CONSTRAINT participation_part CHECK (part IN ('participant', 'speaker', 'helper')),
            standing text NOT NULL CONSTRAINT participation_standing
                CHECK (standing IN ('enrolled', 'waiting', 'withdrawn', 'walked_in')),
            provenance text NOT NULL,
            said_by uuid NOT NULL,
            said_at timestamptz NOT NULL,
            turn integer NOT NULL,
            moved_up_at timestamptz,
            withdrawn_because text,
            came boolean,
            served_minutes integer,
            CONSTRAINT participation_once UNIQUE (activity_id, member_id),
            CONSTRAINT participation_turn UNIQUE (activity_id, turn),
            CONSTRAINT participation_of_activity FOREIGN KEY (community_id, activity_id)
                REFERENCES timebank.activities (community_id, id),
            CONSTRAINT participation_of_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT participation_waits_for_a_seat CHECK (standing <> 'waiting' OR part = 'participant'),
            CONSTRAINT participation_came_who_may
                CHECK (came IS NOT TRUE OR standing IN ('enrolled', 'walked_in')),
            CONSTRAINT participation_served_who_came
                CHECK (served_minutes IS NULL OR (came IS TRUE AND served_minutes BETWEEN 1 AND 1440))
        )""")
    op.execute(
        "CREATE INDEX participations_by_member ON timebank.participations (community_id, member_id, activity_id)"
    )


def _seats() -> None:
    """The seats taken are counted where they are taken, so that no way of writing can pass the limit."""
    op.execute("""
        CREATE FUNCTION timebank.count_seats() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            before integer := 0;
            after integer := 0;
        BEGIN
            IF TG_OP <> 'INSERT' AND OLD.part = 'participant' AND OLD.standing = 'enrolled' THEN before := 1; END IF;
            IF TG_OP <> 'DELETE' AND NEW.part = 'participant' AND NEW.standing = 'enrolled' THEN after := 1; END IF;
            IF before <> after THEN
                UPDATE timebank.activities SET seats_taken = seats_taken + after - before
                WHERE id = coalesce(NEW.activity_id, OLD.activity_id);
            END IF;
            RETURN NULL;
        END $$""")
    op.execute("""
        CREATE TRIGGER count_seats AFTER INSERT OR UPDATE OR DELETE ON timebank.participations
        FOR EACH ROW EXECUTE FUNCTION timebank.count_seats()""")
    op.execute("ALTER TABLE timebank.participations ENABLE ALWAYS TRIGGER count_seats")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE timebank.participations")
    op.execute("DROP FUNCTION timebank.count_seats()")
    op.execute("DROP TABLE timebank.activities")
