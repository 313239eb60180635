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

REVOKE ALL ON FUNCTION ledger.keep_still(uuid, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.keep_still(uuid, uuid[]) TO timebank_app;
