"""Use cases of people: look up, change, free times, absences, who must not meet, cards."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access_queries
from timebank.access import steps as access_steps
from timebank.access.guard import EVERYWHERE, Act, reading, use_case
from timebank.access.model import IssuedCard
from timebank.access.queries import StaffView
from timebank.core.actor import Role
from timebank.core.errors import NotFound
from timebank.core.lists import Page
from timebank.people import id_numbers, queries, rules, steps
from timebank.people.errors import MemberGone, NoIdNumber, NotAMember, ReasonNeeded, WhichOne
from timebank.people.model import (
    AbsenceKind,
    ApartFrom,
    BranchView,
    Brief,
    Details,
    Found,
    MemberView,
    Profile,
    Status,
    Window,
)
from timebank.people.whose import home

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


@reading(who=DESK, where="community_id")
async def list_members(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    words: str | None = None,
    role: str | None = None,
    status: Status | None = None,
    branch_id: UUID | None = None,
    away_on: date | None = None,
    after: str | None = None,
) -> Page[Brief]:
    """Members of a community, narrowed."""
    return await queries.list_members(
        db,
        community_id,
        words=words,
        role=role,
        status=status,
        branch_id=branch_id,
        away_on=away_on,
        after=after,
    )


@reading(who=DESK, where=EVERYWHERE)
async def find(db: AsyncSession, act: Act, *, words: str) -> list[Found]:
    """The best hits in every community where the actor has a desk."""
    desks = [place for place, held in act.actor.roles.items() if held & DESK]
    return await queries.find(db, desks, words)


@reading(who=DESK | {Role.MEMBER}, where=home, on_behalf="member_id")
async def own_profile(db: AsyncSession, act: Act, *, member_id: UUID) -> MemberView:
    """What the time bank has written down about a member."""
    return await queries.member(db, member_id)


@reading(who=DESK, where=home)
async def profile(
    db: AsyncSession, act: Act, *, member_id: UUID, community_id: UUID | None = None
) -> Profile:
    """A member with all that the desk knows of them."""
    member = await queries.member(db, member_id)
    week = await queries.availability(db, [member_id])
    away = await queries.absences(db, [member_id])
    apart = await queries.apart_from(db, member_id)
    others = {pair.first_id if pair.second_id == member_id else pair.second_id: pair.reason for pair in apart}
    known = await queries.briefs(db, others)
    last = await queries.last_change(db, member_id)
    return Profile(
        member,
        week.get(member_id, ()),
        away.get(member_id, []),
        [ApartFrom(known[other], reason) for other, reason in others.items() if other in known],
        *(last or (None, None)),
    )


@use_case(who=DESK, where=home, on_behalf="member_id")
async def change_member(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    version: int,
    details: Details,
    number: str | None = None,
    id_number: str | None = None,
    community_id: UUID | None = None,
) -> int:
    """Replace a member's details as they were read at `version`; the new version. Raises `Stale`, `Invalid`."""
    rules.refuse_future_birth(details, act.today)
    if (await queries.member(db, member_id)).status is Status.SERVED:
        details = rules.as_served(details)
    return await steps.change_member(
        db, member_id, details, version=version, number=number, id_number=id_number, seal=act.seal
    )


@use_case(who=DESK | {Role.MEMBER}, where=home, on_behalf="member_id")
async def set_avoids(
    db: AsyncSession, act: Act, *, member_id: UUID, avoids: Sequence[str], version: int
) -> int:
    """What a helper cannot take: such requests are not brought to them. Raises `Stale`."""
    return await steps.set_avoids(db, member_id, avoids, version=version)


@use_case(who=DESK | {Role.MEMBER}, where=home, on_behalf="member_id")
async def set_availability(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    windows: Sequence[Window],
    version: int,
    community_id: UUID | None = None,
) -> int:
    """Replace a member's week as it was read at `version`; its new version. Raises `Stale`."""
    assert act.community_id is not None
    return await steps.set_availability(
        db, member_id, windows, community_id=act.community_id, version=version
    )


@use_case(who=DESK | {Role.MEMBER}, where=home, on_behalf="member_id")
async def add_absence(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    from_on: date,
    until_on: date,
    kind: AbsenceKind,
    note: str | None = None,
    community_id: UUID | None = None,
) -> UUID:
    """Note that a member is away; raises `AbsenceOverlaps`."""
    assert act.community_id is not None
    return await steps.add_absence(
        db,
        member_id,
        community_id=act.community_id,
        from_on=from_on,
        until_on=until_on,
        kind=kind,
        note=note,
        now=act.now,
        absence_id=act.id_for("absence"),
    )


@use_case(who=DESK | {Role.MEMBER}, where=home, on_behalf="member_id")
async def remove_absence(
    db: AsyncSession, act: Act, *, member_id: UUID, absence_id: UUID, community_id: UUID | None = None
) -> None:
    """The member is there after all."""
    await steps.remove_absence(db, absence_id, member_id=member_id)


