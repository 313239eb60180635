"""A round thinks first of whoever offered."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from matching import Choice, decide, from_json, to_json
from matching.plan import Terms
from tests.given import World, sign_in
from tests.matching.town import a_helper, a_request, a_round
from tests.pairing.neighbourhood import TODAY, Neighbourhood, open_neighbourhood
from timebank.core.provenance import Provenance
from timebank.pairing import service
from timebank.pairing.running import run_round
from timebank.requests.offers import service as offers
from timebank.requests.offers.model import Offer
from timebank.web.i18n import say


async def offers_to(town: Neighbourhood, who: UUID, category: str = "shopping", weekday: int = 2) -> None:
    await offers.make_offer(
        await town.world.call(),
        community_id=town.world.here,
        member_id=who,
        offer=Offer(category, (weekday,), 480, 720, TODAY + timedelta(days=60)),
        provenance=Provenance.PHONE,
    )


def test_one_term_of_the_score_is_the_offer() -> None:
    one, other, request = a_helper(1), a_helper(2), a_request(1)
    plain = decide(a_round([one, other], [request])).pairs[0]
    assert (plain.helper, plain.terms.offered) == (one.id, 0)
    offered = decide(
        a_round([one, other], [request], offered=frozenset({Choice(request.id, other.id)}))
    ).pairs[0]
    assert (offered.helper, offered.terms.offered, offered.score) == (other.id, 120, plain.score + 120)


def test_a_plan_kept_before_there_were_offers_is_read() -> None:
    kept = to_json(Terms(*range(9))).replace(',"offered":0', "").replace('"offered":0,', "")
    assert "offered" not in kept
    assert from_json(Terms, kept) == Terms(*range(9), 0)


@pytest.mark.slow
async def test_the_round_prefers_whoever_said_they_would_gladly(world: World) -> None:
    town = await open_neighbourhood(world)
    await town.helper("李兰")
    he, wrong_day = await town.helper("何大海"), await town.helper("赵强")
    await offers_to(town, he)
    await offers_to(town, wrong_day, weekday=0)
    await town.request(await town.elder("陈阿婆"))
    call = await world.call()
    made = await run_round(call, community_id=world.here)
    (line,) = (await service.round_page(call, community_id=world.here, round_id=made.id)).pairs
    assert line.helper.name == "何大海"
    assert "自己说过乐意做" in [say(part, "zh") for part in line.why]


@pytest.mark.slow
async def test_who_offers_something_can_do_it(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    li = await town.helper("李兰", skills=())
    request = await town.request(await town.elder("陈阿婆"))
    await sign_in(client, "mo")
    at = f"/proposals/new?request_id={request}"
    assert "1 人没有登记“买菜”" in (await client.get(at)).text
    await offers_to(town, li)
    page = (await client.get(at)).text
    assert ("自己提出过" in page, "请李兰来帮" in page) == (True, True)
