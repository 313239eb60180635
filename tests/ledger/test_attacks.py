"""The database itself refuses: every attack is tried by raw SQL as the app, as the owner, and undefended."""

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from tests.ledger import attacks
from tests.ledger.attacks import BALANCING, HEADS, HISTORY, NO_REFERENCES, REVERSALS, Attack
from tests.ledger.attacks_on_clearing import CLEARING
from tests.ledger.attacks_on_holds import HOLDS
from tests.ledger.books import ACTOR, DAY
from tests.ledger.forgery import End, Forgery, HoldForgery, Scene, matching, set_scene
from tests.ledger.period_attacks import CLOSINGS, POSTING, STEPS, close_with
from tests.postgres import Database, see

ATTACKS = [*attacks.ATTACKS, *HOLDS, *CLEARING]
attacked = pytest.mark.parametrize("attack", ATTACKS, ids=[re.sub(r"\W+", "-", a.name) for a in ATTACKS])


@pytest.fixture(scope="module")
async def stage(database: Database) -> AsyncIterator[tuple[AsyncConnection, Scene]]:
    """A connection that may take any role, and a book with some history; gone after the last test."""
    engine = create_async_engine(database.superuser_url, poolclass=NullPool)
    async with engine.connect() as connection, connection.begin() as transaction:
        await connection.execute(text("SET LOCAL ROLE timebank_owner"))
        yield connection, await set_scene(connection)
        await transaction.rollback()
    await engine.dispose()


@pytest.fixture
async def superuser(stage: tuple[AsyncConnection, Scene]) -> AsyncIterator[AsyncConnection]:
    """The connection as timebank_owner; what a test does to it is rolled back."""
    async with stage[0].begin_nested() as transaction:
        yield stage[0]
        await transaction.rollback()


@pytest.fixture
def scene(stage: tuple[AsyncConnection, Scene]) -> Scene:
    """The book with some history."""
    return stage[1]


async def _strike(connection: AsyncConnection, sql: str) -> int:
    """Run an attack, and return how many rows it wrote."""
    raw = await connection.get_raw_connection()
    driver: asyncpg.Connection = raw.driver_connection
    await _prove_it_hits(connection, sql)
    async with driver.transaction():
        status = await driver.execute(sql)
    return 1 if status == "TRUNCATE TABLE" else int(status.rpartition(" ")[2])


async def _prove_it_hits(connection: AsyncConnection, sql: str) -> None:
    if match := re.fullmatch(r"(?:UPDATE|DELETE FROM) ledger\.(\w+) (?:SET .+? )?WHERE (.+)", sql):
        assert await matching(connection, match[1], match[2]) > 0


async def test_the_forgery_is_right_where_nothing_is_wrong_with_it(
    superuser: AsyncConnection, scene: Scene
) -> None:
    assert await _strike(superuser, close_with(scene, -5, 5)) == 1
    assert await _strike(superuser, Forgery(scene).sql()) == 1
    mirrored = Forgery(scene, debit_id=scene.book.opening, credit_id=scene.book.pool, reverses=None)
    assert await _strike(superuser, mirrored.sql()) == 1
    assert await _strike(superuser, HoldForgery(scene, held=10).sql()) == 1
    assert await _strike(superuser, HoldForgery(scene, end=End(), held=0).sql()) == 1


@attacked
async def test_the_owner_is_refused(superuser: AsyncConnection, scene: Scene, attack: Attack) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        await _strike(superuser, attack.sql(scene))
    assert refused.value.as_dict()["constraint_name"] == attack.rule


@attacked
async def test_the_app_is_refused(superuser: AsyncConnection, scene: Scene, attack: Attack) -> None:
    await see(superuser, scene.book.id, scene.other_book.id)
    await superuser.execute(text("SET LOCAL ROLE timebank_app"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _strike(superuser, attack.sql(scene))


@attacked
async def test_without_the_rule_the_attack_succeeds(
    superuser: AsyncConnection, scene: Scene, attack: Attack
) -> None:
    for statement in (NO_REFERENCES, *attack.drop):
        await superuser.execute(text(statement))
    assert await _strike(superuser, attack.sql(scene)) > 0


async def test_a_replication_role_does_not_silence_the_triggers(
    superuser: AsyncConnection, scene: Scene
) -> None:
    await superuser.execute(text("RESET ROLE"))
    await superuser.execute(text("SET LOCAL session_replication_role = replica"))
    for attack in (
        *(BALANCING[0], BALANCING[1], HEADS[1], HISTORY[0], REVERSALS[1]),
        *(*HOLDS[:4], *HOLDS[9:13]),
        *(POSTING[0], STEPS[0], STEPS[3], CLOSINGS[0], CLOSINGS[1]),
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await _strike(superuser, attack.sql(scene))


async def test_every_trigger_is_always_on(superuser: AsyncConnection) -> None:
    found = await superuser.execute(
        text("""
            SELECT tgrelid::regclass || '.' || tgname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
            WHERE relnamespace = 'ledger'::regnamespace AND NOT tgisinternal AND tgenabled <> 'A'
        """)
    )
    assert list(found.scalars()) == []


async def test_the_app_may_execute_few_functions_and_write_no_table(superuser: AsyncConnection) -> None:
    functions = await superuser.execute(
        text("""
            SELECT proname FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace
            AND has_function_privilege('timebank_app', oid, 'EXECUTE') ORDER BY proname
        """)
    )
    assert list(functions.scalars()) == [
        "approve",
        "begin_closing",
        "clearings",
        "close",
        "close_accounts",
        "expire_holds",
        "keep_still",
        "open_accounts",
        "post",
        "record_checkpoint",
        "root_of",
        "sequence",
        "set_limits",
        "visible_books",
    ]
    writable = await superuser.execute(
        text("""
            SELECT relname FROM pg_class WHERE relnamespace = 'ledger'::regnamespace AND relkind = 'r'
            AND has_table_privilege('timebank_app', oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
        """)
    )
    assert list(writable.scalars()) == []


async def test_the_app_can_not_call_what_posting_is_made_of(superuser: AsyncConnection, scene: Scene) -> None:
    await see(superuser, scene.book.id)
    await superuser.execute(text("SET LOCAL ROLE timebank_app"))
    for call in (
        "ledger.post_dated('{}', now())",
        "ledger.write('{}', '{}', '{}', now())",
        f"ledger.refuse('floor_breached', '{ACTOR} {DAY}')",
    ):
        with pytest.raises(DBAPIError) as refused:
            async with superuser.begin_nested():
                await superuser.execute(text(f"SELECT {call}"))
        assert getattr(refused.value.orig, "sqlstate", None) == "42501"
