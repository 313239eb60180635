-- Proof: each transfer gets a leaf with a place of its own, the leaves make the tree of RFC 6962, and checkpoints
-- are signed over it. Everything here is appended to; what is signed can be checked without this database.

-- Places 0, 1, 2 … without a gap. A place says nothing of time: it is given after the posting, by whoever
-- comes to it.
CREATE TABLE ledger.leaves (
    book_id     uuid   NOT NULL,
    sequence    bigint NOT NULL,
    transfer_id uuid   NOT NULL,
    hash        bytea  NOT NULL, -- SHA-256 of a byte 0 and the transfer's leaf
    PRIMARY KEY (book_id, sequence),
    CONSTRAINT leaf_repeated UNIQUE (book_id, transfer_id)
);

-- How many of an account's entries were looked at. Entries of one account commit in order and without a gap,
-- since its row stays locked until they do: so nothing that commits late is passed over, posting pays nothing
-- for it, and accounts without news cost one comparison each.
CREATE TABLE ledger.sequenced (
    book_id    uuid   NOT NULL,
    account_id uuid   NOT NULL,
    version    bigint NOT NULL,
    PRIMARY KEY (book_id, account_id)
);

-- Hashes of the tree: of level 1 each covers 256 leaves, of level 2 256 of level 1, and so on. Only whole ones
-- are kept, so that none ever changes; they are the tiles of c2sp.org/tlog-tiles.
CREATE TABLE ledger.nodes (
    book_id uuid     NOT NULL,
    level   smallint NOT NULL,
    place   bigint   NOT NULL,
    hash    bytea    NOT NULL,
    PRIMARY KEY (book_id, level, place)
);

-- Signed tree heads: how many leaves, their root, and the note that was signed (c2sp.org/tlog-checkpoint).
CREATE TABLE ledger.checkpoints (
    book_id uuid        NOT NULL,
    number  integer     NOT NULL, -- 1, 2, 3 …
    size    bigint      NOT NULL,
    root    bytea       NOT NULL,
    note    text        NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (book_id, number),
    CONSTRAINT checkpoint_malformed CHECK (number > 0 AND size >= 0 AND note LIKE
        '_%' || E'\n' || size || E'\n' || encode(root, 'base64') || E'\n\n— %' || E'\n')
);

-- Who may sign for a book, since which checkpoint: Ed25519, 32 bytes.
CREATE TABLE ledger.signers (
    book_id      uuid    NOT NULL,
    public_key   bytea   NOT NULL,
    since_number integer NOT NULL,
    PRIMARY KEY (book_id, public_key),
    CONSTRAINT signer_malformed CHECK (octet_length(public_key) = 32)
);

-- The root over hashes in a row. Pairing neighbours, and letting one that is left over rise as it is, gives
-- the tree of RFC 6962 for any number of them.
CREATE FUNCTION ledger.root_of(hashes bytea[]) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
BEGIN
    IF cardinality(hashes) = 0 THEN
        RETURN sha256('');
    END IF;
    WHILE cardinality(hashes) > 1 LOOP
        hashes := ARRAY(
            SELECT coalesce(sha256('\x01'::bytea || hashes[2 * i - 1] || hashes[2 * i]), hashes[2 * i - 1])
            FROM generate_series(1, (cardinality(hashes) + 1) / 2) i ORDER BY i);
    END LOOP;
    RETURN hashes[1];
END $$;

