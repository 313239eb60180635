"""A request for several helpers: all or nobody in a round, each is asked, one who declines is replaced."""

import asyncio
from uuid import UUID

import httpx
import pytest

from tests.given import World, sign_in
from tests.pairing.neighbourhood import WEDNESDAY, Neighbourhood, open_neighbourhood
from tests.pairing.test_pages import _member_signs_in, _run_and_send
from tests.pairing.test_proposals import answered
from timebank.pairing import queries, service
from timebank.pairing.errors import AlreadyAsked, NothingWaiting
from timebank.pairing.model import Answer, ProposalStatus, ProposalView, Side
from timebank.pairing.running import run_round
from timebank.people import queries as people
from timebank.requests.model import Status as RequestStatus
from timebank.requests.model import Window
from timebank.visits import queries as visits
from timebank.visits import service as visit_service
from timebank.visits.model import Status as VisitStatus
from timebank.web.i18n import say


async def a_move(town: Neighbourhood, *names: str, wanted: int = 3) -> UUID:
    """陈阿婆 moves house and wants several; these helpers are there."""
    for name in names:
        await town.helper(name)
    return await town.request(await town.elder("陈阿婆"), helpers=wanted)


async def asked(town: Neighbourhood) -> list[ProposalView]:
    async with town.reading() as db:
        return await queries.open_proposals(db, town.world.here)


async def a_round(town: Neighbourhood) -> list[ProposalView]:
    """Run a round, send all of it; who is being asked then."""
    call = await town.world.call()
    made = await run_round(call, community_id=town.world.here)
    await service.send_round(call, community_id=town.world.here, round_id=made.id)
    return await asked(town)


async def planned(town: Neighbourhood, request: UUID) -> list[UUID]:
    async with town.reading() as db:
        found = await visits.list_visits(
            db, town.world.here, request_id=request, statuses=[VisitStatus.PLANNED]
        )
    return sorted(visit.helper_id for visit in found.rows)


async def status(town: Neighbourhood, request: UUID) -> RequestStatus:
    return (await town.look(request)).status


@pytest.mark.slow
async def test_all_are_asked_for_one_time_and_the_last_yes_plans_all_visits(world: World) -> None:
    town = await open_neighbourhood(world)
    request = await a_move(town, "李兰", "何大海", "赵强")
    proposals = await a_round(town)
    assert [one.seat for one in sorted(proposals, key=lambda one: one.seat)] == [1, 2, 3]
    assert len({one.occasion for one in proposals}) == 1
    assert len({one.helper_id for one in proposals}) == 3
    for one in proposals[:2]:
        await answered(world, one, Side.HELPER)
    # The recipient says so once for all of them.
    await answered(world, proposals[0], Side.RECIPIENT)
    assert [one.recipient_answer is not None for one in await asked(town)] == [True]
    assert (await status(town, request), await planned(town, request)) == (RequestStatus.PUBLISHED, [])
    await answered(world, proposals[2], Side.HELPER)
    assert await status(town, request) is RequestStatus.MATCHED
    assert await planned(town, request) == sorted(one.helper_id for one in proposals)


async def test_with_too_few_nobody_is_asked_and_it_says_so(world: World) -> None:
    town = await open_neighbourhood(world)
    await a_move(town, "李兰", "何大海")
    await town.helper("赵强", free=(0,))
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    assert (made.served, made.waiting) == (0, 1)
    (line,) = (await service.round_page(call, community_id=world.here, round_id=made.id)).unmatched
    assert say(line.why, "zh") == "要 3 位一起来，3 位服务者里同一时间最多 2 位能来；1 人周三没空"


@pytest.mark.slow
async def test_one_declines_the_others_keep_their_places_and_somebody_takes_the_seat(world: World) -> None:
    town = await open_neighbourhood(world)
    request = await a_move(town, "李兰", "何大海", "赵强")
    one, two, three = await a_round(town)
    for each in (one, two):
        await answered(world, each, Side.HELPER)
        await answered(world, each, Side.RECIPIENT)
    await answered(world, three, Side.HELPER, Answer.NO)
    call = await world.call()
    page = await service.proposal_page(call, community_id=world.here, proposal_id=one.id)
    assert (len(page.crew.agreed), page.crew.asked, page.crew.free) == (2, (), (three.seat,))
    substitute = await town.helper("周明")
    (fourth,) = await a_round(town)
    assert (fourth.helper_id, fourth.seat, fourth.occasion) == (substitute, three.seat, one.occasion)
    for side in Side:
        await answered(world, fourth, side)
    assert await status(town, request) is RequestStatus.MATCHED
    assert await planned(town, request) == sorted([one.helper_id, two.helper_id, substitute])


@pytest.mark.slow
async def test_a_yes_may_be_taken_back_until_all_have_said_yes(world: World) -> None:
    town = await open_neighbourhood(world)
    request = await a_move(town, "李兰", "何大海", wanted=2)
    one, two = await a_round(town)
    for side in Side:
        await answered(world, one, side)
    back = await answered(world, one, Side.HELPER, Answer.NO)
    assert back.status is ProposalStatus.DECLINED
    await answered(world, two, Side.HELPER)
    assert await status(town, request) is RequestStatus.PUBLISHED


