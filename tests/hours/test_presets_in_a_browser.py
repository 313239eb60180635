"""A coordinator sets up a scheme with another place's rules, in no more than five screens."""

import pytest

from tests.browser import chromium, fits_a_desk, picture, served, sign_in
from tests.given import PASSWORD, SEAL, World
from timebank.app import create_app

pytestmark = pytest.mark.browser


async def test_a_scheme_is_set_up_from_a_preset_in_five_screens(world: World) -> None:
    async with served(create_app(world.database, SEAL)) as url, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await sign_in(page, url, "mo", PASSWORD)
        screens = []
        page.on("framenavigated", lambda frame: screens.append(frame.url))
        await page.get_by_role("link", name="项目与规则").first.click()
        await page.get_by_role("link", name="从别处的规则开始").click()
        await fits_a_desk(page)
        await page.get_by_role("link", name="南京", exact=True).click()
        await picture(page, "preset-nanjing")
        await fits_a_desk(page)
        assert await page.get_by_label("项目名称").first.input_value() == "银龄互助"
        await page.get_by_role("button", name="按这些规则开办").click()
        await page.get_by_text("已按“南京”的规则开办").wait_for()
        await picture(page, "preset-opened")
        assert len(screens) <= 5, screens
        assert await page.get_by_role("link", name="团体志愿服务").count() == 1
        assert await page.get_by_text("超出的进公益时间池").count() == 1

        narrow = await browser.new_page(viewport={"width": 320, "height": 700})
        await sign_in(narrow, url, "mo", PASSWORD)
        for path in ("/schemes/presets", "/schemes/presets/pidu", "/schemes/house", "/schemes/new"):
            await narrow.goto(url + path)
            await fits_a_desk(narrow)


async def test_a_preset_that_cannot_be_opened_keeps_what_was_typed(world: World) -> None:
    async with served(create_app(world.database, SEAL)) as url, chromium() as browser:
        page = await browser.new_page()
        await sign_in(page, url, "mo", PASSWORD)
        for tried in ("第一次", "第二次"):
            await page.goto(f"{url}/schemes/presets/guangzhou")
            await page.get_by_label("项目名称").fill("银龄互助" if tried == "第一次" else "银龄互助 ")
            await page.get_by_role("button", name="按这些规则开办").click()
        await page.get_by_text("本社区已有同名的项目").first.wait_for()
        # Nothing of it was done: the house policy has one version still.
        await page.goto(f"{url}/schemes/house")
        assert await page.locator("summary", has_text="第 1 版").count() == 1
        assert await page.locator("summary", has_text="第 2 版").count() == 0
