"""The database as the sample's history is written: by the owner, who alone may date a posting."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from timebank.core.database import Database
from timebank.core.gather import Gather
from timebank.hours.steps import HISTORY

# Each community writes on a connection of its own.
_POOL = 8


class HistoryDatabase(Database):
    """Like the service's database, but as timebank_owner, and what is posted carries the set clock's time."""

    def __init__(self, owner_url: str) -> None:
        """`owner_url` is a login that may SET ROLE timebank_owner."""
        self.engine = create_async_engine(
            owner_url,
            pool_size=_POOL,
            hide_parameters=True,
            connect_args={
                # All that history says to the database: prepared once, not again for every day.
                "prepared_statement_cache_size": 1_000,
                "server_settings": {
                    "role": "timebank_owner",
                    # Thousands of small commits need not each wait for the disk: the last one of the load,
                    # which says that it is finished, is the service's own, and waits for all before it.
                    "synchronous_commit": "off",
                    "jit": "off",
                },
            },
        )
        self.gather = Gather()
        self._checking = False

    @asynccontextmanager
    async def begin(self, communities: Collection[UUID]) -> AsyncIterator[AsyncSession]:
        """One transaction of the history."""
        async with super().begin(communities) as db:
            db.info[HISTORY] = True
            yield db
