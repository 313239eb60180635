"""A proposal needs two yeses, each given by the person or by the desk for them; the first no ends it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.given import NOW, World
from tests.pairing.neighbourhood import WEDNESDAY, Neighbourhood, open_neighbourhood
from timebank.access import steps as access_steps
from timebank.access.errors import OwnAffair
from timebank.core import clock
from timebank.core.errors import Forbidden, Invalid
from timebank.core.provenance import Provenance
from timebank.pairing import queries, service
from timebank.pairing.errors import AlreadyAsked, NeedsReason, NotEligible, ProposalClosed
from timebank.pairing.model import Answer, PairStatus, PairView, ProposalStatus, ProposalView, Side
from timebank.pairing.running import run_round
from timebank.people import steps as people
from timebank.requests import steps as request_steps
from timebank.requests.model import Status as RequestStatus
from timebank.visits import queries as visits
from timebank.web.i18n import say


async def proposed(town: Neighbourhood, *, weekly: bool = False) -> ProposalView:
    """An open proposal to 李兰 for 陈阿婆."""
    world = town.world
    await town.helper("李兰")
    elder = await town.elder("陈阿婆")
    await (town.weekly(elder) if weekly else town.request(elder, place="榕树路 8 号"))
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    await service.send_round(call, community_id=world.here, round_id=made.id)
    async with town.reading() as db:
        (proposal,) = await queries.open_proposals(db, world.here)
    return proposal


async def answered(
    world: World, proposal: ProposalView, side: Side, answer: Answer = Answer.YES, *, member: bool = False
) -> ProposalView:
    """One side's answer, by phone through the desk, or by the member."""
    call = world.call_of_member(proposal.party(side)) if member else await world.call()
    return await service.answer(
        call, community_id=world.here, proposal_id=proposal.id, side=side, answer=answer
    )


async def accepted(town: Neighbourhood, proposal: ProposalView) -> PairView:
    """The pair that both sides' yes to a weekly proposal makes."""
    for side in Side:
        await answered(town.world, proposal, side)
    async with town.reading() as db:
        pair = await queries.pair_of_proposal(db, proposal.id)
    assert pair is not None
    return pair


@pytest.mark.slow
async def test_two_yeses_plan_the_visit_and_match_the_request(world: World) -> None:
    town = await open_neighbourhood(world)
    proposal = await proposed(town)
    first = await answered(world, proposal, Side.HELPER, member=True)
    assert first.status is ProposalStatus.OPEN
    assert first.helper_answer is not None
    assert first.helper_answer.provenance is Provenance.APP
    assert (await town.look(proposal.request_id)).status is RequestStatus.PUBLISHED
    second = await answered(world, proposal, Side.RECIPIENT)
    assert second.status is ProposalStatus.ACCEPTED
    assert second.recipient_answer is not None
    assert (second.recipient_answer.provenance, second.recipient_answer.by) == (
        Provenance.PHONE,
        world.coordinator,
    )
    assert (await town.look(proposal.request_id)).status is RequestStatus.MATCHED
    async with town.reading() as db:
        (visit,) = await visits.between(db, world.here, WEDNESDAY, WEDNESDAY)
    assert (visit.helper_id, visit.recipient_id, visit.request_id) == (
        proposal.helper_id,
        proposal.recipient_id,
        proposal.request_id,
    )
    assert visit.planned_from is not None
    assert visit.planned_from.astimezone(clock.zone()).hour == 9
    assert visit.place == "榕树路 8 号"


@pytest.mark.slow
async def test_the_first_no_ends_it_and_she_is_not_asked_the_same_again(world: World) -> None:
    town = await open_neighbourhood(world)
    proposal = await proposed(town)
    assert (await answered(world, proposal, Side.HELPER, Answer.NO)).status is ProposalStatus.DECLINED
    with pytest.raises(ProposalClosed):
        await answered(world, proposal, Side.RECIPIENT)
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    assert (made.served, made.waiting) == (0, 1)
    (line,) = (await service.round_page(call, community_id=world.here, round_id=made.id)).unmatched
    assert say(line.why, "zh") == "1 位服务者：1 人最近推辞过"
    later = replace(call, now=NOW + timedelta(weeks=5))
    async with town.reading() as db:
        assert not await queries.declined_since(db, world.here, later.now - timedelta(weeks=4))


async def test_a_yes_may_become_a_no_while_the_other_still_thinks(world: World) -> None:
    town = await open_neighbourhood(world)
    proposal = await proposed(town)
    await answered(world, proposal, Side.HELPER)
    assert (await answered(world, proposal, Side.HELPER)).status is ProposalStatus.OPEN
    assert (await answered(world, proposal, Side.HELPER, Answer.NO)).status is ProposalStatus.DECLINED


