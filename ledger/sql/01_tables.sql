-- The tables of the ledger. Every key begins with book_id, so that a book is the unit of sharding,
-- export and proof. All amounts are whole minutes. No foreign keys between these tables: the statement
-- triggers of 02_refusals.sql check more, for less.

-- Which books a connection may see and touch: the list that `begin()` sets for one transaction.
CREATE FUNCTION ledger.visible_books() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog
RETURN coalesce(string_to_array(nullif(current_setting('timebank.communities', true), ''), ','), '{}')::uuid[];

-- The one row that is locked. Its balance is what the book owes the account's holder: a transfer takes
-- from its debit account and gives to its credit account.
CREATE TABLE ledger.accounts (
    book_id          uuid        NOT NULL,
    id               uuid        NOT NULL,
    kind             text        NOT NULL,
    balance_minutes  bigint      NOT NULL DEFAULT 0,
    held_minutes     bigint      NOT NULL DEFAULT 0, -- the sum of its open holds
    floor_minutes    bigint,     -- null: none
    ceiling_minutes  bigint,     -- null: none
    -- How far the account stands outside its limits, because a forced reversal or a changed limit left
    -- it there. Always exactly that far: it melts as the balance returns, and nothing can draw on it.
    relief_minutes   bigint      NOT NULL DEFAULT 0,
    version          bigint      NOT NULL DEFAULT 0, -- how many entries
    opened_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at        timestamptz,
    -- The book that a clearing account clears with: its balance is what the two owe each other, and always
    -- the opposite of the other book's. Its floor and ceiling limit how much that may be.
    clears_with      uuid,
    PRIMARY KEY (book_id, id),
    CONSTRAINT floor_breached CHECK (balance_minutes - held_minutes >= floor_minutes - relief_minutes),
    CONSTRAINT ceiling_breached CHECK (balance_minutes <= ceiling_minutes + relief_minutes),
    CONSTRAINT relief_unearned CHECK (relief_minutes = greatest(0,
        floor_minutes - (balance_minutes - held_minutes), balance_minutes - ceiling_minutes)),
    CONSTRAINT account_not_empty CHECK (closed_at IS NULL OR (balance_minutes = 0 AND held_minutes = 0)),
    CONSTRAINT account_malformed CHECK (kind ~ '^[a-z][a-z0-9_]{0,39}$' AND floor_minutes <= ceiling_minutes)
) WITH (fillfactor = 50); -- so that a new balance fits beside the old one, on the same page
CREATE UNIQUE INDEX clears_once ON ledger.accounts (book_id, clears_with) WHERE clears_with IS NOT NULL;

-- Who set which limits, and why: limits change without an entry.
CREATE TABLE ledger.limits (
    book_id         uuid        NOT NULL,
    account_id      uuid        NOT NULL,
    number          integer     NOT NULL,
    floor_minutes   bigint,
    ceiling_minutes bigint,
    actor_id        uuid        NOT NULL,
    reason          text        NOT NULL,
    set_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (book_id, account_id, number)
);

-- What every attempt came to, refusals included: the same id gets the same answer for ever.
CREATE TABLE ledger.outcomes (
    book_id       uuid        NOT NULL,
    id            uuid        NOT NULL,
    digest        bytea       NOT NULL, -- of all that was asked, so that another content is noticed
    terms         bytea,                -- what was asked beyond a plain transfer, as the digest has it
    refusal       text,                 -- null: posted, as the transfer or hold of the same id
    account_id    uuid,                 -- the account that stood in the way
    short_minutes bigint,               -- by how much
    because_id    uuid,                 -- the linked operation that was refused
    decided_at    timestamptz NOT NULL,
    PRIMARY KEY (book_id, id)
);
-- What happened since some moment: rows are in the order of time, so a line for each 32 pages is enough.
CREATE INDEX outcomes_by_time ON ledger.outcomes USING brin (decided_at)
    WITH (pages_per_range = 32, autosummarize = on);

