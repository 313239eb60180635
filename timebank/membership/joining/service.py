"""Use cases of joining one by one: apply, check, approve once or twice, refuse and think again; and moving on."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.access import steps as access_steps
from timebank.access.guard import EVERYWHERE, Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import N_, FieldError, Forbidden, Invalid, NotFound, Stale, Text
from timebank.core.provenance import Provenance
from timebank.membership import rules, steps
from timebank.membership.deaths.errors import RecordDeath
from timebank.membership.errors import NoSuchMove
from timebank.membership.joining import queries
from timebank.membership.joining import rules as joining
from timebank.membership.joining import steps as joining_steps
from timebank.membership.joining.errors import NotApplying, SecondApprovalMissing, TwoApprove
from timebank.membership.joining.model import Application, Refused, StepKind, Waiting
from timebank.people import queries as people
from timebank.people import rules as people_rules
from timebank.people import steps as people_steps
from timebank.people.model import BranchView, MemberView, NewMember, Status
from timebank.people.whose import home

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


@use_case(who=DESK, where="community_id")
async def take_in(
    db: AsyncSession, act: Act, *, community_id: UUID, values: NewMember, via: Provenance = Provenance.DESK
) -> UUID:
    """A new member, whose account is opened at once if active; an applicant; or somebody who is only helped.

    Raises `TwoApprove`, what `people.steps.add_member` raises, and `Invalid` for a helper who is no member.
    """
    people_rules.refuse_future_birth(values.details, act.today)
    if values.status is Status.SERVED:
        values = replace(values, details=people_rules.as_served(values.details))
    needed = await queries.approvals_needed(db, community_id, act.today)
    if values.status is Status.ACTIVE and needed > 1:
        raise TwoApprove
    member_id = await people_steps.add_member(
        db, community_id, values, seal=act.seal, now=act.now, member_id=act.id_for("member")
    )
    if values.status is Status.ACTIVE:
        await steps.open_accounts(db, community_id, [member_id], actor_id=act.actor.id, now=act.now)
    if values.status is Status.APPLIED:
        await joining_steps.receive(db, community_id, [member_id], via, by=act.actor.id, now=act.now)
    return member_id


@use_case(who=DESK, where=home, on_behalf="member_id")
async def move(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    to: Status,
    version: int,
    community_id: UUID | None = None,
) -> int:
    """Activate, pause, let go; the new version. Who leaves loses card and logins at once; a death has its own page.

    Who leaves and stays to be helped loses who acts for them too, and their account is put to rest; it wakes
    where they join again. Raises `NoSuchMove`, `RecordDeath`, `Stale`, `ApplicationRefused`, `SecondApprovalMissing`,
    `ApprovedTwiceByOne`; and for who is to be helped only `StillHelps`, `MinutesLeft`.
    """
    member = await people.member(db, member_id)
    if member.merged_into is not None or not rules.may_move(member.status, to):
        raise NoSuchMove
    if to is Status.DEAD:
        raise RecordDeath
    application = await queries.application(db, member_id, act.today)
    if member.status is Status.APPLIED and to is Status.ACTIVE:
        if member.version != version:
            raise Stale(member.version)
        return await _agree(db, act, application, alone=True)
    if member.status in (Status.LEFT, Status.SERVED) and to in (Status.ACTIVE, Status.APPLIED):
        obstacle = joining.obstacle_to_return(application)
        if obstacle is not None and (to is Status.ACTIVE or application.refusal):
            raise obstacle
    if to is Status.SERVED or to in people.GONE:
        await access_steps.revoke_cards(db, member_id=member_id, now=act.now)
    if to is Status.SERVED:
        return await steps.end_membership(db, member, version=version, by=act.actor.id, now=act.now)
    changed = await people_steps.set_status(db, member_id, to, version=version)
    if to is Status.ACTIVE:
        await steps.join(db, member.community_id, [member_id], actor_id=act.actor.id, now=act.now)
    if to is Status.APPLIED and not application.steps:
        via = Provenance.DESK
        await joining_steps.receive(db, member.community_id, [member_id], via, by=act.actor.id, now=act.now)
    return changed


@reading(who=DESK, where="community_id")
async def branches(db: AsyncSession, act: Act, *, community_id: UUID) -> list[BranchView]:
    """The branches somebody can join."""
    return await people.branches(db, community_id)


@reading(who=DESK, where="community_id")
async def approvals_needed(db: AsyncSession, act: Act, *, community_id: UUID) -> int:
    """How many people must agree before somebody is a member here."""
    return await queries.approvals_needed(db, community_id, act.today)


@reading(who=DESK, where=home)
async def standing(
    db: AsyncSession, act: Act, *, member_id: UUID, community_id: UUID | None = None
) -> MemberView:
    """A member, to see where the membership may go from here."""
    return await people.member(db, member_id)


@reading(who=DESK, where=home)
async def application(
    db: AsyncSession, act: Act, *, member_id: UUID, community_id: UUID | None = None
) -> Application:
    """An application with every step, open or long over."""
    return await queries.application(db, member_id, act.today)


@reading(who=DESK, where=EVERYWHERE, next_door=True)
async def waiting(db: AsyncSession, act: Act) -> list[Waiting]:
    """What waits at the reader's own desks, and what waits next door for a second person."""
    return await _known(db, act)


