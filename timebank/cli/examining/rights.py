"""What the service's login may do in the database: neither less nor more than it should."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from timebank.cli.examining.findings import Check, Finding, run
from timebank.core import migrating
from timebank.core.errors import N_, Text

# One statement a line, for the service's role and for everybody (PUBLIC), sorted.
FILE = "rights.sql"

_ENOUGH = Check("rights", N_("服务的登录该有的权限都有"))
_NO_MORE = Check("rights-no-more", N_("服务的登录没有多余的权限"))

_LINE = re.compile(r"GRANT (?P<rights>[A-Z, ]+) ON (?P<thing>.+) TO (?P<whom>\w+);")

_GRANTED = text("""
WITH things AS (
    SELECT 'SCHEMA ' || n.nspname AS thing, n.nspowner AS owner, coalesce(n.nspacl, acldefault('n', n.nspowner)) AS acl
    FROM pg_namespace n WHERE n.nspname IN ('timebank', 'ledger')
    UNION ALL
    SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || format('%I.%I', n.nspname, c.relname),
           c.relowner, coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('timebank', 'ledger') AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    UNION ALL
    SELECT 'FUNCTION ' || p.oid::regprocedure::text, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('timebank', 'ledger')
)
SELECT a.privilege_type AS right, thing, coalesce(r.rolname, 'PUBLIC') AS whom
FROM things CROSS JOIN LATERAL aclexplode(acl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE a.grantee = 0 OR r.rolname IN ('timebank_app', 'timebank_service')
""")


class Right(NamedTuple):
    """One thing that a role may do with one object."""

    thing: str
    whom: str
    right: str


async def examine(db: AsyncConnection) -> list[Finding]:
    """Compare the rights in a migrated database with those it should have; any login may ask."""
    wanted, there = expected(), await granted(db)
    return [
        _said(_ENOUGH, wanted - there, N_("少 {count} 项"), "GRANT", "TO"),
        _said(_NO_MORE, there - wanted, N_("多 {count} 项"), "REVOKE", "FROM"),
    ]


def _said(check: Check, rights: set[Right], seen: str, verb: str, direction: str) -> Finding:
    if not rights:
        return check.fit()
    return check.wrong(
        Text(seen, {"count": len(rights)}),
        Text(N_("用 timebank_migrator 登录数据库，运行：")),
        run("SET ROLE timebank_owner;"),
        *map(run, statements(rights, verb, direction)),
    )


def expected() -> set[Right]:
    """What the migrations grant, as `rights.sql` beside them says."""
    lines = (migrating.scripts() / FILE).read_text(encoding="utf-8").splitlines()
    return set(_read(line for line in lines if not line.startswith("--")))


async def granted(db: AsyncConnection) -> set[Right]:
    """What the database grants."""
    await db.execute(text("SET LOCAL search_path = pg_catalog"))
    return {Right(row.thing, row.whom, row.right) for row in await db.execute(_GRANTED)}


def statements(rights: Iterable[Right], verb: str = "GRANT", direction: str = "TO") -> list[str]:
    """The rights as statements, one for each object and role."""
    gathered: dict[tuple[str, str], list[str]] = defaultdict(list)
    for thing, whom, right in sorted(rights):
        gathered[thing, whom].append(right)
    return [
        f"{verb} {', '.join(each)} ON {thing} {direction} {whom};" for (thing, whom), each in gathered.items()
    ]


def _read(lines: Iterable[str]) -> Iterator[Right]:
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"{FILE}: {line}")
        yield from (Right(found["thing"], found["whom"], each) for each in found["rights"].split(", "))
