"""Activities in the database: planned, joined, called off, signed in, reported."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.activities.given import TALK, TODAY, enrol, planned, staff
from tests.given import World
from timebank.activities import queries, service
from timebank.activities.errors import ActivityMoved, NotOnRoster, NotTakingPart, SeatsTaken
from timebank.activities.model import Gathering, Part, SignIn, Standing, Status
from timebank.activities.queries import When
from timebank.core.errors import Forbidden, Invalid, NotFound, Stale
from timebank.people.model import Status as MemberStatus


async def gathering(world: World, activity: object) -> Gathering:
    return await service.gathering(await world.call(), community_id=world.here, activity_id=activity)  # type: ignore[arg-type]


async def stands(world: World, activity: object) -> dict[str, Standing]:
    found = await gathering(world, activity)
    return {one.member.name: one.participation.standing for one in found.takings}


async def test_a_seat_that_becomes_free_goes_to_the_first_who_waits(world: World) -> None:
    names = ("李兰", "何大海", "黄秀英", "周正")
    li, he, huang, zhou = [await world.add_member(name) for name in names]
    talk = await planned(world)
    ask = {"community_id": world.here, "activity_id": talk}
    assert await enrol(world, talk, li) is Standing.ENROLLED
    assert await enrol(world, talk, he, call=world.call_of_member(he)) is Standing.ENROLLED
    with pytest.raises(SeatsTaken):
        await enrol(world, talk, huang)
    assert await enrol(world, talk, huang, or_wait=True) is Standing.WAITING
    assert await enrol(world, talk, zhou, or_wait=True) is Standing.WAITING
    mine = await service.invitation(world.call_of_member(zhou), member_id=zhou, **ask)  # type: ignore[arg-type]
    assert (mine.ahead, mine.activity.seats_free) == (1, 0)

    await service.withdraw(world.call_of_member(he), member_id=he, reason="身体不舒服", **ask)  # type: ignore[arg-type]
    assert await stands(world, talk) == {
        "李兰": Standing.ENROLLED,
        "何大海": Standing.WITHDRAWN,
        "黄秀英": Standing.ENROLLED,
        "周正": Standing.WAITING,
    }
    found = await gathering(world, talk)
    moved = {one.member.name for one in found.takings if one.participation.moved_up_at}
    assert (moved, found.activity.seats_taken, found.activity.waiting) == ({"黄秀英"}, 2, 1)
    # Who comes back stands last in the line.
    assert await enrol(world, talk, he, or_wait=True) is Standing.WAITING
    mine = await service.invitation(world.call_of_member(he), member_id=he, **ask)  # type: ignore[arg-type]
    assert mine.ahead == 1
    with pytest.raises(NotTakingPart):
        await service.withdraw(await world.call(), member_id=await world.add_member(), reason="", **ask)  # type: ignore[arg-type]


async def test_more_seats_go_to_those_who_wait(world: World) -> None:
    talk = await planned(world, seats=1)
    people = [await world.add_member(name) for name in ("李兰", "何大海", "黄秀英")]
    for one in people:
        await enrol(world, talk, one, or_wait=True)
    desk = await world.call()
    change = {"community_id": world.here, "activity_id": talk}
    wider = TALK.__class__(**{**TALK.__dict__, "seats": 2})
    await service.change(desk, plan=wider, version=1, **change)  # type: ignore[arg-type]
    assert Counter((await stands(world, talk)).values()) == {Standing.ENROLLED: 2, Standing.WAITING: 1}
    narrower = TALK.__class__(**{**TALK.__dict__, "seats": 1})
    with pytest.raises(Invalid) as refused:
        await service.change(desk, plan=narrower, version=2, **change)  # type: ignore[arg-type]
    assert [one.field for one in refused.value.fields] == ["seats"]
    with pytest.raises(Stale):
        await service.change(desk, plan=wider, version=1, **change)  # type: ignore[arg-type]


async def test_two_at_once_for_the_last_seat(two_desks: World) -> None:
    world = two_desks
    li, he = await world.add_member("李兰"), await world.add_member("何大海")
    talk = await planned(world, seats=1)
    answers = await asyncio.gather(
        enrol(world, talk, li, call=world.call_of_member(li)),
        enrol(world, talk, he, call=world.call_of_member(he)),
        return_exceptions=True,
    )
    assert Counter(type(answer) for answer in answers) == {Standing: 1, SeatsTaken: 1}
    view = (await gathering(world, talk)).activity
    assert (view.seats_taken, view.seats_free) == (1, 0)


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE timebank.activities SET seats_taken = 3", "activity_within_seats"),
        ("UPDATE timebank.activities SET seats = 1", "activity_within_seats"),
        ("UPDATE timebank.activities SET to_minute = from_minute", "activity_within_the_day"),
        ("UPDATE timebank.activities SET status = 'held'", "activity_held_has_sheet"),
        ("UPDATE timebank.activities SET reported_at = now()", "activity_report_after_sheet"),
        ("UPDATE timebank.participations SET standing = 'enrolled'", "activity_within_seats"),
        (
            "UPDATE timebank.participations SET came = true WHERE standing = 'waiting'",
            "participation_came_who_may",
        ),
        ("UPDATE timebank.participations SET served_minutes = 60", "participation_served_who_came"),
        ("UPDATE timebank.participations SET part = 'helper'", "participation_waits_for_a_seat"),
    ],
)
async def test_the_database_refuses_what_the_rules_refuse(world: World, statement: str, rule: str) -> None:
    talk = await planned(world)
    for name in ("李兰", "何大海", "黄秀英"):
        await enrol(world, talk, await world.add_member(name), or_wait=True)
    with pytest.raises(IntegrityError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(statement))


async def test_what_is_called_off_takes_nobody_and_says_why(world: World) -> None:
    li = await world.add_member("李兰")
    talk = await planned(world)
    await enrol(world, talk, li)
    desk, ask = await world.call(), {"community_id": world.here, "activity_id": talk}
    await service.cancel(desk, version=1, reason="台风", **ask)  # type: ignore[arg-type]
    mine = await service.invitations(world.call_of_member(li), community_id=world.here, member_id=li)
    assert [(one.activity.status, one.activity.status_reason) for one in mine] == [(Status.CANCELLED, "台风")]
    other = await world.add_member("何大海")
    assert await service.invitations(desk, community_id=world.here, member_id=other) == []
    with pytest.raises(ActivityMoved):
        await enrol(world, talk, other)
    await service.restore(desk, version=2, **ask)  # type: ignore[arg-type]
    assert (await stands(world, talk)) == {"李兰": Standing.ENROLLED}


async def test_the_sheet_says_who_came(world: World) -> None:
    names = ("李兰", "何大海", "黄秀英", "周正", "冯伯", "莫老师")
    li, he, huang, zhou, feng, mo = [await world.add_member(name) for name in names]
    talk = await planned(world, held_on=TODAY, from_minute=1200, to_minute=1290)
    for one in (li, he, huang):
        await enrol(world, talk, one, or_wait=True)
    await staff(world, talk, mo, Part.SPEAKER)
    await staff(world, talk, feng)
    desk, ask = await world.call(), {"community_id": world.here, "activity_id": talk}
    sheet = SignIn(came=frozenset({li, huang, zhou, feng, mo}), guests=12, served=((mo, 60),))
    view = await service.sign_in(desk, sheet=sheet, version=1, **ask)  # type: ignore[arg-type]
    heads = view.heads
    assert (heads.participants, heads.walked_in, heads.staffing, heads.guests) == (3, 2, 2, 12)
    assert (heads.total, view.status) == (17, Status.HELD)
    found = await gathering(world, talk)
    served = {one.member.name: one.participation.served_minutes for one in found.takings}
    assert {name: minutes for name, minutes in served.items() if minutes} == {"莫老师": 60, "冯伯": 90}
    came = {one.member.name: one.participation.came for one in found.takings}
    assert came["何大海"] is False

    # Typed in again, it says what it now says.
    again = SignIn(came=frozenset({li, he}), guests=0)
    view = await service.sign_in(desk, sheet=again, version=2, **ask)  # type: ignore[arg-type]
    assert (view.heads.total, view.heads.staffing) == (2, 0)
    await service.report(desk, notes="下雨", went_well="大家留到最后", version=3, **ask)  # type: ignore[arg-type]
    view = (await gathering(world, talk)).activity
    assert view.report is not None
    assert (view.report.notes, view.report.went_well) == ("下雨", "大家留到最后")


async def test_who_may_not_is_refused(world: World) -> None:
    li = await world.add_member("李兰")
    paused = await world.add_member("何大海", status=MemberStatus.PAUSED)
    far = await world.add_member("远方人", community_id=world.there)
    talk = await planned(world)
    with pytest.raises(NotOnRoster):
        await enrol(world, talk, paused)
    with pytest.raises(NotFound):
        await enrol(world, talk, far)
    with pytest.raises(Forbidden):
        await enrol(world, talk, li, call=world.call_of_member(paused))
    with pytest.raises((Forbidden, NotFound)):
        await enrol(world, talk, li, call=await world.call(world.neighbour))
    with pytest.raises(Forbidden):
        await service.gathering(world.call_of_member(li), community_id=world.here, activity_id=talk)
    with pytest.raises(NotFound):
        await service.one(await world.call(world.neighbour), community_id=world.there, activity_id=talk)


async def test_lists_go_by_day_and_page_by_page(world: World) -> None:
    days = (-2, -1, 0, 1, 2)
    for n in days:
        await planned(
            world, held_on=TODAY + timedelta(days=n), title=f"第{n}天", place="广场" if n else "二楼"
        )
    desk = await world.call()

    async def titles(**asked: object) -> list[str]:
        page = await service.list_activities(desk, community_id=world.here, **asked)  # type: ignore[arg-type]
        return [view.plan.title for view in page.rows]

    assert await titles() == ["第0天", "第1天", "第2天"]
    assert await titles(when=When.PAST) == ["第-1天", "第-2天"]
    assert await titles(when=When.ALL, words="二楼") == ["第0天"]
    assert await titles(when=When.ALL, words="天 %") == []
    async with world.database.begin({world.here}) as db:
        for when, first in ((When.COMING, ["第0天", "第1天"]), (When.ALL, ["第2天", "第1天"])):
            page = await queries.list_activities(db, world.here, TODAY, when=when, limit=2)
            assert [view.plan.title for view in page.rows] == first
            more = await queries.list_activities(db, world.here, TODAY, when=when, after=page.after, limit=2)
            assert not set(first) & {view.plan.title for view in more.rows}
            assert len(more.rows) == (1 if when is When.COMING else 2)
        assert [view.plan.title for view in await queries.due(db, world.here, TODAY)] == ["第-2天", "第-1天"]
        assert [view.plan.title for view in await queries.on_day(db, world.here, TODAY)] == ["第0天"]
        with pytest.raises(Invalid):
            await queries.list_activities(db, world.here, TODAY, after="WyJhIiwiYiIsImMiXQ")
    rows = await service.export(desk, community_id=world.here)
    assert len(rows) == len(days)


async def test_lines_of_a_sheet_mean_somebody(world: World) -> None:
    li = await world.add_member("李兰", number="0007")
    chen = await world.add_member("陈婆", number="0008")
    await world.add_member("陈婆", number="0009")
    desk = await world.call()
    found = await service.walk_ins(desk, community_id=world.here, lines=["李兰", "", "0008"])
    assert found == {li, chen}
    with pytest.raises(Invalid) as refused:
        await service.walk_ins(desk, community_id=world.here, lines=["0007", "陈婆", "张三"])
    assert [(one.field, one.row) for one in refused.value.fields] == [("walk_ins", 2), ("walk_ins", 3)]
