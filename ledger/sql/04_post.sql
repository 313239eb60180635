-- The one way in: operations in, outcomes out.

-- Refuse books that the caller's transaction does not see. The functions below run with the owner's
-- rights, which row-level security doesn't bind.
CREATE FUNCTION ledger.require_visible(books uuid[]) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
    visible uuid[] := ledger.visible_books();
    hidden uuid;
BEGIN
    IF books <@ visible THEN
        RETURN;
    END IF;
    SELECT b INTO hidden FROM unnest(books) b WHERE (b = ANY (visible)) IS NOT TRUE LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'book_not_visible: %', hidden
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'book_not_visible', SCHEMA = 'ledger';
    END IF;
END $$;

-- Posting takes it shared, closing a month takes it exclusively: cheaper than a row lock.
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

-- Another connection has recorded one of the ids since they were looked for.
CREATE FUNCTION ledger.run_again() RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'another connection is posting one of these ids'
        USING ERRCODE = 'serialization_failure', HINT = 'Run the transaction again.';
END $$;

-- One operation, if it is new, plain and within the limits, as it usually is: locked, decided and written
-- without arrays. Nothing comes back, and nothing is written, if it needs a closer look.
CREATE FUNCTION ledger.post_one(op ledger.operation, said timestamptz,
    OUT debit_balance bigint, OUT credit_balance bigint, OUT posted timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
    debit_last bigint;
    credit_last bigint;
BEGIN
    IF (op.minutes BETWEEN 1 AND 10000000 AND op.debit_id <> op.credit_id AND op.reverses IS NULL
            AND NOT op.forced AND op.terms IS NULL) IS NOT TRUE THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(ledger.book_lock(op.book_id));
    PERFORM FROM ledger.accounts a WHERE a.book_id = op.book_id AND a.id IN (op.debit_id, op.credit_id)
    ORDER BY a.id FOR NO KEY UPDATE;
    SELECT d.version, c.version, d.balance_minutes - op.minutes, c.balance_minutes + op.minutes,
        coalesce(said, clock_timestamp())
    INTO debit_last, credit_last, debit_balance, credit_balance, posted
    FROM ledger.accounts d
    JOIN ledger.accounts c ON c.book_id = d.book_id AND c.id = op.credit_id
    WHERE d.book_id = op.book_id AND d.id = op.debit_id
        AND d.closed_at IS NULL AND c.closed_at IS NULL AND d.clears_with IS NULL AND c.clears_with IS NULL
        AND (d.balance_minutes - op.minutes - d.held_minutes >= d.floor_minutes) IS NOT FALSE
        AND (c.balance_minutes + op.minutes <= c.ceiling_minutes) IS NOT FALSE
        AND NOT EXISTS (SELECT FROM ledger.outcomes o WHERE o.book_id = op.book_id AND o.id = op.id)
        AND NOT EXISTS (SELECT FROM ledger.periods p
            WHERE p.book_id = op.book_id AND p.month >= ledger.month_of(op.effective_on));
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO ledger.outcomes (book_id, id, digest, decided_at)
    VALUES (op.book_id, op.id, (ledger.digests(ARRAY[op]))[1], posted)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        PERFORM ledger.run_again();
    END IF;
    WITH headed AS (
        UPDATE ledger.accounts a
        SET version = a.version + 1,
            balance_minutes = a.balance_minutes + s.minutes,
            relief_minutes = greatest(0, a.floor_minutes - (a.balance_minutes + s.minutes - a.held_minutes),
                a.balance_minutes + s.minutes - a.ceiling_minutes)
        FROM (VALUES (op.debit_id, -op.minutes), (op.credit_id, op.minutes)) AS s(account_id, minutes)
        WHERE a.book_id = op.book_id AND a.id = s.account_id
        RETURNING a.id, a.version, s.minutes, a.balance_minutes, a.held_minutes, a.floor_minutes,
            a.ceiling_minutes, a.relief_minutes
    ), entered AS (
        INSERT INTO ledger.entries (book_id, account_id, version, transfer_id, minutes, balance_before,
            balance_after, held_minutes, floor_minutes, ceiling_minutes, relief_minutes, effective_on,
            posted_at)
        SELECT op.book_id, h.id, h.version, op.id, h.minutes, h.balance_minutes - h.minutes, h.balance_minutes,
            h.held_minutes, h.floor_minutes, h.ceiling_minutes, h.relief_minutes, op.effective_on, posted
        FROM headed h
    )
    INSERT INTO ledger.transfers (book_id, id, debit_id, credit_id, debit_version, credit_version, minutes,
        kind, effective_on, served_on, posted_at, actor_id, forced, reason, evidence)
    VALUES (op.book_id, op.id, op.debit_id, op.credit_id, debit_last + 1, credit_last + 1, op.minutes,
        op.kind, op.effective_on, op.served_on, posted, op.actor_id, false, op.reason, op.evidence);
END $$;

-- A batch whose operations are all new, plain and within the limits, as they usually are: window sums decide
-- it, and the same statement writes it. Nothing comes back, and nothing is written, if anything at all needs
-- a closer look.
CREATE FUNCTION ledger.post_together(operations ledger.operation[], posted timestamptz)
RETURNS TABLE (debit_balance bigint, credit_balance bigint)
LANGUAGE plpgsql AS $$
DECLARE
    -- Nobody can guess a blinding without it, and nobody keeps it. Random bits for each transfer, as the
    -- column's default draws them, would be an eighth of a large batch's work.
    secret bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
BEGIN
    RETURN QUERY
    WITH op AS MATERIALIZED (
        SELECT *, coalesce(minutes BETWEEN 1 AND 10000000 AND debit_id <> credit_id AND reverses IS NULL
            AND NOT forced AND terms IS NULL, false) AS plain
        FROM unnest(operations, ledger.digests(operations)) WITH ORDINALITY AS o(book_id, id, linked, debit_id,
            credit_id, minutes, kind, effective_on, served_on, actor_id, reverses, forced, reason, evidence,
            terms, digest, n)
    ), side AS (
        -- What a transfer says beside its two sides goes with the debit side. Sums of bigint would be numeric.
        SELECT n, book_id, debit_id AS account_id, id, -least(greatest(minutes, 0), 10000000)::integer AS minutes,
            plain, credit_id, kind, effective_on, served_on, actor_id, reason, evidence
        FROM op
        UNION ALL
        SELECT n, book_id, credit_id, id, least(greatest(minutes, 0), 10000000)::integer,
            plain, NULL, NULL, effective_on, NULL, NULL, NULL, NULL
        FROM op
    ), counted AS (
        SELECT s.*, a.held_minutes, a.floor_minutes, a.ceiling_minutes,
            a.version + row_number() OVER w AS version,
            a.balance_minutes + sum(s.minutes) OVER w AS balance,
            lead(s.n) OVER w IS NULL AS is_last,
            a.id IS NOT NULL AND a.closed_at IS NULL AND a.clears_with IS NULL AS usable
        FROM side s
        LEFT JOIN ledger.accounts a ON a.book_id = s.book_id AND a.id = s.account_id
        WINDOW w AS (PARTITION BY s.book_id, s.account_id ORDER BY s.n)
    ), line AS MATERIALIZED (
        SELECT *, lead(version) OVER w AS credit_version, lead(balance) OVER w AS credit_after,
            plain AND usable AND coalesce(CASE WHEN minutes < 0 THEN balance - held_minutes >= floor_minutes
                ELSE balance <= ceiling_minutes END, true) AS fine
        FROM counted
        WINDOW w AS (ORDER BY n, minutes) -- an operation's debit side comes first, then its credit side
    ), verdict AS MATERIALIZED (
        SELECT (SELECT bool_and(fine) FROM line)
            AND NOT EXISTS (SELECT FROM op GROUP BY book_id, id HAVING count(*) > 1)
            AND NOT EXISTS (SELECT FROM op JOIN ledger.outcomes o ON o.book_id = op.book_id AND o.id = op.id)
            -- One probe for each book: its earliest month is open, and so is all that comes after.
            AND NOT EXISTS (
                SELECT FROM (SELECT book_id, min(effective_on) AS first_on FROM op GROUP BY book_id) b
                JOIN ledger.periods p ON p.book_id = b.book_id AND p.month >= ledger.month_of(b.first_on))
            AS fine
    ), recorded AS (
        INSERT INTO ledger.outcomes (book_id, id, digest, decided_at)
        SELECT book_id, id, digest, posted FROM op WHERE (SELECT fine FROM verdict)
        ON CONFLICT DO NOTHING
        RETURNING 1
    ), whole AS MATERIALIZED (
        SELECT CASE WHEN fine IS NOT TRUE THEN false
            WHEN (SELECT count(*) FROM recorded) = cardinality(operations) THEN true
            ELSE ledger.run_again() END AS whole
        FROM verdict
    ), moved AS (
        INSERT INTO ledger.transfers (book_id, id, debit_id, credit_id, debit_version, credit_version, minutes,
            kind, effective_on, served_on, posted_at, actor_id, forced, reason, evidence, blinding)
        SELECT book_id, id, account_id, credit_id, version, credit_version, -minutes,
            kind, effective_on, served_on, posted, actor_id, false, reason, evidence,
            substring(sha256(secret || uuid_send(id)) FROM 1 FOR 16)
        FROM line WHERE minutes < 0 AND (SELECT whole FROM whole)
    ), entered AS (
        INSERT INTO ledger.entries (book_id, account_id, version, transfer_id, minutes, balance_before,
            balance_after, held_minutes, floor_minutes, ceiling_minutes, relief_minutes, effective_on, posted_at)
        SELECT book_id, account_id, version, id, minutes, balance - minutes,
            balance, held_minutes, floor_minutes, ceiling_minutes,
            greatest(0, floor_minutes - (balance - held_minutes), balance - ceiling_minutes), effective_on, posted
        FROM line WHERE (SELECT whole FROM whole)
    ), headed AS (
        UPDATE ledger.accounts a
        SET version = s.version, balance_minutes = s.balance,
            relief_minutes = greatest(0, s.floor_minutes - (s.balance - s.held_minutes),
                s.balance - s.ceiling_minutes)
        FROM line s
        WHERE s.is_last AND (SELECT whole FROM whole) AND a.book_id = s.book_id AND a.id = s.account_id
    )
    SELECT balance, credit_after FROM line WHERE minutes < 0 AND (SELECT whole FROM whole) ORDER BY n;
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
    IF cardinality(operations) = 1 THEN
        PERFORM ledger.require_visible(ARRAY[(operations[1]).book_id]);
        SELECT false, o.debit_balance, o.credit_balance, o.posted
        INTO known, debit_balance, credit_balance, decided_at
        FROM ledger.post_one(operations[1], posted) o;
        IF decided_at IS NOT NULL THEN
            RETURN NEXT;
            RETURN;
        END IF;
    ELSE
        PERFORM ledger.require_visible(ARRAY(SELECT DISTINCT o.book_id FROM unnest(operations) o));
    END IF;
    PERFORM ledger.lock_accounts(operations);
    posted := coalesce(posted, clock_timestamp()); -- after the locks, so that it rises with the versions
    RETURN QUERY
        SELECT NULL::text, NULL::uuid, NULL::bigint, NULL::uuid, false, t.debit_balance, t.credit_balance, posted
        FROM ledger.post_together(operations, posted) t;
    IF FOUND THEN
        RETURN;
    END IF;
    digests := ledger.digests(operations);
    decisions := ledger.decide_in_order(operations, digests, posted);
    IF NOT ledger.write(operations, digests, decisions, posted) THEN
        PERFORM ledger.run_again();
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
