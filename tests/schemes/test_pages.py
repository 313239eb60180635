"""A scheme is opened and its rules are changed at the desk and through the API."""

import httpx
import pytest

from tests.given import PASSWORD, World, post_form, sign_in
from timebank.core.ids import new_id

FIELDS: dict[str, object] = {
    "name": "银龄互助",
    "in_force_from": "2026-11-01",
    "helper_age_min": "18",
    "recipient_age_min": "60",
    "payer": "recipient",
    "rate_numerator": "1",
    "rate_denominator": "1",
    "rounding_minutes": "15",
    "rounding": "down",
    "remainder_to": "pool",
    "tolerance_minutes": "15",
    "weekly_cap_hours": "6",
    "proposal_days": "3",
    "confirm_by": "either",
    "categories": ["clinic", "shopping"],
}


@pytest.mark.slow
async def test_a_coordinator_opens_a_scheme_and_reads_its_rules_in_plain_words(
    client: httpx.AsyncClient,
) -> None:
    await sign_in(client, "mo")
    assert "还没有项目" in (await client.get("/schemes")).text
    made = await post_form(client, "/schemes/new", FIELDS)
    assert made.status_code == 303
    page = (await client.get(made.headers["location"])).text
    for told in (
        "以 15 分 为一档，不满的舍去，余下的进公益时间池",
        "每周最多 6 小时",
        "陪诊、买菜",
        "莫协调",
    ):
        assert told in page
    assert "以 15 分" in (await client.get("/schemes")).text
    english = await client.get(
        made.headers["location"], headers={"cookie": f"login={client.cookies['login']}; lang=en"}
    )
    assert "at most 6 h a week" in english.text


async def test_what_contradicts_itself_is_said_beside_its_field_and_nothing_is_lost(
    client: httpx.AsyncClient,
) -> None:
    await sign_in(client, "mo")
    wrong = FIELDS | {"rounding": "up", "forbidden_categories": ["clinic"], "helper_age_min": "abc"}
    answer = await post_form(client, "/schemes/new", wrong)
    assert answer.status_code == 422
    assert "请填整数" in answer.text
    answer = await post_form(client, "/schemes/new", wrong | {"helper_age_min": "21"})
    assert answer.status_code == 422
    assert "不满的补足时没有余下的" in answer.text
    assert "同一类服务不能既包括又不允许" in answer.text
    assert 'value="21"' in answer.text


@pytest.mark.slow
async def test_other_rules_begin_on_a_later_day_and_the_earlier_ones_stay(client: httpx.AsyncClient) -> None:
    await sign_in(client, "mo")
    scheme = (await post_form(client, "/schemes/new", FIELDS)).headers["location"]
    late = {name: value for name, value in FIELDS.items() if name != "name"}
    past = await post_form(client, f"{scheme}/policy", late | {"in_force_from": "2026-11-21"})
    assert past.status_code == 422
    assert "新规则不能从过去的日期开始" in past.text
    done = await post_form(
        client, f"{scheme}/policy", late | {"in_force_from": "2026-12-01", "weekly_cap_hours": ""}
    )
    assert done.headers["location"] == scheme
    page = (await client.get(scheme)).text
    assert "规则第 1 版" in page
    assert "第 2 版，从 2026 年 12 月 1 日 周二 起" in page
    change = page.split(f'href="{scheme}/policy?', 1)[1].split('"', 1)[0]
    assert "代替还没生效的那一版" in (await client.get(f"{scheme}/policy?{change}")).text
    hidden = {"replaces": change.removeprefix("replaces="), "in_force_from": "2026-12-01"}
    assert (await post_form(client, f"{scheme}/policy", late | hidden)).status_code == 303
    assert "生效前已替换" in (await client.get(scheme)).text
    again = await post_form(client, f"{scheme}/policy", late | hidden)
    assert again.status_code == 422
    assert "刚才有人改过这条记录" in again.text


@pytest.mark.slow
async def test_whether_time_is_set_aside_is_a_rule_like_the_others(client: httpx.AsyncClient) -> None:
    await sign_in(client, "mo")
    scheme = (await post_form(client, "/schemes/new", FIELDS)).headers["location"]
    assert "不预留" in (await client.get(scheme)).text
    change = {name: value for name, value in FIELDS.items() if name != "name"} | {
        "in_force_from": "2026-12-01"
    }
    wrong = await post_form(client, f"{scheme}/policy", change | {"hold_days": "91"})
    assert wrong.status_code == 422
    assert (await post_form(client, f"{scheme}/policy", change | {"hold_days": "14"})).status_code == 303
    page = (await client.get(scheme)).text
    assert "排好就预留，服务结束 14 天后到期" in page
    assert 'name="hold_days" type="number" value="14"' in (await client.get(f"{scheme}/policy")).text


