"""What the tests of visits may ask for besides."""

import httpx
import pytest

from tests.given import World, sign_in
from tests.visits.desk import Desk
from tests.visits.given import Street


@pytest.fixture
async def desk(client: httpx.AsyncClient, world: World) -> Desk:
    street = await Street(world).move_in()
    await sign_in(client, "mo")
    return Desk(client, street)
