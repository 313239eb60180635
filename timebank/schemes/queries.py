"""Which schemes there are, and which rules were in force on a day."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import NotFound
from timebank.schemes import rules
from timebank.schemes.errors import NoPolicyInForce
from timebank.schemes.model import (
    Dated,
    HousePolicy,
    PolicyVersion,
    SchemeKind,
    SchemePolicy,
    SchemeView,
    T,
)
from timebank.schemes.tables import HousePolicyVersion, Scheme, SchemePolicyVersion

UNSET = Dated(None, 0, date.min, HousePolicy())


async def house_policy(db: AsyncSession, community_id: UUID, on: date) -> Dated[HousePolicy]:
    """The house policy in force on a day; the defaults, with no version id, where none was set."""
    return rules.in_force(await house_policies(db, community_id), on) or UNSET


async def house_policies(db: AsyncSession, community_id: UUID) -> list[Dated[HousePolicy]]:
    """Every version of a community's house policy, the one that begins last first."""
    table = HousePolicyVersion
    rows = await db.scalars(
        select(table)
        .where(table.community_id == community_id)
        .order_by(table.in_force_from.desc(), table.number.desc())
    )
    found = list(rows)
    gone = {row.replaces for row in found}
    return [_dated(row, row.content, replaced=row.id in gone) for row in found]


async def scheme_policy(db: AsyncSession, scheme_id: UUID, on: date) -> Dated[SchemePolicy]:
    """The scheme's policy in force on a day. Raises `NotFound`, `NoPolicyInForce`."""
    found = rules.in_force((await scheme_policies(db, {scheme_id}))[scheme_id], on)
    if found is None:
        raise NoPolicyInForce(scheme=(await scheme(db, scheme_id)).name, day=on)
    return found


async def scheme_policies(
    db: AsyncSession, scheme_ids: Collection[UUID]
) -> defaultdict[UUID, list[Dated[SchemePolicy]]]:
    """Every version of each scheme's policy, the one that begins last first.

    For many visits at once: pick each one's by `rules.in_force(versions[scheme_id], served_on)`.
    """
    table = SchemePolicyVersion
    rows = await db.scalars(
        select(table)
        .where(table.scheme_id.in_(scheme_ids))
        .order_by(table.in_force_from.desc(), table.number.desc())
    )
    found = list(rows)
    gone = {row.replaces for row in found}
    made: defaultdict[UUID, list[Dated[SchemePolicy]]] = defaultdict(list)
    for row in found:
        made[row.scheme_id].append(_dated(row, row.content, replaced=row.id in gone))
    return made


async def scheme(db: AsyncSession, scheme_id: UUID) -> SchemeView:
    """One scheme. Raises `NotFound`."""
    row = await db.scalar(select(Scheme).where(Scheme.id == scheme_id))
    if row is None:
        raise NotFound
    return _view(row)


async def schemes(db: AsyncSession, community_id: UUID, *, open_on: date | None = None) -> list[SchemeView]:
    """A community's schemes, oldest first; with `open_on` only those that are open on that day."""
    rows = await db.scalars(
        select(Scheme).where(Scheme.community_id == community_id).order_by(Scheme.opened_on, Scheme.id)
    )
    views = [_view(row) for row in rows]
    return [view for view in views if open_on is None or view.is_open(open_on)]


async def policy_versions(db: AsyncSession, version_ids: Collection[UUID]) -> dict[UUID, PolicyVersion]:
    """Versions of schemes' policies by their ids, each with its scheme."""
    rows = await db.execute(
        select(SchemePolicyVersion, Scheme)
        .join(Scheme, Scheme.id == SchemePolicyVersion.scheme_id)
        .where(SchemePolicyVersion.id.in_(version_ids))
    )
    return {row.id: PolicyVersion(_view(of), _dated(row, row.content)) for row, of in rows}


async def community_of(db: AsyncSession, scheme_id: UUID) -> UUID:
    """The community a scheme belongs to. Raises `NotFound`."""
    return (await scheme(db, scheme_id)).community_id


def _dated(row: HousePolicyVersion | SchemePolicyVersion, content: T, *, replaced: bool = False) -> Dated[T]:
    return Dated(row.id, row.number, row.in_force_from, content, row.made_by, row.made_at, replaced)


def _view(row: Scheme) -> SchemeView:
    return SchemeView(
        row.id,
        row.community_id,
        row.name,
        SchemeKind(row.kind),
        row.opened_on,
        row.closed_on,
        row.version,
    )
