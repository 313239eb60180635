-- What the database itself refuses, whoever asks. Statement triggers see a whole posting at once, since
-- it is written by one statement; all are ENABLE ALWAYS, so that a replication role doesn't silence them.
-- An owner can still disable a trigger: reconciliation finds what follows from that.

CREATE FUNCTION ledger.refuse(rule text, detail text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: %', rule, detail
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = rule, SCHEMA = 'ledger';
END $$;

-- History is appended to, never amended.
CREATE FUNCTION ledger.history_is_final() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger.refuse('history_is_final', format('%s on %s', TG_OP, TG_TABLE_NAME));
    RETURN NULL;
END $$;

CREATE TRIGGER history_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.transfers
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.history_is_final();
CREATE TRIGGER history_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.history_is_final();
CREATE TRIGGER history_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.outcomes
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.history_is_final();
CREATE TRIGGER history_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.limits
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.history_is_final();
-- An account's name, kind and what it clears with are history too; its balance and limits are not.
CREATE TRIGGER history_is_final
    BEFORE UPDATE OF book_id, id, kind, opened_at, clears_with OR DELETE OR TRUNCATE ON ledger.accounts
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.history_is_final();

CREATE TRIGGER history_is_final
    BEFORE UPDATE OF book_id, id, debit_id, credit_id, minutes, kind, expires_at, created_at, actor_id, reason
    OR DELETE OR TRUNCATE ON ledger.holds
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.history_is_final();
CREATE TRIGGER history_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.hold_ends
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.history_is_final();

-- A transfer has its entries (the trigger on entries says: exactly those two) and its outcome.
CREATE FUNCTION ledger.check_transfers() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT t.id, e.transfer_id IS NULL AS unbalanced INTO wrong
    FROM added t
    LEFT JOIN ledger.entries e ON e.book_id = t.book_id AND e.account_id = t.debit_id
        AND e.version = t.debit_version AND e.transfer_id = t.id
    LEFT JOIN ledger.outcomes o ON o.book_id = t.book_id AND o.id = t.id AND o.refusal IS NULL
    WHERE e.transfer_id IS NULL OR o.id IS NULL
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse(
            CASE WHEN wrong.unbalanced THEN 'entries_unbalanced' ELSE 'outcome_missing' END,
            format('transfer %s', wrong.id));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER transfers_whole AFTER INSERT ON ledger.transfers REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_transfers();

-- A reversal mirrors a transfer that is none itself; the index already_reversed makes it the only one.
CREATE FUNCTION ledger.check_reversal() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    original ledger.transfers;
BEGIN
    SELECT * INTO original FROM ledger.transfers t WHERE t.book_id = NEW.book_id AND t.id = NEW.reverses;
    IF original.reverses IS NOT NULL THEN
        PERFORM ledger.refuse('reversal_of_reversal', format('transfer %s', NEW.id));
    END IF;
    IF (original.debit_id, original.credit_id, original.minutes)
        IS DISTINCT FROM (NEW.credit_id, NEW.debit_id, NEW.minutes) THEN
        PERFORM ledger.refuse('reversal_unmirrored', format('transfer %s', NEW.id));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER reversal_mirrored AFTER INSERT ON ledger.transfers
    FOR EACH ROW WHEN (NEW.reverses IS NOT NULL) EXECUTE FUNCTION ledger.check_reversal();

CREATE FUNCTION ledger.check_entries() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    -- Each is its transfer's debit or credit side, and each transfer has both: equal and opposite, in its
    -- own book and of its own day. A side that goes out of its limits rests on a forced transfer; or it takes
    -- what was held, which was within the floor when it was promised and leaves no less available than before.
    SELECT * INTO wrong
    FROM (
        SELECT e.transfer_id,
            count(*) <> 2 OR NOT bool_and(coalesce((e.account_id, e.version, e.minutes) IN (
                (t.debit_id, t.debit_version, -t.minutes), (t.credit_id, t.credit_version, t.minutes))
                AND e.effective_on = t.effective_on, false)) AS unbalanced,
            bool_or(NOT t.forced AND e.minutes < 0
                AND e.balance_after - e.held_minutes < e.floor_minutes
                AND NOT EXISTS (SELECT FROM ledger.hold_ends h
                    WHERE h.book_id = t.book_id AND h.operation_id = t.id)) AS below,
            bool_or(NOT t.forced AND e.minutes > 0 AND e.balance_after > e.ceiling_minutes) AS above
        FROM added e
        LEFT JOIN ledger.transfers t ON t.book_id = e.book_id AND t.id = e.transfer_id
        GROUP BY e.book_id, e.transfer_id
    ) posted
    WHERE unbalanced OR below OR above
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse(
            CASE WHEN wrong.unbalanced THEN 'entries_unbalanced'
                WHEN wrong.below THEN 'floor_breached' ELSE 'ceiling_breached' END,
            format('transfer %s', wrong.transfer_id));
    END IF;

    -- Each follows the one before it without a gap, and the last of them is the account's head.
    SELECT * INTO wrong
    FROM (
        SELECT c.account_id, c.version,
            c.version <> coalesce(c.version_before, p.version, 0) + 1
                OR c.balance_before <> coalesce(c.after_before, p.balance_after, 0) AS broken,
            c.is_last AND (a.version, a.balance_minutes) IS DISTINCT FROM (c.version, c.balance_after)
                AS beheaded
        FROM (
            SELECT e.*, lag(e.version) OVER w AS version_before, lag(e.balance_after) OVER w AS after_before,
                lead(e.version) OVER w IS NULL AS is_last
            FROM added e
            WINDOW w AS (PARTITION BY e.book_id, e.account_id ORDER BY e.version)
        ) c
        -- A key that is null is not looked for: only the edges are.
        LEFT JOIN ledger.entries p ON p.book_id = c.book_id AND p.account_id = c.account_id
            AND p.version = CASE WHEN c.version_before IS NULL THEN c.version - 1 END
        LEFT JOIN ledger.accounts a ON a.book_id = c.book_id AND a.id = CASE WHEN c.is_last THEN c.account_id END
    ) chained
    WHERE broken OR beheaded
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse(
            CASE WHEN wrong.broken THEN 'chain_broken' ELSE 'head_not_last_entry' END,
            format('account %s, entry %s', wrong.account_id, wrong.version));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entries_whole AFTER INSERT ON ledger.entries REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_entries();

-- An account's head is its last entry; an account without entries is empty. What two books owe each other is
-- the same seen from both.
CREATE FUNCTION ledger.check_heads() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT * INTO wrong
    FROM (
        SELECT a.id,
            next.version IS NOT NULL
                OR a.balance_minutes <> coalesce(e.balance_after, 0)
                OR a.version <> coalesce(e.version, 0) AS astray,
            a.clears_with IS NOT NULL AND a.balance_minutes <> -coalesce((SELECT b.balance_minutes
                FROM ledger.accounts b WHERE b.book_id = a.clears_with AND b.clears_with = a.book_id), 0)
                AS unmatched
        FROM changed a
        LEFT JOIN ledger.entries e
            ON e.book_id = a.book_id AND e.account_id = a.id AND e.version = a.version
        LEFT JOIN ledger.entries next
            ON next.book_id = a.book_id AND next.account_id = a.id AND next.version = a.version + 1
    ) headed
    WHERE astray OR unmatched
    ORDER BY astray DESC
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse(
            CASE WHEN wrong.astray THEN 'head_not_last_entry' ELSE 'clearing_unmatched' END,
            format('account %s', wrong.id));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER head_is_last_entry AFTER UPDATE ON ledger.accounts REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_heads();
CREATE TRIGGER starts_empty AFTER INSERT ON ledger.accounts REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_heads();

-- What an account holds is the sum of its open holds.
CREATE FUNCTION ledger.require_held(book uuid, account uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM ledger.accounts a
    WHERE a.book_id = book AND a.id = account AND a.held_minutes = (
        SELECT coalesce(sum(h.minutes), 0) FROM ledger.holds h
        WHERE h.book_id = book AND h.debit_id = account AND h.open);
    IF NOT FOUND THEN
        PERFORM ledger.refuse('held_without_hold', format('account %s', account));
    END IF;
END $$;

CREATE FUNCTION ledger.check_held() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger.require_held(NEW.book_id, NEW.id);
    RETURN NULL;
END $$;

CREATE TRIGGER held_is_open_holds AFTER UPDATE ON ledger.accounts
    FOR EACH ROW WHEN (NEW.held_minutes <> OLD.held_minutes) EXECUTE FUNCTION ledger.check_held();
CREATE TRIGGER starts_unheld AFTER INSERT ON ledger.accounts
    FOR EACH ROW WHEN (NEW.held_minutes <> 0) EXECUTE FUNCTION ledger.check_held();

-- A hold has its outcome, is open until it has an end, and is counted in its account. A new one leaves its
-- account within the floor, unless a forced reversal of the same posting took the minutes after it.
CREATE FUNCTION ledger.check_holds() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    IF NOT EXISTS (SELECT FROM changed) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO wrong
    FROM (
        SELECT h.id, o.id IS NULL AS unasked, h.open AND x.hold_id IS NOT NULL AS resolved,
            NOT h.open AND x.hold_id IS NULL AS endless,
            TG_OP = 'INSERT' AND a.balance_minutes - a.held_minutes < a.floor_minutes
                AND NOT EXISTS (SELECT FROM ledger.entries e
                    JOIN ledger.transfers t ON t.book_id = e.book_id AND t.id = e.transfer_id AND t.forced
                    WHERE e.book_id = a.book_id AND e.account_id = a.id AND e.posted_at = h.created_at)
                AS below
        FROM changed h
        LEFT JOIN ledger.outcomes o ON o.book_id = h.book_id AND o.id = h.id AND o.refusal IS NULL
        LEFT JOIN ledger.hold_ends x ON x.book_id = h.book_id AND x.hold_id = h.id
        LEFT JOIN ledger.accounts a ON a.book_id = h.book_id AND a.id = h.debit_id
    ) found
    WHERE unasked OR resolved OR endless OR below
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse(
            CASE WHEN wrong.unasked THEN 'outcome_missing' WHEN wrong.resolved THEN 'hold_resolved'
                WHEN wrong.endless THEN 'hold_end_missing' ELSE 'floor_breached' END,
            format('hold %s', wrong.id));
    END IF;
    PERFORM ledger.require_held(h.book_id, h.debit_id) FROM (SELECT DISTINCT book_id, debit_id FROM changed) h;
    RETURN NULL;
END $$;

CREATE TRIGGER holds_whole AFTER INSERT ON ledger.holds REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_holds();
CREATE TRIGGER holds_ended AFTER UPDATE ON ledger.holds REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_holds();

-- A hold ends as it was meant to: by a transfer between its own accounts, of no more than it holds and in
-- time; by an operation; or by its time. The primary key, hold_resolved, makes it the only end.
CREATE FUNCTION ledger.check_hold_end() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    hold ledger.holds;
    transfer ledger.transfers;
    wrong text;
BEGIN
    SELECT * INTO hold FROM ledger.holds h WHERE h.book_id = NEW.book_id AND h.id = NEW.hold_id;
    SELECT * INTO transfer FROM ledger.transfers t WHERE t.book_id = NEW.book_id AND t.id = NEW.operation_id;
    wrong := CASE
        WHEN hold.id IS NULL THEN 'hold_unknown'
        WHEN hold.open THEN 'hold_resolved'
        WHEN NEW.how = 'captured' AND ((transfer.debit_id, transfer.credit_id, transfer.minutes)
                IS DISTINCT FROM (hold.debit_id, hold.credit_id, NEW.captured_minutes)
            OR transfer.reverses IS NOT NULL) THEN 'hold_account_mismatch'
        WHEN NEW.how <> 'captured' AND transfer.id IS NOT NULL THEN 'hold_account_mismatch'
        WHEN NEW.captured_minutes > hold.minutes THEN 'hold_exceeded'
        WHEN NEW.how = 'captured' AND NEW.ended_at >= hold.expires_at THEN 'hold_expired'
        WHEN NEW.how = 'expired' AND NEW.ended_at < hold.expires_at THEN 'hold_not_expired'
        WHEN NEW.how = 'voided' AND NOT EXISTS (SELECT FROM ledger.outcomes o
            WHERE o.book_id = NEW.book_id AND o.id = NEW.operation_id AND o.refusal IS NULL)
            THEN 'outcome_missing'
    END;
    IF wrong IS NOT NULL THEN
        PERFORM ledger.refuse(wrong, format('hold %s', NEW.hold_id));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER hold_ends_well AFTER INSERT ON ledger.hold_ends
    FOR EACH ROW EXECUTE FUNCTION ledger.check_hold_end();

ALTER TABLE ledger.transfers ENABLE ALWAYS TRIGGER history_is_final;
ALTER TABLE ledger.entries ENABLE ALWAYS TRIGGER history_is_final;
ALTER TABLE ledger.outcomes ENABLE ALWAYS TRIGGER history_is_final;
ALTER TABLE ledger.limits ENABLE ALWAYS TRIGGER history_is_final;
ALTER TABLE ledger.accounts ENABLE ALWAYS TRIGGER history_is_final;
ALTER TABLE ledger.transfers ENABLE ALWAYS TRIGGER transfers_whole;
ALTER TABLE ledger.transfers ENABLE ALWAYS TRIGGER reversal_mirrored;
ALTER TABLE ledger.entries ENABLE ALWAYS TRIGGER entries_whole;
ALTER TABLE ledger.accounts ENABLE ALWAYS TRIGGER head_is_last_entry;
ALTER TABLE ledger.accounts ENABLE ALWAYS TRIGGER starts_empty;
ALTER TABLE ledger.accounts ENABLE ALWAYS TRIGGER held_is_open_holds;
ALTER TABLE ledger.accounts ENABLE ALWAYS TRIGGER starts_unheld;
ALTER TABLE ledger.holds ENABLE ALWAYS TRIGGER history_is_final;
ALTER TABLE ledger.holds ENABLE ALWAYS TRIGGER holds_whole;
ALTER TABLE ledger.holds ENABLE ALWAYS TRIGGER holds_ended;
ALTER TABLE ledger.hold_ends ENABLE ALWAYS TRIGGER history_is_final;
ALTER TABLE ledger.hold_ends ENABLE ALWAYS TRIGGER hold_ends_well;
