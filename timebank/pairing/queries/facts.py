"""Reading everything that a round is decided from."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from matching import Choice
from timebank.core import clock
from timebank.pairing.model import Crew, Occasion
from timebank.pairing.problem import DAYS_AHEAD, Facts
from timebank.pairing.queries.pairs import living_pairs
from timebank.pairing.queries.proposals import crews, declined_since, open_proposals
from timebank.pairing.rules import COOL_DOWN, LATELY, first_day
from timebank.pairing.volunteering import queries as volunteering
from timebank.pairing.volunteering.rules import counts_since
from timebank.people import queries as people
from timebank.people.model import RECEIVING
from timebank.requests import queries as requests
from timebank.requests.model import RequestView
from timebank.requests.offers import queries as offers
from timebank.schemes import queries as schemes
from timebank.schemes.model import SchemeKind, SchemePolicy
from timebank.schemes.rules import in_force, served_is_paid_for
from timebank.visits import queries as visits
from timebank.visits.model import VisitView
from timebank.visits.rules import planned_minutes, week_of


async def waiting_requests(
    db: AsyncSession, community_id: UUID, today: date, *, scheme_id: UUID | None = None
) -> list[RequestView]:
    """Published requests with a seat for which nobody is being asked, the oldest first.

    Those of mentors' schemes are in no round but their scheme's own.
    """
    found = await requests.open_for_matching(db, community_id, first_day(today))
    asked = {one.request_id for one in await open_proposals(db, community_id)}
    several = await crews(db, [one for one in found if one.wish.helpers > 1])
    apart = await _mentoring(db, community_id) - {scheme_id}
    return [
        one
        for one in found
        if (several[one.id].free if one.id in several else one.id not in asked)
        and (scheme_id is None or one.wish.scheme_id == scheme_id)
        and one.wish.scheme_id not in apart
    ]


async def facts(
    db: AsyncSession,
    community_id: UUID,
    today: date,
    *,
    scheme_id: UUID | None = None,
    request_ids: Collection[UUID] | None = None,
    helper_ids: Collection[UUID] | None = None,
) -> Facts:
    """What a round of today is decided from: of a scheme, of these requests, or of all that wait.

    Named requests are read whatever their state, so that a round can be looked at again. With `helper_ids` these
    helpers alone are read, which is enough to look at them and not to decide a round.
    """
    on = first_day(today)
    if request_ids is None:
        wanted = await waiting_requests(db, community_id, today, scheme_id=scheme_id)
    else:
        wanted = list((await requests.requests(db, request_ids)).values())
    policies = await _policies(db, {one.wish.scheme_id for one in wanted}, on)
    recipients = await people.members(db, {one.member_id for one in wanted})
    here = [
        one
        for one in wanted
        if one.wish.scheme_id in policies
        and recipients[one.member_id].status in RECEIVING
        and served_is_paid_for(policies[one.wish.scheme_id].payer, recipients[one.member_id].status)
    ]
    candidates = await people.candidates(db, community_id, helper_ids)
    ahead = await visits.between(db, community_id, on, on + timedelta(days=DAYS_AHEAD), member_ids=helper_ids)
    before = await visits.between(db, community_id, today - LATELY, today, member_ids=helper_ids)
    met = await visits.met(db, community_id, helper_ids)
    stable = await _mentoring(db, community_id)
    cooling = await declined_since(db, community_id, clock.midnight(today - COOL_DOWN))
    return Facts(
        community_id=community_id,
        on=on,
        requests=tuple(here),
        recipients=recipients,
        helpers=tuple(candidates),
        policies=policies,
        apart=tuple(await people.do_not_pair(db, community_id)),
        met={two: meetings.count for two, meetings in met.items()},
        booked=_booked(ahead),
        pairs=tuple(await living_pairs(db, community_id)),
        proposals=tuple(await open_proposals(db, community_id)),
        declined=frozenset(Choice(request, helper) for request, helper in cooling),
        minutes_planned=_fullest_week([*before, *ahead], on),
        visits_lately=Counter(one.helper_id for one in before),
        offers=await offers.standing(db, community_id, on),
        volunteers=await _volunteers(db, community_id, today, here),
        crews=await _crews(db, community_id, on, here),
        mentoring=bool(here) and all(one.wish.scheme_id in stable for one in here),
    )


async def _mentoring(db: AsyncSession, community_id: UUID) -> set[UUID | None]:
    known = await schemes.schemes(db, community_id)
    return {scheme.id for scheme in known if scheme.kind is SchemeKind.MENTORING}


async def _volunteers(
    db: AsyncSession, community_id: UUID, today: date, wanted: Collection[RequestView]
) -> frozenset[Choice]:
    said = await volunteering.volunteers(
        db, community_id, counts_since(today), request_ids=[one.id for one in wanted]
    )
    return frozenset(Choice(one.request_id, one.member_id) for each in said.values() for one in each)


async def _crews(
    db: AsyncSession, community_id: UUID, on: date, wanted: Collection[RequestView]
) -> dict[UUID, Crew]:
    """The crews of requests for several, of all that are published, since their helpers are spoken for."""
    published = await requests.open_for_matching(db, community_id, on)
    several = {one.id: one for one in (*published, *wanted) if one.wish.helpers > 1}
    return await crews(db, list(several.values()))


async def _policies(db: AsyncSession, scheme_ids: Collection[UUID], on: date) -> dict[UUID, SchemePolicy]:
    versions = await schemes.scheme_policies(db, scheme_ids)
    found = {scheme_id: in_force(versions[scheme_id], on) for scheme_id in scheme_ids}
    return {scheme_id: dated.content for scheme_id, dated in found.items() if dated is not None}


def _booked(ahead: Collection[VisitView]) -> dict[UUID, tuple[Occasion, ...]]:
    found: dict[UUID, list[Occasion]] = defaultdict(list)
    for one in ahead:
        minutes = planned_minutes(one)
        if one.planned_from is None or not minutes:
            continue
        local = one.planned_from.astimezone(clock.zone())
        begin = local.hour * 60 + local.minute
        found[one.helper_id].append(Occasion(local.date(), begin, minutes))
    return {helper: tuple(occasions) for helper, occasions in found.items()}


def _fullest_week(known: Collection[VisitView], on: date) -> dict[UUID, int]:
    """Each helper's minutes in the fullest of the weeks from that of `on`."""
    weeks: Counter[tuple[UUID, date]] = Counter()
    for one in known:
        if one.served_on >= week_of(on):
            minutes = one.confirmed or one.claimed
            weeks[one.helper_id, week_of(one.served_on)] += (
                minutes.minutes if minutes else planned_minutes(one) or 0
            )
    fullest: dict[UUID, int] = {}
    for (helper, _), total in weeks.items():
        fullest[helper] = max(total, fullest.get(helper, 0))
    return fullest
