"""How Alembic runs a migration here: as the owner, on the connection it was given."""

from alembic import context
from sqlalchemy import Connection, text

connection: Connection | None = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Migrations run by `timebank migrate`, which knows the database; not by `alembic`.")

# Everything belongs to a role that can't log in; the migrating login only borrows its rights.
connection.execute(text("SET LOCAL ROLE timebank_owner"))
connection.execute(text("SET LOCAL lock_timeout = '10s'"))
connection.execute(text("SET LOCAL search_path = pg_catalog, public"))
connection.execute(text("CREATE SCHEMA IF NOT EXISTS timebank"))
connection.execute(text("GRANT USAGE ON SCHEMA timebank TO timebank_app, SESSION_USER"))

context.configure(connection=connection, version_table_schema="timebank", transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()

connection.execute(text("GRANT SELECT ON timebank.alembic_version TO timebank_app, SESSION_USER"))
