"""Writing visits and settling them. Every change of status goes through `MOVES`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core import clock
from timebank.core.amounts import Minutes
from timebank.core.errors import NotFound, Stale
from timebank.core.ids import derived_id
from timebank.core.provenance import Provenance
from timebank.hours import rules as hours_rules
from timebank.hours import steps as hours
from timebank.hours.model import About, Answer, FloorBreached, Kind, Refused, Wish
from timebank.requests import steps as requests
from timebank.schemes import queries as schemes
from timebank.schemes import rules as scheme_rules
from timebank.schemes.model import Dated, HousePolicy, Payer, SchemePolicy
from timebank.visits.errors import AlreadySpent, NotReversed, VisitMoved
from timebank.visits.model import (
    ENDS,
    MOVES,
    NO_POLICY,
    Move,
    Outcome,
    PlannedVisit,
    Refusal,
    Status,
    VisitView,
)
from timebank.visits.rules import status_text
from timebank.visits.tables import Settlement, Visit
from timebank.visits.views import visit_view


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID) -> None:
    """Visits that are not over are another member's from now on; what was settled or cancelled stays as it was."""
    for side in ("helper_id", "recipient_id"):
        await db.execute(
            update(Visit)
            .where(getattr(Visit, side) == from_id, Visit.status.not_in(ENDS))
            .values({side: to_id, "version": Visit.version + 1})
        )


async def plan(
    db: AsyncSession,
    planned: Sequence[PlannedVisit],
    *,
    provenance: Provenance,
    created_by: UUID,
    now: datetime,
) -> list[UUID]:
    """Plan visits; the ids of those that are new.

    One that is planned already (same id, same pair and start, or same proposal and start) is left as it is.
    """
    made: list[UUID] = []
    # Asked first: a row that is there already would else use up a number each time it is planned again.
    known = set(await db.scalars(select(Visit.id).where(Visit.id.in_([each.id for each in planned]))))
    for each in sorted(planned, key=lambda one: one.id):
        if each.id in known:
            continue
        row = await db.scalar(
            upsert(Visit)
            .values(
                id=each.id,
                community_id=each.community_id,
                scheme_id=each.scheme_id,
                category=each.category,
                request_id=each.request_id,
                pair_id=each.pair_id,
                proposal_id=each.proposal_id,
                helper_id=each.helper_id,
                recipient_id=each.recipient_id,
                planned_from=each.planned_from,
                planned_until=each.planned_until,
                served_on=clock.day_of(each.planned_from),
                place=each.place,
                status=Status.PLANNED,
                revision=0,
                note=each.note,
                provenance=provenance,
                created_by=created_by,
                created_at=now,
                changed_at=now,
                version=1,
            )
            .on_conflict_do_nothing()
            .returning(Visit.id)
        )
        if row is not None:
            made.append(row)
    return made


async def locked(
    db: AsyncSession, community_id: UUID, visit_id: UUID, *, version: int | None = None
) -> VisitView:
    """The visit, held until the transaction ends; `NotFound`, or `Stale` if it is not the version seen."""
    found = await _locked(db, community_id, [visit_id])
    if not found:
        raise NotFound
    if version is not None and found[0].version != version:
        raise Stale(found[0].version)
    return found[0]


