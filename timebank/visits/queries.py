"""Reading visits, their settlements and their disputes."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    or_,
    select,
    text,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.kin.queries import kin_among
from timebank.core import clock
from timebank.core.errors import NotFound
from timebank.core.lists import PAGE_ROWS_MAX, Page, cut, instant_and_id
from timebank.visits.model import (
    ENDS,
    LIVE,
    DisputeView,
    DueVisit,
    Meetings,
    SettlementView,
    Status,
    VisitView,
)
from timebank.visits.rules import waiting
from timebank.visits.tables import Dispute, Settlement, Visit
from timebank.visits.views import dispute_view, settlement_view, visit_view

# Two people were together.
_MET = (Status.ATTENDED, Status.CLAIMED, Status.CONFIRMED, Status.SETTLED)

_PARTIES = select(Visit.id, Visit.helper_id, Visit.recipient_id).where(
    Visit.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
)


async def open_parties(db: AsyncSession, member_ids: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    """Helper and recipient of each visit of these members that is not over."""
    mine = Visit.helper_id.in_(member_ids) | Visit.recipient_id.in_(member_ids)
    rows = await db.execute(
        select(Visit.helper_id, Visit.recipient_id).where(mine, Visit.status.not_in(ENDS))
    )
    return [(row.helper_id, row.recipient_id) for row in rows]


async def visit(db: AsyncSession, visit_id: UUID) -> VisitView:
    """One visit; raises `NotFound`."""
    row = await db.scalar(select(Visit).where(Visit.id == visit_id).execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return visit_view(row)


async def visits(db: AsyncSession, visit_ids: Collection[UUID]) -> dict[UUID, VisitView]:
    """Several visits by id; those that cannot be seen are left out."""
    return {view.id: view for view in await _views(db, select(Visit).where(Visit.id.in_(visit_ids)))}


async def parties(db: AsyncSession, visit_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The helper and the recipient of each visit; those that cannot be seen are left out."""
    rows = await db.execute(_PARTIES, {"ids": list(visit_ids)})
    return {row.id: frozenset({row.helper_id, row.recipient_id}) for row in rows}


async def numbered(db: AsyncSession, numbers: Collection[int]) -> dict[int, VisitView]:
    """The visits with these numbers, as they stand on paper."""
    return {view.number: view for view in await _views(db, select(Visit).where(Visit.number.in_(numbers)))}


async def number_issued(db: AsyncSession, number: int) -> bool:
    """True if a visit or a printed line has been given this number."""
    return bool(
        await db.scalar(
            text("SELECT is_called AND :number BETWEEN 1001 AND last_value FROM timebank.visit_numbers"),
            {"number": number},
        )
    )


