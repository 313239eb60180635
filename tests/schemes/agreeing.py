"""A second person agrees to rules."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from tests.given import World
from timebank.schemes import steps
from timebank.schemes.tables import HousePolicyVersion, SchemePolicyVersion


async def agree(
    db: AsyncSession, world: World, version_id: UUID, *, house: bool = False, now: datetime | None = None
) -> UUID:
    """The other coordinator here does; the same id."""
    table = HousePolicyVersion if house else SchemePolicyVersion
    await steps.approve(db, table, world.here, version_id, by=world.second, now=now or world.now)
    return version_id
