"""The books at the desk, a member's passbook, and the same through the API."""

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.given import PASSWORD, World, post_form, sign_in
from tests.hours.given import Book, settled_book
from timebank.access.steps import issue_card
from timebank.core import clock
from timebank.core.ids import new_id
from timebank.hours import queries, steps
from timebank.hours.model import Entry
from timebank.web.csv_files import csv_response


async def _as_member(client: httpx.AsyncClient, world: World, book: Book) -> None:
    async with world.database.begin({world.here}) as db:
        card = await issue_card(db, member_id=book.li, community_id=world.here, now=world.now)
    data = {"number": card.number, "pin": card.pin}
    answer = await post_form(client, "/sign-in/card", data, seen="/sign-in")
    assert answer.status_code == 303, answer.text


@pytest.mark.slow
async def test_a_member_sees_their_time_large_and_every_entry_in_plain_words(
    client: httpx.AsyncClient, world: World
) -> None:
    book = await settled_book(world)
    await _as_member(client, world, book)
    page = (await client.get("/me/passbook")).text
    assert '8<span class="unit">小时</span>58<span class="unit">分</span>' in page
    assert "陈阿婆来帮忙：陪诊" in page
    assert "开始时有" in page
    entry = page.split('href="/me/passbook/', 1)[1].split('"', 1)[0]
    told = await client.get(f"/me/passbook/{entry}")
    assert told.status_code == 200
    assert "怎么算的" in told.text
    assert (await client.get(f"/me/passbook/{new_id()}")).status_code == 404
    earlier = page.split('class="button" href="', 1)[1].split('"', 1)[0]
    assert earlier == "/me/passbook?until_on=2026-08-31"
    assert "这段时间没有进出" in (await client.get(earlier)).text
    assert (await client.get("/accounts")).status_code == 403


@pytest.mark.slow
async def test_a_forced_correction_is_marked_wherever_it_stands(
    client: httpx.AsyncClient, world: World
) -> None:
    book = await settled_book(world)
    async with world.database.begin({world.here}) as db:
        await steps.reverse(
            db,
            world.here,
            [line.transfer_id for line in await _lines(db, world, book.li) if line.served_on],
            reason="登记错了人",
            forced=True,
            root=new_id(),
            actor_id=world.coordinator,
            now=world.now,
        )
        marked = [(line.corrects, line.forced) for line in await _lines(db, world, book.li)]
    assert marked == [(False, False)] * 3 + [(True, True)] * 2
    await sign_in(client, "mo")
    assert (await client.get(f"/accounts/{book.li}")).text.count("强制更正") == 2
    client.cookies.clear()
    await _as_member(client, world, book)
    assert (await client.get("/me/passbook")).text.count("强制更正") == 2


async def _lines(db: AsyncSession, world: World, account_id: UUID) -> Sequence[Entry]:
    day = clock.day_of(world.now)
    return (await queries.passbook(db, world.here, account_id, day - timedelta(days=30), day)).lines


@pytest.mark.slow
async def test_the_desk_reads_the_books_and_takes_them_home(client: httpx.AsyncClient, world: World) -> None:
    book = await settled_book(world)
    await sign_in(client, "mo")
    page = (await client.get("/accounts")).text
    assert "合计为零，借贷相等" in page
    assert "会员（2）" in page
    assert "李伯" in (await client.get("/accounts?words=li")).text
    file = await client.get("/accounts/trial-balance.csv?until_on=2026-11-22")
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert rows[0][:2] == ["编号", "户名"]
    assert rows[-1] == ["", "合计", "0", "662", "662", "0"]
    account = (await client.get(f"/accounts/{book.li}")).text
    for told in ("期初余额", "陈阿婆来帮忙：陪诊", "8:58"):
        assert told in account
    statement = await client.get(f"/accounts/{book.li}/statement.csv")
    lines = list(csv.reader(io.StringIO(statement.content.decode("utf-8-sig"))))
    assert [line[-1] for line in lines[1:]] == ["0", "600", "540", "538", "538"]
    entry = account.split('href="/accounts/entries/', 2)[2].split('"', 1)[0]
    told = (await client.get(f"/accounts/entries/{entry}")).text
    for words in ("服务了 1 小时 2 分", "银龄互助", "纸质回执单或签到表", "莫协调"):
        assert words in told
    english = await client.get(
        f"/accounts/entries/{entry}", headers={"cookie": f"login={client.cookies['login']}; lang=en"}
    )
    assert "Served 1 h 2 min" in english.text


