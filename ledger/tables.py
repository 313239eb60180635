"""The ledger's tables, for reading. `sql/` says what they are; nothing is written through these."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, LargeBinary, MetaData, Table, Text, Uuid

metadata = MetaData(schema="ledger")

accounts = Table(
    "accounts",
    metadata,
    Column("book_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("kind", Text),
    Column("balance_minutes", BigInteger),
    Column("held_minutes", BigInteger),
    Column("floor_minutes", BigInteger),
    Column("ceiling_minutes", BigInteger),
    Column("relief_minutes", BigInteger),
    Column("version", BigInteger),
    Column("opened_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    Column("clears_with", Uuid),
)

transfers = Table(
    "transfers",
    metadata,
    Column("book_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("debit_id", Uuid),
    Column("credit_id", Uuid),
    Column("debit_version", BigInteger),
    Column("credit_version", BigInteger),
    Column("minutes", BigInteger),
    Column("kind", Text),
    Column("effective_on", Date),
    Column("served_on", Date),
    Column("posted_at", DateTime(timezone=True)),
    Column("actor_id", Uuid),
    Column("reverses", Uuid),
    Column("forced", Boolean),
    Column("reason", Text),
    Column("evidence", LargeBinary),
)

holds = Table(
    "holds",
    metadata,
    Column("book_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("debit_id", Uuid),
    Column("credit_id", Uuid),
    Column("minutes", BigInteger),
    Column("kind", Text),
    Column("expires_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True)),
    Column("actor_id", Uuid),
    Column("reason", Text),
    Column("open", Boolean),
)

hold_ends = Table(
    "hold_ends",
    metadata,
    Column("book_id", Uuid, primary_key=True),
    Column("hold_id", Uuid, primary_key=True),
    Column("how", Text),
    Column("captured_minutes", BigInteger),
    Column("operation_id", Uuid),
    Column("actor_id", Uuid),
    Column("reason", Text),
    Column("ended_at", DateTime(timezone=True)),
)

entries = Table(
    "entries",
    metadata,
    Column("book_id", Uuid, primary_key=True),
    Column("account_id", Uuid, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("transfer_id", Uuid),
    Column("minutes", BigInteger),
    Column("balance_before", BigInteger),
    Column("balance_after", BigInteger),
    Column("held_minutes", BigInteger),
    Column("floor_minutes", BigInteger),
    Column("ceiling_minutes", BigInteger),
    Column("relief_minutes", BigInteger),
    Column("effective_on", Date),
    Column("posted_at", DateTime(timezone=True)),
)

periods = Table(
    "periods",
    metadata,
    Column("book_id", Uuid, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("state", Text),
    Column("closing_at", DateTime(timezone=True)),
    Column("closing_by", Uuid),
    Column("closed_at", DateTime(timezone=True)),
    Column("closed_by", Uuid),
)

closing_balances = Table(
    "closing_balances",
    metadata,
    Column("book_id", Uuid, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("account_id", Uuid, primary_key=True),
    Column("debit_minutes", BigInteger),
    Column("credit_minutes", BigInteger),
    Column("balance_minutes", BigInteger),
    Column("last_version", BigInteger),
    Column("later_version", BigInteger),
)