async def test_prices_are_lines_that_are_kept_as_they_were_typed(client: httpx.AsyncClient) -> None:
    await sign_in(client, "mo")
    fields = FIELDS | {"earned_by": "pool", "categories": ["clinic", "haircut"]}
    wrong = await post_form(client, "/schemes/new", fields | {"prices": "理发30"})
    assert wrong.status_code == 422
    assert "“理发30”看不懂" in wrong.text
    assert ">理发30</textarea>" in wrong.text
    for prices, why in (
        ("买菜 30", "定了价的服务要在“包括的服务”里"),
        ("理发 30\n理发 40", "同一类服务只能有一个价"),
        ("理发 1441", "看不懂"),
        ("理发 0", "看不懂"),
    ):
        assert why in (await post_form(client, "/schemes/new", fields | {"prices": prices})).text
    made = await post_form(
        client, "/schemes/new", fields | {"prices": "理发 30\ngoing to the clinic together 90"}
    )
    page = (await client.get(made.headers["location"])).text
    assert "理发 30 分、陪诊 1 小时 30 分" in page
    assert "全部进公益时间池" in page
    again = (await client.get(f"{made.headers['location']}/policy")).text
    assert ">理发 30\n陪诊 90</textarea>" in again


@pytest.mark.slow
async def test_a_scheme_is_ended_and_opened_again(client: httpx.AsyncClient) -> None:
    await sign_in(client, "mo")
    scheme = (await post_form(client, "/schemes/new", FIELDS)).headers["location"]
    change = {"name": "银龄互助", "closed_on": "2026-11-22", "version": "1"}
    assert (await post_form(client, scheme, change)).status_code == 303
    assert "已结束" in (await client.get("/schemes")).text
    assert (await post_form(client, scheme, change)).status_code == 422
    again = {"name": "银龄互助", "closed_on": "", "version": "2"}
    assert (await post_form(client, scheme, again)).status_code == 303
    assert "进行中" in (await client.get("/schemes")).text


async def test_an_auditor_reads_and_does_not_write(client: httpx.AsyncClient, world: World) -> None:
    await sign_in(client, "auditor")
    page = await client.get("/schemes")
    assert page.status_code == 200
    assert "开办项目" not in page.text
    answer = await post_form(client, "/schemes/new", FIELDS)
    assert answer.status_code == 403
    assert "没有权限" in answer.text


async def _token(client: httpx.AsyncClient, user: str) -> dict[str, str]:
    answer = await client.post("/api/v1/logins", json={"user_name": user, "password": PASSWORD})
    return {"authorization": f"Bearer {answer.json()['token']}"}


async def test_the_api_opens_a_scheme_once_and_refuses_by_field(
    client: httpx.AsyncClient, world: World
) -> None:
    headers = await _token(client, "mo")
    base = f"/api/v1/communities/{world.here}/schemes"
    body = {"name": "银龄互助", "in_force_from": "2026-11-01", "policy": {"rounding_minutes": 15}}
    keyed = headers | {"idempotency-key": "open-it-once"}
    first = await client.post(base, json=body, headers=keyed)
    assert first.status_code == 201
    assert (await client.post(base, json=body, headers=keyed)).json() == first.json()
    [scheme] = (await client.get(base, headers=headers)).json()
    assert (scheme["id"], scheme["policies"][0]["policy"]["rounding_minutes"]) == (first.json()["id"], 15)
    bad = await client.post(f"{base}/{scheme['id']}/policies", json=body["policy"], headers=headers)
    assert bad.status_code == 422
    policy = {"in_force_from": "2026-12-01", "policy": {"rounding": "up", "remainder_to": "pool"}}
    refused = await client.post(f"{base}/{scheme['id']}/policies", json=policy, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "remainder_to")
    policy["policy"] = {"earned_by": "pool", "payer": "pool"}
    refused = await client.post(f"{base}/{scheme['id']}/policies", json=policy, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "earned_by")
    policy["policy"] = {"weekly_cap_minutes": 360, "prices": [{"category": "haircut", "minutes": 30}]}
    added = await client.post(f"{base}/{scheme['id']}/policies", json=policy, headers=headers)
    assert added.status_code == 201


@pytest.mark.parametrize("user", ["he", None])
async def test_strangers_see_no_schemes(client: httpx.AsyncClient, world: World, user: str | None) -> None:
    headers = await _token(client, user) if user else {}
    base = f"/api/v1/communities/{world.here}/schemes"
    assert (await client.get(base, headers=headers)).status_code == (403 if user else 401)
    assert (await client.get(f"{base}/{new_id()}", headers=headers)).status_code in (401, 403)
