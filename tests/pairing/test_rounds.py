"""A coordinator runs a round: who is asked, who waits and why, and nothing goes out that has gone stale."""

import json

import pytest
from sqlalchemy import text

from matching import digest
from tests.given import World
from tests.pairing.neighbourhood import WEDNESDAY, Neighbourhood, open_neighbourhood
from timebank.core import clock
from timebank.core.errors import Forbidden, NotFound
from timebank.core.ids import new_id
from timebank.pairing import queries, service
from timebank.pairing.errors import NothingWaiting, RoundClosed
from timebank.pairing.model import ProposalStatus, RoundStatus
from timebank.pairing.running import run_round
from timebank.pairing.solving import solve
from timebank.people import steps as people
from timebank.people.model import AbsenceKind
from timebank.requests import steps as request_steps
from timebank.requests.model import Window
from timebank.web.i18n import say


async def test_a_round_finds_the_near_one_and_says_why(world: World) -> None:
    town = await open_neighbourhood(world)
    near = await town.helper("李兰", lat=22.9300, lon=113.9400, dialects=("hakka",))
    far = await town.helper("何大海", lat=22.9400, lon=113.9400)
    elder = await town.elder("陈阿婆", lat=22.9301, lon=113.9430, dialects=("hakka",))
    request = await town.request(elder)
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    assert (made.served, made.waiting, made.helpers, made.status) == (1, 0, 2, RoundStatus.MADE)
    page = await service.round_page(call, community_id=world.here, round_id=made.id)
    (line,) = page.pairs
    assert (line.helper.id, line.request.id, line.occasion.on) == (near, request, WEDNESDAY)
    assert [say(part, "zh") for part in line.why] == [
        "离得近，约 300 米",
        "都说客家话",
        "最近四周还没有轮到过",
    ]
    assert line.runner_up is not None
    assert say(line.runner_up, "zh") == "次选是何大海：方言不通、住得远些，约 1.2 公里"
    assert say(line.runner_up, "en") == "Next would be 何大海: no common dialect, farther away (about 1.2 km)"
    assert far != near


async def test_a_round_keeps_ids_and_digests_and_no_home_need_or_name(world: World) -> None:
    town = await open_neighbourhood(world)
    await town.helper("李兰", lat=22.93125, lon=113.94125, phone="13000000001")
    await town.request(await town.elder("陈阿婆", address="榕树路 8 号", needs=("memory",)))
    await town.request(await town.elder("黄伯", lat=22.95, lon=113.95), category="haircut")
    made = await run_round(await world.call(), community_id=world.here)
    async with town.reading() as db:
        row = (await db.execute(text("SELECT * FROM timebank.rounds WHERE id = :id"), {"id": made.id})).one()
    kept = json.dumps(row._asdict(), default=str, ensure_ascii=False)
    for private in ("李兰", "陈阿婆", "22.93", "榕树路", "memory", "13000000001"):
        assert private not in kept


@pytest.mark.slow
async def test_the_same_input_gives_the_same_plan(world: World) -> None:
    town = await open_neighbourhood(world)
    for n in range(6):
        await town.helper(f"帮手{n}", lat=22.93 + n / 1000, lon=113.94)
    for n in range(8):
        await town.request(await town.elder(f"老人{n}", lat=22.93, lon=113.94 + n / 1000), priority=n % 3)
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    async with town.reading() as db:
        detail = await queries.round_detail(db, made.id)
    assert digest(detail.plan) == detail.plan_digest
    replay = await service.replay_round(call, community_id=world.here, round_id=made.id)
    assert (replay.same, replay.changed) == (True, ())
    again = await run_round(call, community_id=world.here)
    async with town.reading() as db:
        second = await queries.round_detail(db, again.id)
    assert (second.plan_digest, second.input_digest) == (detail.plan_digest, detail.input_digest)
    assert (await service.made_round(call, community_id=world.here, round_id=made.id)).status is (  # type: ignore[union-attr]
        RoundStatus.SUPERSEDED
    )


async def test_a_replay_names_who_is_no_longer_as_they_were(world: World) -> None:
    town = await open_neighbourhood(world)
    who = await town.helper("李兰")
    await town.request(await town.elder("陈阿婆"))
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    await town.away(who, 200)
    replay = await service.replay_round(call, community_id=world.here, round_id=made.id)
    assert (replay.same, replay.changed) == (False, (who,))


