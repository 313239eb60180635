"""The pictures in the README, taken of the sample as a real browser shows it (`make pictures` keeps them)."""

import pytest
from playwright.async_api import Page

from tests.browser import chromium, picture, served, sign_in
from tests.given import SEAL
from tests.postgres import Database
from tests.sample.conftest import LOADED
from timebank.app import create_app
from timebank.core import clock
from timebank.core.database import Database as RealDatabase
from timebank.sample.district import AUDITOR, DALANG, MEMBER_PIN, PASSWORD
from timebank.sample.joining import CARD_SECRET

pytestmark = [pytest.mark.browser, pytest.mark.slow(20), pytest.mark.timeout(600)]


async def test_the_three_people_see_their_pages(district: Database) -> None:
    with clock.set_to(LOADED):
        app = create_app(RealDatabase(district.service_url), SEAL)
        async with served(app) as url, chromium() as browser:
            page = await browser.new_page(viewport={"width": 1280, "height": 860})
            await sign_in(page, url, DALANG.coordinators[0][1], PASSWORD)
            await _shown(page, f"{url}/today", "先做这些", "today")
            await page.context.clear_cookies()
            await sign_in(page, url, AUDITOR[1], PASSWORD)
            await _shown(page, f"{url}/audit/months/{LOADED:%Y-%m}", "试算平衡表", "month")
            phone = await browser.new_page(viewport={"width": 390, "height": 844})
            await phone.goto(f"{url}/card/{CARD_SECRET}")
            await phone.get_by_label("6 位密码").fill(MEMBER_PIN)
            await phone.get_by_role("button", name="进入").click()
            await _shown(phone, f"{url}/me", "我的时间", "home")


async def _shown(page: Page, address: str, says: str, name: str) -> None:
    await page.goto(address)
    await page.get_by_text(says).first.wait_for()
    await picture(page, f"readme-{name}", whole=False)
