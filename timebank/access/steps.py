"""Writing units, staff, cards and logins."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access import rules
from timebank.access.errors import SignInPaused
from timebank.access.incapacity import queries as incapacity
from timebank.access.model import ATTEMPT_WINDOW, ATTEMPTS_OF_ADDRESS_MAX, IssuedCard, Level, Token
from timebank.access.secrets import digest, hash_password, new_pin, new_token
from timebank.access.tables import Attempt, Card, Login, Setup, Staff, StaffMembership, StaffRole, Unit
from timebank.core.actor import Role
from timebank.core.database import see
from timebank.core.errors import TooMany
from timebank.core.ids import new_id


async def add_unit(
    db: AsyncSession,
    *,
    level: Level,
    name: str,
    code: str,
    parent_id: UUID | None,
    unit_id: UUID | None = None,
) -> UUID:
    """Hang a unit in the tree; its id."""
    made = unit_id or new_id()
    await db.execute(insert(Unit).values(id=made, parent_id=parent_id, level=level, name=name, code=code))
    return made


async def add_staff(
    db: AsyncSession, *, name: str, user_name: str, password: str, now: datetime, staff_id: UUID | None = None
) -> UUID:
    """A new staff member without any role; raises `WeakPassword`."""
    rules.refuse_weak(password, user_name=user_name, field="password")
    hashed = await hash_password(password)
    return await write_staff(
        db, name=name, user_name=user_name, password_hash=hashed, now=now, staff_id=staff_id
    )


async def write_staff(
    db: AsyncSession,
    *,
    name: str,
    user_name: str,
    password_hash: str,
    now: datetime,
    staff_id: UUID | None = None,
) -> UUID:
    """The same with a password that is hashed already: hashing many takes its time by design."""
    made = staff_id or new_id()
    values = {"name": name, "user_name": user_name, "password_hash": password_hash}
    await db.execute(insert(Staff).values(id=made, active=True, created_at=now, **values))
    return made


async def give_role(db: AsyncSession, *, staff_id: UUID, unit_id: UUID, role: Role) -> None:
    """Let a staff member hold a role in a unit and all below it."""
    await db.execute(insert(StaffRole).values(staff_id=staff_id, unit_id=unit_id, role=role))


async def link_membership(db: AsyncSession, *, staff_id: UUID, member_id: UUID) -> None:
    """Say that a staff member is also this member; said already, it stays so."""
    link = upsert(StaffMembership).values(staff_id=staff_id, member_id=member_id)
    await db.execute(link.on_conflict_do_nothing())


async def unlink_membership(db: AsyncSession, *, staff_id: UUID, member_id: UUID) -> None:
    """Take it back."""
    mine = StaffMembership.staff_id == staff_id, StaffMembership.member_id == member_id
    await db.execute(delete(StaffMembership).where(*mine))


async def end_logins(
    db: AsyncSession, *, now: datetime, staff_id: UUID | None = None, card_id: UUID | None = None
) -> None:
    """Sign somebody out everywhere."""
    whose = Login.staff_id == staff_id if staff_id else Login.card_id == card_id
    await db.execute(update(Login).where(whose, Login.ended_at.is_(None)).values(ended_at=now))


async def issue_card(db: AsyncSession, *, member_id: UUID, community_id: UUID, now: datetime) -> IssuedCard:
    """A new card and PIN; the one before it stops working at once. Raises `SignInPaused`."""
    if await incapacity.standing(db, member_id) is not None:
        raise SignInPaused
    number = "".join(secrets.choice("0123456789") for _ in range(12))
    card = IssuedCard(new_id(), member_id, number, new_token(), new_pin())
    await keep_card(db, card, community_id=community_id, now=now)
    return card


async def keep_card(db: AsyncSession, card: IssuedCard, *, community_id: UUID, now: datetime) -> None:
    """Keep a card's hashes; the one before it stops working at once."""
    await revoke_cards(db, member_id=card.member_id, now=now)
    await db.execute(
        insert(Card).values(
            id=card.card_id,
            member_id=card.member_id,
            community_id=community_id,
            number=card.number,
            secret_hash=digest(card.secret),
            pin_hash=await hash_password(card.pin),
            issued_at=now,
        )
    )


