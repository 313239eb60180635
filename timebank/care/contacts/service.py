"""Use cases of keeping in touch: who has not been seen, a call or look-in noted or struck out, the rhythm."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading, use_case
from timebank.care.contacts import queries, rules, steps
from timebank.care.contacts.errors import NotInTouch
from timebank.care.contacts.model import Contact, InTouch, Rhythm, RhythmVersion, Watch
from timebank.core.actor import Role
from timebank.core.errors import Invalid, Text
from timebank.people.model import STATUS_LABELS
from timebank.people.queries import GONE

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


async def _whose(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    return [(await queries.contact(db, arguments["contact_id"])).member_id]


@reading(who=DESK, where="community_id")
async def watch(db: AsyncSession, act: Act, *, community_id: UUID) -> Watch:
    """Everybody in a hardship tier: whom nobody has seen within the rhythm, and who is next."""
    return await queries.watch(db, community_id, act.today)


@reading(who=DESK, where="community_id", on_behalf="member_id")
async def in_touch(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> InTouch:
    """One member's contacts. Raises `NotFound`."""
    return await queries.in_touch(db, community_id, member_id, act.today)


@use_case(who=DESK, where="community_id", on_behalf="member_id")
async def note_contact(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, contact: Contact
) -> UUID:
    """Note a call or a look-in; its id. Raises `Invalid`, `NotInTouch`, `NotFound`."""
    member = await queries.member_here(db, community_id, member_id)
    if member.status in GONE:
        raise NotInTouch(name=member.name, status=Text(STATUS_LABELS[member.status]))
    if found := rules.problems(contact, today=act.today):
        raise Invalid(found)
    contact_id = act.id_for("contact")
    await steps.note(
        db, community_id, member_id, contact, contact_id=contact_id, by=act.actor.id, now=act.now
    )
    return contact_id


@use_case(who=DESK, where="community_id", on_behalf=_whose)
async def strike_contact(
    db: AsyncSession, act: Act, *, community_id: UUID, contact_id: UUID, reason: str
) -> None:
    """Strike out what was noted wrongly. Raises `ContactStruck`, `NotFound`."""
    await steps.strike(db, community_id, contact_id, reason=reason, by=act.actor.id, now=act.now)


@reading(who=DESK, where="community_id")
async def rhythms(db: AsyncSession, act: Act, *, community_id: UUID) -> tuple[Rhythm, list[RhythmVersion]]:
    """The rhythm that holds today, and every one that was set here, the latest first."""
    return await queries.rhythm_on(db, community_id, act.today), await queries.rhythms(db, community_id)


@use_case(who=DESK, where="community_id")
async def set_rhythm(
    db: AsyncSession, act: Act, *, community_id: UUID, rhythm: Rhythm, in_force_from: date
) -> UUID:
    """Say how often each tier is to be seen, from a day on. Raises `Invalid`."""
    if found := rules.rhythm_problems(rhythm, in_force_from, today=act.today):
        raise Invalid(found)
    rhythm_id = act.id_for("rhythm")
    await steps.set_rhythm(
        db,
        community_id,
        rhythm,
        rhythm_id=rhythm_id,
        in_force_from=in_force_from,
        by=act.actor.id,
        now=act.now,
    )
    return rhythm_id
