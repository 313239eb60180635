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
LANGUAGE plpgsql AS $$
DECLARE
    decisions ledger.decision[];
BEGIN
    WITH op AS (
        SELECT book_id, id, debit_id, credit_id, effective_on, n,
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
            -- One probe for each book: its earliest month is open, and so is all that comes after.
            AND NOT EXISTS (
                SELECT FROM (SELECT book_id, min(effective_on) AS first_on FROM op GROUP BY book_id) b
                JOIN ledger.periods p ON p.book_id = b.book_id AND p.month >= ledger.month_of(b.first_on))
        THEN array_agg(decision ORDER BY n) END
    INTO decisions
    FROM decided;
    RETURN decisions;
END $$;

-- The answer that an id got when it was first posted; `id_reused` if another content came with it then.
CREATE FUNCTION ledger.first_answer(book uuid, wanted uuid, wanted_digest bytea) RETURNS ledger.decision
LANGUAGE plpgsql AS $$
DECLARE
    d ledger.decision;
    digest bytea;
BEGIN
    SELECT o.digest, o.refusal, o.account_id, o.short_minutes, o.because_id, o.decided_at,
        t.debit_version, t.credit_version, db.balance_before, cr.balance_before
    INTO digest, d.refusal, d.account_id_at, d.short_minutes, d.because_id, d.decided_at,
        d.debit_version, d.credit_version, d.debit_before, d.credit_before
    FROM ledger.outcomes o
    LEFT JOIN ledger.transfers t ON t.book_id = o.book_id AND t.id = o.id
    LEFT JOIN ledger.entries db
        ON db.book_id = t.book_id AND db.account_id = t.debit_id AND db.version = t.debit_version
    LEFT JOIN ledger.entries cr
        ON cr.book_id = t.book_id AND cr.account_id = t.credit_id AND cr.version = t.credit_version
    WHERE o.book_id = book AND o.id = wanted;
    IF digest <> wanted_digest THEN
        RETURN ledger.id_reused();
    END IF;
    d.known := true;
    RETURN d;
END $$;

CREATE FUNCTION ledger.id_reused() RETURNS ledger.decision
LANGUAGE sql IMMUTABLE
RETURN ROW('id_reused', NULL, NULL, NULL, true, NULL, NULL, NULL, NULL, NULL)::ledger.decision;

-- What can be said of each operation before the others have moved anything. Accounts are numbered, so that
-- decide_in_order can keep their balances in arrays.
CREATE FUNCTION ledger.examine(operations ledger.operation[], digests bytea[]) RETURNS TABLE (
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
    LEFT JOIN ledger.approvals v ON v.book_id = op.book_id AND v.operation_id = op.id AND v.digest = op.digest
    LEFT JOIN LATERAL (
        SELECT p.month, p.state FROM ledger.periods p WHERE p.book_id = op.book_id
        ORDER BY p.month DESC LIMIT 1
    ) last ON true
    CROSS JOIN LATERAL (SELECT CASE
        WHEN (op.minutes BETWEEN 1 AND 10000000) IS NOT TRUE THEN 'amount_out_of_range'
        WHEN op.debit_id = op.credit_id THEN 'same_account'
        WHEN d.id IS NULL OR c.id IS NULL THEN 'account_unknown'
        WHEN d.closed_at IS NOT NULL OR c.closed_at IS NOT NULL THEN 'account_closed'
        WHEN op.forced AND (op.reverses IS NULL OR op.reason IS NULL) THEN 'forced_without_reason'
        WHEN ledger.month_of(op.effective_on) < last.month
            OR (ledger.month_of(op.effective_on) = last.month AND last.state = 'closed') THEN 'period_closed'
        WHEN ledger.month_of(op.effective_on) = last.month AND v.operation_id IS NULL THEN 'period_closing'
        WHEN op.reverses IS NULL THEN NULL
        WHEN t.id IS NULL THEN 'transfer_unknown'
        WHEN t.reverses IS NOT NULL THEN 'reversal_of_reversal'
        WHEN (t.debit_id, t.credit_id, t.minutes) <> (op.credit_id, op.debit_id, op.minutes)
            THEN 'reversal_unmirrored'
        WHEN x.id IS NOT NULL THEN 'already_reversed'
    END AS refusal) r
    ORDER BY op.n;
END $$;

-- The verdict on one new operation, as the balances now stand. The order of the reasons is rules.decide's.
CREATE FUNCTION ledger.judge(op record, culprit uuid, reversed boolean, debit_before bigint,
    debit_version bigint, credit_before bigint, credit_version bigint) RETURNS ledger.decision
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
-- reversal. The balances and versions that the batch has changed live in arrays meanwhile.
CREATE FUNCTION ledger.decide_in_order(operations ledger.operation[], digests bytea[])
RETURNS ledger.decision[]
LANGUAGE plpgsql AS $$
DECLARE
    op record;
    d ledger.decision;
    decisions ledger.decision[] := '{}';
    balances bigint[];
    versions bigint[];
    reversed boolean[];
    balances_before bigint[]; -- the group
    versions_before bigint[];
    reversed_before boolean[];
    group_from bigint := 1;
    culprit uuid;
BEGIN
    FOR op IN SELECT * FROM ledger.examine(operations, digests) LOOP
        IF op.n = group_from AND op.linked THEN
            balances_before := balances;
            versions_before := versions;
            reversed_before := reversed;
        END IF;

        IF op.known THEN
            d := ledger.first_answer(op.book_id, op.id, op.digest);
        ELSIF op.first_at >= group_from AND op.first_at < op.n THEN
            d := ledger.id_reused();
        ELSIF op.first_at < op.n THEN
            d := decisions[op.first_at];
            d.known := true;
            IF op.digest <> digests[op.first_at] THEN
                d := ledger.id_reused();
            END IF;
        ELSE
            d := ledger.judge(op, culprit, coalesce(reversed[op.target_at], false),
                coalesce(balances[op.debit_at], op.debit_balance),
                coalesce(versions[op.debit_at], op.debit_version),
                coalesce(balances[op.credit_at], op.credit_balance),
                coalesce(versions[op.credit_at], op.credit_version));
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
                balances := balances_before;
                versions := versions_before;
                reversed := reversed_before;
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
