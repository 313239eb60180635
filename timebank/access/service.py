"""Use cases of sign-in, staff, cards and the first run."""

from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries, rules, steps
from timebank.access.errors import SetupClosed, WeakPassword
from timebank.access.guard import EVERYWHERE, Act, reading, use_case
from timebank.access.model import (
    MEMBER_LOGIN,
    PASSWORD_LENGTH_MIN,
    STAFF_LOGIN,
    IssuedCard,
    Token,
    UnitNode,
)
from timebank.access.queries import SignedIn, StaffView
from timebank.access.secrets import digest, hash_password, password_fits
from timebank.access.tables import Card, Login, Setup, Staff, StaffMembership, StaffRole
from timebank.core.actor import Role
from timebank.core.errors import N_, FieldError, Forbidden, Invalid, NotFound, Text

STAFF = frozenset({Role.COORDINATOR, Role.AUDITOR, Role.ADMINISTRATOR})
SIGNED_IN = STAFF | {Role.MEMBER}


@reading(who={Role.NOBODY}, where=EVERYWHERE)
async def who_is(db: AsyncSession, act: Act, *, token: str) -> SignedIn | None:
    """The live login behind a token."""
    return await queries.signed_in(db, token, act.now)


@use_case(who={Role.NOBODY}, where=EVERYWHERE)
async def sign_in_staff(db: AsyncSession, act: Act, *, user_name: str, password: str) -> Token | None:
    """Sign a staff member in; None if name or password is wrong. Raises `TooMany`."""
    subject = digest(f"staff {user_name.casefold()}")
    await steps.slow_down(db, subject=subject, now=act.now)
    staff = await db.scalar(select(Staff).where(Staff.user_name == user_name, Staff.active))
    if not await password_fits(password, staff.password_hash if staff else None) or staff is None:
        await steps.note_failure(db, subject=subject, now=act.now)
        return None
    actor = await queries.staff_actor(db, staff.id)
    desk = actor is not None and actor.anywhere(Role.COORDINATOR, Role.ADMINISTRATOR)
    home = "/today" if desk else "/audit"
    return await steps.open_login(db, now=act.now, lasts=STAFF_LOGIN, home=home, staff_id=staff.id)


@use_case(who={Role.NOBODY}, where=EVERYWHERE)
async def sign_in_card(
    db: AsyncSession, act: Act, *, pin: str, number: str | None = None, secret: str | None = None
) -> Token | None:
    """Sign a member in by the card's QR secret or its number, and the PIN; None if wrong. Raises `TooMany`."""
    by = Card.secret_hash == digest(secret) if secret else Card.number == number
    card = await db.scalar(select(Card).where(by, Card.revoked_at.is_(None)))
    subject = digest(f"card {card.id if card else number or secret}")
    await steps.slow_down(db, subject=subject, now=act.now)
    if not await password_fits(pin, card.pin_hash if card else None) or card is None:
        await steps.note_failure(db, subject=subject, now=act.now)
        return None
    return await steps.open_login(db, now=act.now, lasts=MEMBER_LOGIN, home="/me", card_id=card.id)


@use_case(who={Role.NOBODY}, where=EVERYWHERE)
async def sign_out(db: AsyncSession, act: Act, *, token: str) -> None:
    """End one login."""
    await db.execute(update(Login).where(Login.token_hash == digest(token)).values(ended_at=act.now))


@use_case(who=STAFF, where="community_id")
async def work_in(db: AsyncSession, act: Act, *, community_id: UUID, login_id: UUID) -> None:
    """Let a desk work in another of the communities its user holds an office in."""
    mine = Login.id == login_id, Login.staff_id == act.actor.id
    await db.execute(update(Login).where(*mine).values(community_id=community_id))


@reading(who=SIGNED_IN, where=EVERYWHERE)
async def my_communities(db: AsyncSession, act: Act) -> list[UnitNode]:
    """The communities the actor may see, by code."""
    return [node for node in await queries.communities(db) if node.id in act.actor.communities]


@use_case(who=STAFF, where=EVERYWHERE)
async def change_password(db: AsyncSession, act: Act, *, old: str, new: str) -> None:
    """Change one's own password; every other login of one's own ends."""
    staff = await db.get(Staff, act.actor.id)
    if staff is None:
        raise NotFound
    if not await password_fits(old, staff.password_hash):
        raise Invalid([FieldError("old", Text(N_("现在的密码不对")))])
    if rules.password_is_weak(new, user_name=staff.user_name):
        raise WeakPassword(
            [FieldError("new", Text(WeakPassword.message, {"least": PASSWORD_LENGTH_MIN}))],
            least=PASSWORD_LENGTH_MIN,
        )
    staff.password_hash = await hash_password(new)
    await steps.end_logins(db, now=act.now, staff_id=staff.id)


