"""Rounds at a desk and a proposal on a member's phone, in a real browser."""

from uuid import UUID

import pytest

from tests.browser import chromium, picture, served, sign_in
from tests.given import PASSWORD, SEAL, World
from tests.pairing.neighbourhood import open_neighbourhood
from timebank.access import service as access
from timebank.app import create_app
from timebank.pairing import queries
from timebank.people.model import Contact

pytestmark = pytest.mark.browser

_SMALL = """least => [...document.querySelectorAll('main button, main a.button')]
  .map(e => [e.innerText, e.getBoundingClientRect()])
  .filter(([_, box]) => box.height < least).map(([text, box]) => [text, box.width, box.height])"""
_WIDER_THAN_WINDOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def test_a_round_is_run_sent_and_answered_with_visible_labels_only(two_desks: World) -> None:
    town = await open_neighbourhood(two_desks)
    helper = await town.helper("李兰", contact=Contact.SMARTPHONE, lat=22.93, lon=113.94)
    await town.helper("何大海", lat=22.94, lon=113.94, phone="13000000003")
    elder = await town.elder("陈阿婆", lat=22.932, lon=113.94, phone="13000000002")
    await town.request(elder, priority=2)
    await town.request(await town.elder("黄伯"), category="haircut", skills=("wheelchair",))
    card = await access.issue_card(await two_desks.call(), community_id=two_desks.here, member_id=helper)
    async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        await sign_in(page, url, "mo", PASSWORD)
        await page.goto(f"{url}/rounds")
        await picture(page, "rounds")
        await page.get_by_role("button", name="派一批").click()
        await page.get_by_role("heading", name="没派到").wait_for()
        await picture(page, "round")
        await page.get_by_role("button", name="给勾选的双方发邀约").click()
        await page.get_by_text("已发出 1 个邀约").wait_for()
        await page.get_by_role("link", name="打印电话单").click()
        await picture(page, "round-calls")
        await page.goto(f"{url}/proposals")
        await picture(page, "proposals")
        await page.get_by_role("link", name="答复").click()
        await page.get_by_role("button", name="陈阿婆同意").click()
        await page.get_by_text("还等另一方答复").wait_for()
        await picture(page, "proposal")
        for path in ("/rounds", "/proposals", "/pairs", page.url.removeprefix(url)):
            for width in (320, 1280):
                await page.set_viewport_size({"width": width, "height": 800})
                await page.goto(f"{url}{path}")
                assert await page.evaluate(_WIDER_THAN_WINDOW) <= 0, (path, width)
                assert await page.evaluate(_SMALL, 44) == [], (path, width)
        await page.set_viewport_size({"width": 1280, "height": 900})
        await page.goto(f"{url}/rounds")
        await page.get_by_role("link", name="请人来帮").click()
        await picture(page, "ask")
        phone = await browser.new_context(viewport={"width": 320, "height": 700}, java_script_enabled=False)
        mine = await phone.new_page()
        await mine.goto(f"{url}/card/{card.secret}")
        await mine.get_by_label("6 位密码").fill(card.pin)
        await mine.get_by_role("button", name="进入").click()
        await mine.goto(f"{url}/me/proposals/{await _only(two_desks)}")
        assert await mine.evaluate(_WIDER_THAN_WINDOW) <= 0
        assert await mine.evaluate(_SMALL, 60) == []
        await picture(mine, "my-proposal-320")
        await mine.get_by_role("button", name="好，我去").click()
        await mine.get_by_text("双方都同意").wait_for()


async def _only(world: World) -> UUID:
    async with world.database.begin({world.here}) as db:
        (proposal,) = await queries.open_proposals(db, world.here)
    return proposal.id
