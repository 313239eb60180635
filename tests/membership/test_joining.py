"""Applications: who checked what, one approval or two, refusal with a reason that can be read back and undone."""

from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.given import PASSWORD, World, post_form, sign_in
from tests.membership.sheets import uploaded
from timebank.core.errors import Stale
from timebank.core.ids import new_id
from timebank.core.provenance import Provenance
from timebank.hours import queries as hours
from timebank.membership import service as rosters
from timebank.membership.joining import service
from timebank.membership.joining.errors import (
    ApplicationRefused,
    ApprovedTwiceByOne,
    NotApplying,
    SecondApprovalMissing,
    TwoApprove,
)
from timebank.membership.joining.model import StepKind
from timebank.membership.model import ImportKind, Outcome
from timebank.people import queries as people
from timebank.people.model import Details, NewMember, Status
from timebank.schemes import steps as schemes
from timebank.schemes.model import HousePolicy


async def two_approve(world: World) -> None:
    async with world.database.begin({world.here}) as db:
        await schemes.set_house_policy(
            db,
            world.here,
            HousePolicy(approvals_to_join=2),
            world.now.date(),
            now=world.now,
            made_by=world.administrator,
        )


async def apply(world: World, name: str = "刘阿姨", via: Provenance = Provenance.PHONE) -> UUID:
    values = NewMember(details=Details(name=name, is_helper=True), status=Status.APPLIED)
    return await service.take_in(await world.call(), community_id=world.here, values=values, via=via)


async def status(world: World, member_id: UUID) -> Status:
    async with world.database.begin({world.here}) as db:
        return (await people.member(db, member_id)).status


async def has_account(world: World, member_id: UUID) -> bool:
    async with world.database.begin({world.here}) as db:
        return member_id in await hours.balances(db, world.here, [member_id])


async def approve(world: World, member_id: UUID, version: int, staff: UUID | None = None) -> int:
    return await service.approve(
        await world.call(staff), community_id=world.here, member_id=member_id, version=version
    )


async def test_who_checked_what_stays_with_the_application(world: World) -> None:
    applicant = await apply(world)
    for staff, kind, note in (
        (world.coordinator, StepKind.ID_SEEN, None),
        (world.second, StepKind.HOME_VISITED, "住三楼，没有电梯"),
    ):
        await service.check(
            await world.call(staff), member_id=applicant, kind=kind, on_day=world.now.date(), note=note
        )
    found = await service.application(await world.call(), member_id=applicant)
    assert [(step.kind, step.by_name, step.note) for step in found.steps] == [
        (StepKind.RECEIVED, "莫协调", None),
        (StepKind.ID_SEEN, "莫协调", None),
        (StepKind.HOME_VISITED, "麦协调", "住三楼，没有电梯"),
    ]
    assert found.steps[0].provenance is Provenance.PHONE
    assert found.unchecked == [StepKind.TALKED]
    await approve(world, applicant, found.version)
    assert await status(world, applicant) is Status.ACTIVE
    assert await has_account(world, applicant)


async def test_where_two_approve_the_second_is_another(world: World) -> None:
    await two_approve(world)
    applicant = await apply(world)
    assert await approve(world, applicant, 1) == 2
    assert await status(world, applicant) is Status.APPLIED
    assert not await has_account(world, applicant)
    with pytest.raises(ApprovedTwiceByOne):
        await approve(world, applicant, 2)
    with pytest.raises(Stale):
        await approve(world, applicant, 1, world.second)
    await approve(world, applicant, 2, world.second)
    assert await status(world, applicant) is Status.ACTIVE
    assert await has_account(world, applicant)
    with pytest.raises(NotApplying):
        await approve(world, applicant, 3, world.administrator)


async def test_next_door_may_be_the_second_and_never_the_first(
    client: httpx.AsyncClient, world: World
) -> None:
    await two_approve(world)
    applicant = await apply(world)
    await sign_in(client, "he")
    assert "刘阿姨" not in (await client.get("/members/applications")).text
    path = f"/members/applications/{applicant}/approve"
    sent: dict[str, object] = {"community_id": str(world.here), "version": "1"}
    first = await post_form(client, path, sent, seen="/members/applications")
    assert first.status_code == 403
    await approve(world, applicant, 1)
    assert "隔壁等您批准的入会申请" in (await client.get("/today")).text
    page = (await client.get("/members/applications")).text
    assert "刘阿姨" in page
    assert "榕树社区" in page
    done = await post_form(client, path, sent | {"version": "2"}, seen="/members/applications")
    assert done.status_code == 303
    assert await status(world, applicant) is Status.ACTIVE


async def test_where_two_approve_nobody_is_in_by_one_word_on_any_way(world: World) -> None:
    await two_approve(world)
    at_once = NewMember(details=Details(name="急性子"), status=Status.ACTIVE)
    with pytest.raises(TwoApprove):
        await service.take_in(await world.call(), community_id=world.here, values=at_once)
    applicant = await apply(world)
    with pytest.raises(SecondApprovalMissing):
        await service.move(await world.call(), member_id=applicant, to=Status.ACTIVE, version=1)
    left = await service.move(await world.call(), member_id=applicant, to=Status.LEFT, version=1)
    with pytest.raises(SecondApprovalMissing):
        await service.move(await world.call(), member_id=applicant, to=Status.ACTIVE, version=left)
    again = await service.move(await world.call(), member_id=applicant, to=Status.APPLIED, version=left)
    await approve(world, applicant, 1)
    # The standing page counts as the second person's word where one is there already.
    await service.move(await world.call(world.second), member_id=applicant, to=Status.ACTIVE, version=again)
    assert await status(world, applicant) is Status.ACTIVE