@reading(who=DESK, where=EVERYWHERE, next_door=True)
async def next_door(db: AsyncSession, act: Act) -> list[Waiting]:
    """What waits next door for a second person, and could be this reader's to approve."""
    found = await _known(db, act)
    return [one for one in found if one.community_id not in act.actor.communities and one.obstacle is None]


@reading(who=DESK, where="community_id")
async def refused(db: AsyncSession, act: Act, *, community_id: UUID) -> list[Refused]:
    """Who was refused here, and why."""
    return await queries.refused(db, community_id)


@use_case(who=DESK, where=home, on_behalf="member_id")
async def check(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    kind: StepKind,
    on_day: date,
    note: str | None = None,
    community_id: UUID | None = None,
) -> UUID:
    """Write down that somebody saw the ID, visited the home, talked to the applicant. Raises `NotApplying`."""
    found = await queries.application(db, member_id, act.today)
    if found.member.status is not Status.APPLIED:
        raise NotApplying
    if on_day > act.today:
        raise Invalid([FieldError("on_day", Text(N_("还没到那天；请填做过的那天")))])
    return await _add(db, act, found, kind, note=note, on_day=on_day)


@use_case(who=DESK, where="community_id", on_behalf="member_id", next_door=True)
async def approve(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, version: int) -> int:
    """Agree, having seen `version` steps; with enough approvals the applicant is a member. The new version.

    From next door as the second person only. Raises `ApprovedTwiceByOne`, `NotApplying`, `Stale`.
    """
    found = await _seen(db, act, community_id, member_id, version)
    if not act.actor.roles_in(community_id) & DESK and not found.approvals:
        raise Forbidden
    await _agree(db, act, found, alone=False)
    return found.version + 1


@use_case(who=DESK, where="community_id", on_behalf="member_id")
async def refuse(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, version: int, reason: str
) -> int:
    """Do not take the applicant in, and say why; it can be undone. Raises `NotApplying`, `Stale`."""
    found = await _seen(db, act, community_id, member_id, version)
    if found.member.status is not Status.APPLIED:
        raise NotApplying
    await _add(db, act, found, StepKind.REFUSED, note=reason)
    await _set(db, member_id, Status.LEFT)
    return found.version + 1


@use_case(who=DESK, where="community_id", on_behalf="member_id")
async def reopen(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, version: int, reason: str
) -> int:
    """Take a refusal back: the application waits again, and needs its approvals anew. Raises `NotApplying`."""
    found = await _seen(db, act, community_id, member_id, version)
    if (
        found.refusal is None
        or found.member.status not in (Status.LEFT, Status.SERVED)
        or found.member.merged_into
    ):
        raise NotApplying
    await _add(db, act, found, StepKind.REOPENED, note=reason)
    await _set(db, member_id, Status.APPLIED)
    return found.version + 1


async def _known(db: AsyncSession, act: Act) -> list[Waiting]:
    places = {node.id: node.name for node in await access.communities(db)}
    own = {place for place, held in act.actor.roles.items() if held & DESK}
    return [
        _waiting(one, places[one.member.community_id], act.actor.id)
        for one in await queries.waiting(db, act.today)
        if one.member.community_id in own or (one.approvals and one.approvals_needed > 1)
    ]


def _waiting(one: Application, community: str, reader: UUID) -> Waiting:
    obstacle = joining.obstacle_to_approve(one, by=reader)
    return Waiting(
        application=one,
        community_id=one.member.community_id,
        community=community,
        obstacle=obstacle.text if obstacle else None,
    )


async def _seen(db: AsyncSession, act: Act, community_id: UUID, member_id: UUID, version: int) -> Application:
    """The application as it was seen, nobody else at it. Raises `NotFound`, `Stale`."""
    member = await people.member(db, member_id)
    if member.community_id != community_id:
        raise NotFound
    await people_steps.lock(db, {member_id: member.version})
    found = await queries.application(db, member_id, act.today)
    if found.version != version:
        raise Stale(found.version)
    return found


async def _agree(db: AsyncSession, act: Act, found: Application, *, alone: bool) -> int:
    """One more approval; the member's new version. `alone`: it must be the one that was missing."""
    obstacle = joining.obstacle_to_approve(found, by=act.actor.id)
    if obstacle is not None:
        raise obstacle
    member = found.member
    if alone and not joining.completes(found):
        raise SecondApprovalMissing
    await _add(db, act, found, StepKind.APPROVED)
    if not joining.completes(found):
        return (await people.member(db, member.id)).version
    changed = await _set(db, member.id, Status.ACTIVE)
    await steps.join(db, member.community_id, [member.id], actor_id=act.actor.id, now=act.now)
    return changed


async def _set(db: AsyncSession, member_id: UUID, status: Status) -> int:
    member = await people.member(db, member_id)
    return await people_steps.set_status(db, member_id, status, version=member.version)


async def _add(
    db: AsyncSession,
    act: Act,
    found: Application,
    kind: StepKind,
    *,
    note: str | None = None,
    on_day: date | None = None,
) -> UUID:
    made = act.id_for("step")
    await joining_steps.add(
        db,
        found,
        kind,
        on_day=on_day or act.today,
        note=note,
        step_id=made,
        by=act.actor.id,
        now=act.now,
    )
    return made