-- Immutable movements. The two versions say which entries are theirs, so entries need no second index.
CREATE TABLE ledger.transfers (
    book_id        uuid        NOT NULL,
    id             uuid        NOT NULL,
    debit_id       uuid        NOT NULL,
    credit_id      uuid        NOT NULL,
    debit_version  bigint      NOT NULL,
    credit_version bigint      NOT NULL,
    minutes        bigint      NOT NULL,
    kind           text        NOT NULL,
    effective_on   date        NOT NULL,
    served_on      date,
    posted_at      timestamptz NOT NULL,
    actor_id       uuid        NOT NULL,
    reverses       uuid,
    forced         boolean     NOT NULL DEFAULT false,
    reason         text,
    evidence       bytea,
    -- 128 bits that nobody knows, so that nobody can guess a transfer from its hash.
    blinding       bytea       NOT NULL DEFAULT substring(
        sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) FROM 1 FOR 16),
    -- The canonical bytes that proofs stand on; README.md has the layout. Big-endian, dates as days and
    -- instants as microseconds since 2000-01-01; what may be missing is led by a byte 0 or 1. A text is
    -- cast, not encoded, because convert_to is only STABLE; hence the doubled backslashes.
    leaf           bytea       NOT NULL GENERATED ALWAYS AS (
        '\x01'::bytea || uuid_send(book_id) || uuid_send(id) || uuid_send(debit_id) || uuid_send(credit_id)
        || int8send(debit_version) || int8send(credit_version) || int8send(minutes)
        || int4send(octet_length(kind)) || kind::bytea
        || date_send(effective_on) || coalesce('\x01'::bytea || date_send(served_on), '\x00'::bytea)
        || timestamptz_send(posted_at) || uuid_send(actor_id)
        || coalesce('\x01'::bytea || uuid_send(reverses), '\x00'::bytea) || boolsend(forced)
        || coalesce('\x01'::bytea || sha256(replace(reason, '\', '\\')::bytea), '\x00'::bytea)
        || coalesce('\x01'::bytea || evidence, '\x00'::bytea) || blinding
    ) STORED,
    PRIMARY KEY (book_id, id),
    CONSTRAINT amount_out_of_range CHECK (minutes BETWEEN 1 AND 10000000),
    CONSTRAINT same_account CHECK (debit_id <> credit_id),
    CONSTRAINT forced_without_reason CHECK (NOT forced OR (reverses IS NOT NULL AND reason IS NOT NULL)),
    CONSTRAINT transfer_malformed CHECK (kind ~ '^[a-z][a-z0-9_]{0,39}$' AND octet_length(blinding) = 16
        AND octet_length(evidence) = 32
        AND length(reason) BETWEEN 1 AND 500)
);
CREATE UNIQUE INDEX already_reversed ON ledger.transfers (book_id, reverses) WHERE reverses IS NOT NULL;
-- For a month of a book.
CREATE INDEX transfers_by_day ON ledger.transfers (book_id, effective_on);

-- The two signed sides of a transfer, each with the balance after it and the limits then in force, so
-- that audit can prove again that no limit was passed.
CREATE TABLE ledger.entries (
    book_id         uuid        NOT NULL,
    account_id      uuid        NOT NULL,
    version         bigint      NOT NULL, -- 1, 2, 3 … without a gap
    transfer_id     uuid        NOT NULL,
    minutes         bigint      NOT NULL, -- negative on the debit account
    balance_before  bigint      NOT NULL,
    balance_after   bigint      NOT NULL,
    held_minutes    bigint      NOT NULL,
    floor_minutes   bigint,
    ceiling_minutes bigint,
    relief_minutes  bigint      NOT NULL,
    effective_on    date        NOT NULL,
    posted_at       timestamptz NOT NULL,
    PRIMARY KEY (book_id, account_id, version),
    CONSTRAINT chain_broken CHECK (version > 0 AND balance_after = balance_before + minutes),
    CONSTRAINT floor_breached CHECK (balance_after - held_minutes >= floor_minutes - relief_minutes),
    CONSTRAINT ceiling_breached CHECK (balance_after <= ceiling_minutes + relief_minutes)
);

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
CREATE INDEX holds_by_time ON ledger.holds USING brin (created_at)
    WITH (pages_per_range = 32, autosummarize = on);

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
CREATE INDEX hold_ends_by_time ON ledger.hold_ends USING brin (ended_at)
    WITH (pages_per_range = 32, autosummarize = on);
