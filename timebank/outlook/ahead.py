"""Looking ahead: read in one transaction, played through in a thread outside any, so that other desks do not wait."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from timebank.access.guard import Call
from timebank.outlook import assuming, service
from timebank.outlook.projecting import Assumptions, Projection, project
from timebank.outlook.schemas import Otherwise


@dataclass(frozen=True)
class Ahead:
    """What the next years may come to, what that rests on, and what the last twelve months alone would say."""

    projection: Projection
    assumptions: Assumptions
    as_last_year: Assumptions


async def look_ahead(call: Call, *, community_id: UUID, otherwise: Otherwise) -> Ahead:
    """Play the next years through, as last year went where nobody says otherwise."""
    found = await service.survey(call, community_id=community_id)
    as_last_year = assuming.assumed(found)
    given = otherwise.instead_of(as_last_year)
    projection = await asyncio.to_thread(project, assuming.people(found), given)
    return Ahead(projection, given, as_last_year)
