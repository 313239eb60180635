"""Campaigns: what they must be, what counts for them, and how they look."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.activities.given import TODAY, enrol, planned, staff
from tests.given import PASSWORD, World, post_form, sign_in
from timebank.activities import service
from timebank.activities.campaigns import rules
from timebank.activities.campaigns import service as campaigns
from timebank.activities.campaigns.model import Campaign, Measure, Progress, Target
from timebank.activities.errors import ActivityMoved
from timebank.activities.model import SignIn
from timebank.core.errors import Invalid, NotFound, Stale

FIVE = Campaign(
    "五进五送",
    TODAY - timedelta(days=30),
    TODAY + timedelta(days=30),
    (
        Target("进社区", Measure.ACTIVITIES, 2),
        Target("慰问", Measure.PEOPLE, 30),
        Target("志愿者", Measure.STAFFING, 10),
        Target("服务", Measure.MINUTES, 600),
    ),
)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"until_on": FIVE.from_on - timedelta(days=1)}, ["until_on"]),
        ({"until_on": FIVE.from_on + timedelta(days=1_101)}, ["until_on"]),
        ({"targets": ()}, ["targets"]),
        ({"targets": (Target("进社区", Measure.ACTIVITIES, 1),) * 21}, ["targets"]),
        ({"targets": (Target("进社区", Measure.ACTIVITIES, 0),)}, ["targets"]),
    ],
)
def test_a_campaign_that_cannot_be_is_refused_by_field(changes: dict[str, object], fields: list[str]) -> None:
    found = rules.problems(replace(FIVE, **changes), counted={})  # type: ignore[arg-type]
    assert [one.field for one in found] == fields


def test_a_target_that_something_counts_for_stays() -> None:
    used = uuid4()
    found = rules.problems(FIVE, counted={used: "进社区"})
    assert [one.text.values for one in found] == [{"title": "进社区"}]
    kept = (replace(FIVE.targets[0], id=used),)
    assert rules.problems(replace(FIVE, targets=kept), counted={used: "进社区"}) == []


def test_how_far_a_target_is() -> None:
    goal = Target("进社区", Measure.ACTIVITIES, 3)
    assert [Progress(goal, n).percent for n in (0, 1, 3, 9)] == [0, 33, 100, 100]
    assert [Progress(goal, n).is_reached for n in (2, 3)] == [False, True]


async def started(world: World, campaign: Campaign = FIVE) -> tuple[UUID, dict[str, UUID]]:
    made = await campaigns.start(await world.call(), community_id=world.here, campaign=campaign)
    view = (await campaigns.one_campaign(await world.call(), community_id=world.here, campaign_id=made)).view
    return made, {one.title: one.id for one in view.campaign.targets if one.id is not None}


async def reached(world: World, campaign: UUID) -> dict[str, int]:
    desk = await world.call()
    found = await campaigns.one_campaign(desk, community_id=world.here, campaign_id=campaign)
    return {one.target.title: one.reached for one in found.view.progress}


async def test_only_what_happened_counts(world: World) -> None:
    campaign, targets = await started(world)
    people = [await world.add_member(name) for name in ("李兰", "何大海", "黄秀英")]
    desk = await world.call()
    every = frozenset(targets.values())
    nothing = dict.fromkeys(targets, 0)

    held = await planned(world, held_on=TODAY, from_minute=1200, to_minute=1290)
    await service.count_for(desk, community_id=world.here, activity_id=held, targets=every, version=1)
    await enrol(world, held, people[0])
    await staff(world, held, people[1])
    await staff(world, held, people[2])
    assert await reached(world, campaign) == nothing
    came = SignIn(came=frozenset(people[:2]), guests=12)
    await service.sign_in(desk, community_id=world.here, activity_id=held, sheet=came, version=2)
    assert await reached(world, campaign) == {"进社区": 1, "慰问": 13, "志愿者": 1, "服务": 90}

    # One that is called off counts for nothing, and one that is to come not yet.
    off = await planned(world)
    await service.count_for(desk, community_id=world.here, activity_id=off, targets=every, version=1)
    assert (await reached(world, campaign))["进社区"] == 1
    await service.cancel(desk, community_id=world.here, activity_id=off, version=2, reason="台风")
    with pytest.raises(ActivityMoved):
        await service.count_for(desk, community_id=world.here, activity_id=off, targets=every, version=3)
    # Taken out again, it is as if it had not been.
    only = frozenset({targets["慰问"]})
    await service.count_for(desk, community_id=world.here, activity_id=held, targets=only, version=3)
    assert await reached(world, campaign) == nothing | {"慰问": 13}
    found = await campaigns.one_campaign(desk, community_id=world.here, campaign_id=campaign)
    assert [(view.id, counted) for view, counted in found.activities] == [(held, only), (off, every)]


async def test_an_activity_counts_within_the_days_of_the_campaign(world: World) -> None:
    _, targets = await started(world)
    late = await planned(world, held_on=FIVE.until_on + timedelta(days=1))
    desk = await world.call()
    every = frozenset(targets.values())
    with pytest.raises(Invalid) as refused:
        await service.count_for(desk, community_id=world.here, activity_id=late, targets=every, version=1)
    assert [one.field for one in refused.value.fields] == ["targets"]
    neighbour = await world.call(world.neighbour)
    with pytest.raises(NotFound):
        await service.count_for(
            neighbour, community_id=world.there, activity_id=late, targets=every, version=1
        )


async def test_a_campaign_is_put_differently(world: World) -> None:
    campaign, targets = await started(world)
    desk, ask = await world.call(), {"community_id": world.here, "campaign_id": campaign}
    activity = await planned(world)
    counts = frozenset({targets["慰问"]})
    await service.count_for(desk, community_id=world.here, activity_id=activity, targets=counts, version=1)
    # Turned round, one new, one gone: each keeps what counts for it.
    other = replace(
        FIVE,
        targets=(
            Target("送温暖", Measure.PEOPLE, 50, targets["慰问"]),
            Target("进学校", Measure.ACTIVITIES, 1),
        ),
    )
    await campaigns.change_campaign(desk, campaign=other, version=1, **ask)  # type: ignore[arg-type]
    found = await campaigns.one_campaign(desk, **ask)
    assert [one.title for one in found.view.campaign.targets] == ["送温暖", "进学校"]
    assert [counted for _, counted in found.activities] == [counts]
    with pytest.raises(Stale):
        await campaigns.change_campaign(desk, campaign=other, version=1, **ask)  # type: ignore[arg-type]
    without = replace(FIVE, targets=(Target("进学校", Measure.ACTIVITIES, 1),))
    with pytest.raises(Invalid) as refused:
        await campaigns.change_campaign(desk, campaign=without, version=2, **ask)  # type: ignore[arg-type]
    assert "送温暖" in str(refused.value.fields[0].text.values)
    strange = replace(FIVE, targets=(Target("别处的", Measure.PEOPLE, 1, uuid4()),))
    with pytest.raises(NotFound):
        await campaigns.change_campaign(desk, campaign=strange, version=2, **ask)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE timebank.campaigns SET until_on = from_on - 1", "campaign_ends_after_it_begins"),
        ("UPDATE timebank.campaign_targets SET goal = 0", "target_goal"),
        ("UPDATE timebank.campaign_targets SET measure = '场'", "target_measure"),
        ("UPDATE timebank.campaign_targets SET position = 0", "target_position"),
    ],
)
async def test_the_database_refuses_a_wrong_campaign(world: World, statement: str, rule: str) -> None:
    await started(world)
    with pytest.raises(IntegrityError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(statement))


@pytest.mark.slow
async def test_a_campaign_at_the_desk(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "mo")
    assert "还没有专项行动" in (await client.get("/campaigns")).text
    form = {
        "name": "五进五送",
        "from_on": str(FIVE.from_on),
        "until_on": str(FIVE.until_on),
        "title-1": "进社区",
        "measure-1": "activities",
        "goal-1": "1",
        "title-3": "服务",
        "measure-3": "minutes",
        "goal-3": "0",
    }
    wrong = await post_form(client, "/campaigns/new", form, seen="/campaigns/new")
    assert (wrong.status_code, "第 3 行：" in wrong.text, 'value="进社区"' in wrong.text) == (422, True, True)
    made = await post_form(client, "/campaigns/new", {**form, "goal-3": "20"}, seen="/campaigns/new")
    at = made.headers["location"]
    assert "0 分 / 20 小时" in (await client.get(at)).text
    target = (await client.get("/activities/new")).text.split('name="targets" value="', 1)[1].split('"', 1)[0]
    plan = {
        "kind": "event",
        "title": "义诊",
        "place": "村口",
        "held_on": str(TODAY),
        "from_time": "08:00",
        "until_time": "09:30",
        "seats": "30",
        "targets": [target],
    }
    activity = await post_form(client, "/activities/new", plan, seen="/activities/new")
    there = activity.headers["location"]
    sheet = {"version": "1", "guests": "20"}
    assert (await post_form(client, f"{there}/sign-in", sheet, seen=f"{there}/sign-in")).status_code == 303
    page = (await client.get(at)).text
    assert ("义诊" in page, "1 场 / 1 场" in page, "做到了" in page) == (True, True, True)
    assert "1 场,1 场" in (await client.get(f"{at}/export.csv")).text
    out = await post_form(client, f"{there}/targets", {"version": "2"}, seen=there)
    assert out.status_code == 303
    assert "0 场 / 1 场" in (await client.get(at)).text
    stale = await post_form(client, f"{there}/targets", {"version": "2"}, seen=there)
    assert (stale.status_code, "刚才有人改过" in stale.text) == (409, True)
    edit = await client.get(f"{at}/edit")
    ids = {f"id-{n}": edit.text.split(f'name="id-{n}" value="', 1)[1].split('"', 1)[0] for n in (1, 2)}
    changed = {**form, **ids, "version": "1", "title-2": "服务", "measure-2": "minutes", "goal-2": "30"}
    changed = {name: value for name, value in changed.items() if not name.endswith("-3")}
    assert (await post_form(client, f"{at}/edit", changed, seen=f"{at}/edit")).status_code == 303
    late = await post_form(client, f"{at}/edit", changed, seen=f"{at}/edit")
    assert (late.status_code, "刚才有人改过" in late.text) == (422, True)


async def test_campaigns_for_programs(client: httpx.AsyncClient, world: World) -> None:
    login = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    client.headers["authorization"] = f"Bearer {login.json()['token']}"
    at = f"/api/v1/communities/{world.here}/campaigns"
    goals = [{"title": "进社区", "measure": "activities", "goal": 5}]
    body = {"name": "五进五送", "from_on": str(TODAY), "until_on": str(TODAY), "targets": goals}
    made = (await client.post(at, json=body)).json()["id"]
    one = (await client.get(f"{at}/{made}")).json()
    assert [(each["title"], each["goal"], each["reached"]) for each in one["targets"]] == [("进社区", 5, 0)]
    kept = [{**goals[0], "id": one["targets"][0]["id"], "goal": 6}]
    changed = await client.put(f"{at}/{made}", json=body | {"targets": kept, "version": 1})
    assert changed.status_code == 204
    rows = (await client.get(at)).json()["rows"]
    assert [row["targets"][0]["goal"] for row in rows] == [6]
    plan = {
        "kind": "event",
        "title": "义诊",
        "place": "村口",
        "held_on": str(TODAY),
        "from_minute": 480,
        "to_minute": 540,
        "seats": 30,
        "target_ids": [kept[0]["id"]],
    }
    there = f"/api/v1/communities/{world.here}/activities"
    activity = (await client.post(there, json=plan)).json()["id"]
    assert (await client.get(f"{there}/{activity}/targets")).json() == [kept[0]["id"]]
    none = await client.put(f"{there}/{activity}/targets", json={"target_ids": [], "version": 1})
    assert none.status_code == 204
    assert (await client.get(f"{there}/{activity}/targets")).json() == []
    far = await client.post(there, json=plan | {"held_on": str(TODAY + timedelta(days=1))})
    assert (far.status_code, far.json()["errors"][0]["field"]) == (422, "targets")
