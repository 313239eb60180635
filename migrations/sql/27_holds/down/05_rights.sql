REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.post(ledger.operation[]) TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.open_accounts(uuid, uuid[], text[], bigint[], bigint[], uuid, text)
    TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.approve(ledger.operation[], uuid, uuid, uuid) TO timebank_app;
