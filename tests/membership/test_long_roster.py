"""A long roster says how far it is while its one transaction runs, and killed it leaves nothing."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tests.benchmarks.roster_import import roster_file
from tests.given import SEAL, World, browser, csrf_of, post_form, sign_in
from tests.membership.sheets import workbook
from tests.membership.test_pages import hidden, send
from tests.postgres import Database
from timebank.app import create_app
from timebank.people import queries as people

PEOPLE = 1_500


@asynccontextmanager
async def nobody_opens_accounts(database: Database) -> AsyncIterator[None]:
    """Hold up every import at its last step, where all its people are written and nobody sees them."""
    engine = create_async_engine(database.owner_url, poolclass=NullPool)
    async with engine.connect() as connection, connection.begin() as transaction:
        await connection.execute(text("SET LOCAL ROLE timebank_owner"))
        await connection.execute(text("LOCK TABLE ledger.accounts IN SHARE MODE"))
        yield
        await transaction.rollback()
    await engine.dispose()


async def until(client: httpx.AsyncClient, path: str, seen: Callable[[str], bool]) -> str:
    for _ in range(600):
        page = (await client.get(path)).text
        if seen(page):
            return page
        await asyncio.sleep(0.1)
    raise AssertionError(page)


async def how_many(world: World) -> int:
    async with world.database.begin({world.here}) as db:
        return len(await people.members_of(db, world.here))


@pytest.fixture
async def desk(two_desks: World) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(create_app(two_desks.database, SEAL)) as client:
        await sign_in(client, "mo")
        yield client


async def uploaded(client: httpx.AsyncClient) -> tuple[str, str]:
    place = (await send(client, "/members/import", roster_file(PEOPLE))).headers["location"]
    return place, hidden((await client.get(place)).text, "digest")


@pytest.mark.slow
async def test_a_long_import_is_seen_on_its_way_by_others(
    desk: httpx.AsyncClient, two_desks: World, fresh_database: Database
) -> None:
    place, digest = await uploaded(desk)
    async with nobody_opens_accounts(fresh_database):
        begun = await post_form(desk, f"{place}/apply", {"digest": digest}, seen=place)
        assert (begun.status_code, begun.headers["location"]) == (303, place)
        page = await until(desk, place, lambda page: "正在写入" in page)
        assert '<meta http-equiv="refresh"' in page
        assert "莫协调" in page
        assert "1,500 / 1,500" in await until(desk, place, lambda page: "1,500 / 1,500" in page)
        assert 'name="digest"' not in page
        assert await how_many(two_desks) == 0
    assert "新增" in await until(desk, place, lambda page: "已导入" in page)
    assert await how_many(two_desks) == PEOPLE


@pytest.mark.slow(10)
async def test_a_killed_import_leaves_nothing_and_is_begun_again(
    desk: httpx.AsyncClient, two_desks: World, fresh_database: Database
) -> None:
    place, digest = await uploaded(desk)
    world = two_desks
    what = (
        fresh_database.service_url,
        str(world.here),
        str(world.coordinator),
        place.rsplit("/", 1)[1],
        digest,
    )
    async with nobody_opens_accounts(fresh_database):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.membership.one_import", *what
        )
        await until(desk, place, lambda page: "1,500 / 1,500" in page)
        process.kill()
        await process.wait()
    page = await until(desk, place, lambda page: "什么都没有导入" in page)
    assert "断了" in page
    assert await how_many(world) == 0
    again = await post_form(desk, f"{place}/apply", {"digest": hidden(page, "digest")}, seen=place)
    assert again.status_code == 303
    await until(desk, place, lambda page: "已导入" in page)
    assert await how_many(world) == PEOPLE


@pytest.mark.slow
async def test_a_program_can_ask_how_far_an_import_is(client: httpx.AsyncClient, world: World) -> None:
    answer = await client.post("/api/v1/logins", json={"user_name": "mo", "password": "榕树下的声音-1949"})
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    base = f"/api/v1/communities/{world.here}/imports/roster"
    made = (await client.post(base, files={"file": ("x.xlsx", workbook(("姓名",), ("单安",)))})).json()
    progress = await client.get(f"{base}/{made['id']}/progress")
    assert (progress.status_code, progress.json()) == (200, None)
    assert (await client.get(f"{base}/{world.here}/progress")).status_code == 404


async def test_who_brings_no_number_gets_one_that_nobody_else_brings(
    client: httpx.AsyncClient, world: World
) -> None:
    await sign_in(client, "mo")
    file = workbook(("会员号", "姓名"), (None, "单安"), ("000001", "李四"), ("7", "王五"), (None, "陈六"))
    place = (await send(client, "/members/import", file)).headers["location"]
    page = (await client.get(place)).text
    digest = hidden(page, "digest")
    done = await client.post(
        f"{place}/apply", data={"csrf": csrf_of(page), "key": "k" * 16, "digest": digest}
    )
    assert done.status_code == 303
    async with world.database.begin({world.here}) as db:
        numbers = {member.name: member.number for member in await people.members_of(db, world.here)}
    assert numbers == {"单安": "000008", "李四": "000001", "王五": "7", "陈六": "000009"}
