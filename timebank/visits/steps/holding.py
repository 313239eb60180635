"""Setting minutes aside for planned visits, and releasing them with the plan."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core import clock
from timebank.core.amounts import Minutes
from timebank.core.ids import derived_id
from timebank.hours import queries as accounts
from timebank.hours import steps as hours
from timebank.hours.errors import as_error
from timebank.hours.holds import rules as hold_rules
from timebank.hours.holds.model import LetGo, SetAside
from timebank.hours.holds.queries import holds_about
from timebank.hours.model import Answer, Recorded
from timebank.hours.refusals import FloorBreached, Refused
from timebank.schemes import queries as schemes
from timebank.schemes.model import Dated, HousePolicy, SchemePolicy
from timebank.visits import rules
from timebank.visits.errors import NotSetAside
from timebank.visits.model import PlannedVisit, Status, VisitView
from timebank.visits.tables import Visit


async def reserve(
    db: AsyncSession, community_id: UUID, visits: Collection[VisitView], *, by: UUID, now: datetime
) -> None:
    """Let what is set aside follow visits that were just planned, moved, restored or called off.

    It posts, so it comes last in a transaction, once for all the visits. Where an account has too little it
    raises `NotSetAside` (`NotPosted` for another refusal), and with the transaction the plan goes as well.
    """
    policies = await schemes.scheme_policies(db, {visit.scheme_id for visit in visits})
    if not rules.sets_aside(policies.values()):
        return
    holds = await holds_about(db, community_id, [visit.id for visit in visits])
    house = await schemes.house_policy(db, community_id, clock.day_of(now))
    in_order = sorted(visits, key=lambda each: each.id)
    released = [
        LetGo(id=derived_id("visit", visit.id, visit.version, "release"), hold=hold)
        for visit in in_order
        if (hold := holds.get(visit.id)) is not None and hold.is_open
    ]
    made = [
        wish
        for visit in in_order
        if visit.status is Status.PLANNED
        and (wish := _set_aside(visit, policies, house.content, version=visit.version, now=now)) is not None
    ]
    # First what is given back: a visit put off or moved may need the very minutes that it held.
    wanted: list[LetGo | SetAside] = [*released, *made]
    if wanted:
        answers = await hours.post(db, community_id, wanted, actor_id=by, now=now)
        await _refuse(db, community_id, made, answers[len(released) :])


async def affordable(
    db: AsyncSession, community_id: UUID, planned: Sequence[PlannedVisit], *, now: datetime
) -> list[PlannedVisit]:
    """Those of them whose minutes can be set aside, or need not be: the earlier ones first.

    What is planned already stays among them, and takes nothing more.
    """
    policies = await schemes.scheme_policies(db, {visit.scheme_id for visit in planned})
    if not rules.sets_aside(policies.values()):
        return list(planned)
    house = await schemes.house_policy(db, community_id, clock.day_of(now))
    known = set(await db.scalars(select(Visit.id).where(Visit.id.in_([each.id for each in planned]))))
    asked = {
        each.id: _set_aside(each, policies, house.content, version=1, now=now)
        for each in planned
        if each.id not in known
    }
    payers = {wish.from_account for wish in asked.values() if wish}
    views = await accounts.account_views(db, community_id, payers)
    left = {id_: view.balance.available - (view.floor_minutes or 0) for id_, view in views.items()}
    fits = []
    for each in sorted(planned, key=lambda one: (one.planned_from, one.id)):
        wish = asked.get(each.id)
        if wish is not None:
            if wish.minutes > left.get(wish.from_account, 0):
                continue
            left[wish.from_account] -= wish.minutes
        fits.append(each)
    return fits


async def handed_over(
    db: AsyncSession,
    community_id: UUID,
    visits: Collection[VisitView],
    *,
    from_id: UUID,
    to_id: UUID,
    by: UUID,
    now: datetime,
) -> tuple[list[LetGo], list[SetAside]]:
    """What releases the holds of visits that are another member's now, and what holds the same anew.

    To be posted with what closes the first one's account.
    """
    found = await holds_about(db, community_id, [visit.id for visit in visits])
    versions = {visit.id: visit.version for visit in visits}
    released, anew = [], []
    for subject, hold in sorted(found.items()):
        if not hold.is_open:
            continue
        version = versions[subject]
        released.append(LetGo(id=derived_id("visit", subject, version, "release"), hold=hold))
        if not hold_rules.lapsed(hold.until, now):
            hold_id = derived_id("visit", subject, version, "hold")
            anew.append(hold_rules.handed_over(hold, from_id=from_id, to_id=to_id, hold_id=hold_id, by=by))
    return released, anew


async def let_go(db: AsyncSession, community_id: UUID, visits: Collection[VisitView]) -> list[LetGo]:
    """What releases the holds of visits that were called off, to be posted with what else is."""
    found = await holds_about(db, community_id, [visit.id for visit in visits])
    versions = {visit.id: visit.version for visit in visits}
    return [
        LetGo(id=derived_id("visit", subject, versions[subject], "release"), hold=hold)
        for subject, hold in sorted(found.items())
        if hold.is_open
    ]


def _set_aside(
    visit: PlannedVisit | VisitView,
    policies: Mapping[UUID, Sequence[Dated[SchemePolicy]]],
    house: HousePolicy,
    *,
    version: int,
    now: datetime,
) -> SetAside | None:
    hold_id = derived_id("visit", visit.id, version, "hold")
    return rules.set_aside(visit, policies[visit.scheme_id], house, hold_id=hold_id, now=now)


async def _refuse(
    db: AsyncSession,
    community_id: UUID,
    wanted: Sequence[SetAside],
    answers: Sequence[Answer],
) -> None:
    """Raise the first refusal to set something aside. One to release is none: the hold has just lapsed."""
    made = list(zip(wanted, answers, strict=True))
    for wish, answer in made:
        if not isinstance(answer, Refused):
            continue
        name = await accounts.name_of(db, community_id, answer.account_id)
        if not isinstance(answer, FloorBreached):
            raise as_error(answer, answer.text(name))
        alike = [(other, said) for other, said in made if other.from_account == wish.from_account]
        balance = await accounts.balance(db, community_id, wish.from_account)
        # What this plan itself has set aside a moment ago goes with it.
        own = sum(other.minutes for other, said in alike if isinstance(said, Recorded))
        raise NotSetAside(
            name=name,
            posted=Minutes(balance.posted),
            held=Minutes(balance.held - own),
            available=Minutes(balance.available + own),
            wanted=Minutes(sum(other.minutes for other, _ in alike)),
        )
