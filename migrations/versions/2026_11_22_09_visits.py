"""Visits, what they were settled for, and what was disputed about them."""

from collections.abc import Sequence

from alembic import op

revision: str = "09_visits"
down_revision: str | None = "08_requests"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

VISIBLE = "community_id = ANY ((SELECT timebank.visible_communities())::uuid[])"


def upgrade() -> None:
    """Create them."""
    # The number on a visit's slip and on the lines of a printed sheet: one row of paper, one visit.
    op.execute("CREATE SEQUENCE timebank.visit_numbers START 1001")
    op.execute("GRANT USAGE, SELECT ON SEQUENCE timebank.visit_numbers TO timebank_app")
    op.execute("""
        CREATE TABLE timebank.visits (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            number bigint NOT NULL DEFAULT nextval('timebank.visit_numbers')
                CONSTRAINT visit_number_unique UNIQUE,
            scheme_id uuid NOT NULL,
            category text NOT NULL CONSTRAINT visit_category CHECK (category ~ '^[a-z_]{1,40}$'),
            request_id uuid,
            pair_id uuid,
            proposal_id uuid,
            helper_id uuid NOT NULL,
            recipient_id uuid NOT NULL,
            planned_from timestamptz,
            planned_until timestamptz,
            served_on date NOT NULL,
            place text,
            status text NOT NULL CONSTRAINT visit_status CHECK (status IN ('planned', 'attended', 'claimed',
                'disputed', 'confirmed', 'settled', 'cancelled', 'no_show')),
            status_reason text,
            absent text CONSTRAINT visit_absent CHECK (absent IN ('helper', 'recipient')),
            checked_in_at timestamptz,
            checked_in_source text,
            checked_out_at timestamptz,
            checked_out_source text,
            claimed_minutes integer CONSTRAINT visit_claimed_minutes CHECK (claimed_minutes BETWEEN 1 AND 1440),
            claimed_by uuid,
            claimed_at timestamptz,
            claimed_source text,
            said_minutes integer CONSTRAINT visit_said_minutes CHECK (said_minutes BETWEEN 0 AND 1440),
            confirmed_minutes integer
                CONSTRAINT visit_confirmed_minutes CHECK (confirmed_minutes BETWEEN 1 AND 1440),
            confirmed_by uuid,
            confirmed_at timestamptz,
            confirmed_source text,
            paid_by text CONSTRAINT visit_paid_by CHECK (paid_by IN ('recipient', 'pool', 'grants')),
            revision integer NOT NULL DEFAULT 0 CONSTRAINT visit_revision CHECK (revision >= 0),
            settled_minutes integer CONSTRAINT visit_settled_minutes CHECK (settled_minutes >= 0),
            refusal jsonb,
            note text,
            provenance text NOT NULL,
            created_by uuid NOT NULL,
            created_at timestamptz NOT NULL,
            changed_at timestamptz NOT NULL,
            version integer NOT NULL DEFAULT 1,
            CONSTRAINT visit_in_community UNIQUE (community_id, id),
            CONSTRAINT visit_for_request FOREIGN KEY (community_id, request_id)
                REFERENCES timebank.requests (community_id, id),
            CONSTRAINT visit_by_helper FOREIGN KEY (community_id, helper_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT visit_to_recipient FOREIGN KEY (community_id, recipient_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT visit_in_scheme FOREIGN KEY (community_id, scheme_id)
                REFERENCES timebank.schemes (community_id, id),
            CONSTRAINT visit_parties_differ CHECK (helper_id <> recipient_id),
            CONSTRAINT visit_ends_after_it_begins CHECK (planned_until > planned_from),
            CONSTRAINT visit_planned_from_and_until CHECK ((planned_from IS NULL) = (planned_until IS NULL)),
            CONSTRAINT visit_planned_at_a_time CHECK (status <> 'planned' OR planned_from IS NOT NULL),
            CONSTRAINT visit_no_show_says_who CHECK ((status = 'no_show') = (absent IS NOT NULL)),
            CONSTRAINT visit_checked_out_after_in CHECK (checked_out_at >= checked_in_at),
            CONSTRAINT visit_check_in_has_a_source
                CHECK ((checked_in_at IS NULL) = (checked_in_source IS NULL)
                   AND (checked_out_at IS NULL) = (checked_out_source IS NULL)),
            CONSTRAINT visit_claim_is_whole
                CHECK (num_nonnulls(claimed_minutes, claimed_by, claimed_at, claimed_source) IN (0, 4)),
            CONSTRAINT visit_confirmation_is_whole
                CHECK (num_nonnulls(confirmed_minutes, confirmed_by, confirmed_at, confirmed_source) IN (0, 4)),
            CONSTRAINT visit_claimed_before_it_is_confirmed CHECK (
                status NOT IN ('claimed', 'disputed', 'confirmed', 'settled') OR claimed_minutes IS NOT NULL),
            CONSTRAINT visit_confirmed_before_it_is_settled CHECK (
                status NOT IN ('confirmed', 'settled') OR confirmed_minutes IS NOT NULL),
            CONSTRAINT visit_settled_has_minutes CHECK ((status = 'settled') = (settled_minutes IS NOT NULL)),
            CONSTRAINT visit_refused_stays_confirmed CHECK (refusal IS NULL OR status = 'confirmed')
        )""")
    # Planning twice plans once.
    op.execute("""
        CREATE UNIQUE INDEX visit_planned_once_for_a_pair ON timebank.visits (pair_id, planned_from)
        WHERE pair_id IS NOT NULL""")
    op.execute("""
        CREATE UNIQUE INDEX visit_planned_once_for_a_proposal ON timebank.visits (proposal_id, planned_from)
        WHERE pair_id IS NULL AND proposal_id IS NOT NULL""")
    op.execute("CREATE INDEX visits_by_day ON timebank.visits (community_id, served_on, id)")
    op.execute("CREATE INDEX visits_by_helper ON timebank.visits (community_id, helper_id, served_on)")
    op.execute("CREATE INDEX visits_by_recipient ON timebank.visits (community_id, recipient_id, served_on)")
    op.execute("""
        CREATE INDEX visits_unfinished ON timebank.visits (community_id, status, served_on)
        WHERE status IN ('planned', 'attended', 'claimed', 'disputed', 'confirmed')""")
    op.execute("CREATE INDEX visits_by_request ON timebank.visits (request_id) WHERE request_id IS NOT NULL")
    op.execute("""
        CREATE TABLE timebank.settlements (
            visit_id uuid NOT NULL,
            revision integer NOT NULL CONSTRAINT settlement_revision CHECK (revision >= 1),
            community_id uuid NOT NULL,
            transfer_ids uuid[] NOT NULL,
            minutes integer NOT NULL CONSTRAINT settlement_minutes CHECK (minutes >= 0),
            house_version_id uuid,
            scheme_version_id uuid NOT NULL,
            settled_by uuid NOT NULL,
            settled_at timestamptz NOT NULL,
            reversed_by uuid,
            reversed_at timestamptz,
            reversed_because text,
            reversal_ids uuid[],
            PRIMARY KEY (visit_id, revision),
            FOREIGN KEY (community_id, visit_id) REFERENCES timebank.visits (community_id, id),
            CONSTRAINT settlement_reversal_is_whole
                CHECK (num_nonnulls(reversed_by, reversed_at, reversed_because, reversal_ids) IN (0, 4))
        )""")
    op.execute("""
        CREATE UNIQUE INDEX settlement_one_in_force ON timebank.settlements (visit_id)
        WHERE reversed_at IS NULL""")
    op.execute("""
        CREATE TABLE timebank.disputes (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            visit_id uuid NOT NULL,
            claimed_minutes integer NOT NULL,
            said_minutes integer CONSTRAINT dispute_said_minutes CHECK (said_minutes BETWEEN 0 AND 1440),
            words text,
            raised_by uuid NOT NULL,
            raised_at timestamptz NOT NULL,
            raised_source text NOT NULL,
            outcome text CONSTRAINT dispute_outcome CHECK (outcome IN ('minutes', 'nothing')),
            outcome_minutes integer
                CONSTRAINT dispute_outcome_minutes CHECK (outcome_minutes BETWEEN 1 AND 1440),
            reason text,
            resolved_by uuid,
            resolved_at timestamptz,
            FOREIGN KEY (community_id, visit_id) REFERENCES timebank.visits (community_id, id),
            CONSTRAINT dispute_outcome_has_a_reason
                CHECK (num_nonnulls(outcome, reason, resolved_by, resolved_at) IN (0, 4)),
            CONSTRAINT dispute_outcome_says_its_minutes
                CHECK ((outcome = 'minutes') IS TRUE = (outcome_minutes IS NOT NULL))
        )""")
    op.execute(
        "CREATE UNIQUE INDEX dispute_one_open ON timebank.disputes (visit_id) WHERE resolved_at IS NULL"
    )
    for table in ("visits", "settlements", "disputes"):
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY community ON timebank.{table} USING ({VISIBLE})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON timebank.{table} TO timebank_app")


def downgrade() -> None:
    """Drop them."""
    for table in ("disputes", "settlements", "visits"):
        op.execute(f"DROP TABLE timebank.{table}")
    op.execute("DROP SEQUENCE timebank.visit_numbers")
