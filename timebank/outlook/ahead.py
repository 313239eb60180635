"""Looking ahead: read in one transaction, played through in a thread outside any, so that other desks do not wait."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from timebank.access.guard import Call
from timebank.outlook import assuming, service
from timebank.outlook.model import Standing
from timebank.outlook.projecting import Assumptions, Projection, project
from timebank.outlook.schemas import Otherwise


@dataclass(frozen=True)
class Ahead:
    """How it stands, what the next years may come to, on what that rests, and what last year alone would say."""

    standing: Standing
    projection: Projection
    assumptions: Assumptions
    as_last_year: Assumptions


async def look_ahead(call: Call, *, community_id: UUID, otherwise: Otherwise) -> Ahead:
    """Play the next years through, as last year went where nobody says otherwise."""
    standing = await service.standing(call, community_id=community_id)
    as_last_year = assuming.assumed(standing.survey)
    given = otherwise.instead_of(as_last_year)
    projection = await asyncio.to_thread(project, assuming.people(standing.survey), given)
    return Ahead(standing, projection, given, as_last_year)