@pytest.mark.slow
async def test_days_the_wrong_way_round_or_unreadable_are_refused_by_name(
    client: httpx.AsyncClient, world: World
) -> None:
    await settled_book(world)
    await sign_in(client, "mo")
    for query in (
        "from_on=2026-11-22&until_on=2026-11-01",
        "from_on=yesterday",
        "until_on=0001-01-01",
        "after=x",
    ):
        answer = await client.get(f"/accounts?{query}")
        assert answer.status_code == 422, query
    for words in ("%00", "%25%27", "x" * 5000):
        assert (await client.get(f"/accounts?words={words}")).status_code < 500, words


@pytest.mark.slow
async def test_hours_are_granted_and_given_at_the_desk(client: httpx.AsyncClient, world: World) -> None:
    book = await settled_book(world)
    await sign_in(client, "mo")
    path = f"/accounts/{book.chen}"
    nothing = await post_form(client, f"{path}/grant", {"reason": "独居"})
    assert nothing.status_code == 422
    assert "请填写多少小时、多少分钟" in nothing.text
    assert (await post_form(client, f"{path}/grant", {"hours": "2", "reason": "独居"})).status_code == 303
    pool = {"to": "pool", "source": "phone", "reason": "本人要求"}
    too_much = await post_form(client, f"{path}/give", {"hours": "9", **pool})
    assert too_much.status_code == 422
    assert "现在最多可以转赠 3 小时" in too_much.text
    assert (await post_form(client, f"{path}/give", {"minutes": "30", **pool})).status_code == 303
    page = (await client.get(path)).text
    assert "社区发放" in page
    assert "转赠给公益时间池" in page


@pytest.mark.slow
async def test_house_rules_are_set_at_the_desk(client: httpx.AsyncClient, world: World) -> None:
    book = await settled_book(world)
    await sign_in(client, "mo")
    assert "还没有定过" in (await client.get("/schemes/house")).text
    rules = {"in_force_from": "2026-11-22", "overdraft_hours": "0", "ceiling_hours": "750"}
    rules |= {"unit_name": "时间币", "unit_minutes": "60"}
    wrong = await post_form(client, "/schemes/house", rules | {"ceiling_hours": "0"})
    assert wrong.status_code == 422
    assert (await post_form(client, "/schemes/house", rules)).status_code == 303
    assert "750 小时" in (await client.get("/schemes/house")).text
    assert "上限 750 小时" in (await client.get(f"/accounts/{book.li}")).text
    assert (await post_form(client, "/schemes/house", rules)).status_code == 422


async def test_stars_and_what_it_takes_to_spend_are_rules_that_everybody_reads(
    client: httpx.AsyncClient, world: World
) -> None:
    book = await settled_book(world)
    await sign_in(client, "mo")
    rules = {"in_force_from": "2026-11-22", "overdraft_hours": "0", "ceiling_hours": ""}
    rules |= {"unit_name": "时间币", "unit_minutes": "60", "overflow_to": "pool", "star_hours": "20，5"}
    rules |= {"redeem_age_min": "60", "redeem_after_hours": "100"}
    wrong = await post_form(client, "/schemes/house", rules)
    assert wrong.status_code == 422
    assert "各星级要的时间要一级比一级多" in wrong.text
    assert 'value="20，5"' in wrong.text
    wrong = await post_form(client, "/schemes/house", rules | {"star_hours": "一 二"})
    assert "请填整小时数" in wrong.text
    wrong = await post_form(client, "/schemes/house", rules | {"star_hours": "5，20"})
    assert "没有存储上限就不会超出" in wrong.text
    done = await post_form(client, "/schemes/house", rules | {"star_hours": "5，20", "ceiling_hours": "1500"})
    assert done.status_code == 303
    page = (await client.get("/schemes/house")).text
    for told in ("超出的进公益时间池", "满 60 岁", "100 小时", "5 小时、20 小时", 'value="5 20"'):
        assert told in page
    account = (await client.get(f"/accounts/{book.li}")).text
    assert "一共存过 10 小时" in account
    assert "再存 10 小时 就到 2 星" in account
    assert "存满 100 小时 才能用" in account
    english = await client.get(
        f"/accounts/{book.li}", headers={"cookie": f"login={client.cookies['login']}; lang=en"}
    )
    assert "10 h banked in all" in english.text


