"""精准服务: what each is entitled to, what they need, whose day it is, and where they were sent; all in one week's list."""

from datetime import date, timedelta

import pytest

from tests.given import post_form, sign_in
from tests.scenarios.story import Story
from timebank.core import clock

pytestmark = pytest.mark.slow(4)
NINTH = date(2027, 10, 8)


async def test_a_profile_leads_to_help_to_a_visit_on_double_ninth_and_to_an_allowance(story: Story) -> None:
    scheme = (await story.open_like("nanjing", "银龄互助", "团体志愿服务"))["银龄互助"]
    # Needs and whom to call stand in the record from the first day.
    old = await story.join(
        "冯婆",
        born=1940,
        needs=["hearing", "stairs"],
        emergency_name="冯小妹",
        emergency_phone="13900001234",
        hardship_tier=1,
    )
    helper, young = await story.join("何姑"), await story.join("小赵", born=1985)
    await story.bring({old: 20})
    soon = story.today + timedelta(days=5)
    held = await story.do(f"/members/{old}/entitlements", {"title": "高龄津贴", "due_on": str(soon)})
    sent = {"to_whom": "镇卫生院", "what_for": "配助听器", "referred_on": str(story.today)}
    ahead = sent | {"referred_on": str(soon), "ask_on": str(soon)}
    assert "还没到那天" in await story.refused(f"/members/{old}/referrals", ahead)
    referred = await story.do(f"/members/{old}/referrals", sent | {"ask_on": str(story.today)})

    # The week's list: what is to be asked about now, and what falls due on Friday stands there on Friday's week.
    page = (await story.client.get("/care/week")).text
    assert all(words in page for words in ("镇卫生院", "没有到期的"))
    assert "高龄津贴" in (await story.client.get(f"/care/week?on={soon}")).text
    came = {"outcome": "配好了，听得见", "version": 1}
    await story.do(f"/referrals/{referred['id']}/follow", came)
    assert "已经有了结果" in await story.refused(f"/referrals/{referred['id']}/follow", came | {"version": 2})
    renewed = {"due_on": str(soon + timedelta(days=365)), "version": 1}
    await story.do(f"/entitlements/{held['id']}/renew", renewed)

    # Double Ninth of next year, by the moon; the young have no part in it, and nobody is greeted twice.
    with clock.set_to(clock.midnight(NINTH) + timedelta(hours=9)):
        await sign_in(story.client, "mo")
        page = (await story.client.get("/care/week")).text
        assert all(words in page for words in ("冯婆", "重阳"))
        assert "小赵" not in page
        assert "还没慰问" in (await story.client.get("/today")).text
        at = f"/members/{old}/care"
        cake = {"done_on": str(NINTH), "what": "送重阳糕", "by_whom": "莫协调和小赵"}
        wrong = cake | {"day": f"double_ninth {NINTH - timedelta(days=1)}"}
        refused = await post_form(story.client, f"/members/{old}/greetings", wrong, seen=at)
        assert "这一天不是冯婆的日子" in refused.text
        cake["day"] = f"double_ninth {NINTH}"
        for status in (303, 409):
            done = await post_form(story.client, f"/members/{old}/greetings", cake, seen=at)
            assert done.status_code == status
        page = (await story.client.get("/care/week")).text
        assert "送重阳糕" in page
        assert "还没慰问的 0 位" in page

    # The hour that was really given is in the book, and of the rest nothing is.
    await sign_in(story.client, "mo")
    await story.serve(scheme, helper, old, 90)
    book = await story.book()
    assert (book["何姑"], book["冯婆"], book["小赵"]) == (90, 1_110, 0)
    mine = await story.own_page(old)
    assert "18 小时 30 分" in mine
    assert all(words not in mine for words in ("津贴", "卫生院", "重阳糕"))
    assert "帮助冯婆" in await story.own_page(helper)
    assert "津贴" not in (await story.client.get("/acts")).text
    assert "配好了" not in await story.own_page(young)
