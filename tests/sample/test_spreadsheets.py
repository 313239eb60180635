"""The committed spreadsheets are those the sample is made from, and hold its people exactly."""

from pathlib import Path
from uuid import UUID

import pytest

from tests.given import World
from timebank.membership import service as membership
from timebank.membership.model import ImportKind, Named, Outcome, Preview, Signed
from timebank.membership.spreadsheets import read
from timebank.people import queries as people
from timebank.people.model import MemberView
from timebank.sample.district import DALANG, PLACES, Place
from timebank.sample.persons import Person, people_of
from timebank.sample.rosters import TROUBLES
from timebank.sample.spreadsheets import spreadsheets

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "samples"


@pytest.mark.slow
def test_every_committed_file_is_what_the_command_writes() -> None:
    made = spreadsheets()
    assert {file.name for file in FOLDER.glob("*.xlsx")} == made.keys()
    for name, content in made.items():
        assert read((FOLDER / name).read_bytes(), name).sheet == read(content, name).sheet, name


@pytest.mark.slow
@pytest.mark.parametrize("place", [PLACES[0], PLACES[3]], ids=lambda place: place.key)
async def test_a_roster_brings_exactly_the_people_of_the_sample(world: World, place: Place) -> None:
    brought = await bring_roster(world, place)
    assert brought.plan.count(Outcome.NEW) == place.people
    async with world.database.begin({world.here}) as db:
        found = {one.number: one for one in await people.members_of(db, world.here)}
    assert len(found) == place.people
    for person in people_of(place):
        assert said_of(found[person.number]) == said(person)


@pytest.mark.slow
async def test_opening_balances_bring_exactly_their_minutes(world: World) -> None:
    place = PLACES[3]
    await bring_roster(world, place)
    call = await world.call()
    import_id = await upload(world, ImportKind.OPENING, f"{place.key}-opening.xlsx")
    found = await membership.preview_opening(call, community_id=world.here, import_id=import_id)
    brought = {row.member.number: row.minutes for row in found.rows if row.member}
    assert brought == {one.number: one.opening_minutes for one in people_of(place) if one.opening_minutes}
    signed = Signed(people=len(brought), minutes=sum(brought.values()))
    await membership.sign_off(
        call, community_id=world.here, import_id=import_id, digest=found.digest, signed=signed
    )


@pytest.mark.slow
async def test_the_roster_with_faults_shows_each_kind_once(world: World) -> None:
    await bring_roster(world, DALANG)
    import_id = await upload(world, ImportKind.ROSTER, "dalang-roster-with-faults.xlsx")
    call = await world.call()
    first = await membership.preview_roster(call, community_id=world.here, import_id=import_id)
    assert first.columns.unknown == ("试什么",)
    await membership.name_columns(
        call, community_id=world.here, kind=ImportKind.ROSTER, named=[Named("试什么", "")]
    )
    found = await membership.preview_roster(call, community_id=world.here, import_id=import_id)
    outcomes = dict(zip(TROUBLES, [row.outcome for row in found.plan.rows], strict=True))
    assert outcomes["没有改动"] is Outcome.UNCHANGED
    assert outcomes["编号丢了前面的零"] is Outcome.UNCHANGED
    assert outcomes["出生只有年月"] is Outcome.UNCHANGED
    assert [t for t, o in outcomes.items() if o is Outcome.CHANGED] == ["改了电话", "新的支部"]
    assert [t for t, o in outcomes.items() if o is Outcome.NEW] == [
        "新来的人，旧的十五位身份证号",
        "新来的人，没有身份证号",
    ]
    assert found.plan.count(Outcome.REFUSED) == len(TROUBLES) - 7
    reasons = {row.reasons[0].text.message for row in found.plan.of(Outcome.REFUSED)}
    assert len(reasons) >= 11


async def bring_roster(world: World, place: Place) -> Preview:
    """Take in a committed roster at the desk here; the preview it was applied by."""
    call = await world.call()
    import_id = await upload(world, ImportKind.ROSTER, f"{place.key}-roster.xlsx")
    found = await membership.preview_roster(call, community_id=world.here, import_id=import_id)
    await membership.apply_roster(
        call, community_id=world.here, import_id=import_id, digest=found.plan.digest
    )
    return found


async def upload(world: World, kind: ImportKind, name: str) -> UUID:
    """Keep a committed file at the desk here; the import's id."""
    file = read((FOLDER / name).read_bytes(), name)
    return await membership.upload(await world.call(), community_id=world.here, kind=kind, file=file)


def said_of(member: MemberView) -> tuple[object, ...]:
    """What the database has of a member, in the order of `said`."""
    one = member.details
    return (
        one.name, one.gender, one.birth_on, member.id_mask, one.phone, one.address, member.branch, one.joined_on,
        one.lat, one.lon, one.is_helper, one.is_recipient, set(one.skills), set(one.dialects), set(one.interests),
        set(one.needs), set(one.trainings), one.hardship_tier, one.lives_alone, one.contact, one.emergency_name,
        one.emergency_phone,
    )  # fmt: skip


def said(one: Person) -> tuple[object, ...]:
    """What the sample says of a person."""
    return (
        one.name, one.gender, one.birth_on, f"{one.id_number[:6]}********{one.id_number[14:]}", one.phone,
        one.address, one.branch, one.joined_on, one.lat, one.lon, one.is_helper, one.is_recipient, set(one.skills),
        set(one.dialects), set(one.interests), set(one.needs), set(one.trainings), one.hardship_tier,
        one.lives_alone, one.contact, one.emergency_name, one.emergency_phone,
    )  # fmt: skip
