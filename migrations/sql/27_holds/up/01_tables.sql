-- What is on the tables already: the other way in for held minutes, and what was asked beyond a transfer.
ALTER TABLE ledger.accounts DROP CONSTRAINT held_without_hold;
ALTER TABLE ledger.outcomes ADD COLUMN terms bytea;
ALTER TABLE ledger.accounts ADD COLUMN clears_with uuid;
CREATE UNIQUE INDEX clears_once ON ledger.accounts (book_id, clears_with) WHERE clears_with IS NOT NULL;

-- Minutes of the debit account that are reserved for the credit account: they count against what is
-- available, and move only when the hold is captured. A row is final but for `open`, which is kept as an
-- account's balance is, so that what is open is found without reading forty years of holds.
CREATE TABLE ledger.holds (
    book_id    uuid        NOT NULL,
    id         uuid        NOT NULL,
    debit_id   uuid        NOT NULL,
    credit_id  uuid        NOT NULL,
    minutes    bigint      NOT NULL,
    kind       text        NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    actor_id   uuid        NOT NULL,
    reason     text,
    open       boolean     NOT NULL,
    PRIMARY KEY (book_id, id),
    CONSTRAINT amount_out_of_range CHECK (minutes BETWEEN 1 AND 10000000),
    CONSTRAINT same_account CHECK (debit_id <> credit_id),
    CONSTRAINT hold_expired CHECK (created_at < expires_at),
    CONSTRAINT hold_malformed CHECK (kind ~ '^[a-z][a-z0-9_]{0,39}$' AND length(reason) BETWEEN 1 AND 500)
);
CREATE INDEX open_holds ON ledger.holds (book_id, debit_id) WHERE open;
CREATE INDEX holds_to_expire ON ledger.holds (book_id, expires_at) WHERE open;

-- How a hold ended, once: captured by the transfer of the id `operation_id` (what it didn't take was
-- released), voided by the operation of that id, or expired by itself.
CREATE TABLE ledger.hold_ends (
    book_id          uuid        NOT NULL,
    hold_id          uuid        NOT NULL,
    how              text        NOT NULL,
    captured_minutes bigint      NOT NULL,
    operation_id     uuid,
    actor_id         uuid,
    reason           text,
    ended_at         timestamptz NOT NULL,
    CONSTRAINT hold_resolved PRIMARY KEY (book_id, hold_id),
    CONSTRAINT hold_end_malformed CHECK (how IN ('captured', 'voided', 'expired')
        AND captured_minutes >= 0 AND (how = 'captured') = (captured_minutes > 0)
        AND (how = 'expired') = (operation_id IS NULL) AND (operation_id IS NULL) = (actor_id IS NULL)
        AND length(reason) BETWEEN 1 AND 500)
);
-- So that one transfer captures one hold.
CREATE UNIQUE INDEX hold_ended_by ON ledger.hold_ends (book_id, operation_id);
