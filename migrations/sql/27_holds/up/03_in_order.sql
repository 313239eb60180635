-- Deciding one operation after the other, where the usual case is none.

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
RETURN ROW('id_reused', NULL, NULL, NULL, true, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::ledger.decision;

-- What can be said of each operation before the others have moved anything. Accounts and holds are numbered,
-- so that decide_in_order can keep what becomes of them in arrays.
CREATE FUNCTION ledger.examine(operations ledger.operation[], digests bytea[]) RETURNS TABLE (
    n bigint, book_id uuid, id uuid, linked boolean, minutes bigint, forced boolean, digest bytea,
    debit_id uuid, debit_at bigint, debit_balance bigint, debit_version bigint, debit_held bigint,
    debit_floor bigint,
    credit_id uuid, credit_at bigint, credit_balance bigint, credit_version bigint, credit_held bigint,
    credit_ceiling bigint,
    first_at bigint,  -- the first operation of this batch with this id
    target_at bigint, -- the first that reverses the same transfer, if this one reverses any
    act text, terms ledger.terms,
    hold ledger.holds, -- the one that is captured or voided, if it is of an earlier batch
    hold_at bigint,    -- the first that concerns the same hold
    made_at bigint,    -- the first that makes it
    clears boolean,    -- a side of it is a clearing account
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
            effective_on, served_on, actor_id, reverses, forced, reason, evidence, terms, n)
        CROSS JOIN LATERAL (VALUES (true, debit_id), (false, credit_id)) AS side(debit, account_id)
    ) numbered;

    RETURN QUERY
    SELECT op.n, op.book_id, op.id, op.linked, op.minutes, op.forced, op.digest,
        op.debit_id, op.debit_at, d.balance_minutes, d.version, d.held_minutes, d.floor_minutes,
        op.credit_id, op.credit_at, c.balance_minutes, c.version, c.held_minutes, c.ceiling_minutes,
        min(op.n) OVER (PARTITION BY op.book_id, op.id),
        CASE WHEN op.reverses IS NOT NULL THEN min(op.n) OVER (PARTITION BY op.book_id, op.reverses) END,
        a.act, op.terms, h,
        CASE WHEN a.hold_id IS NOT NULL THEN min(op.n) OVER of_hold END,
        CASE WHEN a.hold_id IS NOT NULL THEN min(op.n) FILTER (WHERE a.act = 'hold') OVER of_hold END,
        d.clears_with IS NOT NULL OR c.clears_with IS NOT NULL,
        k.id IS NOT NULL, r.refusal,
        CASE r.refusal
            WHEN 'account_unknown' THEN CASE WHEN d.id IS NULL THEN op.debit_id ELSE op.credit_id END
            WHEN 'account_closed' THEN CASE WHEN d.closed_at IS NULL THEN op.credit_id ELSE op.debit_id END
        END
    FROM unnest(operations, digests, debits_at, credits_at) WITH ORDINALITY AS op(book_id, id, linked,
        debit_id, credit_id, minutes, kind, effective_on, served_on, actor_id, reverses, forced, reason,
        evidence, terms, digest, debit_at, credit_at, n)
    CROSS JOIN LATERAL (SELECT coalesce((op.terms).act, 'transfer') AS act,
        CASE (op.terms).act WHEN 'hold' THEN op.id ELSE (op.terms).hold_id END AS hold_id) a
    LEFT JOIN ledger.accounts d ON d.book_id = op.book_id AND d.id = op.debit_id
    LEFT JOIN ledger.accounts c ON c.book_id = op.book_id AND c.id = op.credit_id
    LEFT JOIN ledger.outcomes k ON k.book_id = op.book_id AND k.id = op.id
    LEFT JOIN ledger.transfers t ON t.book_id = op.book_id AND t.id = op.reverses
    LEFT JOIN ledger.transfers x ON x.book_id = op.book_id AND x.reverses = op.reverses
    LEFT JOIN ledger.holds h ON h.book_id = op.book_id AND h.id = (op.terms).hold_id
    LEFT JOIN ledger.approvals v ON v.book_id = op.book_id AND v.operation_id = op.id AND v.digest = op.digest
    LEFT JOIN LATERAL (
        SELECT p.month, p.state FROM ledger.periods p WHERE p.book_id = op.book_id
        ORDER BY p.month DESC LIMIT 1
    ) last ON true
    CROSS JOIN LATERAL (SELECT CASE
        WHEN a.act = 'void' THEN NULL -- it moves nothing, and is let go even where nothing may be posted
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
    WINDOW of_hold AS (PARTITION BY op.book_id, a.hold_id)
    ORDER BY op.n;
END $$;

-- Why a hold can't be made, captured or voided as things now stand; null if it can, or if none is concerned.
CREATE FUNCTION ledger.refuse_hold(op record, posted timestamptz) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    hold ledger.holds := op.hold;
BEGIN
    RETURN CASE
        WHEN op.act = 'hold' THEN CASE WHEN (op.terms).expires_at <= posted THEN 'hold_expired' END
        WHEN op.act NOT IN ('capture', 'void') THEN NULL
        WHEN hold.id IS NULL THEN 'hold_unknown'
        WHEN (hold.debit_id, hold.credit_id) <> (op.debit_id, op.credit_id) THEN 'hold_account_mismatch'
        WHEN NOT hold.open THEN 'hold_resolved'
        WHEN op.act = 'void' THEN NULL
        WHEN hold.expires_at <= posted THEN 'hold_expired'
        WHEN op.minutes > hold.minutes THEN 'hold_exceeded'
    END;
END $$;

-- The verdict on one new operation, as `op` says that things now stand. The order of the reasons is
-- rules.decide's.
CREATE FUNCTION ledger.judge(op record, culprit uuid, reversed boolean, posted timestamptz)
RETURNS ledger.decision
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    d ledger.decision;
    available bigint := op.debit_balance - op.debit_held;
    hold_refusal text := CASE WHEN op.act <> 'transfer' THEN ledger.refuse_hold(op, posted) END;
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
    ELSIF hold_refusal IS NOT NULL THEN
        d.refusal := hold_refusal;
        IF hold_refusal = 'hold_exceeded' THEN
            d.short_minutes := op.minutes - (op.hold).minutes;
        END IF;
    ELSIF (op.terms).debit_version_seen <> op.debit_version THEN
        d.refusal := 'version_moved';
        d.account_id_at := op.debit_id;
    ELSIF available < (op.terms).available_minutes_min THEN
        d.refusal := 'available_short';
        d.account_id_at := op.debit_id;
        d.short_minutes := (op.terms).available_minutes_min - available;
    -- What is captured was promised, and leaves no less available than before.
    ELSIF op.act NOT IN ('capture', 'void') AND NOT op.forced AND available - op.minutes < op.debit_floor THEN
        d.refusal := 'floor_breached';
        d.account_id_at := op.debit_id;
        d.short_minutes := op.debit_floor - (available - op.minutes);
    -- A hold reserves what one account has, not room in the other.
    ELSIF op.act NOT IN ('hold', 'void') AND NOT op.forced
        AND op.credit_balance + op.minutes > op.credit_ceiling THEN
        d.refusal := 'ceiling_breached';
        d.account_id_at := op.credit_id;
        d.short_minutes := op.credit_balance + op.minutes - op.credit_ceiling;
    ELSE
        d.held_change := CASE op.act WHEN 'hold' THEN op.minutes
            WHEN 'capture' THEN -(op.hold).minutes WHEN 'void' THEN -(op.hold).minutes END;
        d.debit_held := op.debit_held + coalesce(d.held_change, 0);
        d.credit_held := op.credit_held;
        IF op.act NOT IN ('hold', 'void') THEN
            d.debit_version := op.debit_version + 1;
            d.credit_version := op.credit_version + 1;
            d.debit_before := op.debit_balance;
            d.credit_before := op.credit_balance;
        END IF;
    END IF;
    RETURN d;
END $$;

-- Whether a group leaves two books not owing each other the same: what one gives to its clearing account, the
-- other takes from its own.
CREATE FUNCTION ledger.clearing_unmatched(linked ledger.operation[]) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM unnest(linked) o
    CROSS JOIN LATERAL (VALUES (o.debit_id, -o.minutes), (o.credit_id, o.minutes)) AS side(account_id, minutes)
    JOIN ledger.accounts a ON a.book_id = o.book_id AND a.id = side.account_id AND a.clears_with IS NOT NULL
    WHERE (o.terms).act IS NULL OR (o.terms).act = 'capture'
    GROUP BY least(a.book_id, a.clears_with), greatest(a.book_id, a.clears_with)
    HAVING sum(side.minutes) <> 0);

