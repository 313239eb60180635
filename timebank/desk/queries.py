"""Reads down into the rooms and concatenates; decides nothing."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.access.incapacity import queries as incapacity
from timebank.activities import queries as activities
from timebank.audit import queries as audit
from timebank.audit.model import FindingState
from timebank.care.contacts import queries as contacts
from timebank.care.occasions import queries as occasions
from timebank.care.plans import queries as plans
from timebank.care.profile import queries as profiles
from timebank.core import clock, tables
from timebank.core.errors import NotFound
from timebank.core.lists import Page, cut, decode
from timebank.desk.model import Home, PersonPage, Today, Waiting
from timebank.desk.rules import people_in, tasks
from timebank.hours import queries as hours
from timebank.hours.gifts import queries as gifts
from timebank.hours.model import Balance
from timebank.membership.deaths import queries as deaths
from timebank.membership.joining import queries as joining
from timebank.membership.retirement import queries as retirement
from timebank.pairing import queries as pairing
from timebank.pairing.keeping import queries as keeping
from timebank.pairing.volunteering.model import NOT_CHOSEN
from timebank.people import queries as people
from timebank.people.delegates import queries as delegates
from timebank.people.kin import queries as kin
from timebank.people.model import Brief, MemberView
from timebank.people.trainings import queries as trainings
from timebank.requests import queries as requests
from timebank.requests.model import Status as RequestStatus
from timebank.schemes import queries as schemes
from timebank.visits import queries as visits
from timebank.visits.model import Status as VisitStatus
from timebank.visits.rules import planned_minutes, week_of

LOOK_AHEAD = timedelta(days=14)
LOOK_BACK = timedelta(days=400)
ACTS_SHOWN = 50
GIFTS_SHOWN = 5


async def today(db: AsyncSession, community_id: UUID, now: datetime) -> Today:
    """The page of today for one community."""
    day = clock.day_of(now)
    waiting = await _waiting(db, community_id, now)
    todays = await visits.today(db, community_id, day)
    monday = week_of(day)
    week = await visits.between(db, community_id, monday, monday + timedelta(days=6))
    load = {monday + timedelta(days=n): 0 for n in range(7)}
    for visit in week:
        load[visit.served_on] += planned_minutes(visit) or 0
    runs = await audit.last_finished(db, [community_id])
    counts = await requests.count_by_status(db, community_id)
    return Today(
        tasks=tasks(waiting),
        visits=todays,
        people=dict(waiting.people) | await people.briefs(db, people_in(todays)),
        week=list(load.items()),
        run=runs.get(community_id),
        findings=waiting.findings,
        counts={
            "published": counts.get(RequestStatus.PUBLISHED, 0),
            "submitted": counts.get(RequestStatus.SUBMITTED, 0),
        },
        activities=await activities.on_day(db, community_id, day),
    )


async def _waiting(db: AsyncSession, community_id: UUID, now: datetime) -> Waiting:
    day = clock.day_of(now)
    due_requests = await requests.due(db, community_id, now)
    due_visits = await visits.due(db, community_id, now)
    ahead = await visits.between(db, community_id, day, day + LOOK_AHEAD)
    planned = [visit for visit in ahead if visit.status is VisitStatus.PLANNED]
    proposals = await pairing.open_proposals(db, community_id)
    trials = await pairing.trials_over(db, community_id, day)
    hits = await pairing.holiday_hits(db, community_id, now)
    volunteers = await pairing.volunteers_waiting(db, community_id, day)
    neglected = await keeping.neglected(db, community_id, day)
    named = people_in(each.visit for each in due_visits) | people_in(planned)
    named |= {request.member_id for request in due_requests} | {one.member_id for one in volunteers}
    named |= {member for pair in trials for member in (pair.helper_id, pair.recipient_id)}
    named |= {who for one in neglected for who in (one.pair.helper_id, one.pair.recipient_id)}
    counts = await audit.finding_counts(db, [community_id])
    return Waiting(
        now=now,
        requests=due_requests,
        visits=due_visits,
        proposals=proposals,
        planned=planned,
        away=await _away(db, {visit.helper_id for visit in planned}),
        trials=trials,
        hits=hits,
        volunteers=volunteers,
        neglected=neglected,
        hindered={one.helper for one in await pairing.hindered(db, community_id, day, volunteers)},
        activities=await activities.due(db, community_id, day),
        plans=await plans.due(db, community_id, day),
        greetings=(await occasions.week(db, community_id, week_of(day))).open,
        profiles=await profiles.due(db, community_id, day),
        applications=await joining.waiting(db, day, community_id),
        unseen=(await contacts.watch(db, community_id, day)).unseen,
        deaths=await deaths.waiting(db, community_id),
        trainings=await trainings.ending(db, community_id, day),
        findings=counts.get((community_id, FindingState.OPEN), 0),
        people=await people.briefs(db, named),
        has_members=bool((await people.list_members(db, community_id)).rows),
        has_schemes=bool(await schemes.schemes(db, community_id)),
    )


async def _away(db: AsyncSession, helper_ids: Iterable[UUID]) -> set[tuple[UUID, date]]:
    found: set[tuple[UUID, date]] = set()
    for member_id, absences in (await people.absences(db, list(helper_ids))).items():
        for absence in absences:
            days = min((absence.until_on - absence.from_on).days, 366)
            found |= {(member_id, absence.from_on + timedelta(days=n)) for n in range(days + 1)}
    return found


async def person(db: AsyncSession, member_id: UUID, now: datetime) -> PersonPage:
    """One person on one page. Raises `NotFound`."""
    member = await people.member(db, member_id)
    community_id = member.community_id
    day = clock.day_of(now)
    coming = await visits.between(db, community_id, day, day + timedelta(days=60), member_ids=[member_id])
    past = await visits.list_visits(db, community_id, member_id=member_id, until_on=day, limit=10)
    asked = await requests.list_requests(db, community_id, member_id=member_id, limit=10)
    pairs = await pairing.living_pairs(db, community_id, member_id=member_id)
    proposals = await pairing.open_proposals(db, community_id, member_id=member_id)
    absences = await people.absences(db, [member_id])
    named = people_in([*coming, *past.rows])
    named |= {each for pair in pairs for each in (pair.helper_id, pair.recipient_id)}
    named |= {each for one in proposals for each in (one.helper_id, one.recipient_id)}
    return PersonPage(
        member=member,
        balance=await _balance(db, community_id, member_id),
        coming=[visit for visit in coming if visit.status is VisitStatus.PLANNED],
        past=[visit for visit in past.rows if visit.status is not VisitStatus.PLANNED],
        requests=asked.rows,
        pairs=pairs,
        proposals=proposals,
        absences=[each for each in absences.get(member_id, []) if each.until_on >= day],
        has_card=await access.live_card(db, member_id) is not None,
        family=await kin.family(db, member, day),
        delegates=(await delegates.delegates(db, member_id, day)).standing,
        gifts=await gifts.gifts_of(db, community_id, member_id, limit=GIFTS_SHOWN),
        people=await people.briefs(db, named),
        merged_from=await people.merged_into(db, member_id),
        merged_into=await _kept(db, member),
        last_seen=(await contacts.last_seen(db, community_id, [member_id])).get(member_id),
        plan=await plans.running(db, member_id),
        activities=await activities.of_member(db, community_id, member_id, day, day + timedelta(days=60)),
        retirement=await retirement.retirement(db, member_id),
        incapacity=await incapacity.standing(db, member_id),
    )


async def _kept(db: AsyncSession, member: MemberView) -> Brief | None:
    if member.merged_into is None:
        return None
    return (await people.briefs(db, [member.merged_into])).get(member.merged_into)


async def home(db: AsyncSession, member_id: UUID, now: datetime) -> Home:
    """A member's first page. Raises `NotFound`."""
    member = await people.member(db, member_id)
    community_id = member.community_id
    day = clock.day_of(now)
    coming = await visits.between(
        db, community_id, day - timedelta(days=30), day + LOOK_AHEAD, member_ids=[member_id]
    )
    to_confirm = await visits.waiting_for_member(db, community_id, member_id, day)
    proposals = await pairing.waiting_for_member(db, community_id, member_id)
    named = people_in([*coming, *to_confirm])
    named |= {each for one in proposals for each in (one.helper_id, one.recipient_id)}
    return Home(
        member=member,
        balance=await _balance(db, community_id, member_id),
        next=[
            visit
            for visit in coming
            if (visit.status is VisitStatus.PLANNED and visit.served_on >= day)
            or (visit.status is VisitStatus.ATTENDED and visit.served_on == day)
        ][:3],
        to_confirm=to_confirm,
        to_claim=[
            visit
            for visit in coming
            if visit.helper_id == member_id
            and visit.served_on < day
            and visit.status in (VisitStatus.PLANNED, VisitStatus.ATTENDED)
        ],
        proposals=proposals,
        requests=await requests.open_of_member(db, community_id, member_id),
        people=await people.briefs(db, named),
        delegates=(await delegates.delegates(db, member_id, day)).standing,
        principals=await delegates.principals(db, [member_id], day),
        not_chosen=[
            one
            for one in await pairing.volunteered(db, community_id, member_id, now)
            if one.outcome in NOT_CHOSEN
        ],
        activities=await activities.of_member(db, community_id, member_id, day, day + LOOK_AHEAD),
    )


async def acts(
    db: AsyncSession, community_id: UUID, *, about: UUID | None = None, after: str | None = None
) -> Page[tables.Act]:
    """What was done in a community, the latest first; about one person or thing if it is named."""
    wanted = select(tables.Act).where(tables.Act.community_id == community_id)
    if about is not None:
        wanted = wanted.where((tables.Act.beneficiary_id == about) | (tables.Act.subject_id == about))
    key = decode(after, parts=1)
    if key is not None:
        try:
            wanted = wanted.where(tables.Act.id < UUID(key[0]))
        except ValueError as error:
            raise NotFound from error
    rows = list(await db.scalars(wanted.order_by(tables.Act.id.desc()).limit(ACTS_SHOWN + 1)))
    return cut(rows, limit=ACTS_SHOWN, key=[[str(row.id)] for row in rows])


async def _balance(db: AsyncSession, community_id: UUID, member_id: UUID) -> Balance | None:
    return (await hours.balances(db, community_id, [member_id])).get(member_id)