async def test_the_deadline_ends_it(world: World) -> None:
    town = await open_neighbourhood(world)
    proposal = await proposed(town)
    late = replace(await world.call(), now=proposal.deadline)
    with pytest.raises(ProposalClosed):
        await service.answer(
            late, community_id=world.here, proposal_id=proposal.id, side=Side.HELPER, answer=Answer.YES
        )
    assert await service.close_due(late, community_id=world.here) == 1
    assert await service.close_due(late, community_id=world.here) == 0
    async with town.reading() as db:
        assert (await queries.proposal(db, proposal.id)).status is ProposalStatus.EXPIRED
        assert await queries.waiting_requests(db, world.here, clock.day_of(NOW))


@pytest.mark.slow
async def test_a_proposal_whose_request_went_away_is_withdrawn(world: World) -> None:
    town = await open_neighbourhood(world)
    proposal = await proposed(town)
    async with town.reading() as db:
        await request_steps.withdraw(db, proposal.request_id, now=NOW)
    with pytest.raises(ProposalClosed):
        await answered(world, proposal, Side.HELPER)
    assert await service.close_due(await world.call(), community_id=world.here) == 1
    async with town.reading() as db:
        assert (await queries.proposal(db, proposal.id)).status is ProposalStatus.WITHDRAWN


async def test_a_member_answers_only_for_themselves(world: World) -> None:
    town = await open_neighbourhood(world)
    proposal = await proposed(town)
    for who, side in ((proposal.helper_id, Side.RECIPIENT), (proposal.recipient_id, Side.HELPER)):
        with pytest.raises(Forbidden):
            await service.answer(
                world.call_of_member(who),
                community_id=world.here,
                proposal_id=proposal.id,
                side=side,
                answer=Answer.YES,
            )
    stranger = await town.helper("旁人")
    with pytest.raises(Forbidden):
        await service.my_proposal(
            world.call_of_member(stranger), community_id=world.here, proposal_id=proposal.id
        )
    mine = await service.my_proposal(
        world.call_of_member(proposal.helper_id), community_id=world.here, proposal_id=proposal.id
    )
    assert (mine.side, mine.other.name) == (Side.HELPER, "陈阿婆")


@pytest.mark.slow
async def test_a_weekly_yes_makes_a_pair(world: World) -> None:
    town = await open_neighbourhood(world)
    proposal = await proposed(town, weekly=True)
    pair = await accepted(town, proposal)
    assert (pair.status, pair.occasion) == (PairStatus.TRIAL, proposal.occasion)
    async with town.reading() as db:
        planned = (await visits.list_visits(db, world.here, pair_id=pair.id)).rows
    assert len(planned) == 4


@pytest.mark.slow
async def test_two_coordinators_may_answer_at_once(two_desks: World) -> None:
    town = await open_neighbourhood(two_desks)
    proposal = await proposed(town)
    calls = {
        Side.HELPER: await two_desks.call(),
        Side.RECIPIENT: await two_desks.call(two_desks.second),
    }
    found = await asyncio.gather(
        *(
            service.answer(
                call, community_id=two_desks.here, proposal_id=proposal.id, side=side, answer=Answer.YES
            )
            for side, call in calls.items()
        )
    )
    assert sorted(one.status for one in found) == [ProposalStatus.ACCEPTED, ProposalStatus.OPEN]
    async with town.reading() as db:
        assert len(await visits.between(db, two_desks.here, WEDNESDAY, WEDNESDAY)) == 1


@pytest.mark.slow
async def test_a_yes_and_a_no_at_once_end_in_one_of_both(two_desks: World) -> None:
    town = await open_neighbourhood(two_desks)
    proposal = await proposed(town)
    await answered(two_desks, proposal, Side.HELPER)
    calls = [await two_desks.call(), await two_desks.call(two_desks.second)]
    found = await asyncio.gather(
        *(
            service.answer(
                call,
                community_id=two_desks.here,
                proposal_id=proposal.id,
                side=Side.RECIPIENT,
                answer=answer,
            )
            for call, answer in zip(calls, (Answer.YES, Answer.NO), strict=True)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, ProposalClosed) for one in found) == 1
    assert sum(isinstance(one, ProposalView) for one in found) == 1


@pytest.mark.slow
async def test_two_coordinators_ask_for_one_request_at_once(two_desks: World) -> None:
    town = await open_neighbourhood(two_desks)
    helpers = [await town.helper(name) for name in ("李兰", "何大海")]
    request = await town.request(await town.elder("陈阿婆"))
    calls = [await two_desks.call(), await two_desks.call(two_desks.second)]
    found = await asyncio.gather(
        *(
            service.ask(call, community_id=two_desks.here, request_id=request, helper_id=helper)
            for call, helper in zip(calls, helpers, strict=True)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, UUID) for one in found) == 1
    assert sum(isinstance(one, AlreadyAsked) for one in found) == 1


