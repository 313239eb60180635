"""Use cases of a member's family: written down by the desk, with who said so."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.access.guard import EVERYWHERE, Act, reading, use_case
from timebank.access.kin import queries as kin
from timebank.access.kin import steps
from timebank.access.kin.model import KinKind, Relative
from timebank.access.model import UnitNode
from timebank.access.queries import StaffView
from timebank.core.actor import Role
from timebank.core.errors import N_, FieldError, Invalid, NotFound, Text
from timebank.people import queries
from timebank.people.kin.model import Family
from timebank.people.kin.queries import family as read_family
from timebank.people.whose import home

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


async def _both(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    """Both sides: nobody at a desk writes down, or ends, a tie of their own or of their family."""
    member_id: UUID = arguments["member_id"]
    if "other" in arguments:
        other: UUID | None = arguments["other"].member_id
    else:
        other = (await kin.tie(db, arguments["tie_id"], member_id=member_id)).other.member_id
    return {member_id} if other is None else {member_id, other}


@reading(who=DESK, where=home)
async def family(db: AsyncSession, act: Act, *, member_id: UUID, community_id: UUID | None = None) -> Family:
    """A member's family, with names as far as they may be seen."""
    return await read_family(db, await queries.member(db, member_id), act.today)


@reading(who=DESK, where="community_id")
async def who_may_be_kin(
    db: AsyncSession, act: Act, *, community_id: UUID
) -> tuple[list[UnitNode], list[StaffView]]:
    """The other communities whose member a relative may be, and the staff that one may be."""
    nodes = await access.communities(db)
    return [node for node in nodes if node.id != community_id], await access.staff_in(
        db, await access.units(db)
    )


@reading(who=DESK, where=EVERYWHERE)
async def member_elsewhere(
    db: AsyncSession, act: Act, *, community_id: UUID, number: str, name: str
) -> Relative:
    """A member of a community that may not be seen from here: only number and name together name them."""
    found = await kin.member_elsewhere(db, community_id, number=number, name=name)
    if found is None:
        message = N_("那个社区没有会员号和姓名都对得上的人；请向那边的协调员核对")
        raise Invalid([FieldError("elsewhere_number", Text(message))])
    return Relative(community_id=community_id, member_id=found)


@use_case(who=DESK, where=home, on_behalf=_both)
async def record_kin(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    kind: KinKind,
    other: Relative,
    said_by: str,
    said_on: date,
    community_id: UUID | None = None,
) -> UUID:
    """Write down what somebody is to a member. Raises `Invalid`, `NotOnesOwnKin`, `KinAlready`."""
    if act.community_id is None:
        raise NotFound
    if said_on > act.today:
        raise Invalid([FieldError("said_on", Text(N_("日期不能晚于今天")))])
    return await steps.record(
        db,
        tie_id=act.id_for("kin"),
        community_id=act.community_id,
        member_id=member_id,
        kind=kind,
        other=other,
        said_by=said_by,
        said_on=said_on,
        by=act.actor.id,
        now=act.now,
    )


@use_case(who=DESK, where=home, on_behalf=_both)
async def end_kin(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    tie_id: UUID,
    version: int,
    ended_on: date,
    community_id: UUID | None = None,
) -> None:
    """From that day on they are of one family no more. Raises `Invalid` for a day to come, `Stale`."""
    if ended_on > act.today:
        raise Invalid([FieldError("ended_on", Text(N_("日期不能晚于今天")))])
    await steps.end(db, tie_id, version=version, on=ended_on)


@use_case(who=DESK, where=home, on_behalf=_both)
async def resume_kin(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    tie_id: UUID,
    version: int,
    community_id: UUID | None = None,
) -> None:
    """It had not ended after all. Raises `Stale`."""
    await steps.end(db, tie_id, version=version, on=None)


@use_case(who=DESK, where=home, on_behalf=_both)
async def retract_kin(
    db: AsyncSession,
    act: Act,
    *,
    member_id: UUID,
    tie_id: UUID,
    version: int,
    community_id: UUID | None = None,
) -> None:
    """It was written down by mistake, and never was so. Raises `Stale`."""
    await steps.retract(db, tie_id, version=version, now=act.now)
