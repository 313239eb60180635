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
from timebank.hours.model import About, AccountKind, Answer, Kind, Wish, common_account
from timebank.hours.refusals import FloorBreached, Refused
from timebank.requests import steps as requests
from timebank.schemes import queries as schemes
from timebank.schemes import rules as scheme_rules
from timebank.schemes.model import Dated, HousePolicy, OverflowTo, Payer, SchemePolicy
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
    known = await _known(db, community_id, ready)
    settled: dict[UUID, Outcome] = {}
    while ready:
        bills, ready = await _wave(db, community_id, ready, known, settlers, now=now)
        wishes = [wish for bill in bills for wish in bill.payment.all]
        anybody = settlers[bills[0].visit.id]
        answers = await hours.post(db, community_id, wishes, actor_id=anybody, now=now) if wishes else []
        settled |= await _record(db, bills, answers, now=now)
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
    anew = [] if minutes is None else [await _anew(db, reopened, back, settler=actor_id, now=now)]
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
    def overflows(self) -> bool:
        """True if its helper's account cannot take all of it."""
        return any("overflow" in wish.about.basis for wish in self.wishes)

    @property
    def minutes(self) -> int:
        """All of them together."""
        return sum(wish.minutes for wish in self.wishes)


@dataclass(frozen=True)
class _Known:
    """The rules that may decide about some visits, and what was set aside for them."""

    schemes: Mapping[UUID, Sequence[Dated[SchemePolicy]]]
    houses: Sequence[Dated[HousePolicy]]
    holds: Mapping[UUID, Hold]

    def scheme(self, visit: VisitView) -> Dated[SchemePolicy] | None:
        """The scheme's rules on the day it was served."""
        return scheme_rules.in_force(self.schemes[visit.scheme_id], visit.served_on)

    def house(self, visit: VisitView) -> Dated[HousePolicy]:
        """The house policy on the day it was served."""
        return scheme_rules.in_force(self.houses, visit.served_on) or schemes.UNSET


async def _known(db: AsyncSession, community_id: UUID, visits: Sequence[VisitView]) -> _Known:
    policies = await schemes.scheme_policies(db, {visit.scheme_id for visit in visits})
    houses = await schemes.house_policies(db, community_id)
    holds: Mapping[UUID, Hold] = {}
    if sets_aside(policies.values()):
        holds = await holds_about(db, community_id, [visit.id for visit in visits])
    return _Known(policies, houses, holds)


async def _wave(
    db: AsyncSession,
    community_id: UUID,
    visits: Sequence[VisitView],
    known: _Known,
    settlers: Mapping[UUID, UUID],
    *,
    now: datetime,
) -> tuple[list[_Bill], list[VisitView]]:
    """Bills that can be posted together, at least one, and the visits that must wait for their answers.

    What goes over a ceiling depends on the balance: a visit that does waits for whatever else moves its
    helper's minutes, since that may yet be refused.
    """
    # Groups past any that a caller's own wishes may have.
    group_of = {visit.id: place + 1 for place, visit in enumerate(visits)}

    def billed(visit: VisitView, room: int | None) -> _Bill:
        return _bill(visit, known, settlers[visit.id], room=room, group=group_of[visit.id], now=now)

    bills = [billed(visit, None) for visit in visits]
    room = await _rooms(db, community_id, bills, known)
    if not room:
        return bills, []
    wave: list[_Bill] = []
    later: list[VisitView] = []
    moved: set[UUID] = set()
    for visit in visits:
        helper_id = visit.helper_id
        bill = billed(visit, room.get(helper_id))
        if helper_id in moved and bill.overflows:
            later.append(visit)
            continue
        wave.append(bill)
        for wish in bill.wishes:
            moved |= {wish.from_account, wish.to_account}
            if wish.to_account in room:
                room[wish.to_account] -= wish.minutes
    return wave, later


async def _anew(
    db: AsyncSession, visit: VisitView, back: Sequence[Wish], *, settler: UUID, now: datetime
) -> _Bill:
    """The bill of a visit whose posting is taken back in the same batch, by `back`."""
    known = await _known(db, visit.community_id, [visit])
    bill = _bill(visit, known, settler, room=None, group=1, now=now)
    room = await _rooms(db, visit.community_id, [bill], known, beside=back)
    if visit.helper_id not in room:
        return bill
    given_back = sum(wish.minutes for wish in back if wish.from_account == visit.helper_id)
    return _bill(visit, known, settler, room=room[visit.helper_id] + given_back, group=1, now=now)


async def _rooms(
    db: AsyncSession,
    community_id: UUID,
    bills: Sequence[_Bill],
    known: _Known,
    *,
    beside: Sequence[Wish] = (),
) -> dict[UUID, int]:
    """What helpers' accounts take up to their ceilings, where more than that goes to the pool."""
    helpers = {
        bill.visit.helper_id
        for bill in bills
        if known.house(bill.visit).content.overflow_to is OverflowTo.POOL
    }
    if not helpers:
        return {}
    wishes = [*beside, *(wish for bill in bills for wish in bill.wishes)]
    pool = common_account(AccountKind.POOL, community_id)
    found = await hours.rooms(db, community_id, wishes, helpers | {pool})
    return {member_id: room for member_id, room in found.items() if member_id in helpers}


def _bill(
    visit: VisitView, known: _Known, settler: UUID, *, room: int | None, group: int, now: datetime
) -> _Bill:
    revision = visit.revision + 1
    scheme, house = known.scheme(visit), known.house(visit)
    if scheme is None:
        return _Bill(visit, revision, settler, refusal=Refusal(NO_POLICY))
    assert visit.confirmed is not None
    payer = Payer(visit.paid_by) if visit.paid_by else scheme.content.payer
    payable = scheme_rules.payable(
        replace(scheme.content, payer=payer), visit.confirmed.minutes, visit.category
    )
    about = About(
        kind=Kind.VISIT,
        subject_id=visit.id,
        provenance=visit.confirmed.source,
        served_on=visit.served_on,
        category=visit.category,
        helper_id=visit.helper_id,
        recipient_id=visit.recipient_id,
        house_version_id=house.version_id,
        scheme_version_id=scheme.version_id,
        entered_by=visit.claimed.by if visit.claimed else settler,
        confirmed_by=visit.confirmed.by,
        basis=payable.basis,
    )
    wishes = hours_rules.wishes_of(
        payable,
        house=house.content,
        community_id=visit.community_id,
        helper_id=visit.helper_id,
        recipient_id=visit.recipient_id,
        about=about,
        id_for=lambda slot: derived_id("visit", visit.id, revision, slot),
        room=room,
        group=group,
        by=settler,
    )
    release_id = derived_id("visit", visit.id, revision, "release settled")
    payment = pay_from(known.holds.get(visit.id), wishes, release_id=release_id, by=settler, now=now)
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
