"""Helpers look at what is asked for nearby and volunteer; the round or the coordinator decides."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from tests.given import NOW, World
from tests.pairing.neighbourhood import MORNING, TODAY, WEDNESDAY, Neighbourhood, open_neighbourhood
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import Forbidden, NotFound
from timebank.core.provenance import Provenance
from timebank.desk import service as desk
from timebank.pairing import service as pairing
from timebank.pairing.errors import DoesNotSuit, NotEligible, NotWaiting
from timebank.pairing.model import Answer, Side
from timebank.pairing.running import run_round
from timebank.pairing.steps.handing_over import hand_over
from timebank.pairing.views import NearbyPage
from timebank.pairing.volunteering import rules, service
from timebank.pairing.volunteering.model import Near, Outcome, Volunteering
from timebank.requests import service as requests
from timebank.requests.errors import NoHelper
from timebank.requests.model import Window
from timebank.web.i18n import say

# 200 m, 900 m, 2.2 km and 5 km to the north of (22.93, 113.94).
AT = {"lat": 22.93, "lon": 113.94}


def north(metres: int) -> dict[str, float]:
    return AT | {"lat": AT["lat"] + metres / 111_320}


async def see(call: Call, who: UUID, after: str | None = None) -> NearbyPage:
    return await service.nearby(call, community_id=call.desk, member_id=who, after=after)


async def says(call: Call, request: UUID, who: UUID) -> None:
    await service.volunteer(call, community_id=call.desk, request_id=request, member_id=who)


async def back(call: Call, request: UUID, who: UUID) -> None:
    await service.step_back(call, community_id=call.desk, request_id=request, member_id=who)


async def would_go(town: Neighbourhood, request: UUID) -> list[Volunteering]:
    call = await town.world.call()
    return await service.volunteers(call, community_id=town.world.here, request_id=request)


async def ask(town: Neighbourhood, request: UUID, helper: UUID) -> UUID:
    call = await town.world.call()
    return await pairing.ask(call, community_id=town.world.here, request_id=request, helper_id=helper)


async def answer(town: Neighbourhood, proposal: UUID, side: Side, given: Answer) -> None:
    await pairing.answer(
        await town.world.call(),
        community_id=town.world.here,
        proposal_id=proposal,
        side=side,
        answer=given,
    )


@pytest.mark.parametrize(
    ("metres", "near"),
    [
        (0, Near.HALF_A_KILOMETRE),
        (500, Near.HALF_A_KILOMETRE),
        (501, Near.ONE_KILOMETRE),
        (1_000, Near.ONE_KILOMETRE),
        (3_000, Near.THREE_KILOMETRES),
        (3_001, Near.FARTHER),
        (None, Near.UNKNOWN),
    ],
)
def test_a_distance_is_told_in_four_steps(metres: int | None, near: Near) -> None:
    assert rules.near_of(metres) is near


async def test_the_nearest_come_first_and_of_those_who_have_waited_longest(world: World) -> None:
    town = await open_neighbourhood(world)
    li = await town.helper("李兰", **AT)
    far = await town.request(await town.elder("远", **north(2_200)))
    near = await town.request(await town.elder("近", **north(400)))
    town.now = NOW - timedelta(days=5)
    old = await town.request(await town.elder("久", **north(450)))
    unknown = await town.request(await town.elder("无"))
    rows = (await see(world.call_of_member(li), li)).page.rows
    assert [row.glimpse.request_id for row in rows] == [old, near, far, unknown]
    assert [(row.near, row.waiting_days) for row in rows[:3]] == [
        (Near.HALF_A_KILOMETRE, 5),
        (Near.HALF_A_KILOMETRE, 0),
        (Near.THREE_KILOMETRES, 0),
    ]


async def test_only_what_suits_her_is_shown(world: World) -> None:
    town = await open_neighbourhood(world)
    li = await town.helper("李兰", avoids=("dog",), is_recipient=True)
    fits = await town.request(await town.elder("陈阿婆"))
    await town.request(await town.elder("甲"), category="haircut")
    await town.request(
        await town.elder("乙"), windows=(Window(*MORNING, on_day=WEDNESDAY + timedelta(days=1)),)
    )
    await town.request(await town.elder("丙"), circumstances=("dog",))
    await town.request(await town.elder("丁"), wanted_gender="male")
    await town.request(li)
    rows = (await see(world.call_of_member(li), li)).page.rows
    assert [row.glimpse.request_id for row in rows] == [fits]


@pytest.mark.slow
async def test_long_lists_come_in_pages(world: World) -> None:
    town = await open_neighbourhood(world)
    li = await town.helper("李兰")
    elder = await town.elder("陈阿婆")
    asked = {await town.request(elder) for _ in range(service.SHOWN + 3)}
    first = (await see(world.call_of_member(li), li)).page
    rest = (await see(world.call_of_member(li), li, first.after)).page
    assert (len(first.rows), len(rest.rows), rest.after) == (service.SHOWN, 3, None)
    assert {row.glimpse.request_id for row in (*first.rows, *rest.rows)} == asked


@pytest.mark.slow
async def test_she_volunteers_and_steps_back_and_goes_after_all(world: World) -> None:
    town = await open_neighbourhood(world)
    li = await town.helper("李兰")
    request = await town.request(await town.elder("陈阿婆"))
    mine = world.call_of_member(li)
    await says(mine, request, li)
    (said,) = await would_go(town, request)
    assert (said.member_id, said.said_by, said.provenance) == (li, li, Provenance.APP)
    with clock.set_to(NOW + timedelta(hours=1)):
        await says(world.call_of_member(li), request, li)
    assert await would_go(town, request) == [said]
    page = await see(mine, li)
    assert (page.page.rows, [one.outcome for one in page.said]) == ([], [Outcome.WAITING])
    for _ in range(2):
        await back(mine, request, li)
    page = await see(mine, li)
    assert (len(page.page.rows), page.said, await would_go(town, request)) == (1, [], [])
    with clock.set_to(NOW + timedelta(hours=2)):
        await says(world.call_of_member(li), request, li)
    (again,) = await would_go(town, request)
    assert (again.id, again.said_at) == (said.id, NOW + timedelta(hours=2))


async def test_a_word_counts_for_four_weeks_and_is_said_anew(world: World) -> None:
    town = await open_neighbourhood(world)
    li = await town.helper("李兰")
    request = await town.weekly(await town.elder("陈阿婆"), expires_on=TODAY + timedelta(days=90))
    await says(world.call_of_member(li), request, li)
    with clock.set_to(NOW + timedelta(days=29)):
        later = world.call_of_member(li)
        page = await see(later, li)
        assert (len(page.page.rows), page.said, await would_go(town, request)) == (1, [], [])
        await says(later, request, li)
        assert [one.said_at for one in await would_go(town, request)] == [NOW + timedelta(days=29)]


async def test_at_the_desk_it_is_written_down_how_it_was_said(world: World) -> None:
    town = await open_neighbourhood(world)
    li = await town.helper("李兰")
    request = await town.request(await town.elder("陈阿婆"))
    call = await world.call()
    await service.volunteer(
        call, community_id=world.here, request_id=request, member_id=li, provenance=Provenance.PAPER
    )
    (said,) = await would_go(town, request)
    assert (said.provenance, said.said_by) == (Provenance.PAPER, world.coordinator)
    (act,) = (await desk.acts(call, community_id=world.here, about=request)).rows
    assert (act.operation, act.actor_id, act.beneficiary_id) == ("pairing.volunteer", world.coordinator, li)
    assert (await desk.today(call, community_id=world.here)).tasks[
        0
    ].to == f"/proposals/new?request_id={request}"


async def test_nobody_speaks_for_another(world: World) -> None:
    town = await open_neighbourhood(world)
    li, he = await town.helper("李兰"), await town.helper("何大海")
    elder = await town.elder("陈阿婆")
    request = await town.request(elder)
    for stranger in (world.call_of_member(he), await world.call(world.auditor)):
        with pytest.raises(Forbidden):
            await service.nearby(stranger, community_id=world.here, member_id=li)
        with pytest.raises(Forbidden):
            await service.volunteer(stranger, community_id=world.here, request_id=request, member_id=li)
    with pytest.raises((Forbidden, NotFound)):
        await service.volunteer(
            await world.call(world.administrator), community_id=world.there, request_id=request, member_id=li
        )
    with pytest.raises(NoHelper):
        await see(world.call_of_member(elder), elder)
    with pytest.raises(NoHelper):
        await says(await world.call(), request, elder)


async def test_what_is_gone_is_gone_kindly(world: World) -> None:
    town = await open_neighbourhood(world)
    li, he = await town.helper("李兰"), await town.helper("何大海")
    request = await town.request(await town.elder("陈阿婆"))
    other = await town.request(await town.elder("黄伯"))
    mine = world.call_of_member(li)
    proposal = await ask(town, request, he)
    with pytest.raises(NotWaiting) as asked:
        await says(mine, request, li)
    assert say(asked.value.text, "zh") == "已经在请别人了，谢谢您"
    for side in Side:
        await answer(town, proposal, side, Answer.YES)
    with pytest.raises(NotWaiting) as taken:
        await says(mine, request, li)
    assert say(taken.value.text, "zh") == "已经有人去了，谢谢您"
    await requests.withdraw(
        await world.call(), community_id=world.here, request_id=other, version=2, reason=None
    )
    with pytest.raises(NotWaiting) as over:
        await says(mine, other, li)
    assert say(over.value.text, "zh") == "这件事现在不用人去了，谢谢您"
    with clock.set_to(NOW + timedelta(days=4)), pytest.raises(NotWaiting):
        await says(world.call_of_member(li), await town.request(await town.elder("迟")), li)


async def test_what_stands_against_her_is_told_to_the_desk_only(world: World) -> None:
    town = await open_neighbourhood(world)
    li = await town.helper("李兰", skills=("clinic",))
    request = await town.request(await town.elder("陈阿婆"))
    with pytest.raises(DoesNotSuit):
        await says(world.call_of_member(li), request, li)
    with pytest.raises(NotEligible) as refused:
        await says(await world.call(), request, li)
    assert say(refused.value.text, "zh") == "不能请李兰：没有登记需要的技能"


@pytest.mark.slow
async def test_the_round_thinks_first_of_whoever_volunteered(world: World) -> None:
    town = await open_neighbourhood(world)
    await town.helper("甲", **AT)
    li, he = await town.helper("李兰", **north(300)), await town.helper("何大海", **AT)
    request = await town.request(await town.elder("陈阿婆", **AT))
    call = await world.call()
    await says(world.call_of_member(li), request, li)
    await says(world.call_of_member(he), request, he)
    await back(world.call_of_member(he), request, he)
    made = await run_round(call, community_id=world.here)
    (line,) = (await pairing.round_page(call, community_id=world.here, round_id=made.id)).pairs
    said = [say(part, "zh") for part in line.why]
    assert (line.helper.name, said[0]) == ("李兰", "自己报名要去")
    assert line.runner_up is not None
    assert "没有自己报名" in say(line.runner_up, "zh")
    assert (await pairing.replay_round(call, community_id=world.here, round_id=made.id)).same
    sent = await pairing.send_round(call, community_id=world.here, round_id=made.id)
    page = await pairing.proposal_page(call, community_id=world.here, proposal_id=sent.made[0])
    assert "自己报名要去" in [say(part, "zh") for part in page.why]


@pytest.mark.slow
async def test_who_was_not_chosen_is_told_so_kindly_for_two_weeks(world: World) -> None:
    town = await open_neighbourhood(world)
    li, he = await town.helper("李兰"), await town.helper("何大海")
    request = await town.request(await town.elder("陈阿婆"))
    for who in (li, he):
        await says(world.call_of_member(who), request, who)
    proposal = await ask(town, request, he)

    async def came(who: UUID) -> list[Outcome]:
        return [one.outcome for one in (await see(world.call_of_member(who), who)).said]

    assert (await came(li), await came(he)) == ([Outcome.WAITING], [Outcome.ASKED])
    for side in Side:
        await answer(town, proposal, side, Answer.YES)
    assert (await came(li), await came(he)) == ([Outcome.OTHERS], [Outcome.CHOSEN])

    async def home(who: UUID) -> int:
        found = await desk.home(world.call_of_member(who), community_id=world.here, member_id=who)
        return len(found.not_chosen)

    assert (await home(li), await home(he)) == (1, 0)
    with clock.set_to(NOW + timedelta(days=13)):
        assert (await came(li), await home(li)) == ([Outcome.OTHERS], 1)
    with clock.set_to(NOW + timedelta(days=15)):
        assert (await came(li), await home(li)) == ([], 0)


async def test_who_says_no_when_asked_has_taken_it_back(world: World) -> None:
    town = await open_neighbourhood(world)
    li = await town.helper("李兰")
    request = await town.request(await town.elder("陈阿婆"))
    await says(world.call_of_member(li), request, li)
    await answer(town, await ask(town, request, li), Side.HELPER, Answer.NO)
    page = await see(world.call_of_member(li), li)
    assert (page.said, page.page.rows, await would_go(town, request)) == ([], [], [])


async def test_who_joins_others_sees_their_time_only(world: World) -> None:
    town = await open_neighbourhood(world)
    li, he = await town.helper("李兰"), await town.helper("何大海")
    friday = Window(*MORNING, on_day=WEDNESDAY + timedelta(days=2))
    request = await town.request(
        await town.elder("陈阿婆"), helpers=2, windows=(Window(*MORNING, on_day=WEDNESDAY), friday)
    )
    (row,) = (await see(world.call_of_member(li), li)).page.rows
    assert (row.glimpse.wanted, len(row.glimpse.windows)) == (2, 2)
    await ask(town, request, he)
    (row,) = (await see(world.call_of_member(li), li)).page.rows
    assert row.glimpse.windows == (Window(540, 600, on_day=WEDNESDAY),)
    await says(world.call_of_member(li), request, li)
    assert [one.member_id for one in await would_go(town, request)] == [li]


@pytest.mark.slow
async def test_of_two_records_of_one_person_the_kept_one_has_volunteered(world: World) -> None:
    town = await open_neighbourhood(world)
    li, twin = await town.helper("李兰"), await town.helper("李兰二")
    elder = await town.elder("陈阿婆")
    both, one, again, not_any_more = [await town.request(elder) for _ in range(4)]
    for who, request in ((li, both), (twin, both), (twin, one), (li, again), (twin, not_any_more)):
        await says(world.call_of_member(who), request, who)
    # Said, taken back, and said again under the other record; or the other way round. What was said last stands.
    await back(world.call_of_member(li), again, li)
    later = NOW + timedelta(hours=1)
    for who, request in ((twin, again), (li, not_any_more)):
        await says(replace(world.call_of_member(who), now=later), request, who)
    await back(replace(world.call_of_member(li), now=later), not_any_more, li)
    async with town.reading() as db:
        await hand_over(db, from_id=twin, to_id=li, now=later)
    said = (await see(world.call_of_member(li), li)).said
    assert sorted(each.glimpse.request_id for each in said) == sorted([both, one, again])
    # The record that has ended says nothing any more.
    for request in (both, one, again):
        assert [each.member_id for each in await would_go(town, request)] == [li]
    assert await would_go(town, not_any_more) == []


@pytest.mark.slow
async def test_two_at_once_are_both_written_down_and_one_who_says_it_twice_once(two_desks: World) -> None:
    world = two_desks
    town = await open_neighbourhood(world)
    li, he = await town.helper("李兰"), await town.helper("何大海")
    request = await town.request(await town.elder("陈阿婆"))
    calls = [world.call_of_member(who) for who in (li, he, li, he, li)]
    await asyncio.gather(*(says(call, request, call.actor.id) for call in calls))
    assert {one.member_id for one in await would_go(town, request)} == {li, he}
    assert len(await would_go(town, request)) == 2


@pytest.mark.slow
async def test_who_is_asked_at_the_same_moment_comes_before_or_after(two_desks: World) -> None:
    world = two_desks
    town = await open_neighbourhood(world)
    li, he = await town.helper("李兰"), await town.helper("何大海")
    request = await town.request(await town.elder("陈阿婆"))
    asked, said = await asyncio.gather(
        ask(town, request, he), says(world.call_of_member(li), request, li), return_exceptions=True
    )
    assert isinstance(asked, UUID)
    assert [one.member_id for one in await would_go(town, request)] == (
        [] if isinstance(said, NotWaiting) else [li]
    )
