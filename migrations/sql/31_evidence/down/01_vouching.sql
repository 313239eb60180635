DROP TRIGGER signer_vouched ON ledger.signers;
DROP TRIGGER signer_vouched ON ledger.checkpoints;
DROP FUNCTION ledger.check_signer();
DROP FUNCTION ledger.check_vouched();
DROP FUNCTION ledger.is_under(text, bytea);
DROP FUNCTION ledger.key_id(text, bytea);
