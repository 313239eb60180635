"""A coordinator's desk: every move of a visit by form, refused where it must be, with nothing typed lost."""

import csv
import html
import io
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from tests.given import NOW, World, post_form, sign_in
from tests.requests.given import wish
from tests.visits.desk import Desk
from tests.visits.given import TODAY, Street
from timebank.core import clock
from timebank.core.provenance import Provenance
from timebank.people.service import link_staff
from timebank.requests import service as requests
from timebank.schemes.model import ConfirmBy, SchemePolicy
from timebank.visits.deeds import DEEDS
from timebank.visits.model import Move, Status


@pytest.mark.slow
async def test_a_visit_goes_all_the_way_at_the_desk(desk: Desk) -> None:
    visit_id = (await desk.street.plan())[0]
    page = await desk.look(visit_id)
    for told in ("周阿姨帮冯伯：陪诊", "13900000101", "银龄互助", "莫协调", "签到"):
        assert told in page, told
    assert await desk.done(visit_id, "check_in", provenance="phone") is Status.ATTENDED
    assert await desk.done(visit_id, "undo_check_in") is Status.PLANNED
    assert await desk.done(visit_id, "check_in", provenance="phone") is Status.ATTENDED
    assert await desk.done(visit_id, "check_out", provenance="phone") is Status.ATTENDED
    assert await desk.done(visit_id, "claim", hours=1, minutes=30, provenance="phone") is Status.CLAIMED
    claimed = await desk.look(visit_id)
    assert "服务者登记了 1 小时 30 分" in claimed
    assert await desk.done(visit_id, "confirm", provenance="phone") is Status.SETTLED
    settled = await desk.look(visit_id)
    assert "已记账 1 小时 30 分" in settled
    assert "/accounts/entries/" in settled
    assert "按 2026 年 1 月 1 日 周四 起的规则" in settled
    assert await desk.street.balances() == (90, 510)


@pytest.mark.slow
async def test_what_the_recipient_says_otherwise_is_heard_and_decided(desk: Desk) -> None:
    visit_id = (await desk.street.plan())[0]
    await desk.done(visit_id, "claim", hours=2, provenance="phone")
    told = await desk.do(visit_id, "confirm", hours=1, words="只来了一个钟", provenance="phone")
    assert told.status_code == 303
    page = await desk.look(visit_id)
    for words in ("只来了一个钟", "照服务者说的：2 小时", "照受助人说的：1 小时", "双方说法不一"):
        assert words in page, words
    silent = await desk.do(visit_id, "resolve", outcome="60")
    assert (silent.status_code, "这一项必须填写" in silent.text) == (422, True)
    assert await desk.done(visit_id, "resolve", outcome="60", reason="问过两边") is Status.SETTLED
    assert "定为 1 小时" in await desk.look(visit_id)
    assert await desk.street.balances() == (60, 540)


@pytest.mark.slow
async def test_a_dispute_may_end_with_nothing(desk: Desk) -> None:
    visit_id = (await desk.street.plan())[0]
    await desk.done(visit_id, "claim", hours=2, provenance="phone")
    assert await desk.done(visit_id, "dispute", nothing="true", provenance="desk") is Status.DISPUTED
    assert "受助人说没有来过" in await desk.look(visit_id)
    assert await desk.done(visit_id, "resolve", outcome="nothing", reason="没有去") is Status.CANCELLED


