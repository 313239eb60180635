-- Periods: the months of a book. A month without a row is open; it begins to close, and is closed for ever.
-- Months close one after the other, so that the last row of a book tells of all: what lies before it is
-- closed, what lies after it is open, and every look-up is one probe.

CREATE TABLE ledger.periods (
    book_id    uuid        NOT NULL,
    month      date        NOT NULL, -- its first day
    state      text        NOT NULL,
    closing_at timestamptz NOT NULL,
    closing_by uuid        NOT NULL,
    closed_at  timestamptz,
    closed_by  uuid,
    PRIMARY KEY (book_id, month),
    CONSTRAINT period_malformed CHECK (extract(day FROM month) = 1 AND state IN ('closing', 'closed')
        AND (state = 'closed') = (closed_at IS NOT NULL) AND (state = 'closed') = (closed_by IS NOT NULL))
);

-- The trial balance of a book at the end of a closed month, by effective date: all that ever went out of each
-- account and into it. The opening balance of the next month. The two versions say where to look for what came
-- after, so that entries need no index by date.
CREATE TABLE ledger.closing_balances (
    book_id         uuid   NOT NULL,
    month           date   NOT NULL,
    account_id      uuid   NOT NULL,
    debit_minutes   bigint NOT NULL,
    credit_minutes  bigint NOT NULL,
    balance_minutes bigint NOT NULL GENERATED ALWAYS AS (credit_minutes - debit_minutes) STORED,
    last_version    bigint NOT NULL, -- no entry above it is of this month or an earlier one
    later_version   bigint NOT NULL, -- no entry below it is of a later month
    PRIMARY KEY (book_id, month, account_id)
);

-- Corrections that may still go into a closing month: entered by one person, approved by another, because of a
-- finding. The digest is the operation's, so that nothing but what was approved is let through.
CREATE TABLE ledger.approvals (
    book_id      uuid        NOT NULL,
    operation_id uuid        NOT NULL,
    digest       bytea       NOT NULL,
    finding_id   uuid        NOT NULL,
    entered_by   uuid        NOT NULL,
    approved_by  uuid        NOT NULL,
    approved_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (book_id, operation_id),
    CONSTRAINT approved_by_oneself CHECK (entered_by <> approved_by)
);

CREATE TRIGGER history_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.closing_balances
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.history_is_final();
CREATE TRIGGER history_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.approvals
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.history_is_final();

