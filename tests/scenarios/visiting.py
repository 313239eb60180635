"""The visits of the story: on phones, at the desk, through a program, and on paper."""

from datetime import date, datetime
from typing import Any

from tests.browser import picture
from tests.scenarios.month import Month
from timebank.core import clock
from timebank.sample.persons import Person


async def visits_of(month: Month, day: date) -> list[dict[str, Any]]:
    """The visits planned for a day, by time."""
    rows = await month.program.get(f"{month.http}/days/{day}/visits")
    return [row["visit"] for row in rows if row["visit"]["status"] == "planned"]


async def on_two_phones(month: Month, visit: dict[str, Any]) -> None:
    """She presses that she is there and that she goes; her elder confirms with one tap."""
    at, begin, end = (
        f"/me/visits/{visit['id']}",
        _instant(visit["planned_from"]),
        _instant(visit["planned_until"]),
    )
    async with month.phone_of(visit["helper_id"]) as hers:
        month.office.hands.move(begin)
        await month.office.show(hers, at, "month-visit-on-a-phone")
        await hers.get_by_role("button", name="我到了").click()
        month.office.hands.move(end)
        await hers.get_by_role("button", name="做完了，我走了").click()
        await hers.get_by_role("button", name="登记 ").click()
    async with month.phone_of(visit["recipient_id"]) as elders:
        await picture(elders, "month-home-of-an-elder")
        await elders.get_by_role("button", name="对，确认").first.click()
    assert (await month.visit(visit["id"]))["status"] == "settled"


async def disputed_and_settled(month: Month, visit: dict[str, Any]) -> None:
    """Her elder says on the phone that it was half as long; the desk hears both and decides."""
    await through_a_program(month, visit, confirm=False)
    async with month.phone_of(visit["recipient_id"]) as elders:
        await month.office.show(elders, f"/me/visits/{visit['id']}")
        await elders.locator("summary", has_text="不对").click()
        await elders.get_by_role("button", name="告诉社区").click()
    assert (await month.visit(visit["id"]))["status"] == "disputed"
    page = month.page
    await month.office.show(page, "/today")
    await page.get_by_role("link", name="处理").click()
    await picture(page, "month-dispute")
    await page.get_by_label("照服务者说的").check()
    await page.get_by_label("为什么这样定").fill("邻居也看见了，是一整次")
    await page.get_by_role("button", name="定下来，记账").click()
    assert (await month.visit(visit["id"]))["status"] == "settled"


async def called_off(month: Month, visit: dict[str, Any]) -> None:
    """The elder rings up: not this week."""
    page = month.page
    await month.office.show(page, f"/visits/{visit['id']}")
    await page.get_by_role("link", name="取消", exact=True).click()
    await page.get_by_label("为什么").first.fill("住院检查")
    await page.get_by_role("button", name="取消这次服务").click()
    assert (await month.visit(visit["id"]))["status"] == "cancelled"


async def through_a_program(month: Month, visit: dict[str, Any], *, confirm: bool = True) -> None:
    """Checked in and out at the desk at the true times, claimed, and confirmed by telephone."""
    begin, end = _instant(visit["planned_from"]), _instant(visit["planned_until"])
    if clock.now() < begin:
        month.office.hands.move(begin)
    await month.do(visit, "check-in", provenance="phone")
    if clock.now() < end:
        month.office.hands.move(end)
    await month.do(visit, "check-out", provenance="phone")
    await month.do(visit, "claim", minutes=int((end - begin).total_seconds() // 60), provenance="phone")
    if confirm:
        after = await month.do(visit, "confirm", provenance="phone")
        assert after["status"] == "settled", after["refusal"]


async def ten_on_paper(month: Month, helpers: list[Person], elders: list[Person], days: list[date]) -> None:
    """A sheet with ten printed numbers, brought back signed: typed in, looked at once, written down at once."""
    page = month.page
    await month.office.show(page, "/visits/sheet")
    await page.get_by_label("要几行").fill("10")
    await page.get_by_role("button", name="编好号，去打印").click()
    await picture(page, "month-sheet")
    numbers = [int(text) for text in await page.locator("td.number").all_inner_texts()]
    assert len(numbers) == 10
    await page.get_by_role("link", name="录入签到表").first.click()
    await page.get_by_label("双方都签了字").check()
    for n, number in enumerate(numbers):
        typed = {
            "number": str(number),
            "helper": helpers[n].number,
            # The last line has a slip of the pen, which the first look finds.
            "recipient": elders[n].number if n < 9 else "查无此人",
            "served_on": str(days[n % len(days)]),
            "begin": "18:30",
            "end": "19:30",
        }
        for field, value in typed.items():
            await page.locator(f"#{field}-{n + 1}").fill(value)
        await page.locator(f"#category-{n + 1}").select_option("company")
    await page.get_by_role("button", name="检查").last.click()
    await page.get_by_role("alert").filter(has_text="第 10 行").wait_for()
    await picture(page, "month-sheet-with-a-slip")
    await page.locator("#recipient-10").fill(elders[9].number)
    await page.get_by_role("button", name="检查").last.click()
    await page.get_by_role("button", name="录入这 10 行").click()
    settled = [row["visit"] for row in await month.all("visits", status="settled")]
    paper = [visit for visit in settled if visit["provenance"] == "paper"]
    assert sorted(visit["number"] for visit in paper) == numbers
    assert {visit["served_on"] for visit in paper} == {str(day) for day in days}


async def correct(month: Month, visit: dict[str, Any]) -> None:
    """It was only an hour: the posting is reversed and done again, and both stay in the passbook."""
    page = month.page
    await month.office.show(page, f"/visits/{visit['id']}")
    await page.locator("main").get_by_role("link", name="更正").click()
    await page.get_by_label("正确的时长是").check()
    await page.get_by_label("小时").fill("0")
    await page.get_by_label("分钟").fill("45")
    await page.get_by_label("为什么更正").fill("签退按晚了")
    await page.get_by_role("button", name="照此更正").click()
    await page.get_by_text("已冲正").wait_for()
    await picture(page, "month-corrected")
    assert (await month.visit(visit["id"]))["settled_minutes"] == 45


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
