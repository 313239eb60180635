"""Writing activities and who takes part in them. Whoever touches seats holds the activity's row first."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.activities import queries, rules
from timebank.activities.campaigns import steps as campaigns
from timebank.activities.model import (
    TAKES_PART,
    ActivityView,
    Earners,
    Move,
    Part,
    Planned,
    SignIn,
    Standing,
    Status,
)
from timebank.activities.settling.steps import settle
from timebank.activities.tables import Activity, ParticipationRow
from timebank.core.errors import N_, NotFound, Stale
from timebank.core.ids import derived_id
from timebank.core.provenance import Provenance

MERGED = N_("并入同一个人的另一条记录")


async def write(
    db: AsyncSession, community_id: UUID, plan: Planned, *, activity_id: UUID, by: UUID, now: datetime
) -> None:
    """Write down a new activity."""
    await db.execute(
        insert(Activity).values(
            id=activity_id,
            community_id=community_id,
            status=Status.PLANNED,
            created_by=by,
            created_at=now,
            **_columns(plan),
        )
    )


async def hold(
    db: AsyncSession, community_id: UUID, activity_id: UUID, *, version: int | None = None
) -> ActivityView:
    """Lock an activity to the end of the transaction, and read it. Raises `NotFound`, `Stale`."""
    found = await db.scalar(
        select(Activity.version)
        .where(Activity.id == activity_id, Activity.community_id == community_id)
        .with_for_update()
    )
    if found is None:
        raise NotFound
    if version is not None and found != version:
        raise Stale(found)
    return await queries.activity(db, activity_id)


async def change(db: AsyncSession, activity: ActivityView, plan: Planned, *, now: datetime) -> None:
    """Another plan in its place; who waits gets the seats that it adds."""
    await _update(db, activity, Move.CHANGE, _columns(plan))
    await move_up(db, activity.id, now=now)


async def move(db: AsyncSession, activity: ActivityView, move: Move, *, reason: str | None) -> None:
    """Call it off, or take that back. Raises `ActivityMoved`."""
    await _update(db, activity, move, {"status_reason": reason})


async def count_for(db: AsyncSession, activity: ActivityView, targets: Collection[UUID]) -> None:
    """Let it count for these targets and no others. Raises `ActivityMoved` for what is called off."""
    await _update(db, activity, Move.COUNT, {})
    await campaigns.count_for(db, activity.community_id, activity.id, targets)


async def take_part(
    db: AsyncSession,
    activity: ActivityView,
    member_id: UUID,
    *,
    part: Part,
    standing: Standing,
    provenance: Provenance,
    by: UUID,
    now: datetime,
) -> None:
    """Write down that somebody takes part; who had withdrawn stands last in the line."""
    said = {
        "part": part,
        "standing": standing,
        "provenance": provenance,
        "said_by": by,
        "said_at": now,
        "turn": await _last_turn(db, activity.id) + 1,
        "moved_up_at": None,
        "withdrawn_because": None,
    }
    await db.execute(
        upsert(ParticipationRow)
        .values(
            id=_participation_id(activity.id, member_id),
            community_id=activity.community_id,
            activity_id=activity.id,
            member_id=member_id,
            **said,
        )
        .on_conflict_do_update(
            constraint="participation_once",
            set_=said,
            where=ParticipationRow.standing == Standing.WITHDRAWN,
        )
    )


async def withdraw(
    db: AsyncSession, activity_id: UUID, member_id: UUID, *, reason: str, by: UUID, now: datetime
) -> None:
    """They do not come; the first who waits has the seat."""
    await db.execute(
        update(ParticipationRow)
        .where(ParticipationRow.activity_id == activity_id, ParticipationRow.member_id == member_id)
        .values(standing=Standing.WITHDRAWN, withdrawn_because=reason, said_by=by)
    )
    await move_up(db, activity_id, now=now)


async def move_up(db: AsyncSession, activity_id: UUID, *, now: datetime) -> None:
    """Give free seats to those who wait."""
    activity = await queries.activity(db, activity_id)
    if not activity.waiting:
        return
    first = rules.moved_up(
        await queries.waiting(db, activity_id), seats_taken=activity.seats_taken, seats=activity.plan.seats
    )
    await db.execute(
        update(ParticipationRow)
        .where(ParticipationRow.id.in_([one.id for one in first]))
        .values(standing=Standing.ENROLLED, moved_up_at=now)
    )


async def sign_in(
    db: AsyncSession, activity: ActivityView, sheet: SignIn, *, by: UUID, now: datetime
) -> None:
    """Write down what the sheet says, in place of what it said before, and post what was served by it.

    Raises `ActivityMoved`, `EarnedAndSpent`.
    """
    await _update(
        db,
        activity,
        Move.SIGN_IN,
        {"guests": sheet.guests, "signed_in_by": by, "signed_in_at": now},
    )
    await _walk_in(db, activity, sheet.came, by=by, now=now)
    came = ParticipationRow.member_id.in_(sheet.came)
    # Whoever waited, or had said no, and came all the same.
    stands = case(
        (came & ParticipationRow.standing.in_((Standing.WAITING, Standing.WITHDRAWN)), Standing.WALKED_IN),
        else_=ParticipationRow.standing,
    )
    await db.execute(
        update(ParticipationRow)
        .where(ParticipationRow.activity_id == activity.id)
        .values(came=came, standing=stands, served_minutes=None)
    )
    await _served(db, activity, dict(sheet.served))
    await settle(db, activity, by=by, now=now)


async def settle_again(db: AsyncSession, activity: ActivityView, *, by: UUID, now: datetime) -> None:
    """Try again what the ledger refused. Raises `ActivityMoved`."""
    await _update(db, activity, Move.SETTLE, {})
    await settle(db, activity, by=by, now=now)


async def report(
    db: AsyncSession,
    activity: ActivityView,
    *,
    notes: str | None,
    went_well: str | None,
    by: UUID,
    now: datetime,
) -> None:
    """Write down how it went. Raises `ActivityMoved` before the sheet was typed in."""
    values = {"notes": notes, "went_well": went_well, "reported_by": by, "reported_at": now}
    await _update(db, activity, Move.REPORT, values)


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID, now: datetime) -> None:
    """What one member takes part in and is still to come is another's, who keeps their own part where they have one.

    What is over goes on naming who was there.
    """
    planned = select(Activity.id).where(Activity.status == Status.PLANNED)
    theirs = (
        await db.scalars(
            select(ParticipationRow.activity_id)
            .where(
                ParticipationRow.member_id == from_id,
                ParticipationRow.standing.in_(TAKES_PART),
                ParticipationRow.activity_id.in_(planned),
            )
            .order_by(ParticipationRow.activity_id)
        )
    ).all()
    for activity_id in theirs:
        await _hand_over(db, activity_id, from_id=from_id, to_id=to_id, now=now)


async def withdraw_all(db: AsyncSession, member_id: UUID, *, reason: str, by: UUID, now: datetime) -> None:
    """They come to nothing that is still to come; whoever waits has their seats."""
    planned = select(Activity.id).where(Activity.status == Status.PLANNED)
    theirs = select(ParticipationRow.activity_id).where(
        ParticipationRow.member_id == member_id,
        ParticipationRow.standing.in_(TAKES_PART),
        ParticipationRow.activity_id.in_(planned),
    )
    for activity_id in (await db.scalars(theirs.order_by(ParticipationRow.activity_id))).all():
        await db.execute(select(Activity.id).where(Activity.id == activity_id).with_for_update())
        await withdraw(db, activity_id, member_id, reason=reason, by=by, now=now)


async def _hand_over(
    db: AsyncSession, activity_id: UUID, *, from_id: UUID, to_id: UUID, now: datetime
) -> None:
    await db.execute(select(Activity.id).where(Activity.id == activity_id).with_for_update())
    mine = (ParticipationRow.activity_id == activity_id) & (ParticipationRow.member_id == from_id)
    other = await queries.participation(db, activity_id, to_id)
    if other is None:
        await db.execute(update(ParticipationRow).where(mine).values(member_id=to_id))
        return
    given = await queries.participation(db, activity_id, from_id)
    assert given is not None
    gone = {"standing": Standing.WITHDRAWN, "withdrawn_because": MERGED}
    await db.execute(update(ParticipationRow).where(mine).values(gone))
    # Who said no under one number and yes under the other comes; a seat is better than a place in the line.
    better = other.standing is Standing.WITHDRAWN or (
        other.standing is Standing.WAITING and given.standing is Standing.ENROLLED
    )
    if better:
        await db.execute(
            update(ParticipationRow)
            .where(ParticipationRow.id == other.id)
            .values(part=given.part, standing=given.standing, withdrawn_because=None)
        )
    await move_up(db, activity_id, now=now)


async def _walk_in(
    db: AsyncSession, activity: ActivityView, member_ids: Collection[UUID], *, by: UUID, now: datetime
) -> None:
    """A row for everybody who came and has none."""
    rows = [
        {
            "id": _participation_id(activity.id, member_id),
            "community_id": activity.community_id,
            "activity_id": activity.id,
            "member_id": member_id,
            "part": Part.PARTICIPANT,
            "standing": Standing.WALKED_IN,
            "provenance": Provenance.PAPER,
            "said_by": by,
            "said_at": now,
            "turn": turn,
        }
        for turn, member_id in enumerate(sorted(member_ids), start=await _last_turn(db, activity.id) + 1)
    ]
    if rows:
        await db.execute(
            upsert(ParticipationRow).values(rows).on_conflict_do_nothing(constraint="participation_once")
        )


async def _last_turn(db: AsyncSession, activity_id: UUID) -> int:
    last = select(func.max(ParticipationRow.turn)).where(ParticipationRow.activity_id == activity_id)
    return await db.scalar(last) or 0


async def _served(db: AsyncSession, activity: ActivityView, served: Mapping[UUID, int]) -> None:
    """Who came to serve served as long as it lasted, or as the sheet says."""
    minutes = (
        case(
            *((ParticipationRow.member_id == member_id, said) for member_id, said in served.items()),
            else_=activity.plan.minutes,
        )
        if served
        else activity.plan.minutes
    )
    await db.execute(
        update(ParticipationRow)
        .where(
            ParticipationRow.activity_id == activity.id,
            ParticipationRow.came.is_(True),
            *_serve(activity),
        )
        .values(served_minutes=minutes)
    )


def _serve(activity: ActivityView) -> tuple[ColumnElement[bool], ...]:
    everybody = activity.plan.earners is Earners.EVERYBODY
    return () if everybody else (ParticipationRow.part != Part.PARTICIPANT,)


async def _update(db: AsyncSession, activity: ActivityView, move: Move, values: Mapping[str, object]) -> None:
    to = rules.refuse_move(activity, move)
    await db.execute(
        update(Activity)
        .where(Activity.id == activity.id)
        .values(status=to, version=activity.version + 1, **values)
    )


def _participation_id(activity_id: UUID, member_id: UUID) -> UUID:
    return derived_id("participation", activity_id, member_id)


def _columns(plan: Planned) -> dict[str, object]:
    return {
        "kind": plan.kind,
        "title": plan.title,
        "place": plan.place,
        "held_on": plan.held_on,
        "from_minute": plan.from_minute,
        "to_minute": plan.to_minute,
        "seats": plan.seats,
        "guest_speaker": plan.guest_speaker,
        "note": plan.note,
        "scheme_id": plan.scheme_id,
        "earners": plan.earners,
    }
