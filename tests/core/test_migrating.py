"""The migrations go up, down and up again, and belong to the owner."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from tests.postgres import Database, see
from timebank.core import migrating

EVERYTHING = text("""
SELECT n.nspname, c.relname, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('timebank', 'ledger') AND c.relname NOT LIKE 'alembic_version%'
UNION ALL
SELECT n.nspname, p.proname, 'function' FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname IN ('timebank', 'ledger')
UNION ALL
SELECT 'type', n.nspname, t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname IN ('timebank', 'ledger') AND t.typname NOT LIKE '%alembic_version%'
ORDER BY 1, 2, 3
""")


@pytest.mark.slow
async def test_up_down_and_up_again_ends_where_it_began(fresh_database: Database) -> None:
    url = fresh_database.owner_url
    assert await migrating.current(url) == migrating.newest()
    assert await migrating.pending(url) == []
    before = await _everything(fresh_database)

    await migrating.downgrade(url)
    assert await migrating.current(url) is None
    assert (await migrating.pending(url))[0] == "01_core"
    assert await _everything(fresh_database) == []

    await migrating.upgrade(url)
    assert await migrating.current(url) == migrating.newest()
    assert await _everything(fresh_database) == before


async def test_the_service_may_ask_how_far_the_database_is(fresh_database: Database) -> None:
    assert await migrating.current(fresh_database.service_url) == migrating.newest()


async def test_everything_belongs_to_the_owner_and_nothing_to_the_service(owner: AsyncConnection) -> None:
    owners = await owner.scalars(
        text("""
        SELECT DISTINCT pg_get_userbyid(c.relowner) FROM pg_class c
        WHERE c.relnamespace IN ('timebank'::regnamespace, 'ledger'::regnamespace)
        """)
    )
    assert set(owners) == {"timebank_owner"}


async def test_no_community_is_visible_until_some_are_set(db: AsyncSession) -> None:
    assert await db.scalar(text("SELECT timebank.visible_communities()")) == []


async def test_the_communities_set_are_visible(db: AsyncSession) -> None:
    ids = [UUID(int=1), UUID(int=2)]
    await see(db, *ids)
    assert await db.scalar(text("SELECT timebank.visible_communities()")) == ids
    await see(db)
    assert await db.scalar(text("SELECT timebank.visible_communities()")) == []


async def _everything(database: Database) -> list[tuple[str, str, str]]:
    engine = create_async_engine(database.superuser_url, poolclass=NullPool)
    async with engine.connect() as connection:
        rows = [(row[0], row[1], row[2]) for row in await connection.execute(EVERYTHING)]
    await engine.dispose()
    return rows
