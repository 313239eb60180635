"""Wishes for help and the hours at which it would be welcome."""

from collections.abc import Sequence

from alembic import op

revision: str = "08_requests"
down_revision: str | None = "07_hours"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

VISIBLE = "community_id = ANY ((SELECT timebank.visible_communities())::uuid[])"


def upgrade() -> None:
    """Create them."""
    op.execute("""
        CREATE TABLE timebank.requests (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            member_id uuid NOT NULL,
            scheme_id uuid NOT NULL,
            category text NOT NULL CONSTRAINT request_category CHECK (category ~ '^[a-z_]{1,40}$'),
            skills text[] NOT NULL DEFAULT '{}',
            kind text NOT NULL CONSTRAINT request_kind CHECK (kind IN ('once', 'weekly')),
            duration_minutes integer NOT NULL
                CONSTRAINT request_duration CHECK (duration_minutes BETWEEN 1 AND 1440),
            starts_on date NOT NULL,
            expires_on date NOT NULL,
            status text NOT NULL CONSTRAINT request_status CHECK (status IN
                ('submitted', 'published', 'matched', 'done', 'withdrawn', 'expired', 'rejected')),
            status_reason text,
            priority integer NOT NULL DEFAULT 0 CONSTRAINT request_priority CHECK (priority BETWEEN 0 AND 3),
            wanted_gender text CONSTRAINT request_wanted_gender CHECK (wanted_gender IN ('female', 'male')),
            wanted_dialect text,
            place text,
            note text,
            provenance text NOT NULL,
            created_by uuid NOT NULL,
            created_at timestamptz NOT NULL,
            published_at timestamptz,
            changed_at timestamptz NOT NULL,
            version integer NOT NULL DEFAULT 1,
            passed_over integer NOT NULL DEFAULT 0 CONSTRAINT request_passed_over CHECK (passed_over >= 0),
            last_why jsonb,
            CONSTRAINT request_in_community UNIQUE (community_id, id),
            CONSTRAINT request_of_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT request_in_scheme FOREIGN KEY (community_id, scheme_id)
                REFERENCES timebank.schemes (community_id, id),
            CONSTRAINT request_expires_after_it_starts CHECK (expires_on >= starts_on),
            CONSTRAINT request_rejected_with_a_reason
                CHECK (status <> 'rejected' OR coalesce(btrim(status_reason), '') <> ''),
            CONSTRAINT request_published_before_it_is_matched
                CHECK (status NOT IN ('published', 'matched', 'done') OR published_at IS NOT NULL)
        )""")
    op.execute("CREATE INDEX requests_by_status ON timebank.requests (community_id, status, id)")
    op.execute("CREATE INDEX requests_by_member ON timebank.requests (community_id, member_id, id)")
    op.execute("""
        CREATE TABLE timebank.request_windows (
            community_id uuid NOT NULL,
            request_id uuid NOT NULL,
            position integer NOT NULL,
            on_day date,
            weekday integer CONSTRAINT request_window_weekday CHECK (weekday BETWEEN 0 AND 6),
            from_minute integer NOT NULL,
            to_minute integer NOT NULL,
            PRIMARY KEY (request_id, position),
            FOREIGN KEY (community_id, request_id) REFERENCES timebank.requests (community_id, id),
            CONSTRAINT request_window_day_or_weekday CHECK (num_nonnulls(on_day, weekday) = 1),
            CONSTRAINT request_window_within_the_day
                CHECK (from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440)
        )""")
    for table in ("requests", "request_windows"):
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY community ON timebank.{table} USING ({VISIBLE})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON timebank.{table} TO timebank_app")
    # The windows of a request are replaced as a whole when it is changed.
    op.execute("GRANT DELETE ON timebank.request_windows TO timebank_app")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE timebank.request_windows")
    op.execute("DROP TABLE timebank.requests")
