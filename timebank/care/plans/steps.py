"""Writing care plans. Whoever adds a version holds the plan's row first."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.care.plans import queries, rules
from timebank.care.plans.model import How, Plan, PlanView
from timebank.care.tables import PlanRow, PlanVersionRow, SeatRow
from timebank.core import clock
from timebank.core.errors import N_, NotFound, Stale
from timebank.core.rows import insert_all

MERGED = N_("并入同一个人的另一条记录")


async def begin(
    db: AsyncSession,
    community_id: UUID,
    member_id: UUID,
    plan: Plan,
    *,
    plan_id: UUID,
    by: UUID,
    now: datetime,
) -> None:
    """Write down a new plan."""
    await db.execute(
        insert(PlanRow).values(
            id=plan_id,
            community_id=community_id,
            member_id=member_id,
            begun_on=clock.day_of(now),
            version=1,
        )
    )
    await _write(db, community_id, plan_id, 1, How.WRITTEN, plan, by=by, now=now)


async def hold(db: AsyncSession, community_id: UUID, plan_id: UUID, *, version: int) -> PlanView:
    """Lock a plan to the end of the transaction, and read it. Raises `NotFound`, `Stale`, `PlanEnded`."""
    found = await db.scalar(
        select(PlanRow.version)
        .where(PlanRow.id == plan_id, PlanRow.community_id == community_id)
        .with_for_update()
    )
    if found is None:
        raise NotFound
    view = await queries.plan(db, plan_id)
    rules.refuse_ended(view)
    if found != version:
        raise Stale(found)
    return view


async def add_version(
    db: AsyncSession, view: PlanView, plan: Plan, *, how: How, by: UUID, now: datetime
) -> None:
    """Another version after the last; those before it stay."""
    number = view.version + 1
    await _write(db, view.community_id, view.id, number, how, plan, by=by, now=now)
    await db.execute(update(PlanRow).where(PlanRow.id == view.id).values(version=number))


async def end(db: AsyncSession, plan_id: UUID, *, reason: str, by: UUID, now: datetime) -> None:
    """It is over."""
    ended = {"ended_on": clock.day_of(now), "ended_because": reason, "ended_by": by}
    await db.execute(update(PlanRow).where(PlanRow.id == plan_id).values(ended))


async def end_running(db: AsyncSession, member_id: UUID, *, reason: str, by: UUID, now: datetime) -> None:
    """Whatever runs for them is over."""
    runs = await queries.running(db, member_id)
    if runs is not None:
        await end(db, runs.id, reason=reason, by=by, now=now)


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID, by: UUID, now: datetime) -> None:
    """One person's plans are the other's; of two that run, that of the record which ends is ended with it."""
    if await queries.running(db, to_id) is not None:
        await end_running(db, from_id, reason=MERGED, by=by, now=now)
    await db.execute(update(PlanRow).where(PlanRow.member_id == from_id).values(member_id=to_id))
    await db.execute(update(SeatRow).where(SeatRow.member_id == from_id).values(member_id=to_id))


async def forget(db: AsyncSession, member_id: UUID) -> None:
    """Nothing is kept of who is erased: their own plans go, and their seats in others'."""
    await db.execute(delete(SeatRow).where(SeatRow.member_id == member_id))
    await db.execute(delete(PlanRow).where(PlanRow.member_id == member_id))


async def _write(
    db: AsyncSession,
    community_id: UUID,
    plan_id: UUID,
    number: int,
    how: How,
    plan: Plan,
    *,
    by: UUID,
    now: datetime,
) -> None:
    await db.execute(
        insert(PlanVersionRow).values(
            plan_id=plan_id,
            number=number,
            community_id=community_id,
            how=how,
            goals=list(plan.goals),
            request_ids=list(plan.request_ids),
            review_on=plan.review_on,
            word=plan.word,
            written_by=by,
            written_on=clock.day_of(now),
            written_at=now,
        )
    )
    seats = [
        {
            "plan_id": plan_id,
            "number": number,
            "place": place,
            "community_id": community_id,
            "part": seat.part,
            "member_id": seat.member_id,
            "staff_id": seat.staff_id,
        }
        for place, seat in enumerate(plan.team, start=1)
    ]
    if seats:
        await insert_all(db, SeatRow, seats)