-- A run of hashes of one level: leaves for level 0, else nodes.
CREATE FUNCTION ledger.hashes(book uuid, level integer, first bigint, beyond bigint) RETURNS bytea[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF level = 0 THEN
        RETURN ARRAY(SELECT l.hash FROM ledger.leaves l WHERE l.book_id = book
            AND l.sequence >= first AND l.sequence < beyond ORDER BY l.sequence);
    END IF;
    RETURN ARRAY(SELECT n.hash FROM ledger.nodes n WHERE n.book_id = book AND n.level = hashes.level
        AND n.place >= first AND n.place < beyond ORDER BY n.place);
END $$;

-- The root of a book's first `size` leaves: on each level what is not yet a whole node, and what rose from below.
CREATE FUNCTION ledger.tree_root(book uuid, size bigint) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
DECLARE
    level integer := 0;
    edge bytea[] := '{}';
BEGIN
    WHILE size > 0 LOOP
        edge := ledger.hashes(book, level, size - size % 256, size) || edge;
        IF cardinality(edge) > 0 THEN
            edge := ARRAY[ledger.root_of(edge)];
        END IF;
        size := size / 256;
        level := level + 1;
    END LOOP;
    RETURN ledger.root_of(edge);
END $$;

CREATE TRIGGER history_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.leaves
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.history_is_final();
CREATE TRIGGER history_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.nodes
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.history_is_final();
CREATE TRIGGER history_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.history_is_final();
CREATE TRIGGER history_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.signers
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.history_is_final();
CREATE TRIGGER history_is_final BEFORE DELETE OR TRUNCATE ON ledger.sequenced
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.history_is_final();

-- Each leaf is its transfer's, and follows the one before it.
CREATE FUNCTION ledger.check_leaves() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT l.sequence INTO wrong
    FROM added l
    LEFT JOIN ledger.transfers t ON t.book_id = l.book_id AND t.id = l.transfer_id
    WHERE l.hash IS DISTINCT FROM sha256('\x00'::bytea || t.leaf)
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse('leaf_forged', format('leaf %s', wrong.sequence));
    END IF;
    SELECT l.book_id, l.first INTO wrong
    FROM (SELECT book_id, min(sequence) AS first, max(sequence) AS last, count(*) AS leaves
        FROM added GROUP BY book_id) l
    WHERE l.first < 0 OR l.last - l.first + 1 <> l.leaves OR (l.first > 0 AND NOT EXISTS (
        SELECT FROM ledger.leaves p WHERE p.book_id = l.book_id AND p.sequence = l.first - 1))
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse('leaf_gap', format('leaf %s', wrong.first));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER leaves_whole AFTER INSERT ON ledger.leaves REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_leaves();

-- Each node is the root over the 256 hashes below it.
CREATE FUNCTION ledger.check_nodes() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT n.level, n.place INTO wrong
    FROM added n, LATERAL ledger.hashes(n.book_id, n.level - 1, n.place * 256, n.place * 256 + 256) AS below
    WHERE n.level < 1 OR cardinality(below) <> 256 OR n.hash <> ledger.root_of(below)
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse('node_forged', format('node %s of level %s', wrong.place, wrong.level));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER nodes_whole AFTER INSERT ON ledger.nodes REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_nodes();

-- A checkpoint never says less than the one before it, nor anything else of what that one said, nor of the leaves.
CREATE FUNCTION ledger.check_checkpoint() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    before ledger.checkpoints;
BEGIN
    SELECT * INTO before FROM ledger.checkpoints c WHERE c.book_id = NEW.book_id AND c.number = NEW.number - 1;
    IF (before.number IS NULL) <> (NEW.number = 1) THEN
        PERFORM ledger.refuse('checkpoint_gap', format('checkpoint %s', NEW.number));
    END IF;
    IF NEW.size < before.size THEN
        PERFORM ledger.refuse('checkpoint_shrinks', format('from %s to %s', before.size, NEW.size));
    END IF;
    IF NEW.size > 0 AND NOT EXISTS (
        SELECT FROM ledger.leaves l WHERE l.book_id = NEW.book_id AND l.sequence = NEW.size - 1) THEN
        PERFORM ledger.refuse('checkpoint_beyond_leaves', format('size %s', NEW.size));
    END IF;
    IF split_part(NEW.note, E'\n', 1) <> split_part(before.note, E'\n', 1)
        OR NEW.root <> ledger.tree_root(NEW.book_id, NEW.size) THEN
        PERFORM ledger.refuse('checkpoint_changed', format('checkpoint %s', NEW.number));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER checkpoint_follows AFTER INSERT ON ledger.checkpoints
    FOR EACH ROW EXECUTE FUNCTION ledger.check_checkpoint();

-- The four bytes by which a note tells keys apart: c2sp.org/signed-note, for Ed25519.
CREATE FUNCTION ledger.key_id(signer text, public_key bytea) RETURNS bytea
LANGUAGE sql STABLE
RETURN substring(sha256(convert_to(signer, 'UTF8') || '\x0a01'::bytea || public_key) FOR 4);

-- Whether a note has a line under a key. That it is the key's signature only those can see who check it: the
-- database knows no Ed25519, so reconciliation does.
CREATE FUNCTION ledger.is_under(note text, public_key bytea) RETURNS boolean
LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM string_to_table(split_part(note, E'\n\n', 2), E'\n') AS line
    WHERE (split_part(line, ' ', 1), split_part(line, ' ', 2)) = ('—', split_part(note, E'\n', 1))
        AND CASE WHEN split_part(line, ' ', 3) ~ '^[A-Za-z0-9+/]{8}'
            THEN substring(decode(left(split_part(line, ' ', 3), 8), 'base64') FOR 4) END
            = ledger.key_id(split_part(note, E'\n', 1), public_key));

-- A key that is new signs together with one that signed before, or anybody's key would do.
CREATE FUNCTION ledger.check_vouched() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM ledger.signers s WHERE s.book_id = NEW.book_id AND s.since_number < NEW.number
    HAVING count(*) > 0 AND NOT bool_or(ledger.is_under(NEW.note, s.public_key));
    IF FOUND THEN
        PERFORM ledger.refuse('signer_unvouched', format('checkpoint %s', NEW.number));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER signer_vouched AFTER INSERT ON ledger.checkpoints
    FOR EACH ROW EXECUTE FUNCTION ledger.check_vouched();

