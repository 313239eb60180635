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
