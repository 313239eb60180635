"""The reception at a desk's and a phone's width, and where an elder can go."""

import pytest

from tests.browser import chromium, fits_a_desk, fits_an_elder, picture, served, sign_in
from tests.given import PASSWORD, SEAL, World
from timebank.access.steps import issue_card
from timebank.app import create_app
from timebank.reception import service
from timebank.reception.model import Opening

pytestmark = pytest.mark.browser


async def test_a_queue_is_worked_through_with_the_buttons_on_the_page(world: World) -> None:
    feng = await world.add_member("冯伯", number="0102")
    desk = await world.call()
    week = [Opening(day, 540, 690) for day in range(7)]
    await service.add_place(
        desk, community_id=world.here, name="服务台", address="榕树路 1 号", note=None, hours=week
    )
    async with world.database.begin({world.here}) as db:
        card = await issue_card(db, member_id=feng, community_id=world.here, now=world.now)
    async with served(create_app(world.database, SEAL)) as url, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await sign_in(page, url, "mo", PASSWORD)
        await page.get_by_role("link", name="接待").click()
        for who in ("冯伯", "路过的人"):
            await page.get_by_label("名字或会员号").fill(who)
            await page.get_by_role("button", name="给号").click()
        await page.get_by_role("button", name="叫下一位").click()
        await page.get_by_text("请 1 号：冯伯").wait_for()
        await picture(page, "reception")
        await fits_a_desk(page)
        await page.get_by_role("button", name="办好了").click()
        await page.get_by_text("今天来过的").wait_for()
        for path in ("/reception", "/places", "/places/new"):
            await page.set_viewport_size({"width": 320, "height": 700})
            await page.goto(url + path)
            await fits_a_desk(page)
        phone = await browser.new_page(viewport={"width": 390, "height": 844})
        await phone.goto(f"{url}/card/{card.secret}")
        await phone.get_by_label("6 位密码").fill(card.pin)
        await phone.keyboard.press("Enter")
        await phone.wait_for_url(f"{url}/me")
        await phone.get_by_role("link", name="哪里可以去").click()
        await picture(phone, "places-on-a-phone")
        await fits_an_elder(phone)
