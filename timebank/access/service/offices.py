"""Units and the people who hold an office in them: an administrator's work."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries, rules, steps
from timebank.access.errors import LastOffice, OwnOffice
from timebank.access.guard import EVERYWHERE, Act, reading, use_case
from timebank.access.model import Level, UnitNode
from timebank.access.queries import StaffView
from timebank.access.secrets import hash_password
from timebank.access.tables import Staff, StaffRole, Unit
from timebank.core.actor import Role
from timebank.core.errors import N_, FieldError, Forbidden, Invalid, NotFound, Stale, Text

ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
_BELOW = {Level.DISTRICT: Level.TOWN, Level.TOWN: Level.COMMUNITY}


@reading(who=ADMINISTRATOR, where=EVERYWHERE)
async def administered_units(db: AsyncSession, act: Act) -> list[UnitNode]:
    """The units at or below those whose administrator the actor is: where they may give offices."""
    return await queries.administered(db, act.actor.id)


@use_case(who=ADMINISTRATOR, where=EVERYWHERE)
async def add_unit(
    db: AsyncSession, act: Act, *, parent_id: UUID, name: str, code: str | None = None
) -> UUID:
    """A town below the district, or a community below a town. Without a code it gets the next free one.

    Raises `Invalid` naming the field that another unit has, `NotFound`, `Forbidden`.
    """
    nodes = await queries.units(db)
    parent = _one(nodes, parent_id)
    await _administers(db, act, [parent_id])
    if parent.level not in _BELOW:
        raise Invalid([FieldError("parent_id", Text(N_("社区下面不能再设单位")))])
    chosen = code or rules.next_code(parent.code, [node.code for node in nodes])
    _refuse_twins(nodes, parent_id=parent_id, name=name, code=chosen)
    unit_id = act.id_for("unit")
    return await steps.add_unit(
        db, level=_BELOW[parent.level], name=name, code=chosen, parent_id=parent_id, unit_id=unit_id
    )


@use_case(who=ADMINISTRATOR, where=EVERYWHERE)
async def change_unit(
    db: AsyncSession, act: Act, *, unit_id: UUID, name: str, code: str, seen_name: str, seen_code: str
) -> None:
    """Another name or code. Raises `Stale` if it is not as it was seen, `Invalid`, `NotFound`, `Forbidden`."""
    await _administers(db, act, [unit_id])
    unit = await db.get(Unit, unit_id, with_for_update=True, populate_existing=True)
    if unit is None:
        raise NotFound
    if (unit.name, unit.code) != (seen_name, seen_code):
        raise Stale
    others = [node for node in await queries.units(db) if node.id != unit_id]
    _refuse_twins(others, parent_id=unit.parent_id, name=name, code=code)
    unit.name, unit.code = name, code


@reading(who=ADMINISTRATOR, where=EVERYWHERE)
async def list_staff(db: AsyncSession, act: Act) -> list[StaffView]:
    """Everybody who holds an office in the administrator's units."""
    return await queries.staff_in(db, await queries.administered(db, act.actor.id))


@reading(who=ADMINISTRATOR, where=EVERYWHERE)
async def one_of_staff(db: AsyncSession, act: Act, *, staff_id: UUID) -> StaffView:
    """One of them. Raises `NotFound`."""
    return await _staff(db, act, staff_id)


@use_case(who=ADMINISTRATOR, where=EVERYWHERE)
async def add_staff(
    db: AsyncSession, act: Act, *, name: str, user_name: str, password: str, role: Role, unit_id: UUID
) -> UUID:
    """A new staff member with one office. Raises `Invalid`, `WeakPassword`, `Forbidden`."""
    await _administers(db, act, [unit_id])
    if await db.scalar(select(Staff.id).where(Staff.user_name == user_name)):
        raise Invalid([FieldError("user_name", Text(N_("这个登录名已有人用；请换一个")))])
    staff_id = await steps.add_staff(
        db, name=name, user_name=user_name, password=password, now=act.now, staff_id=act.id_for("staff")
    )
    await steps.give_role(db, staff_id=staff_id, unit_id=unit_id, role=role)
    return staff_id


