"""A round that takes long says how far it is, and can be stopped; then nothing is kept."""

import asyncio
from uuid import UUID

import httpx
import pytest

from tests.given import World, post_form, sign_in
from tests.pairing.neighbourhood import Neighbourhood, open_neighbourhood
from timebank.core.errors import NotFound
from timebank.core.ids import derived_id, new_id
from timebank.pairing import queries, service
from timebank.pairing.errors import RoundClosed, RoundStopped
from timebank.pairing.model import RoundRun, RunStage
from timebank.pairing.running import begin_round, run_round
from timebank.pairing.steps.runs import note_run


async def _told(town: Neighbourhood, round_id: UUID, stage: RunStage, done: int = 0) -> bool:
    async with town.reading() as db:
        return await note_run(db, town.world.here, round_id, stage=stage, done=done, total=60, by="莫协调员")


async def _run(town: Neighbourhood) -> RoundRun | None:
    async with town.reading() as db:
        return await queries.round_run(db, town.world.here)


async def _waiting(world: World) -> Neighbourhood:
    town = await open_neighbourhood(world)
    await town.helper("李兰")
    await town.request(await town.elder("陈阿婆"))
    await town.request(await town.elder("黄伯"), category="haircut")
    return town


async def test_a_round_that_is_quickly_done_is_told_of_nowhere(world: World) -> None:
    town = await _waiting(world)
    made = await begin_round(await world.call(), community_id=world.here)
    assert made is not None
    assert await _run(town) is None


@pytest.mark.slow
async def test_a_round_that_takes_long_goes_on_by_itself_and_is_there_in_the_end(two_desks: World) -> None:
    town = await _waiting(two_desks)
    call = (await two_desks.call()).with_key("one")
    assert await begin_round(call, community_id=two_desks.here, patience=0) is None
    while (run := await _run(town)) is None or run.stage in (RunStage.DECIDING, RunStage.TRYING):
        await asyncio.sleep(0.05)
    assert run.stage is RunStage.ENDED
    page = await service.round_page(call, community_id=two_desks.here, round_id=run.round_id)
    assert (page.detail.view.served, page.detail.view.waiting) == (1, 1)
    # Sent again under the same key it is that round.
    again = await begin_round(call, community_id=two_desks.here, patience=0)
    assert again == page.detail.view


@pytest.mark.slow
async def test_a_round_that_was_stopped_is_not_kept(two_desks: World) -> None:
    town = await _waiting(two_desks)
    call = (await two_desks.call()).with_key("one")
    round_id = derived_id(call.actor.id, "round", "one")
    await _told(town, round_id, RunStage.DECIDING)
    await service.stop_round(await two_desks.call(), community_id=two_desks.here, round_id=round_id)
    with pytest.raises(RoundStopped):
        await begin_round(call, community_id=two_desks.here, patience=0)
    run = await _run(town)
    assert run is not None
    assert run.stage is RunStage.STOPPED
    async with town.reading() as db:
        assert (await queries.list_rounds(db, two_desks.here)).rows == []
    # The next one is another one, and nobody has stopped that.
    made = await run_round(await two_desks.call(), community_id=two_desks.here)
    assert made.served == 1


async def test_only_the_run_that_is_seen_is_stopped_and_only_while_it_lasts(world: World) -> None:
    town = await _waiting(world)
    first, second = new_id(), new_id()
    call = await world.call()
    with pytest.raises(NotFound):
        await service.stop_round(call, community_id=world.here, round_id=first)
    await _told(town, first, RunStage.TRYING)
    await service.stop_round(call, community_id=world.here, round_id=first)
    assert await _told(town, first, RunStage.TRYING)
    assert not await _told(town, second, RunStage.DECIDING)
    with pytest.raises(NotFound):
        await service.stop_round(call, community_id=world.here, round_id=first)
    await _told(town, second, RunStage.ENDED)
    with pytest.raises(RoundClosed):
        await service.stop_round(call, community_id=world.here, round_id=second)


@pytest.mark.slow
async def test_the_page_says_how_far_it_is_and_stops_it(client: httpx.AsyncClient, world: World) -> None:
    town = await _waiting(world)
    await sign_in(client, "mo")
    assert (await client.get("/rounds/under-way")).headers["location"] == "/rounds"
    made = await post_form(client, "/rounds", {})
    round_id = UUID(made.headers["location"].rsplit("/", 1)[1])
    await _told(town, round_id, RunStage.DECIDING)
    assert "正在算谁去帮谁" in (await client.get("/rounds/under-way")).text
    await _told(town, round_id, RunStage.TRYING, done=7)
    page = (await client.get("/rounds/under-way")).text
    assert "7 / 60" in page
    assert 'http-equiv="refresh"' in page
    assert "莫协调员正在派一批" in (await client.get("/rounds")).text
    await post_form(client, "/rounds/under-way", {"round_id": str(round_id)})
    assert "正在停下" in (await client.get("/rounds/under-way")).text
    await _told(town, round_id, RunStage.ENDED)
    assert (await client.get("/rounds/under-way")).headers["location"] == f"/rounds/{round_id}"
    await _told(town, round_id, RunStage.STOPPED)
    over = await client.get("/rounds/under-way")
    assert over.headers["location"] == "/rounds"
    assert "这一批被叫停了" in (await client.get("/rounds")).text
    assert "正在派一批" not in (await client.get("/rounds")).text
