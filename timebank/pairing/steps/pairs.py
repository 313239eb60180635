"""Writing standing pairs and the visits they plan."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core import clock
from timebank.core.errors import N_, NotFound, Stale
from timebank.core.ids import derived_id
from timebank.core.provenance import Provenance
from timebank.pairing import rules
from timebank.pairing.model import VISITING, Occasion, PairStatus, PairView, ProposalView
from timebank.pairing.queries.pairs import living_pairs, pair_view
from timebank.pairing.tables import Pair
from timebank.pairing.words import FELL_AWAY
from timebank.people import queries as people
from timebank.people.model import RECEIVING
from timebank.people.model import Status as MemberStatus
from timebank.requests import queries as requests
from timebank.requests import steps as request_steps
from timebank.requests.model import Settled
from timebank.requests.recurrence import queries as recurrence
from timebank.requests.recurrence.model import EVERY_WEEK
from timebank.requests.recurrence.rules import turns
from timebank.visits import queries as visits
from timebank.visits import steps as visit_steps
from timebank.visits.model import Move, PlannedVisit, VisitView
from timebank.visits.model import Status as VisitStatus

# Kept with a visit that fell away, and told by it apart from one that was cancelled for itself.
PAUSED = N_("结对暂停")
ENDED = N_("结对已结束")
TAKEN_BACK = N_("改期取消了")


async def start(db: AsyncSession, proposal: ProposalView, *, now: datetime) -> PairView:
    """A pair on trial, from a proposal that both sides accepted."""
    row = (
        await db.scalars(
            insert(Pair)
            .values(
                id=derived_id("pair", proposal.id),
                community_id=proposal.community_id,
                scheme_id=proposal.scheme_id,
                request_id=proposal.request_id,
                proposal_id=proposal.id,
                helper_id=proposal.helper_id,
                recipient_id=proposal.recipient_id,
                category=proposal.category,
                on_day=proposal.occasion.on,
                from_minute=proposal.occasion.from_minute,
                minutes=proposal.occasion.minutes,
                **rhythm_columns(proposal.occasion),
                status=PairStatus.TRIAL,
                trial_until=proposal.occasion.on + rules.TRIAL,
                version=1,
                made_at=now,
            )
            .returning(Pair)
        )
    ).one()
    await request_steps.settle_first(
        db, proposal.request_id, Settled(proposal.occasion.on, proposal.occasion.from_minute)
    )
    return pair_view(row)


def rhythm_columns(occasion: Occasion) -> dict[str, int | None]:
    """How often, as columns."""
    recurrence = occasion.recurrence or EVERY_WEEK
    return {"every": recurrence.every, "nth": recurrence.nth}


async def locked(
    db: AsyncSession, community_id: UUID, pair_id: UUID, *, version: int | None = None
) -> PairView:
    """The pair, held until the transaction ends; `NotFound`, or `Stale` if it is not the version seen."""
    row = await db.scalar(
        select(Pair)
        .where(Pair.id == pair_id, Pair.community_id == community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Stale(row.version)
    return pair_view(row)


async def confirm(db: AsyncSession, pair: PairView, *, now: datetime) -> PairView:
    """The trial went well."""
    return await _move(db, pair, PairStatus.ACTIVE, confirmed_on=clock.day_of(now))


async def pause(
    db: AsyncSession, pair: PairView, *, by: UUID, now: datetime, note: str | None = None
) -> PairView:
    """For a while no visits: those to come fall away."""
    after = await _move(db, pair, PairStatus.PAUSED, paused_on=clock.day_of(now), note=note)
    gone = await _cancel_to_come(db, pair, PAUSED, now=now)
    await visit_steps.reserve(db, pair.community_id, gone, by=by, now=now)
    return after


async def resume(
    db: AsyncSession, pair: PairView, *, by: UUID, provenance: Provenance, now: datetime
) -> PairView:
    """Visits again: those that fell away and are still to come return, and the next weeks are planned."""
    after = await _move(db, pair, pair.resumed_status, paused_on=None)
    back = [
        await visit_steps.move(
            db,
            await visit_steps.locked(db, pair.community_id, visit.id),
            Move.RESTORE,
            now=now,
            status_reason=None,
        )
        for visit in await _to_come(db, pair, VisitStatus.CANCELLED, now=now)
        if visit.status_reason == PAUSED
    ]
    await plan_ahead(db, [after], by=by, provenance=provenance, now=now, beside=back)
    return after


async def end(
    db: AsyncSession, pair: PairView, *, by: UUID, now: datetime, note: str | None, look_again: bool
) -> PairView:
    """Over, with thanks. The visits to come fall away; the request is done, or waits for somebody else."""
    day = clock.day_of(now)
    after = await _move(db, pair, PairStatus.ENDED, ended_on=day, paused_on=None, note=note)
    gone = await _cancel_to_come(db, pair, ENDED, now=now)
    if look_again:
        await request_steps.mark_published(db, [pair.request_id], now=now)
    else:
        await request_steps.mark_done(db, [pair.request_id], now=now)
    await visit_steps.reserve(db, pair.community_id, gone, by=by, now=now)
    return after


async def part(
    db: AsyncSession, community_id: UUID, member_id: UUID, *, note: str, now: datetime
) -> list[VisitView]:
    """End every pair of a member who is no more; the visits that fall away, whose holds are the caller's to release.

    Whom the member helped still needs somebody: their requests are looked at again.
    """
    gone: list[VisitView] = []
    for pair in await living_pairs(db, community_id, member_id=member_id):
        held = await locked(db, community_id, pair.id)
        day = clock.day_of(now)
        await _move(db, held, PairStatus.ENDED, ended_on=day, paused_on=None, note=note)
        gone += await _cancel_to_come(db, held, note, now=now)
        look_again = pair.helper_id == member_id
        mark = request_steps.mark_published if look_again else request_steps.mark_done
        await mark(db, [pair.request_id], now=now)
    return gone


async def plan_ahead(
    db: AsyncSession,
    pairs: Sequence[PairView],
    *,
    by: UUID,
    provenance: Provenance,
    now: datetime,
    beside: Sequence[VisitView] = (),
) -> int:
    """Plan the next weeks of pairs of one community; how many visits are new.

    A day that is planned already, or that was cancelled for itself, is left as it is: run it as often as you like.
    All are planned or none: raises `NotSetAside`. `beside` as `visits.steps.plan` has it.
    """
    planned = await days_ahead(db, pairs, now=now)
    return len(
        await visit_steps.plan(db, planned, provenance=provenance, created_by=by, now=now, beside=beside)
    )


async def days_ahead(db: AsyncSession, pairs: Sequence[PairView], *, now: datetime) -> list[PlannedVisit]:
    """The visits of the next weeks of pairs of one community, planned or to be planned.

    Left out are days that fall away (skipped, moved, a holiday) and those on which one of the two is away.
    """
    visiting = [pair for pair in pairs if pair.status in VISITING]
    if not visiting:
        return []
    both = {who for pair in visiting for who in (pair.helper_id, pair.recipient_id)}
    briefs = await people.briefs(db, both)
    absences = await people.absences(db, both)
    places = await requests.requests(db, {pair.request_id for pair in visiting})
    today = clock.day_of(now)
    series = await recurrence.series(db, visiting[0].community_id, list(places.values()), today)
    planned: list[PlannedVisit] = []
    for pair in visiting:
        two = (pair.helper_id, pair.recipient_id)
        if briefs[pair.helper_id].status is not MemberStatus.ACTIVE:
            continue
        if briefs[pair.recipient_id].status not in RECEIVING:
            continue
        away = [(a.from_on, a.until_on) for who in two for a in absences.get(who, [])]
        ahead = turns(series[pair.request_id], today, today + rules.PLANNED_AHEAD)
        for turn in rules.present(ahead, away):
            begins = clock.midnight(turn.day) + timedelta(minutes=turn.from_minute)
            if begins <= now:
                continue
            planned.append(
                PlannedVisit(
                    id=rules.visit_on(pair, turn.day, turn.from_minute),
                    community_id=pair.community_id,
                    scheme_id=pair.scheme_id,
                    category=pair.category,
                    helper_id=pair.helper_id,
                    recipient_id=pair.recipient_id,
                    planned_from=begins,
                    planned_until=begins + pair.occasion.lasts,
                    request_id=pair.request_id,
                    pair_id=pair.id,
                    proposal_id=pair.proposal_id,
                    place=places[pair.request_id].wish.place,
                )
            )
    return planned


async def follow_dates(
    db: AsyncSession, pair: PairView, *, by: UUID, provenance: Provenance, now: datetime
) -> None:
    """Let a pair's planned visits be as its dates are now: what falls away is cancelled, what comes back returns."""
    view = await requests.request(db, pair.request_id)
    today = clock.day_of(now)
    series = (await recurrence.series(db, pair.community_id, [view], today))[pair.request_id]
    ahead = turns(series, today, today + rules.PLANNED_AHEAD)
    coming = {rules.visit_on(pair, turn.day, turn.from_minute) for turn in ahead if turn.comes}
    gone = {
        rules.visit_on(pair, change.to_day, change.from_minute): TAKEN_BACK
        for change in await recurrence.undone_changes(db, pair.request_id)
        if change.to_day is not None and change.from_minute is not None
    }
    gone |= {
        rules.visit_on(pair, turn.day, turn.from_minute): FELL_AWAY[turn.state]
        for turn in ahead
        if not turn.comes
    }
    moved: list[VisitView] = []
    for visit in await _to_come(db, pair, VisitStatus.PLANNED, now=now):
        if visit.id in gone.keys() - coming:
            held = await visit_steps.locked(db, pair.community_id, visit.id)
            moved.append(await visit_steps.move(db, held, Move.CANCEL, now=now, status_reason=gone[visit.id]))
    for visit in await _to_come(db, pair, VisitStatus.CANCELLED, now=now):
        if visit.id in coming and visit.status_reason in (*FELL_AWAY.values(), TAKEN_BACK):
            held = await visit_steps.locked(db, pair.community_id, visit.id)
            moved.append(await visit_steps.move(db, held, Move.RESTORE, now=now, status_reason=None))
    await plan_ahead(db, [pair], by=by, provenance=provenance, now=now, beside=moved)