@pytest.mark.slow
async def test_a_refusal_is_told_with_its_ways_out(client: httpx.AsyncClient, world: World) -> None:
    street = await Street(world).move_in(feng_brings=30)
    await sign_in(client, "mo")
    desk = Desk(client, street)
    visit_id = (await street.plan())[0]
    await desk.done(visit_id, "claim", hours=1, provenance="phone")
    assert await desk.done(visit_id, "confirm", provenance="phone") is Status.CONFIRMED
    page = await desk.look(visit_id)
    assert "冯伯的余额不够，还差 30 分" in page
    assert f"/accounts/{street.feng}/grant" in page
    again = await desk.do(visit_id, "settle")
    assert again.status_code == 303
    assert (await street.visit(visit_id)).status is Status.CONFIRMED
    longer = await desk.do(visit_id, "amend", hours=3, reason="试试")
    assert (longer.status_code, "只能改短，不能改长" in longer.text, 'value="3"' in longer.text) == (
        422,
        True,
        True,
    )
    neither = await desk.do(visit_id, "amend", reason="试试")
    assert (neither.status_code, "请改短时长，或换一个支付方" in neither.text) == (422, True)
    assert await desk.done(visit_id, "amend", minutes=30, reason="余额只够半小时") is Status.SETTLED
    assert await street.balances() == (30, 0)


@pytest.mark.slow
async def test_a_correction_reverses_and_settles_again_and_may_void(desk: Desk) -> None:
    visit_id = await _settled(desk, hours=2)
    same = await desk.do(visit_id, "reopen", outcome="other", hours=2, reason="听错了")
    assert (same.status_code, "和已记账的一样" in same.text) == (422, True)
    assert await desk.done(visit_id, "reopen", outcome="other", hours=1, reason="听错了") is Status.SETTLED
    page = await desk.look(visit_id)
    assert "已冲正" in page
    assert "听错了" in page
    assert await desk.street.balances() == (60, 540)
    assert await desk.done(visit_id, "reopen", outcome="nothing", reason="登记错了人") is Status.CANCELLED
    assert await desk.street.balances() == (0, 600)


@pytest.mark.slow
async def test_spent_minutes_are_taken_back_only_when_somebody_says_so(desk: Desk) -> None:
    visit_id = await _settled(desk, hours=2)
    await desk.street.spend(desk.street.zhou, 100)
    refused = await desk.do(visit_id, "reopen", outcome="nothing", reason="没去过")
    assert refused.status_code == 409
    assert "对方已经用掉了这些时间" in refused.text
    assert "仍要冲正" in refused.text
    assert 'value="没去过"' in refused.text
    done = await desk.done(visit_id, "reopen", outcome="nothing", reason="没去过", forced="true")
    assert done is Status.CANCELLED


@pytest.mark.slow
async def test_a_visit_is_put_off_called_off_missed_and_restored(desk: Desk) -> None:
    visit_id = (await desk.street.plan())[0]
    tomorrow = str(TODAY + timedelta(days=1))
    backwards = await desk.do(visit_id, "reschedule", on=tomorrow, from_time="11:00", until_time="10:00")
    assert (backwards.status_code, "结束时间要晚于开始时间" in backwards.text) == (422, True)
    moved = await desk.done(visit_id, "reschedule", on=tomorrow, from_time="09:00", until_time="10:00")
    assert moved is Status.PLANNED
    early = await desk.do(visit_id, "no_show", absent="helper")
    assert early.status_code == 409
    assert await desk.done(visit_id, "cancel", reason="下大雨") is Status.CANCELLED
    assert "下大雨" in await desk.look(visit_id)
    assert await desk.done(visit_id, "restore") is Status.PLANNED
    with clock.set_to(NOW + timedelta(days=1, hours=3)):
        await sign_in(desk.client, "mo")
        assert await desk.done(visit_id, "no_show", absent="recipient", reason="住院了") is Status.NO_SHOW
        assert "没来的是受助人" in await desk.look(visit_id)


@pytest.mark.slow
async def test_what_is_doubtful_is_said_and_done_all_the_same_with_a_reason(desk: Desk) -> None:
    await desk.street.plan()
    later = desk.street.planned(planned_from=NOW + timedelta(hours=5), planned_until=NOW + timedelta(hours=6))
    second = (await desk.street.plan(later))[0]
    clash = {"on": str(TODAY), "from_time": "11:00", "until_time": "12:30"}
    doubted = await desk.do(second, "reschedule", **clash)
    assert doubted.status_code == 409
    assert "同一时间还有别的服务" in doubted.text
    assert "看过了，仍然登记" in doubted.text
    unsaid = await desk.do(second, "reschedule", **clash, anyway="true")
    assert (unsaid.status_code, "请写一句为什么仍然这样办" in unsaid.text) == (422, True)
    done = await desk.done(second, "reschedule", **clash, anyway="true", reason="两家是邻居")
    assert done is Status.PLANNED


