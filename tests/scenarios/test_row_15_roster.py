"""省离退休干部服务管理系统: the roster comes in again and again, without duplicates, and goes out in the same shape."""

import io
from datetime import date

import pytest

from tests.given import post_form
from tests.membership.sheets import XLSX, workbook
from tests.scenarios.story import Story
from timebank.membership.spreadsheets import read

pytestmark = pytest.mark.slow(15)

HEADERS = ("会员号", "姓名", "出生日期", "电话", "支部", "帮助别人", "接受帮助")


async def test_a_roster_goes_round_without_changing_anybody(story: Story) -> None:
    rows = [
        (
            n,
            f"名册{n:03d}",
            date(1946 + n % 20, 1 + n % 12, 1 + n % 28),
            f"1380000{n:04d}",
            f"{n % 9 + 1} 支部",
            "是",
            "是",
        )
        for n in range(1, 324)
    ]
    members = await story.roster(HEADERS, *rows)
    assert len(members) == 323

    async def upload(file: bytes) -> dict[str, int]:
        made = await story.client.post(
            f"/api/v1/communities/{story.world.here}/imports/roster",
            files={"file": ("again.xlsx", io.BytesIO(file), XLSX)},
            headers={"authorization": f"Bearer {story.token}"},
        )
        counts: dict[str, int] = made.json()["counts"]
        return counts

    same = await upload(workbook(HEADERS, *rows))
    assert (same["new"], same["changed"], same["unchanged"], same["refused"]) == (0, 0, 323, 0)
    moved = [(*row[:4], "1 支部", *row[5:]) if row[0] == 7 else row for row in rows]
    one = await upload(
        workbook(HEADERS, *moved, (324, "新来的", date(1966, 1, 1), "13900000000", "1 支部", "是", "是"))
    )
    assert (one["new"], one["changed"], one["unchanged"]) == (1, 1, 322)
    # What goes out is what came in: taken back in, it changes nobody.
    out = await story.client.get("/members/export/roster.xlsx")
    assert out.status_code == 200
    assert len(read(out.content, "x.xlsx").sheet.rows) >= 324
    round_trip = await upload(out.content)
    assert (round_trip["new"], round_trip["changed"], round_trip["refused"]) == (0, 0, 0)
    bad = await upload(workbook(HEADERS, (8, "名册008", "后天", "13800000008", "9 支部", "是", "是")))
    assert bad["refused"] == 1
    granted = await post_form(
        story.client, f"/accounts/{members['1']}/grant", {"hours": "2", "reason": "荣誉退休"}
    )
    assert granted.status_code == 303
    book = await story.book()
    assert (book["名册001"], book["发放户"]) == (120, -120)
    assert "社区发放" in await story.own_page(members["1"])
    unknown = "/imports/roster/01a2ff59-0500-7000-8000-000000000000/apply"
    assert "not-found" in await story.refused(unknown, {"digest": "0" * 64})