async def _move(db: AsyncSession, pair: PairView, to: PairStatus, **values: object) -> PairView:
    row = (
        await db.scalars(
            update(Pair)
            .where(Pair.id == pair.id, Pair.version == pair.version)
            .values(status=rules.moved(pair, to), version=pair.version + 1, **values)
            .returning(Pair)
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    if row is None:
        raise Stale
    return pair_view(row)


async def _cancel_to_come(db: AsyncSession, pair: PairView, reason: str, *, now: datetime) -> list[VisitView]:
    gone = []
    for visit in await _to_come(db, pair, VisitStatus.PLANNED, now=now):
        held = await visit_steps.locked(db, pair.community_id, visit.id)
        if held.status is VisitStatus.PLANNED:
            gone.append(await visit_steps.move(db, held, Move.CANCEL, now=now, status_reason=reason))
    return gone


async def _to_come(
    db: AsyncSession, pair: PairView, status: VisitStatus, *, now: datetime
) -> Collection[VisitView]:
    """A pair's visits in one state that have not begun, in id order, so that two who lock them do so alike."""
    found = await visits.list_visits(
        db,
        pair.community_id,
        statuses=[status],
        pair_id=pair.id,
        from_on=clock.day_of(now),
        limit=100,
    )
    to_come = [visit for visit in found.rows if visit.planned_from and visit.planned_from > now]
    return sorted(to_come, key=lambda visit: visit.id)
