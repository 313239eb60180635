DROP FUNCTION ledger.clearings(uuid);
