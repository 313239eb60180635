"""What a coordinator and a member do with rounds, proposals and pairs, through the pages."""

import re
from uuid import UUID

import httpx
import pytest

from tests.given import World, csrf_of, post_form, sign_in
from tests.pairing.neighbourhood import Neighbourhood, open_neighbourhood
from timebank.access import service as access
from timebank.core.ids import new_id
from timebank.pairing import queries
from timebank.pairing.model import PairStatus, ProposalStatus, Side
from timebank.people.model import Contact


async def _post(client: httpx.AsyncClient, path: str, seen: str, **data: object) -> httpx.Response:
    return await post_form(client, path, data, seen=seen)


async def _run_and_send(client: httpx.AsyncClient) -> str:
    """Run a round over all and send all of it; its page."""
    made = await _post(client, "/rounds", "/rounds")
    assert made.status_code == 303, made.text
    where = made.headers["location"]
    page = (await client.get(where)).text
    chosen = re.findall(r'name="request_ids" value="([^"]+)"', page)
    sent = await client.post(where, data={"csrf": csrf_of(page), "key": new_id().hex, "request_ids": chosen})
    assert sent.status_code == 303, sent.text
    return str(where)


async def _member_signs_in(client: httpx.AsyncClient, world: World, member_id: UUID) -> None:
    card = await access.issue_card(await world.call(), community_id=world.here, member_id=member_id)
    data = {"number": card.number, "pin": card.pin}
    answer = await post_form(client, "/sign-in/card", data, seen="/sign-in")
    assert answer.status_code == 303, answer.text


async def _only(town: Neighbourhood) -> UUID:
    async with town.reading() as db:
        (proposal,) = await queries.open_proposals(db, town.world.here)
    return proposal.id


@pytest.mark.slow
async def test_an_empty_desk_says_what_to_do_next(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "mo")
    for path, said in (
        ("/rounds", "现在没有等待派单的需求"),
        ("/proposals", "没有这样的邀约"),
        ("/proposals/calls", "没有要打的电话"),
        ("/pairs", "没有这样的结对"),
    ):
        page = await client.get(path)
        assert page.status_code == 200
        assert said in page.text


