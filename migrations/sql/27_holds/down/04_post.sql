-- The one way in: operations in, outcomes out.

-- Refuse books that the caller's transaction does not see. The functions below run with the owner's
-- rights, which row-level security doesn't bind.
CREATE FUNCTION ledger.require_visible(books uuid[]) RETURNS void
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

-- Posting takes it shared, closing a month will take it exclusively: cheaper than a row lock.
CREATE FUNCTION ledger.book_lock(book_id uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN hashtextextended('ledger.book ' || book_id::text, 0);

-- Always in (book, id) order, so that no two postings wait for each other.
CREATE FUNCTION ledger.lock_accounts(operations ledger.operation[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(ledger.book_lock(b.book_id))
    FROM (SELECT DISTINCT o.book_id FROM unnest(operations) o ORDER BY 1) b;
    PERFORM FROM ledger.accounts a
    WHERE (a.book_id, a.id) IN (SELECT o.book_id, o.debit_id FROM unnest(operations) o
        UNION SELECT o.book_id, o.credit_id FROM unnest(operations) o)
    ORDER BY a.book_id, a.id
    FOR NO KEY UPDATE;
END $$;

-- Everything is written by one statement, so that the triggers see it whole. False, and nothing written,
-- if another connection has just recorded one of the ids.
CREATE FUNCTION ledger.write(
    operations ledger.operation[], digests bytea[], decisions ledger.decision[], posted timestamptz)
RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    written boolean;
BEGIN
    WITH wish AS MATERIALIZED (
        SELECT * FROM unnest(operations, digests, decisions) AS o(book_id, id, linked, debit_id, credit_id,
            minutes, kind, effective_on, served_on, actor_id, reverses, forced, reason, evidence,
            digest, refusal, account_id_at, short_minutes, because_id, known, debit_version, credit_version,
            debit_before, credit_before, decided_at)
        WHERE NOT known
    ), recorded AS (
        INSERT INTO ledger.outcomes
            (book_id, id, digest, refusal, account_id, short_minutes, because_id, decided_at)
        SELECT book_id, id, digest, refusal, account_id_at, short_minutes, because_id, posted FROM wish
        ON CONFLICT DO NOTHING
        RETURNING 1
    ), verdict AS MATERIALIZED (
        SELECT (SELECT count(*) FROM recorded) = (SELECT count(*) FROM wish) AS whole
    ), op AS MATERIALIZED (
        SELECT * FROM wish WHERE refusal IS NULL AND (SELECT whole FROM verdict)
    ), side AS MATERIALIZED (
        SELECT book_id, debit_id AS account_id, debit_version AS version, id, -minutes AS minutes,
            debit_before AS balance_before, effective_on
        FROM op
        UNION ALL
        SELECT book_id, credit_id, credit_version, id, minutes, credit_before, effective_on FROM op
    ), moved AS (
        INSERT INTO ledger.transfers (book_id, id, debit_id, credit_id, debit_version, credit_version, minutes,
            kind, effective_on, served_on, posted_at, actor_id, reverses, forced, reason, evidence)
        SELECT book_id, id, debit_id, credit_id, debit_version, credit_version, minutes,
            kind, effective_on, served_on, posted, actor_id, reverses, forced, reason, evidence
        FROM op
    ), entered AS (
        INSERT INTO ledger.entries (book_id, account_id, version, transfer_id, minutes, balance_before,
            balance_after, held_minutes, floor_minutes, ceiling_minutes, relief_minutes, effective_on,
            posted_at)
        SELECT s.book_id, s.account_id, s.version, s.id, s.minutes, s.balance_before,
            s.balance_before + s.minutes, a.held_minutes, a.floor_minutes, a.ceiling_minutes,
            greatest(0, a.floor_minutes - (s.balance_before + s.minutes - a.held_minutes),
                s.balance_before + s.minutes - a.ceiling_minutes),
            s.effective_on, posted
        FROM side s
        JOIN ledger.accounts a ON a.book_id = s.book_id AND a.id = s.account_id
    ), headed AS (
        UPDATE ledger.accounts a
        SET version = a.version + s.entries,
            balance_minutes = a.balance_minutes + s.minutes,
            relief_minutes = greatest(0, a.floor_minutes - (a.balance_minutes + s.minutes - a.held_minutes),
                a.balance_minutes + s.minutes - a.ceiling_minutes)
        FROM (SELECT book_id, account_id, count(*) AS entries, sum(minutes::integer) AS minutes
            FROM side GROUP BY book_id, account_id) s
        WHERE a.book_id = s.book_id AND a.id = s.account_id
    )
    SELECT whole INTO written FROM verdict;
    RETURN written;
END $$;

-- Posting, with the time it is said to have happened: for the owner alone, who may write a history.
CREATE FUNCTION ledger.post_dated(operations ledger.operation[], posted timestamptz) RETURNS TABLE (
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
        decisions := ledger.decide_in_order(operations, digests);
    END IF;
    IF NOT ledger.write(operations, digests, decisions, posted) THEN
        RAISE EXCEPTION 'another connection is posting one of these ids'
            USING ERRCODE = 'serialization_failure', HINT = 'Run the transaction again.';
    END IF;
    RETURN QUERY
        SELECT d.refusal, d.account_id_at, d.short_minutes, d.because_id, d.known,
            d.debit_before - d.minutes, d.credit_before + d.minutes, coalesce(d.decided_at, posted)
        FROM unnest(operations, decisions) WITH ORDINALITY AS d(book_id, id, linked, debit_id, credit_id,
            minutes, kind, effective_on, served_on, actor_id, reverses, forced, reason, evidence,
            refusal, account_id_at, short_minutes, because_id, known, debit_version, credit_version,
            debit_before, credit_before, decided_at, n)
        ORDER BY n;
END $$;

-- Posting now.
CREATE FUNCTION ledger.post(operations ledger.operation[]) RETURNS TABLE (
    refusal text, account_id uuid, short_minutes bigint, because_id uuid, known boolean,
    debit_balance bigint, credit_balance bigint, decided_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, ledger, pg_temp AS $$
SELECT * FROM ledger.post_dated(operations, NULL)
$$;
