"""Activities at the desk, on a member's phone, for programs; records that merge; today's work."""

from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from tests.activities.given import TODAY, enrol, planned, staff
from tests.given import NOW, PASSWORD, World, post_form, sign_in
from tests.membership.test_merging import merge
from tests.requests.test_pages import sign_in_member
from timebank.activities import queries, service
from timebank.activities.model import Gathering, Part, Standing
from timebank.membership.steps import open_accounts

FORM = {
    "kind": "talk",
    "title": "榕树下的声音",
    "place": "榕树广场",
    "held_on": str(TODAY + timedelta(days=3)),
    "from_time": "09:00",
    "until_time": "10:30",
    "seats": "1",
}


@pytest.mark.slow
async def test_a_coordinator_plans_and_takes_names(client: httpx.AsyncClient, world: World) -> None:
    await world.add_member("李兰", number="0007")
    he = await world.add_member("何大海", number="0008")
    await world.add_member("陈婆", number="0009")
    chen = await world.add_member("陈婆", number="0010")
    await sign_in(client, "mo")
    assert "安排一场" in (await client.get("/activities")).text
    wrong = await post_form(
        client, "/activities/new", {**FORM, "until_time": "08:00"}, seen="/activities/new"
    )
    assert (wrong.status_code, "结束时间要晚于开始时间" in wrong.text) == (422, True)
    made = await post_form(client, "/activities/new", FORM, seen="/activities/new")
    at = made.headers["location"]
    assert (await post_form(client, f"{at}/people", {"who": "0007"}, seen=at)).status_code == 303
    assert "李兰已报名" in (await client.get(at)).text

    # Full: said, and the next press stands them in the line.
    full = await post_form(client, f"{at}/people", {"who": "0008"}, seen=at)
    assert (full.status_code, "1 个名额已经报满，候补的有 0 位" in full.text) == (422, True)
    waits = await post_form(client, f"{at}/people", {"who": "0008", "or_wait": "true"}, seen=at)
    assert waits.status_code == 303
    assert "何大海排在候补里" in (await client.get(at)).text

    # Two of one name: choose.
    several = await post_form(client, f"{at}/people", {"who": "陈婆", "part": "speaker"}, seen=at)
    assert (several.status_code, str(chen) in several.text) == (200, True)
    chosen = {"who": "陈婆", "member": str(chen), "part": "speaker"}
    assert (await post_form(client, f"{at}/people", chosen, seen=at)).status_code == 303
    nobody = await post_form(client, f"{at}/people", {"who": "张三"}, seen=at)
    assert (nobody.status_code, "没有找到这位会员" in nobody.text) == (422, True)

    li = next(one.member.id for one in (await _gathering(world, at)).takings if one.member.number == "0007")
    off = {"member": str(li), "reason": "住院了"}
    assert (await post_form(client, f"{at}/people/leave", off, seen=at)).status_code == 303
    page = (await client.get(at)).text
    assert ("候补补上的" in page, "住院了" in page, "陈婆" in page) == (True, True, True)
    stands = {one.member.id: one.participation.standing for one in (await _gathering(world, at)).takings}
    assert stands[he] is Standing.ENROLLED

    edited = await post_form(client, f"{at}/edit", {**FORM, "version": "1", "seats": "9"}, seen=f"{at}/edit")
    assert edited.status_code == 303
    stale = await post_form(client, f"{at}/edit", {**FORM, "version": "1"}, seen=f"{at}/edit")
    assert (stale.status_code, "刚才有人改过" in stale.text, "现在是：" in stale.text) == (422, True, True)
    off = {"version": "2", "reason": "台风"}
    assert (await post_form(client, f"{at}/cancel", off, seen=at)).status_code == 303
    late = await post_form(client, f"{at}/cancel", off, seen=at)
    assert (late.status_code, "刚才有人改过" in late.text) == (409, True)
    assert (await post_form(client, f"{at}/restore", {"version": "3"}, seen=at)).status_code == 303


