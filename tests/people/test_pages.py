"""What a coordinator does with people, through the pages."""

import re
from datetime import date
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text

from tests.given import World, csrf_of, post_form, sign_in
from timebank.core.ids import new_id
from timebank.core.tables import Act
from timebank.people import queries
from timebank.people.model import Window

ID_NUMBER = "99999919490101006X"


async def test_an_empty_community_says_how_to_begin(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "mo")
    page = await client.get("/members")
    assert page.status_code == 200
    assert "这里还没有会员" in page.text


@pytest.mark.slow
async def test_the_list_is_searched_and_narrowed(client: httpx.AsyncClient, world: World) -> None:
    await world.add_member("单雄信", phone="13800138000", is_recipient=False, birth_on=date(1950, 1, 1))
    await world.add_member("陈阿婆", is_helper=False)
    await sign_in(client, "mo")
    both = (await client.get("/members")).text
    assert "单雄信" in both
    assert "陈阿婆" in both
    assert "138****8000" in both
    assert "13800138000" not in both
    found = (await client.get("/members", params={"q": "shanxx"})).text
    assert "没有符合的会员" in found
    found = (await client.get("/members", params={"q": "shanxiong"})).text
    assert "单雄信" in found
    assert "陈阿婆" not in found
    helped = (await client.get("/members", params={"role": "recipient"})).text
    assert "单雄信" not in helped
    wrong = await client.get("/members", params={"role": "king"})
    assert wrong.status_code == 422


async def test_a_search_over_several_desks_names_the_other_community(
    client: httpx.AsyncClient, world: World
) -> None:
    await world.add_member("尉迟恭", community_id=world.there)
    await sign_in(client, "admin")
    page = (await client.get("/members", params={"q": "ycg"})).text
    assert "河畔社区" in page
    assert "尉迟恭" in page


async def _form(client: httpx.AsyncClient, path: str) -> dict[str, str]:
    page = (await client.get(path)).text
    main = page[page.index("<main") :]
    fields = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', main))
    fields["seen"] = fields["seen"].replace("&#34;", '"')
    return {"csrf": csrf_of(page), "key": new_id().hex, **fields}


@pytest.mark.slow
async def test_two_coordinators_change_one_person_and_neither_loses_anything(
    client: httpx.AsyncClient, world: World
) -> None:
    member = await world.add_member("陈阿婆", phone="13800138000", address="榕树街 1 号")
    path = f"/members/{member}/edit"
    await sign_in(client, "mo")
    keep = {"gender": "unknown", "contact": "phone", "hardship_tier": "0", "roles": "recipient"}
    first, second = await _form(client, path), await _form(client, path)
    saved = await client.post(path, data=first | keep | {"phone": "13900139000", "address": "榕树街 2 号"})
    assert saved.status_code == 303
    assert saved.headers["location"] == f"/members/{member}"

    typed = second | keep | {"address": "榕树街 3 号", "note": "耳朵不好", "key": new_id().hex}
    stopped = await client.post(path, data=typed)
    assert stopped.status_code == 409
    assert "莫协调改过这位会员的资料" in stopped.text
    assert 'value="13900139000"' in stopped.text  # theirs, since I had not touched it
    assert 'value="榕树街 3 号"' in stopped.text  # mine, and I am told about theirs
    assert "榕树街 2 号" in stopped.text
    assert "耳朵不好" in stopped.text

    again = typed | {"version": "2", "phone": "13900139000", "key": new_id().hex}
    assert (await client.post(path, data=again)).status_code == 303
    async with world.database.begin({world.here}) as db:
        details = (await queries.member(db, member)).details
    assert (details.phone, details.address, details.note) == ("13900139000", "榕树街 3 号", "耳朵不好")
    assert not details.is_helper


