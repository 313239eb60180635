"""Match rounds, proposals and standing pairs."""

from collections.abc import Sequence

from alembic import op

revision: str = "10_pairing"
down_revision: str | None = "09_visits"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OCCASION = """
            on_day date NOT NULL,
            from_minute int NOT NULL CONSTRAINT {0}_from_minute CHECK (from_minute BETWEEN 0 AND 1439),
            minutes int NOT NULL CONSTRAINT {0}_minutes CHECK (minutes BETWEEN 1 AND 1440)"""
_PARTIES = """
            CONSTRAINT {0}_of_request FOREIGN KEY (community_id, request_id)
                REFERENCES timebank.requests (community_id, id),
            CONSTRAINT {0}_of_scheme FOREIGN KEY (community_id, scheme_id)
                REFERENCES timebank.schemes (community_id, id),
            CONSTRAINT {0}_helper FOREIGN KEY (community_id, helper_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT {0}_recipient FOREIGN KEY (community_id, recipient_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT {0}_parties CHECK (helper_id <> recipient_id)"""


def upgrade() -> None:
    """Create them."""
    _rounds()
    _proposals()
    _pairs()
    for table in ("rounds", "proposals", "pairs"):
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY community ON timebank.{table}
            USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))""")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON timebank.{table} TO timebank_app")


def _rounds() -> None:
    op.execute("""
        CREATE TABLE timebank.rounds (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            scheme_id uuid,
            on_day date NOT NULL,
            status text NOT NULL CONSTRAINT round_status CHECK (status IN ('made', 'sent', 'superseded')),
            input_digest text NOT NULL,
            input jsonb NOT NULL,
            plan_digest text NOT NULL,
            plan jsonb NOT NULL,
            whys jsonb NOT NULL,
            nobody jsonb NOT NULL,
            dropped jsonb NOT NULL,
            value jsonb NOT NULL,
            helpers int NOT NULL,
            served int NOT NULL,
            waiting int NOT NULL,
            milliseconds int NOT NULL CONSTRAINT round_milliseconds CHECK (milliseconds >= 0),
            made_by uuid NOT NULL,
            made_at timestamptz NOT NULL,
            sent_at timestamptz,
            CONSTRAINT round_counts CHECK (helpers >= 0 AND served >= 0 AND waiting >= 0),
            CONSTRAINT round_of_scheme FOREIGN KEY (community_id, scheme_id)
                REFERENCES timebank.schemes (community_id, id),
            CONSTRAINT round_sent CHECK ((status = 'sent') = (sent_at IS NOT NULL)),
            UNIQUE (community_id, id)
        )""")
    op.execute("CREATE INDEX rounds_latest ON timebank.rounds (community_id, made_at DESC, id DESC)")


def _proposals() -> None:
    op.execute(f"""
        CREATE TABLE timebank.proposals (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            round_id uuid,
            request_id uuid NOT NULL,
            scheme_id uuid NOT NULL,
            helper_id uuid NOT NULL,
            recipient_id uuid NOT NULL,
            category text NOT NULL,{_OCCASION.format("proposal")},
            weekly boolean NOT NULL,
            status text NOT NULL CONSTRAINT proposal_status
                CHECK (status IN ('open', 'accepted', 'declined', 'expired', 'withdrawn')),
            helper_answer text,
            helper_answered_by uuid,
            helper_answered_at timestamptz,
            helper_provenance text,
            recipient_answer text,
            recipient_answered_by uuid,
            recipient_answered_at timestamptz,
            recipient_provenance text,
            deadline timestamptz NOT NULL,
            why jsonb NOT NULL,
            made_by uuid NOT NULL,
            made_at timestamptz NOT NULL,
            closed_at timestamptz,{_PARTIES.format("proposal")},
            CONSTRAINT proposal_answers CHECK (
                coalesce(helper_answer, 'yes') IN ('yes', 'no')
                AND coalesce(recipient_answer, 'yes') IN ('yes', 'no')),
            CONSTRAINT proposal_answer_whole CHECK (
                num_nonnulls(helper_answer, helper_answered_by, helper_answered_at, helper_provenance) IN (0, 4)
                AND num_nonnulls(recipient_answer, recipient_answered_by, recipient_answered_at,
                                 recipient_provenance) IN (0, 4)),
            CONSTRAINT proposal_closed CHECK ((status = 'open') = (closed_at IS NULL)),
            CONSTRAINT proposal_two_yes CHECK (
                (status = 'accepted') = (coalesce(helper_answer, 'no') = 'yes'
                                         AND coalesce(recipient_answer, 'no') = 'yes')),
            CONSTRAINT proposal_first_no CHECK (
                (status = 'declined') = (coalesce(helper_answer, 'yes') = 'no'
                                         OR coalesce(recipient_answer, 'yes') = 'no')),
            UNIQUE (community_id, id),
            FOREIGN KEY (community_id, round_id) REFERENCES timebank.rounds (community_id, id)
        )""")
    op.execute("""
        CREATE UNIQUE INDEX proposal_open_once ON timebank.proposals (request_id) WHERE status = 'open'""")
    op.execute("""
        CREATE INDEX proposals_open ON timebank.proposals (community_id, deadline, id) WHERE status = 'open'""")
    op.execute("CREATE INDEX proposals_latest ON timebank.proposals (community_id, made_at DESC, id DESC)")
    op.execute("CREATE INDEX proposals_of_request ON timebank.proposals (request_id)")
    op.execute("CREATE INDEX proposals_of_round ON timebank.proposals (round_id)")
    op.execute("CREATE INDEX proposals_of_helper ON timebank.proposals (helper_id, status)")
    op.execute("CREATE INDEX proposals_of_recipient ON timebank.proposals (recipient_id, status)")


def _pairs() -> None:
    op.execute(f"""
        CREATE TABLE timebank.pairs (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL REFERENCES timebank.units,
            scheme_id uuid NOT NULL,
            request_id uuid NOT NULL,
            proposal_id uuid NOT NULL CONSTRAINT pair_once_per_proposal UNIQUE,
            helper_id uuid NOT NULL,
            recipient_id uuid NOT NULL,
            category text NOT NULL,{_OCCASION.format("pair")},
            status text NOT NULL CONSTRAINT pair_status CHECK (status IN ('trial', 'active', 'paused', 'ended')),
            trial_until date NOT NULL,
            confirmed_on date,
            paused_on date,
            ended_on date,
            note text,
            version int NOT NULL DEFAULT 1,
            made_at timestamptz NOT NULL,{_PARTIES.format("pair")},
            CONSTRAINT pair_confirmed CHECK (
                status NOT IN ('trial', 'active') OR (status = 'active') = (confirmed_on IS NOT NULL)),
            CONSTRAINT pair_paused CHECK ((status = 'paused') = (paused_on IS NOT NULL)),
            CONSTRAINT pair_ended CHECK ((status = 'ended') = (ended_on IS NOT NULL)),
            UNIQUE (community_id, id),
            FOREIGN KEY (community_id, proposal_id) REFERENCES timebank.proposals (community_id, id)
        )""")
    op.execute("""
        CREATE UNIQUE INDEX pair_living_once ON timebank.pairs (request_id) WHERE status <> 'ended'""")
    op.execute("CREATE INDEX pairs_by_community ON timebank.pairs (community_id, status, id)")
    op.execute("CREATE INDEX pairs_of_helper ON timebank.pairs (helper_id) WHERE status <> 'ended'")
    op.execute("CREATE INDEX pairs_of_recipient ON timebank.pairs (recipient_id) WHERE status <> 'ended'")


def downgrade() -> None:
    """Drop them."""
    for table in ("pairs", "proposals", "rounds"):
        op.execute(f"DROP TABLE timebank.{table}")