@pytest.mark.slow
async def test_a_round_is_run_read_and_sent(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    await town.helper("李兰", phone="13000000001")
    await town.request(await town.elder("陈阿婆", phone="13000000002"))
    await town.request(await town.elder("黄伯"), category="haircut")
    await sign_in(client, "mo")
    assert "等待派单：2 条需求" in (await client.get("/rounds")).text
    where = await _run_and_send(client)
    page = (await client.get(where)).text
    assert page.index("黄伯") < page.index("陈阿婆")  # the unmatched first
    assert "1 位服务者：1 人没有登记“理发”" in page
    assert "等待答复" in page
    assert "李兰" in page
    assert f"{where}/calls" in page
    calls = (await client.get(f"{where}/calls")).text
    assert "13000000001" in calls
    assert "能不能帮陈阿婆：买菜？" in calls
    english = (await client.get(where, headers={"X-Language": "en"})).text
    assert "1 helpers: 1 without “Haircut” on record" in english or "without" in english


@pytest.mark.slow
async def test_both_answer_by_phone_in_one_tap_each(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    await town.helper("李兰", phone="13000000001")
    await town.request(await town.elder("陈阿婆", phone="13000000002"))
    await sign_in(client, "mo")
    await _run_and_send(client)
    at = f"/proposals/{await _only(town)}"
    page = (await client.get(at)).text
    assert 'href="tel:13000000001"' in page
    assert 'href="tel:13000000002"' in page
    assert "李兰" in (await client.get("/proposals")).text
    for side in Side:
        answer = await _post(client, at, at, side=side, answer="yes", provenance="phone")
        assert answer.headers["location"] == at
    page = (await client.get(at)).text
    assert "双方同意" in page
    assert "同意（电话）" in page
    assert "tel:" not in page  # nobody needs to be called any more
    again = await _post(client, at, "/rounds", side="helper", answer="no")
    assert again.status_code == 422
    assert "不能再答复" in again.text
    assert "双方同意" in (await client.get("/proposals", params={"status": "accepted"})).text


@pytest.mark.slow
async def test_a_coordinator_asks_somebody_by_hand(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    await town.helper("李兰")
    busy = await town.helper("忙人", free=(0,))
    request = await town.request(await town.elder("陈阿婆"))
    await sign_in(client, "mo")
    at = f"/proposals/new?request_id={request}"
    page = (await client.get(at)).text
    assert "请李兰来帮" in page
    found = (await client.get(f"{at}&q=忙人")).text
    assert "那些时间没空" in found
    asked = {"request_id": request, "helper_id": busy}
    refused = await _post(client, "/proposals/new", at, **asked)
    assert refused.status_code == 422
    assert "仍要请，请选定时间并写明原因" in refused.text
    half = await _post(client, "/proposals/new", at, **asked, on="2026-11-25", reason="说好了")
    assert "日期和时间要一起填" in half.text
    made = await _post(
        client, "/proposals/new", at, **asked, on="2026-11-25", at="14:00", reason="电话里说好的"
    )
    assert made.status_code == 303, made.text
    page = (await client.get(made.headers["location"])).text
    assert "14:00–15:00" in page
    assert "协调员选的" in page
    assert "正在邀约忙人" in (await client.get(at)).text
    back = await _post(client, f"{made.headers['location']}/withdraw", made.headers["location"])
    assert back.status_code == 303
    assert "已撤回" in (await client.get(made.headers["location"])).text


@pytest.mark.slow
async def test_a_member_answers_on_their_phone(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    helper = await town.helper("李兰", contact=Contact.SMARTPHONE, lat=22.93, lon=113.94)
    elder = await town.elder("陈阿婆", lat=22.932, lon=113.94, address="榕树路 8 号", phone="13000000002")
    await town.request(elder)
    await sign_in(client, "mo")
    await _run_and_send(client)
    proposal = await _only(town)
    calls = (await client.get("/proposals/calls")).text
    assert "<b>陈阿婆</b>" in calls
    assert "<b>李兰</b>" not in calls  # who has a smartphone is not rung up
    await _member_signs_in(client, world, helper)
    at = f"/me/proposals/{proposal}"
    page = (await client.get(at)).text
    for said in ("陈阿婆", "买菜", "周三 09:00–10:00", "约 200 米", "好，我去", "这次不行"):
        assert said in page
    assert "榕树路" not in page
    assert "13000000002" not in page
    answer = await _post(client, at, at, answer="yes")
    assert answer.headers["location"] == at
    thanked = (await client.get(at)).text
    assert "谢谢您！" in thanked
    assert "您已经同意了" in thanked
    await _member_signs_in(client, world, elder)
    assert "愿意来帮您" in (await client.get(at)).text
    await _post(client, at, at, answer="yes")
    assert "说好了" in (await client.get(at)).text
    stranger = await town.helper("旁人")
    await _member_signs_in(client, world, stranger)
    assert (await client.get(at)).status_code == 403


@pytest.mark.slow
async def test_a_pair_is_confirmed_paused_resumed_and_ended(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    await town.helper("李兰")
    await town.weekly(await town.elder("陈阿婆"))
    await sign_in(client, "mo")
    await _run_and_send(client)
    proposal = f"/proposals/{await _only(town)}"
    for side in Side:
        await _post(client, proposal, proposal, side=side, answer="yes")
    async with town.reading() as db:
        (pair,) = await queries.living_pairs(db, world.here)
    at = f"/pairs/{pair.id}"
    assert "每周三 09:00–10:00" in (await client.get("/pairs")).text
    for what, said in (("confirm", "结对中"), ("pause", "暂停"), ("resume", "结对中")):
        async with town.reading() as db:
            version = (await queries.pair(db, pair.id)).version
        moved = await _post(client, f"{at}/{what}", at, version=version, reason="")
        assert moved.status_code == 303, moved.text
        assert said in (await client.get(at)).text
    stale = await _post(client, f"{at}/end", at, version=1, reason="谢谢")
    assert stale.status_code == 422
    assert "刚才有人改过" in stale.text
    unsaid = await _post(client, f"{at}/end", at, version=version + 1)
    assert unsaid.status_code == 422
    ended = await _post(client, f"{at}/end", at, version=version + 1, reason="谢谢李兰", again="yes")
    assert ended.status_code == 303
    assert "谢谢李兰" in (await client.get(at)).text
    assert "等待派单：1 条需求" in (await client.get("/rounds")).text
    async with town.reading() as db:
        assert (await queries.pair(db, pair.id)).status is PairStatus.ENDED


@pytest.mark.parametrize(
    "path",
    [
        "/rounds/{id}",
        "/proposals/{id}",
        "/pairs/{id}",
        "/proposals/new?request_id={id}",
        "/rounds/x",
        "/pairs/x",
    ],
)
async def test_what_is_not_there_is_said_so(client: httpx.AsyncClient, world: World, path: str) -> None:
    await sign_in(client, "mo")
    assert (await client.get(path.format(id=new_id()))).status_code in (404, 422)


@pytest.mark.slow
async def test_bad_input_is_named_and_changes_nothing(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    await town.helper("李兰")
    await town.request(await town.elder("陈阿婆"))
    await sign_in(client, "mo")
    assert (await client.get("/proposals", params={"status": "king"})).status_code == 422
    assert (await client.get("/proposals/new")).status_code == 422
    assert (await client.get("/rounds", params={"after": "nonsense"})).status_code == 422
    assert (await _post(client, "/rounds", "/rounds", scheme_id=new_id())).status_code in (404, 422)
    made = (await _post(client, "/rounds", "/rounds")).headers["location"]
    none = await _post(client, made, made)
    assert none.status_code == 422
    assert "请至少勾选一对" in none.text
    async with town.reading() as db:
        assert await queries.open_proposals(db, world.here) == []
        assert (await queries.list_proposals(db, world.here, statuses=[ProposalStatus.OPEN])).rows == []


async def test_a_member_does_not_see_the_desk(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    who = await town.helper("李兰")
    await _member_signs_in(client, world, who)
    for path in ("/rounds", "/proposals", "/proposals/calls", "/pairs"):
        assert (await client.get(path)).status_code == 403
