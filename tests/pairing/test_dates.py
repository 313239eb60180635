"""A pair's visits follow its recurrence, its changed dates and the days off."""

from datetime import date, timedelta

import httpx
import pytest

from tests.given import NOW, PASSWORD, World, post_form, sign_in
from tests.pairing.neighbourhood import WEDNESDAY, Neighbourhood, open_neighbourhood
from tests.pairing.test_pairs import days, paired, weeks
from tests.pairing.test_proposals import accepted
from timebank.core.errors import Invalid, NotFound, Stale
from timebank.desk import service as desk
from timebank.pairing import queries, service, tasks
from timebank.pairing.model import PairView
from timebank.pairing.running import run_round
from timebank.requests.holidays import service as holidays
from timebank.requests.holidays.model import DayKind, Holiday
from timebank.requests.recurrence.model import OnHolidays, Recurrence
from timebank.visits.model import Status as VisitStatus
from timebank.web.i18n import say

THURSDAY = WEDNESDAY + timedelta(days=1)


async def standing(town: Neighbourhood, **changes: object) -> PairView:
    """李兰 and 陈阿婆 on Wednesdays, with what a request may say of its rhythm."""
    await town.helper("李兰")
    await town.weekly(await town.elder("陈阿婆"), **changes)
    call = await town.world.call()
    made = await run_round(call, community_id=town.world.here)
    await service.send_round(call, community_id=town.world.here, round_id=made.id)
    async with town.reading() as db:
        (proposal,) = await queries.open_proposals(db, town.world.here)
    return await accepted(town, proposal)


async def version(town: Neighbourhood, pair: PairView) -> int:
    return (await town.look(pair.request_id)).version


async def set_day(world: World, day: date, kind: DayKind) -> None:
    admin = await world.call(world.administrator)
    await holidays.set_day(admin, district_id=world.district, day=day, holiday=Holiday(kind, "庙会"))