@pytest.mark.slow
async def test_who_has_agreed_is_spoken_for_at_that_time(world: World) -> None:
    town = await open_neighbourhood(world)
    await a_move(town, "李兰", "何大海", wanted=2)
    one, _ = await a_round(town)
    for side in Side:
        await answered(world, one, side)
    same_hour = (Window(540, 600, on_day=WEDNESDAY),)
    other = await town.request(await town.elder("黄伯"), windows=same_hour)
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    page = await service.round_page(call, community_id=world.here, round_id=made.id)
    assert [line.request.id for line in page.unmatched] == [other]


@pytest.mark.slow
async def test_by_hand_nobody_takes_two_seats_and_no_seat_is_given_twice(world: World) -> None:
    town = await open_neighbourhood(world)
    request = await a_move(town, "李兰", "何大海", "赵强", wanted=2)
    async with town.reading() as db:
        ids = [one.member.id for one in await people.candidates(db, world.here)]
    call = await world.call()
    where = {"community_id": world.here, "request_id": request}
    await service.ask(call, helper_id=ids[0], **where)
    with pytest.raises(AlreadyAsked):
        await service.ask(call.because("再请一次"), helper_id=ids[0], **where)
    await service.ask(call, helper_id=ids[1], **where)
    first, second = await asked(town)
    assert first.occasion == second.occasion
    with pytest.raises(AlreadyAsked):
        await service.ask(call, helper_id=ids[2], **where)
    with pytest.raises(NothingWaiting):
        await run_round(call, community_id=world.here)


@pytest.mark.slow
async def test_one_visit_falls_through_and_only_that_seat_is_open(world: World) -> None:
    town = await open_neighbourhood(world)
    request = await a_move(town, "李兰", "何大海", wanted=2)
    one, two = await a_round(town)
    for each in (one, two):
        for side in Side:
            await answered(world, each, side)
    async with town.reading() as db:
        made = (await visits.list_visits(db, world.here, request_id=request)).rows
    lost = next(visit for visit in made if visit.helper_id == two.helper_id)
    await visit_service.cancel(
        await world.call(),
        community_id=world.here,
        visit_id=lost.id,
        version=lost.version,
        reason="病了",
        ask_again=True,
    )
    assert await status(town, request) is RequestStatus.PUBLISHED
    await town.helper("周明")
    (third,) = await a_round(town)
    assert third.helper_id != one.helper_id
    for side in Side:
        await answered(world, third, side)
    assert await planned(town, request) == sorted([one.helper_id, third.helper_id])


@pytest.mark.slow
async def test_the_last_two_say_yes_at_the_same_moment(two_desks: World) -> None:
    town = await open_neighbourhood(two_desks)
    request = await a_move(town, "李兰", "何大海", wanted=2)
    proposals = await a_round(town)
    await answered(two_desks, proposals[0], Side.RECIPIENT)
    await asyncio.gather(*(answered(two_desks, one, Side.HELPER) for one in proposals))
    assert await status(town, request) is RequestStatus.MATCHED
    assert len(await planned(town, request)) == 2


@pytest.mark.slow
async def test_the_pages_say_how_far_it_has_come(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    li = await town.helper("李兰")
    await town.helper("何大海")
    request = await town.request(await town.elder("陈阿婆"), helpers=2)
    await sign_in(client, "mo")
    assert "2 个，人齐了才算数" in (await client.get(f"/requests/{request}")).text
    where = await _run_and_send(client)
    page = (await client.get(where)).text
    assert page.count("2 个人一起") == 2
    one, two = sorted(await asked(town), key=lambda each: each.helper_id != li)
    for side in Side:
        await answered(world, one, side)
    shown = (await client.get(f"/proposals/{one.id}")).text
    assert ("已答应 1 位，等答复 1 位，还空 0 位" in shown, "李兰又不能去了" in shown) == (True, True)
    await answered(world, two, Side.HELPER, Answer.NO)
    shown = (await client.get(f"/proposals/{two.id}")).text
    assert ("还空 1 位" in shown, "请一位顶上" in shown) == (True, True)
    assert "再请的人和他们同一时间来" in (await client.get(f"/proposals/new?request_id={request}")).text
    await _member_signs_in(client, world, li)
    mine = (await client.get(f"/me/proposals/{one.id}")).text
    assert ("还等 1 位" in mine, "双方都同意" in mine) == (True, False)


@pytest.mark.slow
async def test_several_come_once_only(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    elder = await town.elder("陈阿婆")
    await sign_in(client, "mo")
    at = f"/requests/new?member={elder}"
    page = await client.get(at)
    form = {
        "csrf": page.text.split('name="csrf" value="', 1)[1].split('"', 1)[0],
        "key": "several-come-once-only",
        "member_id": str(elder),
        "category": "shopping",
        "duration_minutes": "60",
        "kind": "weekly",
        "weekdays": "2",
        "helpers": "3",
    }
    wrong = await client.post("/requests/new", data=form)
    assert (wrong.status_code, "只能是一次" in wrong.text) == (422, True)
    once = {**form, "key": "several-come-once", "kind": "once", "days": str(WEDNESDAY)}
    assert (await client.post("/requests/new", data=once)).status_code == 303
