"""One bit, changed in any column of what the books stand on, is found by the next run, which names the row."""

from collections.abc import AsyncIterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from tests.audit.given import Month, without_guards
from tests.given import NOW, World
from tests.postgres import Database, clone, see
from timebank.audit import comparing
from timebank.audit.checks import CHECKS
from timebank.audit.model import CheckState, Difference
from timebank.core import clock
from timebank.core.database import Database as RealDatabase

TABLES = ("entries", "transfers", "holds", "checkpoints")
# When a checkpoint was recorded is not in its note, so nothing says that it was another moment.
UNSIGNED = {"checkpoints.made_at"}
# The value with one bit changed, by its type.
FLIPPED = {
    "bigint": "{0} # 1048576",
    "integer": "{0} # 1048576",
    "boolean": "NOT {0}",
    "bytea": "set_bit({0}, 77, 1 - get_bit({0}, 77))",
    "date": "DATE '2000-01-01' + (({0} - DATE '2000-01-01') # 4)",
    "text": "overlay({0} PLACING chr(ascii(substr({0}, 3)) # 1) FROM 3 FOR 1)",
    "timestamp with time zone": (
        "TIMESTAMPTZ '2000-01-01 00:00:00+00' + make_interval(secs => "
        "((extract(epoch FROM {0} - TIMESTAMPTZ '2000-01-01 00:00:00+00') * 1000000)::bigint # 1) / 1000000.0)"
    ),
    "uuid": "encode(set_bit(uuid_send({0}), 77, 1 - get_bit(uuid_send({0}), 77)), 'hex')::uuid",
}
COLUMNS = text("""
    SELECT table_name, column_name, data_type FROM information_schema.columns
    WHERE table_schema = 'ledger' AND table_name = ANY (:tables) ORDER BY table_name, ordinal_position
""")


@pytest.fixture(scope="module")
async def sql(template: Database) -> AsyncIterator[tuple[AsyncConnection, Month]]:
    """A month with holds, signed three times; and somebody who may do anything to it."""
    async with clone(template) as database:
        real = RealDatabase(database.service_url, checking=True)
        with clock.set_to(NOW):
            month = await Month(await World(real).settle_in()).happen()
            await month.set_aside()
            key = Ed25519PrivateKey.generate()
            await month.prove(key)
            for _ in range(2):
                await month.give_often(1)
                await month.prove(key)
        await real.close()
        engine = create_async_engine(database.superuser_url, poolclass=NullPool)
        async with engine.connect() as made, made.begin() as transaction:
            await without_guards(made)
            # Else it would be made anew, to fit what was changed.
            await made.execute(text("ALTER TABLE ledger.transfers ALTER COLUMN leaf DROP EXPRESSION"))
            await see(made, month.here)
            yield made, month
            await transaction.rollback()
        await engine.dispose()


async def _found(sql: AsyncConnection, month: Month) -> list[Difference]:
    db = AsyncSession(sql, join_transaction_mode="create_savepoint")
    comparison = await comparing.compare(db, month.here, CHECKS, cut_off_at=NOW)
    await db.close()
    assert not [one.problem for one in comparison.checks if one.state is CheckState.UNCHECKED]
    return [named.difference for one in comparison.checks for named in one.differences]


async def _flip(sql: AsyncConnection, table: str, column: str, kind: str) -> dict[str, object]:
    """Change a bit of a value, in a row that has one; the row as it was."""
    changed = await sql.execute(
        text(f"""
            WITH chosen AS (
                SELECT * FROM ledger.{table} WHERE {column} IS NOT NULL AND book_id = :book ORDER BY 2, 3 LIMIT 1
            )
            UPDATE ledger.{table} t SET {column} = {FLIPPED[kind].format(f"t.{column}")}
            FROM chosen WHERE t.* IS NOT DISTINCT FROM chosen.*
            RETURNING chosen.*
        """),
        {"book": (await sql.execute(text("SELECT ledger.visible_books()"))).scalar_one()[0]},
    )
    return dict(changed.mappings().one())


def _names(difference: Difference, table: str, row: dict[str, object]) -> bool:
    if table == "checkpoints":
        return difference.check == "checkpoint_holds"
    return bool({difference.transfer_id, difference.account_id} & set(row.values()))


@pytest.mark.slow(8)
async def test_a_bit_in_any_column_is_found(sql: tuple[AsyncConnection, Month]) -> None:
    connection, month = sql
    assert await _found(connection, month) == []
    columns = (await connection.execute(COLUMNS, {"tables": list(TABLES)})).all()
    assert {table for table, _, _ in columns} == set(TABLES)
    unseen = set()
    for table, column, kind in columns:
        async with connection.begin_nested() as deed:
            row = await _flip(connection, table, column, kind)
            if not any(_names(one, table, row) for one in await _found(connection, month)):
                unseen.add(f"{table}.{column}")
            await deed.rollback()
    assert unseen == UNSIGNED