-- The month that a day lies in.
CREATE FUNCTION ledger.month_of(day date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN day - date_part('day', day)::integer + 1;

-- The months beside one.
CREATE FUNCTION ledger.month_after(month date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (month + interval '1 month')::date;

CREATE FUNCTION ledger.month_before(month date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (month - interval '1 month')::date;

-- A transaction with one snapshot would go by the periods, and the transfers, of its beginning.
CREATE FUNCTION ledger.require_read_committed() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM ledger.refuse('isolation_unfit', current_setting('transaction_isolation'));
    END IF;
END $$;

-- No transfer into a closed month; into a closing one an approved correction only.
CREATE FUNCTION ledger.check_transfer_periods() RETURNS trigger
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

CREATE TRIGGER period_open AFTER INSERT ON ledger.transfers REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_transfer_periods();

-- One way only, one month after the other, and no month before it is over where the book is.
CREATE FUNCTION ledger.check_period() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    last ledger.periods;
BEGIN
    PERFORM ledger.require_read_committed();
    -- Exclusive, against the shared lock of all who post: nobody is posting, and nobody begins to.
    PERFORM pg_advisory_xact_lock(ledger.book_lock(NEW.book_id));
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.state, NEW.state) IS DISTINCT FROM ('closing', 'closed')
            OR (OLD.book_id, OLD.month, OLD.closing_at, OLD.closing_by)
                IS DISTINCT FROM (NEW.book_id, NEW.month, NEW.closing_at, NEW.closing_by) THEN
            PERFORM ledger.refuse('period_reopened', OLD.month::text);
        END IF;
        RETURN NEW;
    END IF;

    SELECT * INTO last FROM ledger.periods p WHERE p.book_id = NEW.book_id ORDER BY p.month DESC LIMIT 1;
    IF NEW.month <= last.month THEN
        PERFORM ledger.refuse('period_reopened', NEW.month::text);
    END IF;
    IF NEW.state <> 'closing' OR last.state <> 'closed' OR NEW.month <> ledger.month_after(last.month)
        OR (last.month IS NULL AND EXISTS (SELECT FROM ledger.transfers t
            WHERE t.book_id = NEW.book_id AND t.effective_on < NEW.month)) THEN
        PERFORM ledger.refuse('period_skipped', NEW.month::text);
    END IF;
    IF ledger.month_after(NEW.month) > (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date THEN
        PERFORM ledger.refuse('period_unfinished', NEW.month::text);
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER period_steps BEFORE INSERT OR UPDATE ON ledger.periods
    FOR EACH ROW EXECUTE FUNCTION ledger.check_period();

CREATE FUNCTION ledger.period_reopened() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger.refuse('period_reopened', TG_OP);
    RETURN NULL;
END $$;

CREATE TRIGGER period_stays BEFORE DELETE OR TRUNCATE ON ledger.periods
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.period_reopened();

-- What the closing balances of a month must be: those of the month before, and what moved since.
CREATE FUNCTION ledger.reckon_closing(book uuid, of_month date) RETURNS TABLE (
    account_id uuid, debit_minutes bigint, credit_minutes bigint, last_version bigint, later_version bigint)
LANGUAGE sql STABLE AS $$
SELECT m.account_id, m.debit_minutes, m.credit_minutes, a.version, coalesce(l.version, a.version + 1)
FROM (
    SELECT account_id, sum(debit)::bigint AS debit_minutes, sum(credit)::bigint AS credit_minutes
    FROM (
        SELECT c.account_id, c.debit_minutes AS debit, c.credit_minutes AS credit
        FROM ledger.closing_balances c WHERE c.book_id = book AND c.month = ledger.month_before(of_month)
        UNION ALL
        SELECT side.account_id, side.debit, side.credit
        FROM ledger.transfers t
        CROSS JOIN LATERAL (VALUES (t.debit_id, t.minutes, 0), (t.credit_id, 0, t.minutes))
            AS side(account_id, debit, credit)
        WHERE t.book_id = book
            AND t.effective_on >= of_month AND t.effective_on < ledger.month_after(of_month)
    ) moved
    GROUP BY account_id
) m
JOIN ledger.accounts a ON a.book_id = book AND a.id = m.account_id
LEFT JOIN (
    SELECT side.account_id, min(side.version) AS version
    FROM ledger.transfers t
    CROSS JOIN LATERAL (VALUES (t.debit_id, t.debit_version), (t.credit_id, t.credit_version))
        AS side(account_id, version)
    WHERE t.book_id = book AND t.effective_on >= ledger.month_after(of_month)
    GROUP BY side.account_id
) l ON l.account_id = m.account_id
$$;

-- Refuse a closing that does not add up to zero, or is not the one before it and what moved since.
CREATE FUNCTION ledger.prove_closing(book uuid, of_month date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    wrong uuid;
BEGIN
    IF (SELECT sum(c.balance_minutes) FROM ledger.closing_balances c
        WHERE c.book_id = book AND c.month = of_month) <> 0 THEN
        PERFORM ledger.refuse('closing_unbalanced', of_month::text);
    END IF;
    SELECT account_id INTO wrong
    FROM (SELECT * FROM ledger.closing_balances c WHERE c.book_id = book AND c.month = of_month) written
    FULL JOIN ledger.reckon_closing(book, of_month) reckoned USING (account_id)
    WHERE (written.debit_minutes, written.credit_minutes, written.last_version, written.later_version)
        IS DISTINCT FROM (reckoned.debit_minutes, reckoned.credit_minutes, reckoned.last_version,
            reckoned.later_version)
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse('closing_disagrees', format('%s, account %s', of_month, wrong));
    END IF;
END $$;

CREATE FUNCTION ledger.check_closed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger.prove_closing(NEW.book_id, NEW.month);
    RETURN NULL;
END $$;

CREATE TRIGGER period_proved AFTER INSERT OR UPDATE ON ledger.periods
    FOR EACH ROW WHEN (NEW.state = 'closed') EXECUTE FUNCTION ledger.check_closed();

CREATE FUNCTION ledger.check_closing_balances() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    written record;
BEGIN
    FOR written IN
        SELECT c.book_id, c.month, p.month IS NOT NULL AS closed
        FROM (SELECT DISTINCT book_id, month FROM added) c
        LEFT JOIN ledger.periods p
            ON p.book_id = c.book_id AND p.month = c.month AND p.state = 'closed'
    LOOP
        IF NOT written.closed THEN
            PERFORM ledger.refuse('closing_premature', written.month::text);
        END IF;
        PERFORM ledger.prove_closing(written.book_id, written.month);
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER closing_proved AFTER INSERT ON ledger.closing_balances REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_closing_balances();

-- Begin to close a month: from now on it takes approved corrections only. Repeatable until it is closed.
CREATE FUNCTION ledger.begin_closing(book uuid, of_month date, actor uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ledger, pg_temp AS $$
BEGIN
    PERFORM ledger.require_visible(ARRAY[book]);
    PERFORM pg_advisory_xact_lock(ledger.book_lock(book));
    IF NOT EXISTS (SELECT FROM ledger.periods p
        WHERE p.book_id = book AND p.month = of_month AND p.state = 'closing') THEN
        INSERT INTO ledger.periods (book_id, month, state, closing_at, closing_by)
        VALUES (book, of_month, 'closing', clock_timestamp(), actor);
    END IF;
END $$;

-- Close a closing month for ever, and write its closing balances. Repeatable. Planned anew each time: months
-- differ, and this is once a month.
CREATE FUNCTION ledger.close(book uuid, of_month date, actor uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ledger, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    state_now text;
BEGIN
    PERFORM ledger.require_visible(ARRAY[book]);
    PERFORM pg_advisory_xact_lock(ledger.book_lock(book));
    SELECT p.state INTO state_now FROM ledger.periods p WHERE p.book_id = book AND p.month = of_month;
    IF state_now = 'closed' THEN
        RETURN;
    ELSIF state_now IS NULL THEN
        PERFORM ledger.refuse('period_skipped', of_month::text);
    END IF;
    WITH written AS (
        INSERT INTO ledger.closing_balances
            (book_id, month, account_id, debit_minutes, credit_minutes, last_version, later_version)
        SELECT book, of_month, r.account_id, r.debit_minutes, r.credit_minutes, r.last_version, r.later_version
        FROM ledger.reckon_closing(book, of_month) r
        ORDER BY r.account_id
    )
    UPDATE ledger.periods p SET state = 'closed', closed_at = clock_timestamp(), closed_by = actor
    WHERE p.book_id = book AND p.month = of_month;
END $$;

-- Approve operations before they are posted, each with exactly this content; linked ones with their group.
CREATE FUNCTION ledger.approve(operations ledger.operation[], finding uuid, entered uuid, approver uuid)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ledger, pg_temp AS $$
DECLARE
    digests bytea[];
    other uuid;
BEGIN
    PERFORM ledger.require_visible(ARRAY(SELECT DISTINCT o.book_id FROM unnest(operations) o));
    digests := ledger.digests(operations);
    INSERT INTO ledger.approvals (book_id, operation_id, digest, finding_id, entered_by, approved_by)
    SELECT o.book_id, o.id, digests[n], finding, entered, approver
    FROM unnest(operations) WITH ORDINALITY AS o(book_id, id, linked, debit_id, credit_id, minutes, kind,
        effective_on, served_on, actor_id, reverses, forced, reason, evidence, terms, n)
    ORDER BY o.book_id, o.id
    ON CONFLICT DO NOTHING;
    SELECT o.id INTO other
    FROM unnest(operations) WITH ORDINALITY AS o(book_id, id, linked, debit_id, credit_id, minutes, kind,
        effective_on, served_on, actor_id, reverses, forced, reason, evidence, terms, n)
    JOIN ledger.approvals a ON a.book_id = o.book_id AND a.operation_id = o.id
    WHERE (a.digest, a.finding_id, a.entered_by, a.approved_by) <> (digests[n], finding, entered, approver)
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse('approval_differs', other::text);
    END IF;
END $$;

ALTER TABLE ledger.closing_balances ENABLE ALWAYS TRIGGER history_is_final;
ALTER TABLE ledger.approvals ENABLE ALWAYS TRIGGER history_is_final;
ALTER TABLE ledger.transfers ENABLE ALWAYS TRIGGER period_open;
ALTER TABLE ledger.periods ENABLE ALWAYS TRIGGER period_steps;
ALTER TABLE ledger.periods ENABLE ALWAYS TRIGGER period_stays;
ALTER TABLE ledger.periods ENABLE ALWAYS TRIGGER period_proved;
ALTER TABLE ledger.closing_balances ENABLE ALWAYS TRIGGER closing_proved;
