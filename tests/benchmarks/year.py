"""A year of a community, week by week, as it came in on paper; and what is planned for the next two weeks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core import clock
from timebank.core.ids import derived_id
from timebank.core.provenance import Provenance
from timebank.hours import rules as hours_rules
from timebank.hours import steps as hours
from timebank.hours.model import About, Kind, Posted, Wish
from timebank.sample.cast import Desk
from timebank.sample.founding import MUTUAL
from timebank.schemes import queries as schemes
from timebank.schemes import rules as scheme_rules
from timebank.schemes.model import HousePolicy, Payable
from timebank.visits.model import Status

DAYS = 365
# The last days are left to the use cases.
TOLD_DAYS = 7
_WEEK = timedelta(days=7)
_LENGTHS = (30, 45, 60, 60, 60, 90, 120)
_CATEGORIES = ("company", "company", "call", "shopping", "cleaning", "clinic")
_VISIT = (
    "id", "community_id", "scheme_id", "category", "helper_id", "recipient_id",
    "planned_from", "planned_until", "served_on", "status", "revision", "settled_minutes",
    "claimed_minutes", "claimed_by", "claimed_at", "claimed_source",
    "confirmed_minutes", "confirmed_by", "confirmed_at", "confirmed_source",
    "provenance", "created_by", "created_at", "changed_at",
)  # fmt: skip
_SETTLEMENT = (
    "visit_id", "revision", "community_id", "transfer_ids", "minutes", "house_version_id", "scheme_version_id",
    "settled_by", "settled_at",
)  # fmt: skip
_UNSAID = (None, None, None, None)


@dataclass(frozen=True)
class _Served:
    id: UUID
    category: str
    helper_id: UUID
    recipient_id: UUID
    began_at: datetime
    minutes: int


async def live(desk: Desk, *, first: date, today: date, visits: int) -> None:
    """So many visits from `first` on, each week's typed in and posted the Monday after; and those to come."""
    draw, rules = _Draw(desk), await _rules_of(desk, first)
    weeks = (today - timedelta(days=TOLD_DAYS) - first) // _WEEK
    for week in range(weeks):
        begins = first + week * _WEEK
        many = visits * (week + 1) // weeks - visits * week // weeks
        with desk.at(begins + _WEEK, 9):
            await _type_in(desk, [draw.one(begins) for _ in range(many)], rules)
    with desk.at(today - timedelta(days=1), 5):
        for begins in (today, today + _WEEK):
            await _plan_ahead(desk, [draw.one(begins) for _ in range(visits // weeks)])


class _Draw:
    """Who helps whom: everybody turns to the same three neighbours, week after week."""

    def __init__(self, desk: Desk) -> None:
        self.chance = Random(f"year {desk.place.key}")
        helpers = [desk.ids[one.number] for one in desk.people.values() if one.is_helper]
        self.recipients = [desk.ids[one.number] for one in desk.people.values() if one.is_recipient]
        self.neighbours = {
            one: self.chance.sample([each for each in helpers if each != one], 3) for one in self.recipients
        }

    def one(self, monday: date) -> _Served:
        recipient = self.chance.choice(self.recipients)
        day = monday + timedelta(days=self.chance.randrange(7))
        at = time(self.chance.randint(8, 16), self.chance.choice((0, 15, 30)))
        return _Served(
            id=derived_id("benchmark visit", self.chance.getrandbits(128)),
            category=self.chance.choice(_CATEGORIES),
            helper_id=self.chance.choice(self.neighbours[recipient]),
            recipient_id=recipient,
            began_at=datetime.combine(day, at, clock.zone()),
            minutes=self.chance.choice(_LENGTHS),
        )


@dataclass(frozen=True)
class _Rules:
    """The versions in force, and what so many minutes come to under them."""

    house_version_id: UUID | None
    scheme_version_id: UUID | None
    payables: Mapping[int, Payable]


async def _rules_of(desk: Desk, day: date) -> _Rules:
    scheme_id = desk.schemes[MUTUAL]
    async with desk.reading() as db:
        house = await schemes.house_policy(db, desk.id, day)
        scheme = scheme_rules.in_force((await schemes.scheme_policies(db, {scheme_id}))[scheme_id], day)
    assert scheme is not None
    payables = {minutes: scheme_rules.payable(scheme.content, minutes) for minutes in set(_LENGTHS)}
    return _Rules(house.version_id, scheme.version_id, payables)


async def _type_in(desk: Desk, served: Sequence[_Served], rules: _Rules) -> None:
    """What `visits.steps.settle_many` leaves of visits on paper, written without reading any of it again."""
    now, by = clock.now(), desk.coordinators[0].id
    wishes = [_wish(desk, one, rules) for one in served]
    async with desk.reading() as db:
        answers = await hours.post(db, desk.id, wishes, actor_id=by, now=now)
        refused = [answer for answer in answers if not isinstance(answer, Posted)]
        assert not refused, refused[0]
        await _copy(db, "visits", _VISIT, (_settled(desk, one, now) for one in served))
        await _copy(
            db,
            "settlements",
            _SETTLEMENT,
            (
                (
                    one.id,
                    1,
                    desk.id,
                    [wish.id],
                    one.minutes,
                    rules.house_version_id,
                    rules.scheme_version_id,
                    by,
                    now,
                )
                for one, wish in zip(served, wishes, strict=True)
            ),
        )


def _wish(desk: Desk, one: _Served, rules: _Rules) -> Wish:
    payable, by = rules.payables[one.minutes], desk.coordinators[0].id
    about = About(
        kind=Kind.VISIT,
        subject_id=one.id,
        provenance=Provenance.PAPER,
        served_on=one.began_at.date(),
        category=one.category,
        helper_id=one.helper_id,
        recipient_id=one.recipient_id,
        house_version_id=rules.house_version_id,
        scheme_version_id=rules.scheme_version_id,
        entered_by=by,
        confirmed_by=by,
        basis=payable.basis,
    )
    [wish] = hours_rules.wishes_of(
        payable,
        house=HousePolicy(),
        community_id=desk.id,
        helper_id=one.helper_id,
        recipient_id=one.recipient_id,
        about=about,
        id_for=lambda slot: derived_id("visit", one.id, 1, slot),
    )
    return wish


async def _plan_ahead(desk: Desk, served: Sequence[_Served]) -> None:
    now, by = clock.now(), desk.coordinators[0].id
    rows = (
        (
            *_planned(desk, one),
            str(Status.PLANNED),
            0,
            None,
            *_UNSAID,
            *_UNSAID,
            str(Provenance.PHONE),
            by,
            now,
            now,
        )
        for one in served
    )
    async with desk.reading() as db:
        await _copy(db, "visits", _VISIT, rows)


def _settled(desk: Desk, one: _Served, now: datetime) -> tuple[object, ...]:
    by, source = desk.coordinators[0].id, str(Provenance.PAPER)
    said = (one.minutes, by, now, source)
    return (*_planned(desk, one), str(Status.SETTLED), 1, one.minutes, *said, *said, source, by, now, now)


def _planned(desk: Desk, one: _Served) -> tuple[object, ...]:
    until = one.began_at + timedelta(minutes=one.minutes)
    whose = (one.helper_id, one.recipient_id)
    return (
        one.id,
        desk.id,
        desk.schemes[MUTUAL],
        one.category,
        *whose,
        one.began_at,
        until,
        one.began_at.date(),
    )


async def _copy(
    db: AsyncSession, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> None:
    raw = await (await db.connection()).get_raw_connection()
    assert raw.driver_connection is not None
    await raw.driver_connection.copy_records_to_table(
        table, schema_name="timebank", columns=columns, records=list(rows)
    )
