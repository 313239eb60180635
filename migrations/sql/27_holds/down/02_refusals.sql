CREATE OR REPLACE FUNCTION ledger.check_entries() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    -- Each is its transfer's debit or credit side, and each transfer has both: equal and opposite, in its
    -- own book and of its own day. A side that goes out of its limits rests on a forced transfer.
    SELECT * INTO wrong
    FROM (
        SELECT e.transfer_id,
            count(*) <> 2 OR NOT bool_and(coalesce((e.account_id, e.version, e.minutes) IN (
                (t.debit_id, t.debit_version, -t.minutes), (t.credit_id, t.credit_version, t.minutes))
                AND e.effective_on = t.effective_on, false)) AS unbalanced,
            bool_or(NOT t.forced AND e.minutes < 0
                AND e.balance_after - e.held_minutes < e.floor_minutes) AS below,
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
        LEFT JOIN ledger.entries p ON c.version_before IS NULL
            AND p.book_id = c.book_id AND p.account_id = c.account_id AND p.version = c.version - 1
        LEFT JOIN ledger.accounts a ON c.is_last AND a.book_id = c.book_id AND a.id = c.account_id
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

CREATE TRIGGER history_is_final
    BEFORE UPDATE OF book_id, id, kind, opened_at OR DELETE OR TRUNCATE ON ledger.accounts
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.history_is_final();
ALTER TABLE ledger.accounts ENABLE ALWAYS TRIGGER history_is_final;

CREATE OR REPLACE FUNCTION ledger.check_heads() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT a.id INTO wrong
    FROM changed a
    LEFT JOIN ledger.entries e
        ON e.book_id = a.book_id AND e.account_id = a.id AND e.version = a.version
    LEFT JOIN ledger.entries next
        ON next.book_id = a.book_id AND next.account_id = a.id AND next.version = a.version + 1
    WHERE next.version IS NOT NULL
        OR a.balance_minutes <> coalesce(e.balance_after, 0)
        OR a.version <> coalesce(e.version, 0)
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse('head_not_last_entry', format('account %s', wrong.id));
    END IF;
    RETURN NULL;
END $$;
