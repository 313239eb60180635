"""Use cases of incapacity: somebody takes over on a paper, the member's sign-in pauses; and back again."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import steps as access
from timebank.access.delegates import queries as delegate_queries
from timebank.access.delegates import steps as delegates
from timebank.access.delegates.model import Agreement, Consent
from timebank.access.guard import Act, reading, use_case
from timebank.access.incapacity import queries, rules, steps
from timebank.access.incapacity.model import Incapacity, Taken
from timebank.core.actor import Role
from timebank.core.errors import N_, FieldError, Invalid, NotFound, Stale, Text
from timebank.core.ids import derived_id
from timebank.people import queries as people
from timebank.people.errors import MemberGone
from timebank.people.incapacity.errors import (
    ActsForThemselves,
    GivesWithoutCourt,
    IncapableLater,
    TakenOver,
    WithoutPaper,
)
from timebank.people.model import Brief, MemberView, Status
from timebank.people.whose import home

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


async def _both(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    """The member and who takes over: nobody at a desk puts themselves or their family in."""
    taken: Taken = arguments["taken"]
    other = taken.delegate.member_id
    return {arguments["member_id"]} | ({other} if other is not None else set())


@reading(who=DESK, where=home)
async def incapacity(
    db: AsyncSession, act: Act, *, member_id: UUID, community_id: UUID | None = None
) -> tuple[MemberView, Incapacity | None, Brief | None]:
    """A member, who has taken over, and that one's record if they are a member here."""
    found = await queries.standing(db, member_id)
    other = found.taken.delegate.member_id if found else None
    known = await people.briefs(db, [other]) if other else {}
    return await people.member(db, member_id), found, known.get(other) if other else None


@use_case(who=DESK, where=home, on_behalf=_both)
async def take_over(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    taken: Taken,
    version: int,
    community_id: UUID | None = None,
) -> UUID:
    """Somebody takes over for a member, read at `version`, on a paper; card and logins stop. The record's id.

    Raises `TakenOver`, `MemberGone`, `Stale`, `Invalid`.
    """
    member = await people.member(db, member_id)
    if member.version != version:
        raise Stale(member.version)
    if member.status not in (Status.ACTIVE, Status.PAUSED):
        raise MemberGone
    if await queries.standing(db, member_id) is not None:
        raise TakenOver
    _refuse(act, member_id, taken)
    other = taken.delegate.member_id
    if other is not None and other not in await people.briefs(db, [other]):
        raise NotFound
    made = act.id_for("incapacity")
    await access.revoke_cards(db, member_id=member_id, now=act.now)
    await steps.record(db, member.community_id, member_id, taken, id_=made, by=act.actor.id, now=act.now)
    agreed = Agreement(
        until_on=taken.until_on, consent=Consent.PAPER, consent_by=act.actor.name, consent_on=taken.from_on
    )
    for one in await delegate_queries.delegates_of(db, member_id):
        # What stands already for the same is replaced by what the paper says.
        if one.counts(act.today) and one.delegate == taken.delegate and one.purpose in taken.purposes:
            await delegates.revoke(db, one.id, version=one.version, by=act.actor.id, now=act.now)
    await delegates.appoint(
        db,
        root=made,
        community_id=member.community_id,
        member_id=member_id,
        purposes=sorted(taken.purposes),
        delegate=taken.delegate,
        agreed=agreed,
        by=act.actor.id,
        now=act.now,
    )
    return made


@use_case(who=DESK, where=home, on_behalf="member_id")
async def give_back(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    reason: str,
    version: int,
    community_id: UUID | None = None,
) -> None:
    """The member acts for themselves again: who took over stops, and a card may be issued.

    Raises `ActsForThemselves`, `Stale`.
    """
    found = await queries.standing(db, member_id)
    if found is None:
        raise ActsForThemselves
    await steps.end(db, found.id, version=version, reason=reason, by=act.actor.id, now=act.now)
    made = {derived_id(found.id, "delegate", purpose) for purpose in found.taken.purposes}
    for one in await delegate_queries.delegates_of(db, member_id):
        if one.id in made and one.revoked_at is None:
            await delegates.revoke(db, one.id, version=one.version, by=act.actor.id, now=act.now)


def _refuse(act: Act, member_id: UUID, taken: Taken) -> None:
    if rules.incapacity_in_the_future(from_on=taken.from_on, today=act.today):
        raise IncapableLater
    if rules.incapacity_without_paper(taken.paper):
        raise WithoutPaper
    if rules.incapacity_gives_without_court(taken.basis, taken.purposes):
        raise GivesWithoutCourt
    found = []
    if taken.until_on < act.today:
        found.append(FieldError("until_on", Text(N_("到期日不能早于今天"))))
    if taken.delegate.member_id == member_id:
        found.append(FieldError("other", Text(N_("请选另一个人"))))
    if not taken.purposes:
        found.append(FieldError("purposes", Text(N_("请至少选一样"))))
    if found:
        raise Invalid(found)
