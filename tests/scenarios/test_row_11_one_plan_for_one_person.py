"""离休干部 "一人一策": a plan for one person, with a team and standing requests, looked at again when it is due."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.given import post_form, sign_in
from tests.scenarios.story import Story
from timebank.core import clock

pytestmark = pytest.mark.slow(4)


async def test_a_retired_cadre_has_a_plan_that_is_kept_reviewed_and_ended(story: Story) -> None:
    scheme = (await story.open_like("beijing"))["银龄互助"]
    old = await story.join("沈老", born=1931, lives_alone=True)
    he, doctor = await story.join("何姑", trainings=["volunteer_basic"]), await story.join("林医生")
    await story.bring({old: 10})
    meals = {
        "member_id": str(old),
        "scheme_id": str(scheme),
        "category": "clinic",
        "kind": "weekly",
        "duration_minutes": 60,
        "starts_on": str(story.today),
        "expires_on": str(story.today + timedelta(days=180)),
        "windows": [{"weekday": 2, "from_minute": 480, "to_minute": 720}],
        "publish": True,
        "anyway": True,
    }
    weekly = UUID((await story.do("/requests", meals))["id"])
    window = {"on_day": str(story.today + timedelta(days=2)), "from_minute": 480, "to_minute": 720}
    once = UUID((await story.do("/requests", meals | {"kind": "once", "windows": [window]}))["id"])

    review_on = story.today + timedelta(days=90)
    plan = {
        "goals": ["每周去一次医院", "每天有人说说话"],
        "team": [
            {"member_id": str(he), "part": "每周三陪诊"},
            {"member_id": str(doctor), "part": "问血压"},
            {"staff_id": str(story.world.coordinator), "part": "管方案"},
        ],
        "request_ids": [str(weekly)],
        "review_on": str(review_on),
        "word": "血压高，怕黑",
    }
    at = f"/members/{old}/care-plans"
    # Only what comes again belongs to a plan, and nobody is in their own team.
    assert "会再来的服务需求" in await story.refused(at, plan | {"request_ids": [str(once)]})
    own = plan | {"team": [{"member_id": str(old), "part": "自己"}]}
    assert "不用写本人" in await story.refused(at, own)
    made = (await story.do(at, plan))["id"]
    assert "沈老已经有一份方案" in await story.refused(at, plan)

    # What the plan is for really happens: he is taken to hospital, and pays from what he had.
    await story.serve(scheme, he, old, 90)
    book = await story.book()
    assert (book["何姑"], book["沈老"], book["林医生"]) == (90, 510, 0)

    page = (await story.client.get(f"/care/plans/{made}")).text
    assert all(words in page for words in ("每周三陪诊", "莫协调", "陪诊", "怕黑"))
    sheet = (await story.client.get(f"/care/plans/{made}/sheet")).text
    assert "每天有人说说话" in sheet
    assert "怕黑" not in sheet
    assert "该复评" not in (await story.client.get("/today")).text

    with clock.set_to(story.world.now + timedelta(days=91)):
        await sign_in(story.client, "mo")
        assert "沈老" in (await story.client.get("/today")).text
        assert "的方案该复评了" in (await story.client.get("/today")).text
        review = {"version": 1, "word": "都做到了", "review_on": str(review_on + timedelta(days=90))}
        one = f"/care/plans/{made}"
        assert (await post_form(story.client, f"{one}/review", review, seen=one)).status_code == 303
        assert "该复评" not in (await story.client.get("/today")).text
        late = await post_form(story.client, f"{one}/end", {"version": 1, "reason": "住进养老院"}, seen=one)
        assert "刚才有人改过" in late.text
        ended = await post_form(story.client, f"{one}/end", {"version": 2, "reason": "住进养老院"}, seen=one)
        assert ended.status_code == 303
        assert "怕黑" in (await story.client.get(f"{one}?version=1")).text
        assert "住进养老院" in (await story.client.get("/care/plans?ended=true")).text

    # His own passbook has the hour and a half that he gave for it, and nothing of the plan.
    mine = await story.own_page(old)
    assert "8 小时" in mine
    assert "怕黑" not in mine
    assert "帮助沈老" in await story.own_page(he)
