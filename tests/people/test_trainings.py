"""A training past its day counts as missing; who must come again soon is listed."""

from datetime import date, timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.given import PASSWORD, World, post_form, sign_in
from tests.visits.given import Street
from timebank.core.errors import Invalid, Stale
from timebank.core.ids import new_id
from timebank.people import queries as people
from timebank.people import steps as people_steps
from timebank.people.trainings import service
from timebank.people.trainings.errors import EndsBeforeItBegan, TrainedLater
from timebank.people.trainings.model import Dates
from timebank.schemes.model import SchemePolicy
from timebank.visits import service as visits
from timebank.visits.model import NewPlan

BASIC = "volunteer_basic"
STRICT = SchemePolicy(trainings_required=(BASIC,))


def until(day: date, *, done_on: date = date(2026, 1, 5)) -> Dates:
    return Dates(done_on=done_on, valid_until=day)


async def dated(world: World, member: UUID, day: date, *, version: int = 1, training: str = BASIC) -> int:
    return await service.date_training(
        await world.call(), member_id=member, training=training, dates=until(day), version=version
    )


async def plan(world: World, street: Street, on: int) -> UUID:
    begins = world.now + timedelta(days=on)
    new = NewPlan(
        scheme_id=street.scheme,
        category="clinic",
        helper_id=street.zhou,
        recipient_id=street.feng,
        planned_from=begins,
        planned_until=begins + timedelta(hours=1),
    )
    return await visits.plan_visit(await world.call(), community_id=world.here, plan=new, anyway=True)


async def test_a_visit_after_its_day_is_refused_by_name_and_before_it_is_not(world: World) -> None:
    street = await Street(world).move_in(STRICT)
    with pytest.raises(Invalid) as missing:
        await plan(world, street, 1)
    assert "还没有参加培训" in missing.value.fields[0].text.message
    # Dating it says that Zhou has it.
    today = world.now.date()
    version = await dated(world, street.zhou, today + timedelta(days=2))
    await plan(world, street, 2)
    with pytest.raises(Invalid) as over:
        await plan(world, street, 3)
    assert "过期了" in over.value.fields[0].text.message
    await service.undate_training(await world.call(), member_id=street.zhou, training=BASIC, version=version)
    await plan(world, street, 3)


async def test_a_round_passes_over_who_is_past_the_day(world: World) -> None:
    helper = await world.add_member("周阿姨", trainings=(BASIC, "safety"))
    await dated(world, helper, world.now.date() - timedelta(days=1))
    async with world.database.begin({world.here}) as db:
        [candidate] = await people.candidates(db, world.here)
    assert candidate.trainings_on(world.now.date()) == {"safety"}
    assert candidate.trainings_on(world.now.date() - timedelta(days=1)) == {BASIC, "safety"}


async def test_what_ends_within_sixty_days_is_listed_and_the_departed_are_not(world: World) -> None:
    today = world.now.date()
    for name, days in (("先到期", -1), ("后到期", 60), ("还早", 61)):
        await dated(world, await world.add_member(name), today + timedelta(days=days))
    dropped = await world.add_member("改掉了的")
    version = await dated(world, dropped, today)
    member = (await service.held(await world.call(), member_id=dropped))[0]
    async with world.database.begin({world.here}) as db:
        await people_steps.change_member(db, dropped, type(member.details)(name="改掉了的"), version=version)
    found = await service.ending(await world.call(), community_id=world.here)
    assert [one.member.name for one in found] == ["先到期", "后到期"]


async def test_what_is_refused_says_why(world: World) -> None:
    member, today = await world.add_member("周阿姨"), world.now.date()
    with pytest.raises(EndsBeforeItBegan):
        await dated(world, member, date(2026, 1, 4))
    later = until(today + timedelta(days=9), done_on=today + timedelta(days=1))
    with pytest.raises(TrainedLater):
        await service.date_training(
            await world.call(), member_id=member, training=BASIC, dates=later, version=1
        )
    await dated(world, member, today)
    with pytest.raises(Stale):
        await dated(world, member, today, version=1)


async def test_a_record_that_merges_brings_the_later_date(world: World) -> None:
    kept, ended = await world.add_member("周阿姨"), await world.add_member("周姨")
    today = world.now.date()
    await dated(world, kept, today)
    version = await dated(world, ended, today + timedelta(days=9))
    await dated(world, ended, today + timedelta(days=5), training="safety", version=version)
    async with world.database.begin({world.here}) as db:
        await people_steps.end_record(db, ended, into=kept, today=today)
        view = await people.member(db, kept)
    assert view.valid_until == {BASIC: today + timedelta(days=9), "safety": today + timedelta(days=5)}


async def test_pages_and_programs(client: httpx.AsyncClient, world: World) -> None:
    member = await world.add_member("周阿姨", number="0101")
    await sign_in(client, "mo")
    path = f"/members/{member}/trainings"
    sent = {"training": BASIC, "done_on": "2026-01-05", "valid_until": "2026-11-01", "version": "1"}
    assert (await post_form(client, path, sent)).status_code == 303
    page = (await client.get(path)).text
    assert "志愿服务基础" in page
    assert "过期了" in page
    assert "周阿姨" in (await client.get("/members/trainings")).text
    nothing = {name: value for name, value in sent.items() if name != "training"}
    refused = await post_form(client, path, nothing | {"version": "2"}, seen=path)
    assert "请选一项" in refused.text
    assert (await post_form(client, path, sent)).status_code == 409
    undone = {"training": BASIC, "version": "2"}
    assert (await post_form(client, f"{path}/undate", undone, seen=path)).status_code == 303


async def test_a_program_does_the_same(client: httpx.AsyncClient, world: World) -> None:
    member = await world.add_member("周阿姨", trainings=(BASIC,))
    token = (await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})).json()[
        "token"
    ]
    client.headers["authorization"] = f"Bearer {token}"
    here = f"/api/v1/communities/{world.here}"
    body = {"done_on": "2026-01-05", "valid_until": "2026-12-01", "version": 1}
    at = f"{here}/members/{member}/trainings"
    assert (await client.put(f"{at}/no_record", json=body)).json() == {"version": 2}
    assert [row["training"] for row in (await client.get(at)).json()] == [BASIC, "no_record"]
    [row] = (await client.get(f"{here}/trainings/ending")).json()
    assert (row["training"], row["valid_until"]) == ("no_record", "2026-12-01")
    assert (await client.delete(f"{at}/no_record?version=2")).json() == {"version": 3}


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ("'2026-11-20', '2026-11-19'", "training_ends_before_it_began"),
        ("'2026-11-23', '2026-11-30'", "training_done_later"),
    ],
)
async def test_the_database_refuses_by_the_same_names(world: World, values: str, rule: str) -> None:
    member = await world.add_member("周阿姨")
    sent = f"""
        INSERT INTO timebank.training_dates
            (community_id, member_id, training, done_on, valid_until, noted_by, noted_on, noted_at)
        VALUES (:here, :member, 'safety', {values}, :by, '2026-11-22', now())"""
    known = {"here": world.here, "member": member, "by": new_id()}
    with pytest.raises(DBAPIError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(sent), known)
