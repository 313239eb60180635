"""A round that takes long says how far it is, and can be stopped; then nothing is kept."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from structlog.testing import capture_logs

from tests.given import NOW, World, post_form, sign_in
from tests.pairing.neighbourhood import Neighbourhood, open_neighbourhood
from tests.postgres import Database as Prepared
from timebank.access.guard import Call
from timebank.core import clock
from timebank.core.errors import NotFound
from timebank.core.ids import derived_id, new_id
from timebank.core.long_work import end_long_work
from timebank.pairing import queries, service
from timebank.pairing.errors import RoundClosed, RoundStopped, RoundUnderWay
from timebank.pairing.model import SILENT, RoundRun, RoundView, RunStage
from timebank.pairing.running import begin_round, run_round
from timebank.pairing.service.rounds import Posed
from timebank.pairing.solving import solve
from timebank.pairing.steps.runs import claim_run, end_run, give_up_run, note_run
from timebank.web.i18n import say


async def _claimed(town: Neighbourhood, round_id: UUID, by: str = "莫协调员") -> None:
    async with town.reading() as db:
        await claim_run(db, town.world.here, round_id, by=by)


async def _told(town: Neighbourhood, round_id: UUID, done: int) -> None:
    async with town.reading() as db:
        await note_run(db, town.world.here, round_id, stage=RunStage.TRYING, done=done, total=60)


async def _ended(town: Neighbourhood, round_id: UUID) -> None:
    async with town.reading() as db:
        await end_run(db, town.world.here, round_id)


async def _run(town: Neighbourhood) -> RoundRun | None:
    async with town.reading() as db:
        return await queries.round_run(db, town.world.here)


async def _waiting(world: World) -> Neighbourhood:
    town = await open_neighbourhood(world)
    await town.helper("李兰")
    await town.request(await town.elder("陈阿婆"))
    await town.request(await town.elder("黄伯"), category="haircut")
    return town


async def test_a_round_that_is_quickly_done_is_there_at_once(world: World) -> None:
    town = await _waiting(world)
    made = await begin_round(await world.call(), community_id=world.here)
    assert made is not None
    run = await _run(town)
    assert run is not None
    assert (run.round_id, run.stage) == (made.id, RunStage.ENDED)


@pytest.mark.slow
async def test_a_round_that_takes_long_goes_on_by_itself_and_is_there_in_the_end(two_desks: World) -> None:
    town = await _waiting(two_desks)
    call = (await two_desks.call()).with_key("one")
    assert await begin_round(call, community_id=two_desks.here, patience=0) is None
    await end_long_work()
    run = await _run(town)
    assert run is not None
    assert run.stage is RunStage.ENDED
    page = await service.round_page(call, community_id=two_desks.here, round_id=run.round_id)
    assert (page.detail.view.served, page.detail.view.waiting) == (1, 1)
    # Sent again under the same key it is that round.
    again = await begin_round(call, community_id=two_desks.here, patience=0)
    assert again == page.detail.view


@pytest.mark.slow
async def test_a_community_has_one_round_at_a_time_and_the_second_hears_whose_it_is(two_desks: World) -> None:
    await _waiting(two_desks)
    first, second = await two_desks.call(), await two_desks.call()
    made = await asyncio.gather(
        run_round(first, community_id=two_desks.here),
        run_round(second, community_id=two_desks.here),
        return_exceptions=True,
    )
    (refused,) = (one for one in made if isinstance(one, RoundUnderWay))
    (kept,) = (one for one in made if isinstance(one, RoundView))
    assert refused.about == kept.id
    assert say(refused.text, "zh") == f"{first.actor.name}正在派一批；请等那一批派完，或者先把它停下"
    # Now that it is done, the next one may begin.
    assert (await run_round(second, community_id=two_desks.here)).served == 1


async def test_who_presses_the_button_twice_sees_how_far_that_round_is(world: World) -> None:
    town = await _waiting(world)
    call = (await world.call()).with_key("one")
    await _claimed(town, derived_id(call.actor.id, "round", "one"))
    assert await begin_round(call, community_id=world.here) is None


async def test_a_run_that_fell_silent_loses_its_place_and_keeps_nothing_any_more(world: World) -> None:
    town = await _waiting(world)
    first, second = new_id(), new_id()
    await _claimed(town, first)
    with clock.set_to(NOW + SILENT - timedelta(seconds=1)), pytest.raises(RoundUnderWay):
        await _claimed(town, second)
    with clock.set_to(NOW + SILENT):
        await _claimed(town, second, by="陈协调员")
    for late in (_told(town, first, done=1), _ended(town, first)):
        with pytest.raises(RoundUnderWay) as refused:
            await late
        assert refused.value.about == second
    await _ended(town, second)


@pytest.mark.slow
async def test_a_round_that_was_stopped_is_not_kept(two_desks: World) -> None:
    town = await _waiting(two_desks)
    call = await two_desks.call()
    posed = await service.take_up(
        call, community_id=two_desks.here, round_id=(one := new_id()), scheme_id=None
    )
    await service.stop_round(await two_desks.call(), community_id=two_desks.here, round_id=one)
    for late in (_told(town, one, done=1), _recorded(call, two_desks, one, posed)):
        with pytest.raises(RoundStopped) as stopped:
            await late
        assert stopped.value.values == {"by": call.actor.name}
    async with town.reading() as db:
        assert (await queries.list_rounds(db, two_desks.here)).rows == []
        await give_up_run(db, two_desks.here, one, RunStage.STOPPED)
    # The next one is another one, and nobody has stopped that.
    made = await run_round(await two_desks.call(), community_id=two_desks.here)
    assert made.served == 1


async def _recorded(call: Call, world: World, round_id: UUID, posed: Posed) -> None:
    solved = solve(posed.problem, posed.kinds)
    await service.record_round(
        call,
        community_id=world.here,
        round_id=round_id,
        scheme_id=None,
        posed=posed,
        solved=solved,
        milliseconds=1,
    )


@pytest.mark.slow
async def test_a_round_that_is_cut_short_gives_its_place_back(two_desks: World) -> None:
    town = await _waiting(two_desks)
    call = await two_desks.call()
    assert await begin_round(call, community_id=two_desks.here, patience=0) is None
    await end_long_work(patience=0)
    run = await _run(town)
    assert run is not None
    assert (run.stage, run.stopped_by) == (RunStage.FAILED, None)
    assert (await run_round(call, community_id=two_desks.here)).served == 1


@pytest.mark.slow
async def test_a_round_is_kept_though_its_progress_cannot_be_written(
    two_desks: World, fresh_database: Prepared
) -> None:
    town = await _waiting(two_desks)
    owner = create_async_engine(fresh_database.owner_url, poolclass=NullPool)
    async with owner.begin() as connection:
        await connection.execute(text("SET ROLE timebank_owner"))
        for statement in _DEAF:
            await connection.execute(text(statement))
    await owner.dispose()
    with capture_logs() as logs:
        call = await two_desks.call()
        assert await begin_round(call, community_id=two_desks.here, patience=0) is None
        await end_long_work()
    run = await _run(town)
    assert run is not None
    assert run.stage is RunStage.ENDED
    assert "telling how far a round is failed" in {line["event"] for line in logs}


# Whoever says how far a run is finds that it cannot be written.
_DEAF = (
    "CREATE FUNCTION timebank.deaf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'deaf'; END $$",
    (
        "CREATE TRIGGER deaf BEFORE UPDATE ON timebank.round_runs FOR EACH ROW "
        "WHEN (NEW.stage IN ('deciding', 'trying')) EXECUTE FUNCTION timebank.deaf()"
    ),
)


async def test_only_the_run_that_is_seen_is_stopped_and_only_while_it_lasts(world: World) -> None:
    town = await _waiting(world)
    first, second = new_id(), new_id()
    call = await world.call()
    with pytest.raises(NotFound):
        await service.stop_round(call, community_id=world.here, round_id=first)
    await _claimed(town, first)
    await service.stop_round(call, community_id=world.here, round_id=first)
    async with town.reading() as db:
        await give_up_run(db, world.here, first, RunStage.STOPPED)
    await _claimed(town, second)
    with pytest.raises(NotFound):
        await service.stop_round(call, community_id=world.here, round_id=first)
    await _ended(town, second)
    with pytest.raises(RoundClosed):
        await service.stop_round(call, community_id=world.here, round_id=second)


@pytest.mark.slow
async def test_the_page_says_how_far_it_is_and_stops_it(client: httpx.AsyncClient, world: World) -> None:
    town = await _waiting(world)
    await sign_in(client, "mo")
    assert (await client.get("/rounds/under-way")).headers["location"] == "/rounds"
    round_id = new_id()
    await _claimed(town, round_id, by="陈协调员")
    assert "正在算谁去帮谁" in (await client.get("/rounds/under-way")).text
    await _told(town, round_id, done=7)
    page = (await client.get("/rounds/under-way")).text
    assert "7 / 60" in page
    assert 'http-equiv="refresh"' in page
    assert "陈协调员正在派一批" in (await client.get("/rounds")).text
    # A second one is not begun, and hears whose is.
    second = await post_form(client, "/rounds", {})
    assert second.status_code == 409
    assert "陈协调员正在派一批；请等那一批派完" in second.text
    # To stop one that is no longer the one under way is to look at the one that is.
    gone = await post_form(client, "/rounds/under-way", {"round_id": str(new_id())})
    assert gone.headers["location"] == "/rounds/under-way"
    await post_form(client, "/rounds/under-way", {"round_id": str(round_id)})
    assert "莫协调叫停了，正在停下" in (await client.get("/rounds/under-way")).text
    async with town.reading() as db:
        await give_up_run(db, world.here, round_id, RunStage.STOPPED)
    over = await client.get("/rounds/under-way")
    assert over.headers["location"] == "/rounds"
    assert "这一批被莫协调叫停了" in (await client.get("/rounds")).text
    assert "正在派一批" not in (await client.get("/rounds")).text
    made = await post_form(client, "/rounds", {})
    assert (await client.get("/rounds/under-way")).headers["location"] == made.headers["location"]


async def test_the_database_keeps_no_round_that_was_stopped(world: World) -> None:
    town = await _waiting(world)
    await _claimed(town, new_id())
    for stage, who in (("stopped", None), ("ended", "莫协调员")):
        with pytest.raises(IntegrityError, match="round_run_stopped"):
            async with town.reading() as db:
                await db.execute(
                    text("UPDATE timebank.round_runs SET stage = :stage, stopped_by = :who"),
                    {"stage": stage, "who": who},
                )