-- And it is under the checkpoint since which it is said to sign.
CREATE FUNCTION ledger.check_signer() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger.checkpoints c WHERE c.book_id = NEW.book_id
        AND c.number = NEW.since_number AND ledger.is_under(c.note, NEW.public_key)) THEN
        PERFORM ledger.refuse('signer_unvouched', format('signer since %s', NEW.since_number));
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER signer_vouched AFTER INSERT ON ledger.signers
    FOR EACH ROW EXECUTE FUNCTION ledger.check_signer();

ALTER TABLE ledger.leaves ENABLE ALWAYS TRIGGER history_is_final;
ALTER TABLE ledger.nodes ENABLE ALWAYS TRIGGER history_is_final;
ALTER TABLE ledger.checkpoints ENABLE ALWAYS TRIGGER history_is_final;
ALTER TABLE ledger.signers ENABLE ALWAYS TRIGGER history_is_final;
ALTER TABLE ledger.sequenced ENABLE ALWAYS TRIGGER history_is_final;
ALTER TABLE ledger.leaves ENABLE ALWAYS TRIGGER leaves_whole;
ALTER TABLE ledger.nodes ENABLE ALWAYS TRIGGER nodes_whole;
ALTER TABLE ledger.checkpoints ENABLE ALWAYS TRIGGER checkpoint_follows;
ALTER TABLE ledger.checkpoints ENABLE ALWAYS TRIGGER signer_vouched;
ALTER TABLE ledger.signers ENABLE ALWAYS TRIGGER signer_vouched;

-- One at a time gives places and signs; posting never waits for it.
CREATE FUNCTION ledger.proof_lock(book_id uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN hashtextextended('ledger.proof ' || book_id::text, 0);

-- Keep the hashes of what has become whole.
CREATE FUNCTION ledger.grow(book uuid, size bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    kept bigint;
BEGIN
    FOR tier IN 1 .. 7 LOOP
        size := size / 256;
        SELECT max(n.place) + 1 INTO kept FROM ledger.nodes n WHERE n.book_id = book AND n.level = tier;
        EXIT WHEN size <= coalesce(kept, 0);
        INSERT INTO ledger.nodes (book_id, level, place, hash)
        SELECT book, tier, p, ledger.root_of(ledger.hashes(book, tier - 1, p * 256, p * 256 + 256))
        FROM generate_series(coalesce(kept, 0), size - 1) p;
    END LOOP;
END $$;

-- Give places to transfers that have none, about `most` at a time, and return to how many. The settings are
-- post_dated's: a plan made for a large book would be kept and read all of it for the sake of one transfer. Where
-- a whole history has no places yet, one reading of all of it is quicker than a million probes.
CREATE FUNCTION ledger.sequence(book uuid, most integer) RETURNS bigint
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

-- Record what was signed. The triggers say whether it may be.
CREATE FUNCTION ledger.record_checkpoint(book uuid, size bigint, root bytea, note text, keys bytea[])
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ledger, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
AS $$
DECLARE
    new_number integer;
BEGIN
    PERFORM ledger.require_visible(ARRAY[book]);
    PERFORM pg_advisory_xact_lock(ledger.proof_lock(book));
    SELECT coalesce(max(c.number), 0) + 1 INTO new_number FROM ledger.checkpoints c WHERE c.book_id = book;
    INSERT INTO ledger.checkpoints (book_id, number, size, root, note) VALUES (book, new_number, size, root, note);
    INSERT INTO ledger.signers (book_id, public_key, since_number)
    SELECT book, k, new_number FROM unnest(keys) k
    ON CONFLICT DO NOTHING;
    RETURN new_number;
END $$;

ALTER TABLE ledger.leaves ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.sequenced ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.nodes ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.checkpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.signers ENABLE ROW LEVEL SECURITY;
CREATE POLICY book ON ledger.leaves USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.sequenced USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.nodes USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.checkpoints USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.signers USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));

REVOKE ALL ON FUNCTION ledger.root_of(bytea[]), ledger.hashes(uuid, integer, bigint, bigint),
    ledger.tree_root(uuid, bigint), ledger.check_leaves(), ledger.check_nodes(), ledger.check_checkpoint(),
    ledger.key_id(text, bytea), ledger.is_under(text, bytea), ledger.check_vouched(), ledger.check_signer(),
    ledger.proof_lock(uuid), ledger.grow(uuid, bigint), ledger.sequence(uuid, integer),
    ledger.record_checkpoint(uuid, bigint, bytea, text, bytea[]) FROM PUBLIC;
GRANT SELECT ON ledger.leaves, ledger.sequenced, ledger.nodes, ledger.checkpoints, ledger.signers
    TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.root_of(bytea[]) TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.sequence(uuid, integer) TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.record_checkpoint(uuid, bigint, bytea, text, bytea[]) TO timebank_app;
