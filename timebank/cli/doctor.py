"""Whether the database is fit to be served from, and what a server of one's own must be told."""

from dataclasses import dataclass

from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from timebank.cli.installation import Installation
from timebank.core import migrating
from timebank.core.embedded import ROLES
from timebank.core.errors import N_, Text

# A script for psql: the roles, the database and the GRANTs, safe to repeat.
PREPARATION = f"""\
-- psql --set=migrator='…' --set=service='…' --dbname=postgres --file=this.sql   (as superuser; … are passwords)
{ROLES}"""

_AS_SERVICE = text("""
SELECT current_setting('server_version_num')::int >= 150000 AS new_enough,
       current_setting('server_encoding') = 'UTF8' AS utf8,
       current_setting('fsync') = 'on' AS durable,
       NOT (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS bound,
       pg_has_role('timebank_app', 'MEMBER') AS belongs,
       NOT EXISTS (SELECT FROM pg_class WHERE relowner = current_user::regrole) AS owns_nothing
""")

_AS_MIGRATOR = text("SELECT pg_has_role('timebank_owner', 'MEMBER') AS may_own")

_SAID = {
    "new_enough": N_("PostgreSQL 15 或更新"),
    "utf8": N_("数据库编码为 UTF8"),
    "durable": N_("fsync 开着，断电不丢数据"),
    "bound": N_("服务的登录受行级安全约束"),
    "belongs": N_("服务的登录属于 timebank_app"),
    "owns_nothing": N_("服务的登录不拥有任何表"),
    "may_own": N_("升级用的登录可以 SET ROLE timebank_owner"),
}


@dataclass(frozen=True)
class Finding:
    """One thing looked at, and whether it is as it should be."""

    what: Text
    fit: bool


async def examine(here: Installation) -> list[Finding]:
    """Look at the database as both logins; a login that can't connect is a finding, not an error."""
    found = await _look(here.service_url, _AS_SERVICE, N_("服务的登录连得上数据库"))
    if here.owner_url is not None:
        found += await _look(here.owner_url, _AS_MIGRATOR, N_("升级用的登录连得上数据库"))
    if all(finding.fit for finding in found):
        missing = await migrating.pending(here.owner_url or here.service_url)
        found.append(Finding(Text(N_("数据库是这个版本的样子")), fit=not missing))
    return found


async def _look(url: str, question: TextClause, connects: str) -> list[Finding]:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as db:
            row = (await db.execute(question)).mappings().one()
    except (OSError, DBAPIError):
        return [Finding(Text(connects), fit=False)]
    finally:
        await engine.dispose()
    return [
        Finding(Text(connects), fit=True),
        *(Finding(Text(_SAID[name]), fit=bool(fit)) for name, fit in row.items()),
    ]
