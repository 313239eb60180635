"""The sample as it is loaded: who lives where, once only, never over anything real, whole or not at all."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from tests import postgres
from tests.given import SEAL
from tests.postgres import Database
from tests.sample.conftest import LOADED, NAME, load
from timebank import sample
from timebank.access.guard import Call
from timebank.access.service import offer_setup, set_up, sign_in_card, sign_in_staff
from timebank.core import clock
from timebank.core.actor import NOBODY
from timebank.core.database import Database as RealDatabase
from timebank.core.errors import Text
from timebank.sample.district import DISTRICT, MEMBER_PIN, PASSWORD, PLACES
from timebank.sample.joining import CARD_SECRET
from timebank.sample.persons import people_of

pytestmark = [pytest.mark.slow(40), pytest.mark.timeout(600)]


@pytest.fixture
async def read(district: Database) -> AsyncIterator[AsyncConnection]:
    """A connection to the sample that sees everything."""
    engine = create_async_engine(district.superuser_url)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


async def test_everybody_lives_where_the_founding_documents_say(read: AsyncConnection) -> None:
    rows = await read.execute(
        text(
            "SELECT u.name, count(*) AS people, count(*) FILTER (WHERE m.is_helper) AS helpers"
            " FROM timebank.members m JOIN timebank.units u ON u.id = m.community_id GROUP BY u.name"
        )
    )
    found = {row.name: (row.people, row.helpers) for row in rows}
    people = {name: people for name, (people, _) in found.items()}
    assert people["大朗社区"] == 323
    assert people["东山社区"] + people["宝石社区"] == 499
    assert found["先锋社区"] == (98, 23)
    assert sum(people[name] for name in ("桂洲社区", "容奇社区", "红星社区")) == 1200


async def test_thirty_two_are_at_sea_today(read: AsyncConnection) -> None:
    at_sea = await read.scalar(
        text(
            "SELECT count(*) FROM timebank.absences WHERE kind = 'sea' AND :day BETWEEN from_on AND until_on"
        ),
        {"day": clock.day_of(LOADED)},
    )
    assert at_sea == 32


async def test_everybody_has_an_account(read: AsyncConnection) -> None:
    members, accounts = (
        await read.execute(
            text(
                "SELECT (SELECT count(*) FROM timebank.members),"
                " (SELECT count(*) FROM ledger.accounts WHERE kind = 'member')"
            )
        )
    ).one()
    assert members == accounts == sum(place.people for place in PLACES)


async def test_the_published_names_and_the_published_card_open_the_doors(district: Database) -> None:
    database = RealDatabase(district.service_url)
    call = Call(database, NOBODY, LOADED, SEAL)
    try:
        for user_name, home in (
            ("dalang", "/today"), ("dalang2", "/today"), ("admin", "/today"), ("auditor", "/audit")
        ):  # fmt: skip
            token = await sign_in_staff(call, user_name=user_name, password=PASSWORD)
            assert token is not None
            assert token.home == home
        token = await sign_in_card(call, secret=CARD_SECRET, pin=MEMBER_PIN)
        assert token is not None
        assert token.home == "/me"
    finally:
        await database.close()


def test_the_lines_at_start_give_whole_addresses_and_every_password() -> None:
    lines = [line.message.format(**line.values) for line in sample.how_to_sign_in("http://127.0.0.1:8123")]
    card = next(line for line in lines if CARD_SECRET in line)
    assert f"http://127.0.0.1:8123/card/{CARD_SECRET}" in card
    assert MEMBER_PIN in card
    assert sum(PASSWORD in line for line in lines) == 1
    assert all("{" not in line for line in lines)


async def test_loading_it_again_changes_nothing(sample_template: Database) -> None:
    async with postgres.clone(sample_template, of=NAME) as again:
        before = await _rows(again)
        await load(again)
        assert await _rows(again) == before


async def test_a_real_community_is_never_mixed_with_it(fresh_database: Database) -> None:
    database = RealDatabase(fresh_database.service_url)
    call = Call(database, NOBODY, LOADED, SEAL)
    await offer_setup(call, code="code")
    await set_up(
        call, code="code", district="真区", town="真镇", community="真社区", name="真人", user_name="zhen",
        password=PASSWORD,
    )  # fmt: skip
    await database.close()
    before = await _rows(fresh_database)
    with pytest.raises(sample.RealCommunity):
        await load(fresh_database)
    assert await _rows(fresh_database) == before


async def test_half_a_sample_is_not_served_and_is_loaded_anew(fresh_database: Database) -> None:
    said: list[str] = []

    def pull_the_plug(text: Text) -> None:
        said.append(text.message)
        if "花名册" in text.message:
            raise OSError("the plug is pulled")

    with pytest.raises(OSError, match="plug"):
        await load(fresh_database, pull_the_plug)
    database = RealDatabase(fresh_database.service_url)
    try:
        with pytest.raises(sample.UnfinishedSample):
            await sample.refuse_unfinished(database)
    finally:
        await database.close()
    # The second time only the beginning is looked at: the whole is loaded once in a test run.
    with pytest.raises(OSError, match="plug"):
        await load(fresh_database, pull_the_plug)
    assert any("清掉" in line for line in said)
    rows = await _rows(fresh_database)
    assert rows["timebank.units"] == 1 + 4 + len(PLACES)
    assert rows["timebank.members"] == 0


async def test_a_finished_sample_is_served(district: Database) -> None:
    database = RealDatabase(district.service_url)
    await sample.refuse_unfinished(database)
    await database.close()


def test_nobody_in_it_is_real() -> None:
    for place in PLACES:
        for person in people_of(place):
            assert person.id_number.startswith("449999")
            assert person.phone is None or person.phone.startswith("154")
            assert person.emergency_phone.startswith("154")
    assert DISTRICT == "样例区"


async def _rows(database: Database) -> dict[str, int]:
    """How many rows every table has."""
    engine = create_async_engine(database.superuser_url)
    async with engine.connect() as connection:
        tables = await connection.scalars(
            text(
                "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('timebank', 'ledger')"
            )
        )
        found = {name: await connection.scalar(text(f"SELECT count(*) FROM {name}")) for name in tables}
    await engine.dispose()
    return {name: rows or 0 for name, rows in found.items()}
