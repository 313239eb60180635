"""The desk's pages of visits in a real browser: on a wide screen, on a phone, and on paper."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page

from tests.browser import chromium, picture, served, sign_in
from tests.given import NOW, PASSWORD, SEAL, World
from tests.visits.given import TODAY, Street
from timebank.app import create_app

pytestmark = pytest.mark.browser

_SMALL = """least => [...document.querySelectorAll(
  'main button, main a.button, main input:not([type=hidden]):not([type=checkbox]):not([type=radio]), main select')]
  .filter(e => e.offsetParent !== null && !e.classList.contains('visually-hidden'))
  .map(e => [e.innerText || e.name, e.getBoundingClientRect().height]).filter(([_, height]) => height < least)"""
_WIDER_THAN_WINDOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_WIDE = """() => [...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll') && e.offsetParent !== null
  && !e.closest('.visually-hidden') && e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
  .map(e => [e.tagName, e.className, e.getBoundingClientRect().right])"""


async def test_a_day_at_the_desk_from_check_in_to_the_books(two_desks: World) -> None:
    street = await Street(two_desks).move_in()
    await street.plan(
        street.planned(place="中医院三楼", note="带好医保卡"),
        street.planned(planned_from=NOW + timedelta(days=1), planned_until=NOW + timedelta(days=1, hours=2)),
    )
    async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        await sign_in(page, url, "mo", PASSWORD)
        for path, name in (
            ("/visits", "visits"),
            (f"/visits/day/phones?on={TODAY}", "visits-day"),
            ("/visits/new", "visit-new"),
            ("/visits/enter", "visit-enter"),
            ("/visits/sheet", "sheet-blank"),
            ("/visits/sheet/enter", "sheet-enter"),
        ):
            await _fits(page, url + path, name)
        await page.goto(f"{url}/visits?until_on={TODAY}")
        await page.get_by_role("link", name="打开").click()
        await _fits(page, page.url, "visit-planned")
        await page.get_by_role("button", name="签到").click()
        await page.get_by_text("已签到").wait_for()
        await page.get_by_label("小时").fill("1")
        await page.get_by_label("分钟", exact=False).first.fill("40")
        await page.get_by_role("button", name="登记时长").click()
        await page.get_by_text("请受助人确认").wait_for()
        await _fits(page, page.url, "visit-claimed")
        await page.get_by_role("link", name="受助人不同意").click()
        await page.get_by_label("说根本没有来过").check()
        await page.get_by_role("button", name="记下异议").click()
        await _fits(page, page.url, "visit-disputed")
        await page.get_by_label("照服务者说的").check()
        await page.get_by_label("为什么这样定").fill("邻居看见她来的")
        await page.get_by_role("button", name="定下来，记账").click()
        await page.get_by_text("已记账 1 小时 40 分").wait_for()
        await _fits(page, page.url, "visit-settled")
        await _fits(page, f"{page.url}/reopen", "visit-correct")
        await page.context.add_cookies([{"name": "lang", "value": "en", "url": url}])
        for path, name in (
            (page.url.removeprefix(url), "visit-correct-en"),
            ("/visits", "visits-en"),
            ("/visits/sheet/enter", "sheet-enter-en"),
        ):
            await _fits(page, url + path, name)
        assert complaints == []


async def test_a_sheet_is_printed_and_typed_back_without_scripts(two_desks: World) -> None:
    street = await Street(two_desks).move_in()
    await street.bring(street.chen, 60)
    await two_desks.add_member("周阿姨", number="0199")
    async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
        plain = await browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
        page = await plain.new_page()
        await sign_in(page, url, "mo", PASSWORD)
        await page.goto(f"{url}/visits/sheet")
        await page.get_by_role("button", name="编好号，去打印").click()
        await _fits(page, page.url, "sheet")
        paper = await page.pdf(prefer_css_page_size=True)
        assert re.findall(rb"/MediaBox \[0 0 (\d+)[.\d]* (\d+)", paper) == [(b"841", b"594")], (
            "one A4 sheet, lying"
        )
        await page.set_viewport_size({"width": 1047, "height": 718})
        await page.emulate_media(media="print")
        await picture(page, "sheet-printed")
        await page.emulate_media(media="screen")
        await page.goto(f"{url}/visits/sheet/enter")
        await page.get_by_label("整张的日期").fill(str(TODAY))
        await page.get_by_label("整张的服务类别").select_option("shopping")
        await page.locator("#number-1").focus()
        for typed in ("1001", "周阿姨", "fengbo"):
            await page.keyboard.type(typed)
            await page.keyboard.press("Tab")
        await page.locator("#begin-1").fill("9")
        await page.locator("#end-1").fill("1030")
        await page.locator("#helper-2").fill("0101")
        await page.locator("#recipient-2").fill("没有这个人")
        await page.locator("#minutes-2").fill("30")
        await page.locator("#minutes-2").press("Enter")
        await page.get_by_text("处要改").wait_for()
        await _fits(page, None, "sheet-wrong")
        await page.locator("select[name=helper_pick-1]").select_option("0101")
        await page.locator("#recipient-2").fill("0103")
        await page.locator("#recipient-2").press("Enter")
        await page.get_by_text("2 行都看得懂").wait_for()
        await _fits(page, None, "sheet-ready")
        await page.get_by_role("button", name="录入这 2 行").click()
        await page.get_by_text("录入了 2 行").wait_for()
        assert await street.balances() == (120, 510)


async def _fits(page: Page, address: str | None, name: str) -> None:
    for width in (320, 1280):
        await page.set_viewport_size({"width": width, "height": 900})
        if address:
            await page.goto(address)
        assert await page.evaluate(_WIDE) == [], (name, width)
        assert await page.evaluate(_WIDER_THAN_WINDOW) <= 0, (name, width)
        assert await page.evaluate(_SMALL, 44) == [], (name, width)
        await picture(page, f"{name}-{width}")
