"""顺德 时间银行: members earn by helping, bank and spend, and what they leave to all serves elders who never joined."""

from collections import Counter
from datetime import date, timedelta
from uuid import UUID

import pytest

from tests.given import post_form
from tests.scenarios.story import Story

pytestmark = pytest.mark.slow(12)

HELPERS, ELDERS = 20, 100


async def members_and_elders(story: Story) -> tuple[list[UUID], list[UUID]]:
    """Twenty retirees join by one roster; a hundred elders whom the neighbourhood committee knows are in another."""
    joined = [(n, f"会员{n:03d}", date(1958, 3, 1), "在册", None, None) for n in range(1, HELPERS + 1)]
    known = [
        (n, f"老人{n - 1000:03d}", date(1938, 3, 1), "受助对象", f"榕树里 {n - 1000} 号", "楼梯房")
        for n in range(1001, 1001 + ELDERS)
    ]
    headers = ("会员号", "姓名", "出生日期", "状态", "住址", "需求")
    await story.roster(headers, *joined)
    people = await story.roster(headers, *known)
    assert len(people) == HELPERS + ELDERS
    return [people[str(n)] for n in range(1, HELPERS + 1)], [
        people[str(n)] for n in range(1001, 1001 + ELDERS)
    ]


async def test_hours_that_members_leave_to_all_serve_a_hundred_elders_who_never_joined(story: Story) -> None:
    helpers, elders = await members_and_elders(story)
    house = {"ceiling_minutes": 600, "overflow_to": "pool", "gift_to": "members"}
    await story.do("/house-policies", {"in_force_from": "2026-01-01", "policy": house})
    mutual = await story.scheme("银龄互助")
    beyond = await story.scheme("公益助老", payer="pool")
    saver, giver = helpers[0], helpers[1]
    numbers = {row["id"]: row["number"] for row in await story.all("/members")}
    story.numbers = {UUID(member): number for member, number in numbers.items()}

    # Nobody pays for them yet: the pool is empty, and the first visit waits with the way out.
    waiting = await story.serve(beyond, helpers[2], elders[0], 60)
    assert (waiting["posted"], waiting["visit"]["refusal"]["code"]) == (False, "floor_breached")
    # The pool fills: one member gives eight hours; another is at the ceiling, and what he earns more overflows.
    await story.bring({saver: 9.5, giver: 10, helpers[3]: 10})
    given = {"minutes": 480, "reason": "留给没入会的老人"}
    await story.do(f"/members/{giver}/gifts", given)
    settled = await story.serve(mutual, saver, helpers[3], 180)
    assert settled["posted"]
    assert await pool(story) == 480 + 150
    # Now the visit that waited is posted, and twenty helpers go to the elders, a sheet of slips at a time.
    visit = waiting["visit"]
    assert (await story.do(f"/visits/{visit['id']}/settle", {"version": visit["version"]}))["posted"]
    rows = [
        story.visit(beyond, helpers[2 + n % 18], elder, 5, category="call")["rows"][0]
        for n, elder in enumerate(elders[1:], 1)
    ]
    done = await story.do("/served-visits", {"rows": rows, "provenance": "paper", "signed": True})
    assert done["posted"] == len(rows) == ELDERS - 1
    # Each helper has what they earned, no elder has an account, and the month foots.
    book = await story.book()
    earned = Counter(2 + n % 18 for n in range(1, ELDERS))
    expected = {f"会员{n + 1:03d}": 5 * earned[n] for n in range(4, HELPERS)}
    assert {name: book[name] for name in expected} == expected
    assert (book["会员001"], book["会员002"]) == (600, 120)
    assert book["会员003"] == 60 + 5 * earned[2]
    assert book["会员004"] == 600 - 180 + 5 * earned[3]
    assert book["公益时间池"] == 480 + 150 - 60 - 5 * (ELDERS - 1)
    assert not [name for name in book if name.startswith("老人")]

    # A member reads whom she helped; the same elder can't be helped at her own cost.
    assert "帮助老人001" in await story.own_page(helpers[2])
    why = await story.refused("/served-visits", story.visit(mutual, helpers[5], elders[0], 60))
    assert "受助对象不是会员，没有账户；请改用由公益时间池或发放户付时间的项目，或先办理入会" in why
    assert "not-a-member" in await story.refused(f"/members/{elders[0]}/cards", {})
    at_desk = (await story.client.get(f"/members/{elders[0]}")).text
    assert "受助对象" in at_desk
    assert "没有账户" in at_desk


async def test_one_of_them_asks_by_telephone_joins_later_and_pays_herself(story: Story) -> None:
    await story.join("热心人", skills=["clinic"])
    beyond = await story.scheme("公益助老", payer="grants")
    short = {
        "name": "欧阳婆婆",
        "birth_on": "1939-04-05",
        "address": "榕树里 8 号",
        "needs": ["clinic"],
        "emergency_name": "邻居陈姨",
        "emergency_phone": "13800138000",
        "status": "served",
    }
    seen = await story.client.get("/members/new?status=served")
    assert "会做什么" not in seen.text
    made = await post_form(story.client, "/members/new", dict(short), seen="/members/new?status=served")
    assert made.status_code == 303
    elder = UUID(made.headers["location"].rsplit("/", 1)[1])
    window = {"from_minute": 540, "to_minute": 660, "on_day": str(story.today + timedelta(days=3))}
    last = {"expires_on": str(story.today + timedelta(days=3)), "windows": [window], "kind": "once"}
    await story.wish(elder, beyond, category="clinic", **last)
    found = await story.round(beyond)
    assert [pair["recipient_id"] for pair in found["pairs"]] == [str(elder)]
    helper = await story.join("另一位")
    await story.serve(beyond, helper, elder, 90)
    # She likes it and joins: the account begins at zero, and what was done for her stays on record.
    record = (await story.ask("GET", f"/members/{elder}")).json()
    await story.do(f"/members/{elder}/status", {"to": "active", "version": record["version"]})
    assert (await story.book())["欧阳婆婆"] == 0
    assert "另一位" in (await story.client.get(f"/members/{elder}")).text
    mutual = await story.scheme("银龄互助")
    story.numbers[elder] = record["number"]
    await story.bring({elder: 2})
    await story.serve(mutual, helper, elder, 60)
    book = await story.book()
    assert (book["欧阳婆婆"], book["另一位"], book["发放户"]) == (60, 150, -90)
    assert "1 小时" in await story.own_page(elder)


async def pool(story: Story) -> int:
    """What stands in the pool."""
    return (await story.book())["公益时间池"]
