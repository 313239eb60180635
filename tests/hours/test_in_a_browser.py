"""The books and the passbook in a real browser, at the sizes that elders and desks ask for."""

from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.async_api import Browser, ConsoleMessage, Page

from tests.browser import chromium, picture, served, sign_in
from tests.given import PASSWORD, SEAL, World
from tests.hours.given import settled_book
from timebank.access.steps import issue_card
from timebank.app import create_app
from timebank.hours.proving import prove

pytestmark = pytest.mark.browser

_SMALL = """([within, least]) => [...document.querySelectorAll(within)]
  .filter(e => e.offsetParent !== null)
  .map(e => [e.innerText || e.name, e.getBoundingClientRect().height])
  .filter(([_, height]) => height < least)"""
_SMALL_TEXT = """() => [...document.querySelectorAll('main.elder *')]
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && e.offsetParent !== null)
  .map(e => [e.innerText, parseFloat(getComputedStyle(e).fontSize)])
  .filter(([_, size]) => size < 20)"""
_WIDER_THAN_WINDOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_WIDE = """() => [...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll')
  && e.getBoundingClientRect().right > document.documentElement.clientWidth)
  .map(e => [e.tagName, e.className, e.getBoundingClientRect().right])"""
_DESK = "main button, main a.button, main input:not([type=hidden]):not([type=checkbox]):not([type=radio]), main label.box, main select"


@dataclass
class Door:
    """A browser at the service."""

    browser: Browser
    url: str
    problems: list[str]

    async def page(self, width: int) -> Page:
        """A page whose complaints are collected."""
        page = await self.browser.new_page(viewport={"width": width, "height": 900})
        page.on("console", self._note)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        # The first page after sign-in is another room's.
        if message.type in ("error", "warning") and "404" not in message.text:
            self.problems.append(message.text)


async def test_a_passbook_fits_a_phone_and_an_elders_eyes(two_desks: World) -> None:
    book = await settled_book(two_desks)
    async with two_desks.database.begin({two_desks.here}) as db:
        card = await issue_card(db, member_id=book.li, community_id=two_desks.here, now=two_desks.now)
    key = Ed25519PrivateKey.generate()
    await prove(two_desks.call_of_job(), community_id=two_desks.here, keys=[key])
    async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
        door = Door(browser, url, [])
        page = await door.page(320)
        await page.goto(f"{url}/card/{card.secret}")
        await page.locator("input[name=pin]").fill(card.pin)
        await page.locator("main form[action='/sign-in/card'] button").click()
        await page.wait_for_url(lambda address: "/card/" not in address)
        for path, size in (("/me/passbook", "normal"), ("/me/passbook", "largest")):
            await page.context.add_cookies([{"name": "size", "value": size, "url": url}])
            await page.goto(url + path)
            await _fits_an_elder(page)
            await picture(page, f"passbook-{size}")
        await page.locator("a.entry").first.click()
        await _fits_an_elder(page)
        assert await page.get_by_role("link", name="下载入账证明").is_visible()
        await picture(page, "my-entry")
        assert door.problems == []


async def _fits_an_elder(page: Page) -> None:
    assert await page.evaluate(_WIDER_THAN_WINDOW) <= 0
    assert await page.evaluate(_SMALL, ["main button, main a.button, main a.entry, main summary", 60]) == []
    assert await page.evaluate(_SMALL_TEXT) == []


async def test_a_coordinator_opens_a_scheme_and_keeps_the_books(two_desks: World) -> None:
    book = await settled_book(two_desks)
    async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
        door = Door(browser, url, [])
        page = await door.page(1280)
        await sign_in(page, url, "mo", PASSWORD)
        await page.goto(f"{url}/schemes/new")
        await page.get_by_label("项目名称").fill("银发系扣子")
        await page.get_by_label("陪诊").first.check()
        await page.get_by_role("button", name="开办项目").click()
        assert "/schemes/" in page.url
        assert await page.get_by_text("照这样算").is_visible()
        await picture(page, "scheme")
        for path, name in (
            ("/schemes", "schemes"),
            ("/schemes/new", "scheme-new"),
            ("/schemes/house", "house-rules"),
            ("/accounts", "accounts"),
            (f"/accounts/{book.li}", "account"),
            (f"/accounts/{book.chen}/grant", "grant"),
        ):
            await _fits_a_desk(page, url + path, name)
        await page.goto(f"{url}/accounts/{book.li}")
        await page.get_by_text("陈阿婆来帮忙：陪诊").click()
        await _fits_a_desk(page, page.url, "entry")
        assert door.problems == []


async def _fits_a_desk(page: Page, address: str, name: str) -> None:
    for width in (320, 1280):
        await page.set_viewport_size({"width": width, "height": 900})
        await page.goto(address)
        assert await page.evaluate(_WIDE) == [], (name, width)
        assert await page.evaluate(_WIDER_THAN_WINDOW) <= 0, (name, width)
        assert await page.evaluate(_SMALL, [_DESK, 44]) == [], (name, width)
        await picture(page, f"{name}-{width}")
