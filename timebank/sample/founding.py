"""The district before anybody joins: units, staff, house policies and schemes."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from timebank.access import queries as access
from timebank.access import service as access_service
from timebank.access import steps as access_steps
from timebank.access.guard import Call
from timebank.access.model import Level
from timebank.core import clock
from timebank.core.actor import Actor, Role
from timebank.core.database import Database
from timebank.core.ids import derived_id
from timebank.core.sealing import Seal
from timebank.hours import service as hours
from timebank.outlook import service as outlook
from timebank.sample.cast import Desk
from timebank.sample.district import ADMINISTRATOR, AUDITOR, DISTRICT, PASSWORD, PLACES, TOWNS, Place
from timebank.sample.persons import people_of
from timebank.schemes import service as schemes
from timebank.schemes.model import (
    ConfirmBy,
    HousePolicy,
    Payer,
    RemainderTo,
    Rounding,
    SchemePolicy,
)

_DISTRICT_ID = derived_id("sample", "district")
_ADMINISTRATOR_ID = derived_id("sample", "administrator")


@dataclass(frozen=True)
class Programme:
    """A scheme of the sample and who runs it; `places` empty: every community."""

    name: str
    policy: SchemePolicy
    places: tuple[str, ...] = ()


MUTUAL, CARE, MENTORS, KNITTING, AFLOAT, VISITING = (
    "银龄互助", "困难帮扶", "青蓝传帮带", "银发系扣子", "岸海结对", "五进五送",
)  # fmt: skip
PROGRAMMES = (
    Programme(
        MUTUAL,
        SchemePolicy(weekly_cap_minutes=600, rounding_minutes=15, recipient_age_min=50),
    ),
    Programme(
        CARE,
        SchemePolicy(
            payer=Payer.POOL,
            recipient_age_min=50,
            categories=("call", "company", "meal", "clinic", "shopping", "cleaning"),
        ),
    ),
    Programme(
        MENTORS,
        SchemePolicy(
            payer=Payer.GRANTS,
            recipient_age_min=18,
            categories=("tutoring", "phone_lesson", "talk"),
            rounding_minutes=30,
            rounding=Rounding.DOWN,
        ),
        ("qishi-east", "qishi-west"),
    ),
    Programme(
        KNITTING,
        SchemePolicy(
            payer=Payer.GRANTS, recipient_age_min=18, categories=("knitting", "tutoring", "phone_lesson")
        ),
        ("dalang",),
    ),
    Programme(
        AFLOAT,
        SchemePolicy(recipient_age_min=50, confirm_by=ConfirmBy.RECIPIENT, tolerance_minutes=30),
        ("shatian",),
    ),
    Programme(
        VISITING,
        SchemePolicy(
            payer=Payer.POOL,
            recipient_age_min=50,
            rounding_minutes=30,
            rounding=Rounding.DOWN,
            remainder_to=RemainderTo.NOBODY,
            trainings_required=("volunteer_basic",),
        ),
        ("ronggui-north", "ronggui-south"),
    ),
)
# What stands behind the hours of some places: money in all, and for one hour, in fen.
BACKINGS = {"dalang": (12_000_000, 2_000), "ronggui-north": (3_000_000, 2_500)}
# Who keeps what is in most places the district's proposal; some have decided otherwise.
HOUSES = {
    "qishi-west": HousePolicy(ceiling_minutes=45_000),
    "shatian": HousePolicy(floor_minutes=-300),
    "ronggui-middle": HousePolicy(ceiling_minutes=2_520),
}


async def found(database: Database, seal: Seal, *, first: date) -> list[Desk]:
    """Units, staff and rules; the desks, ready to work from `first` on."""
    await _hang_units(database)
    async with database.begin(()) as db:
        administrator = await access.staff_actor(db, _ADMINISTRATOR_ID)
    assert administrator is not None
    call = Call(database, administrator, clock.now(), seal, request_id="sample")
    await _take_on(call, AUDITOR, Role.AUDITOR, _DISTRICT_ID)
    desks = []
    for place in PLACES:
        staff = [await _take_on(call, who, Role.COORDINATOR, place.id) for who in place.coordinators]
        people = {person.number: person for person in people_of(place)}
        desk = Desk(place, database, seal, staff, administrator, people)
        await _set_rules(desk, first)
        desks.append(desk)
    return desks


async def _hang_units(database: Database) -> None:
    """The tree, the district's administrator, and the mark that this is the sample: all in one transaction."""
    now = clock.now()
    async with database.begin([place.id for place in PLACES]) as db:
        await access_steps.note_setup(db, sample=True)
        await access_steps.add_unit(
            db, level=Level.DISTRICT, name=DISTRICT, code="01", parent_id=None, unit_id=_DISTRICT_ID
        )
        for number, town in enumerate(TOWNS, 1):
            await access_steps.add_unit(
                db,
                level=Level.TOWN,
                name=town,
                code=f"01{number:02d}",
                parent_id=_DISTRICT_ID,
                unit_id=derived_id("sample", town),
            )
        for place in PLACES:
            await access_steps.add_unit(
                db,
                level=Level.COMMUNITY,
                name=place.name,
                code=_code(place),
                parent_id=derived_id("sample", place.town),
                unit_id=place.id,
            )
        name, user_name = ADMINISTRATOR
        await access_steps.add_staff(
            db, name=name, user_name=user_name, password=PASSWORD, now=now, staff_id=_ADMINISTRATOR_ID
        )
        await access_steps.give_role(
            db, staff_id=_ADMINISTRATOR_ID, unit_id=_DISTRICT_ID, role=Role.ADMINISTRATOR
        )


async def _take_on(call: Call, who: tuple[str, str], role: Role, unit_id: UUID) -> Actor:
    name, user_name = who
    staff_id = await access_service.add_staff(
        call.with_key(f"sample/{user_name}"),
        name=name,
        user_name=user_name,
        password=PASSWORD,
        role=role,
        unit_id=unit_id,
    )
    async with call.database.begin(()) as db:
        actor = await access.staff_actor(db, staff_id)
    assert actor is not None
    return actor


async def _set_rules(desk: Desk, first: date) -> None:
    await hours.set_house_policy(
        desk.call("house"),
        community_id=desk.id,
        policy=HOUSES.get(desk.place.key, HousePolicy()),
        in_force_from=first,
    )
    if desk.place.key in BACKINGS:
        fund_fen, hour_fen = BACKINGS[desk.place.key]
        await outlook.record_backing(
            desk.call_of_administrator("backing"),
            community_id=desk.id,
            from_on=first,
            fund_fen=fund_fen,
            hour_fen=hour_fen,
            note="街道养老专项资金",
        )
    for programme in PROGRAMMES:
        if not programme.places or desk.place.key in programme.places:
            desk.schemes[programme.name] = await schemes.open_scheme(
                desk.call("scheme", programme.name),
                community_id=desk.id,
                name=programme.name,
                policy=programme.policy,
                in_force_from=first,
            )


def _code(place: Place) -> str:
    town = TOWNS.index(place.town) + 1
    within = [other.key for other in PLACES if other.town == place.town].index(place.key) + 1
    return f"01{town:02d}{within:02d}"
