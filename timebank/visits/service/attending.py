"""A visit takes place, or does not: checking in and out, cancelling, nobody came, and undoing each."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, use_case
from timebank.core.provenance import Provenance
from timebank.requests import queries as requests
from timebank.requests import steps as request_steps
from timebank.requests.model import Kind, RequestView
from timebank.requests.model import Move as RequestMove
from timebank.requests.model import Status as RequestStatus
from timebank.visits import queries, steps
from timebank.visits.errors import NotToday, NotYourPart, VisitMoved
from timebank.visits.model import Move, Side, Status, VisitView
from timebank.visits.rules import status_text
from timebank.visits.service.parties import ANYBODY, both, only, side, source

# What either side may call off by themselves; what was claimed is the desk's to end.
_STILL_OPEN = (Status.PLANNED, Status.ATTENDED)


@use_case(who=ANYBODY, where="community_id", on_behalf=both)
async def check_in(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    visit_id: UUID,
    version: int,
    provenance: Provenance = Provenance.DESK,
) -> VisitView:
    """The helper is there: the server's time is written down, and no place. Raises `NotToday`."""
    visit = await steps.locked(db, community_id, visit_id, version=version)
    only(act, visit, Side.HELPER)
    if visit.status is Status.PLANNED and visit.served_on != act.today:
        raise NotToday(day=visit.served_on)
    return await steps.move(
        db,
        visit,
        Move.CHECK_IN,
        now=act.now,
        checked_in_at=act.now,
        checked_in_source=source(act, provenance),
    )


@use_case(who=ANYBODY, where="community_id", on_behalf=both)
async def undo_check_in(
    db: AsyncSession, act: Act, *, community_id: UUID, visit_id: UUID, version: int
) -> VisitView:
    """It was pressed by mistake: the visit is still to come. What was pressed stays in the log of acts."""
    visit = await steps.locked(db, community_id, visit_id, version=version)
    only(act, visit, Side.HELPER)
    return await steps.move(
        db,
        visit,
        Move.UNDO_CHECK_IN,
        now=act.now,
        checked_in_at=None,
        checked_in_source=None,
        checked_out_at=None,
        checked_out_source=None,
    )


@use_case(who=ANYBODY, where="community_id", on_behalf=both)
async def check_out(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    visit_id: UUID,
    version: int,
    provenance: Provenance = Provenance.DESK,
) -> VisitView:
    """The helper leaves; pressed again, the later time stands."""
    visit = await steps.locked(db, community_id, visit_id, version=version)
    only(act, visit, Side.HELPER)
    return await steps.move(
        db,
        visit,
        Move.CHECK_OUT,
        now=act.now,
        checked_out_at=act.now,
        checked_out_source=source(act, provenance),
    )


@use_case(who=ANYBODY, where="community_id", on_behalf=both)
async def cancel(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    visit_id: UUID,
    version: int,
    reason: str,
    ask_again: bool = False,
) -> VisitView:
    """Call it off. `ask_again` puts a request made for this one occasion back to the pool, else it ends.

    Either side may call off what has not been claimed; the rest is the desk's to end (`NotYourPart`). When
    the helper calls off, help is still needed.
    """
    visit = await steps.locked(db, community_id, visit_id, version=version)
    speaking = only(act, visit, Side.HELPER, Side.RECIPIENT)
    if speaking is not None and visit.status not in _STILL_OPEN:
        raise NotYourPart
    if visit.status is Status.DISPUTED:
        # A dispute ends with an outcome and a reason (`resolve`), not beside it.
        raise VisitMoved(status=status_text(visit.status))
    ended = await steps.move(db, visit, Move.CANCEL, now=act.now, status_reason=reason, refusal=None)
    await _let_go(db, act, visit, ask_again=ask_again or speaking is Side.HELPER)
    await steps.reserve(db, community_id, [ended], by=act.actor.id, now=act.now)
    return ended


@use_case(who=ANYBODY, where="community_id", on_behalf=both)
async def no_show(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    visit_id: UUID,
    version: int,
    absent: Side,
    reason: str | None = None,
    ask_again: bool = True,
) -> VisitView:
    """One side did not come. Each side may say so of the other. Raises `NotToday` before the day."""
    visit = await steps.locked(db, community_id, visit_id, version=version)
    if only(act, visit, Side.HELPER, Side.RECIPIENT) is absent:
        raise NotYourPart
    if visit.status is Status.PLANNED and visit.planned_from and act.now < visit.planned_from:
        raise NotToday(day=visit.served_on)
    ended = await steps.move(db, visit, Move.NO_SHOW, now=act.now, absent=absent, status_reason=reason)
    await _let_go(db, act, visit, ask_again=ask_again)
    await steps.reserve(db, community_id, [ended], by=act.actor.id, now=act.now)
    return ended


@use_case(who=ANYBODY, where="community_id", on_behalf=both)
async def restore(
    db: AsyncSession, act: Act, *, community_id: UUID, visit_id: UUID, version: int
) -> VisitView:
    """Undo a cancellation or a no-show: the visit stands as planned again.

    Not where minutes had been claimed, nor where the request has found somebody else meanwhile; and who is
    said not to have come cannot unsay it (`NotYourPart`). Raises `NotSetAside` where the minutes are not there.
    """
    visit = await steps.locked(db, community_id, visit_id, version=version)
    if visit.absent is not None and side(act, visit) is visit.absent:
        raise NotYourPart
    if visit.claimed is not None or visit.planned_from is None:
        raise VisitMoved(status=status_text(visit.status))
    back = await steps.move(
        db,
        visit,
        Move.RESTORE,
        now=act.now,
        absent=None,
        status_reason=None,
        checked_in_at=None,
        checked_in_source=None,
        checked_out_at=None,
        checked_out_source=None,
    )
    await _take_back(db, act, visit)
    await steps.reserve(db, community_id, [back], by=act.actor.id, now=act.now)
    return back


async def _let_go(db: AsyncSession, act: Act, visit: VisitView, *, ask_again: bool) -> None:
    """A request made for one occasion looks for somebody else, or ends; a weekly one goes on."""
    if visit.request_id is None:
        return
    request = await requests.request(db, visit.request_id)
    if request.wish.kind is not Kind.ONCE or request.status is not RequestStatus.MATCHED:
        return
    if not ask_again and request.wish.helpers > 1:
        return  # the others still come
    if ask_again and request.wish.expires_on >= act.today:
        await request_steps.mark_published(db, [request.id], now=act.now)
    else:
        await request_steps.withdraw(db, request.id, now=act.now)


async def _take_back(db: AsyncSession, act: Act, visit: VisitView) -> None:
    if visit.request_id is None:
        return
    request = await requests.request(db, visit.request_id)
    if request.wish.kind is not Kind.ONCE:
        return
    if request.wish.helpers > 1 and not await _all_come(db, request):
        return
    if request.status is RequestStatus.WITHDRAWN:
        await request_steps.move(db, request.id, RequestMove.RESTORE, now=act.now)
        await request_steps.publish(db, request.id, now=act.now)
    await request_steps.mark_matched(db, [request.id], now=act.now)


async def _all_come(db: AsyncSession, request: RequestView) -> bool:
    """True if a request for several that looks for somebody has all of them again."""
    made = await queries.list_visits(db, request.community_id, request_id=request.id)
    coming = sum(visit.status not in (Status.CANCELLED, Status.NO_SHOW) for visit in made.rows)
    return request.status is not RequestStatus.MATCHED and coming >= request.wish.helpers
