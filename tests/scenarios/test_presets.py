"""The rules of eight places, each told as a story: what a member reads, what the book says, what is refused."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.given import NOW, post_form
from tests.scenarios.story import Story
from timebank.schemes.presets.places import PRESETS

pytestmark = pytest.mark.slow(3)


async def a_short_visit(story: Story, scheme: UUID) -> dict[str, int]:
    """Twenty minutes, and what each account got or gave by them."""
    before = await story.book()
    helper, elder = (
        await story.join("短时", trainings=["volunteer_basic"]),
        await story.join("梁婆", born=1950),
    )
    await story.bring({elder: 120})
    await story.serve(scheme, helper, elder, 20)
    after = await story.book()
    return {
        "helper": after["短时"],
        "elder": after["梁婆"] - 7_200,
        "pool": after["公益时间池"] - before["公益时间池"],
    }


async def test_nanjing_the_1501st_hour_goes_to_the_pool(story: Story) -> None:
    opened = await story.open_like("nanjing", "银龄互助", "团体志愿服务")
    scheme, groups = opened["银龄互助"], opened["团体志愿服务"]
    zhang, wang = await story.join("张伯"), await story.join("王婆", born=1945)
    young = await story.join("小赵", born=1985)
    await story.bring({zhang: 1_499.5, wang: 20, young: 10})
    settled = await story.serve(scheme, zhang, wang, 90)
    assert settled["posted"]
    book = await story.book()
    assert (book["张伯"], book["王婆"], book["公益时间池"]) == (90_000, 1_110, 60)
    page = await story.own_page(zhang)
    assert "1500 小时" in page.replace(",", "")
    assert "5 星" in page
    # What a group earns can only be donated: it is the pool's from the first minute.
    await story.serve(groups, young, wang, 60)
    book = await story.book()
    assert (book["小赵"], book["公益时间池"]) == (600, 120)
    # A fund grants hours to somebody who lives alone.
    granted = await post_form(
        story.client, f"/accounts/{wang}/grant", {"hours": "10", "reason": "80 岁以上独居，基金发放"}
    )
    assert granted.status_code == 303
    assert (await story.book())["王婆"] == 1_050 + 600
    why = await story.refused("/served-visits", story.visit(scheme, zhang, young, 30))
    assert "受助人须满 60 岁" in why
    assert "满 60 岁才能用存的时间" in why
    assert await a_short_visit(story, scheme) == {"helper": 20, "elder": -20, "pool": 0}


async def test_beijing_helps_after_a_training_and_spends_from_sixty(story: Story) -> None:
    scheme = (await story.open_like("beijing"))["银龄互助"]
    trained = await story.join("培训过的", trainings=["volunteer_basic"])
    fresh, elder = await story.join("没培训的"), await story.join("刘奶奶", born=1948)
    await story.bring({elder: 5})
    assert "还没有参加培训" in await story.refused("/served-visits", story.visit(scheme, fresh, elder, 60))
    assert "不包括这类服务" in await story.refused(
        "/served-visits", story.visit(scheme, trained, elder, 60, category="haircut")
    )
    await story.serve(scheme, trained, elder, 60)
    book = await story.book()
    assert (book["培训过的"], book["刘奶奶"]) == (60, 240)
    assert "1 小时" in await story.own_page(trained)
    assert await a_short_visit(story, scheme) == {"helper": 20, "elder": -20, "pool": 0}


async def test_shanghai_helps_from_sixty_five_and_from_sixty_in_hardship(story: Story) -> None:
    opened = await story.open_like("shanghai", "银龄互助", "困难老人互助")
    usual, hardship = opened["银龄互助"], opened["困难老人互助"]
    helper, sixty_one = await story.join("沈伯"), await story.join("陆阿姨", born=1965)
    await story.bring({sixty_one: 3})
    assert "受助人须满 65 岁" in await story.refused(
        "/served-visits", story.visit(usual, helper, sixty_one, 60)
    )
    await story.serve(hardship, helper, sixty_one, 60)
    book = await story.book()
    assert (book["沈伯"], book["陆阿姨"]) == (60, 120)
    # To a friend, who is no relative: allowed here, so the page offers it to any member.
    page = (await story.client.get("/schemes/house")).text
    assert "可以转赠给本社区任何会员" in page
    assert "帮助陆阿姨" in await story.own_page(helper)
    assert await a_short_visit(story, usual) == {"helper": 20, "elder": -20, "pool": 0}


async def test_guangzhou_counts_whole_hours_and_spends_after_a_hundred(story: Story) -> None:
    scheme = (await story.open_like("guangzhou"))["银龄互助"]
    helper, elder, saver = await story.join("何姑"), await story.join("黄伯"), await story.join("新手")
    await story.bring({elder: 100, saver: 99})
    why = await story.refused("/served-visits", story.visit(scheme, helper, saver, 60))
    assert "存满 100 小时 才能用；现在存过 99 小时，还差 1 小时" in why
    await story.serve(scheme, helper, elder, 110)
    book = await story.book()
    assert (book["何姑"], book["黄伯"], book["公益时间池"]) == (60, 6_000 - 110, 50)
    # The hundredth hour is earned, and from then on one may spend, however little is left.
    await story.serve(scheme, saver, elder, 60)
    await story.serve(scheme, helper, saver, 60)
    assert (await story.book())["新手"] == 99 * 60
    assert "还差 98 小时" in await story.own_page(helper)
    assert await a_short_visit(story, scheme) == {"helper": 0, "elder": -20, "pool": 20}


async def test_nansha_has_a_price_for_the_task(story: Story) -> None:
    scheme = (await story.open_like("nansha"))["银龄互助"]
    helper, elder = await story.join("理发师傅"), await story.join("郭伯")
    await story.bring({elder: 1})
    for minutes in (15, 50):
        await story.serve(scheme, helper, elder, minutes, category="haircut")
    book = await story.book()
    assert (book["理发师傅"], book["郭伯"]) == (60, 0)
    waiting = await story.serve(scheme, helper, elder, 10, category="haircut")
    assert not waiting["posted"]
    assert waiting["visit"]["refusal"]["code"] == "floor_breached"
    assert "帮助郭伯：理发" in await story.own_page(helper)
    assert await a_short_visit(story, scheme) == {"helper": 120, "elder": -120, "pool": 0}


async def test_pidu_prices_every_kind_and_the_fund_gives_the_first_coins(story: Story) -> None:
    scheme = (await story.open_like("pidu"))["银龄互助"]
    helper, elder = await story.join("杨师傅"), await story.join("独居老人", lives_alone=True)
    granted = await post_form(
        story.client, f"/accounts/{elder}/grant", {"hours": "5", "reason": "失能独居，第一批时间币"}
    )
    assert granted.status_code == 303
    await story.serve(scheme, helper, elder, 95, category="cleaning")
    book = await story.book()
    assert (book["杨师傅"], book["独居老人"], book["发放户"]) == (120, 180, -300)
    found = (await story.ask("GET", f"/members/{helper}/passbook")).json()["entries"]
    told = (await story.ask("GET", f"/transfers/{found[0]['transfer_id']}")).json()["reckoning"]
    assert "这类服务一次 2 小时，不论多久" in told
    assert "社区发放" in await story.own_page(elder)
    too_dear = await story.serve(scheme, helper, elder, 30, category="knitting")
    assert too_dear["visit"]["refusal"]["short_minutes"] == 60
    assert await a_short_visit(story, scheme) == {"helper": 180, "elder": -180, "pool": 0}


async def test_st_gallen_helps_from_sixty_and_banks_750_hours(story: Story) -> None:
    scheme = (await story.open_like("st-gallen"))["银龄互助"]
    anna, beat, young = await story.join("Anna"), await story.join("Beat"), await story.join("Urs", born=1990)
    await story.bring({anna: 749.5, beat: 10})
    assert "服务人员须满 60 岁" in await story.refused("/served-visits", story.visit(scheme, young, beat, 60))
    waiting = await story.serve(scheme, anna, beat, 60)
    assert not waiting["posted"]
    assert waiting["visit"]["refusal"]["code"] == "ceiling_breached"
    assert (await story.book())["Anna"] == 44_970
    # She has an hour done for herself; then the visit that waits is settled.
    await story.serve(scheme, beat, anna, 60)
    visit = waiting["visit"]
    settled = await story.do(f"/visits/{visit['id']}/settle", {"version": visit["version"]})
    assert settled["posted"]
    book = await story.book()
    assert (book["Anna"], book["Beat"]) == (44_970, 600)
    assert "749 小时 30 分" in await story.own_page(anna)
    assert await a_short_visit(story, scheme) == {"helper": 20, "elder": -20, "pool": 0}


async def test_kiss_bars_the_seventh_hour_of_a_week_and_lets_one_receive_at_zero(story: Story) -> None:
    scheme = (await story.open_like("kiss"))["银龄互助"]
    vreni, karl = await story.join("Vreni"), await story.join("Karl", born=1980)
    await story.serve(scheme, vreni, karl, 120)
    book = await story.book()
    assert (book["Vreni"], book["Karl"]) == (120, -120)

    def plan(hours: int) -> dict[str, str]:
        at = NOW + timedelta(days=3)
        return {
            "scheme_id": str(scheme),
            "category": "clinic",
            "helper_id": str(vreni),
            "recipient_id": str(karl),
            "planned_from": at.isoformat(),
            "planned_until": (at + timedelta(hours=hours)).isoformat(),
        }

    assert "Vreni 这一周会超过 6 小时" in await story.refused("/visits", plan(7))
    await story.do("/visits", plan(6))
    assert "−2 小时" in await story.own_page(karl)
    assert await a_short_visit(story, scheme) == {"helper": 20, "elder": -20, "pool": 0}


async def test_a_name_for_each_scheme_of_a_place(story: Story) -> None:
    body = {"place": "nanjing", "names": ["银龄互助"], "in_force_from": "2026-01-01"}
    assert "这里有 2 个项目" in await story.refused("/schemes/from-preset", body)
    assert "请写名称" in await story.refused("/schemes/from-preset", body | {"names": ["  ", "甲"]})
    assert (await story.ask("POST", "/schemes/from-preset", body | {"place": "nowhere"})).status_code == 404
    assert (await story.ask("GET", "/schemes")).json() == []
    made = await story.do("/schemes/from-preset", body | {"names": ["银龄互助", "团体"]})
    assert len(made["ids"]) == 2


def test_every_place_has_its_story() -> None:
    told = {name.split("_")[1] for name in globals() if name.startswith("test_")}
    assert {preset.place.split("-")[0] for preset in PRESETS} <= told | {"st"}
