"""The auditor's month in a real browser: at a desk, on a phone, and on paper."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.async_api import Page

from tests.audit.given import Month, broken_month
from tests.browser import chromium, picture, served, sign_in
from tests.given import PASSWORD, SEAL, World
from tests.postgres import Database
from timebank.app import create_app

pytestmark = pytest.mark.browser

_WIDER_THAN_WINDOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SMALL = """() => [...document.querySelectorAll(
    'main button, main a.button, main input:not([type=hidden]), main select')]
  .filter(e => e.offsetParent !== null)
  .map(e => [e.innerText || e.name, e.getBoundingClientRect().height]).filter(([_, height]) => height < 44)"""


@pytest.fixture
async def broken(two_desks: World, fresh_database: Database) -> Month:
    """A month with 100 minutes that nobody can account for."""
    return await broken_month(two_desks, fresh_database)


async def test_an_auditors_month_from_the_list_to_a_closed_finding(broken: Month) -> None:
    problems: list[str] = []
    async with served(create_app(broken.world.database, SEAL)) as url, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        page.on(
            "console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None
        )
        await sign_in(page, url, "mo", PASSWORD)
        await page.goto(f"{url}/audit/findings")
        await page.get_by_role("link", name="处理").first.click()
        await page.get_by_label("查到了什么").fill("换系统那天少抄了一行，原件在档案盒 3。")
        await page.get_by_role("button", name="记下说明").click()
        assert await page.get_by_text("说明是您写的，要由另一个人来结案或退回").is_visible()
        explained = page.url
        await _fits(page, explained, "finding-own")

        await sign_in(page, url, "auditor", PASSWORD)
        await _fits(page, f"{url}/audit", "audit")
        await page.get_by_role("row", name="榕树社区").get_by_text("看本月账").click()
        await _fits(page, page.url, "audit-month")
        await page.emulate_media(media="print")
        assert await page.get_by_role("heading", level=1).is_visible()
        assert not await page.get_by_role("navigation").first.is_visible()
        await picture(page, "audit-month-print")
        await page.emulate_media(media="screen")
        for path, name in (
            ("/audit/runs", "audit-runs"),
            ("/audit/findings", "audit-findings"),
        ):
            await _fits(page, url + path, name)
        await page.goto(f"{url}/audit/runs")
        await page.locator("tbody a").first.click()
        await _fits(page, page.url, "audit-run")
        await _fits(page, explained, "finding-explained")
        await page.get_by_label("查到了什么").fill("看过原件，数对得上。")
        await page.get_by_role("button", name="同意，结案").click()
        assert await page.get_by_text("已结案。以后的对账").is_visible()
        await page.context.add_cookies([{"name": "lang", "value": "en", "url": url}])
        await _fits(page, f"{url}/audit/months/2026-11", "audit-month-en")
        assert problems == []


async def test_the_proof_of_a_book_on_a_phone_with_the_keyboard_and_on_paper(broken: Month) -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    async with served(create_app(broken.world.database, SEAL)) as url, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await sign_in(page, url, "mo", PASSWORD)
        await _fits(page, f"{url}/audit/proof", "proof-empty")
        await broken.prove(old)
        await broken.give_often(5)
        await broken.prove(old, new)
        await _fits(page, f"{url}/audit/proof", "proof")
        # One click takes a whole command, to be copied.
        await page.locator(".command").first.click()
        chosen = await page.evaluate("() => getSelection().toString()")
        assert chosen.startswith("python3 verify.py checkpoint-T11-2.txt --key keys-T11.txt")
        await page.get_by_label("您手里的（第几号）").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/audit/proof?older=1&newer=2")
        async with page.expect_download() as growth:
            await page.get_by_role("link", name="下载接续证明").press("Enter")
        assert (await growth.value).suggested_filename == "growth-T11-1-2.txt"
        await page.emulate_media(media="print")
        assert await page.locator(".command").first.is_visible()
        assert not await page.get_by_role("link", name="下载接续证明").is_visible()
        await picture(page, "proof-print")
        await page.emulate_media(media="screen")
        await _fits(page, f"{url}/accounts/entries/{broken.gift}", "entry-with-receipt")
        await page.context.add_cookies([{"name": "lang", "value": "en", "url": url}])
        await _fits(page, f"{url}/audit/proof", "proof-en")


async def _fits(page: Page, address: str, name: str) -> None:
    for width in (320, 1280):
        await page.set_viewport_size({"width": width, "height": 900})
        await page.goto(address)
        assert await page.evaluate(_WIDER_THAN_WINDOW) <= 0, (name, width)
        assert await page.evaluate(_SMALL) == [], (name, width)
        await picture(page, f"{name}-{width}")
