"""Reading the care calendar."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.care.contacts.queries import member_here
from timebank.care.occasions import rules
from timebank.care.occasions.model import (
    FROM_AGE,
    Choice,
    Greeting,
    GreetingView,
    Inclusion,
    Occasion,
    Reckoning,
    Remembered,
    Week,
)
from timebank.care.tables import CalendarChoice, GreetingRow
from timebank.core.errors import NotFound
from timebank.people import queries as people

GREETINGS_SHOWN = 50
# So long after somebody's day it is still shown, to note what was done.
LATE = timedelta(days=30)
_YEAR = timedelta(days=330)


async def week(db: AsyncSession, community_id: UUID, monday: date) -> Week:
    """Whose day it is in the seven days from a Monday, and what was done."""
    until = monday + timedelta(days=6)
    choices = await _choices(db, community_id)
    wished = [one for one, choice in choices.items() if choice.inclusion is Inclusion.ALWAYS]
    # Some days too late, since leap days are left out; the rule decides.
    born_until = until - timedelta(days=365 * FROM_AGE)
    members = await people.to_remember(db, community_id, born_until=born_until, also=wished)
    found = await _done(db, community_id, monday, until)
    return Week(monday, rules.calendar(members, choices, found, monday, until))


async def remembered(db: AsyncSession, community_id: UUID, member_id: UUID, day: date) -> Remembered:
    """One member on the calendar: their wish, the days of the last month and the year to come, what was done. Raises `NotFound`."""
    member = await member_here(db, community_id, member_id)
    choice = await choice_of(db, member_id)
    greetings = await _greetings(db, community_id, member_id)
    done = {_key(one): one for one in greetings if one.struck_because is None}
    coming = [rules.with_done(one, done) for one in rules.days_of(member, choice, day - LATE, day + _YEAR)]
    return Remembered(
        member,
        choice,
        rules.is_included(member, choice, day),
        sorted(coming, key=lambda one: one.on),
        greetings,
    )


async def choice_of(db: AsyncSession, member_id: UUID) -> Choice:
    """What a member wishes of the calendar."""
    row = await db.get(CalendarChoice, member_id, populate_existing=True)
    return Choice() if row is None else _choice(row)


async def greeting(db: AsyncSession, greeting_id: UUID) -> GreetingView:
    """One greeting; raises `NotFound`."""
    row = await db.get(GreetingRow, greeting_id, populate_existing=True)
    if row is None:
        raise NotFound
    return _view(row)


async def done_for(
    db: AsyncSession, member_id: UUID, occasion: Occasion, for_on: date
) -> GreetingView | None:
    """What was done for somebody on an occasion, unless it was struck out."""
    row = await db.scalar(
        select(GreetingRow).where(
            GreetingRow.member_id == member_id,
            GreetingRow.occasion == occasion,
            GreetingRow.for_on == for_on,
            GreetingRow.struck_at.is_(None),
        )
    )
    return None if row is None else _view(row)


async def _choices(db: AsyncSession, community_id: UUID) -> dict[UUID, Choice]:
    rows = await db.scalars(select(CalendarChoice).where(CalendarChoice.community_id == community_id))
    return {row.member_id: _choice(row) for row in rows}


async def _done(
    db: AsyncSession, community_id: UUID, from_on: date, until_on: date
) -> dict[tuple[UUID, Occasion, date], GreetingView]:
    rows = await db.scalars(
        select(GreetingRow).where(
            GreetingRow.community_id == community_id,
            GreetingRow.for_on.between(from_on, until_on),
            GreetingRow.struck_at.is_(None),
        )
    )
    return {_key(view): view for view in map(_view, rows)}


async def _greetings(db: AsyncSession, community_id: UUID, member_id: UUID) -> list[GreetingView]:
    rows = await db.scalars(
        select(GreetingRow)
        .where(GreetingRow.community_id == community_id, GreetingRow.member_id == member_id)
        .order_by(GreetingRow.for_on.desc(), GreetingRow.id.desc())
        .limit(GREETINGS_SHOWN)
        .execution_options(populate_existing=True)
    )
    return [_view(row) for row in rows]


def _key(view: GreetingView) -> tuple[UUID, Occasion, date]:
    return view.member_id, view.greeting.occasion, view.greeting.for_on


def _choice(row: CalendarChoice) -> Choice:
    return Choice(Inclusion(row.inclusion), Reckoning(row.birthday_by))


def _view(row: GreetingRow) -> GreetingView:
    return GreetingView(
        id=row.id,
        member_id=row.member_id,
        greeting=Greeting(
            occasion=Occasion(row.occasion),
            for_on=row.for_on,
            done_on=row.done_on,
            what=row.what,
            by_whom=row.by_whom,
        ),
        noted_at=row.noted_at,
        struck_because=row.struck_because,
    )
