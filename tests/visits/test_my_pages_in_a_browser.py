"""A member's visits on a small phone with the largest letters, without scripts."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page

from tests.browser import chromium, picture, served
from tests.given import NOW, SEAL, World
from tests.visits.given import Street
from timebank.access import service as access
from timebank.access.model import IssuedCard
from timebank.app import create_app
from timebank.visits import service

pytestmark = pytest.mark.browser

_SMALL = """() => [...document.querySelectorAll(
    'main button, main a.button, main a.entry, main summary, main select, main input:not([type=hidden]):not([type=radio]), main label.box')]
  .filter(e => e.checkVisibility())
  .map(e => [e.innerText || e.name, e.getBoundingClientRect().height])
  .filter(([_, height]) => height < 60)"""
_SMALL_TEXT = """() => [...document.querySelectorAll('main.elder *')]
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && e.checkVisibility())
  .map(e => [e.innerText, parseFloat(getComputedStyle(e).fontSize)])
  .filter(([_, size]) => size < 20)"""
_WIDER_THAN_WINDOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def test_two_members_do_their_part_on_a_small_phone(two_desks: World) -> None:
    street = await Street(two_desks).move_in()
    (visit_id,) = await street.plan(street.planned(place="居委会门口"))
    day = NOW + timedelta(days=2)
    (later,) = await street.plan(
        street.planned(category="shopping", planned_from=day, planned_until=day + timedelta(hours=1))
    )
    seen = await street.visit(later)
    desk = await two_desks.call()
    await service.cancel(
        desk, community_id=two_desks.here, visit_id=later, version=seen.version, reason="身体不舒服"
    )
    cards = [
        await access.issue_card(desk, community_id=two_desks.here, member_id=member_id)
        for member_id in (street.zhou, street.feng)
    ]
    at = f"/me/visits/{visit_id}"
    async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
        zhou, feng = [await _phone(browser, url, card) for card in cards]
        for path, name in (
            ("/me", "home-with-a-visit"),
            ("/me/visits", "my-visits-coming"),
            (f"/me/visits/{later}", "my-visit-cancelled"),
            (at, "my-visit-planned"),
        ):
            await _fits(zhou, url + path, name)
        await zhou.get_by_role("button", name="我到了").click()
        await _fits(feng, url + at, "my-visit-under-way")
        await zhou.get_by_role("button", name="做完了，我走了").click()
        await zhou.get_by_text("已记下您走了").wait_for()
        await _fits(zhou, url + at, "my-visit-to-claim")
        await zhou.get_by_role("button", name="登记 2 小时").click()
        await zhou.get_by_text("等冯伯确认以后").wait_for()
        await _fits(feng, url + "/me/visits", "my-visits-to-confirm")
        await feng.get_by_role("link", name="不对").click()
        await _fits(feng, url + at, "my-visit-to-confirm")
        await feng.get_by_role("button", name="对，确认").click()
        await feng.get_by_text("已确认，2 小时 已记入周阿姨的存折").wait_for()
        await picture(feng, "my-visit-confirmed")
        await _fits(feng, url + at, "my-visit-settled")
    assert await street.balances() == (120, 480)


async def _phone(browser: Browser, url: str, card: IssuedCard) -> Page:
    """A phone of 320 px with the largest letters and no scripts, signed in with a card."""
    context = await browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    await context.add_cookies([{"name": "size", "value": "largest", "url": url}])
    page = await context.new_page()
    await page.goto(f"{url}/card/{card.secret}")
    await page.get_by_label("6 位密码").fill(card.pin)
    await page.get_by_role("button", name="进入").click()
    return page


async def _fits(page: Page, address: str, name: str) -> None:
    """In each language, with all that can be opened open: nothing too wide, too small to press or to read."""
    url = address.split("/me", maxsplit=1)[0]
    for language in ("en", "zh"):
        await page.context.add_cookies([{"name": "lang", "value": language, "url": url}])
        await page.goto(address)
        for fold in await page.locator("details > summary").all():
            await fold.click()
        assert await page.evaluate(_WIDER_THAN_WINDOW) <= 0, (address, language)
        assert await page.evaluate(_SMALL) == [], (address, language)
        assert await page.evaluate(_SMALL_TEXT) == [], (address, language)
        await picture(page, f"{name}-{language}")
