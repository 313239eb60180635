"""桑榆红 · 行走顺德 美化家园: a community event; hours to whoever takes part, event targets and a report.

Each of Shunde's 172 branches sends one; all of them sweep and plant, so that everybody earns by whole half-hours,
and the community grants it. A target wants two hundred people.
"""

import pytest

from tests.scenarios.gathering import Day, join_many, open_scheme, plan
from tests.scenarios.story import Story

pytestmark = pytest.mark.slow(10)

BRANCHES = 172


async def test_everybody_who_takes_part_earns(story: Story) -> None:
    walkers = await join_many(story, BRANCHES, name="支部")
    scheme = await open_scheme(
        story, "为顺德发展献力量", payer="grants", rounding_minutes=30, rounding="down"
    )
    goals = [
        {"title": "参加", "measure": "people", "goal": 200},
        {"title": "服务", "measure": "minutes", "goal": 6_000},
    ]
    days = {"from_on": str(story.today), "until_on": str(story.today)}
    campaign = (await story.do("/campaigns", {"name": "行走顺德 美化家园", "targets": goals, **days}))["id"]
    targets = (await story.ask("GET", f"/campaigns/{campaign}")).json()["targets"]
    event = {
        "seats": BRANCHES,
        "from_minute": 480,
        "to_minute": 590,
        "earners": "everybody",
        "scheme_id": str(scheme),
        "target_ids": [one["id"] for one in targets],
    }
    day = await plan(story, "行走顺德 美化家园", "顺峰山公园", story.today, **event)

    # It says by whose rules, or it cannot be.
    wrong = await story.refused("/activities", {**(await _body(day)), "scheme_id": None})
    assert "记时间的活动要选一个项目" in wrong

    # 160 came; two were asked to stay longer, and sixty neighbours joined in.
    came = walkers[:160]
    held = await day.sign_in(came, guests=60, served={came[0]: 170, came[1]: 29})
    assert (held["heads"]["total"], held["status"]) == (220, "held")
    await day.report("种了 300 株花，清了两条河涌。", "分组按支部，没有人落下。")
    seen = (await story.ask("GET", f"/campaigns/{campaign}")).json()["targets"]
    assert {one["title"]: one["reached"] for one in seen} == {"参加": 220, "服务": 158 * 110 + 170 + 29}

    book = await story.book()
    # 1 h 50 min are three half-hours; 29 minutes are none.
    assert (book["支部001"], book["支部002"], book["支部003"], book["支部161"]) == (150, 0, 90, 0)
    assert book["发放户"] == -(150 + 158 * 90)
    page = await story.own_page(came[2])
    assert "1 小时 30 分" in page
    assert "在活动中服务" in page
    report = (await story.client.get(f"{day.at}/report")).text
    assert "种了 300 株花" in report
    assert "共记账 239 小时 30 分" in report


async def _body(day: Day) -> dict[str, object]:
    """The same plan once more."""
    seen = await day.seen()
    names = ("kind", "title", "place", "held_on", "from_minute", "to_minute", "seats", "earners")
    return {name: seen[name] for name in names}