@use_case(who=DESK, where=home, on_behalf="member_id")
async def keep_apart(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    other_id: UUID,
    reason: str,
    community_id: UUID | None = None,
) -> None:
    """Never pair these two. Raises `NotWithOneself`, `NotFound`, `ApartAlready`."""
    assert act.community_id is not None
    await steps.keep_apart(db, member_id, other_id, community_id=act.community_id, reason=reason, now=act.now)


@use_case(who=DESK, where=home, on_behalf="member_id")
async def allow_together(
    db: AsyncSession, act: Act, *, member_id: UUID, other_id: UUID, community_id: UUID | None = None
) -> None:
    """The two may be paired again."""
    await steps.allow_together(db, member_id, other_id)


@reading(who=DESK, where="community_id")
async def the_one(db: AsyncSession, act: Act, *, community_id: UUID, words: str) -> Brief:
    """The one member that is meant by a number or a name; raises `WhichOne` with those it could be."""
    found = await queries.find(db, [community_id], words)
    exact = [hit.member for hit in found if words.strip() in (hit.member.number, hit.member.name)]
    meant = exact or [hit.member for hit in found]
    if len(meant) != 1:
        raise WhichOne([f"{member.name}（{member.number}）" for member in meant])
    return meant[0]


@use_case(who=DESK, where=home, on_behalf="member_id")
async def unmask_id(db: AsyncSession, act: Act, *, member_id: UUID, community_id: UUID | None = None) -> str:
    """The ID number in full, for a reason that is written down. Raises `ReasonNeeded`, `NoIdNumber`."""
    if not act.reason:
        raise ReasonNeeded
    sealed = await queries.sealed_id(db, member_id)
    if sealed is None:
        raise NoIdNumber
    return id_numbers.open_id(act.seal, sealed, member_id=member_id)


@use_case(who=DESK, where=home, on_behalf="member_id")
async def issue_card(
    db: AsyncSession, act: Act, *, member_id: UUID, community_id: UUID | None = None
) -> IssuedCard:
    """A new card with a new PIN; the one before stops at once. Raises `MemberGone`, `NotAMember`, `SignInPaused`."""
    member = await queries.member(db, member_id)
    if member.status in queries.GONE:
        raise MemberGone
    if member.status is Status.SERVED:
        raise NotAMember(name=member.name)
    return await access_steps.issue_card(
        db, member_id=member_id, community_id=member.community_id, now=act.now
    )


@use_case(who=DESK, where=home, on_behalf="member_id")
async def stop_card(db: AsyncSession, act: Act, *, member_id: UUID, community_id: UUID | None = None) -> None:
    """A lost card stops at once, and every login made with it."""
    await access_steps.revoke_cards(db, member_id=member_id, now=act.now)


@reading(who=DESK, where="community_id")
async def branches(db: AsyncSession, act: Act, *, community_id: UUID) -> list[BranchView]:
    """The branches of a community."""
    return await queries.branches(db, community_id)


@use_case(who=DESK, where="community_id")
async def add_branch(db: AsyncSession, act: Act, *, community_id: UUID, name: str) -> UUID:
    """A new branch; raises `BranchTaken`."""
    return await steps.add_branch(db, community_id, name, now=act.now, branch_id=act.id_for("branch"))


@use_case(who=DESK, where="community_id")
async def rename_branch(
    db: AsyncSession, act: Act, *, community_id: UUID, branch_id: UUID, name: str, seen_name: str
) -> None:
    """Another name for a branch; raises `Stale` if it is not as it was seen, `BranchTaken`, `NotFound`."""
    await steps.rename_branch(db, branch_id, name, community_id=community_id, seen_name=seen_name)


@reading(who={Role.ADMINISTRATOR}, where=home)
async def staff_who_may_be(
    db: AsyncSession, act: Act, *, member_id: UUID
) -> tuple[MemberView, list[StaffView]]:
    """A member, and the staff of the actor's units, one of whom they may be."""
    administered = await access_queries.administered(db, act.actor.id)
    return await queries.member(db, member_id), await access_queries.staff_in(db, administered)


@use_case(who={Role.ADMINISTRATOR}, where=home, on_behalf="member_id")
async def link_staff(db: AsyncSession, act: Act, *, member_id: UUID, staff_id: UUID, linked: bool) -> None:
    """Say that a staff member is also this member, so that they never approve their own hours.

    Raises `NotFound` where the staff member is not of the actor's units, `OwnAffair` for one's own link.
    """
    administered = await access_queries.administered(db, act.actor.id)
    if staff_id not in {view.id for view in await access_queries.staff_in(db, administered)}:
        raise NotFound
    step = access_steps.link_membership if linked else access_steps.unlink_membership
    await step(db, staff_id=staff_id, member_id=member_id)
