"""Settling visits: what they come to is posted once, and corrected by an equal and opposite posting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.amounts import Minutes
from timebank.core.ids import derived_id
from timebank.core.provenance import Provenance
from timebank.core.rows import insert_all
from timebank.hours import rules as hours_rules
from timebank.hours import steps as hours
from timebank.hours.holds.model import Hold
from timebank.hours.holds.queries import holds_about
from timebank.hours.holds.rules import NOTHING, Payment, pay_from
from timebank.hours.model import About, Answer, Kind, Wish
from timebank.hours.refusals import FloorBreached, Refused
from timebank.requests import steps as requests
from timebank.schemes import queries as schemes
from timebank.schemes import rules as scheme_rules
from timebank.schemes.model import Dated, HousePolicy, Payer, SchemePolicy
from timebank.visits.errors import AlreadySpent, NotReversed, VisitMoved
from timebank.visits.model import (
    NO_POLICY,
    Move,
    Outcome,
    Refusal,
    Status,
    VisitView,
)
from timebank.visits.rules import sets_aside, status_text
from timebank.visits.steps.moving import held, move, move_all
from timebank.visits.tables import Settlement


async def settle_many(
    db: AsyncSession, community_id: UUID, visits: Mapping[UUID, UUID], *, now: datetime
) -> list[Outcome]:
    """Post what confirmed visits (each with who settles it) come to, each exactly once.

    Their outcomes come in visit id order. The rest is as `settle_held` has it.
    """
    return await settle_held(db, community_id, await held(db, community_id, visits), visits, now=now)


async def settle_held(
    db: AsyncSession,
    community_id: UUID,
    visits: Sequence[VisitView],
    settlers: Mapping[UUID, UUID],
    *,
    now: datetime,
) -> list[Outcome]:
    """Post what visits come to that the transaction holds; `settlers`: by whom each, by visit id.

    Each goes under the policies in force on its `served_on`, and all its transfers together or none. One
    that the ledger refuses stays confirmed, with the refusal; its next attempt is another revision, so a
    retry is a new question and two desks at once ask only once. One that is not confirmed is left as it is.
    """
    ready = [visit for visit in visits if visit.status is Status.CONFIRMED]
    if not ready:
        return [Outcome(visit, posted=False) for visit in visits]
    bills = await _bills(db, community_id, ready, settlers, now=now)
    wishes = [wish for bill in bills for wish in bill.payment.all]
    anybody = settlers[ready[0].id]
    answers = await hours.post(db, community_id, wishes, actor_id=anybody, now=now) if wishes else []
    settled = await _record(db, bills, answers, now=now)
    return [settled.get(visit.id, Outcome(visit, posted=False)) for visit in visits]


async def correct(
    db: AsyncSession,
    visit: VisitView,
    *,
    minutes: int | None,
    reason: str,
    forced: bool,
    actor_id: UUID,
    now: datetime,
) -> Outcome:
    """Take a settled visit's posting back and post it anew; `minutes` None: it never took place.

    The visit must be locked. Raises `AlreadySpent` where the helper no longer has the minutes and `forced`
    does not say to go on all the same. If the new posting is refused the old one stays taken back, and the
    visit waits, confirmed, with the refusal.
    """
    if visit.status is not Status.SETTLED:
        raise VisitMoved(status=status_text(visit.status))
    in_force = (
        await db.scalars(
            select(Settlement).where(Settlement.visit_id == visit.id, Settlement.reversed_at.is_(None))
        )
    ).one()
    back = await hours.reversal_wishes(
        db,
        visit.community_id,
        in_force.transfer_ids,
        reason=reason,
        root=derived_id("visit", visit.id, visit.revision),
        entered_by=actor_id,
        forced=forced,
        group=0,
    )
    reopened = await _reopen(db, visit, minutes=minutes, reason=reason, actor_id=actor_id, now=now)
    anew = (
        []
        if minutes is None
        else await _bills(db, visit.community_id, [reopened], {visit.id: actor_id}, now=now)
    )
    wishes = [*back, *(wish for bill in anew for wish in bill.payment.all)]
    answers = await hours.post(db, visit.community_id, wishes, actor_id=actor_id, now=now) if wishes else []
    _refuse_unreversed(answers[: len(back)])
    await db.execute(
        update(Settlement)
        .where(Settlement.visit_id == visit.id, Settlement.revision == in_force.revision)
        .values(
            reversed_by=actor_id,
            reversed_at=now,
            reversed_because=reason,
            reversal_ids=[wish.id for wish in back],
        )
    )
    if minutes is None:
        return Outcome(reopened, posted=bool(back))
    settled = await _record(db, anew, answers[len(back) :], now=now)
    return settled[visit.id]


@dataclass(frozen=True)
class _Bill:
    """What a visit comes to: its wishes, or why there are none to be had."""

    visit: VisitView
    revision: int
    settler: UUID
    payment: Payment = NOTHING
    house_version_id: UUID | None = None
    scheme_version_id: UUID | None = None
    refusal: Refusal | None = None

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """The transfers."""
        return self.payment.wishes

    @property
    def minutes(self) -> int:
        """All of them together."""
        return sum(wish.minutes for wish in self.wishes)


async def _bills(
    db: AsyncSession,
    community_id: UUID,
    visits: Sequence[VisitView],
    settlers: Mapping[UUID, UUID],
    *,
    now: datetime,
) -> list[_Bill]:
    policies = await schemes.scheme_policies(db, {visit.scheme_id for visit in visits})
    houses = await schemes.house_policies(db, community_id) if visits else []
    holds: Mapping[UUID, Hold] = {}
    if sets_aside(policies.values()):
        holds = await holds_about(db, community_id, [visit.id for visit in visits])
    return [
        _bill(
            visit,
            house=scheme_rules.in_force(houses, visit.served_on),
            scheme=scheme_rules.in_force(policies[visit.scheme_id], visit.served_on),
            settler=settlers[visit.id],
            # Past any group that a caller's own wishes may have.
            group=place + 1,
            hold=holds.get(visit.id),
            now=now,
        )
        for place, visit in enumerate(visits)
    ]


def _bill(
    visit: VisitView,
    *,
    house: Dated[HousePolicy] | None,
    scheme: Dated[SchemePolicy] | None,
    settler: UUID,
    group: int,
    hold: Hold | None,
    now: datetime,
) -> _Bill:
    revision = visit.revision + 1
    if scheme is None:
        return _Bill(visit, revision, settler, refusal=Refusal(NO_POLICY))
    assert visit.confirmed is not None
    payer = Payer(visit.paid_by) if visit.paid_by else scheme.content.payer
    payable = scheme_rules.payable(replace(scheme.content, payer=payer), visit.confirmed.minutes)
    about = About(
        kind=Kind.VISIT,
        subject_id=visit.id,
        provenance=visit.confirmed.source,
        served_on=visit.served_on,
        category=visit.category,
        helper_id=visit.helper_id,
        recipient_id=visit.recipient_id,
        house_version_id=house.version_id if house else None,
        scheme_version_id=scheme.version_id,
        entered_by=visit.claimed.by if visit.claimed else settler,
        confirmed_by=visit.confirmed.by,
        basis=payable.basis,
    )
    wishes = hours_rules.wishes_of(
        payable,
        community_id=visit.community_id,
        helper_id=visit.helper_id,
        recipient_id=visit.recipient_id,
        about=about,
        id_for=lambda slot: derived_id("visit", visit.id, revision, slot),
        group=group,
        by=settler,
    )
    release_id = derived_id("visit", visit.id, revision, "release settled")
    payment = pay_from(hold, wishes, release_id=release_id, by=settler, now=now)
    return _Bill(visit, revision, settler, payment, about.house_version_id, about.scheme_version_id)


async def _record(
    db: AsyncSession, bills: Sequence[_Bill], answers: Sequence[Answer], *, now: datetime
) -> dict[UUID, Outcome]:
    """Write down beside each visit how its bill was answered."""
    answer_of: Mapping[UUID, Answer] = {answer.id: answer for answer in answers}
    refusals = {bill.visit.id: bill.refusal or _refusal(bill, answer_of) for bill in bills}
    refused = [bill for bill in bills if refusals[bill.visit.id] is not None]
    settled = [bill for bill in bills if refusals[bill.visit.id] is None]
    waiting = await move_all(
        db,
        [bill.visit for bill in refused],
        Move.AMEND,
        now=now,
        values=[{"revision": bill.revision, "refusal": _stored(refusals[bill.visit.id])} for bill in refused],
    )
    done = await move_all(
        db,
        [bill.visit for bill in settled],
        Move.SETTLE,
        now=now,
        values=[
            {"revision": bill.revision, "refusal": None, "settled_minutes": bill.minutes} for bill in settled
        ],
    )
    await insert_all(db, Settlement, [_settlement(bill, now) for bill in settled])
    await requests.finish_once(
        db, {bill.visit.request_id for bill in settled if bill.visit.request_id}, now=now
    )
    outcomes = [Outcome(visit, posted=False) for visit in waiting]
    outcomes += [Outcome(visit, posted=True) for visit in done]
    return {outcome.visit.id: outcome for outcome in outcomes}


def _settlement(bill: _Bill, now: datetime) -> dict[str, object]:
    return {
        "visit_id": bill.visit.id,
        "revision": bill.revision,
        "community_id": bill.visit.community_id,
        "transfer_ids": [wish.id for wish in bill.wishes],
        "minutes": bill.minutes,
        "house_version_id": bill.house_version_id,
        "scheme_version_id": bill.scheme_version_id,
        "settled_by": bill.settler,
        "settled_at": now,
    }


async def _reopen(
    db: AsyncSession, visit: VisitView, *, minutes: int | None, reason: str, actor_id: UUID, now: datetime
) -> VisitView:
    values: dict[str, object] = {"settled_minutes": None, "status_reason": reason}
    if minutes is None:
        return await move(db, visit, Move.VOID, now=now, **values)
    values |= {
        "confirmed_minutes": minutes,
        "confirmed_by": actor_id,
        "confirmed_at": now,
        "confirmed_source": Provenance.DESK,
    }
    return await move(db, visit, Move.REOPEN, now=now, **values)


def _refuse_unreversed(answers: Sequence[Answer]) -> None:
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    for answer in refused:
        if isinstance(answer, FloorBreached):
            raise AlreadySpent(short=Minutes(answer.short_minutes or 0))
    if refused:
        raise NotReversed(code=refused[0].code)


def _refusal(bill: _Bill, answers: Mapping[UUID, Answer]) -> Refusal | None:
    """The first refusal that stands for itself, not for another of its group."""
    refused = (answer for act in bill.payment.standing if isinstance(answer := answers[act.id], Refused))
    own = next((answer for answer in refused if answer.because_id is None), None)
    if own is None:
        return None
    return Refusal(own.code, account_id=own.account_id, short_minutes=own.short_minutes)


def _stored(refusal: Refusal | None) -> dict[str, object] | None:
    if refusal is None:
        return None
    account = str(refusal.account_id) if refusal.account_id else None
    return {"code": refusal.code, "account_id": account, "short_minutes": refusal.short_minutes}