@pytest.mark.slow
async def test_the_sheet_is_printed_copied_and_reported(client: httpx.AsyncClient, world: World) -> None:
    li, he = await world.add_member("李兰", number="0007"), await world.add_member("何大海", number="0008")
    await world.add_member("周正", number="0011")
    mo = await world.add_member("莫老师", number="0012")
    talk = await planned(world, held_on=TODAY, from_minute=1200, to_minute=1290)
    for one in (li, he):
        await enrol(world, talk, one)
    await staff(world, talk, mo, Part.SPEAKER)
    at = f"/activities/{talk}"
    await sign_in(client, "mo")
    printed = (await client.get(f"{at}/sheet")).text
    assert [word in printed for word in ("李兰", "何大海", "莫老师", "20:00–21:30")] == [True] * 4
    assert "今天的活动" in (await client.get("/today")).text

    seen = f"{at}/sign-in"
    assert (await client.get(seen)).text.count(" checked") == 3
    sheet = {"version": "1", "came": [str(li), str(mo)], "walk_ins": "周正\n张三", "guests": "5"}
    wrong = await post_form(client, seen, sheet, seen=seen)
    assert (wrong.status_code, "第 2 行：" in wrong.text, "没有找到“张三”" in wrong.text) == (422, True, True)
    assert wrong.text.count(" checked") == 2
    minutes = {f"minutes-{mo}": "0"}
    wrong = await post_form(client, seen, {**sheet, "walk_ins": "周正", **minutes}, seen=seen)
    assert (wrong.status_code, "莫老师的服务时长" in wrong.text) == (422, True)
    minutes = {f"minutes-{mo}": "60"}
    done = await post_form(client, seen, {**sheet, "walk_ins": "周正", **minutes}, seen=seen)
    assert (done.status_code, done.headers["location"]) == (303, f"{at}/report")
    report = (await client.get(f"{at}/report")).text
    assert ("共到场 8 人" in report, "莫老师（主讲 1 小时）" in report) == (True, True)
    said = {"version": "2", "notes": "讲了家风", "went_well": "大家留到最后"}
    assert (await post_form(client, f"{at}/report", said, seen=f"{at}/report")).status_code == 303
    assert "讲了家风" in (await client.get(f"{at}/report")).text
    stale = await post_form(client, f"{at}/report", said, seen=f"{at}/report")
    assert (stale.status_code, "刚才有人改过" in stale.text) == (409, True)
    file = await client.get("/activities/export.csv?when=all")
    assert "榕树下的声音" in file.text
    assert ",已举行,2,1,1,5,8,讲了家风,大家留到最后" in file.text
    listed = await client.get("/activities?when=all&words=榕树&kind=talk")
    assert "已举行" in listed.text
    assert "没有找到这样的活动" in (await client.get("/activities?words=x")).text


@pytest.mark.slow
async def test_a_member_comes_and_says_no(client: httpx.AsyncClient, world: World) -> None:
    li, he = await world.add_member("李兰"), await world.add_member("何大海")
    talk = await planned(world, seats=1, guest_speaker="钟院士", note="带水杯")
    at = f"/me/activities/{talk}"
    await sign_in_member(client, world, li)
    assert "榕树下的声音" in (await client.get("/me/activities")).text
    page = (await client.get(at)).text
    assert [word in page for word in ("钟院士", "带水杯", "还有 1 个名额", "我要参加")] == [True] * 4
    # Somebody is quicker: told so, and the line is offered.
    await enrol(world, talk, he)
    late = await post_form(client, f"{at}/enrol", {}, seen=at)
    assert (late.status_code, "1 个名额已经报满" in late.text, "排候补" in late.text) == (409, True, True)
    assert (await post_form(client, f"{at}/wait", {}, seen=at)).status_code == 303
    assert "候补，前面有 0 位" in (await client.get(at)).text
    off = {"community_id": world.here, "activity_id": talk, "member_id": he, "reason": "病了"}
    await service.withdraw(await world.call(), **off)  # type: ignore[arg-type]
    assert "您报名了" in (await client.get(at)).text
    assert "您报名的活动" in (await client.get("/me")).text
    gone = await post_form(client, f"{at}/withdraw", {"why": "ill", "words": "感冒"}, seen=at)
    assert gone.status_code == 303
    (taking,) = [one for one in (await _gathering(world, at)).takings if one.member.id == li]
    assert taking.participation.withdrawn_because == "身体不舒服：感冒"
    again = await post_form(client, f"{at}/withdraw", {"why": "ill"}, seen=at)
    assert (again.status_code, "没有报这次活动" in again.text) == (409, True)


