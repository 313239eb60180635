"""Signing in and out, one's own password, members' cards."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import queries, rules, steps
from timebank.access.delegates import queries as delegates
from timebank.access.delegates.model import Delegation
from timebank.access.guard import EVERYWHERE, Act, reading, use_case
from timebank.access.model import (
    MEMBER_LOGIN,
    STAFF_LOGIN,
    IssuedCard,
    Token,
)
from timebank.access.queries import SignedIn
from timebank.access.secrets import digest, hash_password, password_fits
from timebank.access.tables import Card, Login, Staff
from timebank.core.actor import Role
from timebank.core.errors import N_, FieldError, Invalid, NotFound, Text

STAFF = frozenset({Role.COORDINATOR, Role.AUDITOR, Role.ADMINISTRATOR})
SIGNED_IN = STAFF | {Role.MEMBER}


@reading(who={Role.NOBODY}, where=EVERYWHERE)
async def who_is(db: AsyncSession, act: Act, *, token: str) -> SignedIn | None:
    """The live login behind a token."""
    return await queries.signed_in(db, token, act.now)


@use_case(who={Role.NOBODY}, where=EVERYWHERE)
async def sign_in_staff(
    db: AsyncSession, act: Act, *, user_name: str, password: str, address: str | None = None
) -> Token | None:
    """Sign a staff member in; None if name or password is wrong. Raises `TooMany`."""
    subject = digest(f"staff {user_name.casefold()}")
    await _slow_down(db, act, subject, address)
    staff = await db.scalar(select(Staff).where(Staff.user_name == user_name, Staff.active))
    if not await password_fits(password, staff.password_hash if staff else None) or staff is None:
        await _note_failure(db, act, subject, address)
        return None
    actor = await queries.staff_actor(db, staff.id)
    desk = actor is not None and actor.anywhere(Role.COORDINATOR, Role.ADMINISTRATOR)
    home = "/today" if desk else "/audit"
    return await steps.open_login(db, now=act.now, lasts=STAFF_LOGIN, home=home, staff_id=staff.id)


@use_case(who={Role.NOBODY}, where=EVERYWHERE)
async def sign_in_card(
    db: AsyncSession,
    act: Act,
    *,
    pin: str,
    number: str | None = None,
    secret: str | None = None,
    address: str | None = None,
) -> Token | None:
    """Sign a member in by the card's QR secret or its number, and the PIN; None if wrong. Raises `TooMany`."""
    by = Card.secret_hash == digest(secret) if secret else Card.number == number
    card = await db.scalar(select(Card).where(by, Card.revoked_at.is_(None)))
    subject = digest(f"card {card.id if card else number or secret}")
    await _slow_down(db, act, subject, address)
    if not await password_fits(pin, card.pin_hash if card else None) or card is None:
        await _note_failure(db, act, subject, address)
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


@reading(who={Role.MEMBER}, where=EVERYWHERE)
async def acting_for(db: AsyncSession, act: Act) -> list[Delegation]:
    """For whom the member who signed in may act today."""
    return await delegates.acting_for(db, act.actor.memberships, act.today)


@use_case(who=STAFF, where=EVERYWHERE)
async def change_password(db: AsyncSession, act: Act, *, old: str, new: str) -> None:
    """Change one's own password; every other login of one's own ends."""
    staff = await db.get(Staff, act.actor.id)
    if staff is None:
        raise NotFound
    if not await password_fits(old, staff.password_hash):
        raise Invalid([FieldError("old", Text(N_("现在的密码不对")))])
    rules.refuse_weak(new, user_name=staff.user_name, field="new")
    staff.password_hash = await hash_password(new)
    await steps.end_logins(db, now=act.now, staff_id=staff.id)


@use_case(who={Role.COORDINATOR, Role.ADMINISTRATOR}, where="community_id", on_behalf="member_id")
async def issue_card(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> IssuedCard:
    """Print a member a new card with a new PIN; the old one stops working."""
    return await steps.issue_card(db, member_id=member_id, community_id=community_id, now=act.now)


@use_case(who={Role.COORDINATOR, Role.ADMINISTRATOR}, where="community_id", on_behalf="member_id")
async def revoke_card(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> None:
    """Stop a lost card."""
    await steps.revoke_cards(db, member_id=member_id, now=act.now)


async def _slow_down(db: AsyncSession, act: Act, subject: bytes, address: str | None) -> None:
    if address is not None:
        await steps.slow_down_address(db, subject=_address_subject(address), now=act.now)
    await steps.slow_down(db, subject=subject, now=act.now)


async def _note_failure(db: AsyncSession, act: Act, subject: bytes, address: str | None) -> None:
    await steps.note_failure(db, subject=subject, now=act.now)
    if address is not None:
        await steps.note_failure(db, subject=_address_subject(address), now=act.now)


def _address_subject(address: str) -> bytes:
    return digest(f"address {address}")
