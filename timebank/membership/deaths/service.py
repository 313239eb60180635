"""Use cases: what a member chose for afterwards; recording a death; its balance; undoing it as a second person."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.authority import SECOND_PERSONS, refuse_own
from timebank.access.guard import Act, reading, use_case
from timebank.access.kin import queries as kin
from timebank.core.actor import Role
from timebank.core.errors import NotFound, Stale
from timebank.hours import queries as accounts
from timebank.hours import steps as hours
from timebank.hours.errors import as_error
from timebank.hours.refusals import Refused
from timebank.membership.deaths import queries, rules, steps
from timebank.membership.deaths.errors import (
    BalanceGone,
    BequestToOneself,
    DeathInTheFuture,
    DeathRecorded,
    NotOfTheFamily,
    NotRecordedDead,
    SaidLater,
    UndoneByRecorder,
)
from timebank.membership.deaths.model import Bequest, Look, Said, To, Way
from timebank.membership.errors import NoSuchMove
from timebank.people import queries as people
from timebank.people import steps as people_steps
from timebank.people.errors import MemberGone
from timebank.people.model import MemberView, Status
from timebank.people.whose import home

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


async def _both(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    """Whose minutes they are, and who would have them: neither they nor their family record it for them."""
    chosen = await queries.bequest(db, arguments["member_id"])
    return {arguments["member_id"]} | ({chosen.heir.id} if chosen and chosen.heir else set())


@reading(who=DESK | {Role.MEMBER}, where=home, on_behalf="member_id")
async def bequest(
    db: AsyncSession, act: Act, *, member_id: UUID, community_id: UUID | None = None
) -> tuple[MemberView, Bequest | None]:
    """A member, and what they chose last."""
    return await people.member(db, member_id), await queries.bequest(db, member_id)


@use_case(who=DESK | {Role.MEMBER}, where=home, on_behalf="member_id")
async def choose(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    said: Said,
    version: int,
    community_id: UUID | None = None,
) -> int:
    """Write down to whom a member's minutes go afterwards, in place of an earlier choice; its number.

    `version`: the number of the choice that was seen; 0 for none. Raises `Stale`, `BequestToOneself`,
    `NotOfTheFamily`, `SaidLater`, `MemberGone`; `OwnAffair` where it is whoever writes it down.
    """
    assert act.community_id is not None
    member = await people.member(db, member_id)
    if member.status in people.GONE:
        raise MemberGone
    if rules.bequest_said_later(said_on=said.said_on, today=act.today):
        raise SaidLater
    if not rules.bequest_names_heir(said.to, said.heir_id) or rules.bequest_to_oneself(
        member_id=member_id, heir_id=said.heir_id
    ):
        raise BequestToOneself
    if said.heir_id is not None:
        await _refuse_heir(db, act, member, said.to, said.heir_id)
    await people_steps.lock(db, {member_id: member.version})
    return await steps.choose(
        db,
        act.community_id,
        member_id,
        said,
        version=version,
        bequest_id=act.id_for("bequest"),
        by=act.actor.id,
        today=act.today,
        now=act.now,
    )


@reading(who=DESK, where=home)
async def look(db: AsyncSession, act: Act, *, member_id: UUID, community_id: UUID | None = None) -> Look:
    """What recording a member's death would do, or did."""
    return await queries.look(db, member_id, act.today)


@use_case(who=DESK, where=home, on_behalf=_both)
async def record_death(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    died_on: date,
    told_by: str,
    way: Way,
    version: int,
    community_id: UUID | None = None,
) -> UUID:
    """A member, read at `version`, has died: all of theirs ends with thanks, and the balance goes; the record's id.

    Raises `DeathRecorded`, `NoSuchMove`, `DeathInTheFuture`, `Stale`, and what `steps.settle` raises.
    """
    member = await people.member(db, member_id)
    await people_steps.lock(db, {member_id: version})
    if await queries.death(db, member_id) is not None:
        raise DeathRecorded
    if member.merged_into is not None:
        raise NoSuchMove
    if rules.death_in_the_future(died_on=died_on, today=act.today):
        raise DeathInTheFuture
    released = await steps.end_everything(
        db, member.community_id, member_id, by=act.actor.id, now=act.now, today=act.today
    )
    found = await queries.look(db, member_id, act.today)
    death = await steps.record(db, act, found, death_id=act.id_for("death"), died_on=died_on, told_by=told_by)
    await people_steps.set_status(db, member_id, Status.DEAD, version=version)
    await steps.settle(db, act, found, death, way, released)
    return death.id


@use_case(who=DESK, where=home, on_behalf=_both)
async def settle_death(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    way: Way,
    version: int,
    community_id: UUID | None = None,
) -> None:
    """Move the balance that was left for later; `version`: the record's. Raises as `record_death` does, and `BalanceGone`."""
    found = await _recorded(db, act, member_id, version)
    assert found.death is not None
    if found.death.settled:
        raise BalanceGone
    await steps.settle(db, act, found, found.death, way)


@use_case(who=DESK, where=home, on_behalf=_both)
async def undo_death(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    reason: str,
    version: int,
    forced: bool = False,
    community_id: UUID | None = None,
) -> None:
    """It was recorded by mistake: a second person takes the balance back, and the membership stands as before.

    What ended stays ended. `forced`: also what the heir has spent. Raises `UndoneByRecorder`, `NotRecordedDead`,
    `Stale`, `NotPosted`.
    """
    found = await _recorded(db, act, member_id, version)
    death, member = found.death, found.member
    assert death is not None
    if rules.death_undone_by_recorder(death, act.actor.id):
        raise UndoneByRecorder
    answers = (
        await hours.reverse(
            db,
            member.community_id,
            death.transfer_ids,
            reason=reason,
            root=act.root,
            actor_id=act.actor.id,
            now=act.now,
            forced=forced,
        )
        if death.transfer_ids
        else []
    )
    for answer in answers:
        if isinstance(answer, Refused):
            name = await accounts.name_of(db, member.community_id, answer.account_id)
            raise as_error(answer, answer.text(name))
    await steps.undo(db, act, death, reason=reason)
    await people_steps.set_status(db, member_id, Status(death.status_before), version=member.version)


async def _recorded(db: AsyncSession, act: Act, member_id: UUID, version: int) -> Look:
    member = await people.member(db, member_id)
    await people_steps.lock(db, {member_id: member.version})
    death = await queries.death(db, member_id)
    if death is None:
        raise NotRecordedDead
    if death.version != version:
        raise Stale(death.version)
    return await queries.look(db, member_id, act.today)


async def _refuse_heir(db: AsyncSession, act: Act, member: MemberView, to: To, heir_id: UUID) -> None:
    heir = (await people.briefs(db, [heir_id])).get(heir_id)
    if heir is None or heir.community_id != member.community_id:
        raise NotFound
    if heir.status in people.GONE:
        raise BequestToOneself
    ties = await kin.ties_of(db, member.id) if to is To.KIN else []
    if to is To.KIN and not any(tie.other.member_id == heir_id and tie.counts(act.today) for tie in ties):
        raise NotOfTheFamily
    if act.role in SECOND_PERSONS:
        await refuse_own(db, act.actor, [heir_id], act.today)
