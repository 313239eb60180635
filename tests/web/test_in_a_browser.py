"""What a person meets at the door, in a real browser, at the sizes the elders' guidelines ask for."""

import pytest

from tests.browser import chromium, picture, served, sign_in
from tests.given import PASSWORD, SEAL, World
from timebank.app import create_app

pytestmark = pytest.mark.browser

# Controls smaller than asked, as (text, width, height).
_SMALL = """least => [...document.querySelectorAll('.big button, .big input:not([type=hidden]), .big a.button')]
  .map(e => [e.innerText || e.name, e.getBoundingClientRect()])
  .filter(([_, box]) => box.height < least).map(([text, box]) => [text, box.width, box.height])"""
_WIDER_THAN_WINDOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def test_the_door_fits_a_phone_and_an_elders_hand(two_desks: World) -> None:
    async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
        for width in (320, 390, 1280):
            page = await browser.new_page(viewport={"width": width, "height": 800})
            problems: list[str] = []
            page.on("console", lambda message, found=problems: found.append(message.text))
            await page.goto(f"{url}/sign-in")
            assert await page.evaluate(_WIDER_THAN_WINDOW) <= 0
            assert await page.evaluate(_SMALL, 60) == []
            assert problems == []
            await picture(page, f"sign-in-{width}")


async def test_staff_sign_in_without_scripts(two_desks: World) -> None:
    async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await sign_in(page, url, "admin", PASSWORD)
        await page.goto(f"{url}/staff")
        assert await page.get_by_text("莫协调").is_visible()
        await picture(page, "staff")
