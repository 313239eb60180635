-- Back to a ledger without periods.

DROP TRIGGER period_open ON ledger.transfers;
DROP TABLE ledger.approvals, ledger.closing_balances, ledger.periods;
DROP FUNCTION ledger.approve;
DROP FUNCTION ledger.close;
DROP FUNCTION ledger.begin_closing;
DROP FUNCTION ledger.check_closing_balances;
DROP FUNCTION ledger.check_closed;
DROP FUNCTION ledger.prove_closing;
DROP FUNCTION ledger.reckon_closing;
DROP FUNCTION ledger.period_reopened;
DROP FUNCTION ledger.check_period;
DROP FUNCTION ledger.check_transfer_periods;
DROP FUNCTION ledger.require_read_committed;
DROP FUNCTION ledger.month_before;
DROP FUNCTION ledger.month_after;
DROP FUNCTION ledger.month_of;

CREATE OR REPLACE FUNCTION ledger.check_entries() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    -- Each is its transfer's debit or credit side, and each transfer has both: equal and opposite, in its
    -- own book. A side that goes out of its limits rests on a forced transfer.
    SELECT * INTO wrong
    FROM (
        SELECT e.transfer_id,
            count(*) <> 2 OR NOT bool_and(coalesce((e.account_id, e.version, e.minutes) IN (
                (t.debit_id, t.debit_version, -t.minutes), (t.credit_id, t.credit_version, t.minutes)),
                false)) AS unbalanced,
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

-- The usual case: every operation is new, plain and within the limits. Window sums settle the whole batch
-- at once. Null if anything at all needs a closer look.
CREATE OR REPLACE FUNCTION ledger.decide_together(operations ledger.operation[]) RETURNS ledger.decision[]
LANGUAGE plpgsql AS $$
DECLARE
    decisions ledger.decision[];
BEGIN
    WITH op AS (
        SELECT book_id, id, debit_id, credit_id, n,
            coalesce(minutes BETWEEN 1 AND 10000000 AND debit_id <> credit_id AND reverses IS NULL
                AND NOT forced, false) AS plain,
            least(greatest(minutes, 0), 10000000)::integer AS minutes -- sums of bigint would be numeric
        FROM unnest(operations) WITH ORDINALITY AS o(book_id, id, linked, debit_id, credit_id, minutes, kind,
            effective_on, served_on, actor_id, reverses, forced, reason, evidence, n)
    ), side AS (
        SELECT n, plain, book_id, debit_id AS account_id, -minutes AS minutes FROM op
        UNION ALL
        SELECT n, plain, book_id, credit_id, minutes FROM op
    ), line AS (
        SELECT s.n, s.minutes,
            a.version + row_number() OVER w AS version,
            a.balance_minutes + sum(s.minutes) OVER w - s.minutes AS before,
            s.plain AND a.id IS NOT NULL AND a.closed_at IS NULL AND coalesce(CASE WHEN s.minutes < 0
                THEN a.balance_minutes + sum(s.minutes) OVER w - a.held_minutes >= a.floor_minutes
                ELSE a.balance_minutes + sum(s.minutes) OVER w <= a.ceiling_minutes END, true) AS fine
        FROM side s
        LEFT JOIN ledger.accounts a ON a.book_id = s.book_id AND a.id = s.account_id
        WINDOW w AS (PARTITION BY s.book_id, s.account_id ORDER BY s.n ROWS UNBOUNDED PRECEDING)
    ), decided AS (
        SELECT n, bool_and(fine) AS fine,
            ROW(NULL, NULL, NULL, NULL, false,
                max(version) FILTER (WHERE minutes < 0), max(version) FILTER (WHERE minutes > 0),
                max(before) FILTER (WHERE minutes < 0), max(before) FILTER (WHERE minutes > 0),
                NULL)::ledger.decision AS decision
        FROM line
        GROUP BY n
    )
    SELECT CASE WHEN bool_and(fine)
            AND (SELECT count(*) = count(DISTINCT (book_id, id)) FROM op)
            AND NOT EXISTS (SELECT FROM op JOIN ledger.outcomes o ON o.book_id = op.book_id AND o.id = op.id)
        THEN array_agg(decision ORDER BY n) END
    INTO decisions
    FROM decided;
    RETURN decisions;
END $$;

-- What can be said of each operation before the others have moved anything. Accounts are numbered, so that
-- decide_in_order can keep their balances in arrays.
CREATE OR REPLACE FUNCTION ledger.examine(operations ledger.operation[], digests bytea[]) RETURNS TABLE (
    n bigint, book_id uuid, id uuid, linked boolean, minutes bigint, forced boolean, digest bytea,
    debit_id uuid, debit_at bigint, debit_balance bigint, debit_version bigint, debit_held bigint,
    debit_floor bigint,
    credit_id uuid, credit_at bigint, credit_balance bigint, credit_version bigint, credit_ceiling bigint,
    first_at bigint,  -- the first operation of this batch with this id
    target_at bigint, -- the first that reverses the same transfer, if this one reverses any
    known boolean,    -- the id was decided in an earlier batch
    refusal text, refused_account uuid)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    debits_at bigint[];
    credits_at bigint[];
BEGIN
    SELECT array_agg(at ORDER BY n) FILTER (WHERE debit), array_agg(at ORDER BY n) FILTER (WHERE NOT debit)
    INTO debits_at, credits_at
    FROM (
        SELECT n, debit, dense_rank() OVER (ORDER BY book_id, account_id) AS at
        FROM unnest(operations) WITH ORDINALITY AS o(book_id, id, linked, debit_id, credit_id, minutes, kind,
            effective_on, served_on, actor_id, reverses, forced, reason, evidence, n)
        CROSS JOIN LATERAL (VALUES (true, debit_id), (false, credit_id)) AS side(debit, account_id)
    ) numbered;

    RETURN QUERY
    SELECT op.n, op.book_id, op.id, op.linked, op.minutes, op.forced, op.digest,
        op.debit_id, op.debit_at, d.balance_minutes, d.version, d.held_minutes, d.floor_minutes,
        op.credit_id, op.credit_at, c.balance_minutes, c.version, c.ceiling_minutes,
        min(op.n) OVER (PARTITION BY op.book_id, op.id),
        CASE WHEN op.reverses IS NOT NULL THEN min(op.n) OVER (PARTITION BY op.book_id, op.reverses) END,
        k.id IS NOT NULL, r.refusal,
        CASE r.refusal
            WHEN 'account_unknown' THEN CASE WHEN d.id IS NULL THEN op.debit_id ELSE op.credit_id END
            WHEN 'account_closed' THEN CASE WHEN d.closed_at IS NULL THEN op.credit_id ELSE op.debit_id END
        END
    FROM unnest(operations, digests, debits_at, credits_at) WITH ORDINALITY AS op(book_id, id, linked,
        debit_id, credit_id, minutes, kind, effective_on, served_on, actor_id, reverses, forced, reason,
        evidence, digest, debit_at, credit_at, n)
    LEFT JOIN ledger.accounts d ON d.book_id = op.book_id AND d.id = op.debit_id
    LEFT JOIN ledger.accounts c ON c.book_id = op.book_id AND c.id = op.credit_id
    LEFT JOIN ledger.outcomes k ON k.book_id = op.book_id AND k.id = op.id
    LEFT JOIN ledger.transfers t ON t.book_id = op.book_id AND t.id = op.reverses
    LEFT JOIN ledger.transfers x ON x.book_id = op.book_id AND x.reverses = op.reverses
    CROSS JOIN LATERAL (SELECT CASE
        WHEN (op.minutes BETWEEN 1 AND 10000000) IS NOT TRUE THEN 'amount_out_of_range'
        WHEN op.debit_id = op.credit_id THEN 'same_account'
        WHEN d.id IS NULL OR c.id IS NULL THEN 'account_unknown'
        WHEN d.closed_at IS NOT NULL OR c.closed_at IS NOT NULL THEN 'account_closed'
        WHEN op.forced AND (op.reverses IS NULL OR op.reason IS NULL) THEN 'forced_without_reason'
        WHEN op.reverses IS NULL THEN NULL
        WHEN t.id IS NULL THEN 'transfer_unknown'
        WHEN t.reverses IS NOT NULL THEN 'reversal_of_reversal'
        WHEN (t.debit_id, t.credit_id, t.minutes) <> (op.credit_id, op.debit_id, op.minutes)
            THEN 'reversal_unmirrored'
        WHEN x.id IS NOT NULL THEN 'already_reversed'
    END AS refusal) r
    ORDER BY op.n;
END $$;
