"""The desk's part: ending disputes, ways out where the ledger refused, corrections; the night's work."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, use_case
from timebank.core.actor import Role
from timebank.core.errors import N_, FieldError, Invalid, Text
from timebank.core.provenance import Provenance
from timebank.people import queries as people
from timebank.schemes.model import Payer
from timebank.schemes.rules import served_barrier
from timebank.visits import rules, steps
from timebank.visits.model import Move, Outcome, PaidBy, Status, VisitView
from timebank.visits.service.parties import DESK, both
from timebank.visits.tables import Dispute, Visit

RETRIED_MAX = 500


@use_case(who=DESK, where="community_id", on_behalf=both)
async def resolve(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    visit_id: UUID,
    version: int,
    minutes: int | None,
    reason: str,
) -> Outcome:
    """End a dispute, having heard both: with these minutes, or with none (`minutes` None: cancelled).

    Both sides' figures stay on record beside the outcome.
    """
    visit = await steps.locked(db, community_id, visit_id, version=version)
    if minutes is None:
        ended = await steps.move(db, visit, Move.CANCEL, now=act.now, status_reason=reason)
        outcome = Outcome(ended, posted=False)
        await steps.reserve(db, community_id, [ended], by=act.actor.id, now=act.now)
    else:
        _refuse_minutes(minutes)
        agreed = await steps.move(
            db,
            visit,
            Move.RESOLVE,
            now=act.now,
            confirmed_minutes=minutes,
            confirmed_by=act.actor.id,
            confirmed_at=act.now,
            confirmed_source=Provenance.DESK,
        )
        outcome = await _settle(db, act, agreed)
    await db.execute(
        update(Dispute)
        .where(Dispute.visit_id == visit_id, Dispute.resolved_at.is_(None))
        .values(
            outcome="nothing" if minutes is None else "minutes",
            outcome_minutes=minutes,
            reason=reason,
            resolved_by=act.actor.id,
            resolved_at=act.now,
        )
    )
    return outcome


@use_case(who=DESK, where="community_id", on_behalf=both)
async def amend(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    visit_id: UUID,
    version: int,
    reason: str,
    minutes: int | None = None,
    paid_by: PaidBy | None = None,
) -> Outcome:
    """A way out of a refusal: fewer minutes, or another payer; then settle.

    Raises `Invalid` for more minutes, and where somebody without an account would pay.
    """
    visit = await steps.locked(db, community_id, visit_id, version=version)
    values: dict[str, object] = {"status_reason": reason, "refusal": None}
    if minutes is not None:
        _refuse_minutes(minutes)
        if visit.confirmed and minutes > visit.confirmed.minutes:
            raise Invalid([FieldError("minutes", Text(N_("只能改短，不能改长")))])
        values["confirmed_minutes"] = minutes
    if paid_by is not None:
        recipient = (await people.briefs(db, [visit.recipient_id])).get(visit.recipient_id)
        if recipient and (barrier := served_barrier(Payer(paid_by), recipient.status)):
            raise Invalid([FieldError("paid_by", barrier)])
        values["paid_by"] = paid_by
    changed = await steps.move(db, visit, Move.AMEND, now=act.now, **values)
    return await _settle(db, act, changed)


@use_case(who=DESK, where="community_id", on_behalf=both)
async def correct(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    visit_id: UUID,
    version: int,
    minutes: int | None,
    reason: str,
    forced: bool = False,
) -> Outcome:
    """Take a posting back and post the true minutes; `minutes` None: it never took place.

    Raises `AlreadySpent` where the helper no longer has them, unless `forced`.
    """
    visit = await steps.locked(db, community_id, visit_id, version=version)
    if minutes is not None:
        _refuse_minutes(minutes)
        if minutes == visit.settled_minutes and visit.confirmed and minutes == visit.confirmed.minutes:
            raise Invalid([FieldError("minutes", Text(N_("和已记账的一样，不用更正")))])
    return await steps.correct(
        db, visit, minutes=minutes, reason=reason, forced=forced, actor_id=act.actor.id, now=act.now
    )


@use_case(who={Role.SYSTEM}, where="community_id")
async def retry_refused(db: AsyncSession, act: Act, *, community_id: UUID) -> int:
    """The night's work: ask the ledger again for what it refused; how many were posted."""
    waiting = (
        await db.scalars(
            select(Visit.id)
            .where(Visit.community_id == community_id, Visit.status == Status.CONFIRMED)
            .order_by(Visit.confirmed_at, Visit.id)
            .limit(RETRIED_MAX)
        )
    ).all()
    settlers = dict.fromkeys(waiting, act.actor.id)
    outcomes = await steps.settle_many(db, community_id, settlers, now=act.now)
    return sum(outcome.posted for outcome in outcomes)


async def _settle(db: AsyncSession, act: Act, visit: VisitView) -> Outcome:
    settlers = {visit.id: act.actor.id}
    return (await steps.settle_held(db, visit.community_id, [visit], settlers, now=act.now))[0]


def _refuse_minutes(minutes: int) -> None:
    found = rules.minutes_problems(minutes)
    if found:
        raise Invalid(found)
