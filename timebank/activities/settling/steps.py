"""Posting what was served in an activity: each part once, as the sheet now says.

The same way that a visit is settled: policies of the day it was served on, one batch, a refusal is an answer that
is kept beside the part, and the next attempt is another revision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.activities.errors import EarnedAndSpent
from timebank.activities.model import ActivityView
from timebank.activities.settling import queries
from timebank.activities.settling.model import Due, Service
from timebank.activities.settling.rules import CATEGORIES, due, paid_in_common
from timebank.activities.tables import ActivitySettlement, ParticipationRow
from timebank.core.amounts import Minutes
from timebank.core.ids import derived_id
from timebank.core.provenance import Provenance
from timebank.core.rows import insert_all
from timebank.hours import rules as hours_rules
from timebank.hours import steps as hours
from timebank.hours.model import About, AccountKind, Answer, Kind, Wish, common_account
from timebank.hours.refusals import Refused
from timebank.people import queries as people
from timebank.schemes import queries as schemes
from timebank.schemes import rules as scheme_rules
from timebank.schemes.model import Dated, HousePolicy, OverflowTo, SchemePolicy
from timebank.visits.model import NO_POLICY

SHEET_CHANGED = "签到表改过了"


@dataclass
class _Bill:
    """What one part comes to: what takes the old posting back, and what is posted."""

    service: Service
    back: list[Wish] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    refusal: dict[str, object] | None = None
    posts: bool = False


@dataclass(frozen=True)
class _Rules:
    """What decides on the day of an activity."""

    house: Dated[HousePolicy]
    scheme: Dated[SchemePolicy] | None


async def settle(db: AsyncSession, activity: ActivityView, *, by: UUID, now: datetime) -> None:
    """Let the ledger say what the sheet says: post what is served, take back what is not any more.

    The activity must be locked. What the ledger refuses to post is kept as a refusal beside the part and can be
    tried again. Raises `EarnedAndSpent` where what is to be taken back is spent.
    """
    services = [one for one in await queries.services(db, activity) if due(one) is not Due.NOTHING]
    if not services:
        return
    decided = await _rules(db, activity)
    bills = [await _bill(db, activity, decided, one, by=by, place=n) for n, one in enumerate(services)]
    if decided.house.content.overflow_to is OverflowTo.POOL:
        await _split(db, activity, decided, bills, by=by)
    wishes = [wish for bill in bills for wish in (*bill.back, *bill.wishes)]
    posted = await hours.post(db, activity.community_id, wishes, actor_id=by, now=now) if wishes else []
    answers = {answer.id: answer for answer in posted}
    for bill in bills:
        await _refuse_unreversed(db, bill, answers)
    await _record(db, activity, decided, bills, answers, by=by, now=now)


async def _rules(db: AsyncSession, activity: ActivityView) -> _Rules:
    day = activity.plan.held_on
    houses = await schemes.house_policies(db, activity.community_id)
    scheme = None
    if activity.plan.scheme_id is not None:
        versions = await schemes.scheme_policies(db, {activity.plan.scheme_id})
        scheme = scheme_rules.in_force(versions[activity.plan.scheme_id], day)
    return _Rules(scheme_rules.in_force(houses, day) or schemes.UNSET, scheme)


async def _bill(
    db: AsyncSession, activity: ActivityView, decided: _Rules, service: Service, *, by: UUID, place: int
) -> _Bill:
    bill = _Bill(service)
    # What is taken back and what is posted stand each for itself, past each other's groups.
    if service.in_force is not None and service.in_force.transfer_ids:
        bill.back = await hours.reversal_wishes(
            db,
            activity.community_id,
            service.in_force.transfer_ids,
            reason=SHEET_CHANGED,
            root=derived_id("participation", service.participation_id, service.revision),
            entered_by=by,
            provenance=Provenance.PAPER,
            group=2 * place,
        )
    if service.served:
        _post(activity, decided, bill, by=by, room=None, group=2 * place + 1)
    return bill


def _post(
    activity: ActivityView, decided: _Rules, bill: _Bill, *, by: UUID, room: int | None, group: int
) -> None:
    """Put into a bill what is to be posted; with no rules of the day, why it can't be."""
    service, scheme = bill.service, decided.scheme
    if scheme is None:
        bill.refusal = {"code": NO_POLICY, "account_id": None, "short_minutes": None}
        return
    bill.posts = True
    category = CATEGORIES[activity.plan.kind]
    payable = scheme_rules.payable(paid_in_common(scheme.content), service.served, category or "")
    about = About(
        kind=Kind.ACTIVITY,
        subject_id=service.participation_id,
        provenance=Provenance.PAPER,
        served_on=activity.plan.held_on,
        category=category,
        helper_id=service.member_id,
        house_version_id=decided.house.version_id,
        scheme_version_id=scheme.version_id,
        entered_by=by,
        confirmed_by=by,
        basis=payable.basis | {"activity": str(activity.id)},
    )
    bill.wishes = hours_rules.wishes_of(
        payable,
        house=decided.house.content,
        community_id=activity.community_id,
        helper_id=service.member_id,
        # Nobody is: what they would pay the pool pays.
        recipient_id=common_account(AccountKind.POOL, activity.community_id),
        about=about,
        id_for=lambda slot: derived_id("participation", service.participation_id, service.revision + 1, slot),
        room=room,
        group=group,
        by=by,
    )