-- What the batch has changed so far.
CREATE TYPE ledger.standing AS (
    balances bigint[],  -- of accounts, as are the next two
    versions bigint[],
    helds    bigint[],
    reversed boolean[], -- transfers
    ended    boolean[]  -- holds
);

-- One after the other, for batches in which something is refused, repeated, linked to a refusal, a
-- reversal, on terms, or a hold.
CREATE FUNCTION ledger.decide_in_order(operations ledger.operation[], digests bytea[], posted timestamptz)
RETURNS ledger.decision[]
LANGUAGE plpgsql AS $$
DECLARE
    op record;
    made ledger.operation;
    hold ledger.holds;
    d ledger.decision;
    decisions ledger.decision[] := '{}';
    balances bigint[];
    versions bigint[];
    helds bigint[];
    reversed boolean[];
    ended boolean[];
    before ledger.standing; -- the group
    group_from bigint := 1;
    culprit uuid;
    clears boolean := false; -- the group
BEGIN
    FOR op IN SELECT * FROM ledger.examine(operations, digests) LOOP
        clears := clears OR op.clears;
        IF op.n = group_from AND (op.linked OR op.clears) THEN
            before := ROW(balances, versions, helds, reversed, ended);
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
            op.debit_balance := coalesce(balances[op.debit_at], op.debit_balance);
            op.debit_version := coalesce(versions[op.debit_at], op.debit_version);
            op.debit_held := coalesce(helds[op.debit_at], op.debit_held);
            op.credit_balance := coalesce(balances[op.credit_at], op.credit_balance);
            op.credit_version := coalesce(versions[op.credit_at], op.credit_version);
            op.credit_held := coalesce(helds[op.credit_at], op.credit_held);
            IF op.act IN ('capture', 'void') THEN
                hold := op.hold;
                IF hold.id IS NULL AND op.made_at < op.n AND (decisions[op.made_at]).refusal IS NULL THEN
                    made := operations[op.made_at];
                    hold := ROW(made.book_id, made.id, made.debit_id, made.credit_id, made.minutes,
                        made.kind, (made.terms).expires_at, posted, made.actor_id, made.reason, true);
                END IF;
                hold.open := hold.open AND ended[op.hold_at] IS NOT TRUE;
                op.hold := hold;
            END IF;
            d := ledger.judge(op, culprit, coalesce(reversed[op.target_at], false), posted);
            IF d.refusal IS NULL THEN
                helds[op.debit_at] := d.debit_held;
                IF op.act IN ('capture', 'void') THEN
                    ended[op.hold_at] := true;
                END IF;
                IF d.debit_version IS NOT NULL THEN
                    balances[op.debit_at] := d.debit_before - op.minutes;
                    balances[op.credit_at] := d.credit_before + op.minutes;
                    versions[op.debit_at] := d.debit_version;
                    versions[op.credit_at] := d.credit_version;
                END IF;
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
            -- The group ends here: if one was refused, or two books don't agree, none of it happened.
            IF clears AND culprit IS NULL AND NOT d.known
                AND ledger.clearing_unmatched(operations[group_from : op.n]) THEN
                d := NULL;
                d.refusal := 'clearing_unmatched';
                d.known := false;
                decisions[op.n] := d;
                culprit := op.id;
            END IF;
            IF culprit IS NOT NULL AND (op.n > group_from OR clears) THEN
                balances := before.balances;
                versions := before.versions;
                helds := before.helds;
                reversed := before.reversed;
                ended := before.ended;
                FOR k IN group_from .. op.n LOOP
                    IF (decisions[k]).refusal IS NULL AND NOT (decisions[k]).known THEN
                        d := NULL;
                        d.refusal := 'linked_refused';
                        d.because_id := culprit;
                        d.known := false;
                        decisions[k] := d;
                    END IF;
                END LOOP;
            END IF;
            culprit := NULL;
            clears := false;
            group_from := op.n + 1;
        END IF;
    END LOOP;
    RETURN decisions;
END $$;