@pytest.mark.slow
async def test_who_comes_second_sees_what_is_new_and_loses_nothing(desk: Desk) -> None:
    visit_id = (await desk.street.plan())[0]
    seen = (await desk.street.visit(visit_id)).version
    await desk.done(visit_id, "claim", hours=2, provenance="phone")
    late = await desk.do(visit_id, "claim", version=seen, hours=1, note="带了病历", provenance="phone")
    assert late.status_code == 409
    assert "刚才有人改过这条记录" in late.text
    assert 'value="带了病历"' in late.text
    assert f'name="version" value="{seen + 1}"' in late.text
    await desk.done(visit_id, "confirm", provenance="phone")
    gone = await desk.do(visit_id, "claim", version=seen, hours=1, note="带了病历", provenance="phone")
    assert gone.status_code == 409
    assert "现在不能这样办了" in gone.text
    assert 'value="带了病历"' in gone.text
    assert "<fieldset" in gone.text
    assert " disabled" in gone.text


@pytest.mark.slow
async def test_own_affairs_are_a_colleagues(desk: Desk, world: World) -> None:
    await link_staff(
        await world.call(world.administrator),
        staff_id=world.coordinator,
        member_id=desk.street.zhou,
        linked=True,
    )
    await sign_in(desk.client, "mo")
    visit_id = await desk.street.confirmed()
    page = await desk.look(visit_id)
    assert "别的步骤请让同事来办：麦协调" in page
    assert "改一改再结算" not in page
    refused = await desk.do(visit_id, "settle")
    assert (refused.status_code, "不能给自己办理；请让另一位协调员办理" in refused.text) == (403, True)
    mine = (await desk.street.plan())[0]
    await desk.done(mine, "claim", hours=1)
    other = await desk.do(mine, "confirm")
    assert (other.status_code, "这一步要由对方来做" in other.text) == (403, True)
    entered = await post_form(desk.client, "/visits/enter", _late(desk))
    assert (entered.status_code, "请划掉，让另一位协调员录入" in entered.text) == (422, True)


@pytest.mark.slow
async def test_where_only_the_recipients_own_word_counts_the_desk_offers_paper(
    client: httpx.AsyncClient, world: World
) -> None:
    street = await Street(world).move_in(SchemePolicy(confirm_by=ConfirmBy.RECIPIENT))
    await sign_in(client, "mo")
    desk = Desk(client, street)
    visit_id = (await street.plan())[0]
    await desk.done(visit_id, "claim", hours=1, provenance="phone")
    assert "这个项目只认受助人自己的话" in await desk.look(visit_id)
    by_phone = await desk.do(visit_id, "confirm", provenance="phone")
    assert (by_phone.status_code, "签过字的纸单" in by_phone.text) == (409, True)
    assert await desk.done(visit_id, "confirm", provenance="paper") is Status.SETTLED
    hearsay = await post_form(client, "/visits/enter", _late(desk) | {"signed": "true"})
    assert (hearsay.status_code, "这个项目要受助人自己确认" in hearsay.text) == (409, True)