async def test_a_change_that_is_not_on_the_page_is_no_reason_to_ask_again(
    client: httpx.AsyncClient, world: World
) -> None:
    member = await world.add_member("陈阿婆")
    await sign_in(client, "mo")
    form = await _form(client, f"/members/{member}/edit")
    paused = {"to": "paused", "version": "1"}
    page = f"/members/{member}"
    assert (await post_form(client, f"{page}/standing", paused, seen=f"{page}/edit")).status_code == 303
    keep = {"gender": "unknown", "contact": "phone", "hardship_tier": "0", "roles": "recipient"}
    saved = await client.post(f"{page}/edit", data=form | keep | {"note": "耳朵不好"})
    assert saved.status_code == 303
    async with world.database.begin({world.here}) as db:
        known = await queries.member(db, member)
    assert (known.details.note, known.status, known.version) == ("耳朵不好", "paused", 3)


async def test_a_wrong_record_says_what_is_wrong_and_keeps_what_was_typed(
    client: httpx.AsyncClient, world: World
) -> None:
    member = await world.add_member("陈阿婆")
    path = f"/members/{member}/edit"
    await sign_in(client, "mo")
    form = await _form(client, path)
    wrong = {"phone": "打村口电话", "birth_on": "1949.1.1", "address": "榕树街\x07", "lat": "22.9"}
    answer = await client.post(path, data=form | wrong)
    assert answer.status_code == 422
    for said in ("电话写法不对", "日期请写成", "控制字符", "打村口电话"):
        assert said in answer.text
    future = await client.post(path, data=form | {"birth_on": "2030-01-01", "key": new_id().hex})
    assert "出生日期不对" in future.text


async def test_an_id_number_is_shown_in_full_only_for_a_reason_that_is_written_down(
    client: httpx.AsyncClient, world: World
) -> None:
    member = await world.add_member(id_number=ID_NUMBER)
    await sign_in(client, "mo")
    page = (await client.get(f"/members/{member}/edit")).text
    assert "999999********006X" in page
    assert ID_NUMBER not in page
    path = f"/members/{member}/id-number"
    without = await post_form(client, path, {"reason": ""}, seen=f"/members/{member}/edit")
    assert without.status_code == 422
    shown = await post_form(client, path, {"reason": "核对参保"}, seen=f"/members/{member}/edit")
    assert ID_NUMBER in shown.text
    async with world.database.begin({world.here}) as db:
        act = (await db.scalars(select(Act).where(Act.operation == "people.unmask_id"))).one()
        answers = (await db.execute(text("SELECT answer::text FROM timebank.answers"))).scalars().all()
    assert (act.actor_id, act.beneficiary_id, act.reason) == (world.coordinator, member, "核对参保")
    assert not any(ID_NUMBER in (answer or "") for answer in answers)


@pytest.mark.slow
async def test_a_week_is_typed_and_read_back(client: httpx.AsyncClient, world: World) -> None:
    member = await world.add_member()
    path = f"/members/{member}/availability"
    await sign_in(client, "mo")
    typed = {"day_0": "9-11，14：00～16:30", "day_6": "0:00-24:00", "version": 1}
    saved = await post_form(client, path, typed)
    assert saved.status_code == 303
    async with world.database.begin({world.here}) as db:
        week = (await queries.availability(db, [member]))[member]
    assert week == (Window(0, 540, 660), Window(0, 840, 990), Window(6, 0, 1440))
    assert 'value="9:00-11:00, 14:00-16:30"' in (await client.get(path)).text
    for wrong in ("上午", "11-9", "9:75-10", "20-25"):
        answer = await post_form(client, path, {"day_2": wrong, "version": 2})
        assert answer.status_code == 422
        assert "请写成 9:00-11:00" in answer.text


@pytest.mark.slow
async def test_two_coordinators_set_one_week_and_the_second_sees_the_first_ones(
    client: httpx.AsyncClient, world: World
) -> None:
    member = await world.add_member()
    path = f"/members/{member}/availability"
    await sign_in(client, "mo")
    await post_form(client, path, {"day_0": "9:00-11:00", "day_1": "9:00-10:00", "version": 1})
    await sign_in(client, "mai")
    late = await post_form(client, path, {"day_0": "14:00-16:00", "day_1": "9:00-10:00", "version": 1})
    assert late.status_code == 409
    assert "刚才有人改过这条记录（莫协调，" in late.text
    assert 'value="14:00-16:00"' in late.text  # what I typed
    assert late.text.count("现在是：") == 1
    assert "现在是：9:00-11:00" in late.text  # what stands there
    assert 'name="version" value="2"' in late.text
    again = await post_form(client, path, {"day_0": "14:00-16:00", "day_1": "9:00-10:00", "version": 2})
    assert again.status_code == 303


