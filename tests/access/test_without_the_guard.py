"""Were every permission check in Python gone, the database alone would still keep communities apart."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from tests import postgres
from tests.access.calling import Caller, caller
from tests.access.copies import prepared_in
from tests.access.permissions import rows
from tests.given import NOW
from tests.postgres import Database
from timebank.access import guard
from timebank.access.authority import _RANK
from timebank.access.guard import Act, Arguments, Call
from timebank.core import clock
from timebank.core.ids import new_id

pytestmark = pytest.mark.slow

# What only somebody of the community here may read: names, a branch, a scheme, an ID number, a reason.
SECRETS = (
    "冯伯",
    "周阿姨",
    "陈婆",
    "三组",
    "银龄互助",
    "11010519491231002X",
    "1390000010",
    "吵过架",
    "没有这么久",
)
_KEPT_APART = text("""
SELECT quote_ident(table_schema) || '.' || quote_ident(table_name), column_name FROM information_schema.columns
WHERE table_schema IN ('timebank', 'ledger') AND column_name IN ('community_id', 'book_id')
  AND has_table_privilege(quote_ident(table_schema) || '.' || quote_ident(table_name), 'SELECT')
  AND EXISTS (SELECT FROM pg_tables t WHERE t.schemaname = table_schema AND t.tablename = table_name)
ORDER BY 1
""")


def _everybody_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one stand-in for code of ours in these tests: a guard that says yes to all, so that what is left is the database."""

    async def yes(self: guard._UseCase, db: AsyncSession, call: Call, arguments: Arguments) -> Act:
        where = await self._community(db, arguments)
        role = next(role for role in _RANK if role in self.who)
        return Act(self.operation, call.actor, role, where, call.now, call.seal, new_id(), call.reason)

    monkeypatch.setattr(guard._UseCase, "_authorise", yes)


@pytest.fixture
async def neighbour(template: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Caller]:
    """A coordinator of the other community, at a service over the prepared district."""
    async with prepared_in(template) as (prepared, made):
        _everybody_may(monkeypatch)
        with clock.set_to(NOW):
            async with caller("neighbour", prepared, made.service_url) as calling:
                yield calling


@pytest.mark.slow(20)
async def test_a_coordinator_reads_and_changes_nothing_of_another_community(neighbour: Caller) -> None:
    here = neighbour.prepared.world.here
    told, changed, answered = [], [], 0
    for row in rows():
        async with neighbour.connection.begin_nested() as undone:
            before = await _rows_of(neighbour.connection, here)
            answer = await neighbour.ask(row.route)
            after = await _rows_of(neighbour.connection, here)
            await undone.rollback()
        answered += answer.status_code < 400
        told += [(row.route, secret) for secret in SECRETS if secret in answer.text]
        changed += [(row.route, table) for table, was in before.items() if after[table] != was]
    assert told == []
    assert changed == []
    assert answered > 100, "the guard was not out of the way"


async def _rows_of(connection: AsyncConnection, community: object) -> dict[str, tuple[int, int]]:
    """How many rows a community has in each table, and a sum over their content."""
    await postgres.see(connection, community)  # type: ignore[arg-type]
    asked = " UNION ALL ".join(
        f"SELECT '{table}', count(*), coalesce(sum(hashtext(t::text)), 0) FROM {table} t WHERE {column} = :here"
        for table, column in (await connection.execute(_KEPT_APART)).all()
    )
    found = (await connection.execute(text(asked), {"here": community})).all()
    assert len(found) > 30
    return {table: (count, content) for table, count, content in found}
