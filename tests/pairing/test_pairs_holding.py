"""A standing pair whose scheme sets time aside: each visit its own, and it follows the pair."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from tests.given import World
from tests.pairing.neighbourhood import Neighbourhood
from tests.pairing.test_pairs import days
from tests.pairing.test_proposals import accepted, proposed
from tests.visits.holding import AHEAD, HOLDING
from timebank.core import clock
from timebank.core.ids import new_id
from timebank.core.provenance import Provenance
from timebank.hours import queries as hours
from timebank.hours import steps as hours_steps
from timebank.hours.model import About, AccountKind, Balance, Kind, Posted, Wish, common_account
from timebank.pairing import queries, service, tasks
from timebank.pairing.model import PairView
from timebank.schemes.model import HousePolicy
from timebank.visits.errors import NotSetAside

pytestmark = pytest.mark.slow


@pytest.fixture
async def town(world: World) -> AsyncIterator[Neighbourhood]:
    with clock.set_to(AHEAD):
        yield await Neighbourhood(world, now=AHEAD).open(hold_days=HOLDING.hold_days)


async def with_accounts(town: Neighbourhood, *members: UUID) -> None:
    async with town.reading() as db:
        await hours_steps.open_members(
            db, town.world.here, members, house=HousePolicy(), actor_id=town.world.coordinator
        )


async def bring(town: Neighbourhood, member_id: UUID, minutes: int) -> None:
    about = About(kind=Kind.OPENING, subject_id=new_id(), provenance=Provenance.PAPER, basis={})
    opening = common_account(AccountKind.OPENING, town.world.here)
    wish = Wish(id=new_id(), from_account=opening, to_account=member_id, minutes=minutes, about=about)
    async with town.reading() as db:
        [answer] = await hours_steps.post(
            db, town.world.here, [wish], actor_id=town.world.coordinator, now=AHEAD
        )
    assert isinstance(answer, Posted)


async def paired(town: Neighbourhood, minutes: int) -> PairView:
    """李兰 and 陈阿婆, who brought so much, an hour every Wednesday; four of them are planned ahead."""
    proposal = await proposed(town, weekly=True)
    await with_accounts(town, proposal.helper_id, proposal.recipient_id)
    await bring(town, proposal.recipient_id, minutes)
    return await accepted(town, proposal)


async def has(town: Neighbourhood, pair: PairView) -> Balance:
    async with town.reading() as db:
        return await hours.balance(db, town.world.here, pair.recipient_id)


async def test_each_visit_of_the_next_weeks_has_its_own(town: Neighbourhood) -> None:
    pair = await paired(town, 300)
    assert len(await days(town, pair)) == 4
    assert await has(town, pair) == Balance(300, 240)


async def test_with_too_little_for_all_there_is_no_pair(town: Neighbourhood) -> None:
    with pytest.raises(NotSetAside):
        await paired(town, 200)
    async with town.reading() as db:
        assert await queries.living_pairs(db, town.world.here) == []


async def test_a_night_without_minutes_leaves_a_visit_out_and_the_next_plans_it(town: Neighbourhood) -> None:
    pair = await paired(town, 260)
    later = replace(town.world.call_of_job(), now=AHEAD + timedelta(weeks=1))
    assert await tasks.plan_pairs(later, later.now) == {"planned": 0, "short": 1}
    await bring(town, pair.recipient_id, 40)
    assert await tasks.plan_pairs(later, later.now) == {"planned": 1}
    assert await has(town, pair) == Balance(300, 300)


async def test_a_pause_gives_the_minutes_back_and_going_on_sets_them_aside_again(town: Neighbourhood) -> None:
    pair = await paired(town, 240)
    call, here = await town.world.call(), town.world.here
    paused = await service.pause_pair(call, community_id=here, pair_id=pair.id, version=pair.version)
    assert await has(town, pair) == Balance(240, 0)
    on = await service.resume_pair(call, community_id=here, pair_id=pair.id, version=paused.version)
    assert await has(town, pair) == Balance(240, 240)
    await service.end_pair(call, community_id=here, pair_id=pair.id, version=on.version, look_again=False)
    assert await has(town, pair) == Balance(240, 0)


async def test_a_moved_day_needs_only_the_minutes_that_it_held(town: Neighbourhood) -> None:
    pair = await paired(town, 240)
    first = (await days(town, pair))[0]
    view = await town.look(pair.request_id)
    call, here = await town.world.call(), town.world.here
    await service.move_date(
        call,
        community_id=here,
        request_id=pair.request_id,
        version=view.version,
        on_day=first,
        to_day=first + timedelta(days=1),
        from_minute=10 * 60,
    )
    assert first + timedelta(days=1) in await days(town, pair)
    assert await has(town, pair) == Balance(240, 240)


async def test_a_skipped_day_gives_its_minutes_back(town: Neighbourhood) -> None:
    pair = await paired(town, 240)
    first = (await days(town, pair))[0]
    view = await town.look(pair.request_id)
    call, here = await town.world.call(), town.world.here
    await service.skip_date(
        call, community_id=here, request_id=pair.request_id, version=view.version, on_day=first
    )
    assert await has(town, pair) == Balance(240, 180)
