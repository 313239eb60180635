"""Whether the database is fit: its logins, its version and settings, its clock, its shape."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import RowMapping, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from timebank.cli.examining import rights
from timebank.cli.examining.findings import Check, Finding, State, run
from timebank.cli.installation import Installation
from timebank.core import clock, migrating
from timebank.core.embedded import EmbeddedError
from timebank.core.errors import N_, Text
from timebank.core.migrating import LaterVersion

SKEW_MAX = timedelta(minutes=1)
SKEW_WISHED = timedelta(seconds=5)

SERVICE_CONNECTS = Check("service-login", N_("服务的登录连得上数据库"))
OWNER_CONNECTS = Check("owner-login", N_("升级用的登录连得上数据库"))
_CLIENT = Check("client-version", N_("pg_dump 不比数据库旧，备份做得成"))
_CLOCK = Check("clock", N_("这台机器的钟和数据库的钟一致"))
_ZONE = Check("database-time-zone", N_("数据库认得时区 {zone}"))
_LAST = Check("clock-after-last", N_("钟不早于最近一笔记账"))
_SHAPE = Check("migrations", N_("数据库是这个版本的样子"))


@dataclass(frozen=True)
class Question:
    """A check that the database answers with one value, what is wrong if it isn't so, and how to mend it."""

    check: Check
    column: str
    seen: str
    mend: Callable[[RowMapping], tuple[Text, ...]]


_AS_SERVICE = text("""
SELECT current_user AS me, current_database() AS database, current_setting('server_version') AS version,
       current_setting('server_version_num')::int >= 150000 AS new_enough,
       current_setting('server_encoding') AS encoding, current_setting('server_encoding') = 'UTF8' AS utf8,
       current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'
           AND current_setting('synchronous_commit') <> 'off' AS durable,
       NOT (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS bound,
       pg_has_role('timebank_app', 'MEMBER') AS belongs,
       NOT EXISTS (SELECT FROM pg_class WHERE relowner = current_user::regrole) AS owns_nothing
""")
_AS_MIGRATOR = text("SELECT current_user AS me, pg_has_role('timebank_owner', 'MEMBER') AS may_own")
_KNOWS_ZONE = text("SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = :zone)")
_LAST_POSTED = text("SELECT max(posted_at) FROM ledger.transfers")

OF_SERVICE = (
    Question(
        Check("server-version", N_("PostgreSQL 15 或更新")),
        "new_enough",
        N_("是 {version}"),
        lambda _: (Text(N_("请把数据库服务器升级到 15 或更新")),),
    ),
    Question(
        Check("encoding", N_("数据库编码为 UTF8")),
        "utf8",
        N_("是 {encoding}"),
        lambda row: (
            Text(N_("编码改不了：请用 UTF8 另建一个数据库，再恢复备份")),
            run(
                f"CREATE DATABASE {row['database']}_utf8 OWNER timebank_owner ENCODING UTF8 TEMPLATE template0;"
            ),
        ),
    ),
    Question(
        Check("durable", N_("fsync 开着，断电不丢数据")),
        "durable",
        N_("fsync、full_page_writes 或 synchronous_commit 关着"),
        lambda _: (
            Text(N_("以超级用户运行：")),
            run("ALTER SYSTEM RESET fsync; ALTER SYSTEM RESET full_page_writes;"),
            run("ALTER SYSTEM RESET synchronous_commit; SELECT pg_reload_conf();"),
            Text(N_("还是关着，就看 postgresql.conf 和启动参数")),
        ),
    ),
    Question(
        Check("bound", N_("服务的登录受行级安全约束")),
        "bound",
        N_("{me} 是超级用户，或绕过行级安全"),
        lambda row: (run(f"ALTER ROLE {row['me']} NOSUPERUSER NOBYPASSRLS;"),),
    ),
    Question(
        Check("belongs", N_("服务的登录属于 timebank_app")),
        "belongs",
        N_("{me} 不属于它"),
        lambda row: (run(f"GRANT timebank_app TO {row['me']};"),),
    ),
    Question(
        Check("owns-nothing", N_("服务的登录不拥有任何表")),
        "owns_nothing",
        N_("{me} 拥有表"),
        lambda row: (run(f"REASSIGN OWNED BY {row['me']} TO timebank_owner;"),),
    ),
)
OF_MIGRATOR = (
    Question(
        Check("may-own", N_("升级用的登录可以 SET ROLE timebank_owner")),
        "may_own",
        N_("{me} 不可以"),
        lambda row: (run(f"GRANT timebank_owner TO {row['me']};"),),
    ),
)


