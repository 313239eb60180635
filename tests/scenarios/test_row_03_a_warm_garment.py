"""大朗 银发系扣子 · 为您织件暖心衣: retirees teach, the young knit for elders; an activity day with many helpers.

Of Dalang's 323 retirees 276 come to the day. Two of them teach, twelve young people help, and all fourteen earn what
the pool pays; who is taught and who gets a garment pays nothing.
"""

import pytest

from tests.scenarios.gathering import fill_the_pool, join_many, open_scheme, plan
from tests.scenarios.story import Story

pytestmark = pytest.mark.slow(12)

RETIREES, CAME, YOUNG = 323, 276, 12


async def test_many_help_on_one_day_and_each_earns_once(story: Story) -> None:
    retirees = await join_many(story, RETIREES)
    young = [await story.join(f"青年{n}", born=1998) for n in range(YOUNG)]
    scheme = await open_scheme(story, "银发系扣子")
    await fill_the_pool(story, 60)
    day = await plan(
        story,
        "为您织件暖心衣",
        "大朗党群服务中心",
        story.today,
        seats=RETIREES,
        earners="staffing",
        scheme_id=str(scheme),
    )
    teachers, taught = retirees[:2], retirees[2:CAME]
    await day.staff(*teachers, part="speaker")
    await day.staff(*young)

    # The young are helpers already: nobody takes a seat besides.
    twice = await story.ask("PUT", f"{day.at}/participations/{young[0]}", {})
    assert (twice.status_code, twice.json()["code"]) == (409, "takes-part-already")
    assert "青年0已经是这次活动的帮手" in twice.text

    held = await day.sign_in([*teachers, *taught, *young], guests=24, served={young[0]: 150})
    assert held["heads"] == {
        "participants": CAME - 2,
        "walked_in": CAME - 2,
        "staffing": 2 + YOUNG,
        "guests": 24,
        "total": CAME + YOUNG + 24,
    }
    book = await story.book()
    assert [book[f"青年{n}"] for n in range(YOUNG)] == [150] + [90] * (YOUNG - 1)
    assert (book["银龄001"], book["银龄002"], book["银龄003"]) == (90, 90, 0)
    assert book["公益时间池"] == 60 * 60 - 150 - 90 * (YOUNG - 1 + 2)

    page = await story.own_page(young[0])
    assert "在活动中服务：集体活动" in page
    assert "2 小时 30 分" in page
