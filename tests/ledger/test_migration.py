"""The migrations make the schema that `ledger/sql` describes."""

from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

import ledger
from tests.postgres import Database

SQL = Path(ledger.__file__).parent / "sql"

# Everything that defines the schema, as the database itself tells it.
DESCRIBE = """
SELECT concat('column ', attrelid::regclass, '.', attname),
    concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relnamespace = 'ledger'::regnamespace AND attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'c')
UNION ALL
SELECT concat('constraint ', conrelid::regclass, '.', conname), pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'ledger'::regnamespace
UNION ALL
SELECT concat('index ', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE relnamespace = 'ledger'::regnamespace
UNION ALL
SELECT concat('trigger ', tgrelid::regclass, '.', tgname), concat_ws(' ', tgenabled, pg_get_triggerdef(t.oid))
FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
WHERE relnamespace = 'ledger'::regnamespace AND NOT tgisinternal
UNION ALL
SELECT concat('function ', oid::regprocedure), concat_ws(' ', pg_get_functiondef(oid), proowner::regrole, proacl)
FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace
UNION ALL
SELECT concat('policy ', polrelid::regclass, '.', polname),
    concat_ws(' ', polcmd, polroles, pg_get_expr(polqual, polrelid))
FROM pg_policy JOIN pg_class c ON c.oid = polrelid WHERE relnamespace = 'ledger'::regnamespace
UNION ALL
SELECT concat('table ', oid::regclass), concat_ws(' ', relowner::regrole, relacl, relrowsecurity, reloptions)
FROM pg_class WHERE relnamespace = 'ledger'::regnamespace AND relkind = 'r'
"""


async def test_the_migrations_make_what_ledger_sql_describes(fresh_database: Database) -> None:
    url = make_url(fresh_database.owner_url).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        migrated = dict(await connection.fetch(DESCRIBE))
        async with connection.transaction():
            await connection.execute("SET LOCAL ROLE timebank_owner")
            # Other rooms' foreign keys to the ledger go too; nothing of theirs is compared.
            await connection.execute(
                "DROP SCHEMA ledger CASCADE; CREATE SCHEMA ledger; GRANT USAGE ON SCHEMA ledger TO timebank_app"
            )
            for file in sorted(SQL.glob("*.sql")):
                await connection.execute(file.read_text(encoding="utf-8"))
            described = dict(await connection.fetch(DESCRIBE))
    finally:
        await connection.close()
    assert any(name.startswith("function ledger.post(") for name in described)
    assert migrated == described