async def examine(here: Installation) -> list[Finding]:
    """Look at the database as both logins; a login that can't connect is a finding, not an error."""
    found = await as_service(here.service_url, here.settings.time_zone)
    if here.owner_url is not None:
        found += await as_migrator(here.owner_url)
    if all(finding.state is not State.WRONG for finding in found if finding.code in _NEEDED):
        found += await shape(here)
        found += await client(here)
    return found


# Without these nothing more can be asked.
_NEEDED = {SERVICE_CONNECTS.code, OWNER_CONNECTS.code, "may-own", "belongs"}


async def as_service(url: str, zone: str) -> list[Finding]:
    """What the service's login finds."""
    try:
        async with _connected(url) as db:
            row = (await db.execute(_AS_SERVICE)).mappings().one()
            found = [*answers(OF_SERVICE, row), await _skew(db)]
            known = await db.scalar(_KNOWS_ZONE, {"zone": zone})
    except (OSError, DBAPIError) as error:
        return [_unconnected(SERVICE_CONNECTS, url, error)]
    return [SERVICE_CONNECTS.fit(), *found, _zone(zone) if not known else _ZONE.fit(zone=zone)]


async def as_migrator(url: str) -> list[Finding]:
    """What the login that migrates finds."""
    try:
        async with _connected(url) as db:
            row = (await db.execute(_AS_MIGRATOR)).mappings().one()
    except (OSError, DBAPIError) as error:
        return [_unconnected(OWNER_CONNECTS, url, error)]
    return [OWNER_CONNECTS.fit(), *answers(OF_MIGRATOR, row)]


async def shape(here: Installation) -> list[Finding]:
    """The migrations, and once they are all there the rights they gave and the last posting."""
    url = here.owner_url or here.service_url
    try:
        missing = await migrating.pending(url)
    except LaterVersion as error:
        return [_SHAPE.wrong(error.text, Text(N_("先备份，再装更新的 timebank")), run("timebank backup"))]
    if missing:
        seen = Text(N_("缺 {revisions}"), {"revisions": missing})
        return [_SHAPE.wrong(seen, run("timebank migrate"))]
    async with _connected(here.service_url) as db:
        found = [_SHAPE.fit(), *await rights.examine(db)]
    return [*found, await after_last(here.owner_url)] if here.owner_url else found


def answers(questions: tuple[Question, ...], row: RowMapping) -> list[Finding]:
    """Each question's finding, from one row of the database's answers."""
    return [
        each.check.fit()
        if row[each.column]
        else each.check.wrong(Text(each.seen, dict(row)), *each.mend(row))
        for each in questions
    ]


def _unconnected(check: Check, url: str, error: Exception) -> Finding:
    parts = make_url(url)
    mends = {
        "28P01": (Text(N_("密码不对。改地址里的密码，或以超级用户运行：")), run(f"ALTER ROLE {parts.username} PASSWORD '…';")),
        "28000": (Text(N_("没有这个登录，或不让它从这里连。以超级用户运行这些语句，再看 pg_hba.conf：")), run("timebank doctor --sql")),
        "3D000": (Text(N_("没有这个数据库。以超级用户运行这些语句：")), run("timebank doctor --sql")),
        "42501": (Text(N_("没有连接的权限。以超级用户运行：")), run(f"GRANT CONNECT ON DATABASE {parts.database} TO {parts.username};")),
        "53300": (Text(N_("连接都用完了。请提高 max_connections，或停掉多余的服务")),),
    }  # fmt: skip
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    unreached = (Text(N_("请看主机和端口对不对，数据库有没有启动，防火墙让不让过")),)
    seen = Text(
        N_("{login} 在 {host}：{why}"),
        {"login": parts.username, "host": _host(parts.host, parts.port), "why": _first_line(error)},
    )
    return check.wrong(seen, *mends.get(str(state), unreached))


