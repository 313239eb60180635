"""The doctor's lines about the database, each broken in a database of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from tests.given import World
from tests.hours.given import settled_book
from tests.postgres import Database
from timebank.cli.examining import server
from timebank.cli.examining.findings import Finding, State
from timebank.cli.installation import Installation
from timebank.core import clock, embedded, migrating
from timebank.core.settings import Settings

FIT, ADVICE, WRONG = State.FIT, State.ADVICE, State.WRONG
ZONE = "Asia/Shanghai"


def here(database: Database, **chosen: object) -> Installation:
    return Installation(Settings(**chosen), database.service_url, database.owner_url, embedded.find()[0])


def only(findings: list[Finding], code: str) -> Finding:
    (each,) = (each for each in findings if each.code == code)
    return each


def mends(finding: Finding) -> str:
    return "\n".join(str(step.values.get("words", step.message)) for step in finding.mend)


async def test_a_database_as_it_should_be(database: Database) -> None:
    findings = await server.examine(here(database))
    # The tests' server is the one that is told not to wait for its disk.
    assert [each.code for each in findings if each.state is not FIT] == ["durable"]
    assert len(findings) > 14


@pytest.mark.parametrize(
    ("change", "way"),
    [
        ({"password": "wrong"}, "ALTER ROLE timebank_service PASSWORD"),
        ({"username": "stranger"}, "ALTER ROLE stranger"),
        ({"database": "nowhere"}, "timebank doctor --sql"),
        ({"database": "postgres"}, ""),
        ({"port": 9}, "firewall"),
        ({"host": "nowhere.invalid"}, "firewall"),
    ],
)
async def test_a_login_that_cannot_connect(database: Database, change: dict[str, object], way: str) -> None:
    def changed(url: str) -> str:
        return make_url(url).set(**change).render_as_string(hide_password=False)

    broken = replace(here(database), service_url=changed(database.service_url))
    if way == "":  # everybody may connect there, and finds nothing of ours
        assert only(await server.examine(broken), "service-login").state is FIT
        return
    finding = only(await server.examine(broken), "service-login")
    assert finding.state is WRONG
    assert way in mends(finding).replace("防火墙", "firewall")
    assert "@" not in str(finding)
    broken = replace(here(database), owner_url=changed(database.owner_url))
    assert only(await server.examine(broken), "owner-login").state is WRONG


async def test_a_login_that_may_not_connect(fresh_database: Database) -> None:
    name = make_url(fresh_database.service_url).database
    async with superuser(fresh_database) as db:
        await db.execute(f"REVOKE CONNECT ON DATABASE {name} FROM timebank_app")
    finding = only(await server.as_service(fresh_database.service_url, ZONE), "service-login")
    assert finding.state is WRONG
    assert f"GRANT CONNECT ON DATABASE {name} TO timebank_service;" in mends(finding)


async def test_an_old_server(database: Database) -> None:
    row = {"new_enough": False, "version": "14.9", "utf8": True, "durable": True, "bound": True}
    findings = server.answers(server.OF_SERVICE, {**row, "belongs": True, "owns_nothing": True})  # type: ignore[arg-type]
    assert [each.code for each in findings if each.state is WRONG] == ["server-version"]


@pytest.mark.slow
async def test_another_encoding(template: Database) -> None:
    async with superuser(template, "postgres") as db:
        await db.execute(
            "CREATE DATABASE ascii ENCODING SQL_ASCII LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0"
        )
        url = make_url(template.service_url).set(database="ascii").render_as_string(hide_password=False)
        finding = only(await server.as_service(url, ZONE), "encoding")
        await db.execute("DROP DATABASE ascii WITH (FORCE)")
    assert finding.state is WRONG


async def test_data_that_a_power_cut_would_lose(database: Database) -> None:
    assert only(await server.as_service(database.service_url, ZONE), "durable").state is WRONG


async def test_a_service_that_is_superuser(fresh_database: Database) -> None:
    findings = await server.as_service(fresh_database.superuser_url, ZONE)
    assert only(findings, "bound").state is WRONG
    assert only(findings, "owns-nothing").state is WRONG


async def test_a_service_that_does_not_belong_and_owns_something(fresh_database: Database) -> None:
    name = make_url(fresh_database.service_url).database
    async with superuser(fresh_database) as db:
        await db.execute(
            f"CREATE ROLE loner LOGIN PASSWORD 'alone'; GRANT CONNECT ON DATABASE {name} TO loner"
        )
        await db.execute("CREATE TABLE public.mine (); ALTER TABLE public.mine OWNER TO loner")
        url = make_url(fresh_database.service_url).set(username="loner", password="alone")
        service_url = url.render_as_string(hide_password=False)
        findings = await server.as_service(service_url, ZONE)
        assert (only(findings, "belongs").state, only(findings, "owns-nothing").state) == (WRONG, WRONG)
        # Nothing more can be asked of such a login, and that is no error either.
        await server.examine(replace(here(fresh_database), service_url=service_url))
        for code in ("belongs", "owns-nothing"):
            await db.execute(mends(only(findings, code)))
        findings = await server.as_service(service_url, ZONE)
        assert (only(findings, "belongs").state, only(findings, "owns-nothing").state) == (FIT, FIT)
        await db.execute("DROP OWNED BY loner; DROP ROLE loner")


async def test_a_migrator_that_may_not_be_the_owner(database: Database) -> None:
    finding = only(await server.as_migrator(database.service_url), "may-own")
    assert finding.state is WRONG
    assert mends(finding) == "GRANT timebank_owner TO timebank_service;"


async def test_a_database_that_does_not_know_the_time_zone(database: Database) -> None:
    finding = only(await server.as_service(database.service_url, "Asia/Nowhere"), "database-time-zone")
    assert finding.state is WRONG


async def test_clocks_that_do_not_agree(database: Database) -> None:
    assert only(await server.as_service(database.service_url, ZONE), "clock").state is FIT
    for hours in (-1, 1):
        with clock.set_to(clock.now() + timedelta(hours=hours)):
            assert only(await server.as_service(database.service_url, ZONE), "clock").state is WRONG
    for seconds, state in ((2, FIT), (20, ADVICE), (120, WRONG)):
        off = timedelta(seconds=seconds)
        # The answer took three seconds: the database's clock may have been read at either end of them.
        assert server.skew(off, off - timedelta(seconds=3)).state is state
        assert server.skew(-off, -off - timedelta(seconds=3)).state is state


async def test_a_clock_before_the_last_posting(two_desks: World, fresh_database: Database) -> None:
    assert (await server.after_last(fresh_database.owner_url)).state is FIT
    await settled_book(two_desks)
    async with superuser(fresh_database) as db:
        last = await db.fetchval("SELECT max(posted_at) FROM ledger.transfers")
    with clock.set_to(last) as hands:
        assert (await server.after_last(fresh_database.owner_url)).state is FIT
        hands.move(last - timedelta(minutes=1))
        finding = await server.after_last(fresh_database.owner_url)
    assert (finding.code, finding.state) == ("clock-after-last", WRONG)


@pytest.mark.slow
async def test_migrations_pending_and_of_a_later_version(fresh_database: Database) -> None:
    await migrating.downgrade(fresh_database.owner_url, to="-1")
    finding = only(await server.examine(here(fresh_database)), "migrations")
    assert (finding.state, mends(finding)) == (WRONG, "timebank migrate")
    async with superuser(fresh_database) as db:
        await db.execute("UPDATE timebank.alembic_version SET version_num = '99_future'")
    finding = only(await server.examine(here(fresh_database)), "migrations")
    assert (finding.state, finding.seen and finding.seen.values["revision"]) == (WRONG, "99_future")
    with pytest.raises(migrating.LaterVersion):
        await here(fresh_database).migrate()


async def test_programs_older_than_the_server(database: Database, tmp_path: Path) -> None:
    for name in ("initdb", "postgres", "psql"):
        (tmp_path / name).write_text('#!/bin/sh\necho "postgres (PostgreSQL) 9.6.24"\n')
        (tmp_path / name).chmod(0o755)
    theirs = replace(here(database, postgres_bin=tmp_path), programs=None)
    (finding,) = await server.client(theirs)
    assert (finding.code, finding.state) == ("client-version", WRONG)
    (finding,) = await server.client(replace(theirs, settings=Settings(postgres_bin=tmp_path / "none")))
    assert finding.state is ADVICE


@asynccontextmanager
async def superuser(database: Database, name: str | None = None) -> AsyncIterator[asyncpg.Connection]:
    url = make_url(database.superuser_url).set(drivername="postgresql")
    url = url.set(database=name) if name else url
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        yield connection
    finally:
        await connection.close()
