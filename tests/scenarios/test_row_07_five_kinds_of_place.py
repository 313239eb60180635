"""红耆志愿服务队 “五进五送”: a team serves five kinds of place with five kinds of service: targets, and group hours.

The campaign wants a visit to each kind of place, a hundred people consoled and thirty hours of service; only what took
place counts, and the page says how far it is.
"""

from datetime import timedelta
from typing import Any

import pytest

from tests.scenarios.gathering import fill_the_pool, open_scheme, plan
from tests.scenarios.story import Story

pytestmark = pytest.mark.slow(6)

PLACES = ("进社区", "进家庭", "进学校", "进企业", "进机关")
GIFTS = ("送政策", "送文化", "送健康", "送技能", "送温暖")


async def reached(story: Story, campaign: str) -> dict[str, int]:
    """How far each target is."""
    found: dict[str, Any] = (await story.ask("GET", f"/campaigns/{campaign}")).json()
    return {one["title"]: one["reached"] for one in found["targets"]}


async def test_a_campaign_is_as_far_as_what_took_place(story: Story) -> None:
    team = [await story.join(f"红耆{n}") for n in range(1, 6)]
    scheme = await open_scheme(story, "红耆志愿服务")
    await fill_the_pool(story, 40)
    goals = [{"title": place, "measure": "activities", "goal": 1} for place in PLACES]
    goals += [
        {"title": "慰问", "measure": "people", "goal": 100},
        {"title": "团队服务", "measure": "minutes", "goal": 30 * 60},
    ]
    days = {"from_on": str(story.today - timedelta(days=7)), "until_on": str(story.today)}
    campaign = (await story.do("/campaigns", {"name": "五进五送", "targets": goals, **days}))["id"]
    targets = {
        one["title"]: one["id"]
        for one in (await story.ask("GET", f"/campaigns/{campaign}")).json()["targets"]
    }

    days_out = []
    for n, (place, gift) in enumerate(zip(PLACES, GIFTS, strict=True)):
        counts = [targets[name] for name in (place, "慰问", "团队服务")]
        visit = await plan(
            story,
            f"{place} {gift}",
            place.removeprefix("进"),
            story.today - timedelta(days=n),
            earners="staffing",
            scheme_id=str(scheme),
            target_ids=counts,
        )
        await visit.staff(*team)
        days_out.append(visit)
    assert set((await reached(story, campaign)).values()) == {0}

    # Four took place, twenty-six people were seen each time; the fifth was called off.
    for visit in days_out[:4]:
        await visit.sign_in(team, guests=26)
    seen = (await days_out[4].seen())["version"]
    await story.do(f"{days_out[4].at}/cancel", {"version": seen, "reason": "台风"})
    assert await reached(story, campaign) == {
        **dict.fromkeys(PLACES[:4], 1),
        "进机关": 0,
        "慰问": 104,
        "团队服务": 4 * 5 * 90,
    }
    page = (await story.client.get(f"/campaigns/{campaign}")).text
    assert "104 人次 / 100 人次" in page
    assert "30 小时 / 30 小时" in page
    assert page.count("做到了") == 6

    # A target for which activities count can't be dropped, and none counts outside the days.
    fewer = {"name": "五进五送", "targets": [{**goals[4], "id": targets["进机关"]}], "version": 1, **days}
    kept = await story.ask("PUT", f"/campaigns/{campaign}", fewer)
    assert (kept.status_code, kept.json()["code"]) == (422, "invalid")
    assert "已经有活动算在“慰问”里" in kept.text
    early = {
        "kind": "event",
        "title": "早了",
        "place": "社区",
        "held_on": str(story.today - timedelta(days=8)),
        "from_minute": 540,
        "to_minute": 600,
        "seats": 9,
        "target_ids": [targets["慰问"]],
    }
    assert "这个目标不在活动那一天的专项行动里" in await story.refused("/activities", early)

    book = await story.book()
    assert [book[f"红耆{n}"] for n in range(1, 6)] == [360] * 5
    assert book["公益时间池"] == 40 * 60 - 5 * 360
    assert "6 小时" in await story.own_page(team[0])
