"""Who takes over for a member who can't act for themselves, on which paper; meanwhile no card is issued."""

from collections.abc import Sequence

from alembic import op

revision: str = "54_incapacity"
down_revision: str | None = "46_profiles"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE timebank.incapacities (
            id uuid PRIMARY KEY,
            community_id uuid NOT NULL,
            member_id uuid NOT NULL,
            from_on date NOT NULL,
            until_on date NOT NULL,
            basis text NOT NULL CONSTRAINT incapacity_basis CHECK (basis IN ('consent', 'court')),
            paper text NOT NULL CONSTRAINT incapacity_without_paper CHECK (btrim(paper) <> ''),
            delegate_community_id uuid,
            delegate_member_id uuid,
            delegate_name text,
            delegate_phone text,
            purposes text[] NOT NULL,
            recorded_by uuid NOT NULL,
            recorded_on date NOT NULL,
            recorded_at timestamptz NOT NULL,
            ended_by uuid,
            ended_at timestamptz,
            ended_because text,
            version integer NOT NULL DEFAULT 1,
            CONSTRAINT incapacity_of_member FOREIGN KEY (community_id, member_id)
                REFERENCES timebank.members (community_id, id),
            CONSTRAINT incapacity_delegate CHECK (num_nonnulls(delegate_member_id, delegate_name) = 1),
            CONSTRAINT incapacity_by_oneself CHECK (delegate_member_id <> member_id),
            CONSTRAINT incapacity_in_the_future CHECK (from_on <= recorded_on),
            CONSTRAINT incapacity_gives_without_court CHECK (basis = 'court' OR NOT 'give' = ANY (purposes)),
            CONSTRAINT incapacity_ended CHECK (num_nulls(ended_by, ended_at, ended_because) IN (0, 3))
        )""")
    op.execute("""
        CREATE UNIQUE INDEX incapacity_stands_once ON timebank.incapacities (member_id)
        WHERE ended_at IS NULL""")
    op.execute("CREATE INDEX incapacities_of_community ON timebank.incapacities (community_id)")
    op.execute("ALTER TABLE timebank.incapacities ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY community ON timebank.incapacities "
        "USING (community_id = ANY ((SELECT timebank.visible_communities())::uuid[]))"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON timebank.incapacities TO timebank_app")
    op.execute("""
        CREATE FUNCTION timebank.pause_sign_in() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.revoked_at IS NULL AND EXISTS (
                SELECT FROM timebank.incapacities i WHERE i.member_id = NEW.member_id AND i.ended_at IS NULL
            ) THEN
                RAISE EXCEPTION 'sign_in_paused' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER pause_sign_in BEFORE INSERT OR UPDATE ON timebank.cards
        FOR EACH ROW EXECUTE FUNCTION timebank.pause_sign_in()""")
    op.execute("ALTER TABLE timebank.cards ENABLE ALWAYS TRIGGER pause_sign_in")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TRIGGER pause_sign_in ON timebank.cards")
    op.execute("DROP FUNCTION timebank.pause_sign_in()")
    op.execute("DROP TABLE timebank.incapacities")
