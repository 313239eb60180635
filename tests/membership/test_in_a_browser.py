"""Rosters and merging in a real browser, wide and narrow, in both languages."""

import re

import pytest
from playwright.async_api import Page

from tests.benchmarks.roster_import import roster_file
from tests.browser import chromium, picture, served, sign_in
from tests.given import PASSWORD, SEAL, World
from tests.membership.sheets import XLSX
from tests.membership.test_long_roster import nobody_opens_accounts
from tests.postgres import Database
from tests.visits.given import Street
from timebank.app import create_app

pytestmark = pytest.mark.browser

_WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SMALL = """() => [...document.querySelectorAll('main button, main a.button, main input[type=file]')]
  .filter(e => e.offsetParent !== null).map(e => [e.innerText, e.getBoundingClientRect().height])
  .filter(([_, height]) => height < 44)"""


async def fits(page: Page, name: str, url: str) -> None:
    """Nothing wider than the window, nothing too small to press, in both languages."""
    for language in ("zh", "en"):
        await page.goto(url)
        for width in (1280, 320):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await page.evaluate(_WIDER) <= 0, (name, width, language)
            assert await page.evaluate(_SMALL) == [], (name, width, language)
            await picture(page, f"{name}-{language}-{width}")
        await page.set_viewport_size({"width": 1280, "height": 900})
        await page.get_by_role("button", name=re.compile("^(English|中文)$")).click()


async def test_merging_two_records_fits_the_desk(two_desks: World) -> None:
    street = await Street(two_desks).move_in()
    await street.bring(street.chen, 45)
    await street.plan(street.planned(recipient_id=street.chen))
    twin = await two_desks.add_member("冯伯", phone="13900000102")
    async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
        page = await browser.new_page()
        await sign_in(page, url, "mo", PASSWORD)
        await fits(page, "duplicates", f"{url}/members/duplicates")
        await fits(page, "merge-refused", f"{url}/members/{street.feng}/merge?other={twin}&keep={twin}")
        await fits(page, "merge", f"{url}/members/{street.chen}/merge?other={street.feng}&keep={street.feng}")
        await page.goto(f"{url}/members/{street.chen}/merge?other={street.feng}&keep={street.feng}")
        await page.get_by_label("怎么知道是同一个人").fill("本人来核对过")
        await page.get_by_role("button", name="0103 并入 0102").click()
        await page.get_by_text("两条记录已合成一条").wait_for()
        await picture(page, "merged-kept")
        await page.get_by_role("link", name="陈婆（0103）").click()
        await page.get_by_text("这条记录已并入").wait_for()
        await fits(page, "merged-ended", page.url)
        await page.goto(f"{url}/accounts/{street.chen}")
        await picture(page, "merged-passbook")


async def test_a_long_import_is_watched_without_a_script(two_desks: World, fresh_database: Database) -> None:
    async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await sign_in(page, url, "mo", PASSWORD)
        await page.goto(f"{url}/members/export")
        await picture(page, "export")
        await page.goto(f"{url}/members/import")
        file = {"name": "花名册.xlsx", "mimeType": XLSX, "buffer": roster_file(1_500)}
        await page.get_by_label("花名册（.xlsx 或 .csv）").set_input_files(files=[file])  # type: ignore[list-item]
        await page.get_by_role("button", name="上传，先看看").click()
        async with nobody_opens_accounts(fresh_database):
            await page.get_by_role("button", name=re.compile("导入：新增")).click()
            await page.get_by_text("1,500 / 1,500").wait_for()
            await picture(page, "under-way")
            await page.set_viewport_size({"width": 320, "height": 900})
            await picture(page, "under-way-320")
        # It refreshes itself; nobody presses anything.
        await page.get_by_text("已导入").first.wait_for()
        await picture(page, "under-way-done")