@pytest.mark.slow
async def test_every_two_weeks_plans_every_second_wednesday(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await standing(town, recurrence=Recurrence(2))
    assert await days(town, pair) == weeks(0, 2)
    assert pair.occasion.recurrence == Recurrence(2)
    later = world.call_of_job()
    with_weeks = NOW + timedelta(weeks=3)
    assert await tasks.plan_pairs(later.__class__(**{**vars(later), "now": with_weeks}), with_weeks) == {
        "planned": 2
    }
    assert await days(town, pair) == weeks(0, 2, 4, 6)


@pytest.mark.slow
async def test_a_monthly_one_begins_on_its_first_nth_wednesday(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await standing(town, recurrence=Recurrence(1, 2))
    assert pair.occasion.on == date(2026, 12, 9)
    assert await days(town, pair) == [date(2026, 12, 9)]


@pytest.mark.slow
async def test_one_is_skipped_and_comes_back(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    call = await world.call()
    seen = {"community_id": world.here, "request_id": pair.request_id}
    skipped = await service.skip_date(call, version=await version(town, pair), on_day=weeks(1)[0], **seen)
    assert await days(town, pair) == weeks(0, 2, 3)
    await tasks.plan_pairs(world.call_of_job(), NOW)
    assert await days(town, pair) == weeks(0, 2, 3)
    with pytest.raises(Stale):
        await service.undo_date(call, version=1, change_id=skipped, **seen)
    await service.undo_date(call, version=await version(town, pair), change_id=skipped, **seen)
    assert await days(town, pair) == weeks(0, 1, 2, 3)
    with pytest.raises(NotFound):
        await service.undo_date(call, version=await version(town, pair), change_id=skipped, **seen)


@pytest.mark.slow
async def test_one_is_moved_and_one_added_and_both_taken_back(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    call = await world.call()
    seen = {"community_id": world.here, "request_id": pair.request_id}
    moved = await service.move_date(
        call,
        version=await version(town, pair),
        on_day=WEDNESDAY,
        to_day=THURSDAY,
        from_minute=600,
        **seen,
    )
    added = await service.add_date(
        call,
        version=await version(town, pair),
        to_day=weeks(2)[0] + timedelta(days=2),
        from_minute=540,
        **seen,
    )
    extra = weeks(2)[0] + timedelta(days=2)
    assert await days(town, pair) == [THURSDAY, *weeks(1, 2), extra, *weeks(3)]
    with pytest.raises(Invalid) as refused:
        await service.move_date(
            call, version=await version(town, pair), on_day=weeks(1)[0], to_day=extra, from_minute=540, **seen
        )
    assert refused.value.fields[0].field == "to_day"
    for change in (moved, added):
        await service.undo_date(call, version=await version(town, pair), change_id=change, **seen)
    assert await days(town, pair) == weeks(0, 1, 2, 3)
    again = await service.move_date(
        call, version=await version(town, pair), on_day=WEDNESDAY, to_day=THURSDAY, from_minute=600, **seen
    )
    assert again != moved
    assert await days(town, pair) == [THURSDAY, *weeks(1, 2, 3)]


@pytest.mark.slow
async def test_days_off_are_left_out_of_planning(world: World) -> None:
    town = await open_neighbourhood(world)
    await set_day(world, weeks(1)[0], DayKind.OFF)
    pair = await standing(town, on_holidays=OnHolidays.PAUSE)
    assert await days(town, pair) == weeks(0, 2, 3)


@pytest.mark.slow
async def test_a_changed_holiday_shows_what_it_hits_and_cancels_nothing_by_itself(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await standing(town, on_holidays=OnHolidays.PAUSE)
    call = await world.call()
    assert await service.holiday_hits(call, community_id=world.here) == []
    await set_day(world, weeks(1)[0], DayKind.OFF)
    await tasks.plan_pairs(world.call_of_job(), NOW)
    assert await days(town, pair) == weeks(0, 1, 2, 3)
    (hit,) = await service.holiday_hits(call, community_id=world.here)
    assert (hit.helper.name, hit.hit.visit.served_on) == ("李兰", weeks(1)[0])
    shown = await desk.today(call, community_id=world.here)
    assert [say(task.says, "zh") for task in shown.tasks if task.to == "/pairs/holidays"] == [
        "碰到改过的放假安排"
    ]
    await service.follow_calendar(call, community_id=world.here, pair_id=pair.id)
    assert await days(town, pair) == weeks(0, 2, 3)
    assert await service.holiday_hits(call, community_id=world.here) == []
    # The day is given back: what was paused for it is a hit again, and returns.
    await set_day(world, weeks(1)[0], DayKind.PLAIN)
    (back,) = await service.holiday_hits(call, community_id=world.here)
    assert back.hit.turn.comes
    await service.follow_calendar(call, community_id=world.here, pair_id=pair.id)
    assert await days(town, pair) == weeks(0, 1, 2, 3)


@pytest.mark.slow
async def test_a_visit_cancelled_for_itself_does_not_come_back_with_a_date(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    call = await world.call()
    seen = {"community_id": world.here, "request_id": pair.request_id}
    skipped = await service.skip_date(call, version=await version(town, pair), on_day=WEDNESDAY, **seen)
    await service.pause_pair(call, community_id=world.here, pair_id=pair.id, version=pair.version)
    await service.undo_date(call, version=await version(town, pair), change_id=skipped, **seen)
    assert await days(town, pair) == []
    assert await days(town, pair, VisitStatus.CANCELLED) == weeks(0, 1, 2, 3)


@pytest.mark.slow
async def test_the_desk_changes_single_dates_on_the_requests_page(
    client: httpx.AsyncClient, world: World
) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    await sign_in(client, "mo")
    at = f"/requests/{pair.request_id}"
    page = (await client.get(at)).text
    assert page.count(f'action="{at}/dates/skip"') == 8
    seen = {"version": str(await version(town, pair)), "on_day": str(WEDNESDAY)}
    done = await post_form(client, f"{at}/dates/skip", seen, seen=at)
    assert (done.status_code, done.headers["location"]) == (303, at)
    after = (await client.get(at)).text
    assert f'action="{at}/dates/undo"' in after
    stale = await post_form(client, f"{at}/dates/skip", seen, seen=at)
    assert (stale.status_code, "刚才有人改过" in stale.text) == (422, True)
    twice = {"version": str(await version(town, pair)), "on_day": str(WEDNESDAY)}
    wrong = await post_form(client, f"{at}/dates/skip", twice, seen=at)
    assert (wrong.status_code, "本来就没有安排" in wrong.text) == (422, True)
    more = {"version": str(await version(town, pair)), "to_day": str(THURSDAY), "at": "10:00"}
    assert (await post_form(client, f"{at}/dates/add", more, seen=at)).status_code == 303
    assert (await client.get(f"{at}/dates")).status_code == 200
    assert "没有。排好的服务" in (await client.get("/pairs/holidays")).text


@pytest.mark.slow
async def test_a_rhythm_is_chosen_on_the_form_and_read_back(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    elder = await town.elder("陈阿婆")
    await sign_in(client, "mo")
    at = f"/requests/new?member={elder}"
    form = {
        "member_id": str(elder),
        "category": "shopping",
        "kind": "weekly",
        "duration_minutes": "60",
        "weekdays": ["2"],
        "rhythm": "month_2",
        "on_holidays": "pause",
    }
    done = await post_form(client, "/requests/new", form, seen=at)
    page = (await client.get(done.headers["location"])).text
    assert ("每月第二个周三" in page, "放假停" in page, "2026-12-09" in page) == (True, True, True)
    edit = (await client.get(f"{done.headers['location']}/edit")).text
    assert 'value="month_2" selected' in edit
    wrong = await post_form(client, "/requests/new", {**form, "rhythm": "daily", "anyway": "true"}, seen=at)
    assert wrong.status_code == 422


@pytest.mark.slow
async def test_single_dates_for_programs(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    login = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    auth = {"authorization": f"Bearer {login.json()['token']}"}
    one = f"/api/v1/communities/{world.here}/requests/{pair.request_id}"
    read = (await client.get(one, headers=auth)).json()
    assert (read["rrule"], read["first_on"]) == ("FREQ=WEEKLY;BYDAY=WE", str(WEDNESDAY))
    skip = {"version": read["version"], "on_day": str(WEDNESDAY)}
    made = await client.post(f"{one}/dates/skip", json=skip, headers=auth)
    assert made.status_code == 201
    again = await client.post(f"{one}/dates/skip", json=skip, headers=auth)
    assert (again.status_code, again.json()["code"]) == (409, "changed-meanwhile")
    dates = (await client.get(f"{one}/dates", headers=auth)).json()
    assert (dates[0]["state"], dates[0]["comes"], dates[0]["change_id"]) == (
        "skipped",
        False,
        made.json()["id"],
    )
    undone = await client.delete(
        f"{one}/dates/{made.json()['id']}?version={read['version'] + 1}", headers=auth
    )
    assert undone.status_code == 204
