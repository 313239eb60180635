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

REVOKE ALL ON FUNCTION ledger.clearings(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.clearings(uuid) TO timebank_app;
