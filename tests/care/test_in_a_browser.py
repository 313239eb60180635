"""Care in a real browser: the list rung down by keyboard, a plan made and printed on one sheet of A4."""

import re
from datetime import timedelta

import pytest

from tests.browser import chromium, fits_a_desk, picture, served, sign_in
from tests.given import PASSWORD, SEAL, World
from tests.visits.given import TODAY
from timebank.app import create_app
from timebank.core import clock

pytestmark = pytest.mark.browser


async def test_a_list_is_rung_down_and_a_plan_is_made_and_printed(two_desks: World) -> None:
    world = two_desks
    tiers = (("陈婆", 3), ("梁伯", 1), ("冯婆", 2))
    chen, *_ = [
        await world.add_member(name, hardship_tier=tier, phone=f"139000012{tier}") for name, tier in tiers
    ]
    await world.add_member("何姑", number="0900")
    with clock.set_to(world.now):
        async with served(create_app(world.database, SEAL)) as url, chromium() as browser:
            desk = await browser.new_page(viewport={"width": 1280, "height": 900})
            await sign_in(desk, url, "mo", PASSWORD)
            await desk.get_by_role("link", name="关怀").click()
            await picture(desk, "care-1280")
            await desk.get_by_role("link", name="记一次联系").first.press("Enter")
            # The cursor stands where a word is typed; Enter notes the call.
            await desk.keyboard.type("胃口好")
            await desk.keyboard.press("Enter")
            await desk.get_by_text("已记下").wait_for()
            await picture(desk, "care-contacts-1280")
            await desk.get_by_role("link", name="回联系名单").click()
            await desk.get_by_text("2 位").first.wait_for()

            await desk.goto(f"{url}/members/{chen}/care-plans/new")
            await desk.get_by_label("目标").fill("每天有一顿热饭\n按时吃药")
            await desk.get_by_label("照护团队").fill("0900 周二送午饭\n莫协调 管方案")
            await desk.get_by_label("哪天复评").fill(str(TODAY + timedelta(days=90)))
            await desk.get_by_role("button", name="保存").press("Enter")
            await desk.get_by_text("已订立").wait_for()
            plan = desk.url
            await picture(desk, "care-plan-1280")
            for width in (1280, 320):
                await desk.set_viewport_size({"width": width, "height": 800})
                for path in (
                    "/care",
                    "/care/rhythm",
                    "/care/plans",
                    "/care/week",
                    f"/members/{chen}/care",
                    f"/members/{chen}/contacts",
                    f"/members/{chen}/care-plans/new",
                    plan.removeprefix(url),
                    f"{plan.removeprefix(url)}/sheet",
                ):
                    await desk.goto(f"{url}{path}")
                    await fits_a_desk(desk)
                    await picture(desk, f"care{re.sub(r'[0-9a-f-]{36}|/', '-', path)}-{width}")
            await desk.set_viewport_size({"width": 1280, "height": 900})
            await desk.goto(f"{plan}/sheet")
            paper = await desk.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
