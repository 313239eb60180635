"""Use cases of the care calendar: whose day it is, what was done, what somebody wishes of it."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, reading, use_case
from timebank.care.contacts.queries import member_here
from timebank.care.occasions import queries, rules, steps
from timebank.care.occasions.errors import GreetedAlready
from timebank.care.occasions.model import Choice, Greeting, Remembered, Week
from timebank.core.actor import Role
from timebank.core.errors import Invalid
from timebank.visits.rules import week_of

DESK = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


async def _whose(db: AsyncSession, arguments: dict[str, Any]) -> Iterable[UUID]:
    return [(await queries.greeting(db, arguments["greeting_id"])).member_id]


@reading(who=DESK, where="community_id")
async def week(db: AsyncSession, act: Act, *, community_id: UUID, day: date | None = None) -> Week:
    """Whose day it is in the week of a day, this one if none is named; and what was done."""
    return await queries.week(db, community_id, week_of(day or act.today))


@reading(who=DESK, where="community_id", on_behalf="member_id")
async def remembered(db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID) -> Remembered:
    """One member on the calendar. Raises `NotFound`."""
    return await queries.remembered(db, community_id, member_id, act.today)


@use_case(who=DESK, where="community_id", on_behalf="member_id")
async def greet(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, greeting: Greeting
) -> UUID:
    """Note what was done for somebody on their day; its id. Raises `GreetedAlready`, `Invalid`, `NotFound`."""
    member = await member_here(db, community_id, member_id)
    choice = await queries.choice_of(db, member_id)
    if found := rules.problems(greeting, member, choice, today=act.today):
        raise Invalid(found)
    done = await queries.done_for(db, member_id, greeting.occasion, greeting.for_on)
    if done is not None:
        said = done.greeting
        raise GreetedAlready(name=member.name, day=said.done_on, who=said.by_whom)
    greeting_id = act.id_for("greeting")
    await steps.note(
        db, community_id, member_id, greeting, greeting_id=greeting_id, by=act.actor.id, now=act.now
    )
    return greeting_id


@use_case(who=DESK, where="community_id", on_behalf=_whose)
async def strike_greeting(
    db: AsyncSession, act: Act, *, community_id: UUID, greeting_id: UUID, reason: str
) -> None:
    """Strike out what was noted wrongly. Raises `GreetingStruck`, `NotFound`."""
    await steps.strike(db, community_id, greeting_id, reason=reason, by=act.actor.id, now=act.now)


@use_case(who=DESK, where="community_id", on_behalf="member_id")
async def choose_calendar(
    db: AsyncSession, act: Act, *, community_id: UUID, member_id: UUID, choice: Choice
) -> None:
    """Keep what somebody wishes of the calendar. Raises `NotFound`."""
    await member_here(db, community_id, member_id)
    await steps.choose(db, community_id, member_id, choice)
