"""What stories may ask for."""

from collections.abc import AsyncIterator

import pytest

from tests.given import World, browser, service_over
from tests.scenarios.story import Story


@pytest.fixture
async def story(world: World) -> AsyncIterator[Story]:
    """A desk at work in the community here."""
    app = service_over(world.database)
    async with browser(app) as client:
        yield await Story(client, app, world).begin()
