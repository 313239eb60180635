"""People who are helped and are no members: no account that moves, no card, no part as a helper."""

from collections.abc import Sequence

from alembic import op

revision: str = "44_served"
down_revision: str | None = "46_care_plans"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATUSES = ("applied", "active", "paused", "left", "dead")
ACCOUNT = """
CREATE FUNCTION timebank.served_has_no_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- One from an earlier membership stays readable, at rest: its floor and its ceiling are zero.
    IF EXISTS (SELECT FROM ledger.accounts a WHERE a.book_id = NEW.community_id AND a.id = NEW.id
        AND a.closed_at IS NULL AND (a.balance_minutes, a.held_minutes, a.floor_minutes, a.ceiling_minutes)
            IS DISTINCT FROM (0::bigint, 0::bigint, 0::bigint, 0::bigint)) THEN
        RAISE EXCEPTION 'somebody who is no member has an account that moves'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'served_has_no_account', TABLE = 'members';
    END IF;
    RETURN NULL;
END $$
"""
CARD = """
CREATE FUNCTION timebank.served_has_no_card() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whose uuid;
BEGIN
    IF TG_TABLE_NAME = 'cards' THEN
        whose := NEW.member_id;
        -- Whoever ends the membership meanwhile waits, or is waited for.
        PERFORM FROM timebank.members WHERE id = whose FOR SHARE;
    ELSE
        whose := NEW.id;
    END IF;
    IF EXISTS (SELECT FROM timebank.members m JOIN timebank.cards c ON c.member_id = m.id
        WHERE m.id = whose AND m.status = 'served' AND c.revoked_at IS NULL) THEN
        RAISE EXCEPTION 'somebody who is no member has a card'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'served_has_no_card', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Add them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"""
        ALTER TABLE timebank.members DROP CONSTRAINT member_status,
            ADD CONSTRAINT member_status CHECK (status IN {(*STATUSES, "served")}),
            ADD CONSTRAINT served_only_receives CHECK (status <> 'served' OR (is_recipient AND NOT is_helper))""")
    op.execute(ACCOUNT)
    op.execute("""
        CREATE TRIGGER served_has_no_account AFTER INSERT OR UPDATE OF status ON timebank.members
        FOR EACH ROW WHEN (NEW.status = 'served') EXECUTE FUNCTION timebank.served_has_no_account()""")
    op.execute(CARD)
    op.execute("""
        CREATE TRIGGER served_has_no_card AFTER INSERT OR UPDATE OF status ON timebank.members
        FOR EACH ROW WHEN (NEW.status = 'served') EXECUTE FUNCTION timebank.served_has_no_card()""")
    op.execute("""
        CREATE TRIGGER served_has_no_card AFTER INSERT OR UPDATE OF member_id, revoked_at ON timebank.cards
        FOR EACH ROW WHEN (NEW.revoked_at IS NULL) EXECUTE FUNCTION timebank.served_has_no_card()""")
    for trigger, table in (
        ("served_has_no_account", "members"),
        ("served_has_no_card", "members"),
        ("served_has_no_card", "cards"),
    ):
        op.execute(f"ALTER TABLE timebank.{table} ENABLE ALWAYS TRIGGER {trigger}")


def downgrade() -> None:
    """Drop them; who was only helped has left."""
    op.execute("DROP TRIGGER served_has_no_card ON timebank.cards")
    op.execute("DROP TRIGGER served_has_no_card ON timebank.members")
    op.execute("DROP TRIGGER served_has_no_account ON timebank.members")
    op.execute("DROP FUNCTION timebank.served_has_no_card()")
    op.execute("DROP FUNCTION timebank.served_has_no_account()")
    op.execute("UPDATE timebank.members SET status = 'left' WHERE status = 'served'")
    op.execute(f"""
        ALTER TABLE timebank.members DROP CONSTRAINT served_only_receives, DROP CONSTRAINT member_status,
            ADD CONSTRAINT member_status CHECK (status IN {STATUSES})""")