@pytest.mark.slow
async def test_months_at_sea_are_noted_and_taken_back(client: httpx.AsyncClient, world: World) -> None:
    member = await world.add_member()
    path = f"/members/{member}/absences"
    await sign_in(client, "mo")
    sea = {"from_on": "2026-03-01", "until_on": "2026-10-31", "kind": "sea"}
    assert (await post_form(client, path, sea)).status_code == 303
    assert "已经登记了外出" in (await post_form(client, path, sea)).text
    backwards = await post_form(client, path, {**sea, "from_on": "2026-12-02"})
    assert "结束日期不能早于开始日期" in backwards.text
    page = (await client.get(path)).text
    assert "2026 年 10 月 31 日" in page
    remove = re.search(rf"/members/{member}/absences/[0-9a-f-]+/remove", page)
    assert remove is not None
    assert (await post_form(client, remove[0], {}, seen=path)).status_code == 303
    assert "没有登记外出" in (await client.get(path)).text


@pytest.mark.slow
async def test_whom_not_to_pair_is_found_by_name_or_number(client: httpx.AsyncClient, world: World) -> None:
    one = await world.add_member("甲一", number="1")
    await world.add_member("乙二", number="2")
    await world.add_member("乙二", number="3")
    path = f"/members/{one}/apart"
    await sign_in(client, "mo")
    several = await post_form(client, path, {"other": "乙二", "reason": "争执"})
    assert several.status_code == 422
    assert "乙二（2）、乙二（3）" in several.text
    assert "没有找到" in (await post_form(client, path, {"other": "丙", "reason": "争执"})).text
    assert "另一位" in (await post_form(client, path, {"other": "1", "reason": "争执"})).text
    assert (await post_form(client, path, {"other": "3", "reason": "争执"})).status_code == 303
    assert "争执" in (await client.get(path)).text


@pytest.mark.slow
async def test_a_printed_card_lets_its_holder_in(client: httpx.AsyncClient, world: World) -> None:
    member = await world.add_member("陈阿婆")
    path = f"/members/{member}/card"
    await sign_in(client, "mo")
    page = (await post_form(client, path, {})).text
    assert "<svg" in page
    assert " style=" not in page
    pin = re.search(r'class="num pin"><b>(\d{6})<', page)
    number = re.search(r"<dd class=\"num\">(\d{4}) (\d{4}) (\d{4})</dd>", page)
    assert pin is not None
    assert number is not None
    assert pin[1] not in (await client.get(path)).text
    client.cookies.clear()
    entered = await post_form(
        client, "/sign-in/card", {"number": "".join(number.groups()), "pin": pin[1]}, seen="/sign-in"
    )
    assert entered.headers["location"] == "/me"


@pytest.mark.slow
async def test_branches_are_added_and_renamed(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "mo")
    assert (await post_form(client, "/branches", {"name": "第一支部"})).status_code == 303
    assert "已有同名" in (await post_form(client, "/branches", {"name": "第一支部"})).text
    page = (await client.get("/branches")).text
    branch = UUID(re.search(r'action="/branches/([0-9a-f-]{36})"', page)[1])  # type: ignore[index]
    change = {"name": "第二支部", "seen_name": "第一支部"}
    renamed = await post_form(client, f"/branches/{branch}", change, seen="/branches")
    assert renamed.status_code == 303
    late = await post_form(client, f"/branches/{branch}", change | {"name": "第三支部"}, seen="/branches")
    assert late.status_code == 422
    assert 'value="第三支部"' in late.text
    assert "现在是：第二支部" in late.text
    assert "第二支部" in (await client.get("/branches")).text


async def test_a_member_of_another_community_is_not_found(client: httpx.AsyncClient, world: World) -> None:
    member = await world.add_member(community_id=world.there)
    await sign_in(client, "mo")
    for place in ("edit", "availability", "absences", "apart", "card"):
        assert (await client.get(f"/members/{member}/{place}")).status_code == 404
    assert (await client.get("/members/not-an-id/edit")).status_code == 422
