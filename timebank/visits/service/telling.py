"""The helper says how long it took; the recipient says whether that is right."""

from datetime import date
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.delegates.model import Purpose
from timebank.access.guard import Act, use_case
from timebank.core.errors import Invalid
from timebank.core.provenance import Provenance
from timebank.schemes.model import ConfirmBy
from timebank.visits import rules, steps
from timebank.visits.errors import FamilyConfirms, NotYourPart, OnlyThemselves
from timebank.visits.model import Move, Outcome, Side, VisitView
from timebank.visits.service.parties import (
    ANYBODY,
    both,
    only,
    policy_of,
    side,
    source,
    speaker,
    within_family,
)
from timebank.visits.tables import Dispute


@use_case(who=ANYBODY, where="community_id", on_behalf=both)
async def claim(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    visit_id: UUID,
    version: int,
    minutes: int,
    served_on: date | None = None,
    note: str | None = None,
    provenance: Provenance = Provenance.DESK,
) -> VisitView:
    """Say how long it took, on which day if it was not the planned one; again while nobody confirmed it.

    Raises `Invalid` for a day to come or too long ago, `NotYourPart` for the recipient.
    """
    visit = await steps.locked(db, community_id, visit_id, version=version)
    only(act, visit, Side.HELPER)
    day = served_on or visit.served_on
    found = rules.minutes_problems(minutes) + rules.day_problems(day, today=act.today)
    if found:
        raise Invalid(found)
    return await steps.move(
        db,
        visit,
        Move.CLAIM,
        now=act.now,
        served_on=day,
        claimed_minutes=minutes,
        claimed_by=speaker(act, visit),
        claimed_at=act.now,
        claimed_source=source(act, provenance),
        said_minutes=None,
        note=note or visit.note,
    )


@use_case(who=ANYBODY, where="community_id", on_behalf=both, purposes={Purpose.CONFIRM})
async def confirm(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    visit_id: UUID,
    version: int,
    minutes: int | None = None,
    words: str | None = None,
    provenance: Provenance = Provenance.PHONE,
) -> Outcome:
    """Say that the claim is right, and post it. `minutes`: what the recipient says it was, if anything else.

    Within the scheme's tolerance the claim stands and both figures are kept; beyond it this is a dispute.
    Raises `NotYourPart` for the helper, `OnlyThemselves` where a desk may not speak for the recipient,
    `FamilyConfirms` where the two are kin: then it is for a desk to say.
    """
    visit = await steps.locked(db, community_id, visit_id, version=version)
    speaking = only(act, visit, Side.RECIPIENT)
    family = await within_family(db, act, visit)
    if speaking is not None and family:
        raise FamilyConfirms
    policy = await policy_of(db, visit)
    own_word = speaking is not None or family or provenance is Provenance.PAPER
    if policy is not None and policy.confirm_by is ConfirmBy.RECIPIENT and not own_word:
        raise OnlyThemselves
    claimed = visit.claimed.minutes if visit.claimed else 0
    if minutes is not None and minutes != claimed:
        tolerance = policy.tolerance_minutes if policy else 0
        if not rules.within_tolerance(claimed, minutes, tolerance_minutes=tolerance):
            return await _dispute(db, act, visit, minutes=minutes, words=words, provenance=provenance)
    agreed = await steps.move(
        db,
        visit,
        Move.CONFIRM,
        now=act.now,
        said_minutes=minutes,
        confirmed_minutes=claimed,
        confirmed_by=speaker(act, visit),
        confirmed_at=act.now,
        confirmed_source=source(act, provenance),
    )
    return (await steps.settle_many(db, community_id, [agreed.id], actor_id=act.actor.id, now=act.now))[0]


@use_case(who=ANYBODY, where="community_id", on_behalf=both, purposes={Purpose.CONFIRM})
async def dispute(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    visit_id: UUID,
    version: int,
    minutes: int | None = None,
    words: str | None = None,
    provenance: Provenance = Provenance.PHONE,
) -> VisitView:
    """Say that the claim is not right; `minutes` 0: it did not take place. The desk hears both sides."""
    visit = await steps.locked(db, community_id, visit_id, version=version)
    if side(act, visit) is Side.HELPER:
        raise NotYourPart
    if minutes:
        found = rules.minutes_problems(minutes)
        if found:
            raise Invalid(found)
    return (await _dispute(db, act, visit, minutes=minutes, words=words, provenance=provenance)).visit


async def _dispute(
    db: AsyncSession,
    act: Act,
    visit: VisitView,
    *,
    minutes: int | None,
    words: str | None,
    provenance: Provenance,
) -> Outcome:
    moved = await steps.move(db, visit, Move.DISPUTE, now=act.now, said_minutes=minutes)
    await db.execute(
        insert(Dispute).values(
            id=act.id_for("dispute", visit.id, visit.version),
            community_id=visit.community_id,
            visit_id=visit.id,
            claimed_minutes=visit.claimed.minutes if visit.claimed else 0,
            said_minutes=minutes,
            words=words,
            raised_by=speaker(act, visit),
            raised_at=act.now,
            raised_source=source(act, provenance),
        )
    )
    return Outcome(moved, posted=False)
