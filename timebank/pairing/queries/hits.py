"""Which planned visits a changed holiday calendar hits."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core import clock
from timebank.pairing.model import VISITING, Hit
from timebank.pairing.queries.pairs import living_pairs
from timebank.pairing.rules import PLANNED_AHEAD, visit_on
from timebank.pairing.words import FELL_AWAY
from timebank.requests import queries as requests
from timebank.requests.recurrence import queries as recurrence
from timebank.requests.recurrence.model import OnHolidays, TurnState
from timebank.requests.recurrence.rules import turns
from timebank.visits import queries as visits
from timebank.visits.model import Status, VisitView


async def holiday_hits(db: AsyncSession, community_id: UUID, now: datetime) -> list[Hit]:
    """Visits to come that stand on a day off, or were cancelled for a day that is none any more."""
    today = clock.day_of(now)
    pairs = [pair for pair in await living_pairs(db, community_id) if pair.status in VISITING]
    views = await requests.requests(db, {pair.request_id for pair in pairs})
    pausing = [view for view in views.values() if view.wish.on_holidays is OnHolidays.PAUSE]
    series = await recurrence.series(db, community_id, pausing, today)
    if not series:
        return []
    ahead = {
        visit_on(pair, turn.day, turn.from_minute): (pair, turn)
        for pair in pairs
        if pair.request_id in series
        for turn in turns(series[pair.request_id], today, today + PLANNED_AHEAD)
    }
    found = [
        Hit(*ahead[visit.id], visit)
        for visit in (await visits.visits(db, ahead)).values()
        if visit.planned_from and visit.planned_from > now and _hit(visit, ahead[visit.id][1].state)
    ]
    return sorted(found, key=lambda hit: (hit.turn.day, hit.visit.id))


def _hit(visit: VisitView, state: TurnState) -> bool:
    if state is TurnState.HOLIDAY:
        return visit.status is Status.PLANNED
    back = visit.status is Status.CANCELLED and visit.status_reason == FELL_AWAY[TurnState.HOLIDAY]
    return state is TurnState.COMES and back
