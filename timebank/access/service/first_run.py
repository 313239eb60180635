"""The first run: a one-time code, and what it founds."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries, steps
from timebank.access.errors import SetupClosed
from timebank.access.guard import EVERYWHERE, Act, use_case
from timebank.access.secrets import digest
from timebank.access.tables import Setup
from timebank.core.actor import Role


@use_case(who={Role.NOBODY}, where=EVERYWHERE)
async def offer_setup(db: AsyncSession, act: Act, *, code: str) -> None:
    """Let the first run be done with this one-time code; earlier codes end. Raises `SetupClosed`."""
    if not await queries.is_empty(db):
        raise SetupClosed
    await steps.note_setup(db, code=code)


@use_case(who={Role.NOBODY}, where=EVERYWHERE)
async def set_up(
    db: AsyncSession,
    act: Act,
    *,
    code: str,
    district: str,
    town: str,
    community: str,
    name: str,
    user_name: str,
    password: str,
) -> UUID:
    """The first run: a district, a town, a community, and its first coordinator. Raises `SetupClosed`."""
    row = await db.scalar(select(Setup).with_for_update())
    fits = row is not None and row.code_hash == digest(code) and row.used_at is None
    if not fits or not await queries.is_empty(db):
        raise SetupClosed
    return await steps.found(
        db,
        now=act.now,
        district=district,
        town=town,
        community=community,
        name=name,
        user_name=user_name,
        password=password,
    )
