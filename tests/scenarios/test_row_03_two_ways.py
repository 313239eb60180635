"""银发系扣子 · 为您织件暖心衣: a retiree teaches a young person, and the young one helps the elder back."""

import pytest

from tests.scenarios.story import Story

pytestmark = pytest.mark.slow(4)


async def test_the_old_teach_the_young_and_the_young_help_the_old(story: Story) -> None:
    scheme = await story.scheme("银发系扣子", helper_age_min=18, recipient_age_min=0)
    knitters = [await story.join(f"织衣师傅{n}", born=1950 + n, skills=["knitting"]) for n in range(3)]
    young = [await story.join(f"青年党员{n}", born=1998, skills=["phone_lesson", "escort"]) for n in range(3)]
    lonely = await story.join("不要交换的", born=1955, skills=["knitting"])
    await story.bring(dict.fromkeys((*knitters, *young), 10.0))
    # What each elder would like in return; the last one wants nothing that the young can do.
    for elder, wants in zip(
        (*knitters, lonely), (["phone_lesson"], ["escort"], ["phone_lesson"], ["haircut"]), strict=True
    ):
        await story.offer(elder, category="knitting", wants=wants)
    # The young ask to learn, and say what they give: one of them teaches telephones, one escorts.
    for one, gives in zip(young, (["phone_lesson"], ["escort"], ["meal"]), strict=True):
        await story.wish(one, scheme, category="knitting", gives=gives)
    found = await story.round(scheme)
    met = {(pair["recipient_id"], pair["helper_id"]) for pair in found["pairs"]}
    by_phone = {(str(young[0]), str(knitters[0])), (str(young[0]), str(knitters[2]))}
    assert (str(young[1]), str(knitters[1])) in met
    assert len(met) == 2
    assert len(met & by_phone) == 1
    [nobody] = found["unmatched"]
    assert "想得到的帮助对方给不了" in nobody["why"]
    pairs = await story.agree(found["id"])
    assert sorted(pair["status"] for pair in pairs) == ["trial", "trial"]
    # Both ways: he knits with the one, who shows another how her telephone works.
    await story.serve(scheme, knitters[1], young[1], 60, category="knitting")
    await story.serve(scheme, young[1], knitters[1], 90, category="escort")
    book = await story.book()
    assert (book["织衣师傅1"], book["青年党员1"]) == (600 + 60 - 90, 600 - 60 + 90)
    page = await story.own_page(knitters[1])
    assert "帮助青年党员1：织衣" in page
    assert "青年党员1来帮忙：接送" in page
    twice = {"member_id": str(young[2]), "scheme_id": str(scheme), "prefers": [str(knitters[0])] * 2}
    why = await story.refused(
        "/requests",
        {
            **twice,
            "category": "knitting",
            "duration_minutes": 60,
            "starts_on": str(story.today),
            "expires_on": str(story.today),
            "windows": [{"from_minute": 540, "to_minute": 660, "on_day": str(story.today)}],
        },
    )
    assert "同一个人不能写两次" in why
