"""Use cases of schemes: look, open, set rules for a day to come, rename, end."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries as access
from timebank.access.guard import Act, reading, use_case
from timebank.core.actor import Role
from timebank.core.errors import NotFound
from timebank.schemes import queries, rules, steps
from timebank.schemes.model import Dated, HousePolicy, SchemeKind, SchemePolicy, SchemeView

READERS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR})
WRITERS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


@dataclass(frozen=True)
class SchemeDetail:
    """A scheme, its versions with the one that begins last first, and who made them."""

    view: SchemeView
    versions: list[Dated[SchemePolicy]]
    in_force: Dated[SchemePolicy] | None
    is_open: bool
    makers: dict[UUID, str]


@dataclass(frozen=True)
class Overview:
    """A community's house policy in force and its schemes."""

    house: Dated[HousePolicy]
    schemes: list[SchemeDetail]


@reading(who=READERS, where="community_id")
async def overview(db: AsyncSession, act: Act, *, community_id: UUID) -> Overview:
    """What a community promises today."""
    views = await queries.schemes(db, community_id)
    versions = await queries.scheme_policies(db, [view.id for view in views])
    return Overview(
        await queries.house_policy(db, community_id, act.today),
        [_detail(view, versions[view.id], act.today, {}) for view in views],
    )


@reading(who=READERS, where="community_id")
async def see_scheme(db: AsyncSession, act: Act, *, community_id: UUID, scheme_id: UUID) -> SchemeDetail:
    """One scheme with all its versions."""
    view = await _of(db, community_id, scheme_id)
    versions = (await queries.scheme_policies(db, [scheme_id]))[scheme_id]
    makers = await access.staff_names(
        db, {who for v in versions for who in (v.made_by, v.approved_by) if who}
    )
    return _detail(view, versions, act.today, makers)


@use_case(who=WRITERS, where="community_id")
async def open_scheme(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    name: str,
    policy: SchemePolicy,
    in_force_from: date,
    kind: SchemeKind = SchemeKind.MUTUAL_AID,
) -> UUID:
    """Open a scheme with its first policy."""
    return await steps.open_scheme(
        db, community_id, name, kind, policy, in_force_from, act.now, made_by=act.actor.id
    )


@use_case(who=WRITERS, where="community_id")
async def add_policy(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    scheme_id: UUID,
    policy: SchemePolicy,
    in_force_from: date,
    replaces: UUID | None = None,
) -> UUID:
    """Set other rules from a day on, or in place of a version that has not begun."""
    await _of(db, community_id, scheme_id)
    return await steps.add_scheme_policy(
        db,
        community_id,
        scheme_id,
        policy,
        in_force_from,
        now=act.now,
        made_by=act.actor.id,
        replaces=replaces,
    )


@use_case(who=WRITERS, where="community_id")
async def change_scheme(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    scheme_id: UUID,
    name: str,
    closed_on: date | None,
    version: int,
) -> None:
    """Rename a scheme, end it from a day on (`closed_on`), or open it again (None)."""
    await _of(db, community_id, scheme_id)
    await steps.change_scheme(db, scheme_id, name=name, closed_on=closed_on, version=version)


async def _of(db: AsyncSession, community_id: UUID, scheme_id: UUID) -> SchemeView:
    view = await queries.scheme(db, scheme_id)
    if view.community_id != community_id:
        raise NotFound
    return view


def _detail(
    view: SchemeView, versions: list[Dated[SchemePolicy]], today: date, makers: dict[UUID, str]
) -> SchemeDetail:
    return SchemeDetail(view, versions, rules.in_force(versions, today), view.is_open(today), makers)
