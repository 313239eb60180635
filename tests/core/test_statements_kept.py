"""A connection keeps what the service asks prepared, however many pages a desk looks at in turn."""

from sqlalchemy import text

from tests.postgres import Database as Urls
from timebank.core.database import STATEMENTS_KEPT, Database


async def test_what_the_service_asks_stays_prepared(database: Urls) -> None:
    made = Database(database.service_url, pool_size=1)
    try:
        async with made.begin(()) as db:
            for n in range(STATEMENTS_KEPT // 2):
                await (await db.connection()).exec_driver_sql(f"SELECT {n}")
            assert await db.scalar(text("SELECT count(*) FROM pg_prepared_statements")) > STATEMENTS_KEPT // 2
    finally:
        await made.close()
