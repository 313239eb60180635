-- Approving took operations too.
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
        effective_on, served_on, actor_id, reverses, forced, reason, evidence, n)
    ORDER BY o.book_id, o.id
    ON CONFLICT DO NOTHING;
    SELECT o.id INTO other
    FROM unnest(operations) WITH ORDINALITY AS o(book_id, id, linked, debit_id, credit_id, minutes, kind,
        effective_on, served_on, actor_id, reverses, forced, reason, evidence, n)
    JOIN ledger.approvals a ON a.book_id = o.book_id AND a.operation_id = o.id
    WHERE (a.digest, a.finding_id, a.entered_by, a.approved_by) <> (digests[n], finding, entered, approver)
    LIMIT 1;
    IF FOUND THEN
        PERFORM ledger.refuse('approval_differs', other::text);
    END IF;
END $$;
