"""特殊困难帮扶机制: whoever is in hardship is helped at the pool's expense, and nobody goes unseen for two weeks."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.given import post_form
from tests.scenarios.story import Story

pytestmark = pytest.mark.slow(3)


async def contact(story: Story, member: UUID, days_ago: int, **more: object) -> None:
    said = {"kind": "call", "happened_on": str(story.today - timedelta(days=days_ago)), "by_whom": "莫协调"}
    await story.do(f"/members/{member}/contacts", said | more)


async def test_nobody_on_the_list_goes_unseen_for_more_than_fourteen_days(story: Story) -> None:
    pool = {
        "name": "困难帮扶",
        "in_force_from": "2026-01-01",
        "kind": "mutual_aid",
        "policy": {"payer": "pool"},
    }
    scheme = UUID((await story.do("/schemes", pool))["id"])
    helper, saver = await story.join("何姑"), await story.join("存得多的")
    chen, liang, feng = [
        await story.join(name, born=1940, hardship_tier=tier)
        for name, tier in (("陈婆", 3), ("梁伯", 2), ("冯婆", 1))
    ]
    await story.bring({saver: 50})
    await story.do(f"/members/{saver}/gifts", {"minutes": 600})

    async def figures() -> tuple[int, int | None, list[str]]:
        found = (await story.ask("GET", "/care/watch")).json()
        late = [row["name"] for row in found["rows"] if row["is_unseen"]]
        return found["unseen"], found["longest_gap_days"], late

    assert await figures() == (3, None, ["陈婆", "梁伯", "冯婆"])
    assert "还没见过" in (await story.client.get("/today")).text

    # Chen is visited; the pool pays, and what she had herself stays as it was.
    done = await story.serve(scheme, helper, chen, 90)
    assert done["posted"]
    book = await story.book()
    assert (book["何姑"], book["陈婆"], book["公益时间池"], book["存得多的"]) == (90, 0, 510, 2_400)

    # Liang does not answer: noted, and he is still on the list. Feng was looked in on, a day too long ago.
    await contact(story, liang, 0, reached=False)
    await contact(story, feng, 15, kind="look_in", by_whom="楼长李姐", word="腿脚不便，饭自己做")
    assert await figures() == (2, 15, ["梁伯", "冯婆"])
    await contact(story, liang, 0, word="刚才在楼下散步")
    assert await figures() == (1, 15, ["冯婆"])
    early = {"kind": "call", "happened_on": str(story.today + timedelta(days=1)), "by_whom": "莫协调"}
    assert "还没到那天；联系过了再记" in await story.refused(f"/members/{feng}/contacts", early)
    # Who is less in need may be seen less often, as the community says from a day on.
    rhythm = {"in_force_from": str(story.today), "tier_1_days": 30, "tier_2_days": 14, "tier_3_days": 7}
    assert "越困难的要联系得越勤" in await story.refused("/care/rhythms", rhythm | {"tier_3_days": 20})
    await story.do("/care/rhythms", rhythm)
    assert await figures() == (0, 15, [])
    page = (await story.client.get("/care")).text
    assert all(words in page for words in ("0 位", "一个不落", "15 天"))
    assert "困难三级每 7 天" in page

    # A call that was noted with the wrong person is struck out, and he is on the list again.
    told = (await story.ask("GET", f"/members/{liang}/contacts")).json()
    wrong = next(one["id"] for one in told["contacts"] if one["reached"])
    at = f"/members/{liang}/contacts"
    struck = await post_form(story.client, f"{at}/{wrong}/strike", {"reason": "打的是另一位梁伯"}, seen=at)
    assert struck.status_code == 303
    assert await figures() == (1, 15, ["梁伯"])

    # Her own passbook has the visit and nothing of the list; the helper's has her hour and a half.
    mine = await story.own_page(chen)
    assert "困难三级" not in mine
    assert "帮助陈婆" in await story.own_page(helper)
