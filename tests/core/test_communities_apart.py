"""As the service's login at the database itself: somebody of one community against each row of another."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from tests import postgres
from tests.access.copies import prepared_in
from tests.core.test_row_level_security import EXEMPT
from tests.postgres import Database

pytestmark = pytest.mark.slow

# A right that is missing, or row-level security: both are this.
NOT_ALLOWED = "42501"
_APART = text("""
SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name, column_name FROM information_schema.columns
WHERE table_schema IN ('timebank', 'ledger') AND column_name IN ('community_id', 'book_id')
  AND EXISTS (SELECT FROM pg_tables t WHERE t.schemaname = table_schema AND t.tablename = table_name)
ORDER BY 1
""")
_WRITABLE = text("""
SELECT quote_ident(attname) FROM pg_attribute
WHERE attrelid = cast(:name AS regclass) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
""")


@dataclass(frozen=True)
class Apart:
    """A table whose rows belong to one community each."""

    name: str
    column: str


@dataclass
class Logins:
    """The prepared district as its owner sees it, and as the service does that sees only the other community."""

    owner: AsyncConnection
    service: AsyncConnection
    here: UUID
    there: UUID

    async def tables(self) -> list[Apart]:
        """Every table that is to be kept apart, from the catalogue."""
        found = (await self.owner.execute(_APART)).all()
        return [Apart(name, column) for name, column in found if name not in EXEMPT]

    async def there_only(self, statement: str, **values: object) -> tuple[str | None, int]:
        """What a statement comes to: the error's SQLSTATE, and how many rows it read or changed."""
        async with self.service.begin_nested() as undone:
            await postgres.see(self.service, self.there)
            try:
                done = await self.service.execute(text(statement), values)
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                await undone.rollback()
                return state, 0
            count = done.rowcount
            await undone.rollback()
            return None, count


@pytest.fixture(scope="module")
async def logins(template: Database) -> AsyncIterator[Logins]:
    """Both connections to one prepared district."""
    async with prepared_in(template) as (prepared, made):
        world = prepared.world
        owning = create_async_engine(made.owner_url, poolclass=NullPool)
        serving = create_async_engine(made.service_url, poolclass=NullPool)
        async with owning.connect() as owner, serving.connect() as service, service.begin():
            await owner.execute(text("SET ROLE timebank_owner"))
            yield Logins(owner, service, world.here, world.there)
        await owning.dispose()
        await serving.dispose()


async def test_the_other_community_has_a_row_in_every_table(logins: Logins) -> None:
    tables = await logins.tables()
    assert len(tables) > 30
    empty = [
        table.name
        for table in tables
        if not await logins.owner.scalar(
            text(f"SELECT count(*) FROM {table.name} WHERE {table.column} = :here"), {"here": logins.here}
        )
    ]
    assert empty == [], (
        "let tests/access/prepared.py make a row of these, so that there is something to refuse"
    )


async def test_its_rows_are_neither_read_nor_changed_nor_removed(logins: Logins) -> None:
    wrong = []
    for table in await logins.tables():
        where = f"WHERE {table.column} = :here"
        for statement in (
            f"SELECT 1 FROM {table.name} {where}",
            f"UPDATE {table.name} SET {table.column} = {table.column} {where}",
            f"DELETE FROM {table.name} {where}",
        ):
            state, count = await logins.there_only(statement, here=logins.here)
            if count or state not in (None, NOT_ALLOWED):
                wrong.append((statement, state, count))
    assert wrong == []


async def test_no_row_is_written_into_it(logins: Logins) -> None:
    """A copy of its own first row, so that nothing but the right to it is missing."""
    wrong = []
    for table in await logins.tables():
        row = await logins.owner.scalar(
            text(f"SELECT to_jsonb(t)::text FROM {table.name} t WHERE {table.column} = :here LIMIT 1"),
            {"here": logins.here},
        )
        columns = ", ".join((await logins.owner.scalars(_WRITABLE, {"name": table.name})).all())
        statement = f"""
            INSERT INTO {table.name} ({columns}) OVERRIDING SYSTEM VALUE
            SELECT {columns} FROM jsonb_populate_record(NULL::{table.name}, cast(:row AS jsonb))
        """
        state, count = await logins.there_only(statement, row=row)
        if state != NOT_ALLOWED:
            wrong.append((table.name, state, count))
    assert wrong == []


async def test_no_row_of_ones_own_is_given_to_it(logins: Logins) -> None:
    """An UPDATE that would move a row across is refused too, where rows may be changed at all."""
    wrong = []
    for table in await logins.tables():
        statement = f"UPDATE {table.name} SET {table.column} = :here"
        state, count = await logins.there_only(statement, here=logins.here)
        if count or state not in (None, NOT_ALLOWED):
            wrong.append((table.name, state, count))
    assert wrong == []