async def list_visits(
    db: AsyncSession,
    community_id: UUID,
    *,
    statuses: Collection[Status] = (),
    member_id: UUID | None = None,
    request_id: UUID | None = None,
    pair_id: UUID | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[VisitView]:
    """The latest day first, at most 100. `member_id`: helper or recipient. `until_on` is included."""
    limit = min(limit, PAGE_ROWS_MAX)
    began = func.coalesce(Visit.planned_from, Visit.created_at)
    conditions: list[ColumnElement[bool]] = [Visit.community_id == community_id]
    if statuses:
        conditions.append(Visit.status.in_(statuses))
    if member_id is not None:
        conditions.append(or_(Visit.helper_id == member_id, Visit.recipient_id == member_id))
    if request_id is not None:
        conditions.append(Visit.request_id == request_id)
    if pair_id is not None:
        conditions.append(Visit.pair_id == pair_id)
    if from_on is not None:
        conditions.append(Visit.served_on >= from_on)
    if until_on is not None:
        conditions.append(Visit.served_on <= until_on)
    if start := instant_and_id(after):
        conditions.append(tuple_(began, Visit.id) < start)
    wanted = select(Visit).where(*conditions).order_by(began.desc(), Visit.id.desc()).limit(limit + 1)
    views = await _views(db, wanted)
    keys = [[(view.planned_from or view.created_at).isoformat(), str(view.id)] for view in views]
    return cut(views, limit=limit, key=keys)


async def today(db: AsyncSession, community_id: UUID, day: date) -> list[VisitView]:
    """Every visit of one day that is not cancelled, by its time."""
    return await between(db, community_id, day, day)


async def between(
    db: AsyncSession,
    community_id: UUID,
    from_on: date,
    until_on: date,
    *,
    member_ids: Collection[UUID] | None = None,
) -> list[VisitView]:
    """Every live visit from one day to another, both included, by time; of some members if they are named."""
    conditions: list[ColumnElement[bool]] = [
        Visit.community_id == community_id,
        Visit.served_on.between(from_on, until_on),
        Visit.status.in_(LIVE),
    ]
    if member_ids is not None:
        conditions.append(or_(Visit.helper_id.in_(member_ids), Visit.recipient_id.in_(member_ids)))
    began = func.coalesce(Visit.planned_from, Visit.checked_in_at)
    return await _views(
        db, select(Visit).where(*conditions).order_by(Visit.served_on, began.nulls_last(), Visit.number)
    )


async def count_open(db: AsyncSession, community_id: UUID) -> dict[Status, int]:
    """How many visits of a community are in each state that is no end."""
    rows = await db.execute(
        select(Visit.status, func.count())
        .where(Visit.community_id == community_id, Visit.status.not_in(ENDS))
        .group_by(Visit.status)
    )
    return {Status(status): count for status, count in rows}


async def due(db: AsyncSession, community_id: UUID, now: datetime) -> list[DueVisit]:
    """What waits for a desk, the longest waiting first (see `rules.waiting`)."""
    unfinished = (Status.PLANNED, Status.ATTENDED, Status.CLAIMED, Status.DISPUTED, Status.CONFIRMED)
    views = await _views(
        db,
        select(Visit)
        .where(
            Visit.community_id == community_id,
            Visit.status.in_(unfinished),
            Visit.served_on <= clock.day_of(now),
        )
        .order_by(Visit.served_on, Visit.id),
    )
    found = [DueVisit(view, *why) for view in views if (why := waiting(view, now=now)) is not None]
    return sorted(found, key=lambda each: (each.since, each.visit.number))


async def waiting_for_member(
    db: AsyncSession, community_id: UUID, member_id: UUID, today: date
) -> list[VisitView]:
    """The visits that this member should confirm now, as the one who was helped, the oldest first.

    Those with the member's own family are for a desk to confirm.
    """
    claimed = await _views(
        db,
        select(Visit)
        .where(
            Visit.community_id == community_id,
            Visit.status == Status.CLAIMED,
            Visit.recipient_id == member_id,
        )
        .order_by(Visit.served_on, Visit.id)
        .limit(PAGE_ROWS_MAX),
    )
    family = await kin_among(db, member_id, {visit.helper_id for visit in claimed}, today)
    return [visit for visit in claimed if visit.helper_id not in family]


async def open_of_member(db: AsyncSession, community_id: UUID, member_id: UUID) -> list[VisitView]:
    """A member's visits that are planned or under way, the soonest first."""
    return await _views(
        db,
        select(Visit)
        .where(
            Visit.community_id == community_id,
            Visit.status.in_((Status.PLANNED, Status.ATTENDED)),
            or_(Visit.helper_id == member_id, Visit.recipient_id == member_id),
        )
        .order_by(Visit.served_on, Visit.planned_from, Visit.id)
        .limit(PAGE_ROWS_MAX),
    )


async def minutes_in_week(
    db: AsyncSession, community_id: UUID, helper_ids: Collection[UUID], week_start: date
) -> dict[UUID, int]:
    """Minutes each helper has given or is to give in the seven days from `week_start`; zero is left out.

    A visit counts for what was confirmed, else claimed, else planned.
    """
    planned = cast(func.extract("epoch", Visit.planned_until - Visit.planned_from) / 60, Integer)
    minutes = func.coalesce(Visit.confirmed_minutes, Visit.claimed_minutes, planned, 0)
    rows = await db.execute(
        select(Visit.helper_id, func.sum(minutes))
        .where(
            Visit.community_id == community_id,
            Visit.helper_id.in_(helper_ids),
            Visit.status.in_(LIVE),
            Visit.served_on.between(week_start, week_start + timedelta(days=6)),
        )
        .group_by(Visit.helper_id)
    )
    return {helper_id: int(total) for helper_id, total in rows if total}


async def met(
    db: AsyncSession, community_id: UUID, helper_ids: Collection[UUID] | None = None
) -> dict[tuple[UUID, UUID], Meetings]:
    """Helper and recipient who have really met, how often, and when last; of some helpers if they are named."""
    wanted = select(Visit.helper_id, Visit.recipient_id, func.count(), func.max(Visit.served_on)).where(
        Visit.community_id == community_id, Visit.status.in_(_MET)
    )
    if helper_ids is not None:
        wanted = wanted.where(Visit.helper_id.in_(helper_ids))
    rows = await db.execute(wanted.group_by(Visit.helper_id, Visit.recipient_id))
    return {(helper, recipient): Meetings(count, last) for helper, recipient, count, last in rows}


async def last_of_pairs(db: AsyncSession, community_id: UUID, pair_ids: Collection[UUID]) -> dict[UUID, date]:
    """The day of the last visit of each pair that came about; a pair without one is missing."""
    rows = await db.execute(
        select(Visit.pair_id, func.max(Visit.served_on))
        .where(Visit.community_id == community_id, Visit.pair_id.in_(pair_ids), Visit.status.in_(_MET))
        .group_by(Visit.pair_id)
    )
    return {pair_id: last for pair_id, last in rows if pair_id is not None}


async def last_met(db: AsyncSession, community_id: UUID, recipient_ids: Collection[UUID]) -> dict[UUID, date]:
    """The day on which each of these was last visited; whom nobody ever visited is missing."""
    asked = func.unnest(cast(list(recipient_ids), ARRAY(Uuid))).table_valued("id").render_derived()
    # One probe for each of a few, where `met` reads all the visits there ever were.
    last = (
        select(Visit.served_on)
        .where(
            Visit.community_id == community_id,
            Visit.recipient_id == asked.c.id,
            Visit.status.in_(_MET),
        )
        .order_by(Visit.served_on.desc())
        .limit(1)
        .lateral()
    )
    rows = await db.execute(select(asked.c.id, last.c.served_on).join(last, true()))
    return {row.id: row.served_on for row in rows}


async def last_seen(db: AsyncSession, community_id: UUID) -> dict[UUID, date]:
    """The last day of a visit, past or to come, on which each member helps or is helped; others are missing."""
    sides = [
        select(side.label("member_id"), Visit.served_on).where(
            Visit.community_id == community_id, Visit.status.in_(LIVE)
        )
        for side in (Visit.helper_id, Visit.recipient_id)
    ]
    both = union_all(*sides).subquery()
    rows = await db.execute(select(both.c.member_id, func.max(both.c.served_on)).group_by(both.c.member_id))
    return {row.member_id: row[1] for row in rows}


async def disputes(db: AsyncSession, visit_id: UUID) -> list[DisputeView]:
    """Every dispute about a visit, the oldest first."""
    rows = await db.scalars(
        select(Dispute)
        .where(Dispute.visit_id == visit_id)
        .order_by(Dispute.raised_at, Dispute.id)
        .execution_options(populate_existing=True)
    )
    return [dispute_view(row) for row in rows]


async def settlements(db: AsyncSession, visit_ids: Collection[UUID]) -> list[SettlementView]:
    """Every time these visits were posted, by visit and revision."""
    rows = await db.scalars(
        select(Settlement)
        .where(Settlement.visit_id.in_(visit_ids))
        .order_by(Settlement.visit_id, Settlement.revision)
        .execution_options(populate_existing=True)
    )
    return [settlement_view(row) for row in rows]


async def _views(db: AsyncSession, wanted: Select[Visit]) -> list[VisitView]:
    rows: Sequence[Visit] = (await db.scalars(wanted.execution_options(populate_existing=True))).all()
    return [visit_view(row) for row in rows]
