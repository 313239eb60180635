"""What stands against a visit: barriers that refuse it, and doubts that somebody should look at first."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.amounts import Minutes
from timebank.core.errors import N_, FieldError, Text
from timebank.hours.redeeming.queries import banked
from timebank.people import queries as people
from timebank.people.model import RECEIVING, AbsenceView, Brief, MemberView
from timebank.people.model import Status as MemberStatus
from timebank.schemes import queries as schemes
from timebank.schemes import rules as scheme_rules
from timebank.schemes.errors import NoPolicyInForce
from timebank.schemes.model import Dated, HousePolicy, Payer, SchemePolicy, SchemeView
from timebank.visits import queries, rules
from timebank.visits.model import VisitView


@dataclass(frozen=True)
class Meeting:
    """A visit as it is about to be written down. `visit_id`: the one it changes, which is not its own rival."""

    scheme_id: UUID
    category: str
    helper_id: UUID
    recipient_id: UUID
    on: date
    minutes: int
    span: tuple[datetime, datetime] | None = None
    visit_id: UUID | None = None


@dataclass(frozen=True)
class Facts:
    """All that has to be known about some members and days."""

    community_id: UUID
    briefs: dict[UUID, Brief]
    members: dict[UUID, MemberView]
    schemes: dict[UUID, SchemeView]
    policies: dict[UUID, list[Dated[SchemePolicy]]]
    houses: list[Dated[HousePolicy]]
    banked: Mapping[UUID, int]  # only where a house policy asks for it
    absences: dict[UUID, list[AbsenceView]]
    apart: frozenset[frozenset[UUID]]
    visits: Sequence[VisitView]
    # Those that are only to be filled in, by id.
    planned: Mapping[UUID, VisitView]


async def facts(
    db: AsyncSession, community_id: UUID, *, member_ids: Collection[UUID], days: Collection[date]
) -> Facts:
    """Everything about these members on these days, and in the weeks around them."""
    found = await schemes.schemes(db, community_id)
    known = {view.id: view for view in found}
    rivals: Sequence[VisitView] = ()
    if days and member_ids:
        first, last = rules.week_of(min(days)), rules.week_of(max(days)) + timedelta(days=6)
        rivals = await queries.between(db, community_id, first, last, member_ids=member_ids)
    houses = await schemes.house_policies(db, community_id)
    asked = any(version.content.redeem_after_minutes for version in houses)
    return Facts(
        community_id=community_id,
        briefs=await people.briefs(db, member_ids),
        members=await people.members(db, member_ids),
        schemes=known,
        policies=await schemes.scheme_policies(db, set(known)),
        houses=houses,
        banked=await banked(db, community_id, member_ids) if asked else {},
        absences=await people.absences(db, member_ids),
        apart=frozenset(
            frozenset({each.first_id, each.second_id}) for each in await people.do_not_pair(db, community_id)
        ),
        visits=rivals,
        planned={},
    )


def barriers(known: Facts, meeting: Meeting, *, row: int | None = None) -> list[FieldError]:
    """Why this visit cannot be written down at all; empty if it can."""
    found: list[FieldError] = []

    def wrong(field: str, text: Text) -> None:
        found.append(FieldError(field, text, row))

    for field, member_id in (("helper", meeting.helper_id), ("recipient", meeting.recipient_id)):
        brief = known.briefs.get(member_id)
        if brief is None or brief.community_id != known.community_id:
            wrong(field, Text(N_("本社区没有这位会员")))
        elif field == "helper" and brief.status is MemberStatus.SERVED:
            wrong(
                field, Text(N_("{name} 是受助对象，不是会员，不能去帮忙；请先办理入会"), {"name": brief.name})
            )
        elif brief.status not in (RECEIVING if field == "recipient" else {MemberStatus.ACTIVE}):
            wrong(field, Text(N_("{name} 现在不是在册会员"), {"name": brief.name}))
    if meeting.helper_id == meeting.recipient_id:
        wrong("recipient", Text(N_("服务者和受助人不能是同一个人")))
    scheme = known.schemes.get(meeting.scheme_id)
    if scheme is None:
        wrong("scheme_id", Text(N_("请选一个互助项目")))
    if found or scheme is None:
        return found
    if not scheme.is_open(meeting.on):
        wrong(
            "scheme_id", Text(N_("“{scheme}”在 {day} 没有开办"), {"scheme": scheme.name, "day": meeting.on})
        )
        return found
    dated = scheme_rules.in_force(known.policies.get(scheme.id, []), meeting.on)
    if dated is None:
        wrong("scheme_id", NoPolicyInForce(scheme=scheme.name, day=meeting.on).text)
        return found
    if barrier := scheme_rules.category_barrier(dated.content, meeting.category):
        wrong("category", barrier)
    helper, recipient = known.briefs[meeting.helper_id], known.briefs[meeting.recipient_id]
    told = known.members[helper.id]
    for text in scheme_rules.helper_barriers(
        dated.content,
        age=helper.age(meeting.on),
        trainings=told.trainings_on(meeting.on),
        ended=told.details.trainings,
    ):
        wrong("helper", text)
    for text in scheme_rules.recipient_barriers(
        dated.content, age=recipient.age(meeting.on), status=recipient.status
    ):
        wrong("recipient", text)
    if dated.content.payer is Payer.RECIPIENT:
        house = scheme_rules.in_force(known.houses, meeting.on) or schemes.UNSET
        had = known.banked.get(recipient.id, 0)
        unripe = scheme_rules.redeem_barrier(house.content, age=recipient.age(meeting.on), banked_minutes=had)
        if unripe:
            wrong("recipient", unripe)
    return found


def too_much_in_week(known: Facts, meeting: Meeting) -> list[FieldError]:
    """Why a visit cannot be planned in this week: its helper would do more than the scheme allows.

    What has already been served counts, whatever the cap: then it is a doubt for a desk to look at.
    """
    name = known.briefs[meeting.helper_id].name
    return [
        FieldError("helper", text)
        for text in _past_the_cap(known, meeting, _rivals(known, meeting), (), name=name)
    ]


def doubts(known: Facts, meeting: Meeting, *, beside: Iterable[Meeting] = ()) -> list[Text]:
    """What somebody should look at before this visit is written down. `beside`: others of the same sheet."""
    helper, recipient = known.briefs[meeting.helper_id], known.briefs[meeting.recipient_id]
    rivals = _rivals(known, meeting)
    away = [
        Text(N_("{name} 那天请了假"), {"name": who.name})
        for who in (helper, recipient)
        if any(absence.covers(meeting.on) for absence in known.absences.get(who.id, []))
    ]
    busy = [
        Text(N_("{name} 同一时间还有别的服务"), {"name": who.name})
        for who in (helper, recipient)
        if _clashes(meeting, who.id, rivals, beside)
    ]
    apart = [
        Text(N_("{helper} 和 {recipient} 登记过不搭档"), {"helper": helper.name, "recipient": recipient.name})
        for pair in known.apart
        if pair == {helper.id, recipient.id}
    ]
    return [*away, *apart, *busy, *_past_the_cap(known, meeting, rivals, beside, name=helper.name)]


def _rivals(known: Facts, meeting: Meeting) -> list[VisitView]:
    return [visit for visit in known.visits if visit.id != meeting.visit_id]


def _clashes(
    meeting: Meeting, member_id: UUID, rivals: Iterable[VisitView], beside: Iterable[Meeting]
) -> bool:
    if meeting.span is None:
        return False
    began, ended = meeting.span
    if rules.overlapping(meeting.span, (visit for visit in rivals if member_id in visit.parties)):
        return True
    return any(
        other.span[0] < ended and began < other.span[1]
        for other in beside
        if other.span and member_id in (other.helper_id, other.recipient_id)
    )


def _past_the_cap(
    known: Facts,
    meeting: Meeting,
    rivals: Iterable[VisitView],
    beside: Iterable[Meeting],
    *,
    name: str,
) -> list[Text]:
    dated = scheme_rules.in_force(known.policies.get(meeting.scheme_id, []), meeting.on)
    if dated is None or dated.content.weekly_cap_minutes is None:
        return []
    week = rules.week_of(meeting.on)
    given = sum(
        rules.counted_minutes(visit)
        for visit in rivals
        if visit.helper_id == meeting.helper_id and rules.week_of(visit.served_on) == week
    )
    given += sum(
        other.minutes
        for other in beside
        if other.helper_id == meeting.helper_id and rules.week_of(other.on) == week
    )
    left = scheme_rules.minutes_left_in_week(dated.content, given) or 0
    if meeting.minutes <= left:
        return []
    cap = Minutes(dated.content.weekly_cap_minutes)
    return [Text(N_("{name} 这一周会超过 {cap}"), {"name": name, "cap": cap})]
