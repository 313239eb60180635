"""Reading what a helper could volunteer for, and what came of it."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from matching import Choice, Look, Reason, looks
from timebank.core import clock
from timebank.core.lists import PAGE_ROWS_MAX
from timebank.pairing.problem import Facts, problem_of
from timebank.pairing.queries.facts import facts, waiting_requests
from timebank.pairing.queries.pairs import living_pairs
from timebank.pairing.queries.proposals import crews
from timebank.pairing.rules import FELL_THROUGH, first_day
from timebank.pairing.volunteering import queries as volunteering
from timebank.pairing.volunteering import rules
from timebank.pairing.volunteering.model import NOT_CHOSEN, Nearby, Volunteered, Volunteering
from timebank.requests import queries as requests
from timebank.requests.model import RequestView
from timebank.visits import queries as visits


def could_go(read: Facts, member_id: UUID) -> list[Nearby]:
    """The requests that one helper could go to and has not volunteered for, the nearest first.

    What is `read` was read for this helper alone.
    """
    problem = problem_of(read)
    if not problem.helpers:
        return []
    views = {view.id: view for view in read.requests}
    wanted = {Choice(one.id, member_id) for one in problem.requests} - read.volunteers
    found = [_nearby(read, views[look.request], look) for look in looks(problem, wanted) if not look.reasons]
    return sorted(found, key=rules.in_order)


async def volunteered(
    db: AsyncSession, community_id: UUID, member_id: UUID, now: datetime
) -> list[Volunteered]:
    """What a member volunteered for lately, and what came of it; who was not chosen is told for two weeks."""
    today = clock.day_of(now)
    counts = rules.counts_since(today)
    said = await volunteering.volunteered_by(db, member_id, counts - rules.TOLD)
    if not said:
        return []
    views = await requests.requests(db, [one.request_id for one in said])
    seats = await crews(db, list(views.values()))
    goes_to = await _goes_to(db, community_id, member_id)
    found: list[Volunteered] = []
    for one in said:
        view = views[one.request_id]
        crew = seats[view.id]
        came, proposal_id = rules.outcome(view, crew, goes_to, member_id)
        told = (
            now - rules.decided_at(view, crew) < rules.TOLD if came in NOT_CHOSEN else one.said_at >= counts
        )
        if told:
            glimpse = rules.glimpse(view, first_day(today))
            found.append(Volunteered(glimpse, came, one.said_at, proposal_id))
    return found


async def volunteers_waiting(db: AsyncSession, community_id: UUID, today: date) -> list[Volunteering]:
    """Who volunteered for what still waits for somebody, the first first."""
    said = await volunteering.volunteers(db, community_id, rules.counts_since(today))
    if not said:
        return []
    waiting = {one.id for one in await waiting_requests(db, community_id, today)}
    found = [one for request, each in said.items() if request in waiting for one in each]
    return sorted(found, key=lambda one: (one.said_at, one.id))


async def hindered(
    db: AsyncSession, community_id: UUID, today: date, said: Collection[Volunteering]
) -> dict[Choice, Reason]:
    """Of those who volunteered, who cannot go as things stand now, and every reason."""
    if not said:
        return {}
    wanted = [Choice(one.request_id, one.member_id) for one in said]
    read = await facts(
        db,
        community_id,
        today,
        request_ids={one.request for one in wanted},
        helper_ids={one.helper for one in wanted},
    )
    problem = problem_of(read)
    helpers, posed = {one.id for one in problem.helpers}, {one.id for one in problem.requests}
    gone = {one: Reason.STATUS for one in wanted if one.helper not in helpers}
    here = [one for one in wanted if one.helper in helpers and one.request in posed]
    seen = looks(problem, here) if here else ()
    return gone | {Choice(one.request, one.helper): one.reasons for one in seen if one.reasons}


def _nearby(read: Facts, view: RequestView, look: Look) -> Nearby:
    return Nearby(
        glimpse=rules.glimpse(view, read.on, read.crews.get(view.id)),
        near=rules.near_of(look.metres),
        # `on` is tomorrow.
        waiting_days=max(0, (read.on - clock.day_of(view.published_at or view.created_at)).days - 1),
    )


async def _goes_to(db: AsyncSession, community_id: UUID, member_id: UUID) -> set[UUID | None]:
    """The requests of whose visits or pair a member is the helper."""
    lately = (await visits.list_visits(db, community_id, member_id=member_id, limit=PAGE_ROWS_MAX)).rows
    pairs = await living_pairs(db, community_id, member_id=member_id)
    coming = {one.request_id for one in lately if one.status not in FELL_THROUGH}
    return coming | {pair.request_id for pair in pairs}
