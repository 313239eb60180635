"""Every table of a community is held to it by the database, and the mappings say what is there."""

import importlib.util
import pkgutil

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

import timebank
from timebank.core.tables import Base

# Tables without row-level security, each with its reason.
EXEMPT = {
    "timebank.alembic_version": "one row, no data of anybody's",
    "timebank.answers": "keyed by the actor who asked; holds ids",
    "timebank.attempts": "hashes only; read before it is known who is asking",
    "timebank.cards": "hashes only; read to find out who is asking",
    "timebank.holidays": "a district's public days off; no data of anybody's",
    "timebank.job_failures": "what failed when, by kind; no data of anybody's",
    "timebank.job_slots": "what ran when; no data of anybody's",
    "timebank.logins": "hashes only; read to find out who is asking",
    "timebank.setup": "one row, before there is a community",
    "timebank.staff": "read at sign-in; staff are public to their district",
    "timebank.staff_memberships": "read at sign-in; ids only",
    "timebank.staff_roles": "read at sign-in; ids only",
    "timebank.units": "the tree of names, public",
}

_OPEN = text("""
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('timebank', 'ledger') AND c.relkind IN ('r', 'p')
  AND NOT (c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
""")
_WITHOUT_INDEX = text("""
SELECT c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
WHERE NOT EXISTS (
    SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = c.oid AND i.indpred IS NULL AND a.attname IN ('community_id', 'book_id')
)
""")
# Few rows, or read by the member, request or visit they belong to.
READ_BY_ANOTHER_KEY = {
    "absences",
    "availability",
    "day_changes",
    "delegates",
    "disputes",
    "do_not_pair",
    "import_progress",
    "kin",
    "request_windows",
}
_OWNED = text("""
SELECT c.relname FROM pg_class c WHERE pg_get_userbyid(c.relowner) IN ('timebank_service', 'timebank_app')
""")


async def test_a_table_without_row_level_security_has_its_reason(owner: AsyncConnection) -> None:
    found = set((await owner.scalars(_OPEN)).all())
    assert found <= set(EXEMPT), found - set(EXEMPT)


async def test_one_community_is_read_without_reading_all(owner: AsyncConnection) -> None:
    """Every reconciliation once read the settlements of the whole district, for want of an index."""
    assert set(await owner.scalars(_WITHOUT_INDEX)) == READ_BY_ANOTHER_KEY


async def test_the_services_login_owns_nothing(owner: AsyncConnection) -> None:
    assert (await owner.scalars(_OWNED)).all() == []


# A check that is not valid for old rows is read with an option that its own class does not take back in.
@pytest.mark.filterwarnings("ignore:Can't validate argument 'dialect_options'")
@pytest.mark.slow
async def test_the_mappings_are_what_the_migrations_made(owner: AsyncConnection) -> None:
    for room in pkgutil.iter_modules(timebank.__path__, "timebank."):
        if room.ispkg and importlib.util.find_spec(f"{room.name}.tables"):
            importlib.import_module(f"{room.name}.tables")

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection, opts={"include_schemas": True, "include_name": _ours, "compare_type": True}
        )
        return [d for d in compare_metadata(context, Base.metadata) if _matters(d)]

    assert await owner.run_sync(differences) == []


def _ours(name: str | None, kind: str, parents: object) -> bool:
    return name == "timebank" if kind == "schema" else name != "alembic_version"


def _matters(difference: object) -> bool:
    """Columns and tables count; indexes, checks and foreign keys are the migrations' own."""
    kinds = ("add_table", "remove_table", "add_column", "remove_column", "modify_type", "modify_nullable")
    first = difference[0] if isinstance(difference, tuple | list) else None
    kind = first[0] if isinstance(first, tuple | list) else first
    return kind in kinds
