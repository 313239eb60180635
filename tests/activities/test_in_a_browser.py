"""An afternoon under the banyan in a real browser: planned by keyboard, enrolled on a phone, printed, copied, reported."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.activities.given import TODAY, enrol
from tests.browser import chromium, fits_a_desk, fits_an_elder, picture, served, sign_in
from tests.given import PASSWORD, SEAL, World
from tests.visits.given import Street
from timebank.access import service as access
from timebank.app import create_app
from timebank.core import clock

pytestmark = pytest.mark.browser


async def test_from_the_plan_to_the_report(two_desks: World) -> None:
    world = two_desks
    names = ("李兰", "何大海", "黄秀英", "周正")
    li, he, huang, _ = [await world.add_member(name, phone=f"1390000123{n}") for n, name in enumerate(names)]
    await world.add_member("莫老师", number="0900")
    card = await access.issue_card(await world.call(), community_id=world.here, member_id=li)
    with clock.set_to(world.now) as hands:
        async with served(create_app(world.database, SEAL)) as url, chromium() as browser:
            desk = await browser.new_page(viewport={"width": 1280, "height": 900})
            await sign_in(desk, url, "mo", PASSWORD)
            await desk.goto(f"{url}/activities/new")
            for label, typed in (
                ("名称", "榕树下的声音"),
                ("地点", "榕树广场"),
                ("哪一天", str(TODAY + timedelta(days=1))),
                ("几点开始", "15:00"),
                ("几点结束", "16:30"),
                ("名额", "3"),
            ):
                await desk.get_by_label(label, exact=True).fill(typed)
            await desk.get_by_label("要告诉大家的话").focus()
            await desk.keyboard.press("Tab")
            await desk.keyboard.press("Enter")
            await desk.get_by_text("已登记；现在可以报名了").wait_for()
            at = desk.url
            # The cursor stands where the next name is typed.
            await desk.keyboard.type("0900")
            await desk.get_by_label("来做什么").select_option(label="主讲")
            await desk.get_by_role("button", name="报名", exact=True).press("Enter")
            await desk.get_by_text("莫老师已报名").wait_for()
            for one in (he, huang):
                await enrol(world, UUID(at.rpartition("/")[2]), one)

            context = await browser.new_context(
                viewport={"width": 320, "height": 700}, java_script_enabled=False
            )
            phone = await context.new_page()
            await phone.goto(f"{url}/card/{card.secret}")
            await phone.get_by_label("6 位密码").fill(card.pin)
            await phone.get_by_role("button", name="进入").click()
            await phone.get_by_role("link", name="社区活动").click()
            await fits_an_elder(phone)
            await picture(phone, "activities-320")
            await phone.get_by_role("link", name="看一看，报名").click()
            await phone.get_by_role("button", name="我要参加").click()
            await phone.get_by_text("报上名了，到时请来").wait_for()
            await fits_an_elder(phone)
            await phone.get_by_text("我不去了").click()
            await fits_an_elder(phone)
            await picture(phone, "my-activity-320")
            await context.add_cookies([{"name": "lang", "value": "en", "url": url}])
            await phone.goto(f"{url}/me/activities")
            await fits_an_elder(phone)
            await picture(phone, "activities-320-en")

            for path, name in (("", "activity"), ("/edit", "activity-edit"), ("/sheet", "activity-sheet")):
                await desk.goto(f"{at}{path}")
                for width in (320, 1280):
                    await desk.set_viewport_size({"width": width, "height": 900})
                    await fits_a_desk(desk)
                    await picture(desk, f"{name}-{width}")
            await desk.emulate_media(media="print")
            await picture(desk, "activity-sheet-printed")
            await desk.emulate_media(media="screen")

            hands.move(world.now + timedelta(days=2))
            await sign_in(desk, url, "mo", PASSWORD)
            await desk.goto(f"{url}/today")
            await desk.get_by_role("link", name="录入").click()
            for width in (320, 1280):
                await desk.set_viewport_size({"width": width, "height": 900})
                await fits_a_desk(desk)
                await picture(desk, f"activity-sign-in-{width}")
            await desk.get_by_label("何大海").uncheck()
            await desk.get_by_label("现场来的会员").fill("周正")
            await desk.get_by_label("没有账户的来客有几位").fill("25")
            await desk.get_by_role("button", name="录入").click()
            await desk.get_by_text("共到场 29 人").first.wait_for()
            await desk.get_by_label("经过").fill("讲了家风家训，下了小雨。")
            await desk.get_by_label("做得好的").fill("大家留到最后。")
            await desk.get_by_role("button", name="保存小结").click()
            await desk.get_by_text("小结已保存").wait_for()
            for width in (320, 1280):
                await desk.set_viewport_size({"width": width, "height": 900})
                await fits_a_desk(desk)
                await picture(desk, f"activity-report-{width}")
            await desk.goto(f"{url}/activities?when=all")
            for width in (320, 1280):
                await desk.set_viewport_size({"width": width, "height": 900})
                await fits_a_desk(desk)
                await picture(desk, f"activities-at-the-desk-{width}")


async def test_a_campaign_is_started_and_counted(two_desks: World) -> None:
    street = await Street(two_desks).move_in()
    await street.spend(street.feng, 60)
    async with served(create_app(two_desks.database, SEAL)) as url, chromium() as browser:
        desk = await browser.new_page(viewport={"width": 1280, "height": 900})
        await sign_in(desk, url, "mo", PASSWORD)
        await desk.goto(f"{url}/campaigns/new")
        await desk.get_by_label("名称", exact=True).fill("五进五送")
        await desk.get_by_label("从", exact=True).fill(str(TODAY))
        await desk.get_by_label("到", exact=True).fill(str(TODAY + timedelta(days=30)))
        for row, (title, measure, goal) in enumerate(
            (("进社区", "场次", "5"), ("慰问", "参加和受访的人次", "100"), ("团队服务", "服务小时", "1")),
            start=1,
        ):
            await desk.get_by_label(f"第 {row} 行 目标").fill(title)
            await desk.get_by_label(f"第 {row} 行 计什么").select_option(label=measure)
            await desk.get_by_label(f"第 {row} 行 多少").fill(goal)
        for width in (320, 1280):
            await desk.set_viewport_size({"width": width, "height": 900})
            await fits_a_desk(desk)
            await picture(desk, f"campaign-form-{width}")
        await desk.get_by_role("button", name="保存").click()
        await desk.get_by_text("已登记；安排活动时选它的目标").wait_for()

        await desk.goto(f"{url}/activities/new")
        for label, typed in (
            ("名称", "送健康"),
            ("地点", "村口"),
            ("哪一天", str(TODAY)),
            ("几点开始", "08:00"),
        ):
            await desk.get_by_label(label, exact=True).fill(typed)
        await desk.get_by_label("谁记时间").select_option(label="主讲和帮手")
        await desk.get_by_label("按哪个项目的规则记").select_option(label="银龄互助")
        for title in ("进社区", "慰问", "团队服务"):
            await desk.get_by_label(f"五进五送 · {title}").check()
        for width in (320, 1280):
            await desk.set_viewport_size({"width": width, "height": 900})
            await fits_a_desk(desk)
            await picture(desk, f"activity-earning-{width}")
        await desk.get_by_role("button", name="保存").click()
        await desk.get_by_text("已登记；现在可以报名了").wait_for()
        for number in ("0101", "0103"):
            await desk.get_by_label("姓名、拼音或会员号").fill(number)
            await desk.get_by_label("来做什么").select_option(label="帮手")
            await desk.get_by_role("button", name="报名", exact=True).click()
            await desk.get_by_text("已报名").first.wait_for()
        await desk.get_by_role("link", name="录入签到表").click()
        await desk.get_by_label("没有账户的来客有几位").fill("40")
        await desk.get_by_label("陈婆服务了多少分钟").fill("60")
        await desk.get_by_label("周阿姨服务了多少分钟").fill("30")
        await desk.get_by_role("button", name="录入").click()
        await desk.get_by_text("共到场 42 人").first.wait_for()
        await desk.get_by_role("link", name="返回").click()
        # An hour was in the pool: one of the two was posted, the other waits for more.
        await desk.get_by_text("没记上账", exact=True).wait_for()
        for width in (320, 1280):
            await desk.set_viewport_size({"width": width, "height": 900})
            await fits_a_desk(desk)
            await picture(desk, f"activity-refused-{width}")
        await desk.goto(f"{url}/campaigns")
        await desk.get_by_role("link", name="五进五送").click()
        await desk.get_by_text("40 人次 / 100 人次").wait_for()
        for width in (320, 1280):
            await desk.set_viewport_size({"width": width, "height": 900})
            await fits_a_desk(desk)
            await picture(desk, f"campaign-{width}")
