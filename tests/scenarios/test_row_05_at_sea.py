"""沙田 海上送学+岸上补学: a branch ashore helps a branch of whom 32 of 75 live aboard eight months of the year."""

from datetime import date, timedelta

import pytest

from tests.scenarios.story import Story

pytestmark = pytest.mark.slow(12)


async def test_a_branch_ashore_goes_to_those_at_sea_and_makes_up_what_was_missed(story: Story) -> None:
    ashore = [(n, f"岸上{n:03d}", date(1958, 3, 1), "岸上支部", "是", "否", "辅导") for n in range(1, 24)]
    afloat = [(n, f"海上{n:03d}", date(1955, 3, 1), "海上支部", "否", "是", "") for n in range(101, 176)]
    others = [(n, f"别组{n:03d}", date(1958, 3, 1), "三组", "是", "否", "辅导") for n in range(201, 206)]
    headers = ("会员号", "姓名", "出生日期", "支部", "帮助别人", "接受帮助", "会做什么")
    members = await story.roster(headers, *ashore, *afloat, *others)
    assert len(members) == 23 + 75 + 5
    branches = {one["name"]: one["id"] for one in (await story.ask("GET", "/branches")).json()}
    scheme = await story.scheme("海上送学", payer="grants", recipient_age_min=0)
    # Thirty-two are at sea for eight months; the calendar knows until when.
    away, back = story.today - timedelta(days=30), story.today + timedelta(days=210)
    for n in range(101, 133):
        sea = {"from_on": str(away), "until_on": str(back - timedelta(days=1)), "kind": "sea"}
        await story.do(f"/members/{members[str(n)]}/absences", sea)
    wednesday = story.today + timedelta(days=3)

    def once(**fields: object) -> dict[str, object]:
        window = {"from_minute": 540, "to_minute": 660, "on_day": str(wednesday)}
        last = {"expires_on": str(wednesday), "windows": [window], "kind": "once"}
        return {**last, "helper_branches": [branches["岸上支部"]], **fields}

    # One aboard asks for lessons on board, one ashore at home: only the branch ashore comes.
    await story.wish(members["101"], scheme, **once(place="船上", note="靠泊时上船送学"))
    await story.wish(members["150"], scheme, **once())
    found = await story.round(scheme)
    helpers = {pair["helper_id"] for pair in found["pairs"]}
    assert len(found["pairs"]) == 2
    assert helpers <= {str(members[str(n)]) for n in range(1, 24)}
    # Those ashore all go to sea as well: then nobody is left who may come, and the report says why.
    for n in range(1, 24):
        gone = {"from_on": str(away), "until_on": str(back), "kind": "sea"}
        await story.do(f"/members/{members[str(n)]}/absences", gone)
    nobody = await story.round(scheme)
    assert nobody["pairs"] == []
    assert "5 人不是指定小组的成员" in nobody["unmatched"][0]["why"]
    assert "23 人出海" in nobody["unmatched"][0]["why"]
    # A visit on board is planned all the same by the desk, which is told of the sea first; it falls through, and is
    # made up ashore on the day after he is back.
    at = {
        "scheme_id": str(scheme),
        "category": "tutoring",
        "helper_id": str(members["201"]),
        "recipient_id": str(members["102"]),
        "planned_from": f"{wednesday}T09:00:00+08:00",
        "planned_until": f"{wednesday}T10:00:00+08:00",
        "place": "船上",
    }
    assert "海上102 那天请了假" in await story.refused("/visits", at)
    made = await story.do("/visits", at | {"anyway": True})
    visit = (await story.ask("GET", f"/visits/{made['id']}")).json()
    visit = visit.get("visit", visit)
    late = {
        "version": visit["version"],
        "planned_from": f"{back}T09:00:00+08:00",
        "planned_until": f"{back}T10:00:00+08:00",
    }
    moved = await story.do(f"/visits/{made['id']}/reschedule", late)
    assert moved["served_on"] == str(back)
    # Lessons were given on board last month, and come in on paper; the community issues the minutes.
    await story.serve(scheme, members["1"], members["103"], 120, category="tutoring", place="船上")
    book = await story.book()
    assert (book["岸上001"], book["海上103"], book["发放户"]) == (120, 0, -120)
    assert "帮助海上103：辅导" in await story.own_page(members["1"])
    page = await story.client.get(f"/requests/new?member={members['104']}")
    assert "只请这些小组的人" in page.text
    assert "岸上支部" in page.text
