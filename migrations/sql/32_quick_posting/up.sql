-- Posting that reads less; nothing that is refused is another.

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

-- An account's head is its last entry; an account without entries is empty. What two books owe each other is
-- the same seen from both.
CREATE OR REPLACE FUNCTION ledger.check_heads() RETURNS trigger
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

-- What the same id must always ask for: everything but when it came. A linked operation's digest covers
-- its group, so it can't be posted again alone.
CREATE OR REPLACE FUNCTION ledger.digests(operations ledger.operation[]) RETURNS bytea[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    digests bytea[];
    any_linked boolean;
BEGIN
    SELECT bool_or(o.linked), array_agg(sha256(
        uuid_send(o.book_id) || uuid_send(o.id) || uuid_send(o.debit_id) || uuid_send(o.credit_id)
        || int8send(o.minutes) || int4send(octet_length(o.kind)) || convert_to(o.kind, 'UTF8')
        || coalesce(date_send(o.effective_on), '\x00'::bytea) -- a hold has none
        || coalesce('\x01'::bytea || date_send(o.served_on), '\x00'::bytea)
        || uuid_send(o.actor_id) || coalesce('\x01'::bytea || uuid_send(o.reverses), '\x00'::bytea)
        || boolsend(o.forced)
        || coalesce('\x01'::bytea || sha256(convert_to(o.reason, 'UTF8')), '\x00'::bytea)
        || coalesce('\x01'::bytea || o.evidence, '\x00'::bytea)
        || CASE WHEN o.terms IS NULL THEN ''::bytea ELSE ledger.terms_bytes(o.terms) END) ORDER BY n)
    INTO any_linked, digests
    FROM unnest(operations) WITH ORDINALITY AS o(book_id, id, linked, debit_id, credit_id, minutes, kind,
        effective_on, served_on, actor_id, reverses, forced, reason, evidence, terms, n);

    IF any_linked THEN
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
    IF books <@ visible THEN
        RETURN;
    END IF;
    SELECT b INTO hidden FROM unnest(books) b WHERE (b = ANY (visible)) IS NOT TRUE LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'book_not_visible: %', hidden
            USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'book_not_visible', SCHEMA = 'ledger';
    END IF;
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

-- Posting, with the time it is said to have happened: for the owner alone, who may write a history.
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

-- No transfer into a closed month; into a closing one an approved correction only.
CREATE OR REPLACE FUNCTION ledger.check_transfer_periods() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM ledger.require_read_committed();
    END IF;
    -- Posting holds it already; what comes past posting must not slip by a closing either.
    PERFORM pg_advisory_xact_lock_shared(ledger.book_lock(b.book_id))
    FROM (SELECT DISTINCT t.book_id FROM added t ORDER BY 1) b;
    -- As a rule all of it lies in open months, which one probe for each book tells.
    PERFORM FROM (SELECT book_id, min(effective_on) AS first_on FROM added GROUP BY book_id) b
    JOIN ledger.periods p ON p.book_id = b.book_id AND p.month >= ledger.month_of(b.first_on);
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
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

REVOKE ALL ON FUNCTION ledger.run_again() FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.post_one(ledger.operation, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.post_together(ledger.operation[], timestamptz) FROM PUBLIC;

DROP FUNCTION ledger.decide_together(ledger.operation[]);
