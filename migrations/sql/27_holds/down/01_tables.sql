-- All of deciding and posting is made anew, as it was.
DROP FUNCTION ledger.approve(ledger.operation[], uuid, uuid, uuid);
DROP FUNCTION ledger.post(ledger.operation[]);
DROP FUNCTION ledger.post_dated(ledger.operation[], timestamptz);
DROP FUNCTION ledger.write(ledger.operation[], bytea[], ledger.decision[], timestamptz);
DROP FUNCTION ledger.lock_accounts(ledger.operation[]);
DROP FUNCTION ledger.book_lock(uuid);
DROP FUNCTION ledger.require_visible(uuid[]);
DROP FUNCTION ledger.expire_holds(uuid, integer);
DROP FUNCTION ledger.decide_in_order(ledger.operation[], bytea[], timestamptz);
DROP FUNCTION ledger.judge(record, uuid, boolean, timestamptz);
DROP FUNCTION ledger.refuse_hold(record, timestamptz);
DROP FUNCTION ledger.clearing_unmatched(ledger.operation[]);
DROP FUNCTION ledger.terms_bytes(ledger.terms);
DROP TYPE ledger.standing;
DROP FUNCTION ledger.examine(ledger.operation[], bytea[]);
DROP FUNCTION ledger.id_reused();
DROP FUNCTION ledger.first_answer(uuid, uuid, bytea);
DROP FUNCTION ledger.decide_together(ledger.operation[]);
DROP FUNCTION ledger.digests(ledger.operation[]);
DROP TYPE ledger.decision;
DROP TYPE ledger.operation;
DROP TYPE ledger.terms;

DROP TRIGGER held_is_open_holds ON ledger.accounts;
DROP TRIGGER starts_unheld ON ledger.accounts;
DROP TABLE ledger.hold_ends;
DROP TABLE ledger.holds;
DROP FUNCTION ledger.check_hold_end();
DROP FUNCTION ledger.check_holds();
DROP FUNCTION ledger.check_held();
DROP FUNCTION ledger.require_held(uuid, uuid);
ALTER TABLE ledger.outcomes DROP COLUMN terms;
-- The trigger names the column; 02_refusals.sql makes it anew.
DROP TRIGGER history_is_final ON ledger.accounts;
ALTER TABLE ledger.accounts DROP COLUMN clears_with;
-- Fails while anything is held: void it first.
ALTER TABLE ledger.accounts ADD CONSTRAINT held_without_hold CHECK (held_minutes = 0);
