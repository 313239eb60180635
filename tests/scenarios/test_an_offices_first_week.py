"""An office's first week: two coordinators, a service whose power fails twice, and a restore on Friday.

莫晓岚 and 麦锦添 share a desk. They bring in spreadsheets that are wrong before the one that is right, write to one
record at the same moment, find somebody registered twice, see an elder move house and another lose his card, and
type in paper of last month. Nothing may be lost and nothing may be there twice; every refusal says what to do.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Browser, Error, FilePayload, Page

from tests.benchmarks.roster_import import HEADERS, row_of
from tests.browser import chromium, picture, sign_in
from tests.cli.terminal import Terminal
from tests.given import PASSWORD
from tests.membership.sheets import workbook
from tests.scenarios.desk import path_id
from tests.scenarios.month import spreadsheet
from tests.scenarios.power import Machine, kept_elsewhere, rows
from timebank.core import clock

pytestmark = [pytest.mark.browser, pytest.mark.slow(100), pytest.mark.timeout(900)]

PEOPLE = 1_200  # as many as are brought in beside the page, which says how far it is
MAIS_PASSWORD = "求富路上的时间-2026"
PLACE = ("--district", "东莞市", "--town", "大朗镇", "--community", "大朗社区")
BROUGHT_HOURS = {1: 20, 2: 20, 3: 5}
SIX_HOURS = re.compile(r"6\s*小时")
NOBODY_OPENS_ACCOUNTS = "LOCK TABLE ledger.accounts IN SHARE MODE"
NOBODY_POSTS_TO = "SELECT 1 FROM ledger.accounts WHERE id = :account FOR UPDATE"


@dataclass
class Week:
    """The office: its machine, its two screens, and today."""

    machine: Machine
    browser: Browser
    mo: Page
    mai: Page
    today: date

    async def show(self, page: Page, path: str) -> None:
        """Open a page of the service as it runs now; again, if the page that is left was just loading itself anew."""
        while True:
            try:
                await page.goto(f"{self.machine.url}{path}")
            except Error as cut_off:
                if "interrupted by another navigation" not in str(cut_off):
                    raise
            else:
                return

    async def member(self, page: Page, number: str) -> UUID:
        """Find somebody by their number, and open their page."""
        await self.show(page, f"/members?q={number}")
        await page.get_by_role("row").filter(has_text=number).get_by_role("link").first.click()
        await page.wait_for_url(re.compile("/members/[0-9a-f-]{36}$"))
        return path_id(page)

    @property
    def last_month(self) -> date:
        """The last day of the month before."""
        return self.today.replace(day=1) - timedelta(days=1)


async def test_an_offices_first_week(terminal: Terminal, tmp_path: Path) -> None:
    founded = terminal.run(
        "init", *PLACE, "--name", "莫晓岚", "--user-name", "mo", TIMEBANK_INIT_PASSWORD=PASSWORD
    )
    assert founded[0] == 0, founded
    with ExitStack() as stack:
        machine = Machine(terminal, stack)
        machine.on()
        async with chromium() as browser:
            screens = [await _screen(browser) for _ in range(2)]
            week = Week(machine, browser, *screens, today=clock.day_of(datetime.now(UTC)))
            async with pictured_on_failure(week):
                await two_sit_down(week)
                await wrong_spreadsheets_are_refused(week)
                await the_power_fails_while_a_roster_comes_in(week)
                await hours_are_brought_along(week)
                await two_write_to_one_record(week)
                visit = await the_power_fails_while_hours_are_posted(week)
                await a_card_is_lost(week)
                await somebody_is_there_twice(week)
                await paper_of_last_month_is_typed_in(week)
                before = what_there_is(week)
                elsewhere = restored_on_friday(week, stack, tmp_path)
                week.machine = elsewhere
                assert what_there_is(week) == before
                await sign_in(week.mo, elsewhere.url, "mo", PASSWORD)
                await week.show(week.mo, f"/visits/{visit}")
                await week.mo.get_by_text("已记账").first.wait_for()
                code, said = elsewhere.terminal.run("reconcile", "--as", "mo")
                assert code == 0, said


@asynccontextmanager
async def pictured_on_failure(week: Week) -> AsyncIterator[None]:
    """Keep what both screens showed when the story broke off."""
    try:
        yield
    except BaseException:
        await picture(week.mo, "week-broke-off-mo")
        await picture(week.mai, "week-broke-off-mai")
        raise


async def _screen(browser: Browser) -> Page:
    return await (await browser.new_context(viewport={"width": 1280, "height": 900})).new_page()


async def two_sit_down(week: Week) -> None:
    """莫晓岚 signs in, lets 麦锦添 in and opens the scheme."""
    await sign_in(week.mo, week.machine.url, "mo", PASSWORD)
    await week.show(week.mo, "/staff")
    for label, value in (("姓名", "麦锦添"), ("登录名", "mai"), ("初始密码", MAIS_PASSWORD)):
        await week.mo.get_by_label(label, exact=True).fill(value)
    await week.mo.get_by_label("职务").select_option(label="协调员")
    await week.mo.get_by_label("管哪里").select_option(label="大朗社区")
    await week.mo.get_by_role("button", name="添加").click()
    await week.mo.get_by_text("已添加 麦锦添").wait_for()
    await sign_in(week.mai, week.machine.url, "mai", MAIS_PASSWORD)
    await week.show(week.mo, "/schemes/new")
    await week.mo.get_by_label("项目名称").fill("银龄互助")
    await week.mo.get_by_label("从哪天开始").fill(str(week.last_month - timedelta(days=40)))
    await week.mo.get_by_role("button", name="开办项目").click()
    await week.mo.get_by_text("“银龄互助”已开办").wait_for()


async def wrong_spreadsheets_are_refused(week: Week) -> None:
    """A photograph, a list of something else, and one whose ID numbers a program has rounded."""
    photograph = FilePayload(
        name="花名册.xlsx", mimeType="image/jpeg", buffer=b"\xff\xd8\xff\xe0" + bytes(400)
    )
    prices = _csv(("品名", "单价"), ("鸡蛋", "6.5"))
    rounded = _csv(
        ("会员号", "姓名", "身份证号"), ("000001", "陈英英", "4.41202E+17"), ("000002", "梁英英", "")
    )
    for file, told in (
        (photograph, "认不出这个文件"),
        (prices, "找不到表头"),
    ):
        await _upload(week, file)
        await week.mo.get_by_role("alert").filter(has_text=told).wait_for()
    await _upload(week, rounded)
    await week.mo.get_by_role("link", name="拒收 1").click()
    page = await week.mo.locator("main").inner_text()
    assert "请把这一列设为文本" in page
    assert "陈英英" in page
    await picture(week.mo, "week-wrong-spreadsheet")
    await week.mo.get_by_role("button", name="放弃").click()
    assert _members(week) == []


async def the_power_fails_while_a_roster_comes_in(week: Week) -> None:
    """Every one of the people is written when the power goes; nobody is there afterwards, and then each once."""
    rows = [[str(cell or "") for cell in row_of(n)] for n in range(PEOPLE)]
    await _upload(week, _csv(HEADERS, *rows))
    at = path_id(week.mo)
    async with week.machine.held_up(NOBODY_OPENS_ACCOUNTS) as somebody_waits:
        await week.mo.get_by_role("button", name=re.compile("导入：新增")).click()
        await week.mo.get_by_text(f"{PEOPLE:,} / {PEOPLE:,}").wait_for()
        await somebody_waits()
        week.machine.cut()
    week.machine.on()
    assert _members(week) == []
    await week.show(week.mo, f"/members/import/{at}")
    await week.mo.get_by_role("alert").filter(has_text="什么都没有导入").wait_for()
    await picture(week.mo, "week-import-cut-off")
    await week.mo.get_by_role("button", name=re.compile("导入：新增")).click()
    await week.mo.get_by_text("已导入").first.wait_for()
    assert len(_members(week)) == PEOPLE
    await _upload(week, _csv(HEADERS, *rows))
    await week.mo.get_by_role("link", name=f"未变 {PEOPLE}").wait_for()
    await week.mo.get_by_role("button", name="放弃").click()


async def hours_are_brought_along(week: Week) -> None:
    """Three people bring hours; the total is copied from the paper and signed."""
    names = {n: str(row_of(n - 1)[1]) for n in BROUGHT_HOURS}
    rows = [(f"{n:06d}", names[n], hours) for n, hours in BROUGHT_HOURS.items()]
    await week.show(week.mo, "/members/opening")
    await week.mo.get_by_label("每人存了多少时间").set_input_files(
        spreadsheet("结余", workbook(("会员号", "姓名", "小时"), *rows))
    )
    await week.mo.get_by_role("button", name="上传，先看看").click()
    await week.mo.get_by_label("人数").fill(str(len(rows)))
    await week.mo.get_by_label("合计：小时").fill(str(sum(BROUGHT_HOURS.values())))
    await week.mo.get_by_label("分钟").fill("0")
    await week.mo.get_by_role("button", name="签字，记账").click()
    await week.mo.get_by_text("莫晓岚签字").wait_for()


async def two_write_to_one_record(week: Week) -> None:
    """One writes where an elder has moved to while the other writes her new telephone number."""
    moved = await week.member(week.mo, "000002")
    await week.show(week.mo, f"/members/{moved}/edit")
    await week.show(week.mai, f"/members/{moved}/edit")
    await week.mai.locator("#f-phone").fill("13900000002")
    await week.mai.get_by_role("button", name="保存").click()
    await week.mai.wait_for_url(re.compile(f"{moved}$"))
    await week.mo.locator("#f-address").fill("新马路 9 号 302")
    await week.mo.get_by_role("button", name="保存").click()
    await week.mo.get_by_role("alert").filter(has_text="麦锦添改过这位会员的资料").wait_for()
    await picture(week.mo, "week-two-at-one-record")
    assert await week.mo.locator("#f-address").input_value() == "新马路 9 号 302"
    await week.mo.get_by_role("button", name="保存").click()
    await week.mo.wait_for_url(re.compile(f"{moved}$"))
    stands = await week.mo.locator("main").inner_text()
    assert "新马路 9 号 302" in stands
    assert "13900000002" in stands


async def the_power_fails_while_hours_are_posted(week: Week) -> UUID:
    """The confirmation is on its way to the ledger when the power goes: not half of it is there."""
    page, payer = week.mo, await week.member(week.mo, "000001")
    await week.show(page, "/visits/enter")
    await page.get_by_label("谁去服务").fill("000003")
    await page.get_by_label("帮助谁").fill("000001")
    await page.get_by_label("服务类别").select_option(label="陪聊")
    await page.get_by_label("服务日期").fill(str(week.today))
    await page.get_by_label("小时").fill("1")
    await page.get_by_role("button", name="登记", exact=True).click()
    await page.wait_for_url(re.compile("/visits/[0-9a-f-]{36}"))
    visit = path_id(page)
    await week.show(page, f"/visits/{visit}/confirm")
    async with week.machine.held_up(NOBODY_POSTS_TO, account=payer) as somebody_waits:
        pressed = asyncio.create_task(page.get_by_role("button", name="确认，记账").click())
        await somebody_waits()
        week.machine.cut()
        with suppress(Exception):  # the browser is told that nobody answers
            await pressed
    week.machine.on()
    assert _minutes(week, payer) == 20 * 60
    await week.show(page, f"/visits/{visit}/confirm")
    await page.get_by_role("button", name="确认，记账").click()
    await page.get_by_text("已记账").first.wait_for()
    assert _minutes(week, payer) == 19 * 60
    await week.show(page, f"/accounts/{payer}")
    await picture(page, "week-passbook-after-a-power-cut")
    return visit


async def a_card_is_lost(week: Week) -> None:
    """The old card opens nothing any more, and says where to go; the new one shows the balance."""
    member = await week.member(week.mai, "000003")
    lost = await _new_card(week, member)
    phone = await _phone(week, lost)
    await picture(phone, "week-home-on-a-phone")
    await phone.locator("main").filter(has_text=SIX_HOURS).wait_for()
    await week.show(week.mai, f"/members/{member}/card")
    await week.mai.get_by_role("button", name="卡丢了，先停用").click()
    await week.mai.get_by_text("卡已停用").wait_for()
    found = await _phone(week, lost)
    await found.get_by_role("alert").wait_for()
    await picture(found, "week-lost-card")
    assert "/sign-in" in found.url
    await phone.reload()
    assert "/sign-in" in phone.url
    again = await _phone(week, await _new_card(week, member))
    await again.locator("main").filter(has_text=SIX_HOURS).wait_for()
    assert again.url.endswith("/me")


async def somebody_is_there_twice(week: Week) -> None:
    """麦锦添 had written down by hand whom the roster brought too: both become one, and the minutes with them."""
    name, page = row_of(1)[1], week.mai
    await week.show(page, "/members/new")
    await page.locator("#f-name").fill(str(name))
    await page.locator("#f-number").fill("900001")
    await page.locator("#f-phone").fill("13900000002")
    await page.get_by_role("button", name="保存").click()
    twin = await week.member(page, "900001")
    kept = await week.member(page, "000002")
    await week.show(page, f"/accounts/{twin}/grant")
    await page.locator("#f-hours").fill("2")
    await page.locator("#f-reason").fill("入会时社区发放")
    await page.get_by_role("button", name="发放", exact=True).click()
    await page.wait_for_url(re.compile(f"/accounts/{twin}"))
    assert _minutes(week, twin) == 120
    await week.show(page, "/members/duplicates")
    row = page.get_by_role("listitem").filter(has_text="900001")
    await row.get_by_role("link", name="核对并合并").click()
    if await page.get_by_role("button", name="900001 并入").count() == 0:
        await page.get_by_role("link", name="改为留下另一条").click()
    await page.get_by_label("怎么知道是同一个人").fill("本人带身份证来核对过")
    await page.get_by_role("button", name="900001 并入 000002").click()
    await page.get_by_text("两条记录已合成一条").wait_for()
    assert (_minutes(week, kept), _minutes(week, twin)) == (22 * 60, 0)
    await week.show(page, "/members?q=900001")
    await page.get_by_text("已并入").first.wait_for()


async def paper_of_last_month_is_typed_in(week: Week) -> None:
    """Three printed lines, signed a month ago; they are posted now and say when it was."""
    page = week.mo
    await week.show(page, "/visits/sheet")
    await page.get_by_label("要几行").fill("3")
    await page.get_by_role("button", name="编好号，去打印").click()
    numbers = await page.locator("td.number").all_inner_texts()
    await page.get_by_role("link", name="录入签到表").first.click()
    await page.get_by_label("双方都签了字").check()
    for n, number in enumerate(numbers, 1):
        typed = {
            "number": number,
            "helper": f"{n + 10:06d}",
            "recipient": "000001",
            "served_on": str(week.last_month - timedelta(days=n)),
            "begin": "09:00",
            "end": "10:00",
        }
        for field, value in typed.items():
            await page.locator(f"#{field}-{n}").fill(value)
        await page.locator(f"#category-{n}").select_option("company")
    await page.get_by_role("button", name="检查").last.click()
    await page.get_by_role("button", name="录入这 3 行").click()
    await page.get_by_text("录入了 3 行").first.wait_for()
    await picture(page, "week-paper-of-last-month")
    payer = await week.member(page, "000001")
    assert _minutes(week, payer) == 16 * 60


def restored_on_friday(week: Week, stack: ExitStack, folder: Path) -> Machine:
    """The disk dies; what was carried away last night comes back on another machine."""
    backup, key = kept_elsewhere(week.machine.terminal, folder / "a safe place")
    week.machine.burn()
    elsewhere = Machine(Terminal(week.machine.terminal.data.with_name("data of a new machine")), stack)
    code, said = elsewhere.terminal.run("restore", str(backup), "--key", str(key))
    assert code == 0, said
    elsewhere.on()
    return elsewhere


def what_there_is(week: Week) -> dict[str, Any]:
    """Everybody with their minutes, every visit, every transfer."""
    with week.machine.program() as (http, community):
        at = f"/communities/{community}"
        members = rows(http, f"{at}/members")
        minutes = {
            row["number"]: http.get(f"{at}/members/{row['id']}/balance").raise_for_status().json()
            for row in members
            if row["number"] in {"000001", "000002", "000003", "000011", "000012", "000013", "900001"}
        }
        return {"members": members, "minutes": minutes, "visits": rows(http, f"{at}/visits")}


async def _upload(week: Week, file: FilePayload) -> None:
    await week.show(week.mo, "/members/import")
    await week.mo.get_by_label("花名册").set_input_files(file)
    await week.mo.get_by_role("button", name="上传，先看看").click()


async def _new_card(week: Week, member: UUID) -> tuple[str, str]:
    await week.show(week.mai, f"/members/{member}/card")
    await week.mai.get_by_role("button", name="发新卡").click()
    number = await week.mai.locator(".member-card dd").last.inner_text()
    return number.replace(" ", ""), await week.mai.locator(".pin b").inner_text()


async def _phone(week: Week, card: tuple[str, str]) -> Page:
    context = await week.browser.new_context(
        viewport={"width": 360, "height": 740}, java_script_enabled=False
    )
    phone = await context.new_page()
    await week.show(phone, "/sign-in")
    await phone.get_by_label("卡号（12 位）").fill(card[0])
    await phone.get_by_label("6 位密码").fill(card[1])
    await phone.locator("form[action='/sign-in/card'] button").click()
    return phone


def _csv(*lines: tuple[str, ...] | list[str]) -> FilePayload:
    content = "\r\n".join(",".join(line) for line in lines).encode("gb18030")
    return FilePayload(name="花名册.csv", mimeType="text/csv", buffer=content)


def _members(week: Week) -> list[dict[str, Any]]:
    with week.machine.program() as (http, community):
        return rows(http, f"/communities/{community}/members")


def _minutes(week: Week, member: UUID) -> int:
    with week.machine.program() as (http, community):
        found = http.get(f"/communities/{community}/members/{member}/balance").raise_for_status().json()
        return int(found["posted_minutes"])
