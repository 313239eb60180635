-- Posting as it was.

CREATE OR REPLACE FUNCTION ledger.check_entries() RETURNS trigger
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

-- An account's head is its last entry; an account without entries is empty.
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

    -- What two books owe each other is the same seen from both.
    SELECT a.id INTO wrong
    FROM changed a
    LEFT JOIN ledger.accounts b ON b.book_id = a.clears_with AND b.clears_with = a.book_id
    WHERE a.clears_with IS NOT NULL AND a.balance_minutes <> -coalesce(b.balance_minutes, 0)
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse('clearing_unmatched', format('account %s', wrong.id));
    END IF;
    RETURN NULL;
END $$;

-- What the same id must always ask for: everything but when it came. A linked operation's digest covers
-- its group, so it can't be posted again alone.
CREATE OR REPLACE FUNCTION ledger.digests(operations ledger.operation[]) RETURNS bytea[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    digests bytea[];
BEGIN
    SELECT array_agg(sha256(
        uuid_send(o.book_id) || uuid_send(o.id) || uuid_send(o.debit_id) || uuid_send(o.credit_id)
        || int8send(o.minutes) || int4send(octet_length(o.kind)) || convert_to(o.kind, 'UTF8')
        || coalesce(date_send(o.effective_on), '\x00'::bytea) -- a hold has none
        || coalesce('\x01'::bytea || date_send(o.served_on), '\x00'::bytea)
        || uuid_send(o.actor_id) || coalesce('\x01'::bytea || uuid_send(o.reverses), '\x00'::bytea)
        || boolsend(o.forced)
        || coalesce('\x01'::bytea || sha256(convert_to(o.reason, 'UTF8')), '\x00'::bytea)
        || coalesce('\x01'::bytea || o.evidence, '\x00'::bytea)
        || CASE WHEN o.terms IS NULL THEN ''::bytea ELSE ledger.terms_bytes(o.terms) END) ORDER BY n)
    INTO digests
    FROM unnest(operations) WITH ORDINALITY AS o(book_id, id, linked, debit_id, credit_id, minutes, kind,
        effective_on, served_on, actor_id, reverses, forced, reason, evidence, terms, n);

    IF EXISTS (SELECT FROM unnest(operations) o WHERE o.linked) THEN
        SELECT array_agg(CASE WHEN size = 1 THEN own ELSE sha256(own || whole) END ORDER BY n)
        INTO digests
        FROM (
            SELECT n, own, count(*) OVER w AS size, string_agg(own, ''::bytea) OVER w AS whole
            FROM (
                SELECT n, own, count(*) FILTER (WHERE NOT linked) OVER (
                    ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS link
                FROM unnest(operations, digests) WITH ORDINALITY AS o(book_id, id, linked, debit_id,
                    credit_id, minutes, kind, effective_on, served_on, actor_id, reverses, forced, reason,
                    evidence, terms, own, n)
            ) numbered
            WINDOW w AS (PARTITION BY link ORDER BY n
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
        ) grouped;
    END IF;
    RETURN digests;
END $$;

-- Refuse books that the caller's transaction does not see. The functions below run with the owner's
-- rights, which row-level security doesn't bind.
CREATE OR REPLACE FUNCTION ledger.require_visible(books uuid[]) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
    visible uuid[] := ledger.visible_books();
    hidden uuid;
BEGIN
    SELECT b INTO hidden FROM unnest(books) b WHERE (b = ANY (visible)) IS NOT TRUE LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'book_not_visible: %', hidden
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'book_not_visible', SCHEMA = 'ledger';
    END IF;
END $$;

-- Posting, with the time it is said to have happened: for the owner alone, who may write a history.
CREATE OR REPLACE FUNCTION ledger.post_dated(operations ledger.operation[], posted timestamptz) RETURNS TABLE (
    refusal text, account_id uuid, short_minutes bigint, because_id uuid, known boolean,
    debit_balance bigint, credit_balance bigint, decided_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ledger, pg_temp
-- Index probes and one plan for every size of batch, in the triggers too: a plan made for an empty ledger,
-- or for a large batch, would be kept and read every row of a full one for the sake of one transfer.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    digests bytea[];
    decisions ledger.decision[];
BEGIN
    IF cardinality(operations) > 8192 THEN
        PERFORM ledger.refuse('batch_too_large', cardinality(operations)::text);
    END IF;
    PERFORM ledger.require_visible(ARRAY(SELECT DISTINCT o.book_id FROM unnest(operations) o));
    PERFORM ledger.lock_accounts(operations);
    posted := coalesce(posted, clock_timestamp()); -- after the locks, so that it rises with the versions
    digests := ledger.digests(operations);
    decisions := ledger.decide_together(operations);
    IF decisions IS NULL THEN
        decisions := ledger.decide_in_order(operations, digests, posted);
    END IF;
    IF NOT ledger.write(operations, digests, decisions, posted) THEN
        RAISE EXCEPTION 'another connection is posting one of these ids'
            USING ERRCODE = 'serialization_failure', HINT = 'Run the transaction again.';
    END IF;
    RETURN QUERY
        SELECT d.refusal, d.account_id_at, d.short_minutes, d.because_id, d.known,
            d.debit_before - d.minutes, d.credit_before + d.minutes, coalesce(d.decided_at, posted)
        FROM unnest(operations, decisions) WITH ORDINALITY AS d(book_id, id, linked, debit_id, credit_id,
            minutes, kind, effective_on, served_on, actor_id, reverses, forced, reason, evidence, terms,
            refusal, account_id_at, short_minutes, because_id, known, debit_version, credit_version,
            debit_before, credit_before, decided_at, debit_held, credit_held, held_change, n)
        ORDER BY n;
END $$;

-- No transfer into a closed month; into a closing one an approved correction only.
CREATE OR REPLACE FUNCTION ledger.check_transfer_periods() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    PERFORM ledger.require_read_committed();
    -- Posting holds it already; what comes past posting must not slip by a closing either.
    PERFORM pg_advisory_xact_lock_shared(ledger.book_lock(b.book_id))
    FROM (SELECT DISTINCT t.book_id FROM added t ORDER BY 1) b;
    SELECT t.id, p.month > ledger.month_of(t.effective_on) OR p.state = 'closed' AS closed INTO wrong
    FROM (SELECT book_id, min(effective_on) AS first_on FROM added GROUP BY book_id) b
    JOIN ledger.periods p ON p.book_id = b.book_id AND p.month >= ledger.month_of(b.first_on)
    JOIN added t ON t.book_id = p.book_id AND ledger.month_of(t.effective_on) <= p.month
    LEFT JOIN ledger.outcomes o ON o.book_id = t.book_id AND o.id = t.id
    LEFT JOIN ledger.approvals a
        ON a.book_id = t.book_id AND a.operation_id = t.id AND a.digest = o.digest
    WHERE p.month > ledger.month_of(t.effective_on) OR p.state = 'closed' OR a.operation_id IS NULL
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse(CASE WHEN wrong.closed THEN 'period_closed' ELSE 'period_closing' END,
            format('transfer %s', wrong.id));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger.decide_together(operations ledger.operation[]) RETURNS ledger.decision[]
LANGUAGE plpgsql AS $$
DECLARE
    decisions ledger.decision[];
BEGIN
    WITH op AS (
        SELECT book_id, id, debit_id, credit_id, effective_on, n,
            coalesce(minutes BETWEEN 1 AND 10000000 AND debit_id <> credit_id AND reverses IS NULL
                AND NOT forced AND terms IS NULL, false) AS plain,
            least(greatest(minutes, 0), 10000000)::integer AS minutes -- sums of bigint would be numeric
        FROM unnest(operations) WITH ORDINALITY AS o(book_id, id, linked, debit_id, credit_id, minutes, kind,
            effective_on, served_on, actor_id, reverses, forced, reason, evidence, terms, n)
    ), side AS (
        SELECT n, plain, book_id, debit_id AS account_id, -minutes AS minutes FROM op
        UNION ALL
        SELECT n, plain, book_id, credit_id, minutes FROM op
    ), line AS (
        SELECT s.n, s.minutes,
            a.version + row_number() OVER w AS version,
            a.balance_minutes + sum(s.minutes) OVER w - s.minutes AS before,
            s.plain AND a.id IS NOT NULL AND a.closed_at IS NULL AND a.clears_with IS NULL AND coalesce(CASE WHEN s.minutes < 0
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
                NULL, NULL, NULL, NULL)::ledger.decision AS decision
        FROM line
        GROUP BY n
    )
    SELECT CASE WHEN bool_and(fine)
            AND (SELECT count(*) = count(DISTINCT (book_id, id)) FROM op)
            AND NOT EXISTS (SELECT FROM op JOIN ledger.outcomes o ON o.book_id = op.book_id AND o.id = op.id)
            -- One probe for each book: its earliest month is open, and so is all that comes after.
            AND NOT EXISTS (
                SELECT FROM (SELECT book_id, min(effective_on) AS first_on FROM op GROUP BY book_id) b
                JOIN ledger.periods p ON p.book_id = b.book_id AND p.month >= ledger.month_of(b.first_on))
        THEN array_agg(decision ORDER BY n) END
    INTO decisions
    FROM decided;
    RETURN decisions;
END $$;

REVOKE ALL ON FUNCTION ledger.decide_together(ledger.operation[]) FROM PUBLIC;

DROP FUNCTION ledger.run_again();
DROP FUNCTION ledger.post_one(ledger.operation, timestamptz);
DROP FUNCTION ledger.post_together(ledger.operation[], timestamptz);
