"""What was released with a posting is proved with it: whoever changes either is found out."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tests.audit.given import without_guards
from tests.given import World
from tests.postgres import Database
from tests.visits.holding import AHEAD, HoldingStreet, differences, holding_street
from timebank.core import clock

pytestmark = pytest.mark.slow


@pytest.fixture
async def street(two_desks: World) -> AsyncIterator[HoldingStreet]:
    """An hour was set aside, and an hour and a half served."""
    with clock.set_to(AHEAD):
        made = await holding_street(two_desks)
        visit_id = await made.plan_one(60)
        assert (await made.settle(visit_id, 90)).posted
        yield made


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE ledger.hold_ends SET actor_id = gen_random_uuid()",
        "UPDATE ledger.transfers SET served_on = served_on - 1 WHERE kind = 'visit'",
    ],
)
async def test_changing_one_half_of_a_group_is_found(
    street: HoldingStreet, fresh_database: Database, deed: str
) -> None:
    assert await differences(street) == []
    engine = create_async_engine(fresh_database.superuser_url, poolclass=NullPool)
    async with engine.begin() as sql:
        await without_guards(sql)
        assert (await sql.execute(text(deed))).rowcount == 1
    await engine.dispose()
    found = await differences(street)
    assert ("hold_is_as_asked", "act_changed") in found
    assert {fault for check, fault in found if check == "transfer_is_as_asked"} & {
        "group_changed",
        "content_changed",
    }
