"""Looking at visits: one with its story, lists, a day, a member's own, what goes out on paper."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.access.delegates.model import Purpose
from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import NotFound, Text
from timebank.core.lists import PAGE_ROWS_MAX, Page
from timebank.hours import queries as hours
from timebank.hours.holds.model import Hold
from timebank.hours.holds.queries import holds_about
from timebank.people import queries as people
from timebank.people.model import Brief
from timebank.schemes import queries as schemes
from timebank.schemes.model import Dated, SchemePolicy, SchemeView
from timebank.visits import queries, rules
from timebank.visits.errors import TooManyToExport
from timebank.visits.model import ENDS, DisputeView, SettlementView, Side, Status, VisitView
from timebank.visits.service.checking import Meeting, doubts, facts
from timebank.visits.service.parties import ANYBODY, DESK, both, rules_of, within_family

EXPORTED_MAX = 10_000

_GONE_BY = (*ENDS, Status.CLAIMED, Status.DISPUTED, Status.CONFIRMED)


@dataclass(frozen=True)
class Row:
    """A visit and its people."""

    visit: VisitView
    helper: Brief
    recipient: Brief


@dataclass(frozen=True)
class Story:
    """A visit with all that was said and done about it; `doubts`: what somebody should look at.

    `names` has those who said or did it. `in_the_way` is whose account made the ledger refuse. `colleagues`
    are named where the reader is one of the two, and holds no office in it. `hold`: what is set aside for it,
    or was last.
    """

    row: Row
    scheme: SchemeView
    policy: Dated[SchemePolicy] | None
    disputes: list[DisputeView]
    settlements: list[SettlementView]
    doubts: list[Text]
    names: dict[UUID, str]
    in_the_way: Text
    colleagues: tuple[str, ...]
    hold: Hold | None


@dataclass(frozen=True)
class MyVisit:
    """A visit as one of its two people sees it; `phone` is the other's, while they are to meet.

    `family`: the two are kin, so a desk confirms. `hold`: what is set aside of their own minutes, or was last.
    """

    visit: VisitView
    side: Side
    other: Brief
    phone: str | None
    dispute: DisputeView | None
    family: bool
    hold: Hold | None


@dataclass(frozen=True)
class Mine:
    """A member's visits: to answer now, to come, and gone by."""

    to_confirm: list[Row]
    coming: list[Row]
    past: Page[Row]


@reading(who=ANYBODY, where="community_id", on_behalf=both)
async def one(db: AsyncSession, act: Act, *, community_id: UUID, visit_id: UUID) -> Story:
    """One visit with its story. Raises `NotFound`."""
    visit = await queries.visit(db, visit_id)
    if visit.community_id != community_id:
        raise NotFound
    span = rules.span(visit)
    meeting = Meeting(
        scheme_id=visit.scheme_id,
        category=visit.category,
        helper_id=visit.helper_id,
        recipient_id=visit.recipient_id,
        on=visit.served_on,
        minutes=rules.counted_minutes(visit),
        span=span,
        visit_id=visit.id,
    )
    known = await facts(db, community_id, member_ids=visit.parties, days=[visit.served_on])
    open_still = visit.status not in (Status.CANCELLED, Status.NO_SHOW, Status.SETTLED)
    disputes = await queries.disputes(db, visit_id)
    settlements = await queries.settlements(db, [visit_id])
    in_the_way = visit.refusal.account_id if visit.refusal else None
    return Story(
        row=(await _rows(db, [visit]))[0],
        scheme=known.schemes[visit.scheme_id],
        policy=await rules_of(db, visit),
        disputes=disputes,
        settlements=settlements,
        doubts=doubts(known, meeting) if open_still else [],
        names=await _names(db, rules.spoken(visit, disputes, settlements)),
        in_the_way=await hours.name_of(db, community_id, in_the_way),
        colleagues=await _colleagues(db, act, visit),
        hold=(await holds_about(db, community_id, [visit_id])).get(visit_id),
    )


@reading(who={Role.MEMBER}, where="community_id", on_behalf=both)
async def my_visit(db: AsyncSession, act: Act, *, community_id: UUID, visit_id: UUID) -> MyVisit:
    """One's own visit. Raises `NotFound`."""
    visit = await queries.visit(db, visit_id)
    side = visit.side_of(act.actor.memberships)
    if visit.community_id != community_id or side is None:
        raise NotFound
    row = (await _rows(db, [visit]))[0]
    other = row.recipient if side is Side.HELPER else row.helper
    hold = (await holds_about(db, community_id, [visit_id])).get(visit_id)
    disputes = await queries.disputes(db, visit_id)
    return MyVisit(
        visit=visit,
        side=side,
        other=other,
        phone=other.phone if rules.to_meet(visit, today=act.today) else None,
        dispute=disputes[-1] if disputes else None,
        family=await within_family(db, act, visit),
        hold=hold if hold and hold.from_account in act.actor.memberships else None,
    )


