"""The outlook in a real browser: figures and assumptions, one question asked, one call noted, by the words on the screen."""

from datetime import timedelta

import pytest

from tests.browser import chromium, fits_a_desk, picture, served, sign_in
from tests.given import NOW, PASSWORD, SEAL, World
from tests.outlook.test_lists import later
from timebank.app import create_app
from timebank.core import clock

pytestmark = pytest.mark.browser


async def test_a_saver_is_found_asked_and_left_in_peace(two_desks: World) -> None:
    town = await later(two_desks)
    await town.street.bring(town.street.zhou, 5_000)
    with clock.set_to(NOW + timedelta(days=town.days)):
        async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
            page = await browser.new_page(viewport={"width": 1280, "height": 900})
            await sign_in(page, url, "mo", PASSWORD)
            await page.get_by_role("link", name="兑付", exact=True).click()
            await page.get_by_role("img", name="存着未用的小时").wait_for()
            await page.get_by_label("死亡率按生命表的百分之几").fill("50")
            await page.get_by_role("button", name="照这样再推演").click()
            await page.get_by_role("link", name="回到近 12 个月的实际").wait_for()
            assert await page.get_by_label("死亡率按生命表的百分之几").input_value() == "50"
            await picture(page, "outlook")
            for width in (320, 1280):
                await page.set_viewport_size({"width": width, "height": 900})
                await fits_a_desk(page)
            await picture(page, "outlook-wide")
            await page.get_by_role("link", name="看看可以问谁要不要帮忙").click()
            await page.get_by_text("可以问问要不要人陪着去体检").wait_for()
            await picture(page, "asking")
            await page.set_viewport_size({"width": 320, "height": 900})
            await fits_a_desk(page)
            # With the keyboard alone: open, type, press.
            opener = page.locator("li", has_text="冯伯").get_by_text("联系过了")
            await opener.focus()
            await page.keyboard.press("Enter")
            await fits_a_desk(page)
            await picture(page, "asking-narrow")
            await page.locator("li", has_text="冯伯").get_by_label("说了什么").focus()
            await page.keyboard.type("下周来接她")
            await page.keyboard.press("Enter")
            await page.get_by_text("90 天内不再列出").first.wait_for()
            assert await page.locator("li", has_text="冯伯").count() == 0
            await page.goto(f"{url}/outlook/quiet")
            await page.get_by_text("下周来接她").wait_for()
            await fits_a_desk(page)
            await page.set_viewport_size({"width": 1280, "height": 900})
            await picture(page, "quiet")
            await page.goto(f"{url}/outlook/backing")
            await fits_a_desk(page)
            await page.get_by_role("button", name="English").click()
            await page.goto(f"{url}/outlook/quiet")
            await page.get_by_role("heading", name="Not heard of for long").wait_for()
            await fits_a_desk(page)
