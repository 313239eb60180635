"""The least that could be done: the rows of a posting put into tables with the same columns and keys, unchecked."""

import time
from collections.abc import Sequence
from datetime import datetime

import asyncpg

import ledger

TABLES = ("outcomes", "transfers", "entries")
SCHEMA = "CREATE SCHEMA bare;" + "".join(
    f"CREATE TABLE bare.{table} (LIKE ledger.{table});"
    f"INSERT INTO bare.{table} SELECT * FROM ledger.{table};"
    f"ALTER TABLE bare.{table} ADD PRIMARY KEY ({key});"
    for table, key in zip(TABLES, ("book_id, id", "book_id, id", "book_id, account_id, version"), strict=True)
)
_DIGEST = bytes(32)
_BLINDING = bytes(16)
# As long as the leaf of a visit.
_LEAF = bytes(172)


class Bare:
    """One client. It numbers an account's entries by itself, from far beyond those that are there."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._version = time.time_ns()

    async def insert(self, batch: Sequence[ledger.Operation], now: datetime) -> int:
        """All rows of a batch, committed."""
        outcomes, transfers, entries = [], [], []
        for wish in batch:
            self._version += 1
            version, day, book = self._version, wish.effective_on, wish.book_id
            outcomes.append((book, wish.id, _DIGEST, None, None, None, None, now, None))
            transfers.append((
                book, wish.id, wish.debit_id, wish.credit_id, version, version, wish.minutes, wish.kind, day,
                wish.served_on, now, wish.actor_id, None, False, None, None, _BLINDING, _LEAF,
            ))  # fmt: skip
            for account, minutes in ((wish.debit_id, -wish.minutes), (wish.credit_id, wish.minutes)):
                entries.append((
                    book, account, version, wish.id, minutes, 40_000, 40_000 + minutes, 0, 0, 90_000, 0, day, now,
                ))  # fmt: skip
        async with self._connection.transaction():
            for table, rows in zip(TABLES, (outcomes, transfers, entries), strict=True):
                await self._connection.copy_records_to_table(table, schema_name="bare", records=rows)
        return len(batch)