async def test_why_nobody_is_said_in_english_too(world: World) -> None:
    town = await open_neighbourhood(world)
    await town.away(await town.helper("出海人"), 200)
    await town.helper("没空", free=(0,))
    await town.request(await town.elder("陈阿婆"))
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    (line,) = (await service.round_page(call, community_id=world.here, round_id=made.id)).unmatched
    assert say(line.why, "en") == "2 helpers: 1 away (At sea), 1 not free on Wednesday"
    said = [say(one, "en") for one in line.helps]
    assert said == [
        "If Mon 23 Nov 2026 would do as well, 1 could come, and it would go to 没空",
        "If 出海人 were not away then, it would go to 出海人",
        "If Mon 30 Nov 2026 would do as well, 1 could come, and it would go to 没空",
    ]


@pytest.mark.slow
async def test_why_nobody_counts_every_helper_once_in_words(world: World) -> None:
    town = await open_neighbourhood(world)
    for n in range(3):
        await town.helper(f"没技能{n}")
    for n in range(2):
        await town.helper(f"没空{n}", free=(0,), skills=("clinic", "wheelchair"))
    sailor = await town.helper("出海人", skills=("clinic", "wheelchair"))
    await town.away(sailor, 200, AbsenceKind.SEA)
    request = await town.request(await town.elder("陈阿婆"), category="clinic", skills=("wheelchair",))
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    (line,) = (await service.round_page(call, community_id=world.here, round_id=made.id)).unmatched
    assert say(line.why, "zh") == "6 位服务者：3 人没有登记“会推轮椅”、2 人周三没空、1 人出海"
    first, second, third = (say(part, "zh") for part in line.helps)
    assert first.startswith("不要求“会推轮椅”，就有 3 人能来，会派给没技能")
    assert second.startswith("2026 年 11 月 23 日 周一也行，就有 2 人能来，会派给没空")
    assert third == "出海人那时在家，就能派给出海人"
    view = await town.look(request)
    assert view.passed_over == 1
    assert view.last_why == {"skill:wheelchair": 3, "window:2": 2, "absent:sea": 1}
    await run_round(call, community_id=world.here)
    assert (await town.look(request)).passed_over == 1  # one day, one round, to somebody who waits


@pytest.mark.slow
async def test_everything_known_of_people_goes_into_the_round(world: World) -> None:
    town = await open_neighbourhood(world, weekly_cap_minutes=90, helper_age_min=50)
    elder, other = await town.elder("陈阿婆"), await town.elder("黄伯")
    apart = await town.helper("不宜结对")
    young = await town.helper("年轻人", birth_on=world.now.date().replace(year=2000))
    async with town.reading() as db:
        await people.keep_apart(db, apart, elder, community_id=world.here, reason="吵过架", now=world.now)
    request = await town.request(elder)
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    async with town.reading() as db:
        detail = await queries.round_detail(db, made.id)
    assert detail.nobody[request].counts == {"age": 1, "do_not_pair": 1}
    busy = await town.helper("忙人")
    await town.request(other, duration_minutes=60)
    sent = await _sent(town, (await run_round(call, community_id=world.here)).id)
    assert len(sent) == 2
    third = await town.request(await town.elder("张婆"), duration_minutes=60)
    made = await run_round(call, community_id=world.here)
    async with town.reading() as db:
        detail = await queries.round_detail(db, made.id)
    assert detail.nobody[third].counts["week_full"] == 2  # an open proposal counts towards the week
    assert busy != young


@pytest.mark.slow
async def test_sending_makes_proposals_once_with_a_deadline(world: World) -> None:
    town = await open_neighbourhood(world, proposal_days=2)
    await town.helper("李兰")
    request = await town.request(await town.elder("陈阿婆"))
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    sent = await service.send_round(call, community_id=world.here, round_id=made.id)
    assert (len(sent.made), sent.dropped) == (1, ())
    async with town.reading() as db:
        (proposal,) = await queries.open_proposals(db, world.here)
    assert (proposal.request_id, proposal.status) == (request, ProposalStatus.OPEN)
    assert proposal.deadline.astimezone(clock.zone()).isoformat() == "2026-11-25T00:00:00+08:00"
    with pytest.raises(RoundClosed):
        await service.send_round(call, community_id=world.here, round_id=made.id)
    with pytest.raises(NothingWaiting):
        await run_round(call, community_id=world.here)


