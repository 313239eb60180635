DROP FUNCTION ledger.open_accounts(uuid, uuid[], text[], bigint[], bigint[], uuid, text);

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