async def move(
    db: AsyncSession, visit: VisitView, what: Move, *, now: datetime, **values: object
) -> VisitView:
    """Move a locked visit and write `values` beside it; `VisitMoved` if it stands elsewhere."""
    before, after = MOVES[what]
    if visit.status not in before:
        raise VisitMoved(status=status_text(visit.status))
    row = (
        await db.scalars(
            update(Visit)
            .where(Visit.id == visit.id, Visit.version == visit.version)
            .values(status=after, version=visit.version + 1, changed_at=now, **values)
            .returning(Visit)
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    if row is None:
        raise Stale
    return visit_view(row)


async def move_all(
    db: AsyncSession,
    visits: Sequence[VisitView],
    what: Move,
    *,
    now: datetime,
    values: Sequence[Mapping[str, object]],
) -> list[VisitView]:
    """Move locked visits together, each with its own `values` beside it (the same columns for all).

    Raises `VisitMoved` if one of them stands elsewhere, `Stale` if one is not as it was seen.
    """
    before, after = MOVES[what]
    for visit in visits:
        if visit.status not in before:
            raise VisitMoved(status=status_text(visit.status))
    if not visits:
        return []
    rows = [
        {"key": visit.id, "seen": visit.version, "next": visit.version + 1, **beside}
        for visit, beside in zip(visits, values, strict=True)
    ]
    columns: dict[str, Any] = {name: bindparam(name) for name in values[0]}
    statement = (
        update(Visit.__table__)  # type: ignore[arg-type]
        .where(Visit.__table__.c.id == bindparam("key"), Visit.__table__.c.version == bindparam("seen"))
        .values(status=after, version=bindparam("next"), changed_at=now, **columns)
    )
    await (await db.connection()).execute(statement, rows)
    moved = {view.id: view for view in await _locked(db, visits[0].community_id, [v.id for v in visits])}
    if any(moved[visit.id].version != visit.version + 1 for visit in visits):
        raise Stale
    return [moved[visit.id] for visit in visits]


async def locked_all(db: AsyncSession, community_id: UUID, visit_ids: Collection[UUID]) -> list[VisitView]:
    """Visits in id order, held until the transaction ends; raises `NotFound` if one is missing."""
    found = await _locked(db, community_id, visit_ids)
    if len(found) != len(set(visit_ids)):
        raise NotFound
    return found


async def settle_many(
    db: AsyncSession, community_id: UUID, visit_ids: Collection[UUID], *, actor_id: UUID, now: datetime
) -> list[Outcome]:
    """Post what confirmed visits come to, each exactly once; their outcomes, in visit id order.

    Each goes under the policies in force on its `served_on`, and all its transfers together or none. One
    that the ledger refuses stays confirmed, with the refusal; its next attempt is another revision, so a
    retry is a new question and two desks at once ask only once. One that is not confirmed is left as it is.
    """
    visits = await _locked(db, community_id, visit_ids)
    ready = [visit for visit in visits if visit.status is Status.CONFIRMED]
    bills = await _bills(db, community_id, ready, entered_by=actor_id)
    wishes = [wish for bill in bills for wish in bill.wishes]
    answers = await hours.post(db, community_id, wishes, actor_id=actor_id, now=now) if wishes else []
    settled = await _record(db, bills, answers, actor_id=actor_id, now=now)
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
    anew = [] if minutes is None else await _bills(db, visit.community_id, [reopened], entered_by=actor_id)
    wishes = [*back, *(wish for bill in anew for wish in bill.wishes)]
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
    settled = await _record(db, anew, answers[len(back) :], actor_id=actor_id, now=now)
    return settled[visit.id]


@dataclass(frozen=True)
class _Bill:
    """What a visit comes to: its wishes, or why there are none to be had."""

    visit: VisitView
    revision: int
    wishes: tuple[Wish, ...] = ()
    house_version_id: UUID | None = None
    scheme_version_id: UUID | None = None
    refusal: Refusal | None = None


async def _bills(
    db: AsyncSession, community_id: UUID, visits: Sequence[VisitView], *, entered_by: UUID
) -> list[_Bill]:
    policies = await schemes.scheme_policies(db, {visit.scheme_id for visit in visits})
    houses = await schemes.house_policies(db, community_id) if visits else []
    return [
        _bill(
            visit,
            house=scheme_rules.in_force(houses, visit.served_on),
            scheme=scheme_rules.in_force(policies[visit.scheme_id], visit.served_on),
            entered_by=entered_by,
            # Past any group that a caller's own wishes may have.
            group=place + 1,
        )
        for place, visit in enumerate(visits)
    ]


def _bill(
    visit: VisitView,
    *,
    house: Dated[HousePolicy] | None,
    scheme: Dated[SchemePolicy] | None,
    entered_by: UUID,
    group: int,
) -> _Bill:
    revision = visit.revision + 1
    if scheme is None:
        return _Bill(visit, revision, refusal=Refusal(NO_POLICY))
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
        entered_by=visit.claimed.by if visit.claimed else entered_by,
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
    )
    return _Bill(visit, revision, tuple(wishes), about.house_version_id, about.scheme_version_id)


async def _record(
    db: AsyncSession, bills: Sequence[_Bill], answers: Sequence[Answer], *, actor_id: UUID, now: datetime
) -> dict[UUID, Outcome]:
    """Write down beside each visit how its bill was answered."""
    answer_of: Mapping[UUID, Answer] = {answer.id: answer for answer in answers}
    outcomes: dict[UUID, Outcome] = {}
    settled: list[_Bill] = []
    for bill in bills:
        refused = [a for wish in bill.wishes if isinstance(a := answer_of[wish.id], Refused)]
        refusal = bill.refusal or _refusal(refused)
        if refusal is None:
            settled.append(bill)
            continue
        held = await move(
            db, bill.visit, Move.AMEND, now=now, revision=bill.revision, refusal=_stored(refusal)
        )
        outcomes[held.id] = Outcome(held, posted=False)
    done = await move_all(
        db,
        [bill.visit for bill in settled],
        Move.SETTLE,
        now=now,
        values=[
            {
                "revision": bill.revision,
                "refusal": None,
                "settled_minutes": sum(wish.minutes for wish in bill.wishes),
            }
            for bill in settled
        ],
    )
    outcomes |= {visit.id: Outcome(visit, posted=True) for visit in done}
    settlements = [
        {
            "visit_id": bill.visit.id,
            "revision": bill.revision,
            "community_id": bill.visit.community_id,
            "transfer_ids": [wish.id for wish in bill.wishes],
            "minutes": sum(wish.minutes for wish in bill.wishes),
            "house_version_id": bill.house_version_id,
            "scheme_version_id": bill.scheme_version_id,
            "settled_by": actor_id,
            "settled_at": now,
        }
        for bill in settled
    ]
    if settlements:
        await db.execute(insert(Settlement), settlements)
        await requests.finish_once(
            db, {bill.visit.request_id for bill in bills if bill.visit.request_id}, now=now
        )
    return outcomes


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


def _refusal(refused: Sequence[Refused]) -> Refusal | None:
    """The first refusal that stands for itself, not for another of its group."""
    own = next((answer for answer in refused if answer.because_id is None), None)
    if own is None:
        return None
    return Refusal(own.code, account_id=own.account_id, short_minutes=own.short_minutes)


def _stored(refusal: Refusal) -> dict[str, object]:
    account = str(refusal.account_id) if refusal.account_id else None
    return {"code": refusal.code, "account_id": account, "short_minutes": refusal.short_minutes}


async def _locked(db: AsyncSession, community_id: UUID, visit_ids: Collection[UUID]) -> list[VisitView]:
    # In id order, so that two desks with overlapping lists wait for each other and never in a ring.
    rows = await db.scalars(
        select(Visit)
        .where(Visit.id.in_(visit_ids), Visit.community_id == community_id)
        .order_by(Visit.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return [visit_view(row) for row in rows]
