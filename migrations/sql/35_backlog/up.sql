-- Give places to transfers that have none, about `most` at a time, and return to how many. The settings are
-- post_dated's: a plan made for a large book would be kept and read all of it for the sake of one transfer. Where
-- a whole history has no places yet, one reading of all of it is quicker than a million probes.
CREATE OR REPLACE FUNCTION ledger.sequence(book uuid, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ledger, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET work_mem = '64MB'
AS $$
DECLARE
    ids uuid[];
    starts bigint[];
    ends bigint[];
    news bigint;
    begin_at bigint;
    given bigint;
BEGIN
    PERFORM ledger.require_visible(ARRAY[book]);
    PERFORM pg_advisory_xact_lock(ledger.proof_lock(book));
    SELECT array_agg(b.id), array_agg(b.start), array_agg(least(b.version, b.start + most)),
        sum(least(b.version - b.start, most))
    INTO ids, starts, ends, news
    FROM (
        SELECT a.id, a.version, coalesce(s.version, 0) AS start,
            sum(a.version - coalesce(s.version, 0)) OVER (ORDER BY a.id ROWS UNBOUNDED PRECEDING)
                - (a.version - coalesce(s.version, 0)) AS entries_before
        FROM ledger.accounts a
        LEFT JOIN ledger.sequenced s ON s.book_id = a.book_id AND s.account_id = a.id
        WHERE a.book_id = book AND a.version > coalesce(s.version, 0)
    ) b
    WHERE b.entries_before < most;
    IF ids IS NULL THEN
        RETURN 0;
    END IF;
    SELECT coalesce(max(l.sequence) + 1, 0) INTO begin_at FROM ledger.leaves l WHERE l.book_id = book;
    IF news > 50000 THEN
        PERFORM set_config('enable_hashjoin', 'on', true), set_config('enable_seqscan', 'on', true);
    END IF;
    -- A transfer comes with its debit side, so it comes once. Planned anew each time, for so much news.
    EXECUTE $news$
        INSERT INTO ledger.leaves (book_id, sequence, transfer_id, hash)
        SELECT $1, $2 + row_number() OVER (ORDER BY t.posted_at, t.id) - 1, t.id, sha256('\x00'::bytea || t.leaf)
        FROM unnest($3, $4, $5) AS news(account_id, start, upto)
        JOIN ledger.entries e ON e.book_id = $1 AND e.account_id = news.account_id
            AND e.version > news.start AND e.version <= news.upto AND e.minutes < 0
        JOIN ledger.transfers t ON t.book_id = $1 AND t.id = e.transfer_id
    $news$ USING book, begin_at, ids, starts, ends;
    GET DIAGNOSTICS given = ROW_COUNT;
    PERFORM set_config('enable_hashjoin', 'off', true), set_config('enable_seqscan', 'off', true);
    INSERT INTO ledger.sequenced AS s (book_id, account_id, version)
    SELECT book, news.account_id, news.upto FROM unnest(ids, ends) AS news(account_id, upto)
    ON CONFLICT (book_id, account_id) DO UPDATE SET version = excluded.version;
    PERFORM ledger.grow(book, begin_at + given);
    -- Entries may have been credits only, of transfers that have their place already: there may be more to come.
    RETURN given + CASE WHEN given = 0 THEN ledger.sequence(book, most) ELSE 0 END;
END $$;
