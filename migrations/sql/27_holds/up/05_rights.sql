ALTER TABLE ledger.holds ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.hold_ends ENABLE ROW LEVEL SECURITY;
CREATE POLICY book ON ledger.holds USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.hold_ends USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));

-- As 06_rights.sql of the ledger: nobody but who is named.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT SELECT ON ledger.holds, ledger.hold_ends TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.post(ledger.operation[]) TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.expire_holds(uuid, integer) TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.open_accounts(uuid, uuid[], text[], bigint[], bigint[], uuid[], uuid, text)
    TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.approve(ledger.operation[], uuid, uuid, uuid) TO timebank_app;
