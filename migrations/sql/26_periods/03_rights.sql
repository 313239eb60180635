-- Who may do what with them.

ALTER TABLE ledger.periods ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.closing_balances ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.approvals ENABLE ROW LEVEL SECURITY;
CREATE POLICY book ON ledger.periods USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.closing_balances USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));
CREATE POLICY book ON ledger.approvals USING (book_id = ANY ((SELECT ledger.visible_books())::uuid[]));

REVOKE ALL ON FUNCTION ledger.month_of(date) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.month_after(date) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.month_before(date) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.require_read_committed() FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.check_transfer_periods() FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.check_period() FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.period_reopened() FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.reckon_closing(uuid, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.prove_closing(uuid, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.check_closed() FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.check_closing_balances() FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.begin_closing(uuid, date, uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.close(uuid, date, uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger.approve(ledger.operation[], uuid, uuid, uuid) FROM PUBLIC;
GRANT SELECT ON ledger.periods, ledger.closing_balances, ledger.approvals TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.begin_closing(uuid, date, uuid) TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.close(uuid, date, uuid) TO timebank_app;
GRANT EXECUTE ON FUNCTION ledger.approve(ledger.operation[], uuid, uuid, uuid) TO timebank_app;
