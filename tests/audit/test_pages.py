"""The auditor's month, runs and findings as pages, and that every link offered opens."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from ledger import JournalForm
from tests.audit.given import Month, broken_month
from tests.given import NOW, World, browser, post_form, service_over, sign_in
from tests.ledger.bookkeeping import complaint
from tests.postgres import Database
from timebank.audit.checks import CHECKS
from timebank.core import clock
from timebank.core.ids import new_id

# Each makes a month and reconciles it.
pytestmark = pytest.mark.slow

LINK = re.compile(r'href="(/[^"#]*)"')


@pytest.fixture
async def month(world: World) -> Month:
    """A month that agrees."""
    return await Month(world).happen()


async def _rows(client: httpx.AsyncClient, path: str) -> list[list[str]]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def _links(page: str) -> set[str]:
    found = {link.replace("&amp;", "&") for link in LINK.findall(page)}
    return {link for link in found if not link.startswith("/static")}


async def test_before_the_first_run_the_page_says_so_and_offers_to_reconcile(
    client: httpx.AsyncClient, month: Month
) -> None:
    await sign_in(client, "mo")
    page = (await client.get("/audit")).text
    assert "这个社区还没有对过账" in page
    done = await post_form(client, "/audit/runs", {}, seen="/audit")
    assert done.status_code == 303
    run = await client.get(done.headers["location"])
    assert f"对完了：{len(CHECKS)} 项检查全部一致" in run.text
    assert CHECKS[0].means in run.text
    after = (await client.get("/audit")).text
    assert f"<b>{len(CHECKS)} / {len(CHECKS)}</b>" in after
    assert "河畔社区" not in after


async def test_pressing_twice_reconciles_once(client: httpx.AsyncClient, month: Month) -> None:
    await sign_in(client, "mo")
    key = new_id().hex
    first = await post_form(client, "/audit/runs", {"key": key}, seen="/audit")
    again = await post_form(client, "/audit/runs", {"key": key}, seen="/audit")
    assert first.headers["location"] == again.headers["location"]
    assert (await client.get("/audit/runs")).text.count('href="/audit/runs/') == 1


async def test_an_auditor_signs_in_to_the_communities_that_need_them_first(
    client: httpx.AsyncClient, month: Month
) -> None:
    await month.reconcile()
    await sign_in(client, "auditor")
    assert (await client.get("/")).headers["location"] == "/audit"
    page = (await client.get("/audit")).text
    assert "2 个社区，1 个一切相符" in page
    table = page.split("<tbody>", 1)[1]
    assert table.index("河畔社区") < table.index("榕树社区")
    there = f"/desk/community/{month.world.there}"
    moved = await post_form(client, there, {"back": "/audit/months/2026-11"}, seen="/audit")
    assert moved.headers["location"] == "/audit/months/2026-11"
    shown = (await client.get("/audit/months/2026-11")).text
    assert "河畔社区 2026 年 11 月" in shown
    assert "这个月没有记过账" in shown
    away = await post_form(client, there, {"back": "//elsewhere.test"}, seen="/audit")
    assert away.headers["location"] == "/"


async def test_a_month_foots_and_tells_what_was_corrected_and_why(
    client: httpx.AsyncClient, month: Month
) -> None:
    await month.reconcile()
    await sign_in(client, "mo")
    page = (await client.get("/audit/months/2026-11")).text
    figures = re.findall(r'<div class="figure"><span class="soft">([^<]+)</span><b>([^<]+)</b>', page)
    # In: 930 brought, Zhou helped for 60 + 60 + 120 + 60, Chen got 120 + 10 back. Out: Feng 140 and a gift
    # of 10, Chen 130 and then 90, and Zhou gave 120 back.
    assert figures == [
        ("存入", "22:40"),
        ("支出", "8:10"),
        ("更正", "2 笔"),
        ("账套合计", "0:00"),
        ("检查", f"{len(CHECKS)} / {len(CHECKS)}"),
    ]
    assert "合计为零，借贷相等" in page
    assert "算错了" in page
    assert page.count('<span class="tag amber">更正</span>') == 2
    assert "未月结" in page
    assert "周阿姨" in page
    assert (await client.get("/audit/months/2026-12")).status_code == 404
    for wrong in ("2026-13", "202-611", "november", "２０２６-11"):
        assert (await client.get(f"/audit/months/{wrong}")).status_code == 404


async def test_the_transfers_leave_the_house_as_a_file_and_that_is_written_down(
    client: httpx.AsyncClient, month: Month
) -> None:
    await sign_in(client, "mo")
    rows = await _rows(client, "/audit/months/2026-11/transfers.csv")
    header, lines = rows[0], [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert header[:3] == ["划转编号", "记账日", "记账时间"]
    assert len(lines) == 13
    visit = await month.street.visit(month.first)
    helped = next(line for line in lines if line["服务单号"] == str(visit.number) and line["存入方编号"])
    assert (helped["支出方"], helped["支出方编号"]) == ("冯伯", "0102")
    assert (helped["存入方"], helped["分钟"], helped["服务类别"]) == ("周阿姨", "60", "陪诊")
    assert (helped["种类"], helped["来源"], helped["登记人"]) == ("服务", "会员自己在手机上", "周阿姨")
    taken_back = [line for line in lines if line["冲正哪一笔"]]
    assert {line["原因"] for line in taken_back} == {"算错了"}
    assert "audit.export_transfers" in (await client.get("/acts")).text


@pytest.mark.parametrize("form", JournalForm)
async def test_a_month_is_added_up_by_a_program_of_another_house(
    client: httpx.AsyncClient, month: Month, form: JournalForm, tmp_path: Path
) -> None:
    await sign_in(client, "mo")
    path = f"/audit/months/2026-11/book.{form.value}"
    assert path in (await client.get("/audit/months/2026-11")).text
    answer = await client.get(path)
    assert answer.headers["content-disposition"] == f'attachment; filename="2026-11.{form.value}"'
    assert complaint(answer.text, form, tmp_path) == ""
    assert answer.text.count("posted_at") == 13
    assert "周阿姨" not in answer.text
    assert "audit.export_journal" in (await client.get("/acts")).text
    for wrong in ("2026-11/book.qif", "2026-12/book.hledger", "2026-13/book.hledger"):
        assert (await client.get(f"/audit/months/{wrong}")).status_code == 404


async def test_an_auditor_reads_numbers_and_masked_names(client: httpx.AsyncClient, month: Month) -> None:
    await month.reconcile()
    await sign_in(client, "auditor")
    await post_form(client, f"/desk/community/{month.here}", {}, seen="/audit")
    page = (await client.get("/audit/months/2026-11")).text
    assert "周＊姨" in page
    assert "周阿姨" not in page
    rows = await _rows(client, "/audit/months/2026-11/transfers.csv")
    assert "周＊姨" in {cell for row in rows for cell in row}
    assert "周阿姨" not in {cell for row in rows for cell in row}


@pytest.fixture
async def broken(two_desks: World, fresh_database: Database) -> Month:
    """A month with 100 minutes that nobody can account for."""
    return await broken_month(two_desks, fresh_database)


async def _finding(month: Month) -> str:
    found = next(one for one in await month.findings() if one.fault.code == "head_not_sum")
    return f"/audit/findings/{found.id}"


async def test_a_finding_says_what_is_wrong_and_leads_to_whoever_it_concerns(broken: Month) -> None:
    async with browser(service_over(broken.world.database)) as client:
        await sign_in(client, "mo")
        listed = (await client.get("/audit/findings")).text
        assert "账户余额不等于明细之和" in listed
        assert "冯伯" in listed
        assert "没有这样的差异" in (await client.get("/audit/findings?state=closed")).text
        assert "没有这样的差异" in (await client.get("/audit/findings?check=chain_unbroken")).text
        for wrong in ("state=gone", "check=Robert');", "after=x", "after=WyIyMDI2LTExLTIyIiwgIngiXQ"):
            assert (await client.get(f"/audit/findings?{wrong}")).status_code == 422, wrong
        page = (await client.get(await _finding(broken))).text
        for told in ("账户上记的余额", "9 小时 10 分", "明细之和", "7 小时 30 分", "1 小时 40 分"):
            assert told in page
        assert f'href="/accounts/{broken.street.feng}"' in page
        rows = await _rows(client, "/audit/findings.csv?state=open")
        assert len(rows) == 1 + len(await broken.findings())
        assert "冯伯 0102" in {cell for row in rows for cell in row}
        month = (await client.get("/audit/months/2026-11")).text
        assert "1 处不一致" in month
        assert await _finding(broken) in month


async def test_one_explains_and_another_closes(broken: Month) -> None:
    async with browser(service_over(broken.world.database)) as client:
        path = await _finding(broken)
        await sign_in(client, "mo")
        empty = await post_form(client, f"{path}/explain", {"note": " ", "version": 1}, seen=path)
        assert empty.status_code == 422
        assert "这一项必须填写" in empty.text
        early = await post_form(client, f"{path}/close", {"note": "看过", "version": 1}, seen=path)
        assert "请先写明原因，再由另一个人结案" in early.text
        told = await post_form(client, f"{path}/explain", {"note": "迁移时漏了", "version": 1}, seen=path)
        assert told.status_code == 303
        own = (await client.get(path)).text
        assert "说明是您写的，要由另一个人来结案或退回" in own
        assert f"{path}/close" not in own
        refused = await post_form(client, f"{path}/close", {"note": "好", "version": 2}, seen=path)
        assert (refused.status_code, "要由另一个人来结案" in refused.text) == (422, True)
        stale = await post_form(client, f"{path}/explain", {"note": "再写", "version": 1}, seen=path)
        assert "刚才有人改过这条记录" in stale.text
        assert ">再写</textarea>" in stale.text

        await sign_in(client, "auditor")
        await post_form(client, f"{path}/send-back", {"note": "说不通", "version": 2}, seen=path)
        await sign_in(client, "mo")
        await post_form(client, f"{path}/explain", {"note": "找到原件了", "version": 3}, seen=path)
        await sign_in(client, "auditor")
        closed = await post_form(client, f"{path}/close", {"note": "看过原件", "version": 4}, seen=path)
        assert closed.status_code == 303
        page = (await client.get(path)).text
        for told in ("已结案", "退回", "找到原件了", "看过原件", "何审计"):
            assert told in page


async def test_whoever_it_concerns_is_told_to_let_another_do_it(broken: Month) -> None:
    world = broken.world
    async with world.database.begin({broken.here}) as db:
        await db.execute(
            text("INSERT INTO timebank.staff_memberships VALUES (:staff, :member)"),
            {"staff": world.coordinator, "member": broken.street.feng},
        )
    async with browser(service_over(world.database)) as client:
        path = await _finding(broken)
        await sign_in(client, "mo")
        page = (await client.get(path)).text
        assert "不能给自己办理；请让另一位协调员办理" in page
        assert f"{path}/explain" not in page
        sent = await post_form(client, f"{path}/explain", {"note": "没事", "version": 1}, seen=path)
        assert (sent.status_code, "不能给自己办理" in sent.text) == (403, True)


async def test_a_finding_of_another_community_is_not_there_for_this_desk(broken: Month) -> None:
    async with browser(service_over(broken.world.database)) as client:
        path = await _finding(broken)
        await sign_in(client, "he")
        assert (await client.get(path)).status_code == 404
        assert (await client.get(f"/audit/runs/{new_id()}")).status_code == 404
        await sign_in(client, "auditor")
        await post_form(client, f"/desk/community/{broken.world.there}", {}, seen="/audit")
        page = (await client.get(path)).text
        assert "换到 榕树社区" in page
        assert "/accounts/" not in _links(page)


@pytest.mark.parametrize("user", ["auditor", "mo", "admin"])
async def test_every_link_that_is_offered_opens(broken: Month, user: str) -> None:
    async with browser(service_over(broken.world.database)) as client:
        await sign_in(client, user)
        await post_form(client, f"/desk/community/{broken.here}", {}, seen="/audit")
        first = (await client.get((await client.get("/")).headers["location"])).text
        rail = _links(first)
        assert "/audit" in rail
        seen: dict[str, int] = {}
        todo = sorted(rail)
        while todo:
            path = todo.pop()
            if path in seen:
                continue
            answer = await client.get(path)
            seen[path] = answer.status_code
            if path.startswith("/audit") or (user == "auditor" and path in rail):
                todo += sorted(_links(answer.text) - seen.keys())
        # Visits have no doors of their own yet, though the desk's rail leads there all the same.
        shut = {path: status for path, status in seen.items() if status != 200 and "/visits" not in path}
        assert shut == {}
        assert len([path for path in seen if path.startswith("/audit/findings/")]) == len(
            await broken.findings()
        )
        assert user != "auditor" or not any(path.startswith(("/visits", "/members")) for path in seen)


async def test_a_night_that_is_missing_is_said(client: httpx.AsyncClient, month: Month) -> None:
    await month.reconcile()
    async with month.world.database.begin({month.here}) as db:
        await db.execute(
            text("UPDATE timebank.reconciliation_runs SET finished_at = finished_at - interval '2 days'")
        )
    await sign_in(client, "mo")
    page = (await client.get("/audit")).text
    assert "缺了夜间对账" in page
    assert "昨夜没有对账" in page


async def test_a_night_says_since_when_it_looked_and_what_it_left_to_which_full_run(
    client: httpx.AsyncClient, month: Month
) -> None:
    full = await month.reconcile()
    with clock.set_to(NOW + timedelta(minutes=1)):
        night = await month.reconcile_at_night()
    await sign_in(client, "mo")
    page = (await client.get(f"/audit/runs/{night.id}")).text
    made, left = page.split("留给整本核对的检查")
    assert "只核对新增 · 夜间自动" in made
    assert made.count(f'href="/audit/runs/{full.id}"') == 2  # since when, and the last of the whole book
    for check in CHECKS:
        assert (check.label in made, check.label in left) == (not check.left_to_full, check.left_to_full)
    assert "只核对新增" not in (await client.get(f"/audit/runs/{full.id}")).text
    listed = (await client.get("/audit/runs")).text
    assert (listed.count("<td>只核对新增</td>"), listed.count("<td>整本核对</td>")) == (1, 1)
    told = (await client.get("/audit/months/2026-11")).text
    assert "；只核对了新增的。" in told
    assert f'<a href="/audit/runs/{full.id}">最近一次整本核对：' in told
    assert told.count('<span class="tag leaf">一致</span>') == len(CHECKS) + 1
    assert f'<a href="/audit/runs/{full.id}">最近一次整本核对：' in (await client.get("/audit")).text


async def test_a_month_is_not_in_order_while_an_earlier_finding_is_still_there(
    two_desks: World, fresh_database: Database
) -> None:
    month = await broken_month(two_desks, fresh_database)
    # As a run of news that did not look there: the finding is not gone, and this run sees nothing.
    blind = [check for check in CHECKS if not check.name.startswith(("head", "book"))]
    with clock.set_to(NOW + timedelta(minutes=1)):
        await month.reconcile_at_night(blind)
    async with browser(service_over(two_desks.database)) as client:
        await sign_in(client, "mo")
        for path in ("/audit", "/audit/months/2026-11"):
            page = (await client.get(path)).text
            assert '<span class="tag seal">以前的 3 处差异还在</span>' in page
            assert '<span class="tag leaf">一致</span></span>' not in page
