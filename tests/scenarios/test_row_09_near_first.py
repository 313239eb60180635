"""四就近、四融入: who lives near, and is of the same branch, is asked first."""

import pytest

from tests.scenarios.story import Story

pytestmark = pytest.mark.slow(5)


async def test_the_neighbour_is_asked_before_who_lives_far(story: Story) -> None:
    scheme = await story.scheme("就近互助", recipient_age_min=0)
    branch = await story.do("/branches", {"name": "榕树下小组"})
    week = {"windows": [{"weekday": 2, "from_minute": 480, "to_minute": 720}]}
    people = {
        "远邻": {"lat": 22.95, "lon": 113.75},
        "近邻": {"lat": 22.9302, "lon": 113.7202},
        "同组": {"lat": 22.9310, "lon": 113.7210, "branch_id": branch["id"]},
    }
    made = {name: await story.join(name, skills=["shopping"], **where) for name, where in people.items()}
    for who in made.values():
        seen = (await story.ask("GET", f"/members/{who}/availability")).json()
        done = await story.ask("PUT", f"/members/{who}/availability", {**week, "version": seen["version"]})
        assert done.is_success, done.text
    elder = await story.join("老人", born=1940, lat=22.93, lon=113.72, branch_id=branch["id"])
    stranger = await story.join("外组老人", born=1941, lat=22.93, lon=113.72)
    await story.bring({elder: 5, stranger: 5})
    await story.wish(elder, scheme, category="shopping")
    found = await story.round(scheme)
    # The same branch outweighs a hundred metres; both go before two kilometres.
    assert [pair["helper_id"] for pair in found["pairs"]] == [str(made["同组"])]
    pairs = await story.agree(found["id"])
    assert len(pairs) == 1
    await story.wish(stranger, scheme, category="shopping")
    again = await story.round(scheme)
    assert [pair["helper_id"] for pair in again["pairs"]] == [str(made["近邻"])]
    await story.serve(scheme, made["同组"], elder, 60, category="shopping")
    book = await story.book()
    assert (book["同组"], book["老人"]) == (60, 240)
    assert "帮助老人：买菜" in await story.own_page(made["同组"])
    why = await story.refused(
        "/served-visits", story.visit(scheme, made["近邻"], made["近邻"], 60, category="shopping")
    )
    assert "服务者和受助人不能是同一个人" in why