@pytest.fixture
async def desk(client: httpx.AsyncClient, world: World) -> dict[str, str]:
    """A coordinator's token."""
    answer = await client.post("/api/v1/logins", json={"user_name": "mo", "password": PASSWORD})
    return {"authorization": f"Bearer {answer.json()['token']}"}


@pytest.mark.slow
async def test_the_api_answers_with_whole_minutes(
    client: httpx.AsyncClient, world: World, desk: dict[str, str]
) -> None:
    book = await settled_book(world)
    base = f"/api/v1/communities/{world.here}"
    balance = (await client.get(f"{base}/members/{book.li}/balance", headers=desk)).json()
    assert (balance["posted_minutes"], balance["available_minutes"]) == (538, 538)
    passbook = (await client.get(f"{base}/members/{book.li}/passbook", headers=desk)).json()
    moved = sum(entry["minutes"] for entry in passbook["entries"])
    assert passbook["opening_minutes"] + moved == passbook["closing_minutes"] == 538
    transfer = passbook["entries"][1]["transfer_id"]
    told = (await client.get(f"{base}/transfers/{transfer}", headers=desk)).json()
    assert (told["scheme"], told["scheme_version"], told["basis"]["served_minutes"]) == ("银龄互助", 1, 62)
    trial = (await client.get(f"{base}/trial-balance", headers=desk)).json()
    assert (trial["foots"], trial["total"]["closing_minutes"]) == (True, 0)
    accounts = (await client.get(f"{base}/accounts?words=M2", headers=desk)).json()
    assert [row["name"] for row in accounts["rows"]] == ["李伯"]


@pytest.mark.slow
async def test_the_api_grants_once_and_refuses_with_a_problem(
    client: httpx.AsyncClient, world: World, desk: dict[str, str]
) -> None:
    book = await settled_book(world)
    base = f"/api/v1/communities/{world.here}"
    keyed = desk | {"idempotency-key": "grant-once-please"}
    body = {"member_id": str(book.chen), "minutes": 30, "reason": "独居"}
    first, second = [await client.post(f"{base}/grants", json=body, headers=keyed) for _ in range(2)]
    assert first.status_code == 201
    assert first.json() == second.json()
    gift = await client.post(f"{base}/members/{book.chen}/gifts", json={"minutes": 999}, headers=keyed)
    assert (gift.status_code, gift.json()["code"]) == (409, "gift-must-keep")
    for wrong in ({"minutes": 0}, {"minutes": 1.5}, {"minutes": 10**30}, {"reason": "\x00"}, {"extra": 1}):
        answer = await client.post(f"{base}/grants", json=body | wrong, headers=keyed)
        assert answer.status_code == 422, wrong
    unkeyed = await client.post(f"{base}/grants", json=body, headers=desk)
    assert (unkeyed.status_code, unkeyed.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    policy = {"in_force_from": "2026-11-22", "policy": {"ceiling_minutes": 45_000}}
    assert (await client.post(f"{base}/house-policies", json=policy, headers=desk)).status_code == 201
    assert (await client.post(f"{base}/house-policies", json=policy, headers=desk)).status_code == 422


@pytest.mark.slow
async def test_a_member_asks_the_api_for_their_own_balance_only(
    client: httpx.AsyncClient, world: World
) -> None:
    book = await settled_book(world)
    async with world.database.begin({world.here}) as db:
        card = await issue_card(db, member_id=book.li, community_id=world.here, now=world.now)
    login = await client.post("/api/v1/logins", json={"number": card.number, "pin": card.pin})
    token = {"authorization": f"Bearer {login.json()['token']}"}
    assert (await client.get("/api/v1/me/balance", headers=token)).json()["available_minutes"] == 538
    mine = await client.get("/api/v1/me/passbook", headers=token)
    assert mine.json()["closing_minutes"] == 538
    base = f"/api/v1/communities/{world.here}"
    assert (await client.get(f"{base}/members/{book.chen}/balance", headers=token)).status_code == 403
    assert (await client.get(f"{base}/accounts", headers=token)).status_code == 403


def test_a_cell_that_would_be_a_formula_is_disarmed() -> None:
    answer = csv_response("x", ["=A1"], [["@SUM(1)", -5, "+1", "陈", "－1"]])
    assert bytes(answer.body).decode("utf-8-sig") == "'=A1\r\n'@SUM(1),-5,'+1,陈,'－1\r\n"
