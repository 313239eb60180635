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
            minutes, kind, effective_on, served_on, actor_id, reverses, forced, reason, evidence, terms,
            digest, refusal, account_id_at, short_minutes, because_id, known, debit_version, credit_version,
            debit_before, credit_before, decided_at, debit_held, credit_held, held_change)
        WHERE NOT known
    ), recorded AS (
        INSERT INTO ledger.outcomes
            (book_id, id, digest, terms, refusal, account_id, short_minutes, because_id, decided_at)
        SELECT book_id, id, digest, CASE WHEN terms IS NULL THEN NULL ELSE ledger.terms_bytes(terms) END,
            refusal, account_id_at, short_minutes, because_id, posted
        FROM wish
        ON CONFLICT DO NOTHING
        RETURNING 1
    ), verdict AS MATERIALIZED (
        SELECT (SELECT count(*) FROM recorded) = (SELECT count(*) FROM wish) AS whole
    ), op AS MATERIALIZED (
        SELECT * FROM wish WHERE refusal IS NULL AND (SELECT whole FROM verdict)
    ), side AS MATERIALIZED (
        -- An operation without versions moves nothing: it holds, or lets go.
        SELECT book_id, debit_id AS account_id, debit_version AS version, id,
            CASE WHEN debit_version IS NULL THEN 0 ELSE -minutes END AS minutes,
            debit_before AS balance_before, debit_held AS held, coalesce(held_change, 0) AS held_change,
            effective_on
        FROM op
        UNION ALL
        SELECT book_id, credit_id, credit_version, id, minutes, credit_before, credit_held, 0, effective_on
        FROM op WHERE credit_version IS NOT NULL
    ), moved AS (
        INSERT INTO ledger.transfers (book_id, id, debit_id, credit_id, debit_version, credit_version, minutes,
            kind, effective_on, served_on, posted_at, actor_id, reverses, forced, reason, evidence)
        SELECT book_id, id, debit_id, credit_id, debit_version, credit_version, minutes,
            kind, effective_on, served_on, posted, actor_id, reverses, forced, reason, evidence
        FROM op WHERE debit_version IS NOT NULL
    ), held AS (
        INSERT INTO ledger.holds (book_id, id, debit_id, credit_id, minutes, kind, expires_at, created_at,
            actor_id, reason, open)
        SELECT book_id, id, debit_id, credit_id, minutes, kind, (terms).expires_at, posted, actor_id, reason,
            (book_id, id) NOT IN (SELECT e.book_id, (e.terms).hold_id FROM op e
                WHERE (e.terms).act IN ('capture', 'void'))
        FROM op WHERE (terms).act = 'hold'
    ), ended AS (
        INSERT INTO ledger.hold_ends (book_id, hold_id, how, captured_minutes, operation_id, actor_id, reason,
            ended_at)
        SELECT book_id, (terms).hold_id,
            CASE (terms).act WHEN 'capture' THEN 'captured' ELSE 'voided' END,
            CASE (terms).act WHEN 'capture' THEN minutes ELSE 0 END, id, actor_id, reason, posted
        FROM op WHERE (terms).act IN ('capture', 'void')
    ), closed AS (
        UPDATE ledger.holds h SET open = false
        FROM op
        WHERE (op.terms).act IN ('capture', 'void') AND h.book_id = op.book_id AND h.id = (op.terms).hold_id
    ), entered AS (
        INSERT INTO ledger.entries (book_id, account_id, version, transfer_id, minutes, balance_before,
            balance_after, held_minutes, floor_minutes, ceiling_minutes, relief_minutes, effective_on,
            posted_at)
        SELECT s.book_id, s.account_id, s.version, s.id, s.minutes, s.balance_before,
            s.balance_before + s.minutes, coalesce(s.held, a.held_minutes), a.floor_minutes, a.ceiling_minutes,
            greatest(0, a.floor_minutes - (s.balance_before + s.minutes - coalesce(s.held, a.held_minutes)),
                s.balance_before + s.minutes - a.ceiling_minutes),
            s.effective_on, posted
        FROM side s
        JOIN ledger.accounts a ON a.book_id = s.book_id AND a.id = s.account_id
        WHERE s.version IS NOT NULL
    ), headed AS (
        UPDATE ledger.accounts a
        SET version = a.version + s.entries,
            balance_minutes = a.balance_minutes + s.minutes,
            held_minutes = a.held_minutes + s.held,
            relief_minutes = greatest(0,
                a.floor_minutes - (a.balance_minutes + s.minutes - a.held_minutes - s.held),
                a.balance_minutes + s.minutes - a.ceiling_minutes)
        FROM (SELECT book_id, account_id, count(version) AS entries, sum(minutes::integer) AS minutes,
                sum(held_change::integer) AS held
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

-- Posting now.
CREATE FUNCTION ledger.post(operations ledger.operation[]) RETURNS TABLE (
    refusal text, account_id uuid, short_minutes bigint, because_id uuid, known boolean,
    debit_balance bigint, credit_balance bigint, decided_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, ledger, pg_temp AS $$
SELECT * FROM ledger.post_dated(operations, NULL)
$$;

-- Let go of holds whose time is over, the oldest first, and name them. Nobody asked for it, so it has no
-- outcome.
CREATE FUNCTION ledger.expire_holds(book uuid, many integer) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ledger, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    chosen uuid[];
BEGIN
    PERFORM ledger.require_visible(ARRAY[book]);
    PERFORM pg_advisory_xact_lock_shared(ledger.book_lock(book));
    chosen := ARRAY(SELECT h.id FROM ledger.holds h
        WHERE h.book_id = book AND h.open AND h.expires_at <= clock_timestamp()
        ORDER BY h.expires_at LIMIT many);
    PERFORM FROM ledger.accounts a
    WHERE a.book_id = book AND a.id IN (SELECT h.debit_id FROM ledger.holds h
        WHERE h.book_id = book AND h.id = ANY (chosen))
    ORDER BY a.id FOR NO KEY UPDATE;
    RETURN QUERY
    WITH due AS MATERIALIZED (
        SELECT h.id, h.debit_id, h.minutes FROM ledger.holds h
        WHERE h.book_id = book AND h.id = ANY (chosen) AND h.open -- still, after the wait
    ), ended AS (
        INSERT INTO ledger.hold_ends (book_id, hold_id, how, captured_minutes, ended_at)
        SELECT book, d.id, 'expired', 0, clock_timestamp() FROM due d
    ), closed AS (
        UPDATE ledger.holds h SET open = false FROM due d WHERE h.book_id = book AND h.id = d.id
    ), headed AS (
        UPDATE ledger.accounts a
        SET held_minutes = a.held_minutes - s.minutes,
            relief_minutes = greatest(0, a.floor_minutes - (a.balance_minutes - a.held_minutes + s.minutes),
                a.balance_minutes - a.ceiling_minutes)
        FROM (SELECT d.debit_id, sum(d.minutes) AS minutes FROM due d GROUP BY d.debit_id) s
        WHERE a.book_id = book AND a.id = s.debit_id
    )
    SELECT d.id FROM due d ORDER BY d.id;
END $$;
