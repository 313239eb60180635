-- Deciding a batch of operations against locked accounts, without writing anything. The functions that
-- read are left VOLATILE, so that they see what was committed while the accounts were waited for.

-- One wish to move minutes. `linked` shares the fate of the next operation: a run of linked operations
-- and the first unlinked one after them is a group, posted whole or not at all.
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
    evidence     bytea
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
    decided_at     timestamptz -- of a known one
);

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
        || date_send(o.effective_on) || coalesce('\x01'::bytea || date_send(o.served_on), '\x00'::bytea)
        || uuid_send(o.actor_id) || coalesce('\x01'::bytea || uuid_send(o.reverses), '\x00'::bytea)
        || boolsend(o.forced)
        || coalesce('\x01'::bytea || sha256(convert_to(o.reason, 'UTF8')), '\x00'::bytea)
        || coalesce('\x01'::bytea || o.evidence, '\x00'::bytea)) ORDER BY n)
    INTO digests
    FROM unnest(operations) WITH ORDINALITY AS o(book_id, id, linked, debit_id, credit_id, minutes, kind,
        effective_on, served_on, actor_id, reverses, forced, reason, evidence, n);

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
                    evidence, own, n)
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
LANGUAGE sql AS $$
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
FROM decided
$$;

-- The answer that an id got when it was first posted; `id_reused` if another content came with it then.
CREATE FUNCTION ledger.first_answer(book_id uuid, id uuid, digest bytea) RETURNS ledger.decision
LANGUAGE sql AS $$
SELECT CASE WHEN o.digest = first_answer.digest
    THEN ROW(o.refusal, o.account_id, o.short_minutes, o.because_id, true, t.debit_version,
        t.credit_version, d.balance_before, c.balance_before, o.decided_at)::ledger.decision
    ELSE ROW('id_reused', NULL, NULL, NULL, true, NULL, NULL, NULL, NULL, o.decided_at)::ledger.decision END
FROM ledger.outcomes o
LEFT JOIN ledger.transfers t ON t.book_id = o.book_id AND t.id = o.id
LEFT JOIN ledger.entries d
    ON d.book_id = t.book_id AND d.account_id = t.debit_id AND d.version = t.debit_version
LEFT JOIN ledger.entries c
    ON c.book_id = t.book_id AND c.account_id = t.credit_id AND c.version = t.credit_version
WHERE o.book_id = first_answer.book_id AND o.id = first_answer.id
$$;

-- What can be said of each operation before the others have moved anything. The accounts are numbered in
-- id order, as decide_in_order numbers them.
CREATE FUNCTION ledger.examine(operations ledger.operation[]) RETURNS TABLE (
    n bigint, id uuid, linked boolean, minutes bigint, forced boolean, debit_id uuid, credit_id uuid,
    debit_at bigint, credit_at bigint, debit_floor bigint, credit_ceiling bigint, debit_held bigint,
    first_at bigint,  -- the first operation with this id
    target_at bigint, -- the first operation that reverses the same transfer, if this one does
    refusal text, refused_account uuid)
LANGUAGE sql AS $$
WITH op AS (
    SELECT o.*,
        min(n) OVER (PARTITION BY book_id, id) AS first_at,
        CASE WHEN reverses IS NOT NULL THEN min(n) OVER (PARTITION BY book_id, reverses) END AS target_at
    FROM unnest(operations) WITH ORDINALITY AS o(book_id, id, linked, debit_id, credit_id, minutes, kind,
        effective_on, served_on, actor_id, reverses, forced, reason, evidence, n)
), account AS (
    SELECT a.*, row_number() OVER (ORDER BY a.book_id, a.id) AS at
    FROM ledger.accounts a
    WHERE (a.book_id, a.id) IN (SELECT op.book_id, op.debit_id FROM op
        UNION SELECT op.book_id, op.credit_id FROM op)
)
SELECT op.n, op.id, op.linked, op.minutes, op.forced, op.debit_id, op.credit_id,
    d.at, c.at, d.floor_minutes, c.ceiling_minutes, d.held_minutes, op.first_at, op.target_at, r.refusal,
    CASE r.refusal
        WHEN 'account_unknown' THEN CASE WHEN d.id IS NULL THEN op.debit_id ELSE op.credit_id END
        WHEN 'account_closed' THEN CASE WHEN d.closed_at IS NULL THEN op.credit_id ELSE op.debit_id END
    END
FROM op
LEFT JOIN account d ON d.book_id = op.book_id AND d.id = op.debit_id
LEFT JOIN account c ON c.book_id = op.book_id AND c.id = op.credit_id
LEFT JOIN ledger.transfers t ON t.book_id = op.book_id AND t.id = op.reverses
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
    WHEN EXISTS (SELECT FROM ledger.transfers x WHERE x.book_id = op.book_id AND x.reverses = op.reverses)
        THEN 'already_reversed'
