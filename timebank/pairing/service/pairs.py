"""Use cases of standing pairs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, Arguments, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import NotFound
from timebank.core.lists import Page
from timebank.core.provenance import Provenance
from timebank.pairing import queries, rules
from timebank.pairing.model import PairStatus, PairView
from timebank.pairing.service.rounds import DESK, READERS, RUNNERS
from timebank.pairing.steps import pairs as steps
from timebank.pairing.views import PairPage, PairRow, PlannedAhead
from timebank.people import queries as people
from timebank.requests import queries as requests
from timebank.visits import queries as visits
from timebank.visits import steps as visit_steps
from timebank.visits.model import Status as VisitStatus

_BEFORE_VISIT = (VisitStatus.PLANNED,)


async def _both(db: AsyncSession, arguments: Arguments) -> Sequence[UUID]:
    pair = await queries.pair(db, arguments["pair_id"])
    return [pair.helper_id, pair.recipient_id]


@reading(who=READERS, where="community_id")
async def list_pairs(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    statuses: Sequence[PairStatus] = queries.LIVING,
    after: str | None = None,
) -> Page[PairRow]:
    """Pairs with their people and next visits, the newest first."""
    found = await queries.list_pairs(db, community_id, statuses=statuses, after=after)
    return Page(await _rows(db, act, found.rows), found.after)


@reading(who=READERS, where="community_id")
async def pair_page(db: AsyncSession, act: Act, *, community_id: UUID, pair_id: UUID) -> PairPage:
    """One pair with its visits; raises `NotFound`."""
    pair = await queries.pair(db, pair_id)
    if pair.community_id != community_id:
        raise NotFound
    made = (await visits.list_visits(db, community_id, pair_id=pair_id, limit=100)).rows
    to_come = [visit for visit in made if visit.planned_from and visit.planned_from > act.now]
    return PairPage(
        row=(await _rows(db, act, [pair]))[0],
        request=await requests.request(db, pair.request_id),
        to_come=to_come[::-1],
        past=[visit for visit in made if visit not in to_come],
    )


@reading(who={Role.MEMBER}, where="community_id", on_behalf="member_id")
async def my_pairs(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> list[PairRow]:
    """The living pairs of a member."""
    return await _rows(db, act, await queries.living_pairs(db, community_id, member_id=member_id))


@use_case(who=DESK, where="community_id", on_behalf=_both)
async def confirm_pair(
    db: AsyncSession, act: Act, *, community_id: UUID, pair_id: UUID, version: int
) -> PairView:
    """The trial went well. Raises `NotFound`, `Stale`, `PairMoved`."""
    pair = await steps.locked(db, community_id, pair_id, version=version)
    return await steps.confirm(db, pair, now=act.now)


@use_case(who=DESK, where="community_id", on_behalf=_both)
async def pause_pair(
    db: AsyncSession, act: Act, *, community_id: UUID, pair_id: UUID, version: int
) -> PairView:
    """No visits for a while: those to come fall away. Raises `NotFound`, `Stale`, `PairMoved`."""
    pair = await steps.locked(db, community_id, pair_id, version=version)
    return await steps.pause(db, pair, by=act.actor.id, now=act.now, note=act.reason)


@use_case(who=DESK, where="community_id", on_behalf=_both)
async def resume_pair(
    db: AsyncSession, act: Act, *, community_id: UUID, pair_id: UUID, version: int
) -> PairView:
    """Visits again. Raises `NotFound`, `Stale`, `PairMoved`."""
    pair = await steps.locked(db, community_id, pair_id, version=version)
    return await steps.resume(db, pair, by=act.actor.id, provenance=Provenance.DESK, now=act.now)


@use_case(who=DESK, where="community_id", on_behalf=_both)
async def end_pair(
    db: AsyncSession, act: Act, *, community_id: UUID, pair_id: UUID, version: int, look_again: bool
) -> PairView:
    """End a pair, with thanks; `look_again`: its request waits for somebody else.

    The call's reason is kept. Raises `NotFound`, `Stale`, `PairMoved`.
    """
    pair = await steps.locked(db, community_id, pair_id, version=version)
    return await steps.end(db, pair, by=act.actor.id, now=act.now, note=act.reason, look_again=look_again)


@use_case(who=RUNNERS, where="community_id")
async def plan_pairs(db: AsyncSession, act: Act, *, community_id: UUID) -> PlannedAhead:
    """Plan the next weeks of every pair that is not paused.

    A visit whose minutes can't be set aside is left out, and costs the others nothing: the next night asks again.
    """
    days = await steps.days_ahead(db, await queries.living_pairs(db, community_id), now=act.now)
    fit = await visit_steps.affordable(db, community_id, days, now=act.now)
    made = await visit_steps.plan(db, fit, provenance=Provenance.SYSTEM, created_by=act.actor.id, now=act.now)
    return PlannedAhead(len(made), len(days) - len(fit))


async def _rows(db: AsyncSession, act: Act, found: Sequence[PairView]) -> list[PairRow]:
    if not found:
        return []
    both = {who for pair in found for who in (pair.helper_id, pair.recipient_id)}
    persons = await people.members(db, both)
    ahead = await visits.between(
        db, found[0].community_id, act.today, act.today + rules.PLANNED_AHEAD, member_ids=both
    )
    coming = {
        visit.pair_id: visit.served_on
        for visit in reversed(ahead)
        if visit.status in _BEFORE_VISIT and visit.planned_from and visit.planned_from > act.now
    }
    return [
        PairRow(pair, persons[pair.helper_id], persons[pair.recipient_id], coming.get(pair.id))
        for pair in found
    ]
