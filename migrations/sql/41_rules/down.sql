DROP FUNCTION ledger.keep_still(uuid, uuid[]);
