"""Opening schemes and adding versions of policies; nothing that was in force is ever changed."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core import clock
from timebank.core.errors import N_, FieldError, Invalid, NotFound, Stale, Text
from timebank.core.ids import new_id
from timebank.schemes import rules
from timebank.schemes.errors import (
    ApprovedByMaker,
    ApprovedLate,
    PolicyBackdated,
    PolicyBegun,
    PolicyDateTaken,
    SchemeNameTaken,
)
from timebank.schemes.model import HousePolicy, SchemeKind, SchemePolicy
from timebank.schemes.tables import (
    HousePolicyApproval,
    HousePolicyVersion,
    Scheme,
    SchemePolicyApproval,
    SchemePolicyVersion,
)


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
    await add_scheme_policy(db, community_id, made, policy, in_force_from, now=now, made_by=made_by)
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
    replaces: UUID | None = None,
) -> UUID:
    """Add a version that begins today or later; its id. `replaces` names one that has not begun.

    All but the first wait for a second person's word (`approve`).

    Raises `Invalid` with every field that is wrong, `PolicyBackdated`, `PolicyDateTaken`; and where it
    replaces one: `PolicyBegun`, `Stale` if somebody else replaced it first.
    """
    _refuse_bad(policy)
    table = SchemePolicyVersion
    return await _add_version(
        db,
        table,
        table.scheme_id == scheme_id,
        {"community_id": community_id, "scheme_id": scheme_id, "content": policy},
        in_force_from,
        now=now,
        made_by=made_by,
        replaces=replaces,
    )


async def set_house_policy(
    db: AsyncSession,
    community_id: UUID,
    policy: HousePolicy,
    in_force_from: date,
    *,
    now: datetime,
    made_by: UUID,
    replaces: UUID | None = None,
) -> UUID:
    """Add a version of the house policy; its id. The first may begin in the past, a later one today.

    `replaces` names one that has not begun, and keeps its day.

    Limits of accounts follow by `hours.steps.apply_house_policy`, at once or on the day.
    Raises as `add_scheme_policy` does.
    """
    found = rules.house_policy_problems(policy)
    if found:
        raise Invalid(found)
    table = HousePolicyVersion
    return await _add_version(
        db,
        table,
        table.community_id == community_id,
        {"community_id": community_id, "content": policy},
        in_force_from,
        now=now,
        made_by=made_by,
        replaces=replaces,
    )


async def approve(
    db: AsyncSession,
    table: type[HousePolicyVersion] | type[SchemePolicyVersion],
    community_id: UUID,
    version_id: UUID,
    *,
    by: UUID,
    now: datetime,
) -> date:
    """Agree to a version as a second person; the day that it begins.

    Raises `NotFound`, `Stale` where it was approved already or another wants its place, `ApprovedByMaker`,
    `ApprovedLate`.
    """
    wanted = select(table).where(table.id == version_id, table.community_id == community_id)
    row = cast("HousePolicyVersion | SchemePolicyVersion | None", await db.scalar(wanted))
    if row is None:
        raise NotFound
    word = HousePolicyApproval if table is HousePolicyVersion else SchemePolicyApproval
    if not row.needs_approval or await db.scalar(select(word.version_id).where(word.version_id == row.id)):
        raise Stale
    if await db.scalar(select(table.id).where(table.replaces == row.id)):
        raise Stale
    if rules.policy_approved_by_maker(made_by=row.made_by, approved_by=by):
        raise ApprovedByMaker
    today = clock.day_of(now)
    if rules.policy_approved_late(in_force_from=row.in_force_from, approved_on=today):
        raise ApprovedLate(day=row.in_force_from)
    await db.execute(
        insert(word).values(
            version_id=row.id,
            community_id=community_id,
            made_by=row.made_by,
            in_force_from=row.in_force_from,
            approved_by=by,
            approved_on=today,
            approved_at=now,
        )
    )
    return row.in_force_from


async def change_scheme(
    db: AsyncSession, scheme_id: UUID, *, name: str, closed_on: date | None, version: int
) -> None:
    """Rename a scheme, end it from a day on, or open it again. Raises `Stale`, `SchemeNameTaken`, `Invalid`."""
    row = await db.scalar(select(Scheme).where(Scheme.id == scheme_id).with_for_update())
    if row is None or row.version != version:
        raise Stale(row.version if row else None)
    if closed_on is not None and closed_on < row.opened_on:
        early = Text(N_("不能早于开办的那天：{day}"), {"day": row.opened_on})
        raise Invalid([FieldError("closed_on", early)])
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


async def _add_version(
    db: AsyncSession,
    table: type[HousePolicyVersion] | type[SchemePolicyVersion],
    of_the_same: ColumnElement[bool],
    values: dict[str, object],
    in_force_from: date,
    *,
    now: datetime,
    made_by: UUID,
    replaces: UUID | None,
) -> UUID:
    today = clock.day_of(now)
    rows = (await db.execute(select(table.id, table.in_force_from, table.replaces).where(of_the_same))).all()
    if replaces is not None:
        in_force_from = _replaced_day(rows, replaces, today)
    elif in_force_from in {row.in_force_from for row in rows}:
        raise PolicyDateTaken(in_force_from)
    if rules.policy_backdated(in_force_from=in_force_from, today=today, first=not rows):
        raise PolicyBackdated(today)
    made = new_id()
    await db.execute(
        insert(table).values(
            id=made,
            number=len(rows) + 1,
            in_force_from=in_force_from,
            made_by=made_by,
            made_on=today,
            made_at=now,
            replaces=replaces,
            needs_approval=bool(rows),
            **values,
        )
    )
    return made


def _replaced_day(rows: Sequence[Row[UUID, date, UUID | None]], replaces: UUID, today: date) -> date:
    """The day of the version to replace, which the new one keeps."""
    days = {id_: day for id_, day, _ in rows}
    if replaces not in days:
        raise NotFound
    if replaces in {other for _, _, other in rows}:
        raise Stale
    if rules.policy_begun(in_force_from=days[replaces], today=today):
        raise PolicyBegun
    return days[replaces]
