"""A community's first month, through a real browser at the desk and a program beside it.

莫晓岚 sets the community up, brings the roster in, has the opening balances signed off, opens 银龄互助, takes
forty requests, runs a round, and sees visits happen, be disputed, called off, come in on paper and be corrected.
Every night the books are reconciled. At last somebody with all rights to the database tampers with them.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Page

from tests.browser import picture
from tests.postgres import Database
from tests.scenarios import visiting
from tests.scenarios.desk import Office, open_office, path_id
from tests.scenarios.month import PASSWORD, Month, spreadsheet
from tests.scenarios.tampering import tamper_and_find
from timebank.sample import rosters
from timebank.sample.district import DALANG
from timebank.sample.persons import Person, people_of

pytestmark = [pytest.mark.browser, pytest.mark.slow(110)]

FIRST_MONDAY = date(2026, 9, 7)
SECOND_PASSWORD = "求富路上的时间-2026"
PEOPLE = people_of(DALANG)
# Old enough for the scheme, and with hours enough to pay for a month.
SAVERS = [
    one for one in PEOPLE if one.is_recipient and one.birth_on.year <= 1962 and one.opening_minutes >= 600
]
ELDERS = SAVERS[:40]


async def test_a_month_in_dalang(fresh_database: Database) -> None:
    begins = datetime(2026, 9, 7, 1, 0, tzinfo=UTC)
    async with open_office(fresh_database, begins) as office:
        page = await found_the_community(office)
        await bring_the_roster(office, page)
        await sign_the_opening_balances_off(office, page)
        scheme = await open_the_scheme(office, page)
        async with office.program_of("mo", PASSWORD) as program:
            community = (await program.get("/units"))[-1]["id"]
            http = f"/communities/{community}"
            members = {row["number"]: row["id"] for row in await program.all_rows(f"{http}/members")}
            assert len(members) == len(PEOPLE)
            month = Month(office, page, program, http, members, scheme)
            await take_requests(month)
            await run_a_round(month)
            await ask_others(month)
            settled = await see_the_visits(month)
            await type_the_paper_in(month)
            await visiting.correct(month, settled[3])
            await office.night()
            await month.morning(office.today)
            await the_books_agree(month)
            saver = next(one for one in PEOPLE if one.opening_minutes and one not in ELDERS)
            tampered = [settled[0], settled[4], settled[5]]
            await tamper_and_find(month, fresh_database, tampered, month.members[saver.number])


async def found_the_community(office: Office) -> Page:
    """The page behind the one-time code; then the first sign-in, and a second coordinator."""
    page = await (await office.browser.new_context(viewport={"width": 1280, "height": 900})).new_page()
    await page.goto(f"{office.url}/setup/{await office.offered_code()}")
    for label, value in (("区", "东莞市"), ("镇街", "大朗镇"), ("社区", "大朗社区")):
        await page.get_by_label(label, exact=True).fill(value)
    await page.get_by_label("协调员姓名").fill("莫晓岚")
    await page.get_by_label("登录名").fill("mo")
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="建好，开始用").click()
    page = await office.sit_down("mo", PASSWORD)
    await page.get_by_text("还没有会员。").wait_for()
    await office.show(page, "/staff")
    await page.get_by_label("姓名", exact=True).fill("麦锦添")
    await page.get_by_label("登录名").fill("mai")
    await page.get_by_label("初始密码").fill(SECOND_PASSWORD)
    await page.get_by_label("职务").select_option(label="协调员")
    await page.get_by_label("管哪里").select_option(label="大朗社区")
    await page.get_by_role("button", name="添加").click()
    await page.get_by_text("已添加 麦锦添").wait_for()
    return page


async def bring_the_roster(office: Office, page: Page) -> None:
    """The roster as the personnel system exports it: looked at, applied, and a second time without effect."""
    await office.show(page, "/today")
    await page.get_by_role("link", name="导入名册").click()
    for word in ("新增", "未变"):
        await page.get_by_label("花名册").set_input_files(spreadsheet("花名册", rosters.roster(DALANG)))
        await page.get_by_role("button", name="上传，先看看").click()
        await page.get_by_role("link", name=f"{word} {len(PEOPLE)}").wait_for()
        if word == "新增":
            await page.get_by_role("button", name=f"导入：新增 {len(PEOPLE)} 位").click()
            await page.get_by_text(f"已导入：新增 {len(PEOPLE)} 位").wait_for()
            await office.show(page, "/members/import")
    await page.get_by_role("button", name="放弃").click()


async def sign_the_opening_balances_off(office: Office, page: Page) -> None:
    """The hours people bring along: looked at, their total copied from the paper, signed."""
    brought = [one.opening_minutes for one in PEOPLE if one.opening_minutes]
    await office.show(page, "/members/opening")
    await page.get_by_label("每人存了多少时间").set_input_files(spreadsheet("结余", rosters.opening(DALANG)))
    await page.get_by_role("button", name="上传，先看看").click()
    await page.get_by_label("人数").fill(str(len(brought)))
    await page.get_by_label("合计：小时").fill("1")
    await page.get_by_role("button", name="签字，记账").click()
    await page.get_by_role("alert").wait_for()
    await picture(page, "month-opening-with-a-wrong-total")
    await page.get_by_label("合计：小时").fill(str(sum(brought) // 60))
    await page.get_by_label("分钟").fill(str(sum(brought) % 60))
    await page.get_by_role("button", name="签字，记账").click()
    await page.get_by_text("莫晓岚签字").wait_for()


async def open_the_scheme(office: Office, page: Page) -> UUID:
    """银龄互助, from a fortnight ago, since visits of last week are still to come in on paper."""
    await office.show(page, "/today")
    await page.get_by_role("link", name="开办项目").click()
    await page.get_by_label("项目名称").fill("银龄互助")
    await page.get_by_label("从哪天开始").fill(str(FIRST_MONDAY - timedelta(days=14)))
    await page.get_by_role("button", name="开办项目").click()
    await page.get_by_text("“银龄互助”已开办").wait_for()
    return path_id(page)


async def take_requests(month: Month) -> None:
    """Ten by telephone at the desk, thirty through a program; fifteen of the forty weekly."""
    assert len(ELDERS) == 40
    for n, elder in enumerate(ELDERS[:10]):
        await by_phone(month, elder, weekly=n < 5, day=month.office.today + timedelta(days=1 + n))
    for n, elder in enumerate(ELDERS[10:]):
        weekly = n < 10
        window: dict[str, Any] = {"from_minute": 510, "to_minute": 720 if n % 2 else 1050}
        window |= (
            {"weekday": n % 5} if weekly else {"on_day": str(month.office.today + timedelta(days=1 + n % 9))}
        )
        await month.program.post(
            f"{month.http}/requests",
            {
                "member_id": month.members[elder.number],
                "scheme_id": str(month.scheme),
                "category": ("company", "shopping", "clinic", "cleaning", "errand")[n % 5],
                "kind": "weekly" if weekly else "once",
                "duration_minutes": (60, 90, 120)[n % 3],
                "starts_on": str(month.office.today),
                "expires_on": str(month.office.today + timedelta(days=60 if weekly else 14)),
                "windows": [window],
                "publish": True,
            },
        )
    await month.office.show(month.page, "/requests", "month-requests")
    waiting = await month.all("requests", status="published")
    assert len(waiting) == 40
    assert sum(row["kind"] == "weekly" for row in waiting) == 15


async def by_phone(month: Month, elder: Person, *, weekly: bool, day: date) -> None:
    """An elder rings up: the desk finds them by their number and writes down what they say."""
    page = month.page
    await month.office.show(page, "/today")
    await page.get_by_role("link", name="代会员登记").first.click()
    await page.get_by_label("姓名、拼音、手机尾号或会员号").fill(elder.number)
    await page.get_by_role("button", name="找人").click()
    await page.get_by_label("要什么帮助").select_option(label="陪聊")
    await page.get_by_label("怎么来的").select_option(label="电话")
    if weekly:
        await page.get_by_label("每周", exact=True).check()
        await page.get_by_label(f"每周{'一二三四五六日'[day.weekday()]}", exact=True).check()
    else:
        await page.get_by_label("一次：哪天").fill(str(day))
    await page.get_by_label("最晚几点结束").fill("17:30")
    await page.get_by_role("button", name="登记并发布").click()
    await page.get_by_text("已登记").wait_for()


async def run_a_round(month: Month) -> None:
    """The round is run, read and sent; most say yes, four helpers and one elder say no."""
    office, page = month.office, month.page
    await send_a_round(office, page)
    proposals = await month.all("proposals", status="open")
    assert len(proposals) == 40
    by_desk, by_phone_alone, *others = proposals
    await answer_at_the_desk(office, page, by_desk)
    await answer_on_a_phone(month, by_phone_alone)
    for n, one in enumerate(others):
        await month.answer(one, "helper", "no" if n in (3, 11, 20, 30) else "yes")
        if n not in (3, 11, 20, 30):
            await month.answer(one, "recipient", "no" if n == 25 else "yes")
    counts = Counter(
        [
            one["status"]
            for status in ("open", "accepted", "declined")
            for one in await month.all("proposals", status=status)
        ]
    )
    assert counts == {"accepted": 35, "declined": 5}


async def ask_others(month: Month) -> None:
    """Those whose proposal fell through are asked about with the next round; nobody who declined is asked again."""
    declined = {
        (one["helper_id"], one["request_id"]) for one in await month.all("proposals", status="declined")
    }
    await send_a_round(month.office, month.page)
    again = await month.all("proposals", status="open")
    assert {one["request_id"] for one in again} == {request for _, request in declined}
    assert not declined & {(one["helper_id"], one["request_id"]) for one in again}
    for one in again:
        await month.answer(one, "helper", "yes")
        await month.answer(one, "recipient", "yes")
    assert len(await month.all("proposals", status="accepted")) == 40
    assert len(await month.all("pairs")) == 15
    assert await month.all("requests", status="published") == []


async def send_a_round(office: Office, page: Page) -> None:
    """Run it, read it, send it."""
    await office.show(page, "/rounds")
    await page.get_by_role("button", name="派一批").click()
    await page.get_by_role("button", name="给勾选的双方发邀约").wait_for()
    await picture(page, "month-round")
    await page.get_by_role("button", name="给勾选的双方发邀约").click()
    await page.get_by_text("已发出").wait_for()


async def answer_at_the_desk(office: Office, page: Page, proposal: dict[str, Any]) -> None:
    """The desk rings both up and writes down what they said."""
    await office.show(page, f"/proposals/{proposal['id']}")
    for said in ("还等另一方答复", "双方同意："):
        await page.get_by_role("button", name="同意").first.click()
        await page.get_by_role("status").filter(has_text=said).wait_for()


async def answer_on_a_phone(month: Month, proposal: dict[str, Any]) -> None:
    """A helper answers on her own phone, without scripts; her elder at the desk."""
    async with month.phone_of(proposal["helper_id"]) as phone:
        await phone.locator(f"a[href='/me/proposals/{proposal['id']}']").click()
        await picture(phone, "month-proposal-on-a-phone")
        await phone.get_by_role("button", name="好，我去").click()
        await phone.get_by_text("谢谢您！").wait_for()
        await month.answer(proposal, "recipient", "yes")
        await phone.reload()
        await phone.get_by_text("双方都同意。").wait_for()


async def see_the_visits(month: Month) -> list[dict[str, Any]]:
    """Twenty visits: one on two phones, one disputed, one called off, the others told to a program."""
    settled: list[dict[str, Any]] = []
    happened = 0
    while happened < 20:
        await month.office.night()
        await month.morning(month.office.today)
        await month.office.show(month.page, "/today", "month-today")
        for visit in (await visiting.visits_of(month, month.office.today))[: 20 - happened]:
            match happened:
                case 0:
                    await visiting.on_two_phones(month, visit)
                case 1:
                    await visiting.disputed_and_settled(month, visit)
                case 2:
                    await visiting.called_off(month, visit)
                case _:
                    await visiting.through_a_program(month, visit)
            happened += 1
            if happened != 3:
                settled.append(visit)
    assert len(settled) == 19
    return settled


async def type_the_paper_in(month: Month) -> None:
    """Ten lines of last week, on the Monday after."""
    while month.office.today < FIRST_MONDAY + timedelta(days=7):
        await month.office.night()
    await month.morning(month.office.today)
    helpers = [one for one in PEOPLE if one.is_helper and one not in ELDERS and not one.is_recipient][:10]
    days = [FIRST_MONDAY + timedelta(days=n) for n in (1, 2, 3, 4, 5)]
    await visiting.ten_on_paper(month, helpers, SAVERS[40:50], days)


async def the_books_agree(month: Month) -> None:
    """Every night's run agreed, and the desk's first page says so."""
    runs = await month.all("reconciliation-runs")
    assert len(runs) >= 7
    assert all(run["agrees"] for run in runs)
    await month.office.show(month.page, "/today")
    await month.page.get_by_text("对账一致").wait_for()
    await month.office.show(month.page, f"/audit/months/{month.office.today:%Y-%m}", "month-on-one-page")
