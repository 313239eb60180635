"""Calls every row of the table as one of the people, and says who got in.

Each call stands in a transaction of its own that is rolled back, so that all find the district as it was made.
"""

import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import NullPool

from tests import postgres
from tests.access.api_calls import BODIES
from tests.access.page_calls import FORMS
from tests.access.prepared import STAFF, TODAY, WEDNESDAY, Prepared
from tests.given import PASSWORD, browser, csrf_of, service_over
from tests.membership.sheets import XLSX, workbook
from tests.one_connection import OneConnection, engine_for_savepoints
from timebank.access.errors import KinsAffair, OwnAffair
from timebank.core.errors import Forbidden, NotFound
from timebank.core.ids import new_id

PAPERS = {
    "roster": workbook(("会员号", "姓名"), ("0301", "又一位")),
    "opening": workbook(("会员号", "姓名", "小时"), ("0103", "陈婆", 5)),
}
# A page that refuses inside its form says so in these words.
REFUSALS = (Forbidden.message, OwnAffair.message, KinsAffair.message, NotFound.message, "这一行是您自己的事")
# Every row that was written in this transaction so far, also by what was rolled back since.
_WRITTEN = text(
    "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_xact_user_tables"
)
_TABLES = text("""
SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables
WHERE schemaname IN ('timebank', 'ledger') AND has_table_privilege(schemaname || '.' || tablename, 'SELECT')
ORDER BY 1
""")


@dataclass(frozen=True)
class Seen:
    """What came of one call."""

    status: int
    text: str
    location: str
    touched: bool
    changed: bool = False

    @property
    def got_in(self) -> bool:
        """True where whoever asked was let in, whatever was said of the matter itself."""
        if self.status in (401, 403, 404):
            return False
        if self.location.startswith("/sign-in"):
            # Where signing out, or a new password, leads too: then something was done.
            return self.touched
        return not (self.status >= 400 and any(refusal in self.text for refusal in REFUSALS))


@dataclass
class Caller:
    """One of the people, with a browser and a program."""

    who: str
    prepared: Prepared
    connection: AsyncConnection
    pages: httpx.AsyncClient
    program: httpx.AsyncClient
    csrf: str = ""

    async def enter(self) -> None:
        """Sign in on both, and work in the community where all of it is, if that is possible."""
        self.csrf = csrf_of((await self.pages.get("/sign-in")).text)
        if self.who == "nobody":
            return
        user = STAFF.get(self.who)
        if user is not None:
            form = {"user_name": user, "password": PASSWORD}
            entered = await self._post("/sign-in/staff", form)
            body = form
        else:
            number, pin = self.prepared.cards[self.who]
            body = {"number": number, "pin": pin}
            entered = await self._post("/sign-in/card", body)
        assert entered.status_code == 303, entered.text
        token = (await self.program.post("/api/v1/logins", json=body)).json()["token"]
        self.program.headers["Authorization"] = f"Bearer {token}"
        home = "/me" if user is None else "/password"
        self.csrf = csrf_of((await self.pages.get(home)).text)
        await self._post(f"/desk/community/{self.prepared.world.here}", {})

    async def call(self, row: str) -> Seen:
        """Make the call of one row, look at what was written, and undo it."""
        kept = dict(self.pages.cookies)
        before = await self.connection.scalar(_WRITTEN)
        async with self.connection.begin_nested() as undone:
            answer = await self.ask(row)
            touched = await self.connection.scalar(_WRITTEN) != before
            await undone.rollback()
        self.pages.cookies = httpx.Cookies(kept)
        location = answer.headers.get("location", "")
        content = answer.headers.get("content-type", "")
        said = answer.text if content.startswith("text/html") or "json" in content else ""
        seen = Seen(answer.status_code, said, location, touched)
        # What a refused use case had begun is rolled back with it: then the rows are the same.
        return replace(seen, changed=await self._changes(row)) if touched and not seen.got_in else seen

    async def _changes(self, row: str) -> bool:
        """True if a call leaves any row other than it was."""
        async with self.connection.begin_nested() as undone:
            before = await self._fingerprint()
            await self.ask(row)
            after = await self._fingerprint()
            await undone.rollback()
        return before != after

    async def _fingerprint(self) -> list[tuple[str, int, int]]:
        world = self.prepared.world
        await postgres.see(self.connection, world.here, world.there)
        tables = (await self.connection.scalars(_TABLES)).all()
        asked = " UNION ALL ".join(
            f"SELECT '{table}', count(*), coalesce(sum(hashtext(t::text)), 0) FROM {table} t"
            for table in tables
        )
        return [tuple(row) for row in await self.connection.execute(text(asked))]

    async def ask(self, row: str) -> httpx.Response:
        """What the service answers to one row."""
        method, path = row.split(" ", 1)
        where = self.filled(path)
        if path.startswith(("/api/", "/health/")):
            return await self._ask_api(row, method, where)
        if method == "GET":
            return await self.pages.get(where)
        return await self._post(where, self.filled(FORMS[path]))

    async def _ask_api(self, row: str, method: str, where: str) -> httpx.Response:
        headers = {} if method == "GET" else {"Idempotency-Key": new_id().hex}
        body = self.filled(BODIES[row]) if method != "GET" else None
        if body is not None and "file" in body:
            files = {"file": _paper(body["file"])}
            return await self.program.request(method, where, files=files, headers=headers)
        return await self.program.request(method, where, json=body, headers=headers)

    async def _post(self, path: str, fields: dict[str, Any]) -> httpx.Response:
        rest = {name: value for name, value in fields.items() if name != "file"}
        data = {"csrf": self.csrf, "key": new_id().hex, **rest}
        files = {"file": _paper(str(fields["file"]))} if "file" in fields else None
        return await self.pages.post(path, data=data, files=files)

    def filled(self, given: Any) -> Any:
        """The same with the ids, versions and days of the prepared district."""
        number, pin = self.prepared.cards["recipient"]
        known = self.prepared.things | {
            "my_version": self.prepared.things.get(f"{self.who}_version", "1"),
            "card_number": number,
            "card_pin": pin,
            "yesterday": str(TODAY - timedelta(days=1)),
            "other_day": str(WEDNESDAY + timedelta(days=1)),
        }
        whole = json.dumps(given, ensure_ascii=False)
        return json.loads(re.sub(r"\{(\w+)\}", lambda found: known[found[1]], whole))


def _paper(kind: str) -> tuple[str, io.BytesIO, str]:
    return ("纸.xlsx", io.BytesIO(PAPERS[kind]), XLSX)


@asynccontextmanager
async def caller(who: str, prepared: Prepared, service_url: str) -> AsyncIterator[Caller]:
    """Somebody at the service over one connection, whose whole visit is rolled back."""
    engine = engine_for_savepoints(service_url, poolclass=NullPool)
    async with engine.connect() as connection, connection.begin() as transaction:
        app = service_over(OneConnection(connection))
        async with browser(app) as pages, browser(app) as program:
            made = Caller(who, prepared, connection, pages, program)
            await made.enter()
            yield made
        await transaction.rollback()
    await engine.dispose()