def _host(host: str | None, port: int | None) -> str:
    return f"{host or '—'}:{port or 5432}"


def _first_line(error: Exception) -> str:
    # SQLAlchemy puts the driver's class in front: `<class '…'>: what was said`.
    said = str(getattr(error, "orig", error)).strip().splitlines() or [type(error).__name__]
    return said[0].rpartition(">: ")[2]


async def _skew(db: AsyncConnection) -> Finding:
    before = clock.now()
    theirs: datetime = (await db.execute(text("SELECT clock_timestamp()"))).scalar_one()
    after = clock.now()
    return skew(theirs - before, theirs - after)


def skew(since_asked: timedelta, since_answered: timedelta) -> Finding:
    """How far the database's clock is from ours: it must lie between the asking and the answer."""
    off = max(-since_asked, since_answered, timedelta())
    if off <= SKEW_WISHED:
        return _CLOCK.fit()
    seen = Text(N_("差 {seconds} 秒"), {"seconds": round(off.total_seconds())})
    mend = (Text(N_("两台机器都要自己对时：")), run("sudo timedatectl set-ntp true"))
    return _CLOCK.wrong(seen, *mend) if off > SKEW_MAX else _CLOCK.advice(seen, *mend)


def _zone(zone: str) -> Finding:
    return _ZONE.wrong(
        Text(N_("不认得")),
        Text(N_("请把 TIMEBANK_TIME_ZONE 写成 Asia/Shanghai 这样；写对了就在数据库的机器上装时区数据：")),
        run("sudo apt-get install --yes tzdata"),
        zone=zone,
    )


async def after_last(owner_url: str) -> Finding:
    """The clock is not before the last posting."""
    async with _connected(owner_url) as db:
        await db.execute(text("SET LOCAL ROLE timebank_owner"))
        last: datetime | None = await db.scalar(_LAST_POSTED)
    if last is None or last <= clock.now() + SKEW_WISHED:
        return _LAST.fit()
    return _LAST.wrong(
        Text(N_("现在是 {now}，最近一笔却记在 {last}"), {"now": clock.now(), "last": last}),
        Text(N_("钟被拨慢了（或曾经走快）。先停下服务，对好时再启动：")),
        run("sudo timedatectl set-ntp true && timedatectl"),
    )


async def client(here: Installation) -> list[Finding]:
    """The programs that dump and restore are of the database's version or later."""
    try:
        ours = here.tools()
    except EmbeddedError as error:
        return [_CLIENT.advice(error.text, Text(N_("没有它只是做不了 timebank backup")))]
    async with _connected(here.service_url) as db:
        theirs = int(str(await db.scalar(text("SHOW server_version_num")))) // 10_000
    if ours.major < theirs:
        return [
            _CLIENT.wrong(
                Text(N_("程序是 {ours}，数据库是 {theirs}"), {"ours": ours.version, "theirs": theirs}),
                Text(
                    N_("请用 TIMEBANK_POSTGRES_BIN 指明 {major} 版程序所在的文件夹，或装上："),
                    {"major": theirs},
                ),
                run(f"sudo apt-get install --yes postgresql-client-{theirs}"),
            )
        ]
    return [_CLIENT.fit()]


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AsyncConnection]:
    arguments: dict[str, Any] = {"timeout": 10}
    engine = create_async_engine(url, poolclass=NullPool, connect_args=arguments)
    try:
        async with engine.connect() as db:
            yield db
    finally:
        await engine.dispose()
