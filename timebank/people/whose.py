"""Whose community a use case concerns: that of the member it names."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import NotFound
from timebank.people import queries


async def home(db: AsyncSession, arguments: dict[str, Any]) -> UUID:
    """The community of the member concerned; `NotFound` where it isn't the one that was named."""
    member = await queries.member(db, arguments["member_id"])
    named = arguments.get("community_id")
    if named is not None and named != member.community_id:
        raise NotFound
    return member.community_id
