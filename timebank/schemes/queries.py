"""Which schemes there are, and which rules were in force on a day."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

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
    Unapproved,
)
from timebank.schemes.tables import (
    HousePolicyApproval,
    HousePolicyVersion,
    Scheme,
    SchemePolicyApproval,
    SchemePolicyVersion,
)

UNSET = Dated(None, 0, date.min, HousePolicy())


async def house_policy(db: AsyncSession, community_id: UUID, on: date) -> Dated[HousePolicy]:
    """The house policy in force on a day; the defaults, with no version id, where none was set."""
    return rules.in_force(await house_policies(db, community_id), on) or UNSET


async def house_policies(db: AsyncSession, community_id: UUID) -> list[Dated[HousePolicy]]:
    """Every version of a community's house policy, the one that begins last first."""
    table, word = HousePolicyVersion, HousePolicyApproval
    rows = (
        await db.execute(
            select(table, word)
            .outerjoin(word, word.version_id == table.id)
            .where(table.community_id == community_id)
            .order_by(table.in_force_from.desc(), table.number.desc())
        )
    ).all()
    found = [_dated(row, row.content, said) for row, said in rows]
    return _in_their_places(found, {row.id: row.replaces for row, _ in rows})


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
    table, word = SchemePolicyVersion, SchemePolicyApproval
    rows = (
        await db.execute(
            select(table, word)
            .outerjoin(word, word.version_id == table.id)
            .where(table.scheme_id.in_(scheme_ids))
            .order_by(table.in_force_from.desc(), table.number.desc())
        )
    ).all()
    found = [_dated(row, row.content, said) for row, said in rows]
    placed = _in_their_places(found, {row.id: row.replaces for row, _ in rows})
    made: defaultdict[UUID, list[Dated[SchemePolicy]]] = defaultdict(list)
    for (row, _), version in zip(rows, placed, strict=True):
        made[row.scheme_id].append(version)
    return made


async def unapproved(db: AsyncSession, today: date) -> list[Unapproved]:
    """Every visible version that could still begin and waits for a second word, the first to begin first."""
    house, scheme_table = HousePolicyVersion, SchemePolicyVersion
    of_houses = _waiting(house, HousePolicyApproval, today)
    of_schemes = _waiting(scheme_table, SchemePolicyApproval, today)
    rows = [(row, None, None) for row in await db.scalars(select(house).where(*of_houses))] + [
        (row, row.scheme_id, name)
        for row, name in await db.execute(
            select(scheme_table, Scheme.name)
            .join(Scheme, Scheme.id == scheme_table.scheme_id)
            .where(*of_schemes)
        )
    ]
    found = [
        Unapproved(
            version_id=row.id,
            community_id=row.community_id,
            scheme_id=scheme_id,
            scheme=name,
            in_force_from=row.in_force_from,
            made_by=row.made_by,
        )
        for row, scheme_id, name in rows
    ]
    return sorted(found, key=lambda one: (one.in_force_from, one.version_id))


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
    return {row.id: PolicyVersion(_view(of), _dated(row, row.content, None)) for row, of in rows}


async def community_of(db: AsyncSession, scheme_id: UUID) -> UUID:
    """The community a scheme belongs to. Raises `NotFound`."""
    return (await scheme(db, scheme_id)).community_id


def _dated(
    row: HousePolicyVersion | SchemePolicyVersion,
    content: T,
    said: HousePolicyApproval | SchemePolicyApproval | None,
) -> Dated[T]:
    return Dated(
        row.id,
        row.number,
        row.in_force_from,
        content,
        row.made_by,
        row.made_at,
        needs_approval=row.needs_approval,
        approved_by=said.approved_by if said else None,
        approved_at=said.approved_at if said else None,
    )


def _in_their_places(versions: Sequence[Dated[T]], replaces: Mapping[UUID, UUID | None]) -> list[Dated[T]]:
    """Each with whether another took its place, or wants to."""
    gone = {replaces[v.version_id] for v in versions if v.version_id and v.stands}
    wanted = set(replaces.values())
    return [replace(v, replaced=v.version_id in gone, followed=v.version_id in wanted) for v in versions]


def _waiting(
    table: type[HousePolicyVersion] | type[SchemePolicyVersion],
    word: type[HousePolicyApproval] | type[SchemePolicyApproval],
    today: date,
) -> list[ColumnElement[bool]]:
    later = aliased(table)
    return [
        table.needs_approval.is_(True),
        table.in_force_from >= today,
        ~exists().where(word.version_id == table.id),
        ~exists().where(later.replaces == table.id),
    ]


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
