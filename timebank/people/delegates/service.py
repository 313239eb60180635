"""Use cases of delegates: the desk writes consent down, the member looks and stops it, the delegate sees for whom."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.delegates import queries as access_queries
from timebank.access.delegates import steps
from timebank.access.delegates.model import Agreement, DelegateIs, Purpose
from timebank.access.guard import EVERYWHERE, Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import N_, FieldError, Invalid, NotFound, Text
from timebank.people import queries as people
from timebank.people.delegates import queries
from timebank.people.delegates.model import Delegates, Principal
from timebank.people.errors import MemberGone, NotAMember
from timebank.people.model import Status
from timebank.people.whose import home

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


async def _both(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    """The member and the delegate: nobody at a desk appoints themselves or their own family."""
    member_id: UUID = arguments["member_id"]
    delegate: DelegateIs = arguments["delegate"]
    return {member_id} if delegate.member_id is None else {member_id, delegate.member_id}


@reading(who=DESK | {Role.MEMBER}, where=home, on_behalf="member_id")
async def delegates(
    db: AsyncSession, act: Act, *, member_id: UUID, community_id: UUID | None = None
) -> Delegates:
    """Who acts for a member, and what was done for them."""
    return await queries.delegates(db, member_id, act.today)


@reading(who={Role.MEMBER}, where=EVERYWHERE)
async def principals(db: AsyncSession, act: Act) -> list[Principal]:
    """Whom the member who signed in acts for today."""
    return await queries.principals(db, act.actor.memberships, act.today)


@use_case(who=DESK, where=home, on_behalf=_both)
async def appoint_delegate(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    delegate: DelegateIs,
    purposes: Collection[Purpose],
    agreed: Agreement,
    community_id: UUID | None = None,
) -> None:
    """Write down that a member agreed that somebody acts for them. Raises `Invalid`, `MemberGone`, `NotAMember`."""
    if act.community_id is None:
        raise NotFound
    found = []
    if agreed.consent_on > act.today:
        found.append(FieldError("consent_on", Text(N_("日期不能晚于今天"))))
    if agreed.until_on < act.today:
        found.append(FieldError("until_on", Text(N_("到期日不能早于今天"))))
    if delegate.member_id == member_id:
        found.append(FieldError("other", Text(N_("请选另一个人"))))
    if not purposes:
        found.append(FieldError("purposes", Text(N_("请至少选一样"))))
    if found:
        raise Invalid(found)
    member = await people.member(db, member_id)
    if member.status is Status.SERVED:
        raise NotAMember(name=member.name)
    if member.status is not Status.ACTIVE:
        raise MemberGone
    stands = [one for one in await access_queries.delegates_of(db, member_id) if one.counts(act.today)]
    again = {one.purpose for one in stands if one.delegate == delegate}
    await steps.appoint(
        db,
        root=act.root,
        community_id=act.community_id,
        member_id=member_id,
        purposes=sorted(set(purposes)),
        delegate=delegate,
        agreed=agreed,
        by=act.actor.id,
        now=act.now,
    )
    for one in stands:
        # The newer consent takes the place of the older.
        if one.delegate == delegate and one.purpose in again.intersection(purposes):
            await steps.revoke(db, one.id, version=one.version, by=act.actor.id, now=act.now)


@use_case(who=DESK | {Role.MEMBER}, where=home, on_behalf="member_id")
async def revoke_delegate(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    delegation_id: UUID,
    version: int,
    community_id: UUID | None = None,
) -> None:
    """Not any more, from this moment. Raises `NotFound`, `Stale`."""
    await access_queries.delegation(db, delegation_id, member_id=member_id)
    await steps.revoke(db, delegation_id, version=version, by=act.actor.id, now=act.now)
