"""The database goes away under a running service: cut connections, lost answers, a restart."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from tests.given import SEAL, World, browser, post_form, sign_in
from tests.postgres import Database as Urls
from timebank.app import create_app
from timebank.core import embedded, migrating
from timebank.core.database import Database
from timebank.core.errors import Unsure
from timebank.core.ids import new_id
from timebank.people import service


@dataclass
class Wire:
    """A wire to the database that can be cut just after the next commit, before its answer is heard."""

    host: str
    port: int
    deaf_after_commit: bool = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        from_server, to_server = await asyncio.open_connection(self.host, self.port)
        cut = asyncio.Event()

        async def out() -> None:
            while data := await reader.read(65536):
                if self.deaf_after_commit and b"COMMIT" in data:
                    self.deaf_after_commit = False
                    cut.set()
                to_server.write(data)

        async def back() -> None:
            while data := await from_server.read(65536):
                if cut.is_set():
                    return  # the server has answered, and nobody hears it
                writer.write(data)

        ways = [asyncio.create_task(out()), asyncio.create_task(back())]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for end in (writer, to_server):
            end.close()
            with suppress(ConnectionError):
                await end.wait_closed()


@asynccontextmanager
async def wired(urls: Urls) -> AsyncIterator[tuple[Database, Wire]]:
    """The database behind a wire."""
    url = make_url(urls.service_url)
    assert url.host is not None
    wire = Wire(url.host, url.port or 5432)
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    database = Database(
        url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False), pool_size=3
    )
    yield database, wire
    await database.close()
    server.close()


async def _branches(world: World) -> int:
    async with world.database.begin({world.here}) as db:
        found = await db.scalar(text("SELECT count(*) FROM timebank.branches"))
    return int(found or 0)


async def test_a_commit_whose_answer_was_lost_is_asked_again_under_its_key(
    two_desks: World, fresh_database: Urls
) -> None:
    async with wired(fresh_database) as (database, wire):
        call = replace(await two_desks.call(key="the-first-branch"), database=database)
        wire.deaf_after_commit = True
        made = await service.add_branch(call, community_id=two_desks.here, name="第一支部")
        assert not wire.deaf_after_commit
        assert await _branches(two_desks) == 1
        assert await service.add_branch(call, community_id=two_desks.here, name="第一支部") == made


async def test_without_a_key_nobody_pretends_to_know(two_desks: World, fresh_database: Urls) -> None:
    async with wired(fresh_database) as (database, wire):
        call = replace(await two_desks.call(), database=database)
        wire.deaf_after_commit = True
        with pytest.raises(Unsure):
            await service.add_branch(call, community_id=two_desks.here, name="第一支部")
        assert await _branches(two_desks) == 1


@pytest.mark.slow
async def test_a_crowd_does_not_notice_that_all_connections_were_cut(
    two_desks: World, fresh_database: Urls
) -> None:
    database = Database(fresh_database.service_url)
    async with browser(create_app(database, SEAL)) as client:
        await sign_in(client, "mo")
        statuses: list[int] = []
        done = asyncio.Event()

        async def visitor(number: int) -> None:
            while not done.is_set():
                statuses.append((await client.get("/members")).status_code)
                name = {"name": f"小组 {number} {len(statuses)}"}
                statuses.append((await post_form(client, "/branches", name)).status_code)

        crowd = [asyncio.create_task(visitor(number)) for number in range(4)]
        for answers in (4, 12, 20):
            await _until(lambda enough=answers: len(statuses) >= enough)
            await _cut_all(fresh_database)
        await _until(lambda: len(statuses) >= 28)
        done.set()
        await asyncio.gather(*crowd)
    assert set(statuses) == {200, 303}
    assert await _branches(replace(two_desks, database=database)) == statuses.count(303)
    await database.close()


async def _until(reached: Callable[[], bool]) -> None:
    while not reached():
        await asyncio.sleep(0.01)


async def _cut_all(urls: Urls) -> None:
    url = make_url(urls.superuser_url)
    connection = await asyncpg.connect(
        url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    )
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", url.database
    )
    await connection.close()


@pytest.mark.slow
async def test_a_database_that_lacks_migrations_is_not_ready(fresh_database: Urls) -> None:
    newest = migrating.newest()
    await migrating.downgrade(fresh_database.owner_url, to="-1")
    database = Database(fresh_database.service_url)
    async with browser(create_app(database, SEAL)) as client:
        behind = await client.get("/health/ready")
        assert (behind.status_code, behind.json()) == (
            503,
            {"status": "migrations pending", "missing": [newest]},
        )
        assert (await client.get("/health/live")).status_code == 200
        await migrating.upgrade(fresh_database.owner_url)
        assert (await client.get("/health/ready")).json() == {"status": "ready"}
    await database.close()


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="timebank-restart-"))
    folder.chmod(0o711)
    yield folder / "data"
    embedded.stop(folder / "data")
    shutil.rmtree(folder)


@pytest.mark.slow
async def test_a_service_outlives_a_restart_of_its_database(data: Path) -> None:
    running = await asyncio.to_thread(embedded.start, data, fsync=False)
    await migrating.upgrade(running.owner_url)
    database = Database(running.service_url)
    await World(database).settle_in()
    async with browser(create_app(database, SEAL)) as client:
        await sign_in(client, "mo")
        assert (await client.get("/health/ready")).status_code == 200

        await asyncio.to_thread(embedded.stop, data)
        away = await client.get("/health/ready")
        assert (away.status_code, away.json()) == (503, {"status": "no database"})
        assert (await client.get("/health/live")).status_code == 200
        page = await client.get("/members")
        assert page.status_code == 503
        assert "系统正忙" in page.text
        sign = {"user_name": "mo", "password": "榕树下的声音-1949"}
        refused = await client.post("/api/v1/logins", json=sign, headers={"Idempotency-Key": new_id().hex})
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert refused.headers["Retry-After"]

        # Whoever asks while it comes back waits a moment and is served.
        asking = asyncio.create_task(client.get("/members"))
        await asyncio.to_thread(embedded.start, data, fsync=False)
        assert (await asking).status_code in (200, 503)
        assert (await client.get("/members")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 200
    await database.close()