@pytest.mark.slow
async def test_a_visit_is_planned_by_hand(desk: Desk, world: World) -> None:
    await world.add_member("周阿姨", number="0199")
    street = desk.street
    page = (await desk.client.get(f"/visits/new?helper_id={street.zhou}")).text
    assert 'value="0101"' in page
    plan = {
        "helper": "周阿姨",
        "recipient": "fengbo",
        "scheme_id": str(street.scheme),
        "category": "shopping",
        "on": str(TODAY + timedelta(days=1)),
        "from_time": "09:00",
        "until_time": "10:00",
        "place": "菜市场",
        "provenance": "phone",
    }
    which = await post_form(desk.client, "/visits/new", plan)
    assert which.status_code == 422
    assert "有几位会员符合，请选一位" in which.text
    assert 'value="0199"' in which.text
    assert 'value="菜市场"' in which.text
    done = await post_form(desk.client, "/visits/new", plan | {"helper_pick": "0101"})
    assert done.status_code == 303, done.text
    assert "菜市场" in (await desk.client.get(done.headers["location"])).text
    clash = await post_form(desk.client, "/visits/new", plan | {"helper_pick": "0101"})
    assert (clash.status_code, "仍然登记" in clash.text) == (409, True)
    assert 'name="helper" type="text" value="0101"' in clash.text
    sure = {"helper": "0101", "anyway": "true", "reason": "两个人一起去"}
    assert (await post_form(desk.client, "/visits/new", plan | sure)).status_code == 303
    nobody = await post_form(desk.client, "/visits/new", plan | {"recipient": "没有这个人"})
    assert (nobody.status_code, "没有找到这位会员" in nobody.text) == (422, True)


@pytest.mark.slow
async def test_a_visit_is_planned_for_a_request_and_called_off_so_that_it_looks_again(
    desk: Desk, world: World
) -> None:
    street = desk.street
    request_id = await requests.submit(
        await world.call(),
        community_id=world.here,
        member_id=street.feng,
        wish=wish(place="中医院", skills=()),
        provenance=Provenance.PHONE,
        publish=True,
    )
    path = f"/visits/new?request_id={request_id}"
    page = (await desk.client.get(path)).text
    for filled in ('value="0102"', 'value="中医院"', 'value="08:00"', 'value="10:00"', "陪诊 · 2 小时"):
        assert filled in page, filled
    plan = {
        "request_id": str(request_id),
        "recipient": "0102",
        "scheme_id": str(street.scheme),
        "category": "clinic",
        "on": str(TODAY + timedelta(days=2)),
        "from_time": "08:00",
        "until_time": "10:00",
        "provenance": "phone",
    }
    nobody = await post_form(desk.client, "/visits/new", plan | {"helper": "没有这个人"}, seen=path)
    assert (nobody.status_code, "按这个需求排" in nobody.text) == (422, True)
    made = await post_form(desk.client, "/visits/new", plan | {"helper": "0101"}, seen=path)
    assert made.status_code == 303, made.text
    visit_id = UUID(made.headers["location"].rsplit("/", 1)[1])
    assert "周阿姨" in (await desk.client.get(f"/visits?request_id={request_id}")).text
    assert "已派单" in (await desk.client.get(f"/requests/{request_id}")).text
    assert "再去找人" in (await desk.client.get(f"/visits/{visit_id}/cancel")).text
    await desk.done(visit_id, "cancel", reason="周阿姨病了", ask_again="true")
    assert "待派单" in (await desk.client.get(f"/requests/{request_id}")).text


@pytest.mark.slow
async def test_a_visit_told_late_is_written_down_with_its_true_day(desk: Desk) -> None:
    wrong = await post_form(
        desk.client, "/visits/enter", _late(desk) | {"served_on": str(TODAY + timedelta(days=2))}
    )
    assert (wrong.status_code, "服务日期不能在今天以后" in wrong.text) == (422, True)
    done = await post_form(desk.client, "/visits/enter", _late(desk) | {"signed": "true"})
    assert done.status_code == 303, done.text
    page = (await desk.client.get(done.headers["location"])).text
    assert "已记账 45 分" in page
    assert "2026 年 11 月 16 日" in page
    waiting = await post_form(desk.client, "/visits/enter", _late(desk) | {"minutes": "20"})
    assert "待确认" in (await desk.client.get(waiting.headers["location"])).text
    assert await desk.street.balances() == (45, 555)


