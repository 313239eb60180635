"""People of the sample, made by a seeded generator: the same ones every time, and nobody real."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from stdnum.cn import ric

from timebank.sample import names
from timebank.sample.district import DESCRIBED, Place

# 44 99 99 was never given to a county, and no mobile number begins with 154.
AREA = "449999"
PHONE = "154"

HELPER_SKILLS = (
    ("company", 60), ("call", 50), ("shopping", 45), ("clinic", 35), ("errand", 32), ("cleaning", 26),
    ("cooking", 22), ("escort", 20), ("meal", 18), ("phone_lesson", 15), ("repair", 10), ("haircut", 7),
    ("tutoring", 7), ("talk", 5), ("knitting", 5),
)  # fmt: skip
EXTRA_SKILLS = (("wheelchair", 20), ("first_aid", 14), ("driving", 18))
INTERESTS = (
    "opera", "singing", "dancing", "chess", "cards", "reading", "gardening", "walking", "fishing", "crafts",
    "tea", "photography",
)  # fmt: skip
NEEDS = (
    ("company", 40), ("clinic", 30), ("shopping", 28), ("cleaning", 18), ("stairs", 16), ("hearing", 12),
    ("wheelchair_user", 7), ("sight", 6), ("memory", 5), ("pets", 4),
)  # fmt: skip
TRAININGS = (("volunteer_basic", 75), ("safety", 35), ("elder_care", 25), ("first_aid_course", 14))


@dataclass(frozen=True)
class Person:
    """One row of a roster, and what the sample knows besides: free times, months at sea."""

    number: str
    name: str
    gender: str
    birth_on: date
    id_number: str
    phone: str | None
    address: str
    branch: str
    lat: float
    lon: float
    is_helper: bool
    is_recipient: bool
    skills: tuple[str, ...]
    dialects: tuple[str, ...]
    interests: tuple[str, ...]
    needs: tuple[str, ...]
    trainings: tuple[str, ...]
    hardship_tier: int
    lives_alone: bool
    contact: str
    joined_on: date
    emergency_name: str
    emergency_phone: str
    windows: tuple[tuple[int, int, int], ...]
    at_sea: bool
    opening_minutes: int

    @property
    def travels(self) -> bool:
        """True for the few who are away for some days of the history."""
        return not self.at_sea and int(self.number) % 37 == 5


@functools.cache
def people_of(place: Place) -> tuple[Person, ...]:
    """Everybody of one community, in the order of their member numbers."""
    chance = Random(f"sample {place.key}")  # noqa: S311 - the same people every time is the point
    taken: set[str] = set()
    made = [_person(chance, place, index, taken) for index in range(place.people)]
    # The second coordinator's own membership, so that somebody must never confirm their own hours.
    return tuple(
        replace(one, name=place.coordinators[1][0]) if one.number == place.colleague else one for one in made
    )


def _person(chance: Random, place: Place, index: int, taken: set[str]) -> Person:
    woman = chance.random() < 0.56
    name = _name(chance, woman=woman, taken=taken, rare=index % 41 == 7)
    ashore = place.helpers or 0
    at_sea = ashore <= index < ashore + place.at_sea
    age = chance.randint(56, 66) if at_sea else min(96, max(55, int(chance.gauss(69, 8))))
    born = DESCRIBED - timedelta(days=age * 365 + chance.randint(1, 364))
    helper = age < 76 and chance.random() < 0.62
    if place.helpers is not None:
        helper = index < place.helpers
    recipient = age >= 72 or chance.random() < 0.3 or not helper
    tier = 0 if helper else chance.choices((0, 1, 2, 3), (70, 14, 10, 6))[0]
    skills = _skills(chance) if helper else ()
    contact = chance.choices(("smartphone", "phone", "none"), (55, 38, 7))[0]
    phone = _phone(chance, taken)
    return Person(
        number=f"{index + 1:04d}",
        name=name,
        gender="female" if woman else "male",
        birth_on=born,
        id_number=_id_number(chance, born, woman=woman, taken=taken),
        phone=None if contact == "none" else phone,
        address=f"{place.name}{chance.choice('一二三四五六')}巷 {chance.randint(1, 88)} 号",
        branch=place.branches[-1] if at_sea else chance.choice(place.branches),
        # A grid cell of about 100 m, not a door: enough to measure how far somebody walks.
        lat=round(place.lat + chance.gauss(0, 0.006), 3),
        lon=round(place.lon + chance.gauss(0, 0.006), 3),
        is_helper=helper,
        is_recipient=recipient,
        skills=skills,
        dialects=_dialects(chance),
        interests=tuple(sorted(chance.sample(INTERESTS, chance.randint(0, 3)))),
        needs=_some(chance, NEEDS) if recipient else (),
        trainings=_some(chance, TRAININGS) if helper else (),
        hardship_tier=tier,
        lives_alone=tier > 0 or chance.random() < 0.18,
        contact=contact,
        joined_on=DESCRIBED - timedelta(days=chance.randint(30, 1500)),
        emergency_name=_name(chance, woman=not woman, taken=set(), rare=False),
        emergency_phone=_phone(chance, taken),
        windows=_windows(chance, told=index % 4 == 0) if helper else (),
        at_sea=at_sea,
        opening_minutes=chance.randrange(0, 80) * 30 if chance.random() < 0.8 else 0,
    )


def _name(chance: Random, *, woman: bool, taken: set[str], rare: bool) -> str:
    surnames, weights = zip(*names.SURNAMES, strict=True)
    while True:
        surname = chance.choices(surnames, weights)[0]
        given = chance.choice(names.WOMEN if woman else names.MEN)
        if rare:
            given = given[0] + chance.choice(names.RARE)
        elif chance.random() < 0.12:
            given = given[1]
        # Two people of one name do live in one community; five of them would be the generator's doing.
        if f"{surname}{given}" not in taken or chance.random() < 0.05:
            taken.add(f"{surname}{given}")
            return f"{surname}{given}"


def _id_number(chance: Random, born: date, *, woman: bool, taken: set[str]) -> str:
    while True:
        order = chance.randrange(1, 999)
        order += (order % 2 == 0) != woman
        body = f"{AREA}{born:%Y%m%d}{order:03d}"
        number = body + str(ric.calc_check_digit(body + "0"))
        if number not in taken:
            taken.add(number)
            return number


def _phone(chance: Random, taken: set[str]) -> str:
    while True:
        phone = f"{PHONE}{chance.randrange(10**8):08d}"
        if phone not in taken:
            taken.add(phone)
            return phone


def _skills(chance: Random) -> tuple[str, ...]:
    return tuple(sorted({*_some(chance, HELPER_SKILLS), *_some(chance, EXTRA_SKILLS)} or {"company"}))


def _some(chance: Random, weighed: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    return tuple(sorted(code for code, percent in weighed if chance.random() * 100 < percent))


def _dialects(chance: Random) -> tuple[str, ...]:
    spoken = {"cantonese"} if chance.random() < 0.9 else {"hakka"}
    if chance.random() < 0.7:
        spoken.add("mandarin")
    if chance.random() < 0.08:
        spoken.add("teochew")
    return tuple(sorted(spoken))


def _windows(chance: Random, *, told: bool) -> tuple[tuple[int, int, int], ...]:
    """Free half-days: weekday, from minute, to minute. Most have not told the desk, and are asked for any time."""
    halves = [(day, half) for day in range(7) for half in (0, 1)]
    chosen = sorted(chance.sample(halves, chance.randint(2, 7)))
    return tuple((day, 510, 720) if half == 0 else (day, 840, 1050) for day, half in chosen if told)