@use_case(who=ADMINISTRATOR, where=EVERYWHERE)
async def give_office(db: AsyncSession, act: Act, *, staff_id: UUID, unit_id: UUID, role: Role) -> None:
    """One office more; one that is held already stays. Raises `NotFound`, `Forbidden`."""
    await _administers(db, act, [unit_id])
    found = await _staff(db, act, staff_id)
    if not found.holds(role, unit_id):
        await steps.give_role(db, staff_id=staff_id, unit_id=unit_id, role=role)


@use_case(who=ADMINISTRATOR, where=EVERYWHERE)
async def take_office(db: AsyncSession, act: Act, *, staff_id: UUID, unit_id: UUID, role: Role) -> None:
    """One office less; their screens follow at once. Raises `OwnOffice`, `LastOffice`, `NotFound`."""
    await _administers(db, act, [unit_id])
    if staff_id == act.actor.id and role is Role.ADMINISTRATOR:
        raise OwnOffice
    # Locked, so that two administrators cannot take the last two at once.
    await db.get(Staff, staff_id, with_for_update=True)
    found = await _staff(db, act, staff_id)
    if not found.holds(role, unit_id):
        return
    if len(found.offices) == 1:
        raise LastOffice
    await db.execute(
        delete(StaffRole).where(
            StaffRole.staff_id == staff_id, StaffRole.unit_id == unit_id, StaffRole.role == role
        )
    )


@use_case(who=ADMINISTRATOR, where=EVERYWHERE)
async def reset_password(db: AsyncSession, act: Act, *, staff_id: UUID, password: str) -> None:
    """For somebody who forgot theirs; they are signed out everywhere. One's own is changed with the old one.

    Raises `WeakPassword`, `OwnOffice`, `NotFound`, `Forbidden`.
    """
    if staff_id == act.actor.id:
        raise OwnOffice
    found = await _ours(db, act, staff_id)
    rules.refuse_weak(password, user_name=found.user_name, field="password")
    hashed = await hash_password(password)
    await db.execute(update(Staff).where(Staff.id == staff_id).values(password_hash=hashed))
    await steps.end_logins(db, now=act.now, staff_id=staff_id)


@use_case(who=ADMINISTRATOR, where=EVERYWHERE)
async def set_staff_active(db: AsyncSession, act: Act, *, staff_id: UUID, active: bool) -> None:
    """Let a staff member in again, or shut them out at once. Raises `OwnOffice`: nobody shuts themselves out."""
    if staff_id == act.actor.id:
        raise OwnOffice
    await _ours(db, act, staff_id)
    await db.execute(update(Staff).where(Staff.id == staff_id).values(active=active))
    await steps.end_logins(db, now=act.now, staff_id=staff_id)


async def _staff(db: AsyncSession, act: Act, staff_id: UUID) -> StaffView:
    listed = await queries.staff_in(db, await queries.administered(db, act.actor.id))
    found = next((view for view in listed if view.id == staff_id), None)
    if found is None:
        raise NotFound
    return found


async def _ours(db: AsyncSession, act: Act, staff_id: UUID) -> StaffView:
    """Somebody all of whose offices lie in the actor's units: shutting out reaches every one of them."""
    found = await _staff(db, act, staff_id)
    await _administers(db, act, [unit_id for _, unit_id, _ in found.offices])
    return found


async def _administers(db: AsyncSession, act: Act, unit_ids: Collection[UUID]) -> None:
    mine = {node.id for node in await queries.administered(db, act.actor.id)}
    if not mine.issuperset(unit_ids):
        raise Forbidden


def _one(nodes: Collection[UnitNode], unit_id: UUID) -> UnitNode:
    found = next((node for node in nodes if node.id == unit_id), None)
    if found is None:
        raise NotFound
    return found


def _refuse_twins(nodes: Collection[UnitNode], *, parent_id: UUID | None, name: str, code: str) -> None:
    wrong = []
    if any(node.name == name and node.parent_id == parent_id for node in nodes):
        wrong.append(FieldError("name", Text(N_("这里已有叫这个名字的单位"))))
    if any(node.code == code for node in nodes):
        wrong.append(FieldError("code", Text(N_("这个代码已有单位在用"))))
    if wrong:
        raise Invalid(wrong)