@pytest.mark.slow
async def test_the_list_is_narrowed_paged_and_taken_home(desk: Desk) -> None:
    street = desk.street
    await street.plan(
        street.planned(place="=HYPERLINK(1)"),
        street.planned(
            recipient_id=street.chen,
            planned_from=NOW + timedelta(days=1),
            planned_until=NOW + timedelta(days=1, hours=1),
        ),
    )
    await _settled(desk, hours=1)
    whole = (await desk.client.get("/visits")).text
    assert whole.count('<td class="num">') == 3
    assert (await desk.client.get("/visits?status=settled")).text.count("周阿姨") == 1
    found = await desk.client.get("/visits?who=chen")
    assert found.headers["location"] == f"/visits?member_id={street.chen}"
    assert "陈婆的服务单" in (await desk.client.get(found.headers["location"])).text
    assert "没有找到这位会员" in (await desk.client.get("/visits?who=nobody")).text
    assert "这里没有服务单" in (await desk.client.get("/visits?until_on=2026-01-01")).text
    assert (await desk.client.get("/visits?from_on=yesterday")).status_code == 422
    file = await desk.client.get("/visits/export.csv?status=planned")
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [row[4] for row in rows] == ["服务者", "周阿姨", "周阿姨"]
    assert rows[2][16] == "'=HYPERLINK(1)"
    assert "visits.export" in (await desk.client.get("/acts")).text


@pytest.mark.slow
async def test_a_long_list_goes_on_and_its_file_has_all_of_it(desk: Desk) -> None:
    street = desk.street
    hours = [NOW + timedelta(hours=hour) for hour in range(120)]
    await street.plan(
        *(street.planned(planned_from=at, planned_until=at + timedelta(minutes=30)) for at in hours)
    )
    seen, path = 0, "/visits?status=planned"
    while path:
        page = (await desk.client.get(path)).text
        seen += page.count('<td class="num">')
        _, more, rest = page.partition('<p class="more"><a class="button" href="')
        path = html.unescape(rest.split('"', 1)[0]) if more else ""
    assert seen == 120
    file = await desk.client.get("/visits/export.csv")
    assert len(list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))) == 121


def test_every_move_can_be_done_at_the_desk() -> None:
    # A correction voids, too: the same form says that it never took place.
    assert set(Move) - set(DEEDS) == {Move.VOID}


@pytest.mark.slow
async def test_a_day_is_printed_and_its_numbers_only_where_it_is_written_down(desk: Desk) -> None:
    await desk.street.plan(desk.street.planned(place="中医院"))
    page = (await desk.client.get(f"/visits/day?on={TODAY}")).text
    assert "11:00–13:00" in page
    assert "中医院" in page
    assert "13900000101" not in page
    assert "visits.day_with_phones" not in (await desk.client.get("/acts")).text
    assert "13900000101" in (await desk.client.get(f"/visits/day/phones?on={TODAY}")).text
    assert "visits.day_with_phones" in (await desk.client.get("/acts")).text
    assert "这一天没有排服务" in (await desk.client.get("/visits/day?on=2026-01-01")).text


@pytest.mark.slow
async def test_another_communitys_visits_are_not_there(desk: Desk) -> None:
    visit_id = (await desk.street.plan())[0]
    await sign_in(desk.client, "he")
    assert (await desk.client.get(f"/visits/{visit_id}")).status_code == 404
    assert "这里没有服务单" in (await desk.client.get("/visits")).text
    assert (await desk.client.get(f"/visits/{visit_id}/fly")).status_code == 404


async def _settled(desk: Desk, *, hours: int) -> UUID:
    visit_id = (await desk.street.plan(desk.street.planned()))[0]
    await desk.done(visit_id, "claim", hours=hours, provenance="phone")
    assert await desk.done(visit_id, "confirm", provenance="phone") is Status.SETTLED
    return visit_id


def _late(desk: Desk) -> dict[str, object]:
    return {
        "helper": "周阿姨",
        "recipient": "0102",
        "scheme_id": str(desk.street.scheme),
        "category": "shopping",
        "served_on": str(TODAY - timedelta(days=6)),
        "minutes": "45",
        "provenance": "phone",
    }
