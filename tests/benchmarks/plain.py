"""The plain way that most ledgers work: one transaction per transfer, which locks, checks, inserts and updates.

As fairly as it can be written: prepared statements, no constraint but the primary keys, both entries and
both balances in one statement each, room on the page for a new balance.
"""

import asyncpg

import ledger

SCHEMA = """
CREATE SCHEMA plain;
CREATE TABLE plain.accounts (
    id uuid PRIMARY KEY, balance bigint NOT NULL, floor bigint NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE plain.transfers (
    id uuid PRIMARY KEY, debit_id uuid NOT NULL, credit_id uuid NOT NULL, minutes bigint NOT NULL,
    kind text NOT NULL, effective_on date NOT NULL, actor_id uuid NOT NULL,
    posted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE plain.entries (
    account_id uuid NOT NULL, number bigint GENERATED ALWAYS AS IDENTITY, transfer_id uuid NOT NULL,
    minutes bigint NOT NULL, balance_after bigint NOT NULL,
    PRIMARY KEY (account_id, number)
);
"""
# So that both have the same history behind them.
FILL = """
INSERT INTO plain.accounts
    SELECT id, balance_minutes, 0 FROM ledger.accounts WHERE kind = 'member' ORDER BY id;
INSERT INTO plain.transfers
    SELECT id, debit_id, credit_id, minutes, kind, effective_on, actor_id, posted_at FROM ledger.transfers;
INSERT INTO plain.entries (account_id, transfer_id, minutes, balance_after)
    SELECT account_id, transfer_id, minutes, balance_after FROM ledger.entries
    ORDER BY posted_at, account_id, version;
"""

_LOCK = "SELECT id, balance, floor FROM plain.accounts WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE"
_TRANSFER = "INSERT INTO plain.transfers VALUES ($1, $2, $3, $4, $5, $6, $7)"
_ENTRIES = """
INSERT INTO plain.entries (account_id, transfer_id, minutes, balance_after)
VALUES ($1, $3, -$4::bigint, $5), ($2, $3, $4, $6)
"""
_BALANCES = """
UPDATE plain.accounts a SET balance = v.balance
FROM (VALUES ($1::uuid, $2::bigint), ($3, $4)) v (id, balance) WHERE a.id = v.id
"""


class Plain:
    """One client, whose statements are prepared once."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def post(self, wish: ledger.Operation) -> int:
        """One transfer, committed; 0 if the floor forbids it."""
        async with self._connection.transaction():
            # The driver keeps what it has prepared, by the statement's text.
            rows = await self._connection.fetch(_LOCK, [wish.debit_id, wish.credit_id])
            balances = {row["id"]: row["balance"] for row in rows}
            floors = {row["id"]: row["floor"] for row in rows}
            debit = balances[wish.debit_id] - wish.minutes
            credit = balances[wish.credit_id] + wish.minutes
            if debit < floors[wish.debit_id]:
                return 0
            sides = (wish.debit_id, wish.credit_id)
            await self._connection.execute(
                _TRANSFER, wish.id, *sides, wish.minutes, wish.kind, wish.effective_on, wish.actor_id
            )
            await self._connection.execute(_ENTRIES, *sides, wish.id, wish.minutes, debit, credit)
            await self._connection.execute(_BALANCES, wish.debit_id, debit, wish.credit_id, credit)
        return 1
