"""A district of its real size on its first day: communities, staff, people, rules, and the hours they brought."""

import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from tests.benchmarks.scale import Scale
from timebank.access import queries as access
from timebank.access import steps as access_steps
from timebank.access.model import IssuedCard, Level
from timebank.access.secrets import hash_password
from timebank.core import clock
from timebank.core.actor import Role
from timebank.core.database import Database
from timebank.core.ids import derived_id
from timebank.core.provenance import Provenance
from timebank.core.sealing import Seal
from timebank.hours import rules as hours_rules
from timebank.hours import steps as hours
from timebank.hours.model import About, AccountKind, Kind, Wish, common_account
from timebank.membership import steps as membership
from timebank.people import steps as people
from timebank.people.model import Contact, Details, Gender, NewMember, Window
from timebank.sample.cast import Desk
from timebank.sample.district import Place
from timebank.sample.founding import CARE, MUTUAL, PROGRAMMES
from timebank.sample.giving import fill_the_pool
from timebank.sample.persons import Person, people_of
from timebank.schemes import steps as schemes
from timebank.schemes.model import HousePolicy, SchemeKind

PASSWORD = "qu-1949-bench-hours"
ADMINISTRATOR, PIN = "admin", "731946"
# The key that seals ID numbers: of nobody, since these people are made up.
SEAL_KEY = "5a" * 32
TOWNS = 12
_DISTRICT, _ADMINISTRATOR = derived_id("benchmark", "district"), derived_id("benchmark", "administrator")
# What everybody brings beside what the sample's generator gives them: enough for a year of being helped.
_BROUGHT_MINUTES = 15_000


