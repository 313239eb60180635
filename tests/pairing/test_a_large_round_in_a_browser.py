"""A round of five hundred requests is read, changed and sent by the words on the screen, in few clicks."""

from random import Random

import pytest
from playwright.async_api import Locator, Page

from tests.browser import chromium, picture, served, sign_in
from tests.given import PASSWORD, SEAL, World
from tests.pairing.neighbourhood import WEDNESDAY, Neighbourhood, open_neighbourhood
from timebank.app import create_app
from timebank.pairing import queries
from timebank.requests.model import Window

# Two rounds of five hundred, each with sixty tries, and a thousand people to write down before.
pytestmark = [pytest.mark.browser, pytest.mark.slow(90), pytest.mark.timeout(900)]
REQUESTS, HELPERS = 500, 170


class Hand:
    """Whoever sits at the desk, and how often they click."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    async def click(self, what: Locator) -> None:
        """One click."""
        await what.click()
        self.clicks += 1

    async def button(self, label: str) -> None:
        """Press the button that says so."""
        await self.click(self.page.get_by_role("button", name=label, exact=True))


async def _open(world: World) -> Neighbourhood:
    """Fewer places than wishes, strewn over four kilometres; some want what few can do."""
    town, rng = await open_neighbourhood(world), Random(1)

    def home() -> dict[str, float]:
        return {"lat": 22.91 + rng.random() * 0.04, "lon": 113.92 + rng.random() * 0.04}

    for n in range(HELPERS):
        skills = ("shopping", "haircut") if n % 9 == 0 else ("shopping",)
        await town.helper(f"服务者{n}", free=tuple(rng.sample(range(7), 3)), skills=skills, **home())
    for n in range(REQUESTS):
        day, hour = rng.randrange(5), rng.randrange(8, 11) * 60
        await town.request(
            await town.elder(f"老人{n}", **home()),
            category="haircut" if n % 7 == 0 else "shopping",
            priority=n % 3,
            windows=(Window(hour, hour + 120, on_day=WEDNESDAY.fromordinal(WEDNESDAY.toordinal() + day)),),
        )
    return town


async def test_five_hundred_requests_are_matched_tried_otherwise_and_asked_for(two_desks: World) -> None:
    town = await _open(two_desks)
    async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(120_000)
        await sign_in(page, url, "mo", PASSWORD)
        hand = Hand(page)
        await hand.click(page.get_by_role("link", name="派单", exact=True))
        await page.get_by_role("heading", name="等待派单：500 条需求").wait_for()
        await hand.button("派一批")
        # A round that takes a while says how far it is, and leads to the result by itself.
        await page.get_by_role("heading", name="没派到").wait_for()
        await picture(page, "large-round")
        assert await page.get_by_text("人能来，会派给").count() > 5
        await hand.click(page.get_by_role("link", name="不派").first)
        await hand.button("试算")
        await page.get_by_role("heading", name="有变化的").wait_for()
        await hand.button("就这样派")
        await page.get_by_role("heading", name="这一批是按人工调整派的").wait_for()
        await hand.button("给勾选的双方发邀约")
        await page.get_by_text("已发出").wait_for()
        await picture(page, "large-round-sent")
    assert hand.clicks == 6
    async with town.reading() as db:
        # Both were made at the same moment by this clock; the one that was steered is sent.
        (sent,) = [one for one in (await queries.list_rounds(db, two_desks.here)).rows if one.sent_at]
        assert sent.served + sent.waiting == REQUESTS
        assert len(await queries.open_proposals(db, two_desks.here)) == sent.served