@pytest.mark.slow
async def test_only_the_pairs_chosen_are_sent(world: World) -> None:
    town = await open_neighbourhood(world)
    for n in range(2):
        await town.helper(f"帮手{n}")
    wanted, later = [await town.request(await town.elder(name)) for name in ("陈阿婆", "黄伯")]
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    sent = await service.send_round(call, community_id=world.here, round_id=made.id, request_ids=(wanted,))
    assert len(sent.made) == 1
    page = await service.rounds_page(call, community_id=world.here)
    assert [line.request.id for line in page.waiting] == [later]


@pytest.mark.slow
async def test_what_went_stale_is_dropped_and_named(world: World) -> None:
    town = await open_neighbourhood(world)
    sailor = await town.helper("出海人", free=(2,))
    other = await town.helper("李兰", free=(4,))
    withdrawn = await town.request(await town.elder("陈阿婆"))
    friday = WEDNESDAY.replace(day=WEDNESDAY.day + 2)
    windows = (Window(9 * 60, 11 * 60, on_day=friday),)
    kept = await town.request(await town.elder("黄伯"), windows=windows)
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    assert made.served == 2
    async with town.reading() as db:
        await request_steps.withdraw(db, withdrawn, now=world.now)
    await town.away(other, 30)
    sent = await service.send_round(call, community_id=world.here, round_id=made.id)
    assert sent.made == ()
    assert {one.request_id: one.because for one in sent.dropped} == {withdrawn: ("moved",), kept: ("absent",)}
    page = await service.round_page(call, community_id=world.here, round_id=made.id)
    said = {line.request.id: [say(part, "zh") for part in line.dropped] for line in page.pairs}
    assert said == {withdrawn: ["需求刚刚改过、撤回或已派给别人"], kept: ["那些日子外出不在"]}
    assert sailor != other


async def test_a_request_changed_while_the_round_was_solved_is_dropped(world: World) -> None:
    town = await open_neighbourhood(world)
    await town.helper("李兰")
    request = await town.request(await town.elder("陈阿婆"))
    call = await world.call()
    round_id = new_id()
    posed = await service.take_up(call, community_id=world.here, round_id=round_id, scheme_id=None)
    async with town.reading() as db:
        await request_steps.withdraw(db, request, now=world.now)
    made = await service.record_round(
        call,
        community_id=world.here,
        round_id=round_id,
        scheme_id=None,
        posed=posed,
        solved=solve(posed.problem, posed.kinds),
        milliseconds=1,
    )
    async with town.reading() as db:
        detail = await queries.round_detail(db, made.id)
    assert detail.dropped[request].because == ("moved",)


async def test_pressing_twice_runs_one_round(world: World) -> None:
    town = await open_neighbourhood(world)
    await town.helper("李兰")
    await town.request(await town.elder("陈阿婆"))
    call = (await world.call()).with_key("pressed-once")
    first = await run_round(call, community_id=world.here)
    assert await run_round(call, community_id=world.here) == first


async def test_only_the_desk_of_the_community_runs_rounds(world: World) -> None:
    town = await open_neighbourhood(world)
    who = await town.helper("李兰")
    await town.request(await town.elder("陈阿婆"))
    for call in (
        await world.call(world.neighbour),
        world.call_of_member(who),
        await world.call(world.auditor),
    ):
        with pytest.raises(Forbidden):
            await run_round(call, community_id=world.here)
    made = await run_round(await world.call(), community_id=world.here)
    neighbour = await world.call(world.neighbour)
    with pytest.raises(NotFound):
        await service.round_page(neighbour, community_id=world.there, round_id=made.id)


async def _sent(town: Neighbourhood, round_id: object) -> tuple[object, ...]:
    call = await town.world.call()
    sent = await service.send_round(call, community_id=town.world.here, round_id=round_id)  # type: ignore[arg-type]
    return sent.made