async def test_activities_for_programs(client: httpx.AsyncClient, world: World) -> None:
    li, mo = await world.add_member("李兰"), await world.add_member("莫老师")
    login = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    client.headers["authorization"] = f"Bearer {login.json()['token']}"
    at = f"/api/v1/communities/{world.here}/activities"
    plan = {name: FORM[name] for name in ("kind", "title", "place")} | {
        "held_on": str(TODAY),
        "from_minute": 1200,
        "to_minute": 1290,
        "seats": 1,
    }
    made = await client.post(at, json=plan)
    one = f"{at}/{made.json()['id']}"
    took = await client.put(f"{one}/participations/{li}", json={})
    assert took.json() == {"standing": "enrolled"}
    await client.put(f"{one}/participations/{mo}", json={"part": "speaker"})
    mine = (await client.get(f"{one}/participations/{li}")).json()
    assert (mine["standing"], mine["activity"]["seats_taken"], mine["ahead"]) == ("enrolled", 1, 0)
    full = await client.put(f"{one}/participations/{await world.add_member('何大海')}", json={})
    assert (full.status_code, full.json()["code"]) == (409, "seats-taken")
    served = [{"member_id": str(mo), "minutes": 45}]
    sheet = {"came": [str(li), str(mo)], "guests": 2, "served": served, "version": 1}
    held = await client.put(f"{one}/sign-in", json=sheet, headers={"Idempotency-Key": uuid4().hex})
    assert (held.json()["heads"]["total"], held.json()["status"]) == (4, "held")
    people = {row["name"]: row for row in (await client.get(f"{one}/participations")).json()}
    assert (people["莫老师"]["served_minutes"], people["李兰"]["came"]) == (45, True)
    said = await client.put(f"{one}/report", json={"notes": "好", "version": 2})
    assert said.status_code == 204
    rows = (await client.get(at, params={"when": "coming", "words": "榕树"})).json()["rows"]
    assert [(row["status"], row["notes"]) for row in rows] == [("held", "好")]
    late = await client.post(f"{one}/cancel", json={"version": 3, "reason": "台风"})
    assert (late.status_code, late.json()["code"]) == (409, "activity-moved")


async def test_what_is_over_waits_for_its_sheet(client: httpx.AsyncClient, world: World) -> None:
    for n in range(5):
        await planned(world, held_on=TODAY - timedelta(days=n + 1), title=f"第{n}场")
    await sign_in(client, "mo")
    page = (await client.get("/today")).text
    assert page.count("等录签到表") == 4
    assert ("第4场" in page, "第0场" in page, "另有 2 次活动" in page) == (True, False, True)


@pytest.mark.parametrize(
    ("kept_stands", "ended_stands", "expected"),
    [
        (None, Standing.ENROLLED, Standing.ENROLLED),
        (Standing.WITHDRAWN, Standing.ENROLLED, Standing.ENROLLED),
        (Standing.WAITING, Standing.ENROLLED, Standing.ENROLLED),
        (Standing.ENROLLED, Standing.WAITING, Standing.ENROLLED),
        (Standing.WITHDRAWN, Standing.WAITING, Standing.WAITING),
    ],
)
async def test_two_records_of_one_person_have_one_seat(
    world: World, kept_stands: Standing | None, ended_stands: Standing, expected: Standing
) -> None:
    kept, ended, other = [await world.add_member(name) for name in ("冯伯", "冯伯", "何大海")]
    async with world.database.begin({world.here}) as db:
        by = {"actor_id": world.coordinator, "now": NOW}
        await open_accounts(db, world.here, [kept, ended], **by)  # type: ignore[arg-type]
    talk = await planned(world, seats=1)
    full = (kept_stands, ended_stands) == (Standing.WITHDRAWN, Standing.WAITING)
    if full:
        await enrol(world, talk, other)
    # Who has the seat takes it first.
    them = [(kept, kept_stands), (ended, ended_stands)]
    for who, stands in sorted(them, key=lambda each: each[1] is Standing.WAITING):
        if stands is not None:
            await enrol(world, talk, who, or_wait=True)
        if stands is Standing.WITHDRAWN:
            off = {"community_id": world.here, "activity_id": talk, "member_id": who, "reason": "病了"}
            await service.withdraw(await world.call(), **off)  # type: ignore[arg-type]
    await merge(world, kept, ended)
    async with world.database.begin({world.here}) as db:
        mine = await queries.participation(db, talk, kept)
        view = await queries.activity(db, talk)
    assert mine is not None
    assert (mine.standing, view.seats_taken, view.waiting) == (expected, 1, 1 if full else 0)


async def _gathering(world: World, at: str) -> Gathering:
    activity = UUID(at.rpartition("/")[2])
    return await service.gathering(await world.call(), community_id=world.here, activity_id=activity)