def places(scale: Scale) -> list[Place]:
    """Communities of about equal size, spread over the district."""
    made = []
    wide = math.ceil(math.sqrt(scale.communities))
    for n in range(scale.communities):
        many = scale.members // scale.communities + (n < scale.members % scale.communities)
        made.append(
            Place(
                key=f"bench-{n:03d}",
                name=f"第 {n + 1} 社区",
                town=f"第 {n % TOWNS + 1} 镇",
                lat=22.7 + 0.02 * (n // wide),
                lon=113.2 + 0.02 * (n % wide),
                people=many,
                branches=("一支部", "二支部"),
                coordinators=((f"协调员{n + 1}", desk_of(n)),),
            )
        )
    return made


def desk_of(number: int) -> str:
    """The user name of a community's coordinator."""
    return f"desk{number}"


def card_of(place: Place) -> tuple[str, str]:
    """The number in the roster of the member who has a card, and what stands on it."""
    return "0002", derived_id("benchmark card", place.key).hex


async def found(database: Database, scale: Scale, first: date) -> None:
    """The tree of units and its staff."""
    now = datetime.combine(first, time(8), clock.zone())
    hashed = await hash_password(PASSWORD)
    all_places = places(scale)
    async with database.begin([place.id for place in all_places]) as db:
        await access_steps.note_setup(db, sample=False, used_at=now)
        await access_steps.add_unit(
            db, level=Level.DISTRICT, name="基准区", code="01", parent_id=None, unit_id=_DISTRICT
        )
        for n, town in enumerate(dict.fromkeys(place.town for place in all_places), 1):
            await access_steps.add_unit(
                db, level=Level.TOWN, name=town, code=f"01{n:02d}", parent_id=_DISTRICT, unit_id=_town(town)
            )
        await _take_on(db, "区管理", ADMINISTRATOR, hashed, now, Role.ADMINISTRATOR, _DISTRICT)
        for n, place in enumerate(all_places):
            code = f"01{n % TOWNS + 1:02d}{n // TOWNS + 1:02d}"
            await access_steps.add_unit(
                db,
                level=Level.COMMUNITY,
                name=place.name,
                code=code,
                parent_id=_town(place.town),
                unit_id=place.id,
            )
            [(name, user_name)] = place.coordinators
            await _take_on(db, name, user_name, hashed, now, Role.COORDINATOR, place.id)


async def desk(database: Database, seal: Seal, place: Place) -> Desk:
    """A community's desk, whether anybody has joined or not."""
    async with database.begin(()) as db:
        coordinator = await access.staff_actor(db, derived_id("benchmark staff", place.coordinators[0][1]))
        administrator = await access.staff_actor(db, _ADMINISTRATOR)
    assert coordinator is not None
    assert administrator is not None
    everybody = {person.number: person for person in people_of(place)}
    made = Desk(place, database, seal, [coordinator], administrator, everybody)
    made.ids = {number: derived_id("benchmark", place.key, number) for number in everybody}
    made.schemes = {name: derived_id("benchmark", place.key, name) for name in (MUTUAL, CARE)}
    return made


async def settle(desk: Desk, first: date) -> None:
    """Give a community its rules, its people and their hours."""
    with desk.at(first, 1):
        await set_rules(desk, first)
        await _join(desk)
        await fill_the_pool(desk)


async def _take_on(
    db: AsyncSession, name: str, user_name: str, hashed: str, now: datetime, role: Role, unit_id: UUID
) -> None:
    staff_id = _ADMINISTRATOR if role is Role.ADMINISTRATOR else derived_id("benchmark staff", user_name)
    await access_steps.write_staff(
        db, name=name, user_name=user_name, password_hash=hashed, now=now, staff_id=staff_id
    )
    await access_steps.give_role(db, staff_id=staff_id, unit_id=unit_id, role=role)


async def set_rules(desk: Desk, first: date) -> None:
    """The house policy and two programmes, from a day on."""
    by, now = desk.coordinators[0].id, clock.now()
    async with desk.reading() as db:
        await schemes.set_house_policy(db, desk.id, HousePolicy(), first, now=now, made_by=by)
        for programme in PROGRAMMES:
            if (scheme_id := desk.schemes.get(programme.name)) is None:
                continue
            await schemes.open_scheme(
                db,
                desk.id,
                programme.name,
                SchemeKind.MUTUAL_AID,
                programme.policy,
                first,
                now,
                made_by=by,
                scheme_id=scheme_id,
            )


async def _join(desk: Desk) -> None:
    by, now = desk.coordinators[0].id, clock.now()
    branches = {name: derived_id("benchmark", desk.place.key, name) for name in desk.place.branches}
    fresh = [
        (
            desk.ids[one.number],
            NewMember(details=_details(one, branches), number=one.number),
            people.read_id(one.id_number),
        )
        for one in desk.people.values()
    ]
    async with desk.reading() as db:
        await people.add_branches(db, desk.id, [(id_, name) for name, id_ in branches.items()], now=now)
        await people.add_members(db, desk.id, fresh, seal=desk.seal, now=now)
        await membership.open_accounts(db, desk.id, list(desk.ids.values()), actor_id=by, now=now)
        for one in desk.people.values():
            if one.windows:
                week = [Window(*window) for window in one.windows]
                await people.set_availability(db, desk.ids[one.number], week, community_id=desk.id)
        number, secret = card_of(desk.place)
        card = IssuedCard(derived_id("card", desk.id), desk.ids[number], secret[:12], secret, PIN)
        await access_steps.keep_card(db, card, community_id=desk.id, now=now)
        await hours.post(db, desk.id, list(_openings(desk)), actor_id=by, now=now)


def _details(one: Person, branches: Mapping[str, UUID]) -> Details:
    return Details(
        name=one.name,
        gender=Gender(one.gender),
        birth_on=one.birth_on,
        phone=one.phone,
        address=one.address,
        lat=one.lat,
        lon=one.lon,
        branch_id=branches[one.branch],
        skills=one.skills,
        dialects=one.dialects,
        interests=one.interests,
        needs=one.needs,
        trainings=one.trainings,
        is_helper=one.is_helper,
        is_recipient=one.is_recipient,
        hardship_tier=one.hardship_tier,
        lives_alone=one.lives_alone,
        contact=Contact(one.contact),
        joined_on=one.joined_on,
        emergency_name=one.emergency_name,
        emergency_phone=one.emergency_phone,
    )


def _openings(desk: Desk) -> Iterator[Wish]:
    """What everybody brought from the list that was kept before."""
    by = desk.coordinators[0].id
    for one in desk.people.values():
        member_id = desk.ids[one.number]
        about = About(
            kind=Kind.OPENING,
            subject_id=desk.id,
            provenance=Provenance.PAPER,
            entered_by=by,
            confirmed_by=by,
            basis={},
        )
        yield Wish(
            id=hours_rules.opening_id(desk.id, member_id, 0),
            from_account=common_account(AccountKind.OPENING, desk.id),
            to_account=member_id,
            minutes=_BROUGHT_MINUTES + one.opening_minutes,
            about=about,
        )


def _town(name: str) -> UUID:
    return derived_id("benchmark", name)
