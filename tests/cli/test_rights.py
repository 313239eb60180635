"""`migrations/rights.sql` says what the service's login may do, all of it, and the doctor holds a database to it."""

from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from tests.postgres import Database
from timebank.cli.examining import rights
from timebank.cli.examining.findings import Finding, State
from timebank.core import migrating


async def test_the_file_says_what_the_migrations_grant(owner: AsyncConnection) -> None:
    statements = rights.statements(await rights.granted(owner))
    lines = (migrating.scripts() / rights.FILE).read_text().splitlines()
    said = [line for line in lines if not line.startswith("--")]
    missing, gone = sorted(set(statements) - set(said)), sorted(set(said) - set(statements))
    assert not missing, f"add to migrations/{rights.FILE}:\n" + "\n".join(missing)
    assert not gone, f"take out of migrations/{rights.FILE}:\n" + "\n".join(gone)
    assert said == statements, "in this order, please:\n" + "\n".join(statements)


async def test_a_migrated_database_has_these_rights_and_no_others(owner: AsyncConnection) -> None:
    found = await rights.examine(owner)
    assert [(each.code, each.state) for each in found] == [
        ("rights", State.FIT),
        ("rights-no-more", State.FIT),
    ]


async def test_a_missing_right_is_named_with_the_statement_that_gives_it_back(
    fresh_database: Database,
) -> None:
    await as_owner(fresh_database, "REVOKE INSERT, UPDATE ON timebank.visits FROM timebank_app")
    await as_owner(fresh_database, "REVOKE ALL ON FUNCTION ledger.visible_books() FROM timebank_app")
    enough, no_more = await examined(fresh_database)
    assert (enough.state, no_more.state) == (State.WRONG, State.FIT)
    assert mends(enough)[2:] == [
        "GRANT EXECUTE ON FUNCTION ledger.visible_books() TO timebank_app;",
        "GRANT INSERT, UPDATE ON TABLE timebank.visits TO timebank_app;",
    ]
    for statement in mends(enough)[2:]:
        await as_owner(fresh_database, statement)
    assert [found.state for found in await examined(fresh_database)] == [State.FIT, State.FIT]


async def test_a_right_too_many_is_named_with_the_statement_that_takes_it(fresh_database: Database) -> None:
    await as_owner(fresh_database, "GRANT DELETE ON ledger.transfers TO timebank_app")
    await as_owner(fresh_database, "GRANT SELECT ON timebank.members TO PUBLIC")
    _, no_more = await examined(fresh_database)
    assert mends(no_more)[2:] == [
        "REVOKE DELETE ON TABLE ledger.transfers FROM timebank_app;",
        "REVOKE SELECT ON TABLE timebank.members FROM PUBLIC;",
    ]
    for statement in mends(no_more)[2:]:
        await as_owner(fresh_database, statement)
    assert [found.state for found in await examined(fresh_database)] == [State.FIT, State.FIT]


async def examined(database: Database) -> list[Finding]:
    engine = create_async_engine(database.service_url, poolclass=NullPool)
    async with engine.connect() as db:
        found = await rights.examine(db)
    await engine.dispose()
    return found


async def as_owner(database: Database, statement: str) -> None:
    engine = create_async_engine(database.owner_url, poolclass=NullPool)
    async with engine.begin() as db:
        await db.exec_driver_sql("SET LOCAL ROLE timebank_owner")
        await db.exec_driver_sql(statement)
    await engine.dispose()


def mends(found: Finding) -> list[str]:
    return [str(step.values.get("words", step.message)) for step in found.mend]