@pytest.mark.slow
async def test_a_coordinator_asks_by_hand(world: World) -> None:
    town = await open_neighbourhood(world)
    helper = await town.helper("李兰")
    request = await town.request(await town.elder("陈阿婆"))
    call = await world.call()
    page = await service.ask_page(call, community_id=world.here, request_id=request)
    assert [option.helper.id for option in page.options] == [helper]
    made = await service.ask(call, community_id=world.here, request_id=request, helper_id=helper)
    async with town.reading() as db:
        proposal = await queries.proposal(db, made)
    assert proposal.by_hand
    assert (proposal.occasion.on, proposal.occasion.from_minute) == (WEDNESDAY, 9 * 60)
    page = await service.ask_page(call, community_id=world.here, request_id=request)
    assert page.asked is not None
    with pytest.raises(AlreadyAsked) as refused:
        await service.ask(call, community_id=world.here, request_id=request, helper_id=helper)
    assert "李兰" in say(refused.value.text, "zh")


@pytest.mark.slow
async def test_a_hard_refusal_is_named_and_a_soft_one_takes_a_reason(world: World) -> None:
    town = await open_neighbourhood(world)
    elder = await town.elder("陈阿婆")
    apart = await town.helper("不宜")
    async with town.reading() as db:
        await people.keep_apart(db, apart, elder, community_id=world.here, reason="吵过架", now=NOW)
    busy = await town.helper("忙人", free=(0,))
    request = await town.request(elder)
    call = await world.call()
    page = await service.ask_page(call, community_id=world.here, request_id=request, words_typed="忙人")
    assert say(page.nobody, "zh") == "2 位服务者：1 人登记了不宜结对、1 人周三没空"  # type: ignore[arg-type]
    assert [say(part, "zh") for part in page.found[0].soft] == ["那些时间没空"]
    with pytest.raises(NotEligible) as refused:
        await service.ask(
            call.because("她说可以"), community_id=world.here, request_id=request, helper_id=apart
        )
    assert say(refused.value.text, "zh") == "不能请不宜：登记了这两位不宜结对"
    with pytest.raises(NeedsReason):
        await service.ask(call, community_id=world.here, request_id=request, helper_id=busy)
    with pytest.raises(Invalid):
        await service.ask(
            call.because("她说可以"), community_id=world.here, request_id=request, helper_id=busy
        )
    made = await service.ask(
        call.because("电话里说好的"),
        community_id=world.here,
        request_id=request,
        helper_id=busy,
        on=WEDNESDAY,
        from_minute=14 * 60,
    )
    async with town.reading() as db:
        assert (await queries.proposal(db, made)).occasion.from_minute == 14 * 60


async def test_nobody_asks_for_their_own_request_in_an_office(world: World) -> None:
    town = await open_neighbourhood(world)
    helper, elder = await town.helper("李兰"), await town.elder("莫协调")
    request = await town.request(elder)
    call = await world.call()
    own = replace(call, actor=replace(call.actor, memberships=frozenset({elder})))
    with pytest.raises(OwnAffair):
        await service.ask(own, community_id=world.here, request_id=request, helper_id=helper)


@pytest.mark.slow
async def test_nobody_answers_in_an_office_for_who_is_to_help_them(world: World) -> None:
    town = await open_neighbourhood(world)
    proposal = await proposed(town)
    async with town.reading() as db:
        await access_steps.link_membership(db, staff_id=world.coordinator, member_id=proposal.recipient_id)
    with pytest.raises(OwnAffair):
        await answered(world, proposal, Side.HELPER)
    own = await answered(world, proposal, Side.RECIPIENT)
    assert own.recipient_answer is not None


@pytest.mark.slow
async def test_a_withdrawn_proposal_lets_the_request_wait_again(world: World) -> None:
    town = await open_neighbourhood(world)
    proposal = await proposed(town)
    call = await world.call()
    await service.withdraw(call, community_id=world.here, proposal_id=proposal.id)
    with pytest.raises(ProposalClosed):
        await service.withdraw(call, community_id=world.here, proposal_id=proposal.id)
    assert (await service.rounds_page(call, community_id=world.here)).waiting_count == 1


@pytest.mark.slow
async def test_the_call_list_has_those_without_a_smartphone(world: World) -> None:
    town = await open_neighbourhood(world)
    proposal = await proposed(town)
    calls = await service.call_list(await world.call(), community_id=world.here)
    assert {(call.who.name, call.side) for call in calls} == {
        ("李兰", Side.HELPER),
        ("陈阿婆", Side.RECIPIENT),
    }
    await answered(world, proposal, Side.HELPER)
    calls = await service.call_list(await world.call(), community_id=world.here)
    assert [call.who.name for call in calls] == ["陈阿婆"]


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("proposal_two_yes", "status = 'accepted', closed_at = now()"),
        ("proposal_first_no", "status = 'declined', closed_at = now()"),
        ("proposal_closed", "status = 'expired'"),
        ("proposal_answer_whole", "helper_answer = 'yes'"),
        ("proposal_parties", "helper_id = recipient_id"),
    ],
)
async def test_the_database_holds_a_proposal_to_its_rules(world: World, constraint: str, change: str) -> None:
    town = await open_neighbourhood(world)
    proposal = await proposed(town)
    with pytest.raises(IntegrityError, match=constraint):
        async with town.reading() as db:
            await db.execute(
                text(f"UPDATE timebank.proposals SET {change} WHERE id = :id"), {"id": proposal.id}
            )
