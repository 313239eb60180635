"""A district keeps the country's days off, and says where it does otherwise."""

from datetime import date

import httpx
import pytest

from tests.given import PASSWORD, World, post_form, sign_in
from timebank.core.errors import Forbidden
from timebank.requests.holidays import queries, rules, service
from timebank.requests.holidays.model import DayKind, Holiday

SPRING, EXCHANGED = date(2026, 2, 17), date(2026, 2, 14)


@pytest.mark.slow
def test_the_country_has_days_off_and_workdays_made_up_for_them() -> None:
    known = rules.national(2026)
    assert known[SPRING] == Holiday(DayKind.OFF, "Spring Festival")
    assert known[EXCHANGED].kind is DayKind.WORK
    assert date(2026, 3, 7) not in known  # a Saturday like any other
    assert rules.national(2100) == {}
    named = {holiday.name for year in range(2010, 2027) for holiday in rules.national(year).values()}
    assert named - set(rules.NAMES) <= {"Anti-Fascist 70th Day", ""}


def test_the_district_has_the_last_word() -> None:
    ours = {
        SPRING: Holiday(DayKind.PLAIN, ""),
        date(2026, 3, 3): Holiday(DayKind.OFF, "龙抬头"),
        date(2027, 1, 1): Holiday(DayKind.OFF, "元旦"),
    }
    both = rules.merged(date(2026, 2, 1), date(2027, 1, 31), ours)
    assert SPRING not in both
    assert both[date(2026, 3, 3)].name == "龙抬头"
    assert both[date(2027, 1, 1)].kind is DayKind.OFF
    assert both[EXCHANGED].kind is DayKind.WORK


async def test_the_administrator_changes_a_day_and_every_community_keeps_it(world: World) -> None:
    admin = await world.call(world.administrator)
    day = date(2027, 2, 6)
    await service.set_day(admin, district_id=world.district, day=day, holiday=Holiday(DayKind.OFF, "春节"))
    await service.set_day(admin, district_id=world.district, day=day, holiday=Holiday(DayKind.OFF, "过年"))
    async with world.database.begin({world.there}) as db:
        kept = await queries.holidays(db, world.there, date(2027, 1, 1), date(2027, 12, 31))
        assert kept == {day: Holiday(DayKind.OFF, "过年")}
    with pytest.raises(Forbidden):
        await service.set_day(
            await world.call(), district_id=world.district, day=day, holiday=Holiday(DayKind.PLAIN, "")
        )
    with pytest.raises(Forbidden):
        await service.forget_day(admin, district_id=world.here, day=day)
    await service.forget_day(admin, district_id=world.district, day=day)
    seen = await service.calendar(await world.call(), community_id=world.here, year=2027)
    assert (seen.days, seen.editable) == ([], False)


@pytest.mark.slow
async def test_the_calendars_page(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "mo")
    page = (await client.get("/holidays?year=2026")).text
    assert ("春节" in page, "调休上班" in page, "由区管理员更改" in page) == (True, True, True)
    assert (await client.get("/holidays?year=1")).status_code in (404, 422)
    await sign_in(client, "admin")
    empty = (await client.get("/holidays?year=2027")).text
    assert "还没有公布 2027 年的放假安排" in empty
    given = {"day": "2027-02-06", "kind": "off", "name": "春节"}
    done = await post_form(client, "/holidays", given, seen="/holidays?year=2027")
    assert (done.status_code, done.headers["location"]) == (303, "/holidays?year=2027")
    assert "本区改过" in (await client.get("/holidays?year=2027")).text
    wrong = await post_form(client, "/holidays", {"day": "2027-02-30", "kind": "off"}, seen="/holidays")
    assert (wrong.status_code, "日期请写成" in wrong.text) == (422, True)
    gone = await post_form(client, "/holidays/forget", {"day": "2027-02-06"}, seen="/holidays?year=2027")
    assert gone.status_code == 303
    assert "这一年还没有放假的日子" in (await client.get("/holidays?year=2027")).text
    await sign_in(client, "mo")
    refused = await post_form(
        client, "/preferences", {"size": "large", "back": "/holidays"}, seen="/holidays"
    )
    assert refused.status_code == 303


async def test_the_calendar_for_programs(client: httpx.AsyncClient, world: World) -> None:
    login = await client.post("/api/v1/logins", json={"user_name": "admin", "password": PASSWORD})
    auth = {"authorization": f"Bearer {login.json()['token']}"}
    at = f"/api/v1/districts/{world.district}/holidays/2027-02-06"
    assert (await client.put(at, json={"kind": "off", "name": "春节"}, headers=auth)).status_code == 204
    read = await client.get(f"/api/v1/communities/{world.here}/holidays?year=2027", headers=auth)
    assert read.json() == [{"day": "2027-02-06", "kind": "off", "name": "春节", "ours": True}]
    assert (await client.delete(at, headers=auth)).status_code == 204
    assert (await client.put(at, json={"kind": "party"}, headers=auth)).status_code == 422
