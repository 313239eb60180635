"""One import in a process of its own, which a test may kill: url, community, staff, import, digest."""

import asyncio
import sys
from dataclasses import replace
from uuid import UUID

from tests.given import World
from timebank.core.database import Database
from timebank.membership import importing


async def main(url: str, community: str, staff: str, import_id: str, digest: str) -> None:
    """Apply it."""
    database = Database(url)
    world = replace(World(database), here=UUID(community))
    await importing.bring_in(
        await world.call(UUID(staff)),
        community_id=world.here,
        import_id=UUID(import_id),
        digest=digest,
    )
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
