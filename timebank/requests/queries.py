"""Reading requests."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core import clock
from timebank.core.errors import NotFound
from timebank.core.lists import PAGE_ROWS_MAX, Page, cut, instant_and_id
from timebank.core.provenance import Provenance
from timebank.people import queries as people
from timebank.people.model import Brief
from timebank.people.model import Status as MemberStatus
from timebank.requests import rules
from timebank.requests.errors import NoHelper
from timebank.requests.model import OPEN, Kind, RequestView, Settled, Status, Window, Wish
from timebank.requests.recurrence.model import OnHolidays, Recurrence
from timebank.requests.tables import OfferRow, Request, RequestWindow


async def open_of(db: AsyncSession, member_id: UUID) -> tuple[int, int]:
    """How many requests and offers of a member are open."""
    asked = select(func.count()).where(Request.member_id == member_id, Request.status.in_(OPEN))
    offered = select(func.count()).where(OfferRow.member_id == member_id, OfferRow.ended_at.is_(None))
    return await db.scalar(asked) or 0, await db.scalar(offered) or 0


async def asked(db: AsyncSession, community_id: UUID) -> dict[UUID, tuple[date, date]]:
    """The days on which members first and last asked for help; who never did is missing."""
    rows = await db.execute(
        select(Request.member_id, func.min(Request.created_at), func.max(Request.created_at))
        .where(Request.community_id == community_id)
        .group_by(Request.member_id)
    )
    return {member_id: (clock.day_of(first), clock.day_of(last)) for member_id, first, last in rows}


async def request(db: AsyncSession, request_id: UUID) -> RequestView:
    """One request; raises `NotFound`."""
    found = await requests(db, [request_id])
    if not found:
        raise NotFound
    return found[request_id]


async def requests(db: AsyncSession, request_ids: Collection[UUID]) -> dict[UUID, RequestView]:
    """Several requests by id; those that cannot be seen are left out."""
    rows = (await db.scalars(select(Request).where(Request.id.in_(request_ids)))).all()
    return {view.id: view for view in await _views(db, rows)}


async def list_requests(
    db: AsyncSession,
    community_id: UUID,
    *,
    statuses: Collection[Status] = (),
    member_id: UUID | None = None,
    category: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[RequestView]:
    """The newest first, at most 100."""
    limit = min(limit, PAGE_ROWS_MAX)
    wanted = select(Request).where(Request.community_id == community_id)
    if statuses:
        wanted = wanted.where(Request.status.in_(statuses))
    if member_id is not None:
        wanted = wanted.where(Request.member_id == member_id)
    if category is not None:
        wanted = wanted.where(Request.category == category)
    if start := instant_and_id(after):
        wanted = wanted.where(tuple_(Request.created_at, Request.id) < start)
    rows = (
        await db.scalars(wanted.order_by(Request.created_at.desc(), Request.id.desc()).limit(limit + 1))
    ).all()
    views = await _views(db, rows)
    return cut(views, limit=limit, key=[[view.created_at.isoformat(), str(view.id)] for view in views])


async def count_by_status(db: AsyncSession, community_id: UUID) -> dict[Status, int]:
    """How many requests stand where."""
    rows = await db.execute(
        select(Request.status, func.count())
        .where(Request.community_id == community_id)
        .group_by(Request.status)
    )
    return {Status(status): count for status, count in rows}


async def open_for_matching(db: AsyncSession, community_id: UUID, on: date) -> list[RequestView]:
    """Every published request that is still wanted on that day, the oldest first."""
    rows = (
        await db.scalars(
            select(Request)
            .where(
                Request.community_id == community_id,
                Request.status == Status.PUBLISHED,
                Request.expires_on >= on,
            )
            .order_by(Request.published_at, Request.id)
        )
    ).all()
    views = await _views(db, rows)
    return [view for view in views if _still_possible(view, on)]


async def due(db: AsyncSession, community_id: UUID, now: datetime) -> list[RequestView]:
    """What waits for a desk: unreviewed, passed over by a round, or about to expire; the oldest first."""
    today = clock.day_of(now)
    waiting = (Request.status == Status.SUBMITTED) | (
        (Request.status == Status.PUBLISHED)
        & ((Request.passed_over > 0) | (Request.expires_on <= today + timedelta(days=2)))
    )
    rows = (
        await db.scalars(
            select(Request)
            .where(Request.community_id == community_id, waiting)
            .order_by(Request.priority.desc(), Request.created_at, Request.id)
            .limit(PAGE_ROWS_MAX)
        )
    ).all()
    return await _views(db, rows)


async def open_of_member(db: AsyncSession, community_id: UUID, member_id: UUID) -> list[RequestView]:
    """What a member has asked for and not yet got, the newest first."""
    rows = (
        await db.scalars(
            select(Request)
            .where(
                Request.community_id == community_id,
                Request.member_id == member_id,
                Request.status.in_(OPEN),
            )
            .order_by(Request.created_at.desc())
            .limit(PAGE_ROWS_MAX)
        )
    ).all()
    return await _views(db, rows)


async def same_again(db: AsyncSession, community_id: UUID, member_id: UUID, wish: Wish) -> RequestView | None:
    """The newest open request of a member for the same help on the same days."""
    for view in await open_of_member(db, community_id, member_id):
        if view.wish.category == wish.category and rules.same_days(view.wish, wish):
            return view
    return None


def _still_possible(view: RequestView, on: date) -> bool:
    return any(window.on_day is None or window.on_day >= on for window in view.wish.windows)


async def _views(db: AsyncSession, rows: Sequence[Request]) -> list[RequestView]:
    windows: dict[UUID, list[Window]] = defaultdict(list)
    found = await db.scalars(
        select(RequestWindow)
        .where(RequestWindow.request_id.in_([row.id for row in rows]))
        .order_by(RequestWindow.request_id, RequestWindow.position)
    )
    for each in found:
        windows[each.request_id].append(
            Window(each.from_minute, each.to_minute, on_day=each.on_day, weekday=each.weekday)
        )
    return [_view(row, tuple(windows[row.id])) for row in rows]


def _settled(on: date | None, from_minute: int | None) -> Settled | None:
    return None if on is None or from_minute is None else Settled(on, from_minute)


def _view(row: Request, windows: tuple[Window, ...]) -> RequestView:
    wish = Wish(
        scheme_id=row.scheme_id,
        category=row.category,
        kind=Kind(row.kind),
        duration_minutes=row.duration_minutes,
        starts_on=row.starts_on,
        expires_on=row.expires_on,
        windows=windows,
        skills=tuple(row.skills),
        circumstances=tuple(row.circumstances),
        helpers=row.helpers,
        helper_branches=tuple(row.helper_branches),
        gives=tuple(row.gives),
        prefers=tuple(row.prefers),
        recurrence=Recurrence(row.every, row.nth),
        on_holidays=OnHolidays(row.on_holidays),
        priority=row.priority,
        wanted_gender=row.wanted_gender,
        wanted_dialect=row.wanted_dialect,
        place=row.place,
        note=row.note,
    )
    return RequestView(
        id=row.id,
        community_id=row.community_id,
        member_id=row.member_id,
        wish=wish,
        status=Status(row.status),
        status_reason=row.status_reason,
        provenance=Provenance(row.provenance),
        created_by=row.created_by,
        created_at=row.created_at,
        published_at=row.published_at,
        changed_at=row.changed_at,
        version=row.version,
        passed_over=row.passed_over,
        last_why=row.last_why or {},
        settled=_settled(row.first_on, row.first_minute),
    )


async def active_helper(db: AsyncSession, community_id: UUID, member_id: UUID) -> Brief:
    """A member who may say what they would do. Raises `NotFound`, and `NoHelper` for whoever is no active helper."""
    brief = (await people.briefs(db, [member_id])).get(member_id)
    if brief is None or brief.community_id != community_id:
        raise NotFound
    if brief.status is not MemberStatus.ACTIVE or not brief.is_helper:
        raise NoHelper(name=brief.name)
    return brief
