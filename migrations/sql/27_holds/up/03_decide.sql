-- All of deciding and posting is made anew, since its types change.
DROP FUNCTION ledger.approve(ledger.operation[], uuid, uuid, uuid);
DROP FUNCTION ledger.post(ledger.operation[]);
DROP FUNCTION ledger.post_dated(ledger.operation[], timestamptz);
DROP FUNCTION ledger.write(ledger.operation[], bytea[], ledger.decision[], timestamptz);
DROP FUNCTION ledger.lock_accounts(ledger.operation[]);
DROP FUNCTION ledger.book_lock(uuid);
DROP FUNCTION ledger.require_visible(uuid[]);
DROP FUNCTION ledger.decide_in_order(ledger.operation[], bytea[]);
DROP FUNCTION ledger.judge(record, uuid, boolean, bigint, bigint, bigint, bigint);
DROP FUNCTION ledger.examine(ledger.operation[], bytea[]);
DROP FUNCTION ledger.id_reused();
DROP FUNCTION ledger.first_answer(uuid, uuid, bytea);
DROP FUNCTION ledger.decide_together(ledger.operation[]);
DROP FUNCTION ledger.digests(ledger.operation[]);
DROP TYPE ledger.decision;
DROP TYPE ledger.operation;

-- Deciding a batch of operations against locked accounts, without writing anything. The functions that
-- read are left VOLATILE, so that they see what was committed while the accounts were waited for.

-- What an operation says beyond a plain transfer. Null in every field, or as a whole: nothing.
CREATE TYPE ledger.terms AS (
    act                   text,        -- null: a transfer; hold, capture or void
    hold_id               uuid,        -- the hold that is captured or voided
    expires_at            timestamptz, -- of a new hold
    debit_version_seen    bigint,      -- refuse if the debit account has moved on since
    available_minutes_min bigint       -- refuse if the debit account has less available
);

-- One wish to move minutes, or to hold them. `linked` shares the fate of the next operation: a run of linked
-- operations and the first unlinked one after them is a group, posted whole or not at all.
CREATE TYPE ledger.operation AS (
    book_id      uuid,
    id           uuid,
    linked       boolean,
    debit_id     uuid,
    credit_id    uuid,
    minutes      bigint,
    kind         text,
    effective_on date,
    served_on    date,
    actor_id     uuid,
    reverses     uuid,
    forced       boolean,
    reason       text,
    evidence     bytea,
    terms        ledger.terms
);

-- What becomes of one operation.
CREATE TYPE ledger.decision AS (
    refusal        text,    -- null: posted
    account_id_at  uuid,    -- the account that stands in the way
    short_minutes  bigint,  -- by how much
    because_id     uuid,    -- the linked operation that was refused
    known          boolean, -- decided before: this is the first answer again, and nothing is written
    debit_version  bigint,
    credit_version bigint,
    debit_before   bigint,
    credit_before  bigint,
    decided_at     timestamptz, -- of a known one
    -- What is held after it; null where the batch holds and releases nothing.
    debit_held     bigint,
    credit_held    bigint,
    held_change    bigint -- of the debit account
);

-- The canonical bytes of terms.
CREATE FUNCTION ledger.terms_bytes(terms ledger.terms) RETURNS bytea
LANGUAGE sql STABLE
RETURN CASE WHEN terms IS NOT DISTINCT FROM NULL THEN NULL ELSE
    convert_to(coalesce((terms).act, 'transfer'), 'UTF8')
    || coalesce('\x01'::bytea || uuid_send((terms).hold_id), '\x00'::bytea)
    || coalesce('\x01'::bytea || timestamptz_send((terms).expires_at), '\x00'::bytea)
    || coalesce('\x01'::bytea || int8send((terms).debit_version_seen), '\x00'::bytea)
    || coalesce('\x01'::bytea || int8send((terms).available_minutes_min), '\x00'::bytea) END;

-- What the same id must always ask for: everything but when it came. A linked operation's digest covers
-- its group, so it can't be posted again alone.
CREATE FUNCTION ledger.digests(operations ledger.operation[]) RETURNS bytea[]
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

-- The usual case: every operation is new, plain and within the limits. Window sums settle the whole batch
-- at once. Null if anything at all needs a closer look.
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
