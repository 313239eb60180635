"""Sign-in sheets: what was helped without any telephone, typed in at the desk some days later."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from timebank.core import clock
from timebank.core.ids import derived_id
from timebank.core.provenance import Provenance
from timebank.sample.asking import asker, scheme_of
from timebank.sample.cast import Desk
from timebank.sample.founding import AFLOAT, KNITTING, MENTORS, VISITING
from timebank.sample.persons import Person
from timebank.visits import queries, rules, service
from timebank.visits.model import SHEET_ROWS_MAX, Served, Status, VisitView

_MONDAY = 0
# Lines a week for so many people, beside the visits that were planned.
_A_LINE_FOR = 25
_KINDS = ("company", "call", "shopping", "cleaning", "clinic")
_SHEETS_SINCE = timedelta(days=6)


@dataclass(frozen=True)
class _Own:
    """What a place does beside mutual aid: in which programme, what, where, and who takes part."""

    programme: str
    category: str
    where: str
    helps: Callable[[Person], bool]
    receives: Callable[[Person], bool]


def _able(skill: str) -> Callable[[Person], bool]:
    return lambda one: skill in one.skills


def _anybody(one: Person) -> bool:
    return True


_MENTORS = _Own(MENTORS, "tutoring", "青蓝工作室", _able("tutoring"), lambda one: one.is_helper)
_VISITING = _Own(
    VISITING,
    "call",
    "家里",
    lambda one: "volunteer_basic" in one.trainings,
    lambda one: one.hardship_tier > 0,
)
_OWN = {
    "dalang": _Own(KNITTING, "knitting", "社区党群服务中心", _able("knitting"), _anybody),
    "qishi-east": _MENTORS,
    "qishi-west": _MENTORS,
    "shatian": _Own(AFLOAT, "talk", "船上", _anybody, lambda one: one.at_sea),
    "ronggui-north": _VISITING,
    "ronggui-south": _VISITING,
}
_OWN_SHARE = 0.25


async def type_in(desk: Desk, day: date, *, first: date, today: date) -> None:
    """On Mondays, and on the last morning, the sheets of the days before."""
    last = day == today - timedelta(days=1)
    if day.weekday() != _MONDAY and not last:
        return
    rows = await _planned(desk)
    if day - first > _SHEETS_SINCE:
        rows += [_line(desk, day) for _ in range(round(len(desk.people) / _A_LINE_FOR))]
    for at in range(0, len(rows), SHEET_ROWS_MAX):
        await service.enter(
            desk.call("sheet", day, at),
            community_id=desk.id,
            rows=rows[at : at + SHEET_ROWS_MAX],
            provenance=Provenance.PAPER,
            signed=True,
        )


async def _planned(desk: Desk) -> list[Served]:
    """The printed lines of visits that were planned and took place."""
    ids, desk.on_paper = desk.on_paper, []
    async with desk.reading() as db:
        known = await queries.visits(db, ids)
    return [_filled_in(known[one]) for one in ids if known[one].status is Status.PLANNED]


def _filled_in(visit: VisitView) -> Served:
    return Served(
        category=visit.category,
        helper_id=visit.helper_id,
        recipient_id=visit.recipient_id,
        served_on=visit.served_on,
        minutes=rules.planned_minutes(visit) or 60,
        scheme_id=visit.scheme_id,
        began_at=visit.planned_from,
        ended_at=visit.planned_until,
        number=visit.number,
        visit_id=visit.id,
    )


def _line(desk: Desk, day: date) -> Served:
    """What one neighbour did for another without anybody having planned it, or for the place's own programme."""
    own = _OWN.get(desk.place.key)
    if own is not None and desk.chance.random() < _OWN_SHARE:
        helper, recipient = _of_programme(desk, own)
        category, scheme_id = own.category, desk.schemes[own.programme]
    else:
        recipient = asker(desk)
        helper = _neighbour(desk, recipient)
        category = desk.chance.choice([code for code in _KINDS if code in helper.skills] or ["company"])
        scheme_id = scheme_of(desk, recipient)
    on = day - timedelta(days=desk.chance.randint(1, 6))
    hour = time(desk.chance.randint(8, 16), desk.chance.choice((0, 15, 30)))
    began = datetime.combine(on, hour, clock.zone())
    minutes = desk.chance.choice((30, 45, 60, 60, 90, 120))
    return Served(
        category=category,
        helper_id=desk.ids[helper.number],
        recipient_id=desk.ids[recipient.number],
        served_on=on,
        minutes=minutes,
        scheme_id=scheme_id,
        place=own.where if own is not None and scheme_id == desk.schemes[own.programme] else None,
        began_at=began,
        ended_at=began + timedelta(minutes=minutes),
    )


def _of_programme(desk: Desk, own: _Own) -> tuple[Person, Person]:
    """Somebody who helps in it, and somebody whom it is for."""
    helpers = [one for one in desk.people.values() if one.is_helper and own.helps(one)]
    recipients = [one for one in desk.people.values() if one.is_recipient and own.receives(one)]
    helper = desk.chance.choice(helpers)
    return helper, desk.chance.choice([one for one in recipients if one is not helper])


def _neighbour(desk: Desk, recipient: Person) -> Person:
    """One of the few helpers, of the same branch if it has any, to whom this person turns."""
    helpers = [one for one in desk.people.values() if one.is_helper and one is not recipient]
    near = [one for one in helpers if one.branch == recipient.branch] or helpers
    first = int.from_bytes(derived_id("neighbour", desk.place.key, recipient.number).bytes[:4])
    return near[(first + desk.chance.randint(0, 2)) % len(near)]
