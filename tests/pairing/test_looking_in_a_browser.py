"""A round tried out, drawn and compared, in a real browser; every step by the words on the screen."""

import pytest
from playwright.async_api import Page

from tests.browser import chromium, picture, served, sign_in
from tests.given import PASSWORD, SEAL, World
from tests.pairing.neighbourhood import open_neighbourhood
from timebank.app import create_app

pytestmark = pytest.mark.browser

_SMALL = """() => [...document.querySelectorAll('main button, main a.button, main select')]
  .map(e => [e.innerText, e.getBoundingClientRect()])
  .filter(([_, box]) => box.width && box.height < 44).map(([text, box]) => [text, box.width, box.height])"""
_WIDER_THAN_WINDOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def _fits(page: Page) -> None:
    for width in (320, 1280):
        await page.set_viewport_size({"width": width, "height": 800})
        assert await page.evaluate(_WIDER_THAN_WINDOW) <= 0, (page.url, width)
        assert await page.evaluate(_SMALL) == [], (page.url, width)


async def test_a_round_is_tried_another_way_kept_drawn_and_compared(two_desks: World) -> None:
    town = await open_neighbourhood(two_desks)
    await town.helper("李兰", lat=22.930, lon=113.940)
    await town.helper("何大海", lat=22.950, lon=113.940)
    await town.request(await town.elder("陈阿婆", lat=22.931, lon=113.940))
    await town.request(await town.elder("黄伯", lat=22.951, lon=113.940))
    await town.request(await town.elder("剪发的", lat=22.94, lon=113.95), category="haircut")
    async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await sign_in(page, url, "mo", PASSWORD)
        await page.goto(f"{url}/rounds")
        await page.get_by_role("button", name="派一批").click()
        await page.get_by_role("link", name="不派李兰会怎样").click()
        await page.get_by_role("button", name="试算").click()
        await page.get_by_role("heading", name="有变化的：2 处").wait_for()
        await picture(page, "what-if")
        await _fits(page)
        # One more by hand: her for the other one.
        await page.get_by_label("想怎么定").select_option(label="指定这一对")
        await page.get_by_label("哪条需求").select_option(label="黄伯 · 买菜")
        await page.get_by_label("哪位服务者").select_option(label="李兰")
        await page.get_by_role("button", name="试算").click()
        await page.get_by_text("指定李兰帮黄伯").wait_for()
        await page.get_by_text("侧重").click()
        await page.get_by_label("住得近").select_option(label="看轻些")
        await page.get_by_role("button", name="试算").click()
        await page.get_by_role("button", name="就这样派").click()
        await page.get_by_text("照试算的结果派好了").wait_for()
        await page.get_by_text("住得近：看轻些").wait_for()
        await _fits(page)
        await page.get_by_role("link", name="在图上看").click()
        await page.get_by_role("img", name="派单图：2 条线，1 条没派到").wait_for()
        await picture(page, "round-plan")
        await _fits(page)
        await page.get_by_role("link", name="派单批次").click()
        await page.get_by_role("link", name="派单月报").click()
        await page.get_by_role("img", name="每一百条需求派到几条").wait_for()
        await picture(page, "round-trends")
        await _fits(page)
        async with page.expect_download() as file:
            await page.get_by_role("link", name="下载表格（csv）").click()
        assert (await file.value).suggested_filename == "派单月报.csv"
