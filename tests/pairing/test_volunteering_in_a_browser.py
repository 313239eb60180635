"""A helper volunteers on a phone without scripts, and the desk asks her: by visible labels, each tap counted."""

import pytest
from playwright.async_api import Locator

from tests.browser import chromium, fits_a_desk, fits_an_elder, picture, served, sign_in
from tests.given import PASSWORD, SEAL, World
from tests.pairing.neighbourhood import open_neighbourhood
from timebank.access import service as access
from timebank.app import create_app

pytestmark = pytest.mark.browser


class Taps:
    """How often somebody pressed something."""

    def __init__(self) -> None:
        self.count = 0

    async def on(self, what: Locator) -> None:
        """Press it, and count."""
        self.count += 1
        await what.click()


async def test_two_taps_from_home_and_one_click_at_the_desk(two_desks: World) -> None:
    town = await open_neighbourhood(two_desks)
    li = await town.helper("李兰", lat=22.93, lon=113.94)
    await town.helper("何大海", lat=22.93, lon=113.94)
    elder = await town.elder("陈阿婆", lat=22.932, lon=113.94)
    await town.request(elder, circumstances=("stairs",))
    await town.request(await town.elder("黄伯"), category="clinic", helpers=2)
    card = await access.issue_card(await two_desks.call(), community_id=two_desks.here, member_id=li)
    async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
        context = await browser.new_context(viewport={"width": 320, "height": 700}, java_script_enabled=False)
        phone = await context.new_page()
        await phone.goto(f"{url}/card/{card.secret}")
        await phone.get_by_label("6 位密码").fill(card.pin)
        await phone.get_by_role("button", name="进入").click()
        taps = Taps()
        await taps.on(phone.get_by_role("link", name="附近谁要帮忙"))
        await fits_an_elder(phone)
        await picture(phone, "nearby-320")
        await taps.on(phone.get_by_role("button", name="我愿意去").first)
        await phone.get_by_text("已报名，等社区安排").wait_for()
        assert taps.count == 2
        await fits_an_elder(phone)
        await picture(phone, "nearby-said-320")
        await phone.get_by_role("button", name="不去了").click()
        await phone.get_by_role("heading", name="您报名的").wait_for(state="detached")
        await phone.get_by_role("button", name="我愿意去").first.click()
        await context.add_cookies([{"name": "lang", "value": "en", "url": url}])
        await phone.goto(f"{url}/me/nearby")
        await fits_an_elder(phone)

        desk = await browser.new_page(viewport={"width": 1280, "height": 900})
        await sign_in(desk, url, "mo", PASSWORD)
        await desk.goto(f"{url}/members/{li}/nearby")
        for width in (320, 1280):
            await desk.set_viewport_size({"width": width, "height": 900})
            await fits_a_desk(desk)
            await picture(desk, f"nearby-at-the-desk-{width}")
        await desk.goto(f"{url}/rounds")
        for width in (320, 1280):
            await desk.set_viewport_size({"width": width, "height": 900})
            await fits_a_desk(desk)
        await picture(desk, "rounds-with-a-volunteer")
        clicks = Taps()
        await clicks.on(desk.get_by_role("button", name="请李兰来帮"))
        await desk.get_by_text("邀约已记下").wait_for()
        assert clicks.count == 1
        assert await desk.get_by_text("自己报名要去").count() == 1