async def test_where_two_approve_a_roster_brings_applicants(world: World) -> None:
    await two_approve(world)
    file = uploaded(("姓名", "状态"), ("新来的", None), ("写明在册", "在册"))
    call = await world.call()
    made = await rosters.upload(call, community_id=world.here, kind=ImportKind.ROSTER, file=file)
    preview = await rosters.preview_roster(call, community_id=world.here, import_id=made)
    [refused] = preview.plan.of(Outcome.REFUSED)
    assert refused.name == "写明在册"
    await rosters.apply_roster(call, community_id=world.here, import_id=made, digest=preview.plan.digest)
    [waiting] = await service.waiting(call)
    assert waiting.application.member.name == "新来的"
    assert waiting.application.steps[0].provenance is Provenance.PAPER


async def test_a_refusal_is_read_back_and_undone(client: httpx.AsyncClient, world: World) -> None:
    await two_approve(world)
    applicant = await apply(world)
    await approve(world, applicant, 1)
    await sign_in(client, "mo")
    assert "还差一个人批准" in (await client.get("/today")).text
    path = f"/members/{applicant}/application"
    empty = await post_form(client, f"{path}/refuse", {"version": "2", "reason": " "}, seen=path)
    assert empty.status_code == 422
    said = {"version": "2", "reason": "不住在本社区"}
    assert (await post_form(client, f"{path}/refuse", said, seen=path)).status_code == 303
    page = (await client.get(path)).text
    assert "不住在本社区" in page
    assert "没有通过" in page
    assert "不住在本社区" in (await client.get("/members/applications")).text
    assert await status(world, applicant) is Status.LEFT
    for to in (Status.ACTIVE, Status.APPLIED):
        with pytest.raises(ApplicationRefused):
            await service.move(await world.call(), member_id=applicant, to=to, version=2)
    undone = {"version": "3", "reason": "搬回来了"}
    assert (await post_form(client, f"{path}/reopen", undone, seen=path)).status_code == 303
    assert await status(world, applicant) is Status.APPLIED
    # Approvals begin anew, the refusal stays readable.
    await approve(world, applicant, 4)
    assert await status(world, applicant) is Status.APPLIED
    await approve(world, applicant, 5, world.second)
    assert await status(world, applicant) is Status.ACTIVE
    assert "不住在本社区" in (await client.get(path)).text


async def test_a_program_does_the_same(client: httpx.AsyncClient, world: World) -> None:
    token = (await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})).json()[
        "token"
    ]
    client.headers["authorization"] = f"Bearer {token}"
    here = f"/api/v1/communities/{world.here}/members"
    body = {"name": "梁姨", "status": "applied", "via": "phone"}
    made = (await client.post(here, json=body)).json()["id"]
    path = f"{here}/{made}/application"
    check = {"kind": "talked", "on_day": "2026-11-23"}
    assert (await client.post(f"{path}/checks", json=check)).status_code == 422
    check = {"kind": "talked", "on_day": "2026-11-20", "note": "电话里"}
    assert (await client.post(f"{path}/checks", json=check)).status_code == 201
    [waiting] = (await client.get("/api/v1/applications")).json()
    assert waiting["may_approve"]
    assert waiting["application"]["unchecked"] == ["id_seen", "home_visited"]
    no = await client.post(f"{path}/refuse", json={"version": 2, "reason": "名额满了"})
    assert no.json() == {"version": 3}
    assert (await client.get(path)).json()["refused_because"] == "名额满了"
    late = await client.post(f"{path}/approve", json={"version": 3})
    assert late.json()["code"] == "application-refused"
    assert (await client.post(f"{path}/reopen", json={"version": 3, "reason": "有人退出"})).status_code == 200
    assert (await client.post(f"{path}/approve", json={"version": 4})).json() == {"version": 5}
    assert await status(world, UUID(made)) is Status.ACTIVE


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ("'refused', '  '", "application_refused_without_reason"),
        ("'approved', NULL", "application_approved_twice_by_one"),
    ],
)
async def test_the_database_refuses_by_the_same_names(world: World, values: str, rule: str) -> None:
    await two_approve(world)
    applicant = await apply(world)
    await approve(world, applicant, 1)
    again = f"""
        INSERT INTO timebank.application_steps
            (id, community_id, member_id, number, round, kind, note, on_day, by, at)
        VALUES (:id, :here, :member, 9, 1, {values}, '2026-11-22', :by, now())"""
    known = {"id": new_id(), "here": world.here, "member": applicant, "by": world.coordinator}
    with pytest.raises(DBAPIError, match=rule):
        async with world.database.begin({world.here}) as db:
            await db.execute(text(again), known)
    with pytest.raises(DBAPIError, match="permission denied"):
        async with world.database.begin({world.here}) as db:
            await db.execute(text("DELETE FROM timebank.application_steps"))
