-- Opening, limiting and closing accounts. Each takes parallel arrays and locks in id order; the settings
-- are post_dated's, because the triggers' plans are kept.

-- Open accounts; an account that is open already is left as it is, so that opening can be repeated.
CREATE FUNCTION ledger.open_accounts(book uuid, ids uuid[], kinds text[], floors bigint[],
    ceilings bigint[], clears uuid[], actor uuid, why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ledger, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    other uuid;
BEGIN
    PERFORM ledger.require_visible(ARRAY[book]);
    WITH opened AS (
        INSERT INTO ledger.accounts (book_id, id, kind, floor_minutes, ceiling_minutes, clears_with)
        SELECT book, o.id, o.kind, o.floor, o.ceiling, o.clears
        FROM unnest(ids, kinds, floors, ceilings, clears) AS o(id, kind, floor, ceiling, clears)
        ORDER BY o.id
        ON CONFLICT DO NOTHING
        RETURNING id, floor_minutes, ceiling_minutes
    )
    INSERT INTO ledger.limits (book_id, account_id, number, floor_minutes, ceiling_minutes, actor_id, reason)
    SELECT book, o.id, 1, o.floor_minutes, o.ceiling_minutes, actor, why FROM opened o;
    SELECT o.id INTO other
    FROM unnest(ids, kinds, clears) AS o(id, kind, clears)
    JOIN ledger.accounts a ON a.book_id = book AND a.id = o.id
    WHERE a.kind <> o.kind OR a.clears_with IS DISTINCT FROM o.clears
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse('account_differs', other::text);
    END IF;
END $$;

-- Change limits. A balance outside the new ones stays, as relief: nobody loses hours by a new policy.
CREATE FUNCTION ledger.set_limits(book uuid, ids uuid[], floors bigint[], ceilings bigint[], actor uuid,
    why text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ledger, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    unknown uuid;
    changed integer;
BEGIN
    PERFORM ledger.require_visible(ARRAY[book]);
    PERFORM pg_advisory_xact_lock_shared(ledger.book_lock(book));
    PERFORM FROM ledger.accounts a WHERE a.book_id = book AND a.id = ANY (ids)
    ORDER BY a.id FOR NO KEY UPDATE;
    SELECT i INTO unknown FROM unnest(ids) i
    WHERE NOT EXISTS (SELECT FROM ledger.accounts a WHERE a.book_id = book AND a.id = i) LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse('account_unknown', unknown::text);
    END IF;
    WITH limited AS (
        UPDATE ledger.accounts a
        SET floor_minutes = o.floor, ceiling_minutes = o.ceiling,
            relief_minutes = greatest(0, o.floor - (a.balance_minutes - a.held_minutes),
                a.balance_minutes - o.ceiling)
        FROM unnest(ids, floors, ceilings) AS o(id, floor, ceiling)
        WHERE a.book_id = book AND a.id = o.id
            AND (a.floor_minutes, a.ceiling_minutes) IS DISTINCT FROM (o.floor, o.ceiling)
        RETURNING a.id, a.floor_minutes, a.ceiling_minutes
    )
    INSERT INTO ledger.limits (book_id, account_id, number, floor_minutes, ceiling_minutes, actor_id, reason)
    SELECT book, n.id, 1 + (SELECT count(*) FROM ledger.limits l WHERE l.book_id = book AND l.account_id = n.id),
        n.floor_minutes, n.ceiling_minutes, actor, why
    FROM limited n;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;

-- Keep accounts as they stand until the transaction ends, for a caller whose batch depends on it: it names
-- every account of that batch, so that all are locked in one order.
CREATE FUNCTION ledger.keep_still(book uuid, ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ledger, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
BEGIN
    PERFORM ledger.require_visible(ARRAY[book]);
    PERFORM pg_advisory_xact_lock_shared(ledger.book_lock(book));
    PERFORM FROM ledger.accounts a WHERE a.book_id = book AND a.id = ANY (ids)
    ORDER BY a.id FOR NO KEY UPDATE;
END $$;

-- Close empty accounts; nothing is posted to them any more. One that is closed already stays so.
CREATE FUNCTION ledger.close_accounts(book uuid, ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ledger, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    unknown uuid;
BEGIN
    PERFORM ledger.require_visible(ARRAY[book]);
    PERFORM pg_advisory_xact_lock_shared(ledger.book_lock(book));
    PERFORM FROM ledger.accounts a WHERE a.book_id = book AND a.id = ANY (ids)
    ORDER BY a.id FOR NO KEY UPDATE;
    SELECT i INTO unknown FROM unnest(ids) i
    WHERE NOT EXISTS (SELECT FROM ledger.accounts a WHERE a.book_id = book AND a.id = i) LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse('account_unknown', unknown::text);
    END IF;
    UPDATE ledger.accounts SET closed_at = clock_timestamp()
    WHERE book_id = book AND id = ANY (ids) AND closed_at IS NULL;
END $$;

-- What each clearing account of a book stands at, and what it should by the other book: the one number of
-- another book that may be seen from here, since it is this book's own.
CREATE FUNCTION ledger.clearings(book uuid) RETURNS TABLE (
    account_id uuid, clears_with uuid, balance_minutes bigint, mirrored_minutes bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, ledger, pg_temp AS $$
BEGIN
    PERFORM ledger.require_visible(ARRAY[book]);
    RETURN QUERY
        SELECT a.id, a.clears_with, a.balance_minutes, -coalesce(b.balance_minutes, 0)
        FROM ledger.accounts a
        LEFT JOIN ledger.accounts b ON b.book_id = a.clears_with AND b.clears_with = a.book_id
        WHERE a.book_id = book AND a.clears_with IS NOT NULL
        ORDER BY a.id;
END $$;
