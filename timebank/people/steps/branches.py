"""Writing branches."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import NotFound, Stale
from timebank.core.ids import new_id
from timebank.people import readings
from timebank.people.errors import BranchTaken
from timebank.people.tables import Branch


async def add_branches(
    db: AsyncSession, community_id: UUID, named: Sequence[tuple[UUID, str]], *, now: datetime
) -> None:
    """Several new branches, all checked before."""
    rows = [
        {"id": branch_id, "community_id": community_id, "name": name, "created_at": now}
        for branch_id, name in named
    ]
    if rows:
        await db.execute(insert(Branch), rows)


async def add_branch(
    db: AsyncSession, community_id: UUID, name: str, *, now: datetime, branch_id: UUID | None = None
) -> UUID:
    """A new branch; raises `BranchTaken`."""
    tidied = readings.tidy(name)
    if await db.scalar(select(exists().where(Branch.community_id == community_id, Branch.name == tidied))):
        raise BranchTaken
    made = branch_id or new_id()
    await db.execute(insert(Branch).values(id=made, community_id=community_id, name=tidied, created_at=now))
    return made


async def rename_branch(
    db: AsyncSession, branch_id: UUID, name: str, *, community_id: UUID, seen_name: str
) -> None:
    """Another name for a branch that was seen as `seen_name`; raises `BranchTaken`, `NotFound`, `Stale`."""
    tidied = readings.tidy(name)
    taken = exists().where(Branch.community_id == community_id, Branch.name == tidied, Branch.id != branch_id)
    if await db.scalar(select(taken)):
        raise BranchTaken
    here = (Branch.id == branch_id, Branch.community_id == community_id)
    found = await db.scalar(select(Branch.name).where(*here).with_for_update())
    if found is None:
        raise NotFound
    if found != readings.tidy(seen_name):
        raise Stale
    await db.execute(update(Branch).where(*here).values(name=tidied))
