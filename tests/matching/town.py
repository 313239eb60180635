"""Towns made up for tests: the same seed gives the same people."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import UUID

from matching import (
    Absence,
    Choice,
    DatedWindow,
    Gender,
    Helper,
    Limits,
    Past,
    Position,
    Problem,
    Request,
    Tie,
    Window,
)

MONDAY = date(2026, 3, 2)
SKILLS = ("陪伴", "买菜", "理发", "家电维修", "陪诊", "读报", "做饭", "手机教学")
DIALECTS = ("粤语", "客家话", "潮汕话", "普通话")
CIRCUMSTANCES = ("楼梯", "猫狗", "烟味")
TOPICS = ("书法", "手机", "太极", "家史")
INTERESTS = ("下棋", "粤剧", "园艺", "书法", "太极")
HOME = UUID(int=1)


def uid(number: int) -> UUID:
    return UUID(int=number + 1_000)


def hours(day: int, start: int, end: int) -> Window:
    return Window(day * 1440 + start * 60, day * 1440 + end * 60)


ALL_WEEK = tuple(hours(day, 8, 20) for day in range(7))


def a_helper(number: int, **told: object) -> Helper:
    """Somebody free all week, next door to everybody."""
    return Helper(**{"id": uid(number), "community": HOME, "windows": ALL_WEEK, **told})


def a_request(number: int, **told: object) -> Request:
    """One hour on any morning of the week, of a recipient of her own."""
    plain = {"id": uid(10_000 + number), "recipient": uid(20_000 + number), "community": HOME, "minutes": 60}
    if "windows" not in told and "dates" not in told:
        plain["windows"] = tuple(hours(day, 8, 12) for day in range(7))
    return Request(**{**plain, **told})


def a_round(helpers: list[Helper], requests: list[Request], **told: object) -> Problem:
    return Problem(on=MONDAY, helpers=tuple(helpers), requests=tuple(requests), **told)


def some(rng: Random, words: tuple[str, ...], most: int) -> frozenset[str]:
    return frozenset(rng.sample(words, rng.randint(0, most)))


def windows(rng: Random, most: int, shortest: int = 2) -> tuple[Window, ...]:
    found = []
    for day in rng.sample(range(7), rng.randint(1, most)):
        start = rng.randint(7, 17)
        found.append(hours(day, start, min(22, start + rng.randint(shortest, 5))))
    return tuple(found)


def dates(rng: Random, most: int) -> tuple[DatedWindow, ...]:
    found = []
    for _ in range(rng.randint(1, most)):
        start = rng.randint(8, 17) * 60
        found.append(
            DatedWindow(MONDAY + timedelta(days=rng.randint(0, 13)), start, start + rng.randint(1, 4) * 60)
        )
    return tuple(found)


def absences(rng: Random) -> tuple[Absence, ...]:
    since = MONDAY + timedelta(days=rng.randint(-200, 20))
    return (Absence(since, since + timedelta(days=rng.choice((3, 10, 240)))),)


def position(rng: Random, km: float) -> Position:
    reach = km / 111 / 2
    return Position(22.9 + rng.uniform(-reach, reach), 113.9 + rng.uniform(-reach, reach))


_GENDERS = (None, Gender.FEMALE, Gender.MALE)


@dataclass(frozen=True)
class Place:
    """Where the people of a town may belong, and how wide it is."""

    communities: list[UUID]
    branches: list[UUID]
    km: float


def _somebody(rng: Random, i: int, place: Place) -> Helper:
    """A helper of any kind."""
    wishes = Random(i)
    return Helper(
        id=uid(i),
        community=rng.choice(place.communities),
        branch=rng.choice([None, *place.branches]),
        position=position(rng, place.km) if rng.random() < 0.95 else None,
        reach_m=rng.choice((None, None, 3000, 5000)),
        gender=rng.choice(_GENDERS),
        helps_only=rng.choice((None,) * 9 + (Gender.FEMALE,)),
        age=rng.choice((None, *range(40, 85))),
        skills=some(rng, SKILLS, 5),
        trainings=some(rng, ("急救", "防诈骗"), 2),
        consents=some(rng, ("隐私",), 1) if rng.random() < 0.1 else frozenset({"隐私"}),
        dialects=some(rng, DIALECTS, 3),
        interests=some(rng, INTERESTS, 3),
        avoids=some(rng, CIRCUMSTANCES, 1) if rng.random() < 0.2 else frozenset(),
        windows=windows(rng, 6),
        busy=windows(rng, 1) if rng.random() < 0.2 else (),
        booked=dates(rng, 2) if rng.random() < 0.2 else (),
        absences=absences(rng) if rng.random() < 0.2 else (),
        active=rng.random() < 0.97,
        minutes_left=rng.choice((0, 60, 120, 180, 360, 360)),
        visits_left=rng.choice((0, 1, 1, 2, 3)),
        load=rng.randint(0, 12),
        asks=some(wishes, TOPICS, 2),
    )


def _a_wish(rng: Random, i: int, place: Place, helpers: int) -> Request:
    """A request of any kind."""
    weekly = rng.random() < 0.4
    more = Random(1_000_000 + i)
    # Some of those who ask help others too.
    recipient = uid(rng.randrange(helpers)) if rng.random() < 0.1 else uid(1_000_000 + i)
    return Request(
        id=uid(2_000_000 + i),
        recipient=recipient,
        community=rng.choice(place.communities),
        minutes=rng.choice((20, 30, 60, 60, 90, 120)),
        windows=windows(rng, 3) if weekly else (),
        starts_on=MONDAY + timedelta(days=rng.randint(0, 9)) if rng.random() < 0.3 else None,
        dates=() if weekly else dates(rng, 3),
        branch=rng.choice([None, *place.branches]),
        position=position(rng, place.km) if rng.random() < 0.95 else None,
        reach_m=rng.choice((None, None, 2000, 6000)),
        skills=some(rng, SKILLS, 2),
        trainings=some(rng, ("急救", "防诈骗"), 1) if rng.random() < 0.1 else frozenset(),
        consents=some(rng, ("隐私",), 1),
        dialects=some(rng, DIALECTS, 2),
        dialect_required=rng.random() < 0.15,
        interests=some(rng, INTERESTS, 2),
        circumstances=some(rng, CIRCUMSTANCES, 2) if rng.random() < 0.3 else frozenset(),
        recipient_gender=rng.choice(_GENDERS),
        recipient_age=rng.choice((None, *range(60, 95))),
        recipient_age_min=60 if rng.random() < 0.1 else None,
        helper_gender=Gender.FEMALE if rng.random() < 0.15 else None,
        helper_age_min=45 if rng.random() < 0.2 else None,
        helper_age_max=75 if rng.random() < 0.2 else None,
        priority=rng.choice((0, 0, 1, 2, 3)),
        waiting_days=rng.randint(0, 60),
        passed_over=rng.choice((0, 0, 0, 1, 2, 5)),
        two_way=more.random() < 0.05,
        gives=some(more, TOPICS, 3),
        helper_branches=frozenset(place.branches[:1]) if more.random() < 0.05 else frozenset(),
    )


def a_town(helpers: int, requests: int, seed: int = 1, km: float = 12, **told: object) -> Problem:
    """A town in which every rule refuses somebody."""
    rng = Random(seed)
    place = Place(
        communities=[UUID(int=n + 1) for n in range(max(1, helpers // 300))],
        branches=[UUID(int=n + 100) for n in range(max(1, helpers // 70))],
        km=km,
    )
    people = [_somebody(rng, i, place) for i in range(helpers)]
    wishes = [_a_wish(rng, i, place, helpers) for i in range(requests)]
    rng.shuffle(people)
    rng.shuffle(wishes)

    def ties(share: float) -> list[Tie]:
        many = int(share * requests)
        return [
            Tie(rng.choice(people).id, rng.choice(wishes).recipient) for _ in range(many if helpers else 0)
        ]

    def choices(share: float) -> frozenset[Choice]:
        many = int(share * requests)
        found = [Choice(rng.choice(wishes).id, rng.choice(people).id) for _ in range(many if helpers else 0)]
        return frozenset(found)

    past = {(tie.helper, tie.recipient): rng.randint(1, 6) for tie in ties(0.5)}
    limits = told.pop("limits", Limits(radius_m=6000))
    return Problem(
        on=MONDAY,
        helpers=tuple(people),
        requests=tuple(wishes),
        standing=frozenset(ties(0.2)),
        past=tuple(Past(h, r, n) for (h, r), n in past.items()),
        do_not_pair=frozenset(ties(0.3)),
        declined=choices(0.3),
        forbidden=choices(0.2),
        agreed=choices(0.1),
        limits=limits,
        **told,
    )


def a_district(helpers: int, requests: int, seed: int = 1, km: float = 24, capacity: int = 1) -> Problem:
    """A calm district: one skill asked, helpers with several, five in a hundred wishes unusual; capacity in visits."""
    rng = Random(seed)
    communities = [UUID(int=n + 1) for n in range(max(1, helpers // 400))]

    def somebody(i: int) -> Helper:
        return Helper(
            id=uid(i),
            community=rng.choice(communities),
            position=position(rng, km),
            gender=rng.choice((Gender.FEMALE, Gender.MALE)),
            age=rng.randint(55, 85),
            skills=frozenset(rng.sample(SKILLS, rng.randint(1, 4))),
            dialects=frozenset({"普通话", rng.choice(DIALECTS)}),
            interests=some(rng, INTERESTS, 3),
            windows=windows(rng, 6, shortest=3),
            absences=absences(rng) if rng.random() < 0.03 else (),
            booked=dates(rng, 1) if rng.random() < 0.2 else (),
            minutes_left=360,
            visits_left=capacity,
            load=rng.choice((0, 0, 0, 1, 2, 3, 5, 8)),
        )

    def a_wish(i: int) -> Request:
        weekly = rng.random() < 0.4
        return Request(
            id=uid(2_000_000 + i),
            recipient=uid(1_000_000 + i),
            community=rng.choice(communities),
            position=position(rng, km),
            minutes=rng.choice((30, 60, 60, 90)),
            windows=windows(rng, 3, shortest=3) if weekly else (),
            dates=() if weekly else dates(rng, 3),
            skills=frozenset({rng.choice(SKILLS)}),
            dialects=frozenset({rng.choice(DIALECTS)}),
            dialect_required=rng.random() < 0.05,
            interests=some(rng, INTERESTS, 2),
            recipient_gender=rng.choice((Gender.FEMALE, Gender.MALE)),
            helper_gender=Gender.FEMALE if rng.random() < 0.05 else None,
            priority=rng.choice((0, 0, 0, 0, 1, 2)),
            waiting_days=rng.randint(0, 40),
        )

    return Problem(
        on=MONDAY,
        helpers=tuple(somebody(i) for i in range(helpers)),
        requests=tuple(a_wish(i) for i in range(requests)),
    )