async def revoke_cards(db: AsyncSession, *, member_id: UUID, now: datetime) -> None:
    """Stop a member's card and every login made with it."""
    live = await db.scalars(
        select(Card.id).where(Card.member_id == member_id, Card.revoked_at.is_(None)).with_for_update()
    )
    for card_id in live:
        await db.execute(update(Card).where(Card.id == card_id).values(revoked_at=now))
        await end_logins(db, now=now, card_id=card_id)


async def hand_over(db: AsyncSession, *, from_id: UUID, to_id: UUID, now: datetime) -> None:
    """What opens one member's pages opens another's: the card where the other has none, and who of the staff it is."""
    has_card = select(Card.id).where(Card.member_id == to_id, Card.revoked_at.is_(None)).exists()
    await db.execute(
        update(Card)
        .where(Card.member_id == from_id, Card.revoked_at.is_(None), ~has_card)
        .values(member_id=to_id)
        .execution_options(synchronize_session=False)
    )
    await revoke_cards(db, member_id=from_id, now=now)
    linked = await db.scalars(select(StaffMembership.staff_id).where(StaffMembership.member_id == from_id))
    for staff_id in linked.all():
        await link_membership(db, staff_id=staff_id, member_id=to_id)
        await unlink_membership(db, staff_id=staff_id, member_id=from_id)


async def open_login(
    db: AsyncSession,
    *,
    now: datetime,
    lasts: timedelta,
    home: str,
    staff_id: UUID | None = None,
    card_id: UUID | None = None,
) -> Token:
    """Sign somebody in; only the token's hash is kept."""
    login_id, token = new_id(), new_token()
    await db.execute(
        insert(Login).values(
            id=login_id,
            token_hash=digest(token),
            staff_id=staff_id,
            card_id=card_id,
            created_at=now,
            seen_at=now,
            expires_at=now + lasts,
        )
    )
    return Token(login_id, token, home)


async def slow_down(db: AsyncSession, *, subject: bytes, now: datetime) -> None:
    """Raise `TooMany` after too many failed tries at one name or card.

    Tries at the same one wait for each other, so that a hundred sent at once count as a hundred.
    """
    await db.execute(select(func.pg_advisory_xact_lock(int.from_bytes(subject[:8], signed=True))))
    failed = (await db.scalars(select(Attempt.at).where(Attempt.subject == subject))).all()
    wait = rules.minutes_to_wait(failed, now)
    if wait:
        raise TooMany(minutes=wait)


async def slow_down_address(db: AsyncSession, *, subject: bytes, now: datetime) -> None:
    """Raise `TooMany` after too many failed tries from one address, each at another name or card.

    Nobody waits for another here: behind one address sits a whole office, and a few tries more do no harm.
    """
    failed = (await db.scalars(select(Attempt.at).where(Attempt.subject == subject))).all()
    wait = rules.minutes_to_wait(failed, now, most=ATTEMPTS_OF_ADDRESS_MAX)
    if wait:
        raise TooMany(minutes=wait)


async def note_failure(db: AsyncSession, *, subject: bytes, now: datetime) -> None:
    """Remember a failed try, and forget the old ones."""
    await db.execute(delete(Attempt).where(Attempt.at < now - ATTEMPT_WINDOW))
    await db.merge(Attempt(subject=subject, at=now))
    await db.flush()


async def note_setup(
    db: AsyncSession, *, code: str | None = None, used_at: datetime | None = None, sample: bool = False
) -> None:
    """Write the first run's single row: a fresh one-time code, or that it was used."""
    await db.merge(Setup(once=True, code_hash=digest(code) if code else None, used_at=used_at, sample=sample))
    await db.flush()


async def found(
    db: AsyncSession,
    *,
    now: datetime,
    district: str,
    town: str,
    community: str,
    name: str,
    user_name: str,
    password: str,
) -> UUID:
    """Make the first units and the first coordinator, who is also the administrator; the community's id."""
    district_id = await add_unit(db, level=Level.DISTRICT, name=district, code="01", parent_id=None)
    town_id = await add_unit(db, level=Level.TOWN, name=town, code="0101", parent_id=district_id)
    community_id = await add_unit(db, level=Level.COMMUNITY, name=community, code="010101", parent_id=town_id)
    await see(db, {community_id})
    staff_id = await add_staff(db, name=name, user_name=user_name, password=password, now=now)
    await give_role(db, staff_id=staff_id, unit_id=district_id, role=Role.ADMINISTRATOR)
    await give_role(db, staff_id=staff_id, unit_id=community_id, role=Role.COORDINATOR)
    await note_setup(db, used_at=now)
    return community_id