@use_case(who={Role.ADMINISTRATOR}, where=EVERYWHERE)
async def add_staff(
    db: AsyncSession, act: Act, *, name: str, user_name: str, password: str, role: Role, unit_id: UUID
) -> UUID:
    """A new staff member with one role in a unit the administrator administers."""
    await _administers(db, act, unit_id)
    if await db.scalar(select(Staff.id).where(Staff.user_name == user_name)):
        raise Invalid([FieldError("user_name", Text(N_("这个登录名已有人用；请换一个")))])
    staff_id = await steps.add_staff(
        db, name=name, user_name=user_name, password=password, now=act.now, staff_id=act.id_for("staff")
    )
    await steps.give_role(db, staff_id=staff_id, unit_id=unit_id, role=role)
    return staff_id


@use_case(who={Role.ADMINISTRATOR}, where=EVERYWHERE)
async def set_staff_active(db: AsyncSession, act: Act, *, staff_id: UUID, active: bool) -> None:
    """Let a staff member in again, or shut them out at once. Nobody shuts themselves out."""
    if staff_id == act.actor.id:
        raise Forbidden
    for held in await db.scalars(select(StaffRole).where(StaffRole.staff_id == staff_id)):
        await _administers(db, act, held.unit_id)
    await db.execute(update(Staff).where(Staff.id == staff_id).values(active=active))
    await steps.end_logins(db, now=act.now, staff_id=staff_id)


@use_case(who={Role.ADMINISTRATOR}, where="community_id")
async def link_membership(
    db: AsyncSession, act: Act, *, community_id: UUID, staff_id: UUID, member_id: UUID, linked: bool
) -> None:
    """Say that a staff member is also this member, so that they never approve their own hours."""
    await db.execute(
        delete(StaffMembership).where(
            StaffMembership.staff_id == staff_id, StaffMembership.member_id == member_id
        )
    )
    if linked:
        await db.execute(insert(StaffMembership).values(staff_id=staff_id, member_id=member_id))


@reading(who={Role.ADMINISTRATOR}, where=EVERYWHERE)
async def list_staff(db: AsyncSession, act: Act) -> list[StaffView]:
    """Everybody who holds an office over the administrator's communities."""
    return await queries.staff_in(db, act.actor.communities)


@reading(who={Role.ADMINISTRATOR}, where=EVERYWHERE)
async def administered_units(db: AsyncSession, act: Act) -> list[UnitNode]:
    """The units whose every community the actor administers: where they may give roles."""
    nodes = await queries.units(db)
    return [node for node in nodes if _may_administer(act, queries.communities_below(nodes, node.id))]


@use_case(who={Role.COORDINATOR, Role.ADMINISTRATOR}, where="community_id", on_behalf="member_id")
async def issue_card(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> IssuedCard:
    """Print a member a new card with a new PIN; the old one stops working."""
    return await steps.issue_card(db, member_id=member_id, community_id=community_id, now=act.now)


@use_case(who={Role.COORDINATOR, Role.ADMINISTRATOR}, where="community_id", on_behalf="member_id")
async def revoke_card(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> None:
    """Stop a lost card."""
    await steps.revoke_cards(db, member_id=member_id, now=act.now)


@use_case(who={Role.NOBODY}, where=EVERYWHERE)
async def offer_setup(db: AsyncSession, act: Act, *, code: str) -> None:
    """Let the first run be done with this one-time code; earlier codes end. Raises `SetupClosed`."""
    if not await queries.is_empty(db):
        raise SetupClosed
    await steps.note_setup(db, code=code)


@use_case(who={Role.NOBODY}, where=EVERYWHERE)
async def set_up(
    db: AsyncSession,
    act: Act,
    *,
    code: str,
    district: str,
    town: str,
    community: str,
    name: str,
    user_name: str,
    password: str,
) -> UUID:
    """The first run: a district, a town, a community, and its first coordinator. Raises `SetupClosed`."""
    row = await db.scalar(select(Setup).with_for_update())
    fits = row is not None and row.code_hash == digest(code) and row.used_at is None
    if not fits or not await queries.is_empty(db):
        raise SetupClosed
    return await steps.found(
        db,
        now=act.now,
        district=district,
        town=town,
        community=community,
        name=name,
        user_name=user_name,
        password=password,
    )


async def _administers(db: AsyncSession, act: Act, unit_id: UUID) -> None:
    if not _may_administer(act, queries.communities_below(await queries.units(db), unit_id)):
        raise Forbidden


def _may_administer(act: Act, below: frozenset[UUID]) -> bool:
    return bool(below) and all(Role.ADMINISTRATOR in act.actor.roles_in(place) for place in below)