@reading(who=DESK, where="community_id")
async def search(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    statuses: Collection[Status] = (),
    member_id: UUID | None = None,
    request_id: UUID | None = None,
    pair_id: UUID | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
    after: str | None = None,
) -> Page[Row]:
    """Visits with their people, the latest first."""
    page = await queries.list_visits(
        db,
        community_id,
        statuses=statuses,
        member_id=member_id,
        request_id=request_id,
        pair_id=pair_id,
        from_on=from_on,
        until_on=until_on,
        after=after,
    )
    return Page(await _rows(db, page.rows), page.after)


@reading(who=DESK, where="community_id")
async def on_day(db: AsyncSession, act: Act, *, community_id: UUID, day: date) -> list[Row]:
    """Every visit of a day that is not called off, by time."""
    return await _rows(db, await queries.today(db, community_id, day))


@use_case(who=DESK, where="community_id")
async def day_with_phones(db: AsyncSession, act: Act, *, community_id: UUID, day: date) -> list[Row]:
    """The same to print and ring people up from.

    It shows many people's numbers at once, so that it was read is written down.
    """
    return await _rows(db, await queries.today(db, community_id, day))


@use_case(who=DESK, where="community_id")
async def export(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    statuses: Collection[Status] = (),
    member_id: UUID | None = None,
    request_id: UUID | None = None,
    pair_id: UUID | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
) -> list[Row]:
    """Every visit of a list for a file; written down, since it leaves the house. Raises `TooManyToExport`."""
    found: list[VisitView] = []
    after: str | None = None
    while True:
        page = await queries.list_visits(
            db,
            community_id,
            statuses=statuses,
            member_id=member_id,
            request_id=request_id,
            pair_id=pair_id,
            from_on=from_on,
            until_on=until_on,
            after=after,
            limit=PAGE_ROWS_MAX,
        )
        found += page.rows
        if len(found) > EXPORTED_MAX:
            raise TooManyToExport(limit=EXPORTED_MAX)
        if page.after is None:
            return await _rows(db, found)
        after = page.after


@reading(who=ANYBODY, where="community_id", on_behalf="member_id")
async def of_member(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, after: str | None = None
) -> Mine:
    """A member's own visits: what waits for their answer, what is to come, what is past."""
    page = await queries.list_visits(
        db, community_id, statuses=_GONE_BY, member_id=member_id, after=after, limit=30
    )
    to_confirm = await queries.waiting_for_member(db, community_id, member_id, act.today)
    coming = await queries.open_of_member(db, community_id, member_id)
    shown = {visit.id for visit in to_confirm}
    past = [visit for visit in page.rows if visit.id not in shown]
    return Mine(
        to_confirm=await _rows(db, to_confirm),
        coming=await _rows(db, coming),
        past=Page(await _rows(db, past), page.after),
    )


@reading(who={Role.MEMBER}, where="community_id", on_behalf="member_id", purposes={Purpose.CONFIRM})
async def to_confirm(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> list[Row]:
    """What waits for a member's word, or for that of whoever may give it for them."""
    return await _rows(db, await queries.waiting_for_member(db, community_id, member_id, act.today))


@reading(who=DESK, where="community_id")
async def meant(db: AsyncSession, act: Act, *, community_id: UUID, words: str) -> list[Brief]:
    """Whom words typed at a desk may mean."""
    return await people.meant(db, community_id, words) if words.strip() else []


@reading(who=DESK, where="community_id")
async def named(
    db: AsyncSession, act: Act, *, community_id: UUID, member_ids: Collection[UUID]
) -> dict[UUID, Brief]:
    """Members of this community by id; others are left out."""
    found = await people.briefs(db, member_ids)
    return {member_id: brief for member_id, brief in found.items() if brief.community_id == community_id}


@reading(who=DESK, where="community_id")
async def open_schemes(db: AsyncSession, act: Act, *, community_id: UUID) -> list[SchemeView]:
    """The schemes that visits may belong to; those that ended too, since visits come late."""
    return await schemes.schemes(db, community_id)


async def _rows(db: AsyncSession, visits: Collection[VisitView]) -> list[Row]:
    known = await people.briefs(db, {member for visit in visits for member in visit.parties})
    return [Row(visit, known[visit.helper_id], known[visit.recipient_id]) for visit in visits]


async def _names(db: AsyncSession, spoken: Collection[UUID]) -> dict[UUID, str]:
    members = {who: brief.name for who, brief in (await people.briefs(db, spoken)).items()}
    return members | await access.staff_names(db, [who for who in spoken if who not in members])


async def _colleagues(db: AsyncSession, act: Act, visit: VisitView) -> tuple[str, ...]:
    if not act.actor.memberships & visit.parties:
        return ()
    here = [node for node in await access.units(db) if node.id == visit.community_id]
    return tuple(
        staff.name
        for staff in await access.staff_in(db, here)
        if staff.active
        and staff.id != act.actor.id
        and not visit.parties.intersection(staff.memberships)
        and staff.holds(Role.COORDINATOR, visit.community_id)
    )