END AS refusal) r
$$;

-- The verdict on one new operation, as the balances now stand. The order of the reasons is rules.decide's.
CREATE FUNCTION ledger.judge(op record, culprit uuid, reversed boolean, debit_before bigint,
    credit_before bigint, debit_version bigint, credit_version bigint) RETURNS ledger.decision
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    d ledger.decision;
BEGIN
    d.known := false;
    IF culprit IS NOT NULL THEN
        d.refusal := 'linked_refused';
        d.because_id := culprit;
    ELSIF op.refusal IS NOT NULL THEN
        d.refusal := op.refusal;
        d.account_id_at := op.refused_account;
    ELSIF reversed THEN
        d.refusal := 'already_reversed';
    ELSIF NOT op.forced AND debit_before - op.minutes - op.debit_held < op.debit_floor THEN
        d.refusal := 'floor_breached';
        d.account_id_at := op.debit_id;
        d.short_minutes := op.debit_floor - (debit_before - op.minutes - op.debit_held);
    ELSIF NOT op.forced AND credit_before + op.minutes > op.credit_ceiling THEN
        d.refusal := 'ceiling_breached';
        d.account_id_at := op.credit_id;
        d.short_minutes := credit_before + op.minutes - op.credit_ceiling;
    ELSE
        d.debit_version := debit_version + 1;
        d.credit_version := credit_version + 1;
        d.debit_before := debit_before;
        d.credit_before := credit_before;
    END IF;
    RETURN d;
END $$;

-- One after the other, for batches in which something is refused, repeated, linked to a refusal, or a
-- reversal. An account's balance and version live in arrays meanwhile.
CREATE FUNCTION ledger.decide_in_order(operations ledger.operation[], digests bytea[])
RETURNS ledger.decision[]
LANGUAGE plpgsql AS $$
DECLARE
    op record;
    d ledger.decision;
    decisions ledger.decision[] := '{}';
    balances bigint[];
    versions bigint[];
    reversed boolean[] := '{}'; -- by target_at
    group_from bigint := 1;
    culprit uuid;
    balances_saved bigint[];
    versions_saved bigint[];
    reversed_saved boolean[];
BEGIN
    SELECT array_agg(a.balance_minutes ORDER BY a.book_id, a.id),
        array_agg(a.version ORDER BY a.book_id, a.id)
    INTO balances, versions
    FROM ledger.accounts a
    WHERE (a.book_id, a.id) IN (SELECT o.book_id, o.debit_id FROM unnest(operations) o
        UNION SELECT o.book_id, o.credit_id FROM unnest(operations) o);

    FOR op IN SELECT * FROM ledger.examine(operations) x ORDER BY x.n LOOP
        IF op.n = group_from AND op.linked THEN
            balances_saved := balances;
            versions_saved := versions;
            reversed_saved := reversed;
        END IF;

        d := ledger.first_answer((operations[op.n]).book_id, op.id, digests[op.n]);
        IF d.known IS NULL AND op.first_at < op.n THEN
            d := decisions[op.first_at];
            IF op.first_at >= group_from OR digests[op.n] <> digests[op.first_at] THEN
                d := ROW('id_reused', NULL, NULL, NULL, true, NULL, NULL, NULL, NULL,
                    NULL)::ledger.decision;
            END IF;
            d.known := true;
        END IF;
        IF d.known IS NULL THEN
            d := ledger.judge(op, culprit, coalesce(reversed[op.target_at], false),
                balances[op.debit_at], balances[op.credit_at],
                versions[op.debit_at], versions[op.credit_at]);
            IF d.refusal IS NULL THEN
                balances[op.debit_at] := d.debit_before - op.minutes;
                balances[op.credit_at] := d.credit_before + op.minutes;
                versions[op.debit_at] := d.debit_version;
                versions[op.credit_at] := d.credit_version;
                IF op.target_at IS NOT NULL THEN
                    reversed[op.target_at] := true;
                END IF;
            END IF;
        END IF;
        decisions[op.n] := d;
        IF d.refusal IS NOT NULL THEN
            culprit := coalesce(culprit, op.id);
        END IF;

        IF NOT op.linked THEN
            -- The group ends here: if one was refused, none of it happened.
            IF culprit IS NOT NULL AND op.n > group_from THEN
                balances := balances_saved;
                versions := versions_saved;
                reversed := reversed_saved;
                FOR k IN group_from .. op.n LOOP
                    IF (decisions[k]).refusal IS NULL AND NOT (decisions[k]).known THEN
                        decisions[k] := ROW('linked_refused', NULL, NULL, culprit, false,
                            NULL, NULL, NULL, NULL, NULL)::ledger.decision;
                    END IF;
                END LOOP;
            END IF;
            culprit := NULL;
            group_from := op.n + 1;
        END IF;
    END LOOP;
    RETURN decisions;
END $$;
