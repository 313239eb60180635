-- Who may do what: the app reads, and calls functions; it writes nothing itself.

ALTER TABLE ledger.accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.limits ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.outcomes ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.transfers ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.periods ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.closing_balances ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.approvals ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.holds ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.hold_ends ENABLE ROW LEVEL SECURITY;
CREATE POLICY book ON ledger.accounts USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.limits USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.outcomes USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.transfers USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.entries USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.periods USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.closing_balances USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.approvals USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.holds USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.hold_ends USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT SELECT ON ledger.accounts, ledger.limits, ledger.outcomes, ledger.transfers, ledger.entries,
    ledger.holds, ledger.hold_ends TO timebank_app;
GRANT SELECT ON ledger.periods, ledger.closing_balances, ledger.approvals TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.visible_books() TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.post(ledger.operation[]) TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.expire_holds(uuid, integer) TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.open_accounts(uuid, uuid[], text[], bigint[], bigint[], uuid[], uuid, text)
    TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.set_limits(uuid, uuid[], bigint[], bigint[], uuid, text) TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.close_accounts(uuid, uuid[]) TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.keep_still(uuid, uuid[]) TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.clearings(uuid) TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.begin_closing(uuid, date, uuid) TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.close(uuid, date, uuid) TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.approve(ledger.operation[], uuid, uuid, uuid) TO timebank_app;