async def _split(
    db: AsyncSession, activity: ActivityView, decided: _Rules, bills: Sequence[_Bill], *, by: UUID
) -> None:
    """Post again what goes over a ceiling, to the pool: nobody is twice in one activity."""
    wishes = [wish for bill in bills for wish in (*bill.back, *bill.wishes)]
    members = {bill.service.member_id for bill in bills if bill.wishes}
    pool = common_account(AccountKind.POOL, activity.community_id)
    rooms = await hours.rooms(db, activity.community_id, wishes, members | {pool})
    for place, bill in enumerate(bills):
        member_id = bill.service.member_id
        if bill.wishes and member_id in rooms:
            given_back = sum(wish.minutes for wish in bill.back if wish.from_account == member_id)
            room = rooms[member_id] + given_back
            _post(activity, decided, bill, by=by, room=room, group=2 * place + 1)


async def _refuse_unreversed(db: AsyncSession, bill: _Bill, answers: Mapping[UUID, Answer]) -> None:
    for wish in bill.back:
        answer = answers[wish.id]
        if isinstance(answer, Refused):
            member_id = bill.service.member_id
            known = await people.briefs(db, [member_id])
            raise EarnedAndSpent(name=known[member_id].name, short=Minutes(answer.short_minutes or 0))


async def _record(
    db: AsyncSession,
    activity: ActivityView,
    decided: _Rules,
    bills: Sequence[_Bill],
    answers: Mapping[UUID, Answer],
    *,
    by: UUID,
    now: datetime,
) -> None:
    """Write down beside each part how its bill was answered."""
    settlements = []
    for bill in bills:
        service, revision = bill.service, bill.service.revision + 1
        if service.in_force is not None:
            await _take_back(db, bill, by=by, now=now)
        refusal = bill.refusal or _refusal(bill, answers)
        await db.execute(
            update(ParticipationRow)
            .where(ParticipationRow.id == service.participation_id)
            .values(revision=revision, refusal=refusal)
        )
        if bill.posts and refusal is None and decided.scheme is not None:
            settlements.append(
                {
                    "community_id": activity.community_id,
                    "participation_id": service.participation_id,
                    "revision": revision,
                    "served_minutes": service.served,
                    "transfer_ids": [wish.id for wish in bill.wishes],
                    "minutes": sum(wish.minutes for wish in bill.wishes),
                    "house_version_id": decided.house.version_id,
                    "scheme_version_id": decided.scheme.version_id,
                    "settled_by": by,
                    "settled_at": now,
                }
            )
    await insert_all(db, ActivitySettlement, settlements)


async def _take_back(db: AsyncSession, bill: _Bill, *, by: UUID, now: datetime) -> None:
    await db.execute(
        update(ActivitySettlement)
        .where(
            ActivitySettlement.participation_id == bill.service.participation_id,
            ActivitySettlement.reversed_at.is_(None),
        )
        .values(reversed_by=by, reversed_at=now, reversal_ids=[wish.id for wish in bill.back])
    )


def _refusal(bill: _Bill, answers: Mapping[UUID, Answer]) -> dict[str, object] | None:
    """The first refusal that stands for itself, not for another of its group."""
    for wish in bill.wishes:
        answer = answers[wish.id]
        if isinstance(answer, Refused) and answer.because_id is None:
            account = str(answer.account_id) if answer.account_id else None
            return {"code": answer.code, "account_id": account, "short_minutes": answer.short_minutes}
    return None
