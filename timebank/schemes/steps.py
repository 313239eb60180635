"""Opening schemes and adding versions of policies; nothing that was in force is ever changed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core import clock
from timebank.core.errors import Invalid, Stale
from timebank.core.ids import new_id
from timebank.schemes import rules
from timebank.schemes.errors import PolicyBackdated, PolicyDateTaken, SchemeNameTaken
from timebank.schemes.model import HousePolicy, SchemeKind, SchemePolicy
from timebank.schemes.tables import HousePolicyVersion, Scheme, SchemePolicyVersion


async def open_scheme(
    db: AsyncSession,
    community_id: UUID,
    name: str,
    kind: SchemeKind,
    policy: SchemePolicy,
    in_force_from: date,
    now: datetime,
    *,
    made_by: UUID,
    scheme_id: UUID | None = None,
) -> UUID:
    """Open a scheme with its first policy, which may begin in the past; the scheme's id.

    Raises `Invalid` with every field that is wrong, `SchemeNameTaken`.
    """
    _refuse_bad(policy)
    taken = select(Scheme.id).where(Scheme.community_id == community_id, Scheme.name == name)
    if await db.scalar(taken) is not None:
        raise SchemeNameTaken
    made = scheme_id or new_id()
    await db.execute(
        insert(Scheme).values(
            id=made,
            community_id=community_id,
            name=name,
            kind=kind,
            opened_on=in_force_from,
            version=1,
            created_at=now,
        )
    )
    await add_scheme_policy(
        db, community_id, made, policy, in_force_from, now=now, made_by=made_by, version_id=None
    )
    return made


async def add_scheme_policy(
    db: AsyncSession,
    community_id: UUID,
    scheme_id: UUID,
    policy: SchemePolicy,
    in_force_from: date,
    *,
    now: datetime,
    made_by: UUID,
    version_id: UUID | None = None,
) -> UUID:
    """Add a version that begins today or later; its id.

    Raises `Invalid` with every field that is wrong, `PolicyBackdated`, `PolicyDateTaken`.
    """
    _refuse_bad(policy)
    table = SchemePolicyVersion
    number, taken = (
        await db.execute(
            select(func.count(), func.bool_or(table.in_force_from == in_force_from)).where(
                table.scheme_id == scheme_id
            )
        )
    ).one()
    _refuse_date(in_force_from, now=now, first=number == 0, taken=bool(taken))
    made = version_id or new_id()
    await db.execute(
        insert(table).values(
            id=made,
            community_id=community_id,
            scheme_id=scheme_id,
            number=number + 1,
            in_force_from=in_force_from,
            content=policy,
            made_by=made_by,
            made_on=clock.day_of(now),
            made_at=now,
        )
    )
    return made


async def set_house_policy(
    db: AsyncSession,
    community_id: UUID,
    policy: HousePolicy,
    in_force_from: date,
    *,
    now: datetime,
    made_by: UUID,
    version_id: UUID | None = None,
) -> UUID:
    """Add a version of the house policy; its id. The first may begin in the past, a later one today.

    Limits of accounts follow by `hours.steps.apply_house_policy`, at once or on the day.
    Raises `Invalid` with every field that is wrong, `PolicyBackdated`, `PolicyDateTaken`.
    """
    found = rules.house_policy_problems(policy)
    if found:
        raise Invalid(found)
    table = HousePolicyVersion
    number, taken = (
        await db.execute(
            select(func.count(), func.bool_or(table.in_force_from == in_force_from)).where(
                table.community_id == community_id
            )
        )
    ).one()
    _refuse_date(in_force_from, now=now, first=number == 0, taken=bool(taken))
    made = version_id or new_id()
    await db.execute(
        insert(table).values(
            id=made,
            community_id=community_id,
            number=number + 1,
            in_force_from=in_force_from,
            content=policy,
            made_by=made_by,
            made_on=clock.day_of(now),
            made_at=now,
        )
    )
    return made


async def change_scheme(
    db: AsyncSession, scheme_id: UUID, *, name: str, closed_on: date | None, version: int
) -> None:
    """Rename a scheme, end it from a day on, or open it again. Raises `Stale`, `SchemeNameTaken`."""
    row = await db.scalar(select(Scheme).where(Scheme.id == scheme_id).with_for_update())
    if row is None or row.version != version:
        raise Stale
    taken = select(Scheme.id).where(
        Scheme.community_id == row.community_id, Scheme.name == name, Scheme.id != scheme_id
    )
    if await db.scalar(taken) is not None:
        raise SchemeNameTaken
    await db.execute(
        update(Scheme)
        .where(Scheme.id == scheme_id)
        .values(name=name, closed_on=closed_on, version=version + 1)
    )


def _refuse_bad(policy: SchemePolicy) -> None:
    found = rules.scheme_policy_problems(policy)
    if found:
        raise Invalid(found)


def _refuse_date(in_force_from: date, *, now: datetime, first: bool, taken: bool) -> None:
    today = clock.day_of(now)
    if taken:
        raise PolicyDateTaken(in_force_from)
    if rules.policy_backdated(in_force_from=in_force_from, today=today, first=first):
        raise PolicyBackdated(today)
