"""A standing pair plans its visits, skips absences, pauses, goes on, and ends with thanks."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from tests.given import NOW, World
from tests.pairing.neighbourhood import TODAY, WEDNESDAY, Neighbourhood, open_neighbourhood
from tests.pairing.test_proposals import accepted, proposed
from timebank.access.guard import Call
from timebank.core.errors import Stale
from timebank.pairing import queries, service, tasks
from timebank.pairing.errors import PairMoved
from timebank.pairing.model import PairStatus, PairView, ProposalView
from timebank.pairing.running import run_round
from timebank.requests.model import Status as RequestStatus
from timebank.visits import queries as visits
from timebank.visits import steps as visit_steps
from timebank.visits.model import Move
from timebank.visits.model import Status as VisitStatus


async def paired(town: Neighbourhood) -> PairView:
    """李兰 and 陈阿婆, every Wednesday at nine."""
    proposal = await proposed(town, weekly=True)
    return await accepted(town, proposal)


async def days(town: Neighbourhood, pair: PairView, status: VisitStatus = VisitStatus.PLANNED) -> list[date]:
    """The days of its visits in one state."""
    async with town.reading() as db:
        found = await visits.list_visits(db, town.world.here, pair_id=pair.id, statuses=[status])
    return sorted(visit.served_on for visit in found.rows)


def weeks(*numbers: int) -> list[date]:
    """Wednesdays, counted from the first."""
    return [WEDNESDAY + timedelta(weeks=n) for n in numbers]


@pytest.mark.slow
async def test_planning_again_plans_nothing_twice(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    assert await days(town, pair) == weeks(0, 1, 2, 3)
    job = world.call_of_job()
    assert await tasks.plan_pairs(job, NOW) == {"planned": 0}
    week_later = replace(job, now=NOW + timedelta(weeks=1))
    assert await tasks.plan_pairs(week_later, week_later.now) == {"planned": 1}
    assert await days(town, pair) == weeks(0, 1, 2, 3, 4)


@pytest.mark.slow
async def test_days_away_are_left_out(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    await town.away(pair.helper_id, 13, since=WEDNESDAY + timedelta(weeks=4))
    await town.away(pair.recipient_id, 1, since=WEDNESDAY + timedelta(weeks=6))
    later = replace(world.call_of_job(), now=NOW + timedelta(weeks=5))
    await tasks.plan_pairs(later, later.now)
    assert await days(town, pair) == weeks(0, 1, 2, 3, 7, 8)


@pytest.mark.slow
async def test_one_cancelled_visit_is_not_planned_again(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    async with town.reading() as db:
        (first, *_) = (await visits.list_visits(db, world.here, pair_id=pair.id)).rows
        held = await visit_steps.locked(db, world.here, first.id)
        await visit_steps.move(db, held, Move.CANCEL, now=NOW)
    await tasks.plan_pairs(world.call_of_job(), NOW)
    assert first.served_on not in await days(town, pair)


@pytest.mark.slow
async def test_a_pause_lets_visits_fall_away_and_they_come_back(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    call = await world.call()
    paused = await service.pause_pair(
        call.because("住院"), community_id=world.here, pair_id=pair.id, version=pair.version
    )
    assert (paused.status, paused.paused_on, paused.note) == (PairStatus.PAUSED, TODAY, "住院")
    assert await days(town, pair) == []
    assert await days(town, pair, VisitStatus.CANCELLED) == weeks(0, 1, 2, 3)
    assert await tasks.plan_pairs(world.call_of_job(), NOW) == {"planned": 0}
    later = replace(call, now=NOW + timedelta(days=10))
    on = await service.resume_pair(later, community_id=world.here, pair_id=pair.id, version=paused.version)
    assert on.status is PairStatus.TRIAL
    assert await days(town, pair) == weeks(2, 3, 4, 5)


@pytest.mark.slow
async def test_a_trial_is_confirmed_and_goes_on_as_active_after_a_pause(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    call = await world.call()
    async with town.reading() as db:
        assert await queries.trials_over(db, world.here, pair.trial_until) == [pair]
    pair = await service.confirm_pair(call, community_id=world.here, pair_id=pair.id, version=pair.version)
    assert pair.status is PairStatus.ACTIVE
    pair = await service.pause_pair(call, community_id=world.here, pair_id=pair.id, version=pair.version)
    pair = await service.resume_pair(call, community_id=world.here, pair_id=pair.id, version=pair.version)
    assert pair.status is PairStatus.ACTIVE
    with pytest.raises(PairMoved):
        await service.confirm_pair(call, community_id=world.here, pair_id=pair.id, version=pair.version)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("look_again", "then"), [(True, RequestStatus.PUBLISHED), (False, RequestStatus.DONE)]
)
async def test_an_ended_pair_is_done_or_somebody_else_is_looked_for(
    world: World, look_again: bool, then: RequestStatus
) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    call = (await world.call()).because("搬去儿子家，谢谢李兰")
    ended = await _ended(call, pair, look_again=look_again)
    assert (ended.status, ended.ended_on, ended.note) == (PairStatus.ENDED, TODAY, "搬去儿子家，谢谢李兰")
    assert await days(town, pair) == []
    assert (await town.look(pair.request_id)).status is then
    with pytest.raises(PairMoved):
        await _ended(call, ended, look_again=False)


@pytest.mark.slow
async def test_whoever_is_looked_for_after_a_pair_ended_can_be_asked(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    other = await town.helper("何大海")
    call = (await world.call()).because("搬去儿子家")
    await _ended(call, pair, look_again=True)
    made = await run_round(call, community_id=world.here)
    (line,) = (await service.round_page(call, community_id=world.here, round_id=made.id)).pairs
    assert line.dropped == []
    asked = await service.ask(call, community_id=world.here, request_id=pair.request_id, helper_id=other)
    again = await accepted(town, await _proposal(town, asked))
    assert (again.helper_id, again.status) == (other, PairStatus.TRIAL)


@pytest.mark.slow
async def test_the_second_of_two_desks_is_told_that_it_changed(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    call = await world.call()
    await service.confirm_pair(call, community_id=world.here, pair_id=pair.id, version=pair.version)
    with pytest.raises(Stale):
        await _ended(await world.call(world.second), pair, look_again=False)


@pytest.mark.slow
async def test_a_pair_knows_its_next_visit(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    (row,) = (await service.list_pairs(await world.call(), community_id=world.here)).rows
    assert (row.next_on, row.helper.name, row.recipient.name) == (WEDNESDAY, "李兰", "陈阿婆")
    member = world.call_of_member(pair.recipient_id)
    mine = await service.my_pairs(member, community_id=world.here, member_id=pair.recipient_id)
    assert [one.pair.id for one in mine] == [pair.id]


async def _ended(call: Call, pair: PairView, *, look_again: bool) -> PairView:
    return await service.end_pair(
        call,
        community_id=pair.community_id,
        pair_id=pair.id,
        version=pair.version,
        look_again=look_again,
    )


async def _proposal(town: Neighbourhood, proposal_id: UUID) -> ProposalView:
    async with town.reading() as db:
        return await queries.proposal(db, proposal_id)
