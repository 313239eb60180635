"""企石 青蓝工作室: old leads new, in pairs that nobody would leave for each other, among 499 retirees."""

from datetime import date

import pytest

from tests.given import post_form
from tests.scenarios.story import Story

pytestmark = pytest.mark.slow(12)


async def test_old_leads_new_among_499_retirees(story: Story) -> None:
    people = [
        (n, f"青蓝{n:03d}", date(1950 + n % 16, 1 + n % 12, 1), "是", "是", "辅导" if n <= 230 else "")
        for n in range(1, 500)
    ]
    members = await story.roster(("会员号", "姓名", "出生日期", "帮助别人", "接受帮助", "会做什么"), *people)
    assert len(members) == 499
    opened = await post_form(
        story.client,
        "/schemes/new",
        {
            "name": "青蓝工作室",
            "kind": "mentoring",
            "in_force_from": "2026-01-01",
            "helper_age_min": "60",
            "recipient_age_min": "55",
            "payer": "grants",
            "rate_numerator": "1",
            "rate_denominator": "1",
            "rounding_minutes": "15",
            "rounding": "nearest",
            "remainder_to": "nobody",
            "tolerance_minutes": "15",
            "proposal_days": "7",
            "confirm_by": "either",
        },
    )
    assert opened.status_code == 303
    page = (await story.client.get(opened.headers["location"])).text
    assert "结对帮带" in page
    scheme = (await story.ask("GET", "/schemes")).json()[0]["id"]
    old = [members[str(n)] for n in (1, 2, 3)]
    new = [members[str(n)] for n in (301, 302, 303)]
    # Each of the new would like the first best; he would rather have the third, she the first.
    for mentor, prefers in zip(old, ("303 301 302", "301 302 303", "301 302 303"), strict=True):
        sent = {
            "member_id": str(mentor),
            "category": "tutoring",
            "until_on": "2027-05-01",
            "prefers": prefers,
        }
        done = await post_form(story.client, "/offers/new", sent, seen=f"/offers/new?member={mentor}")
        assert done.status_code == 303, done.text
    for mentee, prefers in zip(new, ("1 2 3", "1 3 2", "1 2 3"), strict=True):
        sent = {
            "member_id": str(mentee),
            "scheme_id": scheme,
            "category": "tutoring",
            "kind": "weekly",
            "duration_minutes": "60",
            "weekdays": "2",
            "prefers": prefers,
            "note": "学写材料：三次见面，年底回顾",
            "provenance": "phone",
            "publish": "true",
        }
        wrong = await post_form(
            story.client, "/requests/new", sent | {"prefers": "1 9999"}, seen=f"/requests/new?member={mentee}"
        )
        assert wrong.status_code == 422
        assert "本社区没有会员号 9999" in wrong.text
        done = await post_form(story.client, "/requests/new", sent, seen=f"/requests/new?member={mentee}")
        assert done.status_code == 303, done.text
    # A round of everything leaves them out: mentors have rounds of their own.
    assert "nothing-waiting" in await story.refused("/rounds", {})
    found = await story.round(scheme)
    met = {pair["recipient_id"]: pair["helper_id"] for pair in found["pairs"]}
    # The third has the first, who likes her best; the first then has the second; the second is left the third.
    assert met == {str(new[2]): str(old[0]), str(new[0]): str(old[1]), str(new[1]): str(old[2])}
    pairs = await story.agree(found["id"])
    assert len(pairs) == 3
    for pair in pairs:
        confirmed = await story.do(f"/pairs/{pair['id']}/confirm", {"version": pair["version"]})
        assert confirmed["status"] == "active"
    await story.serve(scheme, old[0], new[2], 68, category="tutoring")
    book = await story.book()
    assert (book["青蓝001"], book["青蓝303"], book["发放户"]) == (75, 0, -75)
    mine = await story.own_page(new[2], "/me")
    assert "青蓝001" in mine
    several = {
        "member_id": str(new[0]),
        "scheme_id": scheme,
        "category": "tutoring",
        "duration_minutes": 60,
        "starts_on": str(story.today),
        "expires_on": str(story.today),
        "windows": [{"from_minute": 540, "to_minute": 660, "on_day": str(story.today)}],
        "helpers": 2,
        "anyway": True,
    }
    assert "结对帮带一次只结一对" in await story.refused("/requests", several)
